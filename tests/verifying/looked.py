"""Makes a bank without a server or constraints, and judges it again with a fault in it.

A fault is planted in the tables that checks read, in a transaction that is taken back: the checks
that read what it changes are asked, the rest of the bank is what it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property

from verifying.bank import AS_OF
from verifying.faults import Fault

from benchmarks.unserved import unserved
from dhub.bank import BANK
from dhub.flow.request import Request
from dhub.model import Domain
from dhub.profiles import Profile
from dhub.verify import warehouse
from dhub.verify.fetch import Needs, needs
from dhub.verify.judge import judged
from dhub.verify.model import Check, Finding
from dhub.verify.sight import Sight

_WORD = re.compile(r"\{(\w+)\}")
_ROLES = ("customer_service_rep", "loan_officer", "insurance_agent", "compliance_officer")


@dataclass(frozen=True)
class Looked:
    """A bank of which all is in DuckDB."""

    see: Sight
    profile: Profile

    @cached_property
    def words(self) -> dict[str, str]:
        """Whom the faults mean."""
        return words(self.see)

    def findings(self, checks: Iterable[Check]) -> list[Finding]:
        """What the checks say."""
        return [judged(each, self.see, self.profile) for each in checks]

    def spoiled(self, fault: Fault, checks: Iterable[Check]) -> list[Finding]:
        """What they say with the fault in it: those that read the table which it changes."""
        duck = self.see.duck
        asked = [each for each in checks if reached(fault, each)]
        statement = self._said(fault)
        duck.execute(f"BEGIN; USE {fault.database}")
        try:
            assert duck.execute(statement).fetchall()[0][0] > 0
            if any(list(warehouse.sources([each.text])) != [each.text] for each in asked):
                warehouse.make_tables(self.see)
            return self.findings(asked)
        finally:
            duck.execute("ROLLBACK; USE main")

    def _said(self, fault: Fault) -> str:
        statement = fault.sql
        for word in _WORD.findall(statement):
            statement = statement.replace(f"{{{word}}}", self.words[word])
        return statement


def reached(fault: Fault, check: Check) -> bool:
    """Whether the check reads what the fault changes, itself or in a table made of it.

    A column that its SQL does not name is not even fetched for it.
    """
    words = _read(check.text).get(fault.database, {}).get(fault.table)
    return words is not None and (not fault.columns or not words.isdisjoint(fault.columns))


@cache
def _read(text: str) -> Needs:
    return needs(warehouse.sources([text]))


@contextmanager
def looked(asked: Request, bank: Sequence[Domain] = BANK) -> Iterator[Looked]:
    """The bank that a request would seed, with all its columns: faults look for rows by any."""
    with unserved(asked, AS_OF, bank=bank, whole=True) as made:
        yield Looked(made.see, made.profile)


_MEANT = {
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
    "beneficiary_holder": (
        "accounts_db",
        "SELECT first_name || ' ' || last_name FROM customers WHERE customer_id = ("
        "SELECT customer_id FROM insurance_db.policies JOIN insurance_db.beneficiaries"
        " USING (policy_id) ORDER BY beneficiary_id LIMIT 1)",
    ),
    "reported": (
        "compliance_db",
        "SELECT customer_id FROM suspicious_activity_reports WHERE filed_date IS NOT NULL"
        " ORDER BY filed_date DESC LIMIT 1",
    ),
}


def words(see: Sight) -> dict[str, str]:
    """Employees by role and hire, customers with this and that."""
    found = {
        "as_of": str(AS_OF),
        "gone": _hired(see, "employment_status = 'terminated'", "DESC"),
        "late": _hired(see, "employment_status = 'active'", "DESC"),
    }
    for role in _ROLES:
        held = f"role = '{role}' AND employment_status = 'active'"
        found[f"late_{role}"] = _hired(see, held, "DESC")
        found[f"early_{role}"] = _hired(see, held, "ASC")
    return found | {word: _asked(see, *query) for word, query in _MEANT.items()}


def _hired(see: Sight, held: str, order: str) -> str:
    query = f"SELECT employee_id FROM employees WHERE {held} ORDER BY hire_date {order} LIMIT 1"
    return _asked(see, "employees_db", query)


def _asked(see: Sight, database: str, query: str) -> str:
    see.duck.execute(f"USE {database}")
    return str(see.ask(query)[0][0])
