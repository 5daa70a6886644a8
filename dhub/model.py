"""The nouns every floor shares: a run, its shards, and the tables with their columns and rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dhub.errors import Fault
from dhub.profiles import Profile

# A constant of the format, never of the machine: it fixes every key and every draw's address.
# Large enough that numpy's cost per call vanishes, small enough that a worker stays under 150 MB.
SHARD_CUSTOMERS = 2000

# Likewise. Customers whose natural numbers are of one length: a bijection's worth of them, which
# memory need not know to keep unique. Beyond begins the next block, whose numbers are longer.
BLOCK_CUSTOMERS = 64_000_000
MOST_BLOCKS = 64  # of which an event's address in a life, 63 bits, has room

Array = NDArray[Any]


@dataclass(frozen=True)
class Run:
    """What every cell is a function of, besides its place."""

    seed: int
    profile: Profile
    as_of: date
    employees: int
    # The day up to which the ledger is told, as-of when None: a later one only adds rows to it.
    horizon: date | None = None

    @property
    def until(self) -> np.datetime64:
        """The day, as datetime64[D], from which on the ledger tells nothing."""
        return np.datetime64(min(self.horizon or self.as_of, self.as_of), "D")

    @property
    def today(self) -> np.datetime64:
        """The midnight that begins the as-of date, as datetime64[D]: nothing has happened since."""
        return np.datetime64(self.as_of, "D")

    @property
    def month(self) -> int:
        """The month of the as-of date, in months since 1970."""
        return int(self.today.astype("datetime64[M]").astype(np.int64))


@dataclass(frozen=True)
class Shard:
    """A fixed range of customer places; the last one of a cohort may hold fewer `customers`.

    `attempt` is part of the address of the natural keys (e-mail, phone, numbers) and of nothing
    else, so that a retry after a collision changes what collided.
    """

    run: Run
    index: int
    customers: int = SHARD_CUSTOMERS
    attempt: int = 0

    @property
    def first(self) -> int:
        """Place of the shard's first customer, counted from 0 over the whole estate."""
        return (self.index - 1) * SHARD_CUSTOMERS

    @property
    def block(self) -> int:
        """The block of BLOCK_CUSTOMERS in which all of its customers are."""
        return self.first // BLOCK_CUSTOMERS

    @property
    def places(self) -> NDArray[np.int64]:
        """Places of all SHARD_CUSTOMERS customers, also those beyond `customers`."""
        return np.arange(self.first, self.first + SHARD_CUSTOMERS, dtype=np.int64)


@dataclass(frozen=True)
class Maybe:
    """Numbers or booleans of which only the `valid` ones are there (the rest is null)."""

    values: Array
    valid: NDArray[np.bool_]


@dataclass(frozen=True)
class Coded:
    """Text drawn from a pool: `pool[code]` for each row, null where the code is -1."""

    codes: Array
    pool: tuple[str, ...]


# int, scaled int (numeric), bool, datetime64[D] and datetime64[us] arrays, Maybe, Coded,
# or a pyarrow string array. NaT and code -1 are null.
Values = Any


@dataclass(frozen=True)
class Rows:
    """Columns of equal length; `owner` is each row's customer within the shard, ascending.

    `owner` is None for rows of the foundation, which hang on no customer.
    """

    columns: Mapping[str, Values]
    owner: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class Column:
    """A column as SQL declares it: `type` is bigint, integer, smallint, double precision, text,
    date, timestamptz, timestamp, boolean, jsonb, inet or numeric(p,s)."""

    name: str
    type: str
    null: bool = False


@dataclass(frozen=True)
class Table:
    """A table of the catalogue: its columns in SQL order and the pure functions of its rows.

    `key` is a bigint or integer column, unique and arithmetic: a shard's keys start at
    `first_key(index)`; empty where the rows are keyed by text.
    `stride` keys are set aside for each customer shard, `offset` keys for the foundation; where a
    profile decides how many, `strides` tells it. `expected(run, customers)` estimates the rows of
    an estate, for plans and progress. A table too large for memory also gives its `rows` in
    `slices`: the same ones, a part of the owners at a time, keys ascending from each to the next.
    """

    name: str
    phase: int
    key: str
    columns: tuple[Column, ...]
    expected: Callable[[Run, int], float]
    rows: Callable[[Shard], Rows] | None = None
    foundation: Callable[[Run, int], Rows] | None = None
    stride: int = 0
    offset: int = 0
    natural_keys: tuple[str, ...] = field(default=())
    slices: Callable[[Shard], Iterator[Rows]] | None = None
    strides: Callable[[Profile], int] | None = None
    lowest: int = 1  # the first key of the foundation

    def first_key(self, shard_index: int, profile: Profile | None = None) -> int:
        """The first key of a shard; shard 0 is the foundation.

        Raises Fault when the keys depend on the profile and none is given.
        """
        if shard_index == 0:
            return self.lowest
        stride = self.stride
        if self.strides is not None:
            if profile is None:
                raise Fault(f"{self.name}: its keys depend on the profile")
            stride = self.strides(profile)
        return 1 + self.offset + (shard_index - 1) * stride


@dataclass(frozen=True)
class Domain:
    """A database and its tables, parents before children."""

    database: str
    tables: tuple[Table, ...]
