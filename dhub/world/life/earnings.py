"""Takes a scene, gives what comes in: pay, pensions, support, invoices and a firm's takings.

One income a person is read by all of them (`world.income`): the net of a month, with its raises.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dhub.draw import exp, stream
from dhub.profiles.values import cents as in_cents
from dhub.world.calendar import DAY, last_business
from dhub.world.income import EMPLOYED, NOT_WORKING, RETIRED, SELF_EMPLOYED, STUDENT
from dhub.world.life.events import EARNED, Events, events
from dhub.world.life.grids import (
    AFTER,
    BEFORE,
    MONTH_END,
    NEAREST,
    Dates,
    due_days,
    halves,
    monthly,
    open_days,
    weekly,
)
from dhub.world.life.personas import life_of
from dhub.world.life.scene import Scene, address
from dhub.world.life.streams import (
    BENEFIT,
    COMPANY_PENSION,
    FUNDING,
    INVOICE,
    PAY,
    PENSION,
    SUPPORT,
    TAKINGS,
    at_counter,
    cleared,
)
from dhub.world.money.channels import ACH, BRANCH, MOBILE
from dhub.world.money.kinds import DEPOSIT, IN, PAYROLL, PURPOSES
from dhub.world.money.pay import BIWEEKLY, CYCLES, MONTHLY, SEMI_MONTHLY, WEEKLY
from dhub.world.people import CORPORATE, in_order

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Days = NDArray[np.datetime64]

# Parts of a month's net pay of one payday: by year there are 12, 24, 26 and 52 of them.
_PART = np.array([1.0, 0.5, 12 / 26, 12 / 52])
_BONUS, _BONUSES = 0.22, (30, 110)  # of the employed; percent of a payday's pay (assumed)
_SMALL_BONUSES = (30, 95)  # where pay is to stay within twice itself
_BONUS_MONTHS = (0, 2, 4, 0, 0, 1, 0, 0, 0, 0, 0, 3)
_SOCIAL = 260_000  # cents a month of social security, at most (assumed)
_THIRD = 3  # of a month
_LEAST_PENSION = 5_000  # cents a month: below it there is none (assumed)
# Of a student's income so much is pay, the rest comes from home (assumed).
_WORKS_BESIDE = 0.45
_LIVES_BY_WORK = 0.75  # where income is at most 1.9 times the pay of whoever is paid
_INVOICES = (2, 5)  # a month
_FUNDS = (0.12, 0.35)  # of the net pay that comes from the main account elsewhere (assumed)
_REVENUE = 1.15  # of a firm beside its owner's income (assumed)
_TAKINGS = (3, 18)  # a month
_ROUND = 2500  # cents
_IN_CASH = 0.85  # of what is paid in at a counter; the rest are checks (assumed)


def earnings(s: Scene) -> list[Events]:
    """All that the customers of a slice earn, by stream."""
    firm = s.who.segment[s.holders] == CORPORATE
    person = s.holders[~firm]
    mine = s.main[person]
    work = s.earns.work[person]
    paid = person[mine & (work == EMPLOYED)]
    return [
        pay(s, paid, 1.0),
        pay(s, person[mine & (work == STUDENT)], _students_pay(s)),
        *_pensions(s, person[mine & (work == RETIRED)]),
        _support(s, person[mine & (work == STUDENT)]),
        _invoices(s, person[mine & (work == SELF_EMPLOYED)]),
        _benefits(s, person[mine & (work == NOT_WORKING)]),
        _funding(s, s.holders[~s.main[s.holders]]),
        _takings(s, s.holders[firm & s.main[s.holders]]),
    ]


def pay(s: Scene, owner: Int, part: float) -> Events:
    """Every payday of the listed time; a bonus a year for some."""
    account = s.checking[owner]
    place = s.a.place[account]
    draw = stream(s.run.seed, "life.pay")
    cycle = draw.pick(place, in_order(s.run.profile.transactions.payday, CYCLES))
    dates = _paydays(s, account, cycle)
    row = dates.stream
    net = _net(s, owner[row], dates.month) * part
    cents = np.floor(net * _PART[cycle[row]]).astype(np.int64)
    month = np.where(draw.chance(place, _BONUS, 3), draw.pick(place, _BONUS_MONTHS, 4), -1)
    before = np.roll(dates.month, 1) + 10_000 * np.roll(row, 1)
    extra = (dates.month % 12 == month[row]) & (dates.month + 10_000 * row != before)
    low, high = _BONUSES if s.run.profile.personas is None else _SMALL_BONUSES
    bonus = draw.between(place, low, high, 5)[row]
    cents += np.where(extra, cents * bonus // 100, 0)
    return _earned(s, account, dates, PAY, cents, PAYROLL)


def _students_pay(s: Scene) -> float:
    """The part of a student's income that is pay."""
    return _WORKS_BESIDE if s.run.profile.personas is None else _LIVES_BY_WORK


def _paydays(s: Scene, account: Int, cycle: Int) -> Dates:
    """The paydays of accounts by their cycles, in order of stream."""
    start, end = s.start[account], s.end[account]
    place = s.a.place[account]
    picked = stream(s.run.seed, "life.payday")
    nominal = np.array([1, 15, 25, 31])[picked.below(place, 4)]
    week = picked.below(place, 2, 1)
    by_cycle: dict[int, Callable[[Int], Dates]] = {
        MONTHLY: lambda i: monthly(start[i], end[i], nominal[i], moved=BEFORE),
        SEMI_MONTHLY: lambda i: twice_a_month(s, start[i], end[i]),
        BIWEEKLY: lambda i: weekly(start[i], end[i], 2, week[i]),
        WEEKLY: lambda i: weekly(start[i], end[i], 1, 0),
    }
    parts = []
    for kind, dates in by_cycle.items():
        rows = np.flatnonzero(cycle == kind)
        found = dates(rows)
        parts.append(Dates(rows[found.stream], found.period, found.day))
    return _in_order(_appended(parts))


def twice_a_month(s: Scene, start: Days, end: Days) -> Dates:
    """The days of semi-monthly pay; the last of a month cannot move into the next one."""
    days = life_of(s.run).paydays
    moved = BEFORE if days.high == MONTH_END else NEAREST
    return halves(start, end, (days.low, days.high), moved)


def _in_order(dates: Dates) -> Dates:
    order = np.argsort(dates.stream, kind="stable")
    return Dates(dates.stream[order], dates.period[order], dates.day[order])


def _net(s: Scene, owner: Int, month: Int) -> Int:
    """Cents of a month's net income, raises taken back."""
    return s.earns.net_in(owner, month, s.run.month)


def _earned(
    s: Scene, account: Int, dates: Dates, code: int, cents: Int, kind: int, purpose: str = ""
) -> Events:
    """Credits that the clearing house brings in the morning; none of nothing."""
    account = account[dates.stream]
    place = address(s.a.place[account], code, dates.period)
    at = cleared(stream(s.run.seed, "life.cleared"), place, dates.day, 0, 3 * 3600)
    made = events(
        account, at, place, way=EARNED, wish=cents, kind=kind, payee=code, channel=ACH,
        purpose=PURPOSES.index(purpose),
    )  # fmt: skip
    return made.take(np.flatnonzero(cents > 0))


def _pensions(s: Scene, owner: Int) -> list[Events]:
    """Social security on the Wednesday that goes with the birthday, the rest on the first."""
    account = s.checking[owner]
    if s.run.profile.personas is not None:
        return [_one_pension(s, owner, account)]
    start, end = s.start[account], s.end[account]
    born = s.who.date_of_birth[owner]
    into = (born - born.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64)
    months = monthly(start, end, np.ones(len(owner), dtype=np.int64))
    first = months.day.astype(np.int64)
    wednesday = first + (6 - first % 7) % 7  # 1970-01-07 was one
    week = 1 + np.minimum(into // 10, 2)[months.stream]
    day = last_business((wednesday + 7 * week).astype("datetime64[D]"))
    dates = Dates(months.stream, months.period, day).where(day <= end[months.stream])
    net = _net(s, owner[dates.stream], np.full(len(dates.day), s.run.month // 12 * 12))
    social = np.minimum(net, _SOCIAL) // 100 * 100
    company = monthly(start, end, np.ones(len(owner), dtype=np.int64), moved=AFTER)
    rest = _net(s, owner[company.stream], company.month) - _SOCIAL
    rest = np.where(rest >= _LEAST_PENSION, rest, 0)
    return [
        _earned(s, account, dates, PENSION, social, DEPOSIT, "pension"),
        _earned(s, account, company, COMPANY_PENSION, rest, DEPOSIT, "company_pension"),
    ]


def _one_pension(s: Scene, owner: Int, account: Int) -> Events:
    """All of it on the third of each month, or the business day before, the same for years."""
    third = np.full(len(owner), _THIRD)
    dates = monthly(s.start[account], s.end[account], third, moved=BEFORE)
    cents = s.earns.net_month[owner] // 100 * 100
    return _earned(s, account, dates, PENSION, cents[dates.stream], DEPOSIT, "pension")


def _support(s: Scene, owner: Int) -> Events:
    """What a student gets from home on the first of each month, the same for years."""
    account = s.checking[owner]
    dates = monthly(
        s.start[account], s.end[account], np.ones(len(owner), dtype=np.int64), moved=AFTER
    )
    wish = s.earns.net_month[owner] * (1 - _students_pay(s))
    cents = np.maximum(np.floor(wish / _ROUND).astype(np.int64), 4) * _ROUND
    return _earned(s, account, dates, SUPPORT, cents[dates.stream], IN, "person")


def _benefits(s: Scene, owner: Int) -> Events:
    """What keeps who does not work: a steady transfer a month."""
    account = s.checking[owner]
    nominal = due_days(stream(s.run.seed, "life.benefit"), s.a.place[account])
    dates = monthly(s.start[account], s.end[account], nominal, moved=AFTER)
    cents = np.maximum(s.earns.net_month[owner] // _ROUND, 8) * _ROUND
    return _earned(s, account, dates, BENEFIT, cents[dates.stream], IN, "person")


def _funding(s: Scene, owner: Int) -> Events:
    """What comes from the main account, which is at another bank."""
    account = s.checking[owner]
    draw = stream(s.run.seed, "life.funding")
    place = s.a.place[account]
    dates = monthly(s.start[account], s.end[account], due_days(draw, place), moved=AFTER)
    part = _FUNDS[0] + (_FUNDS[1] - _FUNDS[0]) * draw.uniform(place, 1)
    wish = s.earns.net_month[owner] * part
    cents = np.maximum(np.floor(wish / _ROUND).astype(np.int64), 4) * _ROUND
    return _earned(s, account, dates, FUNDING, cents[dates.stream], IN, "linked_in")


def _several(
    s: Scene, account: Int, code: int, count: Int, name: str
) -> tuple[Dates, Int]:
    """Occurrences at so many odd business days of each month, and their places."""
    draw = stream(s.run.seed, name)
    parts, numbers = [], []
    for number in range(max(int(count.max(initial=0)), 1)):
        rows = np.flatnonzero(count > number)
        start, end = s.start[account[rows]], s.end[account[rows]]
        months = monthly(start, end, np.full(len(rows), 31))
        place = address(s.a.place[account[rows]][months.stream], code, months.period, number)
        first: Days = months.day.astype("datetime64[M]").astype("datetime64[D]")
        day = open_days(draw, place, first + draw.below(place, 28) * DAY)
        inside = (day >= start[months.stream]) & (day <= end[months.stream])
        parts.append(Dates(rows[months.stream], months.period, day).where(inside))
        numbers.append(np.full(int(inside.sum()), number))
    dates = _appended(parts)
    period, turn = dates.day.astype(np.int64), np.concatenate(numbers)
    return dates, address(s.a.place[account[dates.stream]], code, period, turn)


def _appended(parts: list[Dates]) -> Dates:
    return Dates(*(
        np.concatenate([getattr(p, name) for p in parts]) for name in ("stream", "period", "day")
    ))  # fmt: skip


def _invoices(s: Scene, owner: Int) -> Events:
    """What clients pay the self-employed: a few times a month, never the same."""
    account = s.checking[owner]
    draw = stream(s.run.seed, "life.invoice")
    count = draw.between(s.a.place[account], *_INVOICES)
    dates, place = _several(s, account, INVOICE, count, "life.invoice_day")
    row = dates.stream
    mean = _net(s, owner[row], dates.month) * 1.3 / count[row]
    cents = np.floor(mean * exp(0.4 * draw.normal(place, 1)) * 0.92 + 1).astype(np.int64)
    surplus = life_of(s.run).surplus
    if surplus is not None:  # or all of a month's could be more than an account may hold
        cents = np.minimum(cents, in_cents(surplus) // 3)
    return _deposits(s, account[row], dates, place, INVOICE, cents, (0.55, 0.30, 0.15), "invoice")


def _takings(s: Scene, owner: Int) -> Events:
    """What a firm takes in: its customers' payments, cards and cash."""
    account = s.checking[owner]
    draw = stream(s.run.seed, "life.takings")
    count = draw.between(s.a.place[account], *_TAKINGS)
    dates, place = _several(s, account, TAKINGS, count, "life.takings_day")
    row = dates.stream
    mean = revenue(s, owner[row], dates.month) / count[row]
    cents = np.floor(mean * exp(0.5 * draw.normal(place, 1)) * 0.88 + 1).astype(np.int64)
    return _deposits(s, account[row], dates, place, TAKINGS, cents, (0.72, 0.06, 0.22), "")


def revenue(s: Scene, owner: Int, month: Int) -> Float:
    """Cents that a firm takes in a month."""
    season = np.array([0.9, 0.9, 1, 1, 1.02, 1.02, 1, 1, 1, 1.02, 1.06, 1.08])[month % 12]
    years = (s.run.month - month) / 12
    return np.asarray(s.earns.gross[owner] * _REVENUE / 12 * season * (1 - 0.03 * years))


def _deposits(
    s: Scene, account: Int, dates: Dates, place: Int, code: int, cents: Int,
    ways: tuple[float, float, float], purpose: str,
) -> Events:  # fmt: skip
    """Credits by the clearing house, by telephone's camera, at the counter (cash in twenties)."""
    draw = stream(s.run.seed, "life.deposit")
    channel = np.array([ACH, MOBILE, BRANCH])[draw.pick(place, ways)]
    high = s.run.profile.transactions.amount["deposit"].cents[1]
    counter = (channel == BRANCH) & draw.chance(place, _IN_CASH, 1)
    cents = np.where(counter, np.maximum(cents // 2000, 1) * 2000, cents)
    by_hand = at_counter(draw, place, dates.day, s.zone[account])
    at = np.where(channel == ACH, cleared(draw, place, dates.day), by_hand)
    return events(
        account, at, place, way=EARNED, wish=np.clip(cents, 500, high), kind=DEPOSIT, payee=code,
        channel=channel, purpose=np.where(channel == ACH, PURPOSES.index(purpose), 0),
    )  # fmt: skip
