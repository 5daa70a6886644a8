"""`dhub verify --digest`: is it the bank that was loaded, and the same as somebody else's?"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from dhub.cli.given import settings_given
from dhub.errors import UsageError

if TYPE_CHECKING:
    from dhub.verify.digest import Digests, TableDigest

_SHOWN = 16  # digits of a table's digest that people compare; the estate's is shown whole


def show_digests(as_json: bool, *, alone: bool) -> None:
    """Compute the digests and print them beside those recorded; exit 1 when one differs."""
    from dhub.bank import BANK
    from dhub.cli.command import put
    from dhub.cli.progress import Doing
    from dhub.cli.show import Page
    from dhub.estate.opened import open_estate
    from dhub.verify.digest import digest_estate

    if not alone:
        raise UsageError("--digest goes with --json alone: it computes digests and checks nothing.")
    settings = settings_given()
    with Doing(sys.stderr) as progress, open_estate(settings, progress.say) as estate:
        found = digest_estate(estate, BANK, progress)
    if as_json:
        put(_document(found))
    else:
        Page().put(*_page(found))
    if not found.passed:
        raise typer.Exit(1)


def _document(found: Digests) -> str:
    whole: dict[str, Any] = {
        "passed": found.passed,
        "recorded": found.recorded,
        "computed": found.computed,
        "tables": [{**asdict(each), "same": each.same} for each in found.tables],
    }
    return json.dumps(whole, indent=2) + "\n"


def _page(found: Digests) -> list[Any]:
    from dhub.cli.listing import grid

    rows = [(t.database, t.table, t.computed[:_SHOWN], _word(t)) for t in found.tables]
    return [
        grid(("database", "table", "digest", ""), rows),
        f"\nrecorded  {found.recorded or 'not by the dhub that seeded it'}",
        f"computed  {found.computed}",
        _verdict(found),
    ]


def _word(table: TableDigest) -> str:
    if table.recorded is None:
        return "not recorded"
    return "same" if table.same else f"DIFFERS from {table.recorded[:_SHOWN]}"


def _verdict(found: Digests) -> str:
    changed = [each.table for each in found.tables if not each.same]
    if changed:
        return f"Not as it was loaded: {', '.join(changed)}."
    if found.recorded is None:
        return "An older dhub loaded some of it and recorded no digest to compare with."
    return "Every table holds what was loaded."
