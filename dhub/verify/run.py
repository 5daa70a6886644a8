"""Takes an estate and the catalogue, gives the result of all checks: what `dhub verify` does."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import repeat
from time import monotonic

from dhub.estate.databases import Estate
from dhub.model import Domain
from dhub.verify import chance, completeness, distributions, invariants, realism, references
from dhub.verify.asking import prepare
from dhub.verify.facts import Seeded, seeded
from dhub.verify.fetch import needs
from dhub.verify.judge import judged
from dhub.verify.model import (
    COMPLETENESS,
    DISTRIBUTIONS,
    FAILED,
    REALISM,
    SECTIONS,
    SKIPPED,
    Check,
    Finding,
    Picture,
    Result,
)
from dhub.verify.sight import Sight, Watch, sight

# Filled by migrations, so that the ledger does not tell of it.
_REFERENCE = frozenset({"accounts_db.transaction_types"})
# Checks asked at once, which share the threads: a small one hardly uses a second, and threads that
# take turns cost a tenth of all. Each holds its sorts.
_SIDE_BY_SIDE = 2


def quiet(_: str) -> None:
    """A watch that says nothing."""


def catalogue() -> tuple[Check, ...]:
    """Every check that asks a question in SQL, in the order of the sections."""
    return (*references.CHECKS, *invariants.CHECKS, *distributions.CHECKS, *realism.CHECKS)


def verify(
    estate: Estate,
    bank: Sequence[Domain],
    sections: Sequence[str] = SECTIONS,
    *,
    fail_fast: bool = False,
    pictures: Mapping[str, str] | None = None,
    watch: Watch = quiet,
) -> Result:
    """Look at the estate as it is; `pictures` are further queries by name, answered beside.

    Raises UsageError when nothing is seeded, DatabaseFailed when a database is lost.
    """
    started = monotonic()
    with sight(estate) as see:
        known = seeded(see.conns)
        asked = dict(pictures or {})
        checks = [each for each in catalogue() if each.section in sections]
        keyed = completeness.keys(bank, known, see.columns)
        texts = [*(each.text for each in checks), *asked.values()]
        texts += completeness.texts(keyed) if COMPLETENESS in sections else []
        if {DISTRIBUTIONS, REALISM} & set(sections):
            texts += chance.texts(needs(texts))
        see.fetch(needs(texts), watch)
        watch("checking")
        prepare(see, known)
        with closing(_findings(see, known, bank, keyed, checks, sections)) as found:
            findings = tuple(_until_failure(found) if fail_fast else found)
        answers = {name: _picture(see, known, query) for name, query in asked.items()}
        return Result(
            known.facts,
            {database: dict(tables) for database, tables in see.rows.items()},
            findings,
            round(monotonic() - started, 3),
            {name: answer for name, answer in answers.items() if answer},
        )


def _findings(
    see: Sight,
    known: Seeded,
    bank: Sequence[Domain],
    keyed: completeness.Keys,
    checks: Sequence[Check],
    sections: Sequence[str],
) -> Generator[Finding, None, None]:
    """The findings, section by section, in the order of the catalogue."""
    for section in sections:
        if section == COMPLETENESS:
            yield from completeness.findings(see, known, bank, keyed)
        if section == references.SECTION:
            yield from references.constraints(see)
        yield from _answered(see, known, [each for each in checks if each.section == section])


def _answered(see: Sight, known: Seeded, checks: Sequence[Check]) -> Iterator[Finding]:
    """The findings in order, some checks asked side by side; those not yet begun may be left."""
    # A connection refuses a second thread, also for a cursor: each check gets its own here.
    sights = [replace(see, duck=see.duck.cursor()) for _ in checks]
    threads = int(see.ask("SELECT current_setting('threads')")[0][0])
    see.duck.execute(f"SET threads = {max(1, threads // _SIDE_BY_SIDE)}")
    pool = ThreadPoolExecutor(_SIDE_BY_SIDE)
    try:
        yield from pool.map(_asked, sights, repeat(known), checks)
    finally:
        pool.shutdown(cancel_futures=True)
        see.duck.execute(f"SET threads = {threads}")


def _asked(see: Sight, known: Seeded, check: Check) -> Finding:
    """The finding of one check; it is skipped where nothing was seeded that it could look at."""
    if lacking := _lacking(known, check.text):
        return _skipped(check, f"not seeded: {', '.join(lacking)}")
    try:
        return judged(check, see, known.profile)
    except _absent() as error:
        return _skipped(check, f"a column or table it reads is gone: {str(error).splitlines()[0]}")


def _absent() -> tuple[type[Exception], ...]:
    import duckdb

    return duckdb.BinderException, duckdb.CatalogException


def _lacking(known: Seeded, text: str) -> list[str]:
    named = {f"{db}.{table}" for db, tables in needs([text]).items() for table in tables}
    return sorted(named - known.tables - _REFERENCE)


def _skipped(check: Check, note: str) -> Finding:
    return Finding(check.section, check.id, check.title, SKIPPED, note=note)


def _until_failure(findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings up to the first that failed."""
    for each in findings:
        yield each
        if each.status == FAILED:
            return


def _picture(see: Sight, known: Seeded, query: str) -> Picture | None:
    if _lacking(known, query):
        return None
    try:
        return see.picture(query)
    except _absent():
        return None
