"""`dhub profile`: what a bank is asked to look like, where each figure comes from, and is it valid.

No database is touched.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from dhub.profiles import Profile

app = typer.Typer(
    help="Show and check the figures that a bank follows.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
_WIDTH = 100


@app.command("list")
def list_profiles(as_json: AsJson = False) -> None:
    """List the profiles that come with dhub, with the figures that each source states.

    Example: dhub profile list
    """
    from dhub.profiles import load_profile
    from dhub.profiles.loader import SHIPPED

    profiles = [load_profile(name) for name in SHIPPED]
    if as_json:
        told = [{"name": each.name, "figures": _sources(each)} for each in profiles]
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
        return
    for each in profiles:
        sources = ", ".join(f"{count} {source}" for source, count in _sources(each).items())
        print(f"{each.name:<14}{sum(_sources(each).values())} figures: {sources}")
    print("`dhub profile show NAME` prints them; a TOML file of your own may extend any of them.")


@app.command()
def show(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="A name or the path of a TOML file.")
    ] = "guide",
    as_json: AsJson = False,
) -> None:
    """Show every figure of a profile: its path, its value, and who states it.

    Example: dhub profile show requirements
    """
    from dhub.profiles import load_profile

    profile = load_profile(name)
    if as_json:
        told = [
            {"path": each.path, "value": each.value, "source": each.source}
            for each in profile.figures()
        ]
        sys.stdout.write(json.dumps({"name": profile.name, "figures": told}, indent=2) + "\n")
        return
    print(f"profile {profile.name}: path, value, source")
    for figure in profile.figures():
        _print(figure.path, figure.value, figure.source)


@app.command()
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
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
    else:
        print(f"profile {profile.name} is valid; figures of its own: {own}.")


def _sources(profile: Profile) -> dict[str, int]:
    """How many figures each source states."""
    counts: dict[str, int] = {}
    for figure in profile.figures():
        counts[figure.source] = counts.get(figure.source, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def _print(path: str, value: Any, source: str) -> None:
    """A line a figure; a mix that is too wide for it goes on below, a weight a line."""
    text = _text(value)
    room = _WIDTH - 40 - 16
    if len(text) <= room or not isinstance(value, dict):
        print(f"{path:<38}  {text:<{room}}  {source}".rstrip())
        return
    print(f"{path:<38}  {'':<{room}}  {source}")
    for name, entry in value.items():
        print(f"    {name:<34}  {_text(entry)}")


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(entry)}" for name, entry in value.items())
    if isinstance(value, list):
        return " to ".join(map(_text, value))
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)
