"""Takes the signals that end a command, gives its last words and its exit code.

Imports nothing that takes time: it listens before the rest of dhub is loaded.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

INTERRUPTED, TERMINATED = 130, 143
_CODES = {signal.SIGINT: INTERRUPTED, signal.SIGTERM: TERMINATED}
if hasattr(signal, "SIGHUP"):  # a terminal that is closed
    _CODES[signal.SIGHUP] = TERMINATED

UNCHANGED = "Nothing was changed."
RESUME = "`dhub seed resume` finishes the run."
CLEAR = "`dhub seed clear --confirm` may be repeated at any time, and finishes it."
AGAIN = "Run the command again; it goes on where it was."

_heard: list[int] = []
_after = [UNCHANGED]


def listen() -> None:
    """End in order on each of the signals, but for one that the caller wants ignored (nohup)."""
    for number in _CODES:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _hear)


def _hear(number: int, frame: FrameType | None) -> None:
    """The first sets the ending in motion; the third no longer waits for it."""
    _heard.append(number)
    if len(_heard) == 1:
        raise KeyboardInterrupt
    if len(_heard) > 2:
        os._exit(_CODES[signal.Signals(number)])
    os.write(2, b"Stopping; once more ends it at once.\n")


def heard() -> bool:
    """Whether a signal came."""
    return bool(_heard)


def afterwards(text: str) -> None:
    """What is to be said from here on when the command is interrupted: the next step."""
    _after[0] = text


def told() -> int:
    """Say that the command was interrupted, and what that means; gives the exit code."""
    print(f"dhub: Interrupted. {_after[0]}", file=sys.stderr)
    return _CODES[signal.Signals(_heard[0])] if _heard else INTERRUPTED


def ended(code: int) -> None:
    """All is done but for Python's own ending, which a signal would only litter with tracebacks."""
    for number in _CODES:
        if signal.getsignal(number) is _hear:
            signal.signal(number, lambda *_: os._exit(code))
