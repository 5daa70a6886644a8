"""Recipes: valid, without a password, and for whatever server the settings name."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
import yaml
from fixtures.catalogue import Catalogued, client
from fixtures.command import Dhub
from fixtures.server import variables

from dhub.estate.databases import DATABASES, Estate

ONE = {"DHUB_PG_HOST": "db.example", "DHUB_PG_USER": "owner", "DHUB_PG_PASSWORD": "s3cret"}


def written(dhub: Dhub, tmp_path: Path, env: Mapping[str, str], *words: str) -> dict[str, dict]:
    """The recipes for these settings, as YAML says them."""
    done = dhub("datahub", "recipes", "here", *words, "--json", env=env)
    assert (done.code, done.err) == (0, "")
    assert "s3cret" not in done.out
    files = {path.name: path.read_text() for path in (tmp_path / "here").iterdir()}
    assert set(files) == set(done.json["files"])
    assert not any("s3cret" in text for text in files.values())
    return {name: yaml.safe_load(text) for name, text in files.items()}


@pytest.mark.parametrize("name", ["host.yml", "container.yml"])
def test_the_client_takes_them_for_valid(crawled: Catalogued, name: str) -> None:
    words = ("recipe", "validate", str(crawled.folder / "recipes" / name))
    done = client(*words, cwd=crawled.folder, env={"DHUB_READER_PASSWORD": "x"})
    assert done.code == 0 and '"valid": true' in done.out, done.out


def test_one_server_is_one_recipe_for_here_and_one_for_datahubs_page(
    dhub: Dhub, tmp_path: Path
) -> None:
    env = ONE | {"DHUB_PG_PORT": "5433", "DHUB_PG_SSLMODE": "require"}
    recipes = written(dhub, tmp_path, env)
    assert set(recipes) == {"host.yml", "container.yml"}
    config = recipes["host.yml"]["source"]["config"]
    assert config["host_port"] == "db.example:5433"
    assert (config["username"], config["password"]) == ("dhub_reader", "${DHUB_READER_PASSWORD}")
    assert config["database_pattern"]["allow"] == [f"^{name}$" for name in DATABASES]
    assert config["options"]["connect_args"]["sslmode"] == "require"
    assert recipes["host.yml"]["sink"]["type"] == "datahub-rest"
    assert "sink" not in recipes["container.yml"]
    assert recipes["container.yml"]["source"]["config"]["host_port"] == "db.example:5433"


def test_the_crawlers_own_encoding_does_not_count(
    dhub: Dhub, tmp_path: Path, shown_bank: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client's driver, as the recipe has it connect, on a machine that speaks Latin-1."""
    recipes = written(dhub, tmp_path, variables(shown_bank))
    config = next(each for name, each in recipes.items() if "host" in name)["source"]["config"]
    place, _, port = config["host_port"].rpartition(":")
    here = {"host": place, "port": port} | config["options"]["connect_args"]
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    with closing(
        psycopg2.connect(
            dbname=config["initial_database"],
            user=config["username"],
            password=shown_bank.reader_password,
            **here,
        )
    ) as conn, conn.cursor() as cursor:  # fmt: skip
        cursor.execute("SELECT current_setting('client_encoding'), 'Zł'")
        assert cursor.fetchone() == ("UTF8", "Zł")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "/var/run/postgresql"])
def test_this_machine_is_composes_service_to_a_container(
    dhub: Dhub, tmp_path: Path, host: str
) -> None:
    recipes = written(dhub, tmp_path, ONE | {"DHUB_PG_HOST": host})
    inside = recipes["container.yml"]["source"]["config"]
    assert inside["host_port"] == "bank-postgres:5432"
    outside = recipes["host.yml"]["source"]["config"]
    place = outside["options"]["connect_args"].get("host", outside["host_port"].rpartition(":")[0])
    assert place == host


def test_databases_on_several_servers_are_several_recipes(dhub: Dhub, tmp_path: Path) -> None:
    loans = "postgresql://u:s3cret@loans.example:5555/lending?sslmode=require"
    recipes = written(dhub, tmp_path, ONE | {"DHUB_LOANS_DB_URL": loans})
    firsts = ("employees_db", "loans_db")
    assert set(recipes) == {f"{kind}-{e}.yml" for kind in ("host", "container") for e in firsts}
    config = recipes["host-loans_db.yml"]["source"]["config"]
    assert config["host_port"] == "loans.example:5555"
    assert config["database_pattern"] == {"allow": ["^lending$"]}
    assert len({each["pipeline_name"] for each in recipes.values()}) == 2
    others = recipes["host-employees_db.yml"]["source"]["config"]["database_pattern"]["allow"]
    assert others == [f"^{name}$" for name in DATABASES if name != "loans_db"]


def test_environment_and_instance_are_in_them(dhub: Dhub, tmp_path: Path) -> None:
    words = ("--env", "dev", "--platform-instance", "first_bank")
    recipe = written(dhub, tmp_path, ONE, *words)["host.yml"]
    config = recipe["source"]["config"]
    assert (config["env"], config["platform_instance"]) == ("DEV", "first_bank")
    assert recipe["pipeline_name"] == "dhub_first_bank"


def test_two_databases_of_one_name_are_refused(dhub: Dhub, tmp_path: Path) -> None:
    url = "postgresql://u:s3cret@other.example/accounts_db"
    done = dhub("datahub", "recipes", "here", env=ONE | {"DHUB_LOANS_DB_URL": url})
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "dhub: Two of the databases are called accounts_db, each on its own server, so that"
        " DataHub would take them for one.\nGive them names of their own.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_embedded_server_has_to_be_started_first(
    dhub: Dhub, tmp_path: Path, data_dir: Path
) -> None:
    env = {"DHUB_DATA_DIR": str(data_dir)}
    done = dhub("datahub", "recipes", "here", env=env)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "dhub: The embedded server listens to nobody but dhub, and only while a command needs it.\n"
        "Start it with `dhub server start`, then write the recipes.\n"
    )
    assert list(tmp_path.iterdir()) == []
    port = dhub("server", "start", "--json", env=env).json["port"]
    config = written(dhub, tmp_path, env)["host.yml"]["source"]["config"]
    assert config["host_port"] == f"127.0.0.1:{port}"


def test_the_readers_password_can_be_asked_for(dhub: Dhub, shown_bank: Estate) -> None:
    env = variables(shown_bank)
    done = dhub("db", "url", "--reader", "--only-password", env=env)
    assert (done.code, done.out, done.err) == (0, f"{shown_bank.reader_password}\n", "")
    masked = dhub("db", "url", "-d", "loans", "--reader", env=env).out
    assert masked.startswith("postgresql://dhub_reader:***@") and "loans_db" in masked
    derived = dhub("db", "url", "--reader", "--only-password", env=ONE).out.strip()
    assert len(derived) == 48 and derived != "s3cret"


def test_a_password_that_is_not_one_or_not_known_is_told(dhub: Dhub) -> None:
    other = {"DHUB_LOANS_DB_URL": "postgresql://u:other@db.example/lending"}
    done = dhub("db", "url", "--only-password", env=ONE | other)
    assert done.err == "dhub: The databases have several passwords. Pick a database with -d.\n"
    done = dhub("db", "url", "--reader", env={"DHUB_PG_HOST": "db.example"})
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("dhub: The password of dhub_reader is not known.\n")
