"""Every command in every state of an estate: exit code, words, and what it leaves untouched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest
from fixtures.states import COMMANDS, Said, States, check, digest

from dhub.estate import guard
from dhub.estate.databases import DATABASES, Estate

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

# Cells that go the way of another, which is tried: where nothing is seeded, all three seed (`all`
# as in "absent", the others as in "migrated"), and an interrupted run is resumed (as "killed in the
# load"). A third cohort is added as a second one; what is migrated and counted anew is so whatever
# the cohorts are, or how far an interrupted run had come.
SAME = {("absent", "if needed"), ("absent", "replace"), ("migrated", "all")}
SAME |= {("interrupted in phase 7", "if needed"), ("interrupted at the end", "if needed")}
SAME |= {("interrupted in phase 7", "init"), ("interrupted at the end", "init")}
SAME |= {("appended", "init"), ("appended", "refresh"), ("appended", "append")}
WRITES = ("all", "append", "if needed", "resume", "refresh", "init", "replace", "clear")
KEEPS = ("refresh", "init")  # a state is what it was behind them, unless it is older
SEEDS = ("all", "append", "if needed", "resume", "replace")
# What is loaded is looked through in full where nothing is, where all is but the end, and where
# the bank is whole; else the completeness that tells why it is not.
PARTLY = ("seeding now", "interrupted in phase 7", "interrupted in a clear", "appended")


def chains() -> list[tuple[str, tuple[str, ...]]]:
    """By state, what writes on one copy: first what keeps it, then one that makes another of it."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for state, row in MATRIX.items():
        writes = [each for each in row if each in WRITES and row[each] == 0]
        writes = [each for each in writes if (state, each) not in SAME]
        kept = [each for each in writes if each in KEEPS and "older" not in state]
        made = [each for each in writes if each not in kept] or kept[-1:]
        found += [(state, (each,)) for each in made[:-1]]
        found.append((state, (*(each for each in kept if each != made[-1]), made[-1])))
    return found


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
    estate, before = states.untouched(state)
    with locked(estate, state):
        for command, expected in MATRIX[state].items():
            if command not in WRITES or expected != 0:
                partly = command == "verify" and state in PARTLY
                words = (*COMMANDS[command], *(("--only", "completeness") if partly else ()))
                check(dhub_here(estate, *words), expected)
    assert digest(estate) == before


@pytest.mark.parametrize(("state", "commands"), chains())
def test_what_a_command_makes_of_a_state(
    states: States, dhub_here: Callable[..., Said], state: str, commands: tuple[str, ...]
) -> None:
    estate = states.copy(state)
    before = digest(estate) if len(commands) > 1 and state != "absent" else []
    *kept, last = commands
    with locked(estate, state):
        for command in kept:
            check(dhub_here(estate, *COMMANDS[command]), 0)
        assert not before or digest(estate) == before
        check(dhub_here(estate, *COMMANDS[last]), 0)
    if last in SEEDS:
        assert "estate: complete" in dhub_here(estate, "seed", "status").words
    elif last == "clear":
        assert "estate: empty" in dhub_here(estate, "seed", "status").words
        assert dhub_here(estate, "seed", "clear").code == 0


def test_the_matrix_is_whole() -> None:
    assert all(set(row) == set(COMMANDS) for row in MATRIX.values())
    tried = {(state, each) for state, commands in chains() for each in commands}
    cells = {(state, each) for state, row in MATRIX.items() for each in row}
    assert {(state, each) for state, each in cells
            if each in WRITES and MATRIX[state][each] == 0} == tried | SAME  # fmt: skip
