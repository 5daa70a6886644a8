"""Takes the parts of a connection, gives its URL, with the password or masked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

# A password in a URL, or as password=… in its query; anything up to the next separator.
_IN_URL = re.compile(r"(?<=://)([^/?#@\s:]*):([^\s]*?)@(?=[^@\s]*(?:/|$|\s))")
_IN_QUERY = re.compile(r"(?<![A-Za-z])((?:ssl)?password)=([^&\s]+)")
MASK = "***"


def make_url(
    database: str,
    *,
    host: str | None = None,
    port: int | None = None,
    user: str | None = None,
    password: str | None = None,
    sslmode: str | None = None,
    options: Mapping[str, str] | None = None,
) -> str:
    """A postgresql:// URL; a host that is a path (a Unix socket's folder) goes into the query.

    `options` are further words of libpq's, for the query as well.
    """
    login = quote(user, safe="") if user else ""
    if password is not None:
        login += ":" + quote(password, safe="")
    query = ({"sslmode": sslmode} if sslmode else {}) | dict(options or {})
    if host and host.startswith(("/", "@")):
        query = {"host": host} | ({"port": str(port)} if port else {}) | query
        place = ""
    else:
        place = _bracketed(host or "localhost") + (f":{port}" if port else "")
    path = quote(database, safe="")
    at = f"{login}@" if login else ""
    tail = "?" + urlencode(query, safe="/", quote_via=quote) if query else ""
    return f"postgresql://{at}{place}/{path}{tail}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else quote(host, safe="")


def mask_passwords(text: str) -> str:
    """The same text with every password of a URL in it replaced by ***."""
    return _IN_QUERY.sub(rf"\1={MASK}", _IN_URL.sub(rf"\1:{MASK}@", text))
