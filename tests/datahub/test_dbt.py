"""The example project of dbt: its models run on a seeded bank; with dbt here, by dbt itself."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from fixtures.catalogue import Catalogued, client, ran
from fixtures.command import environment
from fixtures.server import variables
from psycopg import conninfo

from dhub.datahub.records import Fact, read, urns_in
from dhub.estate.connections import LOOKING, connect

PROJECT = Path(__file__).parents[2] / "examples" / "dbt"
MODELS = {path.stem: path.read_text() for path in sorted((PROJECT / "models").rglob("*.sql"))}
DECLARED = [
    yaml.safe_load(path.read_text()) for path in sorted((PROJECT / "models").rglob("*.yml"))
]
DBT = shutil.which("dbt")


def rendered(name: str) -> str:
    """The SQL of a model, those that it refers to written out in it."""
    sql = re.sub(r"\{\{ source\('core', '(\w+)'\) \}\}", r"public.\1", MODELS[name])
    return re.sub(r"\{\{ ref\('(\w+)'\) \}\}", lambda found: f"({rendered(found[1])})", sql)


def columns_of(estate: Any, sql: str) -> tuple[list[str], int]:
    with connect(estate, "accounts_db", lock_timeout=LOOKING) as conn:
        cursor = conn.execute(sql)
        return [each.name for each in cursor.description or ()], len(cursor.fetchall())


@pytest.mark.parametrize("name", MODELS)
def test_a_model_runs_on_the_bank_and_has_what_it_describes(
    ingested: Catalogued, name: str
) -> None:
    columns, rows = columns_of(ingested.estate, rendered(name))
    (model,) = [m for told in DECLARED for m in told.get("models", ()) if m["name"] == name]
    assert rows > 0 and {each["name"] for each in model["columns"]} <= set(columns)
    assert model["description"]


def test_sources_are_tables_of_the_bank(ingested: Catalogued) -> None:
    there = {urn.split(",")[1].partition(".")[2] for urn in ingested.of("schemaMetadata")}
    named = {f"public.{t['name']}" for told in DECLARED for s in told.get("sources", ())
             for t in s["tables"]}  # fmt: skip
    assert named and named <= there


@pytest.mark.skipif(DBT is None, reason="dbt is not on the path: the extra `dbt`")
def test_dbt_builds_it_and_its_lineage_joins(ingested: Catalogued, tmp_path: Path) -> None:
    project = tmp_path / "dbt"
    shutil.copytree(PROJECT, project)
    env = environment(variables(ingested.estate)) | settings(ingested) | {"DBT_PROFILES_DIR": "."}
    for words in (("build",), ("docs", "generate", "--no-compile")):
        done = ran(str(DBT), *words, env=env, cwd=project)
        assert done.code == 0, done.out
    recipe = (project / "recipe.yml").read_text().partition("\nsink:")[0]
    recipe += "\nsink:\n  type: file\n  config:\n    filename: dbt.json\n"
    (project / "file.yml").write_text(recipe)
    done = client("ingest", "run", "--strict-warnings", "--no-progress", "-c", "file.yml",
                  cwd=project)  # fmt: skip
    assert done.code == 0, done.out[-2000:]
    told = read(project / "dbt.json")
    assert outside(told) <= {fact.urn for fact in ingested.facts}


def outside(told: list[Fact]) -> set[str]:
    """The tables that dbt's lineage begins with: those of the bank."""
    own = {fact.urn for fact in told}
    named = {u for f in told if f.aspect == "upstreamLineage" for u in urns_in(f.value)}
    found = {urn for urn in named - own if urn.startswith("urn:li:dataset:")}
    assert found
    return found


def settings(bank: Catalogued) -> dict[str, str]:
    parts = conninfo.conninfo_to_dict(bank.estate.urls["accounts_db"])
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD",
             "dbname": "DATABASE"}  # fmt: skip
    return {f"BANK_{name}": str(parts.get(key) or "") for key, name in names.items()}


def test_the_script_takes_the_url_apart(tmp_path: Path) -> None:
    fake = tmp_path / "dhub"
    url = "postgresql://me:s%20p@db.example:5433/bank_accounts"
    fake.write_text(f"#!/bin/sh\necho '{json.dumps({'accounts_db': url})}'\n")
    fake.chmod(0o755)
    env = environment({}) | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = ran("python3", str(PROJECT / "env.py"), env=env, cwd=tmp_path)
    assert done.out.splitlines() == [
        "export BANK_HOST=db.example",
        "export BANK_PORT=5433",
        "export BANK_USER=me",
        "export BANK_PASSWORD='s p'",
        "export BANK_DATABASE=bank_accounts",
    ]
