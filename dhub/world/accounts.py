"""Takes a shard, gives its accounts: type, currency, state, and on which days they were open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream, expand, one_of, spread, stream
from dhub.draw.choice import BIAS
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.profiles import Profile
from dhub.world import standing as cells
from dhub.world.blocks import account_places
from dhub.world.calendar import DAY, last_business
from dhub.world.opening import office_day
from dhub.world.people import CORPORATE, PREMIUM, PRIVATE, People, in_order, people
from dhub.world.personas import kinds, told_since
from dhub.world.standing import accounts_per_customer as mean

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

TYPES = ("checking", "savings", "money_market", "hsa")
CHECKING, SAVINGS, MONEY_MARKET, HSA = range(4)
STATUSES = ("active", "frozen", "closed")
ACTIVE, FROZEN, CLOSED = range(3)
CURRENCIES = ("USD", "EUR", "GBP", "CAD")
USD = 0
MOST_ACCOUNTS = 12  # a customer may have in any profile: the width of the account key space
EPOCH = np.datetime64("1970-01-01", "D")
NEWEST = 7  # days since the newest account was opened (assumed)
FROZEN_FOR = 200  # days at most: an active customer has moved money within the last year


@dataclass(frozen=True)
class Accounts:
    """The accounts of a whole shard, ordered by customer, then by opening."""

    owner: Int  # customer within the shard
    seq: Int  # number among the customer's accounts, from 0
    place: Int
    account_id: Int
    account_type: Int
    status: Int
    currency: Int
    branch: Int
    opened_date: Days
    closed_date: Days  # NaT while open
    first_day: Days  # first day on which the account can move: its owner has joined by then
    last_day: Days  # last day on which the account can move

    def open_on(self, day: Days) -> NDArray[np.bool_]:
        """Whether each account was open on its `day`."""
        day = day.astype("datetime64[D]")
        return np.asarray((self.opened_date <= day) & ~(self.closed_date <= day))


@of_shard(2)
def accounts(shard: Shard) -> Accounts:
    """The accounts of a shard; the same whatever `shard.customers` and `attempt` are."""
    return _accounts(shard.run, shard.index)


@of_shard()
def _accounts(run: Run, index: int) -> Accounts:
    who = people(Shard(run, index))
    owner, seq = expand(who.account_count)
    place = account_places(Shard(run, index), who.place[owner], seq)
    status = _status(who, owner, seq)
    opened = _opened(run, who, owner, seq, place)
    closed = _closed(run, who, owner, place, opened, status)
    kind = _types(run, index, who, owner, seq)
    return Accounts(
        owner,
        seq,
        place,
        1 + (index - 1) * SHARD_CUSTOMERS * MOST_ACCOUNTS + np.arange(len(owner)),
        kind,
        status,
        _currencies(run, index, who, owner, kind),
        who.branch[owner],
        opened,
        closed,
        np.maximum(opened, who.onboarding_date[owner] + DAY),
        _last_day(run, who, owner, place, opened, closed, status),
    )


def _status(who: People, owner: Int, seq: Int) -> Int:
    cell = who.cell[owner]
    status = np.where(one_of(cell, (cells.ONE_EXPIRED, cells.ONE_FROZEN)), FROZEN, ACTIVE)
    closed = (cell == cells.ONE_CLOSED) | ((cell == cells.MANY_ONE_CLOSED) & (seq == 1))
    return np.where(closed, CLOSED, status)


def _types(run: Run, index: int, who: People, owner: Int, seq: Int) -> Int:
    """A first account is rather a current account; the rich save (assumed)."""
    rich = one_of(who.segment[owner], (PREMIUM, CORPORATE, PRIVATE))
    score = np.zeros((len(owner), len(TYPES)))
    score[:, CHECKING] = 0.5 * (seq == 0) - 0.5 * (seq == 1)
    score[:, SAVINGS] = 0.3 * (seq > 0)
    score[:, MONEY_MARKET] = 0.5 * rich + 0.3 * (seq > 0)
    score[:, HSA] = 0.5 - rich + 0.3 * (who.segment[owner] == PREMIUM)
    weights = in_order(run.profile.accounts.type, TYPES)
    draw = stream(run.seed, f"accounts.type.{index}")
    if run.profile.life is None:
        return spread(draw, weights, len(owner), score=score)
    return _first_current(run.profile, draw, weights, seq, score)


def _first_current(
    profile: Profile, draw: Stream, weights: list[float], seq: Int, score: NDArray[np.float64]
) -> Int:
    """The first account of who has a life is a current account; the mix is met by the others."""
    weights = [*weights]
    weights[CHECKING] = max(weights[CHECKING] - profile.accounts.holders / mean(profile), 0.0)
    kind, later = np.full(len(seq), CHECKING), np.flatnonzero(seq > 0)
    kind[later] = spread(draw, weights, len(later), score=score[later])
    return kind


def _currencies(run: Run, index: int, who: People, owner: Int, kind: Int) -> Int:
    """Foreign currencies lean to companies and private banking (assumed); an HSA is in dollars."""
    foreign = 0.4 * one_of(who.segment[owner], (CORPORATE, PRIVATE)) - BIAS * (kind == HSA)
    score = np.stack([np.zeros_like(foreign), foreign, foreign, foreign], axis=1)
    weights = in_order(run.profile.accounts.currency, CURRENCIES)
    return spread(stream(run.seed, f"accounts.currency.{index}"), weights, len(owner), score=score)


def _opened(run: Run, who: People, owner: Int, seq: Int, place: Int) -> Days:
    """The first within a month of joining, later ones at any time since, in order; all of them on
    days on which a branch is open."""
    first = run.profile.accounts.first_opened_days
    joined = who.onboarding_date[owner]
    tenure = (run.today - joined).astype(np.int64) - NEWEST
    draw = stream(run.seed, "accounts.opened_date")
    soon = draw.between(place, np.minimum(first.low, tenure), np.minimum(first.high, tenure))
    count = who.account_count[owner]
    step = np.maximum((tenure - 75) * 0.8 / np.maximum(count, 1), 0)
    later = first.high + (seq * step + step * 0.9 * (draw.uniform(place, 1) - 0.5)).astype(np.int64)
    longest = np.where(seq == 0, tenure, tenure - _settled(run))
    day = np.where(seq == 0, soon, np.minimum(later, longest))
    early = np.flatnonzero((who.cell[owner] == cells.MANY_ONE_CLOSED) & (seq == 1))
    day[early] = draw.between(place[early], soon[early - 1], first.high)
    latest = longest.copy()
    latest[(seq == 0)] = np.minimum(first.high, tenure)[seq == 0]
    latest[early] = first.high
    office = stream(run.seed, "accounts.office_day")
    return _in_turn(
        owner, office_day(office, place, joined + day * DAY, joined, joined + latest * DAY)
    )


def _settled(run: Run) -> int:
    """Days that a further account is older than the first: interest alone makes its rows."""
    if run.profile.life is None or not run.profile.applies("transactions.per_account"):
        return 0
    return 31 * (run.profile.transactions.per_account.low + 1)


def _in_turn(owner: Int, day: Days) -> Days:
    """Each customer's days, none before that of the account before it."""
    turn = owner * 2**20 + (day - EPOCH).astype(np.int64)
    return np.asarray(EPOCH + (np.maximum.accumulate(turn) - owner * 2**20) * DAY)


def _closed(run: Run, who: People, owner: Int, place: Int, opened: Days, status: Int) -> Days:
    """A closed customer's account ends with the relation, another one at any later time.

    On a business day, because a counter pays out what is left.
    """
    age = (run.today - opened).astype(np.int64)
    longest = np.maximum(age - max(120, _settled(run)), 4)
    if kinds(run):  # none closed before the ledger begins
        told = int((run.today - told_since(run)).astype(np.int64))
        longest = np.minimum(longest, max(told - 240, 4))
    ago = stream(run.seed, "accounts.closed_date").between(place, 4, longest)
    ended = who.ended[owner]
    day = last_business(np.where(np.isnat(ended), run.today - ago * DAY, ended))
    return np.where(status == CLOSED, day, np.datetime64("NaT", "D"))


def _last_day(
    run: Run, who: People, owner: Int, place: Int, opened: Days, closed: Days, status: Int
) -> Days:
    """Closing day, falling silent, freezing more than a month ago, or yesterday."""
    age = (run.today - opened).astype(np.int64)
    draw = stream(run.seed, "accounts.frozen")
    frozen = draw.between(place, 33, np.clip(age - 60, 33, FROZEN_FOR))
    day = np.full(len(owner), run.today - DAY)
    day = np.where(status == FROZEN, run.today - frozen * DAY, day)
    silent = who.silent_since[owner]
    day = np.where(np.isnat(silent), day, silent)
    return np.where(np.isnat(closed), day, closed)
