"""Every check of rows has a fault that it exists for; it finds it, and no unrelated check does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from verifying.bank import off
from verifying.faults import INVARIANTS as FAULTS
from verifying.faults import misjudged
from verifying.looked import Looked, looked
from verifying.pointers import FAULTS as POINTERS

from dhub.flow.request import Request
from dhub.verify.model import INVARIANTS, REFERENCES
from dhub.verify.run import catalogue

ALL = (*FAULTS, *POINTERS)


CHECKS = [each for each in catalogue() if each.section in (INVARIANTS, REFERENCES)]


@pytest.fixture(scope="module")
def bank() -> Iterator[Looked]:
    """A bank of 600 customers: those of references and invariants hold."""
    with looked(Request(scale="0.5", seed="42", as_of="2026-11-20")) as found:
        assert off(found.findings(CHECKS)) == {}
        yield found


def test_a_fault_is_found_by_its_check_alone(bank: Looked) -> None:
    assert misjudged(ALL, lambda fault: off(bank.spoiled(fault, CHECKS)).keys()) == []


def test_every_check_of_rows_has_a_fault() -> None:
    checked = [each.id for each in CHECKS if each.options.get("ledger") != "life"]
    assert len(checked) == len(set(checked))
    assert {each.check for each in ALL} == set(checked)
