"""Takes customers and their types of document, gives the numbers: unique, and fictional."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dhub.draw import pools, text
from dhub.model import Coded, Shard
from dhub.world.blocks import numbered
from dhub.world.names import names
from dhub.world.people import people

Int = NDArray[np.int64]

TYPES = ("passport", "drivers_license", "national_id")
PASSPORT, LICENSE, NATIONAL_ID = range(3)

LETTERS = tuple("ABCDEFGHJKLMNPRSTUVWXYZ")  # without those that look like digits
ALPHABET = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
MILLIARD = 10**9
HUNDRED_MILLION = 10**8


def document_numbers(shard: Shard, kind: Int) -> Any:
    """Passports as X12345678, licences as X123-456-789, national ids as ID123456789.

    A number is a bijection of the customer's place, one for each type, so that none is given
    twice; the letter of a licence, that of the surname as in many states, adds to it. A later
    block's number stands before the first digit.
    """
    place, block = people(shard).place, shard.block

    def scattered(name: str, size: int) -> Int:
        return numbered(shard, f"compliance.document.{name}", place, size)

    passport = scattered("passport", len(LETTERS) * HUNDRED_MILLION)
    license_ = block * MILLIARD + scattered("license", MILLIARD)
    national = block * MILLIARD + scattered("national_id", MILLIARD)
    initial = _initials()[names(shard).last]
    return text.fill(
        kind,
        ("{series}{eight}", "{initial}{first}-{second}-{third}", "ID{nine}"),
        series=Coded(passport // HUNDRED_MILLION, LETTERS),
        eight=text.digits(block * HUNDRED_MILLION + passport % HUNDRED_MILLION, 8),
        initial=Coded(initial, ALPHABET),
        first=text.digits(license_ // 10**6, 3),
        second=text.digits(license_ // 1000 % 1000, 3),
        third=text.digits(license_ % 1000, 3),
        nine=text.digits(national, 9),
    )


@lru_cache(maxsize=1)
def _initials() -> Int:
    """Index into ALPHABET of the initial of each surname of the pool."""
    return np.array([ALPHABET.index(name[0].upper()) for name in pools.pool("last_names/ascii")])
