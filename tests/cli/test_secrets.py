"""No password is printed: every spelling of one in a URL, in every place that prints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import pytest
from psycopg import conninfo

from dhub.cli.app import exit_code
from dhub.settings import DATABASES, secrets

HEAD, TAIL = "xkcdhead", "xkcdtail"
SPECIAL = "%@/ \t\n\r#?&=+:;,[]\\'\"`<>{}|^~$!*()é€\x01"
SPELLINGS = {
    **{f"raw {each!r}": f"{HEAD}{each}{TAIL}" for each in SPECIAL},
    **{f"encoded {each!r}": quote(f"{HEAD}{each}{TAIL}", safe="") for each in SPECIAL},
    "half an encoding": f"{HEAD}%4{TAIL}",
    "no text": f"{HEAD}%ff{TAIL}",
    "a zero": f"{HEAD}%00{TAIL}",
    "several": f"{HEAD}@%/:{TAIL}@",
    "plain": HEAD + TAIL,
}
FORMS = {
    "login": "postgresql://user:{}@127.0.0.1:1/{}",
    "query": "postgresql://127.0.0.1:1/{1}?user=user&password={0}",
    "tls": "postgresql://user@127.0.0.1:1/{1}?sslpassword={0}",
    "several hosts": "postgresql://user:{}@127.0.0.1:1,localhost:1/{}",
    "libpq's words": "host=127.0.0.1 port=1 user=user password={} dbname={}",
    "JDBC": "jdbc:postgresql://127.0.0.1:1/{1}?user=user&password={0}",
    "SQLAlchemy": "postgresql+psycopg://user:{}@127.0.0.1:1/{}",
    "no host": "postgresql://user:{}@/{}?host=127.0.0.1&port=1",
    "a misspelt option": "postgresql://user:{}@127.0.0.1:1/{}?sslmod=require",
    "a misplaced password": "postgresql://user@127.0.0.1:1/{1}?{0}",
}
PLACES = (
    ["db", "url"],
    ["db", "url", "--json"],
    ["db", "url", "--reader"],
    ["db", "init"],
    ["db", "tables", "-d", "loans_db"],
    ["db", "query", "SELECT 1", "-d", "loans_db"],
    ["seed", "status"],
    ["seed", "status", "--json"],
    ["seed", "all", "--scale", "0.05", "--log-file", "log"],
    ["seed", "clear"],
    ["verify"],
    ["server", "status"],
)


def said(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert exit_code(words) in (0, 2, 4)
    shown = "".join(capsys.readouterr())
    log = Path("log")
    return shown + (log.read_text() if log.exists() else "")


def told(places: Sequence[list[str]], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Commands that tell the password or a part of it; what was a secret before is none now."""
    secrets.forget()
    shown = {" ".join(words): said(words, capsys) for words in places}
    return [words for words, text in shown.items() if HEAD in text or TAIL in text]


@pytest.mark.parametrize("form", FORMS)
def test_no_password_of_a_url_is_printed(
    form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DHUB_DEBUG", "1")
    found = {}
    for spelling, word in SPELLINGS.items():
        for name in DATABASES:
            monkeypatch.setenv(f"DHUB_{name.upper()}_URL", FORMS[form].format(word, name))
        # What is refused when settings are read is refused everywhere alike.
        everywhere = form == "login" and "raw" not in spelling
        found[spelling] = told(PLACES if everywhere else PLACES[1:2], capsys)
    assert not {spelling: words for spelling, words in found.items() if words}


@pytest.mark.parametrize("name", ["DHUB_PG_PASSWORD", "DHUB_READER_PASSWORD", "PGPASSWORD"])
def test_no_password_of_a_variable_is_printed(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for each, value in (("HOST", "127.0.0.1"), ("PORT", "1"), ("USER", "u"), ("PASSWORD", "pw")):
        monkeypatch.setenv(f"DHUB_PG_{each}", value)
    monkeypatch.setenv("DHUB_DEBUG", "1")
    found = {}
    for special in SPECIAL:
        monkeypatch.setenv(name, f"{HEAD}{special}{TAIL}")
        found[special] = told(PLACES[3::4], capsys)
    assert not {special: words for special, words in found.items() if words}


def test_the_url_that_is_shown_is_right_but_for_the_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"user": "us@er", "host": "h1,h2", "port": "1,2", "sslmode": "disable"}
    for special in SPECIAL:
        word = f"{HEAD}{special}{TAIL}"
        for name in DATABASES:
            url = f"postgresql://us%40er:{quote(word, safe='')}@h1:1,h2:2/{name}?sslmode=disable"
            monkeypatch.setenv(f"DHUB_{name.upper()}_URL", url)
        for more, password in (([], "***"), (["--show-password"], word)):
            assert exit_code(["db", "url", "--json", *more]) == 0, special
            shown = json.loads(capsys.readouterr().out)["loans_db"]
            whole = given | {"dbname": "loans_db", "password": password}
            assert conninfo.conninfo_to_dict(shown) == whole, special


@pytest.mark.parametrize("secret", ["abcdef", "a b%c@d", 'it\'s "quoted"\\', "ümläut€", "x\ny"])
def test_every_spelling_of_a_secret_is_hidden(secret: str) -> None:
    secrets.forget()
    secrets.remember([secret])
    ways = (secret, quote(secret, safe=""), repr(secret), json.dumps(secret), f"'{secret}'")
    for way in ways:
        assert secrets.masked(f"<{way}>").strip("<>'\"") == "***"
    secrets.forget()
    assert secrets.masked(secret) == secret


def test_what_is_no_secret_is_left_alone() -> None:
    secrets.forget()
    secrets.remember(["postgres", "bank", "pw", None, ""], plain=["bank"])
    text = "dhub: role bank of postgresql://bank@h/postgres, pwd"
    assert secrets.masked(text) == text
    assert secrets.masked("password pw.") == "password ***."
    secrets.forget()
