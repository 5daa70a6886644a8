"""Takes `dhub server ...`, shows how the embedded PostgreSQL stands: kept running, stopped."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dhub.cli import stopping
from dhub.cli.command import AsJson
from dhub.cli.given import settings_given
from dhub.words import counted

if TYPE_CHECKING:
    from dhub.server.home import Home
    from dhub.server.lifetime import ServerStatus

app = typer.Typer(
    help="Keep the embedded PostgreSQL running.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

ShowPassword = Annotated[
    bool, typer.Option("--show-password", help="Print the password instead of ***.")
]


def notify(message: str) -> None:
    """What the server has to say while one waits goes to stderr."""
    print(message, file=sys.stderr)


def _home() -> Home:
    """The embedded server's; refused when the settings name another server."""
    from dhub.errors import UsageError
    from dhub.estate.databases import home_now

    settings = settings_given()
    if not settings.embedded:
        raise UsageError(
            "The settings name a server of your own (DHUB_PG_... or DHUB_..._URL), "
            "so the embedded one is not used.\nUnset them to use it."
        )
    return home_now(settings)


@app.command()
def start(
    port: Annotated[
        str | None,
        typer.Option(metavar="N", help="Port on 127.0.0.1 (default: the last, or a free one)."),
    ] = None,
    show_password: ShowPassword = False,
    as_json: AsJson = False,
) -> None:
    """Start the server and keep it running.

    It listens on 127.0.0.1, for other clients, until `dhub server stop`.

    Example: dhub server start --port 5433
    """
    from dhub.estate.urls import make_url, shown_url
    from dhub.flow.request import read_port
    from dhub.server.home import OWNER
    from dhub.server.lifetime import keep

    asked = None if port is None else read_port(port)
    home = _home()
    stopping.afterwards("`dhub server status` shows how it stands.")
    found = keep(home, asked, notify)
    password = home.password(OWNER)
    url = make_url("postgres", host=found.host, port=found.port, user=OWNER, password=password)
    url = url if show_password else shown_url(url)
    if as_json:
        print(json.dumps({"url": url, "port": found.port, "pid": found.pid, "running": True}))
        return
    print(f"The embedded PostgreSQL server runs: {url}")
    if not show_password:
        print("`dhub db url --show-password` prints the URLs of the databases with the password.")


@app.command()
def stop(as_json: AsJson = False) -> None:
    """Stop the server.

    A run in progress is interrupted; `dhub seed resume` finishes it.

    Example: dhub server stop
    """
    from dhub.server.lifetime import halt

    stopping.afterwards("`dhub server status` shows how it stands.")
    before = halt(_home(), notify)
    if as_json:
        print(json.dumps({"stopped": before.running, "running": False}))
    elif before.running:
        print("The embedded PostgreSQL server is stopped.")
    else:
        print("The embedded PostgreSQL server was not running.")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show whether and where the server runs.

    Example: dhub server status --json
    """
    from dhub.server.lifetime import status as status_of

    found = status_of(_home())
    if as_json:
        print(json.dumps(asdict(found), default=str))
    else:
        print(_line(found))
        print(f"Data: {found.data}\nLog:  {found.log}")


def _line(found: ServerStatus) -> str:
    if not found.running:
        return "The embedded PostgreSQL server is not running; commands start it when needed."
    where = f"on {found.host}:{found.port}" if found.port else f"on the socket in {found.host}"
    until = "until `dhub server stop`" if found.kept else f"for {counted(found.in_use, 'command')}"
    return f"The embedded PostgreSQL server runs {where}, {until} (process {found.pid})."
