"""What a crew promises, held by processes here and by workers of a cluster alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from fixtures.cluster import IMPORTS, Cluster, Two, until
from fixtures.works import Sees, Squares

from dhub.errors import ClusterFailed, MachineFailed, Refused, UsageError
from dhub.flow import cluster
from dhub.flow.cluster import DaskCrew, read_address
from dhub.flow.crew import Crew, Hands
from dhub.flow.worker import Task

TASKS = [Task(number, ()) for number in range(1, 31)]


@pytest.fixture(params=["processes", "cluster"])
def a_crew(request: pytest.FixtureRequest) -> Callable[[], AbstractContextManager[Hands]]:
    """Makes a crew of two."""
    if request.param == "processes":
        return lambda: Crew(2)
    two: Two = request.getfixturevalue("two_workers")
    assert two.pids
    return lambda: DaskCrew(two.address)


def test_all_is_done_and_told_once_again_and_again(
    a_crew: Callable[[], AbstractContextManager[Hands]], tmp_path: Path
) -> None:
    with a_crew() as crew:
        assert crew.size == 2
        for _ in range(2):
            heard: list[int] = []
            crew.run(Squares(folder=tmp_path), TASKS, heard.append)
            assert sorted(heard) == [task.shard**2 for task in TASKS]
        crew.stop(at_once=False)
        until(lambda: len(list(tmp_path.glob("closed-*"))) == 2)
    assert len(list(tmp_path.glob("opened-*"))) == 2


def test_a_task_waits_until_it_is_ready(
    a_crew: Callable[[], AbstractContextManager[Hands]],
) -> None:
    heard: list[int] = []
    with a_crew() as crew:
        crew.run(Squares(), TASKS[:6], heard.append, lambda task: len(heard) >= task.shard - 1)
    assert heard == [1, 4, 9, 16, 25, 36]


def test_an_error_of_dhub_is_raised_as_it_was_and_not_tried_again(
    a_crew: Callable[[], AbstractContextManager[Hands]],
) -> None:
    heard: list[int] = []
    with pytest.raises(Refused) as raised, a_crew() as crew:
        crew.run(Squares(refused=3), TASKS, heard.append)
    assert str(raised.value) == "shard 3 is refused.\nUndo that."
    assert raised.value.exit_code == 3
    assert "in _do" in raised.value.__notes__[0]
    assert 9 not in heard and len(set(heard)) == len(heard)


def test_a_probe_is_made_where_it_may_fail(two_workers: Two, tmp_path: Path) -> None:
    assert two_workers.pids
    with Crew(2) as crew:
        crew.check(Sees(tmp_path / "none"))
    with DaskCrew(two_workers.address) as crew:
        crew.check(Sees(tmp_path))
        with pytest.raises(Refused) as raised:
            crew.check(Sees(tmp_path / "none"))
    assert re.fullmatch(r"worker tcp://\S+: none is not there\.", str(raised.value))


def test_a_task_that_kills_every_worker_is_told_plainly(two_workers: Two) -> None:
    assert two_workers.pids
    with pytest.raises(MachineFailed) as raised, DaskCrew(two_workers.address) as crew:
        crew.run(Squares(deadly=2), TASKS[:4], lambda word: None)
    assert str(raised.value) == (
        f"4 workers of {two_workers.address} died one after the other over the same task; they were"
        " killed, or ran out of memory. `dhub seed resume` finishes the run, with more memory for "
        "each."
    )


def test_who_joins_in_the_middle_must_fit_too(lone_scheduler: Cluster, tmp_path: Path) -> None:
    said: list[str] = []
    with lone_scheduler.workers(env=IMPORTS), DaskCrew(lone_scheduler.address, said.append) as crew:
        assert said == [f"1 worker of {lone_scheduler.address}"]
        heard: list[int] = []
        with lone_scheduler.workers(threads=2, env=IMPORTS), pytest.raises(UsageError) as raised:
            crew.run(Squares(seconds=0.2), TASKS, heard.append)
    assert "which joined, has 2 threads, and must have one" in str(raised.value)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No patience with what is not there."""
    for name in ("_PATIENCE", "_FOR_WORKERS"):
        monkeypatch.setattr(cluster, name, 0.5)
    yield


def test_without_a_scheduler_or_workers(quick: None, lone_scheduler: Cluster) -> None:
    with pytest.raises(ClusterFailed, match="No scheduler answers at tcp://127.0.0.1:1 "):
        DaskCrew("tcp://127.0.0.1:1").__enter__()
    said: list[str] = []
    with pytest.raises(ClusterFailed, match="has no workers, after 0 seconds") as raised:
        DaskCrew(lone_scheduler.address, said.append).__enter__()
    assert said == [f"waiting for workers of {lone_scheduler.address}"]
    assert raised.value.exit_code == 4


@pytest.mark.parametrize(
    "text",
    ["", "localhost", "localhost:8786", "http://a:8786", "tcp://a", "tcp://a:0", "tcp://a:65536",
     "tcp://a:1/x", "tcp://u:p@a:1", "tcp://a b:1", "TCP://a:1"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--cluster"):
        read_address(text)


def test_tls_needs_certificates() -> None:
    with pytest.raises(UsageError, match="tls://127.0.0.1:1 wants certificates"):
        DaskCrew("tls://127.0.0.1:1").__enter__()


@pytest.mark.parametrize("text", ["tcp://a:8786", "tls://a.b-c:1", "tcp://[::1]:65535"])
def test_an_address(text: str) -> None:
    assert read_address(f"{text}/") == read_address(text) == text
