"""dhub_reader: SELECT on what dhub made and nothing else, on new and on older servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from fixtures.command import Dhub
from fixtures.places import Connection, Place
from fixtures.server import variables
from psycopg import conninfo, errors, sql

from dhub.errors import Refused, UsageError
from dhub.estate import guard, locks, reader, rights
from dhub.estate.creation import prepare
from dhub.estate.databases import DATABASES, Estate
from dhub.estate.query import asked


@pytest.fixture
def place(each_server: str, migrated_on: Callable[[str], Mapping[str, str]]) -> Iterator[Place]:
    """A server without a dhub_reader of others; the session's own one is put aside."""
    made = Place(each_server, migrated_on(each_server))
    with made.admin() as conn:
        aside = bool(
            conn.execute("SELECT 1 FROM pg_roles WHERE rolname = 'dhub_reader'").fetchone()
        )
        if aside:
            conn.execute("ALTER ROLE dhub_reader RENAME TO dhub_reader_aside")
    yield made
    made.reset()
    with made.admin() as conn:
        if conn.execute("SELECT 1 FROM pg_roles WHERE rolname = 'dhub_reader'").fetchone():
            conn.execute("DROP OWNED BY dhub_reader")
            conn.execute("DROP ROLE dhub_reader")
        if aside:
            conn.execute("ALTER ROLE dhub_reader_aside RENAME TO dhub_reader")


@contextmanager
def as_reader(estate: Estate, database: str = "accounts_db") -> Iterator[Connection]:
    """By its own login, as any client has it."""
    url = conninfo.make_conninfo(
        estate.urls[database], user="dhub_reader", password=reader.password_of(estate)
    )
    with psycopg.connect(url, autocommit=True) as conn:
        yield conn


def ask(estate: Estate, query: str) -> Any:
    with asked(estate, "accounts_db", query, 20) as answer:
        return list(answer.rows)


BEYOND_READING = [
    "INSERT INTO public.transaction_types VALUES ('x', 1)",
    "UPDATE public.customers SET city = 'x'",
    "DELETE FROM public.customers",
    "TRUNCATE public.customers",
    "CREATE TABLE public.mine (id int)",
    "CREATE TABLE reporting.mine (id int)",
    "CREATE TEMPORARY TABLE mine (id int)",
    "CREATE VIEW public.mine AS SELECT 1",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE SCHEMA mine",
    "CREATE EXTENSION plpgsql",
    "CREATE ROLE mine",
    "CREATE DATABASE mine",
    "COMMENT ON TABLE public.customers IS 'mine'",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY (SELECT 1) TO '/tmp/dhub-test-copy'",
    "COPY public.customers FROM PROGRAM 'true'",
    "CALL reporting.refresh_monthly_balances()",
    "REFRESH MATERIALIZED VIEW reporting.branch_performance",
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT lo_put(1, 0, 'x')",
    "SELECT lo_import('/etc/hostname')",
    "SELECT lo_import('/etc/hostname', 7)",
    "SELECT lo_unlink(1)",
    "SELECT pg_logical_emit_message(false, 'a', 'b')",
    "SELECT pg_logical_emit_message(true, 'a', 'b'::bytea)",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_reload_conf()",
    "SELECT pg_switch_wal()",
    "SELECT pg_create_physical_replication_slot('mine')",
    "SELECT * FROM pg_authid",
    "SELECT * FROM dhub.estate",
    "SELECT * FROM dhub.runs",
    "LOCK TABLE public.customers IN EXCLUSIVE MODE",
    "LOCK TABLE dhub.readable IN ACCESS SHARE MODE",
    "ALTER SYSTEM SET work_mem = '1MB'",
    "ALTER ROLE dhub_reader SUPERUSER",
    "ALTER ROLE dhub_reader CREATEDB",
    "ALTER TABLE public.customers ADD mine int",
    "GRANT SELECT ON public.customers TO PUBLIC",
    "SECURITY LABEL ON TABLE public.customers IS 'mine'",
    "SELECT setval('public.customers_id', 1)",
]


def test_by_its_own_login_the_reader_reads_and_does_nothing_else(place: Place) -> None:
    estate = place.absent(place.role("SUPERUSER"))
    prepare(estate)
    with as_reader(estate) as conn:
        assert conn.execute("SELECT count(*) FROM public.transaction_types").fetchone() == (9,)
        assert conn.execute("SELECT count(*) FROM reporting.monthly_balances").fetchone() == (0,)
        assert conn.execute("SHOW default_transaction_read_only").fetchone() == ("on",)
        conn.execute("SET default_transaction_read_only = off")
        done = [statement for statement in BEYOND_READING if _works(conn, statement)]
    assert done == []
    assert reader.notes(estate) == []
    with place.admin() as conn:
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = %s"
        with as_reader(estate) as mine, pytest.raises(errors.InsufficientPrivilege):
            mine.execute(query, (conn.info.backend_pid,))


def _works(conn: Connection, statement: str) -> bool:
    """Whether it neither fails nor is passed over with a warning."""
    warned: list[Any] = []
    conn.add_notice_handler(warned.append)
    try:
        if statement.startswith("LOCK"):
            with conn.transaction():
                conn.execute(statement.encode())
        else:
            conn.execute(statement.encode())
    except psycopg.Error:
        return False
    finally:
        conn.remove_notice_handler(warned.append)
    return not warned


IN_A_QUERY = [
    "SELECT lo_create(0)",
    "SELECT pg_catalog.lo_create(0)",
    'SELECT "lo_create" (0)',
    "SELECT lo_create/* */(0)",
    "SELECT LO_CREAT(-1)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT lo_put(1, 0, 'x')",
    "SELECT lo_unlink(1)",
    "SELECT lo_import('/etc/hostname')",
    "SELECT lowrite(0, 'x')",
    "SELECT pg_logical_emit_message(false, 'a', 'b')",
    "VALUES (lo_create(0))",
    "WITH x AS (SELECT lo_create(0)) TABLE x",
]


@pytest.mark.parametrize("may", ["SUPERUSER", "CREATEDB"])
def test_a_query_that_writes_beside_the_tables_is_refused(place: Place, may: str) -> None:
    """Also where the login could not shut these functions to all."""
    estate = place.estate(place.role(may), word="w")
    prepare(estate)
    for query in IN_A_QUERY:
        with pytest.raises(Refused, match="^db query only reads"):
            ask(estate, query)
    assert ask(estate, "SELECT 'lo_create(0)', 1 AS lo_create") == [("lo_create(0)", "1")]


# --- what is granted, and once --------------------------------------------------------------------


def test_what_a_user_added_or_took_away_stays_so(place: Place) -> None:
    estate = place.estate(place.role("SUPERUSER"))
    prepare(estate)
    name = conninfo.conninfo_to_dict(estate.urls["accounts_db"])["dbname"]
    with place.admin(str(name)) as conn:
        for table in ("public.customers", "reporting.branch_performance"):
            conn.execute(f"REVOKE SELECT ON {table} FROM dhub_reader".encode())
        conn.execute("CREATE TABLE public.payroll (id int); CREATE TABLE reporting.mine (id int)")
        conn.execute("CREATE SCHEMA own CREATE TABLE secrets (id int)")
    prepare(estate)
    with as_reader(estate) as conn:
        for table in (
            "public.customers", "reporting.branch_performance", "public.payroll",
            "reporting.mine",             "own.secrets",
        ):  # fmt: skip
            with pytest.raises(errors.InsufficientPrivilege):
                conn.execute(f"SELECT FROM {table}".encode())
        conn.execute("SELECT FROM public.accounts")
    assert ask(estate, "SELECT count(*) FROM accounts") == [("0",)]


def test_a_database_that_was_shut_to_the_reader_stays_shut(place: Place) -> None:
    estate = place.estate(place.role("SUPERUSER"))
    prepare(estate)
    name = str(conninfo.conninfo_to_dict(estate.urls["accounts_db"])["dbname"])
    with place.admin() as conn:
        conn.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC, dhub_reader".encode())
    prepare(estate)
    with pytest.raises(UsageError) as told:
        ask(estate, "SELECT 1")
    assert str(told.value) == (
        f"accounts_db ({name}): role dhub_reader may not connect. Let its owner run:"
        f' GRANT CONNECT ON DATABASE "{name}" TO "dhub_reader"'
    )


def test_a_role_made_anew_is_granted_anew(place: Place) -> None:
    estate = place.estate(place.role("SUPERUSER"))
    prepare(estate)
    for database in DATABASES:
        name = str(conninfo.conninfo_to_dict(estate.urls[database])["dbname"])
        with place.admin(name) as conn:
            conn.execute("DROP OWNED BY dhub_reader")
    with place.admin() as conn:
        conn.execute("DROP ROLE dhub_reader")
    prepare(estate)
    assert ask(estate, "SELECT count(*) FROM transaction_types") == [("9",)]


def test_what_an_earlier_dhub_granted_is_not_granted_again(place: Place) -> None:
    estate = place.estate(place.role("SUPERUSER"))
    prepare(estate)
    name = str(conninfo.conninfo_to_dict(estate.urls["accounts_db"])["dbname"])
    login = conninfo.conninfo_to_dict(estate.urls["accounts_db"])["user"]
    with place.admin(name) as conn:
        conn.execute("DELETE FROM dhub.readable")
        conn.execute(
            sql.SQL(
                "ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public, reporting"
                " GRANT SELECT ON TABLES TO dhub_reader"
            ).format(sql.Identifier(str(login)))
        )
        conn.execute("REVOKE SELECT ON public.customers FROM dhub_reader")
    prepare(estate)
    with psycopg.connect(estate.urls["accounts_db"], autocommit=True) as conn:
        conn.execute("CREATE TABLE public.later (id int)")
    with as_reader(estate) as conn:
        conn.execute("SELECT FROM public.accounts")
        for table in ("customers", "later"):
            with pytest.raises(errors.InsufficientPrivilege):
                conn.execute(f"SELECT FROM public.{table}".encode())


@pytest.mark.parametrize("database", DATABASES)
def test_the_migrations_tables_are_all_found(migrated: Estate, database: str) -> None:
    with psycopg.connect(migrated.urls[database]) as conn:
        found = conn.execute(
            "SELECT relnamespace::regnamespace || '.' || relname FROM pg_class"
            " WHERE relkind IN ('r', 'v', 'm', 'p')"
            " AND relnamespace::regnamespace::text IN ('public', 'reporting')"
        ).fetchall()
    assert sorted(rights.made_in(database)) == sorted(row[0] for row in found)


# --- habits ---------------------------------------------------------------------------------------

# What does not hide each other is changed at once.
CHANGED = [
    (
        "ALTER ROLE dhub_reader SET default_transaction_read_only = off",
        "ALTER ROLE dhub_reader SET statement_timeout = '1ms'",
        "ALTER ROLE dhub_reader SET search_path = public",
        "ALTER ROLE dhub_reader SET datestyle = 'German, DMY'",
        "ALTER ROLE dhub_reader IN DATABASE {} SET default_transaction_read_only = off",
        "ALTER ROLE dhub_reader IN DATABASE {} SET work_mem = '64kB'",
    ),
    ("ALTER ROLE dhub_reader RESET ALL",),
    ("ALTER ROLE dhub_reader PASSWORD 'mine'",),
]
_SETTINGS = """
SELECT s.setdatabase, s.setconfig FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole
WHERE r.rolname = 'dhub_reader'
"""


@pytest.mark.parametrize("login", ["SUPERUSER", "CREATEDB CREATEROLE"])
def test_habits_that_the_reader_changed_are_set_anew(place: Place, login: str) -> None:
    estate = place.estate(place.role(login))
    prepare(estate)
    name = str(conninfo.conninfo_to_dict(estate.urls["accounts_db"])["dbname"])
    with place.admin() as conn:
        before = conn.execute(_SETTINGS.encode()).fetchall()
    assert len(before) == 1 and "default_transaction_read_only=on" in before[0][1]
    for changes in CHANGED:
        with as_reader(estate) as conn:
            conn.execute("SET default_transaction_read_only = off; SET statement_timeout = 0")
            for change in changes:
                conn.execute(change.format(name).encode())
        prepare(estate)
        with place.admin() as conn:
            assert conn.execute(_SETTINGS.encode()).fetchall() == before, changes
        assert ask(estate, "SELECT current_user") == [("dhub_reader",)]


def test_a_reader_of_an_administrator_gets_its_habits_by_its_own_login(place: Place) -> None:
    with place.admin() as conn:
        conn.execute("CREATE ROLE dhub_reader LOGIN PASSWORD 'theirs'")
    estate = place.absent(place.role("CREATEDB"), word="theirs")
    prepare(estate)
    with as_reader(estate) as conn:
        assert conn.execute("SHOW default_transaction_read_only").fetchone() == ("on",)
        assert conn.execute("SHOW search_path").fetchone() == ("pg_catalog",)
    assert ask(estate, "SELECT count(*) FROM transaction_types") == [("9",)]


# --- two estates on one server --------------------------------------------------------------------


@pytest.mark.parametrize("login", ["CREATEDB CREATEROLE", "SUPERUSER", "CREATEDB"])
def test_a_second_estate_locks_nobody_out(place: Place, login: str) -> None:
    first = place.estate(place.role("CREATEDB CREATEROLE"))
    second = place.estate(place.role(login))
    prepare(first)
    prepare(second)
    assert reader.notes(second)[0].startswith(
        "employees_db: role dhub_reader of this server reads other databases, too, and its"
        " password stays theirs.\nSet DHUB_READER_PASSWORD to it;"
    )
    prepare(first)
    assert ask(first, "SELECT current_user") == [("dhub_reader",)]
    if login != "CREATEDB":
        # A login that can give itself rights runs no queries.
        with pytest.raises(UsageError, match="its password stays theirs"):
            ask(second, "SELECT 1")
    else:
        assert ask(second, "SELECT count(*) FROM transaction_types") == [("9",)]
    told = Estate(second.urls, reader_password=reader.password_of(first))
    prepare(told)
    assert ask(told, "SELECT current_user") == [("dhub_reader",)]
    assert not any("its password stays" in note for note in reader.notes(told))


def test_a_password_of_ones_own_does_not_take_the_role_away(place: Place) -> None:
    first = place.estate(place.role("SUPERUSER"), word="one")
    second = place.estate(place.role("SUPERUSER"), word="two")
    prepare(first)
    prepare(second)
    prepare(first)
    assert ask(first, "SELECT current_user") == [("dhub_reader",)]


def test_the_only_estate_may_change_the_password(place: Place) -> None:
    login = place.role("CREATEDB CREATEROLE")
    before = place.absent(login)
    prepare(before)
    after = Estate(before.urls, reader_password="new")
    with pytest.raises(UsageError, match="Run `dhub db init`"):
        ask(after, "SELECT 1")
    prepare(after)
    assert ask(after, "SELECT current_user") == [("dhub_reader",)]


def test_logins_of_one_estate_share_the_reader(place: Place) -> None:
    """Six URLs with two logins of one server, and two names of that server."""
    one, other = place.role("CREATEDB CREATEROLE"), place.role("CREATEDB CREATEROLE")
    first, second = place.absent(one), place.absent(other)
    urls = first.urls | {each: second.urls[each] for each in ("loans_db", "accounts_db")}
    estate = Estate(urls)
    for _ in range(2):
        prepare(estate)
        assert ask(estate, "SELECT current_user") == [("dhub_reader",)]
        with asked(estate, "loans_db", "SELECT current_user", 20) as answer:
            assert list(answer.rows) == [("dhub_reader",)]


# --- rights that are missing ----------------------------------------------------------------------


def test_all_missing_rights_are_told_at_once_and_nothing_is_touched(
    place: Place, dhub: Dhub
) -> None:
    owner, app = place.role(), place.role()
    owned = place.empty(owner)
    urls = {
        database: str(url).replace(f"{owner[0]}:{owner[1]}@", f"{app[0]}:{app[1]}@")
        for database, url in owned.urls.items()
    }
    names = {each: str(conninfo.conninfo_to_dict(url)["dbname"]) for each, url in urls.items()}
    estate = Estate(urls)
    with place.admin() as conn:
        for name in names.values():
            conn.execute(f"ALTER DATABASE {name} SET timezone TO 'UTC'".encode())
        conn.execute(f"REVOKE CONNECT ON DATABASE {names['loans_db']} FROM PUBLIC".encode())
        conn.execute(f"ALTER DATABASE {names['insurance_db']} RESET timezone".encode())
    with place.admin(names["accounts_db"]) as conn:
        conn.execute(f"GRANT CREATE ON DATABASE {names['accounts_db']} TO {app[0]}".encode())
    with place.admin(names["compliance_db"]) as conn:
        conn.execute(f"GRANT CREATE ON DATABASE {names['compliance_db']} TO {app[0]}".encode())
        conn.execute(f"GRANT ALL ON SCHEMA public TO {app[0]}".encode())

    def create(database: str) -> str:
        return f"GRANT CREATE ON DATABASE {names[database]} TO {app[0]}"

    public = f"GRANT USAGE, CREATE ON SCHEMA public TO {app[0]}"
    lacking = {
        "employees_db": f"{create('employees_db')}; {public}",
        "accounts_db": public,
        "customer_db": f"{create('customer_db')}; {public}",
        "loans_db": f'GRANT CONNECT ON DATABASE "{names["loans_db"]}" TO "{app[0]}"',
        "insurance_db": f"{create('insurance_db')}; {public};"
        f" ALTER DATABASE {names['insurance_db']} SET timezone TO 'UTC'",
    }
    for words in (("db", "init"), ("seed", "all", "--scale", "0.05")):
        done = dhub(*words, env=variables(estate) | {"DHUB_READER_PASSWORD": ""})
        assert (done.code, done.out) == (2, "")
        head, *lines = done.err.splitlines()
        assert head == (
            "dhub: Rights are missing for 5 of the six databases; nothing was touched. Let their"
            " owner or an administrator run:"
        )
        assert lines == [f"{each} (database {names[each]}): {it}" for each, it in lacking.items()]
    for name in names.values():
        with place.admin(name) as conn:
            assert conn.execute("SELECT to_regnamespace('dhub')").fetchone() == (None,)
    with place.admin() as conn:
        assert not conn.execute("SELECT 1 FROM pg_roles WHERE rolname = 'dhub_reader'").fetchone()
        conn.execute(lacking["loans_db"].encode())
    # What was told is enough, but for what could not be seen from outside.
    with pytest.raises(UsageError) as told:
        prepare(estate)
    lacking["loans_db"] = f"{create('loans_db')}; {public}"
    for database, statements in lacking.items():
        assert statements in str(told.value)
        with place.admin(names[database]) as conn:
            conn.execute(statements.encode())
    assert all(prepare(estate).values())
    assert prepare(estate) == {database: [] for database in DATABASES}


def test_a_foreign_database_is_refused_before_rights_are_asked_for(place: Place) -> None:
    estate = place.empty(place.role())
    name = str(conninfo.conninfo_to_dict(estate.urls["compliance_db"])["dbname"])
    with place.admin(name) as conn:
        conn.execute("CREATE TABLE public.orders (id int)")
    with pytest.raises(Refused, match=r"compliance_db \(database .* holds table public\.orders"):
        prepare(estate)
    for database in DATABASES:
        with psycopg.connect(estate.urls[database]) as conn:
            assert conn.execute("SELECT to_regnamespace('dhub')").fetchone() == (None,)


def test_the_login_of_another_estate_is_told_whose_it_is(place: Place) -> None:
    owner, app = place.role("CREATEDB"), place.role("CREATEDB")
    estate = place.estate(owner)
    prepare(estate)
    urls = {
        database: str(url).replace(f"{owner[0]}:{owner[1]}@", f"{app[0]}:{app[1]}@")
        for database, url in estate.urls.items()
    }
    with pytest.raises(UsageError, match=f"belongs to an estate of role {owner[0]}"):
        prepare(Estate(urls))


# --- the lock of a run ----------------------------------------------------------------------------


def test_the_reader_can_neither_take_the_lock_nor_keep_it_from_dhub(place: Place) -> None:
    """On a server of somebody else's, where everybody may take advisory locks."""
    estate = place.estate(place.role("CREATEDB CREATEROLE"))
    prepare(estate)
    with (
        as_reader(estate) as mine,
        psycopg.connect(estate.urls["accounts_db"], autocommit=True) as run,
        psycopg.connect(estate.urls["accounts_db"], autocommit=True) as other,
    ):
        # The keys of old, for runs, claims, migrations and roles.
        mine.execute(f"SELECT pg_advisory_lock({locks.LOCK_CLASS}, n) FROM generate_series(1, 4) n")
        prepare(estate)
        assert not guard.going_run(other)[0]
        assert guard.lock_run(run) and guard.lock_run(run)
        assert guard.going_run(other)[0] and not guard.lock_run(other)
        seen = mine.execute(
            "SELECT classid::bigint, objid::bigint FROM pg_locks"
            " WHERE locktype = 'advisory' AND pid = %s", (run.info.backend_pid,)
        ).fetchall()  # fmt: skip
        assert len(seen) == 1
        guard.unlock_run(run)
        # What it saw of a run is worth nothing afterwards.
        mine.execute("SELECT pg_advisory_lock(%s::int, %s::int)", seen[0])
        assert not guard.going_run(other)[0]
        assert guard.lock_run(other) and not guard.lock_run(run)


def test_the_lock_of_a_session_that_died_is_free(place: Place) -> None:
    estate = place.estate(place.role("SUPERUSER"))
    prepare(estate)
    url = estate.urls["accounts_db"]
    with psycopg.connect(url, autocommit=True) as other:
        with psycopg.connect(url, autocommit=True) as run:
            assert guard.lock_run(run)
            assert not guard.lock_run(other)
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (run.info.backend_pid,))
        assert guard.lock_run(other)


def test_a_database_of_an_older_dhub_gets_its_lock_with_the_first_run(place: Place) -> None:
    estate = place.estate(place.role("CREATEDB"))
    prepare(estate)
    with psycopg.connect(estate.urls["accounts_db"], autocommit=True) as conn:
        conn.execute("DROP TABLE dhub.locks")
        assert not guard.going_run(conn)[0]
        assert guard.lock_run(conn) and guard.going_run(conn)[0]
