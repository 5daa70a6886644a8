"""The command `dhub`: ends the process with the exit code of what was asked.

It listens for Ctrl-C before it loads anything, since loading takes as long as a short command.
"""

from __future__ import annotations

import gc
import sys
from typing import NoReturn

from dhub.cli import stopping, streams

# What is loaded stays, and rows are no objects: to look for garbage after every 700 new objects
# took 1.6 % of the processor time of a load. (measured)
_OBJECTS = 200_000


def run() -> NoReturn:
    """Run what the command line asks for."""
    stopping.listen()
    gc.set_threshold(_OBJECTS)
    try:
        code = _code()
    except BaseException:  # an interrupted import may end in any error
        if not stopping.heard():
            raise
        code = stopping.told()
    stopping.ended(code)
    gc.freeze()  # or what is loaded is looked through once more as it goes: a tenth of a second
    sys.exit(code)


def _code() -> int:
    if not streams.open_streams():
        print("dhub: Standard output is closed. Send it to /dev/null instead.", file=sys.stderr)
        return 2
    try:
        from dhub.cli.app import exit_code
    except (MemoryError, OSError, ImportError) as error:
        from dhub.errors import of_the_machine

        if (known := of_the_machine(error)) is None:
            raise
        print(f"dhub: {known}", file=sys.stderr)
        return known.exit_code
    return exit_code()
