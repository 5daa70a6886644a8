"""Takes a page of a statement, gives who paid or was paid where that is no merchant."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, pools, text
from dhub.memo import of_shard
from dhub.model import Coded, Shard
from dhub.profiles.insurance import POLICY_TYPES
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.accounts import accounts
from dhub.world.bank import NAME
from dhub.world.companies import company_names
from dhub.world.cover import policies
from dhub.world.credit import loans
from dhub.world.ledger import movements
from dhub.world.life.streams import CREDIT_CARD
from dhub.world.money.kinds import IN, LEG_IN, OUT, PAYROLL, PURPOSES
from dhub.world.names import names
from dhub.world.obligations import DISBURSEMENT, obligations
from dhub.world.statements import Statement
from dhub.world.wording import employers, payees

Int = NDArray[np.int64]

_NOBODY = -1
# Who is meant by what a movement is for.
_BY_PURPOSE = {
    "pension": "Social Security", "company_pension": "Retirement Plan",
    "linked_in": "Own Account Elsewhere", "linked_out": "Own Account Elsewhere",
    "card_payment": "Credit Card {card}", "home_loan": "Home Loan Servicing",
    "car_loan": "Auto Finance", "tax": "Internal Revenue Service", "wages": "Staff Payroll",
    "supplier": "{payee}", "person": "{payee}",
}  # fmt: skip
_CONTRACTS = (*(f"{NAME} {name.title()} Loan {{contract}}" for name in LOAN_TYPES),
              *(f"{NAME} {name.title()} Policy {{contract}}" for name in POLICY_TYPES))  # fmt: skip
_PLAIN = ("{employer}", "{payee}", "{holder}")
_EMPLOYER, _PAYEE, _HOLDER = range(len(_PLAIN))
_TEXTS = (*_PLAIN, *_BY_PURPOSE.values(), *_CONTRACTS)
_FIRST_CONTRACT = len(_PLAIN) + len(_BY_PURPOSE)


def counterparties(shard: Shard, page: Statement) -> Any:
    """A name a movement, null for none: also for a leg of a transfer that is torn at the cut."""
    money = page.money
    slot = child(accounts(shard).place[money.account], money.payee)
    codes = _codes(money.kind, money.purpose)
    torn = (money.partner >= 0) & (page.far < 0)
    codes = np.where(page.far >= 0, _HOLDER, np.where(torn, _NOBODY, codes))
    said, contract = _contracts(shard, money.pays)
    codes = np.where(said >= 0, _FIRST_CONTRACT + said, codes)
    codes = np.where(money.merchant >= 0, _NOBODY, codes)
    employer = employers(shard, money).codes
    return text.fill(
        codes, _TEXTS,
        employer=Coded(employer, pools.pool("companies")),
        payee=lambda rows: payees(shard, money, slot, rows),
        holder=lambda rows: _holders(shard).take(_indexes(money.partner[rows], shard)),
        card=money.payee - CREDIT_CARD + 1,
        contract=contract,
    )  # fmt: skip


def _codes(kind: Int, purpose: Int) -> Int:
    """Index into _TEXTS by what a movement is, -1 where nobody is meant."""
    by_purpose = np.full(len(PURPOSES), _NOBODY)
    for number, name in enumerate(_BY_PURPOSE):
        by_purpose[PURPOSES.index(name)] = len(_PLAIN) + number
    moved = (kind == IN) | (kind == OUT) | (kind == LEG_IN)
    plain = np.where(kind == PAYROLL, _EMPLOYER, np.where(moved, _PAYEE, _NOBODY))
    return np.where(purpose > 0, by_purpose[purpose], plain)


def _contracts(shard: Shard, pays: Int) -> tuple[Int, Int]:
    """Index into _CONTRACTS of what each movement pays, -1 for none, and the contract's key."""
    due, lent, p = obligations(shard), loans(shard), policies(shard)
    said, number = np.full(len(pays), _NOBODY), np.zeros(len(pays), dtype=np.int64)
    row = np.flatnonzero(pays >= 0)
    what, contract = due.what[pays[row]], due.contract[pays[row]]
    lends = what <= DISBURSEMENT
    loan, policy = np.where(lends, contract, 0), np.where(lends, 0, contract)
    kinds = len(LOAN_TYPES)
    said[row] = np.where(lends, lent.loan_type[loan], kinds + p.policy_type[policy])
    number[row] = np.where(lends, lent.loan_id[loan], p.policy_id[policy])
    return said, number


def _indexes(partner: Int, shard: Shard) -> Any:
    import pyarrow as pa

    return pa.array(movements(shard).owner[np.maximum(partner, 0)])


@of_shard(2)
def _holders(shard: Shard) -> Any:
    """The name of each customer: first and last name, or the company's."""
    import pyarrow.compute as pc

    called = names(shard)
    person = text.join([Coded(called.first, pools.pool("first_names")), " ",
                        Coded(called.last, pools.pool("last_names"))])  # fmt: skip
    return pc.coalesce(text.text(company_names(shard)), person)
