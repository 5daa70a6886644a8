"""What several databases state about customers, accounts and staff, in every kind of bank."""

from __future__ import annotations

import datetime as dt
import json
import math

import numpy as np
import pytest
from bank import AS_OF, DAY, DAYS, PREFIXES, PROFILES, Ledger, furthest, months, run
from together import Together

from dhub.errors import UsageError
from dhub.model import SHARD_CUSTOMERS, Shard
from dhub.profiles import profile_from_json
from dhub.world import accounts as A
from dhub.world import calendar, standing
from dhub.world import people as P
from dhub.world import staff as S

SEEDS = (42, 0, 7)
TINY = 1e-6  # rounding of a sum of shares
KINDS_OF_BANK = [
    pytest.param(seed, name, as_of, id=f"{seed}-{name}-{as_of}")
    for number, as_of in enumerate(DAYS)
    for name in PROFILES
    for seed in ((*SEEDS, 2**64 - 1) if number == 0 else (SEEDS[number % 3],))
]
every_bank = Together("seed, name, as_of", KINDS_OF_BANK)
test_every_bank_keeps_the_rules = every_bank.test()
every_profile = pytest.mark.parametrize("name", PROFILES, scope="module")


def facts(seed, name, as_of, index=1):
    ledger = Ledger.of(run(seed, name, as_of), index)
    return ledger.run, ledger.who, ledger.a


def of_customers(mix, names):
    return [mix.share(name) for name in names]


# --------------------------------------------------------------------------------------- mixes


@every_bank
@pytest.mark.parametrize("customers", PREFIXES)
def test_mixes_of_customers_are_within_two_rows(seed, name, as_of, customers):
    the_run, who, _ = facts(seed, name, as_of)
    c, a = the_run.profile.customers, the_run.profile.accounts
    expected = {
        "segment": (who.segment, of_customers(c.segment, P.SEGMENTS)),
        "status": (who.status, of_customers(c.status, P.STATUSES)),
        "kyc": (who.kyc, of_customers(c.kyc, P.KYC)),
        "risk": (who.risk, of_customers(c.risk, P.RISKS)),
        "agent": ((who.agent_id > 0).astype(int), [1 - c.agent, c.agent]),
        "holders": ((who.account_count > 0).astype(int), [1 - a.holders, a.holders]),
        "several": (
            (who.account_count > 1).astype(int),
            [1 - a.holders * a.multiple, a.holders * a.multiple],
        ),
    }
    off = {key: furthest(codes[:customers], mix) for key, (codes, mix) in expected.items()}
    assert all(rows <= 2 + TINY for rows in off.values()), off


@every_bank
@pytest.mark.parametrize("customers", PREFIXES)
def test_mixes_of_accounts_are_within_two_rows(seed, name, as_of, customers):
    the_run, who, a = facts(seed, name, as_of)
    mine = a.owner < customers
    mix = the_run.profile.accounts
    off = {
        "type": furthest(a.account_type[mine], of_customers(mix.type, A.TYPES)),
        "currency": furthest(a.currency[mine], of_customers(mix.currency, A.CURRENCIES)),
    }
    assert all(rows <= 2 + TINY for rows in off.values()), off
    # Frozen and closed accounts are a stratum of customers: due by their number, not by accounts.
    per_customer = standing.accounts_per_customer(the_run.profile)
    status = np.bincount(a.status[mine], minlength=3)
    for code, word in ((A.FROZEN, "frozen"), (A.CLOSED, "closed")):
        due = mix.status.share(word) * per_customer * customers
        assert abs(status[code] - due) < 2, word


@every_profile
def test_shards_share_one_mix_of_customers(name):
    """A bank of three shards is as right as a bank of one."""
    parts = [facts(42, name, AS_OF, index)[1] for index in (1, 2, 3)]
    c = parts[0].segment, run(42, name).profile.customers
    for attribute, names in (
        ("segment", P.SEGMENTS),
        ("status", P.STATUSES),
        ("kyc", P.KYC),
        ("risk", P.RISKS),
    ):
        codes = np.concatenate([getattr(who, attribute) for who in parts])
        mix = of_customers(getattr(c[1], attribute), names)
        for rows in (1999, 2001, 4000, 4321, 6000):
            assert furthest(codes[:rows], mix) <= 2 + TINY, (attribute, rows)


@every_profile
@pytest.mark.parametrize("index", [1, 2])
def test_the_number_of_accounts_is_the_profiles(name, index):
    the_run, who, a = facts(42, name, AS_OF, index)
    many = who.account_count[who.account_count > 1]
    mix = the_run.profile.accounts.per_multiple_holder
    sizes = np.searchsorted(mix.numbers, many)
    assert furthest(sizes, mix.weights) < 2.5
    assert np.array_equal(np.bincount(a.owner, minlength=SHARD_CUSTOMERS), who.account_count)
    assert len(a.owner) == pytest.approx(
        standing.accounts_per_customer(the_run.profile) * SHARD_CUSTOMERS, rel=0.01
    )


def test_the_documents_totals_are_met():
    """Guide: about 1,100 accounts; requirements: 1,500-1,800, for 1,200 customers."""
    for name, low, high in (("guide", 1050, 1200), ("requirements", 1500, 1800)):
        for seed in range(5):
            _, _, a = facts(seed, name, AS_OF)
            assert low <= (a.owner < 1200).sum() <= high, (name, seed)


@every_profile
def test_several_accounts_go_with_the_segment(name):
    _, who, _ = facts(42, name, AS_OF)
    several = who.account_count > 1
    share = [several[who.segment == s].mean() for s in range(4)]
    assert share[P.RETAIL] < share[P.PREMIUM] < share[P.PRIVATE]
    table = np.array([[(several[who.segment == s] == x).sum() for x in (0, 1)] for s in range(4)])
    due = table.sum(1, keepdims=True) * table.sum(0) / table.sum()
    assert ((table - due) ** 2 / due).sum() > 16.27, "chi-squared with 3 degrees, p = 0.001"


@pytest.mark.parametrize(
    "figure, value, fault",
    [
        ("multiple", 0.0, "accounts.multiple is too small for the closed accounts"),
        (
            "holders",
            0.95,
            "customers without an account cannot hold all pending, closed and expired",
        ),
    ],
)
def test_more_than_a_profile_can_hold_is_an_error(figure, value, fault):
    figures = json.loads(run().profile.to_json())
    figures["figures"]["accounts"][figure] = value
    with pytest.raises(UsageError, match=fault):
        standing.cell_weights(profile_from_json(json.dumps(figures)))


# -------------------------------------------------------------------------- B: the customers


@every_bank
@pytest.mark.parametrize("index", [1, 3])
def test_customers_are_of_age_and_joined_within_the_years(seed, name, as_of, index):
    the_run, who, a = facts(seed, name, as_of, index)
    joined = who.onboarding_date
    assert (months(who.date_of_birth, 18 * 12) <= joined).all(), "B01"
    assert (months(who.date_of_birth, 18 * 12)[a.owner] <= a.opened_date).all(), "B01"
    assert (months(who.date_of_birth, 86 * 12) > the_run.today).all(), "B01: 85 at most"
    assert (who.created_at < the_run.today.astype("datetime64[us]")).all()
    assert (months(joined, 7 * 12) >= the_run.today).all()


@every_bank
@pytest.mark.parametrize("index", [1, 3])
def test_accounts_open_after_their_customer_joined_and_in_order(seed, name, as_of, index):
    the_run, who, a = facts(seed, name, as_of, index)
    since = (a.opened_date - who.onboarding_date[a.owner]).astype(int)
    assert (since >= 0).all(), "B02"
    assert (since[a.seq == 0] <= 30).all(), "R8"
    assert (a.opened_date < the_run.today).all()
    same = a.owner[1:] == a.owner[:-1]
    assert (a.opened_date[1:] >= a.opened_date[:-1])[same].all()
    assert (np.diff(a.owner) >= 0).all() and (np.diff(a.account_id) == 1).all()
    assert a.account_id[-1] - a.account_id[0] < SHARD_CUSTOMERS * A.MOST_ACCOUNTS


@every_bank
def test_the_state_of_an_account_has_its_dates(seed, name, as_of):
    the_run, who, a = facts(seed, name, as_of)
    closed = a.status == A.CLOSED
    assert np.array_equal(closed, ~np.isnat(a.closed_date)), "A11"
    assert (a.closed_date[closed] - a.opened_date[closed] > 30 * DAY).all()
    assert (a.closed_date[closed] < the_run.today).all()
    assert calendar.is_business(a.closed_date[closed]).all(), "a counter pays out"
    assert (a.last_day < the_run.today).all()
    assert (a.last_day - a.first_day >= 4 * DAY).all()
    assert not a.open_on(a.closed_date[closed].repeat(len(a.owner))[: len(a.owner)])[closed].all()
    frozen = a.status == A.FROZEN
    assert (a.last_day[frozen] <= the_run.today - 31 * DAY).all(), "A12"


@every_bank
def test_the_standing_of_a_customer_shows_in_the_accounts(seed, name, as_of):
    the_run, who, a = facts(seed, name, as_of)
    status, kyc = who.status[a.owner], who.kyc[a.owner]
    assert (a.status[status == P.CLOSED] == A.CLOSED).all(), "B06"
    assert np.array_equal(a.closed_date[status == P.CLOSED], who.ended[a.owner][status == P.CLOSED])
    assert (who.account_count[who.kyc == P.PENDING] == 0).all(), "R12"
    assert (a.status[kyc == P.EXPIRED] == A.FROZEN).all(), "R12"
    dormant = who.status == P.DORMANT
    assert (who.account_count[dormant] == 1).all()
    assert (a.last_day[status == P.DORMANT] < the_run.today - 365 * DAY).all(), "B07"
    assert np.array_equal(~np.isnat(who.silent_since), dormant)
    assert np.array_equal(~np.isnat(who.ended), who.status == P.CLOSED)
    assert (who.ended[who.status == P.CLOSED] > who.onboarding_date[who.status == P.CLOSED]).all()


@every_bank
@pytest.mark.parametrize("employees", [7, 15, 150])
def test_agents_are_current_and_of_a_role_that_has_customers(seed, name, as_of, employees):
    the_run = run(seed, name, as_of, employees)
    who, staff = P.people(Shard(the_run, 1)), S.staff(the_run)
    agent = who.agent_id[who.agent_id > 0] - 1
    assert staff.employed[agent].all(), "C06"
    assert np.isin(staff.role[agent], S.AGENTS).all()
    assert np.isin(who.branch, staff.open_branches).all()


def test_facts_do_not_depend_on_the_customers_asked_for_or_the_attempt():
    for function in (P.people, A.accounts):
        whole = function(Shard(run(), 2))
        assert function(Shard(run(), 2, customers=60, attempt=3)) is whole


# -------------------------------------------------------------------------------------- staff

SIZES = (7, 15, 24, 75, 150, 3000)
every_staff = Together("employees", SIZES)
test_every_staff_keeps_the_rules = every_staff.test()


@every_staff
@every_profile
def test_roles_are_apportioned_and_each_acting_role_is_filled(name, employees):
    the_run = run(3, name, employees=employees)
    counts = S.role_counts(the_run)
    assert sum(counts) == employees
    assert min(counts[:5]) >= 1, "R53"
    assert np.array_equal(np.bincount(S.staff(the_run).role, minlength=6), counts)
    mix = the_run.profile.staff.role
    due = [employees * mix.share(r) for r in (*S.ROLES[:4], "manager_specialist")]
    have = [*counts[:4], counts[4] + counts[5]]
    assert max(abs(np.array(have) - due)) < (1 if employees >= 15 else 2)


@every_staff
@pytest.mark.parametrize("as_of", DAYS)
def test_founders_came_before_the_first_customer_and_stay(as_of, employees):
    the_run = run(3, "guide", as_of, employees)
    staff = S.staff(the_run)
    first_customer = the_run.today - (7 * 365 + 2) * DAY
    for role in range(5):
        early = (staff.role == role) & (staff.hire_date < first_customer) & staff.employed
        assert early.sum() >= min(S.FOUNDERS, (staff.role == role).sum()), S.ROLES[role]


@every_staff
@pytest.mark.parametrize("as_of", DAYS)
def test_hires_and_departures_are_lawful(as_of, employees):
    the_run = run(5, "guide", as_of, employees)
    staff = S.staff(the_run)
    assert (np.diff(staff.hire_date) >= 0 * DAY).all() and (staff.employee_id[0] == 1)
    assert (staff.hire_date < the_run.today).all() and calendar.is_business(staff.hire_date).all()
    gone = ~staff.employed
    assert abs(gone.sum() - 0.05 * employees) <= max(1, 0.5), "requirements: 5 %"
    assert (staff.termination_date[gone] < the_run.today).all(), "C01"
    assert (staff.termination_date[gone] - staff.hire_date[gone] > 365 * DAY).all()
    assert (staff.termination_date[gone] > the_run.today - 549 * DAY).all(), "R69: 18 months"
    assert staff.branch.min() >= 0 and staff.branch.max() < the_run.profile.staff.branches
    assert len(np.unique(staff.branch)) == min(employees, the_run.profile.staff.branches)


def _any_days(the_run, count=4000):
    """Days on which customers act: any since the first one joined."""
    return the_run.today - (1 + np.arange(count) * (7 * 365) // count)[::-1] * DAY


@every_staff
@pytest.mark.parametrize("roles", [(S.CSR,), (S.LOAN_OFFICER,), (S.COMPLIANCE_OFFICER,), S.AGENTS])
def test_who_acts_is_employed_on_the_day(employees, roles):
    the_run = run(11, "guide", dt.date(2024, 2, 29), employees)
    staff, day = S.staff(the_run), _any_days(the_run)
    draw = (np.arange(len(day)) * 0.6180339887498949) % 1
    actor = staff.acting(roles, day, draw) - 1
    assert np.isin(staff.role[actor], roles).all(), "C05"
    assert (staff.hire_date[actor] < day).all(), "C04"
    assert not (staff.termination_date[actor] <= day).any(), "C04"
    if employees >= 150:
        assert len(np.unique(actor)) > len(staff.role) * 0.02, "not one for everybody"


@every_staff
def test_tellers_are_employed_on_the_day_and_of_the_branch(employees):
    the_run = run(11, "guide", AS_OF, employees)
    staff, day = S.staff(the_run), _any_days(the_run)
    branch = np.arange(len(day)) % the_run.profile.staff.branches
    draw = (np.arange(len(day)) * 0.6180339887498949) % 1
    teller = staff.tellers(branch, day, draw) - 1
    assert (staff.role[teller] == S.CSR).all()
    assert (staff.hire_date[teller] < day).all(), "C04"
    assert not (staff.termination_date[teller] <= day).any(), "C04"
    if employees == 3000:
        assert (staff.branch[teller] == branch).mean() > 0.9, "C08"


def test_nobody_acts_before_the_bank():
    staff = S.staff(run())
    with pytest.raises(ValueError, match="nobody in this role was employed"):
        staff.acting((S.CSR,), np.array(["1995-01-02"], dtype="datetime64[D]"), np.array([0.5]))


def test_the_staff_does_not_hang_on_the_customers_and_a_larger_one_keeps_its_founders():
    assert S.staff(run()) is S.staff(run())
    hires = {n: S.staff(run(employees=n)).hire_date[0] for n in (150, 3000)}
    assert all(day < run().today - 7 * 365 * DAY for day in hires.values())


# ----------------------------------------------------------------------------------- calendar

HOLIDAYS = """
2024-01-01 2024-01-15 2024-02-19 2024-05-27 2024-06-19 2024-07-04 2024-09-02 2024-10-14
2024-11-11 2024-11-28 2024-12-25
2025-01-01 2025-01-20 2025-02-17 2025-05-26 2025-06-19 2025-07-04 2025-09-01 2025-10-13
2025-11-11 2025-11-27 2025-12-25
2026-01-01 2026-01-19 2026-02-16 2026-05-25 2026-06-19 2026-07-03 2026-09-07 2026-10-12
2026-11-11 2026-11-26 2026-12-25
"""
EVERY_DAY = np.arange("1990-01-01", "2100-12-28", dtype="datetime64[D]")


def test_federal_holidays_are_those_of_the_law():
    days = np.arange("2024-01-01", "2027-01-01", dtype="datetime64[D]")
    weekdays = days[calendar.weekday(days) < 5]
    assert weekdays[~calendar.is_business(weekdays)].astype(str).tolist() == HOLIDAYS.split()
    # Observed on Friday or Monday: Christmas of 2021, and the New Year after it.
    odd = np.array(["2021-12-24", "2021-12-31", "2022-12-26", "2023-01-02"], dtype="datetime64[D]")
    assert not calendar.is_business(odd).any()


def test_weekdays_are_those_of_the_almanac():
    expected = [day.astype(dt.date).weekday() for day in EVERY_DAY[:3000]]
    assert calendar.weekday(EVERY_DAY[:3000]).tolist() == expected


def test_the_nearest_business_day_is_two_days_off_at_most():
    back, ahead = calendar.last_business(EVERY_DAY), calendar.next_business(EVERY_DAY)
    near = calendar.nearest_business(EVERY_DAY)
    for days in (back, ahead, near):
        assert calendar.is_business(days).all()
    assert (back <= EVERY_DAY).all() and (ahead >= EVERY_DAY).all()
    assert abs((near - EVERY_DAY).astype(int)).max() <= 2
    assert (abs(near - EVERY_DAY) <= np.minimum(EVERY_DAY - back, ahead - EVERY_DAY)).all()
    assert np.array_equal(
        near[calendar.is_business(EVERY_DAY)], EVERY_DAY[calendar.is_business(EVERY_DAY)]
    )


@pytest.mark.parametrize(
    "day, count, expected",
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-03-31", -1, "2024-02-29"),
        ("2024-12-31", 2, "2025-02-28"),
        ("2024-05-15", 0, "2024-05-15"),
    ],
)
def test_months_end_where_they_end(day, count, expected):
    got = calendar.add_months(np.array([day], dtype="datetime64[D]"), np.array([count]))
    assert got.astype(str).tolist() == [expected]
    got = calendar.add_months(EVERY_DAY[:800], np.array(5))
    assert got.tolist() == months(EVERY_DAY[:800], 5).tolist()


@pytest.mark.parametrize("odd", ["1970-01-01", "NaT", "1583-02-28", "2399-12-31"])
def test_months_and_years_are_those_of_numpy_inside_the_tables_and_beyond(odd):
    days = np.append(EVERY_DAY, np.datetime64(odd, "D"))
    month, year = days.astype("datetime64[M]"), days.astype("datetime64[Y]")
    assert np.array_equal(calendar.month_of(days), month.astype(int))
    assert np.array_equal(calendar.year_of(days), year.astype(int) + 1970)
    starts = calendar.month_start(calendar.month_of(days))
    assert starts.astype(str).tolist() == month.astype("datetime64[D]").astype(str).tolist()
    later = calendar.add_months(days, np.array(1))
    assert later[:-1].tolist() == calendar.add_months(EVERY_DAY, np.array(1)).tolist()
    assert np.isnat(later[-1]) == (odd == "NaT")
    if odd != "NaT":
        ahead = np.busday_offset(days, 0, roll="forward", busdaycal=calendar.bank_days())
        assert np.array_equal(calendar.next_business(days), ahead)


# ------------------------------------------------------------------------------------- people


def test_ages_are_a_bell_and_joining_is_spread():
    joined, ages = [], []
    for index in (1, 2, 3):
        the_run, who, _ = facts(42, "guide", AS_OF, index)
        ages.append((the_run.today - who.date_of_birth).astype(int) / 365.25)
        joined.append((the_run.today - who.onboarding_date).astype(int) / 365.25)
    age, years = np.concatenate(ages), np.concatenate(joined)
    counts = np.histogram(age, [18, 25, 35, 50, 65, 86])[0] / len(age)
    assert counts[2] == max(counts) and counts[2] > counts[1] > counts[0] and counts[4] < 0.1
    assert 40 < np.median(age) < 46 and age.min() >= 18 and age.max() < 86
    thirds = np.histogram(years, [0, 7 / 3, 14 / 3, 7])[0] / len(years)
    assert (abs(thirds - 1 / 3) < 0.08).all(), "distributed over seven years"


def test_seeds_and_days_make_other_banks():
    one = P.people(Shard(run(1), 1))
    for other in (P.people(Shard(run(2), 1)), P.people(Shard(run(1), 2))):
        same = (one.segment == other.segment).mean()
        chance = math.fsum(x * x for x in (0.6, 0.25, 0.1, 0.05))
        assert abs(same - chance) < 5 * math.sqrt(chance * (1 - chance) / SHARD_CUSTOMERS)
        assert (one.created_at == other.created_at).mean() < 0.01
