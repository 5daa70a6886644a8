"""Takes customers and days, gives what each contact is about: an account, a loan or a policy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.model import SHARD_CUSTOMERS, Shard
from dhub.world.accounts import accounts
from dhub.world.cover import policies
from dhub.world.credit import applications

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Days = NDArray[np.datetime64]

TOPICS = ("nothing", "account", "loan", "policy")
# Of the matters of those who have all three: on accounts, loans and policies (assumed).
_SHARES = (0.6, 0.2, 0.2)


def topics(shard: Shard, owner: Int, day: Days, share: Float) -> tuple[Int, list[Int]]:
    """Index of TOPICS of each contact, and which kinds of account, loan and policy are meant.

    `share` is uniform in [0, 1) and decides among what the customer has on the day.
    """
    a, asked, held = accounts(shard), applications(shard), policies(shard)
    kinds = [
        _first_kind(of, kind, since, owner, day)
        for of, kind, since in (
            (a.owner, a.account_type, a.opened_date),
            (asked.owner, asked.loan_type, asked.application_date),
            (held.owner, held.policy_type, held.terms.start_date),
        )
    ]
    upto = np.cumsum([_SHARES[n] * (kind >= 0) for n, kind in enumerate(kinds)], axis=0)
    topic = 1 + (share * upto[-1] >= upto[:2]).sum(axis=0)
    return np.where(upto[-1] > 0, topic, 0), kinds


def _first_kind(of: Int, kind: Int, since: Days, owner: Int, day: Days) -> Int:
    """The kind of the first of each owner's things, -1 where none was there on the day."""
    first = np.full(SHARD_CUSTOMERS, -1)
    first[of[::-1]] = np.arange(len(of))[::-1]
    row = first[owner]
    if not len(of):
        return row
    return np.where((row >= 0) & (since[row] <= day), kind[row], -1)
