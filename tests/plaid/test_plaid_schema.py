"""What generate makes and what the validator asks for are one schema, told twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.command import Dhub

from dhub.others import PLAID
from dhub.plaid.categories import DETAILED, PRIMARY_OF
from dhub.plaid.schema import TABLES

(DOMAIN,) = PLAID
_KINDS = {
    "number": ("numeric",), "date": ("date",), "instant": ("timestamp", "text"),
    "boolean": ("boolean",), "json": ("jsonb", "text"), "email": ("text",), "text": ("text",),
}  # fmt: skip


def test_the_tables_and_columns_are_the_same_in_their_order() -> None:
    made = {table.name: [column.name for column in table.columns] for table in DOMAIN.tables}
    assert made == {table.name: [each.name for each in table.columns] for table in TABLES}


def test_what_is_required_is_always_made_and_kinds_agree() -> None:
    for made, asked in zip(DOMAIN.tables, TABLES, strict=True):
        for column, told in zip(made.columns, asked.columns, strict=True):
            where = f"{asked.name}.{told.name}"
            assert not (told.required and column.null), where
            assert column.type.startswith(_KINDS[told.kind]), f"{where}: {column.type}"


def test_detailed_categories_begin_with_their_primary() -> None:
    assert len(DETAILED) == 128
    assert all(name.startswith(f"{primary}_") for name, primary in PRIMARY_OF.items())


@pytest.mark.parametrize("preset", ["everyday", "archetypes"])
@pytest.mark.parametrize("style", ["csv", "parquet"])
def test_what_is_made_has_no_fault(dhub: Dhub, tmp_path: Path, preset: str, style: str) -> None:
    words = ("--preset", preset, "--users", "30", "--to", "2025-11-04", "--format", style)
    made = dhub("plaid", "generate", str(tmp_path / "set"), *words, "--json")
    assert made.code in (0, 1)  # what the report says of it is another matter
    found = dhub("plaid", "validate", str(tmp_path / "set"), "--json")
    assert (found.code, found.json["valid"]) == (0, True)
    assert found.json["rows"] == made.json["counts"]
