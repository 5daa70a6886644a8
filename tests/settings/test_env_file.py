"""A .env is read strictly, as docker compose reads it, and a slip never means another server."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dhub.errors import UsageError
from dhub.settings import load_settings
from dhub.settings.names import READER_PASSWORD, SERVER, SETTINGS

ENV = Path(".env")

# What stands after NAME=, and the value that compose and dhub both read.
VALUES = {
    "plain": "plain",
    "'pa${w0rd}x'": "pa${w0rd}x",
    "'$HOME'": "$HOME",
    "'two words'": "two words",
    "'a#b'": "a#b",
    "'a # b'": "a # b",
    "'it\\'s'": "it's",
    "'back\\slash'": "back\\slash",
    "'two\\\\'": "two\\\\",
    "'\"'": '"',
    "'tab\there'": "tab\there",
    '"double"': "double",
    '"p w#1"': "p w#1",
    '"say \\"yes\\""': 'say "yes"',
    '"one\\\\two"': "one\\two",
    "a#b": "a#b",
    "value # a comment": "value",
    "'value' # a comment": "value",
    "back\\slash": "back\\slash",
    "it's": "it's",
    "ümläut€": "ümläut€",
    "a=b": "a=b",
    "  leading": "leading",
}


@pytest.mark.parametrize("before", ["", "export ", "\ufeff", "\n\n", "# a comment\n"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r\n\r\n# the end"])
def test_a_value(before: str, end: str) -> None:
    read = {}
    for raw in VALUES:
        ENV.write_bytes(f"{before}DHUB_PG_PASSWORD={raw}{end}".encode())
        password = load_settings().pg_password
        read[raw] = password and password.get_secret_value()
    assert read == VALUES


REFUSED = {
    "DHUB_PG_HOST: 127.0.0.1": "line 1 is no DHUB_PG_HOST=value",
    "DHUB_PG_HOST 127.0.0.1": "line 1 is no DHUB_PG_HOST=value",
    "DHUB_PG_HOST": "line 1 is no DHUB_PG_HOST=value",
    "export DHUB_PG_HOST": "line 1 is no DHUB_PG_HOST=value",
    "\n\n  DHUB_PG_HOST:x": "line 3 is no DHUB_PG_HOST=value",
    "A=1\r\nset DHUB_PG_HOST=x": "line 2 is no NAME=value",
    "'DHUB_PG_HOST'=x": "line 1 is no NAME=value",
    "=x": "line 1 is no NAME=value",
    "[server]\nDHUB_PG_HOST=x": "line 1 is no NAME=value",
    "DHUB_PG_HOST='x": "line 1 is no DHUB_PG_HOST=value",
    "DHUB_PG_HOST='x'y": "line 1 is no DHUB_PG_HOST=value",
    'DHUB_PG_HOST="x': "line 1 is no DHUB_PG_HOST=value",
    "DHUB_PG_PASSWORD=pa${w0rd}x": (
        "line 1 sets DHUB_PG_PASSWORD to a value with a $, which must stand in single quotes"
    ),
    'DHUB_PG_PASSWORD="a$b"': (
        "line 1 sets DHUB_PG_PASSWORD to a value with a $, which must stand in single quotes"
    ),
    'DHUB_PG_PASSWORD="a\\$b"': (
        "line 1 sets DHUB_PG_PASSWORD to a value with a $, which must stand in single quotes"
    ),
    'DHUB_PG_PASSWORD="a\\xb"': (
        "line 1 sets DHUB_PG_PASSWORD to a value with a backslash, which must stand in single"
        " quotes"
    ),
    "DHUB_PG_PASSWORD='a\nb'": "line 1 sets DHUB_PG_PASSWORD to several lines",
    "DHUB_PG_HOST=a\nDHUB_PG_HOST=b": "line 2 sets DHUB_PG_HOST, as line 1 does",
    "DHUB_PG_HOST=a\nDHUB_PG_HOST=": "line 2 sets DHUB_PG_HOST, as line 1 does",
}


@pytest.mark.parametrize(("text", "fault"), REFUSED.items())
def test_a_line_that_is_refused(text: str, fault: str) -> None:
    ENV.write_bytes(text.encode())
    with pytest.raises(UsageError) as caught:
        load_settings()
    assert str(caught.value) == f"{ENV.absolute()}: {fault}.\nCorrect it; # begins a comment."


def test_all_faulty_lines_at_once() -> None:
    ENV.write_text("one two\nFINE=1\nthree: four\n")
    with pytest.raises(UsageError, match="line 1 is no NAME=value; line 3 is no NAME=value"):
        load_settings()


def test_settings_of_others_are_none_of_our_business() -> None:
    ENV.write_text('PRIVATE_KEY="-----BEGIN\nabc\n-----END"\nX=${HOME}\nX=2\nY="a\\d"\na.b-c=1\n')
    assert load_settings().embedded


def folder() -> None:
    ENV.mkdir()


def dangling() -> None:
    ENV.symlink_to("nowhere")


def circle() -> None:
    ENV.symlink_to(ENV)


def pipe() -> None:
    os.mkfifo(ENV)


def device() -> None:
    ENV.symlink_to("/dev/zero")


def latin() -> None:
    ENV.write_bytes("A=1\nDHUB_PG_PASSWORD=ü".encode("latin-1"))


def utf_16() -> None:
    ENV.write_text("DHUB_PG_HOST=x", encoding="utf-16")


def zero() -> None:
    ENV.write_bytes(b"DHUB_PG_HOST=x\0y\n")


def huge() -> None:
    ENV.write_bytes(b"#" * (1 << 21))


KINDS = {
    folder: "is a folder",
    dangling: "is a link to nothing",
    circle: "cannot be read: Too many levels of symbolic links",
    pipe: "is no regular file",
    device: "is no regular file",
    latin: "line 2 is not UTF-8",
    utf_16: "line 1 is not UTF-8",
    zero: "line 1 holds a control character",
    huge: "is larger than a file of settings can be",
}


@pytest.mark.parametrize("make", KINDS, ids=lambda each: each.__name__)
def test_a_file_that_is_refused(make) -> None:  # type: ignore[no-untyped-def]
    make()
    with pytest.raises(UsageError) as caught:
        load_settings()
    assert KINDS[make] in str(caught.value)
    assert str(caught.value).startswith(str(ENV.absolute()))


# Names that were meant to say where the databases are, with the setting they are near to.
SLIPS = {
    "DHUB_PGHOST": "DHUB_PG_HOST",
    "DHUB_PG_HOTS": "DHUB_PG_HOST",
    "DHUB_HOST": "DHUB_PG_HOST",
    "DHUBPG_HOST": "DHUB_PG_HOST",
    "dhub_pg_host": "DHUB_PG_HOST",
    "Dhub_Pg_Host": "DHUB_PG_HOST",
    "DHUB_PG_PASSWROD": "DHUB_PG_PASSWORD",
    "DHUB_PG_SSL_MODE": "DHUB_PG_SSLMODE",
    "DHUB_ACCOUNT_DB_URL": "DHUB_ACCOUNTS_DB_URL",
    "DHUB_LOANS_URL": "DHUB_LOANS_DB_URL",
    "DHUB_DATADIR": "DHUB_DATA_DIR",
    "DHUB_DATABASE_URL": None,
    "DHUB_DB": None,
    "DHUB_POSTGRES_SERVER": None,
}


@pytest.mark.parametrize("where", ["environment", "file"])
@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_in_a_name(name: str, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if where == "file":
        ENV.write_text(f"{name}=x\n")
    else:
        monkeypatch.setenv(name, "x")
        if not name.upper().startswith("DHUB_"):
            return  # the environment is full of names that are none of ours
    with pytest.raises(UsageError) as caught:
        load_settings()
    assert f"{name} in " in str(caught.value)
    if meant := SLIPS[name]:
        assert f"Did you mean {meant}?" in str(caught.value)


def test_an_export_without_its_space() -> None:
    ENV.write_text("exportDHUB_PG_HOST=x\n")
    with pytest.raises(UsageError, match="Did you mean DHUB_PG_HOST"):
        load_settings()


def test_a_near_miss_that_moves_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DHUB_SCALES", "2")
    told: list[str] = []
    assert load_settings(told.append).scale is None
    assert told == [
        "DHUB_SCALES in the environment is no setting of dhub and counts for nothing."
        " Did you mean DHUB_SCALE?"
    ]


def test_what_a_cluster_puts_into_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DHUB_SERVICE_HOST", "DHUB_SERVICE_PORT", "DHUB_PORT_80_TCP_ADDR"):
        monkeypatch.setenv(name, "10.0.0.1")
    monkeypatch.setenv("DHUB_PORT", "tcp://10.0.0.1:80")
    told: list[str] = []
    assert load_settings(told.append).embedded and told == []


@pytest.mark.parametrize("name", SERVER)
@pytest.mark.parametrize("where", ["environment", "file"])
def test_an_empty_value_is_no_embedded_server(
    name: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == "file":
        ENV.write_text(f"{name}=\n")
    else:
        monkeypatch.setenv(name, "")
    with pytest.raises(UsageError) as caught:
        load_settings()
    assert str(caught.value) == (
        f"{name} is empty, so it is not known which server is meant.\n"
        "Give a value, or take the name away for the embedded server."
    )


def test_an_empty_value_beside_others_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SETTINGS:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("DHUB_PG_HOST", "h")
    settings = load_settings()
    assert settings.pg_host == "h" and settings.urls == {} and settings.pg_password is None


PLACE = ("DHUB_PG_HOST", "environment.example")


def read(file: dict[str, str], environment: dict[str, str], monkeypatch) -> tuple:  # type: ignore
    ENV.write_text("".join(f"{name}={value}\n" for name, value in file.items()))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    told: list[str] = []
    return load_settings(told.append), told


def test_all_of_a_server_is_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    file = {
        "DHUB_PG_PORT": "1",
        "DHUB_PG_USER": "u",
        "DHUB_PG_PASSWORD": "of-the-file",
        "DHUB_ACCOUNTS_DB_URL": "postgresql://evil/accounts_db",
        READER_PASSWORD: "reader-of-the-file",
    }
    settings, told = read(file, dict([PLACE]), monkeypatch)
    assert settings.model_dump(exclude_none=True) == {"pg_host": "environment.example"}
    assert told == [
        "DHUB_PG_PORT, DHUB_PG_USER, DHUB_PG_PASSWORD, DHUB_ACCOUNTS_DB_URL, DHUB_READER_PASSWORD"
        " of .env: passed over, the environment names the server."
    ]


@pytest.mark.parametrize(
    "there",
    [
        ("DHUB_PG_HOST", "evil"),
        ("DHUB_PG_PORT", "1"),
        ("DHUB_ACCOUNTS_DB_URL", "postgresql://evil/accounts_db"),
    ],
)
@pytest.mark.parametrize("here", ["DHUB_PG_PASSWORD", "DHUB_PG_USER", "DHUB_PG_PORT"])
def test_no_server_is_put_together_from_both(
    here: str, there: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError) as caught:
        read(dict([there]), {here: "5432"}, monkeypatch)
    assert str(caught.value) == (
        f"The environment has {here} and .env has {there[0]}, but what says where the databases"
        " are comes from one of the two.\n"
        "Put all of it into the environment, or all of it into .env."
    )


def test_a_readers_password_stays_with_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    settings, told = read({"DHUB_PG_HOST": "h"}, {READER_PASSWORD: "exported"}, monkeypatch)
    assert settings.reader_password is None and settings.pg_host == "h"
    assert told == [
        "DHUB_READER_PASSWORD of the environment is passed over: .env names the server."
    ]


def test_an_exported_password_that_does_not_count_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read({"DHUB_PG_HOST": "h"}, {"PGPASSWORD": "x", "PGUSER": "u"}, monkeypatch)[1] == [
        "PGPASSWORD of the environment is passed over: .env names the server."
    ]


LIBPQ = ("PGPASSWORD", "PGHOST", "PGHOSTADDR", "PGSERVICE", "PGUSER", "PGSSLKEY", "PGSERVICEFILE")


@pytest.mark.parametrize(
    ("file", "environment", "kept"),
    [
        ({"DHUB_PG_HOST": "h"}, {}, False),
        ({}, {}, False),
        ({}, dict([PLACE]), True),
        ({"DHUB_PG_HOST": "h"}, dict([PLACE]), True),
    ],
)
def test_what_libpq_reads_by_itself(
    file: dict[str, str], environment: dict[str, str], kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSFILE", "mine")
    for name in LIBPQ:
        monkeypatch.setenv(name, "mine")
    read(file, environment, monkeypatch)
    assert [os.environ.get(name) for name in LIBPQ] == ["mine" if kept else None] * len(LIBPQ)
    assert (os.environ["PGPASSFILE"] == "mine") is kept
    assert kept or not os.path.exists(os.environ["PGPASSFILE"])


@pytest.mark.parametrize(
    "option",
    ["passfile=/home/u/.pgpass", "service=prod", "sslkeylogfile=/home/u/.profile",
     "gssdelegation=1", "sslkey=engine:key"],
)  # fmt: skip
@pytest.mark.parametrize("source", ["file", "environment"])
def test_what_the_url_of_a_file_may_not_have(
    option: str, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = {name: f"postgresql://u:secret@h/{name}" for name in SERVER if name.endswith("_URL")}
    urls["DHUB_LOANS_DB_URL"] += f"?{option}"
    if source == "environment":
        assert read({}, urls, monkeypatch)[0].urls["loans_db"].endswith(option)
        return
    with pytest.raises(UsageError) as caught:
        read(urls, {}, monkeypatch)
    named = option.partition("=")[0]
    assert str(caught.value).startswith(
        f"DHUB_LOANS_DB_URL must not have the option {named} when .env sets it"
    )


@pytest.mark.parametrize("folder", ["bank", "./bank", "../bank", "."])
def test_a_relative_data_folder_of_a_file(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="^DHUB_DATA_DIR must be an absolute path when .env sets"):
        read({"DHUB_DATA_DIR": folder}, {}, monkeypatch)


def test_bytes_that_are_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environb, b"DHUB_PG_PASSWORD", b"\xff")  # type: ignore[misc]
    with pytest.raises(UsageError, match="^DHUB_PG_PASSWORD must be UTF-8"):
        load_settings()
