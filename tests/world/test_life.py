"""The ledger of lives: whole series, balances that look only back, and a future that only adds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import goldens
import numpy as np
import pytest
from verifying.lives import made_anew, remembered

from dhub.model import Run, Shard
from dhub.profiles import load_profile
from dhub.world.accounts import CHECKING, CLOSED, TYPES, accounts
from dhub.world.calendar import is_business
from dhub.world.income import EMPLOYED, incomes
from dhub.world.ledger import Movements, movements, split_cash, transaction_ids
from dhub.world.life import cases, earnings, ledger, scene, streams
from dhub.world.life.booking import Booked, book
from dhub.world.life.cards import DUE_DAYS, cards, statements
from dhub.world.life.events import (
    CHARGED,
    EARNED,
    OWED,
    PAID_OUT,
    TOP_UP,
    WISHED,
    Events,
)
from dhub.world.life.rates import SHOPS
from dhub.world.life.streams import SENT_ON
from dhub.world.merchants import CODES
from dhub.world.money.channels import BRANCH
from dhub.world.money.kinds import DEPOSIT, INTEREST, LEG_IN, OUT, PAYROLL, WITHDRAWAL

RUNS = [
    Run(42, load_profile("everyday"), dt.date(2026, 6, 30), 150),
    Run(7, load_profile("everyday"), dt.date(2024, 2, 29), 40),
]
runs = pytest.mark.parametrize(
    "run", RUNS, ids=lambda run: f"{run.seed}-{run.as_of}", scope="module"
)
CREDITS = [0, 1, 2, 3]  # transaction types that bring money in


@pytest.fixture(scope="module", autouse=True)
def ledgers() -> Iterator[None]:
    """Ledgers are remembered: most questions are to the same two."""
    with remembered():
        yield


def told(run: Run) -> Movements:
    return movements(Shard(run, 1))


@lru_cache(maxsize=4)
def in_time(run: Run, first: int = 0) -> tuple[Events, Booked]:
    """The events of a slice in the order in which they are booked, and what is booked."""
    level = ledger._levels(run, 1)
    s = scene.scene(run, 1, first)
    e = ledger.in_order(s, ledger.wished(s, level))
    return e, book(e, s.a.owner[e.account] - first, ledger._openings(run, 1, level), s.terms)


@runs
def test_each_balance_is_the_one_before_and_the_amount(run: Run) -> None:
    money = told(run)
    sign = np.where(np.isin(money.transaction_type, CREDITS), 1, -1)
    begins = np.concatenate([[True], np.diff(money.account) > 0])
    before = np.where(begins, money.opening_balance[money.account], np.roll(money.balance_after, 1))
    assert (before + sign * money.amount == money.balance_after).all()
    assert (money.amount > 0).all()
    ends = np.concatenate([np.diff(money.account) > 0, [True]])
    assert (money.closing_balance[money.account[ends]] == money.balance_after[ends]).all()


@runs
def test_no_account_falls_below_its_floor_and_a_closed_one_is_empty(run: Run) -> None:
    money, a = told(run), accounts(Shard(run, 1))
    low = np.array([run.profile.accounts.balance[name].cents[0] for name in TYPES])
    last = np.concatenate([np.diff(money.account) > 0, [True]])
    paid_out = last & (a.status[money.account] == CLOSED)
    assert (money.balance_after[paid_out] == 0).all()
    assert (money.balance_after >= low[a.account_type[money.account]])[~paid_out].all()


@runs
def test_keys_ascend_in_time_and_lie_in_the_slot_of_their_account(run: Run) -> None:
    money, key = told(run), transaction_ids(Shard(run, 1))
    same = np.diff(money.account) == 0
    assert (np.diff(key) > 0).all()
    assert (np.diff(money.transaction_date)[same] >= np.timedelta64(0)).all()
    assert ((key - 1) // ledger.MOST_ROWS == money.account).all()


@pytest.mark.parametrize(
    ("run", "days"), [(RUNS[0], 1), (RUNS[0], 400), (RUNS[1], 30)], ids=["day", "year", "month"]
)
def test_a_later_horizon_only_adds(run: Run, days: int) -> None:
    """The ledger of an earlier horizon is a prefix of the later one's, account by account."""
    early = Shard(replace(run, horizon=run.as_of - dt.timedelta(days)), 1)
    some, whole = movements(early), told(run)
    count = np.bincount(some.account, minlength=len(accounts(early).owner))
    assert (whole.transaction_date < early.run.until).sum() == count.sum()
    kept = np.flatnonzero(whole.transaction_date < early.run.until)
    for name in ("account", "amount", "balance_after", "transaction_date", "kind", "place",
                 "channel", "merchant", "payee", "purpose", "manned"):  # fmt: skip
        assert (getattr(some, name) == getattr(whole, name)[kept]).all(), name
    assert (transaction_ids(early) == transaction_ids(Shard(run, 1))[kept]).all()


def test_slices_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A customer's life is told alone: it does not depend on who is told with it."""
    whole = told(RUNS[0])
    monkeypatch.setattr(scene, "SLICE", 200)
    other = made_anew(RUNS[0], 1)
    assert other is not whole
    for name in ("account", "amount", "balance_after", "transaction_date", "partner", "place"):
        assert (getattr(other, name) == getattr(whole, name)).all(), name


@runs
def test_what_is_owed_is_booked_and_nearly_all_that_is_wished(run: Run) -> None:
    e, done = in_time(run)
    assert (done.amount[e.way == OWED] == e.wish[e.way == OWED]).all()
    assert (done.amount[e.way == EARNED] == e.wish[e.way == EARNED]).all()
    wished = e.way == WISHED
    assert ((done.amount > 0)[wished]).mean() >= 0.95
    assert np.isin(done.amount[wished], [0, *np.unique(e.wish[wished])]).all()  # never squeezed


@runs
def test_money_comes_in_before_it_is_owed_and_only_what_lacks(run: Run) -> None:
    e, done = in_time(run)
    came = np.flatnonzero((e.way == TOP_UP) & (done.amount > 0))
    assert len(came)
    low = ledger.scene(run, 1, 0).terms.floor
    assert (done.amount[came] % 5000 == 0).all()
    before = done.balance[came] - done.amount[came]
    assert (before - low[e.account[came]] < e.wish[came] + _owed_on(e, came)).all()


def _owed_on(e: Events, rows: np.ndarray) -> np.ndarray:
    """Cents owed within the three days after each of some events, beside its own."""
    owed = np.flatnonzero(e.way == OWED)
    total = np.zeros(len(rows), dtype=np.int64)
    for number, row in enumerate(rows):
        near = owed[(e.account[owed] == e.account[row]) & (e.at[owed] > e.at[row])]
        total[number] = e.wish[near[e.at[near] < e.at[row] + np.timedelta64(5, "D")]].sum()
    return total


@runs
def test_interest_is_actual_days_on_daily_balances(run: Run) -> None:
    money, a = told(run), accounts(Shard(run, 1))
    rate = np.array([round(run.profile.accounts.apy[name] * 10_000) for name in TYPES])
    began = ledger.scene(run, 1, 0).start.astype("datetime64[D]").astype(np.int64)
    some = np.flatnonzero(np.bincount(money.account[money.kind == INTEREST]) > 5)[::40]
    assert len(some) > 5
    for account in some:
        rows = np.flatnonzero(money.account == account)
        held, since, days = int(money.opening_balance[account]), int(began[account]), 0
        for row in rows:
            day = int(money.transaction_date[row].astype("datetime64[D]").astype(np.int64))
            days, since = days + held * (day - since), day
            if money.kind[row] == INTEREST:
                # Interest of less than a cent is not booked and starts anew all the same.
                assert money.amount[row] <= days * rate[a.account_type[account]] / 3_650_000
                days = 0
            held = int(money.balance_after[row])


@runs
def test_every_payday_is_paid_and_nothing_clears_on_a_day_of_rest(run: Run) -> None:
    shard = Shard(run, 1)
    money, a, earns = told(run), accounts(shard), incomes(shard)
    paid = money.kind == PAYROLL
    day = money.transaction_date.astype("datetime64[D]")
    assert is_business(day[paid]).all()
    by_account = np.bincount(money.account[paid], minlength=len(a.owner))
    s = ledger.scene(run, 1, 0)
    main = s.main & (earns.work == EMPLOYED)
    listed = (s.end - s.start).astype(np.int64)[np.maximum(s.checking, 0)]
    workers = np.flatnonzero(main & (listed > 100) & (np.arange(len(main)) < 2000))
    from dhub.world.people import CORPORATE, people

    workers = workers[people(shard).segment[workers] != CORPORATE]
    assert (by_account[s.checking[workers]] >= listed[workers] // 31 - 1).all()


def test_nobody_takes_more_cash_than_the_profile_says(tmp_path: Path) -> None:
    small = tmp_path / "small.toml"
    small.write_text('extends = "everyday"\n[transactions.amount]\nwithdrawal = [20, 330]\n')
    money = movements(Shard(Run(42, load_profile(str(small)), dt.date(2026, 6, 30), 150), 1))
    cash = money.amount[money.kind == WITHDRAWAL]
    assert cash.max() == 32_000 and (cash == 32_000).sum() > 100
    usual = told(RUNS[0])
    assert usual.amount[usual.kind == WITHDRAWAL].max() > 33_000


@runs
def test_a_machines_fee_follows_its_cash(run: Run) -> None:
    e, done = in_time(run)
    fees = np.flatnonzero((e.way == 7) & (done.amount > 0))
    assert len(fees)
    assert (done.amount[fees - 1] > 0).all()
    assert (e.account[fees - 1] == e.account[fees]).all()
    assert (e.at[fees - 1] == e.at[fees]).all()


@runs
def test_a_monthly_fee_follows_a_low_balance(run: Run) -> None:
    e, done = in_time(run)
    charged = np.flatnonzero((e.way == CHARGED) & (done.amount > 0))
    assert len(charged)
    for row in charged[:50]:
        mine = np.flatnonzero((e.account == e.account[row]) & (np.arange(len(e)) < row))
        fees = mine[e.way[mine] == CHARGED]
        since = mine[mine > (fees[-1] if len(fees) else -1)]
        held = done.balance[np.concatenate([fees[-1:], since])]
        assert not len(held) or held.min() < e.mark[row] or not len(fees)


@runs
def test_legs_name_each_other(run: Run) -> None:
    money = told(run)
    inside = np.flatnonzero(money.partner >= 0)
    far = money.partner[inside]
    assert (money.partner[far] == inside).all()
    assert (money.amount[far] == money.amount[inside]).all()
    assert (money.owner[far] == money.owner[inside]).all()
    assert set(np.unique(money.kind[inside])) == {OUT, LEG_IN}


@runs
def test_statements_of_cards_add_up(run: Run) -> None:
    s = ledger.scene(run, 1, 0)
    held = cards(s)
    draw = np.random.default_rng(1)
    card = np.sort(draw.integers(0, len(held), 5000))
    cents = draw.integers(500, 40_000, 5000)
    first = held.first_month[card].astype("datetime64[M]").astype("datetime64[D]")
    day = first + draw.integers(0, 600, 5000)
    told_ = statements(s, held, card, cents, day)
    carried = told_.balance - told_.paid
    assert (told_.balance <= held.limit[:, None] + told_.interest).all()
    assert (told_.paid <= told_.balance).all() and (told_.paid >= np.minimum(
        told_.minimum, told_.balance)).all()  # fmt: skip
    owed = np.floor(carried[:, :-1] * held.apr[:, None] / 1200 + 0.5)
    assert (told_.interest[:, 1:] == np.where(owed < 100, 0, owed)).all()
    assert ((told_.paid_on - told_.day).astype(np.int64) <= DUE_DAYS).all()
    assert is_business(told_.paid_on).all()
    assert told_.balance.sum() - told_.interest.sum() - carried[:, :-1].sum() <= cents.sum()


def test_an_address_tells_account_stream_period_and_number_apart() -> None:
    assert streams.USED <= scene.MOST_CODES
    assert earnings._TAKINGS[1] <= scene.MOST_NUMBERS and cases._MOST <= scene.MOST_NUMBERS
    last = np.array([64_000_000 * 512 + 511])  # the account of the last customer there can be
    places = [
        int(scene.address(last - back, code, np.array([period]), number)[0])
        for back in (0, 1)
        for code in (0, 1, scene.MOST_CODES - 1)
        for period in (0, 1, 65_535)
        for number in (0, 1, scene.MOST_NUMBERS - 1)
    ]
    assert len(set(places)) == len(places) and min(places) > 0
    place = scene.address(last, 7, np.array([20_000]), 3)
    assert (scene.beside(place, 9) == scene.address(last, 9, np.array([20_000]), 3)).all()


def test_shops_of_groups_are_shops() -> None:
    named = [shop for shops in SHOPS.values() for shop in shops]
    assert len(set(named)) == len(named)
    assert set(named) <= set(CODES)


@runs
def test_cash_that_is_split_passes_the_threshold_within_ten_days_and_leaves(run: Run) -> None:
    money = told(run)
    part = np.flatnonzero(split_cash(run, 1))
    assert (money.kind[part] == DEPOSIT).all() and (money.channel[part] == BRANCH).all()
    assert (money.amount[part] % 2000 == 0).all() and (money.amount[part] <= 1_000_000).all()
    day = money.transaction_date.astype("datetime64[D]")
    assert is_business(day[part]).all()
    cases = np.unique(money.account[part])
    left = money.account[money.payee == SENT_ON]
    assert 10 <= len(cases) <= 60 and np.isin(left, cases).all()
    assert len(left) > 0.7 * len(cases)
    for account in cases:
        mine = part[money.account[part] == account]
        assert 3 <= len(mine) <= 5 and len(set(day[mine])) == len(mine)
        assert (day[mine[-1]] - day[mine[0]]).astype(int) <= 10
        assert money.amount[mine].sum() > 1_000_000


@runs
def test_closed_accounts_are_paid_out(run: Run) -> None:
    e, done = in_time(run)
    closes = np.flatnonzero(e.way == PAID_OUT)
    assert (done.balance[closes] == 0).all()
    assert (done.amount[closes] > 0).all()


def test_first_accounts_are_current_accounts() -> None:
    a = accounts(Shard(RUNS[0], 1))
    assert (a.account_type[a.seq == 0] == CHECKING).all()


def test_the_bytes_are_those_of_the_format() -> None:
    assert goldens.of_bank(42, "everyday") == goldens.pinned_bank(42, "everyday")
