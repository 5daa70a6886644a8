"""Every distribution notices that something else was asked for, every habit that it is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest
from verifying.bank import Planted, broken, loosened, seeded
from verifying.faults import HABITS, Fault
from verifying.figures import other

from dhub.estate.databases import Estate
from dhub.flow.request import Request
from dhub.profiles import Profile
from dhub.verify import distributions, realism
from dhub.verify.asking import prepare
from dhub.verify.facts import seeded as told
from dhub.verify.fetch import needs
from dhub.verify.judge import judged
from dhub.verify.model import DISTRIBUTIONS, REALISM, Check
from dhub.verify.sight import Sight, sight


@dataclass(frozen=True)
class Looked:
    """A bank, the sight of it, and the profile it was seeded with."""

    estate: Estate
    see: Sight
    profile: Profile


@pytest.fixture(scope="module")
def drawn(make_estate: Callable[[], Estate]) -> Estate:
    """The bank that is copied for whoever looks at it."""
    return seeded(make_estate, Request(scale="2", seed="42", as_of="2026-11-20"))


@pytest.fixture(scope="module")
def looked(drawn: Estate, kept_copy: Callable[[Estate], Estate]) -> Iterator[Looked]:
    estate = kept_copy(drawn)
    with sight(estate) as see:
        known = told(see.conns)
        see.fetch(needs(each.text for each in distributions.CHECKS), lambda _: None)
        prepare(see, known)
        yield Looked(estate, see, known.profile)


@pytest.mark.parametrize("check", distributions.CHECKS, ids=lambda each: each.id)
def test_a_figure_that_was_not_asked_for_is_noticed(looked: Looked, check: Check) -> None:
    if "when" in check.options and judged(check, looked.see, looked.profile).note:
        check = Check(check.section, check.id, check.title, check.sql, check.kind)
    else:
        assert judged(check, looked.see, looked.profile).broken == 0
    found = judged(check, looked.see, other(looked.profile, check))
    assert found.broken > 0 and found.keys


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


@pytest.fixture(scope="module")
def planted(drawn: Estate, kept_copy: Callable[[Estate], Estate], server_url: str) -> Planted:
    estate = kept_copy(drawn)
    loosened(estate)
    assert broken(estate, DISTRIBUTIONS) == {}
    return Planted(estate, server_url, {})


@pytest.mark.parametrize(
    ("check", "database", "change", "also"), TABLES, ids=[each[0] for each in TABLES]
)
def test_tables_that_drift_are_noticed(
    planted: Planted, check: str, database: str, change: str, also: set[str]
) -> None:
    with planted.copy(database) as estate:
        with psycopg.connect(estate.urls[database], autocommit=True) as conn:
            conn.execute(f"UPDATE {change}".encode())
        found = broken(estate, DISTRIBUTIONS, changed=database).keys()
    assert check in found and found - {check} - also == set()


@pytest.fixture(scope="module")
def before(planted: Planted) -> dict[str, int]:
    """What is told of the bank as it was seeded."""
    return broken(planted.estate, REALISM)


@pytest.mark.parametrize("fault", HABITS, ids=lambda each: each.check)
def test_a_habit_that_is_gone_is_noticed(
    planted: Planted, before: dict[str, int], fault: Fault
) -> None:
    with planted.copy(fault.database) as estate:
        assert planted.plant(estate, fault.database, fault.sql) > 0
        found = broken(estate, REALISM, changed=fault.database)
    assert fault.check in found
    assert found.keys() - before.keys() - {fault.check} - fault.also == set()


def test_every_habit_has_a_fault() -> None:
    listed = [each for each in realism.CHECKS if each.options.get("ledger") != "life"]
    assert {each.check for each in HABITS} == {each.id for each in listed}
