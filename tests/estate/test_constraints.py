"""What the migrations say of keys, references and indexes is what a migrated database has."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from dhub.estate.constraints import constraints, indexes
from dhub.estate.databases import DATABASES, Estate

_KINDS = {"p": "PRIMARY KEY", "u": "UNIQUE", "f": "FOREIGN KEY"}
_COLUMNS = """
(SELECT array_agg(a.attname::text ORDER BY k.place)
 FROM unnest({keys}) WITH ORDINALITY k (number, place)
 JOIN pg_attribute a ON a.attrelid = {table} AND a.attnum = k.number)
"""
_FOUND = f"""
SELECT conname::text, conrelid::regclass::text, contype::text,
       {_COLUMNS.format(keys="conkey", table="conrelid")},
       CASE WHEN contype = 'f' THEN confrelid::regclass::text ELSE '' END,
       {_COLUMNS.format(keys="confkey", table="confrelid")}
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f')
"""
_INDEXES = f"""
SELECT c.relname::text, indrelid::regclass::text, indisunique, indpred IS NOT NULL,
       {_COLUMNS.format(keys="indkey::smallint[]", table="indrelid")}
FROM pg_index i JOIN pg_class c ON c.oid = indexrelid
WHERE c.relnamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')
"""


def rows(estate: Estate, database: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(estate.urls[database]) as conn:
        return conn.execute(query.encode()).fetchall()


@pytest.mark.parametrize("database", DATABASES)
def test_keys_and_references(database: str, estate: Estate) -> None:
    found = {
        (name, table, _KINDS[kind], tuple(columns), to, tuple(keys or ()))
        for name, table, kind, columns, to, keys in rows(estate, database, _FOUND)
    }
    told = [(e.name, e.table, e.kind, e.columns, e.to, e.keys) for e in constraints(database)]
    assert len(told) == len(set(told)) and set(told) == found


@pytest.mark.parametrize("database", DATABASES)
def test_indexes(database: str, estate: Estate) -> None:
    found = {
        (name, table, unique, partial, tuple(columns))
        for name, table, unique, partial, columns in rows(estate, database, _INDEXES)
    }
    told = {(e.name, e.table, e.unique, bool(e.where), e.columns) for e in indexes(database)}
    assert told == found
