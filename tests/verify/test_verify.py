"""`dhub verify`: an honest bank passes, a damaged one does not, and both are told plainly."""

from __future__ import annotations

import re
from collections.abc import Callable

import psycopg
import pytest
from fixtures.command import Dhub
from fixtures.server import variables
from verifying.bank import AS_OF, Planted, broken, seeded

from benchmarks.unserved import unserved
from dhub.bank import BANK
from dhub.errors import UsageError
from dhub.estate.creation import prepare
from dhub.estate.databases import DATABASES, Estate
from dhub.flow.request import Request
from dhub.verify import distributions
from dhub.verify.judge import judged
from dhub.verify.model import COMPLETENESS, OF_THE_SIX, REFERENCES, SECTIONS, STATUSES
from dhub.verify.run import catalogue, verify

# Each profile; what rows alone tell is also asked of small banks, and of more where chance is.
SERVED = [("42", "1", "guide"), ("7", "1", "requirements")]
UNSERVED = [("7", "0.1", "guide"), ("2026", "0.1", "requirements")]


@pytest.mark.parametrize(("seed", "scale", "profile"), SERVED)
def test_an_honest_bank_passes(make_migrated, seed: str, scale: str, profile: str) -> None:
    request = Request(seed=seed, scale=scale, profile=profile, as_of="2026-11-20")
    result = verify(seeded(make_migrated, request), BANK)
    assert [(each.id, each.keys) for each in result.failed] == []
    assert {each.status for each in result.findings} <= {"ok", "reported", "not yet"}
    assert len(result.findings) > 400


@pytest.mark.parametrize(("seed", "scale", "profile"), UNSERVED)
def test_the_rows_of_an_honest_bank_pass(seed: str, scale: str, profile: str) -> None:
    request = Request(seed=seed, scale=scale, profile=profile, as_of="2026-11-20")
    with unserved(request, AS_OF) as made:
        found = [judged(each, made.see, made.profile) for each in catalogue()]
    assert [(each.id, each.keys) for each in found if each.status == "failed"] == []
    assert len(found) > 400


# ----------------------------------------------------------------------------- completeness

SPARE = {
    "employees_db": ("performance_reviews", "review_id", "ck_performance_reviews_rating"),
    "accounts_db": ("account_relationships", "relationship_id", "ck_account_relationships_self"),
    "customer_db": ("satisfaction_surveys", "survey_id", "ck_satisfaction_surveys_nps"),
    "loans_db": ("loan_guarantors", "guarantor_id", "ck_loan_guarantors_amount"),
    "insurance_db": ("beneficiaries", "beneficiary_id", "ck_beneficiaries_percentage"),
    "compliance_db": ("rule_violations", "violation_id", "ck_rule_violations_severity"),
}
_EXTRA = """
CREATE TEMP TABLE extra AS SELECT * FROM {table} ORDER BY {key} LIMIT 1;
UPDATE extra SET {key} = 9000000000000;
{free}
INSERT INTO {table} SELECT * FROM extra;"""
_FREE = {
    "customer_db": "ALTER TABLE satisfaction_surveys"
    " DROP CONSTRAINT uq_satisfaction_surveys_interaction;",
    "employees_db": "UPDATE extra SET review_date = review_date + 1;",
    "accounts_db": "ALTER TABLE account_relationships"
    " DROP CONSTRAINT uq_account_relationships_customer,"
    " DROP CONSTRAINT uq_account_relationships_linked;",
    "insurance_db": "DROP INDEX uq_beneficiaries_spouse;",
}
_FOREIGN = """
DO $$ DECLARE key record; BEGIN
    SELECT conrelid::regclass AS held, conname INTO key FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace LIMIT 1;
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', key.held, key.conname);
END $$"""


@pytest.fixture(scope="module")
def bank(make_migrated: Callable[[], Estate], server_url: str) -> Planted:
    """A small bank with all its constraints."""
    estate = seeded(make_migrated, Request(scale="0.2", seed="42", as_of="2026-11-20"))
    assert broken(estate, COMPLETENESS, REFERENCES) == {}
    return Planted(estate, server_url)


def damage(bank: Planted, database: str, statement: str) -> dict[str, int]:
    """What completeness and references find after the statement."""
    with bank.copy(database) as estate:
        with psycopg.connect(estate.urls[database], autocommit=True) as conn:
            conn.execute(statement.encode())
        return broken(estate, COMPLETENESS, REFERENCES)


@pytest.fixture
def damaged(bank: Planted, copy_of: Callable[[Estate], Estate]) -> Callable[..., dict[str, int]]:
    """What completeness and references find after statements in every database at once."""

    def found(statements: Callable[[str], str]) -> dict[str, int]:
        estate = copy_of(bank.estate)
        for database in DATABASES:
            with psycopg.connect(estate.urls[database], autocommit=True) as conn:
                conn.execute(statements(database).encode())
        return broken(estate, COMPLETENESS, REFERENCES)

    return found


def test_a_missing_row_of_each_database_is_found(damaged) -> None:
    def gone(database: str) -> str:
        table, key, _ = SPARE[database]
        return f"DELETE FROM {table} WHERE {key} = (SELECT min({key}) FROM {table})"

    assert damaged(gone) == {f"{database}.rows": 1 for database in DATABASES}


def test_an_extra_row_of_each_database_is_found(damaged) -> None:
    def more(database: str) -> str:
        table, key, _ = SPARE[database]
        return _EXTRA.format(table=table, key=key, free=_FREE.get(database, ""))

    found = damaged(more)
    assert [found.pop(f"{database}.rows") for database in DATABASES] == [1] * 6
    assert found.keys() <= {f"{database}.constraints" for database in DATABASES}


def test_what_each_schema_lost_is_found(damaged) -> None:
    """Three losses in each database, and each is a finding of its own."""
    columns = {"employees_db": "rating", "accounts_db": "start_date", "customer_db": "nps_score",
               "loans_db": "relationship", "insurance_db": "percentage",
               "compliance_db": "severity"}  # fmt: skip

    def lost(database: str) -> str:
        table, _, check = SPARE[database]
        return (
            f"ALTER TABLE {table} DROP CONSTRAINT {check};"
            f"ALTER TABLE {table} ALTER {columns[database]} DROP NOT NULL; {_FOREIGN}"
        )

    kinds = ("constraints", "columns", "foreign_keys")
    assert damaged(lost) == {f"{database}.{kind}": 1 for database in DATABASES for kind in kinds}


def test_a_constraint_that_was_not_validated_does_not_count(bank: Planted) -> None:
    again = (
        "ALTER TABLE accounts DROP CONSTRAINT ck_accounts_balance;"
        "ALTER TABLE accounts ADD CONSTRAINT ck_accounts_balance CHECK (balance >= 0) NOT VALID"
    )
    assert damage(bank, "accounts_db", again) == {"accounts_db.constraints": 1}


def test_a_ledger_that_differs_is_found(bank: Planted) -> None:
    state = "UPDATE dhub.runs SET state = 'interrupted'"
    assert damage(bank, "loans_db", state) == {"estate.runs": 1}
    shard = "DELETE FROM dhub.shards WHERE shard_index = 1"
    found = damage(bank, "customer_db", shard)
    assert found["estate.shards"] == 1 and found.keys() <= {
        "estate.shards", "estate.plan", "customer_db.rows"}  # fmt: skip
    entry = (
        "UPDATE dhub.entries SET row_count = row_count - 1"
        " WHERE table_name = 'customers' AND shard_index = 1"
    )
    assert damage(bank, "accounts_db", entry) == {"estate.plan": 1, "accounts_db.rows": 1}


def test_a_column_that_is_gone_fails_once_and_skips_what_reads_it(bank: Planted) -> None:
    with bank.copy("customer_db") as estate:
        with psycopg.connect(estate.urls["customer_db"], autocommit=True) as conn:
            conn.execute("ALTER TABLE interactions DROP COLUMN outcome")
        result = verify(estate, BANK)
    failed = {each.id for each in result.failed}
    assert failed == {"customer_db.columns", "customer_db.constraints"}
    skipped = {each.id for each in result.findings if each.status == "skipped"}
    habits = {"realism.escalation_hurts", "realism.escalations_churn"}
    assert skipped == {"crm.outcome", *habits}


# ------------------------------------------------------------------------ what is catalogued


def test_the_catalogue_names_everything_once_and_in_order() -> None:
    checks = catalogue()
    assert len({(each.section, each.id) for each in checks}) == len(checks)
    order = [SECTIONS.index(each.section) for each in checks]
    assert order == sorted(order)
    assert all(each.title and each.title[0].islower() or each.title[0].isupper() for each in checks)


@pytest.mark.parametrize("name", ["guide", "requirements"])
def test_every_figure_is_compared_or_says_where_it_shows(name: str) -> None:
    from dhub.profiles import load_profile

    profile = load_profile(name)
    paths = {".".join(each.path.split(".")[:2]) for each in profile.figures()}
    compared = {each.id for each in distributions.CHECKS}
    assert compared | set(distributions.ELSEWHERE) == paths
    assert not compared & set(distributions.ELSEWHERE)


# -------------------------------------------------------------------------------- the command


_CENT = """
UPDATE accounts SET balance = balance + 0.01
WHERE account_id = (SELECT min(account_id) FROM accounts WHERE status = 'active')"""


def test_nothing_seeded_is_wrong_usage(make_migrated: Callable[[], Estate], dhub: Dhub) -> None:
    estate = make_migrated()
    prepare(estate)
    with pytest.raises(UsageError, match="Nothing is seeded"):
        verify(estate, BANK)
    done = dhub("verify", env=variables(estate))
    assert done.code == 2 and "dhub seed all" in done.err and not done.out


def test_in_a_pipe_each_check_is_a_line_and_nothing_is_cut(bank: Planted, dhub: Dhub) -> None:
    done = dhub("verify", env=variables(bank.estate))
    assert done.code == 0 and not done.err
    lines = done.out.splitlines()
    for check in catalogue():
        assert sum(f"{check.id}  {check.title}" in line for line in lines) == 1, check.id
    assert "…" not in done.out
    assert lines[-1] == "PASSED: everything that was checked holds."


FAILED_BY_A_CENT = ["invariants/A02", "invariants/A03"]


def test_a_failure_is_named_and_ends_with_1(bank: Planted, dhub: Dhub) -> None:
    with bank.copy("accounts_db") as estate:
        with psycopg.connect(estate.urls["accounts_db"], autocommit=True) as conn:
            conn.execute(_CENT)
        done = dhub("verify", env=variables(estate))
        assert done.code == 1
        assert "  invariants/A02: " in done.out
        assert re.findall(r"^  (\w+/\w+): ", done.out, re.M) == FAILED_BY_A_CENT
        told = dhub("verify", "--only", "invariants", "--json", env=variables(estate)).json
        first = dhub("verify", "--json", "--fail-fast", env=variables(estate)).json
        other = dhub("verify", "--only", "references", env=variables(estate))
    assert told["failed"] == FAILED_BY_A_CENT and not told["passed"]
    assert first["failed"] == ["invariants/A02"] and other.code == 0
    a02 = next(c for s in told["sections"] for c in s["checks"] if c["id"] == "A02")
    assert a02["status"] == "failed" and a02["broken"] == 1 and len(a02["keys"]) == 1


def test_the_shape_of_the_document(bank: Planted, dhub: Dhub) -> None:
    told = dhub("verify", "--json", env=variables(bank.estate)).json
    assert set(told) == {
        "passed", "run", "seconds", "counts", "failed", "rows", "sections"}  # fmt: skip
    assert set(told["run"]) == {
        "seed",
        "profile",
        "as_of",
        "scale",
        "customers",
        "employees",
        "cohorts",
        "dhub_version",
    }
    assert set(told["counts"]) == {each.replace(" ", "_") for each in STATUSES}
    assert [each["section"] for each in told["sections"]] == list(OF_THE_SIX)
    for section in told["sections"]:
        assert set(section) == {"section", "counts", "checks"}
        for check in section["checks"]:
            assert set(check) == {
                "id", "title", "status", "examined", "broken", "keys", "parts", "note"}  # fmt: skip
            for part in check["parts"]:
                assert set(part) == {"name", "asked", "found", "n", "tolerance", "holds"}


def test_an_unknown_section_is_wrong_usage(bank: Planted, dhub: Dhub) -> None:
    done = dhub("verify", "--only", "money", env=variables(bank.estate))
    assert done.code == 2 and "completeness, references" in done.err


def test_appended_cohorts_are_verified_together(make_migrated: Callable[[], Estate]) -> None:
    from verifying.bank import appended

    estate = seeded(make_migrated, Request(customers="90", employees="15", as_of="2026-11-20"))
    appended(estate, 60)
    result = verify(estate, BANK)
    assert result.facts.cohorts == 2 and result.facts.customers == 150
    assert [each.id for each in result.failed] == []
