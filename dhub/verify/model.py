"""What a check is, what it found, and what a verification amounts to: frozen, JSON-able values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

COMPLETENESS, REFERENCES, INVARIANTS = "completeness", "references", "invariants"
DISTRIBUTIONS, REALISM = "distributions", "realism"
WAREHOUSE = "warehouse"  # of the star beside the six, where there is one
OF_THE_SIX = (COMPLETENESS, REFERENCES, INVARIANTS, DISTRIBUTIONS, REALISM)
SECTIONS = (*OF_THE_SIX, WAREHOUSE)

OK, FAILED, REPORTED, NOT_YET, SKIPPED = "ok", "failed", "reported", "not yet", "skipped"
STATUSES = (OK, FAILED, REPORTED, NOT_YET, SKIPPED)

MOST_KEYS = 5  # offending keys that a finding carries


@dataclass(frozen=True)
class Check:
    """A question to the tables: one set-based query in DuckDB's SQL, with its name in words.

    What the query gives depends on `kind`. Of a `rule`, the first column of each row that breaks
    it, and `examines` (a table, or a FROM clause) gives the rows it looked at. For the kinds of
    `distributions`, see there.
    """

    section: str
    id: str
    title: str
    sql: str
    kind: str = "rule"
    examines: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All its SQL, for whoever wants to know which columns it reads."""
        return f"{self.sql}\n{self.examines}"


@dataclass(frozen=True)
class Part:
    """One number of a distribution: what the profile asks for beside what is in the tables.

    `asked` is a number, or [low, high]; `tolerance` is how far `found` may lie from it.
    """

    name: str
    asked: float | tuple[float | None, float | None] | None
    found: float | None
    n: int
    tolerance: float | None = None
    holds: bool = True


@dataclass(frozen=True)
class Finding:
    """What became of a check: rows examined and broken, up to five keys, or the parts compared."""

    section: str
    id: str
    title: str
    status: str
    examined: int = 0
    broken: int = 0
    keys: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    note: str | None = None


@dataclass(frozen=True)
class Picture:
    """The answer to a query that somebody asked besides the checks (the report's plots)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Facts:
    """The run as the ledger tells it; dates in ISO 8601, cohorts added up."""

    seed: int
    profile: str
    as_of: str
    scale: float
    customers: int
    employees: int
    cohorts: int
    dhub_version: str


@dataclass(frozen=True)
class Result:
    """A whole verification: the run, the rows of every table, the findings in order."""

    facts: Facts
    rows: Mapping[str, Mapping[str, int]]
    findings: tuple[Finding, ...]
    seconds: float
    pictures: Mapping[str, Picture] = field(default_factory=dict)

    def joined(self, more: Iterable[Finding]) -> Result:
        """The same with further findings."""
        return replace(self, findings=(*self.findings, *more))

    @property
    def failed(self) -> tuple[Finding, ...]:
        """The findings that make `dhub verify` exit with 1."""
        return tuple(each for each in self.findings if each.status == FAILED)

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not self.failed

    def of(self, section: str) -> tuple[Finding, ...]:
        """The findings of a section, in order."""
        return tuple(each for each in self.findings if each.section == section)

    def counts(self, section: str | None = None) -> dict[str, int]:
        """How many findings have each status, in the whole or in a section."""
        found = self.of(section) if section else self.findings
        return {status: sum(each.status == status for each in found) for status in STATUSES}
