"""Takes who complains, gives what each complaint can be about: movements of the customer's money.

A fee that is complained of was charged, a stolen sum left the account, a transfer that went wrong
was booked: amount, day and shop are those of the ledger. Complaints come within a month.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import one_of, stream
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.world.accounts import USD, accounts
from dhub.world.calendar import DAY
from dhub.world.ledger import Movements, movements
from dhub.world.money.amounts import FEES, fee_of
from dhub.world.money.channels import ACH, ATM, BRANCH, MOBILE, ONLINE, PHONE
from dhub.world.money.kinds import BILL, CARD, FEE, OUT, WITHDRAWAL

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

# What was done: the keys of texts about it. By itself a type's key stands for no movement at all.
BOOKED = (
    *(f"fee.{name}" for name in FEES), "fee.counter", "fee.phone",
    "fraud.card", "fraud.cash", "fraud.transfer",
    "product.bill", "product.card", "product.transfer", "service.transfer",
)  # fmt: skip
GROUNDS = ("service", "fee", "product", "fraud")  # the types of complaint that can have a cause
_SERVICE, _FEE, _PRODUCT, _FRAUD = range(len(GROUNDS))

# Nobody makes a fraud case of less, in cents: by card, in cash, by transfer (assumed).
_CARD_FRAUD, _CASH_FRAUD, _TRANSFER_FRAUD = 4_000, 10_000, 10_000
# Days: from a cause to the last on which the complaint comes in, by which a cause may lie before
# the first day of contact, and left for the complaint at least, weekends among them.
LATEST, BEFORE, ROOM = 26, 20, 5
_DAYS = 2**20  # more than any date has since 1970


@dataclass(frozen=True)
class Ground:
    """Movements that complaints of one type may be about, ordered by customer and day."""

    row: Int  # row of `movements`
    key: Int  # customer · _DAYS + day

    def within(self, owner: Int, first: Days, last: Days) -> tuple[Int, Int]:
        """Position of the first movement of each owner in first..last, and how many there are."""
        start = owner * _DAYS
        low = np.searchsorted(self.key, start + _number(first), side="left")
        high = np.searchsorted(self.key, start + _number(last), side="right")
        return low, np.maximum(high - low, 0)


def _number(day: Days) -> Int:
    return np.asarray(day.astype("datetime64[D]").astype(np.int64))


@of_shard()
def charged(run: Run, index: int) -> tuple[Days, Days]:
    """The first and the last day on which each customer was charged a fee, NaT for none."""
    money = movements(Shard(run, index))
    row = _dollars(run, index, money, np.flatnonzero(money.kind == FEE))
    day = money.transaction_date[row].astype("datetime64[D]").astype(np.int64)
    first, last = np.full(SHARD_CUSTOMERS, _DAYS), np.full(SHARD_CUSTOMERS, -_DAYS)
    np.minimum.at(first, money.owner[row], day)
    np.maximum.at(last, money.owner[row], day)
    none = last < 0
    days = [np.where(none, 0, day).astype("datetime64[D]") for day in (first, last)]
    never = np.datetime64("NaT", "D")
    return np.where(none, never, days[0]), np.where(none, never, days[1])


def grounds(run: Run, index: int, complaining: Bools) -> tuple[Ground, ...]:
    """What the complaining customers may complain of, by GROUNDS."""
    money = movements(Shard(run, index))
    row = _dollars(run, index, money, np.flatnonzero(complaining[money.owner]))
    kind, channel, amount = money.kind[row], money.channel[row], money.amount[row]
    moved = (kind == OUT) & (money.partner[row] < 0)
    own = one_of(channel, (ONLINE, MOBILE))
    fits = {
        _SERVICE: moved & one_of(channel, (BRANCH, PHONE)),
        _FEE: kind == FEE,
        _PRODUCT: (moved & own) | ((kind == BILL) & own) | (kind == CARD),
        _FRAUD: ((kind == CARD) & (amount >= _CARD_FRAUD))
        | ((kind == WITHDRAWAL) & (channel == ATM) & (amount >= _CASH_FRAUD))
        | (moved & own & (amount >= _TRANSFER_FRAUD)),
    }
    return tuple(_ground(money, row[fits[ground]]) for ground in range(len(GROUNDS)))


def _dollars(run: Run, index: int, money: Movements, row: Int) -> Int:
    """Complaints tell of dollars."""
    currency = accounts(Shard(run, index)).currency
    own: Int = row[currency[money.account[row]] == USD]
    return own


def _ground(money: Movements, row: Int) -> Ground:
    key = money.owner[row] * _DAYS + _number(money.transaction_date[row])
    order = np.argsort(key, kind="stable")
    return Ground(row[order], key[order])


def follows(run: Run, place: Int, cause: Days, first: Days, last: Days) -> tuple[Days, Days]:
    """The days of first..last on which a complaint about what happened on `cause` comes in.

    Sooner rather than later; any of them where the cause is unknown (NaT).
    """
    share = stream(run.seed, "crm.cause_wait").uniform(place)
    wait = (ROOM + np.floor((LATEST - ROOM + 1) * share * share).astype(np.int64)) * DAY
    known = ~np.isnat(cause)
    early = np.where(known, np.maximum(first, cause + DAY), first)
    late = np.where(known, np.minimum(last, np.maximum(cause + wait, early + ROOM * DAY)), last)
    return early, np.maximum(late, early)


def cause_days(first: Days, last: Days) -> tuple[Days, Days]:
    """The days of causes of complaints that come in during first..last, with room to complain."""
    return first - BEFORE * DAY, np.maximum(last - ROOM * DAY, first - DAY)


def booked(run: Run, index: int, ground: Int, row: Int) -> Int:
    """Index of BOOKED of each complaint, by its ground and the movement it is about."""
    shard = Shard(run, index)
    money, a = movements(shard), accounts(shard)
    kind, channel = money.kind[row], money.channel[row]
    fee = fee_of(run, a.place[money.account[row]])
    fee = np.where(channel == ACH, fee, BOOKED.index("fee.counter") + (channel == PHONE))
    by_kind = {
        _SERVICE: np.full(len(row), BOOKED.index("service.transfer")),
        _FEE: fee,
        _PRODUCT: BOOKED.index("product.bill") + _which(kind, BILL, CARD, OUT),
        _FRAUD: BOOKED.index("fraud.card") + _which(kind, CARD, WITHDRAWAL, OUT),
    }
    return np.choose(ground, [by_kind[each] for each in range(len(GROUNDS))])


def _which(kind: Int, *kinds: int) -> Int:
    """The position of each kind among `kinds`, 0 for others."""
    return np.asarray(sum((kind == one) * place for place, one in enumerate(kinds)))


def picked(run: Run, ground: Ground, place: Int, low: Int, count: Int) -> Int:
    """The row of `movements` of each complaint: one of `count` from position `low` on."""
    row: Int = ground.row[low + stream(run.seed, "crm.cause").below(place, count)]
    return row
