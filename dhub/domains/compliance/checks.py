"""Takes a shard, gives its anti-money-laundering checks: of customers, and of transactions.

Everybody is screened on joining, before money moves; half are screened again later on; every
transaction above the threshold is looked at within two days, and so are some that pass it together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.domains.compliance.suspicion import Involved, involved, looked_at
from dhub.draw import child, expand, ordered, spread, stream, within
from dhub.draw.choice import chosen
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.world.calendar import DAY
from dhub.world.ledger import movements
from dhub.world.people import RISKS, People, in_order, people

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

TYPES = ("watchlist", "sanctions", "pep_screening", "transaction_monitoring")
MONITORING = 3
SECOND = np.timedelta64(1, "s")
MOST_PERIODIC = 12
FIRST_MONITORED = 16  # number among a customer's checks from which on they are of transactions
SPACING = 45  # days between two periodic checks of a customer, about (assumed)
FRESH = 28  # days: a report on such a check may still be due
NEVER = -6.0  # a score that loses against any other

# Leaning of a check to be flagged (assumed): risky customers, large sums, much moved, and this
# lately, because only a fresh finding may still be without a filed report. A report is about the
# risky alone.
_RISK, _LARGE, _SUSPECT, _FRESH = 0.2, 0.1, 0.8, 0.6
_SPLIT = 4.0  # whoever splits cash is found out, nearly always


@dataclass(frozen=True)
class Checks:
    """The checks of a whole shard, ordered by customer and time."""

    owner: Int  # customer within the shard
    place: Int
    kind: Int  # index of TYPES
    movement: Int  # row of `movements`, -1 where no transaction is checked
    instant: Instants  # [us]
    flagged: Bools
    level: Int  # index of RISKS, -1 where nothing was found
    involved: Involved  # what a case would be about

    @property
    def day(self) -> Days:
        return self.instant.astype("datetime64[D]")


@of_shard()
def checks(run: Run, index: int) -> Checks:
    """The checks of a shard; the same whatever its `customers` and `attempt` are."""
    who = people(Shard(run, index))
    first = _initial(run, index, who)
    owner, seq, later = _periodic(run, index, who, first)
    large = looked_at(run, index, SHARD_CUSTOMERS + len(owner))
    money = movements(Shard(run, index))
    number = FIRST_MONITORED + within(np.bincount(money.owner[large], minlength=SHARD_CUSTOMERS))
    everyone = np.arange(SHARD_CUSTOMERS)
    owner = np.concatenate([everyone, owner, money.owner[large]])
    seq = np.concatenate([np.zeros_like(everyone), 1 + seq, number])
    movement = np.concatenate([np.full(len(owner) - len(large), -1), large])
    instant = np.concatenate([first, later, _monitored(run, index, who, large, number)])
    order = ordered(owner, instant, seq)
    owner, movement, instant = owner[order], movement[order], instant[order]
    place = child(who.place[owner], seq[order])
    cases = involved(run, index, owner, instant, movement)
    flagged, level = _findings(run, index, who.risk[owner], movement, instant, cases)
    kind = _types(run, index, movement)
    return Checks(owner, place, kind, movement, instant, flagged, level, cases)


def _initial(run: Run, index: int, who: People) -> Instants:
    """Soon after joining, and before the first movement of money."""
    money = movements(Shard(run, index))
    joined = who.onboarding_date
    moved = np.full(SHARD_CUSTOMERS, run.today)
    np.minimum.at(moved, money.owner, money.transaction_date.astype("datetime64[D]"))
    draw = stream(run.seed, "compliance.initial")
    room = np.minimum((moved - joined).astype(np.int64) - 1, run.profile.compliance.screening_days)
    share = draw.uniform(who.place)
    days = np.floor(np.maximum(room + 1, 1) * share * share * share).astype(np.int64)
    # Online, somebody joins shortly before midnight, and may pay the day after.
    left = (joined + DAY - who.created_at) // (2 * SECOND)
    soon = np.minimum(draw.between(who.place, 300, 10_800, 1), left)
    soon = who.created_at + soon * SECOND
    office = (joined + days * DAY).astype("datetime64[us]")
    office = office + draw.between(who.place, 8 * 3600, 18 * 3600, 2) * SECOND
    return np.where(days == 0, soon, office)


def _periodic(run: Run, index: int, who: People, first: Instants) -> tuple[Int, Int, Instants]:
    """Owner, number and instant of the further checks; the risky are checked more often."""
    c = run.profile.compliance
    last = np.where(np.isnat(who.ended), run.today, who.ended) - DAY
    start = first.astype("datetime64[D]") + (c.periodic_days + 1) * DAY
    room = (last - start).astype(np.int64)
    lean = 0.2 * who.risk + 0.1 * np.minimum(room / 1000, 2.0)
    draw = stream(run.seed, f"compliance.periodic.{index}")
    rows = np.flatnonzero(chosen(draw, c.periodic, room >= 0, score=lean))
    mix = c.periodic_checks
    sizes = np.array(mix.numbers)
    score = np.where(sizes > 1 + room[rows, None] // SPACING, NEVER, 0.0)
    score = score + 0.15 * sizes * who.risk[rows, None]
    draw = stream(run.seed, f"compliance.periodic_checks.{index}")
    counts = np.zeros(SHARD_CUSTOMERS, dtype=np.int64)
    counts[rows] = sizes[spread(draw, mix.weights, len(rows), score=score)]
    owner, seq = expand(counts)
    draw, place = stream(run.seed, "compliance.periodic_date"), child(who.place[owner], 1 + seq)
    part = (seq + draw.uniform(place)) / counts[owner]
    # More and more checks as the years go by: the roots let every day see more than the last.
    days = np.floor(np.sqrt(np.sqrt(part * np.sqrt(part))) * (room[owner] + 1)).astype(np.int64)
    second = draw.between(place, 6 * 3600, 20 * 3600, 1)
    day: Instants = (start[owner] + days * DAY).astype("datetime64[us]")
    return owner, seq, np.asarray(day + second * SECOND)


def _monitored(run: Run, index: int, who: People, large: Int, number: Int) -> Instants:
    """Minutes to two days after each large transaction, before the as-of date."""
    money = movements(Shard(run, index))
    came = money.transaction_date[large]
    left = (run.today - came).astype("timedelta64[s]").astype(np.int64) - 1
    most = np.minimum(left, 2 * 86_400)
    share = stream(run.seed, "compliance.monitored").uniform(
        child(who.place[money.owner[large]], number)
    )
    wait = np.minimum(300, most) + np.floor(np.maximum(most - 300, 0) * share * share)
    return np.asarray(came + wait.astype(np.int64) * SECOND)


def _types(run: Run, index: int, movement: Int) -> Int:
    """Customers are screened in the proportion that the profile leaves for it."""
    weights = in_order(run.profile.compliance.check_type, TYPES)[:MONITORING]
    kind = np.full(len(movement), MONITORING)
    screened = np.flatnonzero(movement < 0)
    draw = stream(run.seed, f"compliance.check_type.{index}")
    kind[screened] = spread(draw, weights, len(screened))
    return kind


def _findings(
    run: Run, index: int, risk: Int, movement: Int, instant: Instants, cases: Involved
) -> tuple[Bools, Int]:
    """Which checks found something, and how grave it is."""
    c = run.profile.compliance
    fresh = (run.today - instant).astype("timedelta64[D]").astype(np.int64) < FRESH
    suspect = (cases.cents >= c.sar_amount.cents[0]) & (risk > 0)
    lean = _RISK * risk + _LARGE * (movement >= 0) + suspect * (_SUSPECT + _FRESH * fresh)
    lean = lean + _SPLIT * cases.split
    draw = stream(run.seed, f"compliance.flagged.{index}")
    flagged = chosen(draw, c.flagged, np.ones(len(risk), dtype=bool), score=lean)
    rows = np.flatnonzero(flagged)
    score = np.zeros((len(rows), len(RISKS)))
    score[:, 1:] = (0.1 * risk[rows] + suspect[rows] * (0.3 + 0.3 * fresh[rows]))[:, None]
    score[:, 1:] += _SPLIT * cases.split[rows, None]
    level = np.full(len(risk), -1)
    draw = stream(run.seed, f"compliance.flag_risk.{index}")
    level[rows] = spread(draw, in_order(c.flag_risk, RISKS), len(rows), score=score)
    return flagged, level
