"""Takes habits, gives what comes every two weeks or every month: pay, bills, services, loans."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream, stream
from dhub.profiles.preset import SERVICES
from dhub.profiles.values import cents
from dhub.world.outside.everyday.habits import JOB_CHANGE, Habits, figures
from dhub.world.outside.grids import Hits, backward, forward, monthly, near
from dhub.world.outside.kinds import CODES, ONLINE, OTHER
from dhub.world.outside.payees import EMPLOYER, coined, listed
from dhub.world.outside.plan import LOAN_PAID, OWN_CODES, Events, address, events
from dhub.world.outside.run import OutsideRun

Int = NDArray[np.int64]
Float = NDArray[np.float64]

PAY, NEW_PAY, RENT, UTILITIES, INSURANCE, SERVICE = range(OWN_CODES, OWN_CODES + 6)
_STEADY, _VARYING = 0.002, 0.019  # how far a pay is off, of those on a salary and of the others
_SALARIED = 0.5
_UTILITIES_OFF = 0.06  # months from their mean, so that none is a tenth from what is measured
_SERVICE_OF = (
    "ENTERTAINMENT_TV_AND_MOVIES", "ENTERTAINMENT_MUSIC_AND_AUDIO",
    "GENERAL_MERCHANDISE_ONLINE_MARKETPLACES", "PERSONAL_CARE_GYMS_AND_FITNESS_CENTERS",
    "GENERAL_SERVICES_OTHER_GENERAL_SERVICES",
)  # fmt: skip
_DAY_BITS = 16


def regular(run: OutsideRun, h: Habits, checking: Int) -> list[Events]:
    """All of it, in the window; `checking` is each user's row of the plan's accounts."""
    made = [*pay(run, h, checking), _rent(run, h, checking), _utilities(run, h, checking),
            _insurance(run, h, checking), _instalments(run, h, checking),
            *_services(run, h, checking)]  # fmt: skip
    return [part.within(run.first, run.last) for part in made]


def pay(run: OutsideRun, h: Habits, checking: Int) -> list[Events]:
    """Every 14 days or on a day of the month, or on the business day before; after another job
    from another employer and of another amount, a payday having been left out."""
    low, high = (run.first - h.phase) // 14, (run.last + 6 - h.phase) // 14
    turns = int(np.max(high - low, initial=0)) + 1
    row = np.repeat(np.arange(len(h.user)), turns)
    number = np.tile(np.arange(turns), len(h.user)) + low[row]
    grid = Hits(row, h.phase[row] + 14 * number, number)
    month = monthly(h.phase, run.first, run.last + 6)
    both = []
    for hits, fit in ((grid, h.biweekly), (month, ~h.biweekly)):
        some = fit[hits.row]
        both.append(Hits(hits.row[some], hits.day[some], hits.period[some]))
    paid = Hits(*(np.concatenate([getattr(hits, name) for hits in both])
                  for name in ("row", "day", "period")))  # fmt: skip
    moved = np.flatnonzero(h.event == JOB_CHANGE)
    changed = np.isin(paid.row, moved)
    away = changed & (paid.period == h.skipped[paid.row])
    before = changed & (paid.period < h.skipped[paid.row])
    return [_payroll(run, h, checking, paid, ~away & ~before, NEW_PAY),
            _payroll(run, h, checking, paid, before, PAY)]  # fmt: skip


def _payroll(
    run: OutsideRun, h: Habits, checking: Int, paid: Hits, some: NDArray[np.bool_], code: int
) -> Events:
    row, period = paid.row[some], paid.period[some]
    day = backward(paid.day[some])
    place, draw = address(h.user[row], code, period), stream(run.seed, run.named("pay"))
    salaried = draw.chance(h.user, _SALARIED, 1)[row]
    off = np.where(salaried, _STEADY, _VARYING) * (2 * draw.uniform(place) - 1)
    base = h.monthly[row] * np.where(h.biweekly[row], 12 / 26, 1.0)
    much = base * np.where(code == PAY, h.change[row], 1.0) * (1 + off)
    return events(
        checking[row], day, -np.floor(much + 0.5).astype(np.int64), place,
        category=CODES["INCOME_SALARY"], channel=OTHER, merchant=listed(EMPLOYER)[0],
    )  # fmt: skip


def _bill(
    run: OutsideRun, h: Habits, checking: Int, some: Int, code: int, nominal: Int, amount: Int,
    category: str, merchant: Int, on: Callable[[Int, Int], Int],
) -> Events:  # fmt: skip
    """A bill of the users in rows `some`, every month about a nominal day."""
    due = monthly(nominal, run.first, run.last)
    row = some[due.row]
    return events(
        checking[row], on(due.day, row), amount[row], address(h.user[row], code, due.period),
        category=CODES[category], channel=ONLINE, merchant=merchant[row],
    )  # fmt: skip


def _payee(run: OutsideRun, h: Habits, kind: str) -> Int:
    return coined(kind, h.branch, stream(run.seed, run.named(f"payee.{kind}")).uniform(h.user))


def _rent(run: OutsideRun, h: Habits, checking: Int) -> Events:
    """On the first of the month or a day or two later; before it only where no bank works."""
    some, late = np.arange(len(h.user)), _habit(run, h, "rent.day", 3)
    first = np.ones(len(h.user), dtype=np.int64)
    return _bill(
        run, h, checking, some, RENT, first, h.rent, "RENT_AND_UTILITIES_RENT",
        _payee(run, h, "landlord"), lambda day, row: near(day, late[row]),
    )  # fmt: skip


def _habit(run: OutsideRun, h: Habits, name: str, count: int) -> Int:
    """A user's own way, most often the first one."""
    u = stream(run.seed, run.named(name)).uniform(h.user)
    return np.asarray((count * u * u).astype(np.int64))


def _utilities(run: OutsideRun, h: Habits, checking: Int) -> Events:
    """About the 15th, month by month a little more or less."""
    some, late = np.arange(len(h.user)), _habit(run, h, "utilities.day", 5)
    middle = np.full(len(h.user), 15)
    made = _bill(
        run, h, checking, some, UTILITIES, middle, h.utilities,
        "RENT_AND_UTILITIES_GAS_AND_ELECTRICITY", _payee(run, h, "utility"),
        lambda day, row: near(day, late[row]),
    )  # fmt: skip
    u = stream(run.seed, run.named("utilities.amount")).uniform(made.place)
    off = 1 + _UTILITIES_OFF * (2 * u - 1)
    return _priced(made, np.floor(made.cents * off + 0.5).astype(np.int64))


def _priced(made: Events, amount: Int) -> Events:
    return Events(made.account, made.day, amount, made.category, made.merchant, made.channel,
                  made.lag, made.pending, made.place)  # fmt: skip


def _insurance(run: OutsideRun, h: Habits, checking: Int) -> Events:
    """A premium on a day of one's own."""
    some = np.arange(len(h.user))
    day = 1 + stream(run.seed, run.named("insurance.day")).below(h.user, 28)
    return _bill(
        run, h, checking, some, INSURANCE, day, h.insurance, "GENERAL_SERVICES_INSURANCE",
        _payee(run, h, "insurer"), lambda day, row: forward(day),
    )  # fmt: skip


def _instalments(run: OutsideRun, h: Habits, checking: Int) -> Events:
    """Of student loans, on their day or the business day before it."""
    some = np.flatnonzero(h.loans.has)
    return _bill(
        run, h, checking, some, LOAN_PAID, h.loans.day[some], h.loans.payment,
        "LOAN_PAYMENTS_STUDENT_LOAN_PAYMENT", h.loans.servicer, lambda day, row: backward(day),
    )  # fmt: skip


def _services(run: OutsideRun, h: Habits, checking: Int) -> list[Events]:
    """Each at its price, on a day of the month and up to two days off."""
    made = []
    for service, name in enumerate(SERVICES):
        some = np.flatnonzero(h.services[:, service])
        draw = stream(run.seed, run.named(f"service.{service}"))
        price = np.full(len(h.user), cents(figures(run).services[name]))

        def about(day: Int, row: Int, draw: Stream = draw) -> Int:
            u = draw.uniform(h.user[row] << _DAY_BITS | day)
            return near(day, (5 * u * u * u).astype(np.int64))

        made.append(_bill(
            run, h, checking, some, SERVICE + service, 1 + draw.below(h.user[some], 28, 1), price,
            _SERVICE_OF[service], np.full(len(h.user), listed(name)[0]), about,
        ))  # fmt: skip
    return made
