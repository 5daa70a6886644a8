"""insurance_db keeps its invariants on every row, and its own schema."""

from __future__ import annotations

import re
import sqlite3
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from bank import AS_OF, DAY, MONTHS, of_policy
from bank import rows as rows_of
from bank import run as run_of
from together import Together

from dhub.domains.insurance import DOMAIN
from dhub.draw import pools
from dhub.flow.encode import made
from dhub.model import Run, Shard
from dhub.profiles import load_profile
from dhub.world.accounts import USD, accounts
from dhub.world.calendar import add_months, is_business
from dhub.world.cover import policies
from dhub.world.cover.kinds import TYPES
from dhub.world.credit.debits import most_debited
from dhub.world.names import names
from dhub.world.people import CLOSED, people
from dhub.world.staff import INSURANCE_AGENT, staff

rows = partial(rows_of, DOMAIN)
SCHEMA = Path(__file__).parents[2] / "migrations" / "insurance_db"

CASES = [
    *((seed, size, profile, AS_OF) for profile in ("guide", "requirements", "wild")
      for seed, size in ((1, 150), (42, 7), (7, 15))),
    *((3, 150, "guide", day) for day in (date(2024, 2, 29), date(2025, 1, 1), date(2026, 3, 1),
                                         date(2027, 7, 5), date(2028, 12, 31))),
]  # fmt: skip
banks = Together(("seed", "size", "profile", "as_of"), CASES)
test_every_bank_keeps_the_rules = banks.test()


@banks
@pytest.mark.parametrize("index", [1, 3])
def test_policies_fit_their_holders(seed, size, profile, as_of, index) -> None:
    run = run_of(seed, profile, as_of, size)
    shard = Shard(run, index)
    p, who, crew = rows("policies", shard), people(shard), staff(run)
    figures = run.profile.insurance
    owner = (p.customer_id - 1 - shard.first).astype(int)
    assert (np.diff(p.policy_id) == 1).all() and (np.diff(owner) >= 0).all()
    assert len(set(p.policy_number)) == len(owner)
    assert (p.start_date >= who.onboarding_date[owner]).all()  # F12
    assert (p.start_date < run.today).all() and not (p.end_date <= p.start_date).any()
    assert (p.start_date >= run.today - figures.start_years * 366 * DAY).all()
    age = (p.start_date - who.date_of_birth[owner]).astype(int) / 365.25
    assert (age >= 17.99).all()
    assert (age[p.policy_type == "life"] <= 70).all()
    assert (age[p.policy_type == "health"] <= 75).all()
    travel = p.policy_type == "travel"
    assert (p.end_date <= add_months(p.start_date, np.full(len(owner), 12)))[travel].all()
    active = p.policy_status == "active"
    assert not (who.status[owner][active] == CLOSED).any()  # B06
    assert not (p.end_date[active] < run.today).any()
    assert (p.end_date[~active] < run.today).all()
    assert not (p.end_date[~active] > who.ended[owner][~active]).any()
    agent = p.agent_id - 1
    assert (crew.role[agent] == INSURANCE_AGENT).all()  # C05
    assert (crew.hire_date[agent] < p.start_date).all()  # C04
    assert not (crew.termination_date[agent] <= p.start_date).any()


@banks
def test_accounts_are_the_holder_s_own_and_open(seed, size, profile, as_of) -> None:
    shard = Shard(run_of(seed, profile, as_of, size), 1)
    p, a = rows("policies", shard), accounts(shard)
    linked = ~np.isnan(p.linked_account_id)
    at = np.searchsorted(a.account_id, p.linked_account_id[linked])
    assert (a.account_id[at] == p.linked_account_id[linked]).all()
    assert (shard.first + a.owner[at] + 1 == p.customer_id[linked]).all()
    assert (a.currency[at] == USD).all() and np.isnat(a.closed_date[at]).all()
    assert (a.opened_date[at] <= p.start_date[linked]).all()


@banks
def test_premiums_follow_coverage_and_frequency(seed, size, profile, as_of) -> None:  # F06
    run = run_of(seed, profile, as_of, size)
    p, figures = rows("policies", Shard(run, 1)), run.profile.insurance
    year = p.premium_amount * np.array([12 // MONTHS[f] for f in p.premium_frequency])
    for kind in TYPES:
        these = p.policy_type == kind
        low, high = figures.coverage[kind].cents
        assert ((p.coverage_amount >= low) & (p.coverage_amount <= high))[these].all()
        rate = figures.premium_rate[kind]
        assert (year >= rate.low * p.coverage_amount - 1e-6)[these].all()
        assert (year <= rate.high * p.coverage_amount + 1e-6)[these].all()
    assert (p.coverage_amount % 100_000 == 0).all()


@banks
def test_beneficiaries_sum_to_a_hundred(seed, size, profile, as_of) -> None:  # F01, F02
    run = run_of(seed, profile, as_of, size)
    shard = Shard(run, 1)
    p, b, who = rows("policies", shard), rows("beneficiaries", shard), names(shard)
    at = of_policy(shard, b.policy_id)
    assert (p.policy_id[at] == b.policy_id).all() and (b.percentage > 0).all()
    total = np.bincount(at, b.percentage, len(p.policy_id))
    assert set(total) <= {0.0, 10000.0}
    count = np.bincount(at, minlength=len(p.policy_id))
    assert count.max() <= 3 and count[p.policy_type == "life"].min() >= 1
    assert np.bincount(at[b.relationship == "spouse"]).max() <= 1
    insured = rows_of_names(shard, who)
    assert not any(name == insured[i] for name, i in zip(b.beneficiary_name, at, strict=True))
    named = set(zip(at, b.relationship, b.beneficiary_name, strict=True))
    assert len(named) == len(at)  # a grandson may be called like his grandfather


def rows_of_names(shard: Shard, who) -> list[str]:
    first, last = pools.pool("first_names"), pools.pool("last_names")
    owner = rows("policies", shard).customer_id - 1 - shard.first
    return [f"{first[who.first[i]]} {last[who.last[i]]}" for i in owner]


@banks
def test_claims_lie_within_the_cover(seed, size, profile, as_of) -> None:  # F03, F04, F05
    run = run_of(seed, profile, as_of, size)
    shard = Shard(run, 1)
    p, c, t = rows("policies", shard), rows("claims", shard), policies(shard).terms
    crew, at = staff(run), of_policy(shard, c.policy_id)
    assert (c.claim_type == p.policy_type[at]).all()
    assert (c.claim_date >= p.start_date[at]).all() and (c.claim_date < run.today).all()
    assert not (c.claim_date > p.end_date[at]).any() and not (c.claim_date >= t.stopped[at]).any()
    assert not t.in_gap(at, c.claim_date).any()
    assert (c.claim_amount > 0).all() and (c.claim_amount <= p.coverage_amount[at]).all()
    paid = c.claim_status == "paid"
    assert (paid == ~np.isnan(c.settlement_amount)).all()
    assert (paid == ~np.isnat(c.settlement_date)).all()
    assert (c.settlement_amount[paid] <= c.claim_amount[paid]).all()
    assert (c.settlement_amount[paid] > 0).all()
    assert (c.settlement_date[paid] >= c.claim_date[paid]).all()
    assert (c.settlement_date[paid] < run.today).all()
    total = np.bincount(at[paid], c.settlement_amount[paid], len(p.policy_id))
    assert (total <= p.coverage_amount).all()
    assert not (paid & (c.claim_type == "life")).any()
    by = c.processed_by.astype(int) - 1  # C04
    until = np.where(paid, c.settlement_date, c.claim_date)
    assert (crew.hire_date[by] < c.claim_date).all()
    assert not (crew.termination_date[by] <= until).any()


@banks
def test_premiums_fall_on_the_grid(seed, size, profile, as_of) -> None:  # F07, F08
    run = run_of(seed, profile, as_of, size)
    shard = Shard(run, 1)
    p, pay, t = rows("policies", shard), rows("premium_payments", shard), policies(shard).terms
    at = of_policy(shard, pay.policy_id)
    months = np.array([MONTHS[f] for f in p.premium_frequency])
    seq = np.arange(len(at)) - np.searchsorted(at, at)
    assert (pay.due_date == add_months(p.start_date[at], seq * months[at])).all()
    until = np.where(np.isnat(t.stopped), run.today, t.stopped)
    count = np.bincount(at, minlength=len(months))
    assert (count >= 1).all()
    assert (add_months(p.start_date, (count - 1) * months) < until).all()
    assert (add_months(p.start_date, count * months) >= until).all()
    assert (pay.amount == p.premium_amount[at]).all()
    linked = ~np.isnan(pay.account_id)
    assert (pay.account_id[linked] == p.linked_account_id[at][linked]).all()
    debited = linked & (pay.payment_method == "auto_debit")
    kind = accounts(shard).account_type[policies(shard).account[at[debited]]]
    most = most_debited(run.profile)[kind]
    assert (pay.amount[debited] <= most).all(), "no more than an account bears"
    done = pay.payment_status == "completed"
    assert (done == ~np.isnat(pay.payment_date)).all()
    assert (pay.payment_date[done] >= pay.due_date[done]).all()
    assert (pay.payment_date[done] < run.today).all()
    latest = seq == count[at] - 1
    pending = pay.payment_status == "pending"
    grace = run.profile.insurance.payment_grace_days
    assert latest[pending].all() and (p.policy_status[at][pending] == "active").all()
    assert (pay.due_date[pending] >= run.today - grace * DAY).all()
    unpaid = pay.due_date >= t.unpaid_from[at]
    assert (pay.payment_status[unpaid] == "failed").all()
    assert unpaid[latest & (p.policy_status[at] == "lapsed")].all()
    gap = t.in_gap(at, pay.due_date)
    assert (pay.payment_date == t.resumed[at])[gap].all()


@banks
def test_events_agree_with_the_status(seed, size, profile, as_of) -> None:  # F10, F11
    run = run_of(seed, profile, as_of, size)
    shard = Shard(run, 1)
    p, e, crew = rows("policies", shard), rows("policy_events", shard), staff(run)
    at, span = of_policy(shard, e.policy_id), run.profile.insurance.reinstatement_days
    assert (e.event_date > p.start_date[at]).all() and (e.event_date < run.today).all()
    assert not (e.event_date > p.end_date[at]).any()
    order = np.lexsort((e.event_date, at))
    assert (order == np.arange(len(at))).all()
    last: dict[int, str] = {}
    lost: dict[int, np.datetime64] = {}
    for policy, kind, day in zip(at, e.event_type, e.event_date, strict=True):
        if kind == "cancellation":
            last[policy], lost[policy] = kind, day
        elif kind == "reinstatement":
            assert last[policy] == "cancellation"
            assert 1 <= (day - lost[policy]).astype(int) <= max(span.high, 1)
            last[policy] = kind
        elif kind == "renewal":
            assert last.get(policy) != "cancellation"
    ended = np.array([last.get(i) == "cancellation" for i in range(len(p.policy_id))])
    assert (ended == (p.policy_status != "active")).all()
    renewal = e.event_type == "renewal"
    years = e.event_date.astype("datetime64[Y]") - p.start_date[at].astype("datetime64[Y]")
    assert (years.astype(int)[renewal] >= 1).all()
    anniversary = add_months(p.start_date[at], 12 * years.astype(int))
    assert (e.event_date == anniversary)[renewal].all()
    assert is_business(e.event_date[e.event_type == "modification"]).all()
    by_hand = ~np.isnan(e.performed_by)
    by = e.performed_by[by_hand].astype(int) - 1
    assert (crew.hire_date[by] < e.event_date[by_hand]).all()
    assert not (crew.termination_date[by] <= e.event_date[by_hand]).any()
    assert all(e.details) and not any("{" in text for text in e.details)


@pytest.mark.parametrize(("profile", "customers"), [("guide", 120), ("wild", 60)])
def test_the_schema_takes_every_row(profile, customers) -> None:
    """SQLite understands the checks, keys and references of this migration as they stand."""
    files = sorted(SCHEMA.glob("*.sql"))
    created = re.findall(r"CREATE (?:TABLE|UNIQUE INDEX) .*?;\n", files[0].read_text(), re.DOTALL)
    later = "".join(path.read_text() for path in files[1:])
    added = re.findall(r"ALTER TABLE public\.\w+ ADD COLUMN [^;]*;\n", later)
    with sqlite3.connect(":memory:") as base:
        for statement in created + added:
            base.execute(statement.replace("public.", ""))
        for table in DOMAIN.tables:
            assert [row[1] for row in base.execute(f"PRAGMA table_info({table.name})")] == [
                column.name for column in table.columns
            ]
            shard = Shard(run_of(42, profile, employees=15), 1, customers)
            _insert(base, table.name, made(table, shard))
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []
    base.close()


def _insert(base: sqlite3.Connection, table: str, batch) -> None:
    marks = ", ".join("?" * batch.num_columns)
    columns = [
        [v if v is None or isinstance(v, int | str) else str(v) for v in column.to_pylist()]
        for column in batch.columns
    ]
    columns = [[float(v) if re.fullmatch(r"\d+\.\d\d", str(v)) else v for v in c]
               for c in columns]  # fmt: skip
    base.executemany(f"INSERT INTO {table} VALUES ({marks})", zip(*columns, strict=True))


def test_the_same_run_gives_the_same_rows_and_a_retry_changes_natural_keys_only() -> None:
    first, again = (Run(9, load_profile("guide"), AS_OF, 75) for _ in range(2))
    for table in DOMAIN.tables:
        whole = made(table, Shard(first, 2))
        assert whole.equals(made(table, Shard(again, 2)))
        part = made(table, Shard(first, 2, 700))
        assert part.equals(whole.slice(0, len(part)))
        retried = made(table, Shard(first, 2, attempt=1))
        for column in table.columns:
            same = whole.column(column.name).equals(retried.column(column.name))
            assert same != (column.name in table.natural_keys), column.name
    number = rows("policies", Shard(first, 2)).policy_number
    other = rows("policies", Shard(first, 2, attempt=1)).policy_number
    assert not set(number) & set(other)


def test_keys_of_a_wild_profile_stay_in_their_shard() -> None:
    for table in DOMAIN.tables:
        shard = Shard(run_of(1, "wild", employees=15), 2)
        keys = made(table, shard).column(table.key).to_numpy()
        assert keys[0] == table.first_key(2) and keys[-1] < table.first_key(3), table.name
