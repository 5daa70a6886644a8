"""Parts of a plan: what each holds, how it is called, and whose it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fixtures.tiny_bank import tiny_plan

from dhub.errors import UsageError
from dhub.flow.parts import PLAN, Part, cut, named_by, parts_of, read_slice, receipt_name, slice_of
from dhub.flow.plan import Plan
from dhub.model import SHARD_CUSTOMERS

TABLES = ["accounts_db/holders", "accounts_db/moves"]


def plan_of(shards: int, last: int = SHARD_CUSTOMERS) -> Plan:
    return tiny_plan(customers=str((shards - 1) * SHARD_CUSTOMERS + last), employees="7")


@pytest.mark.parametrize("size", [1, 2, 3, 64])
@pytest.mark.parametrize("shards", [1, 5, 64, 65])
def test_parts_hold_each_shard_once(size, shards):
    plan = plan_of(shards, last=1)
    parts = parts_of(plan, size)
    assert [each.number for each in parts] == list(range(len(parts)))
    assert [index for part in parts for index in part.shards] == list(plan.indexes)
    assert all(len(part.shards) <= size + (part.number == 0) for part in parts)


def test_the_size_of_a_part_follows_from_the_plan():
    assert parts_of(plan_of(64)) == (Part(0, 0, 64),)
    assert parts_of(plan_of(65)) == (Part(0, 0, 64), Part(1, 65, 65))
    plan = plan_of(1000)
    (table, *others) = plan.tables
    for rows, last in ((10**10 - plan.rows + table.rows, 64), (10**10 + 1, 512)):
        assert parts_of(replace(plan, tables=(replace(table, rows=rows), *others)))[0].last == last


@pytest.mark.parametrize("slices", [1, 2, 3, 7, 11])
def test_slices_hold_each_part_once(slices):
    parts = parts_of(plan_of(7), 1)
    held = [slice_of(parts, place, slices) for place in range(1, slices + 1)]
    assert [part for each in held for part in each] == list(parts)
    assert max(map(len, held)) - min(map(len, held)) <= 1


@pytest.mark.parametrize("text", ["", "1", "0/3", "4/3", "1/0", "-1/3", "1/3/3", "a/b", "1.0/3"])
def test_what_is_no_slice(text):
    with pytest.raises(UsageError, match=r"the K-th of N slices, K from 1 to N"):
        read_slice(text)
    assert read_slice("17/109") == (17, 109)


def test_a_plan_has_a_digest_of_all_that_its_bytes_hang_on():
    first = cut(plan_of(3), "csv", TABLES, 1)
    others = [
        cut(plan_of(3), "parquet", TABLES, 1),
        cut(plan_of(3), "csv", TABLES, 2),
        cut(plan_of(3), "csv", TABLES[:1], 1),
        cut(plan_of(3, last=7), "csv", TABLES, 1),
        cut(tiny_plan(customers="6000", employees="8"), "csv", TABLES, 1),
        cut(tiny_plan(customers="6000", employees="7", seed="7"), "csv", TABLES, 1),
        cut(tiny_plan(customers="6000", employees="7", as_of="2026-01-01"), "csv", TABLES, 1),
        cut(tiny_plan(customers="6000", employees="7", profile="everyday"), "csv", TABLES, 1),
    ]
    assert cut(plan_of(3), "csv", TABLES, 1).digest == first.digest
    assert len({first.digest, *(each.digest for each in others)}) == len(others) + 1


def test_names_say_whose_they_are():
    made = cut(plan_of(3), "csv", TABLES, 1)
    name = made.file("accounts_db/moves", made.parts[2])
    assert name == f"accounts_db/moves/part-000002-{made.digest[:8]}.csv"
    ours = named_by(made.document)
    draft = f"accounts_db/moves/.part-000002-{made.digest[:8]}.csv.0123abcd.part"
    assert all(map(ours, (name, draft, PLAN, receipt_name(2), "manifest.json")))
    other = cut(plan_of(4), "csv", TABLES, 1)
    theirs = (other.file("accounts_db/moves", other.parts[2]), "accounts_db/notes.csv", "x", "")
    assert not any(map(ours, theirs))


def test_a_bank_of_one_part_has_a_file_for_each_table():
    whole = cut(plan_of(3), "csv", TABLES)
    assert whole.file("accounts_db/moves", whole.parts[0]) == "accounts_db/moves.csv"
