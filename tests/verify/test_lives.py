"""A bank of lives: it passes every check, and each of its own notices that a habit is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from verifying.bank import loosened, seeded
from verifying.faults import LIVES, Fault
from verifying.looked import Looked, looked

from dhub.estate.databases import Estate
from dhub.flow.request import Request
from dhub.verify import distributions, invariants, realism
from dhub.verify.model import DISTRIBUTIONS, INVARIANTS, REALISM, REFERENCES

SECTIONS = (INVARIANTS, REFERENCES, DISTRIBUTIONS, REALISM)


@pytest.fixture(scope="module")
def bank(make_migrated: Callable[[], Estate]) -> Iterator[Looked]:
    estate = seeded(
        make_migrated, Request(scale="0.5", seed="11", as_of="2026-03-31", profile="everyday")
    )
    loosened(estate)
    with looked(estate, *SECTIONS) as found:
        assert found.broken(*SECTIONS) == {}
        yield found


@pytest.mark.parametrize("fault", LIVES, ids=lambda each: each.check)
def test_a_habit_of_lives_that_is_gone_is_missed(bank: Looked, fault: Fault) -> None:
    section = REALISM if fault.check.startswith("realism") else INVARIANTS
    assert fault.check in bank.spoiled(fault, section)


def test_every_check_of_lives_has_a_fault() -> None:
    known = (*realism.CHECKS, *invariants.CHECKS)
    asked = [each for each in known if each.options.get("ledger") == "life"]
    assert {each.check for each in LIVES} == {each.id for each in asked}
    assert not [each for each in distributions.CHECKS if "ledger" in each.options]
