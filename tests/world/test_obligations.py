"""What accounts are due to book for loans and policies: each row is a fact, none is left out."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from bank import AS_OF, PROFILES, run
from together import Together

from dhub.model import Shard
from dhub.world import obligations as O
from dhub.world.accounts import FROZEN, HSA, USD, accounts
from dhub.world.cover import claims, policies, premiums
from dhub.world.credit import loans, payments, schedule
from dhub.world.obligations import obligations

SHARDS = [
    pytest.param(Shard(run(seed, name, as_of), index), id=f"{name}-{seed}-{as_of}-{index}")
    for name in PROFILES
    for seed, as_of, index in (
        (42, AS_OF, 1),
        (7, dt.date(2024, 2, 29), 2),
        (3, dt.date(2025, 5, 26), 1),
    )
]
every_shard = Together("shard", SHARDS)
test_every_shard_keeps_the_rules = every_shard.test()


@every_shard
def test_each_row_says_what_its_fact_says(shard):
    due, lent, plan, state = obligations(shard), loans(shard), schedule(shard), payments(shard)
    p, owed, made = policies(shard), premiums(shard), claims(shard)
    for what, account, day, amount in (
        (O.INSTALMENT, lent.linked_account[plan.loan], state.payment_date, state.paid_amount),
        (O.DISBURSEMENT, lent.linked_account, lent.disbursement_date, lent.principal_amount),
        (O.PREMIUM, p.account[owed.policy], owed.payment_date, owed.amount),
        (O.SETTLEMENT, p.account[made.policy], made.settlement_date, made.settlement_amount),
    ):
        row = np.flatnonzero(due.what == what)
        fact = due.fact[row]
        assert len(np.unique(fact)) == len(fact) > 10, "a fact is booked once"
        assert (due.account[row] == account[fact]).all() and (due.day[row] == day[fact]).all()
        assert (due.amount[row] == amount[fact]).all()
    off = np.flatnonzero(due.what == O.PAYOFF)
    left = np.zeros(len(lent.owner), dtype=np.int64)
    ahead = state.payment_date == lent.payoff_date[plan.loan]
    np.add.at(left, plan.loan[ahead], state.paid_amount[ahead])
    assert (due.amount[off] == left[due.fact[off]]).all()
    assert (due.day[off] == lent.payoff_date[due.fact[off]]).all()


@every_shard
def test_direct_debits_are_all_there(shard):
    """Whatever is paid by direct debit, but for payoffs, which an account may be too small for."""
    due, lent, plan, state = obligations(shard), loans(shard), schedule(shard), payments(shard)
    ahead = state.payment_date == lent.payoff_date[plan.loan]
    paid = lent.autopay[plan.loan] & ~np.isnat(state.payment_date) & ~ahead
    assert np.array_equal(np.sort(due.fact[due.what == O.INSTALMENT]), np.flatnonzero(paid))
    owed = premiums(shard)
    paid = owed.debited & ~np.isnat(owed.payment_date)
    assert np.array_equal(np.sort(due.fact[due.what == O.PREMIUM]), np.flatnonzero(paid))


@every_shard
def test_rows_fit_their_accounts_and_ranges(shard):
    due, a, t = obligations(shard), accounts(shard), shard.run.profile.transactions
    account = due.account
    assert (np.diff(account) >= 0).all() and (due.amount > 0).all()
    assert (a.currency[account] == USD).all() and (a.account_type[account] != HSA).all()
    assert (a.status[account] != FROZEN).all() and (due.day < shard.run.today).all()
    assert (due.day >= a.first_day[account]).all() and (due.day <= a.last_day[account]).all()
    assert not (due.day >= a.closed_date[account]).any(), "a closing payout is the last of all"
    kind = np.where(
        due.credit,
        np.where(due.transfer, "transfer_in", "deposit"),
        np.where(due.transfer, "transfer_out", "payment"),
    )
    for name in np.unique(kind):
        low, high = t.amount[str(name)].cents
        some = due.amount[kind == name]
        assert some.min() >= low and some.max() <= high, name


@every_shard
def test_the_share_of_loans_on_direct_debit_is_the_profiles(shard):
    lent = loans(shard)
    linked = lent.linked_account >= 0
    share = lent.autopay[linked].mean()
    assert abs(share - shard.run.profile.loans.autopay) <= 2 / np.sqrt(linked.sum())
    assert not lent.autopay[~linked].any()
