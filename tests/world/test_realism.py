"""What makes the ledger look like real money: sizes, habits, days, and who holds how much."""

from __future__ import annotations

import numpy as np
import pytest
from bank import DAY, PROFILES, Ledger, months, run
from together import Together

from dhub.world import merchants
from dhub.world import people as P
from dhub.world.money import channels as C
from dhub.world.money import kinds as K

OWN = (K.DEPOSIT, K.WITHDRAWAL, K.CARD, K.BILL, K.OUT)  # what a customer does, whoever is strict
REAL = [pytest.param(seed, name, id=f"{seed}-{name}") for seed in (42, 5) for name in PROFILES]
every_bank = Together("seed, name", REAL)
test_every_bank_is_real = every_bank.test()


def three(seed, name):
    """Three shards of a bank."""
    return [Ledger.of(run(seed, name), index) for index in (1, 2, 3)]


def joined(ledgers, value):
    return np.concatenate([value(led) for led in ledgers])


def rank_correlation(a, b):
    def rank(x):
        return np.argsort(np.argsort(x, kind="stable"), kind="stable")

    return np.corrcoef(rank(a), rank(b))[0, 1]


@every_bank
def test_logs_of_cash_and_card_amounts_are_wide_and_hardly_skewed(seed, name):
    amount = joined(three(seed, name), lambda led: led.m.amount[led.rows(K.WITHDRAWAL, K.CARD)])
    log = np.log(amount / 100)
    z = (log - log.mean()) / log.std()
    assert 0.9 <= log.std() <= 1.6
    assert -0.8 <= (z**3).mean() <= 0.5


@every_bank
def test_first_digits_follow_benford(seed, name):
    amount = joined(three(seed, name), lambda led: led.m.amount[led.rows(*OWN)])
    digit = (amount / 10.0 ** np.floor(np.log10(amount) + 1e-12)).astype(int)
    share = np.bincount(digit, minlength=10)[1:] / len(digit)
    assert abs(share - np.log10(1 + 1 / np.arange(1, 10))).mean() <= 0.015


@every_bank
def test_customers_differ(seed, name):
    """Variance between accounts net of what chance alone would show (one-way random effects)."""
    led = three(seed, name)[0]
    mine = led.rows(*OWN)
    log, account = np.log(led.m.amount[mine]), led.m.account[mine]
    count = np.bincount(account)
    mean = np.bincount(account, log) / np.maximum(count, 1)
    within = ((log - mean[account]) ** 2).sum() / (len(log) - (count > 0).sum())
    assert 1 - within / log.var() >= 0.15


@every_bank
def test_counterparties_of_transfers_recur(seed, name):
    led = three(seed, name)[0]
    moved = led.booked(3, 7)
    key = (led.m.account * 16 + led.m.kind)[moved] * 16 + led.m.payee[moved]
    _, group, counts = np.unique(key, return_inverse=True, return_counts=True)
    assert (counts[group] >= 3).mean() > 0.5, "most"


@every_bank
def test_pay_comes_on_a_grid(seed, name):
    """Gaps of about 7, 14, half a month or a month, for payers with three rows and more."""
    led = three(seed, name)[0]
    pay = np.flatnonzero(led.rows(K.PAYROLL))
    account = led.m.account[pay]
    gap = np.diff(led.day[pay]).astype(int)
    same = account[1:] == account[:-1]
    fits = np.zeros(len(gap), dtype=bool)
    payer, payers = account[1:], np.flatnonzero(np.bincount(account) >= 3)
    grids = np.array([[7 - 4, 7 + 4], [14 - 4, 14 + 4], [13 - 2, 18 + 2], [28 - 4, 31 + 4]])
    ok = np.zeros(len(led.a.owner), dtype=bool)
    for low, high in grids:
        fits = (gap >= low) & (gap <= high)
        ok |= np.bincount(payer[same], ~fits[same], minlength=len(ok)) == 0
    assert ok[payers].mean() >= 0.95
    assert len(payers) > 100


@every_bank
def test_spending_jumps_after_payday(seed, name):
    """Card and cash in the three days from a payday, against all days from the first payday on."""
    led = three(seed, name)[0]
    soon = wide = days_soon = days = 0
    spent = led.rows(K.CARD, K.WITHDRAWAL)
    paid = led.rows(K.PAYROLL)
    for account in np.flatnonzero(np.bincount(led.m.account[paid]) >= 3):
        mine = led.m.account == account
        paydays = np.unique(led.day[mine & paid]).astype(int)
        end = int(led.a.last_day[account].astype(int))
        when = led.day[mine & spent].astype(int)
        when = when[when >= paydays[0]]
        since = when - paydays[np.searchsorted(paydays, when, side="right") - 1]
        soon, wide = soon + (since <= 2).sum(), wide + len(when)
        days_soon, days = days_soon + 3 * len(paydays), days + end - paydays[0] + 1
    assert (soon / days_soon) / (wide / days) >= 1.3


@every_bank
def test_salaries_and_standing_orders_fall_on_few_days_of_the_month(seed, name):
    def dates(led):
        by_hand = np.isin(led.m.channel, C.MANUAL)
        standing = led.day[led.rows(K.PAYROLL, K.BILL, K.OUT, K.IN) & ~by_hand]
        return (standing - standing.astype("datetime64[M]").astype("datetime64[D]")).astype(int)

    share = np.bincount(joined(three(seed, name), dates), minlength=31)
    share = share[share > 0] / share.sum()
    assert -(share * np.log(share)).sum() / np.log(31) <= 0.80


@every_bank
def test_accounts_are_busy_in_different_measure_and_older_ones_more(seed, name):
    ledgers = three(seed, name)
    count = joined(ledgers, lambda led: led.count)
    assert 0.5 <= count.std() / count.mean() <= 1.2
    age = joined(ledgers, lambda led: (led.a.last_day - led.a.opened_date).astype(int))
    assert rank_correlation(count, age) >= 0.4


@every_bank
def test_cash_is_round_and_card_purchases_are_not(seed, name):
    def cash(led):
        machine = led.rows(K.DEPOSIT) & np.isin(led.m.channel, (C.BRANCH, C.ATM))
        return led.m.amount[machine | led.rows(K.WITHDRAWAL)]

    ledgers = three(seed, name)
    assert (joined(ledgers, cash) % 2000 == 0).mean() >= 0.90
    card = joined(ledgers, lambda led: led.m.amount[led.rows(K.CARD)])
    assert (card % 100 != 0).mean() >= 0.75


@every_bank
def test_few_hold_most_of_the_deposits(seed, name):
    ledgers = three(seed, name)
    held = joined(
        ledgers,
        lambda led: np.bincount(led.a.owner, led.m.closing_balance, minlength=2000)[
            led.who.account_count > 0
        ],
    )
    held = np.sort(held)[::-1]
    assert held.mean() / np.median(held) >= 3
    assert held[: len(held) // 10].sum() / held.sum() >= 0.45


def test_income_and_deposits_are_a_hump_over_age():
    ledgers = [Ledger.of(run(seed), index) for seed in (42, 5) for index in (1, 2, 3)]
    for value in (
        lambda led: (led.m.amount[led.rows(K.PAYROLL)], led.age[led.rows(K.PAYROLL)]),
        lambda led: (
            led.m.closing_balance,
            ((led.run.today - led.who.date_of_birth).astype(int) / 365.25)[led.a.owner],
        ),
    ):
        amount, age = (np.concatenate(x) for x in zip(*map(value, ledgers), strict=True))
        young, middle, old = (
            np.exp(np.log(np.maximum(amount, 1))[(age >= low) & (age < high)].mean())
            for low, high in ((18, 30), (40, 55), (62, 90))
        )
        assert middle > 1.1 * young and middle > 1.05 * old


@every_bank
def test_products_go_with_the_segment(seed, name):
    led = three(seed, name)[0]
    segment = led.who.segment[led.a.owner]
    table = np.zeros((4, 4))
    np.add.at(table, (segment, led.a.account_type), 1)
    due = table.sum(1, keepdims=True) * table.sum(0) / table.sum()
    assert ((table - due) ** 2 / due).sum() > 27.88, "chi-squared with 9 degrees, p = 0.001"
    balance = [np.median(led.m.closing_balance[segment == s]) for s in range(4)]
    assert balance[P.PRIVATE] > balance[P.PREMIUM] > balance[P.RETAIL]


def test_merchandise_has_its_season():
    """By the number of purchases at shops that sell presents, beside those of the same month and
    the month before at shops without a season: the ledger as a whole grows."""
    known = merchants.costs()
    ledgers = [Ledger.of(run(seed), index) for seed in (42, 5) for index in (1, 2, 3)]
    gifts = np.flatnonzero([kind.season == "gifts" for kind in merchants.KINDS.values()])
    plain = np.flatnonzero([kind.season == "even" for kind in merchants.KINDS.values()])
    count = np.zeros((2, 12))
    for led in ledgers:
        month = led.day.astype("datetime64[M]").astype(int) % 12
        for row, kinds in enumerate((gifts, plain)):
            mine = led.rows(K.CARD) & np.isin(led.m.shop, kinds)
            count[row] += np.bincount(month[mine], minlength=12)
    part = count[0] / count[1]
    want = known.season[gifts].mean(axis=0) / known.season[plain].mean(axis=0)
    chance = 4 * np.sqrt(1 / count[0] + 1 / count[1])
    assert (abs(part / part.mean() - want / want.mean()) <= 0.12 + chance).all()
    assert part[11] > 1.2 * part[[0, 1]].mean(), "December against January and February"


@every_bank
def test_most_activity_is_recent_yet_some_is_old(seed, name):
    led = three(seed, name)[0]
    elder = (led.a.last_day - led.a.opened_date > 900 * DAY)[led.m.account]
    ago = (led.a.last_day[led.m.account] - led.day).astype(int)[elder]
    assert 0.70 <= (ago <= 548).mean() <= 0.99, "R5"
    assert (months(led.a.opened_date, 12)[led.m.account] > led.day).any()


@every_bank
def test_months_fall_off_gently(seed, name):
    """Calendar months: the running one (20 days), then the twelve before it."""
    day = joined(three(seed, name), lambda led: led.day)
    month = (np.datetime64("2026-11", "M") - day.astype("datetime64[M]")).astype(int)
    count = np.bincount(month)
    assert count[:2].sum() <= 0.30 * len(day)
    whole, before = count[1:12], count[2:13]
    chance = 4 * np.sqrt(whole + before)
    assert (before <= 1.1 * whole + chance).all(), "no month towers above the one after it"
    assert (whole <= 1.5 * before + chance).all(), "and none falls far short of it"


@every_bank
@pytest.mark.parametrize("channel", [C.BRANCH, C.PHONE])
def test_mondays_are_busier_at_the_counter_but_not_by_far(seed, name, channel):
    count, fives = weekdays(three(seed, name), np.array([channel]))
    assert count[5:].sum() == 0
    assert (abs(count[:5] - fives) <= 0.2 * fives + 4 * np.sqrt(fives)).all()
    chance = 4 * np.sqrt(1 / count[0] + 1 / count[3])
    assert 1.1 - chance <= count[0] / count[3] <= 1.2 + chance


@every_bank
def test_no_weekday_towers_above_the_others(seed, name):
    count, fives = weekdays(three(seed, name), np.array([C.BRANCH, C.PHONE, C.ATM]))
    assert count[:5].max() / count[:5].min() <= 1.3 + 4 * np.sqrt(2 / fives)
    cash, _ = weekdays(three(seed, name), np.array([C.ATM]))
    even = cash.mean()
    assert (abs(cash - even) <= 0.1 * even + 4 * np.sqrt(even)).all(), "machines never rest"


@every_bank
def test_shops_are_full_on_fridays_and_saturdays(seed, name):
    count, fives = weekdays(three(seed, name), np.array([C.CARD_READER]))
    chance = 4 * np.sqrt(1 / fives)
    assert 1.15 - chance <= count[[4, 5]].sum() / count[[0, 1]].sum() <= 1.9 + chance


def weekdays(ledgers, channels):
    """Rows of some channels on each day of the week, Monday first, and their mean on workdays."""
    day = joined(ledgers, lambda led: led.day[np.isin(led.m.channel, channels)])
    count = np.bincount((day.astype(int) + 3) % 7, minlength=7)
    return count, count[:5].mean()


@every_bank
def test_large_transfers_are_rare_but_there(seed, name):
    """R14: about a tenth of the transfers of `requirements` pass 10,000; balances decide."""
    moved = joined(three(seed, name), lambda led: led.m.amount[led.booked(3, 7)])
    share = (moved > 1_000_000).mean()
    wanted = run(seed, name).profile.transactions.large_transfer_share
    assert abs(share - wanted) <= 0.15 * wanted
