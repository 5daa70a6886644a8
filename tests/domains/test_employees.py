"""employees_db keeps its invariants on every row, its shares to the row, and its own schema."""

from __future__ import annotations

import re
import sqlite3
from datetime import date
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from together import Together

from dhub.domains.employees import DOMAIN, programs
from dhub.domains.employees.assignments import ASSIGNMENTS
from dhub.domains.employees.hierarchy import manager_of, superior_of
from dhub.flow.encode import founded, made
from dhub.model import Run, Shard
from dhub.profiles import load_profile
from dhub.world.calendar import add_months
from dhub.world.org import (
    AUD,
    CMP,
    FIN,
    INS,
    ITS,
    LND,
    OPS,
    managed_count,
    org,
    seniors,
)
from dhub.world.people import CLOSED, people
from dhub.world.staff import AGENTS, MANAGER, ROLES, staff

AS_OF = date(2026, 11, 20)
DAY = np.timedelta64(1, "D")
TABLES = {table.name: table for table in DOMAIN.tables}
SCHEMA = Path(__file__).parents[2] / "migrations" / "employees_db"

SIZES = [(seed, size, profile) for profile in ("guide", "requirements")
         for size in (7, 15, 75, 150, 3000) for seed in (1, 42)]  # fmt: skip
banks = Together(("seed", "size", "profile"), SIZES)
test_every_bank_keeps_the_rules = banks.test()


@cache
def bank(seed: int, size: int, profile: str = "guide", as_of: date = AS_OF) -> Run:
    return Run(seed, load_profile(profile), as_of, size)


def columns(batch) -> SimpleNamespace:
    """Numpy columns of an Arrow batch; a null number is NaN, a null date NaT, a null text None."""
    names = batch.schema.names
    return SimpleNamespace(
        **{name: batch.column(name).to_numpy(zero_copy_only=False) for name in names}
    )


@cache
def rows(name: str, run: Run) -> SimpleNamespace:
    return columns(founded(TABLES[name], run))


@cache
def portfolios(run: Run, index: int = 1, customers: int = 2000) -> SimpleNamespace:
    return columns(made(ASSIGNMENTS, Shard(run, index, customers)))


def shares(values, mix) -> None:
    """Every category is within two rows of its share."""
    for name, weight in mix.items():
        assert abs((values == name).sum() - weight * len(values)) <= 2, name


def within_years(hired, day, years: int):
    return day >= add_months(hired, np.array(12 * years))


@banks
def test_staff_is_hired_titled_and_paid_by_its_role(seed, size, profile) -> None:
    run, e = bank(seed, size, profile), rows("employees", bank(seed, size, profile))
    assert (e.employee_id == np.arange(1, size + 1)).all()
    assert (e.hire_date < run.today).all()  # C01
    gone = ~np.isnat(e.termination_date)
    assert ((e.employment_status == "terminated") == gone).all()
    assert (e.termination_date[gone] > e.hire_date[gone]).all()
    for role in ROLES:
        pay = e.salary[e.role == role].astype(float)
        low, high = run.profile.staff.salary[role].cents
        assert ((pay * 100 >= low) & (pay * 100 <= high) & (pay % 500 == 0)).all()
    assert set(e.branch_code) <= set(rows("branches", run).branch_code)  # C08
    for natural in (e.employee_number, e.email, e.phone):
        assert len(set(natural)) == size
    assert all(address.endswith("@larkmere.test") for address in e.email)


def test_pay_rises_with_seniority() -> None:
    run = bank(42, 3000)
    e, firm = rows("employees", run), org(run)
    pay = e.salary.astype(float)
    for role in range(len(ROLES)):
        plain = (staff(run).role == role) & ~firm.is_head
        levels = [plain & (firm.seniority == level) for level in (1, 2, 3)]
        means = [pay[level].mean() for level in levels if level.any()]
        assert means == sorted(means)
        served = [np.median(e.hire_date[level].astype(int)) for level in levels if level.any()]
        assert served == sorted(served, reverse=True)


@pytest.mark.parametrize("seed", range(4))
def test_a_bank_of_the_guide_s_size_has_risk_analysts_and_branch_managers(seed) -> None:
    assert {"Risk Analyst", "Branch Manager"} <= set(rows("employees", bank(seed, 150)).job_title)


@banks
def test_managers_lead_whom_they_may(seed, size, profile) -> None:
    run = bank(seed, size, profile)
    crew, firm, manager = staff(run), org(run), manager_of(run)
    led = manager >= 0
    assert led.sum() == managed_count(run)
    assert abs(led.sum() - 0.7 * size) <= 0.5
    leader = manager[led]
    assert (leader != np.flatnonzero(led)).all() and crew.employed[leader].all()  # C02
    assert (firm.is_head[leader] | (crew.role[leader] == MANAGER)).all()
    gone = np.flatnonzero(led & ~crew.employed)
    assert (crew.hire_date[manager[gone]] < crew.termination_date[gone]).all()
    if size >= 75:
        alone = rows("employees", run).job_title[~led]
        assert not set(alone) & {"Teller", "Contact Center Agent", "Junior Loan Officer"}
    step = manager.copy()
    for _ in range(size):  # upwards until everybody has come out at the top
        if (step < 0).all():
            break
        step = np.where(step >= 0, manager[step], -1)
    assert (step < 0).all()


@banks
def test_everybody_reports_up_to_one_chief(seed, size, profile) -> None:
    e = rows("employees", bank(seed, size, profile))
    top = np.flatnonzero(np.isnan(e.reports_to))
    assert e.job_title[top].tolist() == ["Chief Executive Officer"]
    managed = ~np.isnan(e.manager_id)
    assert np.array_equal(e.reports_to[managed], e.manager_id[managed])
    above = np.where(np.isnan(e.reports_to), 0, e.reports_to).astype(int) - 1
    step, turns = above.copy(), 0
    while (step >= 0).any() and turns < 12:
        step, turns = np.where(step >= 0, above[step], -1), turns + 1
    assert turns < 12, "the line of command ends at the chief"


@pytest.mark.parametrize("size", [7, 8, 11, 15, 23, 24, 30, 39, 40, 75, 150])
@pytest.mark.parametrize("seed", [1, 2, 3, 42])
def test_every_department_has_a_head_of_its_own(seed, size) -> None:  # C03
    run = bank(seed, size)
    d, e = rows("departments", run), rows("employees", run)
    heads = d.head_employee_id
    assert len(d.department_id) == 12
    assert (e.employment_status[heads - 1] == "active").all()
    if size >= 24:
        assert (e.department_id[heads - 1] == d.department_id).all()
        assert len(set(heads)) == 12
    else:
        own = e.department_id[heads - 1] == d.department_id
        assert set(heads[own]) == set(heads)  # each leads at least the one it belongs to
    independent = set(heads) | set(e.employee_id[e.employment_status == "terminated"])
    if len(independent) <= size - managed_count(run):
        assert np.isnan(e.manager_id[heads - 1]).all()


@pytest.mark.parametrize("size", [7, 9, 15, 150])
@pytest.mark.parametrize("seed", range(6))
def test_two_seniors_at_least_since_long_ago(seed, size) -> None:
    run = bank(seed, size)
    found = seniors(run)
    assert len(set(found)) == len(found) >= 2
    crew = staff(run)
    assert crew.employed[found - 1].all()
    assert (np.sort(crew.hire_date[found - 1])[:2] < run.today - 730 * DAY).all()


def test_a_bank_of_one_department_has_two_seniors_too(tmp_path) -> None:
    file = tmp_path / "one.toml"
    file.write_text('extends = "guide"\n[staff]\ndepartments = 1\n')
    run = Run(42, load_profile(str(file)), AS_OF, 7)
    assert len(seniors(run)) == 2
    assert set(rows("employees", run).department_id) == {1}


@pytest.mark.parametrize("profile", ["guide", "requirements"])
def test_programs_are_the_profile_s(profile) -> None:
    run = bank(42, 150, profile)
    p, figures = rows("training_programs", run), run.profile.staff
    assert len(set(p.program_name)) == figures.programs == 20
    for kind, weight in figures.program_type.items():
        assert (p.program_type == kind).sum() == pytest.approx(weight * 20)
    assert p.offers_certification.sum() == figures.program_certification * 20
    assert p.duration_hours.min() >= 2 and p.duration_hours.max() <= 40


def test_programs_of_another_profile_keep_its_figures(tmp_path) -> None:
    file = tmp_path / "lawful.toml"
    file.write_text(
        'extends = "guide"\n[staff]\nprograms = 30\nprogram_type = { compliance = 1.0 }\n'
        "program_hours = [3, 5]\nprogram_certification = 0.5\n"
    )
    found = programs.programs(Run(42, load_profile(str(file)), AS_OF, 7))
    assert len({p.program_name for p in found}) == 30
    assert {p.program_type for p in found} == {"compliance"}
    assert {p.duration_hours for p in found} <= {3, 4, 5}
    assert sum(p.offers_certification for p in found) == 15


@banks
def test_training_happens_while_employed_and_is_scored_when_completed(seed, size, profile) -> None:
    run = bank(seed, size, profile)
    t, e = rows("employee_training", run), rows("employees", run)
    figures, who = run.profile.staff, t.employee_id - 1
    taken = np.bincount(who, minlength=size)
    assert taken.min() >= 2 and taken.max() <= 4
    assert len(set(zip(who, t.program_id, strict=True))) == len(who)
    assert (t.enrollment_date >= e.hire_date[who]).all()
    assert (t.enrollment_date >= add_months(np.array(run.today), np.array(-24))).all()
    assert (t.enrollment_date < run.today).all()
    assert not (t.enrollment_date >= e.termination_date[who]).any()
    done = t.status == "completed"  # C09
    assert (done == ~np.isnat(t.completion_date)).all() and (done == ~np.isnan(t.score)).all()
    assert (t.completion_date[done] >= t.enrollment_date[done]).all()
    assert (t.completion_date[done] < run.today).all()
    assert not (t.completion_date[done] > e.termination_date[who][done]).any()
    assert t.score[done].min() >= 65 and t.score[done].max() <= 100
    shares(t.status, figures.training_status)


def test_nobody_trains_for_another_s_trade() -> None:
    run = bank(42, 3000)
    t, firm = rows("employee_training", run), org(run)
    names = np.array([p.program_name for p in programs.programs(run)])[t.program_id - 1]
    department = firm.department[t.employee_id - 1]
    assert set(department[names == "Life and Property Insurance Licensing"]) == {INS}
    assert set(department[names == "Mortgage Lending Fundamentals"]) == {LND}
    assert set(department[names == "Sanctions Screening in Practice"]) <= {CMP, OPS, AUD}
    assert set(department[names == "Information Security Awareness"]) > {LND, CMP, FIN, ITS}


@banks
def test_reviews_are_yearly_and_by_somebody_who_was_there(seed, size, profile) -> None:
    run = bank(seed, size, profile)
    r, e = rows("performance_reviews", run), rows("employees", run)
    who, by = r.employee_id - 1, r.reviewer_id - 1
    assert (who != by).all()  # C10
    for party in (who, by):
        assert (e.hire_date[party] < r.review_date).all()
        assert not (e.termination_date[party] < r.review_date).any()
    year = r.review_date.astype("datetime64[Y]").astype(int)
    assert len(set(zip(who, year, strict=True))) == len(who)
    assert within_years(e.hire_date[who], r.review_date, 1).all()
    assert (r.review_date < run.today).all()
    count = np.bincount(who, minlength=size)
    seasoned = within_years(e.hire_date, np.array(run.today - DAY), 0) & (
        add_months(e.hire_date, np.full(size, 12)) < run.today
    )
    active = e.employment_status == "active"
    assert ((count >= 1) == (seasoned & active)).all() and count.max() <= 3
    shares(r.rating.astype(str), run.profile.staff.review_rating)
    goals = r.goals_met.astype(float)
    assert goals.min() >= 60 and goals.max() <= 100
    assert all(r.comments)


def test_reviewers_are_whom_one_reports_to_and_goals_follow_the_rating() -> None:
    run = bank(42, 3000)
    r = rows("performance_reviews", run)
    superior = superior_of(run)[r.employee_id - 1]
    there = staff(run).hire_date[superior] < r.review_date
    assert (superior + 1 == r.reviewer_id)[there & (superior >= 0)].all()
    assert there.mean() > 0.7
    goals = r.goals_met.astype(float)
    means = [goals[r.rating == rating].mean() for rating in range(1, 6)]
    assert means == sorted(means) and means[4] - means[0] > 20
    bad = set(r.comments[r.rating == 1])
    assert not bad & set(r.comments[r.rating == 5])


@pytest.mark.parametrize("as_of", [date(2024, 2, 29), date(2025, 1, 1), date(2026, 3, 2),
                                   date(2028, 12, 31), date(2027, 1, 4)])  # fmt: skip
def test_calendar_corners_break_no_review(as_of) -> None:
    run = bank(5, 3000, as_of=as_of)
    r, e = rows("performance_reviews", run), rows("employees", run)
    who = r.employee_id - 1
    year = r.review_date.astype("datetime64[Y]").astype(int)
    assert len(set(zip(who, year, strict=True))) == len(who)
    assert within_years(e.hire_date[who], r.review_date, 1).all()
    assert (r.review_date < run.today).all()


@banks
def test_portfolios_agree_with_the_customers_agents(seed, size, profile) -> None:
    run = bank(seed, size, profile)
    for index in (1, 3):
        a, who, crew = portfolios(run, index), people(Shard(run, index)), staff(run)
        owner = (a.customer_id - 1 - Shard(run, index).first).astype(int)
        agent = a.employee_id - 1
        assert len(set(owner)) == len(owner) and (np.diff(owner) > 0).all()
        assert (who.agent_id[owner] > 0).all()
        assert np.isin(crew.role[agent], AGENTS).all()
        ongoing = np.isnat(a.end_date)
        assert (a.employee_id[ongoing] == who.agent_id[owner][ongoing]).all()  # C06, C07
        assert crew.employed[agent[ongoing]].all()
        assert (a.start_date >= np.maximum(who.onboarding_date[owner], crew.hire_date[agent])).all()
        assert (a.start_date < run.today).all() and not (a.end_date >= run.today).any()
        assert (a.end_date > a.start_date)[~ongoing].all()
        assert not (a.end_date > crew.termination_date[agent]).any()
        closed = who.status[owner] == CLOSED
        assert not (closed & ongoing).any() and not (a.end_date > who.ended[owner]).any()
        assert a.branch_code.tolist() == [None] * len(owner)


@pytest.mark.parametrize("customers", [60, 120, 600, 1200, 2000])
@pytest.mark.parametrize("seed", [1, 7, 42])
def test_assignments_keep_their_shares_at_every_scale(seed, customers) -> None:
    a = portfolios(bank(seed, 150), 1, customers)
    assert abs(len(a.customer_id) - 0.6 * customers) <= 2
    assert abs(np.isnat(a.end_date).sum() - 0.85 * len(a.end_date)) <= 2


@banks
def test_branches_are_covered_by_agents_from_elsewhere(seed, size, profile) -> None:
    run = bank(seed, size, profile)
    a, crew, e = rows("employee_assignments", run), staff(run), rows("employees", run)
    agent = a.employee_id - 1
    assert 10 <= len(agent) <= 20 < ASSIGNMENTS.offset
    assert (a.assignment_type == "branch_coverage").all() and np.isnan(a.customer_id).all()
    assert crew.employed[agent].all() and np.isin(crew.role[agent], AGENTS).all()
    assert (a.branch_code != e.branch_code[agent]).all()
    assert (a.start_date >= crew.hire_date[agent]).all() and (a.start_date < run.today).all()
    ended = ~np.isnat(a.end_date)
    assert abs(ended.sum() - 0.15 * len(agent)) <= 1
    assert (a.end_date > a.start_date)[ended].all() and (a.end_date < run.today)[ended].all()


@pytest.mark.parametrize(("size", "profile"), [(7, "guide"), (15, "guide"), (150, "requirements")])
def test_the_schema_takes_every_row(size, profile) -> None:
    """SQLite understands the checks, keys and references of this migration as they stand."""
    run = bank(42, size, profile)
    script = "".join(path.read_text() for path in sorted(SCHEMA.glob("0001_*.sql")))
    with sqlite3.connect(":memory:") as base:
        for statement in re.findall(r"CREATE TABLE .*?;\n", script, re.DOTALL):
            base.execute(statement.replace("public.", ""))
        later = "".join(path.read_text() for path in sorted(SCHEMA.glob("0003_*.sql")))
        for table, body in re.findall(r"ALTER TABLE public\.(\w+)\n(.*?);", later, re.DOTALL):
            for column in re.findall(r"ADD COLUMN (.*?)(?:,\n|$)", body):
                base.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
        for table in DOMAIN.tables:
            assert [row[1] for row in base.execute(f"PRAGMA table_info({table.name})")] == [
                column.name for column in table.columns
            ]
            for batch in (founded(table, run), made(table, Shard(run, 1, 120))):
                _insert(base, table.name, batch)
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []
        assert base.execute(
            "SELECT count(*) FROM departments WHERE head_employee_id NOT IN"
            " (SELECT employee_id FROM employees)"
        ).fetchone() == (0,)
    base.close()


def _insert(base: sqlite3.Connection, table: str, batch) -> None:
    marks = ", ".join("?" * batch.num_columns)
    values = [
        [v if v is None or isinstance(v, int | str) else str(v) for v in column.to_pylist()]
        for column in batch.columns
    ]
    # A number that SQLite would compare as text (salary > 0) is given as a number.
    values = [[float(v) if v and re.fullmatch(r"\d+\.\d\d", str(v)) else v for v in c]
              for c in values]  # fmt: skip
    base.executemany(f"INSERT INTO {table} VALUES ({marks})", zip(*values, strict=True))


def test_the_same_run_gives_the_same_rows_and_a_retry_changes_natural_keys_only() -> None:
    first, again = (Run(9, load_profile("guide"), AS_OF, 75) for _ in range(2))
    for table in DOMAIN.tables:
        assert founded(table, first).equals(founded(table, again))
        retried = founded(table, first, 1)
        for column in table.columns:
            same = founded(table, first).column(column.name).equals(retried.column(column.name))
            assert same != (column.name in table.natural_keys), column.name
    e, other = rows("employees", first), columns(founded(TABLES["employees"], first, 1))
    for name in TABLES["employees"].natural_keys:
        assert not set(getattr(e, name)) & set(getattr(other, name))
    assert made(ASSIGNMENTS, Shard(first, 2)).equals(made(ASSIGNMENTS, Shard(first, 2, attempt=3)))


def test_another_seed_gives_another_staff() -> None:
    one, other = (rows("employees", bank(seed, 75)) for seed in (1, 2))
    assert one.email.tolist() != other.email.tolist()
