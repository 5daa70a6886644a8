"""Takes a shard, gives its loans: terms and dates, status, and the account each is linked to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import expand, one_of, spread, stream
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.accounts import CHECKING, HSA, SAVINGS, USD, accounts
from dhub.world.accounts import CLOSED as SHUT
from dhub.world.calendar import DAY, add_months
from dhub.world.credit.annuities import MILLI, level_payments
from dhub.world.credit.applicants import BUSINESS, MORTGAGE, MOST_APPLICATIONS
from dhub.world.credit.applications import (
    APPROVED,
    LOAN_STATUSES,
    PAID_OFF,
    Applications,
    applications,
)
from dhub.world.credit.debits import can_book, direct_debits
from dhub.world.credit.settle import barred
from dhub.world.people import CLOSED, people

__all__ = ["LOAN_STATUSES", "Loans", "loans"]

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Days = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

HUNDRED = 10_000  # cents: principals, appraisals and guarantees are whole hundreds
EIGHTH = 125  # mortgages and business loans are priced in eighths of a percent
_IN_FULL = 0.45  # share of the approvals that grant what was asked for (assumed)
_PRICED_BY_RISK = 0.86  # of the range of rates; the rest is chance (assumed)
# Days after the payout by type, where there is so much time: who borrows for a house stays for
# years, a personal loan is paid off from a windfall (assumed).
_SOONEST_PAYOFF = np.array([740, 62, 300, 200, 330])
_NO_DEBIT = -0.8  # leaning of loans whose account cannot be debited to be linked to it (assumed)


@dataclass(frozen=True)
class Loans:
    """The loans of a whole shard, ordered by customer, one for each approved application."""

    owner: Int  # customer within the shard
    place: Int  # that of its application
    loan_id: Int
    application: Int  # row of `applications`
    application_id: Int
    loan_type: Int  # index into LOAN_TYPES
    principal_amount: Int  # cents
    interest_rate: Int  # thousandths of a percent a year
    term_months: Int
    disbursement_date: Days
    maturity_date: Days
    status: Int  # index into LOAN_STATUSES
    payoff_date: Days  # NaT unless paid off
    linked_account: Int  # row of `accounts`, -1 for none
    autopay: Bools  # whether the linked account is debited for the instalments
    standing: Float  # share of applicants with a worse score


def loans(shard: Shard) -> Loans:
    """The loans of a shard; the same whatever its `customers` and `attempt` are."""
    return _loans(shard.run, shard.index)


@of_shard()
def _loans(run: Run, index: int) -> Loans:
    a = applications(Shard(run, index))
    row = np.flatnonzero(a.status == APPROVED)
    owner, place, kind, term = a.owner[row], a.place[row], a.loan_type[row], a.term_months[row]
    paid_out, fate, standing = a.disbursement_date[row], a.fate[row], a.standing[row]
    maturity = add_months(paid_out, term)
    principal, rate = _principals(run, a, row), _rates(run, kind, place, standing)
    payoff = _payoffs(run, index, owner, place, kind, paid_out, maturity, fate)
    linked = _linked(run, index, owner, place, paid_out)
    last = np.where(np.isnat(payoff), run.today - DAY, payoff)
    first = 1 + (index - 1) * SHARD_CUSTOMERS * MOST_APPLICATIONS
    return Loans(
        owner,
        place,
        first + np.arange(len(row)),
        row,
        a.application_id[row],
        kind,
        principal,
        rate,
        term,
        paid_out,
        maturity,
        fate,
        payoff,
        linked,
        direct_debits(run, index, linked, _instalments(principal, rate, term), last),
        standing,
    )


def _instalments(principal: Int, rate: Int, months: Int) -> Int:
    """The level payment of each loan."""
    order = np.argsort(-months, kind="stable")
    level = np.empty_like(principal)
    level[order] = level_payments(principal[order], rate[order], months[order])
    return level


def _principals(run: Run, a: Applications, row: Int) -> Int:
    """Cents granted: what was asked for or, to the weaker, less; never below the type's least."""
    loans, place, asked = run.profile.loans, a.place[row], a.requested_amount[row]
    draw = stream(run.seed, "credit.principal")
    low, high = loans.approved_share.low, loans.approved_share.high
    part = draw.uniform(place) * (0.5 + 0.5 * a.standing[row])
    share = np.where(draw.chance(place, _IN_FULL, 1), high, low + (high - low) * part)
    granted = -(-np.ceil(asked * share).astype(np.int64) // HUNDRED) * HUNDRED
    least = np.array([loans.requested[name].cents[0] for name in LOAN_TYPES])[a.loan_type[row]]
    most = np.floor(asked * high).astype(np.int64)
    most = np.maximum(most, np.minimum(least, asked))
    return np.asarray(np.minimum(np.maximum(granted, least), most))


def _rates(run: Run, kind: Int, place: Int, standing: Float) -> Int:
    """Within the type's range, the weaker the dearer."""
    ranges = [run.profile.loans.rate[name] for name in LOAN_TYPES]
    low = np.array([round(r.low * MILLI) for r in ranges])[kind]
    high = np.array([round(r.high * MILLI) for r in ranges])[kind]
    chance = stream(run.seed, "credit.rate").uniform(place)
    part = _PRICED_BY_RISK * (1 - standing) + (1 - _PRICED_BY_RISK) * chance
    step = np.where(one_of(kind, (MORTGAGE, BUSINESS)), EIGHTH, 10)
    steps = np.floor((high - low) // step * part + 0.5).astype(np.int64)
    return np.asarray(low + steps * step)


def _payoffs(
    run: Run,
    index: int,
    owner: Int,
    place: Int,
    kind: Int,
    paid_out: Days,
    maturity: Days,
    fate: Int,
) -> Days:
    """Any day since the type's soonest; at maturity for loans that have come that far."""
    ended = people(Shard(run, index)).ended[owner]
    last = np.where(np.isnat(ended), run.today - DAY, ended)
    room = np.maximum((last - paid_out).astype(np.int64), 1)
    least = np.minimum(_SOONEST_PAYOFF[kind], room)
    days = stream(run.seed, "credit.payoff").between(place, least, room)
    payoff = np.minimum(paid_out + days * DAY, maturity)
    return np.where(fate == PAID_OFF, payoff, np.datetime64("NaT", "D"))


def _linked(run: Run, index: int, owner: Int, place: Int, paid_out: Days) -> Int:
    """The borrower's own account in dollars that was open at the payout: a share of the loans."""
    share = run.profile.loans.linked
    account = _best_accounts(run, index, owner, paid_out)
    able = np.stack([account >= 0, np.ones(len(owner), dtype=bool)], axis=1)
    score = barred(able)
    yesterday = np.full(len(owner), run.today - DAY)
    score[:, 0] += _NO_DEBIT * ~can_book(run, index, account, yesterday)
    draw = stream(run.seed, f"credit.linked.{index}")
    chosen = spread(draw, [share, 1 - share], len(owner), score=score) == 0
    return np.where(chosen, account, -1)


def _best_accounts(run: Run, index: int, owner: Int, paid_out: Days) -> Int:
    """Row of the account that suits best: still open, current before savings; -1 for none."""
    shard = Shard(run, index)
    a, who = accounts(shard), people(shard)
    first = np.searchsorted(a.owner, owner)
    loan, seq = expand(who.account_count[owner])
    row = first[loan] + seq
    gone = (a.status[row] == SHUT) & (who.status[owner[loan]] != CLOSED)
    gone |= a.account_type[row] == HSA  # which pays for care, hardly for anything else
    rank = 4 * gone + np.where(a.account_type[row] == CHECKING, 0, 2)
    rank = rank - (a.account_type[row] == SAVINGS)
    day, closed = paid_out[loan], a.closed_date[row]
    fits = (a.currency[row] == USD) & (a.opened_date[row] <= day) & ~(closed <= day)
    loan, row, rank = loan[fits], row[fits], rank[fits]
    worst_first = np.lexsort((-row, -rank))  # so that the best one is what is written last
    best = np.full(len(owner), -1)
    best[loan[worst_first]] = row[worst_first]
    return best
