"""URLs: what libpq reads from them, and no password in what is shown."""

from __future__ import annotations

import pickle

import pytest
from psycopg import conninfo

from dhub.estate.databases import Estate
from dhub.estate.urls import make_url, mask_passwords

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
    ("text", "shown"),
    [
        ("postgresql://u:secret@h:5/d", "postgresql://u:***@h:5/d"),
        ("postgresql://u:sec@ret@h/d", "postgresql://u:***@h/d"),
        ("postgresql://u:secret@/d?host=/a", "postgresql://u:***@/d?host=/a"),
        ("see postgresql://u:secret@h/d now", "see postgresql://u:***@h/d now"),
        ("postgresql://h/d?password=secret&user=u", "postgresql://h/d?password=***&user=u"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_masked(text: str, shown: str) -> None:
    assert mask_passwords(text) == shown


def test_an_estate_shows_no_password_and_travels_to_workers() -> None:
    estate = Estate({"loans_db": "postgresql://u:secret@h/d"}, reader_password="secret")
    assert "secret" not in repr(estate) + str(estate) + f"{estate}"
    assert pickle.loads(pickle.dumps(estate)) == estate
