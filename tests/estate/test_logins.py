"""A command logs in once to each database, and once more to load: a login costs processors 4 ms."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep

import psycopg
import pytest
from fixtures.command import Dhub
from fixtures.logins import url_name
from fixtures.server import Server, variables

from dhub.estate.databases import DATABASES, Estate

SEED = ("seed", "all", "--customers", "60", "--employees", "20", "--as-of", "2026-11-20")
SIX = len(DATABASES)

# In the order in which they are run, with their exit codes and how often they may log in. Beside
# the six: once to ask a server what it has, once to see whether the reader's password is right.
COMMANDS = (
    (("db", "init"), 0, SIX + 3),
    (SEED, 0, 2 * SIX + 2),
    (SEED, 3, SIX + 2),
    ((*SEED, "--if-needed"), 0, SIX + 2),
    (("seed", "status"), 0, SIX),
    (("seed", "resume"), 0, SIX),
    (("db", "tables"), 0, SIX),
    (("db", "refresh"), 0, SIX + 1),
    (("verify", "--only", "references"), 0, SIX),
    (("seed", "all", "--append", "--customers", "30"), 0, 2 * SIX + 1),
    ((*SEED, "--replace"), 0, 2 * SIX + 2),
    (("seed", "clear"), 3, SIX),
    (("seed", "clear", "--confirm"), 0, SIX),
)


@pytest.fixture
def logins(ready_estate: Estate, server: Server) -> Callable[[], int]:
    """How many sessions there have been in these databases, and in those to which one goes to make
    others, less our own."""
    names = [*(url_name(ready_estate, each) for each in DATABASES), "postgres", "template1"]

    def count() -> int:
        with psycopg.connect(server.url, autocommit=True) as conn:
            end = monotonic() + 30
            while conn.execute(_OPEN, (names,)).fetchall():
                assert monotonic() < end, "sessions stayed open"
                sleep(0.01)
            return conn.execute(_COUNT, (names,)).fetchone()[0]

    def since() -> int:
        before, last[0] = last[0], count()
        return last[0] - before - 1

    last = [count()]
    return since


# Those of a backend are written down by the time that it is gone; who copies databases stays.
_OPEN = """
SELECT pid FROM pg_stat_activity WHERE datname = ANY (%s) AND pid <> pg_backend_pid()
    AND backend_type = 'client backend' AND application_name <> 'copier'
"""
_COUNT = "SELECT sum(sessions)::int FROM pg_stat_database WHERE datname = ANY (%s)"


def test_a_command_logs_in_once_to_each_database(
    ready_estate: Estate, logins: Callable[[], int], dhub: Dhub
) -> None:
    env, found = variables(ready_estate), {}
    for words, code, most in COMMANDS:
        done = dhub(*words, env=env)
        assert done.code == code, (words, done.err)
        found[" ".join(words)] = (logins(), most)
    more = {words: each for words, each in found.items() if each[0] > each[1]}
    assert not more, f"more logins than before: {more}"
