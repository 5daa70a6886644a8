"""Facts that several databases state about people's lives: families, incomes, shops, clocks."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from bank import run

from dhub.draw import pools, stream
from dhub.model import SHARD_CUSTOMERS, Shard
from dhub.world import clock, kinship, merchants
from dhub.world.companies import LINES, companies, company_names, employer_offers
from dhub.world.households import children, households, parents, siblings, spouses
from dhub.world.income import EMPLOYED, incomes
from dhub.world.names import names
from dhub.world.people import CORPORATE, people
from dhub.world.places import postal_codes, region_of_branch
from dhub.world.staff import AGENTS, LOAN_OFFICER, staff

SHARDS = [Shard(run(seed, name, dt.date(2026, 6, 30)), index)
          for seed, name, index in ((42, "guide", 1), (7, "requirements", 3))]  # fmt: skip
every_shard = pytest.mark.parametrize(
    "shard", SHARDS, ids=lambda s: f"{s.run.seed}.{s.index}", scope="module"
)
EVERYBODY = np.arange(SHARD_CUSTOMERS)
YEAR = 365.25


# ------------------------------------------------------------------------------------ families


@every_shard
def test_couples_are_neighbours_of_an_age_and_share_a_home(shard) -> None:
    who, home, called = people(shard), households(shard), names(shard)
    kin = who.kin
    rows = np.flatnonzero(kin.spouse >= 0)
    other = kin.spouse[rows]
    assert np.array_equal(kin.spouse[other], rows)
    assert (kin.woman[rows] != kin.woman[other]).all() and kin.married[rows].all()
    assert (rows // kinship.BLOCK == other // kinship.BLOCK).all()
    apart = (who.date_of_birth[rows] - who.date_of_birth[other]).astype(np.int64) / YEAR
    assert np.abs(apart).max() <= 6
    for fact in (home.town, home.street, home.street_number, home.flat, home.postal_code,
                 who.branch, home.children):  # fmt: skip
        assert np.array_equal(fact[rows], fact[other])
    assert 0.3 < len(rows) / len(EVERYBODY) < 0.6
    assert 0.7 < (called.last[rows] == called.last[other]).mean() < 0.9
    assert not (who.segment[rows] == CORPORATE).any()


@every_shard
def test_grown_children_live_with_parents_a_generation_older(shard) -> None:
    who, called, kin = people(shard), names(shard), people(shard).kin
    rows = np.flatnonzero(kin.mother >= 0)
    assert len(rows) > 20
    for parent in (kin.mother[rows], kin.father[rows]):
        older = (who.date_of_birth[rows] - who.date_of_birth[parent]).astype(np.int64) / YEAR
        assert older.min() >= 20 and older.max() <= 40
        assert (kin.head[rows] == kin.head[parent]).all()
    assert np.array_equal(called.last[rows], called.last[kin.father[rows]])
    assert not kin.married[rows].any()


@every_shard
def test_relatives_are_one_person_with_one_name(shard) -> None:
    kin, called = people(shard).kin, names(shard)
    rows = np.flatnonzero(kin.spouse >= 0)
    wed = spouses(shard, rows)
    assert np.array_equal(wed.customer, kin.spouse[rows])
    assert np.array_equal(wed.first, called.first[kin.spouse[rows]])
    assert np.array_equal(wed.last, called.last[kin.spouse[rows]])
    for number in range(3):  # both partners have the same children
        mine = children(shard, rows, np.full(len(rows), number))
        theirs = children(shard, kin.spouse[rows], np.full(len(rows), number))
        assert np.array_equal(mine.first, theirs.first) and np.array_equal(mine.birth, theirs.birth)
    some = EVERYBODY[::-1]
    assert np.array_equal(spouses(shard, some).first[::-1], spouses(shard, EVERYBODY).first)


@every_shard
def test_children_come_in_order_and_when_their_parents_are_grown(shard) -> None:
    home, born = households(shard), people(shard).date_of_birth
    before = np.full(SHARD_CUSTOMERS, np.datetime64("1800-01-01"))
    for number in range(4):
        rows = np.flatnonzero(home.children > number)
        kid = children(shard, rows, np.full(len(rows), number))
        assert ((kid.birth - born[rows]).astype(np.int64) / YEAR > 16).all()
        assert (kid.birth < shard.run.today).all() and (kid.birth > before[rows]).all()
        before[rows] = kid.birth


@every_shard
def test_parents_and_siblings_bear_the_surname_of_birth(shard) -> None:
    called = names(shard)
    father = parents(shard, EVERYBODY, np.zeros(SHARD_CUSTOMERS, dtype=bool))
    alone = father.customer < 0
    assert np.array_equal(father.last[alone], called.born[alone])
    other = siblings(shard, EVERYBODY, np.zeros(SHARD_CUSTOMERS, dtype=np.int64))
    assert np.array_equal(other.last, called.born)
    assert (other.first != called.first).all()


@every_shard
def test_names_are_as_common_as_they_are(shard) -> None:
    last = np.array(pools.pool("last_names"))[names(shard).last]
    _, counts = np.unique(last, return_counts=True)
    share = np.sort(counts)[-10:].sum() / len(last)  # 4.9 % in the United States
    assert 0.035 < share < 0.07
    first = np.array(pools.pool("first_names"))[names(shard).first]
    born = people(shard).date_of_birth
    linda, ashley = (born[first == name].astype("datetime64[Y]").astype(int) + 1970
                     for name in ("Linda", "Ashley"))  # fmt: skip
    assert linda.mean() + 15 < ashley.mean()


@every_shard
def test_addresses_are_of_their_town(shard) -> None:
    home, towns = households(shard), pools.towns()
    for town, code in zip(home.town, home.postal_code, strict=True):
        assert postal_codes()[code] in towns[town].postal_codes
    codes = np.array([b.branch_code for b in pools.branches()])
    around = np.array([t.branch_code for t in towns])[home.town]
    assert np.array_equal(codes[people(shard).branch], around)
    assert 0.15 < (home.flat > 0).mean() < 0.5
    assert np.median(home.street_number) < 1500 and home.street_number.max() <= 9999


# ------------------------------------------------------------------------------------ incomes


@every_shard
def test_net_is_a_part_of_gross_and_rises_by_the_year(shard) -> None:
    earn = incomes(shard)
    part = earn.gross / 12 / earn.net_month
    assert part.min() > 1.1 and part.max() < 1.9
    now = shard.run.today.astype("datetime64[M]").astype(int)
    today = earn.net_in(EVERYBODY, np.full(SHARD_CUSTOMERS, now), now)
    assert np.array_equal(today, earn.net_month)
    a_year_ago = earn.net_in(EVERYBODY, np.full(SHARD_CUSTOMERS, now - 12), now)
    rise = today / a_year_ago - 1
    assert rise.min() > 0.01 and rise.max() < 0.06
    pays = np.array([earn.net_in(EVERYBODY[:50], np.full(50, now - m), now) for m in range(36)])
    assert all(len(np.unique(pays[:, k])) <= 4 for k in range(50))  # a raise a year, else constant


@every_shard
def test_employers_are_near_and_companies_have_names(shard) -> None:
    earn, who = incomes(shard), people(shard)
    assert np.array_equal(earn.employer >= 0, earn.work == EMPLOYED)
    known, branches = pools.companies(), pools.branches()
    for row in np.flatnonzero(earn.employer >= 0)[:300]:
        firm, branch = known[earn.employer[row]], branches[who.branch[row]]
        assert firm.reach in ("US", branch.region, branch.branch_code)
        assert firm.kind == LINES[earn.line[row]]
    named = company_names(shard).to_pylist()
    assert [name is not None for name in named] == companies(shard).corporate.tolist()
    assert (employer_offers().count > 0).all()


# -------------------------------------------------------------------------------------- shops


def test_what_one_pays_fits_the_kind_of_shop() -> None:
    draw, place = stream(3, "test.shops"), np.arange(4000)
    paid = {name: np.median(merchants.cost(np.full(4000, code), draw.normal(place, code)))
            for name, code in merchants.CODES.items()}  # fmt: skip
    for name, (low, high) in {
        "coffee": (4, 8), "restaurant": (15, 80), "grocery": (30, 200), "fuel": (25, 90),
        "electronics": (50, 1500), "airline": (150, 900), "landlord": (700, 3000),
        "utility": (60, 300), "streaming": (8, 25), "telecom": (40, 180),
    }.items():  # fmt: skip
        assert low < paid[name] < high, name
    for name, kind in merchants.KINDS.items():
        every = merchants.cost(np.full(4000, merchants.CODES[name]), draw.normal(place, 99), 1.5)
        assert kind.low <= every.min() and every.max() <= kind.high


def test_every_kind_of_shop_is_around_every_branch() -> None:
    assert (merchants.merchant_offers().count > 0).all()
    names = [each.name for each in pools.merchants()] + list(merchants.BY_NAME)
    codes = dict(zip(names, merchants.mcc_of_merchant().tolist(), strict=True))
    said = {"Dental": 8021, "Barber Shop": 7230, "Books": 5942, "Bakery": 5462, "Pharmacy": 5912}
    for word, code in said.items():
        assert {codes[name] for name in codes if name.endswith(word)} == {code}, word
    assert set(merchants.CODES) == set(pools.parts("merchants"))


def test_coffee_is_drunk_before_noon_and_dinner_eaten_in_the_evening() -> None:
    draw, place = stream(3, "test.hours"), np.arange(4000)
    hour = {name: merchants.second_of_day(np.full(4000, merchants.CODES[name]), draw, place) / 3600
            for name in ("coffee", "restaurant", "healthcare")}  # fmt: skip
    assert (hour["coffee"] < 12).mean() > 0.6 and (hour["coffee"] < 5).mean() == 0
    assert (hour["restaurant"] > 17).mean() > 0.4
    assert ((hour["healthcare"] >= 7) & (hour["healthcare"] < 18)).all()


# ------------------------------------------------------------------------------ clocks, places


def test_the_clock_on_the_wall_is_that_of_zoneinfo() -> None:
    day = np.arange("1990-01-01", "2027-01-01", 3, dtype="datetime64[D]")
    for number, name in enumerate(clock.ZONES):
        since = 2006 if "Indiana" in name else 1990  # Indiana had no common time before
        some = day[day.astype("datetime64[Y]").astype(int) + 1970 >= since]
        for second in (0, 3 * 3600 + 1, 43_200, 86_399):
            got = clock.to_utc(some, np.full(len(some), second), np.full(len(some), number))
            local = [dt.datetime.fromisoformat(str(d)) + dt.timedelta(seconds=second) for d in some]
            want = [t.replace(tzinfo=ZoneInfo(name)).astimezone(dt.UTC).replace(tzinfo=None)
                    for t in local]  # fmt: skip
            assert got.astype("datetime64[us]").tolist() == want


def test_staff_is_of_the_branch_or_of_its_region() -> None:
    the_run = SHARDS[0].run
    crew, branch = staff(the_run), np.repeat(np.arange(the_run.profile.staff.branches), 50)
    draw = stream(1, "test.near").uniform(np.arange(len(branch)))
    for roles in (AGENTS, (LOAN_OFFICER,)):
        there = crew.branch[crew.near(roles, branch, draw) - 1]
        area = region_of_branch()
        assert (area[there] == area[branch]).mean() > 0.95
    day = np.full(len(branch), the_run.today - np.timedelta64(6 * 365, "D"))
    chosen = crew.near((LOAN_OFFICER,), branch, draw, day) - 1
    assert (crew.hire_date[chosen] < day).all() and (crew.role[chosen] == LOAN_OFFICER).all()
