"""The moves of money that a plan consists of, in columns, and the places where they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from dhub.world import calendar
from dhub.world.outside import plan
from dhub.world.outside.plan import OWN_CODES

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]

# The accounts that a user may have, at most one of each.
SLOTS = ("checking", "savings", "money_market", "hsa", "credit_card", "credit_card", "student_loan")
CHECKING, SAVINGS, MONEY_MARKET, HSA, CARD, SECOND_CARD, LOAN = range(len(SLOTS))

# What is paid, and to whom: index into KINDS and into the payees of that kind.
KINDS = (
    "payroll", "rent", "electric", "water", "internet", "subscription", "instalment", "to_savings",
    "from_checking", "interest", "tax", "groceries", "dining", "gas", "shopping", "health",
    "errand", "large", "trips", "withdrawal", "deposit", "card_payment",
)  # fmt: skip
(PAYROLL, RENT, ELECTRIC, WATER, INTERNET, SUBSCRIPTION, INSTALMENT, TO_SAVINGS, FROM_CHECKING,
 INTEREST, TAX, GROCERIES, DINING, GAS, SHOPPING, HEALTH, ERRAND, LARGE, TRIPS, WITHDRAWAL, DEPOSIT,
 CARD_PAYMENT) = range(len(KINDS))  # fmt: skip

# What moves on other accounts than checking has stream codes of its own, few as there are.
_ELSEWHERE = (SHOPPING, FROM_CHECKING, INTEREST)
_NUMBER_ELSEWHERE = np.array([_ELSEWHERE.index(kind) if kind in _ELSEWHERE else 0
                              for kind in range(len(KINDS))])  # fmt: skip
_PERIODS, _NUMBERS = 16, 5  # bits of an address (dhub.world.outside.plan)


@dataclass(frozen=True)
class Moves:
    """One element a row: money out is positive; on a card a purchase is."""

    user: Int  # row in the shard
    slot: Int  # index into SLOTS
    day: Int  # since 1970
    cents: Int
    kind: Int  # index into KINDS
    whom: Int  # which of the kind's names
    place: Int  # the address: of a user's slot, kind, period and number

    @property
    def period(self) -> Int:
        """The absolute period of the address."""
        return (self.place >> _NUMBERS) & ((1 << _PERIODS) - 1)

    @property
    def nth(self) -> Int:
        """The number within the period."""
        return self.place & ((1 << _NUMBERS) - 1)

    def __len__(self) -> int:
        return len(self.user)

    def take(self, rows: Int | Bools) -> Moves:
        """Some of the moves."""
        return Moves(*(getattr(self, f.name)[rows] for f in fields(self)))

    def worth(self, cents: Int) -> Moves:
        """The same moves of other amounts."""
        return Moves(self.user, self.slot, self.day, cents, self.kind, self.whom, self.place)


def moves(
    number: Int, user: Int, day: Int, kind: int, *, period: Int | int, cents: Int | int = 0,
    slot: Int | int = CHECKING, whom: Int | int = 0, nth: Int | int = 0,
) -> Moves:  # fmt: skip
    """Moves of a kind; `number` is that of every user of the shard, `period` counts from 1970."""
    n = len(user)

    def of_all(value: Int | int) -> Int:
        return np.array(np.broadcast_to(np.asarray(value, dtype=np.int64), n))

    place = address(number[user], of_all(slot), kind, of_all(period), of_all(nth))
    return Moves(user, of_all(slot), day, of_all(cents), of_all(kind), of_all(whom), place)


def address(number: Int, slot: Int | int, kind: Int | int, period: Int | int,
            nth: Int | int = 0) -> Int:  # fmt: skip
    """The place of a draw, and of a row: no two rows of a user share one."""
    slot = np.asarray(slot)
    elsewhere = len(KINDS) + len(_ELSEWHERE) * slot + _NUMBER_ELSEWHERE[kind]
    code: Int = np.asarray(OWN_CODES + np.where(slot == CHECKING, kind, elsewhere), dtype=np.int64)
    return plan.address(number, code, np.asarray(period, dtype=np.int64), nth)


def together(some: Sequence[Moves]) -> Moves:
    """All moves, one part after the other."""
    return Moves(*(np.concatenate([getattr(part, f.name) for part in some])
                   for f in fields(Moves)))  # fmt: skip


def crossed(users: Int, periods: Int) -> tuple[Int, Int]:
    """Every user with every period, user by user."""
    return np.repeat(users, len(periods)), np.tile(periods, len(users))


def counted(user: Int, period: Int, count: Int) -> tuple[Int, Int, Int]:
    """User, period and number from 0 of `count` things each."""
    row = np.repeat(np.arange(len(user)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return user[row], period[row], nth


def open_before(day: Int) -> Int:
    """The business day itself or the last one before, days since 1970."""
    return calendar.last_business(day.astype("datetime64[D]")).astype(np.int64)


def open_after(day: Int) -> Int:
    """The business day itself or the first one after, days since 1970."""
    return calendar.next_business(day.astype("datetime64[D]")).astype(np.int64)


def month_of(day: int) -> int:
    """Months since 1970."""
    return int(np.datetime64(day, "D").astype("datetime64[M]").astype(np.int64))


def month_start(month: Int) -> Int:
    """The first day of months since 1970."""
    return np.asarray(month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64))


def month_length(month: Int) -> Int:
    """Days of months since 1970."""
    return month_start(month + 1) - month_start(month)


def in_month(month: Int, day_of_month: Int | int) -> Int:
    """A day of each month, its last day where it is shorter."""
    return month_start(month) + np.minimum(day_of_month, month_length(month)) - 1


def months_back(day: Int, months: Int) -> Int:
    """The same day so many months earlier, that month's last day where it is shorter."""
    found = calendar.add_months(day.astype("datetime64[D]"), -months)
    return found.astype(np.int64)
