"""The family of errors a user can meet; each class knows its exit code.

DhubError
├── UsageError      2  wrong usage, bad settings, rejected password: nothing was touched
├── Refused         3  refused to protect data
├── DatabaseFailed  4  the database failed or was lost
├── MachineFailed   4  this machine had no more memory, processes, files or room
├── ClusterFailed   4  the cluster could not be reached, has no workers, or was lost
└── Fault          70  a fault of dhub itself
"""

from __future__ import annotations

import errno


class DhubError(Exception):
    """A cause and the next step, in one or two lines, without secrets."""

    exit_code = 70


class UsageError(DhubError):
    """Wrong usage, bad settings, a rejected password, SQL that is not valid; nothing was
    touched."""

    exit_code = 2


class Refused(DhubError):
    """Refused to protect data: not dhub's database, already seeded, not confirmed, a second run,
    a schema newer than the code, a write through `dhub db query`."""

    exit_code = 3


class DatabaseFailed(DhubError):
    """The database failed or was lost: down, disk full, retries exhausted, timeout; a run in
    progress can be resumed."""

    exit_code = 4


class MachineFailed(DhubError):
    """This machine fell short of something; a run in progress can be resumed."""

    exit_code = 4


class ClusterFailed(DhubError):
    """The cluster could not be reached, has no workers, or was lost; a run in progress can be
    resumed."""

    exit_code = 4


class Fault(DhubError):
    """A fault of dhub itself."""

    exit_code = 70


_SHORT = {
    errno.EMFILE: "This account may open no more files here (ulimit -n)",
    errno.ENFILE: "This machine can open no more files",
    errno.EAGAIN: "This account may start no more processes or threads here (ulimit -u, -v)",
    errno.ENOMEM: "This machine has no memory left for dhub (ulimit -v)",
    errno.EFBIG: "This account may write no larger file here (ulimit -f)",
}
_FULL = (errno.ENOSPC, errno.EDQUOT)
_THREADS = "can't start new thread"
# What the loader of libraries says of memory; such an import can be retried with more of it.
_UNMAPPED = ("failed to map segment", "cannot allocate memory", "cannot create shared object")


def of_the_machine(error: BaseException) -> DhubError | None:
    """What a failure of the system means to the user; None for what is no such failure."""
    if isinstance(error, MemoryError) or _says(error, ImportError, _UNMAPPED):
        return MachineFailed(f"{_SHORT[errno.ENOMEM]}.{_AGAIN}")
    if _says(error, RuntimeError, (_THREADS,)):
        return MachineFailed(f"{_SHORT[errno.EAGAIN]}.{_AGAIN}")
    if not isinstance(error, OSError) or error.errno is None:
        return None
    at = f" at {error.filename}" if error.filename else ""
    if error.errno in _FULL:
        return MachineFailed(f"The disk is full{at}. Make room and run the command again.")
    if error.errno in _SHORT:
        return MachineFailed(f"{_SHORT[error.errno]}.{_AGAIN}")
    return MachineFailed(f"{error.strerror}{at}.") if at else None


_AGAIN = " Raise the limit, or use fewer --workers, and run the command again."


def _says(error: BaseException, kind: type[BaseException], signs: tuple[str, ...]) -> bool:
    return isinstance(error, kind) and any(sign in str(error).lower() for sign in signs)
