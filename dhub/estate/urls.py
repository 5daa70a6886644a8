"""Takes the parts of a connection, gives its URL, with the password or masked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from dhub.settings.secrets import MASK, masked
from dhub.settings.urls import is_secret, parts_of

# In a text somebody else wrote, of a URL that no setting holds.
_IN_URL = re.compile(r"(?<=://)([^/?#@\s:]*):([^\s]*)@")
_IN_THEIR_PLACES = ("dbname", "host", "port", "user", "password")


def make_url(
    database: str,
    *,
    host: str | None = None,
    port: int | str | None = None,
    user: str | None = None,
    password: str | None = None,
    sslmode: str | None = None,
    options: Mapping[str, str] | None = None,
) -> str:
    """A postgresql:// URL; a host that is a path (a Unix socket's folder) goes into the query.

    Without a host it is this machine; '' leaves it to libpq. Several hosts stand between commas,
    and so do their ports, or one port is that of all. `options` are further words of libpq's.
    """
    login = quote(user, safe="") if user else ""
    if password is not None:
        login += ":" + (MASK if password == MASK else quote(password, safe=""))
    query = ({"sslmode": sslmode} if sslmode else {}) | dict(options or {})
    if host and any(each.startswith(("/", "@")) for each in host.split(",")):
        query = {"host": host} | ({"port": str(port)} if port else {}) | query
        place = ""
    else:
        place = _places("localhost" if host is None else host, str(port or ""))
    path = quote(database, safe="")
    at = f"{login}@" if login else ""
    tail = "?" + urlencode(query, safe="/,*", quote_via=quote) if query else ""
    return f"postgresql://{at}{place}/{path}{tail}"


def _places(host: str, port: str) -> str:
    hosts, ports = host.split(","), port.split(",")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    return ",".join(_place(*each) for each in zip(hosts, ports, strict=True))


def _place(host: str, port: str) -> str:
    name = f"[{host}]" if ":" in host else quote(host, safe="")
    return name + (f":{port}" if port else "")


def url_of(parts: Mapping[str, str]) -> str:
    """The URL of what libpq knows by these names."""
    more = {key: value for key, value in parts.items() if key not in _IN_THEIR_PLACES}
    return make_url(
        parts.get("dbname", ""),
        host=parts.get("host", ""),
        port=parts.get("port"),
        user=parts.get("user"),
        password=parts.get("password"),
        options=more,
    )


def shown_url(url: str) -> str:
    """The same URL with *** in place of every password, by what libpq reads in it."""
    parts = parts_of(url)
    hidden = {name: MASK if is_secret(name) else value for name, value in parts.items()}
    return url_of(hidden) if parts else f"postgresql://{MASK}"


def mask_passwords(text: str) -> str:
    """A text with *** in place of every password that this process knows, and of any in a URL."""
    return _IN_URL.sub(rf"\1:{MASK}@", masked(text))
