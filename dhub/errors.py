"""The family of errors a user can meet; each class knows its exit code.

DhubError
├── UsageError      2  wrong usage, bad settings, rejected password: nothing was touched
├── Refused         3  refused to protect data
├── DatabaseFailed  4  the database failed or was lost
└── Fault          70  a fault of dhub itself
"""

from __future__ import annotations


class DhubError(Exception):
    """A cause and the next step, in one or two lines, without secrets."""

    exit_code = 70


class UsageError(DhubError):
    """Wrong usage, bad settings or a rejected password; nothing was touched."""

    exit_code = 2


class Refused(DhubError):
    """Refused to protect data that is there."""

    exit_code = 3


class DatabaseFailed(DhubError):
    """The database failed or was lost; a run in progress can be resumed."""

    exit_code = 4


class Fault(DhubError):
    """A fault of dhub itself."""

    exit_code = 70
