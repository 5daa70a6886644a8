"""Takes an estate, gives its connections to several steps in turn: one a database, as a run holds.

To open another for each step cost a server 3 ms each time. (measured)
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
        if (known := self._conns.get(database)) is not None:
            known.execute("SELECT set_config('lock_timeout', %s, false)", (lock_timeout,))
            yield known
            return
        opened = connect(self.estate, database, autocommit=True, lock_timeout=lock_timeout)
        self._conns[database] = opened
        yield opened
