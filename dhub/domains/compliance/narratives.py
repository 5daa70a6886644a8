"""Takes reports of suspicious activity, gives their narrative: who moved what, when, in what parts.

Every sum, number and day is that of the transactions which the amount of the report adds up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dhub.domains.compliance.checks import MONITORING, TYPES, Checks
from dhub.domains.compliance.suspicion import Involved
from dhub.draw import expand, one_of, pools, stream, text
from dhub.model import Coded, Run, Shard
from dhub.profiles.values import cents
from dhub.world.companies import company_names
from dhub.world.money import movements
from dhub.world.money.channels import ATM, BRANCH
from dhub.world.money.kinds import CREDIT, DEPOSIT, IN, OUT, WITHDRAWAL
from dhub.world.names import names
from dhub.world.people import SEGMENTS, people

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

ACTIVITIES = ("structuring", "unusual_pattern", "high_risk_country")
_WAYS = ("in", "out")
_ONE = ("unusual_pattern.one", "high_risk_country.one")  # what several parts made is no single sum
_KEYS = (*(f"{kind}.{way}" for kind in ACTIVITIES for way in _WAYS), *_ONE)
_PERIODS = ("on {first}", "between {first} and {last}")
_CASH = ("none of it in cash", "some of it in cash", "all of it in cash")
_WAS_CASH = ("None of it was in cash", "Some of it was in cash", "All of it was in cash")
_FOUND = ("watchlist screening", "sanctions screening", "screening for political exposure",
          "transaction monitoring")  # fmt: skip
_PARTS = ("a transfer", "two transfers", "several transfers")
_CALLED = tuple(name.replace("_", " ") for name in SEGMENTS)
assert len(_FOUND) == len(TYPES) == MONITORING + 1


@dataclass(frozen=True)
class Story:
    """What the transactions of each case come to."""

    count: Int
    credit: Bools
    first: Days
    last: Days
    largest: Int
    day: Days  # of the largest
    transfers: Int  # with other banks
    cash: Int  # movements in cash

    def possible(self, threshold: int) -> Bools:
        """Which activities the transactions can be called, shape (cases, activities)."""
        split = (self.count > 2) & (self.largest <= threshold)
        return np.stack([split, np.ones_like(split), self.transfers > 0], axis=1)


def stories(run: Run, index: int, case: Involved) -> Story:
    """The transactions of each case, added up."""
    money = movements(Shard(run, index))
    count = case.high - case.low
    owner, seq = expand(count)
    row = case.row[case.low[owner] + seq]
    start = np.cumsum(count) - count
    amount, kind = money.amount[row], money.kind[row]
    day = money.transaction_date[row].astype("datetime64[D]")
    # The largest of each case, the first of equals.
    most = np.lexsort((seq, -amount, owner))[start] if len(row) else start
    counter = one_of(money.channel[row], (BRANCH, ATM))
    return Story(
        count, CREDIT[kind[start]], day[start], day[start + count - 1], amount[most], day[most],
        np.bincount(owner, one_of(kind, (IN, OUT)), len(count)).astype(np.int64),
        np.bincount(
            owner, one_of(kind, (DEPOSIT, WITHDRAWAL)) & counter, len(count)
        ).astype(np.int64),
    )  # fmt: skip


def narratives(
    run: Run, index: int, made: Checks, row: Int, story: Story, activity: Int, status: Int,
    statuses: tuple[str, ...],
) -> object:  # fmt: skip
    """One text a report; `row` is that of its check in `made`."""
    place, draw = made.place[row], stream(run.seed, "compliance.narrative")
    key = activity * len(_WAYS) + ~story.credit
    key = np.where(story.count == 1, _KEYS.index(_ONE[0]) + activity - 1, key)
    bank = pools.bank("narratives", _KEYS)
    ends = pools.bank("narratives", tuple(f"end.{name}" for name in statuses))
    slots = _slots(run, index, made, row, story, draw)
    told = text.fill(text.choose(bank, key, draw.uniform(place)), bank.texts, **slots)
    end = text.fill(text.choose(ends, status, draw.uniform(place, 1)), ends.texts, **slots)
    return _capital(text.join([told, " ", end]))


def _slots(run: Run, index: int, made: Checks, row: Int, story: Story, draw: Any) -> dict[str, Any]:
    who, owner = people(Shard(run, index)), made.owner[row]
    cash = np.where(story.cash == 0, 0, np.where(story.cash == story.count, 2, 1))
    countries = pools.pool("narratives/country")
    return {
        "name": _names(run, index, owner),
        "segment": Coded(who.segment[owner], _CALLED),
        "since": _date(who.onboarding_date[owner]),
        "period": text.fill(
            (story.last > story.first).astype(np.int64), _PERIODS,
            first=_date(story.first), last=_date(story.last),
        ),
        "count": story.count,
        "threshold": f"${threshold(run) // 100:,}",
        "amount": text.money(made.involved.cents[row]),
        "largest": text.money(story.largest),
        "day": _date(story.day),
        "cash": Coded(cash, _CASH),
        "Cash": Coded(cash, _WAS_CASH),
        "transfers": Coded(np.clip(story.transfers - 1, 0, 2), _PARTS),
        "country": Coded(draw.below(made.place[row], len(countries), 2), countries),
        "checked": _date(made.day[row]),
        "trigger": Coded(made.kind[row], _FOUND),
    }  # fmt: skip


def _names(run: Run, index: int, owner: Int) -> Any:
    """The company where there is one, else the person."""
    import pyarrow.compute as pc

    shard, called = Shard(run, index), names(Shard(run, index))
    person = text.join([
        Coded(called.first[owner], pools.pool("first_names")), " ",
        Coded(called.last[owner], pools.pool("last_names")),
    ])  # fmt: skip
    return pc.coalesce(text.text(company_names(shard), owner), person)


def _date(day: Days) -> Any:
    """A date with its year: March 4, 2026."""
    year = day.astype("datetime64[Y]").astype(np.int64) + 1970
    return text.join([text.day(day), ", ", year])


def _capital(told: Any) -> Any:
    """Texts that begin with a capital letter."""
    import pyarrow.compute as pc

    first = pc.utf8_upper(pc.utf8_slice_codeunits(told, 0, 1))
    return text.join([first, pc.utf8_slice_codeunits(told, 1)])


def threshold(run: Run) -> int:
    """Cents above which a single movement is looked at by itself."""
    return cents(run.profile.compliance.monitoring_threshold)
