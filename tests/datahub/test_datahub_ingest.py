"""`dhub datahub ingest` and `pack`: all in one go, strictly, and no password anywhere."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fixtures.catalogue import Catalogued, client, listed, posted
from fixtures.command import Begin, Dhub
from fixtures.server import variables
from verifying.bank import Planted

from dhub.catalog import load_catalog
from dhub.datahub.ingest import gathered
from dhub.datahub.pack import write_pack
from dhub.datahub.records import dangling, read
from dhub.datahub.servers import Server, servers_of
from dhub.errors import DatabaseFailed


def quiet(_: str) -> None:
    """A watch that says nothing."""


def test_the_summary_tells_what_a_catalogue_shows(ingested: Catalogued) -> None:
    found = ingested.done.json
    assert (found["warnings"], found["missing"]) == ([], {})
    assert found["records"] == len(json.loads(ingested.path.read_text()))
    by_name = {each["database"]: each for each in found["databases"]}
    total = {key: sum(each[key] for each in found["databases"]) for key in by_name["loans_db"]
             if key != "database"}  # fmt: skip
    assert total["columns"] == total["documented"] > 296
    assert total["profiles"] == total["tables"] == len(ingested.of("datasetProfile"))
    assert total["foreign_keys"] >= 34 and total["procedures"] >= 6 and total["edges"] > 100
    assert by_name["loans_db"]["tables"] > 6 and by_name["loans_db"]["views"] > 0
    metadata = found["metadata"]
    assert metadata["failing"] == 1  # the report that the stories tell to be late
    assert metadata["assertions"] > 200
    assert min(metadata[key] for key in ("domains", "terms", "tags", "owners", "products")) > 5


def test_it_is_the_crawl_and_the_metadata_in_one(ingested: Catalogued, crawled: Catalogued) -> None:
    told = {(fact.urn, fact.aspect) for fact in ingested.facts}
    assert {(fact.urn, fact.aspect) for fact in crawled.facts} <= told
    kinds = {fact.aspect for fact in ingested.facts}
    assert {"glossaryTermInfo", "dataContractProperties", "assertionRunEvent"} <= kinds
    assert dangling(ingested.facts) == {}


def test_no_password_is_anywhere(ingested: Catalogued) -> None:
    passwords = [ingested.estate.reader_password or "", *(
        psycopg.conninfo.conninfo_to_dict(url)["password"] for url in ingested.estate.urls.values()
    )]  # fmt: skip
    seen = ingested.done.out + ingested.done.err + ingested.path.read_text()
    assert all(word and str(word) not in seen for word in passwords)


def test_the_client_takes_the_file_for_valid(ingested: Catalogued) -> None:
    """A few records of each kind: by the same steps all of them are read as metadata are."""
    few = some(ingested, 3, ingested.folder / "few.json")
    done = client("check", "metadata-file", str(few), cwd=ingested.folder)
    assert done.code == 0 and "all valid" in done.out


def test_a_data_pack_loads(ingested: Catalogued) -> None:
    folder = ingested.folder / "pack"
    for text in (ingested.path.read_text(), ingested.path.read_text() + "\n"):
        whole = ingested.folder / "whole.json"
        whole.write_text(text)
        index = write_pack(whole, folder)
    (data,) = json.loads(index.read_text())["files"]
    assert {path.name for path in folder.iterdir()} == {"index.json", data["path"]}
    url = f"file://{index}"
    words = ("datapack", "load", "bank", "--url", url, "--trust-custom", "--dry-run")
    done = client(*words, cwd=ingested.folder)
    assert done.code == 0, done.err
    assert "Resolved 1 data files from index." in done.out
    assert "dangling" not in done.out.lower(), done.out


def one_database(bank: Catalogued, database: str, **changed: Any) -> Server:
    """The server with a single database on it."""
    (server,) = servers_of(bank.estate)
    return Server(
        server.host,
        server.port,
        server.options,
        {database: bank.naming.names[database]},
        changed.get("password", server.password),
    )


def test_what_the_client_warns_of_is_told(crawled: Catalogued, server_url: str) -> None:
    with Planted(crawled.estate, server_url).copy("insurance_db") as estate:
        with psycopg.connect(estate.urls["insurance_db"], autocommit=True) as conn:
            conn.execute("REVOKE SELECT ON claims FROM dhub_reader")
            copied = conn.info.dbname
        (server,) = servers_of(crawled.estate)
        only = Server(
            server.host, server.port, server.options, {"insurance_db": copied}, server.password
        )
        with gathered([only], crawled.naming, load_catalog(), {}, quiet) as found:
            assert any("public.claims" in each for each in found.warnings)


def test_a_rejected_password_is_told_without_it(crawled: Catalogued) -> None:
    server = one_database(crawled, "insurance_db", password="wr0ng-Passw0rd")
    with (
        pytest.raises(DatabaseFailed) as failed,
        gathered([server], crawled.naming, load_catalog(), {}, quiet),
    ):
        pass
    assert "password authentication failed" in str(failed.value)
    assert "wr0ng-Passw0rd" not in str(failed.value)


def test_a_reader_who_cannot_log_in_is_told_before_the_work(
    dhub: Dhub, crawled: Catalogued, tmp_path: Path
) -> None:
    env = variables(crawled.estate) | {"DHUB_READER_PASSWORD": "wr0ng"}
    done = dhub("datahub", "ingest", "--sink", "file", env=env)
    assert (done.code, done.out, list(tmp_path.iterdir())) == (2, "", [])
    assert done.err.startswith("dhub: employees_db: role dhub_reader ")
    assert "DHUB_READER_PASSWORD" in done.err and "wr0ng" not in done.err


# ---------------------------------------------------------------------- a server of DataHub


def some(bank: Catalogued, limit: int, path: Path) -> Path:
    """A file with so many records of each kind, an aspect of entities of a type, at most."""
    counts: Counter[tuple[str, str]] = Counter()
    kept = []
    for each in json.loads(bank.path.read_text()):
        kind = each["entityType"], each["aspectName"]
        counts[kind] += 1
        if counts[kind] <= limit:
            kept.append(each)
    assert len(counts) > 80
    path.write_text(json.dumps(kept))
    return path


def test_everything_is_sent_with_the_token(ingested: Catalogued, tmp_path: Path) -> None:
    """Each aspect as the file holds it, however the client sends it."""
    part = some(ingested, 100, tmp_path / "part.json")
    sent = posted(part, "a-t0ken")
    assert sent.tokens == {"Bearer a-t0ken"}
    assert len(read(part)) > 2000 and not listed(read(part)) - listed(sent.facts)


def test_where_no_token_is_given_none_is_sent(ingested: Catalogued, tmp_path: Path) -> None:
    sent = posted(some(ingested, 1, tmp_path / "few.json"), None)
    assert sent.tokens == {None} and len(sent.facts) > 80


def refused(dhub: Dhub, bank: Catalogued, *words: str, code: int = 2, **env: str) -> str:
    """What is said when nothing is begun."""
    done = dhub("datahub", *words, env=variables(bank.estate) | env)
    assert (done.code, done.out) == (code, "")
    return done.err


def test_a_server_that_is_not_there_is_told_before_the_work(
    dhub: Dhub, crawled: Catalogued
) -> None:
    said = refused(
        dhub, crawled, "ingest", "--server", "http://127.0.0.1:9", DATAHUB_GMS_TOKEN="t0k"
    )
    assert said.startswith("dhub: No DataHub answers at http://127.0.0.1:9/config: ")
    assert "datahub docker quickstart" in said and "t0k" not in said
    said = refused(dhub, crawled, "ingest", "--server", "localhost:8080")
    assert said == "dhub: --server localhost:8080: must be like http://localhost:8080.\n"


def test_folders_and_files_in_the_way_are_told_before_the_work(
    dhub: Dhub, crawled: Catalogued, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").touch()
    said = refused(dhub, crawled, "pack", "mine", code=3)
    assert said.startswith("dhub: mine holds diary.txt, which is no part of a data pack.\n")
    said = refused(dhub, crawled, "ingest", "--sink", "file", "--output", "mine")
    assert said == "dhub: mine is a folder. Name a file.\n"
    said = refused(dhub, crawled, "ingest", "--sink", "file", "--output", "no/where.json")
    assert said.startswith("dhub: no/where.json: there is no folder no.")
    said = refused(dhub, crawled, "pack", "mine/diary.txt/pack")
    assert said.startswith("dhub: mine/diary.txt/pack cannot be written: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_told_before_the_work(
    dhub: Dhub, crawled: Catalogued
) -> None:
    said = refused(dhub, crawled, "pack", "/etc/pack")
    assert said == "dhub: /etc/pack cannot be written: Permission denied.\n"
    said = refused(dhub, crawled, "ingest", "--sink", "file", "--output", "/etc/bank.json")
    assert said == "dhub: /etc/bank.json cannot be written: Permission denied.\n"


def test_without_the_client_it_says_how_to_get_it(begin: Begin) -> None:
    code = "import sys; sys.modules['datahub'] = None; from dhub.cli.main import run; run()"
    for words in (("ingest",), ("pack", "here")):
        done = begin("datahub", *words, code=code)
        assert done.communicate(60) == (
            "",
            "dhub: `dhub datahub ingest` needs the package datahub.\n"
            "Install it with: pip install 'dhub-bank[datahub]'\n",
        )
        assert done.returncode == 2


def test_with_nothing_seeded_there_is_nothing_to_show(dhub: Dhub, estate: Any) -> None:
    done = dhub("datahub", "metadata", "bank.json", env=variables(estate))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("dhub: Nothing is seeded")
