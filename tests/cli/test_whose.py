"""Every command says the same of a database that is another's: whose it is, and exit code 3."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from fixtures.command import Dhub
from fixtures.server import variables
from psycopg import conninfo

from dhub.estate.databases import Estate

COMMANDS = {
    "db init": ("db", "init"),
    "db refresh": ("db", "refresh"),
    "db tables": ("db", "tables"),
    "seed clear": ("seed", "clear"),
    "seed clear --confirm": ("seed", "clear", "--confirm"),
    "seed resume": ("seed", "resume"),
    "seed all": ("seed", "all", "--scale", "0.05"),
    "seed all --replace": ("seed", "all", "--scale", "0.05", "--replace"),
    "verify": ("verify", "--only", "references"),
}


@pytest.fixture(scope="module")
def swapped(make_migrated: Callable[[], Estate]) -> Estate:
    """An estate whose URLs of two databases were mixed up."""
    made = make_migrated()
    loans, accounts = made.urls["loans_db"], made.urls["accounts_db"]
    urls = made.urls | {"loans_db": accounts, "accounts_db": loans}
    return Estate(urls, made.embedded, made.reader_password)


@pytest.fixture(scope="module")
def forged(make_migrated: Callable[[], Estate]) -> Iterator[Estate]:
    """An estate one of whose databases bears a mark that is a view."""
    made = make_migrated()
    with psycopg.connect(made.urls["accounts_db"], autocommit=True) as conn:
        conn.execute("ALTER TABLE dhub.estate RENAME TO estate_of_old")
        conn.execute("CREATE VIEW dhub.estate AS TABLE dhub.estate_of_old")
    yield made


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_swapped_databases(dhub: Dhub, swapped: Estate, words: tuple[str, ...]) -> None:
    done = dhub(*words, env=variables(swapped))
    name = conninfo.conninfo_to_dict(swapped.urls["accounts_db"])["dbname"]
    told = f"accounts_db (database {name}) is the loans_db of an estate."
    assert (done.code, done.out) == (3, "")
    assert done.err == f"dhub: {told} Check DHUB_ACCOUNTS_DB_URL.\n"


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_forged_mark(dhub: Dhub, forged: Estate, words: tuple[str, ...]) -> None:
    done = dhub(*words, env=variables(forged))
    assert (done.code, done.out) == (3, "")
    assert "holds view dhub.estate that dhub did not make." in done.err


def test_status_tells_it_too(dhub: Dhub, swapped: Estate) -> None:
    found = dhub("seed", "status", "--json", env=variables(swapped)).json
    assert found["state"] == "foreign"
    told = {each["database"]: each for each in found["databases"]}
    assert "is the loans_db of an estate" in str(told["accounts_db"])
    assert "is the accounts_db of an estate" in str(told["loans_db"])
    assert "interrupted" not in str(found)
