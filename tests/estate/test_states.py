"""Every command in every state of an estate: exit code, words, and what it leaves untouched.

The states are made once and copied by the server; commands run in this process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from unittest.mock import patch

import psycopg
import pytest
from fixtures.estates import run_everywhere, run_sql
from fixtures.server import dropped, variables

from dhub.bank import BANK
from dhub.cli.app import exit_code
from dhub.estate import clear, guard
from dhub.estate.creation import prepare
from dhub.estate.databases import DATABASES, Estate
from dhub.flow import orchestrate
from dhub.flow.events import Event, Loaded, Stage
from dhub.flow.plan import make_plan
from dhub.flow.request import Request

AS_OF = "2026-06-30"
OPTIONS = ["--customers", "60", "--employees", "7", "--as-of", AS_OF, "--workers", "1"]

COMMANDS = {
    "status": ["seed", "status"],
    "preview": ["seed", "clear"],
    "dry run": ["seed", "all", "--dry-run", *OPTIONS],
    "tables": ["db", "tables"],
    "query": ["db", "query", "SELECT 1", "-d", "accounts_db"],
    "url": ["db", "url"],
    "verify": ["verify"],
    "all": ["seed", "all", *OPTIONS],
    "append": ["seed", "all", "--append", "--customers", "5", "--workers", "1"],
    "if needed": ["seed", "all", "--if-needed", *OPTIONS],
    "resume": ["seed", "resume", "--workers", "1"],
    "refresh": ["db", "refresh"],
    "init": ["db", "init"],
    "replace": ["seed", "all", "--replace", "--seed", "9", *OPTIONS],
    "clear": ["seed", "clear", "--confirm"],
}

NOTHING, SEEDED, CUT = "Nothing is seeded", "already seeded", "was interrupted"
HALF, GOING = "a clear of this estate was interrupted", "run is going on"

FORMAT = "this bank has format 1"  # what an older dhub seeded, and only it can go on with

# Exit code and words, by state and command; a code alone where the words are the result itself.
READING: dict[str, object] = {"dry run": 0, "tables": 0, "query": 0, "url": 0}
INTERRUPTED = READING | {
    "status": (0, "interrupted"),
    "preview": (3, "branches"),
    "verify": 1,
    "all": (3, CUT),
    "append": (3, CUT),
    "if needed": 0,
    "resume": 0,
    "refresh": (3, CUT),
    "init": 0,
    "replace": (3, CUT),
    "clear": 0,
}
COMPLETE = READING | {
    "status": (0, "complete"),
    "preview": (3, "branches"),
    "verify": 0,
    "all": (3, SEEDED),
    "append": 0,
    "if needed": (0, "Already seeded"),
    "resume": (0, "Nothing to resume"),
    "refresh": 0,
    "init": 0,
    "replace": 0,
    "clear": 0,
}
EMPTY = READING | {
    "status": (0, "estate: empty"),
    "preview": (0, NOTHING),
    "verify": (2, NOTHING),
    "all": 0,
    "append": (2, "nothing is seeded"),
    "if needed": 0,
    "resume": (0, "Nothing to resume"),
    "refresh": (2, NOTHING),
    "init": 0,
    "replace": 0,
    "clear": (0, NOTHING),
}
MATRIX: dict[str, dict[str, object]] = {
    "absent": EMPTY
    | {"status": (0, "estate: absent"), "tables": (2, "does not exist")}
    | {"query": (2, "does not exist"), "verify": (2, "does not exist")},
    "migrated": EMPTY,
    "seeding now": READING
    | {"status": (0, "estate: running"), "preview": (3, GOING), "verify": 1, "init": 0}
    | dict.fromkeys(("all", "append", "if needed", "resume", "refresh", "replace"), (3, GOING))
    | {"clear": (3, GOING)},
    "killed in the load": INTERRUPTED,
    "interrupted in phase 7": INTERRUPTED,
    "interrupted at the end": INTERRUPTED | {"verify": 1},
    "interrupted in a clear": READING
    | {"status": (0, "estate: clearing"), "preview": 3, "verify": 1, "init": 0}
    | dict.fromkeys(("all", "append", "if needed", "resume", "refresh", "replace"), (3, HALF))
    | {"clear": 0},
    "complete": COMPLETE,
    "appended": COMPLETE,
    "of an older dhub": COMPLETE | dict.fromkeys(("verify", "append"), (3, FORMAT)),
    "interrupted under an older dhub": INTERRUPTED
    | dict.fromkeys(("verify", "resume", "if needed"), (3, FORMAT)),
}

# The bookkeeping as it was before estates had names and deletions were noted.
OLDER = (
    "DROP FUNCTION dhub.note_deleted() CASCADE",
    "DROP TABLE dhub.cleared, dhub.deleted",
    "ALTER TABLE dhub.entries DROP COLUMN key_column",
    "ALTER TABLE dhub.estate DROP COLUMN estate_id",
    "ALTER TABLE dhub.entries DROP COLUMN digest",
    "ALTER TABLE dhub.runs DROP COLUMN bank_format",
    "DROP TABLE dhub.readable, dhub.locks",
    "DELETE FROM dhub.migrations WHERE migration_id ~ 'dhub/000[4-8]'",
)

_COUNTS = """
SELECT string_agg(format('SELECT %L AS line, count(*) AS n FROM public.%I', relname, relname),
    ' UNION ALL ' ORDER BY relname)
FROM pg_class WHERE relnamespace = to_regnamespace('public') AND relkind IN ('r', 'p', 'v')
"""
_SHAPE = """
SELECT conname || convalidated FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1
"""
_RUNS = "SELECT run_id, state, finished_at FROM dhub.runs ORDER BY cohort"


def digest(estate: Estate) -> list[object]:
    """Rows of each table, constraints and runs: what a refused command leaves as it was."""
    found: list[object] = []
    for database in DATABASES:
        try:
            conn = psycopg.connect(estate.urls[database], autocommit=True)
        except psycopg.OperationalError:
            found.append("absent")
            continue
        with conn:
            [(counts,)] = conn.execute(_COUNTS).fetchall()
            found += [conn.execute(query).fetchall() for query in (counts, _SHAPE) if query]
            if conn.execute("SELECT to_regclass('dhub.runs') IS NOT NULL").fetchone() == (True,):
                found.append(conn.execute(_RUNS).fetchall())
    return found


class Stop(BaseException):
    """Ends a run where a test wants it to end."""


@dataclass
class States:
    """Makes each state once; nobody connects to what is copied."""

    make_estate: Callable[[], Estate]
    copy_of: Callable[[Estate], Estate]
    drop: Callable[[Estate], None]
    lent: list[Estate] = field(default_factory=list)
    made: dict[str, Estate] = field(default_factory=dict)
    digests: dict[str, list[object]] = field(default_factory=dict)

    def template(self, name: str) -> Estate:
        if name not in self.made:
            self.made[name] = self._make(name)
        return self.made[name]

    def copy(self, name: str) -> Estate:
        """An estate in that state for one test."""
        self.lent.append(self._another(name))
        return self.lent[-1]

    def _another(self, name: str) -> Estate:
        return self.make_estate() if name == "absent" else self.copy_of(self.template(name))

    def take_back(self) -> None:
        """The test is over."""
        while self.lent:
            self.drop(self.lent.pop())

    @cached_property
    def shared(self) -> dict[str, Estate]:
        """Estates for what must leave them as they are, by state."""
        return {}

    def untouched(self, name: str) -> Estate:
        if name not in self.shared:
            self.shared[name] = self._another(name)
            self.digests[name] = digest(self.shared[name])
        return self.shared[name]

    def _make(self, name: str) -> Estate:
        if name == "migrated":
            estate = self.make_estate()
            prepare(estate)
            return estate
        if name in ("complete", "another"):
            return self._seeded("migrated" if name == "complete" else "absent", lambda event: None)
        if name == "appended":
            estate = self.copy_of(self.template("complete"))
            asked = Request(append=True, customers="5")
            plan = make_plan(asked, BANK, date.fromisoformat(AS_OF), orchestrate.cohorts(estate))
            orchestrate.seed(estate, plan, 1)
            return estate
        if name == "interrupted in a clear":
            return self._half_cleared()
        if name.endswith("older dhub"):
            base = "complete" if name.startswith("of") else "killed in the load"
            estate = self.copy_of(self.template(base))
            run_everywhere(estate, *OLDER)
            return estate
        if name == "seeding now":
            return self.template("killed in the load")
        return self._seeded("migrated", STOPS[name])

    def _seeded(self, start: str, listener: Callable[[Event], None]) -> Estate:
        estate = self._another(start)
        prepare(estate)
        asked = Request(customers="60", employees="7", as_of=AS_OF)
        try:
            orchestrate.seed(estate, make_plan(asked, BANK, date(2026, 7, 1)), 1, listener)
        except Stop:
            if listener is STOPS["killed in the load"]:
                run_everywhere(estate, "UPDATE dhub.runs SET state = 'running', finished_at = NULL")
        return estate

    def _half_cleared(self) -> Estate:
        estate = self.copy_of(self.template("complete"))
        commit = clear._commit

        def first_alone(conn: psycopg.Connection, database: str) -> None:
            if database != DATABASES[0]:
                raise Stop
            commit(conn, database)

        with patch.object(clear, "_commit", first_alone), pytest.raises(Stop):
            clear.clear(estate)
        return estate


def _stop_in_load(event: Event) -> None:
    if isinstance(event, Loaded) and event.table == "customers":
        raise Stop


def _stop_in_phase_7(event: Event) -> None:
    if isinstance(event, Loaded) and event.phase == 7:
        raise Stop


def _stop_at_the_end(event: Event) -> None:
    if isinstance(event, Stage) and event.name.startswith("Constraints"):
        raise Stop


STOPS = {
    "killed in the load": _stop_in_load,
    "interrupted in phase 7": _stop_in_phase_7,
    "interrupted at the end": _stop_at_the_end,
}


@pytest.fixture(scope="module")
def every_state(
    make_estate: Callable[[], Estate], kept_copy: Callable[[Estate], Estate], server_url: str
) -> Iterator[States]:
    made = States(make_estate, kept_copy, partial(dropped, server_url))
    yield made
    for estate in (*made.made.values(), *made.shared.values()):
        made.drop(estate)


@pytest.fixture
def states(every_state: States) -> Iterator[States]:
    yield every_state
    every_state.take_back()


@dataclass(frozen=True)
class Said:
    code: int
    words: str


@pytest.fixture
def dhub_here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Said]:
    """Runs a command on an estate in this process."""
    monkeypatch.chdir(tmp_path)

    def run(estate: Estate, *arguments: str) -> Said:
        for name, value in variables(estate).items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        code = exit_code(list(arguments))
        said = capsys.readouterr()
        return Said(code, said.out + said.err)

    return run


def check(said: Said, expected: object) -> None:
    code, words = expected if isinstance(expected, tuple) else (expected, "")
    assert said.code == code, said.words
    assert re.search(words, said.words), said.words


# Cells that go the way of another, which is tried: where nothing is seeded, both seed like `all`
# (as in "absent"), and an interrupted run is resumed (as "killed in the load"). What is migrated
# and counted anew is so whatever the cohorts are, or how far an interrupted run had come.
SAME = {("migrated", "if needed"), ("migrated", "replace")}
SAME |= {("interrupted in phase 7", "if needed"), ("interrupted at the end", "if needed")}
SAME |= {("interrupted in phase 7", "init"), ("interrupted at the end", "init")}
SAME |= {("appended", "init"), ("appended", "refresh")}
WRITES = ("all", "append", "if needed", "resume", "refresh", "init", "replace", "clear")
CHANGING = [
    (state, command)
    for state, row in MATRIX.items()
    for command in row
    if command in WRITES and row[command] == 0 and (state, command) not in SAME
]


@contextmanager
def locked(estate: Estate, state: str) -> Iterator[None]:
    """Where a run is going on it holds its lock."""
    with ExitStack() as stack:
        for database in DATABASES if state == "seeding now" else ():
            conn = psycopg.connect(estate.urls[database], autocommit=True)
            guard.lock_run(stack.enter_context(conn))
        yield


@pytest.mark.parametrize("state", MATRIX)
def test_what_reads_or_is_refused_changes_nothing(
    states: States, dhub_here: Callable[..., Said], state: str
) -> None:
    estate = states.untouched(state)
    with locked(estate, state):
        for command, expected in MATRIX[state].items():
            if command not in WRITES or expected != 0:
                check(dhub_here(estate, *COMMANDS[command]), expected)
    assert digest(estate) == states.digests[state]


@pytest.mark.parametrize(("state", "command"), CHANGING)
def test_what_a_command_makes_of_a_state(
    states: States, dhub_here: Callable[..., Said], state: str, command: str
) -> None:
    estate = states.copy(state)
    with locked(estate, state):
        check(dhub_here(estate, *COMMANDS[command]), 0)
    if command in ("all", "append", "if needed", "resume", "replace"):
        assert "estate: complete" in dhub_here(estate, "seed", "status").words
    elif command == "clear":
        assert "estate: empty" in dhub_here(estate, "seed", "status").words
        assert dhub_here(estate, "seed", "clear").code == 0


def test_the_matrix_is_whole() -> None:
    assert all(set(row) == set(COMMANDS) for row in MATRIX.values())


OF_ALL_SIX = ("status", "preview", "tables", "verify", "all", "append", "if needed", "resume")
OF_ALL_SIX += ("refresh", "init", "replace", "clear")


@pytest.mark.parametrize("older", [False, True])
def test_two_estates_mixed_are_refused_by_every_command(
    states: States, dhub_here: Callable[..., Said], older: bool
) -> None:
    one, other = states.copy("complete"), states.copy("another")
    for estate in (one, other) if older else ():
        run_everywhere(estate, *OLDER)
    mixed = replace(one, urls=one.urls | {"loans_db": other.urls["loans_db"]})
    before = digest(mixed)
    for command in OF_ALL_SIX:
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
    estate = states.copy("complete")
    run_sql(estate, "employees_db", *statements)
    before = digest(estate)
    beside = ("tables", "all", "if needed", "resume") if shaped else ()
    for command in ("status", "preview", *beside):
        said = dhub_here(estate, *COMMANDS[command])
        assert said.code in (0, 3), said.words
        check(said, expected.get(command, said.code))
    for command in ("append", "replace", "clear"):
        if command in expected:
            said = dhub_here(estate, *COMMANDS[command])
            check(said, expected[command])
            assert said.code == 0 or digest(estate) == before
    for command in ("refresh", "init") if shaped else ():
        assert dhub_here(estate, *COMMANDS[command]).code in (0, 2, 3)


LEDGER = {
    "runs deleted": ("DELETE FROM dhub.runs", "has lost its record of the runs"),
    "shards deleted": ("DELETE FROM dhub.shards", r"its record of \d+ loaded shards"),
    "entries deleted": ("DELETE FROM dhub.entries", r"its record of \d+ loaded shards"),
    "runs dropped": ("DROP TABLE dhub.runs CASCADE", "has lost dhub.runs"),
    "entries dropped": ("DROP TABLE dhub.entries", "has lost dhub.entries"),
}


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
    for command in ("preview", "all", "append", "if needed", "resume", "refresh", "replace"):
        said = dhub_here(estate, *COMMANDS[command])
        check(said, (3, f"employees_db.*{words}.*\n.*--lost employees_db"))
    check(dhub_here(estate, *COMMANDS["clear"]), (3, words))
    assert digest(estate) == before
    check(dhub_here(estate, "seed", "status"), (0, "estate: damaged"))
    assert dhub_here(estate, "seed", "clear", "--confirm", "--lost", "employees_db").code == 0
