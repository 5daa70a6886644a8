"""Faults for the references: a key that names nothing, and a mirror that lacks a row."""

from __future__ import annotations

from verifying.faults import Fault

from dhub.catalog import load_catalog
from dhub.catalog.model import Place, Reference
from dhub.verify.references import check_id, mirror_id

_DECLARED = tuple(load_catalog().references())
_AUDITED = ("customer", "account", "transaction", "loan", "policy")

# Checks that join through the key rightly miss the row, too.
_ALSO: dict[str, tuple[str, ...]] = {
    "accounts_db.transactions.branch_code": ("C08",),
    "customer_db.customer_profiles.customer_id": (
        "B03", "G01", "C07", "customer_db.customer_profiles.every_customer"),
    "customer_db.satisfaction_surveys.customer_id": ("D03",),
    "customer_db.complaints.customer_id": ("D06", "D12"),
    "customer_db.complaints.transaction_id": ("D12",),
    "loans_db.loan_applications.customer_id": ("E01", "E17"),
    "loans_db.loans.customer_id": ("E01", "E19", "E17d"),
    "loans_db.loans.linked_account_id": ("E18", "E18b"),
    "loans_db.loans.disbursement_transaction_id": ("E18b", "E18c"),
    "loans_db.loans.payoff_transaction_id": ("E18b", "E18c"),
    "loans_db.repayment_schedule.transaction_id": ("E18", "E18c"),
    "loans_db.risk_assessments.customer_id": ("E17",),
    "insurance_db.policies.customer_id": ("F08", "F08c"),
    "insurance_db.policies.linked_account_id": ("F08", "F09b"),
    "insurance_db.premium_payments.account_id": ("F08", "F09"),
    "insurance_db.premium_payments.transaction_id": ("F09", "E18c"),
    "insurance_db.claims.transaction_id": ("F09b", "E18c"),
    "compliance_db.kyc_records.customer_id": (
        "G01", "compliance_db.kyc_records.every_customer"),
    "compliance_db.aml_checks.customer_id": ("G06", "G07", "G09"),
    "compliance_db.aml_checks.transaction_id": ("G07",),
    "compliance_db.suspicious_activity_reports.customer_id": ("G09", "G10b"),
    "compliance_db.suspicious_activity_reports.account_id": ("G10b",),
    "compliance_db.sar_transactions.transaction_id": ("G10", "G10b", "G10c"),
    **{f"compliance_db.audit_trails.entity_id.{kind}": ("G15",) for kind in _AUDITED},
    **{f"compliance_db.rule_violations.entity_id.{kind}": ("G16c",) for kind in _AUDITED},
    "customer_db.customer_profiles.every_customer": ("B03", "G01", "C07"),
    "compliance_db.kyc_records.every_customer": ("G01",),
}  # fmt: skip


def _nothing(column: str) -> str:
    """A key that names nothing, as SQL."""
    known = {"branch_code": "'XX99'", "assessed_by": "'999999999'"}
    return known.get(column, "999999999")


def _lost(place: Place, each: Reference) -> Fault:
    """The first row that names something names nothing."""
    table, column = place.table, place.column
    key = load_catalog().databases[place.database].tables[f"public.{table}"].key
    holds = [f"{name} = '{value}'" for name, value in each.when.items()]
    holds += [f"{name} <> '{value}'" for name, value in each.unless.items()]
    change = (
        f"UPDATE {table} SET {column} = {_nothing(column)}"
        f" WHERE {key} = (SELECT min({key}) FROM {table}"
        f" WHERE {' AND '.join([*holds, f'{column} IS NOT NULL'])})"
    )
    check = check_id(place, each)
    return Fault(check, place.database, change, frozenset(_ALSO.get(check, ())))


def _unmirrored(place: Place) -> Fault:
    check = mirror_id(place)
    change = f"DELETE FROM {place.table} WHERE customer_id = 1"
    return Fault(check, place.database, change, frozenset(_ALSO.get(check, ())))


FAULTS = (
    *(_lost(place, each) for place, each in _DECLARED),
    *(_unmirrored(place) for place, each in _DECLARED if each.mirrored),
)
