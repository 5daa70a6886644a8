"""Decisions are quoted by their numbers: each has one of its own."""

from __future__ import annotations

from pathlib import Path

DECISIONS = sorted((Path(__file__).parents[2] / "docs/decisions").glob("[0-9]*.md"))


def test_each_has_its_number() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, 1 + len(numbers)))
    for path in DECISIONS:
        assert path.read_text().startswith(f"# {int(path.name[:4])}. "), path.name
