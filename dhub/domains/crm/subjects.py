"""Takes contacts, gives the subject of each: a matter of something the customer has by then.

A complaint's subject is what it is about.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.domains.crm.grievances import KEYS, subjects
from dhub.domains.crm.matters import TOPICS, topics
from dhub.draw import pools, stream, text
from dhub.model import Coded, Shard
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.accounts import TYPES as ACCOUNTS
from dhub.world.contacts.contacts import VISIT, Contacts
from dhub.world.cover.kinds import TYPES as COVERS
from dhub.world.ledger import movements
from dhub.world.merchants import merchant_names
from dhub.world.people import people
from dhub.world.places import branch_cities

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

_VISITS = tuple(f"{topic}.branch_visit" for topic in TOPICS)
_CALLED = {"hsa": "health savings account", "checking": "checking account",
           "savings": "savings account", "money_market": "money market account",
           "personal": "personal loan", "auto": "car loan", "business": "business loan",
           "education": "student loan", "life": "life policy", "property": "home policy",
           "vehicle": "car policy", "health": "health policy",
           "travel": "travel policy"}  # fmt: skip
_ACCOUNTS, _LOANS, _COVERS = (
    tuple(_CALLED.get(kind, kind) for kind in kinds) for kinds in (ACCOUNTS, LOAN_TYPES, COVERS)
)


def contact_subjects(shard: Shard, made: Contacts) -> object:
    """One text a contact."""
    import pyarrow as pa

    bank = pools.bank("subjects", (*KEYS, *TOPICS, *_VISITS))
    case, money = made.cases, movements(shard)
    row, known = np.maximum(case.cause, 0), case.cause >= 0
    complaining = made.complaint >= 0
    about = subjects(shard.run, shard.index, case)[made.complaint] if len(row) else -1
    share = stream(shard.run.seed, "crm.topic").uniform(made.place)
    topic, (account, loan, policy) = topics(shard, made.owner, made.day, share)
    topic = len(KEYS) + topic + (made.interaction_type == VISIT) * len(TOPICS)
    names = Coded(np.where(known, money.merchant[row], -1), merchant_names())
    complaint = pa.array(made.complaint, mask=~complaining)
    return text.fill(
        text.choose(
            bank, np.where(complaining, about, topic),
            stream(shard.run.seed, "crm.subject").uniform(made.place),
        ),
        bank.texts,
        account=Coded(account, _ACCOUNTS),
        loan=Coded(loan, _LOANS),
        policy=Coded(policy, _COVERS),
        amount=text.money(money.amount[row]).take(complaint),
        merchant=text.text(names).take(complaint),
        city=Coded(people(shard).branch[made.owner], branch_cities()),
    )  # fmt: skip
