"""Takes an estate that is seeded, gives warehouse_db with the star of the same runs.

The star is loaded like a bank of one database: from the plans that the six ledgers record, with a
ledger of its own. What that ledger says already is not loaded again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from dhub.domains.warehouse.attempts import joint
from dhub.errors import Refused, UsageError
from dhub.estate import clear as clearing
from dhub.estate import guard, ledger, permits
from dhub.estate.connections import LOOKING, connect
from dhub.estate.databases import Estate
from dhub.estate.kept import Kept
from dhub.estate.ledger import COMPLETE, RunRecord
from dhub.estate.likeness import begins
from dhub.estate.reporting import refresh_estate
from dhub.estate.standing import Standing
from dhub.flow import orchestrate
from dhub.flow.catalogue import bank_of
from dhub.flow.crew import Hands
from dhub.flow.events import Listener, Outcome, Stage
from dhub.flow.plan import Plan, plan_of
from dhub.flow.prepared import prepared

DATABASE = "warehouse_db"
STAR = "dhub.others:STAR"
NOTHING, FINISHED, ADDED, LOADED = "nothing", "finished", "added", "loaded"

# Opened for each cohort, since each shows its own progress.
Listening = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Intent:
    """What the warehouse lacks: cohorts to load, in order, the first of which may be `begun`.

    `anew` says that what it holds is of other runs, and goes first.
    """

    plans: tuple[Plan, ...] = ()
    begun: bool = False
    anew: bool = False
    there: int = 0  # cohorts that are in

    @property
    def word(self) -> str:
        """The gravest of what is to be done."""
        if not self.plans:
            return NOTHING
        if self.anew or not self.there + self.begun:
            return LOADED
        return ADDED if len(self.plans) > self.begun else FINISHED


@dataclass(frozen=True)
class Built:
    """What was to be done, and how each run of it ended."""

    intent: Intent
    outcomes: tuple[Outcome, ...] = ()


def intended(estate: Estate) -> Intent:
    """What a build would do; reads only.

    Raises UsageError when nothing is seeded or nothing says where the warehouse is; Refused while
    the six, or the warehouse, are being loaded, after an interrupted run of the six, for a bank of
    another format, and for a database of this name that is not dhub's or newer than the code.
    """
    if DATABASE not in estate.beside:
        raise UsageError(f"Nothing says where {DATABASE} is. Set DHUB_WAREHOUSE_DB_URL.")
    wanted = orchestrate.cohorts(estate)
    if not wanted:
        raise UsageError(f"Nothing is seeded that {DATABASE} could show. Use `dhub seed all`.")
    there = looked(estate).runs
    star = bank_of(STAR)
    plans = tuple(replace(plan_of(each, star), attempts=_attempts(estate, each)) for each in wanted)
    if not begins(there, wanted):
        return Intent(plans, anew=True)
    done = _complete(there)
    return Intent(plans[done:], begun=len(there) > done, there=done)


def looked(estate: Estate) -> Standing:
    """The warehouse and its ledger; Refused while it is being loaded, or when that is damaged."""
    alone = estate.alone(DATABASE)
    with Kept(alone) as kept:
        found = permits.looked(alone, kept)[0][DATABASE]
    if found.going:
        raise guard.going_on(DATABASE, "a build is going on", found.holder)
    if found.damage:
        raise Refused(
            f"{DATABASE} {found.damage}: dhub no longer knows which rows are its own there; "
            "nothing was touched.\nDrop that database; `dhub warehouse build` makes it anew."
        )
    return found


def _attempts(estate: Estate, run: RunRecord) -> tuple[tuple[int, int], ...]:
    """The attempts with which shards came into the six, where they were not the first: e-mails and
    numbers follow from them."""
    tried: dict[int, list[int]] = {}
    for place, database in enumerate(("accounts_db", "insurance_db")):
        with connect(estate, database, autocommit=True, lock_timeout=LOOKING) as conn:
            for shard, attempt in ledger.attempts_of(conn, run.run_id):
                tried.setdefault(shard, [0, 0])[place] = attempt
    return tuple((shard, joint(*each)) for shard, each in sorted(tried.items()))


def _complete(runs: Sequence[RunRecord]) -> int:
    """How many of the runs are complete before the first that is not."""
    states = [each.state == COMPLETE for each in runs]
    return states.index(False) if False in states else len(states)


def build(
    estate: Estate,
    workers: int | None = None,
    listening: Listening | None = None,
    crew: Hands | None = None,
) -> Built:
    """Make or refresh the warehouse; what it took.

    Raises what `intended` raises, and Refused when rows or objects of a user stand in the way of
    what is to go or to come; nothing is changed then. DatabaseFailed when the server fails: another
    build finishes this one.
    """
    listen = listening or (lambda: nullcontext(lambda event: None))
    intent = intended(estate)
    alone = estate.alone(DATABASE)
    migrated = prepared(alone, crew)[DATABASE]
    if not intent.plans and migrated:  # an older dhub made it: what has come since is empty
        refresh_estate(alone)
    if intent.anew:
        with listen() as listener:
            _make_room(alone, intent.plans[0], listener)
    outcomes = []
    for number, plan in enumerate(intent.plans):
        with listen() as listener:
            begun = intent.begun and not number
            outcomes.append(_load(alone, plan, workers, listener, begun, crew))
    return Built(intent, tuple(outcomes))


def _load(
    alone: Estate,
    plan: Plan,
    workers: int | None,
    listener: Listener,
    begun: bool,
    crew: Hands | None,
) -> Outcome:
    """A cohort, or what an interrupted build left of it."""
    if not begun:
        return orchestrate.seed(alone, plan, workers, listener, STAR, crew)
    outcome = orchestrate.resume(alone, workers, listener, STAR, plan.attempts, crew)
    if outcome is None:
        raise Refused(f"{DATABASE} has changed since this was planned. Start again.")
    return outcome


def _make_room(alone: Estate, plan: Plan, listener: Listener) -> None:
    listener(Stage("Clearing what is of other runs"))
    if orchestrate.interrupted(alone):
        clearing.clear(alone)
    else:
        orchestrate.make_room(alone, plan, STAR)
