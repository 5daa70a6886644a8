"""Nothing is waited for without end: a silent line, an idle one that is cut, a lock, a lost run."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest
from fixtures.command import Dhub, command, environment
from fixtures.proxy import Proxy, proxied, through
from fixtures.server import Server, variables

from dhub.errors import DatabaseFailed
from dhub.estate import hold as holding
from dhub.estate import patience
from dhub.estate.connections import connect
from dhub.estate.databases import Estate
from dhub.estate.guard import going_run
from dhub.estate.hold import Hold
from dhub.estate.tables import tables_of

OPTIONS = ("--customers", "120", "--employees", "10", "--seed", "7", "--as-of", "2026-11-20")
QUICK = {"connect_timeout": "2"}


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    with proxied(server.url) as found:
        yield found


@pytest.fixture
def far(estate: Estate, proxy: Proxy) -> Estate:
    """The estate of this module behind the proxy."""
    return through(estate, proxy.port, **QUICK)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Doubts come after a second, so that a test need not wait for half a minute."""
    monkeypatch.setattr(patience, "_SILENCE", 1.0)
    monkeypatch.setattr(patience, "_TWICE", 0.2)


# --- silence --------------------------------------------------------------------------------------


def test_a_line_that_falls_silent_is_given_up(far: Estate, proxy: Proxy, soon: None) -> None:
    with connect(far, "loans_db", autocommit=True) as conn:
        proxy.silent = True
        began = time.monotonic()
        with pytest.raises(psycopg.OperationalError, match="does not answer any more"):
            conn.execute("SELECT 1")
        assert time.monotonic() - began < 15
        assert conn.closed


@pytest.mark.parametrize("query", ["SELECT 1", "COPY kept FROM STDIN", "COPY kept TO STDOUT"])
def test_one_silent_line_among_others_is_given_up(
    query: str, far: Estate, proxy: Proxy, soon: None
) -> None:
    """The server can be asked: it waits for us while we wait for it."""
    with connect(far, "loans_db", autocommit=True) as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        proxy.deaf = frozenset({proxy.accepted - 1})
        with pytest.raises(psycopg.OperationalError, match="does not answer any more"):
            if not query.startswith("COPY"):
                conn.execute(query)
            with conn.cursor().copy(query) as copy:
                if "FROM" in query:
                    for _ in range(200):
                        copy.write(b"x" * 65536 + b"\n")
                else:
                    list(copy)


def test_a_long_statement_is_waited_for(far: Estate, soon: None) -> None:
    with connect(far, "loans_db", autocommit=True) as conn:
        assert conn.execute("SELECT 1 FROM pg_sleep(4)").fetchone() == (1,)


def test_a_session_that_was_ended_behind_a_silent_line(
    far: Estate, proxy: Proxy, soon: None, estate: Estate
) -> None:
    with connect(far, "loans_db", autocommit=True) as conn:
        proxy.deaf = frozenset({proxy.accepted - 1})
        with connect(estate, "loans_db", autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (conn.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError, match="does not answer any more"):
            conn.execute("SELECT 1")


def test_commands_end_with_4(estate: Estate, proxy: Proxy) -> None:
    """The real command, with its real patience: within two minutes for what only reads."""
    env = environment(variables(through(estate, proxy.port, **QUICK)))
    words = command("db", "query", "SELECT pg_sleep(600)", "-d", "loans_db", "--timeout", "900")
    began = time.monotonic()
    with subprocess.Popen(words, env=env, stderr=subprocess.PIPE, text=True) as run:
        time.sleep(6)
        proxy.silent = True
        _, said = run.communicate(timeout=150)
    assert run.returncode == 4, said
    assert time.monotonic() - began < 120


def test_keepalives_on_both_sides(far: Estate) -> None:
    with connect(far, "loans_db") as conn:
        wanted = {"keepalives_idle": "30", "keepalives_interval": "10", "tcp_user_timeout": "60000"}
        assert wanted.items() <= conn.info.get_parameters().items()


def test_a_url_says_otherwise(estate: Estate, proxy: Proxy) -> None:
    far = through(estate, proxy.port, keepalives_idle="77", tcp_user_timeout="5000")
    with connect(far, "loans_db") as conn:
        told = conn.info.get_parameters()
        assert (told["keepalives_idle"], told["tcp_user_timeout"]) == ("77", "5000")


# --- idle connections that are cut ----------------------------------------------------------------


def test_a_hold_idles_past_what_cuts_idle_connections(
    far: Estate, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "_WORD_EVERY", 0.3)
    proxy.cut_after = 1.2
    with Hold(far) as hold:
        time.sleep(4)
        assert proxy.cut == 0
        assert set(hold.each(lambda conn, _: conn.execute("SELECT 1").fetchone()).values()) == {
            (1,)
        }


def test_a_hold_that_was_cut_is_taken_anew(far: Estate, proxy: Proxy, estate: Estate) -> None:
    with Hold(far) as hold:
        proxy.cut_after = 0.5
        time.sleep(2)
        assert proxy.cut >= 6
        proxy.cut_after = None
        hold.each(lambda conn, _: conn.execute("SELECT 1"))
        with connect(estate, "loans_db") as conn:
            assert going_run(conn)[0]


def test_a_load_survives_a_balancer_that_cuts_who_idles(
    make_estate: Callable[[], Estate], proxy: Proxy, dhub: Dhub
) -> None:
    estate = make_estate()
    proxy.cut_after = 1.0
    words = ("seed", "all", "--customers", "4100", "--employees", "40", "--workers", "1")
    done = dhub(*words, env=variables(through(estate, proxy.port)), timeout=300)
    assert done.code == 0, done.err
    assert dhub("seed", "status", "--json", env=variables(estate)).json["state"] == "complete"


# --- locks ----------------------------------------------------------------------------------------


@pytest.fixture
def shut(estate: Estate) -> Iterator[int]:
    """Somebody keeps ACCESS EXCLUSIVE on a table; gives his process at the server."""
    with closing(psycopg.connect(estate.urls["accounts_db"])) as somebody:
        somebody.execute("LOCK TABLE public.customers IN ACCESS EXCLUSIVE MODE")
        yield somebody.info.backend_pid


READERS = [
    ("seed", "status"),
    ("db", "tables", "-d", "accounts_db"),
    ("db", "query", "SELECT count(*) FROM customers", "-d", "accounts_db"),
]


@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_who_reads_is_told_who_locks(
    words: tuple[str, ...], shut: int, estate: Estate, dhub: Dhub
) -> None:
    began = time.monotonic()
    done = dhub(*words, env=variables(estate), timeout=60)
    assert time.monotonic() - began < 40
    said = done.out + done.err
    assert f"public.customers is locked by pid {shut}" in " ".join(said.split()), said
    assert "ACCESS EXCLUSIVE" in said
    assert done.code == (0 if words[1] == "status" else 4)


def test_a_lock_is_told_within_code(shut: int, estate: Estate) -> None:
    with pytest.raises(DatabaseFailed, match=f"locked by pid {shut} .role .*, for \\d+ s"):
        tables_of(estate, "accounts_db")


# --- a run whose client is gone -------------------------------------------------------------------


def test_a_second_run_is_told_who_is_first(estate: Estate, dhub: Dhub) -> None:
    with Hold(estate) as hold:
        pid = hold.each(lambda conn, _: conn.info.backend_pid)["employees_db"]
        refused = dhub("seed", "all", *OPTIONS, env=variables(estate))
    assert refused.code == 3
    assert f"run is going on, held by pid {pid} (role " in refused.err
    assert f"SELECT pg_terminate_backend({pid})" in refused.err


def test_the_lock_of_a_lost_machine_is_given_back(
    far: Estate, proxy: Proxy, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is behind a silent line says no word any more, and the server ends its session."""
    monkeypatch.setattr(holding, "_SILENT_FOR", "1s")
    monkeypatch.setattr(holding, "_WORD_EVERY", 0.2)
    hold = Hold(far)
    with hold:
        time.sleep(2)
        proxy.silent = True
        time.sleep(2)
        with Hold(estate) as other:
            assert other.each(lambda conn, _: conn.info.backend_pid)
        proxy.silent = False
