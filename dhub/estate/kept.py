"""Takes an estate, gives its connections to several steps in turn: on dhub's own server the same.

A server of somebody else's may admit few, or share them: there each step gives its own back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType

from dhub.estate.connections import Connection, connect
from dhub.estate.databases import Estate


@dataclass
class Kept:
    """Connections in autocommit; a database is one thread's at a time."""

    estate: Estate
    _conns: dict[str, Connection] = field(default_factory=dict, repr=False)

    def __enter__(self) -> Kept:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for conn in self._conns.values():
            conn.close()
        self._conns.clear()

    @contextmanager
    def to(self, database: str, lock_timeout: str) -> Iterator[Connection]:
        """A connection for one step; raises what `connect` raises."""
        if not self.estate.embedded:
            with connect(self.estate, database, autocommit=True, lock_timeout=lock_timeout) as conn:
                yield conn
            return
        if (known := self._conns.get(database)) is not None:
            known.execute("SELECT set_config('lock_timeout', %s, false)", (lock_timeout,))
            yield known
            return
        opened = connect(self.estate, database, autocommit=True, lock_timeout=lock_timeout)
        self._conns[database] = opened
        yield opened
