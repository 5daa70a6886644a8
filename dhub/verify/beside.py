"""Takes an estate, gives what holds in the databases that are there beside the six, each asked in
its own SQL: what `dhub verify` says besides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from dhub.estate.beside import there
from dhub.estate.connections import LOOKING, Connection, connect
from dhub.estate.databases import Estate
from dhub.estate.failures import failure
from dhub.verify.model import (
    FAILED,
    INVARIANTS,
    MOST_KEYS,
    OK,
    REFERENCES,
    REPORTED,
    SKIPPED,
    Finding,
)


@dataclass(frozen=True)
class Rule:
    """What holds of a table's rows: `broken` gives the key of each for which it does not."""

    section: str
    id: str
    title: str
    examines: str
    broken: str


_FEW = f"SELECT count(*), (array_agg(key::text))[:{MOST_KEYS}] FROM ({{}}) AS broken (key)"

_OF_ITS_ACCOUNT = """
SELECT each.{1} FROM {0} each JOIN accounts USING (account_id)
WHERE each.user_id <> accounts.user_id ORDER BY 1
"""

# What makes data of anybody's contradict themselves; more is not asked of them.
RULES: Mapping[str, Sequence[Rule]] = {
    "plaid_db": (
        Rule(
            REFERENCES,
            "P01",
            "plaid_db: a transaction's user is the user of its account",
            "transactions",
            _OF_ITS_ACCOUNT.format("transactions", "transaction_id"),
        ),
        Rule(
            REFERENCES,
            "P02",
            "plaid_db: a liability's user is the user of its account",
            "liabilities",
            _OF_ITS_ACCOUNT.format("liabilities", "liability_id"),
        ),
        Rule(
            INVARIANTS,
            "P03",
            "plaid_db: a liability is of an account of its type",
            "liabilities",
            "SELECT liability_id FROM liabilities JOIN accounts USING (account_id)"
            " WHERE liability_type <> account_type ORDER BY 1",
        ),
        Rule(
            INVARIANTS,
            "P04",
            "plaid_db: a customer of the bank is one user",
            "users",
            "SELECT customer_id FROM users WHERE customer_id IS NOT NULL"
            " GROUP BY 1 HAVING count(*) > 1 ORDER BY 1",
        ),
    )
}


def findings(estate: Estate, sections: Sequence[str]) -> Iterator[Finding]:
    """The findings of these sections, for each database that is there."""
    for database in there(estate):
        yield from _of(estate, database, sections)


def _of(estate: Estate, database: str, sections: Sequence[str]) -> Iterator[Finding]:
    alone = estate.alone(database)
    with connect(alone, database, autocommit=True, lock_timeout=LOOKING) as conn:
        conn.read_only = True
        for rule in RULES.get(database, ()):
            if rule.section in sections:
                yield _judged(conn, database, rule)
        if database == "plaid_db" and REFERENCES in sections:
            yield _customers(conn, estate)


def _judged(conn: Connection, database: str, rule: Rule) -> Finding:
    try:
        examined = conn.execute(f"SELECT count(*) FROM {rule.examines}".encode()).fetchall()[0][0]
        count, keys = conn.execute(_FEW.format(rule.broken).encode()).fetchall()[0]
    except psycopg.errors.UndefinedTable as error:
        note = f"a table it reads is gone: {error.diag.message_primary}"
        return Finding(rule.section, rule.id, rule.title, SKIPPED, note=note)
    except psycopg.Error as error:
        raise failure(error, database) from error
    return Finding(
        rule.section,
        rule.id,
        rule.title,
        FAILED if count else OK,
        examined,
        count,
        tuple(keys or ()),
    )


def _customers(conn: Connection, estate: Estate) -> Finding:
    """How many users are customers of the bank beside: of one of another seed or size, not all."""
    title = "plaid_db: users who are customers of this bank"
    named = "SELECT customer_id FROM users WHERE customer_id IS NOT NULL"
    keys = [row[0] for row in conn.execute(named.encode())]
    with connect(estate, "accounts_db", autocommit=True, lock_timeout=LOOKING) as bank:
        bank.read_only = True
        asked = "SELECT count(*) FROM customers WHERE customer_id = ANY (%s)"
        row: Any = bank.execute(asked, (keys,)).fetchone()
    note = f"{row[0]:,} of {len(keys):,}"
    return Finding(REFERENCES, "P05", title, REPORTED, len(keys), note=note)
