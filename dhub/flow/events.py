"""What a run tells its listener on the way, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dhub.estate.diagnose import Place
from dhub.flow.plan import Plan


@dataclass(frozen=True)
class Loaded:
    """Rows of a shard that are in a table for good."""

    database: str
    table: str
    phase: int
    rows: int
    shard: int


@dataclass(frozen=True)
class Retried:
    """A load that was rolled back and is tried again.

    After a collision, at `place`, with other natural keys; after a passing failure as it was.
    """

    database: str
    shard: int
    attempt: int
    place: Place | None
    reason: str


@dataclass(frozen=True)
class Stage:
    """What a run does now, in a few words."""

    name: str


@dataclass(frozen=True)
class Begun:
    """The run is recorded from here on: the rows of each phase that it expects, and those there."""

    expected: dict[int, int]
    there: dict[int, int]


Event = Loaded | Retried | Stage | Begun
Listener = Callable[[Event], None]


@dataclass(frozen=True)
class Outcome:
    """How a run ended: rows loaded by (database, table), attempts repeated, seconds it took.

    `there` are the rows that an interrupted run had left, which `rows` does not count.
    """

    run_id: str
    plan: Plan
    rows: dict[tuple[str, str], int]
    retries: int
    seconds: float
    workers: int
    there: int = 0
