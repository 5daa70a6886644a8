"""Takes a shard, gives the rows of `account_relationships`: who else is tied to an account."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, expand, spread, stream
from dhub.draw.choice import chosen, dealt
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Shard, Table
from dhub.world.accounts import CHECKING, CLOSED, MOST_ACCOUNTS, SAVINGS, Accounts, accounts
from dhub.world.calendar import DAY
from dhub.world.opening import office_day
from dhub.world.people import CLOSED as LEFT
from dhub.world.people import CORPORATE, People, in_order, people
from dhub.world.standing import accounts_per_customer

Int = NDArray[np.int64]

KINDS = ("joint_owner", "beneficiary", "authorized_user", "linked_savings")
JOINT, BENEFICIARY, USER, LINKED = range(4)
MOST_LINKS = 2
_RELATIVE = 3.0  # leaning to whom relatives can be tied to: decides within any window
_EARLIEST = 5  # customers of a shard who have too few neighbours before them to be related to


def relationship_rows(shard: Shard) -> Rows:
    """Zero to two rows an account; a related person is an earlier customer of the shard.

    Only an earlier one, because the shard may be cut short behind any customer.
    """
    run, who, a = shard.run, people(shard), accounts(shard)
    savings = _own_savings(a)
    family = _family(who)
    links = _links(shard, who, a, savings, family)
    account, seq = expand(links)
    place = child(a.place[account], seq)
    kind = _kinds(shard, who, a, account, savings, family)
    linked = np.where(kind == LINKED, savings[account], -1)
    kind = np.where((kind == LINKED) & (linked < 0), 0, kind)  # a few; nobody links a stranger's
    person = kind != LINKED
    related = _related(run.seed, who, a, account, seq, kind, family)
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


def _family(who: People) -> Int:
    """Rows of the relatives of each customer, shape (customers, 4), -1 for none: the spouse, a
    grown child, the parents; only those who came before and have not left."""
    kin, own = who.kin, np.arange(len(who.place))
    grown = np.full(len(own), -1)
    for parent in (kin.mother, kin.father):
        there = np.flatnonzero(parent >= 0)[::-1]
        grown[parent[there]] = there
    rows = np.stack([kin.spouse, grown, kin.mother, kin.father], axis=1)
    return np.where((rows < own[:, None]) & (who.status[rows] != LEFT), rows, -1)


def _links(shard: Shard, who: People, a: Accounts, savings: Int, family: Int) -> Int:
    """How many relationships each account has; accounts beside their owner's savings rather do,
    and those whose owner has relatives who are customers."""
    mix, name = shard.run.profile.accounts.links, f"relationships.links.{shard.index}"
    before = np.searchsorted(np.flatnonzero(who.status != LEFT), a.owner, side="left")
    shy = (a.owner < _EARLIEST) | (a.status == CLOSED) | (before < MOST_LINKS)
    relatives, company = (family >= 0).sum(axis=1)[a.owner], who.segment[a.owner] == CORPORATE
    able = ~shy & ((relatives > 0) | (savings >= 0))
    lean = np.where(relatives > 0, _RELATIVE, np.where(company, 0.0, 1.0))
    draw = stream(shard.run.seed, name)
    linked = np.flatnonzero(chosen(draw, 1 - mix.share("0"), able, score=lean))
    links = np.zeros(len(able), dtype=np.int64)
    if not len(linked):
        return links
    some = [number for number in mix.numbers if number]
    score = np.stack([1.5 * np.minimum(relatives[linked], number) for number in some], axis=1)
    weights = [mix.share(str(number)) for number in some]
    many = spread(stream(shard.run.seed, f"{name}.some"), weights, len(linked), score=score)
    links[linked] = np.array(some)[many]
    return links


def _kinds(shard: Shard, who: People, a: Accounts, account: Int, savings: Int, family: Int) -> Int:
    """The type of each relationship; savings are linked to another account of their owner, joint
    owners are relatives, and companies have users."""
    relative = (family.max(axis=1) >= 0)[a.owner[account]]
    second = np.r_[False, account[1:] == account[:-1]]
    allowed = np.ones((len(account), len(KINDS)), dtype=bool)
    allowed[:, LINKED] = (savings[account] >= 0) & ~second
    company = who.segment[a.owner[account]] == CORPORATE
    allowed[:, BENEFICIARY] = ~company
    score = np.zeros((len(account), len(KINDS)))
    score[:, BENEFICIARY] = np.where(second, 1.5, -0.5) * relative
    score[:, USER] = 3.0 * company - relative
    score[:, LINKED] = (a.account_type[account] == CHECKING) - 3.0 * relative
    weights = in_order(shard.run.profile.accounts.relationship, KINDS)
    return dealt(shard.run.seed, f"relationships.type.{shard.index}", weights, allowed, score)


def _related(
    seed: int, who: People, a: Accounts, account: Int, seq: Int, kind: Int, family: Int
) -> Int:
    """A relative who is an earlier customer, the spouse first, or else another earlier customer of
    the branch, or of the shard; two of one account differ."""
    owner, person = a.owner[account], kind != LINKED
    behind = (seq > 0) & np.r_[False, person[:-1]]  # a second person beside the first
    close = np.sort(np.where(family >= 0, np.arange(family.shape[1]), family.shape[1]), axis=1)
    turn = close[owner, behind.astype(np.int64)]
    relative = np.where(
        turn < family.shape[1], family[owner, np.minimum(turn, family.shape[1] - 1)], -1
    )
    able = np.flatnonzero(who.status != LEFT)
    share = stream(seed, "relationships.customer").uniform(a.place[account])
    other = _before(who.branch, able, owner, share, seq)
    anybody = _before(np.zeros_like(who.branch), able, owner, share, seq)
    found = np.where(relative >= 0, relative, np.where(other >= 0, other, anybody))
    twin = behind & (found == np.roll(found, 1))
    next_one = (np.searchsorted(able, found) + 1) % np.searchsorted(able, owner)
    return np.asarray(np.where(twin, able[next_one], found))


def _before(group: Int, able: Int, owner: Int, share: NDArray[np.float64], seq: Int) -> Int:
    """One of the `able` customers of each owner's group who came before, -1 where there is none."""
    able = able[np.argsort(group[able], kind="stable")]
    key = group[able] * SHARD_CUSTOMERS + able
    low = np.searchsorted(key, group[owner] * SHARD_CUSTOMERS)
    count = np.searchsorted(key, group[owner] * SHARD_CUSTOMERS + owner) - low
    pick = (np.floor(share * count).astype(np.int64) + seq) % np.maximum(count, 1)
    return np.where(count > 0, able[np.minimum(low + pick, len(able) - 1)], -1)


def _start(
    shard: Shard, who: People, a: Accounts, account: Int, related: Int, linked: Int, place: Int
) -> NDArray[np.datetime64]:
    """Any day since both sides were there on which a branch is open."""
    first = a.opened_date[account]
    joined = np.where(related >= 0, who.onboarding_date[related], first)
    other = np.where(linked >= 0, a.opened_date[linked], first)
    first = np.maximum(np.maximum(first, joined), other)
    last = np.where(np.isnat(a.closed_date[account]), shard.run.today - DAY, a.closed_date[account])
    room = np.maximum((last - first).astype(np.int64), 0)
    draw = stream(shard.run.seed, "relationships.start_date")
    day = first + draw.below(place, room // 2 + 1) * DAY
    return office_day(draw, place, day, first, first + room * DAY)


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
