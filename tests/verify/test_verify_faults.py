"""Every check of rows has a fault that it exists for; it finds it, and no unrelated check does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from verifying.bank import Planted, broken, loosened, seeded, words
from verifying.faults import INVARIANTS as FAULTS
from verifying.faults import Fault
from verifying.pointers import FAULTS as POINTERS

from dhub.estate.databases import Estate
from dhub.flow.request import Request
from dhub.verify.model import INVARIANTS, REFERENCES
from dhub.verify.run import catalogue

ALL = (*FAULTS, *POINTERS)


@pytest.fixture(scope="module")
def planted(make_estate: Callable[[], Estate], server_url: str) -> Planted:
    """A bank of 600 customers without constraints: those of references and invariants hold."""
    estate = seeded(make_estate, Request(scale="0.5", seed="42", as_of="2026-11-20"))
    loosened(estate)
    found = broken(estate, INVARIANTS, REFERENCES)
    assert all(name.endswith(".foreign_keys") for name in found)
    return Planted(estate, server_url, words(estate))


@pytest.mark.parametrize("fault", ALL, ids=lambda each: each.check)
def test_a_fault_is_found_by_its_check_alone(planted: Planted, fault: Fault) -> None:
    with planted.copy(fault.database) as estate:
        assert planted.plant(estate, fault.database, fault.sql) > 0
        found = broken(estate, INVARIANTS, REFERENCES, changed=fault.database)
    rows = {name for name in found if not name.endswith(".foreign_keys")}
    assert fault.check in rows
    assert rows - {fault.check} - fault.also == set()


def test_every_check_of_rows_has_a_fault() -> None:
    checked = [
        each.id
        for each in catalogue()
        if each.section in (INVARIANTS, REFERENCES) and each.options.get("ledger") != "life"
    ]
    assert len(checked) == len(set(checked))
    assert {each.check for each in ALL} == set(checked)
