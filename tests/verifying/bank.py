"""A seeded bank whose constraints are gone, and copies of it in which faults can be planted."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from dhub.bank import BANK
from dhub.estate.creation import prepare
from dhub.estate.databases import Estate
from dhub.flow.orchestrate import seed
from dhub.flow.plan import make_plan
from dhub.flow.request import Request
from dhub.verify import run
from dhub.verify.model import FAILED, REPORTED, Finding

AS_OF = date(2026, 11, 20)
_NUMBER = itertools.count()
_ROLES = ("customer_service_rep", "loan_officer", "insurance_agent", "compliance_officer")

_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'c', 'u')
ORDER BY contype = 'u'"""
_NOT_NULL = """
SELECT format('%s ALTER %I DROP NOT NULL', attrelid::regclass, attname) FROM pg_attribute
JOIN pg_class c ON c.oid = attrelid
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND attnotnull
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p'
                  AND attnum = ANY(conkey))"""


@dataclass(frozen=True)
class Planted:
    """An estate to copy from, for what is damaged so that a transaction cannot take it back."""

    estate: Estate
    admin: str

    @contextmanager
    def copy(self, database: str) -> Iterator[Estate]:
        """The estate with one database of it replaced by a copy, for a while."""
        name = f"test_copy_{next(_NUMBER)}"
        url = self.estate.urls[database]
        source = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        with psycopg.connect(self.admin, autocommit=True) as admin:
            make = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
            admin.execute(make.format(sql.Identifier(name), sql.Identifier(str(source))))
            copied = url.replace(f"/{source}?", f"/{name}?")
            try:
                yield replace(self.estate, urls=dict(self.estate.urls) | {database: copied})
            finally:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def seeded(make_estate: Callable[[], Estate], request: Request) -> Estate:
    """A bank with all its constraints."""
    estate = make_estate()
    prepare(estate)
    seed(estate, make_plan(request, BANK, AS_OF), 1)
    return estate


def loosened(estate: Estate) -> None:
    """Drop every constraint that would keep a fault out, save primary keys."""
    for url in estate.urls.values():
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("DROP INDEX IF EXISTS uq_beneficiaries_spouse")
            for table, name in conn.execute(_CONSTRAINTS).fetchall():
                drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {} CASCADE")
                conn.execute(drop.format(sql.Identifier(table), sql.Identifier(name)))
            for (change,) in conn.execute(_NOT_NULL).fetchall():
                conn.execute(f"ALTER TABLE {change}".encode())


def asked(estate: Estate, database: str, query: str) -> Any:
    with psycopg.connect(estate.urls[database]) as conn:
        row = conn.execute(query.encode()).fetchone()
        assert row, query
        return row[0]


def words(estate: Estate) -> dict[str, str]:
    """Whom the faults mean: employees by role and hire, customers with this and that."""
    found = {
        "as_of": str(AS_OF),
        "gone": _hired(estate, "employment_status = 'terminated'", "DESC"),
        "late": _hired(estate, "employment_status = 'active'", "DESC"),
    }
    for role in _ROLES:
        held = f"role = '{role}' AND employment_status = 'active'"
        found[f"late_{role}"] = _hired(estate, held, "DESC")
        found[f"early_{role}"] = _hired(estate, held, "ASC")
    queries = {
        "holder": (
            "accounts_db",
            "SELECT min(customer_id) FROM accounts JOIN transactions USING (account_id)"
            f" WHERE transaction_type = 'payment' AND transaction_date > date '{AS_OF}' - 60",
        ),
        "small_withdrawal": (
            "accounts_db",
            "SELECT min(transaction_id) FROM transactions"
            " WHERE transaction_type = 'withdrawal' AND amount < 100",
        ),
        "borrower": ("loans_db", "SELECT min(customer_id) FROM loans WHERE loan_status = 'active'"),
        "insured": (
            "insurance_db",
            "SELECT min(customer_id) FROM policies WHERE policy_status = 'active'",
        ),
        "life_insured": (
            "insurance_db",
            "SELECT min(customer_id) FROM policies WHERE policy_type = 'life'",
        ),
        "loan_account": ("loans_db", "SELECT min(linked_account_id) FROM loans"),
        "policy_account": ("insurance_db", "SELECT min(linked_account_id) FROM policies"),
        "reported_account": (
            "compliance_db",
            "SELECT min(account_id) FROM suspicious_activity_reports",
        ),
        "reported": (
            "compliance_db",
            "SELECT customer_id FROM suspicious_activity_reports WHERE filed_date IS NOT NULL"
            " ORDER BY filed_date DESC LIMIT 1",
        ),
    }
    found |= {word: str(asked(estate, *query)) for word, query in queries.items()}
    holder = asked(
        estate,
        "insurance_db",
        "SELECT customer_id FROM policies JOIN beneficiaries USING (policy_id)"
        " ORDER BY beneficiary_id LIMIT 1",
    )
    name = "SELECT first_name || ' ' || last_name FROM customers WHERE customer_id = "
    return found | {"beneficiary_holder": asked(estate, "accounts_db", name + str(holder))}


def _hired(estate: Estate, held: str, order: str) -> str:
    query = f"SELECT employee_id FROM employees WHERE {held} ORDER BY hire_date {order} LIMIT 1"
    return str(asked(estate, "employees_db", query))


def broken(estate: Estate, *sections: str) -> dict[str, int]:
    """The checks that find something, with the rows they find."""
    return off(run.verify(estate, BANK, sections).findings)


def off(findings: Iterable[Finding]) -> dict[str, int]:
    """The checks that found something, also where they only tell it, with the rows they found."""
    return {
        each.id: each.broken
        for each in findings
        if each.broken and each.status in (FAILED, REPORTED)
    }


def appended(estate: Estate, customers: int) -> None:
    """Add a cohort to a bank."""
    from dhub.flow.orchestrate import cohorts

    request = Request(customers=str(customers), append=True)
    seed(estate, make_plan(request, BANK, AS_OF, cohorts(estate)), 1)
