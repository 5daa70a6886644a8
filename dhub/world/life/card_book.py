"""Takes the cards of a slice, what was bought on them and their statements, gives them as accounts
of the bank with all that is booked on them.

A card owes what it owed at first, purchases, interest and fees less payments and refunds; none of
it passes the limit by more than a statement's interest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dhub.world.life.cards import Cards, Charges, Statements
from dhub.world.life.events import NOBODY, Events
from dhub.world.life.scene import Scene, address
from dhub.world.life.streams import CREDIT_CARD
from dhub.world.money.channels import ACH

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]

T = TypeVar("T")

KINDS = ("purchase", "card_interest", "card_fee", "card_payment", "refund")
PURCHASE, INTEREST, FEE, PAYMENT, REFUND = range(len(KINDS))
_SIGN = np.array([1, 1, 1, -1, -1])
_NIGHT = np.timedelta64(24 * 3600 - 2, "s")  # of a statement's day: all purchases of it are there
_SECOND = np.timedelta64(1, "s")


@dataclass(frozen=True)
class CardAccounts:
    """The cards of a whole shard, ordered by owner, then by number; money owed, in cents."""

    owner: Int  # customer within the shard
    place: Int
    product: Int  # index into the cards of the list of products
    limit: Int
    opened_date: Days
    closed_date: Days  # NaT while open
    opening_balance: Int
    current_balance: Int
    apr: Float  # percent a year

    def __len__(self) -> int:
        return len(self.owner)


@dataclass(frozen=True)
class CardRows:
    """What is booked on the cards of a whole shard, ordered by card, then by time."""

    card: Int  # row of CardAccounts
    at: Instants  # [us], UTC
    kind: Int  # index into KINDS
    amount: Int  # cents, above 0
    merchant: Int  # index into merchant_names(), -1 for none
    channel: Int  # index into money.channels.CHANNELS
    place: Int  # the address of the event
    payment: Int  # row of the ledger's movement that paid it, -1 for none

    def __len__(self) -> int:
        return len(self.card)


@dataclass(frozen=True)
class CardBook:
    """The cards of a slice or of a shard, and their rows."""

    accounts: CardAccounts
    rows: CardRows


def opened(s: Scene, held: Cards, made: Charges, told: Statements, payments: Events) -> CardBook:
    """The cards of a slice; `payment` of a row is yet its address in the ledger."""
    parts = [*_bought(made), *_charged(s, held, told), _paid(s, held, payments)]
    rows = _joined(parts, CardRows)
    rows = _taken(rows, np.flatnonzero(rows.at < s.run.until))
    rows = _taken(rows, np.lexsort((rows.place, rows.at, rows.card)))
    change = np.bincount(rows.card, rows.amount * _SIGN[rows.kind], len(held)).astype(np.int64)
    never = np.full(len(held), np.datetime64("NaT", "D"))
    return CardBook(
        CardAccounts(held.owner, held.place, held.product, held.limit, held.opened, never,
                     held.brought, held.brought + change, held.apr), rows,
    )  # fmt: skip


def _bought(made: Charges) -> list[CardRows]:
    """Purchases, and those that are given back."""
    e = made.bought
    none = np.full(len(e), NOBODY)
    every = CardRows(made.card, e.at, none * 0 + PURCHASE, e.wish, e.merchant, e.channel, e.place,
                     none)  # fmt: skip
    back = np.flatnonzero(~np.isnat(made.back))
    given = _taken(every, back)
    each = {f.name: getattr(given, f.name) for f in fields(CardRows)}
    each |= {"at": made.back[back], "kind": given.kind * 0 + REFUND}
    return [every, CardRows(**each)]


def _charged(s: Scene, held: Cards, told: Statements) -> list[CardRows]:
    """Interest and the fee of a year, by night on the day of a statement."""
    parts = []
    for kind, amount, late in ((FEE, told.fee, 0), (INTEREST, told.interest, 1)):
        card, month = np.nonzero(amount > 0)
        none = np.full(len(card), NOBODY)
        night = _NIGHT + late * _SECOND
        at: Instants = np.asarray(told.day[card, month].astype("datetime64[us]") + night)
        code = CREDIT_CARD + held.number[card]
        place = address(
            s.a.place[s.checking[held.owner[card]]], code, held.first_month[card] + month, kind
        )
        parts.append(CardRows(card, at, none * 0 + kind, amount[card, month], none,
                              none * 0 + ACH, place, none))  # fmt: skip
    return parts


def _paid(s: Scene, held: Cards, payments: Events) -> CardRows:
    """What left the checking account: the same moment, the same address."""
    first = np.searchsorted(held.owner, s.a.owner[payments.account])
    card = first + payments.payee - CREDIT_CARD
    none = np.full(len(card), NOBODY)
    return CardRows(card, payments.at, none * 0 + PAYMENT, payments.wish, none, payments.channel,
                    payments.place, payments.place)  # fmt: skip


def joined(parts: Sequence[CardBook], place: Int) -> CardBook:
    """The cards of all slices; `place` is of all movements of the ledger, by which payments are
    found."""
    before = np.cumsum([0, *(len(part.accounts) for part in parts)])
    rows = _joined([part.rows for part in parts], CardRows)
    shift = np.repeat(before[:-1], [len(part.rows) for part in parts])
    order = np.argsort(place, kind="stable")
    at = np.minimum(np.searchsorted(place[order], rows.payment), max(len(place) - 1, 0))
    found = order[at] if len(order) else at
    fits = (rows.payment >= 0) & (place[found] == rows.payment) if len(order) else rows.payment > 0
    each = {f.name: getattr(rows, f.name) for f in fields(CardRows)}
    each |= {"card": rows.card + shift, "payment": np.where(fits, found, NOBODY)}
    return CardBook(_joined([part.accounts for part in parts], CardAccounts), CardRows(**each))


def no_cards() -> CardBook:
    """Where the profile has no cards of its own."""
    none, never = np.zeros(0, dtype=np.int64), np.zeros(0, dtype="datetime64[D]")
    accounts = CardAccounts(none, none, none, none, never, never, none, none, none.astype(float))
    return CardBook(accounts, CardRows(none, none.astype("datetime64[us]"), *(none,) * 6))


def _joined(parts: Sequence[T], kind: type[T]) -> T:
    names = [f.name for f in fields(kind)]  # type: ignore[arg-type]
    return kind(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _taken(rows: CardRows, some: Int) -> CardRows:
    return CardRows(*(getattr(rows, f.name)[some] for f in fields(CardRows)))
