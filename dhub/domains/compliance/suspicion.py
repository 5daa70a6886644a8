"""Takes checks of customers, gives what was moved before each: the sum that a case would be about.

Also which movements are looked at one by one: the large ones, and those that pass the threshold
together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import one_of, stream
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.profiles.values import cents
from dhub.world.accounts import USD, accounts
from dhub.world.ledger import Movements, movements, split_cash
from dhub.world.money.kinds import CLOSING, CREDIT, DEPOSIT, IN, LEG_IN, OUT, WITHDRAWAL

Int = NDArray[np.int64]
Instants = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

MOVABLE = (DEPOSIT, IN, LEG_IN, WITHDRAWAL, OUT, CLOSING)  # cash and transfers, not pay or bills
WINDOWS = (90, 365, 3650)  # days before the check: the shortest in which enough was moved
# Movements in one direction, each a tenth of the threshold or more, that pass it together: within
# ten days it looks like splitting, within a month it is worth a look (assumed).
TOGETHER = (10, 30)
_PIECE = 10
MOST_NAMED = 250  # movements of a case: the last ones of the time looked at (assumed)
_DAY = 86_400
_CUSTOMER = 2**34  # seconds, more than any date has since 1970


@dataclass(frozen=True)
class Involved:
    """What each case would be about: `row[low:high]` of the shard's movements, in order of time."""

    cents: Int
    low: Int
    high: Int
    row: Int
    split: Bools  # it is cash that was paid in by parts

    def at(self, rows: Int) -> Involved:
        """The cases of these checks, in their order."""
        cents, low, high = self.cents[rows], self.low[rows], self.high[rows]
        return Involved(cents, low, high, self.row, self.split[rows])


def looked_at(run: Run, index: int, screenings: int) -> Int:
    """Rows of the movements that are monitored, ascending.

    All above the threshold, in the account's currency, and as many of those that pass it together
    as make up the share of checks. The last part of cash that was split is never missed.
    """
    money, c = movements(Shard(run, index)), run.profile.compliance
    most = cents(c.monitoring_threshold)
    large = np.union1d(np.flatnonzero(money.amount > most), _splits(run, index)[1])
    share = c.check_type.share("transaction_monitoring")
    wanted = round(screenings * share / (1 - share)) - len(large) if share < 1 else 0
    if wanted <= 0 or most <= 0:
        return large
    row, urge = _split(money, most)
    fresh = ~np.isin(row, large)
    row, urge = row[fresh], urge[fresh]
    urge = urge + stream(run.seed, "compliance.together").uniform(money.place[row])
    some = row[np.argsort(-urge, kind="stable")[:wanted]]
    return np.sort(np.concatenate([large, some]))


def _split(money: Movements, most: int) -> tuple[Int, NDArray[np.float64]]:
    """Rows that pass the threshold only together with others of their customer, and how much each
    deserves a look: the last of them most, and the sooner they follow each other."""
    fits = (money.amount <= most) & (money.amount >= most // _PIECE) & one_of(money.kind, MOVABLE)
    row = np.flatnonzero(fits & (money.kind != CLOSING))
    way = money.owner[row] + SHARD_CUSTOMERS * CREDIT[money.kind[row]]
    key = way * _CUSTOMER + _seconds(money.transaction_date[row])
    order = np.argsort(key, kind="stable")
    row, key = row[order], key[order]
    running = np.r_[0, np.cumsum(money.amount[row])]
    urge, upto = np.zeros(len(row)), np.arange(len(row)) + 1
    for days in TOGETHER:
        first = np.searchsorted(key, key - days * _DAY, side="left")
        passed = running[upto] - running[first] > most
        edge = np.zeros(len(row) + 1, dtype=np.int64)
        np.add.at(edge, first[passed], 1)
        np.add.at(edge, upto[passed], -1)
        urge += 2 * passed + (np.cumsum(edge)[:-1] > 0)
    return row[urge > 0], urge[urge > 0]


def _splits(run: Run, index: int) -> tuple[Int, Int]:
    """Of cash that was paid in by parts: the rows of the first and the last part of each case."""
    row = np.flatnonzero(split_cash(run, index))
    owner = movements(Shard(run, index)).owner[row]
    turn = np.flatnonzero(np.diff(owner)) if len(row) else row
    return np.r_[row[:1], row[turn + 1]], np.r_[row[turn], row[-1:]]


def involved(run: Run, index: int, owner: Int, instant: Instants, movement: Int) -> Involved:
    """What was moved in or out, whichever is more, on dollar accounts in the time before a check.

    Of the check of cash that was split, its parts. `owner` is the customer within the shard,
    `movement` the row that was checked.
    """
    money, a = movements(Shard(run, index)), accounts(Shard(run, index))
    fits = one_of(money.kind, MOVABLE) & (a.currency[money.account] == USD)
    enough = run.profile.compliance.sar_amount.cents[0]
    until = owner * _CUSTOMER + _seconds(instant)
    found = np.zeros((len(WINDOWS), len(owner)), dtype=np.int64)
    low, high = np.zeros_like(found), np.zeros_like(found)
    ways: list[Int] = []
    for credit in (True, False):
        rows = np.flatnonzero(fits & (CREDIT[money.kind] == credit))
        time = money.owner[rows] * _CUSTOMER + _seconds(money.transaction_date[rows])
        order = np.argsort(time, kind="stable")
        time, rows = time[order], rows[order]
        running = np.r_[0, np.cumsum(money.amount[rows])]
        before, last = sum(len(way) for way in ways), np.searchsorted(time, until, side="right")
        ways.append(rows)
        for line, days in enumerate(WINDOWS):
            first = np.searchsorted(time, until - days * _DAY, side="left")
            first = np.maximum(first, last - MOST_NAMED)
            total = running[last] - running[first]
            more = total > found[line]
            low[line][more], high[line][more] = before + first[more], before + last[more]
            found[line][more] = total[more]
    shortest = (np.argmax(found >= enough, axis=0), np.arange(len(owner)))
    found, low, high = found[shortest], low[shortest], high[shortest]
    split = np.isin(movement, _splits(run, index)[1])
    cases = Involved(found, low, high, np.concatenate(ways), split)
    return _with_splits(run, index, cases, movement)


def _with_splits(run: Run, index: int, cases: Involved, movement: Int) -> Involved:
    """The cases, those of cash that was split with its parts alone."""
    part = np.flatnonzero(split_cash(run, index))
    first, last = _splits(run, index)
    check = np.flatnonzero(cases.split)
    which = np.searchsorted(last, movement[check])
    running = np.r_[0, np.cumsum(movements(Shard(run, index)).amount[part])]
    begin, end = np.searchsorted(part, first[which]), np.searchsorted(part, last[which]) + 1
    total, low, high = cases.cents.copy(), cases.low.copy(), cases.high.copy()
    total[check] = running[end] - running[begin]
    low[check], high[check] = len(cases.row) + begin, len(cases.row) + end
    return Involved(total, low, high, np.concatenate([cases.row, part]), cases.split)


def _seconds(instant: Instants) -> Int:
    return np.asarray(instant.astype("datetime64[s]").astype(np.int64))
