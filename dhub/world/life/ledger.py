"""Takes a shard of a profile with lives, gives its ledger: every booked movement, in order.

A shard is worked through in slices of customers. Keys are those of an account's slot and the
number of the movement in the account's life, so that a later horizon only adds some.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from dhub.draw import exp, ordered, stream, within
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.profiles.values import cents
from dhub.world.accounts import MOST_ACCOUNTS, TYPES, accounts
from dhub.world.income import EMPLOYED, STUDENT
from dhub.world.life.bills import bills
from dhub.world.life.booking import Booked, book
from dhub.world.life.card_book import CardBook, joined, no_cards, opened
from dhub.world.life.cards import cards, charged
from dhub.world.life.cases import split_cash
from dhub.world.life.earnings import earnings
from dhub.world.life.events import EARNED, OWED, TOP_UP, Events, together
from dhub.world.life.obliged import obliged
from dhub.world.life.personas import life_of, months_told
from dhub.world.life.rates import Days, moved, purchases, usual_spending
from dhub.world.life.saving import (
    booked_by_the_bank,
    friends,
    health,
    large_moves,
    machine_fees,
    saving,
    sent_away,
    swept,
    taken_back,
    top_ups,
)
from dhub.world.life.scene import Scene, scene, slices
from dhub.world.money.amounts import levels
from dhub.world.money.channels import BRANCH
from dhub.world.money.kinds import LEG_IN, OUT, WITHDRAWAL, type_of_kind
from dhub.world.money.movements import Movements
from dhub.world.people import people
from dhub.world.standing import accounts_per_customer

Int = NDArray[np.int64]
Float = NDArray[np.float64]

MOST_ROWS = 1 << 14  # of an account in ten years: the width of its slot in the key space
LIFE_KEYS = SHARD_CUSTOMERS * MOST_ACCOUNTS * MOST_ROWS  # set aside for a shard
_MONTH = 365.25 / 12
# Movements of first accounts beside those that get pay, and a month of the others; which part of
# the listed time accounts are not yet or no longer there (measured).
_OF_THE_PAID, _A_MONTH_BESIDE, _MISSED_OF_TWO_YEARS = 20 / 23, 1.6, 0.08
_SPENT = 0.94  # of what is left beside the bills (assumed)
_OFTEN, _DEARLY = (0.5, 1.0), (0.65, 1.45)  # how the money shows in rates and in prices
_TASTE = 0.46  # deviation of the logarithm of what people pay at the same shops (assumed)
_TASTE_AMONG = 0.63  # where more of what is paid has one price for all
_COMFORT = (0.35, 1.3)  # months of income that stay in the checking account
_LEAST_COMFORT = 90_000  # cents
_ON_RECORD = 0.5  # of what is done at a counter names who did it
# Dollars a month from which on what is above a surplus leaves on every payday, and once a month;
# that of others does every two months.
_WELL_OFF, _MIDDLING = 6_500, 4_300
_WELL_PAID = 7_000  # dollars a month from which on what is above is sent on twice a month


def movements(run: Run, index: int) -> Movements:
    """The ledger of a shard."""
    return _whole(run, index)[0]


def card_book(run: Run, index: int) -> CardBook:
    """The credit cards of a shard, where they are the bank's own."""
    book = _whole(run, index)[1]
    return no_cards() if book is None else book


@of_shard()
def _whole(run: Run, index: int) -> tuple[Movements, CardBook | None]:
    _whole.cache_clear()  # the shard before is told: two ledgers would be 60 MB more
    level = _levels(run, index)
    opening = _openings(run, index, level)
    parts = [_told(run, index, first, opening, level) for first in slices()]
    money = _joined([part for part, _ in parts], opening)
    books = [book for _, book in parts if book is not None]
    return money, joined(books, money.place) if books else None


@of_shard()
def keys(run: Run, index: int) -> Int:
    """The key of each movement: its account's slot and its number in the account's life."""
    money = movements(run, index)
    number = within(np.bincount(money.account, minlength=1))
    return 1 + (index - 1) * LIFE_KEYS + money.account * MOST_ROWS + number


def expected_rows(run: Run, customers: int) -> float:
    """About how many movements so many customers have, for plans and progress."""
    holders = run.profile.accounts.holders
    others = accounts_per_customer(run.profile) - holders
    months = months_told(run) * (1 - _MISSED_OF_TWO_YEARS * months_told(run) / 24)
    a_month = life_of(run).rows_a_month * _OF_THE_PAID
    return customers * months * (holders * a_month + others * _A_MONTH_BESIDE)


@dataclass(frozen=True)
class _Rows:
    """What a slice adds to the ledger, ordered by account and time; `event` orders legs behind."""

    event: Int
    account: Int
    kind: Int
    amount: Int
    balance: Int
    partner: Int


def _told(
    run: Run, index: int, first: int, opening: Int, level: Int
) -> tuple[Movements, CardBook | None]:
    """The events of a slice in order of time, and what is booked of them; its cards."""
    s = scene(run, index, first)
    cards_of_slice, e = _planned(s, level)
    e = in_order(s, e.take(np.flatnonzero(e.at < run.until)))
    done = book(e, s.a.owner[e.account] - first, opening, s.terms)
    return _ledger(run, s.a.owner, e, _booked_rows(e, done)), cards_of_slice


def in_order(s: Scene, e: Events) -> Events:
    """Events by customer, then in the order in which they are booked."""
    owner = s.a.owner[e.account]
    return e.take(ordered(owner, e.at, _RANKS[e.way], e.kind == WITHDRAWAL, e.place))


# Of what comes at one moment: what brings money first, a fee of a machine right behind its cash.
_RANKS = np.array([1, 0, 4, 0, 3, 1, 2, 5, 6])


def wished(s: Scene, level: Int) -> Events:
    """All events of a slice: what comes in, what is owed, what people like, what the bank books."""
    return _planned(s, level)[1]


def _planned(s: Scene, level: Int) -> tuple[CardBook | None, Events]:
    """The cards of a slice that are the bank's own, and all events of its accounts."""
    owner = s.holders
    earned, due = together(earnings(s)), together([*bills(s), *obliged(s)])
    comes, goes = _monthly(s, earned, EARNED), _monthly(s, due, OWED)
    saved = np.where(s.habits.saves[owner], s.habits.saving[owner], 0.0)
    left = np.maximum(comes * (1 - saved) - goes, comes * 0.12) * _SPENT
    often, dear = _means(left, usual_spending(s))
    taste = _TASTE if s.run.profile.personas is None else _TASTE_AMONG
    dear = dear * exp(taste * stream(s.run.seed, "life.taste").normal(s.who.place[owner]))
    days = Days(s, *_paydays(s, earned), often)
    held = cards(s)
    on_account, card_payments, made, told = charged(s, held, purchases(days, dear))
    book = None if s.run.profile.cards is None else opened(s, held, made, told, card_payments)
    cash, sent = moved(days, dear)
    owed = together([due, card_payments])
    salaried = owner[s.main[owner] & np.isin(s.earns.work[owner], (EMPLOYED, STUDENT))]
    return book, together([
        earned, owed, top_ups(s, owed.take(np.flatnonzero(owed.way == OWED))), *on_account, cash,
        sent, machine_fees(s, cash),
        friends(s, owner, often, dear), saving(s, owner, comes), taken_back(s, owner),
        *_above(s, owner, comes), *health(s),
        *large_moves(s, level), *split_cash(s),
        *booked_by_the_bank(s, salaried),
    ])  # fmt: skip


def _above(s: Scene, owner: Int, comes: Float) -> list[Events]:
    """What goes of what lies above a comfortable level, or above the profile's."""
    surplus = life_of(s.run).surplus
    if surplus is not None:
        mark = np.minimum(_comfort(s, comes), cents(surplus))
        every = np.where(comes > _WELL_OFF, 1, np.where(comes > _MIDDLING, 2, 4))
        return [sent_away(s, owner, mark, every)]
    return swept(s, owner, _comfort(s, comes), comes > _WELL_PAID)


def _monthly(s: Scene, e: Events, way: int) -> Float:
    """Dollars a month of events on the checking account of each holder."""
    account = s.checking[s.holders]
    moved = np.bincount(e.account, e.wish * (e.way == way), len(s.a.owner))
    months = ((s.end - s.start).astype(np.int64) + 1) / _MONTH
    return np.asarray(moved[account] / 100 / np.maximum(months[account], 1.0))


def _means(left: Float, usual: Float) -> tuple[Float, Float]:
    """How much more often than usual, and how much dearer, each holder buys."""
    factor = left / np.maximum(usual, 1.0)
    root = np.sqrt(np.maximum(factor, 0.0))
    return np.clip(root, *_OFTEN), np.clip(root, *_DEARLY)


def _paydays(s: Scene, earned: Events) -> tuple[Int, NDArray[np.datetime64]]:
    """Rows of holders and the days on which money came in."""
    row = np.searchsorted(s.holders, s.a.owner[earned.account])
    return row, earned.at.astype("datetime64[D]")


def _comfort(s: Scene, comes: Float) -> Int:
    u = stream(s.run.seed, "life.comfort").uniform(s.a.place[s.checking[s.holders]])
    months = _COMFORT[0] + (_COMFORT[1] - _COMFORT[0]) * u
    return np.maximum((comes * months * 100).astype(np.int64), _LEAST_COMFORT)


def _levels(run: Run, index: int) -> Int:
    """The usual balance of every account in cents."""
    shard = Shard(run, index)
    _, dollars = levels(run, people(shard), accounts(shard))
    return np.floor(dollars * 100).astype(np.int64)


def _openings(run: Run, index: int, level: Int) -> Int:
    """What every account brings into the listed time."""
    a, draw = accounts(Shard(run, index)), stream(run.seed, "life.opening")
    ends = np.array([run.profile.accounts.balance[name].cents for name in TYPES])
    some = np.floor(level * exp(0.3 * draw.normal(a.place))).astype(np.int64)
    low, high = ends[a.account_type].T
    return np.clip(some, low + low // 4, high * 45 // 100)


def _booked_rows(e: Events, done: Booked) -> _Rows:
    """A row an event, and one for the other account of what moves inside the bank."""
    row = np.flatnonzero(done.amount > 0)
    inside = row[done.other[row] >= 0]
    came = e.way[inside] == TOP_UP
    kind = e.kind[row].copy()
    legs = np.flatnonzero(done.other[row] >= 0)
    kind[legs] = np.where(came, LEG_IN, OUT)
    far = np.where(came, OUT, LEG_IN)
    account = np.concatenate([e.account[row], done.other[inside]])
    event = np.concatenate([row, inside])
    partner = np.full(len(account), -1)
    partner[legs] = len(row) + np.arange(len(inside))
    partner[len(row):] = legs
    order = ordered(account, event)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    partner = np.where(partner >= 0, rank[partner], -1)
    amount = np.concatenate([done.amount[row], done.amount[inside]])
    balance = np.concatenate([done.balance[row], done.other_balance[inside]])
    kind = np.concatenate([kind, far])
    return _Rows(
        event[order], account[order], kind[order], amount[order], balance[order], partner[order]
    )


def _ledger(run: Run, owner: Int, e: Events, rows: _Rows) -> Movements:
    """What a slice adds, codes in small numbers, since a shard has a million rows; no balances by
    account yet."""
    kind: Int = rows.kind.astype(np.int16)
    types: Int = np.array(type_of_kind(run.profile), dtype=np.int16)
    place: Int = e.place[rows.event]
    channel: Int = e.channel[rows.event].astype(np.int16)
    by_hand = (channel == BRANCH) & stream(run.seed, "life.manned").chance(place, _ON_RECORD)
    none = np.zeros(0, dtype=np.int64)
    return Movements(
        account=rows.account,
        owner=owner[rows.account],
        place=np.where(kind == LEG_IN, -1 - place, place),
        kind=kind,
        transaction_type=types[kind],
        amount=rows.amount,
        balance_after=rows.balance,
        transaction_date=e.at[rows.event],
        channel=channel,
        manned=by_hand,
        payee=e.payee[rows.event].astype(np.int16),
        shop=e.shop[rows.event].astype(np.int16),
        merchant=e.merchant[rows.event].astype(np.int32),
        partner=rows.partner,
        pays=e.pays[rows.event].astype(np.int32),
        opening_balance=none,
        closing_balance=none,
        purpose=e.purpose[rows.event].astype(np.int16),
    )


def _joined(parts: list[Movements], opening: Int) -> Movements:
    """The ledger of all slices."""
    before = np.cumsum([0, *(len(part.account) for part in parts)])
    whole = {f.name: np.concatenate([getattr(part, f.name) for part in parts])
             for f in fields(Movements)}  # fmt: skip
    whole["partner"] = np.concatenate([
        np.where(part.partner >= 0, part.partner + start, -1)
        for part, start in zip(parts, before[:-1], strict=True)
    ])  # fmt: skip
    ends = np.flatnonzero(np.diff(whole["account"], append=len(opening)) != 0)
    closing = opening.copy()
    closing[whole["account"][ends]] = whole["balance_after"][ends]
    return Movements(**{**whole, "opening_balance": opening, "closing_balance": closing})
