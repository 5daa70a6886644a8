"""Takes entries of the audit trail, gives their old and new values: JSON, and a chain of changes.

An update changes one setting of its entity, each time to the next of the setting's values; what
was there at the creation is the first of them. Settings are the trail's own: no table holds them.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dhub.domains.compliance.entities import (
    ACCOUNT,
    CUSTOMER,
    LOAN,
    POLICY,
    TRANSACTION,
    Entities,
)
from dhub.draw import stream, text
from dhub.model import Coded, Run, Shard
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.accounts import CURRENCIES, accounts
from dhub.world.accounts import TYPES as ACCOUNT_TYPES
from dhub.world.cover import policies
from dhub.world.cover.kinds import FREQUENCIES
from dhub.world.cover.kinds import TYPES as POLICY_TYPES
from dhub.world.credit import loans
from dhub.world.ledger import movements
from dhub.world.money.channels import CHANNELS
from dhub.world.money.kinds import TYPES as TRANSACTION_TYPES
from dhub.world.people import SEGMENTS, people

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]

# Settings of each type of entity and the values they go through, in turn (assumed).
SETTINGS: dict[int, tuple[tuple[str, tuple[Any, ...]], ...]] = {
    ACCOUNT: (
        ("daily_limit", (500, 1000, 2500, 5000)),
        ("statement_delivery", ("paper", "electronic")),
        ("low_balance_alert", (False, True)),
        ("card_controls", ("standard", "domestic_only", "blocked")),
    ),
    CUSTOMER: (
        ("preferred_channel", ("phone", "email", "mobile_app", "branch")),
        ("marketing_consent", (False, True)),
        ("two_factor", ("sms", "authenticator", "hardware_key")),
        ("language", ("en", "es")),
    ),
    LOAN: (
        ("autopay", (False, True)),
        ("reminder_days", (3, 5, 7, 10)),
        ("correspondence", ("mail", "email")),
    ),
    TRANSACTION: (
        ("receipt", ("printed", "emailed", "none")),
        ("cost_code", ("CNT-10", "CNT-20", "TEL-10")),
    ),
    POLICY: (
        ("renewal_notice", ("mail", "email", "mobile_app")),
        ("paperless", (False, True)),
        ("contact_time", ("morning", "afternoon", "evening")),
    ),
}
DUPLICATES = 0.4  # of what is deleted; the others were drafts (assumed)


@lru_cache(maxsize=1)
def _pool() -> tuple[tuple[str, ...], Int, Int]:
    """`"setting": value` for all settings, the first of each, and how many values it has.

    The last two have the shape (types, settings), with no values where there is no such setting.
    """
    words: list[str] = []
    most = max(map(len, SETTINGS.values()))
    first = np.zeros((len(SETTINGS), most), dtype=np.int64)
    count = np.zeros_like(first)
    for kind, settings in SETTINGS.items():
        for number, (name, values) in enumerate(settings):
            first[kind, number], count[kind, number] = len(words), len(values)
            words += [f"{json.dumps(name)}: {json.dumps(value)}" for value in values]
    return tuple(words), first, count


@lru_cache(maxsize=1)
def _plain() -> tuple[str, ...]:
    """Each setting as a whole document."""
    return tuple(f"{{{word}}}" for word in _pool()[0])


def settings(run: Run, some: Entities, entity: Int, step: Int) -> Int:
    """Code of the setting's value of each entry's entity after `step` updates."""
    _, first, count = _pool()
    kinds = (count > 0).sum(axis=1)
    draw = stream(run.seed, "compliance.setting")
    which = draw.below(some.place, kinds[some.kind])
    start = draw.below(some.place, count[some.kind, which], 1)
    first, count = first[some.kind, which], count[some.kind, which]
    return first[entity] + (start[entity] + step) % count[entity]


def old_and_new(
    shard: Shard, some: Entities, entity: Int, step: Int,
    old: Bools, gone: Bools, new: Bools, made: Bools,
) -> tuple[Any, Any]:  # fmt: skip
    """JSON text of both columns, null where `old`, `gone` or `new` says so.

    `step` counts the updates of the entity up to and including an entry's own; `gone` marks what
    is deleted; `made` marks creations, whose new value tells the facts of the entity, too.
    """
    plain = _plain()
    before = settings(shard.run, some, entity, np.maximum(step - 1, 0))
    after = settings(shard.run, some, entity, step)
    changed = np.flatnonzero(new & ~made)
    pieces = [(changed, text.text(Coded(after[changed], plain)))]
    for kind, facts in enumerate((_account, _customer, _loan, _transaction, _policy)):
        rows = np.flatnonzero(new & made & (some.kind[entity] == kind))
        if len(rows):
            setting = Coded(after[rows], _pool()[0])
            told = facts(shard, some.row[entity[rows]])
            pieces.append((rows, text.join(["{", *told, ", ", setting, "}"])))
    changes, ends = np.flatnonzero(old), np.flatnonzero(gone)
    was = [(changes, text.text(Coded(before[changes], plain)))]
    was.append((ends, _ended(shard.run, some, entity[ends])))
    return _placed(len(entity), was), _placed(len(entity), pieces)


def _ended(run: Run, some: Entities, entity: Int) -> Any:
    """What was deleted: an entry begun and never finished, or one made a second time."""
    draw = stream(run.seed, "compliance.deleted")
    twice = draw.chance(some.place[entity], DUPLICATES)
    forms = ('{"state": "draft"}', '{"state": "duplicate", "duplicate_of": {original}}')
    return text.fill(twice.astype(np.int64), forms, original=some.entity_id[entity])


def _placed(length: int, pieces: list[tuple[Int, Any]]) -> Any:
    """The pieces' texts at their rows, null elsewhere."""
    import pyarrow as pa

    where = np.full(length, -1)
    number = 0
    for rows, _ in pieces:
        where[rows] = number + np.arange(len(rows))
        number += len(rows)
    whole = pa.concat_arrays([pa.array(words, pa.string()) for _, words in pieces])
    return whole.take(pa.array(where, mask=where < 0))


def _words(name: str, codes: Int, pool: tuple[str, ...]) -> list[Any]:
    return [f'"{name}": "', Coded(codes, pool), '"']


def _dollars(name: str, cents: Int) -> list[Any]:
    return [f'"{name}": ', cents // 100, ".", text.digits(cents % 100, 2)]


def _account(shard: Shard, row: Int) -> list[Any]:
    a = accounts(shard)
    kind = _words("account_type", a.account_type[row], ACCOUNT_TYPES)
    return [*kind, ", ", *_words("currency", a.currency[row], CURRENCIES)]


def _customer(shard: Shard, row: Int) -> list[Any]:
    return [*_words("segment", people(shard).segment[row], SEGMENTS), ', "country": "US"']


def _loan(shard: Shard, row: Int) -> list[Any]:
    lent = loans(shard)
    kind = _words("loan_type", lent.loan_type[row], LOAN_TYPES)
    amount = _dollars("principal_amount", lent.principal_amount[row])
    return [*kind, ", ", *amount, ', "term_months": ', lent.term_months[row]]


def _transaction(shard: Shard, row: Int) -> list[Any]:
    money = movements(shard)
    kind = _words("transaction_type", money.transaction_type[row], TRANSACTION_TYPES)
    channel = _words("channel", money.channel[row], CHANNELS)
    return [*kind, ", ", *channel, ", ", *_dollars("amount", money.amount[row])]


def _policy(shard: Shard, row: Int) -> list[Any]:
    held = policies(shard)
    kind = _words("policy_type", held.policy_type[row], POLICY_TYPES)
    return [*kind, ", ", *_words("premium_frequency", held.frequency[row], FREQUENCIES)]
