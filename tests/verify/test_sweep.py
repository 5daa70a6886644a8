"""The sweep of sound banks: it makes them, judges them, and counts what it found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from statistics import NormalDist

import pytest

from benchmarks.sweep import Bank, Scores, looked_at, scores_of, told
from dhub.flow.request import Request


@pytest.fixture(scope="module")
def bank() -> Bank:
    request = Request(seed="5", scale="0.1", profile="guide", as_of="2024-02-29")
    return looked_at(request, date(2026, 11, 26))


def test_a_bank_has_its_numbers_and_their_errors(bank: Bank) -> None:
    assert bank.failed == {} and len(bank.parts) > 80
    assert bank.errors["transactions.mix"]["payment"] > 0
    assert all(part["found"] is not None for parts in bank.parts.values() for part in parts)


def test_failures_are_counted_with_the_bank_that_shows_them(bank: Bank) -> None:
    damaged = replace(bank, failed={"realism/realism.weekdays": ("weekdays",)})
    lines = list(told([bank, bank, damaged]))
    assert lines[0].startswith("3 sound banks, ")
    assert lines[1:3] == ["failed: 1", "     1  realism/realism.weekdays"]
    assert "--profile guide --scale 0.1 --as-of 2024-02-29 --seed 5" in lines[3]


def test_a_score_is_the_distance_beyond_what_was_asked_in_errors(bank: Bank) -> None:
    part = {"name": "a", "asked": 0.4, "found": 0.5, "n": 900, "tolerance": 0.3, "holds": True}
    parts = {"transactions.mix": [part] * 4}
    made = replace(bank, parts=parts, errors={"transactions.mix": {"a": 0.05}})
    (found,) = scores_of([made, made])
    assert found.banks == 2 and found.scores == pytest.approx([2.0] * 8)
    aim = part | {"asked": [None, 0.7]}
    inside = replace(made, parts={"transactions.mix": [aim] * 8})
    assert scores_of([inside])[0].scores == pytest.approx([-4.0] * 8)


def test_what_scatters_as_chance_does_fails_less_than_once_in_a_thousand_banks() -> None:
    normal = tuple(NormalDist().inv_cdf((number + 0.5) / 60) for number in range(60))
    calm = Scores("it", len(normal), normal)
    assert 0 < calm.expected < 0.1
    wild = Scores("it", len(normal), tuple(4 * score for score in normal))
    assert wild.expected > 100
    assert Scores("it", 9, (-3.0,) * 9).expected == 0
