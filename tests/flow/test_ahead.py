"""What is made before its turn: the same rows, used up once."""

from __future__ import annotations

import pytest
from fixtures.tiny_bank import BANK, NAME, TABLES, checksums, tiny_plan
from fixtures.works import Squares

from dhub.flow import ahead, orchestrate
from dhub.flow.ahead import Ahead, slices
from dhub.flow.crew import Crew
from dhub.flow.sinks.memory import MemorySink
from dhub.flow.worker import Task, work

PLAN = tiny_plan(customers="4100")
DATABASES = ("employees_db", "accounts_db")


@pytest.fixture(autouse=True)
def nothing_kept():
    yield
    ahead._kept.clear()


def loaded(*indexes):
    sink = MemorySink()
    for index in indexes:
        work(BANK, PLAN, Task(index, DATABASES), sink, lambda event: None)
    return {name: sink.table(*name) for name in sink.held}


def made(*indexes, enough=lambda: False):
    Ahead(NAME, PLAN, indexes).make(enough)
    return kept()


def kept():
    """Tables and shards, 0 for the foundation."""
    return {(table.name, getattr(of, "index", 0)) for table, _, of in ahead._kept}


def test_the_rows_are_the_same_and_used_up():
    fresh = loaded(0, 1, 2, 3)
    assert made(0, 3) == {("clerks", 0), ("holders", 0), ("moves", 0), ("clerks", 3),
                          ("holders", 3), ("moves", 3)}  # fmt: skip
    assert loaded(0, 1, 2, 3) == fresh
    assert not ahead._kept


def test_another_attempt_or_plan_is_made_anew():
    made(1)
    first, second = (next(slices(TABLES["holders"], PLAN, 1, each)) for each in (0, 1))
    assert not first.equals(second)
    made(1)
    other = tiny_plan(customers="4100", seed="8")
    assert len(list(slices(TABLES["holders"], other, 1, 0))) == 1
    assert ("holders", 1) in kept()


def test_what_a_plan_cuts_is_another_shard():
    made(3)
    assert sum(map(len, slices(TABLES["holders"], tiny_plan(customers="4050"), 3, 0))) == 50
    assert sum(map(len, slices(TABLES["holders"], PLAN, 3, 0))) == 100


def test_it_ends_when_it_is_enough():
    said = iter([False, True])
    assert made(1, enough=lambda: next(said)) == {("clerks", 1)}


def test_it_keeps_no_more_than_fits(monkeypatch):
    monkeypatch.setattr(ahead, "_MOST_KEPT", 100_000)
    assert made(1, 2) == {("clerks", 1), ("holders", 1)}


@pytest.mark.parametrize("customers, size", [("1200", 1), ("4100", 2)])
def test_a_crew_that_has_begun_loads_the_same(customers, size, equipped, copy_of):
    """A small bank is begun by one process; those who load a large one wait."""
    plan, plain, other = tiny_plan(customers=customers), copy_of(equipped), copy_of(equipped)
    orchestrate.seed(plain, plan, 1, bank=NAME)
    with orchestrate.begun(plan, 2, NAME) as crew:
        assert crew.size == size
        orchestrate.seed(other, plan, bank=NAME, crew=crew)
    assert checksums(other) == checksums(plain)


class Breaks:
    """A foresight that fails, or lasts until there is a job."""

    def __init__(self, fails):
        self.fails = fails

    def make(self, enough):
        if self.fails:
            raise ValueError("made nothing")
        while not enough():
            pass


@pytest.mark.parametrize("fails", [True, False])
def test_a_job_is_done_whatever_became_of_what_was_foreseen(fails):
    heard = []
    with Crew(2) as crew:
        crew.foresee(Breaks(fails))
        crew.run(Squares(), [Task(3, ()), Task(4, ())], heard.append)
    assert sorted(heard) == [9, 16]


def test_whoever_is_told_nothing_ends_at_once():
    with Crew(2) as crew:
        processes = list(crew._pipes.values())
        crew.foresee(Breaks(False))
    assert all(process.exitcode is not None for process in processes)
