"""warehouse_db: the star of the recorded runs, beside the six; whatever happens, the same rows."""

from __future__ import annotations

import datetime as dt
import itertools
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fixtures.command import Dhub, environment
from fixtures.server import at_database, dropped, variables

from dhub.bank import BANK
from dhub.errors import Refused, UsageError
from dhub.estate.beside import there
from dhub.estate.creation import prepare
from dhub.estate.databases import Estate
from dhub.estate.digests import recorded
from dhub.estate.hold import Hold
from dhub.estate.query import asked
from dhub.flow import orchestrate
from dhub.flow.plan import make_plan
from dhub.flow.request import Request
from dhub.others import BESIDE, STAR, WAREHOUSE
from dhub.warehouse.build import ADDED, FINISHED, LOADED, NOTHING, build, intended
from dhub.warehouse.export import export

TODAY = dt.date(2026, 11, 20)
FIRST = Request(customers="40", employees="60", seed="5", as_of="2025-10-01")
MORE = Request(customers="25", append=True)
THIS = next(each for each in BESIDE if each.database == "warehouse_db")
TABLES = [table.name for table in STAR[0].tables]
_NUMBER = itertools.count()


def seed(estate: Estate, asked_for: Request) -> None:
    cohorts = orchestrate.cohorts(estate) if asked_for.append else ()
    orchestrate.seed(estate, make_plan(asked_for, BANK, TODAY, cohorts), 1)


@pytest.fixture(scope="module")
def young(make_migrated: Callable[[], Estate], server_url: str) -> Iterator[Estate]:
    """Six databases with a bank of one cohort, to be copied."""
    made = make_migrated()
    seed(made, FIRST)
    yield made
    dropped(server_url, made)


@pytest.fixture(scope="module")
def bank(young: Estate, kept_copy: Callable[[Estate], Estate], server_url: str) -> Iterator[Estate]:
    """Six databases with a bank of two cohorts."""
    made = kept_copy(young)
    seed(made, MORE)
    yield made
    dropped(server_url, made)


def with_star(estate: Estate, server_url: str) -> Estate:
    """The estate, and where its star is to be: a database that does not exist."""
    url = at_database(server_url, f"test_star_{next(_NUMBER)}")
    return replace(estate, beside={"warehouse_db": url})


@pytest.fixture
def star(bank: Estate, server_url: str) -> Iterator[Estate]:
    made = with_star(bank, server_url)
    yield made
    dropped(server_url, made.alone("warehouse_db"))


@pytest.fixture
def growing(
    young: Estate, copy_of: Callable[[Estate], Estate], server_url: str
) -> Iterator[Estate]:
    """A bank of one cohort, of this test's own."""
    made = with_star(copy_of(young), server_url)
    yield made
    dropped(server_url, made.alone("warehouse_db"))


def ask(estate: Estate, query: str) -> list[tuple[Any, ...]]:
    with closing(psycopg.connect(estate.beside["warehouse_db"], autocommit=True)) as conn:
        cursor = conn.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def content(estate: Estate) -> dict[str, Any]:
    """Rows and a checksum of each table, as they stand."""
    query = "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
    return {table: ask(estate, query.format(table))[0] for table in TABLES}


def digests(estate: Estate) -> dict[str, str | None]:
    with closing(psycopg.connect(estate.beside["warehouse_db"])) as conn:
        return recorded(conn)


def state(estate: Estate) -> tuple[str, str | None]:
    found = THIS.look(estate)
    return found.state, found.note


def star_of(bank: Estate, server_url: str) -> Iterator[Estate]:
    made = with_star(bank, server_url)
    build(made, 1)
    yield made
    dropped(server_url, made.alone("warehouse_db"))


@pytest.fixture(scope="module")
def whole_star(bank: Estate, server_url: str) -> Iterator[Estate]:
    """An uninterrupted build of the two cohorts, to be copied."""
    yield from star_of(bank, server_url)


@pytest.fixture(scope="module")
def whole(whole_star: Estate) -> tuple[dict[str, Any], dict[str, str | None]]:
    """What is in it."""
    return content(whole_star), digests(whole_star)


@pytest.fixture(scope="module")
def young_star(young: Estate, server_url: str) -> Iterator[Estate]:
    """A build of the one cohort, to be copied."""
    yield from star_of(young, server_url)


@pytest.fixture
def built(star: Estate, whole_star: Estate, server_url: str) -> Estate:
    """A bank of two cohorts and a star of this test's own."""
    return copied(whole_star, star, server_url)


@pytest.fixture
def grown(growing: Estate, young_star: Estate, server_url: str) -> Estate:
    """A bank of one cohort and its star, of this test's own."""
    return copied(young_star, growing, server_url)


def copied(star: Estate, beside: Estate, server_url: str) -> Estate:
    """The estate, its star copied from that of the same bank."""
    old, name = (str(psycopg.conninfo.conninfo_to_dict(each.beside["warehouse_db"])["dbname"])
                 for each in (star, beside))  # fmt: skip
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {old} STRATEGY file_copy".encode())
        admin.execute(f"ALTER DATABASE {name} SET timezone TO 'UTC'".encode())
    return beside


def test_a_build_makes_it_and_fills_it(
    star: Estate, whole: tuple[dict[str, Any], dict[str, str | None]]
) -> None:
    """Of all cohorts at once; a second one has nothing to do."""
    assert there(star) == ()
    made = build(star, 2)
    assert (made.intent.word, len(made.outcomes)) == (LOADED, 2)
    assert there(star) == ("warehouse_db",)
    assert (content(star), digests(star)) == whole
    assert ask(star, "SELECT count(*) FROM dim_customer") == [(65,)]
    assert state(star) == ("current", None)
    assert build(star).intent.word == NOTHING
    assert THIS.look(star).owed == []


def test_its_rows_are_those_of_the_files(grown: Estate, tmp_path: Path) -> None:
    done = export(make_plan(FIRST, WAREHOUSE, TODAY), tmp_path / "star", "csv", workers=1)
    written = {
        each.table.name: each.digest for each in done.files if each.database != "ground_truth"
    }
    assert digests(grown) == written


def test_a_cohort_that_is_missing_is_added(grown: Estate) -> None:
    """What was there stays as it is: no row of it is written again."""
    rows = "SELECT count(*), max(xmin::text::bigint) FROM {} WHERE customer_key <= 40"
    tables = [each for each in TABLES if each.startswith("fact") or each == "dim_customer"]
    before = {table: ask(grown, rows.format(table)) for table in tables}
    seed(grown, MORE)
    assert state(grown)[0] == "behind" and "1 cohort" in str(state(grown)[1])
    made = build(grown, 1)
    assert (made.intent.word, [each.plan.cohort for each in made.outcomes]) == (ADDED, [2])
    assert {table: ask(grown, rows.format(table)) for table in tables} == before
    assert ask(grown, "SELECT count(*) FROM dim_customer") == [(65,)]
    assert state(grown) == ("current", None)


_KILLED = """
import os, signal, sys
from contextlib import nullcontext
from dhub.estate.databases import Estate
from dhub.flow.events import Loaded
from dhub.warehouse.build import build
urls, star, password, shard, table = eval(sys.argv[1])
def hear(event):
    if isinstance(event, Loaded) and (event.shard, event.table) == (shard, table):
        os.kill(os.getpid(), signal.SIGKILL)
build(Estate(urls, True, password, {"warehouse_db": star}), 1, lambda: nullcontext(hear))
"""


def killed(estate: Estate, shard: int, table: str) -> None:
    """A build that was killed once a shard's table was told to be in."""
    told = (estate.urls, estate.beside["warehouse_db"], estate.reader_password, shard, table)
    words = [sys.executable, "-c", _KILLED, repr(told)]
    done = subprocess.run(words, env=environment(), capture_output=True, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


@pytest.mark.parametrize("shard", [0, 1, 2], ids=["foundation", "first", "second"])
def test_a_build_that_was_killed_is_finished(
    star: Estate, shard: int, whole: tuple[dict[str, Any], dict[str, str | None]]
) -> None:
    """Behind the foundation, behind the first cohort's shard, and behind the second's."""
    killed(star, shard, "dim_date" if shard == 0 else "dim_customer")
    assert state(star)[0] == "interrupted"
    with Hold(star.alone("warehouse_db")):
        pass  # its lock went with it
    word = ADDED if shard < 2 else FINISHED
    assert intended(star).word == word
    assert build(star, 2).intent.word == word
    assert (content(star), digests(star)) == whole
    assert state(star) == ("current", None)


def test_an_interrupted_build_of_another_bank_is_no_hindrance(growing: Estate) -> None:
    killed(growing, 0, "dim_date")
    orchestrate.make_room(growing, make_plan(FIRST, BANK, TODAY))
    seed(growing, replace(FIRST, seed="6"))
    assert build(growing, 1).intent.word == LOADED
    assert state(growing) == ("current", None)


def test_a_star_of_another_bank_is_behind_and_loaded_anew(grown: Estate) -> None:
    before = content(grown)
    orchestrate.make_room(grown, make_plan(FIRST, BANK, TODAY))
    seed(grown, replace(FIRST, seed="6"))
    assert state(grown)[0] == "behind" and "another bank" in str(state(grown)[1])
    assert content(grown) == before
    assert build(grown, 1).intent.word == LOADED
    assert content(grown)["dim_customer"] != before["dim_customer"]
    assert state(grown) == ("current", None)


def test_what_a_user_put_there_is_not_taken(grown: Estate) -> None:
    """Neither by a clear nor by a build of another bank; nothing is changed then."""
    ask(grown, "CREATE TABLE notes (customer_key bigint REFERENCES dim_customer)")
    ask(grown, "INSERT INTO notes VALUES (7)")
    before = content(grown)
    with pytest.raises(Refused, match="notes"):
        THIS.clear(grown)
    orchestrate.make_room(grown, make_plan(FIRST, BANK, TODAY))
    seed(grown, replace(FIRST, seed="6"))
    with pytest.raises(Refused, match="notes"):
        build(grown, 1)
    assert content(grown) == before


def test_what_the_six_came_to_after_collisions_is_what_the_star_shows(
    new_estate: Estate, server_url: str
) -> None:
    """A user's rows took an e-mail and the number of a policy: both loads went on with others."""
    prepare(new_estate)
    seed(new_estate, FIRST)
    taken = {
        "accounts_db": "SELECT * FROM customers WHERE customer_id = 3",
        "insurance_db": "SELECT * FROM policies ORDER BY policy_id LIMIT 1",
    }
    keys = {"accounts_db": "customer_id", "insurance_db": "policy_id"}
    kept = {each: _row(new_estate, each, query) for each, query in taken.items()}
    orchestrate.make_room(new_estate, make_plan(FIRST, BANK, TODAY))
    for database, (table, row) in kept.items():
        _put(new_estate, database, table, row | {keys[database]: 900_000_000})
    seed(new_estate, FIRST)
    made = with_star(new_estate, server_url)
    build(made, 1)
    for database, query, other in (
        ("accounts_db", "SELECT customer_id, email, phone, customer_number FROM customers"
         " WHERE customer_id < 900000000 ORDER BY 1",
         "SELECT customer_id, email, phone, customer_number FROM dim_customer ORDER BY 1"),
        ("insurance_db", "SELECT policy_id, policy_number FROM policies"
         " WHERE policy_id < 900000000 ORDER BY 1",
         "SELECT source_id, account_number FROM dim_account WHERE source_table = 'policies'"
         " ORDER BY 1"),
    ):  # fmt: skip
        with closing(psycopg.connect(new_estate.urls[database])) as conn:
            assert conn.execute(query.encode()).fetchall() == ask(made, other)
            tries = conn.execute("SELECT max(attempt) FROM dhub.shards").fetchone()
            assert tries and tries[0] > 0
    dropped(server_url, made.alone("warehouse_db"))


def _row(estate: Estate, database: str, query: str) -> tuple[str, dict[str, Any]]:
    with closing(psycopg.connect(estate.urls[database])) as conn:
        cursor = conn.execute(query.encode())
        values = cursor.fetchone()
        assert values and cursor.description
        names = [each.name for each in cursor.description]
        return query.split(" FROM ")[1].split()[0], dict(zip(names, values, strict=True))


def _put(estate: Estate, database: str, table: str, row: dict[str, Any]) -> None:
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    with psycopg.connect(estate.urls[database], autocommit=True) as conn:
        conn.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})".encode(), list(row.values()))


def test_it_is_emptied_by_its_ledger(built: Estate) -> None:
    """All that was loaded goes, a row of a user's own stays, and it can be built again."""
    ask(built, "INSERT INTO dim_product (product_key, product_code, product_name, product_class,"
        " product_type, annual_fee, monthly_fee, description)"
        " VALUES (900, 'MINE', 'Mine', 'casa', 'checking', 0, 0, 'Mine')")  # fmt: skip
    rows = {table: count for table, (count, _) in content(built).items()} | {"dim_product": 46}
    assert THIS.preview(built).rows == THIS.clear(built).rows == rows
    assert {table: count for table, (count, _) in content(built).items()} == dict.fromkeys(
        TABLES, 0
    ) | {"dim_product": 1}
    assert state(built)[0] == "behind"
    assert build(built, 1).intent.word == LOADED
    assert state(built) == ("current", None)


def test_without_a_bank_there_is_nothing_to_build(
    estate: Estate, new_estate: Estate, server_url: str
) -> None:
    for each in (estate, new_estate):  # empty, and not there
        with pytest.raises(UsageError, match="Nothing is seeded"):
            build(with_star(each, server_url))
    with pytest.raises(UsageError, match="DHUB_WAREHOUSE_DB_URL"):
        build(estate)


def test_a_database_that_dhub_did_not_make_is_left_alone(star: Estate, server_url: str) -> None:
    url = star.beside["warehouse_db"]
    name = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
    ask(star, "CREATE TABLE dim_customer (a int)")
    with pytest.raises(Refused, match="did not make"):
        build(star)
    assert there(star) == ()


def test_one_newer_than_the_code_is_refused(built: Estate) -> None:
    ask(built, "INSERT INTO dhub.migrations (migration_id, migration_hash, applied_at_utc)"
        " VALUES ('warehouse_db/0999_later', 'h', now())")  # fmt: skip
    with pytest.raises(Refused, match="0999_later|newer"):
        build(built)


def test_while_the_six_are_loaded_or_half_loaded_it_is_refused(growing: Estate) -> None:
    with Hold(growing), pytest.raises(Refused, match="going on"):
        build(growing)
    with psycopg.connect(growing.urls["loans_db"], autocommit=True) as conn:
        conn.execute("UPDATE dhub.runs SET state = 'interrupted'")
    with pytest.raises(Refused, match="interrupted"):
        build(growing)
    assert there(growing) == ()


def test_two_builds_at_once_are_one(built: Estate) -> None:
    with Hold(built.alone("warehouse_db")):
        with pytest.raises(Refused, match="a build is going on"):
            build(built)
        with pytest.raises(Refused, match="going on"):
            THIS.clear(built)


def test_a_ledger_that_was_emptied_is_told(built: Estate) -> None:
    ask(built, "DELETE FROM dhub.entries")
    for step in (build, THIS.clear):
        with pytest.raises(Refused, match="Drop that database"):
            step(built)


def test_the_reader_may_read_it_and_nothing_else(built: Estate) -> None:
    alone = built.alone("warehouse_db")
    query = "SELECT current_user, count(*) FROM dim_customer"
    with asked(alone, "warehouse_db", query, 10) as answer:
        assert list(answer.rows) == [("dhub_reader", "65")]
    with pytest.raises(Refused), asked(alone, "warehouse_db", "DELETE FROM dim_date", 10) as answer:
        list(answer.rows)


def test_by_command(dhub: Dhub, growing: Estate) -> None:
    env = variables(growing) | {"DHUB_WAREHOUSE_DB_URL": growing.beside["warehouse_db"]}
    planned = dhub("warehouse", "build", "--dry-run", "--json", env=env).json
    assert (planned["would"], planned["plans"][0]["customers"]) == (LOADED, 40)
    assert there(growing) == ()
    made = dhub("warehouse", "build", "--workers", "1", "--json", env=env)
    assert (made.code, made.json["done"], made.json["tables"]["dim_customer"]) == (0, LOADED, 40)
    assert "nothing to do" in dhub("warehouse", "build", env=env).out
    beside = dhub("seed", "status", "--json", env=env).json["beside"]
    assert [(each["database"], each["state"]) for each in beside] == [("warehouse_db", "current")]
    assert dhub("seed", "resume", env=env).code == 0
    options = ("--customers", "30", "--employees", "60", "--as-of", "2025-10-01")
    assert dhub("seed", "all", "--replace", *options, env=env).code == 0
    assert "warehouse_db  behind" in dhub("seed", "status", env=env).out
    cleared = dhub("seed", "clear", "--confirm", "--json", env=env).json["databases"]
    assert (cleared[0]["database"], cleared[0]["rows"]["dim_customer"]) == ("warehouse_db", 40)
    assert ask(growing, "SELECT count(*) FROM fact_transaction") == [(0,)]
    assert dhub("warehouse", "build", env=env).code == 2
