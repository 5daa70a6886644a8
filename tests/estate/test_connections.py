"""A session means what dhub needs, whatever a role, a database, a server or the environment set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
import pytest
from fixtures.command import Dhub
from fixtures.logins import BOSS, MAKER, as_login, url_name
from fixtures.server import Server, url_of, variables
from psycopg import sql

from dhub.bank import BANK
from dhub.errors import UsageError
from dhub.estate.connections import READING, connect, connect_url
from dhub.estate.creation import prepare
from dhub.estate.databases import DATABASES, Estate

# What a bank must not depend on, each set to what would change it.
HOSTILE = {
    "client_encoding": "LATIN1",
    "datestyle": "German, DMY",
    "intervalstyle": "sql_standard",
    "timezone": "Pacific/Chatham",
    "timezone_abbreviations": "Australia",
    "search_path": "",
    "extra_float_digits": "-3",
    "bytea_output": "escape",
    "xmlbinary": "hex",
    "xmloption": "document",
    "quote_all_identifiers": "on",
    "array_nulls": "off",
    "backslash_quote": "off",
    "standard_conforming_strings": "off",
    "transform_null_equals": "on",
    "gin_fuzzy_search_limit": "1",
    "restrict_nonsystem_relation_kind": "view",
    "row_security": "off",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "default_transaction_read_only": "on",
    "exit_on_error": "on",
    "statement_timeout": "700ms",
    "transaction_timeout": "700ms",
    "idle_session_timeout": "700ms",
    "idle_in_transaction_session_timeout": "700ms",
    "lock_timeout": "1ms",
}
OPTIONS = ("--customers", "120", "--employees", "10", "--seed", "7", "--as-of", "2026-11-20")
QUERY = (
    "SELECT customer_id, created_at, date_of_birth, created_at - date_of_birth::timestamptz"
    " FROM customers ORDER BY 1 LIMIT 5"
)


def known(conn: psycopg.Connection) -> dict[str, str]:
    """The settings that this version of the server has, but for those of which only one is left."""
    names = {row[0].lower() for row in conn.execute("SELECT name FROM pg_settings")}
    return {name: value for name, value in HOSTILE.items() if name in names}


@dataclass(frozen=True)
class Place:
    """Where settings come from: an estate that has them, and an environment."""

    estate: Estate
    env: Mapping[str, str] = field(default_factory=dict)


def on_role(estate: Estate, admin: psycopg.Connection) -> Iterator[Place]:
    for role in (MAKER, "dhub_reader"):
        for name, value in known(admin).items():
            admin.execute(f"ALTER ROLE {role} SET {name} TO {quoted(name, value)}".encode())
    yield Place(estate)


def on_database(estate: Estate, admin: psycopg.Connection) -> Iterator[Place]:
    for database in DATABASES:
        for name, value in known(admin).items():
            text = f'ALTER DATABASE "{url_name(estate, database)}" SET {name} TO '
            admin.execute((text + quoted(name, value)).encode())
    yield Place(estate)


def on_server(estate: Estate, admin: psycopg.Connection) -> Iterator[Place]:
    set_here = [name for name in known(admin) if name != "client_encoding"]
    for name in set_here:
        admin.execute(f"ALTER SYSTEM SET {name} TO {quoted(name, HOSTILE[name])}".encode())
    admin.execute("SELECT pg_reload_conf()")
    yield Place(estate)


def quoted(name: str, value: str) -> str:
    return value if name == "datestyle" else f"'{value}'"


def in_pgoptions(estate: Estate, admin: psycopg.Connection) -> Iterator[Place]:
    yield Place(estate, {"PGOPTIONS": words(admin)})


def words(admin: psycopg.Connection) -> str:
    escaped = {name: value.replace(" ", "\\ ") for name, value in known(admin).items()}
    return " ".join(f"-c {name}={value}" for name, value in escaped.items())


def in_environment(estate: Estate, admin: psycopg.Connection) -> Iterator[Place]:
    yield Place(
        estate,
        {
            "PGCLIENTENCODING": "LATIN1",
            "PGTZ": "Pacific/Chatham",
            "PGDATESTYLE": "German",
            "PGHOSTADDR": "192.0.2.1",
            "PGAPPNAME": "dhub",
            "PGDATABASE": "elsewhere",
        },
    )


def in_url(estate: Estate, admin: psycopg.Connection) -> Iterator[Place]:
    more = {"options": words(admin), "client_encoding": "WIN1252"}
    tail = urlencode(more, quote_via=quote)
    urls = {each: f"{url}{'&' if '?' in url else '?'}{tail}" for each, url in estate.urls.items()}
    yield Place(Estate(urls, reader_password=estate.reader_password))


def in_service(estate: Estate, admin: psycopg.Connection) -> Iterator[Place]:
    file = Path("pg_service.conf").absolute()
    file.write_text(f"[work]\nclient_encoding=LATIN1\noptions={words(admin)}\n")
    yield Place(estate, {"PGSERVICE": "work", "PGSERVICEFILE": str(file)})


SOURCES = {
    each.__name__: contextmanager(each)
    for each in (
        on_role,
        on_database,
        on_server,
        in_pgoptions,
        in_environment,
        in_url,
        in_service,
    )
}


@pytest.fixture
def admin(server: Server, logins: None) -> Iterator[psycopg.Connection]:
    """The superuser, who takes back what a test set."""
    url = server.url
    with connect_url(url, "postgres", dbname="postgres", autocommit=True) as conn:
        kept = conn.execute(
            "SELECT setconfig FROM pg_db_role_setting WHERE setrole ="
            " (SELECT oid FROM pg_roles WHERE rolname = 'dhub_reader') AND setdatabase = 0"
        ).fetchone()
        yield conn
        for name in known(conn):
            conn.execute(f"ALTER SYSTEM RESET {name}".encode())
        conn.execute("SELECT pg_reload_conf()")
        conn.execute(f"ALTER ROLE {MAKER} RESET ALL".encode())
        conn.execute("ALTER ROLE dhub_reader RESET ALL")
        for word in kept[0] if kept else []:
            name, _, value = word.partition("=")
            conn.execute(
                sql.SQL("ALTER ROLE dhub_reader SET {} TO {}").format(sql.Identifier(name), value)
            )


SHOWN = {
    "client_encoding": "UTF8",
    "datestyle": "ISO, MDY",
    "timezone": "UTC",
    "search_path": "public",
    "row_security": "off",
    "default_transaction_read_only": "off",
    "default_transaction_isolation": "read committed",
    "lock_timeout": "30s",
    "statement_timeout": "0",
}
READ = SHOWN | {
    "search_path": "public, reporting, monitoring",
    "row_security": "on",
    "default_transaction_read_only": "on",
}


def test_nothing_is_compiled_that_is_asked_once(own: Estate, admin: psycopg.Connection) -> None:
    """Where the server compiles, dhub's own statements are not; what somebody reads is."""
    admin.execute(f"ALTER ROLE {MAKER} SET jit TO on")
    admin.execute("ALTER ROLE dhub_reader SET jit TO on")
    with connect(own, "loans_db") as conn:
        assert conn.execute("SHOW jit").fetchone() == ("off",)
    url = url_of(own, "loans_db", user="dhub_reader", password=own.reader_password)
    with connect_url(url, "loans_db", habits=READING) as conn:
        assert conn.execute("SHOW jit").fetchone() == ("on",)


@pytest.mark.parametrize("source", SOURCES)
def test_no_source_reaches_a_session(
    source: str, own: Estate, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every setting, from every source, is as it is without any; of the reader as well."""
    plain = [shown(own), shown_to_reader(own)]
    assert [SHOWN | plain[0], READ | plain[1]] == plain
    with SOURCES[source](own, admin) as place:
        for name, value in place.env.items():
            monkeypatch.setenv(name, value)
        assert [shown(place.estate), shown_to_reader(place.estate)] == plain


def shown(estate: Estate) -> dict[str, str]:
    """Each setting as a session of dhub's has it."""
    with connect(estate, "loans_db", autocommit=True) as conn:
        return settings(conn)


def shown_to_reader(estate: Estate) -> dict[str, str]:
    url = url_of(estate, "loans_db", user="dhub_reader", password=estate.reader_password)
    with connect_url(url, "loans_db", habits=READING, autocommit=True) as conn:
        return settings(conn)


def settings(conn: psycopg.Connection) -> dict[str, str]:
    return {
        name: conn.execute("SELECT current_setting(%s)", (name,)).fetchone()[0]
        for name in known(conn)
    }


@pytest.mark.parametrize("source", SOURCES)
def test_the_sources_do_reach_others(
    source: str, own: Estate, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof that the test above proves something: a plain session is another one there."""
    with SOURCES[source](own, admin) as place:
        for name, value in place.env.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("PGHOSTADDR", raising=False)
        with psycopg.connect(place.estate.urls["loans_db"], autocommit=True) as conn:
            found = conn.execute("SHOW datestyle").fetchone()
    assert found[0].startswith("German") or source == "in_service"


def content(estate: Estate) -> dict[str, str]:
    """A digest of each table."""
    found = {}
    for domain in BANK:
        with connect(estate, domain.database) as conn:
            for table in domain.tables:
                query = "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
                name = sql.Identifier("public", table.name)
                found[table.name] = conn.execute(sql.SQL(query).format(name)).fetchone()[0]
    return found


def walk(dhub: Dhub, place: Place, *, beside: bool = True) -> list[object]:
    """What the commands say about a bank from its first row to its last, and that others end so."""
    env = variables(place.estate) | place.env
    said: list[object] = []

    def do(*words: str, code: int = 0) -> str:
        done = dhub(*words, env=env, timeout=300)
        assert done.code == code, (words, done.err, done.out)
        return done.out

    do("seed", "all", *OPTIONS)
    said.append(content(place.estate))
    said.append(do("db", "query", QUERY, "-d", "accounts_db", "--format", "csv"))
    said.append(do("db", "query", "SELECT count(*) FROM as_of", "-d", "accounts_db"))
    status = dhub("seed", "status", "--json", env=env).json
    said.append([status["state"], status["phases"], [t["tables"] for t in status["databases"]]])
    proven = dhub("verify", "--json", "--only", "references,invariants", env=env).json
    said.append([each for name, each in proven.items() if name != "seconds"])
    said.append(do("db", "tables", "--json"))
    if beside:
        do("seed", "resume")
        do("seed", "all", *OPTIONS, code=3)
        do("seed", "all", "--append", "--customers", "30")
        do("db", "refresh")
        do("seed", "clear", code=3)
    do("seed", "clear", "--confirm")
    said.append(content(place.estate))
    return said


@contextmanager
def everywhere(estate: Estate, admin: psycopg.Connection) -> Iterator[Place]:
    """Each source at once."""
    with (
        SOURCES["on_server"](estate, admin),
        SOURCES["on_database"](estate, admin),
        SOURCES["on_role"](estate, admin),
        SOURCES["in_url"](estate, admin) as place,
        SOURCES["in_environment"](estate, admin) as beside,
        SOURCES["in_service"](estate, admin) as served,
    ):
        yield Place(place.estate, {**beside.env, **served.env, "PGOPTIONS": words(admin)})


@pytest.fixture
def said_in_peace(ready_estate: Estate, dhub: Dhub) -> list[object]:
    """What is said of the same bank where nobody has set anything."""
    return walk(dhub, Place(ready_estate), beside=False)


def test_every_command_does_the_same(
    own: Estate, admin: psycopg.Connection, dhub: Dhub, said_in_peace: list[object]
) -> None:
    with everywhere(own, admin) as place:
        said = walk(dhub, place)
    assert said == said_in_peace


# --- what cannot be set right is told -------------------------------------------------------------


def test_a_login_without_triggers_is_told(own: Estate, admin: psycopg.Connection) -> None:
    admin.execute(f"ALTER ROLE {MAKER} SET session_replication_role TO replica")
    with pytest.raises(UsageError) as told:
        connect(own, "loans_db")
    remedy = str(told.value).partition("run: ")[2]
    admin.execute(remedy.encode())
    connect(own, "loans_db").close()


def test_a_timeout_that_nothing_passes(own: Estate, admin: psycopg.Connection) -> None:
    admin.execute(f"ALTER ROLE {MAKER} SET statement_timeout TO 1")
    for _ in range(20):
        with connect(own, "loans_db") as conn:
            assert conn.execute("SHOW statement_timeout").fetchone() == ("0",)


def test_a_superuser_needs_no_help_for_it(new_estate: Estate, admin: psycopg.Connection) -> None:
    estate = as_login(new_estate, BOSS)
    prepare(estate)
    admin.execute(f"ALTER ROLE {BOSS} SET session_replication_role TO replica")
    with connect(estate, "loans_db") as conn:
        assert conn.execute("SHOW session_replication_role").fetchone() == ("origin",)
    admin.execute(f"ALTER ROLE {BOSS} RESET ALL")


@pytest.mark.parametrize("options", ["-c nonsense=1", "-c datestyle=nonsense", "-Z"])
def test_options_that_the_server_does_not_know(
    options: str, own: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", options)
    with pytest.raises(UsageError, match="Correct PGOPTIONS"):
        connect(own, "loans_db")


# --- encodings ------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["LATIN1", "WIN1252", "SQL_ASCII", "EUC_JP", "LATIN9"])
def test_another_encoding_is_refused_before_anything_is_made(
    encoding: str, new_estate: Estate, server: Server, admin: psycopg.Connection, dhub: Dhub
) -> None:
    estate = as_login(new_estate, MAKER, server.reader_password)
    odd = url_name(estate, "compliance_db")
    make_in(admin, f"{odd} OWNER {MAKER}", encoding)
    refused = dhub("seed", "all", *OPTIONS, env=variables(estate))
    assert refused.code == 2
    assert f"compliance_db (database {odd}) is encoded in {encoding}" in refused.err
    made = [row[0] for row in admin.execute("SELECT datname FROM pg_database")]
    assert not {url_name(estate, each) for each in DATABASES[:-1]} & set(made)
    remedy = refused.err.partition("run: ")[2]
    admin.execute(f"DROP DATABASE {odd} WITH (FORCE)".encode())
    admin.execute(remedy.encode())
    # What is made then is the same, whatever it was before.
    words = ("seed", "all", *OPTIONS) if encoding == "LATIN1" else ("seed", "status")
    done = dhub(*words, env=variables(estate))
    assert done.code == 0, done.err
    with connect(estate, "compliance_db") as conn:
        assert conn.execute("SHOW server_encoding").fetchone() == ("UTF8",)


@pytest.mark.parametrize(
    "words",
    [
        ("seed", "status"),
        ("seed", "clear", "--confirm"),
        ("seed", "resume"),
        ("verify",),
        ("db", "query", "SELECT 1", "-d", "accounts_db"),
        ("db", "tables"),
        ("db", "init"),
        ("db", "refresh"),
    ],
)
def test_every_command_refuses_it(words: tuple[str, ...], latin: Estate, dhub: Dhub) -> None:
    refused = dhub(*words, env=variables(latin))
    assert refused.code == 2, refused.out + refused.err
    assert "is encoded in LATIN1" in refused.err


@pytest.fixture(scope="module")
def latin(make_estate: Callable[[], Estate], server: Server) -> Estate:
    """Six ready-made databases in LATIN1."""
    estate = make_estate()
    with psycopg.connect(server.url, autocommit=True) as admin:
        for database in DATABASES:
            make_in(admin, url_name(estate, database), "LATIN1")
    return estate


def make_in(admin: psycopg.Connection, name: str, encoding: str) -> None:
    """A database as others make it: of the C locale, which fits every encoding."""
    libc = "LOCALE_PROVIDER libc" if admin.info.server_version >= 150000 else ""
    make = f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' {libc}"
    admin.execute(f"{make} LC_COLLATE 'C' LC_CTYPE 'C'".encode())
