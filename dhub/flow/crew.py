"""Takes shards to be loaded, gives them to processes that load side by side, and stops those."""

from __future__ import annotations

import gc
import multiprocessing as mp
import os
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Protocol, cast

from dhub.errors import DhubError, Fault, MachineFailed, of_the_machine
from dhub.estate.databases import Estate
from dhub.flow.catalogue import bank_of
from dhub.flow.plan import Plan
from dhub.flow.sinks.postgres import PostgresSink
from dhub.flow.worker import Task, work

# A worker that is told to stop finishes its shard first; one takes well under a second.
_GRACE = 5.0

_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}

# Tells the parent: events, and whatever else a job makes of its shards.
Tell = Callable[[Any], None]


class Work(Protocol):
    """What is to become of shards; sent to each worker once, and opened there."""

    def opened(self) -> AbstractContextManager[Callable[[Any, Tell], None]]:
        """What does a task (a shard or a part), for as long as the worker lives."""


class Foresight(Protocol):
    """What a worker may do before it is told its job."""

    def make(self, enough: Callable[[], bool]) -> None:
        """Begin, and end soon after it is `enough`."""


class Hands(Protocol):
    """Those who do tasks: processes of this machine, or workers of a cluster."""

    @property
    def size(self) -> int:
        """How many there are now; none where the calling process does all by itself."""

    def check(self, probe: Callable[[], None], lasting: bool = True) -> None:
        """Raise what `probe`, a picklable call, raises on any of them that may be elsewhere; made
        before anything is written, and when `lasting` by those that come later, too."""

    def run(
        self,
        job: Work,
        tasks: Sequence[Any],
        listener: Tell,
        ready: Callable[[Any], bool] = ...,
    ) -> None:
        """Do all tasks, each perhaps more than once; the listener hears what they tell once.

        The next task waits until it is `ready`, which it must be when all before it are done.
        """

    def stop(self, at_once: bool) -> None:
        """Have them let go of what they hold, after their present task."""


class Gone(MachineFailed):
    """Those who did the work ended without a word: a worker process, or a cluster."""

    def __init__(self, cause: str, remedy: str = "") -> None:
        super().__init__(f"{cause} `dhub seed resume` finishes the run{self._with(remedy)}.")
        self._cause, self._remedy = cause, remedy

    @staticmethod
    def _with(remedy: str) -> str:
        return f", {remedy}" if remedy else ""

    def but(self, then: str) -> MachineFailed:
        """The same of what is no run of databases: what is left of it, and what goes on."""
        return MachineFailed(f"{self._cause} {then}{self._with(self._remedy)}.")


@dataclass(frozen=True)
class Job:
    """Loading shards into an estate; `bank` is the name of the catalogue.

    `connections` are what one worker may have at a time.
    """

    bank: str
    plan: Plan
    estate: Estate
    run_id: str
    owner: str
    connections: int

    def sink(self) -> PostgresSink:
        return PostgresSink(self.estate, self.run_id, self.owner, self.connections)

    @contextmanager
    def opened(self) -> Iterator[Callable[[Task, Tell], None]]:
        """Loads a shard; its connections are kept from one to the next."""
        bank, sink = bank_of(self.bank), self.sink()
        try:
            yield lambda task, tell: work(bank, self.plan, task, sink, tell)
        finally:
            sink.close()


@dataclass(frozen=True)
class _Done:
    """A worker's word that it has finished its shard."""


@dataclass(frozen=True)
class Failed:
    """A worker's last word: why it gave up, and the traceback as text."""

    error: DhubError
    trace: str

    @classmethod
    def of(cls, error: Exception) -> Failed:
        """What it was, in the handler of the error: a worker cannot raise into its parent."""
        if isinstance(error, DhubError):
            return cls(error, traceback.format_exc())
        fault = Fault(f"a worker failed: {type(error).__name__}: {error}")
        return cls(of_the_machine(error) or fault, traceback.format_exc())

    def told(self) -> DhubError:
        """The error, with where it happened."""
        self.error.add_note(self.trace)
        return self.error


@dataclass
class Crew:
    """Workers, started before any thread or connection exists; none at all when `size` is 0.

    Then the calling process loads by itself, which saves small runs the start of others.
    """

    size: int
    _pipes: dict[Pipe, BaseProcess] = field(default_factory=dict, repr=False)
    _told: bool = False
    _do: Callable[[Any, Tell], None] | None = field(default=None, repr=False)
    _here: ExitStack = field(default_factory=ExitStack, repr=False)

    def __enter__(self) -> Crew:
        # Forking costs 5 ms, starting anew half a second; macOS and Windows offer only the latter.
        if not self.size:
            return self
        method = "fork" if sys.platform == "linux" else "spawn"
        context = mp.get_context(method)
        gc.freeze()  # so that the workers' collections do not copy the pages they share with us
        with _unheard():
            for _ in range(self.size):
                self._start(context, method)
        gc.unfreeze()
        return self

    def _start(self, context: Any, method: str) -> None:
        ours, theirs = context.Pipe()
        inherited = [*self._pipes, ours] if method == "fork" else []
        process = context.Process(target=_serve, args=(theirs, inherited), daemon=True)
        process.start()
        theirs.close()
        self._pipes[ours] = process

    def foresee(self, sight: Foresight) -> None:
        """Let workers begin with what they will be given, until they are given it."""
        for pipe in self._pipes:
            _send(pipe, sight)

    def check(self, probe: Callable[[], None], lasting: bool = True) -> None:
        """They reach what this process reaches."""

    def run(
        self,
        job: Work,
        tasks: Sequence[Any],
        listener: Tell,
        ready: Callable[[Any], bool] = lambda task: True,
    ) -> None:
        """Do all tasks; raises what made a worker give up, once the others have stopped.

        The next task waits until it is `ready`, which it must be when all before it are done.
        """
        if not self._pipes:
            self._alone(job, tasks, listener)
            return
        if not self._told:
            self._told = True
            for pipe in self._pipes:
                pipe.send(job)
        self._share(deque(tasks), listener, ready)

    def _alone(self, job: Work, tasks: Sequence[Any], listener: Tell) -> None:
        """Do all here; what the job holds is kept for the next tasks, as a worker keeps it."""
        with self._here as stack:
            self._do = self._do or stack.enter_context(job.opened())
            for task in tasks:
                self._do(task, listener)
            self._here = stack.pop_all()

    def _share(self, tasks: deque[Any], listener: Tell, ready: Callable[[Any], bool]) -> None:
        """Hand out a task to each worker that is free until all are done."""
        busy: set[Pipe] = set()
        idle = deque(self._pipes)
        while tasks or busy:
            while tasks and idle and ready(tasks[0]):
                pipe = idle.popleft()
                _send(pipe, tasks.popleft())
                busy.add(pipe)
            for heard in wait(list(busy)):
                pipe = cast(Pipe, heard)
                message = _receive(pipe)
                if isinstance(message, _Done):
                    busy.discard(pipe)
                    idle.append(pipe)
                else:
                    listener(message)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the workers: after their present shard, or at once when the user is waiting."""
        self.stop(at_once=error is not None and not isinstance(error, DhubError))

    def stop(self, at_once: bool) -> None:
        """End all workers; what one had not committed is rolled back by the server."""
        self._here.close()
        self._do = None
        for pipe, process in self._pipes.items():
            if at_once or not self._told:
                process.terminate()
            pipe.close()
        for process in self._pipes.values():
            process.join(_GRACE)
            if process.is_alive():
                process.terminate()
                process.join()
        self._pipes.clear()


def manned(crew: Hands | None, size: int) -> AbstractContextManager[Hands]:
    """The crew that was given, which its owner ends; else one of so many processes."""
    return nullcontext(crew) if crew else Crew(size)


@contextmanager
def _unheard() -> Iterator[None]:
    """Let signals wait: a child is born with its parent's handlers, which speak for the parent."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _send(pipe: Pipe, task: Any) -> None:
    try:
        pipe.send(task)
    except OSError as error:
        raise _gone() from error


def _receive(pipe: Pipe) -> Any:
    try:
        message = pipe.recv()
    except (EOFError, OSError) as error:
        raise _gone() from error
    if isinstance(message, Failed):
        raise message.told()
    return message


def _gone() -> Gone:
    return Gone(
        "a worker process ended without a word; it was killed, or ran out of memory.",
        "with fewer --workers if memory is short",
    )


def _serve(pipe: Pipe, inherited: Sequence[Pipe]) -> None:
    """The life of a worker: a job, then tasks, until the pipe is closed at its other end."""
    # Ctrl-C goes to the whole group; the parent decides what becomes of the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    for other in inherited:
        other.close()  # or a parent that was killed would never be missed
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        job = _job(pipe)
        try:
            _work_on(job, pipe)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise
        except Exception as error:
            pipe.send(Failed.of(error))


def _job(pipe: Pipe) -> Work:
    """The job, and until it comes what may be done before."""
    while not hasattr(said := pipe.recv(), "opened"):
        with suppress(Exception):  # the job meets what it met, and can tell
            said.make(pipe.poll)
    job: Work = said
    return job


def _work_on(job: Work, pipe: Pipe) -> None:
    with job.opened() as do:
        while True:
            do(pipe.recv(), pipe.send)
            pipe.send(_Done())


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
