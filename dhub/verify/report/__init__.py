"""Takes the result of a verification, gives one HTML file that shows it, with nothing to load.

`PICTURES` are the queries whose answers the plots need: hand them to `verify` as its `pictures`,
and those of `STAR_PICTURES` to `with_star`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dhub.verify.report import reconciled
from dhub.verify.report.page import CHAPTERS, STAR_CHAPTERS, page

if TYPE_CHECKING:
    from dhub.verify.model import Picture, Result

__all__ = ["PICTURES", "STAR_PICTURES", "write_report"]

PICTURES: Mapping[str, str] = {plot.id: plot.sql for each in CHAPTERS for plot in each.plots}
STAR_PICTURES: Mapping[str, str] = {
    **{plot.id: plot.sql for each in STAR_CHAPTERS for plot in each.plots},
    reconciled.ID: reconciled.SQL,
}


def write_report(path: Path, result: Result, pictures: Mapping[str, Picture] | None = None) -> None:
    """Write the report; `pictures` are answers to `PICTURES`, those of the result by default.

    Plots without an answer are left out: their tables are not seeded. Raises UsageError when the
    library that draws is missing or the file cannot be written.
    """
    from dhub.output import write_output

    text = page(result, result.pictures if pictures is None else pictures)
    write_output(path, text)
