"""The page of `dhub verify`: what was found, asked and allowed, on a terminal of any width."""

from __future__ import annotations

import re

import pytest

from dhub.cli.verify_page import page
from dhub.verify.model import FAILED, OK, REPORTED, Facts, Finding, Part, Result

LONG = "compliance_db.suspicious_activity_reports.customer_id"


def result(*findings: Finding, customers: int = 120, employees: int = 15) -> Result:
    facts = Facts(42, "guide", "2026-11-20", 0.1, customers, employees, 1, "0.1.0")
    return Result(facts, {"accounts_db": {"accounts": 1}}, findings, 1.0)


def share(name: str, asked: float, found: float, tolerance: float, holds: bool = True) -> Part:
    return Part(name, asked, found, 1200, tolerance, holds)


FOUND = (
    Finding("references", LONG, f"{LONG} names a customer that exists", OK, 12),
    Finding("invariants", "A02", "an account's balance is what its last transaction left", FAILED,
            1150, 2, ("17", "18")),
    Finding("distributions", "crm.outcome", "contacts by outcome", OK, 1200, parts=(
        share("resolved", 0.8, 0.81, 0.05), share("escalated", 0.1, 0.06, 0.045))),
    Finding("distributions", "crm.channel", "contacts by channel", FAILED, 1200, 2, parts=(
        share("web", 0.2, 0.3, 0.05, False), share("phone", 0.3, 0.2, 0.05, False))),
    Finding("distributions", "staff.hire_years", "years back to the first hire", OK, 15, parts=(
        Part("hire_years", (None, 10.0), 9.5, 15, 0.01),)),
    Finding("realism", "realism.months", "the busiest month by the mean one", OK, 4000, parts=(
        Part("realism.months", (None, 3.0), 3.1, 4000, 0.25),)),
    Finding("realism", "realism.benford", "first digits", REPORTED, 90, parts=(
        Part("realism.benford", (None, 0.015), 0.02, 90, None, False),), note="told, not judged"),
)  # fmt: skip


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_it_fits_a_terminal_and_breaks_between_words(width: int) -> None:
    lines = page(result(*FOUND), width).splitlines()
    assert all(len(line) <= width or LONG in line for line in lines)
    wide = page(result(*FOUND))
    assert re.sub(r"\s+", " ", "\n".join(lines)) == re.sub(r"\s+", " ", wide).strip()


def test_a_number_tells_what_was_asked_and_how_far_it_may_lie() -> None:
    told = page(result(*FOUND))
    assert (
        "staff.hire_years  years back to the first hire: 9.5, asked at most 10 ± 0.01, n 15" in told
    )
    assert "the busiest month by the mean one: 3.1, asked at most 3 ± 0.25, n 4,000" in told
    assert "first digits: 0.02, asked at most 0.015, n 90\n          told, not judged" in told


def test_of_several_numbers_the_one_nearest_to_failing_is_told() -> None:
    told = page(result(*FOUND))
    assert (
        "crm.outcome  contacts by outcome: 2 figures, nearest to its tolerance escalated:"
        " 0.06, asked 0.1 ± 0.045, n 1,200" in told
    )


def test_of_a_failure_every_number_that_is_off_is_told() -> None:
    told = page(result(*FOUND))
    assert "\n          web: 0.3, asked 0.2 ± 0.05, n 1,200\n" in told
    assert "\n          phone: 0.2, asked 0.3 ± 0.05, n 1,200\n" in told
    assert "\n          2 of 1,150: 17, 18\n" in told
    assert told.splitlines()[-2:] == [
        "  invariants/A02: an account's balance is what its last transaction left",
        "  distributions/crm.channel: contacts by channel",
    ]


def test_one_is_one() -> None:
    told = page(result(FOUND[0], customers=1, employees=1))
    assert told.startswith("1 customer, 1 employee; ")
    assert "1 check over 1 row in 1.0 s" in told
