"""`dhub verify --digest`: what was loaded, what is there now, what an export says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import psycopg
import pytest
from fixtures.command import Dhub
from fixtures.server import variables
from verifying.bank import appended, seeded

from dhub.bank import BANK
from dhub.errors import DatabaseFailed
from dhub.estate.databases import Estate
from dhub.estate.status import status
from dhub.flow.export import export
from dhub.flow.plan import make_plan
from dhub.flow.request import Request
from dhub.verify import digest
from dhub.verify.digest import UNREADABLE, digest_estate

SMALL = Request(scale="0.05", as_of="2026-01-01")


@pytest.fixture(scope="module")
def bank(make_migrated: Callable[[], Estate]) -> Estate:
    return seeded(make_migrated, SMALL)


@pytest.fixture
def other(bank: Estate, copy_of: Callable[[Estate], Estate]) -> Estate:
    """The same bank once more, to be changed."""
    return copy_of(bank)


def execute(estate: Estate, database: str, statement: str) -> None:
    with psycopg.connect(estate.urls[database], autocommit=True) as conn:
        conn.execute(statement.encode())


def differing(estate: Estate) -> dict[str, str]:
    return {
        each.table: each.computed for each in digest_estate(estate, BANK).tables if not each.same
    }


def test_the_rows_are_those_that_were_loaded(bank: Estate) -> None:
    found = digest_estate(bank, BANK)
    assert len(found.tables) == sum(len(domain.tables) for domain in BANK)
    assert differing(bank) == {}
    assert found.recorded == found.computed == status(bank, BANK).digest


def test_an_export_of_the_same_bank_has_the_same_digests(bank: Estate, tmp_path: Path) -> None:
    plan = make_plan(SMALL, BANK, date(2026, 1, 1))
    document = export(plan, tmp_path / "bank", "csv").document
    found = digest_estate(bank, BANK)
    assert document["digest"] == found.recorded
    told = {(t["database"], t["table"]): t["digest"] for t in document["tables"] if "digest" in t}
    assert told == {(each.database, each.table): each.recorded for each in found.tables}


def test_another_seed_has_another_digest(bank: Estate, make_migrated: Callable[[], Estate]) -> None:
    twin = seeded(make_migrated, Request(scale="0.05", as_of="2026-01-01", seed="43"))
    assert digest_estate(twin, BANK).computed != digest_estate(bank, BANK).computed


def test_who_reads_waits_no_longer_for_a_lock_than_other_readers(
    bank: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert digest.LOOKING == "5s"
    monkeypatch.setattr(digest, "LOOKING", "100ms")
    with psycopg.connect(bank.urls["loans_db"]) as somebody:
        somebody.execute("LOCK TABLE public.loans IN ACCESS EXCLUSIVE MODE")
        pid = somebody.info.backend_pid
        with pytest.raises(DatabaseFailed, match=f"public.loans is locked by pid {pid}"):
            digest_estate(bank, BANK)


CHANGES = {
    "a value": ("accounts_db", "UPDATE customers SET city = city || '!' WHERE customer_id = 1",
                "customers"),
    "a null": ("loans_db", "UPDATE loans SET linked_account_id = NULL WHERE loan_id ="
               " (SELECT min(loan_id) FROM loans WHERE linked_account_id IS NOT NULL)", "loans"),
    "a cent": ("insurance_db", "UPDATE policies SET premium_amount = premium_amount + 0.01"
               " WHERE policy_id = (SELECT min(policy_id) FROM policies)", "policies"),
    "a row gone": ("employees_db", "DELETE FROM performance_reviews WHERE review_id ="
                   " (SELECT min(review_id) FROM performance_reviews)", "performance_reviews"),
    "a document": ("compliance_db", "UPDATE audit_trails SET new_value = '{\"a\": 1}' WHERE"
                   " audit_id = (SELECT min(audit_id) FROM audit_trails WHERE old_value IS NULL"
                   " AND new_value IS NOT NULL)", "audit_trails"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_found_in_its_table_alone(other: Estate, change: str) -> None:
    database, statement, table = CHANGES[change]
    execute(other, database, statement)
    assert list(differing(other)) == [table]


def test_what_cannot_be_read_differs(other: Estate) -> None:
    execute(other, "customer_db", "ALTER TABLE campaigns RENAME COLUMN budget TO money")
    execute(other, "employees_db", "DROP TABLE performance_reviews CASCADE")
    assert differing(other) == {"campaigns": UNREADABLE, "performance_reviews": UNREADABLE}


def test_rows_of_a_users_own_do_not_count(other: Estate) -> None:
    execute(other, "employees_db", "INSERT INTO training_programs SELECT program_id + 900000,"
            " program_name || '!', program_type, duration_hours, offers_certification"
            " FROM training_programs LIMIT 1")  # fmt: skip
    assert differing(other) == {}


def test_a_cohort_counts(other: Estate) -> None:
    before = digest_estate(other, BANK).recorded
    appended(other, 10)
    found = digest_estate(other, BANK)
    assert found.passed and found.recorded not in (None, before)


def test_a_bank_of_an_older_dhub_has_nothing_to_compare_with(other: Estate) -> None:
    execute(other, "loans_db", "UPDATE dhub.entries SET digest = NULL WHERE table_name = 'loans'")
    found = digest_estate(other, BANK)
    assert found.passed and found.recorded is None and found.computed
    assert status(other, BANK).digest is None


def test_the_command_tells_it_and_ends_with_one(dhub: Dhub, other: Estate) -> None:
    done = dhub("verify", "--digest", env=variables(other))
    assert done.code == 0 and done.out.endswith("Every table holds what was loaded.\n")
    assert max(map(len, done.out.splitlines())) <= 80
    execute(other, "loans_db", "UPDATE loans SET interest_rate = interest_rate + 0.01")
    done = dhub("verify", "--digest", env=variables(other))
    assert done.code == 1 and done.out.endswith("Not as it was loaded: loans.\n")
    done = dhub("verify", "--digest", "--json", env=variables(other))
    document = json.loads(done.out)
    assert (done.code, document["passed"]) == (1, False)
    assert [each["table"] for each in document["tables"] if not each["same"]] == ["loans"]
    assert document["recorded"] == status(other, BANK).digest != document["computed"]


def test_it_goes_with_json_alone_and_wants_a_bank(dhub: Dhub, estate: Estate) -> None:
    done = dhub("verify", "--digest", "--fail-fast", env=variables(estate))
    assert (done.code, done.out) == (2, "") and "--digest goes with --json alone" in done.err
    done = dhub("verify", "--digest", env=variables(estate))
    assert (done.code, done.out) == (2, "") and "Nothing is seeded" in done.err
