"""Takes what `dhub verify` found and its questions, gives a page for each section of checks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dhub.verify import distributions, warehouse
from dhub.verify.model import NOT_YET, OK, SECTIONS, WAREHOUSE, Check, Finding, Result
from dhub.verify.run import catalogue
from manual.markdown import block, code, folded, page, plain, table

_ABOUT = {
    "completeness": "Is all there that the ledger says was seeded, and no more, with every column, "
    "key, check and index?",
    "references": "Does each key that names a row of another database name one that exists? The "
    "keys are declared in the catalog beside the migrations.",
    "invariants": "What must hold on every row of a bank, whatever its profile says.",
    "distributions": "Every figure of the run's profile against the tables. A share or a mix may "
    "differ by what chance allows in so many rows, and no more.",
    "realism": "What real data look like, and made-up data often do not.",
    "warehouse": "Of a star beside the six databases: does it show the same bank, keep its own "
    "rules, and do its personas live as they should? Asked where there is a `warehouse_db`; first, "
    "whether it has the runs that the six record, the rows that were loaded, and its foreign keys. "
    "Some questions name tables that are made of the star before; they stand at the end.",
}


def anchor(name: str) -> str:
    """The id of a check as a place on its page."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)


def pages(result: Result) -> Iterator[tuple[str, str]]:
    """Each page with its path below reference/."""
    asked = {each.id: each for each in (*catalogue(), *warehouse.CHECKS)}
    if not result.of(WAREHOUSE):  # a bank without a star: what would be asked of one
        star = (Finding(each.section, each.id, each.title, OK) for each in warehouse.CHECKS)
        result = result.joined(star)
    yield "checks/index.md", _index(result)
    for section in SECTIONS:
        parts = [part for each in result.of(section) for part in _check(each, asked)]
        if section == WAREHOUSE:
            parts += ["## Tables made of the star", *_made()]
        if section == "distributions":
            parts += ["## Figures that no distribution shows", _elsewhere()]
        yield (
            f"checks/{section}.md",
            page(section.capitalize(), *parts, lead=_ABOUT[section]),
        )


def _index(result: Result) -> str:
    rows = [(f"[{each}]({each}.md)", len(result.of(each)), _ABOUT[each]) for each in SECTIONS]
    return page(
        "Checks of dhub verify",
        table(("section", "checks", "what is asked"), rows),
        "Questions in SQL are asked in DuckDB, where each database is a schema: "
        "`accounts_db.customers`. [`dhub db query`](../../how-to/across-databases.md) without `-d` "
        "asks in the same way, but for words that stand for figures of the profile.",
        lead=f"{len(result.findings)} checks in {len(SECTIONS)} sections. `dhub verify --only "
        "SECTION` asks one of them.",
    )


def _check(each: Finding, asked: dict[str, Check]) -> Iterator[str]:
    yield f"## {plain(each.id)} {{ #{anchor(each.id)} }}"
    later = " *Not asked yet: it waits for what a later release brings.*"
    yield (
        plain(each.title[:1].upper() + each.title[1:])
        + "."
        + (later if each.status == NOT_YET else "")
    )
    if check := asked.get(each.id):
        about = [f"examines {code(check.examines)}"] if check.examines else []
        about += [f"{key}: {code(word)}" for key, word in check.options.items()]
        if about:
            yield "; ".join(about)
        yield folded("SQL", block(check.sql, "sql"), "quote")


def _made() -> Iterator[str]:
    for name, asked in warehouse.TABLES.items():
        about = ": of each row here, whom the classifier takes the customer for"
        yield f"{code(f'warehouse_db.{name}')}{about if name == 'guesses' else ''}"
        yield block(asked.strip(), "sql")


def _elsewhere() -> str:
    rows = [(code(path), plain(why)) for path, why in distributions.ELSEWHERE.items()]
    return table(("figure", "what shows it instead"), rows)
