"""The ledger: rules that hold on every row of every bank, and the shares of its profile."""

from __future__ import annotations

import numpy as np
import pytest
from bank import DAY, DAYS, PROFILES, Ledger, run
from together import Together

from dhub.draw import pools
from dhub.model import Shard
from dhub.profiles import cents
from dhub.world import accounts as A
from dhub.world import merchants as M
from dhub.world import people as P
from dhub.world.calendar import is_business
from dhub.world.income import EMPLOYED, incomes
from dhub.world.money import channels as C
from dhub.world.money import kinds as K
from dhub.world.money import movements

BANKS = [
    pytest.param((seed, name, as_of, employees, index), id=f"{seed}-{name}-{as_of}-{index}")
    for number, (as_of, employees) in enumerate(
        zip(DAYS, (150, 7, 15, 3000, 150, 75, 150), strict=True)
    )
    for name in PROFILES
    for seed, index in (((42, 1), (42, 2), (3, 1), (8, 3)) if number == 0 else ((number, 1),))
]
every_ledger = Together("led", BANKS, indirect=True)
test_every_ledger_keeps_the_rules = every_ledger.test()
OWN = (K.DEPOSIT, K.WITHDRAWAL, K.CARD, K.BILL, K.OUT)  # what a customer does, whoever is strict


@pytest.fixture
def led(request: pytest.FixtureRequest) -> Ledger:
    """Made when it is asked for, and kept: twenty take longer than to collect all other tests."""
    *bank, index = request.param
    return Ledger.of(run(*bank), index)


# ---------------------------------------------------------------- A: rules that hold on each row


@every_ledger
def test_balances_are_an_unbroken_chain(led):
    assert np.array_equal(led.m.balance_after, led.before + led.signed), "A01"
    last = np.cumsum(led.count) - 1
    assert np.array_equal(led.m.closing_balance, led.m.balance_after[last]), "A02"
    for currency in range(4):
        mine = led.a.currency == currency
        moved = led.signed[mine[led.m.account]].sum()
        gained = (led.m.closing_balance - led.m.opening_balance)[mine].sum()
        assert moved == gained, "A03"
    assert (led.m.balance_after >= 0).all() and (led.m.opening_balance >= 0).all(), "A10"


@every_ledger
def test_an_accounts_rows_ascend_in_time(led):
    same = led.m.account[1:] == led.m.account[:-1]
    assert (np.diff(led.m.account) >= 0).all()
    assert (np.diff(led.m.transaction_date)[same] >= np.timedelta64(0, "us")).all()
    assert len(np.unique(led.m.place)) == len(led.m.place), "no two rows share their draws"


@every_ledger
def test_internal_transfers_have_two_equal_legs(led):
    legs = np.flatnonzero(led.m.partner >= 0)
    other = led.m.partner[legs]
    assert np.array_equal(led.m.partner[other], legs), "A04"
    assert (led.signed[legs] + led.signed[other] == 0).all(), "A04: net zero"
    assert (led.m.account[legs] != led.m.account[other]).all(), "A07"
    assert np.array_equal(
        led.a.currency[led.m.account[legs]], led.a.currency[led.m.account[other]]
    ), "A06"
    assert np.array_equal(led.day[legs], led.day[other]), "A06: one business day"
    assert np.isin(led.m.transaction_type[legs], (3, 7)).all()
    assert np.array_equal(np.flatnonzero(led.m.kind == K.LEG_IN), legs[led.credit[legs]])
    near = led.m.owner[legs] // 10 == led.m.owner[other] // 10
    assert near.all(), "both ends are among ten neighbours, so that a small bank is whole"


@every_ledger
def test_direction_agrees_with_type_and_amounts_are_positive(led):
    assert (led.m.amount > 0).all(), "A08"
    assert np.array_equal(led.credit, led.m.transaction_type < 4), "A08"
    if led.run.profile.name == "requirements":
        assert not led.booked(1, 2).any(), "payroll and interest are deposits"


@every_ledger
def test_movements_lie_within_the_life_of_account_and_customer(led):
    account = led.m.account
    assert (led.day >= led.a.opened_date[account]).all(), "A09"
    assert not (led.day > led.a.closed_date[account]).any(), "A09"
    assert (led.day < led.run.today).all(), "A09"
    assert (led.m.transaction_date >= led.who.created_at[led.m.owner]).all(), "nobody yet"
    assert (led.day <= led.a.last_day[account]).all()


@every_ledger
def test_a_closed_account_pays_out_all_it_held_and_rests(led):
    closed = led.a.status == A.CLOSED
    assert (led.m.closing_balance[closed] == 0).all(), "A11, R10"
    last = np.cumsum(led.count) - 1
    payout = led.m.kind == K.CLOSING
    assert np.array_equal(np.flatnonzero(payout), last[closed])
    assert (led.m.transaction_type[payout] == K.TYPES.index("closing_payout")).all()
    assert np.array_equal(led.day[payout], led.a.closed_date[closed])
    assert (led.m.channel[payout] == C.BRANCH).all() and led.m.manned[payout].all()


@every_ledger
def test_a_frozen_account_has_been_at_rest_for_a_month(led):
    frozen = led.a.status[led.m.account] == A.FROZEN
    assert (led.day[frozen] < led.run.today - 30 * DAY).all(), "A12"


@every_ledger
def test_open_balances_end_within_the_documents_ranges(led):
    low, high = led.limits()
    still = led.a.status != A.CLOSED
    assert (led.m.closing_balance >= low)[still].all(), "A14"
    assert (led.m.closing_balance <= high)[still].all(), "A14"


@every_ledger
def test_interest_is_not_credited_on_nothing(led):
    """Not more than the lowest balance since the last credit earns in the days that passed."""
    interest = np.flatnonzero(led.m.kind == K.INTEREST)
    account = led.m.account[interest]
    rate = np.array([led.run.profile.accounts.apy[name] for name in A.TYPES])
    first = (np.cumsum(led.count) - led.count)[account]
    follows = np.r_[False, account[1:] == account[:-1]]
    since = np.where(follows, np.r_[0, interest[:-1]], first - 1)
    opened = led.a.opened_date[account]
    start = np.where(follows, led.day[np.maximum(since, 0)], opened)
    lowest = np.array(
        [
            np.r_[
                led.before[row],
                led.m.balance_after[max(was, 0) : row] if was >= 0 else led.before[begin:row],
            ].min()
            for row, was, begin in zip(interest, np.where(follows, since, -1), first, strict=True)
        ]
    )
    days = (led.day[interest] - start).astype(int)
    most = lowest * rate[led.a.account_type[account]] * days / 365
    assert (led.m.amount[interest] <= most + 1e-6).all(), "A15"
    assert len(interest) > 20


@every_ledger
def test_only_hands_are_on_record_and_channels_keep_their_days(led):
    by_hand = np.isin(led.m.channel, C.MANUAL)
    assert not (led.m.manned & ~by_hand).any(), "A16"
    rests = ~is_business(led.day)
    assert not (rests & np.isin(led.m.channel, (C.BRANCH, C.PHONE, C.ACH))).any()
    office = led.hour[led.m.channel == C.BRANCH]
    assert office.min() >= 9 and office.max() < 16, "the same day at the counter and in UTC"
    withdrawn = led.m.channel[led.booked(K.TYPES.index("withdrawal"))]
    assert np.isin(withdrawn, (C.BRANCH, C.ATM)).all(), "cash has a place"


@every_ledger
def test_amounts_lie_in_the_profiles_ranges(led):
    for name, span in led.run.profile.transactions.amount.items():
        amount = led.m.amount[led.booked(K.TYPES.index(name))]
        assert (amount >= cents(span.low)).all() and (amount <= cents(span.high)).all(), name


@every_ledger
def test_spending_takes_at_most_the_profiles_part_of_the_balance(led):
    cap = led.run.profile.transactions.spending_cap
    spent = ~led.credit & (led.m.kind != K.CLOSING)
    assert (led.m.amount[spent] <= np.floor(led.before[spent] * cap)).all()


@every_ledger
def test_an_account_has_five_to_fifty_movements(led):
    span = led.run.profile.transactions.per_account
    assert led.count.min() >= span.low and led.count.max() <= span.high


@every_ledger
def test_dormant_is_silent_and_active_is_not(led):
    recent = led.day >= led.run.today - 365 * DAY
    any_row = np.bincount(led.m.owner[recent], minlength=2000) > 0
    assert not any_row[led.who.status == P.DORMANT].any(), "B07"
    own = np.bincount(led.m.owner[recent & led.rows(*OWN)], minlength=2000) > 0
    older = np.zeros(2000, dtype=bool)
    older[led.a.owner[led.a.opened_date < led.run.today - 30 * DAY]] = True
    assert own[(led.who.status == P.ACTIVE) & older].all(), "B07"


# ------------------------------------------------------------------ what belongs together in a row


@every_ledger
def test_shops_are_paid_by_purchases_and_bills_alone_and_cost_what_they_cost(led):
    paid = led.rows(K.CARD, K.BILL)
    assert np.array_equal(led.m.shop >= 0, paid) and np.array_equal(led.m.merchant >= 0, paid)
    kind = np.array([M.CODES[business.kind] for business in pools.merchants()])
    assert np.array_equal(kind[led.m.merchant[paid]], led.m.shop[paid]), "of the shop's own kind"
    known, span = M.costs(), led.run.profile.transactions.amount["payment"]
    shop, dollars = led.m.shop[paid], led.m.amount[paid] / 100
    # A meter swings by a fifth and a power bill by a third about what its biller asks.
    low = np.maximum(known.low[shop] * 0.55, float(span.low))
    high = np.maximum(np.minimum(known.high[shop] * 1.6, float(span.high)), low)
    assert (dollars >= low - 0.01).all() and (dollars <= high + 0.01).all()


@every_ledger
def test_a_biller_asks_for_about_the_same_each_time(led):
    bills = np.flatnonzero(led.rows(K.BILL))
    slot = (led.m.account[bills] * 8 + led.m.payee[bills]).astype(np.int64)
    order = np.argsort(slot, kind="stable")
    start = np.flatnonzero(np.r_[True, np.diff(slot[order]) > 0])
    amount = led.m.amount[bills][order]
    most, least = np.maximum.reduceat(amount, start), np.minimum.reduceat(amount, start)
    shop = led.m.shop[bills][order][start]
    assert np.array_equal(shop, np.maximum.reduceat(led.m.shop[bills][order], start))
    metered = np.isin(shop, [M.CODES[name] for name in ("utility", "water", "telecom")])
    assert (most[~metered] == least[~metered]).all(), "rent, insurance and subscriptions"
    assert (most[metered] <= 2.6 * least[metered]).all()


@every_ledger
def test_pay_is_the_net_of_one_income_through_all_that_is_listed(led):
    pay = np.flatnonzero(led.rows(K.PAYROLL))
    account = led.m.account[pay]
    count = np.bincount(account, minlength=len(led.a.owner))
    assert count[count > 0].min() >= 15, "a year and more"
    assert (led.a.account_type[account] == A.CHECKING).all()
    earns = incomes(led.shard)
    assert (earns.work[led.m.owner[pay]] == EMPLOYED).all()
    gap = np.diff(led.day[pay]).astype(int)[account[1:] == account[:-1]]
    assert gap.max() <= 37, "none is left out"
    month = led.day[pay].astype("datetime64[M]").astype(np.int64)
    now = int(led.run.today.astype("datetime64[M]").astype(np.int64))
    net = earns.net_in(led.m.owner[pay], month, now)
    part = led.m.amount[pay] / net
    parts = np.array([1.0, 0.5, 0.46, 0.23])
    usual = (abs(part[:, None] - parts) < 1e-4).any(axis=1)
    assert usual.mean() > 0.95, "but for a bonus a year"
    assert (part[~usual] > 1).mean() > 0.9


@every_ledger
def test_interest_comes_every_month(led):
    interest = np.flatnonzero(led.rows(K.INTEREST))
    account = led.m.account[interest]
    count = np.bincount(account, minlength=len(led.a.owner))
    assert count[count > 0].min() >= 12
    month = led.day[interest].astype("datetime64[M]").astype(int)
    same = account[1:] == account[:-1]
    assert (np.diff(month)[same] == 1).all()


@every_ledger
def test_accounts_do_what_their_kind_does(led):
    kind = led.a.account_type[led.m.account]
    saved = np.isin(kind, (A.SAVINGS, A.MONEY_MARKET))
    assert not (saved & led.rows(K.CARD, K.BILL, K.PAYROLL)).any()
    health = kind == A.HSA
    assert np.isin(led.m.shop[health & led.rows(K.CARD)], M.MEDICAL).all()
    assert not (health & led.rows(K.WITHDRAWAL, K.BILL, K.OUT)).any()
    assert (led.a.currency[led.a.account_type == A.HSA] == A.USD).all()
    assert not (led.rows(K.CARD) & np.isin(led.m.channel, C.MANUAL)).any(), "no café by telephone"


@every_ledger
def test_shops_are_visited_when_they_are_open(led):
    bought = led.rows(K.CARD)
    hour = led.hour[bought] % 24
    load = np.array([M.HOURS[kind.hours] for kind in M.KINDS.values()])
    closed = load[led.m.shop[bought], hour] == 0
    assert closed.mean() < 0.002, "but for the nights in which clocks are put forward or back"
    coffee = hour[led.m.shop[bought] == M.CODES["coffee"]]
    if len(coffee) > 100:
        assert (coffee < 12).mean() > 0.6


@every_ledger
def test_a_new_account_moves_within_two_months(led):
    first = np.cumsum(led.count) - led.count
    wait = (led.day[first] - led.a.first_day).astype(int)
    new = led.a.first_day > led.run.today - 500 * DAY
    assert (wait[new] <= 60).mean() > 0.9


# ------------------------------------------------------------------------ shares of the profile


@every_ledger
def test_types_come_in_the_profiles_shares(led):
    """Counts are fitted, not drawn: a rest of a row for each kind in each of 15 groups."""
    rows = ~led.rows(K.CLOSING)
    n = rows.sum()
    mix = led.run.profile.transactions.mix
    share = np.array([mix.share(name) for name in K.TYPES[:8]])
    have = np.bincount(led.m.transaction_type[rows], minlength=9)[:8]
    assert abs(have - n * share).max() < 0.005 * n


@every_ledger
def test_the_documents_shares_of_income_and_kinds(led):
    n = len(led.m.kind)
    if led.run.profile.name == "guide":
        assert led.credit.mean() == pytest.approx(0.30, abs=0.006)
        return
    share = np.bincount(led.m.transaction_type, minlength=9) / n
    assert share[0] == pytest.approx(0.40, abs=0.006)
    assert share[4] == pytest.approx(0.30, abs=0.006)
    assert share[3] + share[7] == pytest.approx(0.20, abs=0.006)
    assert share[5] + share[6] == pytest.approx(0.10, abs=0.006)


@every_ledger
def test_hands_and_records_come_in_the_documents_shares(led):
    """Closing payouts (0.3 %) are by hand on top of the stratified 30 and 15 %."""
    extra = led.rows(K.CLOSING).mean()
    assert np.isin(led.m.channel, C.MANUAL).mean() == pytest.approx(0.30, abs=0.002 + extra)
    assert led.m.manned.mean() == pytest.approx(0.15, abs=0.002 + extra)
    moved = led.booked(3, 7)
    assert 0.25 <= (led.m.partner[moved] >= 0).mean() <= 0.50, "R77"


@every_ledger
def test_the_mean_number_of_movements_is_the_profiles(led):
    assert led.count.mean() == pytest.approx(
        led.run.profile.transactions.per_account_mean, rel=0.02
    )


def test_a_ledger_is_the_same_however_it_is_asked_for():
    whole = movements(Shard(run(), 1))
    assert movements(Shard(run(), 1, customers=65, attempt=2)) is whole
