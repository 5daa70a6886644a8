"""On a cluster, whoever dies there: the bytes of a run here, or a word that says what to do."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from fixtures.cluster import Run, Two, until
from fixtures.command import Dhub, Stem, runner
from fixtures.estates import run_sql
from fixtures.server import variables

from dhub.estate.connections import connect
from dhub.estate.databases import Estate

BANK = ("--customers", "2100", "--employees", "40", "--seed", "5", "--as-of", "2026-11-20")
SMALL = ("--customers", "120", *BANK[2:])
Begin = Callable[..., Run]
PARTS = {"DHUB_PART_SHARDS": "1"}


@pytest.fixture
def dhub(tmp_path: Path, remote: Stem) -> Dhub:
    return runner(remote, tmp_path)


@pytest.fixture(scope="module")
def alone(remote: Stem, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """The bank as files, written by this machine's processes."""

    def exported(*words: str, env: Mapping[str, str] | None = None) -> Path:
        folder = tmp_path_factory.mktemp("alone")
        done = runner(remote, folder)("export", "bank", *words, *BANK, env=env)
        assert done.code == 0, done.err
        return folder / "bank"

    return exported


@pytest.fixture(scope="module")
def here(alone: Callable[..., Path]) -> Path:
    return alone("--format", "parquet", "--workers", "2")


@pytest.fixture(scope="module")
def parts(alone: Callable[..., Path]) -> dict[str, bytes]:
    return files(alone("--format", "csv", "--workers", "1", env=PARTS))


def files(folder: Path) -> dict[str, bytes]:
    found = (each for each in folder.rglob("*") if each.is_file())
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in found}


def digest(folder: Path) -> str:
    return str(json.loads((folder / "manifest.json").read_text())["digest"])


def holds(dhub: Dhub, env: dict[str, str], wanted: str) -> None:
    """The databases hold what was recorded, and that is what was wanted."""
    verified = dhub("verify", "--digest", "--json", env=env)
    assert verified.code == 0, verified.err
    assert verified.json["computed"] == wanted
    assert dhub("seed", "status", "--json", env=env).json["state"] == "complete"


def held(estate: Estate, run: Run) -> object:
    """A lock for which the run waits, once it does: its shards are begun and cannot end."""
    conn = connect(estate, "accounts_db")
    until(lambda: run_sql(estate, "accounts_db", "SELECT 1 FROM dhub.deferred"), lambda: run.err)
    conn.execute("LOCK TABLE accounts IN SHARE MODE")
    waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'accounts'::regclass"
    until(lambda: len(run_sql(estate, "accounts_db", waits)) == 2, lambda: run.err)
    return conn


def test_files_are_those_of_this_machine_though_a_worker_is_killed(
    here: Path, two_workers: Two, begun: Begin, tmp_path: Path
) -> None:
    folder = tmp_path / "bank"
    run = begun(
        "export", str(folder), "--format", "parquet", *BANK, "--cluster", two_workers.address
    )
    run.until("2 workers of tcp://")
    victim = two_workers.pids[0]
    os.kill(victim, signal.SIGSTOP)  # what it has cannot end before it is killed
    until(lambda: list(folder.glob("*/*.part")), lambda: run.err)
    os.kill(victim, signal.SIGKILL)
    assert run.end() == 0, run.err
    assert re.search(r"worker tcp://\S+ is lost; what it did goes to others", run.err)
    assert files(folder) == files(here)


@pytest.mark.parametrize("victim", ["worker", "driver"])
def test_parts_are_the_same_though_one_is_killed(
    victim: str,
    parts: dict[str, bytes],
    two_workers: Two,
    begun: Begin,
    dhub: Dhub,
    tmp_path: Path,
) -> None:
    words = ("--format", "csv", *BANK)
    folder, env = tmp_path / "bank", PARTS | {"DHUB_CLUSTER": two_workers.address}
    pid = two_workers.pids[0]
    run = begun("export", str(folder), *words, env=env)
    run.until("2 workers of tcp://")
    until(lambda: (folder / "_parts" / "plan.json").exists(), lambda: run.err)
    if victim == "worker":
        os.kill(pid, signal.SIGKILL)
        assert run.end() == 0, run.err
    else:
        run.process.kill()
        run.end()
        resumed = dhub("export", str(folder), *words, "--resume", env=env)
        assert resumed.code == 0, resumed.err
    assert files(folder) == parts


def test_a_relative_folder_is_meant_from_here(two_workers: Two, dhub: Dhub, tmp_path: Path) -> None:
    assert two_workers.pids
    env = PARTS | {"DHUB_CLUSTER": two_workers.address}
    done = dhub("export", "bank", "--format", "csv", *SMALL, env=env)
    assert done.code == 0, done.err
    assert (tmp_path / "bank" / "manifest.json").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("plaid", "generate", "FOLDER", "--users", "40"),
        ("warehouse", "export", "FOLDER", "--format", "csv", "--profile", "guide", *SMALL),
    ],
)
def test_other_data_sets_are_those_of_this_machine(
    words: tuple[str, ...], two_workers: Two, dhub: Dhub, tmp_path: Path
) -> None:
    assert two_workers.pids
    for name, env in (("here", {}), ("there", {"DHUB_CLUSTER": two_workers.address})):
        done = dhub(*(name if each == "FOLDER" else each for each in words), env=env)
        assert done.code == 0, done.err
    assert len(files(tmp_path / "here")) > 5
    assert files(tmp_path / "there") == files(tmp_path / "here")


def test_a_bank_is_the_same_though_a_worker_is_killed(
    here: Path, two_workers: Two, begun: Begin, ready_estate: Estate, dhub: Dhub
) -> None:
    env = variables(ready_estate)
    run = begun("seed", "all", *BANK, "--cluster", two_workers.address, env=env)
    with held(ready_estate, run):
        two_workers.kill()
        run.until("is lost")
    assert run.end() == 0, run.err
    holds(dhub, env, digest(here))


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_was_ended_is_finished(
    way: signal.Signals,
    here: Path,
    two_workers: Two,
    begun: Begin,
    ready_estate: Estate,
    dhub: Dhub,
) -> None:
    env = variables(ready_estate) | {"DHUB_CLUSTER": two_workers.address}
    run = begun("seed", "all", *BANK, env=env)
    with held(ready_estate, run):
        run.process.send_signal(way)
        code = run.end()
    if way == signal.SIGINT:
        assert code == 130
        assert run.err.endswith("dhub: Interrupted. `dhub seed resume` finishes the run.\n")
    resumed = dhub("seed", "resume", env=env)
    assert resumed.code == 0, resumed.err
    assert resumed.err.startswith("2 workers of tcp://")
    holds(dhub, env, digest(here))
