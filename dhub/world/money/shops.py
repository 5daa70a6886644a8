"""Takes scheduled payments, gives the shop or biller each one goes to, and what it costs.

Shop and amount are drawn together: the kind of shop has its own cost, and nobody buys what the
account could not carry. A bill stays with its biller and keeps its amount, but for what a meter
measures; a subscription has one price for everybody of a plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream, child, one_of, stream
from dhub.model import Run
from dhub.profiles import Profile
from dhub.world.accounts import CHECKING, HSA, Accounts
from dhub.world.income import Incomes
from dhub.world.merchants import (
    CODES,
    MEDICAL,
    SUBSCRIPTIONS,
    cost,
    costs,
    merchant_offers,
)
from dhub.world.money.kinds import BILL, CARD, KINDS
from dhub.world.money.pay import Pay
from dhub.world.money.schedule import Rows

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Days = NDArray[np.datetime64]

NO_SHOP = -1
_FAVOURITES = 3  # shops of a kind that an account keeps going to
_CARRIES = 0.22  # part of its usual balance that an account spends at once, at most (assumed)
_CHEAP = 60.0  # dollars: where a purchase is too dear, one at such shops takes its place
_MEDICAL = (0.45, 0.55)  # of an HSA's purchases, in the order of MEDICAL (assumed)
_TENANTS = 0.62  # of those who are paid here pay their rent from here (assumed)
_RENT_OF = 430_000  # cents a month net of whoever pays the usual rent
# Who else sends bills, in the order in which an account's billers follow each other, and how often
# each comes first (assumed).
_RING = ("utility", "telecom", "streaming", "insurer", "water", "fitness")
_RING_FIRST = (0.26, 0.28, 0.12, 0.18, 0.08, 0.08)
_METERED = tuple(CODES[name] for name in ("utility", "water", "telecom"))
_LANDLORD, _UTILITY = CODES["landlord"], CODES["utility"]
_SWINGS = 0.05  # deviation of a metered bill beside the season (assumed)
_PLANS = 3  # of a subscription


@dataclass(frozen=True)
class Payments:
    """One element a movement; -1 and 0 for those that pay no shop."""

    shop: Int  # index into merchants.NAMES
    merchant: Int  # index into merchant_names()
    cents: Int  # of a bill: before its season


def payments(run: Run, a: Accounts, rows: Rows, pay: Pay, earns: Incomes, level: Float) -> Payments:
    """The shop and the cost of each card purchase and bill; `level` is the usual balance of each
    account in dollars."""
    shop, merchant, cents = (np.full(len(rows.kind), x) for x in (NO_SHOP, NO_SHOP, 0))
    for kind, drawn in ((CARD, _purchases), (BILL, _bills)):
        which = np.flatnonzero(rows.kind == kind)
        shop[which], merchant[which], dollars = drawn(run, a, rows, which, pay, earns, level)
        cents[which] = np.floor(dollars * 100 + 0.5).astype(np.int64)
    return Payments(shop, merchant, cents)


def _purchases(
    run: Run, a: Accounts, rows: Rows, which: Int, pay: Pay, earns: Incomes, level: Float
) -> tuple[Int, Int, Float]:
    draw, account, place = stream(run.seed, "money.shop"), rows.account[which], rows.place[which]
    visits = _visits(run.profile)
    medical = np.array(MEDICAL)[draw.pick(place, _MEDICAL)]
    shop = np.where(a.account_type[account] == HSA, medical, draw.pick(place, visits, 1))
    spends, carries = _spends(a, pay, earns, level)
    z = draw.normal(place, 2)
    dollars = cost(shop, z, spends[account])
    dear = np.flatnonzero((dollars > carries[account]) & (a.account_type[account] == CHECKING))
    cheap = np.where(costs().median < _CHEAP, visits, 0.0)
    shop[dear] = draw.pick(place[dear], cheap, 3)
    dollars[dear] = cost(shop[dear], z[dear], spends[account[dear]])
    favourite = child(child(a.place[account], shop), draw.below(place, _FAVOURITES, 4))
    u = stream(run.seed, "money.favourite").uniform(favourite)
    merchant = merchant_offers().pick(shop, a.branch[account], u)
    return shop, merchant, _in_range(run.profile, shop, dollars)


def _bills(
    run: Run, a: Accounts, rows: Rows, which: Int, pay: Pay, earns: Incomes, level: Float
) -> tuple[Int, Int, Float]:
    draw, account = stream(run.seed, "money.biller"), rows.account[which]
    slot = child(a.place[account], rows.payee[which] * KINDS + BILL)
    first = draw.pick(a.place[account], _RING_FIRST)
    ring = np.array([CODES[name] for name in _RING])
    shop = ring[(first + rows.payee[which]) % len(_RING)]
    tenant = (pay.count > 0) & draw.chance(a.place, _TENANTS, 1)
    shop = np.where(tenant[account] & (rows.payee[which] == 0), _LANDLORD, shop)
    u = stream(run.seed, "money.favourite").uniform(slot)
    merchant = merchant_offers().pick(shop, a.branch[account], u)
    spends, _ = _spends(a, pay, earns, level)
    rent = np.clip(earns.net_month[a.owner[account]] / _RENT_OF, 0.6, 1.9)
    more = np.where(shop == _LANDLORD, rent, spends[account])
    subscribed = one_of(shop, SUBSCRIPTIONS)
    plan = child(merchant, draw.below(slot, _PLANS, 2))
    z = draw.normal(np.where(subscribed, plan, slot), 3)
    dollars = cost(shop, z, np.where(subscribed, 1.0, more))
    metered = one_of(shop, _METERED)
    swing = 1 + _SWINGS * draw.normal(rows.place[which], 4)
    dollars = np.where(metered, dollars * swing, dollars)
    dollars = np.where(shop == _LANDLORD, np.floor(dollars / 5) * 5, dollars)
    dollars = np.where(subscribed, np.floor(dollars) + 0.99, dollars)
    return shop, merchant, _in_range(run.profile, shop, dollars)


def in_season(profile: Profile, paid: Payments, month: Int) -> Int:
    """Cents of each payment in a month of the year: a power bill knows summer and winter."""
    power = paid.shop == _UTILITY
    wave = np.where(power, costs().season[_UTILITY, month], 1.0)
    cents = np.floor(paid.cents * wave).astype(np.int64)
    span = profile.transactions.amount["payment"]
    return np.where(power, np.clip(cents, round(span.low * 100), round(span.high * 100)), cents)


def _spends(a: Accounts, pay: Pay, earns: Incomes, level: Float) -> tuple[Float, Float]:
    """How much each account spends at a shop beside others, and the most at once, in dollars."""
    net = earns.net_month[a.owner] / 100
    usual = np.where(pay.count > 0, np.maximum(level, 2.5 * net), level)
    return np.clip(np.sqrt(net / 3500), 0.7, 1.7), np.maximum(_CARRIES * usual, 25.0)


@lru_cache(maxsize=8)
def _visits(profile: Profile) -> Float:
    """How often people pay by card at each kind of shop, among those that the range lets in."""
    low, high = _span(profile)
    known = costs()
    fits = (known.median >= low) & (known.low <= high)
    visits = np.where(fits, known.visits, 0.0)
    return visits if visits.any() else np.where(known.visits > 0, 1.0, 0.0)


def _span(profile: Profile) -> tuple[float, float]:
    span = profile.transactions.amount["payment"]
    return float(span.low), float(span.high)


def _in_range(profile: Profile, shop: Int, dollars: Float) -> Float:
    """Bring dollars into the profile's range by reflection, a subscription by its next price."""
    low, high = _span(profile)
    x = np.where(dollars > high, high * high / dollars, dollars)
    x = np.where(x < low, low * low / np.maximum(x, 0.01), x)
    x = np.where(one_of(shop, SUBSCRIPTIONS), np.floor(x) + 0.99, x)
    return np.asarray(np.clip(x, low, high))


def is_online(draw: Stream, place: Int, shop: Int) -> NDArray[np.bool_]:
    """Whether each purchase is made in the net: four fifths at shops that are there (assumed)."""
    there = costs().online[np.maximum(shop, 0)] & (shop >= 0)
    return there & draw.chance(place, 0.8)
