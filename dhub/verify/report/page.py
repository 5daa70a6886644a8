"""Takes a result, gives the whole page: one HTML text with its style and drawings inside."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from importlib.resources import files

from dhub.output import GENERATOR
from dhub.verify.model import FAILED, Picture, Result
from dhub.verify.report import (
    charts,
    compliance,
    estate,
    insurance,
    loans,
    money,
    personas,
    reconciled,
    relations,
)
from dhub.verify.report.plot import Chapter, Plot, Rows, rows_of_picture, words
from dhub.verify.report.sections import anchor, badge, sections, tally, trouble

CHAPTERS: tuple[Chapter, ...] = (
    money.CHAPTER,
    loans.CHAPTER,
    relations.CHAPTER,
    insurance.CHAPTER,
    compliance.CHAPTER,
)
# Of a star beside the six, where there is one that shows them.
STAR_CHAPTERS: tuple[Chapter, ...] = (personas.CHAPTER,)

Pictures = Mapping[str, Picture]


def page(result: Result, pictures: Pictures) -> str:
    """The document; `pictures` are the answers to the queries of the plots."""
    drawn = [(chapter, _chapter(chapter, pictures)) for chapter in (*CHAPTERS, *STAR_CHAPTERS)]
    chapters = [(chapter, text) for chapter, text in drawn if text]
    sums = reconciled.section(result, pictures)
    title = f"dhub verify: {_verdict(result)}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"{GENERATOR}"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(title)}</title>'
        f"<style>{_style()}</style></head><body>{estate.markers()}"
        f"{_header(result)}<main>{_nav([chapter for chapter, _ in chapters], bool(sums))}"
        f'<section id="databases"><h2>The six databases</h2>{_estate(result)}</section>'
        f"{''.join(text for _, text in chapters)}{sums}"
        f'<section id="checks"><h2>The checks</h2>{sections(result)}</section></main>'
        f"{_footer(result)}</body></html>\n"
    )


def _style() -> str:
    return files("dhub.verify.report").joinpath("style.css").read_text(encoding="utf-8")


def _verdict(result: Result) -> str:
    failed = len(result.failed)
    if not failed:
        return "the bank holds"
    return f"{failed:,} {'check' if failed == 1 else 'checks'} failed"


def _header(result: Result) -> str:
    counts = tally(result.counts())
    kind = "holds" if result.passed else "fails"
    lead = f"{len(result.findings):,} checks: {counts}."
    return (
        f'<header class="{kind}"><div><p class="eyebrow">dhub verify</p>'
        f"<h1>{_verdict(result).capitalize()}</h1><p>{escape(lead)}</p>"
        f"{_failures(result)}{_facts(result)}</div></header>"
    )


def _failures(result: Result) -> str:
    """Every failed check by name, with what breaks it."""
    if result.passed:
        return ""
    items = "".join(
        f'<li><a href="#{anchor(each)}"><b>{escape(each.id)}</b> {escape(each.title)}</a>'
        f"{trouble(each)}</li>"
        for each in result.failed
    )
    return f'<ol class="failures">{items}</ol>'


def _facts(result: Result) -> str:
    facts = result.facts
    rows = sum(count for tables in result.rows.values() for count in tables.values())
    told = {
        "seed": str(facts.seed),
        "scale": f"{facts.scale:g}",
        "profile": facts.profile,
        "as of": facts.as_of,
        "customers": f"{facts.customers:,}",
        "employees": f"{facts.employees:,}",
        "cohorts": f"{facts.cohorts:,}",
        "rows": f"{rows:,}",
        "verified in": f"{result.seconds:.1f} s",
    }
    items = "".join(
        f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in told.items()
    )
    return f"<dl>{items}</dl>"


def _nav(chapters: list[Chapter], star: bool) -> str:
    places = [("databases", "Databases"), *((each.id, each.title) for each in chapters)]
    places += [(reconciled.ID, "Star")] if star else []
    links = "".join(f'<a href="#{id}">{title}</a>' for id, title in [*places, ("checks", "Checks")])
    return f'<nav aria-label="Parts of the report">{links}</nav>'


def _estate(result: Result) -> str:
    lead = (
        "Rows of each table, and below them the columns that name rows of another database. "
        "No foreign key can hold those; the checks follow every one of them."
    )
    return f"<p>{lead}</p>{estate.picture(result)}"


def _chapter(chapter: Chapter, pictures: Pictures) -> str:
    """The chapter with the plots whose tables are seeded; empty when none is."""
    cards = "".join(
        _figure(plot, pictures[plot.id]) for plot in chapter.plots if plot.id in pictures
    )
    if not cards:
        return ""
    return (
        f'<section id="{chapter.id}"><h2>{chapter.title}</h2><p>{chapter.lead}</p>'
        f'<div class="grid">{cards}</div></section>'
    )


def _figure(plot: Plot, picture: Picture) -> str:
    rows = rows_of_picture(picture)
    if not rows:
        return ""
    try:
        drawing = plot.draw(rows)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # A bank changed by hand may hold what no plot expects; its report is needed all the more.
        drawn, says = "", f"Not drawn: the tables hold values that do not fit ({error!r})."
    else:
        says = drawing.says
        drawn = charts.svg(drawing.spec, f"{plot.title}. {says}")
    return (
        f'<figure class="card plot" id="{plot.id}"><figcaption><b>{escape(plot.title)}</b>'
        f"<small>{escape(says)}</small></figcaption>{drawn}"
        f"<details><summary>Figures</summary>{_data(rows)}</details></figure>"
    )


def _data(rows: Rows) -> str:
    """The rows behind a plot, for whoever reads numbers rather than pictures."""
    head = "".join(f"<th{_side(value)}>{escape(words(name))}" for name, value in rows[0].items())
    body = "".join(
        "<tr>" + "".join(f"<td{_side(value)}>{_cell(value)}" for value in row.values()) + "</tr>"
        for row in rows
    )
    return f'<table class="parts"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _side(value: object) -> str:
    return " class=n" if isinstance(value, int | float) else ""


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return escape(words(value))
    return f"{value:,.4g}" if isinstance(value, float) and abs(value) < 1000 else f"{value:,.0f}"


def _footer(result: Result) -> str:
    version = escape(result.facts.dhub_version)
    return (
        f"<footer><p>Made by dhub {version}. Everybody in this bank is fictional. "
        f"{badge(FAILED)} makes <code>dhub verify</code> exit with 1; "
        "what is reported or not yet built does not.</p></footer>"
    )
