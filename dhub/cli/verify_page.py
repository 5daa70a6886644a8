"""Takes the result of a verification, gives what people read, or one JSON document.

The JSON is documented in docs/verify-json.md; change it there, too, and never a name in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from math import inf
from textwrap import wrap

from dhub.verify.model import (
    FAILED,
    NOT_YET,
    OK,
    REPORTED,
    SECTIONS,
    SKIPPED,
    Finding,
    Part,
    Result,
)
from dhub.words import counted, visible

_HANG = 10  # columns before the words of a check

_HEADINGS = {
    "completeness": "Completeness: all is there that was seeded, and no more",
    "references": "References: every key names a row that exists, also in another database",
    "invariants": "Invariants: what a bank's books must keep, row by row",
    "distributions": "Distributions: what the profile asks for, beside what is in the tables",
    "realism": "Realism: what real data look like, measured",
    "warehouse": "Warehouse: the star shows the same bank, to the row and the cent",
}
_MARKS = {OK: "ok", FAILED: "FAILED", REPORTED: "told", NOT_YET: "not yet", SKIPPED: "skipped"}


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


def page(result: Result, width: int | None = None) -> str:
    """The result for people: each section with its checks, the verdict at the end.

    Lines end between words before `width`; without one each check is a line, and nothing is cut.
    """
    return "".join(f"{each}\n" for line in _lines(result) for each in _folded(line, width))


def _folded(line: str, width: int | None) -> list[str]:
    """The line as lines of a terminal, what follows below its words."""
    if width is None or len(line) <= width:
        return [line]
    indent = " " * (_HANG if line.startswith("  ") else 0)
    return wrap(
        line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _lines(result: Result) -> Iterator[str]:
    facts = result.facts
    yield (
        f"{counted(facts.customers, 'customer')}, {counted(facts.employees, 'employee')}; "
        f"profile {visible(facts.profile)}, seed {facts.seed}, as of {facts.as_of}"
    )
    for section in SECTIONS:
        if found := result.of(section):
            yield ""
            yield f"{_HEADINGS[section]}"
            yield from (line for each in found for line in _told(each))
    yield ""
    yield from _verdict(result)


def _told(found: Finding) -> Iterator[str]:
    """A check: mark, id, title, what it looked at; below it what is wrong, or was not judged."""
    said = f": {_compared(found.parts)}" if found.parts else f", n {found.examined:,}"
    yield f"  {_MARKS[found.status]:<8}{found.id}  {found.title}{said if found.examined else ''}"
    indent = " " * _HANG
    if found.parts and found.status in (FAILED, REPORTED) and len(found.parts) > 1:
        off = [part for part in found.parts if not part.holds]
        yield from (f"{indent}{part.name}: {_figures(part)}" for part in off)
    if not found.parts and found.status == FAILED:
        yield f"{indent}{found.broken:,} of {found.examined:,}: {', '.join(found.keys)}"
    if found.note:
        yield f"{indent}{found.note}"


def _compared(parts: Sequence[Part]) -> str:
    """The one number with what was asked and the tolerance; of several the one nearest to fail."""
    if len(parts) == 1:
        return _figures(parts[0])
    nearest = max(parts, key=_used)
    return f"{len(parts)} figures, nearest to its tolerance {nearest.name}: {_figures(nearest)}"


def _used(part: Part) -> float:
    """How much of its tolerance a number takes up; of those within a range, none."""
    if part.found is None or part.asked is None:
        return -1.0
    low, high = part.asked if isinstance(part.asked, tuple) else (part.asked, part.asked)
    off = max(0.0 if low is None else low - part.found, 0.0 if high is None else part.found - high)
    if off <= 0:
        return 0.0
    return off / part.tolerance if part.tolerance else inf


def _figures(part: Part) -> str:
    """Found, asked, how far they may lie apart, and of how many rows."""
    within = f" ± {_number(part.tolerance)}" if part.tolerance else ""
    return f"{_number(part.found)}, asked {_asked(part)}{within}, n {part.n:,}"


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
    told = ", ".join(f"{count:,} {_MARKS[name].lower()}" for name, count in counts.items() if count)
    rows = sum(sum(tables.values()) for tables in result.rows.values())
    looked = f"{counted(len(result.findings), 'check')} over {counted(rows, 'row')}"
    yield f"{looked} in {result.seconds:.1f} s: {told}"
    if result.passed:
        yield "PASSED: everything that was checked holds."
        return
    yield "FAILED:"
    yield from (f"  {each.section}/{each.id}: {each.title}" for each in result.failed)
