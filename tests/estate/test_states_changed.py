"""What commands say of an estate that somebody changed: mixed with another, altered, emptied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest
from fixtures.estates import run_everywhere, run_sql
from fixtures.states import COMMANDS, OLDER, Said, States, check, digest

OF_ALL_SIX = ("status", "preview", "tables", "verify", "all", "append", "if needed", "resume")
OF_ALL_SIX += ("refresh", "init", "replace", "clear")


@pytest.mark.parametrize("older", [False, True])
def test_two_estates_mixed_are_refused_by_every_command(
    states: States, dhub_here: Callable[..., Said], older: bool
) -> None:
    one, other = states.copy("complete"), states.copy("another", "loans_db")
    if older:
        run_everywhere(one, *OLDER)
        run_sql(other, "loans_db", *OLDER)
    mixed = replace(one, urls=one.urls | {"loans_db": other.urls["loans_db"]})
    before = digest(mixed)
    for command in OF_ALL_SIX if not older else ("status", "verify", "resume", "replace", "clear"):
        check(dhub_here(mixed, *COMMANDS[command]), (3, "not of one estate.*\n.*DHUB_LOANS_DB_URL"))
    assert digest(mixed) == before
    for command in ("status", "init", "resume"):  # each is as well as it was
        assert dhub_here(one, *COMMANDS[command]).code == 0


def test_an_empty_database_beside_five_of_an_estate(
    states: States, dhub_here: Callable[..., Said]
) -> None:
    one, empty = states.copy("killed in the load"), states.copy("absent")
    with psycopg.connect(one.urls["loans_db"], autocommit=True) as conn:
        name = psycopg.conninfo.conninfo_to_dict(empty.urls["loans_db"])["dbname"]
        conn.execute(f'CREATE DATABASE "{name}" TEMPLATE template0'.encode())
    odd = replace(one, urls=one.urls | {"loans_db": empty.urls["loans_db"]})
    before = digest(one)
    for command in ("preview", "all", "if needed", "resume", "refresh", "init", "replace", "clear"):
        said = dhub_here(odd, *COMMANDS[command])
        check(said, (3, "loans_db is missing or empty, while the others hold a bank"))
    assert digest(one) == before
    check(dhub_here(odd, "seed", "status"), (0, "estate: damaged"))
    assert dhub_here(odd, "seed", "clear", "--confirm", "--lost", "loans_db").code == 0
    check(dhub_here(odd, *COMMANDS["all"]), (0, ""))


TABLE = "performance_reviews"  # of employees_db; nothing points at it
REFUSES = "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {} END $$"
RAISES = REFUSES.format("RAISE EXCEPTION 'not with me';")
SWALLOWS = REFUSES.format("RETURN NULL;")
TRIGGER = f"CREATE TRIGGER mine BEFORE {{}} ON {TABLE} FOR EACH ROW EXECUTE FUNCTION no()"
# What a user changed in employees_db, and what commands say then; all others stay what they were.
CHANGED: dict[str, tuple[tuple[str, ...], dict[str, object]]] = {
    "a trigger that raises on deletion": (
        (RAISES, TRIGGER.format("DELETE")),
        {"clear": (3, f"trigger mine on {TABLE} .*not with me"), "replace": (3, "trigger mine")},
    ),
    "soft deletion by a trigger": (
        (SWALLOWS, TRIGGER.format("DELETE")),
        {"clear": (3, f"trigger mine on {TABLE} keeps"), "replace": (3, "trigger mine")},
    ),
    "soft deletion by a rule": (
        (f"CREATE RULE mine AS ON DELETE TO {TABLE} DO INSTEAD NOTHING",),
        {"clear": (3, f"rule mine on {TABLE} keeps"), "replace": (3, "rule mine")},
    ),
    "a row in the place of a deleted one": (
        (
            f"CREATE TABLE kept AS SELECT * FROM {TABLE} ORDER BY 1 LIMIT 1",
            f"DELETE FROM {TABLE} WHERE review_id = (SELECT review_id FROM kept)",
            f"INSERT INTO {TABLE} SELECT * FROM kept",
            "DROP TABLE kept",
        ),
        {
            "clear": (3, f"row review_id \\d+ of {TABLE} stands where a seeded row was deleted"),
            "replace": (3, f"row review_id \\d+ of {TABLE}"),
        },
    ),
    "all rows truncated and put back": (
        (
            f"CREATE TABLE kept AS SELECT * FROM {TABLE}",
            f"TRUNCATE {TABLE}",
            f"INSERT INTO {TABLE} SELECT * FROM kept",
            "DROP TABLE kept",
        ),
        {"clear": (3, f"of {TABLE} .*stands where a seeded row was deleted")},
    ),
    "rows updated": ((f"UPDATE {TABLE} SET rating = 3",), {"clear": (0, "")}),
    "a column that wants a value": (
        (
            f"ALTER TABLE {TABLE} ADD mine int DEFAULT 1 NOT NULL",
            f"ALTER TABLE {TABLE} ALTER mine DROP DEFAULT",
        ),
        {
            "replace": (3, f"{TABLE}.mine, a column of your own, is NOT NULL"),
            "append": (3, f"{TABLE}.mine, a column of your own, is NOT NULL"),
        },
    ),
    "a check that new rows break": (
        (f"ALTER TABLE {TABLE} ADD CONSTRAINT mine CHECK (rating > 99) NOT VALID",),
        {"replace": (3, f"{TABLE} does not take the rows of the new bank .*mine")},
    ),
    "a trigger that raises on insertion": (
        (RAISES, TRIGGER.format("INSERT")),
        {"replace": (3, f"{TABLE} does not take the rows of the new bank .not with me")},
    ),
    "a trigger that swallows insertions": (
        (SWALLOWS, TRIGGER.format("INSERT")),
        {"replace": (3, f"trigger of your own on {TABLE} lets only 0 of")},
    ),
    "a table dropped": (
        (f"DROP TABLE {TABLE} CASCADE",),
        {
            "replace": (3, f"table {TABLE} is not there any more"),
            "append": (3, f"table {TABLE} is not there any more"),
            "clear": (0, ""),
        },
    ),
    "a table renamed": (
        (f"ALTER TABLE {TABLE} RENAME TO old_reviews",),
        {
            "preview": (3, f"table {TABLE} is called old_reviews now"),
            "clear": (3, f"table {TABLE} is called old_reviews now"),
            "replace": (3, f"table {TABLE} is called old_reviews now"),
        },
    ),
    "a view in place of a table": (
        (
            f"ALTER TABLE {TABLE} RENAME TO old_reviews",
            f"CREATE VIEW {TABLE} AS SELECT * FROM old_reviews",
        ),
        {
            "preview": 3,
            "clear": (3, "old_reviews"),
            "replace": (3, f"{TABLE} is a view now"),
        },
    ),
    "partitions in place of a table": (
        (
            f"CREATE TABLE parted (LIKE {TABLE}) PARTITION BY LIST (rating)",
            "CREATE TABLE part PARTITION OF parted DEFAULT",
            f"INSERT INTO parted SELECT * FROM {TABLE}",
            f"DROP TABLE {TABLE} CASCADE",
            f"ALTER TABLE parted RENAME TO {TABLE}",
        ),
        {
            "status": (0, rf"{TABLE} +[1-9]"),
            "preview": (3, f"{TABLE} is a partitioned table now"),
            "clear": (3, f"{TABLE} is a partitioned table now"),
            "replace": (3, f"{TABLE} is partitioned now"),
        },
    ),
    "a key dropped": (
        (f"ALTER TABLE {TABLE} DROP CONSTRAINT pk_{TABLE}",),
        {"preview": (3, TABLE), "clear": (0, "")},
    ),
    "a key column renamed": (
        (f"ALTER TABLE {TABLE} RENAME review_id TO id",),
        {
            "preview": (3, f"{TABLE} has no bigint column review_id any more"),
            "clear": (3, f"{TABLE} has no bigint column review_id any more"),
            "replace": (3, f"{TABLE}.review_id is not there any more"),
        },
    ),
    "a column of another type": (
        (
            "DROP VIEW reporting.review_outcomes",
            f"ALTER TABLE {TABLE} ALTER review_date TYPE timestamp",
        ),
        {
            "replace": (3, f"{TABLE}.review_date is of type timestamp without time zone now"),
            "append": 3,
        },
    ),
}


# What looks at no more than rows and triggers leaves what asks for the shape of tables as it was.
OF_ROWS = ("trigger", "soft deletion", "rows", "a row", "a check")


@pytest.mark.parametrize("change", CHANGED)
def test_what_a_user_changed_is_named(
    states: States, dhub_here: Callable[..., Said], change: str
) -> None:
    statements, expected = CHANGED[change]
    shaped = not any(word in change for word in OF_ROWS)
    cleared = expected.get("clear") == (0, "")
    estate = states.copy("complete", *(() if cleared else ("employees_db",)))
    run_sql(estate, "employees_db", *statements)
    before = digest(estate)
    for command in ("status", "preview", *(("tables", "all") if shaped else ())):
        said = dhub_here(estate, *COMMANDS[command])
        assert said.code in (0, 3), said.words
        check(said, expected.get(command, said.code))
    for command in ("append", "replace", "clear"):
        if command in expected and (command, cleared) != ("clear", True):
            check(dhub_here(estate, *COMMANDS[command]), expected[command])
    assert digest(estate) == before
    if cleared:
        check(dhub_here(estate, *COMMANDS["clear"]), 0)
    for command in ("refresh", "init") if shaped else ():
        assert dhub_here(estate, *COMMANDS[command]).code in (0, 2, 3)


LEDGER = {
    "runs deleted": ("DELETE FROM dhub.runs", "has lost its record of the runs"),
    "shards deleted": ("DELETE FROM dhub.shards", r"its record of \d+ loaded shards"),
    "entries deleted": ("DELETE FROM dhub.entries", r"its record of \d+ loaded shards"),
    "runs dropped": ("DROP TABLE dhub.runs CASCADE", "has lost dhub.runs"),
    "entries dropped": ("DROP TABLE dhub.entries", "has lost dhub.entries"),
}


REFUSED = ("preview", "all", "append", "if needed", "resume", "refresh", "replace")
# An older dhub cannot tell a database whose shards were struck off from one without tables.
HARMED = [(harm, older) for harm in LEDGER for older in (False, True)]
HARMED = [
    each for each in HARMED if each not in (("shards deleted", True), ("entries deleted", True))
]


@pytest.mark.parametrize(("harm", "older"), HARMED)
def test_a_ledger_that_was_emptied_is_told_and_nothing_is_done(
    states: States, dhub_here: Callable[..., Said], harm: str, older: bool
) -> None:
    statement, words = LEDGER[harm]
    estate = states.copy("of an older dhub" if older else "complete")
    run_sql(estate, "employees_db", statement)
    if older and harm == "runs deleted":
        words = "does not know the run of"
    before = digest(estate)
    for command in ("preview", "resume", "replace") if older else REFUSED:
        said = dhub_here(estate, *COMMANDS[command])
        check(said, (3, f"employees_db.*{words}.*\n.*--lost employees_db"))
    check(dhub_here(estate, *COMMANDS["clear"]), (3, words))
    assert digest(estate) == before
    check(dhub_here(estate, "seed", "status"), (0, "estate: damaged"))
    assert dhub_here(estate, "seed", "clear", "--confirm", "--lost", "employees_db").code == 0
