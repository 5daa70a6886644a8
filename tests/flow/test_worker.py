"""A shard on its way into a sink: order, workers and failures change nothing but the time."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import tenacity
from fixtures.tiny_bank import BANK, tiny_plan

from dhub.errors import DatabaseFailed
from dhub.estate.diagnose import Collision, Place, Transient
from dhub.flow.catalogue import bank_of
from dhub.flow.events import Loaded, Retried
from dhub.flow.sinks.memory import MemorySink
from dhub.flow.worker import MOST_ATTEMPTS, Task, work

DATABASES = ("employees_db", "accounts_db")
PLAN = tiny_plan(customers="4100")
TAKEN = Place("holders", "holders_email_key", "email", "e0", 1)


@dataclass
class FailingSink(MemorySink):
    """Raises what it is given, one for each load, before it keeps anything."""

    failures: list[Exception] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)

    def load(self, database, shard, attempt, batches):
        self.attempts.append(attempt)
        if self.failures:
            raise self.failures.pop(0)
        return super().load(database, shard, attempt, batches)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr(tenacity.nap.time, "sleep", slept.append)
    return slept


def loaded(order):
    sink = MemorySink()
    for index in order:
        work(BANK, PLAN, Task(index, DATABASES), sink, lambda event: None)
    return {name: sink.table(*name) for name in sink.held}


def test_the_order_of_the_shards_changes_nothing():
    assert loaded([0, 1, 2, 3]) == loaded([3, 1, 0, 2])


def test_events_tell_what_was_loaded():
    events: list[object] = []
    work(BANK, PLAN, Task(3, ("accounts_db",)), MemorySink(), events.append)
    assert events == [
        Loaded("accounts_db", "holders", 2, 100, 3),
        Loaded("accounts_db", "moves", 2, 700, 3),
    ]


def test_a_database_that_has_the_shard_is_left_alone():
    sink = MemorySink()
    work(BANK, PLAN, Task(1, ("accounts_db",)), sink, lambda event: None)
    assert sink.shards == {("accounts_db", 1)}
    events: list[object] = []
    work(BANK, PLAN, Task(1, ("accounts_db",)), sink, events.append)
    assert events == []


def test_a_collision_changes_the_natural_keys_and_nothing_else():
    sink = FailingSink(failures=[Collision("accounts_db", TAKEN)] * 2)
    events: list[object] = []
    work(BANK, PLAN, Task(1, ("accounts_db",)), sink, events.append)
    assert sink.attempts == [0, 1, 2]
    assert [(shard, attempt) for shard, attempt, _ in sink.notes] == [(1, 0), (1, 1)]
    assert events[0] == Retried(
        "accounts_db",
        1,
        0,
        TAKEN,
        "accounts_db: holders.email = e0, row 1 of its shard, constraint holders_email_key",
    )
    plain = loaded([1])
    retried, first = sink.table("accounts_db", "holders"), plain["accounts_db", "holders"]
    assert retried.column("email").to_pylist()[:2] == ["e2", "e10"]
    assert retried.drop_columns("email") == first.drop_columns("email")
    assert sink.table("accounts_db", "moves") == plain["accounts_db", "moves"]


def test_collisions_without_end():
    sink = FailingSink(failures=[Collision("accounts_db", TAKEN)] * 9)
    with pytest.raises(DatabaseFailed) as raised:
        work(BANK, PLAN, Task(1, ("accounts_db",)), sink, lambda event: None)
    assert str(raised.value) == (
        "accounts_db: holders.email = e0, row 1 of its shard, constraint holders_email_key: "
        "still so after 5 attempts. `dhub seed resume` finishes the run."
    )
    assert len(sink.notes) == MOST_ATTEMPTS
    assert not sink.shards


def test_a_passing_failure_is_tried_again_as_it_was(no_pauses):
    sink = FailingSink(failures=[Transient("deadlock")] * 3)
    events: list[object] = []
    work(BANK, PLAN, Task(1, ("accounts_db",)), sink, events.append)
    assert sink.attempts == [0, 0, 0, 0]
    assert no_pauses == [0.25, 0.5, 1]
    assert [event.reason for event in events if isinstance(event, Retried)] == ["deadlock"] * 3


def test_a_failure_that_does_not_pass(no_pauses):
    sink = FailingSink(failures=[Transient("gone")] * 99)
    with pytest.raises(DatabaseFailed, match="gone"):
        work(BANK, PLAN, Task(1, ("accounts_db",)), sink, lambda event: None)
    assert sum(no_pauses) < 20


def test_a_catalogue_by_name():
    assert bank_of("fixtures.tiny_bank:BANK") is BANK
