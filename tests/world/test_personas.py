"""The profile with personas: who they are, what gives them away, how they behave, what they owe."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray
from verifying.lives import remembered

from dhub.draw import pools
from dhub.model import Run, Shard
from dhub.profiles import load_profile
from dhub.world.accounts import ACTIVE as OPEN
from dhub.world.accounts import CHECKING, HSA, TYPES, Accounts, accounts
from dhub.world.calendar import is_business
from dhub.world.contacts.contacts import CHANNELS as TALKS
from dhub.world.contacts.contacts import EMAIL, contacts
from dhub.world.cover.kinds import TYPES as COVERS
from dhub.world.cover.policies import policies
from dhub.world.credit.worth import mortgaged
from dhub.world.households import households
from dhub.world.income import EMPLOYED, RETIRED, STUDENT, Incomes, incomes
from dhub.world.ledger import Movements, movements
from dhub.world.merchants import NETFLIX, SPOTIFY
from dhub.world.money.channels import MOBILE, ONLINE
from dhub.world.people import ACTIVE, CORPORATE, People, people
from dhub.world.personas import kinds, told_since
from dhub.world.star.cards import (
    FEE,
    INTEREST,
    PAYMENT,
    PURCHASE,
    CardAccounts,
    CardRows,
    card_accounts,
    card_rows,
)
from dhub.world.star.merchants import (
    STAR_CATEGORIES,
    category_of_merchant,
    monthly_prices,
    subscription_merchants,
)
from dhub.world.star.personas import personas

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

RUNS = [
    Run(42, load_profile("warehouse"), dt.date(2026, 1, 1), 600),
    Run(5, load_profile("warehouse"), dt.date(2025, 7, 19), 600),
]
TRAVELER, PARENT, NATIVE, COLLEGE, BOOMER = range(5)
BILLS = ("rent", "utilities", "telecom", "insurance")
PAID_FOR = np.array([1, 1, 1, -1, -1])


@dataclass(frozen=True)
class World:
    """A shard of the profile, and all that was paid to merchants in it, from accounts and cards."""

    run: Run

    @property
    def shard(self) -> Shard:
        return Shard(self.run, 1)

    @cached_property
    def persona(self) -> Int:
        return personas(self.shard)

    @cached_property
    def who(self) -> People:
        return people(self.shard)

    @cached_property
    def a(self) -> Accounts:
        return accounts(self.shard)

    @cached_property
    def earns(self) -> Incomes:
        return incomes(self.shard)

    @cached_property
    def money(self) -> Movements:
        return movements(self.shard)

    @cached_property
    def cards(self) -> tuple[CardAccounts, CardRows]:
        return card_accounts(self.shard), card_rows(self.shard)

    @cached_property
    def age(self) -> Float:
        return (self.run.today - self.who.date_of_birth).astype(np.int64) / 365.25

    @cached_property
    def months(self) -> Float:
        """Months of the listed time in which each customer's first account moves."""
        first = np.flatnonzero(self.a.seq == 0)
        start = np.maximum(self.a.first_day[first], told_since(self.run))
        found = np.zeros(len(self.persona))
        days = (self.a.last_day[first] - start).astype(np.int64) + 1
        found[self.a.owner[first]] = np.maximum(days, 0) / 30.44
        return found

    @cached_property
    def paid(self) -> Paid:
        held, rows = self.cards
        some, bought = self.money.merchant >= 0, rows.kind == PURCHASE
        money = self.money

        def both(left: Int, right: Int) -> Int:
            return np.concatenate([left[some], right[bought]])

        return Paid(
            both(money.owner, held.owner[rows.card]), both(money.merchant, rows.merchant),
            both(money.amount, rows.amount), both(money.channel, rows.channel),
            both(money.transaction_date, rows.at),
        )  # fmt: skip


@dataclass(frozen=True)
class Paid:
    owner: Int
    merchant: Int
    cents: Int
    channel: Int
    at: NDArray[np.datetime64]

    @cached_property
    def category(self) -> NDArray[np.str_]:
        return np.array(STAR_CATEGORIES)[category_of_merchant()[self.merchant]]

    @cached_property
    def subscribed(self) -> Bools:
        return np.isin(self.merchant, subscription_merchants())

    @cached_property
    def chosen(self) -> Bools:
        """All but the bills that everybody has."""
        return ~np.isin(self.category, BILLS)

    @cached_property
    def wished(self) -> Bools:
        return self.chosen & ~self.subscribed

    @cached_property
    def many(self) -> Bools:
        """Customers with thirty rows."""
        return np.bincount(self.owner, minlength=2000) >= 30

    def share(self, some: Bools, of_money: bool = False) -> Float:
        """By customer: the part of some rows, or of their money, of all that is no bill."""
        weight = self.cents.astype(np.float64) if of_money else np.ones(len(self.owner))
        part = np.bincount(self.owner, weight * (some & self.chosen), 2000)
        whole = np.bincount(self.owner, weight * self.chosen, 2000)
        return np.asarray(part / np.maximum(whole, 1e-9))


@pytest.fixture(scope="module", autouse=True)
def ledgers() -> Iterator[None]:
    """Ledgers are remembered: accounts and cards ask for the same."""
    with remembered():
        yield


@lru_cache(maxsize=2)
def world(run: Run) -> World:
    return World(run)


every_run = pytest.mark.parametrize(
    "run", RUNS, ids=lambda run: f"{run.seed}-{run.as_of}", scope="module"
)


@every_run
def test_personas_come_by_weight_whatever_the_number_of_customers(run: Run) -> None:
    who = np.concatenate([personas(Shard(run, index)) for index in (1, 2)])
    for number in (500, 1200, 4000):
        found = np.bincount(who[:number], minlength=5) / number
        assert np.abs(found - [kind.weight for kind in kinds(run)]).max() <= 0.015, number


@every_run
def test_births_work_children_and_income_follow_the_persona(run: Run) -> None:
    w = world(run)
    p, age, income = w.persona, w.age, w.earns.gross / 100
    children = households(w.shard).children
    for row, low, high in ((TRAVELER, 28, 61), (PARENT, 26, 43), (NATIVE, 22, 39),
                           (COLLEGE, 18, 25)):  # fmt: skip
        assert ((age[p == row] >= low - 0.01) & (age[p == row] < high + 0.01)).all(), row
    born = w.who.date_of_birth[p == BOOMER].astype("datetime64[Y]").astype(np.int64) + 1970
    assert ((born >= 1946) & (born <= 1964)).all()
    assert (children[p == PARENT] >= 1).all() and (children[p == COLLEGE] == 0).all()
    assert (w.earns.work[p == COLLEGE] == STUDENT).all()
    assert income[p == COLLEGE].max() < 26_000
    assert income[p == TRAVELER].min() >= 1.2 * np.median(income)
    assert 0.5 < (w.earns.work[p == BOOMER] == RETIRED).mean() < 0.95
    assert not (w.who.segment == CORPORATE).any()
    married = households(w.shard).married
    assert not married[p == COLLEGE].any() and married[p == PARENT].mean() > 0.5


@every_run
def test_accounts_have_the_rows_that_are_asked_for(run: Run) -> None:
    w = world(run)
    rows = np.bincount(w.money.account, minlength=len(w.a.owner))
    low, high = run.profile.transactions.per_account.low, run.profile.transactions.per_account.high
    assert low <= rows.min() and rows.max() <= high
    held = np.bincount(w.cards[0].owner[w.cards[1].card], minlength=2000)
    a_month = np.bincount(w.money.owner, minlength=2000).sum() / w.months.sum()
    with_cards = a_month + held.sum() / w.months.sum()
    assert 8 <= a_month < with_cards <= 12.2
    assert (w.a.account_type[w.a.seq == 0] == CHECKING).all()
    assert (w.money.opening_balance > 0).all()


@every_run
def test_open_accounts_hold_what_their_type_allows(run: Run) -> None:
    w = world(run)
    ends = np.array([run.profile.accounts.balance[name].cents for name in TYPES])
    low, high = ends[w.a.account_type].T
    there = np.isnat(w.a.closed_date)
    held = w.money.closing_balance
    assert ((held >= low) & (held <= high))[there].all()


@every_run
def test_the_employed_are_paid_the_same_on_the_first_and_the_fifteenth(run: Run) -> None:
    w = world(run)
    pay = np.flatnonzero(w.money.transaction_type == 1)
    day = w.money.transaction_date[pay].astype("datetime64[D]")
    assert is_business(day).all()
    month = day.astype("datetime64[M]")
    into = (day - month.astype("datetime64[D]")).astype(np.int64) + 1
    assert ((into <= 4) | (into >= 28) | (np.abs(into - 15) <= 3)).all()
    owner, amount = w.money.owner[pay], w.money.amount[pay]
    least = np.full(2000, 10**12)
    np.minimum.at(least, owner, amount)
    assert (amount < 2 * least[owner]).all()
    assert (amount == least[owner]).mean() > 0.98
    paid = np.unique(owner * 4096 + month.astype(np.int64)) // 4096
    listed = (run.today - np.maximum(w.who.onboarding_date, told_since(run))).astype(np.int64)
    enough = np.bincount(paid, minlength=2000) >= 0.85 * listed / 30.44
    assert enough[w.earns.work == EMPLOYED].mean() >= 0.75


@every_run
def test_pensions_come_on_the_third(run: Run) -> None:
    w = world(run)
    old = w.earns.work[w.money.owner] == RETIRED
    pension = old & (w.money.transaction_type == 0) & (w.money.payee == 1)
    day = w.money.transaction_date[pension].astype("datetime64[D]")
    into = (day - day.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    assert pension.sum() > 5000 and (np.isin(into, (2, 3)) | (into == 1) | (into >= 29)).all()
    assert (into == 3).mean() > 0.6


SIGNATURES = {  # persona: at least in the median of its own, at most in that of the others
    TRAVELER: (0.15, 0.10), PARENT: (0.08, 0.04), NATIVE: (0.60, 0.58), COLLEGE: (0.30, 0.26),
    BOOMER: (0.10, 0.08),
}  # fmt: skip


def signature(paid: Paid, row: int) -> Float:
    if row == NATIVE:
        return paid.share(np.isin(paid.channel, (ONLINE, MOBILE)) | paid.subscribed)
    groups = {TRAVELER: ("travel",), PARENT: ("children",), COLLEGE: ("dining", "education"),
              BOOMER: ("pharmacy", "healthcare")}  # fmt: skip
    return paid.share(np.isin(paid.category, groups[row]), of_money=row != COLLEGE)


@every_run
@pytest.mark.parametrize("row", SIGNATURES)
def test_each_persona_has_its_signature_and_others_reach_into_it(run: Run, row: int) -> None:
    w = world(run)
    share, own = signature(w.paid, row), w.persona == row
    mine, others = share[w.paid.many & own], share[w.paid.many & ~own]
    least, most = SIGNATURES[row]
    assert np.median(mine) >= least and np.median(others) <= most
    assert 0.002 <= (others >= np.quantile(mine, 0.1)).mean() <= 0.35


def f1(features: Float, label: Int) -> float:
    """Macro-F1 of a logistic regression that has seen one half of the customers, on the other."""
    order = np.random.default_rng(0).permutation(len(label))
    seen, asked = order[: len(order) // 2], order[len(order) // 2 :]
    scaled = (features - features[seen].mean(0)) / (features[seen].std(0) + 1e-9)
    scaled = np.c_[scaled, np.ones(len(label))]
    weight, wanted = np.zeros((scaled.shape[1], 5)), np.eye(5)[label]
    for _ in range(800):
        guess = np.exp(scaled[seen] @ weight - (scaled[seen] @ weight).max(1, keepdims=True))
        guess /= guess.sum(1, keepdims=True)
        step = scaled[seen].T @ (guess - wanted[seen]) / len(seen)
        weight -= 0.5 * (step + 1e-3 * weight)
    found = (scaled[asked] @ weight).argmax(1)
    hit = [((found == k) & (label[asked] == k)).sum() for k in range(5)]
    both = np.bincount(found, minlength=5) + np.bincount(label[asked], minlength=5)
    return float(np.mean(2 * np.array(hit) / np.maximum(both, 1)))


@every_run
def test_a_plain_classifier_tells_personas_by_what_they_buy(run: Run) -> None:
    w = world(run)
    paid, label = w.paid, w.persona[w.paid.many]
    assert paid.many.mean() >= 0.6
    kinds_of = [name for name in STAR_CATEGORIES if name not in BILLS]
    shares = [paid.share(paid.category == name, money) for name in kinds_of for money in (0, 1)]
    shares += [paid.share(paid.channel == channel) for channel in range(7)]
    bought = np.sqrt(np.stack(shares, axis=1))[paid.many]
    steps = np.stack([w.age >= at for at in (22, 25, 26, 28, 39, 43, 61)], axis=1)
    aged = np.c_[w.age, steps][paid.many]
    assert f1(np.c_[bought, aged], label) >= 0.9
    assert 0.8 <= f1(bought, label) <= 0.995
    assert f1(aged, label) <= 0.85


@every_run
def test_people_shop_as_measured(run: Run) -> None:
    paid = world(run).paid
    day = paid.at.astype("datetime64[D]").astype(np.int64)

    def ends(some: Bools) -> float:
        count = np.bincount(((day + 3) % 7)[some], minlength=7)
        return float((count[4] + count[5]) / (count[0] + count[1]))

    dining, groceries = (ends(paid.category == name) for name in ("dining", "groceries"))
    assert 1.15 <= groceries < dining <= 1.9
    month = paid.at.astype("datetime64[M]").astype(np.int64) % 12
    if run.as_of == dt.date(2026, 1, 1):  # whole years
        load = np.bincount(month[paid.wished], minlength=12) / paid.wished.sum() * 12
        for at, measured in ((0, 0.92), (1, 0.88), (4, 1.05), (11, 1.10)):
            assert abs(load[at] - measured) <= 0.05, at
    cents = paid.cents[paid.chosen]
    digit = np.floor(cents / 10.0 ** np.floor(np.log10(cents) + 1e-12)).astype(np.int64)
    found = np.bincount(digit, minlength=10)[1:] / len(digit)
    assert np.abs(found - np.log10(1 + 1 / np.arange(1, 10))).mean() <= 0.015
    visits = np.unique(paid.owner[paid.wished] * 10_000 + paid.merchant[paid.wished],
                       return_counts=True)[1]  # fmt: skip
    assert visits[visits >= 3].sum() >= visits.sum() / 2
    school = (paid.category == "education") & (world(run).persona[paid.owner] == COLLEGE)
    assert np.isin(month[school], (0, 7, 8)).mean() >= 0.38


@every_run
def test_prices_of_a_category_are_log_normal(run: Run) -> None:
    paid = world(run).paid
    for name in set(STAR_CATEGORIES) - set(BILLS):
        logs = np.log(paid.cents[paid.category == name])
        z = (logs - logs.mean()) / logs.std()
        assert 0.3 <= logs.std() <= 1.4 and abs((z**3).mean()) <= 0.6, name


@every_run
def test_subscriptions_cost_what_the_list_says_and_come_every_month(run: Run) -> None:
    w = world(run)
    paid, row = w.paid, np.flatnonzero(w.paid.subscribed)
    listed = monthly_prices()[paid.merchant[row]]
    assert (np.abs(paid.cents[row] / listed - 1) <= 0.15).all()
    assert {NETFLIX, SPOTIFY} <= set(paid.merchant[row].tolist())
    day = paid.at[row].astype("datetime64[D]").astype(np.int64)
    series = paid.owner[row] * 10_000 + paid.merchant[row]
    order = np.lexsort((day, series))
    gap = np.diff(day[order])[np.diff(series[order]) == 0]
    assert ((gap >= 28) & (gap <= 31)).mean() > 0.99
    has = np.bincount(np.unique(series) // 10_000, minlength=2000)
    assert 0.4 <= (has > 0).mean() <= 0.95
    assert np.median(has[paid.many & (w.persona == NATIVE)]) >= 3


@every_run
def test_contacts_come_by_the_channels_of_the_persona(run: Run) -> None:
    w, talk = world(run), contacts(run, 1)
    assert not (talk.channel == EMAIL).any()
    assert talk.day.min() >= told_since(run)
    who = w.persona[talk.owner]
    screens = np.isin(talk.channel, [TALKS.index(name) for name in ("mobile_app", "web")])
    assert screens[who == NATIVE].mean() >= 0.7 and (~screens)[who == BOOMER].mean() >= 0.6


@every_run
def test_cards_owe_what_is_booked_on_them_and_never_more_than_their_limit(run: Run) -> None:
    w = world(run)
    held, rows = w.cards
    assert 0.40 <= len(np.unique(held.owner)) / 2000 <= 0.85
    assert (np.diff(rows.card) >= 0).all() and (rows.amount > 0).all()
    change = rows.amount * PAID_FOR[rows.kind]
    owed = held.opening_balance[rows.card] + np.cumsum(change)
    owed -= np.concatenate([[0], np.cumsum(change)])[np.searchsorted(rows.card, rows.card)]
    assert (owed >= 0).all() and (owed <= 1.05 * held.limit[rows.card]).all()
    last = np.searchsorted(rows.card, np.arange(len(held)), side="right") - 1
    some = np.bincount(rows.card, minlength=len(held)) > 0
    assert (owed[last] == held.current_balance)[some].all()
    assert (held.opening_balance == held.current_balance)[~some].all()
    day = rows.at.astype("datetime64[D]")
    assert (day >= held.opened_date[rows.card]).all() and (day < run.today).all()
    used = held.current_balance / held.limit
    assert 0.15 <= used.mean() <= 0.45 and 0.05 <= (used >= 0.5).mean() <= 0.42
    assert (rows.merchant[rows.kind == PURCHASE] >= 0).all()
    assert (rows.kind == INTEREST).any() and (rows.kind == FEE).any()
    assert (w.who.status[held.owner] == ACTIVE).all()
    assert (w.a.status[np.searchsorted(w.a.owner, held.owner)] == OPEN).all()


@every_run
def test_a_cards_payment_is_the_payment_of_the_checking_account(run: Run) -> None:
    w = world(run)
    held, rows = w.cards
    paid = np.flatnonzero(rows.kind == PAYMENT)
    row = rows.payment[paid]
    assert (row >= 0).all() and len(np.unique(row)) == len(row)
    assert (w.money.amount[row] == rows.amount[paid]).all()
    assert (w.money.owner[row] == held.owner[rows.card[paid]]).all()
    assert (w.money.transaction_date[row] == rows.at[paid]).all()


def test_other_profiles_have_neither_personas_nor_cards() -> None:
    for name in ("guide", "requirements", "everyday"):
        shard = Shard(Run(42, load_profile(name), dt.date(2026, 1, 1), 40), 1)
        assert (personas(shard) == -1).all() and len(card_accounts(shard)) == 0
        assert len(card_rows(shard)) == 0


def test_no_merchant_of_a_pool_is_one_of_those_named() -> None:
    assert len(pools.merchants()) == NETFLIX < SPOTIFY
    assert HSA == 3


def test_a_later_horizon_only_adds_rows_to_accounts_and_cards() -> None:
    run = RUNS[0]
    early = replace(run, horizon=dt.date(2025, 3, 10))
    some, whole = movements(Shard(early, 1)), movements(Shard(run, 1))
    kept = np.flatnonzero(whole.transaction_date < early.until)
    for name in ("account", "amount", "balance_after", "transaction_date", "merchant", "channel"):
        assert (getattr(some, name) == getattr(whole, name)[kept]).all(), name
    rows, later = card_rows(Shard(early, 1)), card_rows(Shard(run, 1))
    kept = np.flatnonzero(later.at < early.until)
    for name in ("card", "at", "kind", "amount", "merchant", "channel", "place"):
        assert (getattr(rows, name) == getattr(later, name)[kept]).all(), name


@every_run
def test_fewer_customers_or_another_attempt_change_no_card_and_no_persona(run: Run) -> None:
    few = Shard(run, 1, customers=300, attempt=2)
    assert (personas(few) == personas(Shard(run, 1))).all()
    assert (card_rows(few).amount == card_rows(Shard(run, 1)).amount).all()
    assert (card_accounts(few).limit == card_accounts(Shard(run, 1)).limit).all()


@pytest.mark.parametrize("day", [dt.date(2012, 3, 28), dt.date(2026, 1, 1)])
def test_a_mortgage_brings_cover_of_the_house_whatever_the_age_of_the_oldest(day: dt.date) -> None:
    """In 2012 nobody of this profile is too old for life cover: it was what borrowers got then."""
    run = Run(42, load_profile("warehouse"), day, 600)
    owes = np.flatnonzero(mortgaged(run, 1) >= 0)
    kind = policies(Shard(run, 1))
    of_house = kind.policy_type == COVERS.index("property")
    insured = np.isin(np.arange(2000), kind.owner[of_house])
    assert insured[owes].mean() > 2 * insured.mean()
