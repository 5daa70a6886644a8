"""Takes a shard, gives the rows of `account_relationships`: who else is tied to an account."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, expand, spread, stream
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Shard, Table
from dhub.world.accounts import CHECKING, CLOSED, MOST_ACCOUNTS, SAVINGS, Accounts, accounts
from dhub.world.calendar import DAY
from dhub.world.people import CLOSED as LEFT
from dhub.world.people import People, in_order, people
from dhub.world.standing import accounts_per_customer

Int = NDArray[np.int64]

KINDS = ("joint_owner", "beneficiary", "authorized_user", "linked_savings")
LINKED = 3
MOST_LINKS = 2
_EARLIEST = 5  # customers of a shard who have too few neighbours before them to be related to


def relationship_rows(shard: Shard) -> Rows:
    """Zero to two rows an account; a related person is an earlier customer of the shard.

    Only an earlier one, because the shard may be cut short behind any customer.
    """
    run, who, a = shard.run, people(shard), accounts(shard)
    savings = _own_savings(a)
    links = _links(shard, who, a, savings)
    account, seq = expand(links)
    place = child(a.place[account], seq)
    kind = _kinds(shard, a, account, savings)
    linked = np.where(kind == LINKED, savings[account], -1)
    kind = np.where((kind == LINKED) & (linked < 0), 0, kind)  # a few; nobody links a stranger's
    related = _related(run.seed, who, a, account, seq)
    person = kind != LINKED
    columns = {
        "relationship_id": TABLE.first_key(shard.index) + np.arange(len(account)),
        "account_id": a.account_id[account],
        "customer_id": Maybe(shard.first + related + 1, person),
        "relationship_type": Coded(kind, KINDS),
        "linked_account_id": Maybe(a.account_id[np.maximum(linked, 0)], ~person),
        "start_date": _start(shard, who, a, account, np.where(person, related, -1), linked, place),
    }
    return Rows(columns, a.owner[account])


def _own_savings(a: Accounts) -> Int:
    """The owner's first open savings account for each account, -1 where there is no other."""
    able = np.flatnonzero((a.account_type == SAVINGS) & (a.status != CLOSED))
    of_owner = np.full(SHARD_CUSTOMERS, -1)
    of_owner[a.owner[able[::-1]]] = able[::-1]
    found = of_owner[a.owner]
    return np.where(found == np.arange(len(a.owner)), -1, found)


def _links(shard: Shard, who: People, a: Accounts, savings: Int) -> Int:
    """How many relationships each account has; accounts beside their owner's savings rather do."""
    mix = shard.run.profile.accounts.links
    before = np.searchsorted(np.flatnonzero(who.status != LEFT), a.owner, side="left")
    shy = (a.owner < _EARLIEST) | (a.status == CLOSED)
    beside = savings >= 0
    lean = 1.2 * beside + 0.6 * (beside & (a.account_type == CHECKING)) - 5.0 * shy
    score = np.stack([lean * (number > 0) for number in mix.numbers], axis=1)
    draw = stream(shard.run.seed, f"relationships.links.{shard.index}")
    links = np.array(mix.numbers)[spread(draw, mix.weights, len(lean), score=score)]
    return np.where(before < MOST_LINKS, 0, links)  # nobody is there to be related to


def _kinds(shard: Shard, a: Accounts, account: Int, savings: Int) -> Int:
    """The type of each relationship; savings are linked to another account of their owner."""
    fits = (savings[account] >= 0) * (1.0 + (a.account_type[account] == CHECKING))
    second = np.r_[False, account[1:] == account[:-1]]
    score = np.zeros((len(account), len(KINDS)))
    score[:, LINKED] = np.where(second, -4.0, 2.0 * fits)
    draw = stream(shard.run.seed, f"relationships.type.{shard.index}")
    weights = in_order(shard.run.profile.accounts.relationship, KINDS)
    kind = spread(draw, weights, len(account), score=score)
    twice = second & (kind == LINKED) & (np.r_[0, kind[:-1]] == LINKED)
    return np.where(twice, 0, kind)  # one savings account is linked to an account once


def _related(seed: int, who: People, a: Accounts, account: Int, seq: Int) -> Int:
    """An earlier customer of the shard who has not left; two of one account differ."""
    able = np.flatnonzero(who.status != LEFT)
    before = np.searchsorted(able, a.owner[account], side="left")
    chosen = stream(seed, "relationships.customer").below(a.place[account], before)
    return np.asarray(able[(chosen + seq) % np.maximum(before, 1)])


def _start(
    shard: Shard, who: People, a: Accounts, account: Int, related: Int, linked: Int, place: Int
) -> NDArray[np.datetime64]:
    """Any day since both sides were there."""
    first = a.opened_date[account]
    joined = np.where(related >= 0, who.onboarding_date[related], first)
    other = np.where(linked >= 0, a.opened_date[linked], first)
    first = np.maximum(np.maximum(first, joined), other)
    last = np.where(np.isnat(a.closed_date[account]), shard.run.today - DAY, a.closed_date[account])
    room = np.maximum((last - first).astype(np.int64), 0)
    draw = stream(shard.run.seed, "relationships.start_date")
    return np.asarray(first + draw.below(place, room // 2 + 1) * DAY)


TABLE = Table(
    name="account_relationships",
    phase=2,
    key="relationship_id",
    columns=(
        Column("relationship_id", "bigint"),
        Column("account_id", "bigint"),
        Column("customer_id", "bigint", null=True),
        Column("relationship_type", "text"),
        Column("linked_account_id", "bigint", null=True),
        Column("start_date", "date"),
    ),
    expected=lambda run, customers: (
        customers * accounts_per_customer(run.profile) * run.profile.accounts.links.mean
    ),
    rows=relationship_rows,
    stride=SHARD_CUSTOMERS * MOST_ACCOUNTS * MOST_LINKS,
)
