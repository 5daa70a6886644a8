"""Takes a preset, a seed and a window of days, gives the run of a data set and its shards.

Shard k holds the users 500(k-1)+1 to 500k; they are people of shard k of the bank's customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from dhub.errors import Fault
from dhub.model import Run, Shard
from dhub.profiles import load_profile
from dhub.profiles.preset import Preset, load_preset

SHARD_USERS = 500
EMPLOYEES = 150  # of the bank: the towns of its customers hang on it
SIGNS = ("plaid", "bank")


@dataclass(frozen=True)
class OutsideRun(Run):
    """What every cell of the data set is a function of, besides the user's number.

    `profile` and `employees` are those of the bank whose customers the users are, `as_of` is the
    last day. `sign` turns the amounts of transactions, nothing else.
    """

    preset: Preset | None = None
    first_day: date = date.min
    last_day: date = date.min
    sign: str = "plaid"

    @property
    def figures(self) -> Preset:
        """The preset's figures."""
        if self.preset is None:
            raise Fault("a run of outside accounts without a preset")
        return self.preset

    @property
    def first(self) -> int:
        """The first day of the window, in days since 1970."""
        return int(np.datetime64(self.first_day, "D").astype(np.int64))

    @property
    def last(self) -> int:
        """The last day of the window, in days since 1970."""
        return int(np.datetime64(self.last_day, "D").astype(np.int64))

    @property
    def bank(self) -> Run:
        """The bank of the same seed as of the last day."""
        return Run(self.seed, self.profile, self.as_of, self.employees)

    def named(self, name: str) -> str:
        """The name of a stream that is the preset's own."""
        return f"outside.{self.figures.name}.{name}"


def outside_run(
    preset_name: str, seed: int, first_day: date, last_day: date, sign: str = "plaid"
) -> OutsideRun:
    """The run of a data set; UsageError for an unknown preset."""
    return OutsideRun(
        seed, load_profile("guide"), last_day, EMPLOYEES, preset=load_preset(preset_name),
        first_day=first_day, last_day=last_day, sign=sign,
    )  # fmt: skip


def shards(run: OutsideRun, users: int) -> tuple[Shard, ...]:
    """The shards of the first `users` users; the last one may hold fewer than SHARD_USERS."""
    count = -(-users // SHARD_USERS)
    return tuple(
        Shard(run, index, min(SHARD_USERS, users - (index - 1) * SHARD_USERS))
        for index in range(1, count + 1)
    )


def run_of(shard: Shard) -> OutsideRun:
    """The run of a shard of users; Fault where it is one of the bank."""
    if not isinstance(shard.run, OutsideRun):
        raise Fault("a shard of the bank where one of outside accounts is needed")
    return shard.run
