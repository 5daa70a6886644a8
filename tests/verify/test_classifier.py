"""Of a large bank a classifier is asked about some customers, of a small one about all."""

from __future__ import annotations

import pytest

from dhub.verify.sight import empty_duck
from dhub.verify.warehouse.classifier import _ENOUGH, ASKS, guesses

_HABITS = """
CREATE SCHEMA warehouse_db;
CREATE TABLE warehouse_db.habits AS
SELECT n AS customer_key, ['old', 'young'][1 + n % 2] AS persona, 30 + n % 40 AS age
FROM range({}) t(n)
"""
_SHARES = """
CREATE TABLE warehouse_db.shares AS SELECT customer_key, habit, 0.1 + customer_key % 2 * 0.5
    AS share
FROM warehouse_db.habits CROSS JOIN (VALUES ('a'), ('b')) t(habit)
"""


@pytest.mark.parametrize("customers", [2 * _ENOUGH - 1, 7 * _ENOUGH])
def test_the_customers_asked_about_are_bounded(customers: int) -> None:
    with empty_duck() as duck:
        duck.execute(_HABITS.format(customers) + ";" + _SHARES)
        asked = duck.sql(ASKS).to_arrow_table()
    keys = len(asked["customer_key"])
    assert keys == customers if customers < 2 * _ENOUGH else 0.9 * _ENOUGH < keys < 2 * _ENOUGH
    told = guesses(asked)
    assert told["by_habits"].to_pylist() == told["persona"].to_pylist()
