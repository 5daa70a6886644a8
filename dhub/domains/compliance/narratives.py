"""Takes reports of suspicious activity, gives their narrative: who moved what, when, in what parts.

Every sum, number and day is that of the transactions which the amount of the report adds up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dhub.domains.compliance.checks import MONITORING, TYPES, Checks
from dhub.domains.compliance.suspicion import Involved
from dhub.draw import expand, one_of, pools, stream, text
from dhub.model import Coded, Run, Shard
from dhub.profiles.values import cents
from dhub.world.companies import company_names
from dhub.world.ledger import movements
from dhub.world.money.channels import ATM, BRANCH
from dhub.world.money.kinds import CREDIT, DEPOSIT, IN, OUT, WITHDRAWAL
from dhub.world.names import names
from dhub.world.people import SEGMENTS, people

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

ACTIVITIES = ("structuring", "unusual_pattern", "high_risk_country")
_WAYS = ("in", "out")
_KEYS = (*(f"{kind}.{way}" for kind in ACTIVITIES for way in _WAYS), "one")
_ONE = len(_KEYS) - 1
_REASONS = tuple(f"reason.{kind}" for kind in ACTIVITIES)
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
    account: Int  # row of `accounts` that all lie on, -1 where they lie on several

    def possible(self, threshold: int) -> Bools:
        """Which activities the transactions can be called, shape (cases, activities)."""
        split = (self.count > 1) & (self.largest <= threshold)
        return np.stack([split, np.ones_like(split), self.transfers > 0], axis=1)


def stories(run: Run, index: int, case: Involved) -> Story:
    """The transactions of each case, added up."""
    money = movements(Shard(run, index))
    count = case.high - case.low
    owner, seq = expand(count)
    row = case.row[case.low[owner] + seq]
    start = np.cumsum(count) - count
    amount, kind, account = money.amount[row], money.kind[row], money.account[row]
    one = np.bincount(owner, account == account[start][owner], len(count)) == count
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
        np.where(one, account[start], -1),
    )  # fmt: skip


def narratives(
    run: Run, index: int, made: Checks, row: Int, story: Story, activity: Int, status: Int,
    statuses: tuple[str, ...],
) -> object:  # fmt: skip
    """One text a report: what happened, why it is odd, what became of it.

    `row` is that of its check in `made`.
    """
    place, draw = made.place[row], stream(run.seed, "compliance.narrative")
    key = np.where(story.count == 1, _ONE, activity * len(_WAYS) + ~story.credit)
    slots = _slots(run, index, made, row, story, draw)
    parts = (
        (told(threshold(run)), key),
        (pools.bank("narratives", _REASONS), activity),
        (pools.bank("narratives", tuple(f"end.{name}" for name in statuses)), status),
    )
    return _capital(text.join([
        text.fill(text.choose(bank, code, draw.uniform(place, lane)), bank.texts, **slots)
        for lane, (bank, code) in enumerate(parts)
    ], " "))  # fmt: skip


@lru_cache(maxsize=4)
def told(most: int) -> pools.Bank:
    """The stories, by _KEYS, with the threshold (cents) they speak of."""
    bank = pools.bank("narratives", _KEYS)
    words = tuple(line.replace("{threshold}", f"${most // 100:,}") for line in bank.texts)
    return pools.Bank(words, bank.first, bank.count)


def _slots(run: Run, index: int, made: Checks, row: Int, story: Story, draw: Any) -> dict[str, Any]:
    who, owner = people(Shard(run, index)), made.owner[row]
    cash = np.where(story.cash == 0, 0, np.where(story.cash == story.count, 2, 1))
    countries = pools.pool("narratives/country")
    first, last, day, checked, since = _dates(
        story.first, story.last, story.day, made.day[row], who.onboarding_date[owner]
    )
    sums = text.money(np.concatenate([made.involved.cents[row], story.largest]))
    return {
        "name": _names(run, index, owner),
        "segment": Coded(who.segment[owner], _CALLED),
        "since": since,
        "period": text.fill(
            (story.last > story.first).astype(np.int64), _PERIODS, first=first, last=last
        ),
        "count": story.count,
        "amount": sums[: len(row)],
        "largest": sums[len(row) :],
        "day": day,
        "cash": Coded(cash, _CASH),
        "Cash": Coded(cash, _WAS_CASH),
        "transfers": Coded(np.clip(story.transfers - 1, 0, 2), _PARTS),
        "country": Coded(draw.below(made.place[row], len(countries), 3), countries),
        "checked": checked,
        "trigger": Coded(made.kind[row], _FOUND),
    }


def _names(run: Run, index: int, owner: Int) -> Any:
    """The company where there is one, else the person."""
    import pyarrow.compute as pc

    shard, called = Shard(run, index), names(Shard(run, index))
    person = text.join([
        Coded(called.first[owner], pools.pool("first_names")), " ",
        Coded(called.last[owner], pools.pool("last_names")),
    ])  # fmt: skip
    return pc.coalesce(text.text(company_names(shard), owner), person)


def _dates(*days: Days) -> list[Any]:
    """Each of several columns of days in words, with the year: March 4, 2026."""
    all_of = np.concatenate(days)
    year = all_of.astype("datetime64[Y]").astype(np.int64) + 1970
    words, rows = text.join([text.day(all_of), ", ", year]), len(days[0])
    return [words.slice(rows * n, rows) for n in range(len(days))]


def _capital(told: Any) -> Any:
    """Texts that begin with a capital letter."""
    import pyarrow.compute as pc

    first = pc.utf8_upper(pc.utf8_slice_codeunits(told, 0, 1))
    return text.join([first, pc.utf8_slice_codeunits(told, 1)])


def threshold(run: Run) -> int:
    """Cents above which a single movement is looked at by itself."""
    return cents(run.profile.compliance.monitoring_threshold)
