"""Takes a freshly loaded estate, gives three quick checks: dates, balances, references.

They sample, so that they stay under a fifth of a second at scale 1; `dhub verify` looks at all.
Only seeded rows count: what a user wrote into these tables is the user's own affair.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString

from psycopg import sql

from dhub.estate.connections import LOOKING
from dhub.estate.databases import Estate
from dhub.estate.diagnose import told
from dhub.estate.holdings import Held, bounds, holdings_of
from dhub.estate.kept import Kept, keeping
from dhub.estate.ledger import Connection

_ROWS = 5_000  # of a table, read for dates that lie in the future
_ACCOUNTS = 300  # whose transactions are summed
_REFERENCES = 200  # followed from each column

# What has happened: such a date or instant never lies after the as-of date.
_EVENTS = {
    "employees_db": (
        "employees.hire_date",
        "employees.termination_date",
        "employee_training.enrollment_date",
        "employee_training.completion_date",
        "performance_reviews.review_date",
    ),
    "accounts_db": (
        "customers.created_at",
        "accounts.opened_date",
        "accounts.closed_date",
        "account_relationships.start_date",
        "transactions.transaction_date",
    ),
    "customer_db": (
        "customer_profiles.onboarding_date",
        "interactions.interaction_date",
        "satisfaction_surveys.survey_date",
        "complaints.complaint_date",
        "complaints.resolved_at",
        "campaign_responses.response_date",
    ),
    "loans_db": (
        "loan_applications.application_date",
        "loan_applications.decision_date",
        "loans.disbursement_date",
        "loans.payoff_date",
        "repayment_schedule.payment_date",
        "risk_assessments.assessment_date",
    ),
    "insurance_db": (
        "policies.start_date",
        "claims.claim_date",
        "claims.settlement_date",
        "premium_payments.payment_date",
        "policy_events.event_date",
    ),
    "compliance_db": (
        "kyc_records.verification_date",
        "aml_checks.check_date",
        "suspicious_activity_reports.filed_date",
        "suspicious_activity_reports.period_end",
        "audit_trails.performed_at",
        "rule_violations.detected_at",
        "rule_violations.resolved_at",
    ),
}

_CUSTOMER = "accounts_db.customers.customer_id"
_EMPLOYEE = "employees_db.employees.employee_id"
_ACCOUNT = "accounts_db.accounts.account_id"
_BRANCH = "employees_db.branches.branch_code"
_POINTERS = {
    "employees_db.employee_assignments.customer_id": _CUSTOMER,
    "accounts_db.accounts.branch_code": _BRANCH,
    "accounts_db.transactions.processed_by": _EMPLOYEE,
    "customer_db.customer_profiles.customer_id": _CUSTOMER,
    "customer_db.customer_profiles.assigned_agent_id": _EMPLOYEE,
    "customer_db.interactions.customer_id": _CUSTOMER,
    "customer_db.interactions.handled_by": _EMPLOYEE,
    "customer_db.complaints.assigned_to": _EMPLOYEE,
    "loans_db.loan_applications.customer_id": _CUSTOMER,
    "loans_db.loan_applications.officer_id": _EMPLOYEE,
    "loans_db.loans.linked_account_id": _ACCOUNT,
    "insurance_db.policies.customer_id": _CUSTOMER,
    "insurance_db.policies.linked_account_id": _ACCOUNT,
    "compliance_db.kyc_records.customer_id": _CUSTOMER,
    "compliance_db.kyc_records.verified_by": _EMPLOYEE,
    "compliance_db.aml_checks.transaction_id": "accounts_db.transactions.transaction_id",
    "compliance_db.sar_transactions.transaction_id": "accounts_db.transactions.transaction_id",
}

_SEEDED = """(
    SELECT held.* FROM unnest(%(low)s::bigint[], %(high)s::bigint[]) AS span (low, high)
    CROSS JOIN LATERAL (
        SELECT * FROM {table} WHERE {key} BETWEEN span.low AND span.high LIMIT %(limit)s
    ) AS held
    LIMIT %(limit)s
) AS sampled"""

_BALANCES = """
WITH sampled AS (SELECT account_id, opening_balance, balance FROM {seeded})
SELECT count(*), count(*) FILTER (WHERE balance <> opening_balance + moved), min(account_id)
    FILTER (WHERE balance <> opening_balance + moved)
FROM sampled, LATERAL (
    SELECT coalesce(sum(direction * amount), 0) AS moved
    FROM public.transactions JOIN public.transaction_types USING (transaction_type)
    WHERE transactions.account_id = sampled.account_id
) AS summed
"""


@dataclass(frozen=True)
class Check:
    """What was looked at, whether it holds, and the figures or the first fault."""

    name: str
    passed: bool
    detail: str


def quick_checks(estate: Estate, as_of: date, kept: Kept | None = None) -> list[Check]:
    """Look for future dates, wrong balances and dangling references in samples of the estate."""
    databases = estate.databases
    with keeping(estate, kept) as known, ThreadPoolExecutor(len(databases)) as pool:
        found = pool.map(lambda database: known.to(database, LOOKING), databases)
        conns = dict(zip(databases, found, strict=True))
        seeded = {name: _Seeded.of(name, conn) for name, conn in conns.items()}
        dates = pool.submit(_future_dates, seeded, as_of)
        balances = pool.submit(_balances, seeded["accounts_db"])
        references = pool.submit(_references, seeded)
        return [dates.result(), balances.result(), references.result()]


@dataclass(frozen=True)
class _Seeded:
    """A database of which only the rows that dhub seeded are asked."""

    database: str
    conn: Connection
    holdings: Mapping[str, Held]

    @classmethod
    def of(cls, database: str, conn: Connection) -> _Seeded:
        with told(database):
            return cls(database, conn, {held.table: held for held in holdings_of(conn)})

    def ask(self, query: LiteralString, table: str, limit: int, **given: Any) -> list[Any]:
        """The answer to a query over {seeded}: some of a table's seeded rows."""
        if (held := self.holdings.get(table)) is None:
            return []
        source = sql.SQL(_SEEDED).format(table=held.name, key=sql.Identifier(held.key))
        names = {name: sql.Identifier(text) for name, text in given.items() if name == "column"}
        latest_first = list(reversed(held.ranges))
        values = {**given, **bounds(latest_first), "limit": limit}
        with told(self.database):
            composed = sql.SQL(query).format(seeded=source, **names)
            return self.conn.execute(composed, values).fetchall()


def _future_dates(seeded: Mapping[str, _Seeded], as_of: date) -> Check:
    """Count dates after the as-of date in the first rows of each table: no place is special."""
    faults, looked = [], 0
    query: LiteralString = (
        "SELECT count({column}), count(*) FILTER (WHERE {column} > %(as_of)s) FROM {seeded}"
    )
    for database, columns in _EVENTS.items():
        for column in columns:
            table, _, name = column.partition(".")
            rows = seeded[database].ask(query, table, _ROWS, column=name, as_of=as_of)
            seen, future = rows[0] if rows else (0, 0)
            looked += seen
            if future:
                faults.append(f"{database}.{column}: {future} after {as_of}")
    return _check("no event lies in the future", faults, f"{looked:,} dates")


def _balances(seeded: _Seeded) -> Check:
    rows = seeded.ask(_BALANCES, "accounts", _ACCOUNTS)
    looked, wrong, first = rows[0] if rows else (0, 0, None)
    faults = [f"{wrong} of {looked} accounts, the first is {first}"] if wrong else []
    return _check("balance = opening + signed amounts", faults, f"{looked:,} accounts")


def _references(seeded: Mapping[str, _Seeded]) -> Check:
    faults, looked = [], 0
    for child, parent in _POINTERS.items():
        values = set(_values(seeded, child))
        missing = values - set(_held(seeded, parent, list(values)))
        looked += len(values)
        if missing:
            faults.append(f"{child}: {min(missing, key=str)} is not in {parent}")
    return _check("references across databases", faults, f"{looked:,} values")


def _values(seeded: Mapping[str, _Seeded], child: str) -> Iterator[object]:
    """Some values of a column."""
    database, table, column = child.split(".")
    query: LiteralString = "SELECT {column} FROM {seeded} WHERE {column} IS NOT NULL"
    yield from (row[0] for row in seeded[database].ask(query, table, _REFERENCES, column=column))


def _held(seeded: Mapping[str, _Seeded], parent: str, values: list[object]) -> Iterator[object]:
    """Those of the values that the parent's key column holds."""
    database, table, column = parent.split(".")
    query = sql.SQL("SELECT {column} FROM {table} WHERE {column} = ANY(%s)").format(
        column=sql.Identifier(column), table=sql.Identifier("public", table)
    )
    if values:
        with told(database):
            yield from (row[0] for row in seeded[database].conn.execute(query, (values,)))


def _check(name: str, faults: list[str], looked: str) -> Check:
    return Check(name, not faults, "; ".join(faults) or looked)
