"""Takes a home with data and an account, gives PostgreSQL itself: started, found, stopped."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dhub.errors import DatabaseFailed, Refused, UsageError
from dhub.server.account import Account
from dhub.server.binaries import MAJOR, programs
from dhub.server.files import open_log
from dhub.server.home import Home
from dhub.server.lock import Notify, Wait

LOOPBACK = "127.0.0.1"
SOCKET_PORT = 5432  # only part of the socket's name while there is no TCP

# For bulk loads by a few connections; every commit still reaches the disk.
_TUNING = {
    "wal_level": "minimal",  # rows of a table made in the same transaction need no log
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",  # compiling costs more than it saves on these sizes
    "cluster_name": "dhub",
}
_SMALL_SHM = 1 << 30  # containers give /dev/shm 64 MB, too little for a parallel index build
_LOG_LIMIT = 10 << 20
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
_LEFTOVER = 60  # seconds that the children of a killed server may take to notice

# Servers that this process started; kept so that a stopped one is reaped.
_children: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Postmaster:
    """A running server, as its own file postmaster.pid tells."""

    pid: int
    port: int
    sockets: str
    tcp: bool
    ready: bool

    @property
    def host(self) -> str:
        """Where to connect to: loopback when it listens there, else the socket's folder."""
        return LOOPBACK if self.tcp else self.sockets


def find(home: Home) -> Postmaster | None:
    """The server of this home if it lives; a file left by a dead one counts for nothing."""
    for child in _children:
        child.poll()
    try:
        # In the bytes of the file system, which the locale may know nothing of.
        lines = os.fsdecode((home.data / "postmaster.pid").read_bytes()).splitlines()
    except OSError:
        return None
    if not lines or not lines[0].isdigit() or not _is_server(int(lines[0]), home.data):
        return None
    lines += [""] * (8 - len(lines))
    return Postmaster(
        pid=int(lines[0]),
        port=int(lines[3] or 0),
        sockets=lines[4],
        tcp=bool(lines[5].strip()),
        ready=lines[7].startswith("ready"),
    )


def _is_server(pid: int, data: Path) -> bool:
    """Whether the process runs a server on these data: numbers of dead ones are used again."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        if Path("/proc/self/cmdline").exists():
            return False
        asked = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
        command = subprocess.run(asked, capture_output=True, check=False).stdout
    return os.fsencode(data) in command


def start(
    home: Home,
    account: Account,
    notify: Notify,
    port: int | None = None,
    more: Mapping[str, str] | None = None,
) -> Postmaster:
    """Start the server, with TCP on loopback when there is a port; waits for crash recovery."""
    folder = programs(home.path, account)
    _check_version(home)
    home.make_sockets(account)
    (home.data / "postmaster.pid").unlink(missing_ok=True)
    command = [str(folder / "postgres"), "-D", str(home.data), *_options(home, port, more or {})]
    wait = Wait(notify, "the embedded server to recover from a crash")
    while True:
        process, log_start = launch(command, home, account)
        with no_orphan(process):
            if found := _wait_until_ready(home, process, wait):
                return found
        told = said(home, log_start)
        if "pre-existing shared memory block" not in told or wait.seconds > _LEFTOVER:
            raise why(home, told)


def _options(home: Home, port: int | None, more: Mapping[str, str]) -> list[str]:
    settings = _TUNING | {
        "unix_socket_directories": str(home.sockets),
        "unix_socket_permissions": "0700",
        "listen_addresses": LOOPBACK if port else "",
        "port": str(port or SOCKET_PORT),
        **more,
    }
    shm = Path("/dev/shm")
    if shm.exists() and shutil.disk_usage(shm).total < _SMALL_SHM:
        settings["dynamic_shared_memory_type"] = "mmap"
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def launch(
    command: list[str], home: Home, account: Account, stdin: int | IO[bytes] = subprocess.DEVNULL
) -> tuple[subprocess.Popen[bytes], int]:
    """Start the program in a session of its own, where no Ctrl-C reaches it."""
    if home.log.exists() and home.log.lstat().st_size > _LOG_LIMIT:
        home.log.rename(home.log.with_suffix(".log.1"))
    with open(open_log(home.log), "ab") as log:
        log_start = log.seek(0, os.SEEK_END)
        process = _run(command, account, log, stdin)
    _children.append(process)
    return process, log_start


def _run(
    command: list[str], account: Account, log: IO[bytes], stdin: int | IO[bytes]
) -> subprocess.Popen[bytes]:
    # Nothing of our environment: it may hold passwords, and the server is another account's.
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    try:
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
            env=environment | {"LC_ALL": "C"},
            **account.popen,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(
            f"The embedded server cannot run as account {account.name or 'of yours'}: {error}.\n"
            "Run dhub as an ordinary user, or name a server with DHUB_PG_HOST."
        ) from error


@contextmanager
def no_orphan(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Whatever ends the waiting (Ctrl-C) ends the program, too: nobody else knows of it yet."""
    try:
        yield
    except BaseException:
        process.send_signal(signal.SIGINT)
        process.wait()
        raise


def _wait_until_ready(
    home: Home, process: subprocess.Popen[bytes], wait: Wait
) -> Postmaster | None:
    while process.poll() is None:
        found = find(home)
        if found and found.pid == process.pid and found.ready:
            return found
        wait.once()
    return None


def wait_until_settled(home: Home, notify: Notify) -> Postmaster | None:
    """The server that another, killed process left starting or stopping, once it is either."""
    wait = Wait(notify, "the embedded server")
    while (found := find(home)) and not found.ready:
        wait.once()
    return found


def stop(home: Home, found: Postmaster, notify: Notify) -> None:
    """Fast shutdown: sessions end at once, what was committed is written out."""
    wait = Wait(notify, "the embedded server to write out its data and stop")
    try:
        os.kill(found.pid, signal.SIGINT)
    except ProcessLookupError:
        return
    while (still := find(home)) and still.pid == found.pid:
        wait.once()
    for child in _children:
        if child.pid == found.pid:
            child.wait()  # the file goes a moment before the process does


def _check_version(home: Home) -> None:
    try:
        made_by = (home.data / "PG_VERSION").read_text().strip()
    except OSError:
        made_by = "an unknown program"
    if made_by != str(MAJOR):
        raise Refused(
            f"{home.data} was made by PostgreSQL {made_by}, this dhub has PostgreSQL {MAJOR}.\n"
            "Move the folder away, or name another one with DHUB_DATA_DIR."
        )


def said(home: Home, log_start: int) -> str:
    """What the log got since then."""
    with open(home.log, "rb") as log:
        log.seek(log_start)
        return log.read().decode(errors="replace")


def why(home: Home, told: str) -> DatabaseFailed:
    """What a program's words mean."""
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL:" in line or "error:" in line or "PANIC:" in line]
    reason = (telling or lines or ["no reason given"])[0]
    reason = reason.partition("FATAL:  ")[2] or reason
    if "No space left on device" in told:
        reason = f"the disk is full ({reason})"
    return DatabaseFailed(f"The embedded server did not start: {reason}.\nIts log: {home.log}")


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
