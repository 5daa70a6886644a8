"""Takes a shard, gives what its accounts are due to book for loans and policies.

The contract between the facts of credit and cover and whatever engine runs a ledger:

- The rows are ordered by account, then day. Each one states an account (row of `accounts`), a UTC
  day, an amount in cents, whether money comes in (`credit`), what it pays (`what`), and the fact
  that states it: `fact` is a row of `schedule` (INSTALMENT), `loans` (PAYOFF, DISBURSEMENT),
  `premiums` (PREMIUM) or `claims` (SETTLEMENT); `contract` is the row of its loan or policy.
- Every row lies within the days in which its account can move, is in dollars, on an account that
  never froze, and is within a range of the profile: a payment or, where it is more than that may
  be, a transfer out (`transfer`); a deposit or, above that, a transfer in.
- An engine books *every* row whose day is the account's first listed day or later: on that UTC
  day, with exactly that amount, as a movement of its own. Earlier ones it leaves out, and nothing
  else may name a loan or a policy. It gives `Movements.pays`: the row here, -1 for all others.
- The columns that name bookings (`booked`) follow from that alone. Loans not by direct debit and
  premiums that are paid otherwise are no rows here; missed instalments are none either.

It knows of no engine. The same whatever the shard's `customers` and `attempt` are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import ordered
from dhub.memo import of_shard
from dhub.model import Run, Shard
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.accounts import accounts
from dhub.world.cover import claims, policies, premiums
from dhub.world.credit import loans, payments, schedule
from dhub.world.credit.debits import can_book, most_credited, most_debited

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

WHAT = ("instalment", "payoff", "disbursement", "premium", "settlement")
INSTALMENT, PAYOFF, DISBURSEMENT, PREMIUM, SETTLEMENT = range(len(WHAT))
# Paid out to the borrower; the others to who sells the house or the car.
_PAID_OUT = np.array([name in ("personal", "business", "education") for name in LOAN_TYPES])


@dataclass(frozen=True)
class Obligations:
    """Bookings that other facts state, one element each."""

    account: Int  # row of `accounts`
    day: Days  # UTC
    amount: Int  # cents
    credit: Bools  # money comes in
    transfer: Bools  # more than a payment or a deposit of the profile may be
    what: Int  # index into WHAT
    contract: Int  # row of `loans` or `policies`
    fact: Int  # row of `schedule`, `loans`, `premiums` or `claims`


@dataclass(frozen=True)
class _Part:
    """Rows of one kind before they are put in order."""

    what: int
    account: Int
    day: Days
    amount: Int
    contract: Int
    fact: Int


def obligations(shard: Shard) -> Obligations:
    """What the accounts of a shard are due to book."""
    return _obligations(shard.run, shard.index)


@of_shard()
def _obligations(run: Run, index: int) -> Obligations:
    shard = Shard(run, index)
    parts = [_bookable(run, index, part) for part in (*_of_loans(shard), *_of_policies(shard))]
    account, day, amount, contract, fact = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("account", "day", "amount", "contract", "fact")
    )
    what = np.repeat([part.what for part in parts], [len(part.fact) for part in parts])
    order = ordered(account, day, what, fact)
    what, amount = what[order], amount[order]
    credit = (what == DISBURSEMENT) | (what == SETTLEMENT)
    span = run.profile.transactions.amount
    most = np.where(credit, span["deposit"].cents[1], span["payment"].cents[1])
    return Obligations(
        account[order], day[order], amount, credit, amount > most, what, contract[order],
        fact[order],
    )  # fmt: skip


def booked(shard: Shard, what: int, pays: Int, key: Int, facts: int) -> tuple[Int, Bools]:
    """For each of so many facts the key of the movement that books it, and whether one does.

    `pays` and `key` are of all movements of the shard's ledger.
    """
    due = obligations(shard)
    row = np.flatnonzero(pays >= 0)
    row = row[due.what[pays[row]] == what]
    named = np.zeros(facts, dtype=np.int64)
    named[due.fact[pays[row]]] = key[row]
    return named, named > 0


def _of_loans(shard: Shard) -> Iterator[_Part]:
    """Instalments paid on their own day, payoffs in one sum, and what was paid out."""
    lent, plan, state = loans(shard), schedule(shard), payments(shard)
    debited = lent.autopay[plan.loan] & ~np.isnat(state.payment_date)
    ahead = state.payment_date == lent.payoff_date[plan.loan]
    row = np.flatnonzero(debited & ~ahead)
    loan = plan.loan[row]
    yield _Part(
        INSTALMENT, lent.linked_account[loan], state.payment_date[row], state.paid_amount[row],
        loan, row,
    )  # fmt: skip
    last = np.flatnonzero(debited & ahead)
    left = np.bincount(plan.loan[last], state.paid_amount[last], len(lent.owner))
    loan = np.flatnonzero(left > 0)
    yield _Part(
        PAYOFF, lent.linked_account[loan], lent.payoff_date[loan], left[loan].astype(np.int64),
        loan, loan,
    )  # fmt: skip
    loan = np.flatnonzero(_PAID_OUT[lent.loan_type] & (lent.linked_account >= 0))
    yield _Part(
        DISBURSEMENT, lent.linked_account[loan], lent.disbursement_date[loan],
        lent.principal_amount[loan], loan, loan,
    )  # fmt: skip


def _of_policies(shard: Shard) -> Iterator[_Part]:
    """Premiums by direct debit, and what was paid on claims."""
    p, due, made = policies(shard), premiums(shard), claims(shard)
    row = np.flatnonzero(due.debited & ~np.isnat(due.payment_date))
    policy = due.policy[row]
    yield _Part(PREMIUM, p.account[policy], due.payment_date[row], due.amount[row], policy, row)
    row = np.flatnonzero(~np.isnat(made.settlement_date) & (p.account[made.policy] >= 0))
    policy = made.policy[row]
    yield _Part(
        SETTLEMENT, p.account[policy], made.settlement_date[row], made.settlement_amount[row],
        policy, row,
    )  # fmt: skip


def _bookable(run: Run, index: int, part: _Part) -> _Part:
    """The rows that an account can book. Instalments and premiums all can, or they would not be
    by direct debit."""
    kind = accounts(Shard(run, index)).account_type[part.account]
    most = most_debited(run.profile, once=True)[kind]
    if part.what in (DISBURSEMENT, SETTLEMENT):
        most = most_credited(run.profile)[kind]
    fits = can_book(run, index, part.account, part.day) & (part.amount <= most)
    return _Part(
        part.what, part.account[fits], part.day[fits], part.amount[fits], part.contract[fits],
        part.fact[fits],
    )  # fmt: skip


__all__ = ["DISBURSEMENT", "INSTALMENT", "PAYOFF", "PREMIUM", "SETTLEMENT", "WHAT",
           "Obligations", "booked", "obligations"]  # fmt: skip
