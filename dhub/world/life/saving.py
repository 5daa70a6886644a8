"""Takes a scene, gives what goes between a customer's accounts, and what the bank books itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import exp, stream
from dhub.profiles.values import cents as in_cents
from dhub.world.accounts import CLOSED, HSA, MONEY_MARKET
from dhub.world.calendar import DAY, is_business, last_business, next_business
from dhub.world.clock import to_utc
from dhub.world.life.earnings import twice_a_month
from dhub.world.life.events import (
    ACCRUED,
    AFTER,
    CHARGED,
    EARNED,
    NOBODY,
    PAID_OUT,
    SWEPT,
    TOP_UP,
    WISHED,
    Events,
    events,
)
from dhub.world.life.grids import AFTER as NEXT
from dhub.world.life.grids import BEFORE, monthly
from dhub.world.life.personas import life_of, months_told
from dhub.world.life.rates import PEOPLE
from dhub.world.life.scene import Scene, address, beside
from dhub.world.life.streams import (
    CLOSES,
    CONTRIBUTION,
    FRIENDS,
    INTEREST_PAID,
    LARGE_MOVE,
    MACHINE_FEE,
    MEDICAL,
    MONTHLY_FEE,
    SAVE,
    SWEEP,
    TAKEN_BACK,
    TOP_UPS,
    at_counter,
    cleared,
    slot,
)
from dhub.world.merchants import MEDICAL as MEDICAL_SHOPS
from dhub.world.merchants import cost, merchant_offers, second_of_day
from dhub.world.money.channels import ACH, BRANCH, CARD_READER, MOBILE, ONLINE
from dhub.world.money.kinds import (
    CARD,
    CLOSING,
    DEPOSIT,
    FEE,
    IN,
    INTEREST,
    OUT,
    PURPOSES,
)
from dhub.world.opening import before_closing

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

_STEP = 2500  # cents: people save round sums
_BACK = 0.10  # transfers back from savings a month (assumed)
_HSA_SHARE = (0.015, 0.05)  # of the net pay (assumed)
_FRIENDS = 0.3  # of the rate of money sent comes back (assumed)
_FEE, _FEE_BELOW, _FEE_SHARE = 1200, 50_000, 0.5  # a month below 500 costs 12, on half of accounts
_MACHINE_FEES = (250, 300, 350)  # cents, at a machine of another bank (assumed)
_OF_CEILING = 4
_COMES, _COMES_EVENLY = 0.55, 0.42  # of large moves; with interest the latter keeps a balance
_LARGE = (0.02, 0.12)  # of a money market account's level is moved at once (assumed)


def saving(s: Scene, owner: Int, net: Float) -> Events:
    """A standing order to the own savings account, some days after the month's pay; `net` is
    dollars a month that come in, by holder."""
    keep = (s.savings[owner] >= 0) & s.habits.saves[owner] & s.main[owner]
    owner, net = owner[keep], net[keep]
    account, other = s.checking[owner], s.savings[owner]
    draw, place = stream(s.run.seed, "life.saving"), s.a.place[account]
    wish = net * s.habits.saving[owner] * 100
    cents = np.maximum(np.floor(wish / _STEP).astype(np.int64), 1) * _STEP
    if s.run.profile.personas is not None:  # or years of it were more than an account may hold
        room = s.terms.ceiling[other] // (2 * months_told(s.run))
        cents = np.minimum(cents, room // _STEP * _STEP)
    start = np.maximum(s.start[account], s.start[other])
    end = np.minimum(s.end[account], s.end[other])
    nominal = np.array([2, 3, 5, 16, 17, 20])[draw.below(place, 6)]
    dates = monthly(start, end, nominal, moved=NEXT)
    row = dates.stream
    at_place = address(s.a.place[account[row]], SAVE, dates.period)
    at = cleared(stream(s.run.seed, "life.cleared"), at_place, dates.day)
    return events(
        account[row], at, at_place, way=WISHED, wish=cents[row], kind=OUT, payee=SAVE,
        channel=ACH, other=other[row],
    )  # fmt: skip


def taken_back(s: Scene, owner: Int) -> Events:
    """Now and then something comes back from savings."""
    owner = owner[s.savings[owner] >= 0]
    account, other = s.savings[owner], s.checking[owner]
    start = np.maximum(s.start[account], s.start[other])
    end = np.minimum(s.end[account], s.end[other])
    dates = monthly(start, end, np.ones_like(owner))
    draw = stream(s.run.seed, "life.taken_back")
    place = address(s.a.place[account[dates.stream]], TAKEN_BACK, dates.period)
    day = dates.day + draw.below(place, 28) * DAY
    hit = draw.chance(place, _BACK, 1) & (day <= end[dates.stream])
    row, place, day = dates.stream[hit], place[hit], day[hit]
    wish = s.earns.net_month[owner[row]] * 0.25 * exp(0.7 * draw.normal(place, 2))
    cents = np.maximum(np.floor(wish / 5000).astype(np.int64), 1) * 5000
    surplus = life_of(s.run).surplus
    if surplus is not None:  # or it would only be sent away again
        cents = np.minimum(cents, in_cents(surplus) // 10_000 * 5000)
    at = at_counter(draw, place, day, s.zone[account[row]])
    channel = np.where(draw.chance(place, 0.6, 3), MOBILE, ONLINE)
    return events(
        account[row], at, place, way=WISHED, wish=cents, kind=OUT, payee=TAKEN_BACK,
        channel=channel, other=other[row],
    )  # fmt: skip


def swept(s: Scene, owner: Int, comfort: Int, twice: Bools) -> list[Events]:
    """What lies above the comfortable level goes to savings, or to another bank, once a month or
    twice."""
    draw = stream(s.run.seed, "life.sweep")
    nominal = np.array([3, 5, 10, 16])[draw.below(s.a.place[s.checking[owner]], 4)]
    return [_swept(s, owner, comfort, nominal),
            _swept(s, owner[twice], comfort[twice], nominal[twice] + 12)]  # fmt: skip


def _swept(s: Scene, owner: Int, comfort: Int, nominal: Int) -> Events:
    account = s.checking[owner]
    dates = monthly(s.start[account], s.end[account], nominal, moved=NEXT)
    row = dates.stream
    place = address(s.a.place[account[row]], SWEEP, dates.day.astype(np.int64))
    at = cleared(stream(s.run.seed, "life.cleared"), place, dates.day, 7 * 3600, 9 * 3600)
    other = _open(s, s.savings[owner][row], dates.day)
    return events(
        account[row], at, place, way=SWEPT, wish=0, mark=comfort[row], kind=OUT, payee=SWEEP,
        channel=ACH, other=other, purpose=PURPOSES.index("linked_out"),
    )  # fmt: skip


def sent_away(s: Scene, owner: Int, mark: Int, every: Int) -> Events:
    """What lies above a level leaves for another bank on every so many semi-monthly paydays."""
    account = s.checking[owner]
    dates = twice_a_month(s, s.start[account], s.end[account])
    dates = dates.where(dates.period % every[dates.stream] == every[dates.stream] - 1)
    row = dates.stream
    place = address(s.a.place[account[row]], SWEEP, dates.day.astype(np.int64))
    at = cleared(stream(s.run.seed, "life.cleared"), place, dates.day, 7 * 3600, 9 * 3600)
    return events(
        account[row], at, place, way=SWEPT, wish=0, mark=mark[row], kind=OUT, payee=SWEEP,
        channel=ACH, purpose=PURPOSES.index("linked_out"),
    )  # fmt: skip


def _open(s: Scene, other: Int, day: Days) -> Int:
    """The other account on days on which it moves, else -1."""
    there = (other >= 0) & (s.start[other] <= day) & (day <= s.end[other])
    return np.where(there, other, NOBODY)


def top_ups(s: Scene, owed: Events) -> Events:
    """The day before money is owed: room for what may be lacking then."""
    day = owed.at.astype("datetime64[D]")
    cell = owed.account * 2**20 + day.astype(np.int64)
    cells, of = np.unique(cell, return_inverse=True)
    total = np.bincount(of, owed.wish, len(cells)).astype(np.int64)
    account = cells // 2**20
    due: Days = (cells % 2**20).astype("datetime64[D]")
    before = np.maximum(last_business(due - DAY), s.start[account])
    place = address(s.a.place[account], TOP_UPS, due.astype(np.int64))
    saved = s.savings[s.a.owner[account]]
    other = np.where(saved == account, NOBODY, _open(s, saved, before))
    return events(
        account, slot(before), place, way=TOP_UP, wish=total, kind=IN, payee=TOP_UPS,
        channel=np.where(is_business(before), ACH, ONLINE), other=other,
        purpose=PURPOSES.index("linked_in"),
    )  # fmt: skip


def booked_by_the_bank(s: Scene, salaried: Int) -> list[Events]:
    """Interest, fees for a month, and what a closed account is paid out."""
    some = s.typed(*range(4))
    return [_interest(s, some), _monthly_fees(s, salaried), _closings(s, some)]


def _interest(s: Scene, account: Int) -> Events:
    """On the last business day of each month that has ended."""
    dates = monthly(s.start[account], s.end[account], np.full(len(account), 31), moved=BEFORE)
    row = dates.stream
    place = address(s.a.place[account[row]], INTEREST_PAID, dates.period)
    at = slot(dates.day) + np.timedelta64(15 * 3600, "s")
    return events(
        account[row], at, place, way=ACCRUED, wish=0, kind=INTEREST, payee=INTEREST_PAID,
        channel=ACH,
    )  # fmt: skip


def _monthly_fees(s: Scene, salaried: Int) -> Events:
    """On the first business day, if the balance fell too low; none where pay comes in."""
    owner = np.setdiff1d(s.holders, salaried)
    account = s.checking[owner]
    some = stream(s.run.seed, "life.fee").chance(s.a.place[account], _FEE_SHARE)
    account = account[some]
    dates = monthly(s.start[account] + 32 * DAY, s.end[account], np.ones_like(account), moved=NEXT)
    row = dates.stream
    place = address(s.a.place[account[row]], MONTHLY_FEE, dates.period)
    at = cleared(stream(s.run.seed, "life.cleared"), place, dates.day, 0, 600)
    return events(
        account[row], at, place, way=CHARGED, wish=_FEE, mark=_FEE_BELOW, kind=FEE,
        payee=MONTHLY_FEE, channel=ACH, purpose=PURPOSES.index("monthly_fee"),
    )  # fmt: skip


def machine_fees(s: Scene, cash: Events) -> Events:
    """The fee of another bank's machine, at once after what it handed out."""
    draw = stream(s.run.seed, "life.machine_fee")
    some = cash.take(np.flatnonzero(cash.purpose == PURPOSES.index("other_machine")))
    cents = np.array(_MACHINE_FEES)[draw.below(some.place, len(_MACHINE_FEES), 1)]
    return events(
        some.account, some.at, beside(some.place, MACHINE_FEE), way=AFTER, wish=cents, kind=FEE,
        payee=MACHINE_FEE, channel=some.channel, purpose=PURPOSES.index("machine_fee"),
    )  # fmt: skip


def _closings(s: Scene, account: Int) -> Events:
    """The last minutes at the counter of the day on which an account closes."""
    account = account[s.a.status[account] == CLOSED]
    day = s.a.closed_date[account]
    place = address(s.a.place[account], CLOSES, np.zeros_like(account))
    at = before_closing(day, s.zone[account])
    return events(
        account, at, place, way=PAID_OUT, wish=0, kind=CLOSING, payee=CLOSES, channel=BRANCH
    )


def friends(s: Scene, owner: Int, often: Float, level: Float) -> Events:
    """What friends pay back."""
    account = s.checking[owner]
    dates = monthly(s.start[account], s.end[account], np.ones_like(owner))
    draw, row = stream(s.run.seed, "life.friends"), dates.stream
    place = address(s.a.place[account[row]], FRIENDS, dates.period)
    day = dates.day + draw.below(place, 28) * DAY
    rate = s.habits.rates[owner, PEOPLE] * _FRIENDS * often
    hit = draw.chance(place, np.minimum(rate, 0.9)[row], 1) & (day <= s.end[account[row]])
    row, place, day = row[hit], place[hit], day[hit]
    wish = 40 * level[row] * exp(0.8 * draw.normal(place, 2))
    cents = np.maximum(np.floor(wish / 5).astype(np.int64), 1) * 500
    at = at_counter(draw, place, day, s.zone[account[row]])
    return events(
        account[row], at, place, way=EARNED, wish=cents, kind=IN, payee=FRIENDS, channel=MOBILE,
        purpose=PURPOSES.index("person"),
    )  # fmt: skip


def health(s: Scene) -> list[Events]:
    """Contributions to health savings accounts, and what they pay: medical shops alone."""
    account = s.typed(HSA)
    owner, place = s.a.owner[account], s.a.place[account]
    draw = stream(s.run.seed, "life.health")
    part = _HSA_SHARE[0] + (_HSA_SHARE[1] - _HSA_SHARE[0]) * draw.uniform(place)
    cents = np.maximum(np.floor(s.earns.net_month[owner] * part / 500).astype(np.int64), 4) * 500
    dates = monthly(s.start[account], s.end[account], 1 + draw.below(place, 28, 1), moved=NEXT)
    row = dates.stream
    at_place = address(place[row], CONTRIBUTION, dates.period)
    paid_in = events(
        account[row], cleared(stream(s.run.seed, "life.cleared"), at_place, dates.day), at_place,
        way=EARNED, wish=cents[row], kind=DEPOSIT, payee=CONTRIBUTION, channel=ACH,
    )  # fmt: skip
    return [paid_in, _medical(s, account)]


def _medical(s: Scene, account: Int) -> Events:
    """About one purchase a month at a doctor's or a pharmacy."""
    dates = monthly(s.start[account], s.end[account], np.ones_like(account))
    draw, row = stream(s.run.seed, "life.medical"), dates.stream
    place = address(s.a.place[account[row]], MEDICAL, dates.period)
    day = dates.day + draw.below(place, 28) * DAY
    hit = draw.chance(place, 0.8, 1) & (day <= s.end[account[row]])
    row, place, day = row[hit], place[hit], day[hit]
    shop = np.array(MEDICAL_SHOPS)[draw.below(place, 2, 2)]
    merchant = merchant_offers().pick(shop, s.a.branch[account[row]], draw.uniform(place, 3))
    second = np.minimum(second_of_day(shop, draw, place, 8), 16 * 3600)
    return events(
        account[row], to_utc(day, second, s.zone[account[row]]), place, way=WISHED,
        wish=np.floor(cost(shop, draw.normal(place, 4)) * 100 + 0.5).astype(np.int64), kind=CARD,
        payee=MEDICAL, channel=CARD_READER, shop=shop, merchant=merchant,
    )  # fmt: skip


def large_moves(s: Scene, level: Int) -> list[Events]:
    """Money market accounts: a few times a year a large sum comes or goes, mostly elsewhere."""
    account = s.typed(MONEY_MARKET)
    dates = monthly(s.start[account], s.end[account], np.ones_like(account))
    draw, row = stream(s.run.seed, "life.large"), dates.stream
    place = address(s.a.place[account[row]], LARGE_MOVE, dates.period)
    day = next_business(dates.day + draw.below(place, 25) * DAY)
    hit = draw.chance(place, 0.28, 1) & (day <= s.end[account[row]])
    row, place, day = row[hit], place[hit], day[hit]
    part = _LARGE[0] + (_LARGE[1] - _LARGE[0]) * draw.uniform(place, 2)
    usual = level[account[row]]
    if s.run.profile.personas is not None:  # or years of them were more than the account may hold
        usual = np.minimum(usual, s.terms.ceiling[account[row]] // _OF_CEILING)
    cents = np.maximum(np.floor(usual * part / 10_000).astype(np.int64), 5) * 10_000
    cents = np.minimum(cents, s.run.profile.transactions.amount["transfer_out"].cents[1])
    comes = draw.chance(place, _COMES if s.run.profile.personas is None else _COMES_EVENLY, 3)
    at = cleared(stream(s.run.seed, "life.cleared"), place, day)
    made = [
        events(account[row], at, place, way=way, wish=cents, kind=kind, payee=LARGE_MOVE,
               channel=ACH, purpose=PURPOSES.index(purpose)).take(np.flatnonzero(some))
        for way, kind, purpose, some in (
            (EARNED, IN, "linked_in", comes), (WISHED, OUT, "linked_out", ~comes),
        )
    ]  # fmt: skip
    return made
