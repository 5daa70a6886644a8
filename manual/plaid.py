"""Makes a small data set, gives the pages of outside accounts: their columns, and examples."""

from __future__ import annotations

import csv
import json
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from dhub.domains.plaid import DOMAIN, LABELS
from dhub.model import Column, Table
from dhub.plaid.features import FEATURES
from dhub.plaid.generate import generate
from dhub.plaid.request import Request, order
from dhub.plaid.schema import BY_NAME
from manual.markdown import block, code, page, plain, table, value

COLUMNS = Path(__file__).with_name("plaid_columns.toml")
_MADE_ON = date(2026, 1, 1)  # no figure of the data set hangs on it
_FEW = 8  # words of a list that a cell shows
_SHOWN = 12  # rows of a statement

Rows = Sequence[Mapping[str, Any]]


def told() -> dict[str, dict[str, str]]:
    """What each column holds, by table; `window` are those that all features share."""
    return tomllib.loads(COLUMNS.read_text(encoding="utf-8"))


def pages() -> Iterator[tuple[str, str]]:
    """Each page with its path below reference/."""
    with tempfile.TemporaryDirectory() as folder:
        generate(order(Request(users="20"), _MADE_ON), Path(folder))
        rows = {each.name: _lines(Path(folder), f"synthetic_{each.name}") for each in DOMAIN.tables}
        labels = _lines(Path(folder), "ground_truth/labels")
        measured = {each.name: _measured(Path(folder), each.name) for each in FEATURES}
    yield "plaid/index.md", _index(rows, measured)
    for each in DOMAIN.tables:
        yield f"plaid/{each.name}.md", _table(each, f"synthetic_{each.name}.csv", rows[each.name])
    yield "plaid/features.md", _features(measured)
    yield "plaid/labels.md", _table(LABELS, "ground_truth/labels.csv", labels)


def _lines(folder: Path, name: str) -> Rows:
    with open(folder / f"{name}.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _measured(folder: Path, name: str) -> Rows:
    found: Rows = pq.read_table(folder / "features" / f"{name}.parquet").to_pylist()
    return found


def _index(rows: Mapping[str, Rows], measured: Mapping[str, Rows]) -> str:
    about = told()
    files = [
        (f"[{name}]({name}.md)", f"`synthetic_{name}.csv` or `.parquet`", about[name]["about"])
        for name in rows
    ]
    files += [
        ("[features](features.md)", f"`features/{name}.parquet`", about[name]["about"])
        for name in measured
    ]
    files += [("[labels](labels.md)", "`ground_truth/labels.csv`", about["labels"]["about"])]
    return page(
        "Outside accounts",
        table(("table", "file", "what it holds"), [(a, b, plain(c)) for a, b, c in files]),
        "## A user",
        block(json.dumps(_user(rows["users"][0]), indent=2), "json"),
        "## A statement of a card",
        *_statement(rows),
        "## A row of features",
        block(json.dumps(measured["cash_flow"][1], indent=2, default=str), "json"),
        lead="What `dhub plaid generate` writes, as in [its guide](../../how-to/plaid.md). "
        "The examples are of 20 users of the preset `everyday`, seed 42.",
    )


def _user(row: Mapping[str, str]) -> dict[str, Any]:
    return {**row, "metadata": json.loads(row["metadata"])}


def _statement(rows: Mapping[str, Rows]) -> Iterator[str]:
    """The first card, and what was booked on it up to its last statement."""
    owed = next(each for each in rows["liabilities"] if each["liability_type"] == "credit_card")
    issued = owed["last_statement_issue_date"]
    own = [
        each
        for each in rows["transactions"]
        if each["account_id"] == owed["account_id"] and each["date"] <= issued
    ][-_SHOWN:]
    columns = ("date", "name", "category_detailed", "amount")
    yield (
        f"Of {issued}, with {owed['last_statement_balance']} dollars owed at "
        f"{owed['apr_percentage']} % a year; {owed['minimum_payment_amount']} are due at least "
        f"by {owed['next_payment_due_date']}. The last rows of the card up to that day:"
    )
    yield table(columns, [[value(each[name]) for name in columns] for each in own])


def _table(each: Table, file: str, rows: Rows) -> str:
    about = told()[each.name]
    known = BY_NAME.get(each.name)
    needed = known.required if known else ()
    words = {c.name: c.values for c in known.columns} if known else {}
    lines = [
        (
            code(column.name),
            code(column.type),
            "yes" if column.name in needed else "",
            plain(about[column.name]) + _of(words.get(column.name, frozenset())),
            value(_first(rows, column)),
        )
        for column in each.columns
    ]
    head = ["column", "type", "required", "what it holds", "for example"]
    if known is None:
        head, lines = _without(head, 2), [_without(line, 2) for line in lines]
    return page(
        each.name,
        table(head, lines),
        lead=f"{plain(about['about'])} The file is `{file}`"
        + (", or Parquet with the same values" if known else "")
        + (". Required are the columns that data of others must have, too." if known else "."),
    )


def _without(cells: Sequence[str], place: int) -> list[str]:
    return [*cells[:place], *cells[place + 1 :]]


def _of(words: frozenset[str]) -> str:
    """The words that data of others may have, where these are few."""
    if not 1 < len(words) <= _FEW:
        return ""
    return " Allowed: " + ", ".join(map(code, sorted(words))) + "."


def _first(rows: Rows, column: Column) -> Any:
    """The first value that is there."""
    return next((each[column.name] for each in rows if each[column.name] not in ("", None)), None)


def _features(measured: Mapping[str, Rows]) -> str:
    about, parts = told(), []
    for each in FEATURES:
        own = about[each.name]
        parts += [f"## {each.name}", f"`features/{each.name}.parquet`. {plain(own['about'])}"]
        lines = [
            (
                code(column.name),
                code(column.type),
                "yes" if column.null else "",
                plain({**about["window"], **own}[column.name]),
                value(_first(measured[each.name][1:], column)),
            )
            for column in each.columns
        ]
        head = ("column", "type", "null", "what it holds", "for example")
        parts.append(table(head, lines))
    return page(
        "features",
        *parts,
        lead="Five files, each with a row for every user and window of 30 and of 180 days. Only "
        "rows that are booked count; money is in dollars, deviations are of the population. "
        "A quotient is null where its divisor is 0, and what measures nothing is null.",
    )
