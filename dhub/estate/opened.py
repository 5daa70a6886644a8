"""Takes the settings, gives the estate for as long as it is used: the embedded server runs then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from dhub.estate.databases import Estate, estate_in, estate_of, home_now
from dhub.server.home import READER, Home
from dhub.server.lifetime import quiet, running
from dhub.server.lock import Notify
from dhub.settings import Settings


@contextmanager
def open_estate(settings: Settings, notify: Notify = quiet) -> Iterator[Estate]:
    """The estate the settings name; the embedded server runs as long as it is open."""
    if not settings.embedded:
        yield estate_of(settings)
        return
    home = home_now(settings)
    home.check()
    if not home.data.exists():
        notify(f"Making an embedded PostgreSQL server in {home.path} (DHUB_PG_HOST names another).")

    def make_databases(bare: Home) -> None:
        from dhub.estate.furnish import furnish
        from dhub.server.postmaster import SOCKET_PORT

        # Not a password that the user set: what is taken from a role is still in the file.
        estate = estate_in(settings, bare, SOCKET_PORT)
        furnish(replace(estate, reader_password=bare.password(READER)))

    with running(home, notify, make_databases) as server:
        yield estate_in(settings, home, server.port)
