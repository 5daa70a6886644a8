"""`dhub verify`: prove that the six databases agree, to the cent, and look as was asked for."""

from __future__ import annotations

import sys
from pathlib import Path
from shutil import get_terminal_size
from typing import Annotated

import typer

from dhub.cli.command import AsJson
from dhub.cli.given import settings_given
from dhub.cli.paths import some_path
from dhub.words import repeated


def verify(
    sections: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="SECTION",
            help="completeness, references, invariants, distributions, realism or warehouse;"
            " repeatable.",
        ),
    ] = None,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Stop at the first check that fails.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html",
            parser=some_path,
            help="Write all of it as one page with pictures.",
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Write the report over a file that dhub did not.")
    ] = False,
    digest: Annotated[
        bool,
        typer.Option("--digest", help="Compute each table's digest; is it what was loaded?"),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check the six databases as they are: completeness, references, invariants, figures.

    Exit 0 when all hold, 1 when a check fails, 2 when nothing is seeded.

    Examples: dhub verify; dhub verify --only invariants --json; dhub verify --report bank.html;
    dhub verify --digest
    """
    if digest:
        from dhub.cli.digest import show_digests

        show_digests(as_json, alone=not (sections or fail_fast or report))
    else:
        _verify(_chosen(sections), fail_fast, report, replace, as_json)


def _verify(
    chosen: tuple[str, ...], fail_fast: bool, report: Path | None, replace: bool, as_json: bool
) -> None:
    from dhub.bank import BANK
    from dhub.cli.command import put
    from dhub.cli.progress import Doing
    from dhub.cli.verify_page import document, page
    from dhub.estate.opened import open_estate
    from dhub.needs import require
    from dhub.verify import beside
    from dhub.verify.run import verify as verified
    from dhub.verify.star import with_star

    require("verify", *(["report"] if report else []))
    settings = settings_given()
    pictures = _pictures(report, replace)
    with Doing(sys.stderr) as progress, open_estate(settings, progress.say) as estate:
        result = verified(
            estate, BANK, chosen, fail_fast=fail_fast, pictures=pictures, watch=progress
        )
        if result.passed or not fail_fast:
            result = result.joined(beside.findings(estate, chosen))
            result = with_star(estate, result, chosen, progress, _star_pictures(report))
    if report:
        from dhub.verify.report import write_report

        write_report(report, result)
    put(document(result) if as_json else page(result, _width()))
    if not result.passed:
        raise typer.Exit(1)


def _chosen(sections: list[str] | None) -> tuple[str, ...]:
    """The sections asked for, in their own order; `a,b` is two of them."""
    from dhub.errors import UsageError
    from dhub.verify.model import SECTIONS

    asked = {name.strip() for each in sections or SECTIONS for name in each.split(",")}
    if unknown := sorted(asked - set(SECTIONS)):
        there = ", ".join(SECTIONS)
        raise UsageError(f"--only {repeated(unknown[0])}: the sections are {there}.")
    return tuple(each for each in SECTIONS if each in asked)


def _width() -> int | None:
    """The columns of the terminal; None where the page goes into a file or a pipe."""
    return get_terminal_size().columns if sys.stdout.isatty() else None


def _star_pictures(report: Path | None) -> dict[str, str]:
    """The queries of the plots about a star."""
    if report is None:
        return {}
    from dhub.verify.report import STAR_PICTURES

    return dict(STAR_PICTURES)


def _pictures(report: Path | None, replace: bool) -> dict[str, str]:
    """The queries that the report's plots need; whether it can be written is known before."""
    from dhub.output import check_output, is_page

    if report is None:
        return {}
    check_output(report, is_page, replace)
    from dhub.verify.report import PICTURES

    return dict(PICTURES)
