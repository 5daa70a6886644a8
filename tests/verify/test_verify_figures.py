"""Every distribution notices that something else was asked for, every habit that it is gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from verifying.bank import off
from verifying.faults import HABITS, Fault, misjudged
from verifying.figures import other
from verifying.looked import Looked, looked

from dhub.flow.request import Request
from dhub.profiles import load_profile
from dhub.verify import distributions, judge, realism
from dhub.verify.judge import judged
from dhub.verify.model import Check


@pytest.fixture(scope="module")
def bank() -> Iterator[Looked]:
    """A bank of 2,400 customers."""
    with looked(Request(scale="2", seed="42", as_of="2026-11-20")) as found:
        yield found


def test_a_figure_that_was_not_asked_for_is_noticed(bank: Looked) -> None:
    asked = bank.findings(distributions.CHECKS)
    assert off(asked) == {}
    missed = []
    for check, found in zip(distributions.CHECKS, asked, strict=True):
        if "when" in check.options and found.note:
            check = Check(check.section, check.id, check.title, check.sql, check.kind)
        changed = judged(check, bank.see, other(bank.profile, check))
        if not (changed.broken > 0 and changed.keys):
            missed.append(check.id)
    assert missed == []


TABLES = (
    ("customers.segment", "customer_db", "customer_profiles SET segment = 'premium'"
     " WHERE customer_id % 2 = 0", {"accounts.multiple_by_segment"}),
    ("crm.outcome", "customer_db", "interactions SET outcome = 'resolved'", set()),
    ("accounts.currency", "accounts_db", "accounts SET currency = 'EUR' WHERE account_id % 3 = 0",
     set()),
    ("loans.linked", "loans_db", "loans SET linked_account_id = NULL", set()),
    ("insurance.frequency", "insurance_db", "policies SET premium_frequency = 'monthly'",
     {"insurance.premium_rate"}),
    ("compliance.flagged", "compliance_db", "aml_checks SET aml_flag = true",
     {"compliance.flag_risk"}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("check", "database", "change", "also"), TABLES, ids=[each[0] for each in TABLES]
)
def test_tables_that_drift_are_noticed(
    bank: Looked, check: str, database: str, change: str, also: set[str]
) -> None:
    found = off(bank.spoiled(Fault(check, database, f"UPDATE {change}"), distributions.CHECKS))
    assert check in found and found.keys() - {check} - also == set()


def test_a_habit_that_is_gone_is_noticed(bank: Looked) -> None:
    before = off(bank.findings(realism.CHECKS)).keys()

    def found(fault: Fault) -> set[str]:
        told = off(bank.spoiled(fault, realism.CHECKS)).keys()
        return told - before | told & {fault.check}

    assert misjudged(HABITS, found) == []


def test_every_habit_has_a_fault() -> None:
    listed = [each for each in realism.CHECKS if each.options.get("ledger") != "life"]
    assert {each.check for each in HABITS} == {each.id for each in listed}


@pytest.mark.parametrize(("profile", "aim"), [("guide", "0.85 -"), ("warehouse", "0.7 -")])
def test_personas_are_asked_less_only_where_there_are_any(profile: str, aim: str) -> None:
    check = next(each for each in realism.CHECKS if each.id == "realism.households")
    assert judge._asked(check, load_profile(profile)) == aim
