"""Takes a home, gives the embedded server while it is used: the last one out stops it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dhub.errors import Refused, UsageError
from dhub.server import cluster, postmaster
from dhub.server.account import server_account
from dhub.server.home import Home
from dhub.server.lock import Member, Notify, locked, members
from dhub.server.postmaster import Postmaster
from dhub.server.template import Furnish

_OTHERS = "another dhub to start or stop the embedded server"


def quiet(_: str) -> None:
    """A Notify that says nothing."""


@dataclass(frozen=True)
class ServerStatus:
    """What `dhub server status` tells; port is None without TCP."""

    running: bool
    kept: bool
    pid: int | None
    host: str | None
    port: int | None
    in_use: int
    data: Path
    log: Path


@contextmanager
def running(
    home: Home, notify: Notify = quiet, furnish: Furnish | None = None
) -> Iterator[Postmaster]:
    """The server, started when it does not run; stopped by the last one who leaves, unless kept.

    Where there are no data yet, they may be a copy of what `furnish` made.
    """
    _check_system()
    home.make()
    with locked(home.lock, notify, _OTHERS):
        member = Member(home.users)
        try:
            found = _found_or_started(home, notify, furnish)
        except BaseException:
            member.leave()
            raise
    try:
        yield found
    finally:
        with locked(home.lock, notify, _OTHERS):
            member.leave()
            _stop_unless_needed(home, notify)


def _found_or_started(home: Home, notify: Notify, furnish: Furnish | None) -> Postmaster:
    found = postmaster.wait_until_settled(home, notify)
    return found or _started(home, notify, furnish=furnish)


def _started(
    home: Home, notify: Notify, port: int | None = None, furnish: Furnish | None = None
) -> Postmaster:
    account = server_account(home.data)
    copied = not home.data.exists() and cluster.make(home, account, notify, furnish)
    found = postmaster.start(home, account, notify, port)
    if copied:
        cluster.sync_beside(home, account)
    return found


def _stop_unless_needed(home: Home, notify: Notify) -> None:
    cluster.settle()
    found = postmaster.find(home)
    if found and not is_kept(home, found) and not members(home.users):
        postmaster.stop(home, found, notify)


def is_kept(home: Home, found: Postmaster) -> bool:
    """Whether this very server was told to stay; a later one, after a crash, was not."""
    return home.kept().get("pid") == found.pid


def keep(home: Home, port: int | None = None, notify: Notify = quiet) -> Postmaster:
    """Start the server on loopback TCP to stay; a port of None is the last one, or a free one.

    Raises UsageError when the port is taken or it runs on another, Refused while others use it.
    """
    _check_system()
    home.make()
    with locked(home.lock, notify, _OTHERS):
        found = postmaster.wait_until_settled(home, notify)
        if found and is_kept(home, found):
            return _already(found, port)
        if found:
            _make_way(home, found, notify)
        chosen = _choose_port(home, port)
        found = _started(home, notify, chosen)
        home.keep(found.pid, found.port)
    return found


def _already(found: Postmaster, port: int | None) -> Postmaster:
    if port not in (None, found.port):
        raise UsageError(
            f"The embedded server runs on port {found.port} already.\n"
            "Stop it with `dhub server stop` to move it to another."
        )
    return found


def _make_way(home: Home, found: Postmaster, notify: Notify) -> None:
    """A server without TCP cannot be given it: it is stopped, unless somebody is at work."""
    if members(home.users):
        raise Refused(
            "Another dhub command is using the embedded server, which listens on no port yet.\n"
            "Run `dhub server start` again when that command has ended."
        )
    postmaster.stop(home, found, notify)


def _choose_port(home: Home, port: int | None) -> int:
    if port is not None and not postmaster.port_is_free(port):
        raise UsageError(
            f"Port {port} of this machine is taken.\nGive another --port, or none for a free one."
        )
    last = home.kept().get("port")
    if port is None and isinstance(last, int) and postmaster.port_is_free(last):
        return last
    return port or postmaster.free_port()


def halt(home: Home, notify: Notify = quiet) -> ServerStatus:
    """Stop the server, kept or in use; gives how it stood before."""
    before = status(home)
    if before.running:
        with locked(home.lock, notify, _OTHERS):
            if found := postmaster.wait_until_settled(home, notify):
                postmaster.stop(home, found, notify)
    return before


def status(home: Home) -> ServerStatus:
    """How the server stands; makes and changes nothing."""
    _check_system()
    home.check()
    found = postmaster.find(home)
    return ServerStatus(
        running=found is not None,
        kept=found is not None and is_kept(home, found),
        pid=found.pid if found else None,
        host=found.host if found else None,
        port=found.port if found and found.tcp else None,
        in_use=members(home.users) if found else 0,
        data=home.data,
        log=home.log,
    )


def _check_system() -> None:
    if os.name != "posix":
        raise UsageError(
            "The embedded server needs Linux or macOS.\n"
            "Name a server with DHUB_PG_HOST, or run dhub in WSL."
        )
