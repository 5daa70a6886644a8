"""Takes an estate, gives its connections to the steps of a command in turn: one a database.

To open another for each step cost a server 3 ms each time, a command some forty of them. (measured)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from types import TracebackType

import psycopg
from psycopg.pq import TransactionStatus

from dhub.estate import session
from dhub.estate.connections import LOOKING, Connection, connect
from dhub.estate.databases import Estate
from dhub.estate.servers import maintenance


@dataclass
class Kept:
    """Connections in autocommit; a database is one step's, and one thread's, at a time.

    None of them may be open when a process is forked: it would live on in there, with its locks.
    """

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
        self.close()

    def close(self) -> None:
        """Close all of them; who asks again gets new ones."""
        for conn in self._conns.values():
            conn.close()
        self._conns.clear()

    def to(self, database: str, lock_timeout: str) -> Connection:
        """A connection for one step, new if the last one was lost; raises what `connect` raises."""
        known = self._conns.get(database)
        if known is None or not _answers(known, lock_timeout):
            known = connect(self.estate, database, autocommit=True, lock_timeout=lock_timeout)
            self._conns[database] = known
        return known

    def tidy(self) -> None:
        """After a step that may have failed: end its transactions, by closing what is in one."""
        for database, conn in list(self._conns.items()):
            if conn.info.transaction_status != TransactionStatus.IDLE:
                self._conns.pop(database).close()

    def server_of(self, databases: Sequence[str]) -> AbstractContextManager[Connection]:
        """A connection to the server on which these lie: an open one to any of them, else one
        that needs none of them to be there."""
        open_ = (each for each in databases if each in self._conns)
        if (known := next(open_, None)) is not None:
            return nullcontext(self.to(known, LOOKING))
        return maintenance(self.estate.joined(databases), databases[0])


def _answers(conn: Connection, lock_timeout: str) -> bool:
    with suppress(psycopg.OperationalError):
        session.again(conn, lock_timeout)
    return not conn.closed


@contextmanager
def keeping(estate: Estate, kept: Kept | None) -> Iterator[Kept]:
    """The connections that were given, which their owner closes; else some for this step alone."""
    with nullcontext(kept) if kept else Kept(estate) as found:
        try:
            yield found
        finally:
            found.tidy()
