"""loans_db shows every figure of both profiles, at every size, and the same rows each time."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from bank import LOAN_CASES as CASES
from bank import book, days
from bank import run as run_of
from together import Together

from dhub.domains.loans import DOMAIN
from dhub.errors import UsageError
from dhub.flow.encode import made
from dhub.model import Run, Shard
from dhub.profiles import load_profile, profile_from_json
from dhub.profiles.loans import LOAN_TYPES
from dhub.world import credit
from dhub.world.credit import applications
from dhub.world.credit.grades import scale
from dhub.world.income import incomes as world_incomes
from dhub.world.people import people

TABLES = {table.name: table for table in DOMAIN.tables}
books = Together(
    "case", CASES, ids=lambda case: "-".join(map(str, case))
)
test_every_book_has_the_figures = books.test()
GUIDE = [case for case in CASES if case[0] == "guide"]
REQUIREMENTS = [case for case in CASES if case[0] == "requirements"]


@books
@pytest.mark.parametrize("customers", [60, 120, 1200, 2000])
def test_mixes_hold_at_every_size(case, customers):
    bank = book(*case)
    figures, a, lent = bank.figures, bank.loan_applications, bank.loans
    asked, borrowed = a.owner < customers, lent.owner < customers
    asks = np.bincount(a.owner[asked])
    assert abs((asks > 0).sum() - figures.applicants * customers) <= 2
    assert abs((asks > 1).sum() - figures.repeat_applicants * (asks > 0).sum()) <= 2
    close(a.loan_type[asked], figures.type)
    # A customer who left changes places with a neighbour: beyond the two rows, one more.
    close(a.status[asked], figures.status, 3)
    close(lent.loan_status[borrowed], figures.loan_status, 4)


def close(values, mix, rows=2):
    for name, share in mix.items():
        assert abs((values == name).sum() - share * len(values)) <= rows, name


@books
def test_scores_and_grades_of_applications(case):
    bank = book(*case)
    r = bank.risk_assessments
    asked = r.application_id >= 0
    real = [0.047, 0.153, 0.10, 0.132, 0.171, 0.19, 0.207]
    bands = np.histogram(r.risk_score[asked], [300, 500, 600, 650, 700, 750, 800, 851])[0]
    assert np.abs(bands / asked.sum() - real).max() < 0.01
    close(r.credit_grade[asked], bank.figures.grade)
    assert r.pd_probability[asked].min() >= 100 and r.pd_probability[asked].max() <= 2_500


@books
def test_denial_rises_with_debt_and_value(case):
    bank = book(*case)
    a = bank.loan_applications
    assert denials(a.dti_ratio, a.status, 4) >= 2


@pytest.mark.parametrize("profile", ["guide", "requirements"])
def test_the_whole_of_several_shards(profile):
    """What a thousand loans are too few for: defaults by grade, denial by loan to value."""
    facts = [applications(Shard(run_of(name=profile), index)) for index in range(1, 9)]
    score, status, fate, ltv = (
        np.concatenate([getattr(f, name) for f in facts])
        for name in ("risk_score", "status", "fate", "ltv")
    )
    names = np.array(["approved", "rejected", "pending", "withdrawn"])[status]
    assert denials(ltv[ltv > 0], names[ltv > 0], 5) >= 2
    grade = scale(run_of(name=profile).profile).grade(score)[fate >= 0]
    bad = fate[fate >= 0] == 2
    rates = [bad[grade == code].mean() for code in range(6)]  # AAA … B; CCC are a handful
    assert rates == sorted(rates) and rates[5] > 0.15 and rates[2] < 0.02
    income, age = (np.concatenate(x) for x in zip(*map(incomes, range(1, 9), facts), strict=True))
    middle = income[(age >= 40) & (age < 55)].mean()
    assert 1.2 < middle / income[age <= 30].mean() < 1.5
    assert 0.7 < income[age >= 60].mean() / middle < 0.9


def incomes(index, facts):
    """Income and age of each applicant of a shard."""
    born = people(Shard(run_of(name="guide"), index)).date_of_birth[facts.owner]
    return facts.annual_income, days(run_of(name="guide").today, born) / 365.25


def denials(measure, status, parts) -> float:
    """Share rejected of the decided in the highest part of a measure over that in the lowest."""
    decided = np.isin(status, ("approved", "rejected"))
    order = np.argsort(measure[decided], kind="stable")
    rejected = (status[decided] == "rejected")[order]
    size = len(rejected) // parts
    return rejected[-size:].mean() / max(rejected[:size].mean(), 1e-9)


@pytest.mark.parametrize("profile", ["guide", "requirements"])
def test_who_is_pressed_hardest_fails_and_houses_are_kept(profile):
    books = [book(profile, 42, date(2026, 11, 20), index) for index in range(1, 6)]
    each = [
        (
            plan.total_amount[plan.installment_number == 1] * 12 / a.annual_income[lent.asked],
            lent.loan_status, lent.loan_type, days(lent.payoff_date, lent.disbursement_date),
        )
        for b in books
        for plan, a, lent in [(b.repayment_schedule, b.loan_applications, b.loans)]
    ]  # fmt: skip
    burden, status, kind, kept = (np.concatenate(column) for column in zip(*each, strict=True))
    bad, house, off = status == "defaulted", kind == "mortgage", status == "paid_off"
    fifth = np.searchsorted(np.quantile(burden[~house], [0.2, 0.4, 0.6, 0.8]), burden[~house])
    rate = [bad[~house][fifth == n].mean() for n in range(5)]
    assert rate[4] > 3 * (rate[0] + rate[1]) / 2 and rate[4] > rate[3] > rate[0]
    assert bad[house].mean() < 0.5 * bad[~house].mean()
    stayed = {
        name: np.median(kept[off & (kind == name)]) for name in ("mortgage", "auto", "personal")
    }
    assert stayed["mortgage"] > stayed["auto"] > stayed["personal"] and stayed["mortgage"] > 540


def test_an_application_states_the_income_of_the_world():
    shard = Shard(run_of(name="guide"), 3)
    asked = applications(shard)
    assert (asked.annual_income == world_incomes(shard).gross[asked.owner]).all()


@books
def test_rates_follow_risk(case):
    bank = book(*case)
    lent, r = bank.loans, bank.risk_assessments
    asked = r.application_id >= 0
    row = np.argsort(r.application_id[asked])
    pd = r.pd_probability[asked][row][lent.asked]
    for name in LOAN_TYPES:
        mine = lent.loan_type == name
        assert np.corrcoef(ranks(lent.interest_rate[mine]), ranks(pd[mine]))[0, 1] >= 0.6


def ranks(values):
    return np.unique(values, return_inverse=True)[1]


@pytest.mark.parametrize("case", GUIDE, ids=str)
def test_guide_instalments(case):
    bank = book(*case)
    share = shares(bank)
    assert abs(share("active", "paid") - 0.95) < 0.01
    assert abs(share("defaulted", "missed") - 0.50) < 0.08
    assert share("paid_off", "paid") == 1
    assert abs(share("active", "pending") - 0.005) < 0.003


@pytest.mark.parametrize("case", REQUIREMENTS, ids=str)
def test_requirements_instalments(case):
    bank = book(*case)
    share = shares(bank)
    assert abs(share("", "paid") - 0.90) < 0.015
    assert abs(share("", "late") - 0.05) < 0.005
    assert abs(share("", "pending") - 0.03) < 0.008
    assert abs(share("", "missed") - 0.02) < 0.006


def shares(bank):
    """The share of a status among the past instalments of loans of a state ("" for all)."""
    plan = bank.repayment_schedule
    past = plan.due_date < bank.today
    state = bank.loans.loan_status[plan.loan]

    def share(name, status):
        mine = past & ((state == name) | (name == ""))
        return (plan.payment_status[mine] == status).mean()

    return share


@pytest.mark.parametrize("profile", ["guide", "requirements"])
def test_records_at_scale_1(profile):
    """The documents' targets for 1,200 customers (R25, R70: where the rates win, their sums)."""
    counts = {}
    for name, table in TABLES.items():
        rows = made(table, Shard(run_of(name=profile), 1, 1200))
        counts[name] = rows.num_rows
        assert rows.schema.names == [column.name for column in table.columns]
        expected = table.expected(run_of(name=profile), 1200)
        assert abs(expected - rows.num_rows) < 0.15 * rows.num_rows
    assert 400 <= counts["loan_applications"] <= 510
    if profile == "guide":
        assert 310 <= counts["loans"] <= 345 and counts["repayment_schedule"] >= 38_000
    else:
        assert 260 <= counts["loans"] <= 325 and 104 <= counts["collateral"] <= 130
        assert 80 <= counts["loan_guarantors"] <= 120


# -------------------------------------------------------------------------------- determinism


def test_a_shard_is_the_same_whatever_came_before_and_however_it_is_cut():
    shard = Shard(run_of(name="guide"), 2)
    whole = {name: table.rows(shard).columns for name, table in TABLES.items()}
    for facts in ("applications", "loans", "schedule", "payments"):
        getattr(__import__(f"dhub.world.credit.{facts}", fromlist=["x"]), f"_{facts}").cache_clear()
    credit.payments(Shard(run_of(name="requirements"), 1))
    cut = Shard(run_of(name="guide"), 2, customers=60, attempt=3)
    for name, table in TABLES.items():
        for column, values in table.rows(cut).columns.items():
            a, b = (getattr(v, "values", getattr(v, "codes", v)) for v in (
                values, whole[name][column]))  # fmt: skip
            assert list(a) == list(b) if not isinstance(a, np.ndarray) else _same(a, b), column


def _same(a, b) -> bool:
    return bool(((a == b) | (np.isnat(a) if a.dtype.kind == "M" else False)).all())


def test_another_seed_makes_other_loans():
    one, two = (TABLES["loans"].rows(Shard(run_of(seed, "guide"), 1)).columns for seed in (1, 2))
    size = min(len(one["loan_id"]), len(two["loan_id"]))
    same = one["principal_amount"][:size] == two["principal_amount"][:size]
    assert same.mean() < 0.1


@pytest.mark.parametrize("employees", [7, 15])
def test_a_handful_of_employees_will_do(employees):
    tiny = Run(42, load_profile("guide"), date(2026, 11, 20), employees)
    for table in TABLES.values():
        assert made(table, Shard(tiny, 1, 60)).num_rows > 0


# -------------------------------------------------------------------------- profiles of others


def changed(**figures) -> Run:
    """The guide's bank with other figures for its loans."""
    profile = json.loads(run_of(name="guide").profile.to_json())
    profile["figures"]["loans"] |= figures
    return replace(run_of(name="guide"), profile=profile_from_json(json.dumps(profile)))


def test_a_bank_that_lends_to_nobody():
    idle = changed(applicants=0.0)
    assert not any(made(table, Shard(idle, 1)).num_rows for table in TABLES.values())
    strict = changed(status={"rejected": 1.0})
    counts = {name: made(table, Shard(strict, 1)).num_rows for name, table in TABLES.items()}
    assert counts["loan_applications"] == counts["risk_assessments"] == 840
    assert sum(counts.values()) == 2 * 840


def test_terms_beyond_the_key_space_are_refused():
    months = json.loads(run_of(name="guide").profile.to_json())["figures"]["loans"]["term_months"]
    with pytest.raises(UsageError, match="loans.term_months.auto exceeds 480 months"):
        TABLES["loans"].rows(Shard(changed(term_months=months | {"auto": [36, 481]}), 1))
