"""What a plot is: a query to the tables, and how its answer is drawn and told in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from dhub.verify.model import Picture

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Drawing:
    """A chart as a Vega-Lite specification, and a sentence that says what is to be seen."""

    spec: dict[str, Any]
    says: str


@dataclass(frozen=True)
class Plot:
    """A plot: `draw` takes the rows that `sql` gives (never none), and gives the drawing."""

    id: str
    title: str
    sql: str
    draw: Callable[[Rows], Drawing]


@dataclass(frozen=True)
class Chapter:
    """Plots under one heading, about the tables of one part of the bank."""

    id: str
    title: str
    lead: str
    plots: Sequence[Plot]


def rows_of_picture(picture: Picture) -> Rows:
    """The rows as dictionaries; exact decimals become floats, dates ISO 8601."""
    names = picture.columns
    return [dict(zip(names, map(_plain, row), strict=True)) for row in picture.rows]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def words(name: Any) -> str:
    """A value of the tables as people write it: money_market is money market."""
    return str(name).replace("_", " ")


def money(amount: float) -> str:
    """An amount in short: $1.2M, $34K, $560."""
    for size, unit in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if abs(amount) >= size:
            return f"${amount / size:.3g}{unit}"
    return f"${amount:.0f}"


def by(order: Sequence[str], name: str) -> Callable[[dict[str, Any]], int]:
    """A sort key: the place of the value of `name` in `order`, the last for one that is new."""
    places = {value: place for place, value in enumerate(order)}
    return lambda row: places.get(row[name], len(places))


def share(part: float, whole: float) -> str:
    """A part in percent of the whole."""
    return f"{part / whole:.1%}" if whole else "–"
