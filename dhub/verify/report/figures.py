"""Takes a finding with parts, gives asked beside found: as a plot, as a table, with tolerances."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dhub.verify.model import FAILED, Finding, Part
from dhub.verify.report import charts
from dhub.verify.report.plot import words

Band = tuple[float | None, float | None]

_MOST = 14  # names that one plot holds; beyond, the table alone tells


def plot(finding: Finding) -> str | None:
    """The parts on one axis, or None where they have none in common."""
    parts = [part for part in finding.parts if part.found is not None]
    if not parts or len(parts) > _MOST or not _alike(parts):
        return None
    form = ".0%" if _shares(parts) else "~s"
    return charts.svg(charts.bands([_row(part, parts) for part in parts], form), _aloud(finding))


def _row(part: Part, parts: Sequence[Part]) -> charts.Row:
    low, high = band(part)
    asked = part.asked if isinstance(part.asked, int | float) else None
    top = max(filter(None, (each.found for each in parts)), default=1.0)
    return {
        "y": words(part.name),
        "asked": asked,
        "found": part.found,
        "low": low if low is not None or high is None else 0.0,
        "high": high if high is not None or low is None else max(top, low) * 1.1,
        "holds": part.holds,
        "tip": f"{words(part.name)}: asked {asked_words(part)}, found {number(part.found, part)}",
    }


def band(part: Part) -> Band:
    """From where to where the number may lie; None is without bound."""
    slack = part.tolerance or 0.0
    if part.asked is None:
        return None, None
    if isinstance(part.asked, int | float):
        return part.asked - slack, part.asked + slack
    low, high = part.asked
    return (None if low is None else low - slack), (None if high is None else high + slack)


def _alike(parts: Sequence[Part]) -> bool:
    """Whether the numbers fit one axis: none is a twentieth of the largest range of another."""
    if _shares(parts):
        return True
    sizes = [max(abs(value) for value in _values(part)) for part in parts]
    return max(sizes) <= 20 * min(sizes)


def _shares(parts: Sequence[Part]) -> bool:
    return all(-0.2 <= value <= 1.2 for part in parts for value in _values(part))


def _values(part: Part) -> list[float]:
    asked = part.asked if isinstance(part.asked, tuple | list) else (part.asked,)
    return [value for value in (*asked, part.found) if value is not None] or [0.0]


def _aloud(finding: Finding) -> str:
    told = ", ".join(
        f"{words(part.name)} {number(part.found, part)} (asked {asked_words(part)})"
        for part in finding.parts
    )
    return f"{finding.title}: {told}"


def asked_words(part: Part) -> str:
    """What is asked for, in words: 30 %, at least 0.4, 1,000 to 2,000."""
    if part.asked is None:
        return "–"
    if isinstance(part.asked, int | float):
        return number(part.asked, part)
    low, high = part.asked
    if low is None or high is None:
        bound = high if low is None else low
        return f"{'at most' if low is None else 'at least'} {number(bound, part)}"
    return f"{number(low, part)} to {number(high, part)}"


def number(value: float | None, part: Part) -> str:
    """A number as its part is read: a share in percent, a count with commas."""
    if value is None:
        return "–"
    if _shares([part]):
        return f"{value:.1%}" if abs(value) >= 0.01 or value == 0 else f"{value:.2%}"
    if abs(value) >= 1000 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(parts: Sequence[Part]) -> str:
    """The parts as a table: name, asked, tolerance, found, n; what is off is marked."""
    head = "<tr><th>part<th class=n>asked<th class=n>±<th class=n>found<th class=n>n</tr>"
    return f'<table class="parts"><thead>{head}</thead><tbody>{"".join(map(_line, parts))}</table>'


def _line(part: Part) -> str:
    slack = "–" if part.tolerance is None else number(part.tolerance, part)
    mark = "" if part.holds else ' class="off"'
    cells = (asked_words(part), slack, number(part.found, part), f"{part.n:,}")
    shown = "".join(f"<td class=n>{escape(cell)}" for cell in cells)
    return f"<tr{mark}><th scope=row>{escape(words(part.name))}{shown}</tr>"


def failed_parts(finding: Finding) -> str:
    """In a sentence, the parts that are off; empty when none is or the finding did not fail."""
    off = [part for part in finding.parts if not part.holds] if finding.status == FAILED else []
    return "; ".join(
        f"{words(part.name)}: asked {asked_words(part)}, found {number(part.found, part)}"
        for part in off
    )
