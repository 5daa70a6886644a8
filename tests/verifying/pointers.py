"""Faults for the references: a key that names nothing, and a mirror that lacks a row."""

from __future__ import annotations

from collections.abc import Iterator

from verifying.faults import Fault

from dhub.verify.references import ENTITIES, MIRRORS, POINTERS

# Checks that join through the key rightly miss the row, too.
_ALSO: dict[str, tuple[str, ...]] = {
    "accounts_db.transactions.branch_code": ("C08",),
    "customer_db.customer_profiles.customer_id": (
        "B03", "G01", "C07", "customer_db.customer_profiles.every_customer"),
    "customer_db.satisfaction_surveys.customer_id": ("D03",),
    "customer_db.complaints.customer_id": ("D06",),
    "loans_db.loan_applications.customer_id": ("E01", "E17"),
    "loans_db.loans.customer_id": ("E01", "E19", "E17d"),
    "loans_db.risk_assessments.customer_id": ("E17",),
    "insurance_db.policies.linked_account_id": ("F08",),
    "insurance_db.premium_payments.account_id": ("F08",),
    "compliance_db.kyc_records.customer_id": (
        "G01", "compliance_db.kyc_records.every_customer"),
    "compliance_db.aml_checks.customer_id": ("G06", "G07", "G09"),
    "compliance_db.aml_checks.transaction_id": ("G07",),
    "compliance_db.suspicious_activity_reports.customer_id": ("G09",),
    **{f"compliance_db.audit_trails.entity_id.{kind}": ("G15",) for _, _, kind, _ in ENTITIES},
    **{f"compliance_db.rule_violations.entity_id.{kind}": ("G16c",) for _, _, kind, _ in ENTITIES},
    "customer_db.customer_profiles.every_customer": ("B03", "G01", "C07"),
    "compliance_db.kyc_records.every_customer": ("G01",),
}  # fmt: skip


def _nothing(column: str) -> str:
    """A key that names nothing, as SQL."""
    known = {"branch_code": "'XX99'", "assessed_by": "'999999999'"}
    return known.get(column, "999999999")


def _lost(check: str, table: str, key: str, column: str, where: str) -> Fault:
    """The first row that names something names nothing."""
    database, _, name = table.partition(".")
    change = (
        f"UPDATE {name} SET {column} = {_nothing(column)}"
        f" WHERE {key} = (SELECT min({key}) FROM {name} WHERE {where})"
    )
    return Fault(check, database, change, frozenset(_ALSO.get(check, ())))


def _pointers() -> Iterator[Fault]:
    for table, key, column, _ in POINTERS:
        yield _lost(f"{table}.{column}", table, key, column, f"{column} IS NOT NULL")
    table = "loans_db.risk_assessments"
    where = "assessed_by <> 'SYSTEM'"
    yield _lost(f"{table}.assessed_by", table, "assessment_id", "assessed_by", where)


def _entities() -> Iterator[Fault]:
    for table, key, kind, _ in ENTITIES:
        gone = " AND action <> 'delete'" if table.endswith("audit_trails") else ""
        where = f"entity_type = '{kind}'{gone}"
        yield _lost(f"{table}.entity_id.{kind}", table, key, "entity_id", where)


def _mirrors() -> Iterator[Fault]:
    for table, _ in MIRRORS:
        database, _, name = table.partition(".")
        check = f"{table}.every_customer"
        change = f"DELETE FROM {name} WHERE customer_id = 1"
        yield Fault(check, database, change, frozenset(_ALSO.get(check, ())))


FAULTS = (*_pointers(), *_entities(), *_mirrors())
