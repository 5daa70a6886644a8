"""A recipe that somebody writes himself, plain as it can be, crawls the bank as ours does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fixtures.catalogue import Catalogued, client

from dhub.datahub.records import Fact, columns_of, read, urns_in
from dhub.datahub.servers import servers_of
from dhub.estate.databases import DATABASES


def crawled_plainly(bank: Catalogued, folder: Path, **more: Any) -> list[Fact]:
    """What the client makes of host, login and database, and nothing else."""
    (server,) = servers_of(bank.estate)
    config: dict[str, Any] = {
        "host_port": f"{server.host}:{server.port}" if server.is_plain else "localhost:5432",
        "username": "dhub_reader",
        "password": "${DHUB_READER_PASSWORD}",
        "schema_pattern": {"allow": ["^public$", "^reporting$"]},
    } | more
    if not server.is_plain:  # the tests' own server has a socket and no port
        place = {"host": server.host, "port": server.port}
        config["options"] = {"connect_args": place}
    target = folder / "own.json"
    recipe = {
        "source": {"type": "postgres", "config": config},
        "sink": {"type": "file", "config": {"filename": str(target)}},
    }
    (folder / "own.yml").write_text(json.dumps(recipe))
    password = bank.estate.reader_password or ""
    words = ("ingest", "run", "--strict-warnings", "--no-progress", "-c", "own.yml")
    done = client(*words, cwd=folder, env={"DHUB_READER_PASSWORD": password})
    assert done.code == 0, done.err[-3000:]
    return read(target)


def upstreams(facts: list[Fact]) -> dict[str, set[str]]:
    """What lineage names, tables and columns, by who names it."""
    return {
        fact.urn: set(urns_in(fact.value)) - {fact.urn}
        for fact in facts
        if fact.aspect in ("upstreamLineage", "dataJobInputOutput")
    }


def missing(facts: list[Fact]) -> set[str]:
    """Tables and columns that lineage names and no schema has."""
    there = {fact.urn for fact in facts} | set(columns_of(facts))
    named = {urn for urns in upstreams(facts).values() for urn in urns}
    return {urn for urn in named - there if re.match(r"urn:li:(dataset|schemaField):", urn)}


def only(bank: Catalogued, *databases: str) -> list[str]:
    return [f"^{bank.naming.names[each]}$" for each in databases]


def test_all_six_in_one_recipe(crawled: Catalogued, tmp_path: Path) -> None:
    facts = crawled_plainly(
        crawled,
        tmp_path,
        initial_database=crawled.naming.names["loans_db"],
        database_pattern={"allow": only(crawled, *DATABASES)},
    )
    assert missing(facts) == set()
    assert upstreams(facts) == upstreams(crawled.facts)
    assert len(upstreams(facts)) > 26


@pytest.mark.parametrize("database", ["accounts_db", "compliance_db"])
def test_one_database(crawled: Catalogued, tmp_path: Path, database: str) -> None:
    facts = crawled_plainly(crawled, tmp_path, database=crawled.naming.names[database])
    assert upstreams(facts) and missing(facts) == set()
