"""A run keeps within the connections that it may open, or says first that it cannot."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from fixtures.command import Dhub
from fixtures.logins import MAKER, as_login, url_name
from fixtures.server import Server, variables

from dhub.bank import BANK
from dhub.errors import UsageError
from dhub.estate.capacity import Room, room
from dhub.estate.connections import connect
from dhub.estate.databases import Estate
from dhub.estate.hold import Hold

SMALL = ("--customers", "120", "--employees", "40", "--seed", "5", "--as-of", "2026-11-20")


@pytest.fixture
def admin(server: Server, logins: None) -> Iterator[psycopg.Connection]:
    """The superuser, who takes back what a test set."""
    with psycopg.connect(server.url, autocommit=True) as conn:
        yield conn
        conn.execute(f"ALTER ROLE {MAKER} CONNECTION LIMIT -1")


# As many as are needed, for one worker and for two; and more, for one worker a shard.
@pytest.mark.parametrize(
    ("limit", "workers", "customers"), [(7, 1, 60), (8, 2, 2100), (12, 3, 4100)]
)
def test_a_run_fits_into_what_the_role_may_open(
    limit: int,
    workers: int,
    customers: int,
    new_estate: Estate,
    own: Estate,
    server: Server,
    admin: psycopg.Connection,
    dhub: Dhub,
) -> None:
    """Six locks and one connection a worker are enough, from making the databases to verifying."""
    admin.execute(f"ALTER ROLE {MAKER} CONNECTION LIMIT {limit}".encode())
    made = own if workers > 1 else as_login(new_estate, MAKER, server.reader_password)
    env = variables(made)
    for words in (
        ("seed", "all", *SMALL, "--customers", str(customers), "--workers", str(workers)),
        ("seed", "status"),
        ("verify", "--only", "references"),
        ("seed", "clear", "--confirm"),
    ):
        done = dhub(*words, env=env, timeout=300)
        assert done.code == 0, (words, done.err)


@pytest.mark.parametrize(("limit", "workers"), [(6, 1), (7, 2), (11, 6)])
def test_too_few_for_the_role_is_told_before_a_row_is_written(
    limit: int, workers: int, own: Estate, admin: psycopg.Connection, dhub: Dhub
) -> None:
    env = variables(own)
    admin.execute(f"ALTER ROLE {MAKER} CONNECTION LIMIT {limit}".encode())
    words = ("seed", "all", *SMALL, "--customers", "30000", "--workers", str(workers))
    refused = dhub(*words, env=env)
    assert refused.code == 2, refused.err
    assert f"the limit of role {MAKER} is {limit}" in refused.err
    assert "Nothing was written." in refused.err
    assert (f"--workers {limit - 6}" in refused.err) == (limit > 6)
    remedy = refused.err.partition("administrator run: ")[2].strip()
    assert empty(own)
    admin.execute(remedy.encode())
    with Hold(own) as hold:
        assert room(hold, workers).total == workers


def test_fewer_than_six_are_told_too(own: Estate, admin: psycopg.Connection, dhub: Dhub) -> None:
    admin.execute(f"ALTER ROLE {MAKER} CONNECTION LIMIT 4")
    refused = dhub("seed", "all", *SMALL, env=variables(own))
    assert refused.code == 4
    assert f"role {MAKER} has no connection left (its CONNECTION LIMIT)" in refused.err
    admin.execute(f"ALTER ROLE {MAKER} CONNECTION LIMIT -1")
    assert empty(own)


def test_too_few_for_a_database(own: Estate, admin: psycopg.Connection, dhub: Dhub) -> None:
    name = url_name(own, "loans_db")
    admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 2')
    with Hold(own) as hold:
        assert room(hold, 1).each == 1
        with pytest.raises(UsageError, match=f"the limit of database {name} is 2, and 1 are left"):
            room(hold, 2)
    done = dhub("seed", "all", *SMALL, "--workers", "1", env=variables(own), timeout=300)
    assert done.code == 0, done.err


def test_the_server_has_a_limit(own: Estate, admin: psycopg.Connection, dhub: Dhub) -> None:
    most = int(admin.execute("SHOW max_connections").fetchone()[0])
    with Hold(own) as hold:
        left = room(hold, 1)
        assert isinstance(left, Room) and 0 < left.total < most - 6
        with pytest.raises(UsageError, match="max_connections, less what it reserves"):
            room(hold, most)


def empty(estate: Estate) -> bool:
    """Whether no table has a row but those that migrations fill."""
    for domain in BANK:
        with connect(estate, domain.database) as conn:
            for table in domain.tables:
                if conn.execute(f"SELECT 1 FROM {table.name} LIMIT 1".encode()).fetchone():
                    return False
    return True
