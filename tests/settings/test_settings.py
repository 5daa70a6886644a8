"""Settings: every variable, .env, and each fault with its whole message."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dhub.errors import UsageError
from dhub.settings import DATABASES, Settings, load_settings

URL = "postgresql://u:secret@host/{}"
END = ".\nSet them in the environment or in .env."

FAULTS = {
    ("PG_PORT", "abc"): "DHUB_PG_PORT must be a whole number",
    ("PG_PORT", "54.5"): "DHUB_PG_PORT must be a whole number",
    ("PG_PORT", "0"): "DHUB_PG_PORT must be at least 1",
    ("PG_PORT", "70000"): "DHUB_PG_PORT must be at most 65535",
    ("PG_HOST", "host:5433"): "DHUB_PG_HOST must not carry a port (that goes into DHUB_PG_PORT)",
    ("PG_HOST", "postgresql://h/d"): (
        "DHUB_PG_HOST must be a host name, not a URL (those go into DHUB_<DATABASE>_URL)"
    ),
    ("PG_HOST", "var/run"): (
        "DHUB_PG_HOST must be a host name, or the absolute path of a socket's folder"
    ),
    ("PG_SSLMODE", "yes"): (
        "DHUB_PG_SSLMODE must be 'disable', 'allow', 'prefer', 'require', 'verify-ca' or"
        " 'verify-full'"
    ),
    ("LOANS_DB_URL", "mysql://u:secret@h/d"): "DHUB_LOANS_DB_URL must start with postgresql://",
    ("LOANS_DB_URL", "postgresql://u:secret@h"): (
        "DHUB_LOANS_DB_URL must name a database: postgresql://user@host:5432/database"
    ),
    ("LOANS_DB_URL", "postgresql://u:secret@h:99999/d"): (
        "DHUB_LOANS_DB_URL must have a port from 1 to 65535, if any"
    ),
    ("SCALE", "0"): "DHUB_SCALE must be a number above 0",
    ("SCALE", "nan"): "DHUB_SCALE must be a number above 0",
    ("SCALE", "big"): "DHUB_SCALE must be a number",
    ("DATA_DIR", "/etc/passwd"): "DHUB_DATA_DIR must be a folder, and is a file",
}


@pytest.mark.parametrize(("variable", "message"), FAULTS.items(), ids=lambda each: str(each))
def test_fault(variable: tuple[str, str], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DHUB_PG_USER", "u")
    monkeypatch.setenv(f"DHUB_{variable[0]}", variable[1])
    with pytest.raises(UsageError) as caught:
        load_settings()
    assert str(caught.value) == message + END


def test_all_faults_at_once_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for (name, value), _ in FAULTS.items():
        monkeypatch.setenv(f"DHUB_{name}", value)
    with pytest.raises(UsageError) as caught:
        load_settings()
    names = {name for name, _ in FAULTS}
    assert names == set(re.findall(r"DHUB_(\w+) must", str(caught.value)))
    assert "secret" not in str(caught.value)


def test_nothing_set_means_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DHUB_DATA_DIR", "~/somewhere")
    monkeypatch.setenv("DHUB_SCALE", "")
    settings = load_settings()
    assert settings.embedded
    assert settings.data_dir == Path.home() / "somewhere"


def test_unknown_variables_are_tolerated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DHUB_TELEMETRY", "1")
    Path(".env").write_text("\nDHUB_UNHEARD_OF=1\nPATH_OF_SOMETHING=2\n")
    told: list[str] = []
    assert load_settings(told.append).embedded
    assert told == [
        "DHUB_TELEMETRY in the environment is no setting of dhub and counts for nothing.",
        "DHUB_UNHEARD_OF in .env, line 2, is no setting of dhub and counts for nothing.",
    ]


@pytest.mark.parametrize("host", ["db.example.com", "::1", "/var/run/postgresql", "@abstract"])
def test_hosts(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DHUB_PG_HOST", host)
    settings = load_settings()
    assert settings.pg_host == host
    assert not settings.embedded


def test_a_secret_is_not_shown() -> None:
    Path(".env").write_text('DHUB_PG_HOST=file\nDHUB_PG_PASSWORD="p w#1"\n')
    settings = load_settings()
    assert settings.pg_password is not None
    assert settings.pg_password.get_secret_value() == "p w#1"
    assert "p w#1" not in repr(settings)


def test_some_urls_without_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    for database in DATABASES[:4]:
        monkeypatch.setenv(f"DHUB_{database.upper()}_URL", URL.format(database))
    with pytest.raises(UsageError) as caught:
        load_settings()
    assert str(caught.value) == (
        "DHUB_INSURANCE_DB_URL, DHUB_COMPLIANCE_DB_URL or DHUB_PG_HOST must be set beside the"
        " other URLs" + END
    )
    monkeypatch.setenv("DHUB_PG_HOST", "h")
    assert set(load_settings().urls) == set(DATABASES[:4])


def test_two_urls_of_one_database(monkeypatch: pytest.MonkeyPatch) -> None:
    for database in DATABASES:
        monkeypatch.setenv(f"DHUB_{database.upper()}_URL", URL.format(database))
    monkeypatch.setenv("DHUB_LOANS_DB_URL", "postgres://other:x@host/accounts_db")
    with pytest.raises(UsageError) as caught:
        load_settings()
    assert str(caught.value) == "DHUB_LOANS_DB_URL names the database of DHUB_ACCOUNTS_DB_URL" + END


def test_env_example_explains_every_variable() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text()
    explained = set(re.findall(r"^#DHUB_(\w+)=", example, re.MULTILINE))
    assert explained == {name.upper() for name in Settings.model_fields}
