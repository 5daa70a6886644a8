"""Takes an estate, gives the databases beside the six that dhub has made, and what each is about.

Each is an estate alone (docs/decisions/0030): whoever makes one says here how it is looked at and
emptied, and `seed status`, `seed clear` and `verify` treat all of them alike.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import psycopg

from dhub.errors import DhubError
from dhub.estate import guard
from dhub.estate.clear import Going
from dhub.estate.connections import LOOKING, connect
from dhub.estate.databases import Estate
from dhub.estate.kept import Kept, keeping
from dhub.estate.permits import absent
from dhub.estate.status import DatabaseStatus


@dataclass(frozen=True)
class Beside:
    """A database beside the six. All are given the whole estate.

    `preview` says what `clear` would empty; both give what they say as for one of the six.
    """

    database: str
    look: Callable[[Estate], DatabaseStatus]
    preview: Callable[[Estate], Going]
    clear: Callable[[Estate], Going]


def there(estate: Estate, kept: Kept | None = None) -> tuple[str, ...]:
    """Those that dhub has made; one that cannot be asked, or is somebody else's, is none."""
    with keeping(estate, kept) as known:
        missing = absent(known, estate.beside)
    asked = [each for each in estate.beside if each not in missing]
    return tuple(each for each in asked if _is_there(estate.alone(each), each))


def _is_there(alone: Estate, database: str) -> bool:
    with (
        suppress(DhubError, psycopg.Error),
        connect(alone, database, autocommit=True, lock_timeout=LOOKING) as conn,
    ):
        return guard.marked(conn, database)
    return False
