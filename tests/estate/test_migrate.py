"""Migrating: whole or not at all, once, whoever else is at it, and never backwards."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from dhub.errors import DatabaseFailed, Refused, UsageError
from dhub.estate import migrate as flow
from dhub.estate.migrate import known, migrate
from dhub.shipped import migrations_dir

NAME = "migrate_test"
ROLE = "migrate_test_role"


@pytest.fixture
def admin(server_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server_url, autocommit=True) as conn:
        yield conn


@pytest.fixture
def url(admin: psycopg.Connection, server_url: str) -> Iterator[str]:
    """An empty database of this test's own."""
    admin.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    admin.execute(f"CREATE DATABASE {NAME}")
    yield make_conninfo(server_url, dbname=NAME)
    admin.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


@pytest.fixture
def role_url(admin: psycopg.Connection, url: str) -> Iterator[str]:
    """The same database for an ordinary role with an unusual password, as a URL."""
    password = "p@ss/w:rd %'\"?#&ü"
    admin.execute(f"DROP ROLE IF EXISTS {ROLE}")
    admin.execute(sql.SQL(f"CREATE ROLE {ROLE} LOGIN PASSWORD {{}}").format(password))
    parts = conninfo_to_dict(url)
    where = f"host={quote(str(parts['host']), safe='')}&port={parts['port']}&sslmode=prefer"
    yield f"postgresql://{ROLE}:{quote(password, safe='')}@/{NAME}?{where}"
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f"DROP OWNED BY {ROLE}")
    admin.execute(f"DROP ROLE {ROLE}")


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of migrations of this test's own, for accounts_db."""
    monkeypatch.setattr(flow, "migrations_dir", lambda: tmp_path)
    (tmp_path / "accounts_db").mkdir()
    return tmp_path / "accounts_db"


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as conn:
        found = conn.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind = 'r'"
        )
        return {row[0] for row in found}


def test_all_files_are_known_in_order() -> None:
    names = list(known("loans_db"))
    assert names == sorted(names)
    assert names[-2:] == ["loans_db/0003_paid_amount", "loans_db/0004_one_storey"]
    assert (migrations_dir() / "dhub").is_dir()


def test_migrating_twice_applies_once(url: str) -> None:
    assert migrate(url, "accounts_db") == list(known("accounts_db"))
    assert migrate(url, "accounts_db") == []
    assert "transactions" in tables(url)


def test_books_are_kept_outside_the_bank(url: str) -> None:
    migrate(url, "customer_db")
    assert not any("yoyo" in name or "migration" in name for name in tables(url))
    with psycopg.connect(url) as conn:
        done = conn.execute(
            "SELECT migration_id FROM dhub.migrations ORDER BY applied_at_utc"
        ).fetchall()
        log = conn.execute("SELECT DISTINCT operation FROM dhub.migration_log").fetchall()
    assert [row[0] for row in done] == list(known("customer_db")) and log == [("apply",)]


def test_nothing_to_do_does_not_import_yoyo(url: str) -> None:
    migrate(url, "loans_db")
    code = (
        "import sys; from dhub.estate.migrate import migrate;"
        f"print(migrate({url!r}, 'loans_db'), 'yoyo' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[] False\n"


def test_several_at_once_apply_once(url: str) -> None:
    together = threading.Barrier(4)

    def start(_: int) -> list[str]:
        together.wait()
        return migrate(url, "insurance_db")

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(start, range(4)))
    assert sorted(done) == [[], [], [], list(known("insurance_db"))]


def test_killed_before_the_record_leaves_nothing_half_done(url: str) -> None:
    code = (
        "import os, signal; from dhub.estate import yoyo_backend, migrate;"
        "yoyo_backend.Backend.mark_one = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL);"
        f"migrate.migrate({url!r}, 'accounts_db')"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == -signal.SIGKILL
    assert tables(url) == set()
    assert migrate(url, "accounts_db") == list(known("accounts_db"))


def test_a_failing_file_changes_nothing(url: str, folder: Path) -> None:
    (folder / "0001_good.sql").write_text("CREATE TABLE public.good (a int);")
    (folder / "0002_bad.sql").write_text("CREATE TABLE public.bad (a int); SELECT 1/0;")
    with pytest.raises(DatabaseFailed, match="could not be migrated: division by zero"):
        migrate(url, "accounts_db")
    assert tables(url) == {"good"}
    (folder / "0002_bad.sql").write_text("CREATE TABLE public.bad (a int);")
    assert migrate(url, "accounts_db") == ["accounts_db/0002_bad"]


def test_text_of_any_kind_passes_unharmed(url: str, folder: Path) -> None:
    (folder / "0001_text.sql").write_text(
        "CREATE TABLE t (a text DEFAULT '100 %s :name ; é');\n"
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; SELECT 2; $$;",
        encoding="utf-8",
    )
    migrate(url, "accounts_db")
    with psycopg.connect(url) as conn:
        conn.execute("INSERT INTO public.t DEFAULT VALUES")
        assert conn.execute("SELECT a, public.f() FROM t").fetchone() == ("100 %s :name ; é", 2)


def test_a_newer_schema_is_refused(url: str, folder: Path) -> None:
    (folder / "0001_now.sql").write_text("CREATE TABLE public.now (a int);")
    (folder / "0002_later.sql").write_text("CREATE TABLE public.later (a int);")
    migrate(url, "accounts_db")
    (folder / "0002_later.sql").unlink()
    (folder / "0003_other.sql").write_text("CREATE TABLE public.other (a int);")
    with pytest.raises(Refused) as caught:
        migrate(url, "accounts_db")
    assert str(caught.value).startswith(f"accounts_db (database {NAME}) is ahead of this dhub (")
    assert "its migration accounts_db/0002_later. Upgrade dhub" in str(caught.value)
    assert tables(url) == {"now", "later"}


def test_a_role_without_rights_is_told_the_grants(
    url: str, role_url: str, admin: psycopg.Connection
) -> None:
    with pytest.raises(UsageError) as caught:
        migrate(role_url, "accounts_db")
    grant = f"GRANT CREATE ON DATABASE {NAME} TO {ROLE}"
    assert f"role {ROLE} may not change the schema. Let its owner run: {grant}" in str(caught.value)
    assert tables(url) == set()
    with psycopg.connect(url, autocommit=True) as conn:
        for remedy in str(caught.value).split("run: ")[1].split("; "):
            conn.execute(remedy.encode())
    assert migrate(role_url, "accounts_db") == list(known("accounts_db"))


def test_a_lock_that_is_not_given_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "_PATIENCE", "50ms")
    with psycopg.connect(url) as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", (flow._LOCK_CLASS, flow._MIGRATE))
        with pytest.raises(DatabaseFailed, match=r"within 50ms: .* by pid \d+ \(role"):
            migrate(url, "accounts_db")


def test_an_unreachable_server_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DatabaseFailed, match=r"^loans_db \(x\) cannot be reached: ") as caught:
        migrate(f"postgresql://u:secret@/x?host={tmp_path}", "loans_db")
    assert "secret" not in str(caught.value)
