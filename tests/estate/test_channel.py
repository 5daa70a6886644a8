"""A password is said in clear over verified TLS, on this machine or over a socket, else never."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from dhub.errors import UsageError
from dhub.estate.channel import guard
from dhub.estate.connections import connect_url
from dhub.settings import load_settings

SAFE = [
    {"host": "localhost"},
    {"host": "127.0.0.1"},
    {"host": "127.5.5.5"},
    {"host": "::1"},
    {"host": "/run/postgresql"},
    {"host": "@abstract"},
    {},
    {"host": "localhost,/tmp,::1"},
    {"host": "db.example", "hostaddr": "127.0.0.1"},
    {"host": "db.example", "sslmode": "verify-full"},
    {"host": "db.example", "sslmode": "verify-ca"},
]
UNSAFE = [
    {"host": "db.example"},
    {"host": "10.0.0.1"},
    {"host": "localhost,db.example"},
    {"host": "localhost.example"},
    {"host": "localhost", "hostaddr": "10.0.0.1"},
    {"hostaddr": "10.0.0.1"},
    *({"host": "db.example", "sslmode": mode} for mode in ("disable", "prefer", "require")),
]


def test_where_it_may_be_said() -> None:
    assert [parts for parts in SAFE if guard(parts) != {}] == []


@pytest.mark.parametrize(
    ("allowed", "left"),
    [
        ("", "!password"),
        ("password", "!password"),
        ("scram-sha-256", "scram-sha-256"),
        ("scram-sha-256,password", "scram-sha-256"),
        ("!md5", "!md5,!password"),
        ("!password", "!password"),
    ],
)
def test_where_it_may_not(allowed: str, left: str) -> None:
    asked = {str(parts): guard(parts | {"require_auth": allowed}) for parts in UNSAFE}
    assert asked == dict.fromkeys(asked, {"require_auth": left}) and len(asked) == len(UNSAFE)


def test_what_libpq_reads_by_itself_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "db.example")
    assert guard({}) == {"require_auth": "!password"}
    monkeypatch.setenv("PGREQUIREAUTH", "password,md5")
    assert guard({}) == {"require_auth": "md5"}
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    assert guard({}) == {}


@contextmanager
def asking(host: str) -> Iterator[tuple[int, list[bytes]]]:
    """A server that asks for the password in clear; its port, and what it heard."""
    heard: list[bytes] = []
    with socket.create_server((host, 0)) as server:
        server.settimeout(10)
        thread = Thread(target=_ask, args=(server, heard))
        thread.start()
        yield server.getsockname()[1], heard
        thread.join()


def _ask(server: socket.socket, heard: list[bytes]) -> None:
    """Refuse TLS and GSS, then ask; all that is said until the other side hangs up."""
    for _ in range(2):  # without TLS a second time, perhaps
        try:
            conn, _ = server.accept()
        except TimeoutError:
            return
        with conn:
            conn.settimeout(10)
            while data := conn.recv(4096):
                heard.append(data)
                if len(data) == 8:  # asks for encryption
                    conn.sendall(b"N")
                elif data[:1] == b"p":
                    return
                else:
                    conn.sendall(b"R" + struct.pack("!ii", 8, 3))
        server.settimeout(0.3)


def address_of_this_machine() -> str:
    """One that is not loopback; no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return str(probe.getsockname()[0])


@pytest.mark.parametrize("mode", ["disable", "prefer", "require"])
def test_a_server_that_asks_is_not_told(mode: str) -> None:
    host = address_of_this_machine()
    with asking(host) as (port, heard), pytest.raises(UsageError) as caught:
        connect_url(f"postgresql://u:hush-hush@{host}:{port}/loans_db?sslmode={mode}", "loans_db")
    assert heard and b"hush-hush" not in b"".join(heard)
    assert mode == "require" or str(caught.value) == (
        "loans_db: its server asks for the password in clear, which is said only over verified TLS,"
        " on this machine or over a socket.\n"
        "Set DHUB_PG_SSLMODE=verify-full (sslmode in a URL), or let it ask by scram-sha-256."
    )


def test_on_this_machine_it_is_told() -> None:
    with asking("127.0.0.1") as (port, heard), pytest.raises(Exception, match="loans_db"):
        connect_url(f"postgresql://u:hush-hush@127.0.0.1:{port}/loans_db", "loans_db")
    assert b"hush-hush" in b"".join(heard)


def test_no_exported_password_reaches_the_host_of_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:  # type: ignore[no-untyped-def]
    """Not even on this machine, where it would be said in clear."""
    from dhub.estate.connections import connect
    from dhub.estate.opened import open_estate

    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".pgpass").write_text("*:*:*:*:hush-hush\n")
    (tmp_path / "home" / ".pgpass").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("PGPASSWORD", "DHUB_READER_PASSWORD"):
        monkeypatch.setenv(name, "hush-hush")
    with asking("127.0.0.1") as (port, heard):
        (tmp_path / ".env").write_text(f"DHUB_PG_HOST=127.0.0.1\nDHUB_PG_PORT={port}\n")
        settings = load_settings()
        with pytest.raises(UsageError), open_estate(settings) as estate:
            connect(estate, "loans_db")
    assert heard and b"hush-hush" not in b"".join(heard)
