"""Takes the TOML files of `use`, gives what is declared there, or one error with all faults."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from dhub.catalog import Catalog
from dhub.catalog.model import Declared, Role, Table
from dhub.errors import Fault
from dhub.shipped import migrations_dir

Peak = Literal["even", "monday", "month_end"]
ChartType = Literal[
    "BAR", "PIE", "SCATTER", "TABLE", "LINE", "AREA", "HISTOGRAM", "COHORT", "TEXT", "BOX_PLOT"
]


@dataclass(frozen=True)
class Query(Declared):
    """What a team asks again and again; `often` a working day, until `ends_days_ago` if given."""

    id: str
    title: str
    team: str
    often: float
    peak: Peak
    reads: tuple[str, ...]
    sql: str
    database: str | None = None
    ends_days_ago: int = 0


@dataclass(frozen=True)
class Chart(Declared):
    """A picture of some columns of one table or report."""

    title: str
    type: ChartType
    reads: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Dashboard(Declared):
    """A page of charts; `views` are those of a working day."""

    id: str
    title: str
    description: str
    team: str
    domain: str
    views: float
    peak: Peak
    charts: tuple[Chart, ...]


@dataclass(frozen=True)
class Pipeline(Declared):
    """The loads of a database: when the night's run begins, and minutes a job."""

    id: str
    title: str
    team: str
    at: str
    minutes: int
    tables: tuple[str, ...]
    hourly: tuple[str, ...] = ()
    monthly: tuple[str, ...] = ()


@dataclass(frozen=True)
class FailedLoad(Declared):
    pipeline: str
    days_ago: int
    reason: str
    title: str
    description: str
    message: str
    team: str


@dataclass(frozen=True)
class LateMart(Declared):
    """A mart that was last filled `days` before the others; its incident is open."""

    table: str
    days: int
    title: str
    description: str
    message: str
    team: str


@dataclass(frozen=True)
class RedCheck(Declared):
    """A check of references that failed for some days, and was mended."""

    table: str
    days_ago: int
    days: int
    rows: int
    title: str
    description: str
    message: str
    team: str


@dataclass(frozen=True)
class Deprecated(Declared):
    table: str
    successor: str
    days_ago: int
    days_left: int
    note: str
    team: str


@dataclass(frozen=True)
class HandedOver(Declared):
    table: str
    role: Role
    before: str
    days_ago: int


@dataclass(frozen=True)
class ProposedTerm(Declared):
    id: str
    title: str
    definition: str
    related: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stories(Declared):
    """What happened lately."""

    failed_load: FailedLoad
    late_mart: LateMart
    red_check: RedCheck
    deprecated: Deprecated
    handed_over: HandedOver
    proposed_terms: tuple[ProposedTerm, ...]


@dataclass(frozen=True)
class Use(Declared):
    """All that is declared of the use of the bank's data."""

    queries: Mapping[str, Query]
    dashboards: Mapping[str, Dashboard]
    pipelines: Mapping[str, Pipeline]
    stories: Stories

    def of(self, databases: Iterable[str]) -> Use:
        """What concerns no other databases than these: some stand beside the six, or do not."""
        there = set(databases)

        def known(places: Iterable[str]) -> bool:
            return {place.partition(".")[0] for place in places} <= there

        return replace(
            self,
            queries={k: e for k, e in self.queries.items() if known(e.reads)},
            dashboards={
                k: e for k, e in self.dashboards.items() if known(c.reads for c in e.charts)
            },
            pipelines={k: e for k, e in self.pipelines.items() if known([k])},
        )


@cache
def load_use(folder: Path | None = None) -> Use:
    """Read the declarations; Fault lists what is wrong in their shape."""
    place = (folder or migrations_dir()) / "use"
    raw: dict[str, Any] = {
        name: _named(_read(place / f"{name}.toml"))
        for name in ("queries", "dashboards", "pipelines")
    }
    raw["stories"] = _read(place / "stories.toml")
    try:
        return TypeAdapter(Use).validate_python(raw)
    except ValidationError as error:
        told = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise Fault("\n  ".join(["the declarations of use:", *told])) from error


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _named(entries: dict[str, Any]) -> dict[str, Any]:
    return {key: {"id": key} | each for key, each in entries.items()}


def faults_of(use: Use, catalog: Catalog) -> Iterator[str]:
    """Every name in the declarations that the catalog does not know."""
    tables = {f"{d.name}.{t.schema}.{t.name}": t for d, t in catalog.tables()}
    for query in use.queries.values():
        yield from _unknown(f"queries.{query.id}.team", [query.team], catalog.groups)
        yield from _unknown(f"queries.{query.id}.reads", query.reads, tables)
    for page in use.dashboards.values():
        yield from _unknown(f"dashboards.{page.id}.team", [page.team], catalog.groups)
        yield from _unknown(f"dashboards.{page.id}.domain", [page.domain], catalog.domains)
        for chart in page.charts:
            yield from _of_chart(f"dashboards.{page.id}.{chart.title}", chart, tables)
    for line in use.pipelines.values():
        yield from _unknown(f"pipelines.{line.id}", [line.id], catalog.databases)
        yield from _unknown(f"pipelines.{line.id}.team", [line.team], catalog.groups)
        public = [f"{line.id}.public.{t}" for t in (*line.tables, *line.hourly, *line.monthly)]
        yield from _unknown(f"pipelines.{line.id}.tables", public, tables)
    yield from _of_stories(use, catalog, tables)


def _of_chart(where: str, chart: Chart, tables: Mapping[str, Table]) -> Iterator[str]:
    yield from _unknown(where, [chart.reads], tables)
    if chart.reads in tables:
        yield from _unknown(where, chart.columns, tables[chart.reads].columns)


def _of_stories(use: Use, catalog: Catalog, tables: Mapping[str, Table]) -> Iterator[str]:
    told = use.stories
    named = (
        told.late_mart.table, told.red_check.table, told.deprecated.table,
        told.deprecated.successor, told.handed_over.table,
    )  # fmt: skip
    yield from _unknown("stories", named, tables)
    yield from _unknown("stories.failed_load", [told.failed_load.pipeline], use.pipelines)
    teams = (
        told.failed_load.team, told.late_mart.team, told.red_check.team, told.deprecated.team,
        told.handed_over.before,
    )  # fmt: skip
    yield from _unknown("stories", teams, catalog.groups)
    for term in told.proposed_terms:
        yield from _unknown(f"stories.{term.id}", term.related, catalog.terms)


def _unknown(where: str, names: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    there = set(known)
    yield from (f"{where}: {each} is not declared" for each in names if each not in there)
