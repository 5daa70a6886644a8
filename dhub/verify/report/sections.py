"""Takes findings, gives their tables: one section each, what failed is open and told in full."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

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
    Result,
)
from dhub.verify.report import figures
from dhub.verify.report.plot import words

_LEADS = {
    "completeness": "All that was seeded is there, no more and no less; so are the constraints.",
    "references": "Every key names a row that exists, inside a database and across databases.",
    "invariants": "Rules of banking that hold on every row.",
    "distributions": "Every figure of the profile: what it asks for (tick) beside what is in the "
    "tables (dot). The band is the tolerance, which follows from the number of rows.",
    "realism": "Properties of real bank data, measured here (dot); the band is what to aim at.",
    "warehouse": "The star beside the six databases shows the same bank, to the row and the cent, "
    "keeps its own rules, and its personas live as they should.",
}
_SIGNS = {OK: "✓", FAILED: "✗", REPORTED: "○", NOT_YET: "…", SKIPPED: "–"}
_HEADINGS = {"crm": "Customers and service"}
_HEAD = "<tr><th>check<th class=n>examined<th class=n>broken<th>result</tr>"
_SHORT = 8  # letters of an id that stands before its title, and not below it


def sections(result: Result) -> str:
    """All sections that were asked for, in order."""
    return "".join(_section(result, name) for name in SECTIONS if result.of(name))


def badge(status: str) -> str:
    """A status as a sign and a word, so that it needs no colour to be read."""
    kind = status.replace(" ", "-")
    return f'<span class="badge {kind}"><i aria-hidden="true">{_SIGNS[status]}</i> {status}</span>'


def tally(counts: dict[str, int]) -> str:
    """How many findings have each status, those of none left out."""
    told = (f"{count:,} {status}" for status, count in counts.items() if count)
    return " · ".join(told)


def _section(result: Result, name: str) -> str:
    findings = result.of(name)
    failed = any(each.status == FAILED for each in findings)
    body = _figured(findings) if name in (DISTRIBUTIONS, REALISM) else _table(findings)
    return (
        f'<details class="section" id="{name}"{" open" if failed else ""}>'
        f"<summary><h3>{name.capitalize()}</h3>"
        f'<span class="tally">{badge(FAILED if failed else OK)} {tally(result.counts(name))}</span>'
        f"</summary><p>{_LEADS[name]}</p>{body}</details>"
    )


def _table(findings: Sequence[Finding]) -> str:
    rows = "".join(map(_row, findings))
    return f'<table class="checks"><thead>{_HEAD}</thead><tbody>{rows}</tbody></table>'


def anchor(finding: Finding) -> str:
    """The name by which the page links to a finding."""
    return escape(f"{finding.section}-{finding.id}", quote=True)


def _row(finding: Finding) -> str:
    kind = finding.status.replace(" ", "-")
    return (
        f'<tr class="{kind}" id="{anchor(finding)}"><th scope=row>{_named(finding)}'
        f"{trouble(finding)}"
        f'<td class=n data-name="examined">{_count(finding, finding.examined)}'
        f'<td class=n data-name="broken">{_count(finding, finding.broken)}'
        f"<td>{badge(finding.status)}</tr>"
    )


def _named(finding: Finding) -> str:
    """The title with its id: before it when it is short, as those of the invariants are."""
    title = escape(finding.title)
    if len(finding.id) <= _SHORT:
        return f"<b>{escape(finding.id)}</b> {title}"
    return f"{title}<small>{_id(finding)}</small>"


def _id(finding: Finding) -> str:
    """The id, with places where a narrow column may break it."""
    return escape(finding.id).replace(".", ".<wbr>").replace("_", "_<wbr>")


def _count(finding: Finding, count: int) -> str:
    return "–" if finding.status in (NOT_YET, SKIPPED) else f"{count:,}"


def trouble(finding: Finding) -> str:
    """What is wrong: the parts that are off, keys that break the rule, and the note."""
    told = []
    if off := figures.failed_parts(finding):
        told.append(escape(off))
    elif finding.keys and finding.status == FAILED:
        keys = ", ".join(f"<code>{escape(key)}</code>" for key in finding.keys)
        more = finding.broken - len(finding.keys)
        told.append(f"Offending: {keys}{f' and {more:,} more' if more > 0 else ''}")
    if finding.note:
        told.append(escape(finding.note))
    return f"<small>{' · '.join(told)}</small>" if told else ""


def _figured(findings: Sequence[Finding]) -> str:
    """Findings with parts, by the part of the profile that they are of: plots, then the rest."""
    groups = groupby(findings, key=lambda each: each.id.partition(".")[0])
    if findings[0].section == REALISM:
        groups = groupby(findings, key=lambda each: "")
    return "".join(_group(name, list(group)) for name, group in groups)


def _group(name: str, findings: Sequence[Finding]) -> str:
    drawn = [(each, _drawn(each)) for each in findings]
    cards = "".join(_card(each, plot) for each, plot in drawn if plot)
    others = [each for each, plot in drawn if not plot]
    heading = _HEADINGS.get(name) or words(name).capitalize()
    title = f"<h4>{escape(heading)}</h4>" if name else ""
    grid = f'<div class="grid">{cards}</div>' if cards else ""
    return f"{title}{grid}{_single(others) if others else ''}"


def _drawn(finding: Finding) -> str | None:
    """A plot for findings of several parts; one number is told better by a line of a table."""
    return figures.plot(finding) if len(finding.parts) > 1 else None


def _card(finding: Finding, plot: str) -> str:
    kind = finding.status.replace(" ", "-")
    return (
        f'<figure class="card {kind}" id="{anchor(finding)}">'
        f"<figcaption><b>{_title(finding)}</b>{badge(finding.status)}"
        f"<small>{_id(finding)} · n = {finding.examined:,}</small>{trouble(finding)}</figcaption>"
        f"{plot}<details><summary>Figures</summary>{figures.table(finding)}</details></figure>"
    )


def _title(finding: Finding) -> str:
    return escape(finding.title[:1].upper() + finding.title[1:])


def _single(findings: Sequence[Finding]) -> str:
    head = "<tr><th>figure<th class=n>asked<th class=n>±<th class=n>found<th><th>result</tr>"
    rows = "".join(map(_line, findings))
    return f'<table class="checks figures"><thead>{head}</thead><tbody>{rows}</tbody></table>'


def _line(finding: Finding) -> str:
    """A figure of one part in a line; several that share no axis in a table of their own."""
    kind = finding.status.replace(" ", "-")
    head = (
        f'<tr class="{kind}" id="{anchor(finding)}"><th scope=row>{_title(finding)}'
        f"<small>{_id(finding)} · n = {finding.examined:,}</small>{trouble(finding)}"
    )
    if len(finding.parts) != 1:
        inner = figures.table(finding, bullets=True) if finding.parts else ""
        spread = head.replace("<th scope=row>", "<th scope=row colspan=5>")
        return f"{spread}{inner}<td>{badge(finding.status)}</tr>"
    one = finding.parts[0]
    told = figures.cells(one, figures.in_percent(finding))
    shown = "".join(
        f'<td class=n data-name="{name}">{escape(cell)}'
        for name, cell in zip(("asked", "±", "found"), told, strict=True)
    )
    return f"{head}{shown}<td>{figures.bullet(one)}<td>{badge(finding.status)}</tr>"
