"""Takes scheduled movements, gives the channel of each, whether by hand, and the time of day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import one_of, spread, stream
from dhub.model import Run
from dhub.world.accounts import Accounts
from dhub.world.calendar import DAY
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
    channel[by_hand] = np.where(
        draw.chance(rows.place[by_hand], at_branch, 1), BRANCH, PHONE
    )
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


def working_days(
    a: Accounts, rows: Rows, day: NDArray[np.datetime64], channel: Int
) -> NDArray[np.datetime64]:
    """Counters, telephones and the clearing house rest on weekends and holidays."""
    needs = np.flatnonzero(one_of(channel, (BRANCH, PHONE, ACH)))
    account = rows.account[needs]
    end = a.last_day[account] - np.where(np.isnat(a.closed_date[account]), 0, 1) * DAY
    moved = day.copy()
    moved[needs] = to_business(day[needs], a.first_day[account], end)
    return moved


def instants(
    run: Run, rows: Rows, day: NDArray[np.datetime64], channel: Int
) -> NDArray[np.datetime64]:
    """The time of day, within the hours of the channel."""
    low, high = _OPENS[channel] * 3600, _CLOSES[channel] * 3600 - 120
    second = stream(run.seed, "money.time").between(rows.place, low, high)
    return np.asarray(day.astype("datetime64[us]") + second * np.timedelta64(1, "s"))
