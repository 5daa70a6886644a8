"""Takes the result of a verification, gives what people read, or one JSON document.

The JSON is documented in docs/verify-json.md; change it there, too, and never a name in it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from textwrap import shorten
from time import monotonic
from types import TracebackType
from typing import TextIO

from dhub.verify.model import (
    DISTRIBUTIONS,
    FAILED,
    NOT_YET,
    OK,
    REALISM,
    REPORTED,
    SECTIONS,
    SKIPPED,
    Finding,
    Part,
    Result,
)

WIDTH = 100
_PATIENCE = 2.0  # seconds before progress is shown

_HEADINGS = {
    "completeness": "Completeness: all is there that was seeded, and no more",
    "references": "References: every key names a row that exists, also in another database",
    "invariants": "Invariants: what a bank's books must keep, row by row",
    "distributions": "Distributions: what the profile asks for, beside what is in the tables",
    "realism": "Realism: what real data look like, measured",
}
_MARKS = {OK: "ok", FAILED: "FAILED", REPORTED: "told", NOT_YET: "not yet", SKIPPED: "skipped"}


class Progress:
    """Says on a terminal what is being done once it takes more than two seconds; else nothing."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._shown = out, False
        self._started, self._lock = monotonic(), threading.Lock()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            self._write("")

    def __call__(self, doing: str) -> None:
        if self._out.isatty() and monotonic() - self._started > _PATIENCE:
            with self._lock:
                self._write(f"{monotonic() - self._started:4.0f} s  {doing}")
                self._shown = True

    def say(self, text: str) -> None:
        """A line that stays."""
        print(text, file=self._out)

    def _write(self, text: str) -> None:
        self._out.write(f"\r\x1b[2K{text[: WIDTH - 1]}")
        self._out.flush()


def document(result: Result) -> str:
    """The result as JSON."""
    whole = {
        "passed": result.passed,
        "run": asdict(result.facts),
        "seconds": result.seconds,
        "counts": _counts(result, None),
        "failed": [f"{each.section}/{each.id}" for each in result.failed],
        "rows": {database: dict(tables) for database, tables in result.rows.items()},
        "sections": [
            {
                "section": section,
                "counts": _counts(result, section),
                "checks": [_checked(each) for each in result.of(section)],
            }
            for section in SECTIONS
            if result.of(section)
        ],
    }
    return json.dumps(whole, indent=2) + "\n"


def _counts(result: Result, section: str | None) -> dict[str, int]:
    return {name.replace(" ", "_"): count for name, count in result.counts(section).items()}


def _checked(found: Finding) -> dict[str, object]:
    plain = asdict(found)
    del plain["section"]
    plain["status"] = found.status.replace(" ", "_")
    return plain


def page(result: Result) -> str:
    """The result for people: each section with its checks, the verdict at the end."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: Result) -> Iterator[str]:
    facts = result.facts
    yield (
        f"{facts.customers:,} customers, {facts.employees:,} employees; profile {facts.profile}, "
        f"seed {facts.seed}, as of {facts.as_of}"
    )
    for section in SECTIONS:
        if found := result.of(section):
            yield ""
            yield f"{_HEADINGS[section]}"
            yield from _section(section, found)
    yield ""
    yield from _verdict(result)


def _section(section: str, found: Sequence[Finding]) -> Iterator[str]:
    wide = max(len(each.id) for each in found)
    for each in found:
        figures = section in (DISTRIBUTIONS, REALISM) and bool(each.parts)
        looked = _compared(each) if figures else f"{each.examined:,}" if each.examined else ""
        yield _line(each, min(wide, 44), looked)
        yield from _details(each)


def _line(found: Finding, wide: int, looked: str) -> str:
    """Mark, id, title and rows examined, in columns; the title gives way."""
    left = f"  {_MARKS[found.status]:<8}{found.id:<{wide}}  "
    room = WIDTH - len(left) - len(looked) - 2
    title = shorten(found.title, max(room, 12), placeholder=" …")
    return f"{left}{title:<{max(room, 0)}}  {looked}".rstrip()


def _compared(found: Finding) -> str:
    """The one number beside what was asked for, or how many were compared."""
    if len(found.parts) == 1:
        part = found.parts[0]
        return f"{_number(part.found)} of {_asked(part)}, n {part.n:,}"
    return f"{len(found.parts)} figures, n {found.examined:,}"


def _details(found: Finding) -> Iterator[str]:
    """What is wrong, or why it was not judged."""
    indent = " " * 10
    if found.parts:
        off = [part for part in found.parts if not part.holds]
        for part in off if found.status in (FAILED, REPORTED) else []:
            within = f" ± {_number(part.tolerance)}" if part.tolerance else ""
            yield (
                f"{indent}{part.name}: {_number(part.found)}, asked {_asked(part)}{within}, "
                f"n {part.n:,}"
            )[:WIDTH]
    elif found.status == FAILED:
        yield f"{indent}{found.broken:,} of {found.examined:,}: {', '.join(found.keys)}"[:WIDTH]
    if found.note:
        yield f"{indent}{found.note}"[:WIDTH]


def _asked(part: Part) -> str:
    if isinstance(part.asked, tuple):
        low, high = part.asked
        if low is None or high is None:
            return f"at most {_number(high)}" if low is None else f"at least {_number(low)}"
        return f"{_number(low)} to {_number(high)}"
    return _number(part.asked)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.4g}"


def _verdict(result: Result) -> Iterator[str]:
    counts = result.counts()
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    rows = sum(sum(tables.values()) for tables in result.rows.values())
    yield f"{len(result.findings):,} checks over {rows:,} rows in {result.seconds:.1f} s: {told}"
    if result.passed:
        yield "PASSED: everything that was checked holds."
        return
    yield "FAILED:"
    yield from (f"  {each.section}/{each.id}: {each.title}"[:WIDTH] for each in result.failed)
