"""The seam of a preset: what it supplies of a slice of users, and what is made of it.

A preset is a module with two functions, named in `dhub.world.outside.plans`:

    plan(run, index, low, high) -> Plan      of the users in rows [low, high) of shard `index`
    labels(run, index) -> Labels             of all users of the shard

A plan is whole: its accounts with what they hold at the end of the last day, every row of the
window in `events`, and a liability for each card and loan. Helpers make what is alike in all
presets: `cards.carried` the statements, interest and both rows of every payment from a preset's
purchases, `balances` the least a depository account must hold so that no evening ends below zero.
Ids, the order of rows, available balances, texts and columns are made of the plan downstream.

Rules: everything is drawn by place (a user's number, never a row or a turn; `address` for events)
from streams named by `run.named(...)`, so that a slice, a shard and the number of users change
nothing. Money is in cents, days are days since 1970, money out is positive. An event's address
is unique in its data set: stream codes below OWN_CODES belong to the engine, the others to the
preset. What is dated on no business day must not be payroll, a bill, a loan payment, a transfer or
deposit interest. Two rows of a transfer are two events on one day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]

NONE = -1
# The engine's own stream codes; of cards and loans one for each of an owner's accounts.
CARD_PAID, CARD_CREDITED, CARD_INTEREST, LOAN_PAID, DEPOSIT_INTEREST = 0, 4, 8, 12, 14
OWN_CODES = 24
_CODES, _PERIODS, _NUMBERS = 7, 16, 5  # bits of an address, beside those of the user's number


def address(user: Int, code: Int | int, period: Int, number: Int | int = 0) -> Int:
    """The place of an event: its user's number, its stream, its absolute period since 1970 (a day,
    a month, the number of the stream's event), its number within that (below 32)."""
    return np.asarray((((user << _CODES) | code) << _PERIODS | period) << _NUMBERS | number)


@dataclass(frozen=True)
class Accounts:
    """Accounts of a slice, one element each, by owner."""

    owner: Int  # row of the user in the shard
    kind: Int  # index into kinds.TYPES
    number: Int  # among the owner's of its kind, from 0
    institution: Int  # of payees.payee_names()
    limit: Int  # cents; 0 where there is none
    current: Int  # cents at the end of the last day: what is held, or owed

    def __len__(self) -> int:
        return len(self.owner)


@dataclass(frozen=True)
class Events:
    """Rows of the window, one element each, in any order."""

    account: Int  # row of the plan's accounts
    day: Int  # when it is posted
    cents: Int  # out of the account is positive, on cards a purchase
    category: Int  # index into kinds.CATEGORIES
    merchant: Int  # of payees.payee_names(), -1 for none
    channel: Int  # index into kinds.CHANNELS
    lag: Int  # days from authorization to posting, 0 to 5
    pending: Bools
    place: Int  # the address

    def __len__(self) -> int:
        return len(self.account)

    def take(self, rows: Int | Bools) -> Events:
        """Some of the events."""
        return Events(*(getattr(self, f.name)[rows] for f in fields(self)))

    def within(self, first: int, last: int) -> Events:
        """Those of a window of days, both ends included."""
        return self.take((self.day >= first) & (self.day <= last))


def events(
    account: Int, day: Int, cents: Int | int, place: Int, *, category: Int | int,
    channel: Int | int, merchant: Int | int = NONE, lag: Int | int = 0,
    pending: Bools | bool = False,
) -> Events:  # fmt: skip
    """Events of accounts; what is one number is that of all."""
    n = len(account)

    def of_all(value: Int | int) -> Int:
        return np.broadcast_to(np.asarray(value, dtype=np.int64), n)

    return Events(
        account, day, of_all(cents), of_all(category), of_all(merchant), of_all(channel),
        of_all(lag), np.broadcast_to(np.asarray(pending, dtype=bool), n), place,
    )  # fmt: skip


def together(some: Sequence[Events]) -> Events:
    """All events of several streams, one stream after the other."""
    return Events(*(
        np.concatenate([getattr(part, f.name) for part in some]) for f in fields(Events)
    ))  # fmt: skip


@dataclass(frozen=True)
class Liabilities:
    """What is owed on cards and loans, one element each, by account."""

    account: Int  # row of the plan's accounts
    rate: Int  # hundredths of a percent a year: a card's APR, a loan's interest
    minimum: Int  # cents of the payment that is due next
    paid: Int  # cents of the last payment; 0 for none yet
    paid_on: Int  # its day
    statement: Int  # cents of the last statement
    issued: Int  # its day
    due: Int  # day of the next payment
    overdue: Bools


def liabilities_of(some: Sequence[Liabilities]) -> Liabilities:
    """Liabilities of several kinds together, by account."""
    whole = [np.concatenate([getattr(part, f.name) for part in some]) for f in fields(Liabilities)]
    order = np.argsort(whole[0], kind="stable")
    return Liabilities(*(column[order] for column in whole))


@dataclass(frozen=True)
class Plan:
    """All that is known of a slice of users' money."""

    accounts: Accounts
    events: Events
    liabilities: Liabilities


@dataclass(frozen=True)
class Labels:
    """What a preset knows of its users beforehand, one element each; "" is null."""

    archetype: tuple[str, ...]
    edge_case: tuple[str, ...]
    personas: tuple[str, ...]
    pay_frequency: tuple[str, ...]
    life_event: tuple[str, ...]
