"""The ledger knows what is in, and lets nobody commit who no longer owns the run."""

from __future__ import annotations

import threading

import psycopg
import pytest
from fixtures.small_bank import record_shard

from dhub.errors import Refused
from dhub.estate import ledger


def test_a_run_comes_back_as_it_was_written(small_bank):
    run = small_bank.record(seed=2**64 - 1, scale=0.05)
    ledger.open_run(small_bank.money, run)
    ledger.open_run(small_bank.money, run)
    assert ledger.runs(small_bank.money) == [run]


def test_another_run_of_the_same_cohort_is_refused(small_bank):
    ledger.open_run(small_bank.money, small_bank.record())
    with pytest.raises(Refused, match="already holds cohort 1 of another run"):
        ledger.open_run(small_bank.money, small_bank.record(run_id="other"))


def test_shards_are_in_with_their_rows_or_not_at_all(small_bank):
    run, money = small_bank.record(), small_bank.money
    ledger.open_run(money, run)
    small_bank.seed_money(money, run, 1)
    with pytest.raises(ZeroDivisionError), money.transaction():
        entries = [ledger.Entry("customers", 1, 11, 11)]
        money.execute("INSERT INTO customers VALUES (11, 'x')")
        record_shard(money, run.run_id, 2, 0, entries)
        _ = 1 / 0
    assert ledger.loaded_shards(money, run.run_id) == {1}
    assert ledger.seeded_rows(money) == {"customers": 2, "accounts": 4}
    assert ledger.seeded_ranges(money) == {"customers": [(1, 2)], "accounts": [(1, 4)]}


def test_a_lost_connection_leaves_the_shard_out(small_bank):
    run, victim = small_bank.record(), small_bank.another("accounts_db")
    ledger.open_run(small_bank.money, run)
    with pytest.raises(psycopg.OperationalError), victim, victim.transaction():
        victim.execute("INSERT INTO customers VALUES (1, 'x')")
        record_shard(victim, run.run_id, 1, 0, [ledger.Entry("customers", 1, 1, 1)])
        small_bank.money.execute("SELECT pg_terminate_backend(%s)", (victim.info.backend_pid,))
        victim.execute("SELECT 1")
    assert ledger.loaded_shards(small_bank.money, run.run_id) == set()
    small_bank.seed_money(small_bank.money, run, 1)


def test_a_shard_without_rows_counts_as_loaded(small_bank):
    run, money = small_bank.record(), small_bank.money
    ledger.open_run(money, run)
    record_shard(money, run.run_id, 0, 0, [])
    record_shard(money, run.run_id, 1, 0, [ledger.Entry("customers", 0, None, None)])
    assert ledger.loaded_shards(money, run.run_id) == {0, 1}
    assert ledger.seeded_ranges(money) == {}


def test_a_shard_goes_in_once(small_bank):
    run = small_bank.record()
    ledger.open_run(small_bank.money, run)
    record_shard(small_bank.money, run.run_id, 1, 0, [])
    assert not ledger.claim_shard(small_bank.money, run.run_id, 1, 1)
    assert ledger.attempts_of(small_bank.money, run.run_id) == []


@pytest.mark.parametrize("ending", ["COMMIT", "ROLLBACK"])
def test_who_loads_the_same_shard_waits_for_the_first(small_bank, ending):
    run, claimed = small_bank.record(), []
    ledger.open_run(small_bank.money, run)
    with small_bank.another("accounts_db") as first, small_bank.another("accounts_db") as second:
        first.execute("BEGIN")
        assert ledger.claim_shard(first, run.run_id, 1, 0)
        other = threading.Thread(
            target=lambda: claimed.append(ledger.claim_shard(second, run.run_id, 1, 0))
        )
        other.start()
        other.join(0.3)
        assert not claimed, "the second did not wait"
        first.execute(ending)
        other.join(5)
    assert claimed == [ending == "ROLLBACK"]


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        ("UPDATE dhub.runs SET state = 'interrupted'", "this run is interrupted"),
        ("UPDATE dhub.runs SET state = 'clearing'", "this run is clearing"),
        ("UPDATE dhub.runs SET owner = 'b'", "this run was resumed by another process"),
        ("DELETE FROM dhub.runs", "this run was cleared"),
    ],
)
def test_who_lost_the_run_commits_nothing(small_bank, loss, told):
    money = small_bank.money
    ledger.open_run(money, small_bank.record(owner="a"))
    money.execute(loss)
    with pytest.raises(ledger.RunLost) as lost, money.transaction():
        record_shard(money, "run-1", 1, 0, [], owner="a")
    assert str(lost.value) == f"{money.info.dbname}: {told}; nothing more is loaded."


def test_taking_over_waits_for_a_commit_and_shuts_the_old_owner_out(small_bank):
    run, worker = small_bank.record(owner="a"), small_bank.another("accounts_db")
    ledger.open_run(small_bank.money, run)
    taken = threading.Thread(target=ledger.take_over, args=(small_bank.money, run.run_id, "b"))
    with worker:
        with worker.transaction():
            record_shard(worker, run.run_id, 1, 0, [], owner="a")
            taken.start()
            taken.join(0.3)
            assert taken.is_alive(), "take_over did not wait for the shard"
        taken.join(5)
        with pytest.raises(ledger.RunLost):
            record_shard(worker, run.run_id, 2, 0, [], owner="a")
        record_shard(worker, run.run_id, 2, 0, [], owner="b")
    assert ledger.loaded_shards(small_bank.money, run.run_id) == {1, 2}


def test_a_run_being_cleared_is_not_taken_over(small_bank):
    ledger.open_run(small_bank.money, small_bank.record())
    small_bank.money.execute("UPDATE dhub.runs SET state = 'clearing'")
    with pytest.raises(Refused, match="Finish it with `dhub seed clear --confirm`"):
        ledger.take_over(small_bank.money, "run-1", "b")


def test_a_complete_run_stays_complete(seeded_bank):
    ledger.close_run(seeded_bank.money, "run-1", ledger.INTERRUPTED)
    [run] = ledger.runs(seeded_bank.money)
    assert run.state == ledger.COMPLETE and run.finished_at is not None


def test_cohorts_follow_one_another(small_bank):
    money = small_bank.money
    assert ledger.next_shard(money) == 1
    ledger.open_run(money, small_bank.record(first_shard=1, shard_count=3))
    ledger.open_run(money, small_bank.record(2, first_shard=4, shard_count=1))
    assert ledger.next_shard(money) == 5
    assert [run.next_shard for run in ledger.runs(money)] == [4, 5]


def test_attempts_are_written_down(small_bank):
    money = small_bank.money
    ledger.open_run(money, small_bank.record())
    ledger.record_attempt(money, "run-1", 3, 0, "customers", "customers_email_key", "(email)=(x)")
    rows = money.execute(
        "SELECT shard_index, attempt, table_name, constraint_name, value FROM dhub.attempts"
    ).fetchall()
    assert rows == [(3, 0, "customers", "customers_email_key", "(email)=(x)")]


def test_everything_in_schema_dhub_is_described(small_bank):
    bare = small_bank.money.execute(
        "SELECT c.relname, a.attname FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum >= 0 AND NOT a.attisdropped"
        " WHERE c.relnamespace = 'dhub'::regnamespace AND c.relkind = 'r'"
        " AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid) IS NULL)"
    ).fetchall()
    assert bare == []
