"""The preset `everyday`: ordinary people with checking, savings, cards and student loans.

Gives what `dhub.world.outside.plan` asks of a preset.
"""

from __future__ import annotations

from dhub.world.outside.everyday.habits import EVENTS, habits
from dhub.world.outside.everyday.money import made
from dhub.world.outside.plan import Labels, Plan
from dhub.world.outside.run import SHARD_USERS, OutsideRun


def plan(run: OutsideRun, index: int, low: int, high: int) -> Plan:
    """The money of the users in rows [low, high) of a shard."""
    return made(run, habits(run, index).part(low, high))


def labels(run: OutsideRun, index: int) -> Labels:
    """How often everybody is paid, and to whom something happened."""
    h = habits(run, index)
    nothing = ("",) * SHARD_USERS
    paid = tuple("biweekly" if biweekly else "monthly" for biweekly in h.biweekly)
    return Labels(nothing, nothing, nothing, paid, tuple(EVENTS[code] for code in h.event))
