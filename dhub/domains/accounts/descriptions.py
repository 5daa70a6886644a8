"""Takes the ledger, gives the text of each movement, as bank statements word it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.domains.accounts.accounts import account_numbers
from dhub.draw import child, one_of, pools, stream, text
from dhub.model import Coded, Shard
from dhub.world.accounts import accounts
from dhub.world.money import Movements
from dhub.world.money.channels import CHANNELS
from dhub.world.money.kinds import BILL, CARD, IN, LEG_IN, OUT, PAYROLL, TYPES
from dhub.world.people import people

Int = NDArray[np.int64]

_KEYS = tuple(f"{kind}.{channel}" for kind in TYPES for channel in CHANNELS)
_SALARY = _KEYS.index("salary.ach")
# Transfers are worded by the counterparty alone, so that the same one reads the same each time.
_TRANSFERS = (
    "TRANSFER TO ACCOUNT ENDING {last4}",
    "TRANSFER FROM ACCOUNT ENDING {last4}",
    "TRANSFER TO {payee}",
    "TRANSFER FROM {payee}",
)
_BILLERS = ("landlord", "utility", "telecom", "insurer")
_SHOPS = (
    "grocery", "grocery", "restaurant", "restaurant", "coffee", "fuel", "pharmacy", "online_shop",
    "online_shop", "clothing", "electronics", "home_improvement", "streaming", "healthcare",
    "fitness", "airline", "parking", "rideshare", "department_store",
)  # fmt: skip
_FAVOURITES = 7  # shops an account keeps going to


def descriptions(shard: Shard, money: Movements, far: Int, branch: Int) -> object:
    """One text a movement; `far` is the other account of an internal transfer, -1 for none.

    `branch` is the branch where it was done, -1 for none.
    """
    a = accounts(shard)
    bank = pools.bank("transactions", _KEYS)
    draw = stream(shard.run.seed, "transactions.description")
    account = a.place[money.account]
    key = money.transaction_type * len(CHANNELS) + money.channel
    pay = money.kind == PAYROLL
    key = np.where(pay, _SALARY, key)
    # An employer words all salaries of an account alike, a biller all its bills.
    slot = child(account, money.payee)
    steady = one_of(money.kind, (PAYROLL, BILL))
    code = text.choose(bank, key, draw.uniform(np.where(steady, slot, money.place)))
    moved = one_of(money.kind, (IN, OUT, LEG_IN))
    credit = money.kind != OUT
    code = np.where(moved, len(bank.texts) + np.where(far >= 0, 0, 2) + credit, code)
    employer = Coded(draw.below(account, len(pools.pool("companies")), 1), pools.pool("companies"))
    return text.fill(
        code,
        bank.texts + _TRANSFERS,
        merchant=_merchants(shard, money, slot),
        payee=_payees(shard, money, slot),
        employer=employer,
        city=_cities(shard, money, branch),
        last4=_endings(shard, money, far, account),
        ref=text.digits(draw.between(money.place, 100_000, 999_999, 2)),
    )


def _merchants(shard: Shard, money: Movements, slot: Int) -> Coded:
    """Billers belong to the standing slot, shops are an account's favourites."""
    draw = stream(shard.run.seed, "transactions.merchant")
    favourite = child(slot, 8 + draw.below(money.place, _FAVOURITES))
    place = np.where(money.kind == CARD, favourite, slot)
    names, first, count = _shops()
    kind = np.where(
        money.kind == BILL,
        np.minimum(money.payee + draw.below(slot, 2, 1), len(_BILLERS) - 1),
        len(_BILLERS) + draw.below(place, len(_SHOPS), 2),
    )
    return Coded(first[kind] + draw.below(place, count[kind], 3), names)


@lru_cache(maxsize=1)
def _shops() -> tuple[tuple[str, ...], Int, Int]:
    bank = pools.bank("merchants", _BILLERS + _SHOPS)
    return bank.texts, np.array(bank.first), np.array(bank.count)


def _payees(shard: Shard, money: Movements, slot: Int) -> object:
    """A person or a company, the same one for a standing transfer."""
    draw = stream(shard.run.seed, "transactions.payee")
    names = _people_and_companies()
    return Coded(draw.below(child(slot, money.kind), len(names)), names)


@lru_cache(maxsize=1)
def _people_and_companies() -> tuple[str, ...]:
    last = pools.pool("last_names")
    initials = "ABCDEFGHJKLMNPRSTW"
    persons = tuple(f"{initials[n % 18]} {name}".upper() for n, name in enumerate(last))
    return persons + tuple(name.upper() for name in pools.pool("companies"))


def _cities(shard: Shard, money: Movements, branch: Int) -> Coded:
    """The city of the branch where it was done, else of the customer's home branch."""
    cities = tuple(branch.city.upper() for branch in pools.branches())
    home = people(shard).branch[money.owner]
    return Coded(np.where(branch >= 0, branch, home), cities)


def _endings(shard: Shard, money: Movements, far: Int, account: Int) -> object:
    """Last four digits: of the other account, else of the card."""
    card = stream(shard.run.seed, "transactions.card").below(account, 10_000)
    number = np.array(text.text(account_numbers(shard)).cast("int64"))
    return text.digits(np.where(far >= 0, number[np.maximum(far, 0)] % 10_000, card), 4)
