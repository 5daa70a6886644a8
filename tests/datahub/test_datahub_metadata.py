"""What DataHub is told beside a crawl: valid, joined to what is there, and true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fixtures.catalogue import Catalogued, by_client, client, listed
from fixtures.command import Dhub
from fixtures.server import variables
from verifying.bank import Planted

from dhub.catalog import load_catalog
from dhub.datahub.metadata import write
from dhub.datahub.records import Fact, dangling, read
from dhub.datahub.urns import Naming

SECTIONS = {
    "people", "domains", "tags", "glossary", "properties", "containers", "tables", "procedures",
    "lineage", "products", "queries", "quality",
    "before", "analysts", "stories", "pipelines", "operations", "dashboards", "views", "asked",
    "usage", "history", "incidents",
}  # fmt: skip


def values(told: list[Fact], aspect: str) -> dict[str, dict[str, Any]]:
    return {fact.urn: fact.value for fact in told if fact.aspect == aspect}


def test_there_is_a_file_for_each_subject(metadata_files: Path) -> None:
    assert {path.stem for path in metadata_files.iterdir()} == SECTIONS
    assert all(json.loads(path.read_text()) for path in metadata_files.iterdir())


def test_one_file_holds_what_the_folder_holds(metadata_files: Path, tmp_path: Path) -> None:
    sections = {
        name: json.loads((metadata_files / f"{name}.json").read_text()) for name in SECTIONS
    }
    assert write(tmp_path / "bank.json", sections).keys() == {tmp_path / "bank.json"}
    assert json.loads((tmp_path / "bank.json").read_text()) == list(chain(*sections.values()))


def test_the_client_reads_it_without_a_warning_and_changes_nothing(
    metadata_files: Path, tmp_path: Path
) -> None:
    """Of each kind some: to read all is what an ingestion does."""
    some = tmp_path / "some"
    some.mkdir()
    for path in metadata_files.glob("*.json"):
        (some / path.name).write_text(json.dumps(_of_each(json.loads(path.read_text()))))
    told = [fact for path in some.iterdir() for fact in read(path)]
    again = tmp_path / "again.json"
    recipe = {
        "source": {"type": "file", "config": {"path": str(some)}},
        "sink": {"type": "file", "config": {"filename": str(again)}},
    }
    (tmp_path / "metadata.yml").write_text(json.dumps(recipe))
    words = ("ingest", "run", "--strict-warnings", "--no-progress", "-c", "metadata.yml")
    done = client(*words, cwd=tmp_path)
    assert done.code == 0, done.out[-2000:]
    assert f"'total_records_written': {len(told)}" in done.out
    # It takes the files of a folder in no order.
    assert listed(read(again)) == listed(told)


def _of_each(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Some fifteen of each kind of entity and aspect, from its first to its last ones."""
    kinds: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for each in records:
        kinds.setdefault((each["entityType"], each["aspectName"]), []).append(each)
    return [each for same in kinds.values() for each in same[:: max(1, len(same) // 15)]]


def test_it_joins_the_crawl_with_nothing_missing(crawled: Catalogued, told: list[Fact]) -> None:
    assert dangling([*crawled.facts, *told]) == {}


def test_a_name_that_is_not_there_is_found(crawled: Catalogued, told: list[Fact]) -> None:
    (gone,) = [urn for urn in crawled.of("schemaMetadata") if ".public.loans," in urn]
    rest = [fact for fact in (*crawled.facts, *told) if fact.urn != gone]
    missing = dangling(rest)
    assert gone in missing
    assert f"urn:li:schemaField:({gone},customer_id)" in missing


def test_it_overwrites_nothing_that_a_crawl_writes(crawled: Catalogued, told: list[Fact]) -> None:
    of_crawl = {(fact.urn, fact.aspect): fact.value for fact in crawled.facts}
    both = [fact for fact in told if (fact.urn, fact.aspect) in of_crawl]
    assert {fact.aspect for fact in both} == {"domains"}
    assert all(of_crawl[fact.urn, fact.aspect] == fact.value for fact in both)


def test_every_column_is_classified(crawled: Catalogued, told: list[Fact]) -> None:
    edited = values(told, "editableSchemaMetadata")
    schemas = crawled.of("schemaMetadata")
    assert edited.keys() == schemas.keys()
    for urn, schema in schemas.items():
        terms = {
            each["fieldPath"]: [term["urn"] for term in each["glossaryTerms"]["terms"]]
            for each in edited[urn]["editableSchemaFieldInfo"]
        }
        assert terms.keys() == {each["fieldPath"] for each in schema["fields"]}, urn
        for found in terms.values():
            assert sum("glossaryTerm:classification." in term for term in found) == 1


def test_every_table_has_owners_and_every_database_a_description(
    crawled: Catalogued, told: list[Fact]
) -> None:
    owned = values(told, "ownership")
    containers = crawled.of("containerProperties").keys()
    assert owned.keys() >= crawled.of("schemaMetadata").keys() | containers
    assert owned.keys() >= crawled.of("dataJobInfo").keys()
    described = values(told, "editableContainerProperties")
    assert described.keys() == containers
    assert all(each["description"] for each in described.values())


def test_lineage_leads_across_databases_from_tables_alone(
    crawled: Catalogued, told: list[Fact]
) -> None:
    lineage, kinds = values(told, "upstreamLineage"), crawled.of("subTypes")
    assert all(kinds[urn]["typeNames"] == ["Table"] for urn in lineage)
    loans = lineage[crawled.naming.dataset("loans_db", "public", "loans")]
    assert {each["dataset"] for each in loans["upstreams"]} == {
        crawled.naming.dataset("accounts_db", "public", "customers"),
        crawled.naming.dataset("accounts_db", "public", "accounts"),
        crawled.naming.dataset("accounts_db", "public", "transactions"),
        crawled.naming.dataset("employees_db", "public", "employees"),
    }
    edges = {each["downstreams"][0]: each["upstreams"] for each in loans["fineGrainedLineages"]}
    assert edges[crawled.naming.field("loans_db", "public", "loans", "linked_account_id")] == [
        crawled.naming.field("accounts_db", "public", "accounts", "account_id")
    ]
    assert sum(len(each["fineGrainedLineages"]) for each in lineage.values()) == len(
        load_catalog().lineage()
    )


def verified(told: list[Fact]) -> list[dict[str, Any]]:
    """The results of this verification; what is told of earlier nights is fiction."""
    events = [fact.value for fact in told if fact.aspect == "assertionRunEvent"]
    return [event for event in events if event["runId"].startswith("dhub-verify-")]


def results(told: list[Fact]) -> dict[tuple[str, str], str]:
    """What came of each assertion that has a result: table and check."""
    events = verified(told)
    return {
        (event["asserteeUrn"].split(",")[1].partition(".")[2], name(event)): event["result"]["type"]
        for event in events
    }


def name(event: dict[str, Any]) -> str:
    return str(event["result"]["nativeResults"]["check"])


def test_the_results_are_those_of_verify(told: list[Fact]) -> None:
    found = results(told)
    assert len(found) > 200 and set(found.values()) == {"SUCCESS"}
    assert ("public.accounts", "A02") in found
    assert ("public.loans", "loans_db.loans.customer_id") in found


def test_a_check_that_fails_is_an_assertion_that_fails(
    crawled: Catalogued, server_url: str, dhub: Dhub, tmp_path: Path
) -> None:
    with Planted(crawled.estate, server_url).copy("accounts_db") as estate:
        with psycopg.connect(estate.urls["accounts_db"], autocommit=True) as conn:
            conn.execute(
                "UPDATE accounts SET balance = balance + 1"
                " WHERE account_id = (SELECT min(account_id) FROM accounts)"
            )
        done = dhub("datahub", "metadata", "bank.json", env=variables(estate))
        assert done.code == 0, done.err  # a slow machine says on stderr what it is doing
    found = results(read(tmp_path / "bank.json"))
    failed = {key for key, result in found.items() if result == "FAILURE"}
    assert ("public.accounts", "A02") in failed
    assert {check for _, check in failed} == {"A02", "A03"}
    (event,) = [event for event in verified(read(tmp_path / "bank.json"))
                if name(event) == "A02" and event["result"]["type"] == "FAILURE"]  # fmt: skip
    assert (event["result"]["unexpectedCount"], event["result"]["nativeResults"]["offending"]) == (
        1, "1")  # fmt: skip


def test_contracts_rest_on_assertions_that_are_there(told: list[Fact]) -> None:
    contracts, assertions = values(told, "dataContractProperties"), values(told, "assertionInfo")
    assert len(contracts) == sum(bool(table.contract) for _, table in load_catalog().tables())
    states = {urn: each["state"] for urn, each in values(told, "dataContractStatus").items()}
    assert states.keys() == contracts.keys() and set(states.values()) == {"ACTIVE", "PENDING"}
    for urn, contract in contracts.items():
        kept = [each["assertion"] for each in contract["dataQuality"]]
        assert contract["rawContract"] and all(each in assertions for each in kept)
        # What nothing proves yet is a promise that is pending.
        assert (states[urn] == "ACTIVE") == bool(kept)
        for each in contract.get("schema", ()):
            schema = assertions[each["assertion"]]["schemaAssertion"]
            assert schema["entity"] == contract["entity"] and schema["schema"]["fields"]


_NAMES = """
import json, sys
from datahub.emitter import mce_builder as names
from datahub.emitter.mcp_builder import DatabaseKey, SchemaKey
found = []
for env, instance in json.loads(sys.argv[1]):
    dotted = "bank_db.public.customers"
    dataset = names.make_dataset_urn_with_platform_instance("postgres", dotted, instance, env)
    key = dict(platform="postgres", instance=instance, env=env, backcompat_env_as_instance=True)
    found.append([
        dataset,
        names.make_schema_field_urn(dataset, "customer_id"),
        DatabaseKey(database="bank_db", **key).as_urn(),
        SchemaKey(database="bank_db", schema="public", **key).as_urn(),
    ])
json.dump(found, sys.stdout)
"""


def test_names_are_those_that_the_client_makes() -> None:
    cases = [("PROD", None), ("DEV", None), ("PROD", "first_bank"), ("TEST", "first.bank")]
    assert by_client(_NAMES, json.dumps(cases)) == [list(ours(*case)) for case in cases]


def ours(env: str, instance: str | None) -> Iterator[str]:
    naming = Naming({"accounts_db": "bank_db"}, env, instance)
    yield naming.dataset("accounts_db", "public", "customers")
    yield naming.field("accounts_db", "public", "customers", "customer_id")
    yield naming.container("accounts_db")
    yield naming.container("accounts_db", "public")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere/bank.json"], "nowhere/bank.json: there is no folder nowhere. Make it, or name"),
        (["taken"], "taken is a file. Name a folder, or a file that ends with .json.\n"),
        (["taken/bank"], "taken/bank cannot be written: "),
        (["bank.json", "--env", "LIVE"], "--env LIVE: DataHub knows DEV, TEST, QA,"),
        (["bank.json", "--platform-instance", "my bank"], "--platform-instance my bank: letters,"),
    ],
)
def test_what_cannot_be_written_is_refused_at_once(
    crawled: Catalogued, dhub: Dhub, tmp_path: Path, words: list[str], said: str
) -> None:
    (tmp_path / "taken").touch()
    done = dhub("datahub", "metadata", *words, env=variables(crawled.estate))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"dhub: {said}")
    assert {path.name for path in tmp_path.iterdir()} == {"taken"}
