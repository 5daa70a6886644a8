"""Takes a shard, gives its loan applications: score, decision, and what comes of the loan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import one_of, spread, stream
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.world.calendar import DAY, next_business
from dhub.world.credit.applicants import BUSINESS, MOST_APPLICATIONS, Requests, requests
from dhub.world.credit.grades import Scale, scale
from dhub.world.credit.settle import barred, permitted
from dhub.world.opening import office_day
from dhub.world.people import CLOSED, DORMANT, People, in_order, people

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Flags = NDArray[np.bool_]
Days = NDArray[np.datetime64]

APPLICATION_STATUSES = ("approved", "rejected", "pending", "withdrawn")
APPROVED, REJECTED, PENDING, WITHDRAWN = range(4)
_UNDECIDED_LAST = ((APPROVED, REJECTED), (PENDING, WITHDRAWN))
LOAN_STATUSES = ("active", "paid_off", "defaulted", "restructured")
ACTIVE, PAID_OFF, DEFAULTED, RESTRUCTURED = range(4)
_TROUBLE_FIRST = ((DEFAULTED, RESTRUCTURED), (PAID_OFF, ACTIVE))

PENDING_DAYS = 29  # an undecided application is younger than a month (E03)
# Days an application must be old for its loan to have come this far: half a year of instalments
# before a default or a new agreement, three months before an early payoff.
_OLD_ENOUGH = np.array([7, 160, 250, 270])
_EARNS = 0.15  # a business pays from what it earns besides its owner's income (assumed)
# By type: how much safer it is than a personal loan of the same instalment, how little inclined
# its borrowers are to pay it off early, and after how many days they do as a rule (assumed).
SAFE = np.array([0.9, 0.0, 0.25, 0.2, 0.15])
_KEPT = np.array([0.5, 0.0, 0.2, 0.2, 0.4])
_PAID_OFF_AFTER = np.array([860, 160, 420, 330, 500])


@dataclass(frozen=True)
class Applications:
    """The applications of a whole shard, ordered by customer."""

    owner: Int  # customer within the shard
    place: Int
    application_id: Int
    loan_type: Int  # index into LOAN_TYPES
    requested_amount: Int  # cents
    term_months: Int
    annual_income: Int  # cents
    dti_ratio: Int  # ten-thousandths
    ltv: Float
    risk_score: Int
    standing: Float  # share of applicants with a worse score
    status: Int  # index into APPLICATION_STATUSES
    fate: Int  # index into LOAN_STATUSES, -1 where there is no loan
    application_date: Days
    decision_date: Days  # NaT while pending
    disbursement_date: Days  # NaT where there is no loan


def applications(shard: Shard) -> Applications:
    """The applications of a shard; the same whatever its `customers` and `attempt` are."""
    return _applications(shard.run, shard.index)


@of_shard()
def _applications(run: Run, index: int) -> Applications:
    who, asked, marks = people(Shard(run, index)), requests(run, index), scale(run.profile)
    cell, within = _scored(run, index, who, asked, marks)
    standing = marks.standing(cell, within)
    status = _decided(run, index, who, asked, standing)
    fate = _fates(run, index, who, asked, standing, status)
    applied, decided, paid_out = _dates(run, who, asked, status, fate)
    first = 1 + (index - 1) * SHARD_CUSTOMERS * MOST_APPLICATIONS
    return Applications(
        asked.owner,
        asked.place,
        first + np.arange(len(asked.owner)),
        asked.loan_type,
        asked.requested_amount,
        asked.term_months,
        asked.annual_income,
        asked.dti_ratio,
        asked.ltv,
        marks.score(cell, within),
        standing,
        status,
        fate,
        applied,
        decided,
        paid_out,
    )


def _debt_part(run: Run, asked: Requests) -> Float:
    """Where the DTI lies between the lowest and the highest, 0 to 1."""
    dti = run.profile.loans.dti
    return np.asarray((asked.dti_ratio / 10_000 - dti.low) / max(dti.high - dti.low, 1e-9))


def _scored(run: Run, index: int, who: People, asked: Requests, marks: Scale) -> tuple[Int, Float]:
    """Cell of the scale, and the part within it: better with income and age, worse with debt."""
    income = asked.annual_income / 100
    age = (run.today - who.date_of_birth).astype(np.int64)[asked.owner] / 365.25
    merit = 1.1 * income / (income + 70_000) + 0.5 * (age - 18) / 60
    merit = merit - 0.6 * _debt_part(run, asked) - 0.15 * who.risk[asked.owner]
    merit = merit - 0.9 * _strain(asked.burden)
    draw = stream(run.seed, f"credit.score.{index}")
    cells = len(marks.weights)
    score = 1.6 * merit[:, None] * (np.arange(cells) / cells)
    cell = spread(draw, marks.weights, len(merit), score=score)
    return cell, stream(run.seed, "credit.score.within").uniform(asked.place)


def _strain(burden: Float) -> Float:
    """How heavily an instalment weighs on the income: 0 to 1, half at a fifth of it (assumed)."""
    return np.asarray(burden / (burden + 0.2))


def _decided(run: Run, index: int, who: People, asked: Requests, standing: Float) -> Int:
    """Within each window the weakest are rejected: low score, high DTI, high LTV."""
    loans, value = run.profile.loans, run.profile.loans.appraised
    room = (asked.ltv - 1 / value.high) / max(1 / value.low - 1 / value.high, 1e-9)
    exposed = np.where(asked.ltv > 0, room, 2 / 3)
    merit = 1.0 * standing - 0.9 * _debt_part(run, asked) - 0.8 * exposed - 1.0
    merit = np.minimum(merit + _EARNS * (asked.loan_type == BUSINESS), 0.0)
    status = who.status[asked.owner]
    allowed = np.ones((len(merit), len(APPLICATION_STATUSES)), dtype=bool)
    allowed[:, PENDING] = ~one_of(status, (CLOSED, DORMANT))
    repaid = loans.loan_status.share("paid_off") > 0
    allowed[:, APPROVED] = (status != CLOSED) | (_may_be(asked)[:, PAID_OFF] & repaid)
    score = barred(allowed)
    score[:, APPROVED] += merit  # never positive, or it would count at the tree's root
    draw, weights = stream(run.seed, f"credit.status.{index}"), loans.status
    mix = in_order(weights, APPLICATION_STATUSES)
    return permitted(spread(draw, mix, len(merit), 0, score, _UNDECIDED_LAST), allowed)


def _may_be(asked: Requests) -> Flags:
    """Which fates an applicant's time with the bank leaves room for."""
    return np.asarray(_room(asked)[:, None] >= _OLD_ENOUGH)


def _room(asked: Requests) -> Int:
    """Days in which the applicant could ask."""
    return np.asarray(asked.oldest - asked.newest) + 1


def _fates(run: Run, index: int, who: People, asked: Requests, standing: Float, status: Int) -> Int:
    """What comes of each loan: defaults fall on the worst, who left has paid off."""
    rows = np.flatnonzero(status == APPROVED)
    left = who.status[asked.owner[rows]] == CLOSED
    allowed = _may_be(asked)[rows]
    allowed[left] = np.arange(len(LOAN_STATUSES)) == PAID_OFF
    score = barred(allowed)
    kind, strain = asked.loan_type[rows], _strain(asked.burden[rows])
    score[:, DEFAULTED] -= 2.2 * standing[rows] + SAFE[kind] - 1.2 * strain
    score[:, RESTRUCTURED] -= 1.4 * standing[rows] + SAFE[kind] - 0.8 * strain
    score[:, PAID_OFF] -= _KEPT[kind]
    score[:, PAID_OFF] -= 0.8 * (_room(asked)[rows] < _PAID_OFF_AFTER[kind])
    draw = stream(run.seed, f"credit.fate.{index}")
    weights = in_order(run.profile.loans.loan_status, LOAN_STATUSES)
    fate = np.full(len(status), -1)
    drawn = spread(draw, weights, len(rows), 0, score, _TROUBLE_FIRST)
    fate[rows] = permitted(drawn, allowed)
    return fate


def _dates(
    run: Run, who: People, asked: Requests, status: Int, fate: Int
) -> tuple[Days, Days, Days]:
    """Days of application, decision and payout, as long ago as status and fate need; officers
    see applicants while branches are open."""
    loans, draw = run.profile.loans, stream(run.seed, "credit.dates")
    low, high = _ages(who, asked, status, fate)
    over = fate == PAID_OFF
    low = np.where(over, np.clip(_PAID_OFF_AFTER[asked.loan_type], low, high), low)
    age = draw.between(asked.place, low, high)
    earlier = draw.between(asked.place, low, high, 3)  # what is paid off was mostly lent long ago
    age = np.where(over, np.maximum(age, earlier), age)
    office = stream(run.seed, "credit.office_day")
    first, last = run.today - high * DAY, run.today - low * DAY
    applied = office_day(office, asked.place, run.today - age * DAY, first, last)
    age = (run.today - applied).astype(np.int64)
    # What is over must be over before today, and before a customer who left had gone.
    limit = np.where(who.status[asked.owner] == CLOSED, asked.newest, 1)
    wait = np.where(status == APPROVED, loans.disbursement_days.low, 0)
    longest = np.minimum(loans.decision_days.high, age - limit - wait)
    took = draw.between(asked.place, np.minimum(loans.decision_days.low, longest), longest, 1)
    decided = _on_business_days(applied, took, longest)
    left = age - limit - (decided - applied).astype(np.int64)
    slowest = np.minimum(loans.disbursement_days.high, left)
    wait = draw.between(asked.place, np.minimum(loans.disbursement_days.low, slowest), slowest, 2)
    paid_out = _on_business_days(decided, wait, slowest)
    none = np.datetime64("NaT", "D")
    return (
        applied,
        np.where(status == PENDING, none, decided),
        np.where(status == APPROVED, paid_out, none),
    )


def _ages(who: People, asked: Requests, status: Int, fate: Int) -> tuple[Int, Int]:
    """Fewest and most days before the as-of date on which each was applied for."""
    past = np.where(status == PENDING, 1, np.where(status == APPROVED, _OLD_ENOUGH[fate], 2))
    state = who.status[asked.owner]
    low = np.where(state == CLOSED, asked.newest - 1 + past, past)
    low = np.where(state == DORMANT, np.maximum(low, asked.newest), low)
    high = np.where(status == PENDING, PENDING_DAYS, asked.oldest)
    running = (status == APPROVED) & (fate != PAID_OFF)  # not matured yet: a month has 28 days up
    high = np.where(running, np.minimum(high, 30 * asked.term_months), high)
    high = np.minimum(high, asked.oldest)
    return np.minimum(low, high), high


def _on_business_days(start: Days, days: Int, most: Int) -> Days:
    """`days` after the start, moved to the next business day unless that passes `most`."""
    day = next_business(start + days * DAY)
    fits = (day - start).astype(np.int64) <= most
    return np.where(fits, day, start + days * DAY)
