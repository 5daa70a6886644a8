"""Each check of the validation report finds the fault that it is for, and no other does."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from dhub.domains.plaid import LABELS
from dhub.flow.encode import made
from dhub.plaid.features import books, measured
from dhub.plaid.making import TABLES
from dhub.plaid.report import PERSONAS, Seen, failures, report, seen, seen_rows, triggered
from dhub.plaid.request import Order, Request, order
from dhub.world.outside.run import shards

Batches = dict[str, pa.RecordBatch]


@pytest.fixture(scope="module")
def wanted() -> Order:
    return order(Request("archetypes", users="60", last="2025-11-04"), date(2026, 1, 1))


@pytest.fixture(scope="module")
def sound(wanted: Order) -> Batches:
    (shard,) = shards(wanted.run, wanted.users)
    rows = {table.name: made(table, shard) for table in TABLES}
    users, accounts, transactions, liabilities = rows.values()
    held = books(users, accounts, transactions, liabilities, wanted.run.last_day)
    return rows | measured(held) | {"labels": made(LABELS, shard)}


def failed(wanted: Order, rows: Batches) -> list[str]:
    return failures(report(wanted, all_seen(wanted, rows)))


def all_seen(wanted: Order, rows: Batches) -> Seen:
    """As a worker adds it up."""
    found = seen(rows)
    for table in TABLES:
        found.add(seen_rows(wanted, table.name, rows[table.name]))
    return found


def other(rows: pa.RecordBatch, column: str, values: Any) -> pa.RecordBatch:
    """The rows with another column."""
    place = rows.schema.get_field_index(column)
    columns = list(rows.columns)
    columns[place] = pa.array(values, rows.schema.field(place).type)
    return pa.RecordBatch.from_arrays(columns, schema=rows.schema)


def first(rows: pa.RecordBatch, column: str, value: Any) -> pa.RecordBatch:
    """The rows with another value in the first one."""
    return other(rows, column, [value, *rows.column(column).to_pylist()[1:]])


def test_a_sound_data_set_passes(wanted: Order, sound: Batches) -> None:
    assert failed(wanted, sound) == []


def test_a_user_without_an_account(wanted: Order, sound: Batches) -> None:
    kept = sound["accounts"].filter(pc.not_equal(sound["accounts"].column("user_id"), "user_007"))
    assert failed(wanted, {**sound, "accounts": kept}) == ["users_have_account"]


def test_an_account_of_nobody(wanted: Order, sound: Batches) -> None:
    more = sound["accounts"].slice(0, 1)
    rows = pa.concat_batches([sound["accounts"], first(more, "user_id", "user_999")])
    assert failed(wanted, {**sound, "accounts": rows}) == ["accounts_have_user"]


@pytest.mark.parametrize("day", [date(2025, 4, 3), date(2025, 11, 5)])
def test_a_row_out_of_range(wanted: Order, sound: Batches, day: date) -> None:
    rows = first(sound["transactions"], "date", day)
    assert failed(wanted, {**sound, "transactions": rows}) == ["dates_in_range"]


def test_a_card_without_a_liability(wanted: Order, sound: Batches) -> None:
    kept = sound["liabilities"].slice(1)
    assert failed(wanted, {**sound, "liabilities": kept}) == ["credit_has_liability"]


@pytest.mark.parametrize(("yes", "passes"), [(52, False), (53, True), (55, True), (56, False)])
def test_consent_of_88_to_92_percent(wanted: Order, sound: Batches, yes: int, passes: bool) -> None:
    """Of 60 users: 86.7, 88.3, 91.7 and 93.3 %."""
    users = other(sound["users"], "consent_status", [True] * yes + [False] * (60 - yes))
    found = failed(wanted, {**sound, "users": users})
    assert found == ([] if passes else ["consent_distribution"])


@pytest.mark.parametrize(("people", "passes"), [(4, False), (5, True)])
def test_five_users_of_each_persona(
    wanted: Order, sound: Batches, people: int, passes: bool
) -> None:
    found = all_seen(wanted, sound)
    found.personas["P4"] = people
    assert failures(report(wanted, found)) == ([] if passes else ["persona_coverage"])


def test_a_business_account(wanted: Order, sound: Batches) -> None:
    rows = first(sound["accounts"], "holder_category", "business")
    assert failed(wanted, {**sound, "accounts": rows}) == ["no_business_accounts"]


@pytest.mark.parametrize(
    ("column", "value"),
    [("email", "user001@gmail.com"), ("name", "Volodymyr Zelenskyy"), ("name", "Cher")],
)
def test_somebody_real(wanted: Order, sound: Batches, column: str, value: str) -> None:
    rows = first(sound["users"], column, value)
    assert failed(wanted, {**sound, "users": rows}) == ["no_real_pii"]


def test_parts_add_up(wanted: Order, sound: Batches) -> None:
    whole = Seen()
    for _ in range(2):
        whole.add(all_seen(wanted, sound))
    one = all_seen(wanted, sound)
    assert whole.users == 2 * one.users and whole.consented == 2 * one.consented
    for name in ("rows", "faults", "archetypes", "personas"):
        doubled = {key: 2 * value for key, value in getattr(one, name).items()}
        assert dict(getattr(whole, name)) == doubled


def test_a_null_triggers_no_persona(sound: Batches) -> None:
    """Who has no card has no utilization, and is no saver of the fourth persona."""
    nobody = {
        name: pa.RecordBatch.from_arrays(
            [
                column if field.name == "window_days" else pa.nulls(len(column), field.type)
                for field, column in zip(rows.schema, rows.columns, strict=True)
            ],
            schema=rows.schema,
        )
        for name, rows in sound.items()
        if name in ("subscriptions", "savings", "credit", "income", "cash_flow")
    }
    found = triggered(nobody)
    assert list(found) == list(PERSONAS)
    assert not any(pc.any(each).as_py() for each in found.values())
