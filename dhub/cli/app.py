"""Takes the command line, runs the command, gives the exit code: errors are printed here, once."""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from importlib import import_module
from shutil import get_terminal_size
from textwrap import wrap
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from dhub import BANK_FORMAT, __version__
from dhub.cli import stopping, streams
from dhub.errors import DhubError, Fault, MachineFailed, of_the_machine
from dhub.words import repeated, visible

# dhub/cli/<name>.py, in order of work; each imports what is heavy inside functions. A command has a
# function of that name, with what `dhub --help` says of it; a group has an app.
_COMMANDS = {
    "seed": None,
    "verify": "Check whether the bank is whole, and like a real one.",
    "db": None,
    "export": "Write the bank into files instead of databases.",
    "warehouse": None,
    "plaid": None,
    "server": None,
    "datahub": None,
    "profile": None,
}
_LONG = re.compile(r"\S{161,}")  # longer than any path or name of a person's
_LONGEST = 1000


class _InOrder(TyperGroup):
    """Lists commands in order of work: typer puts those without a group first."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(_COMMANDS)


app = typer.Typer(
    name="dhub",
    help="""Seeds a whole bank: six PostgreSQL databases that agree with each other, to the cent.

    Settings are environment variables or lines of a file .env; DHUB_PG_HOST names a server. Without
    any, dhub keeps a PostgreSQL server of its own in your data folder.
    """,
    epilog="Start with: dhub seed all --scale 0.1",
    cls=_InOrder,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
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
    """Options before any command; what `dhub --help` says stands with the app."""


def _register() -> None:
    for name, told in _COMMANDS.items():
        module = import_module(f"dhub.cli.{name}")
        if told is None:
            app.add_typer(module.app, name=name)
        else:
            app.command(name, short_help=told)(getattr(module, name))


_register()


@cache
def commands() -> Any:
    """What typer makes of the apps, once: it takes as long as a short command."""
    return get_command(app)


def exit_code(arguments: list[str] | None = None) -> int:
    """Run the command and say what went wrong, on stderr, in a line or two."""
    try:
        code = commands()(arguments, prog_name="dhub", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as error:
        return _told(error)
    if code == stopping.INTERRUPTED:  # what typer makes of Ctrl-C
        return stopping.told()
    return code if isinstance(code, int) else 0


def _told(error: BaseException) -> int:
    """Say it in words, give the code."""
    if os.environ.get("DHUB_DEBUG") == "1":
        _show_traceback(error)
    if stopping.heard() or isinstance(error, (typer.Abort, KeyboardInterrupt)):
        return stopping.told()  # whatever else went wrong did so because of it
    if isinstance(error, BrokenPipeError) or _gave_up(error):
        streams.forsake_out()  # the reader (head, less) has had enough
        return 0
    if isinstance(error, OSError) and error.filename == streams.OUT:
        streams.forsake_out()
        why = f"Standard output cannot be written: {error.strerror}."
        return _say(why, MachineFailed.exit_code)
    if hasattr(error, "format_message"):
        return _told_usage(error)
    if isinstance(error, SystemExit) and isinstance(error.code, int):
        return error.code
    known = _known(error)
    return _say(str(known), known.exit_code)


def _gave_up(error: BaseException) -> bool:
    """Whether it is what typer makes of a broken pipe."""
    return isinstance(error, SystemExit) and type(sys.stdout).__name__ == "PacifyFlushWrapper"


def _known(error: BaseException) -> DhubError:
    """What an error means to the user; a fault of dhub itself when nothing else is known."""
    if isinstance(error, DhubError):
        return error
    if found := of_the_machine(error):
        return found
    if "psycopg" in sys.modules and isinstance(error, sys.modules["psycopg"].Error):
        from dhub.estate.failures import failure

        return failure(error)
    what = f"{type(error).__name__}: {error}".rstrip(": ")
    return Fault(
        f"A fault of dhub itself: {what.splitlines()[0]}\n"
        "DHUB_DEBUG=1 shows where it happened; please report it."
    )


def _told_usage(error: Any) -> int:
    """What typer found wrong; by its looks, since newer ones carry a click of their own."""
    message = error.format_message().replace(": Value error, ", ": ")  # pydantic's own words
    if message.startswith("Usage:"):  # a group without a command: this is its help
        print(message, file=sys.stderr)
        return 2
    # A line, whatever was typed: choices are listed on lines of their own.
    message = visible(" ".join(message.replace("\n\t", " ").split("\n")))
    context = getattr(error, "ctx", None)
    return _say(message + (f"\nTry `{context.command_path} --help`." if context else ""), 2)


def _say(message: str, code: int) -> int:
    from dhub.estate.urls import mask_passwords

    lines = map(_short, f"dhub: {mask_passwords(message)}".split("\n"))
    print("\n".join(map(_folded, lines)), file=sys.stderr)
    return code


def _folded(line: str) -> str:
    """A line of a terminal ends between words."""
    width = get_terminal_size().columns if sys.stderr.isatty() else None
    if width is None or len(line) <= width:
        return line
    return "\n".join(wrap(line, width, break_long_words=False, break_on_hyphens=False))


def _short(line: str) -> str:
    """A line without what moves the cursor, and without the bulk of what was typed or found."""
    line = _LONG.sub(lambda found: repeated(found.group()), visible(line))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]} ..."


def _show_traceback(error: BaseException) -> None:
    import traceback

    from dhub.estate.urls import mask_passwords

    print(mask_passwords("".join(traceback.format_exception(error))), file=sys.stderr)
