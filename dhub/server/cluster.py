"""Takes a home without data, gives it PostgreSQL's: from initdb, or a copy of a template."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from dhub.errors import DhubError, UsageError
from dhub.needs import require
from dhub.server import postmaster, template
from dhub.server.account import Account
from dhub.server.binaries import programs
from dhub.server.files import write_own
from dhub.server.home import OWNER, READER, Home
from dhub.server.lock import Notify, locked
from dhub.server.postmaster import launch, no_orphan, said, why
from dhub.server.template import Furnish

# The builtin C.UTF-8 sorts alike on every machine, whatever its libraries. Without --no-sync
# the 25 MB of new data, which hold nothing yet, would be flushed one file at a time.
_INITDB = [
    f"--username={OWNER}",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--no-sync",
    "--no-instructions",
]
# A server of one session, which reads statements from us and is reached by nobody. One that fails
# ends it, and is not written to the log: it holds a password. Guessing 192 random bits is not made
# harder by 4,096 rounds of work at each login.
_SINGLE = [
    *("-c", "exit_on_error=on"),
    *("-c", "log_min_error_statement=panic"),
    *("-c", "scram_iterations=1"),
    "postgres",
]
# Nothing of a template in the making outlives a power cut; it is written out before it is one.
_UNSAFE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}

# Programs that see to it that the disk has what was copied.
_syncing: list[tuple[subprocess.Popen[bytes], Home, Account]] = []


def make(home: Home, account: Account, notify: Notify, furnish: Furnish | None) -> bool:
    """Make the data beside, so that a killed one leaves nothing that looks whole.

    With `furnish` they are those of a template where one can be had: whether they are, and thus
    for `sync_beside` to see to.
    """
    require("server")
    _check_way(home, account)
    part = home.path / "data.part"
    shutil.rmtree(part, ignore_errors=True)
    try:
        copied = furnish is not None and _copied(home, account, part, furnish, notify)
        if not copied:
            _initdb(home, account, part)
        part.rename(home.data)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return copied


def _initdb(home: Home, account: Account, data: Path) -> None:
    """New data, with the owner and its password in them."""
    secret = home.path / "initdb.part"
    data.mkdir(mode=0o700)
    secret.unlink(missing_ok=True)
    write_own(secret, home.password(OWNER))
    account.own(data)
    account.own(secret)
    try:
        _ran(["initdb", "-D", str(data), "--pwfile", str(secret), *_INITDB], home, account)
    finally:
        secret.unlink(missing_ok=True)


def _ran(words: list[str], home: Home, account: Account, told: bytes = b"") -> None:
    """Run one of PostgreSQL's programs to its end; raises DatabaseFailed when that is no good."""
    program = str(programs(home.path, account) / words[0])
    process, log_start = launch([program, *words[1:]], home, account, subprocess.PIPE)
    with no_orphan(process):
        process.communicate(told)
    if process.returncode != 0:
        raise why(home, said(home, log_start))


def _copied(home: Home, account: Account, part: Path, furnish: Furnish, notify: Notify) -> bool:
    """Whether `part` has become a copy of a template, with passwords of its own.

    Where it cannot (a disk that is full, a cache that is somebody else's) nothing is lost.
    """
    folder = template.place(account)
    if folder is None:
        return False
    source = template.path_of(folder, account)
    try:
        if not template.is_whole(source, account):
            with locked(folder / "lock", notify, "another dhub to make a template"):
                _make_template(folder, source, account, furnish, notify)
        _copy(source, part, account)
        _give_passwords(home, account, part)
    except (DhubError, OSError):
        shutil.rmtree(part, ignore_errors=True)
        template.discard(source)  # the next dhub makes it anew
        return False
    return True


def _make_template(
    folder: Path, source: Path, account: Account, furnish: Furnish, notify: Notify
) -> None:
    """Make it in a home of its own, and let it appear in one step."""
    if template.is_whole(source, account):
        return  # another dhub was faster
    for left in template.parts(folder):
        _discard(Home(left), notify)
    template.discard(source)
    home = template.part_of(folder, account)
    try:
        _initdb(home, account, home.data)
        found = postmaster.start(home, account, notify, more=_UNSAFE)
        try:
            furnish(home)
        finally:
            postmaster.stop(home, found, notify)
        _ran(_sync_words(home), home, account)
        home.data.rename(source)
    finally:
        _discard(home, notify)
    template.forget_old(folder)


def _discard(home: Home, notify: Notify) -> None:
    """Remove what a template was made in, and end the server that a killed dhub left there."""
    with suppress(DhubError):
        if found := postmaster.wait_until_settled(home, notify):
            postmaster.stop(home, found, notify)
    shutil.rmtree(home.path, ignore_errors=True)
    if home.sockets.parent != home.path:
        shutil.rmtree(home.sockets, ignore_errors=True)


def _copy(source: Path, part: Path, account: Account) -> None:
    """Raises OSError when it was removed meanwhile: what is gone by then may be missing here."""
    os.utime(source)
    program = template.start_copy(source, part, account)
    if program is None or not _succeeds(program):
        template.copy_slowly(source, part, account)
    source.lstat()


def _succeeds(program: subprocess.Popen[bytes]) -> bool:
    with no_orphan(program):
        return program.wait() == 0


def _give_passwords(home: Home, account: Account, data: Path) -> None:
    """Let the owner and the reader log in, whom a template knows without any password."""
    lines = [f"ALTER ROLE {role} PASSWORD '{home.password(role)}';\n" for role in (OWNER, READER)]
    _ran(
        ["postgres", "--single", "-D", str(data), *_SINGLE], home, account, "".join(lines).encode()
    )


def _sync_words(home: Home) -> list[str]:
    # One call for the whole file system, where the system has it: 3,400 files one by one take
    # seconds on a disk that waits for each.
    method = "syncfs" if sys.platform == "linux" else "fsync"
    return ["initdb", "--sync-only", f"--sync-method={method}", "-D", str(home.data)]


def sync_beside(home: Home, account: Account) -> None:
    """Have the copy written out while it is being worked with; `settle` waits for the end.

    Not before its server has started, whose first few files would wait for all of these. (0.1 s)
    """
    words = _sync_words(home)
    program = str(programs(home.path, account) / words[0])
    process, _ = launch([program, *words[1:]], home, account)
    _syncing.append((process, home, account))


def settle() -> None:
    """Wait until the disk has what was copied."""
    while _syncing:
        process, home, account = _syncing.pop()
        if process.wait() != 0:
            with suppress(DhubError):
                _ran(["initdb", "--sync-only", "-D", str(home.data)], home, account)


def _check_way(home: Home, account: Account) -> None:
    if shut := account.shut_out(home.path):
        raise UsageError(
            f"Root's embedded server runs as {account.name}, which may not enter {shut}.\n"
            "Name a folder that it can reach with DHUB_DATA_DIR (default: /var/lib/dhub)."
        )
