"""Takes scheduled movements, gives the channel of each, whether by hand, and the time of day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import one_of, spread, stream
from dhub.model import Run
from dhub.world.accounts import Accounts
from dhub.world.calendar import DAY, is_business, next_business, weekday
from dhub.world.money.kinds import (
    BILL,
    CARD,
    DEPOSIT,
    FEE,
    IN,
    INTEREST,
    OUT,
    PAYROLL,
    WITHDRAWAL,
)
from dhub.world.money.schedule import Rows, to_business

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
    CARD: (0, 0, 0, 0.72, 0, 0.18, 0.1),
    BILL: (0, 0, 0, 0, 0.6, 0.25, 0.15),
    FEE: (0, 0, 0, 0, 1, 0, 0),
    OUT: (0, 0, 0, 0, 0.35, 0.35, 0.3),
}
# Share of the branch among manual movements; a telephone hands out no cash.
_AT_BRANCH = {DEPOSIT: 1.0, WITHDRAWAL: 1.0, BILL: 0.35, OUT: 0.5}

# On which day of the week, Monday first, those come who would have on a weekend: with all the
# others Mondays are a sixth busier than Thursdays, as measured at call centres.
_COME_ON = (0.36, 0.17, 0.14, 0.14, 0.19)
# When the clearing house books what is due on a Saturday, on a Sunday: within two days (assumed).
_CLEARS = np.array([[-2, -1, 2, 2], [1, 1, 2, 2]])

# First and last hour of each channel's day.
_OPENS = np.array([9, 9, 6, 8, 4, 6, 6])
_CLOSES = np.array([17, 18, 23, 22, 8, 23, 23])


def of_rows(
    run: Run, index: int, rows: Rows, internal: NDArray[np.bool_]
) -> tuple[Int, NDArray[np.bool_]]:
    """Channel of each movement, and whether an employee is on record for it."""
    t = run.profile.transactions
    draw = stream(run.seed, "money.channel")
    channel = np.zeros(len(rows.kind), dtype=np.int64)
    for kind, weights in _BY_ITSELF.items():
        mine = np.flatnonzero(rows.kind == kind)
        channel[mine] = draw.pick(rows.place[mine], weights)
    able = np.flatnonzero(one_of(rows.kind, tuple(_AT_BRANCH)) & ~internal)
    everything = len(rows.kind) + int(internal.sum())
    share = min(t.manual * everything / max(len(able), 1), 1.0)
    chosen = spread(stream(run.seed, f"money.manual.{index}"), (share, 1 - share), len(able)) == 0
    by_hand = able[chosen]
    at_branch = np.array([_AT_BRANCH.get(k, 0.0) for k in range(OUT + 1)])[rows.kind[by_hand]]
    channel[by_hand] = np.where(draw.chance(rows.place[by_hand], at_branch, 1), BRANCH, PHONE)
    on_record = t.processed / t.manual if t.manual else 0.0
    manned = np.zeros(len(rows.kind), dtype=bool)
    manned[by_hand] = (
        spread(stream(run.seed, f"money.manned.{index}"), (on_record, 1 - on_record), len(by_hand))
        == 0
    )
    return channel, manned


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


def instants(run: Run, rows: Rows, day: Days, channel: Int) -> Days:
    """The time of day, within the hours of the channel."""
    low, high = _OPENS[channel] * 3600, _CLOSES[channel] * 3600 - 120
    second = stream(run.seed, "money.time").between(rows.place, low, high)
    return np.asarray(day.astype("datetime64[us]") + second * np.timedelta64(1, "s"))
