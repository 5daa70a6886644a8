"""A bank of lives: it passes every check, and each of its own notices that a habit is gone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from verifying.bank import Planted, broken, loosened, seeded
from verifying.faults import LIVES, Fault

from dhub.estate.databases import Estate
from dhub.flow.request import Request
from dhub.verify import distributions, invariants, realism
from dhub.verify.model import DISTRIBUTIONS, INVARIANTS, REALISM, REFERENCES


@pytest.fixture(scope="module")
def planted(make_estate: Callable[[], Estate], server_url: str) -> Planted:
    estate = seeded(
        make_estate, Request(scale="0.5", seed="11", as_of="2026-03-31", profile="everyday")
    )
    loosened(estate)
    whole = broken(estate, INVARIANTS, REFERENCES, DISTRIBUTIONS, REALISM)
    assert {name for name in whole if not name.endswith(".foreign_keys")} == set()
    return Planted(estate, server_url, {})


@pytest.mark.parametrize("fault", LIVES, ids=lambda each: each.check)
def test_a_habit_of_lives_that_is_gone_is_missed(planted: Planted, fault: Fault) -> None:
    with planted.copy(fault.database) as estate:
        assert planted.plant(estate, fault.database, fault.sql) > 0
        section = REALISM if fault.check.startswith("realism") else INVARIANTS
        assert fault.check in broken(estate, section)


def test_every_check_of_lives_has_a_fault() -> None:
    known = (*realism.CHECKS, *invariants.CHECKS)
    asked = [each for each in known if each.options.get("ledger") == "life"]
    assert {each.check for each in LIVES} == {each.id for each in asked}
    assert not [each for each in distributions.CHECKS if "ledger" in each.options]
