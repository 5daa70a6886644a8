"""What compose, the image, .env.example and the settings say of each other stays in step."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from dhub import __version__
from dhub.settings import BESIDE, DATABASES, Settings

ROOT = Path(__file__).parents[2]
FILES = ("docker-compose.yml", "docker-compose.datahub.yml")
EXAMPLE = (ROOT / ".env.example").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()

SETTINGS = {f"DHUB_{name.upper()}" for name in Settings.model_fields}
# What names a server other than that of compose, or keeps one of dhub's own.
ELSEWHERE = {"DHUB_PG_SSLMODE", "DHUB_DATA_DIR"} | {
    f"DHUB_{name.upper()}_URL" for name in (*DATABASES, *BESIDE)
}
# What docker compose itself reads.
OF_COMPOSE = {"COMPOSE_FILE", "COMPOSE_PROFILES"}


def read(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / name).read_text()))


BASE, OVERRIDE = map(read, FILES)
SERVICES = BASE["services"]


def interpolated() -> dict[str, set[str]]:
    """Variables that the compose files take from the environment, with what stands behind each."""
    found: dict[str, set[str]] = {}
    for name in FILES:
        text = re.sub(r"^\s*#.*", "", (ROOT / name).read_text(), flags=re.MULTILINE)
        for variable, rest in re.findall(r"(?<!\$)\$\{(\w+)([^}]*)\}", text):
            found.setdefault(variable, set()).add(rest)
        assert not re.search(r"(?<!\$)\$[A-Za-z]", text), f"{name}: a variable without braces"
    return found


def explained() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z_]+)=", EXAMPLE, re.MULTILINE))


def test_env_example_explains_what_compose_reads_and_nothing_unheard_of() -> None:
    assert explained() == SETTINGS | set(interpolated()) | OF_COMPOSE


def test_env_example_sets_nothing_by_itself() -> None:
    assert not re.findall(r"^[^#\n]", EXAMPLE, re.MULTILINE)


def test_every_setting_reaches_the_seeding_or_is_of_another_server() -> None:
    handed = set(SERVICES["bank-seed"]["environment"])
    assert handed <= SETTINGS
    assert SETTINGS - handed == ELSEWHERE
    told = [line for line in EXAMPLE.splitlines() if "not for compose" in line.lower()]
    assert len(told) == 3  # sslmode, the URLs, the embedded server


def test_a_variable_has_one_default() -> None:
    assert {name: rest for name, rest in interpolated().items() if len(rest) > 1} == {}


def test_a_password_must_be_set() -> None:
    [rest] = interpolated()["DHUB_PG_PASSWORD"]
    assert rest.startswith(":?") and ".env" in rest
    given = re.search(r"^#DHUB_PG_PASSWORD=(.*)$", EXAMPLE, re.MULTILINE)
    assert given and not given[1]


def test_no_secret_is_an_argument() -> None:
    for name, service in SERVICES.items():
        words = [service.get("command"), service.get("entrypoint"), service.get("healthcheck")]
        assert not re.search("PASSWORD|TOKEN", str(words)), name


def test_the_project_has_a_name_of_its_own() -> None:
    assert BASE["name"] == "dhub" and "name" not in OVERRIDE
    assert not set(SERVICES) & {"postgres", "mysql", "broker", "search"}  # names of DataHub's


def test_ports_are_published_on_loopback_only() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"bank-postgres": ["127.0.0.1:${DHUB_PG_PORT:-5432}:5432"]}
    assert not any("ports" in service for service in OVERRIDE["services"].values())


def test_the_server() -> None:
    server = SERVICES["bank-postgres"]
    assert server["image"] == "postgres:17"
    assert "shared_preload_libraries=pg_stat_statements" in server["command"]
    assert "pg_stat_statements.track=all" in server["command"]
    assert server["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]
    assert server["volumes"] == ["bank:/var/lib/postgresql/data"] and "bank" in BASE["volumes"]


def test_each_step_waits_for_the_one_before_it() -> None:
    order = {
        name: {on: each["condition"] for on, each in service["depends_on"].items()}
        for name, service in SERVICES.items()
        if "depends_on" in service
    }
    assert order == {
        "bank-seed": {"bank-postgres": "service_healthy"},
        "bank-monitoring": {"bank-seed": "service_completed_successfully"},
        "bank-ingest": {"bank-monitoring": "service_completed_successfully"},
    }
    once = set(order)
    assert not any("restart" in SERVICES[name] for name in once)
    assert SERVICES["bank-seed"]["command"] == ["seed", "all", "--if-needed"]


def test_monitoring_reaches_all_databases() -> None:
    monitoring = SERVICES["bank-monitoring"]
    assert re.search(r"for database in ([\w ]+);", monitoring["command"][0])
    named = re.findall(r"\b\w+_db\b", monitoring["command"][0])
    assert tuple(named) == DATABASES
    [volume] = monitoring["volumes"]
    assert (ROOT / volume.split(":")[0]).is_file()


def test_ingestion_runs_only_when_asked_for() -> None:
    assert [name for name, service in SERVICES.items() if "profiles" in service] == ["bank-ingest"]
    ingest = SERVICES["bank-ingest"]
    assert ingest["profiles"] == ["datahub"]
    assert set(ingest["environment"]) == {
        *SERVICES["bank-seed"]["environment"],
        "DATAHUB_GMS_TOKEN",
    }
    assert ingest["command"][-1] == "${DATAHUB_GMS_URL:-http://datahub-gms:8080}"


def test_the_override_joins_datahubs_network() -> None:
    assert OVERRIDE["networks"] == {"datahub": {"name": "datahub_network", "external": True}}
    joined = {name: service["networks"] for name, service in OVERRIDE["services"].items()}
    assert set(joined) == {"bank-postgres", "bank-ingest"}
    assert joined["bank-postgres"]["datahub"]["aliases"] == ["bank-postgres"]
    assert all("default" in networks for networks in joined.values())


@pytest.mark.parametrize("service", ["bank-seed", "bank-ingest"])
def test_the_image_is_one_that_the_dockerfile_makes(service: str) -> None:
    target = SERVICES[service]["build"]["target"]
    assert SERVICES[service]["image"] == target
    code = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE)
    stage = re.search(rf"^FROM runtime AS {target}$(.*?)(?=^FROM|\Z)", code, re.M | re.S)
    assert stage and stage[1].rstrip().endswith("USER dhub")


def test_the_image() -> None:
    assert 'ENTRYPOINT ["dhub"]' in DOCKERFILE and "HEALTHCHECK" in DOCKERFILE
    assert f'org.opencontainers.image.version="{__version__}"' in DOCKERFILE
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f'org.opencontainers.image.description="{project["description"]}"' in DOCKERFILE
    assert f'org.opencontainers.image.licenses="{project["license"]}"' in DOCKERFILE
    bases = set(re.findall(r"^FROM (\S+) AS", DOCKERFILE, re.M))
    assert re.search(r"^ARG PYTHON=python:3\.\d+-slim$", DOCKERFILE, re.M)
    assert bases == {"${PYTHON}", "needed", "runtime"}


def test_the_image_gets_only_what_it_is_built_from() -> None:
    lines = [
        line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] not in "#"
    ]
    assert lines[0] == "*"
    let_in = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        word
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.M)
        for word in line.split()
    }
    assert let_in == copied
    assert all((ROOT / each).exists() for each in let_in)
