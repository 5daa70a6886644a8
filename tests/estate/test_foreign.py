"""Whatever can be made inside a database counts as somebody's: dhub marks none that holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import pytest
from psycopg import conninfo

from dhub.errors import Refused
from dhub.estate import foreign, guard

Connection = psycopg.Connection[Any]

# What is planted, and what of it is named first.
PLANTED = {
    "table": ("CREATE TABLE orders (id int)", "table public.orders"),
    "empty schema": ("CREATE SCHEMA shop", "schema shop"),
    "empty schema dhub": ("CREATE SCHEMA dhub", "schema dhub"),
    "schema with a table": (
        "CREATE SCHEMA shop CREATE TABLE orders (id int)",
        "table shop.orders and 1 more object",
    ),
    "unlogged table": ("CREATE UNLOGGED TABLE u (id int)", "table public.u"),
    "partitioned table": ("CREATE TABLE p (id int) PARTITION BY LIST (id)", "table public.p"),
    "foreign table": (
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
        "CREATE FOREIGN TABLE f (id int) SERVER s",
        "foreign table public.f and 2 more objects",
    ),
    "view": ("CREATE VIEW v AS SELECT 1", "view public.v"),
    "materialized view": (
        "CREATE MATERIALIZED VIEW v AS SELECT 1 AS one",
        "materialized view public.v",
    ),
    "sequence": ("CREATE SEQUENCE s", "sequence public.s"),
    "function": (
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "function public.f()",
    ),
    "function beside the server's own": (
        "CREATE FUNCTION pg_catalog.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "function pg_catalog.f()",
    ),
    "procedure": (
        "CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'",
        "procedure public.p()",
    ),
    "aggregate": (
        "CREATE AGGREGATE a (int) (SFUNC = int4pl, STYPE = int)",
        "aggregate public.a(integer)",
    ),
    "enum": ("CREATE TYPE mood AS ENUM ('sad')", "type public.mood"),
    "domain": ("CREATE DOMAIN age AS int", "type public.age"),
    "composite": ("CREATE TYPE pair AS (a int, b int)", "composite type public.pair"),
    "shell type": ("CREATE TYPE shell", "type public.shell"),
    "range": ("CREATE TYPE r AS RANGE (SUBTYPE = inet)", "type public.r"),
    "operator": (
        "CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int)",
        "operator public.===(integer,integer)",
    ),
    "operator family": (
        "CREATE OPERATOR FAMILY f USING btree",
        "operator family public.f USING btree",
    ),
    "operator class": (
        "CREATE OPERATOR CLASS c FOR TYPE int USING hash AS OPERATOR 1 =, FUNCTION 1 hashint4(int)",
        "operator class public.c USING hash and 1 more object",
    ),
    "member of a family": (
        "ALTER OPERATOR FAMILY integer_ops USING hash ADD FUNCTION 2 (int2, int4)"
        " hashint4extended(int, bigint)",
        "function of access method function 2 (smallint, integer)"
        " of pg_catalog.integer_ops USING hash",
    ),
    "access method": (
        "CREATE ACCESS METHOD m TYPE TABLE HANDLER heap_tableam_handler",
        "access method m",
    ),
    "cast": ("CREATE CAST (bool AS bigint) WITH INOUT", "cast (boolean AS bigint)"),
    "collation": ("CREATE COLLATION c (LOCALE = 'C')", "collation public.c"),
    "conversion": (
        "CREATE CONVERSION c FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
        "conversion public.c",
    ),
    "language": (
        "CREATE LANGUAGE l HANDLER plpgsql_call_handler",
        "language l",
    ),
    "transform": (
        "CREATE TRANSFORM FOR int LANGUAGE plpgsql (FROM SQL WITH FUNCTION prsd_lextype(internal))",
        "transform for integer language plpgsql",
    ),
    "statistics": (
        "CREATE TABLE t (a int, b int); CREATE STATISTICS s ON a, b FROM t",
        "table public.t and 1 more object",
    ),
    "text search configuration": (
        "CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)",
        "text search configuration public.c",
    ),
    "text search dictionary": (
        "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)",
        "text search dictionary public.d",
    ),
    "text search parser": (
        "CREATE TEXT SEARCH PARSER p (START = prsd_start, GETTOKEN = prsd_nexttoken,"
        " END = prsd_end, LEXTYPES = prsd_lextype)",
        "text search parser public.p",
    ),
    "text search template": (
        "CREATE TEXT SEARCH TEMPLATE t (LEXIZE = dsimple_lexize)",
        "text search template public.t",
    ),
    "foreign data wrapper": ("CREATE FOREIGN DATA WRAPPER w", "foreign data wrapper w"),
    "foreign server": (
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w",
        "foreign server s and 1 more object",
    ),
    "user mapping": (
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
        "CREATE USER MAPPING FOR PUBLIC SERVER s",
        "user mapping public on server s and 2 more objects",
    ),
    "event trigger": (
        "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
        "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION e()",
        "event trigger e and 1 more object",
    ),
    "publication": ("CREATE PUBLICATION p", "publication p"),
    "subscription": (
        "CREATE SUBSCRIPTION s CONNECTION 'host=/nowhere' PUBLICATION p"
        " WITH (connect = false, slot_name = NONE)",
        "subscription s",
    ),
    "default privileges": (
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
        "default privileges for role dhub_owner on tables",
    ),
    "large object": ("SELECT lo_create(4711)", "large object 4711"),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_database_with_anything_in_it_is_refused_and_left_alone(
    empty: Connection, kind: str
) -> None:
    plant, found = PLANTED[kind]
    before = schema_dhub(empty)
    empty.execute(plant.encode())
    try:
        with pytest.raises(Refused) as refused:
            guard.claim(empty, "customer_db", "e1")
        assert str(refused.value) == (
            f"customer_db (database {empty.info.dbname}) holds {found} that dhub did not make. "
            "Name an empty database, or let dhub create one."
        )
        assert kind == "empty schema dhub" or schema_dhub(empty) == before
        with pytest.raises(Refused):
            guard.ours(empty, "customer_db")
    finally:
        if kind == "subscription":
            empty.execute("DROP SUBSCRIPTION s")


def schema_dhub(conn: Connection) -> Any:
    return conn.execute("SELECT to_regnamespace('dhub')::text").fetchone()


def test_every_catalog_is_looked_at_or_hangs_on_one_that_is(empty: Connection) -> None:
    """A later PostgreSQL that brings a new kind of object fails here."""
    # A catalog of objects has an oid; those of the whole server are nobody's database's.
    query = """SELECT relname::text FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid
        WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND attname = 'oid'
            AND NOT relisshared"""
    found = {row[0] for row in empty.execute(query)}
    elsewhere = {"pg_largeobject_metadata", "pg_user_mapping"}
    hanging = {
        "pg_attrdef",  # of a column
        "pg_constraint",  # of a table or domain
        "pg_enum",  # of a type
        "pg_policy",  # of a table
        "pg_rewrite",  # of a table or view
        "pg_trigger",  # of a table
        "pg_publication_namespace",  # of a publication
        "pg_publication_rel",
        "pg_extension",  # with all that it brings, nobody's data
    }
    assert found == {each.catalog for each in foreign._CLASSES} | elsewhere | hanging


ALLOWED = {
    "nothing": "SELECT 1",
    "an extension": "CREATE EXTENSION IF NOT EXISTS plpgsql",
    "another owner of public": "DROP SCHEMA public; CREATE SCHEMA public",
    "a right on public": "GRANT CREATE ON SCHEMA public TO pg_monitor",
    "a setting": "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET datestyle TO german',"
    " current_database()); END $$",
    "a comment": "DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''mine''',"
    " current_database()); END $$",
    "a temporary table": "CREATE TEMPORARY TABLE t (id serial)",
}


@pytest.mark.parametrize("kind", ALLOWED)
def test_what_shuts_nobody_out(empty: Connection, kind: str) -> None:
    empty.execute(ALLOWED[kind].encode())
    assert foreign.foreign_objects(empty) == []
    guard.claim(empty, "customer_db", "e1")
    assert guard.ours(empty, "customer_db")


# --- what a managed service puts into its customers' databases ------------------------------------

AUDIT = (
    "CREATE FUNCTION {schema}.audit() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
    "CREATE EVENT TRIGGER audit ON ddl_command_end EXECUTE FUNCTION {schema}.audit();"
)
SERVED = {
    "event trigger": AUDIT.format(schema="public"),
    "event trigger and its schema": "CREATE SCHEMA watch;" + AUDIT.format(schema="watch"),
    "several": "CREATE SCHEMA watch;"
    + AUDIT.format(schema="watch")
    + AUDIT.format(schema="public").replace("audit", "more"),
}
NOT_SERVED = {
    "a table of an administrator": ("CREATE TABLE orders (id int)", "table public.orders"),
    "a table beside it": (
        "CREATE SCHEMA watch;" + AUDIT.format(schema="watch") + "CREATE TABLE watch.log (id int)",
        "table watch.log and 1 more object",
    ),
    "an empty schema": ("CREATE SCHEMA watch", "schema watch"),
    "another function": (
        AUDIT.format(schema="public")
        + "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "function public.f()",
    ),
}


@pytest.fixture
def customer(scratch: Callable[[], str]) -> Iterator[tuple[Connection, Callable[[], Any]]]:
    """A superuser's connection to a database that a plain login owns, and a way in for that one."""
    url = scratch()
    name = str(conninfo.conninfo_to_dict(url)["dbname"])

    @contextmanager
    def enter() -> Iterator[Connection]:
        mine = conninfo.make_conninfo(url, user=f"plain_{name}", password="pw")
        with psycopg.connect(mine, autocommit=True) as conn:
            yield conn

    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE plain_{name} LOGIN PASSWORD 'pw'".encode())
        admin.execute(f"ALTER DATABASE {name} OWNER TO plain_{name}".encode())
        yield admin, enter
        admin.execute(f"ALTER DATABASE {name} OWNER TO CURRENT_USER".encode())
        admin.execute(f"DROP OWNED BY plain_{name} CASCADE".encode())
        admin.execute(f"DROP ROLE plain_{name}".encode())


@pytest.mark.parametrize("kind", SERVED)
def test_an_event_trigger_of_the_service_lets_its_customer_in(customer: Any, kind: str) -> None:
    admin, enter = customer
    admin.execute(SERVED[kind].encode())
    with enter() as conn:
        guard.claim(conn, "loans_db", "e1")
        assert guard.ours(conn, "loans_db")


def test_the_superusers_own_event_trigger_is_his(customer: Any) -> None:
    admin, _ = customer
    admin.execute(SERVED["event trigger and its schema"].encode())
    with pytest.raises(Refused, match="event trigger audit and 2 more objects"):
        guard.claim(admin, "loans_db", "e1")


@pytest.mark.parametrize("kind", NOT_SERVED)
def test_what_an_administrator_made_is_no_service(customer: Any, kind: str) -> None:
    admin, enter = customer
    plant, found = NOT_SERVED[kind]
    admin.execute(plant.encode())
    with enter() as conn, pytest.raises(Refused) as refused:
        guard.claim(conn, "loans_db", "e1")
    assert f" holds {found} that dhub did not make." in str(refused.value)


def test_what_a_known_provider_owns_is_the_services_but_for_data(customer: Any) -> None:
    admin, enter = customer
    admin.execute("CREATE ROLE rdsadmin")
    try:
        admin.execute("CREATE SCHEMA tools AUTHORIZATION rdsadmin")
        admin.execute("SET ROLE rdsadmin")
        admin.execute("CREATE VIEW tools.v AS SELECT 1")
        with enter() as conn:
            assert foreign.foreign_objects(conn) == []
        admin.execute("CREATE TABLE tools.t (id int)")
        with enter() as conn:
            assert foreign.foreign_objects(conn) == ["table tools.t"]
        admin.execute("RESET ROLE")
        assert len(foreign.foreign_objects(admin)) == 3
    finally:
        admin.execute("RESET ROLE")
        admin.execute("DROP OWNED BY rdsadmin")
        admin.execute("DROP ROLE rdsadmin")


# --- databases of the server's own ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["postgres", "template1"])
def test_the_servers_own_databases_are_refused_even_when_empty(server_url: str, name: str) -> None:
    kind = {"postgres": "a maintenance", "template1": "a template"}[name]
    url = conninfo.make_conninfo(server_url, dbname=name)
    with psycopg.connect(url, autocommit=True) as conn:
        for ask in (partial(guard.claim, estate="e1"), guard.ours):
            with pytest.raises(Refused) as refused:
                ask(conn, "loans_db")
            assert str(refused.value) == (
                f"loans_db (database {name}) is {kind} database. Name another one."
            )
        assert schema_dhub(conn) == (None,)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        *((name, True) for name in ("postgres", "template0", "template1", "rdsadmin", "_aiven")),
        *((name, True) for name in ("cloudsqladmin", "azure_maintenance", "defaultdb", "_dodb")),
        *((name, False) for name in ("loans_db", "postgres2", "template_shop", "neondb", "bank")),
    ],
)
def test_names_that_servers_keep(name: str, kept: bool) -> None:
    assert foreign.is_maintenance(name) is kept


# --- forged and incomplete marks ------------------------------------------------------------------

GOOD = (
    "CREATE TABLE dhub.estate (database_name text, format integer, dhub_version text,"
    " marked_at timestamptz, single boolean DEFAULT true);"
    "INSERT INTO dhub.estate VALUES ('loans_db', 1, '0.1.0', now());"
)
FORGED = {
    "no columns": ("CREATE TABLE dhub.estate ()", "table dhub.estate"),
    "a column short": (
        "CREATE TABLE dhub.estate (database_name text, format integer, dhub_version text)",
        "table dhub.estate",
    ),
    "without its own key": (
        "CREATE TABLE dhub.estate (database_name text, format integer, dhub_version text,"
        " marked_at timestamptz); INSERT INTO dhub.estate VALUES ('loans_db', 1, '', now())",
        "table dhub.estate",
    ),
    "another type": (
        "CREATE TABLE dhub.estate (database_name text, format text, dhub_version text,"
        " marked_at timestamptz); INSERT INTO dhub.estate VALUES ('loans_db', 'one', '', now())",
        "table dhub.estate",
    ),
    "a name that is a number": (
        "CREATE TABLE dhub.estate (database_name int, format integer, dhub_version text,"
        " marked_at timestamptz); INSERT INTO dhub.estate VALUES (1, 1, '', now())",
        "table dhub.estate",
    ),
    "a view": (
        "CREATE VIEW dhub.estate AS SELECT 'loans_db'::text AS database_name, 1 AS format,"
        " '0.1.0'::text AS dhub_version, now() AS marked_at",
        "view dhub.estate",
    ),
    "a view that fails": (
        "CREATE VIEW dhub.estate AS SELECT 'loans_db'::text AS database_name, 1/0 AS format,"
        " '0.1.0'::text AS dhub_version, now() AS marked_at",
        "view dhub.estate",
    ),
    "a materialized view": (
        "CREATE MATERIALIZED VIEW dhub.estate AS SELECT 'loans_db'::text AS database_name,"
        " 1 AS format, ''::text AS dhub_version, now() AS marked_at",
        "materialized view dhub.estate",
    ),
    "a sequence": ("CREATE SEQUENCE dhub.estate", "sequence dhub.estate"),
    "a type": ("CREATE TYPE dhub.estate AS (database_name text)", "composite type dhub.estate"),
    "a partitioned table": (
        "CREATE TABLE dhub.estate (database_name text, format integer, dhub_version text,"
        " marked_at timestamptz) PARTITION BY LIST (format)",
        "table dhub.estate",
    ),
    "no row": (GOOD + "DELETE FROM dhub.estate", "table dhub.estate"),
    "two rows": (GOOD + "INSERT INTO dhub.estate TABLE dhub.estate", "table dhub.estate"),
    "a row of nulls": (
        GOOD + "UPDATE dhub.estate SET database_name = NULL, format = NULL",
        "table dhub.estate",
    ),
    "rows behind a policy": (
        GOOD + "ALTER TABLE dhub.estate ENABLE ROW LEVEL SECURITY",
        "table dhub.estate",
    ),
    "a ledger that is none": (GOOD + "CREATE TABLE dhub.runs (a int)", "table dhub.runs"),
    "a ledger that is a view": (
        GOOD + "CREATE VIEW dhub.migrations AS SELECT 'x'::varchar AS migration_id",
        "view dhub.migrations",
    ),
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_mark_is_somebody_elses(empty: Connection, kind: str) -> None:
    forge, found = FORGED[kind]
    empty.execute(f"CREATE SCHEMA dhub; {forge}".encode())
    for ask in (partial(guard.claim, estate="e1"), guard.ours, guard.marked):
        with pytest.raises(Refused) as refused:
            ask(empty, "loans_db")
        assert f"holds {found} that dhub did not make." in str(refused.value)


def test_the_marks_of_dhub_have_the_shape_that_is_asked_for(small_bank: Any) -> None:
    for conn, database in ((small_bank.money, "accounts_db"), (small_bank.staff, "employees_db")):
        assert guard.marked(conn, database)
        tables = {row[0] for row in conn.execute(
            "SELECT relname::text FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'dhub'::regnamespace"
        )}  # fmt: skip
        assert set(guard._SHAPES) - {"migrations"} <= tables
