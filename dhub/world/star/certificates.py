"""Takes a shard, gives its certificates of deposit: money for a term, with its interest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import exp, folded, stream
from dhub.memo import of_shard
from dhub.model import Run, Shard
from dhub.world.calendar import add_months
from dhub.world.star.booked import NEVER, Booked, holders, since
from dhub.world.star.days import calendar
from dhub.world.star.products import TERMS, certificate_rates

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

KINDS = ("deposit", "interest", "closing_payout")
DEPOSIT, INTEREST, PAYOUT = range(len(KINDS))
MILLI = 1000
_TERMS = (0.14, 0.34, 0.16, 0.18, 0.10, 0.08)  # how often each term is chosen (assumed)
_UNIT = 50_000  # cents: what certificates are multiples of
_SECOND = np.timedelta64(1, "s")
# Hours in UTC and within how many: counters are open from coast to coast from 18 to 20; interest
# comes before, the payout after it.
_HOURS, _WITHIN = np.array([18, 10, 15]), np.array([2, 1, 2])


@dataclass(frozen=True)
class Certificates:
    """The certificates of a whole shard, ordered by owner; money in cents."""

    owner: Int  # customer within the shard
    place: Int
    term: Int  # index into TERMS
    rate: Int  # thousandths of a percent a year
    principal: Int
    opened_date: Days
    maturity_date: Days
    matured: NDArray[np.bool_]
    opening_balance: Int  # what it held before the calendar begins, 0 where it was opened since
    current_balance: Int

    @property
    def closed_date(self) -> Days:
        """The day it was paid out, NaT while it runs."""
        return np.where(self.matured, self.maturity_date, NEVER)


def certificates(shard: Shard) -> Certificates:
    """The certificates of a shard; none where the profile has no such section."""
    return _certificates(shard.run, shard.index)[0]


def certificate_rows(shard: Shard) -> Booked:
    """What is booked on them since the calendar begins: `kind` is an index into KINDS."""
    return _certificates(shard.run, shard.index)[1]


@of_shard()
def _certificates(run: Run, index: int) -> tuple[Certificates, Booked]:
    said = run.profile.certificates
    share, several = (said.holders, said.several) if said else (0.0, 0.0)
    owner, place = holders(run, index, "star.certificates", share, several)
    draw = stream(run.seed, "star.certificate")
    opened = since(run, index, "star.certificate_day", owner, place, said.years if said else 1)
    term = draw.pick(place, _TERMS)
    maturity = add_months(opened, np.array(TERMS)[term])
    kept = np.flatnonzero(maturity > calendar(run)[0])  # the others ended before anybody looks
    owner, place, term = owner[kept], place[kept], term[kept]
    opened, maturity = opened[kept], maturity[kept]
    low, high = (np.array([round(certificate_rates(m)[end] * MILLI) for m in TERMS])
                 for end in (0, 1))  # fmt: skip
    rate = draw.between(place, low[term] // 50, high[term] // 50, 1) * 50
    principal = _principals(run, place)
    grid, balance = _grown(principal, rate, np.array(TERMS)[term])
    rows = _rows(run, place, opened, maturity, np.array(TERMS)[term], principal, grid, balance)
    opening = _held(run, opened, principal, balance)
    current = opening.copy()
    current[rows.account] = rows.balance  # the last of an account is what stays
    matured = maturity < run.today
    return Certificates(
        owner, place, term, rate, principal, opened, maturity, matured, opening, current
    ), rows


def _principals(run: Run, place: Int) -> Int:
    said, draw = run.profile.certificates, stream(run.seed, "star.certificate_amount")
    if said is None:
        return place
    low, high = said.amount.cents
    wish = float(said.amount_median) * 100 * exp(said.amount_sigma * draw.normal(place))
    cents = folded(wish.astype(np.int64), np.full(len(place), low), np.full(len(place), high))
    return np.clip(cents // _UNIT * _UNIT, -(-low // _UNIT) * _UNIT, high)


def _grown(principal: Int, rate: Int, months: Int) -> tuple[Int, Int]:
    """Interest of each month of each certificate, and the balance after it."""
    longest = max(TERMS)
    interest = np.zeros((len(principal), longest), dtype=np.int64)
    balance = np.zeros((len(principal), longest + 1), dtype=np.int64)
    balance[:, 0] = principal
    for month in range(longest):
        earned = balance[:, month] * rate // (1200 * MILLI)
        interest[:, month] = np.where(month < months, earned, 0)
        balance[:, month + 1] = balance[:, month] + interest[:, month]
    return interest, balance


def _rows(
    run: Run, place: Int, opened: Days, maturity: Days, months: Int, principal: Int, interest: Int,
    balance: Int,
) -> Booked:  # fmt: skip
    """Deposit, interest on the day of each month, payout: what lies within the calendar."""
    number, month = np.nonzero(interest > 0)
    credited = add_months(opened[number], month + 1)
    ended = np.flatnonzero(maturity < run.today)
    every = np.arange(len(opened))
    account = np.concatenate([every, number, ended])
    day = np.concatenate([opened, credited, maturity[ended]])
    kind = np.repeat([DEPOSIT, INTEREST, PAYOUT], [len(every), len(number), len(ended)])
    spot = stream(run.seed, "star.certificate_time").below(
        place[account] * 4096 + day.astype("datetime64[M]").astype(np.int64),
        _WITHIN[kind] * 3600, 1,
    )  # fmt: skip
    final = balance[ended, months[ended]]
    rows = Booked(
        account, day.astype("datetime64[us]") + (_HOURS[kind] * 3600 + spot) * _SECOND, kind,
        np.concatenate([principal, interest[number, month], final]),
        np.concatenate([principal, balance[number, month + 1], np.zeros_like(final)]),
    )  # fmt: skip
    told = (day >= calendar(run)[0]) & (day < run.today)
    order = np.lexsort((rows.at, account))
    return rows.take(order[told[order]])


def _held(run: Run, opened: Days, principal: Int, balance: Int) -> Int:
    """The balance with which each comes into the calendar."""
    begins = calendar(run)[0]
    past = np.zeros(len(opened), dtype=np.int64)
    for month in range(1, max(TERMS) + 1):
        past += add_months(opened, np.full(len(opened), month)) < begins
    return np.where(opened < begins, balance[np.arange(len(opened)), past], 0)
