"""What the five feature tables share: how columns are declared, and when a measure is null."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dhub.model import Column, Maybe

Measures = dict[str, Any]


def count(name: str) -> Column:
    """A number of things, always there."""
    return Column(name, "integer")


def amount(name: str, null: bool = False) -> Column:
    """Dollars."""
    return Column(name, "double precision", null)


def ratio(name: str) -> Column:
    """A quotient, null where its divisor is 0 or nothing is measured."""
    return Column(name, "double precision", null=True)


def flag(name: str) -> Column:
    """Yes or no."""
    return Column(name, "boolean")


def share(part: NDArray[Any], whole: ArrayLike, there: Any = True) -> Maybe:
    """A quotient; null where the whole is 0, or where it is not `there`."""
    divisor = np.asarray(whole, dtype=np.float64)
    valid = (divisor != 0) & there
    return Maybe(part / np.where(divisor != 0, divisor, 1.0), valid)


def known(values: NDArray[np.float64]) -> Maybe:
    """Values of which NaN is null."""
    missing = np.isnan(values)
    return Maybe(np.where(missing, 0.0, values), ~missing)
