"""Takes a shard, gives who holds how many policies, since when at the earliest, and what pays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import spread, stream
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.world.accounts import ACTIVE as OPEN
from dhub.world.accounts import HSA, USD, accounts
from dhub.world.calendar import DAY
from dhub.world.credit.worth import financed, mortgaged
from dhub.world.people import CLOSED, PENDING, People, people

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

BRIEFEST = 45  # days that a policy is in force before it is cancelled, at least (assumed)
# Leaning of the segments (retail … private banking) to insurance: the rich have more to lose, and
# the bank sells first to whom it knows by an account (assumed).
_SEGMENT = np.array([0.0, 0.25, 0.3, 0.4])
_WITH_ACCOUNT, _PENDING, _LEFT = 0.6, -0.4, -0.6
# Who owes for a house or car must insure it: as far as the share of holders allows.
_WITH_HOUSE, _WITH_CAR = 0.65, 0.4
_MARRIED = 0.55  # families have somebody to provide for (assumed)


@dataclass(frozen=True)
class Holders:
    """One element a customer of the shard."""

    count: Int  # policies
    since: Days  # first day on which a policy can start
    until: Days  # the day the relation ended, else today
    purse: Int  # row of the account that may pay, -1 for none

    @property
    def room(self) -> Int:
        """Days between since and until."""
        return np.asarray((self.until - self.since).astype(np.int64))


def holders(run: Run, index: int) -> Holders:
    """The customers of a shard as policyholders."""
    who = people(Shard(run, index))
    purse, opened = _purses(run, index)
    window = run.today - (int(run.profile.insurance.start_years * 365.25) - 2) * DAY
    since = np.maximum(np.maximum(who.onboarding_date, opened), window)
    until = np.where(np.isnat(who.ended), run.today, who.ended)
    left = who.status == CLOSED
    gone = left & ((until - since).astype(np.int64) < BRIEFEST + 1)
    count = _counts(run, index, who, purse, gone)
    return Holders(np.where(gone, 0, count), since, until, purse)


def _purses(run: Run, index: int) -> tuple[Int, Days]:
    """Each customer's first dollar account that moves until today, and since when it is open.

    Not a health savings account: it may pay for care, hardly for premiums (26 U.S.C. 223).
    """
    a = accounts(Shard(run, index))
    fits = (a.status == OPEN) & (a.currency == USD) & (a.account_type != HSA)
    able = np.flatnonzero(fits & (a.last_day == run.today - DAY))
    purse = np.full(SHARD_CUSTOMERS, -1)
    purse[a.owner[able[::-1]]] = able[::-1]
    long_ago = np.datetime64("1900-01-01", "D")
    return purse, np.where(purse >= 0, a.opened_date[np.maximum(purse, 0)], long_ago)


def _counts(run: Run, index: int, who: People, purse: Int, gone: NDArray[np.bool_]) -> Int:
    """Policies of each customer; the rich rather hold several."""
    figures = run.profile.insurance
    lean = _SEGMENT[who.segment] + _WITH_ACCOUNT * (purse >= 0) + _PENDING * (who.kyc == PENDING)
    offers = run.profile.cross_sell
    house = _WITH_HOUSE if offers is None else offers.insures_house
    lean += house * (mortgaged(run, index) >= 0) + _WITH_CAR * (financed(run, index) >= 0)
    lean += _MARRIED * who.kin.married
    lean += np.where(gone, -9.0, _LEFT * (who.status == CLOSED))
    holder = _share(run, "cover.holder", figures.holders, lean, int(who.place[0]))
    rows = np.flatnonzero(holder)
    several = _share(run, f"cover.multiple.{index}", figures.multiple, _SEGMENT[who.segment[rows]])
    many = rows[several]
    mix = figures.per_multiple_holder
    count = holder.astype(np.int64)
    draw = stream(run.seed, f"cover.per_multiple_holder.{index}")
    count[many] = np.array(mix.numbers)[spread(draw, mix.weights, len(many))]
    return count


def _share(
    run: Run, name: str, share: float, lean: NDArray[np.float64], first: int = 0
) -> NDArray[np.bool_]:
    """A share of consecutive ranks from `first` on, rather those that lean to it."""
    score = np.stack([lean, np.zeros(len(lean))], axis=1)
    draw = stream(run.seed, name)
    return np.asarray(spread(draw, [share, 1 - share], len(lean), first, score) == 0)
