"""Takes an estate, gives what holds of the star beside it: whether it shows this bank, is whole,
and what its questions find over both; what `dhub verify` says besides, where there is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from time import monotonic

from dhub.errors import UsageError
from dhub.estate import ledger
from dhub.estate.beside import there
from dhub.estate.databases import Estate
from dhub.estate.ledger import COMPLETE
from dhub.estate.likeness import lag
from dhub.estate.standing import Standing, standing
from dhub.verify import chance, references, warehouse
from dhub.verify.asking import prepare
from dhub.verify.facts import Seeded, seeded
from dhub.verify.fetch import Needs, needs
from dhub.verify.judge import judged
from dhub.verify.model import (
    FAILED,
    MOST_KEYS,
    OK,
    SKIPPED,
    WAREHOUSE,
    Check,
    Finding,
    Picture,
    Result,
)
from dhub.verify.sight import Sight, Watch, sight

DATABASE = "warehouse_db"


def with_star(
    estate: Estate,
    result: Result,
    sections: Sequence[str],
    watch: Watch,
    pictures: Mapping[str, str] | None = None,
) -> Result:
    """The result, and what is found in the star where there is one; `pictures` are further queries
    by name, answered beside where it is current.

    Raises UsageError when nothing but the star is asked for, and there is none.
    """
    if WAREHOUSE not in sections:
        return result
    if DATABASE not in there(estate):
        if tuple(sections) == (WAREHOUSE,):
            raise UsageError(f"There is no {DATABASE}. Make it with `dhub warehouse build`.")
        return result
    started = monotonic()
    with sight(estate.joined([DATABASE])) as see:
        found = tuple(findings(see, estate.databases, watch, (pictures or {}).values()))
        rows = {**result.rows, DATABASE: dict(see.rows.get(DATABASE, {}))}
        drawn = _answers(see, pictures or {}) if found[0].status == OK else {}
    seconds = round(result.seconds + monotonic() - started, 3)
    drawn = {**result.pictures, **drawn}
    return replace(result.joined(found), rows=rows, seconds=seconds, pictures=drawn)


def _answers(see: Sight, pictures: Mapping[str, str]) -> dict[str, Picture]:
    """Each query's answer; none to one whose columns are gone."""
    import duckdb

    found = {}
    for name, query in pictures.items():
        with suppress(duckdb.BinderException, duckdb.CatalogException):
            found[name] = see.picture(query)
    return found


def findings(
    see: Sight, six: Sequence[str], watch: Watch, besides: Iterable[str] = ()
) -> Iterator[Finding]:
    """All that is asked of the star. One that is behind is asked nothing else: it shows another
    bank than the six databases do. What SQL texts `besides` read is fetched, too."""
    known = seeded({each: see.conns[each] for each in six})
    current = _current(standing(see.conns[DATABASE], DATABASE), known)
    yield current
    if current.status == OK:
        see.fetch(needed(*besides), watch)
        yield from _of(see, known, watch)


def _current(found: Standing, known: Seeded) -> Finding:
    """Whether its ledger has the runs that the six have, all of them whole."""
    behind = lag(found.runs, known.cohorts)
    if not behind and any(each.state != COMPLETE for each in found.runs):
        behind = "a build was interrupted, or goes on; `dhub warehouse build` finishes it"
    if found.damage:
        behind = f"it {found.damage}"
    lacking = len(known.cohorts) - len(found.runs)
    title = "warehouse_db shows the runs that the six databases record"
    return Finding(
        WAREHOUSE,
        f"{DATABASE}.runs",
        title,
        FAILED if behind else OK,
        len(known.cohorts),
        max(1, lacking) if behind else 0,
        note=behind,
    )


def _of(see: Sight, known: Seeded, watch: Watch) -> Iterator[Finding]:
    checks = warehouse.CHECKS
    watch("checking the star")
    warehouse.make_tables(see)
    prepare(see, known)
    yield _rows(see)
    yield from (
        replace(each, section=WAREHOUSE)
        for each in references.constraints(replace(see, conns={DATABASE: see.conns[DATABASE]}))
    )
    yield from (_asked(see, known, each) for each in checks)


def needed(*besides: str) -> Needs:
    """The columns that the questions to a star, and others, read in it and in the six databases."""
    texts = list(warehouse.sources([*(each.text for each in warehouse.CHECKS), *besides]))
    return needs([*texts, *chance.texts(needs(texts))])


def _rows(see: Sight) -> Finding:
    """Each table has as many rows as were loaded: what one of the star alone has lost shows in no
    comparison with the six."""
    loaded, found = ledger.seeded_rows(see.conns[DATABASE]), see.rows[DATABASE]
    off = [table for table, rows in sorted(loaded.items()) if found.get(table) != rows]
    return Finding(
        WAREHOUSE,
        f"{DATABASE}.rows",
        "every table has the rows that were loaded into it",
        FAILED if off else OK,
        len(loaded),
        len(off),
        tuple(off[:MOST_KEYS]),
    )


def _asked(see: Sight, known: Seeded, check: Check) -> Finding:
    import duckdb

    try:
        return judged(check, see, known.profile)
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        note = f"a column or table it reads is gone: {str(error).splitlines()[0]}"
        return Finding(check.section, check.id, check.title, SKIPPED, note=note)
