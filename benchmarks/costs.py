"""Takes something to do, gives what it costs: seconds, processor seconds, memory.

A wall alone flatters who keeps many processors busy and hides what else the machine did; so the
processor seconds of the commands and of the server stand beside it.
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import median
from time import perf_counter, sleep

import psutil
import psycopg

_PAUSE = 0.1  # seconds between two looks at the memory
_REST = 3.0  # seconds before each measurement


@dataclass(frozen=True)
class Cost:
    """Seconds on the wall, and those of processors: the commands', and the server's if seen."""

    seconds: float
    client: float
    server: float | None = None

    @property
    def burnt(self) -> float | None:
        """Processor seconds of both."""
        return None if self.server is None else self.client + self.server


def cost(server: int | None, action: Callable[[], object]) -> Cost:
    """What an action costs that starts processes and waits for them; `server` is its first one."""
    os.sync()  # what was done before would share the machine with it on its way to the disk
    sleep(_REST)
    served, used, start = _served(server), _used(), perf_counter()
    action()
    seconds = perf_counter() - start
    later = _served(server)
    both = None if served is None or later is None else later - served
    return Cost(seconds, _used() - used, both)


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    served = [each.server for each in costs if each.server is not None]
    return Cost(
        median(each.seconds for each in costs),
        median(each.client for each in costs),
        median(served) if served else None,
    )


def postmaster(url: str) -> int | None:
    """The first process of the server, None where it does not run on this machine."""
    with psycopg.connect(url) as conn, suppress(psutil.Error):
        backend = psutil.Process(conn.info.backend_pid)
        parent = backend.parent()
        if parent and "postgres" in backend.name() and "postgres" in parent.name():
            return parent.pid
    return None


def peak(command: Sequence[str], env: dict[str, str]) -> int:
    """The most memory that a command and its processes have at once, in bytes.

    A run of its own, untimed: the system stops a process each time it counts its pages.
    """
    most = 0
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(command, env=env, cwd="/", stdout=nowhere, stderr=nowhere) as process:
        while process.poll() is None:
            most = max(most, _memory(process.pid))
            sleep(_PAUSE)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[3:])} ended with {process.returncode}")
    return most


def counted_as() -> str:
    """How memory is counted here: PSS shares out what processes have in common."""
    return "PSS" if platform.system() == "Linux" else "RSS"


def _memory(pid: int) -> int:
    total = 0
    with suppress(psutil.NoSuchProcess):  # it ended while being looked at
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            if "postgres" not in process.name():
                info = process.memory_full_info()
                total += getattr(info, "pss", info.rss)
    return total


def _used() -> float:
    """Processor seconds of all processes that were started here and have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _served(server: int | None) -> float | None:
    """Processor seconds of a server: its processes, and those that it has had."""
    if server is None:
        return None
    parent, total = psutil.Process(server), 0.0
    for process in [parent, *parent.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            spent = process.cpu_times()
            total += spent.user + spent.system
            total += getattr(spent, "children_user", 0) + getattr(spent, "children_system", 0)
    return total
