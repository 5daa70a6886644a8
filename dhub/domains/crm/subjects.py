"""Takes contacts, gives the subject of each: a matter of something the customer has by then.

A complaint's subject is what it is about.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.domains.crm.contacts import VISIT, Contacts
from dhub.domains.crm.grievances import KEYS, subjects
from dhub.draw import pools, stream, text
from dhub.model import SHARD_CUSTOMERS, Coded, Shard
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.accounts import TYPES as ACCOUNTS
from dhub.world.accounts import accounts
from dhub.world.cover import policies
from dhub.world.cover.kinds import TYPES as COVERS
from dhub.world.credit import applications
from dhub.world.money import movements
from dhub.world.people import people

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

_TOPICS = ("nothing", "account", "loan", "policy")
_VISITS = tuple(f"{topic}.branch_visit" for topic in _TOPICS)
# Of the matters of those who have all three: on accounts, loans and policies (assumed).
_SHARES = np.array([0.0, 0.6, 0.2, 0.2])
_CALLED = {"hsa": "health savings account", "checking": "checking account",
           "savings": "savings account", "money_market": "money market account",
           "personal": "personal loan", "auto": "car loan", "business": "business loan",
           "education": "student loan", "life": "life policy", "property": "home policy",
           "vehicle": "car policy", "health": "health policy",
           "travel": "travel policy"}  # fmt: skip


def contact_subjects(shard: Shard, made: Contacts) -> object:
    """One text a contact."""
    import pyarrow as pa

    bank = pools.bank("subjects", (*KEYS, *_TOPICS, *_VISITS))
    case, money = made.cases, movements(shard)
    row, known = np.maximum(case.cause, 0), case.cause >= 0
    complaining = made.complaint >= 0
    about = subjects(shard.run, shard.index, case)[made.complaint] if len(row) else -1
    topic, (account, loan, policy) = _topics(shard, made)
    topic = len(KEYS) + topic + (made.interaction_type == VISIT) * len(_TOPICS)
    cities = tuple(branch.city for branch in pools.branches())
    names = Coded(np.where(known, money.merchant[row], -1), pools.pool("merchants"))
    complaint = pa.array(made.complaint, mask=~complaining)
    return text.fill(
        text.choose(
            bank, np.where(complaining, about, topic),
            stream(shard.run.seed, "crm.subject").uniform(made.place),
        ),
        bank.texts,
        account=Coded(account, tuple(_CALLED[kind] for kind in ACCOUNTS)),
        loan=Coded(loan, tuple(_CALLED.get(kind, kind) for kind in LOAN_TYPES)),
        policy=Coded(policy, tuple(_CALLED[kind] for kind in COVERS)),
        amount=text.money(money.amount[row]).take(complaint),
        merchant=text.text(names).take(complaint),
        city=Coded(people(shard).branch[made.owner], cities),
    )  # fmt: skip


def _topics(shard: Shard, made: Contacts) -> tuple[Int, tuple[Int, Int, Int]]:
    """Index of _TOPICS of each contact, and which kinds of account, loan and policy are meant."""
    a, asked, held = accounts(shard), applications(shard), policies(shard)
    kinds = tuple(
        _first_kind(made, owner, kind, day)
        for owner, kind, day in (
            (a.owner, a.account_type, a.opened_date),
            (asked.owner, asked.loan_type, asked.application_date),
            (held.owner, held.policy_type, held.terms.start_date),
        )
    )
    share = np.stack([_SHARES[1 + n] * (kind >= 0) for n, kind in enumerate(kinds)])
    upto = np.cumsum(share, axis=0)
    target = stream(shard.run.seed, "crm.topic").uniform(made.place) * upto[-1]
    topic = 1 + (target >= upto[:2]).sum(axis=0)
    return np.where(upto[-1] > 0, topic, 0), (kinds[0], kinds[1], kinds[2])


def _first_kind(made: Contacts, owner: Int, kind: Int, day: Days) -> Int:
    """The kind of the first of its customer's things, -1 where none was there by the contact."""
    first = np.full(SHARD_CUSTOMERS, -1)
    first[owner[::-1]] = np.arange(len(owner))[::-1]
    if not len(owner):
        return first[made.owner]
    row = first[made.owner]
    return np.where((row >= 0) & (day[row] <= made.day), kind[row], -1)
