"""Takes a work that travelled to a worker of a cluster, and tasks; gives what they have to tell.

Runs in processes that the cluster started, one task at a time. No password travels: an estate in
whatever is packed is left as its places, and found anew where it is unpacked.
"""

from __future__ import annotations

import io
import os
import pickle
import platform
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from dhub import BANK_FORMAT, __version__
from dhub.errors import DhubError
from dhub.estate.databases import Estate
from dhub.estate.travel import Places
from dhub.estate.urls import mask_passwords
from dhub.flow.crew import Failed, Tell, Work
from dhub.flow.events import Loaded
from dhub.flow.worker import Task


class _Packer(pickle.Pickler):
    """Puts its places where an estate stands, and the whole path where one stands that is meant
    from the folder this process is in."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Estate):
            return Places.at_home, (Places.of(obj),)
        if isinstance(obj, Path) and not obj.is_absolute():
            return Path, (os.path.abspath(obj),)
        return NotImplemented


def packed(thing: object) -> bytes:
    """What may travel of a thing: all of it but passwords of databases."""
    kept = io.BytesIO()
    _Packer(kept).dump(thing)
    return kept.getvalue()


@dataclass(frozen=True)
class Stand:
    """What a worker is: versions, of which bytes and what travels depend, and threads."""

    versions: dict[str, str]
    threads: int


def stand() -> Stand:
    """Of this process, a worker or not."""
    from distributed import get_worker

    try:
        threads = get_worker().state.nthreads
    except ValueError:
        threads = 1
    versions = {
        "dhub": f"{__version__} (bank format {BANK_FORMAT})",
        "Python": platform.python_version(),
        "numpy": np.__version__,
        "pyarrow": pa.__version__,
        "distributed": version("distributed"),
    }
    return Stand(versions, threads)


def unfit(ours: Stand, theirs: Stand) -> str | None:
    """Why a worker must not work beside us, if there is a reason."""
    other = [
        f"{name} {found} instead of {ours.versions[name]}"
        for name, found in theirs.versions.items()
        if found != ours.versions[name]
    ]
    if other:
        return f"has {', '.join(other)}"
    if theirs.threads != 1:
        return f"has {theirs.threads} threads, and must have one (--nthreads 1)"
    return None


@dataclass(frozen=True)
class Order:
    """A packed work, what must hold where it is done, and the stand of who gave it."""

    key: str
    work: bytes = field(repr=False)
    probes: tuple[bytes, ...] = field(repr=False)
    stand: Stand


def probed(probe: bytes) -> Failed | None:
    """Make a packed probe here."""
    try:
        pickle.loads(probe)()
    except Exception as error:
        return _masked(Failed.of(error))
    return None


class _Bench:
    """The work that this process has open: one at a time, kept from task to task."""

    def __init__(self) -> None:
        self._key = ""
        self._opened = ExitStack()
        self._do: Callable[[Task, Tell], None] | None = None

    def of(self, order: Order) -> Callable[[Task, Tell], None]:
        """What does a task; a work that was begun before it makes room."""
        if self._do is None or self._key != order.key:
            self.clear()
            _refuse(order)
            work: Work = pickle.loads(order.work)
            self._do = self._opened.enter_context(work.opened())
            self._key = order.key
        return self._do

    def clear(self) -> None:
        """Let go of it, and of its connections."""
        self._do = None
        self._opened.close()


_bench = _Bench()


def _refuse(order: Order) -> None:
    """Raise what would have been found before, had this worker been there then."""
    from distributed import get_worker

    from dhub.errors import UsageError

    me = get_worker()
    if why := unfit(order.stand, stand()):
        raise UsageError(f"worker {me.address}, which joined, {why}. Take it from the cluster.")
    for probe in order.probes:
        pickle.loads(probe)()


def perform(order: Order, task: Any) -> list[Any]:
    """Do a task; what it told, and last why it failed, if it did: an error of dhub's is a word like
    others, so that no scheduler tries it again."""
    heard = _Heard()
    try:
        _bench.of(order)(task, heard)
    except Exception as error:
        heard(_masked(Failed.of(error)))
    return [*heard.rows.values(), *heard.words]


@dataclass
class _Heard:
    """What a task tells: rows added up by table, since hundreds of shards may be one task."""

    words: list[Any] = field(default_factory=list)
    rows: dict[tuple[str, str], Loaded] = field(default_factory=dict)

    def __call__(self, word: Any) -> None:
        if not isinstance(word, Loaded):
            self.words.append(word)
            return
        place = word.database, word.table
        before = self.rows[place].rows if place in self.rows else 0
        self.rows[place] = replace(word, rows=before + word.rows)


def let_go(key: str) -> None:
    """Close what is open of a work."""
    if _bench._key == key:
        _bench.clear()


def _masked(failed: Failed) -> Failed:
    """Without the passwords that are known here, and perhaps nowhere else."""
    error: DhubError = failed.error
    error.args = tuple(mask_passwords(str(each)) for each in error.args)
    error.__cause__ = error.__context__ = None
    return Failed(error, mask_passwords(failed.trace))
