"""The fiction of use: alive on every tab, one story told everywhere, nothing of tomorrow."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from fixtures.catalogue import Catalogued, by_client
from fixtures.command import Dhub
from fixtures.server import variables

from dhub.catalog import load_catalog
from dhub.datahub.records import Fact, columns_of, read
from dhub.datahub.urns import Naming
from dhub.datahub.used import dashboards, governance, history, pipelines, usage
from dhub.datahub.used.declared import faults_of, load_use
from dhub.datahub.used.scene import DAYS, Analyst, Scene
from dhub.estate.connections import LOOKING, connect
from dhub.settings import DATABASES
from dhub.world.calendar import is_business

ALL = load_use()
USE = ALL.of(DATABASES)
AS_OF = date(2026, 11, 20)
MIDNIGHT = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp() * 1000)
ROWS = {"accounts_db": {"transactions": 1000, "customers": 60}, "loans_db": {"loans": 30}}
OF_USE = {
    "chartInfo", "chartUsageStatistics", "dashboardInfo", "dashboardUsageStatistics",
    "dataProcessInstanceRunEvent", "datasetUsageStatistics", "deprecation", "incidentInfo",
    "inputFields", "institutionalMemory", "operation",
}  # fmt: skip


def scene(seed: int = 42, as_of: date = AS_OF, analysts: Sequence[Analyst] = ()) -> Scene:
    naming = Naming({name: name for name in DATABASES})
    manual = "https://example.org/"
    return Scene(seed, as_of, load_catalog(), naming, USE, analysts, manual, ROWS)


def all_of(s: Scene) -> list[dict[str, Any]]:
    """All that needs no verification."""
    return [
        *governance.before(s), *governance.governance(s), *pipelines.pipelines(s),
        *pipelines.operations(s), *dashboards.dashboards(s), *dashboards.views(s),
        *usage.queries(s), *usage.usage(s),
    ]  # fmt: skip


def values(facts: list[Fact], aspect: str) -> dict[str, list[dict[str, Any]]]:
    found = defaultdict(list)
    for fact in facts:
        if fact.aspect == aspect:
            found[fact.urn].append(fact.value)
    return found


def test_every_name_in_the_declarations_is_known() -> None:
    assert list(faults_of(ALL, load_catalog(beside=["warehouse_db"]))) == []


def test_what_is_told_of_the_warehouse_needs_one() -> None:
    assert "warehouse_db" in ALL.pipelines and "warehouse_db" not in USE.pipelines
    assert {"personas", "cross-sell"} == ALL.dashboards.keys() - USE.dashboards.keys()
    naming = Naming({name: name for name in (*DATABASES, "warehouse_db")})
    catalog = load_catalog(beside=["warehouse_db"])
    s = dataclasses.replace(scene(), use=ALL, naming=naming, catalog=catalog)
    urn = s.dataset("warehouse_db.public.fact_transaction")
    told = {each["aspectName"] for each in all_of(s) if each["entityUrn"] == urn}
    assert {"operation", "datasetUsageStatistics"} <= told


def test_a_name_that_nothing_declares_is_found() -> None:
    (query, *_) = USE.queries.values()
    wrong = dataclasses.replace(query, reads=("loans_db.public.nothing",), team="nobody")
    use = dataclasses.replace(USE, queries={query.id: wrong})
    assert list(faults_of(use, load_catalog())) == [
        f"queries.{query.id}.team: nobody is not declared",
        f"queries.{query.id}.reads: loans_db.public.nothing is not declared",
    ]


@pytest.mark.parametrize("database", DATABASES)
def test_the_queries_run_on_the_bank(ingested: Catalogued, database: str) -> None:
    asked = [each for each in USE.queries.values() if each.database == database]
    assert len(asked) >= 5
    with connect(ingested.estate, database, lock_timeout=LOOKING) as conn:
        conn.execute("SET search_path = public, reporting")
        for each in asked:
            plan = conn.execute(f"EXPLAIN (VERBOSE, FORMAT JSON) {each.sql}").fetchone()
            named = {f"{database}.{schema}.{table}" for schema, table in relations(plan)}
            views = {place for place in each.reads if place not in named}
            assert named <= set(each.reads) or views, each.id
            conn.execute(each.sql)


def relations(value: Any) -> set[tuple[str, str]]:
    """The tables that a plan reads."""
    if isinstance(value, dict):
        own = {(value["Schema"], value["Relation Name"])} if "Relation Name" in value else set()
        return own.union(*(relations(each) for each in value.values()))
    if isinstance(value, list | tuple):
        return set().union(*(relations(each) for each in value))
    return set()


def test_a_catalogue_is_alive(ingested: Catalogued) -> None:
    counts = Counter(fact.aspect for fact in ingested.facts)
    assert counts["queryProperties"] >= 50
    assert counts["datasetUsageStatistics"] >= 500
    assert counts["operation"] >= 200
    assert counts["dataProcessInstanceProperties"] >= 50
    assert counts["assertionRunEvent"] >= 2000
    assert counts["dashboardInfo"] >= 8 and counts["chartInfo"] >= 20
    assert counts["incidentInfo"] == 3 and counts["deprecation"] == 1
    assert counts["institutionalMemory"] >= 10


def test_some_tables_nobody_reads(ingested: Catalogued) -> None:
    used, there = ingested.of("datasetUsageStatistics"), ingested.of("schemaMetadata")
    assert 20 < len(used) < len(there) - 10


def test_nothing_is_dated_on_the_as_of_date_or_later(ingested: Catalogued) -> None:
    today = {"assertionRunEvent", "datasetProfile"}
    told = [fact for fact in ingested.facts if "timestampMillis" in fact.value]
    late = [f for f in told if f.value["timestampMillis"] >= MIDNIGHT]
    assert {fact.aspect for fact in late} <= today
    back = [f for f in told if f.aspect == "assertionRunEvent" and f not in late]
    assert len(back) >= 2000
    for each in ingested.of("incidentInfo").values():
        assert each["startedAt"] <= each["status"]["lastUpdated"]["time"] < MIDNIGHT


def test_users_are_known_and_columns_are_there(ingested: Catalogued) -> None:
    known, columns = ingested.of("corpUserInfo"), set(columns_of(ingested.facts))
    for urn, days in values(ingested.facts, "datasetUsageStatistics").items():
        for day in days:
            assert {each["user"] for each in day["userCounts"]} <= known.keys()
            paths = {f"urn:li:schemaField:({urn},{e['fieldPath']})" for e in day["fieldCounts"]}
            assert paths <= columns
    for shown in ingested.of("inputFields").values():
        assert {each["schemaFieldUrn"] for each in shown["fields"]} <= columns


def test_a_days_figures_add_up() -> None:
    for each in usage.usage(scene()):
        told = each["aspect"]["json"]
        assert sum(user["count"] for user in told["userCounts"]) == told["totalSqlQueries"]
        assert told["uniqueUserCount"] == len(told["userCounts"]) > 0
        assert all(column["count"] <= told["totalSqlQueries"] for column in told["fieldCounts"])


def test_people_work_on_working_days() -> None:
    s, counts = scene(), Counter[bool]()
    for each in usage.usage(s):
        told = each["aspect"]["json"]
        day = datetime.fromtimestamp(told["timestampMillis"] / 1000, UTC).date()
        (works,) = is_business_day(day)
        counts[works] += told["totalSqlQueries"]
    assert counts[True] > 20 * counts[False] > 0


def is_business_day(day: date) -> list[bool]:
    import numpy as np

    return [bool(each) for each in is_business(np.array([day], dtype="datetime64[D]"))]


def test_a_report_that_ends_is_read_no_longer() -> None:
    s = scene()
    query = USE.queries["staff-by-branch"]
    urn = s.dataset(USE.stories.deprecated.table)
    days = [e["aspect"]["json"] for e in usage.usage(s) if e["entityUrn"] == urn]
    assert days and max(day["timestampMillis"] for day in days) < s.at(query.ends_days_ago)


def test_the_same_run_gives_the_same_and_another_seed_another() -> None:
    assert all_of(scene()) == all_of(scene())
    assert all_of(scene()) != all_of(scene(seed=7))


@pytest.mark.parametrize("as_of", [date(2024, 2, 29), date(2025, 1, 1), date(2026, 7, 4)])
def test_what_was_stale_is_what_the_stories_tell(as_of: date) -> None:
    s, told = scene(as_of=as_of), USE.stories
    stale = {place: history.stale(s, moments) for place, moments in history.loaded(s).items()}
    late = told.late_mart
    assert stale.pop(late.table) == list(range(1, late.days))
    broke = {place for place, days in stale.items() if days}
    assert broke and all(place.startswith(told.failed_load.pipeline) for place in broke)
    assert {tuple(stale[place]) for place in broke} == {(told.failed_load.days_ago - 1,)}


def test_a_failed_run_was_run_again() -> None:
    found = pipelines.runs(scene())
    (failed,) = [run for run in found if run.failed]
    again = [run for run in found if run.attempt == 2]
    assert {run.ago for run in again} == {failed.ago - 1}
    assert again[0].job == failed.job and again[0].began > failed.began
    assert not [r for r in found if r.job in {a.job for a in again} and r.ago == failed.ago
                and not r.failed]  # fmt: skip


def test_incidents_point_at_results_that_failed(ingested: Catalogued) -> None:
    failed = {
        urn
        for urn, runs in values(ingested.facts, "assertionRunEvent").items()
        if any(run["result"]["type"] == "FAILURE" for run in runs)
    }
    incidents = ingested.of("incidentInfo").values()
    assert {each["source"]["sourceUrn"] for each in incidents} <= failed
    assert sorted(each["status"]["state"] for each in incidents) == [
        "ACTIVE", "RESOLVED", "RESOLVED",
    ]  # fmt: skip


def test_who_owned_it_before_is_told_before_who_owns_it(ingested: Catalogued) -> None:
    told = USE.stories.handed_over
    (urn,) = [u for u in ingested.of("schemaMetadata") if f".{told.table.partition('.')[2]}," in u]
    first, last = values(ingested.facts, "ownership")[urn]
    assert told.before in str(first) and told.before not in str(last)


def test_plain_leaves_all_of_it_out(ingested: Catalogued, dhub: Dhub, tmp_path: Path) -> None:
    words = ("datahub", "metadata", "plain.json", "--plain")
    done = dhub(*words, env=variables(ingested.estate))
    assert done.code == 0, done.err
    facts = read(tmp_path / "plain.json")
    assert not {fact.aspect for fact in facts} & OF_USE
    runs = [fact.value for fact in facts if fact.aspect == "assertionRunEvent"]
    assert runs and all(run["timestampMillis"] > MIDNIGHT for run in runs)


def test_an_address_that_is_none_is_refused(dhub: Dhub) -> None:
    done = dhub("datahub", "metadata", "bank.json", "--docs-url", "somewhere")
    assert (done.code, done.out) == (2, "")
    assert "--docs-url somewhere: must be like https://example.org/manual/." in done.err


def test_who_is_nobody_is_a_steward() -> None:
    s = scene()
    assert {each.user for each in s.team("credit-risk")} == {"grace.okafor"}
    assert s.team("core-banking-platform")
    one = Analyst("jo.doe", "Jo Doe", "Risk Analyst", "jo.doe@bank.test", ("credit-risk",))
    assert [each.user for each in scene(analysts=[one]).team("credit-risk")] == ["jo.doe"]


def test_the_days_reach_back_a_quarter() -> None:
    first = min(e["aspect"]["json"]["timestampMillis"] for e in usage.usage(scene()))
    assert scene().at(DAYS) <= first < scene().at(DAYS - 5)


_REGISTRY = """
import json
from datahub.metadata.schema_classes import KEY_ASPECTS
found = {}
for each in KEY_ASPECTS.values():
    info = each.ASPECT_INFO
    found[info["keyForEntity"]] = [each.ASPECT_NAME, *info["entityAspects"]]
print(json.dumps(found))
"""


def test_an_open_source_server_keeps_every_aspect(ingested: Catalogued) -> None:
    """The client carries the registry of entities and their aspects; nothing outside it is told."""
    registry = {entity: set(aspects) for entity, aspects in by_client(_REGISTRY).items()}
    told = {(fact.urn.split(":")[2], fact.aspect) for fact in ingested.facts}
    dropped = {(entity, aspect) for entity, aspect in told if aspect not in registry[entity]}
    assert len(told) > 80 and dropped == set()
    cloud = {"usageFeatures", "assertionsSummary", "incidentsSummary", "storageFeatures"}
    assert not {aspect for _, aspect in told} & cloud
