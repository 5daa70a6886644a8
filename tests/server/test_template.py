"""A new data folder is a copy of a template, with nothing in common that opens or names."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from fixtures.command import command, environment, templates
from fixtures.server import at_database, open_folder

from dhub.errors import DatabaseFailed, DhubError
from dhub.estate.connections import connect
from dhub.estate.creation import prepare
from dhub.estate.databases import DATABASES, Estate
from dhub.estate.opened import open_estate
from dhub.server import cluster, postmaster, template
from dhub.server.account import Account, server_account
from dhub.server.home import OWNER, READER, Home
from dhub.server.lifetime import halt, running
from dhub.settings import Settings

ACCOUNT = server_account(Path("/nowhere"))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for data folders and templates that the server can reach."""
    made = open_folder()
    yield made
    for home in made.glob("home*"):
        with suppress(DhubError):
            halt(Home(home))
    shutil.rmtree(made)


@pytest.fixture
def cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where templates are kept in this test; not the first data folder of its machine."""
    (folder / "cache").mkdir(mode=0o755 if os.geteuid() == 0 else 0o700)
    monkeypatch.setenv(template.SETTING, str(folder / "cache"))
    return folder / "cache"


def made(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "lock")


def is_bare(estate: Estate) -> bool:
    """Whether its server has no database of the bank yet: no template was copied."""
    with psycopg.connect(at_database(estate.urls["employees_db"], "postgres")) as conn:
        names = {name for (name,) in conn.execute("SELECT datname FROM pg_database")}
    return not names & set(DATABASES)


def identity(estate: Estate) -> set[str]:
    found = set()
    for database in DATABASES:
        with connect(estate, database, autocommit=True) as conn:
            row = conn.execute("SELECT estate_id FROM dhub.estate").fetchone()
            assert row
            found.add(row[0])
    return found


def test_two_copies_share_neither_names_nor_passwords(folder: Path) -> None:
    names, passwords = [], []
    for number in (1, 2):
        home = folder / f"home{number}"
        with open_estate(Settings(data_dir=home)) as estate:
            assert not any(prepare(estate).values()), "what a template has is not migrated again"
            names.append(identity(estate))
            for role in (OWNER, READER):
                told = Home(home).password(role)
                with log_in(home, role, told) as conn:
                    assert conn.info.user == role
                passwords.append(told)
                for other in {*passwords} - {told}:
                    with pytest.raises(psycopg.OperationalError, match="password authentication"):
                        log_in(home, role, other)
        assert stat.S_IMODE((home / "data").stat().st_mode) == 0o700
    assert len(made(templates())) == 1
    assert names[0] != names[1] and len(names[0]) == len(names[1]) == 1 and None not in names[0]
    assert len(set(passwords)) == 4


def test_a_copy_is_written_out_once_its_server_has_started(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its first files wait for all of the copy; what initdb made is not written out."""
    running_then: list[bool] = []
    sync = cluster.sync_beside

    def noted(home: Home, account: Account) -> None:
        found = postmaster.find(home)
        running_then.append(found is not None and found.ready)
        sync(home, account)

    monkeypatch.setattr(cluster, "sync_beside", noted)
    with open_estate(Settings(data_dir=folder / "home")):
        assert running_then == [True]
    monkeypatch.setenv(template.SETTING, "off")
    with open_estate(Settings(data_dir=folder / "home2")):
        assert running_then == [True]


def log_in(home: Path, role: str, password: str) -> psycopg.Connection:
    return psycopg.connect(
        host=str(Home(home).sockets), port=postmaster.SOCKET_PORT, user=role, password=password,
        dbname="employees_db",
    )  # fmt: skip


def test_a_template_knows_no_password_and_no_estate(folder: Path) -> None:
    with open_estate(Settings(data_dir=folder / "home")):
        pass
    (kept,) = templates().glob("server-*")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert asked(folder, kept, "SELECT count(*) AS n FROM pg_authid WHERE rolpassword <> ''") == "0"
    for database in DATABASES:
        query = "SELECT count(*) AS n FROM dhub.estate WHERE estate_id IS NOT NULL"
        assert asked(folder, kept, query, database) == "0"
    secrets = [Home(folder / "home").password(role).encode() for role in (OWNER, READER)]
    for path in kept.rglob("*"):
        if path.is_file():
            assert not any(each in path.read_bytes() for each in secrets), path


def asked(folder: Path, data: Path, query: str, database: str = "postgres") -> str:
    """The answer of a copy of it, by the server that asks for no login."""
    copy = folder / "asked"
    template.copy_slowly(data, copy, ACCOUNT)
    program = cluster.programs(folder, ACCOUNT) / "postgres"
    done = subprocess.run(
        [program, "--single", "-D", copy, database],
        input=f"{query};\n", capture_output=True, text=True, check=True, cwd="/", **ACCOUNT.popen,
    )  # fmt: skip
    return done.stdout.partition('n = "')[2].partition('"')[0]


def test_logins_cost_little_and_only_those(folder: Path) -> None:
    with open_estate(Settings(data_dir=folder / "home")) as estate:
        prepare(estate)
        with connect(estate, "employees_db", autocommit=True) as conn:
            query = (
                "SELECT rolname, split_part(rolpassword, ':', 1) FROM pg_authid WHERE rolcanlogin"
            )
            found = {role: told.split("$")[1] for role, told in conn.execute(query)}
            assert found == {OWNER: "1", READER: "1"}
            # A person's password can be guessed, and is worth the work.
            assert conn.execute("SHOW scram_iterations").fetchone() == ("4096",)


def test_the_first_of_a_machine_makes_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = folder / "new" / "cache"
    monkeypatch.setenv(template.SETTING, str(cache))
    for number, kept in ((1, 0), (2, 1)):
        with open_estate(Settings(data_dir=folder / f"home{number}")) as estate:
            assert len(list(cache.glob("server-*"))) == kept
            assert is_bare(estate) == (not kept)


def test_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(template.SETTING, "off")
    with open_estate(Settings(data_dir=folder / "home")) as estate:
        assert is_bare(estate)
    assert made(folder) == ["home"]


@pytest.fixture
def kept(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A template of this test's own."""
    usual = template.path_of(templates(), ACCOUNT)
    if not template.is_whole(usual, ACCOUNT):
        monkeypatch.setenv(template.SETTING, str(templates()))
        with open_estate(Settings(data_dir=folder / "home")):
            monkeypatch.setenv(template.SETTING, str(cache))
    template.copy_slowly(usual, cache / usual.name, ACCOUNT)
    assert template.is_whole(cache / usual.name, ACCOUNT)
    return cache / usual.name


def test_one_without_its_version_is_not_whole(kept: Path) -> None:
    (kept / "PG_VERSION").unlink()
    assert not template.is_whole(kept, ACCOUNT)


@pytest.mark.parametrize("harm", ["cut", "open"])
def test_one_that_is_not_whole_is_made_anew(
    harm: str, folder: Path, cache: Path, kept: Path
) -> None:
    """One that is seen to be none before it is copied, and one of which a copy does not work."""
    if harm == "open":
        kept.chmod(0o755)
    else:
        (kept / "global" / "pg_control").write_bytes(b"")
    assert template.is_whole(kept, ACCOUNT) == (harm == "cut")
    for number in (1, 2):
        with open_estate(Settings(data_dir=folder / f"home{number}")) as estate:
            prepare(estate)
            assert len(identity(estate)) == 1
    assert template.is_whole(kept, ACCOUNT)
    assert [name for name in made(cache) if name.startswith("part-")] == []


def test_what_a_killed_dhub_left_is_cleared(folder: Path, cache: Path) -> None:
    env = environment({"DHUB_DATA_DIR": str(folder / "home1"), template.SETTING: str(cache)})
    killed = subprocess.Popen(command("db", "init"), env=env, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while not list(cache.glob("part-*/data/postmaster.pid")):
        assert time.monotonic() < end and killed.poll() is None
        time.sleep(0.01)
    killed.kill()
    killed.wait()
    (left,) = cache.glob("part-*")
    with open_estate(Settings(data_dir=folder / "home2")) as estate:
        assert not any(prepare(estate).values())
    assert len(made(cache)) == 1 and not left.exists()
    assert postmaster.find(Home(left)) is None


def test_a_furnishing_that_fails_costs_nothing(folder: Path, cache: Path) -> None:
    def fail(home: Home) -> None:
        raise DatabaseFailed("no")

    with running(Home(folder / "home"), furnish=fail) as found:
        assert found.ready
    assert made(cache) == []


def test_the_program_cp_is_enough(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for root, whose server runs as an account that may not write beside root's files."""
    monkeypatch.setenv(template.SETTING, str(templates()))
    with open_estate(Settings(data_dir=folder / "home1")):
        pass
    monkeypatch.delattr(template, "copy_slowly")
    with open_estate(Settings(data_dir=folder / "home2")) as estate:
        assert not is_bare(estate)


def test_without_the_program_cp(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template, "start_copy", lambda *given: None)
    with open_estate(Settings(data_dir=folder / "home")) as estate:
        assert not any(prepare(estate).values())


def test_a_folder_that_others_can_write_is_not_used(folder: Path, cache: Path) -> None:
    cache.chmod(0o777)
    with open_estate(Settings(data_dir=folder / "home")) as estate:
        assert is_bare(estate)
    assert list(cache.iterdir()) == []


def test_old_ones_go(folder: Path, cache: Path) -> None:
    for days, name in enumerate(("server-a-0", "server-b-0", "server-c-0"), start=1):
        (cache / name).mkdir(parents=True)
        os.utime(cache / name, (time.time() - days * 86_400,) * 2)
    with open_estate(Settings(data_dir=folder / "home")):
        pass
    (kept,) = (path for path in cache.glob("server-*") if (path / "PG_VERSION").exists())
    assert made(cache) == sorted(["server-a-0", kept.name])


def test_usual_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert template._usual() == Path("/var/cache/dhub")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_CACHE_HOME", "/tmp/xdg")
    if sys.platform == "linux":
        assert template._usual() == Path("/tmp/xdg/dhub")
