"""Takes the command line, runs the command, gives the exit code: errors are printed here, once."""

from __future__ import annotations

import errno
import os
import signal
import sys
from importlib import import_module
from importlib.util import find_spec
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer

from dhub import BANK_FORMAT, __version__
from dhub.errors import DhubError

FAULT, INTERRUPTED, TERMINATED = 70, 130, 143
_GROUPS = (
    "seed",
    "db",
    "server",
    "profile",
    "datahub",
)  # dhub/cli/<name>.py; each imports what is heavy inside functions
_COMMANDS = ("verify", "export")  # dhub/cli/<name>.py with a function of that name

app = typer.Typer(
    name="dhub",
    help="Seeds a whole bank: six PostgreSQL databases that agree with each other, to the cent.",
    epilog="Start with: dhub seed all --scale 0.1",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        print(f"dhub {__version__} (bank format {BANK_FORMAT})")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Settings come from the environment and from .env (DHUB_PG_HOST, ...; see .env.example).

    Without any, dhub keeps a PostgreSQL server of its own in your data folder.
    """


def _register() -> None:
    for name in _GROUPS:
        if find_spec(f"dhub.cli.{name}"):
            app.add_typer(import_module(f"dhub.cli.{name}").app, name=name)
    for name in _COMMANDS:
        if find_spec(f"dhub.cli.{name}"):
            app.command(name)(getattr(import_module(f"dhub.cli.{name}"), name))


_register()


def run(arguments: list[str] | None = None) -> NoReturn:
    """The command `dhub`: ends the process with the exit code of what was asked."""
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(exit_code(arguments))


def _terminated(number: int, frame: FrameType | None) -> NoReturn:
    # Once: a second signal must not cut short what the first one has set in motion.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(TERMINATED)


def exit_code(arguments: list[str] | None = None) -> int:
    """Run the command and say what went wrong, on stderr, in a line or two."""
    try:
        code = app(arguments, prog_name="dhub", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except SystemExit as ended:
        if type(sys.stdout).__name__ == "PacifyFlushWrapper":
            return 0  # what click puts there when the reader (head, less) has had enough
        return ended.code if isinstance(ended.code, int) else FAULT
    except BaseException as error:
        if os.environ.get("DHUB_DEBUG") == "1":
            _show_traceback(error)
        return _told(error)


def _told(error: BaseException) -> int:
    """Say it in words, give the code."""
    if isinstance(error, (typer.Abort, KeyboardInterrupt)):
        return _say("Interrupted.", INTERRUPTED)
    if hasattr(error, "format_message"):
        return _told_usage(error)
    if isinstance(error, DhubError):
        return _say(str(error), error.exit_code)
    if isinstance(error, BrokenPipeError):
        # Seen when the last of the output is flushed; nothing must be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _say(f"The disk is full{_at(error)}. Make room and run the command again.", 4)
    if "psycopg" in sys.modules and isinstance(error, sys.modules["psycopg"].Error):
        from dhub.estate.failures import failure

        known = failure(error)
        return _say(str(known), known.exit_code)
    what = f"{type(error).__name__}: {error}".rstrip(": ")
    return _say(
        f"A fault of dhub itself: {what.splitlines()[0]}\n"
        "DHUB_DEBUG=1 shows where it happened; please report it.",
        FAULT,
    )


def _told_usage(error: Any) -> int:
    """What typer found wrong; by its looks, since newer ones carry a click of their own."""
    message = error.format_message().replace(": Value error, ", ": ")  # pydantic's own words
    if message.startswith("Usage:"):  # a group without a command: this is its help
        print(message, file=sys.stderr)
        return 2
    context = getattr(error, "ctx", None)
    return _say(message + (f"\nTry `{context.command_path} --help`." if context else ""), 2)


def _at(error: OSError) -> str:
    return f" at {error.filename}" if error.filename else ""


def _say(message: str, code: int) -> int:
    from dhub.estate.urls import mask_passwords

    print(f"dhub: {mask_passwords(message)}", file=sys.stderr)
    return code


def _show_traceback(error: BaseException) -> None:
    import traceback

    from dhub.estate.urls import mask_passwords

    print(mask_passwords("".join(traceback.format_exception(error))), file=sys.stderr)
