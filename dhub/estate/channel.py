"""Takes the parts of a connection, gives what libpq must not do over it: say a password in clear.

A server may ask for the password itself instead of a proof that one knows it (scram, md5). It gets
it over TLS that is verified, on this machine, or over a socket; elsewhere anybody on the way, or
whoever answers at that address, would have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from psycopg import pq

ASKED = "server requested a cleartext password"  # libpq's words when the server asks all the same

_VERIFIED = ("verify-ca", "verify-full")
_NOT_IN_CLEAR = "!password"


def guard(parts: Mapping[str, Any]) -> dict[str, str]:
    """The word of libpq's that keeps the password in; nothing where it may be said."""
    defaults = {each.keyword.decode(): each.val for each in pq.Conninfo.get_defaults()}

    def told(name: str) -> str:
        # What is said to be empty is so: PGHOSTADDR counts only where no hostaddr is given.
        return str(parts[name]) if name in parts else (defaults.get(name) or b"").decode()

    if told("sslmode") in _VERIFIED or is_here(told("host"), told("hostaddr")):
        return {}
    return {"require_auth": _without_clear(told("require_auth"))}


def is_here(hosts: str, addresses: str) -> bool:
    """Whether each host is this machine: by its address, where that is given; none is a socket."""
    return all(map(_is_loopback, (addresses or hosts).split(",")))


def _is_loopback(host: str) -> bool:
    if not host or host.startswith(("/", "@")) or host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _without_clear(methods: str) -> str:
    """What the user allows, but for that."""
    allowed = [each.strip() for each in methods.split(",") if each.strip()]
    if any(each.startswith("!") for each in allowed):
        return ",".join(dict.fromkeys([*allowed, _NOT_IN_CLEAR]))
    return ",".join(each for each in allowed if each != "password") or _NOT_IN_CLEAR
