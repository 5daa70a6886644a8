"""Takes an estate, holds all six databases for one run: a connection and the run's lock in each.

While others load, these connections idle. A word now and then keeps balancers from cutting them,
and lets the server end what is left of a run whose machine or network is gone.
"""

from __future__ import annotations

import selectors
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Thread
from types import TracebackType
from typing import Any, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from dhub.errors import DhubError
from dhub.estate import guard, session
from dhub.estate.connections import WRITING
from dhub.estate.databases import Estate
from dhub.estate.diagnose import told
from dhub.estate.kept import Kept, keeping
from dhub.estate.ledger import Connection

T = TypeVar("T")
U = TypeVar("U")

_WORD_EVERY = 20.0  # seconds; balancers and pools that cut idle connections wait for a minute or so
_CANCEL_PATIENCE = 5.0  # seconds; a server that is gone ends nothing
_CANCEL_EVERY = 0.2  # seconds
_SILENT_FOR = "10min"  # after which the server ends the session, and with it the lock


@dataclass
class Hold:
    """Six connections with the lock of a run each; a second run is refused, not queued.

    They are those that are `kept`, where a command has some.
    """

    estate: Estate
    kept: Kept | None = None
    _conns: dict[str, Connection] = field(default_factory=dict, repr=False)
    _known: Kept = field(init=False, repr=False)
    _stack: ExitStack = field(default_factory=ExitStack, repr=False)
    _ended: Event = field(default_factory=Event, repr=False)
    _talker: Thread | None = field(default=None, repr=False)

    def __enter__(self) -> Hold:
        self._known = self._stack.enter_context(keeping(self.estate, self.kept))
        try:
            # One gate first: of two runs that start at once, one gets all six locks.
            self.each(lambda conn, database: None, self.estate.databases[:1])
            self.each(lambda conn, database: None)
        except BaseException:
            self.close()
            raise
        self._talker = Thread(target=self._talk, daemon=True)
        self._talker.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give all locks back."""
        self._ended.set()
        if self._talker:
            self._talker.join(1)  # no thread may be there when workers are forked
        for conn in self._conns.values():
            guard.leave_run(conn)
        self._conns.clear()
        self._stack.close()

    def each(
        self, step: Callable[[Connection, str], T], databases: Iterable[str] | None = None
    ) -> dict[str, T]:
        """Do a step in every database, side by side; gives its results by database."""

        def one(database: str) -> T:
            conn = self._connection(database)
            with told(database, conn):
                return step(conn, database)

        chosen = self.estate.databases if databases is None else tuple(databases)
        end = partial(cancel, self._conns)
        return dict(zip(chosen, side_by_side(one, chosen, len(chosen), end), strict=True))

    def recover(self) -> None:
        """Take back the locks that went with connections lost in between, if still free."""
        self.each(lambda conn, database: None)

    def _connection(self, database: str) -> Connection:
        conn = self._conns.get(database)
        if conn is None or (_heard(conn) and not _answers(conn)):
            conn = self._known.to(database, WRITING)
            with told(database, conn):
                session.cut_when_silent(conn, _SILENT_FOR)
                guard.hold_run(conn, database, "another run is going on")
            self._conns[database] = conn
        return conn

    def _talk(self) -> None:
        """Say a word on each connection that idles, as long as the run lasts."""
        while not self._ended.wait(_WORD_EVERY):
            idle = [conn for conn in list(self._conns.values()) if _idles(conn)]
            side_by_side(_answers, idle, len(idle))


def _idles(conn: Connection) -> bool:
    return not conn.closed and conn.info.transaction_status == TransactionStatus.IDLE


def _heard(conn: Connection) -> bool:
    """Whether it has something to say: most often that it has ended."""
    if conn.closed:
        return True
    with selectors.DefaultSelector() as look:  # select() takes no file beyond the 1,024th
        look.register(conn.pgconn.socket, selectors.EVENT_READ)
        return bool(look.select(0))


def _answers(conn: Connection) -> bool:
    """Whether the connection lives; one that does not answer is closed now."""
    with suppress(psycopg.Error, DhubError):
        conn.execute("SELECT")
    return not conn.closed


def side_by_side(
    step: Callable[[U], T],
    items: Iterable[U],
    threads: int,
    interrupted: Callable[[], None] = lambda: None,
) -> list[T]:
    """The step for every item, in threads; the first failure in order is raised when all ended.

    Whoever interrupts us does not wait for them: `interrupted` makes them end, and is called until
    they have, since what it ends may be followed by the next thing to wait for.
    """
    with ThreadPoolExecutor(max(1, threads)) as pool:
        going: list[Future[T]] = []
        try:
            going += (pool.submit(step, item) for item in items)
            return [each.result() for each in going]
        except Exception:
            raise
        except BaseException:
            for each in going:
                each.cancel()
            interrupted()
            while wait(going, _CANCEL_EVERY).not_done:
                interrupted()
            raise


def cancel(conns: Mapping[Any, psycopg.Connection[Any]]) -> None:
    """Have the server end what these connections are at, such as waiting for somebody's lock."""
    for conn in list(conns.values()):
        with suppress(psycopg.Error):
            conn.cancel_safe(timeout=_CANCEL_PATIENCE)
