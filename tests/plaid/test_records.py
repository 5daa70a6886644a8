"""The reader of CSV: swift and careful read the same, any text is read to its end."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
from fixtures.plaid import RIGHT, brief, cells, text, with_cell, written
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dhub.plaid.check import records
from dhub.plaid.check.batch import Broken, Header
from dhub.plaid.check.records import CsvSource

PIECES = st.sampled_from(
    ["a", "b c", ",", ",", '"', '""', '"a"', "\n", "\r\n", "\r", " ", "é", "\0", "a,b\n", '","']
)
TEXTS = st.lists(PIECES, max_size=60).map("".join)
QUICK = settings(max_examples=300, deadline=None)


@contextmanager
def _file(content: bytes) -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "users.csv"
        path.write_bytes(content)
        yield path


def _read(content: bytes) -> list[Any]:
    """Header, records and broken ones with their lines, in order."""
    with _file(content) as path, closing(CsvSource(path)) as source:
        header = source.header()
        if not isinstance(header, Header):
            return [header]
        found: list[Any] = []
        for batch in source.batches():
            found += zip(batch.lines, zip(*batch.columns, strict=True), strict=False)
            found += [(each.line, each) for each in batch.broken]
        return [header, *sorted(found, key=lambda each: each[0])]


@QUICK
@given(TEXTS, st.sampled_from([1, 7, 1 << 20]))
@example('"a\n"b,c\nd,e\n', 7)
@example('a,"', 1)
@example('a,"b\r', 1)
@example('"a""\n""b",c\r\r\nd,e', 3)
def test_swift_and_careful_read_the_same(body: str, block: int) -> None:
    content = f"user_id,name\n{body}".encode()
    with patch.object(records, "_BLOCK", block):
        swift = _read(content)
    with patch.object(CsvSource, "_at_once", lambda self, text: None):
        careful = _read(content)
    assert swift == careful


FIELD = st.text(st.sampled_from('ab,"\n\r é'), max_size=6)


@QUICK
@given(st.lists(st.tuples(FIELD, FIELD), max_size=30), st.sampled_from(["\n", "\r\n"]))
def test_what_the_csv_module_writes_is_read_again(rows: list[tuple[str, str]], end: str) -> None:
    """Every record with its fields, on the line where it begins."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL)
    expected, line = [], 1
    for row in [("user_id", "name"), *rows]:
        before = len(out.getvalue())
        writer.writerow(row)
        expected.append((line, row))
        line += len(io.StringIO(out.getvalue()[before:], newline="").readlines())
    header, *found = _read(out.getvalue().encode())
    assert (header.names, found) == (["user_id", "name"], expected[1:])


@QUICK
@given(st.binary(max_size=200))
def test_any_bytes_are_read_to_their_end(body: bytes) -> None:
    """And no line is before the one that was read last."""
    found = _read(b"user_id,name\n" + body)
    lines = [line for line, _ in found[1:]] if isinstance(found[0], Header) else []
    assert lines == sorted(set(lines))


def test_an_unclosed_quote_costs_one_record() -> None:
    body = "".join(f"user_{k},Ann\n" for k in range(50_000))
    content = f'user_id,name\nuser_x,"Ann\n{body}'.encode()
    header, first, *rest = _read(content)
    assert isinstance(first[1], Broken) and first[1].code == "unclosed_quote"
    assert (first[0], rest[0], rest[-1], len(rest)) == (
        2, (3, ("user_0", "Ann")), (50_002, ("user_49999", "Ann")), 50_000,
    )  # fmt: skip


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("length", [65_536, 65_537, 131_073, 5_000_000])
def test_a_long_field_costs_one_cell(tmp_path: Path, length: int, quote: str) -> None:
    """Whatever its length; those beyond what is held at once are not read whole."""
    lines = text(cells("transactions")).splitlines()
    lines[2] = lines[2].replace("PAY", f"{quote}{'x' * length}{quote}")
    lines[3] = lines[3].replace("15.99", "?")
    folder = written(tmp_path, transactions="\n".join(lines))
    long = [("transactions", 3, "name", "field_too_long")] if length > 65_536 else []
    assert brief(folder) == [*long, ("transactions", 4, "amount", "not_numeric")]


def test_a_long_field_of_many_lines_is_one_fault(tmp_path: Path) -> None:
    folder = written(tmp_path, transactions=with_cell("transactions", 1, "name", "x y\n" * 50_000))
    assert brief(folder) == [("transactions", 2, "name", "field_too_long")]


def test_bytes_that_are_no_text_in_the_middle_of_a_large_file(tmp_path: Path) -> None:
    head, body = RIGHT["users"].split("\n", 1)
    row = 'user_%d,Zoë %d,user%d@example.com,,true,,"{""age"": 31}"\n'
    rows = [(row % (k, k, k)).encode() for k in range(4, 30_000)]
    rows[20_000] = rows[20_000].replace("ë".encode(), b"\xeb")
    content = f"{head}\n{body}".encode() + b"".join(rows)
    assert brief(written(tmp_path, users=content)) == [("users", 20_005, "name", "bad_encoding")]


WRONG = {
    "amount": [("x", "not_numeric"), ("", "missing_value"), ("1,5", "not_numeric")],
    "date": [("2025-13-01", "bad_date"), ("2024-05-01", "date_out_of_range")],
    "authorized_date": [("1.5.2025", "bad_date")],
    "pending": [("nein", "bad_boolean")],
    "payment_channel": [("shop", "bad_value")],
    "category_primary": [("income", "bad_value")],
    "account_id": [("acc_0", "orphan_key"), (" ", "missing_value")],
    "user_id": [("user_0", "orphan_key")],
    "transaction_id": [("txn_0", "duplicate_key"), ("", "missing_value")],
    "name": [("a\0", "bad_encoding")],
}
PLACES = st.sampled_from([(column, *wrong) for column, all_ in WRONG.items() for wrong in all_])


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 400), PLACES, st.sampled_from(["\n", "\r\n"]), st.data())
def test_one_place_spoiled_is_one_fault(
    row: int, place: tuple[str, str, str], end: str, data: st.DataObject
) -> None:
    """In a file of 400 rows, some with breaks and quotes in their fields, columns in any order."""
    column, value, code = place
    head, *rest = cells("transactions")
    rows = [list(rest[k % len(rest)]) for k in range(400)]
    for k, each in enumerate(rows):
        each[0] = f"txn_{k}"
        each[7] = 'a "b",\nc' if k % 7 == 3 else each[7]
    rows[row - 1][head.index(column)] = value
    order = data.draw(st.permutations(range(len(head))))
    shuffled = [[record[at] for at in order] for record in [head, *rows]]
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerows(shuffled)
    line = 1 + row + sum(k % 7 == 3 for k in range(row - 1))
    with TemporaryDirectory() as folder:
        spoiled = written(Path(folder) / "set", transactions=out.getvalue())
        assert brief(spoiled) == [("transactions", line, column, code)]
