"""Takes scheduled movements, gives the channel of each, whether by hand, and the time of day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, one_of, spread, stream
from dhub.model import Run
from dhub.world.accounts import HSA, Accounts
from dhub.world.calendar import DAY, is_business, next_business, weekday
from dhub.world.clock import to_utc
from dhub.world.merchants import CODES, SUBSCRIPTIONS, second_of_day
from dhub.world.money.kinds import (
    BILL,
    CARD,
    DEPOSIT,
    FEE,
    IN,
    INTEREST,
    KINDS,
    OUT,
    PAYROLL,
    WITHDRAWAL,
)
from dhub.world.money.schedule import Rows, to_business
from dhub.world.money.shops import Payments, is_online
from dhub.world.places import zone_of_branch

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

CHANNELS = ("branch", "phone", "atm", "card", "ach", "online", "mobile_app")
BRANCH, PHONE, ATM, CARD_READER, ACH, ONLINE, MOBILE = range(7)
MANUAL = (BRANCH, PHONE)

# How each kind is done when not by hand: branch, phone, atm, card, ach, online, mobile (assumed).
_BY_ITSELF = {
    PAYROLL: (0, 0, 0, 0, 1, 0, 0),
    DEPOSIT: (0, 0, 0.35, 0, 0.15, 0, 0.5),
    INTEREST: (0, 0, 0, 0, 1, 0, 0),
    IN: (0, 0, 0, 0, 0.8, 0.1, 0.1),
    WITHDRAWAL: (0, 0, 1, 0, 0, 0, 0),
    CARD: (0, 0, 0, 0.9, 0, 0, 0.1),
    BILL: (0, 0, 0, 0, 0.85, 0.1, 0.05),
    FEE: (0, 0, 0, 0, 1, 0, 0),
    OUT: (0, 0, 0, 0, 0.5, 0.25, 0.25),
}
_TO_AN_HSA = (0, 0, 0, 0, 0.75, 0.1, 0.15)  # contributions
# How much each kind is done by hand, beside the others: at the counter cash, checks and wires, by
# telephone transfers and now and then a bill (assumed).
_BY_HAND = {DEPOSIT: 0.85, WITHDRAWAL: 0.66, OUT: 0.62, BILL: 0.16, FEE: 0.25}
# Share of the branch among manual movements; a telephone hands out no cash.
_AT_BRANCH = {DEPOSIT: 1.0, WITHDRAWAL: 1.0, BILL: 0.25, OUT: 0.62, FEE: 0.7}

# On which day of the week, Monday first, those come who would have on a weekend: with all the
# others Mondays are a sixth busier than Thursdays, as measured at call centres.
_COME_ON = (0.30, 0.18, 0.16, 0.16, 0.20)
# When the clearing house books what is due on a Saturday, on a Sunday: within two days (assumed).
_CLEARS = np.array([[-2, -1, 2, 2], [1, 1, 2, 2]])

# First and last local hour of each channel's day; a counter closes at four, when it is the same
# day in UTC everywhere. Books are closed and files of the clearing house come early in the day.
_OPENS = np.array([9, 9, 6, 8, 0, 6, 6])
_CLOSES = np.array([16, 16, 23, 22, 7, 23, 23])
_CLEARED = 8 * 3600  # second of the day in UTC from which on it is that day in every zone


def of_rows(
    run: Run, index: int, a: Accounts, rows: Rows, paid: Payments, internal: NDArray[np.bool_],
    others: int,
) -> tuple[Int, NDArray[np.bool_]]:  # fmt: skip
    """Channel of each movement, and whether an employee is on record for it; so many `others` of
    the ledger have none."""
    channel = _by_itself(run, a, rows, paid)
    by_hand = _by_hand(run, index, a, rows, paid, internal, others)
    at_branch = np.array([_AT_BRANCH.get(k, 0.0) for k in range(OUT + 1)])[rows.kind[by_hand]]
    draw = stream(run.seed, "money.channel")
    channel[by_hand] = np.where(draw.chance(rows.place[by_hand], at_branch, 1), BRANCH, PHONE)
    t = run.profile.transactions
    on_record = t.processed / t.manual if t.manual else 0.0
    manned = np.zeros(len(rows.kind), dtype=bool)
    manned[by_hand] = (
        spread(stream(run.seed, f"money.manned.{index}"), (on_record, 1 - on_record), len(by_hand))
        == 0
    )
    return channel, manned


def _by_itself(run: Run, a: Accounts, rows: Rows, paid: Payments) -> Int:
    """Channels of what is not done by hand: a standing payment has one for good."""
    draw = stream(run.seed, "money.channel")
    channel = np.zeros(len(rows.kind), dtype=np.int64)
    slot = child(a.place[rows.account], rows.payee * KINDS + rows.kind)
    place = np.where(one_of(rows.kind, (BILL, OUT, IN)), slot, rows.place)
    for kind, weights in _BY_ITSELF.items():
        mine = np.flatnonzero(rows.kind == kind)
        channel[mine] = draw.pick(place[mine], weights)
    saved = np.flatnonzero((rows.kind == DEPOSIT) & (a.account_type[rows.account] == HSA))
    channel[saved] = draw.pick(rows.place[saved], _TO_AN_HSA)
    bought = np.flatnonzero(rows.kind == CARD)
    online = is_online(stream(run.seed, "money.online"), rows.place[bought], paid.shop[bought])
    channel[bought[online]] = ONLINE
    channel[_subscribed(rows, paid)] = CARD_READER
    return channel


def _subscribed(rows: Rows, paid: Payments) -> NDArray[np.bool_]:
    return np.asarray((rows.kind == BILL) & one_of(np.maximum(paid.shop, 0), SUBSCRIPTIONS))


def _by_hand(
    run: Run, index: int, a: Accounts, rows: Rows, paid: Payments, internal: NDArray[np.bool_],
    others: int,
) -> Int:  # fmt: skip
    """Rows done by hand: the profile's share of all, kind by kind as people do."""
    able = one_of(rows.kind, tuple(_BY_HAND)) & ~internal & ~_subscribed(rows, paid)
    able &= paid.shop != CODES["landlord"]
    able &= a.account_type[rows.account] != HSA
    some = {kind: np.flatnonzero(able & (rows.kind == kind)) for kind in _BY_HAND}
    wanted = run.profile.transactions.manual * (len(rows.kind) + int(internal.sum()) + others)
    shares = _filled(list(_BY_HAND.values()), [len(found) for found in some.values()], wanted)
    chosen = [
        found[spread(stream(run.seed, f"money.manual.{index}.{kind}"), (p, 1 - p), len(found)) == 0]
        for (kind, found), p in zip(some.items(), shares, strict=True)
        if p > 0
    ]
    return np.sort(np.concatenate([np.zeros(0, dtype=np.int64), *chosen]))


def _filled(leaning: list[float], count: list[int], wanted: float) -> list[float]:
    """Shares in proportion to the leanings, none above one, that together make `wanted`."""
    least, most = 0.0, 64.0
    for _ in range(50):
        factor = (least + most) / 2
        have = sum(min(factor * x, 1.0) * n for x, n in zip(leaning, count, strict=True))
        least, most = (factor, most) if have < wanted else (least, factor)
    return [min(least * x, 1.0) for x in leaning]


def is_cash(rows: Rows, channel: Int) -> NDArray[np.bool_]:
    """Cash: withdrawals, and deposits at a counter or a machine."""
    counter = one_of(channel, (BRANCH, ATM))
    return np.asarray((rows.kind == WITHDRAWAL) | ((rows.kind == DEPOSIT) & counter))


def working_days(run: Run, a: Accounts, rows: Rows, day: Days, channel: Int) -> Days:
    """Counters, telephones and the clearing house rest on weekends and holidays.

    What stands on a grid is cleared within two days; customers come in the week after, and so do
    those who pay their bills by hand.
    """
    moved = _brought_later(run, a, rows, day, channel)
    rests = np.flatnonzero(one_of(channel, (BRANCH, PHONE, ACH)) & ~is_business(moved))
    account, was = rows.account[rests], moved[rests]
    end = _last_day(a, account)
    draw, place = stream(run.seed, "money.working_day"), rows.place[rests]
    on = weekday(was)
    cleared = np.where(on < 5, 0, _CLEARS[np.maximum(on - 5, 0), draw.below(place, 4)])
    free = (channel[rests] != ACH) | (rows.kind[rests] == DEPOSIT)
    aim = was + np.where(free, 7 - on + draw.pick(place, _COME_ON, 1), cleared) * DAY
    aim = np.where(free, next_business(aim), aim)
    fits = is_business(aim) & (aim >= a.first_day[account]) & (aim <= end)
    moved[rests] = np.where(fits, aim, to_business(was, a.first_day[account], end))
    return moved


def _brought_later(run: Run, a: Accounts, rows: Rows, day: Days, channel: Int) -> Days:
    """Days of all movements; who pays a bill by hand does so up to six days after it is due."""
    by_hand = np.flatnonzero((rows.kind == BILL) & one_of(channel, MANUAL))
    wait = stream(run.seed, "money.by_hand").below(rows.place[by_hand], 7)
    moved = day.copy()
    moved[by_hand] = np.minimum(day[by_hand] + wait * DAY, _last_day(a, rows.account[by_hand]))
    return moved


def _last_day(a: Accounts, account: Int) -> Days:
    """The last day on which an account can move, save for its closing payout."""
    closed = ~np.isnat(a.closed_date[account])
    return np.asarray(a.last_day[account] - closed * DAY)


def instants(
    run: Run, a: Accounts, rows: Rows, paid: Payments, day: Days, channel: Int
) -> NDArray[np.datetime64]:
    """The instant of each movement: within the local hours of its shop or channel.

    An evening's purchase lies on the next day in UTC, but for one on the last day of its account.
    """
    draw = stream(run.seed, "money.time")
    low, high = _OPENS[channel] * 3600, _CLOSES[channel] * 3600 - 120
    second = draw.between(rows.place, low, high)
    bought = np.flatnonzero((rows.kind == CARD) & (paid.shop >= 0))
    second[bought] = second_of_day(paid.shop[bought], draw, rows.place[bought], 1)
    zone = zone_of_branch()[a.branch[rows.account]]
    local = to_utc(day, second, zone)
    cleared = day.astype("datetime64[us]") + (_CLEARED + second) * np.timedelta64(1, "s")
    at = np.where(channel == ACH, cleared, local)
    past = at.astype("datetime64[D]") > _last_day(a, rows.account)
    return np.where(past, at - DAY.astype("timedelta64[us]"), at)
