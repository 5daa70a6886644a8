"""Takes the address of a Dask scheduler, gives a crew of its workers, wherever they are.

Tasks are handed out in windows, so that the scheduler never holds many; what they tell comes back
when they end. A worker that dies is the cluster's business: it gives the task to another one.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pkgutil import resolve_name
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from types import TracebackType
from typing import Any
from uuid import uuid4

from dhub.errors import ClusterFailed, DhubError, Fault, UsageError
from dhub.flow.crew import Failed, Gone, Tell, Work
from dhub.flow.remote import Order, Stand, let_go, packed, perform, probed, stand, unfit
from dhub.words import counted, repeated

_ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[^\s/:@\[\]]+):([0-9]{1,5})/?")
# A scheduler that is there answers at once; one in another region within a second or two.
_PATIENCE = 10.0
# A pod or a job that was asked for at the same time as this command begins within this. (assumed)
_FOR_WORKERS = 30.0
# In the middle of a run a node that is gone may have to be made anew. (assumed)
_FOR_OTHERS = 300.0
# As many tasks for each worker as keep it busy while the next are on their way.
_WINDOW = 4
_LOOK = 1.0  # seconds between two looks at who is there
_MOST_NAMED = 3  # workers that an error names
_LETTING_GO, _LEAVING = 10.0, 2.0
_STEP = 0.05
_FOR_AN_ANSWER = 60.0  # a worker loads our libraries with the first question


def read_address(text: str) -> str:
    """The address of a scheduler as Dask writes it."""
    found = _ADDRESS.fullmatch(text)
    if not found or not 1 <= int(found[3]) <= 65535:
        raise UsageError(
            f"--cluster or DHUB_CLUSTER {repeated(text)}: must be like tcp://scheduler:8786, or tls://"
        )
    return text.rstrip("/")


class DaskCrew:
    """The workers of a cluster, while it is open; `tell` hears of those that come and go."""

    def __init__(self, address: str, tell: Callable[[str], None] = lambda text: None) -> None:
        self._address, self._tell = read_address(address), tell
        self._client: Any = None
        self._stand = stand()
        self._workers: set[str] = set()
        self._probes: tuple[bytes, ...] = ()
        self._key = ""
        self._looked = self._peopled = 0.0

    @property
    def size(self) -> int:
        """Workers that are there now."""
        return len(self._workers)

    def __enter__(self) -> DaskCrew:
        self._client = _connected(self._address)
        try:
            self._workers = self._awaited()
            self._refuse_unfit()
        except BaseException:
            self._close()
            raise
        self._tell(f"{counted(self.size, 'worker')} of {self._address}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop(at_once=error is not None)
        self._close()

    def check(self, probe: Callable[[], None], lasting: bool = True) -> None:
        """Make the probe on every worker; the first failure is raised, with its worker's name."""
        kept = packed(probe)
        self._probes += (kept,) if lasting else ()
        for worker, answer in sorted(self._everywhere(probed, kept).items()):
            if isinstance(answer, Failed):
                raise _of_worker(worker, answer)
            if isinstance(answer, DhubError):
                raise type(answer)(f"worker {worker} {answer}.")
            if answer is not None:
                raise Fault(f"worker {worker} failed: {type(answer).__name__}: {answer}")

    def run(
        self,
        job: Work,
        tasks: Sequence[Any],
        listener: Tell,
        ready: Callable[[Any], bool] = lambda task: True,
    ) -> None:
        """Do all tasks; raises the first error of dhub's once no more are handed out."""
        self._key = uuid4().hex
        flight = _Flight(self._client, Order(self._key, packed(job), self._probes, self._stand))
        try:
            self._share(flight, deque(tasks), listener, ready)
        finally:
            flight.drop()

    def _share(
        self, flight: _Flight, todo: deque[Any], listener: Tell, ready: Callable[[Any], bool]
    ) -> None:
        while todo or flight.going:
            with self._calling():
                self._look()
                while todo and len(flight.going) < _WINDOW * max(1, self.size) and ready(todo[0]):
                    flight.submit(todo.popleft())
                heard = flight.heard(_LOOK)
            for word in heard:
                if isinstance(word, Failed):
                    raise word.told()
                listener(word)

    def stop(self, at_once: bool) -> None:
        """Have each worker close what it holds of us, behind its present task."""
        key, self._key = self._key, ""
        if not key or self._client.status != "running":
            return
        from distributed import fire_and_forget, wait

        with suppress(Exception):  # what they hold is closed when they end, or by the servers
            going = [
                self._client.submit(let_go, key, workers=[each], pure=False)
                for each in self._now()  # a task for one that is gone would wait for ever
            ]
            fire_and_forget(going)
            if not at_once:
                with self._client.as_current():
                    wait(going, timeout=_LETTING_GO)

    def _close(self) -> None:
        with suppress(Exception):  # nothing of ours is left there that would not end by itself
            self._client.close(timeout=_LEAVING)

    def _awaited(self) -> set[str]:
        """The workers, once there is one."""
        started, said = monotonic(), False
        while not (found := self._now()):
            if monotonic() - started > _FOR_WORKERS:
                raise ClusterFailed(
                    f"The cluster at {self._address} has no workers, after {_FOR_WORKERS:.0f} "
                    f"seconds.\nStart some: dask worker {self._address} --nthreads 1"
                )
            if not said:
                said = True
                self._tell(f"waiting for workers of {self._address}")
            sleep(_LOOK / 2)
        return found

    def _now(self) -> set[str]:
        """The workers that the scheduler knows."""
        with self._calling():
            if self._client.status != "running":  # to ask one that is gone would take a while
                raise ConnectionError(self._client.status)
            return set(self._client.nthreads())

    def _refuse_unfit(self) -> None:
        """Raise UsageError, naming them, when workers would make other bytes, or slower."""
        # A worker that cannot load a task ends, so the first question is none of ours.
        for question in ((resolve_name, f"{stand.__module__}:__name__"), (stand,)):
            self._refuse(self._everywhere(*question))

    def _refuse(self, found: dict[str, Any]) -> None:
        if any("deserialization of the task graph" in str(answer) for answer in found.values()):
            raise UsageError(
                f"The scheduler at {self._address} cannot load dhub {self._stand.versions['dhub']}."
                "\nNothing was written. Start it, too, from the environment of this command."
            )
        why = {worker: _reason(self._stand, answer) for worker, answer in sorted(found.items())}
        lines = [f"worker {worker} {reason}" for worker, reason in why.items() if reason]
        if lines:
            more = f"; and {len(lines) - _MOST_NAMED} more" if len(lines) > _MOST_NAMED else ""
            raise UsageError(
                f"{'; '.join(lines[:_MOST_NAMED])}{more}.\n"
                "Nothing was written. Start workers from the environment of this command: "
                f"dask worker {self._address} --nthreads 1"
            )

    def _everywhere(self, step: Callable[..., Any], *words: Any) -> dict[str, Any]:
        """What a step gives on each worker, or the error that it ended in; nothing of workers that
        were lost meanwhile."""
        started, self._workers = monotonic(), self._now()
        with self._calling():
            going = {
                worker: self._client.submit(step, *words, workers=[worker], pure=False)
                for worker in self._workers
            }
        while not all(future.done() for future in going.values()):
            if monotonic() - started > _FOR_AN_ANSWER:
                break
            sleep(_STEP)
            there = self._now()
            going = {worker: future for worker, future in going.items() if worker in there}
        with self._calling():
            return {worker: _answer(future) for worker, future in going.items()}

    def _look(self) -> None:
        """See who came and who went, now and then."""
        if monotonic() - self._looked < _LOOK:
            return
        self._looked, now = monotonic(), self._now()
        for worker in sorted(self._workers - now):
            self._tell(f"worker {worker} is lost; {_left(len(now))}")
        for worker in sorted(now - self._workers):
            self._tell(f"worker {worker} joined; {counted(len(now), 'worker')} now")
        self._workers = now
        self._peopled = self._looked if now or not self._peopled else self._peopled
        if self._looked - self._peopled > _FOR_OTHERS:
            raise Gone(f"All workers of {self._address} were lost, and none came.")

    @contextmanager
    def _calling(self) -> Iterator[None]:
        """Say of workers that die one by one, and of a scheduler that is gone, what it means."""
        from distributed import CancelledError, KilledWorker

        try:
            yield
        except KilledWorker as error:
            raise Gone(
                f"{error.allowed_failures + 1} workers of {self._address} died one after the other "
                "over the same task; they were killed, or ran out of memory.",
                "with more memory for each",
            ) from error
        except (OSError, CancelledError) as error:
            raise Gone(
                f"The cluster at {self._address} was lost: its scheduler ended, or cannot be "
                "reached any more."
            ) from error


class _Flight:
    """Tasks that were handed out and have not come back."""

    def __init__(self, client: Any, order: Order) -> None:
        self.going: dict[str, Any] = {}
        self._client, self._order, self._count = client, order, 0
        self._ended: SimpleQueue[Any] = SimpleQueue()

    def submit(self, task: Any) -> None:
        """Hand out a task, under a name that no other run has."""
        self._count += 1
        key = f"dhub-{self._order.key}-{self._count}"
        future = self._client.submit(perform, self._order, task, key=key, pure=False)
        self.going[key] = future
        future.add_done_callback(self._ended.put)

    def heard(self, patience: float) -> list[Any]:
        """What those tell that have ended, waiting for the first; nothing when none has."""
        ended = []
        with suppress(Empty):
            ended.append(self._ended.get(timeout=patience))
            while True:
                ended.append(self._ended.get_nowait())
        told = self._client.gather(ended)
        for future in ended:
            del self.going[future.key]
        return [word for words in told for word in words]

    def drop(self) -> None:
        """Have what was not begun forgotten."""
        for future in self.going.values():
            future.release()
        self.going.clear()


def _connected(address: str) -> Any:
    """A client; what Dask would log on stderr is in the errors that are raised."""
    import dask
    from distributed import Client, Security
    from distributed.versions import VersionMismatchWarning

    warnings.simplefilter("ignore", VersionMismatchWarning)  # what matters of it is refused
    for name in ("distributed", "distributed.client", "tornado.application", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    if address.startswith("tls") and not Security().get_connection_args("client")["ssl_context"]:
        raise UsageError(
            f"{address} wants certificates, which Dask's settings name: DASK_DISTRIBUTED__COMM__TLS"
            "__CA_FILE, __CLIENT__CERT and __CLIENT__KEY, or a file of its own."
        )
    patience = f"{_PATIENCE:.0f}s"
    dask.config.set({"distributed.comm.timeouts.connect": patience})
    try:
        return Client(address, timeout=_PATIENCE, set_as_default=False, name="dhub")
    except (OSError, ValueError, TypeError) as error:
        cause = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ClusterFailed(
            f"No scheduler answers at {address} ({cause.rstrip('.')}).\n"
            "Check --cluster or DHUB_CLUSTER, and that this machine reaches it."
        ) from error


def _answer(future: Any) -> Any:
    if not future.done():
        return ClusterFailed(
            f"does not answer, after {_FOR_AN_ANSWER:.0f} seconds: restart it, or take it away"
        )
    return future.exception() or future.result()


def _reason(ours: Stand, answer: Any) -> str | None:
    """Why a worker does not fit, by what it answered."""
    if not isinstance(answer, BaseException):
        return unfit(ours, answer) if isinstance(answer, Stand) else None
    if isinstance(answer, ModuleNotFoundError) and (answer.name or "").startswith("dhub"):
        return f"has no dhub {ours.versions['dhub']}"
    if isinstance(answer, DhubError):
        return str(answer)
    first = next(iter(str(answer).splitlines()), "")
    return f"failed: {type(answer).__name__}: {first}"


def _of_worker(worker: str, failed: Failed) -> DhubError:
    error = failed.told()
    error.args = (f"worker {worker}: {error}",)
    return error


def _left(count: int) -> str:
    if not count:
        return "none is left, and what it did waits for another"
    return f"what it did goes to others, {counted(count, 'worker')} left"
