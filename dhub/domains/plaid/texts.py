"""Takes the rows of accounts, gives what a statement says of each: the raw text of `name`."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import pools, stream, text
from dhub.model import Coded, Shard
from dhub.world.companies import employers
from dhub.world.outside.kinds import CATEGORIES, CODES, CREDIT_CARD, IN_STORE, PRIMARIES
from dhub.world.outside.payees import payee_names
from dhub.world.outside.plan import Accounts, Events
from dhub.world.outside.run import run_of
from dhub.world.outside.users import users
from dhub.world.people import people

Int = NDArray[np.int64]

_TEMPLATES = (
    "{employer} DIRECT DEP PAYROLL", "INTEREST PAYMENT", "ONLINE TRANSFER FROM CHECKING",
    "ONLINE TRANSFER FROM SAVINGS", "ATM CASH DEPOSIT {city} {state}",
    "ONLINE TRANSFER TO SAVINGS", "ONLINE TRANSFER TO CHECKING", "ATM WITHDRAWAL {city} {state}",
    "{merchant} CARD PAYMENT", "PAYMENT - THANK YOU", "INTEREST CHARGE ON PURCHASES",
    "{merchant} AUTOPAY", "{merchant} #{store} {city} {state}", "{merchant} ONLINE PURCHASE",
    "{merchant} BILL PAYMENT",
)  # fmt: skip
(
    _PAYROLL, _INTEREST, _FROM_CHECKING, _FROM_SAVINGS, _DEPOSIT, _TO_SAVINGS, _TO_CHECKING, _CASH,
    _CARD_PAYMENT, _THANKS, _CHARGE, _AUTOPAY, _STORE, _ONLINE, _BILL,
) = range(len(_TEMPLATES))  # fmt: skip
_SAID = {
    "INCOME_SALARY": _PAYROLL, "INCOME_INTEREST_EARNED": _INTEREST,
    "TRANSFER_IN_SAVINGS": _FROM_CHECKING, "TRANSFER_IN_ACCOUNT_TRANSFER": _FROM_SAVINGS,
    "TRANSFER_IN_DEPOSIT": _DEPOSIT, "TRANSFER_OUT_SAVINGS": _TO_SAVINGS,
    "TRANSFER_OUT_ACCOUNT_TRANSFER": _TO_CHECKING, "TRANSFER_OUT_WITHDRAWAL": _CASH,
    "LOAN_PAYMENTS_CREDIT_CARD_PAYMENT": _CARD_PAYMENT,
    "LOAN_PAYMENTS_STUDENT_LOAN_PAYMENT": _AUTOPAY, "BANK_FEES_INTEREST_CHARGE": _CHARGE,
    "RENT_AND_UTILITIES_RENT": _BILL, "GENERAL_SERVICES_INSURANCE": _AUTOPAY,
    "GOVERNMENT_AND_NON_PROFIT_TAX_PAYMENT": _BILL,
}  # fmt: skip
_STORES = 9_800
_STREAM_BITS = 21  # of an address below the number of its stream: period and number
_BY_CATEGORY = np.array([
    _SAID.get(name, _AUTOPAY if primary == "RENT_AND_UTILITIES" else _ONLINE)
    for name, primary in zip(CATEGORIES, PRIMARIES, strict=True)
])  # fmt: skip


def texts(shard: Shard, accounts: Accounts, e: Events) -> object:
    """WHOLE FOODS #0417 COLUMBUS OH, and so on."""
    who, owner = users(shard), accounts.owner[e.account]
    code = np.where(e.channel == IN_STORE, _STORE, _BY_CATEGORY[e.category])
    off = (e.category == CODES["LOAN_PAYMENTS_CREDIT_CARD_PAYMENT"]) & (
        accounts.kind[e.account] == CREDIT_CARD
    )
    cash = np.isin(_BY_CATEGORY[e.category], (_DEPOSIT, _CASH))
    code = np.select([off, cash], [_THANKS, _BY_CATEGORY[e.category]], code)
    town = who.town[owner]
    cities, states = _towns()
    return text.fill(
        code, _TEMPLATES, merchant=Coded(e.merchant, _capitals()),
        employer=Coded(_employers(shard, owner, e), _companies()), city=Coded(town, cities),
        state=Coded(town, states), store=text.digits(_store(shard, e.merchant, town), 4),
    )  # fmt: skip


def _employers(shard: Shard, owner: Int, e: Events) -> Int:
    """Who pays: one employer for each stream of pay, -1 for what is no payroll."""
    found = np.full(len(e), -1)
    paid = np.flatnonzero(e.category == CODES["INCOME_SALARY"])
    run = run_of(shard)
    branch = people(Shard(run.bank, shard.index)).branch[users(shard).customer[owner[paid]]]
    draw = stream(run.seed, run.named("employer"))
    found[paid] = employers(draw, e.place[paid] >> _STREAM_BITS, branch)[1]
    return found


def _store(shard: Shard, merchant: Int, town: Int) -> Int:
    """One shop of a merchant in a town has one number."""
    draw = stream(shard.run.seed, "outside.store")
    return 100 + draw.below(merchant * 4096 + town, _STORES)


@lru_cache(maxsize=1)
def _capitals() -> tuple[str, ...]:
    return tuple(name.upper() for name in payee_names())


@lru_cache(maxsize=1)
def _companies() -> tuple[str, ...]:
    return tuple(company.name.upper() for company in pools.companies())


@lru_cache(maxsize=1)
def _towns() -> tuple[tuple[str, ...], tuple[str, ...]]:
    towns = pools.towns()
    return tuple(t.city.upper() for t in towns), tuple(t.state for t in towns)
