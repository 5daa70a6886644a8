"""URLs: what libpq reads from them, and no password in what is shown."""

from __future__ import annotations

import pickle

import pytest
from psycopg import conninfo

from dhub.estate.databases import Estate
from dhub.estate.reader import reader_url
from dhub.estate.urls import make_url, shown_url

CASES = [
    {"host": "db", "port": 5433, "user": "u", "password": "p@:/?#%& é"},
    {"host": "/tmp/a folder", "port": 5433, "user": "u@corp", "password": "x"},
    {"host": "::1", "port": 1, "user": "u", "password": "", "sslmode": "require"},
]


@pytest.mark.parametrize("parts", CASES)
def test_libpq_reads_what_was_given(parts: dict[str, object]) -> None:
    read = conninfo.conninfo_to_dict(make_url("a db", **parts))  # type: ignore[arg-type]
    given = {key: str(value) for key, value in parts.items() if value != ""}
    assert {key: value for key, value in read.items() if value != ""} == given | {"dbname": "a db"}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:secret@h:5/d", "postgresql://u:***@h:5/d"),
        ("postgresql://u:secret@/d?host=/a", "postgresql://u:***@/d?host=/a"),
        ("postgresql://h/d?password=secret&user=u", "postgresql://u:***@h/d"),
        ("postgresql://u@h/d?sslpassword=secret", "postgresql://u@h/d?sslpassword=***"),
        ("postgresql://u:secret@h:1,i:2/d", "postgresql://u:***@h:1,i:2/d"),
        ("postgresql://u:secret@[::1]:5/d", "postgresql://u:***@[::1]:5/d"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("postgresql:///d", "postgresql:///d"),
        ("no URL with a secret", "postgresql://***"),
    ],
)
def test_shown(url: str, shown: str) -> None:
    assert shown_url(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:secret@h:1,i:2/d",
        "postgresql://u:secret@h,i:2/d?target_session_attrs=any",
        "postgresql://u:secret@[::1]:1,[::2]:2/d",
        "postgresql:///d?host=/a,h&port=1,2",
        "postgresql:///d?hostaddr=127.0.0.1&port=7",
        "postgresql:///d",
        "postgresql://:5433/d",
    ],
)
def test_the_reader_goes_where_the_login_goes(url: str) -> None:
    login, reader = (conninfo.conninfo_to_dict(each) for each in (url, reader_url(url, "pw")))
    for name in {"host", "hostaddr", "port", "dbname", "target_session_attrs"}:
        assert str(reader.get(name, "")).strip(",") == str(login.get(name, "")).strip(",")
    assert (reader["user"], reader["password"]) == ("dhub_reader", "pw")


def test_an_estate_shows_no_password_and_travels_to_workers() -> None:
    estate = Estate({"loans_db": "postgresql://u:secret@h/d"}, reader_password="secret")
    assert "secret" not in repr(estate) + str(estate) + f"{estate}"
    assert pickle.loads(pickle.dumps(estate)) == estate
