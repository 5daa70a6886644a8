"""The faults that checks exist for: each names its check, its database, and SQL that plants it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent
_FAULT = re.compile(
    r"^-- (?P<check>\S+)(?: in (?P<database>\w+_db))?\n(?:-- also: (?P<also>.*)\n)?"
    r"(?P<sql>(?:(?!--).*\n)+)",
    re.M,
)
_CHANGED = re.compile(r"\b(?:UPDATE|DELETE FROM|INSERT INTO) (\w+)")
_SET = re.compile(r"^UPDATE \w+(?: \w+)? SET (.*?)(?:\bWHERE\b|\bFROM\b|\Z)", re.S)
_ASSIGNED = re.compile(r"(?:^|,)\s*(\w+) =")


@dataclass(frozen=True)
class Fault:
    """SQL that breaks a row; `also` are other checks that it breaks by its nature."""

    check: str
    database: str
    sql: str
    also: frozenset[str] = frozenset()

    @property
    def table(self) -> str:
        """The one that it changes."""
        found = _CHANGED.search(self.sql)
        assert found, self.sql
        return found[1]

    @property
    def columns(self) -> frozenset[str]:
        """Those that it changes, none where that is not plain or whole rows come or go."""
        found = _SET.search(self.sql)
        if found is None or re.search("SELECT|extract", found[1]):
            return frozenset()
        return frozenset(_ASSIGNED.findall(found[1]))


def read(name: str) -> tuple[Fault, ...]:
    """The faults of a file of SQL."""
    return tuple(
        Fault(
            match["check"],
            match["database"] or "warehouse_db",
            match["sql"].strip().rstrip(";"),
            frozenset((match["also"] or "").split(", ")) - {""},
        )
        for match in _FAULT.finditer((_HERE / name).read_text(encoding="utf-8"))
    )


def misjudged(
    faults: Iterable[Fault], found: Callable[[Fault], Collection[str]]
) -> list[tuple[str, str, set[str]]]:
    """The faults that their check does not find, or others do, with what is found of them."""
    told = ((fault, set(found(fault))) for fault in faults)
    return [
        (fault.check, fault.database, checks)
        for fault, checks in told
        if fault.check not in checks or checks - {fault.check} - fault.also
    ]


INVARIANTS = read("faults.sql") + read("offices.sql")
HABITS = read("habits.sql") + read("offices_habits.sql") + read("causes_habits.sql")
LIVES = read("lives.sql")
STAR = read("star.sql")
