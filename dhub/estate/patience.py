"""Gives connections that do not wait for ever: neither for an answer lost, nor for a lock untold.

TCP's own keepalives tell when a network is gone. They do not when something between here and the
server takes what is sent and passes nothing on: to tell that from a long statement, the server is
asked by a second connection what it thinks of the first.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from time import monotonic, sleep
from typing import Any, TypeVar

import psycopg
from psycopg import errors

from dhub.errors import DhubError
from dhub.estate import holders
from dhub.estate.failures import Locked
from dhub.estate.session import Backend

T = TypeVar("T")

_SILENCE = 30.0  # seconds without a byte before the server is asked
_TWICE = 3.0  # seconds between two looks: what is on its way has arrived by then

_THEIRS = """
SELECT pg_postmaster_start_time(),
    (SELECT state <> 'active' OR wait_event = 'ClientRead' FROM pg_stat_activity WHERE pid = %s),
    EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)
"""


class Connection(psycopg.Connection[Any]):
    """A connection of psycopg that finds out when nobody answers it, and who keeps a lock from it.

    `again` opens another one like it; without it, it waits like any other.
    """

    again: Callable[[], psycopg.Connection[Any]] | None = None
    backend: Backend | None = None
    called: str = ""

    def wait(self, gen: Any, *given: Any, **more: Any) -> Any:
        """Raises Locked for a lock that was not given, OperationalError for a lost server."""
        try:
            return super().wait(self._patient(gen), *given, **more)
        except errors.LockNotAvailable as error:
            raise Locked(self._locked(error)) from error

    def _patient(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        """The same steps; with each tenth of a second without a byte, a look at the clock."""
        heard = monotonic()
        try:
            state = next(gen)
            while True:
                ready = yield state
                if ready:
                    heard = monotonic()
                elif self.again and monotonic() - heard > _SILENCE:
                    self._make_sure()
                    heard = monotonic()
                state = gen.send(ready)
        except StopIteration as ended:
            result: T = ended.value
            return result

    def _make_sure(self) -> None:
        if not self._lost():
            return
        sleep(_TWICE)
        if self._lost():
            self.pgconn.finish()
            raise psycopg.OperationalError("the server does not answer any more")

    def _lost(self) -> bool:
        """Whether the server waits for us while we wait for it, is another, or cannot be asked."""
        assert self.again and self.backend
        try:
            with self.again() as other:
                row = other.execute(_THEIRS, (self.backend.pid, self.backend.pid)).fetchone()
        except psycopg.OperationalError as error:
            return not isinstance(error, errors.TooManyConnections) and "too many" not in str(error)
        if row is None:
            return False
        started, waits, there = row
        if started != self.backend.started:
            # One of several servers under this address tells nothing; one started since does.
            return bool(started > self.backend.seen)
        return not there or bool(waits)

    def _locked(self, error: psycopg.Error) -> str:
        """Who holds what was waited for; asked aside, since this transaction has failed."""
        holder = None
        # A server that cannot be asked a second time: the lock is told without its holder.
        with suppress(psycopg.Error, DhubError):
            if self.again and self.backend:
                with self.again() as other:
                    holder = holders.of_tables(other, self.backend.pid)
        if holder is None:
            return f"{self.called}: another session keeps a lock. Try again when it is done."
        return (
            f"{self.called}: {holder.table} is locked by {holder}.\nWait for that transaction,"
            f" or end it: SELECT pg_terminate_backend({holder.pid})"
        )
