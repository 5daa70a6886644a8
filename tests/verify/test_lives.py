"""A bank of lives: it passes every check, and each of its own notices that a habit is gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from verifying.bank import off
from verifying.faults import LIVES, Fault, misjudged
from verifying.looked import Looked, looked

from dhub.flow.request import Request
from dhub.verify import distributions, invariants, realism
from dhub.verify.run import catalogue

CHECKS = catalogue()


@pytest.fixture(scope="module")
def bank() -> Iterator[Looked]:
    asked = Request(scale="0.5", seed="11", as_of="2026-03-31", profile="everyday")
    with looked(asked) as found:
        assert off(found.findings(CHECKS)) == {}
        yield found


def test_a_habit_of_lives_that_is_gone_is_missed(bank: Looked) -> None:
    def found(fault: Fault) -> set[str]:
        own = (each for each in CHECKS if each.id == fault.check)
        return set(off(bank.spoiled(fault, own)))

    assert misjudged(LIVES, found) == []


def test_every_check_of_lives_has_a_fault() -> None:
    known = (*realism.CHECKS, *invariants.CHECKS)
    asked = [each for each in known if each.options.get("ledger") == "life"]
    assert {each.check for each in LIVES} == {each.id for each in asked}
    assert not [each for each in distributions.CHECKS if "ledger" in each.options]
