"""Takes a scene, gives what is due by itself: rent, power, telephone, subscriptions, taxes, wages.

A bill stays with its biller and keeps its amount, but for what a meter measures and for the
increase of a year; a subscription has one price for everybody of a plan.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream, exp, stream
from dhub.model import Shard
from dhub.world.clock import to_utc
from dhub.world.credit import loans
from dhub.world.credit.applicants import MORTGAGE
from dhub.world.credit.applications import ACTIVE, RESTRUCTURED
from dhub.world.households import households
from dhub.world.income import SELF_EMPLOYED, before_raises
from dhub.world.life.earnings import revenue
from dhub.world.life.events import OWED, Events, events
from dhub.world.life.grids import AFTER, Dates, due_days, monthly, weekly
from dhub.world.life.scene import Scene, address
from dhub.world.life.streams import (
    CAR_LOAN,
    GYM,
    HOME_LOAN,
    INSURER,
    OWNER,
    PHONE,
    POWER,
    RENT,
    SUBSCRIPTION,
    SUPPLIER,
    TAX,
    WAGES,
    WATER,
    cleared,
)
from dhub.world.merchants import (
    CODES,
    NETFLIX,
    SPOTIFY,
    cost,
    costs,
    kind_of_merchant,
    merchant_offers,
)
from dhub.world.money.channels import ACH, CARD_READER, ONLINE
from dhub.world.money.kinds import BILL, OUT, PURPOSES
from dhub.world.people import CORPORATE
from dhub.world.price_list import monthly_prices

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

_RENT_OF = 430_000  # cents a month net of whoever pays the usual rent
_RENTS = (0.6, 2.1)
_METER = 0.05  # deviation of a metered bill beside the season (assumed)
_PLANS = 3
# Parts of the listed price of plans, and how often each is taken (assumed).
_PRICES, _TAKEN = (0.86, 1.0, 1.14), (0.3, 0.4, 0.3)
_NEXT_SERVICE = 5  # steps on the list between two subscriptions of one person
_DEARER = {RENT: 3.5, POWER: 3.0, PHONE: 2.0, WATER: 3.0, INSURER: 5.0}  # percent a year (assumed)
_TAXED = (0, 3, 5, 8)  # months in which estimated taxes are due: January, April, June, September
_OWN_TAXES = 0.18  # of what the self-employed are left with (assumed)
# Parts of what a firm takes in a month (assumed).
_WAGES, _SUPPLIES, _DRAWN, _TAXES = 0.30, 0.28, 0.26, 0.045
_LEAST = 2000  # cents
_RENEWED = (2 * 3600, 15 * 3600)  # local, while it is the same day in UTC
# Who neither rents nor owes for a house here: how many owe for one elsewhere, and pay which part of
# the net; the same of cars (assumed).
_HOME_LOANS, _HOME_PARTS = 0.6, (0.16, 0.30)
_BORROWS = 27  # age from which on
_LOANS_ELSEWHERE = 0.12  # of cars, where personas own, rent or owe here (assumed)
_CAR_LOANS, _CAR_PARTS = 0.36, (0.05, 0.12)


def bills(s: Scene) -> list[Events]:
    """All that is due by itself, by stream; only main accounts pay it, others a telephone."""
    firm = s.who.segment[s.holders] == CORPORATE
    mine = s.main[s.holders]
    home = s.holders[mine & ~firm]
    firms = s.holders[mine & firm]
    owns, told = _owners(s)[home], s.run.profile.personas is not None
    payers, tenants = s.holders[mine], home[s.habits.rents[home] & ~owns]
    return [
        _rent(s, tenants),
        _bill(s, payers[s.habits.powered[payers]], POWER, "utility"),
        _bill(s, s.holders[s.habits.phoned[s.holders]], PHONE, "telecom"),
        _bill(s, home[owns], WATER, "water", stride=2),
        _bill(s, payers[s.habits.insures[payers]], INSURER, "insurer"),
        _bill(s, home[s.habits.exercises[home]], GYM, "fitness"),
        *(_subscription(s, home[s.habits.subscriptions[home] > k], k) for k in range(5)),
        _loan(s, home[~owns & ~s.habits.rents[home]], HOME_LOAN, "home_loan",
              0.0 if told else _HOME_LOANS, _HOME_PARTS),
        _loan(s, home, CAR_LOAN, "car_loan", _LOANS_ELSEWHERE if told else _CAR_LOANS,
              _CAR_PARTS),
        _own_taxes(s, home[s.earns.work[home] == SELF_EMPLOYED]),
        *_of_firms(s, firms),
    ]


def _owners(s: Scene) -> Bools:
    """By customer: owes for a house here."""
    lent = loans(Shard(s.run, s.index))
    lives = (lent.loan_type == MORTGAGE) & np.isin(lent.status, (ACTIVE, RESTRUCTURED))
    owns = np.zeros(len(s.who.place), dtype=bool)
    owns[lent.owner[lives]] = True
    return owns


def _rent(s: Scene, owner: Int) -> Events:
    """On the first of every month, the same until the lease's next year."""
    account = s.checking[owner]
    draw, place = stream(s.run.seed, "life.rent"), s.a.place[account]
    much = np.clip(s.earns.net_month[owner] / _RENT_OF, *_RENTS)
    dollars = cost(np.full(len(owner), CODES["landlord"]), draw.normal(place), much)
    dates = monthly(s.start[account], s.end[account], np.ones_like(owner), moved=AFTER)
    dollars = np.floor(_in_time(s, dates, dollars, RENT, place) / 5) * 5
    shop = np.full(len(owner), CODES["landlord"])
    return _due(s, account, dates, RENT, shop, _of_shop(s, account, shop, RENT), dollars)


def _bill(s: Scene, owner: Int, code: int, name: str, stride: int = 1) -> Events:
    """A biller's bill, on the same day of each month."""
    account = s.checking[owner]
    draw, place = stream(s.run.seed, f"life.bill.{name}"), s.a.place[account]
    nominal, phase = due_days(draw, place), draw.below(place, stride, 1)
    dates = monthly(s.start[account], s.end[account], nominal, stride, phase, AFTER)
    shop = np.full(len(owner), CODES[name])
    more = np.clip(np.sqrt(s.earns.net_month[owner] / 350_000), 0.75, 1.6)
    more = more * _size(s, owner, name, draw.below(place, 3, 4))
    dollars = _in_time(s, dates, cost(shop, draw.normal(place, 2), more), code, place)
    if name in ("utility", "water", "telecom"):
        at = address(place[dates.stream], code, dates.period)
        meter = _METER if name != "telecom" else 0.02
        dollars = dollars * (1 + meter * draw.normal(at, 3))
    if name == "utility":
        dollars = dollars * costs().season[CODES[name], dates.month % 12]
    merchant, channel = _of_shop(s, account, shop, code), ACH
    if name == "fitness":
        dollars = np.floor(dollars) + 0.99
        if s.run.profile.personas is not None:
            dates = monthly(s.start[account], s.end[account], nominal)
            dollars, channel = _of_plan(draw, place, merchant)[dates.stream], ONLINE
    return _due(s, account, dates, code, shop, merchant, dollars * stride, channel)


def _size(s: Scene, owner: Int, name: str, plan: Int) -> Float:
    """How much larger the bill of a house is than that of a flat, of a family's plan, of a home's
    and a car's insurance than of a tenant's (assumed)."""
    if name == "utility":
        return np.where(households(Shard(s.run, s.index)).flat[owner] > 0, 0.55, 1.15)
    if name == "insurer":
        return np.where(s.habits.rents[owner], 0.55, 1.7)
    return np.array([0.55, 1.0, 1.9])[plan] if name == "telecom" else np.ones(len(owner))


def _loan(
    s: Scene, owner: Int, code: int, name: str, share: float, parts: tuple[float, float]
) -> Events:
    """A loan of another bank: the same sum on the same day of each month."""
    draw = stream(s.run.seed, f"life.{name}")
    old = (s.run.today - s.who.date_of_birth[owner]).astype(np.int64) >= _BORROWS * 365
    owner = owner[draw.chance(s.a.place[s.checking[owner]], share) & old]
    account, place = s.checking[owner], s.a.place[s.checking[owner]]
    dates = monthly(s.start[account], s.end[account], due_days(draw, place), moved=AFTER)
    part = parts[0] + (parts[1] - parts[0]) * draw.uniform(place, 2)
    cents = np.floor(s.earns.net_month[owner] * part).astype(np.int64)
    high = s.run.profile.transactions.amount["payment"].cents[1]
    row = dates.stream
    at = address(place[row], code, dates.period)
    return events(
        account[row], cleared(stream(s.run.seed, "life.cleared"), at, dates.day), at, way=OWED,
        wish=np.clip(cents, _LEAST, high)[row], kind=BILL, payee=code, channel=ACH,
        purpose=PURPOSES.index(name),
    )  # fmt: skip


def _subscription(s: Scene, owner: Int, number: int) -> Events:
    """The k-th subscription of who has so many: each with another company, by card, on any day."""
    account, code = s.checking[owner], SUBSCRIPTION + number
    draw, place = stream(s.run.seed, "life.subscription"), s.a.place[account]
    nominal = 1 + draw.below(place, 28, number)
    dates = monthly(s.start[account], s.end[account], nominal)
    if s.run.profile.personas is not None:
        return _listed_plan(s, owner, number, dates)
    kind, offers, branch = CODES["streaming"], merchant_offers(), s.a.branch[account]
    count = offers.count[kind, branch]
    first = np.floor(count * draw.uniform(place, 8)).astype(np.int64)
    merchant = offers.code[offers.first[kind, branch] + (first + number) % count]
    plan = merchant * 64 + draw.below(place * 8 + number, _PLANS, 9)
    price = cost(np.full(len(owner), kind), draw.normal(plan, 10))
    dollars = np.floor(price) + 0.99
    shop = np.full(len(owner), kind)
    return _due(s, account, dates, code, shop, merchant, dollars[dates.stream], CARD_READER)


def _listed_plan(s: Scene, owner: Int, number: int, dates: Dates) -> Events:
    """A subscription at the price of the merchant's list, or of its smaller or larger plan; the
    well-known ones are taken rather than others."""
    account, code = s.checking[owner], SUBSCRIPTION + number
    draw, place = stream(s.run.seed, "life.listed_plan"), s.a.place[account]
    known = np.array([NETFLIX, SPOTIFY, *np.flatnonzero(
        (kind_of_merchant() == CODES["streaming"]) & (np.arange(len(kind_of_merchant())) < NETFLIX)
    )])  # fmt: skip
    u = draw.uniform(place)
    first = np.floor(len(known) * u * np.sqrt(u)).astype(np.int64)
    merchant = known[(first + number * _NEXT_SERVICE) % len(known)]
    shop = np.full(len(owner), CODES["streaming"])
    dollars = _of_plan(draw, place * 8 + number, merchant)[dates.stream]
    return _due(s, account, dates, code, shop, merchant, dollars, ONLINE)


def _of_plan(draw: Stream, place: Int, merchant: Int) -> Float:
    """Dollars a month of the plan that each one has with a merchant."""
    plan = np.array(_PRICES)[draw.pick(place, _TAKEN, 1)]
    return np.asarray(np.floor(monthly_prices()[merchant] * plan + 0.5) / 100)


def _in_time(s: Scene, dates: Dates, dollars: Float, code: int, place: Int) -> Float:
    """The price in each month: less in earlier years, from one month of the year to the next."""
    turn = stream(s.run.seed, f"life.dearer.{code}").below(place, 12)[dates.stream]
    part = 1 + _DEARER.get(code, 0.0) / 100
    return before_raises(dollars[dates.stream], part, turn, dates.month, s.run.month)


def _of_shop(s: Scene, account: Int, shop: Int, code: int) -> Int:
    u = stream(s.run.seed, "life.biller").uniform(s.a.place[account] * 64 + code)
    return merchant_offers().pick(shop, s.a.branch[account], u)


def _due(
    s: Scene, account: Int, dates: Dates, code: int, shop: Int, merchant: Int, dollars: Float,
    channel: int = ACH,
) -> Events:  # fmt: skip
    """Bills of accounts on their dates; `dollars` is that of each date."""
    row = dates.stream
    place = address(s.a.place[account[row]], code, dates.period)
    draw = stream(s.run.seed, "life.cleared")
    if channel == ACH:
        at = cleared(draw, place, dates.day)
    else:
        at = to_utc(dates.day, draw.between(place, *_RENEWED, 1), s.zone[account[row]])
    low, high = s.run.profile.transactions.amount["payment"].cents
    cents = np.clip(np.floor(dollars * 100 + 0.5).astype(np.int64), low, high)
    return events(
        account[row], at, place, way=OWED, wish=cents, kind=BILL, payee=code, channel=channel,
        shop=shop[row], merchant=merchant[row],
    )  # fmt: skip


def _sent(
    s: Scene, account: Int, dates: Dates, code: int, cents: Int, purpose: str
) -> Events:
    """Transfers out by the clearing house."""
    row = dates.stream
    place = address(s.a.place[account[row]], code, dates.period)
    at = cleared(stream(s.run.seed, "life.cleared"), place, dates.day)
    low, high = s.run.profile.transactions.amount["transfer_out"].cents
    return events(
        account[row], at, place, way=OWED, wish=np.clip(cents, max(low, _LEAST), high), kind=OUT,
        payee=code, channel=ACH, purpose=PURPOSES.index(purpose),
    )  # fmt: skip


def _own_taxes(s: Scene, owner: Int) -> Events:
    """Those of the self-employed, in whole fifties."""
    cents = np.floor(s.earns.net_month[owner] * 3 * _OWN_TAXES / 5000).astype(np.int64) * 5000
    return _taxes(s, owner, cents)


def _taxes(s: Scene, owner: Int, cents: Int) -> Events:
    """Estimated taxes on the 15th of four months, for the three months before."""
    account = s.checking[owner]
    dates = monthly(s.start[account], s.end[account], np.full(len(owner), 15), moved=AFTER)
    dates = dates.where(np.isin(dates.period % 12, _TAXED))
    return _sent(s, account, dates, TAX, cents[dates.stream], "tax")


def _of_firms(s: Scene, owner: Int) -> list[Events]:
    """What a firm pays: its rent, wages, suppliers, taxes, and its owner."""
    account, place = s.checking[owner], s.a.place[s.checking[owner]]
    start, end = s.start[account], s.end[account]
    draw = stream(s.run.seed, "life.firm")
    takes = revenue(s, owner, np.full(len(owner), s.run.month))
    biweekly = weekly(start, end, 2, draw.below(place, 2))
    wages = np.floor(takes * _WAGES * 12 / 26 / 100).astype(np.int64)[biweekly.stream] * 100
    drawn = monthly(start, end, np.full(len(owner), 28), moved=AFTER)
    profit = np.floor(takes * _DRAWN / 5000).astype(np.int64)[drawn.stream] * 5000
    return [
        _sent(s, account, biweekly, WAGES, wages, "wages"),
        _sent(s, account, drawn, OWNER, profit, ""),
        _taxes(s, owner, np.floor(takes * 3 * _TAXES / 10_000).astype(np.int64) * 10_000),
        *(_supplier(s, owner, takes, number) for number in range(3)),
    ]


def _supplier(s: Scene, owner: Int, takes: Float, number: int) -> Events:
    """One of a firm's suppliers: an invoice a month, never quite the same."""
    account, code = s.checking[owner], SUPPLIER + number
    draw, place = stream(s.run.seed, "life.supplier"), s.a.place[account] * 4 + number
    dates = monthly(s.start[account], s.end[account], due_days(draw, place), moved=AFTER)
    at = address(s.a.place[account[dates.stream]], code, dates.period)
    mean = (takes * _SUPPLIES / 3)[dates.stream]
    cents = np.floor(mean * exp(0.35 * draw.normal(at, 2)) * 0.94).astype(np.int64)
    return _sent(s, account, dates, code, cents, "supplier")
