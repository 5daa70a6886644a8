"""URLs as other tools write them: a sentence says what to write, and shows no piece of one."""

from __future__ import annotations

import pytest

from dhub.errors import UsageError
from dhub.settings import load_settings, read_url
from dhub.settings.names import URLS

FORM = "postgresql://user:password@host:5432/database"
FAULTS = {
    # other tools' schemes
    "jdbc:postgresql://h:5432/d?user=u&password=xkcd": (
        f"is a URL of JDBC; write {FORM}, with user and password before the host"
    ),
    "postgresql+pg8000://u:xkcd@h/d": "is a URL of SQLAlchemy; write postgresql:// without +pg8000",
    "postgres+asyncpg://u:xkcd@h/d": "is a URL of SQLAlchemy; write postgresql:// without +asyncpg",
    "postgresql+xkcd://u:xkcd@h/d": "is a URL of SQLAlchemy; write postgresql:// without +driver",
    "POSTGRESQL://u:xkcd@h/d": "must start with postgresql://, in lower case",
    "'postgresql://u:xkcd@h/d'": "must be the URL alone, without quotes and without psql before it",
    "psql 'postgresql://u:xkcd@h/d'": (
        "must be the URL alone, without quotes and without psql before it"
    ),
    "host=h dbname=d password=xkcd": f"must be a URL, not words of NAME=value; write {FORM}",
    "mysql://u:xkcd@h/d": "must start with postgresql://",
    "prisma://accelerate/?api_key=xkcd": "must start with postgresql://",
    "xkcd": "must start with postgresql://",
    "postgresql:/u:xkcd@h/d": "must start with postgresql://",
    # other tools' options
    "postgresql://u:xkcd@h/d?schema=public": (
        "has the option schema, which is Prisma's and not PostgreSQL's; leave it out"
    ),
    "postgresql://u:xkcd@h/d?sslmode=require&pgbouncer=true": (
        "has the option pgbouncer, which is Prisma's and not PostgreSQL's; leave it out"
    ),
    "postgresql://u:xkcd@h/d?currentSchema=bank": (
        "has the option currentSchema, which is JDBC's and not PostgreSQL's; leave it out"
    ),
    "postgresql://u:xkcd@h/d?prepared_statement_cache_size=0": (
        "has the option prepared_statement_cache_size, which is SQLAlchemy's and not PostgreSQL's;"
        " leave it out"
    ),
    "postgresql://u:xkcd@h/d?pool_max_conns=4": (
        "has the option pool_max_conns, which is Go's and not PostgreSQL's; leave it out"
    ),
    "postgresql://u:xkcd@h/d?sslMode=require": (
        "has an option that PostgreSQL does not know; did you mean sslmode?"
    ),
    "postgresql://u:xkcd@h/d?ssl_mode=require": (
        "has an option that PostgreSQL does not know; did you mean sslmode?"
    ),
    "postgresql://h/d?user=u&password=a&xkcd=b": (
        "has an option that PostgreSQL does not know; leave it out (in a value & is %26)"
    ),
    "postgresql://h/d?password=a&xkcd": (
        "must have options of name=value after the ?; in a value & is %26 and = is %3D"
    ),
    "postgresql://u:xkcd@h/d?sslmode=verify_full": (
        "must have an sslmode of disable, allow, prefer, require, verify-ca or verify-full"
    ),
    "postgresql://u:xkcd@h/d?sslmode=no-verify": (
        "must have an sslmode of disable, allow, prefer, require, verify-ca or verify-full"
    ),
    # what is no place
    "postgresql://u:xkcd@h": f"must name a database: {FORM.replace('user:password', 'user')}",
    "postgresql://u:xkcd@h/": f"must name a database: {FORM.replace('user:password', 'user')}",
    "postgresql://u:xkcd@h:0/d": "must have a port from 1 to 65535, if any",
    "postgresql://u:xkcd@h:65536/d": "must have a port from 1 to 65535, if any",
    "postgresql://u:xkcd@h:1,i:99999/d": "must have a port from 1 to 65535, if any",
    "postgresql://u:xkcd@h/d?port=x": "must have a port from 1 to 65535, if any",
    "postgresql://u:xk%00cd@h/d": "must not hold %00",
    "postgresql://u:xk%cd@h/d": f"must be written as {FORM}, in UTF-8",
    "postgresql://u:xk%zd@h/d": "has a % that begins no percent-encoding; in a password it is %25",
    "postgresql://u:xk cd@h/d": (
        "must not hold a space, tab or line break; in a password a space is %20"
    ),
}


@pytest.mark.parametrize(("url", "fault"), FAULTS.items())
def test_a_url_that_is_refused(url: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DHUB_PG_HOST", "h")
    monkeypatch.setenv("DHUB_LOANS_DB_URL", url)
    with pytest.raises(UsageError) as caught:
        load_settings()
    assert str(caught.value) == (
        f"DHUB_LOANS_DB_URL {fault}.\nSet them in the environment or in .env."
    )
    assert "xk" not in str(caught.value)


@pytest.mark.parametrize("special", "@/?#[]")
def test_what_must_be_encoded_is_said(special: str) -> None:
    with pytest.raises(ValueError, match=f"^must be written as {FORM}, and what is special in"):
        read_url(f"postgresql://u:xk{special}cd@h/d")


GOOD = {
    "postgresql://h/d": {"host": "h", "dbname": "d"},
    "postgres://u:p:w@h:1/d": {"user": "u", "password": "p:w", "host": "h", "port": "1"},
    "postgresql:///d": {"dbname": "d"},
    "postgresql:///d?host=/run/a,b&port=1,2": {"host": "/run/a,b", "port": "1,2"},
    "postgresql://%2Frun%2Fpg/d": {"host": "/run/pg"},
    "postgresql://[::1]:5/d": {"host": "::1", "port": "5"},
    "postgresql://h1:1,h2,[::1]:3/d": {"host": "h1,h2,::1", "port": "1,,3"},
    "postgresql:///?dbname=d&user=u": {"dbname": "d", "user": "u"},
    "postgresql://h/d?ssl=true": {"sslmode": "require"},
    "postgresql://h/d?options=-c%20geqo%3Doff": {"options": "-c geqo=off"},
    "postgresql://u:%40%2F%25%20%23@h/d": {"password": "@/% #"},
    "postgresql://h/a%20d": {"dbname": "a d"},
}


@pytest.mark.parametrize(("url", "parts"), GOOD.items())
def test_a_url_that_is_read(url: str, parts: dict[str, str]) -> None:
    assert parts.items() <= read_url(url).items()


@pytest.mark.parametrize(
    "other",
    [
        "postgres://other:x@h/d",
        "postgresql://h:5432/d",
        "postgresql:///d?host=h",
        "postgresql://h?dbname=d",
        "postgresql://h/%64",
    ],
)
def test_two_urls_of_one_database(other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DHUB_PG_HOST", "elsewhere")
    monkeypatch.setenv(URLS[0], "postgresql://u@h/d")
    monkeypatch.setenv(URLS[1], other)
    with pytest.raises(UsageError, match=f"^{URLS[1]} names the database of {URLS[0]}"):
        load_settings()
