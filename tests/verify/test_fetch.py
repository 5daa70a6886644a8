"""Columns of a table of PostgreSQL become a table in DuckDB: whole, in types, or with the cause."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, cast

import duckdb
import psycopg
import pytest

from dhub.errors import DatabaseFailed
from dhub.estate.connections import Connection, connect
from dhub.estate.databases import Estate
from dhub.verify import fetch
from dhub.verify.model import Picture
from dhub.verify.sight import Sight, empty_duck

ROWS = 5000
LIMITS = "SELECT current_setting('memory_limit'), current_setting('threads')"


@pytest.fixture
def conn(scratch: Callable[[], str]) -> Iterator[Connection]:
    """A database with one table of awkward values, open in a transaction."""
    with connect(Estate(urls={"accounts_db": scratch()}), "accounts_db") as conn:
        conn.execute(
            "CREATE TABLE public.held (id bigint NOT NULL, amount numeric(15,2), day date,"
            " at timestamptz, said text, open boolean)"
        )
        conn.execute(
            "INSERT INTO public.held SELECT n, n / 100.0, date '2024-02-29' + n,"
            " timestamptz '2024-02-29 23:59:59.123456+00', E'line, \"one\"\\nline ' || n, n % 2 = 0"
            f" FROM generate_series(1, {ROWS}) n"
        )
        conn.execute("INSERT INTO public.held (id, said) VALUES (0, '')")
        yield conn


@pytest.fixture
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_duck() as duck:
        duck.execute("CREATE SCHEMA accounts_db")
        yield duck


def fetched(conn: Connection, duck: duckdb.DuckDBPyConnection) -> int:
    return fetch.fetch(conn, duck, "accounts_db", "held", fetch.columns(conn)["held"])


@pytest.mark.parametrize("size", [1, 1000, 1 << 20])
def test_every_row_arrives_whole_however_blocks_are_cut(
    conn: Connection,
    duck: duckdb.DuckDBPyConnection,
    size: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetch, "_BLOCK", size)
    assert fetched(conn, duck) == ROWS + 1
    rows = duck.execute("SELECT * FROM accounts_db.held ORDER BY id").fetchall()
    assert rows[0] == (0, None, None, None, "", None)
    assert rows[7] == (7, Decimal("0.07"), dt.date(2024, 3, 7),
                       dt.datetime(2024, 2, 29, 23, 59, 59, 123456), 'line, "one"\nline 7',
                       False)  # fmt: skip
    assert [row[0] for row in rows] == list(range(ROWS + 1))
    assert conn.execute("SELECT 1").fetchall() == [(1,)]


def test_a_table_without_rows_has_its_types(
    conn: Connection, duck: duckdb.DuckDBPyConnection
) -> None:
    conn.execute("DELETE FROM public.held")
    assert fetched(conn, duck) == 0
    kinds = [row[1] for row in duck.execute("DESCRIBE accounts_db.held").fetchall()]
    assert kinds == ["BIGINT", "DECIMAL(15,2)", "DATE", "TIMESTAMP", "VARCHAR", "BOOLEAN"]


def test_a_value_that_no_such_column_holds_is_named_with_its_table(
    conn: Connection, duck: duckdb.DuckDBPyConnection
) -> None:
    conn.execute(f"UPDATE public.held SET day = 'infinity' WHERE id = {ROWS}")
    with pytest.raises(DatabaseFailed, match=r"accounts_db\.held holds a value that cannot be"):
        fetched(conn, duck)


def test_what_the_server_says_amid_the_rows_is_what_is_raised(
    conn: Connection, duck: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error of the statement, not that of whoever reads its rows."""
    monkeypatch.setattr(
        fetch, "_written", lambda column: psycopg.sql.SQL(f"1 / (id - {ROWS - 9}) AS {column.name}")
    )
    with pytest.raises(psycopg.errors.DivisionByZero):
        fetched(conn, duck)


def test_a_reader_that_gives_up_leaves_the_connection_free(
    conn: Connection, duck: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_BLOCK", 1000)
    duck.execute("CREATE TABLE accounts_db.held (there INTEGER)")
    with pytest.raises(duckdb.CatalogException):
        fetched(conn, duck)
    conn.rollback()
    assert conn.execute("SELECT 1").fetchall() == [(1,)]


class Short:
    """A DuckDB that has too little for a question but by one thread, or with some limit."""

    def __init__(self, enough: str) -> None:
        self.set = {"threads": "4", "memory_limit": "128MB"}
        self.enough, self.asked = enough, list[dict[str, str]]()
        self._answer: list[tuple[object]] = []

    def execute(self, query: str, values: object = None) -> Short:
        if found := re.fullmatch(r"SET (\w+) = '(\w+)'", query):
            self.set[found[1]] = found[2]
        elif "current_setting" in query:
            self._answer = [(int(self.set["threads"]),)]
        else:
            self.asked.append(dict(self.set))
            if self.enough not in self.set.values():
                raise duckdb.OutOfMemoryException("too little")
            self._answer = [(1,)]
        return self

    def fetchall(self) -> list[tuple[object]]:
        return self._answer


@pytest.mark.parametrize(
    ("enough", "asked"),
    [
        ("4", ["4 128MB"]),
        ("1", ["4 128MB", "1 128MB"]),
        ("256MB", ["4 128MB", "1 128MB", "1 160MB", "1 192MB", "1 256MB"]),
    ],
)
def test_a_question_that_needs_more_is_asked_by_one_thread_then_with_more(
    enough: str, asked: list[str]
) -> None:
    short = Short(enough)
    assert Sight({}, cast(Any, short), {}).ask("SELECT 1") == [(1,)]
    assert [f"{each['threads']} {each['memory_limit']}" for each in short.asked] == asked
    assert short.set == {"threads": "4", "memory_limit": "128MB"}


def test_what_no_memory_is_enough_for_says_so() -> None:
    short = Short("nothing")
    with pytest.raises(duckdb.OutOfMemoryException):
        Sight({}, cast(Any, short), {}).ask("SELECT 1")
    assert short.set == {"threads": "4", "memory_limit": "128MB"}


def test_a_picture_that_needs_more_has_the_names_of_its_own_columns() -> None:
    """A list of so many is held whole: 128 MB are too little for it."""
    with empty_duck() as duck:
        see = Sight({}, duck, {})
        usual = duck.execute(LIMITS).fetchall()
        drawn = see.picture("SELECT len(list(i)) AS n, max(i) AS most FROM range(12_000_000) t(i)")
        assert drawn == Picture(("n", "most"), ((12_000_000, 11_999_999),))
        assert duck.execute(LIMITS).fetchall() == usual
        with pytest.raises(duckdb.OutOfMemoryException):
            duck.execute("SELECT len(list(i)) FROM range(12_000_000) t(i)")
