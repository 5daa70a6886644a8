"""`dhub profile`: what a bank is asked to look like, where each figure comes from, and is it valid.

No database is touched.
"""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dhub.cli.command import AsJson, put
from dhub.words import counted, visible

if TYPE_CHECKING:
    from dhub.profiles import Profile

app = typer.Typer(
    help="Show and check the figures that a bank follows.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list", short_help="List the profiles that come with dhub.")
def list_profiles(as_json: AsJson = False) -> None:
    """List the profiles that come with dhub, with the figures that each source states.

    Example: dhub profile list
    """
    from dhub.profiles import load_profile
    from dhub.profiles.loader import SHIPPED

    profiles = [load_profile(name) for name in SHIPPED]
    if as_json:
        told = [{"name": each.name, "figures": _sources(each)} for each in profiles]
        put(json.dumps(told, indent=2) + "\n")
        return
    for each in profiles:
        sources = ", ".join(f"{count} {source}" for source, count in _sources(each).items())
        put(f"{each.name:<14}{counted(sum(_sources(each).values()), 'figure')}: {sources}\n")
    put("`dhub profile show NAME` prints them; a TOML file of your own may extend any of them.\n")


@app.command(short_help="Show every figure of a profile, and its source.")
def show(
    name: Annotated[
        str, typer.Argument(metavar="NAME_OR_FILE", help="A name or the path of a TOML file.")
    ] = "guide",
    as_json: AsJson = False,
) -> None:
    """Show every figure of a profile: its path, its value, and who states it.

    Example: dhub profile show requirements
    """
    from dhub.cli.listing import grid
    from dhub.cli.show import Page
    from dhub.profiles import load_profile

    profile = load_profile(name)
    if as_json:
        told = [
            {"path": each.path, "value": each.value, "source": each.source}
            for each in profile.figures()
        ]
        put(json.dumps({"name": profile.name, "figures": told}, indent=2) + "\n")
        return
    page = Page()
    page.put(f"profile {visible(profile.name)}")
    for section, figures in groupby(profile.figures(), lambda each: each.path.partition(".")[0]):
        rows = [(_below(each.path), each.source, _text(each.value)) for each in figures]
        page.put("", grid((section, "source", "value"), rows))


@app.command(short_help="Tell all the faults of a profile of your own.")
def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The path of a TOML file.")],
    as_json: AsJson = False,
) -> None:
    """Check a profile of your own; all its faults are told at once, with their paths.

    Example: dhub profile check mybank.toml
    """
    from dhub.profiles import load_profile

    profile = load_profile(file)
    own = _sources(profile).get(profile.name, 0)
    if as_json:
        told = {"name": profile.name, "valid": True, "figures": _sources(profile)}
        put(json.dumps(told, indent=2) + "\n")
    else:
        put(f"profile {visible(profile.name)} is valid; figures of its own: {own}.\n")


def _sources(profile: Profile) -> dict[str, int]:
    """How many figures each source states."""
    counts: dict[str, int] = {}
    for figure in profile.figures():
        counts[figure.source] = counts.get(figure.source, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def _below(path: str) -> str:
    """A figure's name below its section; that of the as-of date stands by itself."""
    return path.partition(".")[2] or "date"


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(entry)}" for name, entry in value.items())
    if isinstance(value, list):
        return " to ".join(map(_text, value))
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)
