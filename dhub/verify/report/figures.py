"""Takes a finding with parts, gives asked beside found: as a plot, as a table, with tolerances."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dhub.verify import distributions
from dhub.verify.model import FAILED, Finding, Part
from dhub.verify.report import charts
from dhub.verify.report.plot import words

Band = tuple[float | None, float | None]

# Checks whose numbers are shares of the rows, told in percent.
_SHARES = {each.id for each in distributions.CHECKS if each.kind in ("mix", "share")}
_MOST = 14  # names that one plot holds; beyond, the table alone tells


def plot(finding: Finding) -> str | None:
    """The parts on one axis, or None where they have none in common."""
    parts = [part for part in finding.parts if part.found is not None]
    shares = in_percent(finding)
    if not parts or len(parts) > _MOST or not (shares or _alike(parts)):
        return None
    rows = [_row(part, parts, shares) for part in parts]
    return charts.svg(charts.bands(rows, ".0%" if shares else "~s"), _aloud(finding))


def in_percent(finding: Finding) -> bool:
    """Whether the numbers of a finding are shares."""
    return finding.id in _SHARES


def _row(part: Part, parts: Sequence[Part], shares: bool) -> charts.Row:
    low, high = band(part)
    if shares:  # of a small sample the tolerance is wider than a share can be
        low, high = (None if end is None else min(max(end, 0.0), 1.0) for end in (low, high))
    asked = part.asked if isinstance(part.asked, int | float) else None
    top = max(filter(None, (each.found for each in parts)), default=1.0)
    return {
        "y": words(part.name),
        "asked": asked,
        "found": part.found,
        "low": low if low is not None or high is None else 0.0,
        "high": high if high is not None or low is None else max(top, low) * 1.1,
        "holds": part.holds,
        "tip": f"{words(part.name)}: {_told(part, shares)}",
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
    """Whether the numbers fit one axis: the smallest is no tenth of the largest."""
    sizes = [max(abs(value) for value in _values(part)) for part in parts]
    return max(sizes) <= 10 * min(sizes)


def _values(part: Part) -> list[float]:
    asked = part.asked if isinstance(part.asked, tuple | list) else (part.asked,)
    return [value for value in (*asked, part.found) if value is not None] or [0.0]


def _aloud(finding: Finding) -> str:
    shares = in_percent(finding)
    told = (f"{words(part.name)}: {_told(part, shares)}" for part in finding.parts)
    return f"{finding.title}. {'; '.join(told)}"


def _told(part: Part, shares: bool) -> str:
    return f"asked {asked_words(part, shares)}, found {number(part.found, shares)}"


def asked_words(part: Part, shares: bool) -> str:
    """What is asked for, in words: 30 %, at least 0.4, 1,000 to 2,000."""
    if part.asked is None:
        return "–"
    if isinstance(part.asked, int | float):
        return number(part.asked, shares)
    low, high = part.asked
    if low is None or high is None:
        bound = high if low is None else low
        return f"{'at most' if low is None else 'at least'} {number(bound, shares)}"
    return f"{number(low, shares)} to {number(high, shares)}"


def number(value: float | None, shares: bool) -> str:
    """A number as it is read: a share in percent, a large number with commas."""
    if value is None:
        return "–"
    if shares:
        return f"{value:.1%}" if abs(value) >= 0.01 or value == 0 else f"{value:.2%}"
    if abs(value) >= 1000 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.3g}"


def cells(part: Part, shares: bool) -> tuple[str, str, str]:
    """Asked, tolerance and found, as a table tells them."""
    slack = "–" if part.tolerance is None else number(part.tolerance, shares)
    return asked_words(part, shares), slack, number(part.found, shares)


def bullet(part: Part) -> str:
    """One number as a small picture: the band it may lie in, what is asked, what is found."""
    low, high = band(part)
    if part.found is None or (low is None and high is None):
        return ""
    start, end = _view(low, high, part.found)

    def at(value: float | None, otherwise: float) -> float:
        if value is None:
            return otherwise
        return round(4 + 88 * min(max((value - start) / (end - start), 0.0), 1.0), 1)

    left, right, dot = at(low, 0.0), at(high, 96.0), at(part.found, 0.0)
    middle = part.asked if isinstance(part.asked, int | float) else None
    tick = "" if middle is None else f'<path d="M{at(middle, 0.0)} 1v12"/>'
    return (
        '<svg class="bullet" viewBox="0 0 96 14" aria-hidden="true">'
        f'<rect x="{left}" y="2" width="{max(right - left, 1):.1f}" height="10" rx="2"/>{tick}'
        f'<circle{"" if part.holds else " class=off"} cx="{dot}" cy="7" r="3.5"/></svg>'
    )


def _view(low: float | None, high: float | None, found: float) -> tuple[float, float]:
    """The stretch of numbers that a bullet shows: the band, half as much on both sides."""
    near = min(value for value in (low, high, found) if value is not None)
    far = max(value for value in (low, high, found) if value is not None)
    if low is not None and high is not None:
        near, far = low, high
    margin = (far - near) / 2 or max(abs(far), 1.0) / 2
    return near - margin, far + margin


def table(finding: Finding, bullets: bool = False) -> str:
    """The parts as a table: name, asked, tolerance, found, n; what is off is marked."""
    shares = in_percent(finding)
    last = "<th>" if bullets else ""
    head = f"<tr><th>part<th class=n>asked<th class=n>±<th class=n>found<th class=n>n{last}</tr>"
    rows = "".join(_line(part, shares, bullets) for part in finding.parts)
    return f'<table class="parts"><thead>{head}</thead><tbody>{rows}</tbody></table>'


def _line(part: Part, shares: bool, bullets: bool) -> str:
    mark = "" if part.holds else ' class="off"'
    told = (*cells(part, shares), f"{part.n:,}")
    shown = "".join(f"<td class=n>{escape(cell)}" for cell in told)
    shown += f"<td>{bullet(part)}" if bullets else ""
    return f"<tr{mark}><th scope=row>{escape(words(part.name))}{shown}</tr>"


def failed_parts(finding: Finding) -> str:
    """In a sentence, the parts that are off; empty when none is or the finding did not fail."""
    off = [part for part in finding.parts if not part.holds] if finding.status == FAILED else []
    shares = in_percent(finding)
    return "; ".join(f"{words(part.name)}: {_told(part, shares)}" for part in off)
