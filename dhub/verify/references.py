"""Takes the keys that name a row of another database, gives a check for each of them.

No foreign key can hold them. Inside one database a foreign key does; that it is there and
validated is all that is asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from dhub.verify.model import FAILED, MOST_KEYS, OK, REFERENCES, Check, Finding
from dhub.verify.schema import FOREIGN_KEY, stated, there
from dhub.verify.sight import Sight

SECTION = REFERENCES

_CUSTOMER = ("accounts_db.customers", "customer_id", "a customer")
_EMPLOYEE = ("employees_db.employees", "employee_id", "an employee")
_ACCOUNT = ("accounts_db.accounts", "account_id", "an account")
_BRANCH = ("employees_db.branches", "branch_code", "a branch")
_TRANSACTION = ("accounts_db.transactions", "transaction_id", "a transaction")
_LOAN = ("loans_db.loans", "loan_id", "a loan")
_POLICY = ("insurance_db.policies", "policy_id", "a policy")

# table, key, column, what it names
POINTERS = (
    ("employees_db.employee_assignments", "assignment_id", "customer_id", _CUSTOMER),
    ("accounts_db.accounts", "account_id", "branch_code", _BRANCH),
    ("accounts_db.transactions", "transaction_id", "branch_code", _BRANCH),
    ("accounts_db.transactions", "transaction_id", "processed_by", _EMPLOYEE),
    ("customer_db.customer_profiles", "customer_id", "customer_id", _CUSTOMER),
    ("customer_db.customer_profiles", "customer_id", "assigned_agent_id", _EMPLOYEE),
    ("customer_db.interactions", "interaction_id", "customer_id", _CUSTOMER),
    ("customer_db.interactions", "interaction_id", "handled_by", _EMPLOYEE),
    ("customer_db.satisfaction_surveys", "survey_id", "customer_id", _CUSTOMER),
    ("customer_db.complaints", "complaint_id", "customer_id", _CUSTOMER),
    ("customer_db.complaints", "complaint_id", "assigned_to", _EMPLOYEE),
    ("customer_db.campaign_responses", "response_id", "customer_id", _CUSTOMER),
    ("loans_db.loan_applications", "application_id", "customer_id", _CUSTOMER),
    ("loans_db.loan_applications", "application_id", "officer_id", _EMPLOYEE),
    ("loans_db.loans", "loan_id", "customer_id", _CUSTOMER),
    ("loans_db.loans", "loan_id", "linked_account_id", _ACCOUNT),
    ("loans_db.loans", "loan_id", "approved_by", _EMPLOYEE),
    ("loans_db.risk_assessments", "assessment_id", "customer_id", _CUSTOMER),
    ("insurance_db.policies", "policy_id", "customer_id", _CUSTOMER),
    ("insurance_db.policies", "policy_id", "agent_id", _EMPLOYEE),
    ("insurance_db.policies", "policy_id", "linked_account_id", _ACCOUNT),
    ("insurance_db.claims", "claim_id", "processed_by", _EMPLOYEE),
    ("insurance_db.premium_payments", "payment_id", "account_id", _ACCOUNT),
    ("insurance_db.policy_events", "event_id", "performed_by", _EMPLOYEE),
    ("compliance_db.kyc_records", "kyc_id", "customer_id", _CUSTOMER),
    ("compliance_db.kyc_records", "kyc_id", "verified_by", _EMPLOYEE),
    ("compliance_db.aml_checks", "check_id", "customer_id", _CUSTOMER),
    ("compliance_db.aml_checks", "check_id", "transaction_id", _TRANSACTION),
    ("compliance_db.aml_checks", "check_id", "reviewed_by", _EMPLOYEE),
    ("compliance_db.suspicious_activity_reports", "sar_id", "customer_id", _CUSTOMER),
    ("compliance_db.suspicious_activity_reports", "sar_id", "filed_by", _EMPLOYEE),
    ("compliance_db.regulatory_reports", "report_id", "prepared_by", _EMPLOYEE),
    ("compliance_db.regulatory_reports", "report_id", "approved_by", _EMPLOYEE),
    ("compliance_db.audit_trails", "audit_id", "performed_by", _EMPLOYEE),
    ("compliance_db.rule_violations", "violation_id", "resolved_by", _EMPLOYEE),
)

# entities that a column of their own type names: table, key, type, what it names
ENTITIES = (
    ("compliance_db.audit_trails", "audit_id", "customer", _CUSTOMER),
    ("compliance_db.audit_trails", "audit_id", "account", _ACCOUNT),
    ("compliance_db.audit_trails", "audit_id", "transaction", _TRANSACTION),
    ("compliance_db.audit_trails", "audit_id", "loan", _LOAN),
    ("compliance_db.audit_trails", "audit_id", "policy", _POLICY),
    ("compliance_db.rule_violations", "violation_id", "customer", _CUSTOMER),
    ("compliance_db.rule_violations", "violation_id", "account", _ACCOUNT),
    ("compliance_db.rule_violations", "violation_id", "transaction", _TRANSACTION),
)

# promised both ways: each customer has his row there
MIRRORS = (
    ("customer_db.customer_profiles", "a profile"),
    ("compliance_db.kyc_records", "a KYC record"),
)

Named = tuple[str, str, str]


def _pointer(table: str, key: str, column: str, named: Named) -> Check:
    parent, parent_key, words = named
    return Check(
        REFERENCES,
        f"{table}.{column}",
        f"{table.partition('.')[2]}.{column} names {words} that exists",
        f"SELECT c.{key} FROM {table} c ANTI JOIN {parent} p ON p.{parent_key} = c.{column}"
        f" WHERE c.{column} IS NOT NULL",
        examines=f"{table} WHERE {column} IS NOT NULL",
    )


def _entity(table: str, key: str, kind: str, named: Named) -> Check:
    parent, parent_key, words = named
    # A deleted entity is the one thing that may be named and not exist.
    gone = " AND c.action <> 'delete'" if table.endswith("audit_trails") else ""
    return Check(
        REFERENCES,
        f"{table}.entity_id.{kind}",
        f"{table.partition('.')[2]}.entity_id of a {kind} names {words} that exists",
        f"SELECT c.{key} FROM {table} c ANTI JOIN {parent} p ON p.{parent_key} = c.entity_id"
        f" WHERE c.entity_type = '{kind}'{gone}",
        examines=f"{table} WHERE entity_type = '{kind}'",
    )


def _mirror(table: str, words: str) -> Check:
    return Check(
        REFERENCES,
        f"{table}.every_customer",
        f"every customer has {words}",
        "SELECT p.customer_id FROM accounts_db.customers p"
        f" ANTI JOIN {table} c USING (customer_id)",
        examines="accounts_db.customers",
    )


def _assessor() -> Check:
    """assessed_by is text: an employee's key, or SYSTEM."""
    table = "loans_db.risk_assessments"
    return Check(
        REFERENCES,
        f"{table}.assessed_by",
        "risk_assessments.assessed_by names an employee that exists, or SYSTEM",
        f"SELECT c.assessment_id FROM {table} c ANTI JOIN employees_db.employees p"
        " ON CAST(p.employee_id AS VARCHAR) = c.assessed_by WHERE c.assessed_by <> 'SYSTEM'",
        examines=f"{table} WHERE assessed_by <> 'SYSTEM'",
    )


CHECKS = (
    *(_pointer(*each) for each in POINTERS),
    _assessor(),
    *(_entity(*each) for each in ENTITIES),
    *(_mirror(*each) for each in MIRRORS),
)


def constraints(see: Sight) -> Iterator[Finding]:
    """A finding for each database: its foreign keys are there, enforced and validated."""
    for database, conn in see.conns.items():
        wanted = stated(database).constraints_of({FOREIGN_KEY})
        found = there(conn)
        broken = [name for name in sorted(wanted) if name not in found]
        yield Finding(
            REFERENCES,
            f"{database}.foreign_keys",
            f"{database}: every foreign key is there and validated",
            FAILED if broken else OK,
            len(wanted),
            len(broken),
            tuple(broken[:MOST_KEYS]),
        )
