"""The embedded server: started when needed, shared, kept, found again after a kill -9."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from fixtures.command import Dhub, command, environment
from fixtures.server import open_folder

from dhub.errors import Refused, UsageError
from dhub.server import postmaster
from dhub.server.home import OWNER, Home, home_of
from dhub.server.lifetime import halt, keep, running, status

QUERY = ("db", "query", "-d", "accounts_db")


def log_in(home: Home, found: postmaster.Postmaster, password: str | None = None) -> str:
    with psycopg.connect(
        host=found.host,
        port=found.port,
        user=OWNER,
        password=password or home.password(OWNER),
        dbname="postgres",
    ) as conn:
        row = conn.execute(
            "SELECT current_setting('fsync') || current_setting('synchronous_commit')"
            " || current_setting('full_page_writes') || datlocale || datcollate"
            " FROM pg_database WHERE datname = 'postgres'"
        ).fetchone()
    assert row
    return str(row[0])


def test_runs_while_used(data_dir: Path) -> None:
    home = Home(data_dir)
    with running(home) as found:
        assert log_in(home, found) == "onononC.UTF-8C"
        with running(home) as again:
            assert again == found
        assert status(home).in_use == 1
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            log_in(home, found, "guessed")
    assert not status(home).running
    with running(home) as later:
        assert later.pid != found.pid


def test_nothing_is_open_to_others(data_dir: Path) -> None:
    home = Home(data_dir)
    with running(home):
        home.password("dhub_reader")
        for path in (home.data, home.sockets, home.users):
            assert stat.S_IMODE(path.stat().st_mode) == 0o700
        for name in ("password", "dhub_reader.password", "lock", "server.log"):
            assert stat.S_IMODE((data_dir / name).stat().st_mode) == 0o600
        mode = 0o755 if os.geteuid() == 0 else 0o700
        assert stat.S_IMODE(data_dir.stat().st_mode) == mode


def test_a_long_path_gets_a_short_socket(data_dir: Path) -> None:
    home = Home(data_dir.parent / ("long" * 30))
    with running(home) as found:
        assert found.sockets.startswith("/tmp/dhub-")
        log_in(home, found)
    shutil.rmtree(found.sockets)


def test_kept_on_tcp(data_dir: Path) -> None:
    home = Home(data_dir)
    kept = keep(home)
    assert kept.host == "127.0.0.1"
    log_in(home, kept)
    assert keep(home) == kept
    with running(home) as found:
        assert found == kept
    assert status(home).kept
    with pytest.raises(UsageError, match=f"^The embedded server runs on port {kept.port} already"):
        keep(home, 1 + kept.port % 65000)
    assert halt(home).running
    assert not halt(home).running
    assert keep(home).port == kept.port, "the last port is tried first"


def test_a_port_that_is_taken(data_dir: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError) as caught:
            keep(Home(data_dir), port)
    assert str(caught.value) == (
        f"Port {port} of this machine is taken.\nGive another --port, or none for a free one."
    )


def test_cannot_be_kept_while_used(data_dir: Path) -> None:
    home = Home(data_dir)
    with running(home), pytest.raises(Refused, match="^Another dhub command is using"):
        keep(home)


def test_a_killed_server_recovers(data_dir: Path) -> None:
    home = Home(data_dir)
    with running(home) as found:
        os.kill(found.pid, signal.SIGKILL)
    with running(home) as again:
        assert again.pid != found.pid
        log_in(home, again)


def test_a_stale_file_with_a_living_number(data_dir: Path) -> None:
    home = Home(data_dir)
    with running(home):
        pid_file = (home.data / "postmaster.pid").read_text().splitlines()
    left = [str(os.getpid()), *pid_file[1:]]
    (home.data / "postmaster.pid").write_text("\n".join(left))
    with running(home) as found:
        assert found.pid != os.getpid()
        log_in(home, found)


def test_an_interrupted_initdb_leaves_nothing_behind(data_dir: Path) -> None:
    home = Home(data_dir)
    home.make()
    (data_dir / "data.part" / "base").mkdir(parents=True)
    with running(home) as found:
        log_in(home, found)
    assert not (data_dir / "data.part").exists()


def test_data_of_another_version(data_dir: Path) -> None:
    home = Home(data_dir)
    with running(home):
        pass
    (home.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(Refused) as caught, running(home):
        pass
    assert str(caught.value) == (
        f"{home.data} was made by PostgreSQL 17, this dhub has PostgreSQL 18.\n"
        "Move the folder away, or name another one with DHUB_DATA_DIR."
    )


def test_a_folder_that_cannot_be_made() -> None:
    with pytest.raises(UsageError) as caught, running(Home(Path("/proc/dhub"))):
        pass
    assert str(caught.value) == (
        "/proc/dhub cannot be used for the embedded server: No such file or directory.\n"
        "Name another folder with DHUB_DATA_DIR, or a server with DHUB_PG_HOST."
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server changes its account")
def test_root_names_the_folder_that_is_shut() -> None:
    folder = open_folder()
    folder.chmod(0o700)
    with pytest.raises(UsageError) as caught, running(Home(folder / "dhub")):
        pass
    account = postmaster_account()
    assert str(caught.value) == (
        f"Root's embedded server runs as {account}, which may not enter {folder}.\n"
        "Name a folder that it can reach with DHUB_DATA_DIR (default: /var/lib/dhub)."
    )
    shutil.rmtree(folder)


def postmaster_account() -> str:
    from dhub.server.account import server_account

    return server_account(Path("/nowhere")).name


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server changes its account")
def test_root_copies_programs_that_are_out_of_reach(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dhub.server.account import Account

    reach = Account.may_enter
    monkeypatch.setattr(
        Account, "may_enter", lambda self, folder: "site-packages" not in str(folder)
    )
    home = Home(data_dir)
    with running(home) as found:
        log_in(home, found)
        assert str(data_dir / "postgresql-") in Path(f"/proc/{found.pid}/cmdline").read_text()
    assert reach is not Account.may_enter


def test_default_homes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert home_of(None).path == Path("/var/lib/dhub")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", "/tmp/xdg")
    if sys.platform == "linux":
        assert home_of(None).path == Path("/tmp/xdg/dhub")


def test_commands(dhub: Dhub, data_dir: Path) -> None:
    env = {"DHUB_DATA_DIR": str(data_dir)}
    assert dhub("server", "status", "--json", env=env).json["running"] is False
    assert not data_dir.exists(), "status makes nothing"
    started = dhub("server", "start", "--json", "--show-password", env=env)
    assert (started.code, started.err) == (0, "")
    with psycopg.connect(started.json["url"]):
        pass
    shown = dhub("server", "start", env=env).out
    assert f"postgresql://dhub_owner:***@127.0.0.1:{started.json['port']}/postgres\n" in shown
    found = dhub("server", "status", "--json", env=env).json
    assert (found["kept"], found["port"]) == (True, started.json["port"])
    assert dhub("server", "stop", "--json", env=env).json == {"stopped": True, "running": False}
    assert dhub("server", "stop", env=env).out == (
        "The embedded PostgreSQL server was not running.\n"
    )


def test_no_embedded_server_beside_another(dhub: Dhub) -> None:
    for each in ("start", "stop", "status"):
        done = dhub("server", each, env={"DHUB_PG_HOST": "db"})
        assert (done.code, done.out) == (2, "")
        assert done.err == (
            "dhub: The settings name a server of your own (DHUB_PG_... or DHUB_..._URL), so the"
            " embedded one is not used.\nUnset them to use it.\n"
        )


def until(what: object, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "code", "left_running"),
    [(signal.SIGTERM, 143, False), (signal.SIGINT, 130, False), (signal.SIGKILL, -9, True)],
)
def test_a_signal(data_dir: Path, dhub: Dhub, number: int, code: int, left_running: bool) -> None:
    env = {"DHUB_DATA_DIR": str(data_dir)}
    home = Home(data_dir)
    assert dhub("db", "init", env=env).code == 0
    sleeping = subprocess.Popen(
        command(*QUERY, "SELECT pg_sleep(60)"), env=environment(env), stderr=subprocess.DEVNULL
    )
    until(lambda: asleep(home))
    with sleeping:
        sleeping.send_signal(number)
        assert sleeping.wait(20) == code
    assert status(home).running is left_running
    assert dhub(*QUERY, "SELECT 1", env=env).code == 0
    assert not status(home).running, "the next command finds it, and stops it"


def asleep(home: Home) -> bool:
    found = postmaster.find(home)
    if not found or not found.ready:
        return False
    with psycopg.connect(
        host=found.host,
        port=found.port,
        user=OWNER,
        password=home.password(OWNER),
        dbname="postgres",
    ) as conn:
        row = conn.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'dhub_reader'"
            " AND state = 'active'"
        ).fetchone()
    return bool(row and row[0])


def test_two_at_once_from_a_cold_start(data_dir: Path) -> None:
    env = environment({"DHUB_DATA_DIR": str(data_dir)})
    both = [
        subprocess.Popen(command("db", "init"), env=env, stderr=subprocess.PIPE) for _ in range(3)
    ]
    for each in both:
        _, said = each.communicate(timeout=60)
        assert each.returncode == 0, said
    assert not status(Home(data_dir)).running


@pytest.mark.skipif(os.geteuid() != 0, reason="another account is root's to use")
def test_an_ordinary_user() -> None:
    import pwd

    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        pytest.skip("no account nobody")
    if not (setpriv := shutil.which("setpriv")):
        pytest.skip("no program setpriv")
    # May read everything, since this Python may lie in root's home; is nobody in all else.
    rights = "-all,+dac_read_search"
    as_nobody = [setpriv, f"--inh-caps={rights}", f"--ambient-caps={rights}"]
    as_nobody += [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    folder = open_folder()
    shutil.chown(folder, "nobody")
    env = environment({"DHUB_DATA_DIR": str(folder / "dhub"), "HOME": str(folder)})
    for arguments in (["db", "init"], ["server", "status"], [*QUERY, "SELECT 1"]):
        done = subprocess.run(
            [*as_nobody, *command(*arguments)],
            env=env,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert stat.S_IMODE((folder / "dhub").stat().st_mode) == 0o700
    shutil.rmtree(folder)
