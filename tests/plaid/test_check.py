"""Every code of the validator, by a small bad file: that fault, on its line, and no other."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from fixtures.plaid import FILES, RIGHT, brief, cells, faults, put, text, with_cell, written

LONG = "x" * 65_537

# table, row below the header, column, value, code; the file's other values are right
CELLS = [
    ("users", 1, "user_id", "", "missing_value"),
    ("users", 2, "name", "", "missing_value"),
    ("users", 2, "name", "   ", "missing_value"),
    ("users", 3, "email", "", "missing_value"),
    ("users", 3, "metadata", "", "missing_value"),
    ("users", 1, "email", "user001", "bad_email"),
    ("users", 1, "email", "user001@example", "bad_email"),
    ("users", 1, "email", "user 001@example.com", "bad_email"),
    ("users", 1, "email", "user001@@example.com", "bad_email"),
    ("users", 1, "email", "user001@example..com", "bad_email"),
    ("users", 1, "email", ".user001@example.com", "bad_email"),
    ("users", 1, "email", "user001@-example.com", "bad_email"),
    ("users", 2, "email", "user001@example.com", "duplicate_value"),
    ("users", 2, "email", "USER001@Example.COM", "duplicate_value"),
    ("users", 1, "metadata", "{age: 31}", "bad_json"),
    ("users", 1, "metadata", "{'age': 31}", "bad_json"),
    ("users", 1, "metadata", '{"age": 31', "bad_json"),
    ("users", 1, "metadata", '{"age": NaN}', "bad_json"),
    ("users", 1, "metadata", '["age", 31]', "bad_json"),
    ("users", 1, "metadata", "[" * 60_000, "bad_json"),
    ("users", 1, "consent_status", "yes", "bad_boolean"),
    ("users", 1, "created_at", "yesterday", "bad_date"),
    ("users", 1, "created_at", "2025-02-30 08:00:00", "bad_date"),
    ("users", 1, "consent_updated_at", "2025-04-01 25:00:00", "bad_date"),
    ("users", 2, "user_id", "user_001", "duplicate_key"),
    ("accounts", 1, "account_type", "crypto", "bad_value"),
    ("accounts", 1, "account_type", "Checking", "bad_value"),
    ("accounts", 1, "account_type", "", "missing_value"),
    ("accounts", 1, "plaid_type", "bank", "bad_value"),
    ("accounts", 1, "holder_category", "business", "bad_value"),
    ("accounts", 1, "iso_currency_code", "DOLLAR", "bad_value"),
    ("accounts", 1, "balance_current", "12,50", "not_numeric"),
    ("accounts", 1, "balance_current", "NaN", "not_numeric"),
    ("accounts", 1, "balance_current", "inf", "not_numeric"),
    ("accounts", 1, "balance_current", "1e999", "not_numeric"),
    ("accounts", 1, "balance_current", "", "missing_value"),
    ("accounts", 1, "balance_limit", "none", "not_numeric"),
    ("accounts", 2, "balance_available", "$700", "not_numeric"),
    ("accounts", 3, "user_id", "user_009", "orphan_key"),
    ("accounts", 3, "user_id", "User_002", "orphan_key"),
    ("accounts", 3, "user_id", "", "missing_value"),
    ("transactions", 1, "amount", "12.5.0", "not_numeric"),
    ("transactions", 1, "amount", "1_000", "not_numeric"),
    ("transactions", 1, "amount", " 45.10", "not_numeric"),
    ("transactions", 1, "amount", "４５", "not_numeric"),
    ("transactions", 1, "amount", "45.10\n45.10", "not_numeric"),
    ("transactions", 1, "amount", "", "missing_value"),
    ("transactions", 1, "date", "05/01/2025", "bad_date"),
    ("transactions", 1, "date", "20250501", "bad_date"),
    ("transactions", 1, "date", "2025-5-1", "bad_date"),
    ("transactions", 1, "date", "2025-02-29", "bad_date"),
    ("transactions", 1, "date", "2025-05-01T00:00:00", "bad_date"),
    ("transactions", 1, "date", "", "missing_value"),
    ("transactions", 1, "date", "2025-04-30", "date_out_of_range"),
    ("transactions", 1, "date", "2025-11-01", "date_out_of_range"),
    ("transactions", 1, "authorized_date", "soon", "bad_date"),
    ("transactions", 1, "pending", "no", "bad_boolean"),
    ("transactions", 1, "pending", "2", "bad_boolean"),
    ("transactions", 1, "payment_channel", "in_store", "bad_value"),
    ("transactions", 1, "category_primary", "FOOD", "bad_value"),
    ("transactions", 1, "category_detailed", "INCOME_WAGES", "bad_value"),
    ("transactions", 1, "name", LONG, "field_too_long"),
    ("transactions", 1, "name", "x\0y", "bad_encoding"),
    ("transactions", 2, "transaction_id", "txn_1", "duplicate_key"),
    ("transactions", 2, "account_id", "acc_9", "orphan_key"),
    ("transactions", 2, "user_id", "user_009", "orphan_key"),
    ("liabilities", 1, "liability_type", "auto", "bad_value"),
    ("liabilities", 1, "apr_type", "nominal", "bad_value"),
    ("liabilities", 2, "interest_rate_type", "adjustable", "bad_value"),
    ("liabilities", 1, "apr_percentage", "19.99%", "not_numeric"),
    ("liabilities", 1, "is_overdue", "maybe", "bad_boolean"),
    ("liabilities", 1, "next_payment_due_date", "14.11.2025", "bad_date"),
    ("liabilities", 1, "account_id", "acc_9", "orphan_key"),
    ("liabilities", 2, "liability_id", "liab_1", "duplicate_key"),
]
# What a wrong value of a parent's key brings with it: its children dangle.
CHILDREN = {
    ("users", "missing_value"): [
        ("accounts", 2, "user_id", "orphan_key"),
        ("accounts", 3, "user_id", "orphan_key"),
        ("transactions", 2, "user_id", "orphan_key"),
        ("transactions", 3, "user_id", "orphan_key"),
        ("transactions", 4, "user_id", "orphan_key"),
        ("liabilities", 2, "user_id", "orphan_key"),
    ],
    ("users", "duplicate_key"): [
        ("accounts", 4, "user_id", "orphan_key"),
        ("transactions", 5, "user_id", "orphan_key"),
    ],
}


def test_a_right_data_set_has_no_fault(tmp_path: Path) -> None:
    assert faults(written(tmp_path)) == []


def _short(value: object) -> str:
    return str(value)[:20]


@pytest.mark.parametrize(("table", "row", "column", "value", "code"), CELLS, ids=_short)
def test_a_wrong_cell_is_one_fault(
    tmp_path: Path, table: str, row: int, column: str, value: str, code: str
) -> None:
    folder = written(tmp_path, **{table: with_cell(table, row, column, value)})
    follows = CHILDREN.get((table, code), []) if column == "user_id" and table == "users" else []
    assert brief(folder) == [(table, row + 1, column, code), *follows]


RIGHT_CELLS = [
    ("accounts", "balance_current", each) for each in ("5", "5.", ".5", "+5", "-5.25", "1e3", "0")
] + [
    ("transactions", "pending", each) for each in ("TRUE", "False", "1", "0", "")
] + [
    ("users", "created_at", each)
    for each in ("2025-04-01", "2025-04-01T08:00:00Z", "2025-04-01 08:00:00.123+02:00")
] + [
    ("users", "email", each) for each in ("a.b+c@mail.example.co", "ünï@exämple.com")
] + [
    ("users", "name", each) for each in ('say ""no""', "two\nlines", "Zoë 李", "x" * 65_536)
] + [
    ("users", "metadata", "{}"),
    ("users", "metadata", '{\n "age": 31\n}'),
    ("transactions", "category_detailed", "LOAN_DISBURSEMENTS_BNPL"),
    ("accounts", "account_type", "mortgage"),
    ("transactions", "merchant_name", ""),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column", "value"), RIGHT_CELLS, ids=_short)
def test_what_may_stand_there(tmp_path: Path, table: str, column: str, value: str) -> None:
    assert brief(written(tmp_path, **{table: with_cell(table, 1, column, value)})) == []


USERS = RIGHT["users"]
_CRLF = USERS.replace("\n", "\r\n")
WHOLE_FILES = {
    "BOM": "\ufeff" + USERS,
    "CRLF": _CRLF,
    "CR": USERS.replace("\n", "\r"),
    "blank lines": "\n\r\n" + USERS.replace("\n", "\n\n") + "\n  \n",
    "no last newline": USERS.rstrip("\n"),
    "extra column": text([[*record, "more"] for record in cells("users")]),
    "permuted": text([record[::-1] for record in cells("users")]),
    "only what is required": text(
        [[record[at] for at in (0, 1, 2, 6)] for record in cells("users")]
    ),
    "all quoted": "\n".join(
        ",".join('"' + each.replace('"', '""') + '"' for each in record)
        for record in cells("users")
    ),
    "a quote inside": with_cell("users", 1, "name", "x").replace(",x,", ',5" x,'),
    "blank names of columns": text([[*record, "", ""] for record in cells("users")]),
}


@pytest.mark.parametrize("kind", WHOLE_FILES)
def test_what_a_file_may_look_like(tmp_path: Path, kind: str) -> None:
    assert brief(written(tmp_path, users=WHOLE_FILES[kind])) == []


def _lines(table: str) -> list[str]:
    return text(cells(table)).splitlines()


def _spoiled(line: int, old: str, new: str) -> str:
    lines = _lines("users")
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    return "\n".join(lines) + "\n"


BROKEN: dict[str, tuple[str | bytes | None, list[tuple[int, str, str]]]] = {
    "no file": (None, [(0, "", "missing_file")]),
    "nothing": ("", [(1, "", "empty_file")]),
    "only a BOM": ("\ufeff", [(1, "", "empty_file")]),
    "only blank lines": ("\n \n\r\n", [(1, "", "empty_file")]),
    "semicolons": (USERS.replace(",", ";"), [(1, "", "wrong_delimiter")]),
    "tabs": (USERS.replace(",", "\t"), [(1, "", "wrong_delimiter")]),
    "names in quotes, then semicolons": (
        USERS.replace("user_id,", '"user_id";').replace("name,", '"name";', 1),
        [(1, "", "wrong_delimiter")],
    ),
    "a name without its closing quote": ('"' + USERS, [(1, "", "unclosed_quote")]),
    "bars": ("\n" + USERS.replace(",", "|"), [(2, "", "wrong_delimiter")]),
    "UTF-16": (USERS.encode("utf-16"), [(1, "", "bad_encoding")]),
    "no column": (
        text([record[:2] + record[3:] for record in cells("users")]),
        [(1, "email", "missing_column")],
    ),
    "two columns": (
        text([[*record, record[1]] for record in cells("users")]),
        [(1, "name", "duplicate_column")],
    ),
    "a column under another's name": (
        USERS.replace("user_id,name", "user_id,email", 1),
        [(1, "email", "duplicate_column"), (1, "name", "missing_column")],
    ),
    "two columns of keys": (
        USERS.replace("user_id,name", "user_id,user_id", 1),
        [(1, "user_id", "duplicate_column"), (1, "name", "missing_column")],
    ),
    "too few fields": (_spoiled(3, "Cy Dee,", ""), [(3, "", "wrong_field_count")]),
    "too many fields": (_spoiled(3, "Cy Dee", "Cy,Dee"), [(3, "", "wrong_field_count")]),
    "no closing quote": (_spoiled(2, '}"', "}"), [(2, "", "unclosed_quote")]),
    "no closing quote at the end": (_spoiled(4, '}"', "}"), [(4, "", "unclosed_quote")]),
    "text behind a quote": (_spoiled(4, '""",', '"""x,'), [(4, "", "unclosed_quote")]),
    "a quote that is not doubled": (_spoiled(2, '""age', '"age'), [(2, "", "unclosed_quote")]),
    "Latin-1": (USERS.replace("Cy", "Cÿ").encode("latin-1"), [(3, "name", "bad_encoding")]),
    "Latin-1 in a record of too many fields": (
        _spoiled(3, "Cy", "C,ÿ").encode("latin-1"),
        [(3, "", "wrong_field_count"), (3, "", "bad_encoding")],
    ),
    "NUL behind a quote that is not closed": (
        _spoiled(2, '}"', "\0}"),
        [(2, "", "unclosed_quote"), (2, "", "bad_encoding")],
    ),
    "Latin-1 in the header": (
        USERS.replace("name", "nÿme", 1).encode("latin-1"),
        [(1, "n\\udcffme", "bad_encoding")],
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_is_broken(tmp_path: Path, kind: str) -> None:
    """Whatever is broken in it, no reference to its keys is called dangling."""
    content, expected = BROKEN[kind]
    found = brief(written(tmp_path, users=content))
    assert found == [("users", *each) for each in expected]


def test_a_line_is_where_the_record_begins(tmp_path: Path) -> None:
    """The header is line 1; breaks inside quotes and blank lines count."""
    lines = _lines("users")
    name = '"Eve\r\nor\rAdam\n"'
    lines[1] = lines[1].replace("Ann Bee", name)
    lines[2] = lines[2].replace("user002@", "user002 ").replace("Cy Dee", name)
    lines[3] = lines[3].replace("true", "yes")
    content = "\n" + "\n\n".join(lines)
    assert brief(written(tmp_path, users=content)) == [
        ("users", 9, "email", "bad_email"),
        ("users", 14, "consent_status", "bad_boolean"),
    ]


def test_faults_come_by_file_line_and_column_and_none_hides_another(tmp_path: Path) -> None:
    users = with_cell("users", 1, "email", "nowhere").splitlines()
    users[2] = users[2].replace("false", "no")
    users.append("user_001,,user003@example.com,never,true,,{}")
    users.append("user_005,too,few")
    accounts = with_cell("accounts", 2, "user_id", "user_009").replace("120.00", "lots")
    transactions = with_cell("transactions", 4, "date", "2026-01-01")
    folder = written(
        tmp_path,
        users="\n".join(users),
        accounts=accounts,
        transactions=transactions,
        liabilities=None,
        metadata='{"date_range": {"start": "2025-05-01", "end": "2025-10-31"}}',
    )
    assert brief(folder) == [
        ("users", 2, "email", "bad_email"),
        ("users", 3, "consent_status", "bad_boolean"),
        ("users", 5, "user_id", "duplicate_key"),
        ("users", 5, "name", "missing_value"),
        ("users", 5, "email", "duplicate_value"),
        ("users", 5, "created_at", "bad_date"),
        ("users", 6, "", "wrong_field_count"),
        ("accounts", 2, "balance_current", "not_numeric"),
        ("accounts", 3, "user_id", "orphan_key"),
        ("transactions", 5, "date", "date_out_of_range"),
        ("liabilities", 0, "", "missing_file"),
    ]


def test_each_of_more_than_two_is_a_duplicate_but_the_first(tmp_path: Path) -> None:
    records = cells("transactions")
    for record in records[2:]:
        record[0] = "txn_1"
    found = faults(written(tmp_path, transactions=text(records)))
    assert [(each.line, each.code) for each in found] == [
        (3, "duplicate_key"), (4, "duplicate_key"), (5, "duplicate_key"),
    ]  # fmt: skip
    assert found[0].message == "txn_1 stands on line 2 already"


def test_a_record_that_cannot_be_read_still_answers_references(tmp_path: Path) -> None:
    """Whichever of its fields the key was; nothing else is asked of it."""
    lines = _lines("accounts")
    lines[2] = "acc_2,user_001,credit,card,too,many" + ",fields" * 20
    lines[3] = 'acc_3,"user_002,savings'
    assert brief(written(tmp_path, accounts="\n".join(lines))) == [
        ("accounts", 3, "", "wrong_field_count"),
        ("accounts", 4, "", "unclosed_quote"),
    ]


METADATA = {
    "{": (1, "", "bad_json"),
    '{"a": 1,\n "b": }': (2, "", "bad_json"),
    "[]": (1, "", "bad_json"),
    "": (1, "", "empty_file"),
    '{"date_range": {"start": "2025-05-01"}}': (1, "date_range.end", "bad_date"),
    '{"date_range": {"start": "May", "end": "2025-10-31"}}': (1, "date_range.start", "bad_date"),
    '{"date_range": {"start": "2025-11-01", "end": "2025-10-31"}}': (1, "date_range", "bad_date"),
}


@pytest.mark.parametrize("content", METADATA)
def test_metadata_is_broken(tmp_path: Path, content: str) -> None:
    """Then no date is called out of range."""
    assert brief(written(tmp_path, metadata=content)) == [("metadata.json", *METADATA[content])]


@pytest.mark.parametrize(
    "content", [None, "{}", '{"num_users": 3}', '{"date_range": ["2025-05-01", "2025-10-31"]}']
)
def test_without_a_window_no_date_is_out_of_it(tmp_path: Path, content: str | None) -> None:
    late = with_cell("transactions", 1, "date", "1999-01-01")
    assert brief(written(tmp_path, transactions=late, metadata=content)) == []


def test_what_is_no_file_is_missing(tmp_path: Path) -> None:
    folder = written(tmp_path, users=None, accounts=None, transactions=None, liabilities=None)
    (folder / FILES["users"]).mkdir()
    os.mkfifo(folder / FILES["accounts"])
    (folder / FILES["transactions"]).symlink_to("nowhere")
    assert [(f.file, f.line, f.code, f.message) for f in faults(folder)] == [
        (FILES["users"], 0, "missing_file", "a folder, not a file"),
        (FILES["accounts"], 0, "missing_file", "not a regular file"),
        (FILES["transactions"], 0, "missing_file", "a link to nothing"),
        (FILES["liabilities"], 0, "missing_file", "no such file"),
    ]


def test_of_one_file_only_its_own_faults_are_told(tmp_path: Path) -> None:
    """References count where the neighbours are there, and the window where metadata names one."""
    spoiled = with_cell("transactions", 1, "account_id", "acc_9")
    folder = written(tmp_path, users=with_cell("users", 1, "email", "x"), transactions=spoiled)
    late = with_cell("transactions", 1, "date", "2025-12-31")
    assert brief(folder / FILES["transactions"]) == [
        ("transactions", 2, "account_id", "orphan_key")
    ]
    (folder / FILES["accounts"]).unlink()
    assert brief(folder / FILES["transactions"]) == []
    put(folder / FILES["transactions"], late)
    assert brief(folder / FILES["transactions"]) == [
        ("transactions", 2, "date", "date_out_of_range")
    ]


@pytest.mark.parametrize("name", ["users.csv", "my_users_2025.csv", "whatever.csv"])
def test_a_file_of_any_name_is_known_by_it_or_by_its_header(tmp_path: Path, name: str) -> None:
    put(tmp_path / name, with_cell("users", 2, "email", "x"))
    assert [(f.file, f.line, f.code) for f in faults(tmp_path / name)] == [(name, 3, "bad_email")]


def test_a_fault_is_told_in_a_line(tmp_path: Path) -> None:
    folder = written(tmp_path, users=with_cell("users", 2, "email", "x\n\x1b[31my"))
    assert [str(each) for each in faults(folder)] == [
        "synthetic_users.csv:3: email: bad_email: x\\n\\x1b[31my is no e-mail address"
    ]


def test_json_of_a_fault_is_what_it_is(tmp_path: Path) -> None:
    found = faults(written(tmp_path, liabilities=None))[0]
    assert json.loads(json.dumps(vars(found))) == {
        "file": "synthetic_liabilities.csv", "line": 0, "column": "", "code": "missing_file",
        "message": "no such file",
    }  # fmt: skip
