"""Takes cards and what is bought with them, gives statements, interest, payments and what is owed.

A statement a month on the card's own day; it is due 25 days later and paid on that day or, where
banks rest, on the business day before. Interest is charged with the next statement on what was
left. A payment is two rows of one day: out of checking, and off the card.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream, stream
from dhub.world.calendar import add_months, last_business
from dhub.world.outside.kinds import CODES, OTHER
from dhub.world.outside.plan import (
    CARD_CREDITED,
    CARD_INTEREST,
    CARD_PAID,
    Events,
    Liabilities,
    address,
    events,
    together,
)
from dhub.world.outside.run import OutsideRun

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

DUE_DAYS = 25
IN_FULL, MINIMUM, STEADY = range(3)  # what of a statement is paid: STEADY steers to a balance
LEAST, LEAST_PERCENT = 2500, 2  # cents and percent of a balance: the minimum
_EARLIEST, _LATEST = 2, 14  # days from the last statement to the last day
_LAST_OF_ANY_MONTH = 28
# What a steady card's purchases take of its limit at most: in a month, in the last month and after
# the last statement, so that what is owed in the end can be steered; and while it is overdue.
MOST_OF_LIMIT, MOST_AT_LAST, MOST_OVERDUE = 0.26, (0.20, 0.12), 0.08
_WOBBLE = 0.06  # of what a steady card steers to, month by month (assumed)
_ROUND, _DOLLAR = 500, 100  # cents: payments are multiples of five dollars
_SHORT = (0.4, 0.9)  # of the minimum is what is paid of a statement that is overdue (assumed)
_PAYMENT, _INTEREST = CODES["LOAN_PAYMENTS_CREDIT_CARD_PAYMENT"], CODES["BANK_FEES_INTEREST_CHARGE"]


@dataclass(frozen=True)
class Cards:
    """The cards of a slice, one element each."""

    account: Int  # row of the plan's accounts
    checking: Int  # row of the owner's checking account
    user: Int  # the owner's number
    number: Int  # among the owner's cards, from 0 to 3
    institution: Int  # of payees.payee_names()
    limit: Int  # cents
    apr: Int  # hundredths of a percent
    issued: Int  # day of the last statement: of `last_statement`
    habit: Int  # IN_FULL, MINIMUM or STEADY
    opening: Int  # cents of the first statement, some two months before the window
    target: Int  # cents that a steady card is to owe on the last day
    overdue: Bools

    def __len__(self) -> int:
        return len(self.account)


@dataclass(frozen=True)
class Carried:
    """What came of the cards."""

    bought: Int  # cents of each purchase given: less where a steady card could not take it all
    current: Int  # cents owed on the last day, by card
    events: Events  # interest and both rows of the payments, those of the window
    liabilities: Liabilities


def last_statement(run: OutsideRun, draw: Stream, place: Int) -> Int:
    """The day of the last statement: 2 to 14 days before the last day, on a day of the month that
    every month has."""
    ago = np.arange(_EARLIEST, _LATEST + 1)
    days = run.last - ago
    fit = days[_into_month(days) < _LAST_OF_ANY_MONTH]
    return np.asarray(fit[draw.below(place, len(fit))])


def bought_from(run: OutsideRun) -> int:
    """The day from which on purchases must be given: the first statement is told without them."""
    month = np.datetime64(run.first_day, "M") - np.timedelta64(2, "M")
    return int(month.astype("datetime64[D]").astype(np.int64))


def carried(run: OutsideRun, cards: Cards, card: Int, day: Int, cents: Int) -> Carried:
    """The cards' months from purchases (the card's row, day, cents) since `bought_from`."""
    issued = statements(run, cards.issued)
    cycle = _cycles(issued, card, day)
    cents = _fitted(cards, issued.shape[1], card, cycle, cents)
    spent = _sums(len(cards), issued.shape[1] + 1, card, cycle, cents)
    balance, interest, paid = _told(run, cards, issued, spent)
    made = together([_interest_rows(cards, issued, interest), _payment_rows(cards, issued, paid)])
    current = balance[:, -1] + spent[:, -1]
    return Carried(
        cents, current, made.within(run.first, run.last),
        _owed(cards, issued, balance, paid),
    )  # fmt: skip


def statements(run: OutsideRun, issued: Int) -> Int:
    """By card and month the days of all statements, from the one before the window's on."""
    ends = issued.astype("datetime64[D]")
    first = np.datetime64(run.first_day, "M").astype(np.int64)
    months = int(np.datetime64(run.last_day, "M").astype(np.int64) - first) + 3
    back = np.arange(1 - months, 1)
    made = add_months(np.repeat(ends, months), np.tile(back, len(ends)))
    return made.astype(np.int64).reshape(len(issued), months)


def minimum_of(balance: Int) -> Int:
    """The least that is to be paid of a statement: 2 percent, $25 at least, never more than it."""
    part = (balance * LEAST_PERCENT + 50) // 100
    return np.asarray(np.minimum(balance, np.maximum(LEAST, part)))


def interest_of(left: Int, apr: Int) -> Int:
    """A month's interest on what was left of a statement, to the nearest cent."""
    return np.asarray((np.maximum(left, 0) * apr + 60_000) // 120_000)


def _into_month(days: Int) -> Int:
    day = days.astype("datetime64[D]")
    return np.asarray((day - day.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64))


def _month(days: Int) -> Int:
    return np.asarray(days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64))


def _cycles(issued: Int, card: Int, day: Int) -> Int:
    """Which statement each purchase stands on; behind the last one it is the number of them."""
    late = _into_month(day) > _into_month(issued[:, 0])[card]
    cycle = _month(day) - _month(issued[:, 0])[card] + late
    return np.asarray(np.clip(cycle, 0, issued.shape[1]))


def _sums(rows: int, columns: int, row: Int, column: Int, cents: Int) -> Int:
    total = np.bincount(row * columns + column, weights=cents, minlength=rows * columns)
    return total.astype(np.int64).reshape(rows, columns)


def _fitted(cards: Cards, months: int, card: Int, cycle: Int, cents: Int) -> Int:
    """The purchases, those of a month in which a steady card would buy too much made smaller."""
    spent = _sums(len(cards), months + 1, card, cycle, cents)
    share = np.full(spent.shape, MOST_OF_LIMIT)
    share[:, -2:] = np.where(cards.overdue[:, None], MOST_OVERDUE, MOST_AT_LAST)
    most = (cards.limit[:, None] * share).astype(np.int64)
    over = (spent > most) & (cards.habit == STEADY)[:, None]
    part = np.where(over, most / np.maximum(spent, 1), 1.0)[card, cycle]
    return np.where(part < 1, np.maximum((cents * part).astype(np.int64), 100), cents)


def _told(run: OutsideRun, cards: Cards, issued: Int, spent: Int) -> tuple[Int, Int, Int]:
    """Balance and interest of all statements, and what was paid of each but the last."""
    months = issued.shape[1]
    balance, interest, paid = (np.zeros((len(cards), months), dtype=np.int64) for _ in range(3))
    balance[:, 0] = cards.opening
    draw = stream(run.seed, run.named("cards.paid"))
    for month in range(1, months):
        before = balance[:, month - 1]
        goal = _goal(draw, cards, issued, month, spent)
        wish = before + interest_of(before, cards.apr) + spent[:, month] - goal
        paid[:, month - 1] = _paid(draw, cards, issued[:, month - 1], before, wish)
        if month == months - 1:
            _fall_short(draw, cards, issued[:, month - 1], before, paid)
        left = before - paid[:, month - 1]
        interest[:, month] = interest_of(left, cards.apr)
        balance[:, month] = left + interest[:, month] + spent[:, month]
    return balance, interest, paid


def _place(cards: Cards, issued: Int) -> Int:
    return address(cards.user, CARD_PAID + cards.number, _month(issued))


def _goal(draw: Stream, cards: Cards, issued: Int, month: int, spent: Int) -> Int:
    """What a steady card's statement is to show; the last one leaves room for what comes after."""
    if month == issued.shape[1] - 1:
        return cards.target - spent[:, -1]
    part = 1 + _WOBBLE * (2 * draw.uniform(_place(cards, issued[:, month]), 1) - 1)
    return np.asarray((cards.target * part).astype(np.int64))


def _paid(draw: Stream, cards: Cards, issued: Int, before: Int, wish: Int) -> Int:
    """What is paid of a statement, by habit; a steady card's payment is between its minimum, in
    whole dollars, and half of the statement."""
    least = minimum_of(before)
    part = np.maximum(least, -(-before * LEAST_PERCENT // 100))
    whole = np.minimum(-(-part // _DOLLAR) * _DOLLAR, before)
    most = np.maximum(before // 2, whole)
    steady = np.clip((wish + _ROUND // 2) // _ROUND * _ROUND, whole, most)
    return np.choose(cards.habit, (before, least, steady))


def _fall_short(draw: Stream, cards: Cards, issued: Int, before: Int, paid: Int) -> None:
    """Of the last statement that was due, who is overdue paid less than its minimum."""
    u = draw.uniform(_place(cards, issued), 2)
    part = minimum_of(before) * (_SHORT[0] + (_SHORT[1] - _SHORT[0]) * u)
    some = np.maximum(part.astype(np.int64) // _DOLLAR * _DOLLAR, _DOLLAR)
    paid[:, -2] = np.where(cards.overdue, some, paid[:, -2])


def _days_paid(issued: Int) -> Int:
    due = (issued + DUE_DAYS).astype("datetime64[D]")
    return last_business(due.ravel()).astype(np.int64).reshape(issued.shape)


def _interest_rows(cards: Cards, issued: Int, interest: Int) -> Events:
    card, month = np.nonzero(interest)
    day = issued[card, month]
    return events(
        cards.account[card], day, interest[card, month],
        address(cards.user[card], CARD_INTEREST + cards.number[card], _month(day)),
        category=_INTEREST, channel=OTHER,
    )  # fmt: skip


def _payment_rows(cards: Cards, issued: Int, paid: Int) -> Events:
    """Both rows of each payment; `paid` has none of the last statement."""
    card, month = np.nonzero(paid)
    day, cents = _days_paid(issued)[card, month], paid[card, month]
    period = _month(issued[card, month])

    def rows(account: Int, cents: Int, code: int) -> Events:
        place = address(cards.user[card], code + cards.number[card], period)
        return events(account[card], day, cents, place, category=_PAYMENT, channel=OTHER,
                      merchant=cards.institution[card])  # fmt: skip

    return together([rows(cards.checking, cents, CARD_PAID),
                     rows(cards.account, -cents, CARD_CREDITED)])  # fmt: skip


def _owed(cards: Cards, issued: Int, balance: Int, paid: Int) -> Liabilities:
    """As of the last day: the last payment is that of the statement before the last one, or of the
    last statement of which anything was to be paid."""
    months = issued.shape[1]
    last = months - 1 - np.argmax(paid[:, ::-1] > 0, axis=1)
    row = np.arange(len(cards))
    return Liabilities(
        cards.account, cards.apr, minimum_of(balance[:, -1]), paid[row, last],
        _days_paid(issued)[row, last], balance[:, -1], issued[:, -1], issued[:, -1] + DUE_DAYS,
        cards.overdue,
    )  # fmt: skip
