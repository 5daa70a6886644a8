"""The shape of what is booked on accounts that only the star shows, and who has such accounts."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, expand, stream
from dhub.model import Run, Shard
from dhub.world.calendar import DAY, next_business
from dhub.world.income import between
from dhub.world.people import CORPORATE, people

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]

NEVER = np.datetime64("NaT", "D")
NEWEST = 8  # days since the newest was opened (assumed)
# How much likelier than at 45 people of an age hold certificates and securities (assumed).
_AGES, _LIKELIER = np.array([18, 26, 35, 45, 55, 62, 70, 90]), np.array(
    [0.02, 0.25, 0.6, 1.0, 1.5, 2.3, 2.6, 2.6]
)  # fmt: skip
_LANES = 4


@dataclass(frozen=True)
class Booked:
    """Bookings of a whole shard, ordered by account, then by time; amounts in cents."""

    account: Int  # row of the accounts they belong to
    at: Instants  # [us], UTC
    kind: Int  # index into the kinds of its module
    amount: Int
    balance: Int  # after it

    def take(self, rows: Int) -> Booked:
        """Some of the bookings."""
        return Booked(*(getattr(self, f.name)[rows] for f in fields(self)))


def holders(run: Run, index: int, name: str, share: float, several: float) -> tuple[Int, Int]:
    """Owner (customer within the shard) and place of each holding: of persons with an account."""
    who, draw = people(Shard(run, index)), stream(run.seed, name)
    age = (run.today - who.date_of_birth).astype(np.int64) / 365.25
    likely = np.minimum(share * between(age, _AGES, _LIKELIER), 0.95)
    able = (who.account_count > 0) & (who.segment != CORPORATE) & np.isnat(who.ended)
    able &= np.isnat(who.silent_since)
    count = (draw.chance(who.place, likely) & able) * (1 + draw.chance(who.place, several, 1))
    owner, number = expand(count)
    return owner, child(who.place[owner], number)


def since(run: Run, index: int, name: str, owner: Int, place: Int, years: float) -> Days:
    """The business day on which each was opened: since the owner joined, at most `years` ago."""
    joined = people(Shard(run, index)).onboarding_date[owner]
    tenure = (run.today - joined).astype(np.int64) - 2
    longest = np.maximum(np.minimum(tenure, int(years * 365)), NEWEST)
    ago = stream(run.seed, name).between(place, np.minimum(NEWEST, longest), longest)
    return np.minimum(next_business(run.today - ago * DAY), run.today - DAY)
