"""Takes a shard, gives the plans of its users, a slice at a time, and their labels.

A window of half a year fits into one slice of all users of a shard; longer ones are cut, so that
memory stays as it is. Slices change no byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple

from dhub.errors import Fault
from dhub.model import Run, Shard
from dhub.world.outside import everyday
from dhub.world.outside.archetypes import plan as archetypes
from dhub.world.outside.plan import Accounts, Labels, Liabilities, Plan
from dhub.world.outside.run import SHARD_USERS, OutsideRun, run_of

_WHOLE = 250  # days of a window up to which a shard is one slice
_LEAST = 20  # users of a slice
_MONTH = 365.25 / 12


class Expected(NamedTuple):
    """Rows of a user as measured, for progress: accounts, liabilities, and rows a month."""

    accounts: float
    liabilities: float
    a_month: float


_EXPECTED = {"everyday": Expected(3.4, 1.7, 30.1), "archetypes": Expected(2.4, 0.8, 13.4)}
_PRESETS: dict[str, ModuleType] = {"everyday": everyday, "archetypes": archetypes}


def slices(shard: Shard) -> Iterator[tuple[int, int]]:
    """First row and end of each slice of a shard's users, up to the last user there is."""
    run = run_of(shard)
    days = run.last - run.first + 1
    step = SHARD_USERS if days <= _WHOLE else max(_LEAST, SHARD_USERS * _WHOLE // days)
    for low in range(0, shard.customers, step):
        yield low, min(low + step, SHARD_USERS)


def expected(run: Run) -> tuple[float, float, float]:
    """About how many accounts, liabilities and transactions a user of a run has."""
    if not isinstance(run, OutsideRun):
        raise Fault("a run of the bank where one of outside accounts is needed")
    a_user = _EXPECTED[run.figures.name]
    months = (run.last - run.first + 1) / _MONTH
    return a_user.accounts, a_user.liabilities, a_user.a_month * months


def plan(shard: Shard, low: int, high: int) -> Plan:
    """The plan of the users in some rows of a shard."""
    return _plan(run_of(shard), shard.index, low, high)


def held(shard: Shard, low: int, high: int) -> tuple[Accounts, Liabilities]:
    """The accounts and liabilities of a plan, remembered after its events are forgotten."""
    return _held(run_of(shard), shard.index, low, high)


def labels(shard: Shard) -> Labels:
    """What is known beforehand of the users of a shard."""
    run = run_of(shard)
    found: Labels = _preset(run).labels(run, shard.index)
    return found


def _preset(run: OutsideRun) -> Any:
    return _PRESETS[run.figures.name]


@lru_cache(maxsize=1)
def _plan(run: OutsideRun, index: int, low: int, high: int) -> Plan:
    made: Plan = _preset(run).plan(run, index, low, high)
    return made


@lru_cache(maxsize=64)
def _held(run: OutsideRun, index: int, low: int, high: int) -> tuple[Accounts, Liabilities]:
    made = _plan(run, index, low, high)
    return made.accounts, made.liabilities
