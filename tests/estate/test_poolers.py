"""Behind pgbouncer: sessions lent out whole are as good as any, shared ones are refused at once."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from fixtures.command import Dhub
from fixtures.logins import MAKER, as_login
from fixtures.proxy import through
from fixtures.server import Server, url_of, variables
from psycopg import conninfo

from dhub.errors import UsageError
from dhub.estate.connections import connect
from dhub.estate.databases import Estate
from dhub.server.postmaster import free_port

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed")

OPTIONS = ("--customers", "120", "--employees", "10", "--seed", "7", "--as-of", "2026-11-20")


@contextmanager
def pgbouncer(server: Server, **settings: object) -> Iterator[int]:
    """A pgbouncer before the server; gives its port."""
    parts, port = conninfo.conninfo_to_dict(server.url), free_port()
    folder = Path(tempfile.mkdtemp(prefix="dhub-pgbouncer-"))
    folder.chmod(0o755)
    users = [(parts["user"], parts["password"]), (MAKER, "pw")]
    users.append(("dhub_reader", server.reader_password))
    (folder / "users").write_text("".join(f'"{name}" "{word}"\n' for name, word in users))
    lines = {"listen_addr": "127.0.0.1", "listen_port": port, "auth_type": "scram-sha-256"}
    lines |= {"auth_file": folder / "users", "unix_socket_dir": "", "max_client_conn": 200}
    lines |= {"ignore_startup_parameters": "extra_float_digits,options", **settings}
    text = f"[databases]\n* = host={parts['host']} port={parts['port']}\n[pgbouncer]\n"
    (folder / "ini").write_text(text + "".join(f"{k} = {v}\n" for k, v in lines.items()))
    account = pwd.getpwnam("nobody").pw_name if os.geteuid() == 0 else None
    if account:
        _let_in(Path(str(parts["host"])))
    process = subprocess.Popen(
        [str(PROGRAM), *(("-u", account) if account else ()), str(folder / "ini")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield port
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        shutil.rmtree(folder)


def _let_in(folder: Path) -> None:
    """The socket of root's embedded server is its account's alone; pgbouncer runs as another."""
    if folder.is_absolute():
        folder.chmod(0o755)
        for file in folder.glob(".s.PGSQL.*[0-9]"):
            file.chmod(0o777)


def _wait_for(port: int) -> None:
    for _ in range(1200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("pgbouncer did not start")


def locks(server: Server) -> int:
    with psycopg.connect(server.url) as admin:
        query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        return int(admin.execute(query).fetchone()[0])


SHARED = {
    "transaction": {"pool_mode": "transaction"},
    "of one connection": {"pool_mode": "transaction", "default_pool_size": 1},
    "in turns": {"pool_mode": "transaction", "server_round_robin": 1, "min_pool_size": 3},
    "statement": {"pool_mode": "statement"},
}
COMMANDS = [
    ("seed", "all", *OPTIONS),
    ("seed", "resume"),
    ("seed", "status"),
    ("seed", "clear", "--confirm"),
    ("verify",),
    ("db", "init"),
    ("db", "tables"),
    ("db", "refresh"),
    ("db", "query", "SELECT 1", "-d", "accounts_db"),
]


@pytest.mark.parametrize("kind", SHARED)
def test_shared_sessions_are_refused_by_every_command(
    kind: str, own: Estate, server: Server, dhub: Dhub
) -> None:
    with pgbouncer(server, **SHARED[kind]) as port:
        pooled = variables(through(own, port))
        for words in COMMANDS:
            refused = dhub(*words, env=pooled)
            assert refused.code == 2, (words, refused.err)
            assert "pool_mode = session" in refused.err
        assert locks(server) == 0
        # What the pool keeps is as it was: nothing of dhub's is left to whoever comes next.
        with psycopg.connect(through(own, port).urls["loans_db"], autocommit=True) as other:
            assert other.execute("SHOW row_security").fetchone() == ("on",)
        words = COMMANDS[0] if kind == "of one connection" else ("db", "init")
        done = dhub(*words, env=variables(own))
        assert done.code == 0, done.err


@pytest.mark.parametrize("kind", ["transaction", "in turns"])
def test_shared_sessions_are_seen_in_a_busy_pool(kind: str, own: Estate, server: Server) -> None:
    """Others come and go meanwhile, so that processes change hands by chance."""
    with pgbouncer(server, **SHARED[kind], default_pool_size=4) as port:
        pooled = through(own, port)
        with ExitStack() as stack:
            url = pooled.urls["loans_db"]
            others = [psycopg.connect(url, autocommit=True) for _ in range(6)]
            for other in others:
                stack.enter_context(other)
            for number in range(20):
                others[number % 6].execute("SELECT 1")
                with pytest.raises(UsageError, match="shares sessions out"):
                    connect(pooled, "loans_db")


def test_whole_sessions_are_as_good_as_any(
    own: Estate, server: Server, dhub: Dhub, make_estate: Callable[[], Estate]
) -> None:
    with pgbouncer(server, pool_mode="session", default_pool_size=10) as port:
        env = variables(through(as_login(make_estate(), MAKER, server.reader_password), port))
        for words in (
            ("db", "init"),
            ("seed", "all", *OPTIONS, "--workers", "2"),
            ("verify", "--only", "references"),
            ("db", "query", "SELECT count(*) FROM customers", "-d", "accounts_db"),
            ("seed", "status"),
            ("db", "refresh"),
            ("seed", "all", "--append", "--customers", "10"),
            ("seed", "clear", "--confirm"),
        ):
            done = dhub(*words, env=env)
            assert done.code == 0, (words, done.err)
        assert locks(server) == 0


def test_a_pool_with_a_single_session_is_no_shared_one(own: Estate, server: Server) -> None:
    with pgbouncer(server, pool_mode="session", default_pool_size=1) as port:
        connect(through(own, port), "loans_db").close()
        assert url_of(own, "loans_db")
