"""Plans as a table of cases: sizes, shards, and every fault of a request at once."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from datetime import date

import pytest
from fixtures.small_bank import record
from fixtures.tiny_bank import BANK, TODAY, tiny_plan

from dhub import BANK_FORMAT
from dhub.bank import BANK as WHOLE
from dhub.errors import Refused, UsageError
from dhub.flow.plan import key_ranges, make_plan, plan_of
from dhub.flow.request import Request
from dhub.model import SHARD_CUSTOMERS
from dhub.profiles import load_profile

GUIDE = load_profile("guide")


@pytest.mark.parametrize(
    ("options", "customers", "employees", "shards"),
    [
        ({}, 1200, 150, 1),
        ({"scale": "0.05"}, 60, 7, 1),
        ({"scale": "0.1"}, 120, 15, 1),
        ({"scale": "0.29"}, 348, 43, 1),  # 0.29 * 1200 is 347.99999999999994 in floats
        ({"scale": "5"}, 6000, 750, 3),
        ({"scale": "100"}, 120_000, 15_000, 60),
        ({"customers": "500"}, 500, 150, 1),
        ({"customers": "1000", "employees": "100"}, 1000, 100, 1),
        ({"customers": "2000"}, 2000, 150, 1),
        ({"customers": "2001"}, 2001, 150, 2),
        ({"customers": "64000000"}, 64_000_000, 150, 32_000),
        ({"customers": "64000001"}, 64_000_001, 150, 32_001),
        ({"scale": "1000000"}, 1_200_000_000, 1_000_000, 600_000),
        ({"customers": "4096000000"}, 4_096_000_000, 150, 2_048_000),
    ],
)
def test_size(options, customers, employees, shards):
    plan = tiny_plan(**options)
    assert (plan.customers, plan.run.employees, plan.shard_count) == (customers, employees, shards)
    assert plan.foundation and plan.first_shard == 1


def test_a_plan_of_a_milliard_customers_is_small():
    """Its shards are a range: what it takes to plan does not grow with them."""
    tracemalloc.start()
    plan = make_plan(Request(scale="1000000"), WHOLE, TODAY)
    assert plan.rows > 80 * 10**9 and plan.indexes == range(600_001)
    assert key_ranges(plan, WHOLE[0]) and plan.shard(600_000).customers == SHARD_CUSTOMERS
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 2**20


def test_the_last_shard_holds_the_rest():
    plan = tiny_plan(customers="4500")
    assert [(s.index, s.customers) for s in plan.shards] == [(1, 2000), (2, 2000), (3, 500)]
    assert list(plan.indexes) == [0, 1, 2, 3]


def test_rows_are_expected_by_table_and_phase():
    plan = tiny_plan(scale="0.1")
    assert [(t.table, t.rows) for t in plan.tables] == [
        ("clerks", 15),
        ("holders", 120),
        ("moves", 840),
    ]
    assert plan.phases == {1: 15, 2: 960}
    assert plan.rows == 975


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": "0"}, "--scale 0: must be above 0."),
        ({"scale": "-1"}, "--scale -1: must be above 0."),
        ({"scale": "nan"}, "--scale nan: not a number in digits 0 to 9, as in 0.5."),
        ({"scale": "inf"}, "--scale inf: not a number in digits 0 to 9, as in 0.5."),
        ({"scale": "ten"}, "--scale ten: not a number in digits 0 to 9, as in 0.5."),
        (
            {"scale": "1" + "0" * 12},
            "--scale 1000000000000: at most 4,096,000,000 customers. "
            "The draws of more customers would have no addresses of their own in 64 bits.",
        ),
        (
            {"scale": "4000000"},
            "--scale 4000000: 4,800,000,000 customers; at most 4,096,000,000. "
            "The draws of more customers would have no addresses of their own in 64 bits.",
        ),
        (
            {"customers": "4096000001"},
            "--customers 4096000001: at most 4,096,000,000. "
            "The draws of more customers would have no addresses of their own in 64 bits.",
        ),
        (
            {"scale": "0.04"},
            "--scale 0.04: gives 6 employees, a bank needs 7. "
            "Use --scale 0.05 or more, or --employees 7.",
        ),
        (
            {"employees": "1000001"},
            "--employees 1000001: at most 1,000,000 fit into one staff.",
        ),
        (
            {"employees": "0"},
            "--employees 0: customers need at least 7 employees, "
            "one for each role that serves them.",
        ),
        ({"customers": "0"}, "--customers 0: a bank has at least one."),
        ({"customers": "many"}, "--customers many: not a whole number in digits 0 to 9."),
        ({"seed": "1.5"}, "--seed 1.5: not a whole number in digits 0 to 9."),
        ({"seed": "9" * 30}, "--seed " + "9" * 30 + ": must lie within ±2^64."),
        ({"as_of": "2026-02-30"}, "--as-of 2026-02-30: not a date (YYYY-MM-DD) of the calendar."),
        (
            {"as_of": "2026-11-02"},
            "--as-of 2026-11-02: lies in the future; today is 2026-11-01 (UTC).",
        ),
        ({"as_of": "1999-01-01"}, "--as-of 1999-01-01: the earliest is 2010-01-01."),
        ({"workers": "0"}, "--workers 0: from 1 to 256; each connects to every database."),
    ],
)
def test_fault(options, message):
    with pytest.raises(UsageError) as raised:
        tiny_plan(**options)
    assert str(raised.value) == message


def test_all_faults_at_once():
    with pytest.raises(UsageError) as raised:
        tiny_plan(scale="0", seed="x", as_of="tomorrow", employees="3", workers="-1")
    told = str(raised.value)
    assert told.startswith("5 faults:\n  - --workers -1")
    assert all(option in told for option in ("--scale", "--seed", "--as-of", "--employees"))


def estate(**changes):
    first = record(
        profile_json=GUIDE.to_json(), customers=1200, shard_count=1, as_of=TODAY, state="complete",
        bank_format=BANK_FORMAT,
    )
    return [replace(first, **changes)]


def test_append_starts_at_the_next_shard():
    plan = make_plan(Request(append=True, customers="2500"), BANK, TODAY, estate())
    assert (plan.cohort, plan.first_shard, plan.shard_count) == (2, 2, 2)
    assert [(s.index, s.customers) for s in plan.shards] == [(2, 2000), (3, 500)]
    assert not plan.foundation
    assert {t.table: t.rows for t in plan.tables} == {"clerks": 0, "holders": 2500, "moves": 17500}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "--append needs --customers N, the size of the cohort to add."),
        ({"scale": "1"}, "--append takes its size from --customers; leave --scale out."),
        ({"employees": "9"}, "--append takes its size from --customers; leave --employees out."),
        ({"seed": "7"}, "--seed 7: the estate was seeded with 42."),
        ({"as_of": "2026-10-31"}, "--as-of 2026-10-31: the estate is as of 2026-11-01."),
        ({"profile": "requirements"}, "--profile requirements: the estate follows guide."),
        ({"replace": True}, "--replace clears what --append adds to; leave one of them out."),
    ],
)
def test_append_to_something_else(options, message):
    given = {"customers": "10", **options} if options else {}
    with pytest.raises(UsageError) as raised:
        make_plan(Request(append=True, **given), BANK, TODAY, estate())
    assert str(raised.value) == message


def test_append_to_nothing():
    with pytest.raises(UsageError, match="nothing is seeded that could be added to"):
        make_plan(Request(append=True, customers="10"), BANK, TODAY)


def test_append_with_the_same_figures():
    asked = Request(append=True, customers="10", seed="42", as_of=str(TODAY), profile="guide")
    assert make_plan(asked, BANK, date(2030, 1, 1), estate()).run.as_of == TODAY


def test_a_recorded_run_gives_its_plan_again():
    plan = plan_of(estate()[0], BANK)
    assert plan.customers == 1200
    assert plan.run == replace(tiny_plan().run, employees=3)


def test_key_ranges():
    staff, money = BANK
    plan = tiny_plan(customers="2500")
    assert key_ranges(plan, staff) == {"clerks": ("clerk_id", 1, 300)}
    assert key_ranges(plan, money) == {
        "holders": ("holder_id", 1, 2 * SHARD_CUSTOMERS),
        "moves": ("move_id", 1, 20 * SHARD_CUSTOMERS),
    }
    later = make_plan(Request(append=True, customers="1"), BANK, TODAY, estate())
    assert key_ranges(later, staff) == {}
    assert key_ranges(later, money)["moves"] == ("move_id", 20_001, 40_000)


def test_scale_of_the_environment():
    assert Request().scaled(0.1) == Request(scale="0.1")
    assert Request(scale="2").scaled(0.1) == Request(scale="2")
    assert Request(append=True).scaled(0.1) == Request(append=True)


def test_a_bank_of_another_format_is_neither_resumed_nor_appended_to():
    (there,) = estate()
    other = replace(there, bank_format=BANK_FORMAT + 1, dhub_version="9.9.9")
    for step in (
        lambda: plan_of(other, BANK),
        lambda: make_plan(Request(append=True, customers="10"), BANK, TODAY, [other]),
    ):
        with pytest.raises(Refused, match=rf"has format {BANK_FORMAT + 1}.*Use dhub 9\.9\.9"):
            step()
