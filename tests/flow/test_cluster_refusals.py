"""What keeps workers from a bank is found before anything is written, and no password travels."""

from __future__ import annotations

import os
import pickle
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
from fixtures.cluster import Cluster, Run, Two, password, scheduler, until
from fixtures.command import Dhub, Stem, asked, environment, runner
from fixtures.estates import run_sql
from fixtures.server import Server, variables

import dhub as package
from dhub.errors import UsageError
from dhub.estate import travel
from dhub.estate.databases import Estate
from dhub.estate.travel import Places, Reaches
from dhub.flow.bucket import Bucket
from dhub.flow.crew import Crew, Job
from dhub.flow.parts import FOLDER
from dhub.flow.reach import Touches, reach
from dhub.flow.remote import packed
from dhub.flow.storage import Disk

SMALL = ("--customers", "120", "--employees", "40", "--seed", "5", "--as-of", "2026-11-20")


@pytest.fixture
def dhub(tmp_path: Path, remote: Stem) -> Dhub:
    return runner(remote, tmp_path)


def made(server_url: str, estate: Estate) -> list[str]:
    """The databases of an estate that exist."""
    with psycopg.connect(server_url) as conn:
        there = {name for (name,) in conn.execute("SELECT datname FROM pg_database")}
    return [url for url in estate.urls.values() if urlsplit(url).path[1:] in there]


# ------------------------------------------------------------------------------- what they are


@pytest.fixture(scope="module")
def another_dhub(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a worker that has a later dhub."""
    folder = tmp_path_factory.mktemp("later")
    source = Path(package.__file__).parent
    shutil.copytree(source, folder / "dhub", ignore=shutil.ignore_patterns("__pycache__"))
    init = folder / "dhub" / "__init__.py"
    later = init.read_text().replace(f'"{package.__version__}"', '"9.9.9"')
    init.write_text(later)
    assert "9.9.9" in later
    return {"PYTHONPATH": str(folder)}


def test_workers_that_are_not_like_us_are_named(
    lone_scheduler: Cluster, another_dhub: dict[str, str], dhub: Dhub, tmp_path: Path
) -> None:
    address = lone_scheduler.address
    (tmp_path / "none" / "dhub").mkdir(parents=True)
    (tmp_path / "none" / "dhub" / "__init__.py").touch()
    without = {"PYTHONPATH": str(tmp_path / "none")}
    words = ("export", "bank", "--format", "csv", *SMALL, "--cluster", address)
    with lone_scheduler.workers(env=another_dhub), lone_scheduler.workers(threads=3):
        with lone_scheduler.workers(env=without):
            none = dhub(*words)
        done = dhub(*words)
    assert done.code == 2
    ours = re.escape(package.__version__)
    later = rf"worker tcp://\S+ has dhub 9\.9\.9 \(bank format \d+\) instead of {ours} \("
    assert re.search(later, done.err), done.err
    assert none.code == 2
    assert re.match(rf"dhub: worker tcp://\S+ has no dhub {ours} \(", none.err), none.err
    assert re.search(
        r"worker tcp://\S+ has 3 threads, and must have one \(--nthreads 1\)", done.err
    )
    assert f"dask worker {address} --nthreads 1" in done.err and done.err.count("\n") == 2
    assert not (tmp_path / "bank").exists()


UNASKED = """
import asyncio, gc, sys
from dhub.flow.cluster import DaskCrew
with DaskCrew(sys.argv[1]):
    future = asyncio.new_event_loop().create_future()
    future.set_exception(TimeoutError("Timeout"))
    del future
    gc.collect()
"""


def test_what_the_client_forgot_to_ask_for_is_not_told(
    two_workers: Two, remote: Stem, tmp_path: Path
) -> None:
    """As on a busy machine, where Dask's own farewell may come too late."""
    done = remote.run(asked((two_workers.address,), environment(), tmp_path, code=UNASKED), 120)
    assert (done.code, done.err) == (0, "")


def test_a_scheduler_without_dhub_is_named(dhub: Dhub, remote: Stem, tmp_path: Path) -> None:
    (tmp_path / "none" / "dhub").mkdir(parents=True)
    (tmp_path / "none" / "dhub" / "__init__.py").touch()
    env = {"PYTHONPATH": str(tmp_path / "none")}
    with scheduler(tmp_path, remote, env) as bare, bare.workers():
        done = dhub("export", "bank", "--format", "csv", *SMALL, "--cluster", bare.address)
    told = f"dhub: The scheduler at {bare.address} cannot load dhub {package.__version__} ("
    assert done.code == 2 and done.err.startswith(told), done.err
    assert not (tmp_path / "bank").exists()


def test_workers_here_or_there(dhub: Dhub, tmp_path: Path) -> None:
    words = ("export", "bank", "--format", "csv", *SMALL, "--workers", "1")
    both = dhub(*words, "--cluster", "tcp://127.0.0.1:1")
    assert (both.code, both.err.count("\n")) == (2, 1)
    assert "leave one of them out" in both.err and not (tmp_path / "bank").exists()
    bad = dhub(*words[:-2], env={"DHUB_CLUSTER": "scheduler"})
    assert bad.code == 2 and bad.err.startswith("dhub: --cluster or DHUB_CLUSTER scheduler: must")
    here = dhub(*words, env={"DHUB_CLUSTER": "tcp://127.0.0.1:1"})
    assert here.code == 0, here.err


# ----------------------------------------------------------------------------- what they reach


def test_a_worker_without_the_password_is_told_where_it_goes(
    lone_scheduler: Cluster, new_estate: Estate, server: Server, dhub: Dhub
) -> None:
    with lone_scheduler.workers():
        env = variables(new_estate) | {"DHUB_CLUSTER": lone_scheduler.address}
        done = dhub("seed", "all", *SMALL, env=env)
    assert done.code == 2, done.err
    assert "Passwords do not travel: workers take theirs from their own environment, " in done.err
    assert "DHUB_EMPLOYEES_DB_URL, DHUB_PG_PASSWORD, PGPASSWORD or ~/.pgpass." in done.err
    assert unquote(urlsplit(server.url).password or "?") not in done.err
    assert made(server.url, new_estate) == []


def test_a_worker_that_knows_another_bank_is_refused_and_one_that_knows_ours_is_not(
    lone_scheduler: Cluster, migrated: Estate, ready_estate: Estate, dhub: Dhub
) -> None:
    env = variables(ready_estate) | {"DHUB_CLUSTER": lone_scheduler.address}
    theirs = variables(ready_estate) | {
        "DHUB_LOANS_DB_URL": variables(migrated)["DHUB_LOANS_DB_URL"]
    }
    with lone_scheduler.workers(env=theirs):
        done = dhub("seed", "all", *SMALL, env=env)
    assert done.code == 2
    assert "its loans_db is another database than that of this command" in done.err
    assert run_sql(ready_estate, "loans_db", "SELECT count(*) FROM dhub.runs") == [(0,)]
    with lone_scheduler.workers(env=variables(ready_estate)):
        done = dhub("seed", "all", *SMALL, env=env)
    assert done.code == 0, done.err


def test_databases_that_are_to_be_made_are_made_once_workers_reach_the_server(
    two_workers: Two, new_estate: Estate, server: Server, dhub: Dhub
) -> None:
    assert two_workers.pids
    env = variables(new_estate) | {"DHUB_CLUSTER": two_workers.address}
    done = dhub("seed", "all", *SMALL, env=env)
    assert done.code == 0, done.err
    assert len(made(server.url, new_estate)) == 6


PLACES = {name: f"postgresql://ann:secret@localhost/{name}" for name in ("loans_db", "accounts_db")}


@pytest.mark.parametrize(
    ("estate", "told"),
    [
        (
            Estate(PLACES),
            "loans_db is at localhost or a socket of driver, which is another machine",
        ),
        (Estate({"loans_db": "postgresql:///loans_db?host=/run"}), "Name it as workers reach it"),
        (Estate(PLACES, embedded=True), "the embedded server is reached from driver alone"),
    ],
)
def test_what_only_the_driver_reaches_is_refused_elsewhere(
    estate: Estate, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(travel, "gethostname", lambda: "driver")
    places = Places.of(estate)
    monkeypatch.setattr(travel, "gethostname", lambda: "worker")
    with pytest.raises(UsageError, match=re.escape(told)):
        places.at_home()
    monkeypatch.setenv("DHUB_PG_HOST", "db.example")  # said there, it is known there
    assert places.at_home().urls["loans_db"] == "postgresql://db.example/loans_db"


def test_a_worker_that_knows_some_databases_must_know_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DHUB_PG_HOST", "db.example")
    for name in ("EMPLOYEES", "CUSTOMER", "ACCOUNTS", "LOANS", "INSURANCE", "COMPLIANCE"):
        monkeypatch.setenv(f"DHUB_{name}_DB_URL", f"postgresql://db.example/{name.lower()}")
    monkeypatch.delenv("DHUB_PG_HOST")
    with pytest.raises(UsageError, match=r"Set DHUB_WAREHOUSE_DB_URL there, too\.$"):
        Places.of(Estate({"warehouse_db": "postgresql://a/warehouse_db"})).at_home()


def test_the_embedded_server_is_found_by_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    places = Places.of(Estate(PLACES, embedded=True))
    monkeypatch.setenv("DHUB_DATA_DIR", str(Path.cwd() / "none"))
    with pytest.raises(UsageError, match="its embedded server is that of"):
        places.at_home()


def test_a_folder_that_is_not_shared_is_refused(tmp_path: Path) -> None:
    ours, theirs = Disk(tmp_path / "ours"), Disk(tmp_path / "theirs")
    ours.put("probe", b"dhub\n")
    Touches(ours, "probe", "driver")()
    assert list(ours.names()) == ["probe"]
    with pytest.raises(UsageError, match="is not that of driver. Name a folder that all machines"):
        Touches(theirs, "probe", "driver")()


def test_trying_a_storage_leaves_nothing_there(tmp_path: Path) -> None:
    seen = []

    class Looking(Crew):
        def check(self, probe: object, lasting: bool = True) -> None:
            assert isinstance(probe, Touches)
            seen.extend(probe.storage.names())

    reach(Disk(tmp_path / "new"), Looking(0))
    assert len(seen) == 1 and seen[0].startswith(f"{FOLDER}/probe-")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("s3://bucket/bank?region=us-east-1", False),
        ("s3://key:secret@bucket/bank", True),
        ("s3://bucket/bank?secret_key=x", True),
    ],
)
def test_keys_in_a_url_do_not_travel(url: str, secret: bool, tmp_path: Path) -> None:
    assert Bucket(url).has_secrets is secret
    if secret:
        with pytest.raises(UsageError, match="The URL holds keys, which would travel"):
            reach(Bucket(url), Crew(0))


# ------------------------------------------------------------------------------- what travels


def test_no_password_is_in_what_travels(server: Server, migrated: Estate) -> None:
    word = unquote(urlsplit(server.url).password or "")
    with_all = Estate(migrated.urls, reader_password=server.reader_password, beside=migrated.urls)
    for thing in (Reaches.of(with_all), Job("dhub.bank:BANK", None, with_all, "run", "me", 6)):  # type: ignore[arg-type]
        assert word in str(pickle.dumps(thing)) and word not in str(thing)
        kept = packed(thing)
        for secret in (word, server.reader_password):
            assert secret.encode() not in kept
        assert b"loans_db" in kept


def test_what_travelled_is_completed_by_the_workers_own_environment(
    server: Server, migrated: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    reaches = packed(Reaches.of(replace(migrated, embedded=False)))
    with pytest.raises(UsageError, match="Passwords do not travel"):
        pickle.loads(reaches)()
    monkeypatch.setenv("PGPASSWORD", password(server)["PGPASSWORD"])
    pickle.loads(reaches)()
    assert os.environ["PGPASSWORD"]  # the next task needs it again


# ----------------------------------------------------------------------------- how a run ends


def test_an_error_is_told_as_it_is_here(
    two_workers: Two, migrated: Estate, copy_of: object, dhub: Dhub
) -> None:
    """Of a trigger of the user's own, which a worker meets."""
    assert two_workers.pids
    ends = []
    for env in ({}, {"DHUB_CLUSTER": two_workers.address}):
        estate = copy_of(migrated)  # type: ignore[operator]
        run_sql(
            estate,
            "loans_db",
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'not on my watch'; END $$",
            "CREATE TRIGGER no BEFORE INSERT ON collateral FOR EACH ROW EXECUTE FUNCTION no()",
            "ALTER TABLE collateral ENABLE ALWAYS TRIGGER no",
        )
        done = dhub("seed", "all", *SMALL, env=variables(estate) | env)
        ends.append((done.code, [line for line in done.err.splitlines() if "dhub: " in line]))
    assert ends[0] == ends[1]
    assert ends[0][0] == 3 and "not on my watch" in ends[0][1][0]


@pytest.fixture
def doomed(tmp_path: Path, remote: Stem, server: Server) -> Iterator[Cluster]:
    """A cluster of one worker, for this test alone."""
    with scheduler(tmp_path, remote) as cluster, cluster.workers(env=password(server)):
        yield cluster


def test_a_scheduler_that_ends_in_the_middle(
    doomed: Cluster, ready_estate: Estate, dhub: Dhub, begun: Callable[..., Run]
) -> None:
    env = variables(ready_estate)
    run = begun("seed", "all", *SMALL, "--cluster", doomed.address, env=env)
    until(
        lambda: run_sql(ready_estate, "compliance_db", "SELECT 1 FROM dhub.runs"),
        lambda: run.err,
    )
    doomed.scheduler.process.send_signal(signal.SIGKILL)
    assert run.end() == 4
    last = run.err.splitlines()[-1]
    assert last.startswith(f"dhub: The cluster at {doomed.address} was lost: its scheduler ended")
    assert last.endswith("`dhub seed resume` finishes the run.") and run.err.count("dhub: ") == 1
    resumed = dhub("seed", "resume", env=env)
    assert resumed.code == 0, resumed.err
