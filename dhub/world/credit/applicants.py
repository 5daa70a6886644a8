"""Takes a shard, gives who asks for which loan: type, amount, term, and how they can afford it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, exp, expand, folded, one_of, spread, stream
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.accounts import USD, accounts
from dhub.world.calendar import DAY
from dhub.world.credit.annuities import dearest_payments, least_principals
from dhub.world.credit.settle import barred, permitted
from dhub.world.income import EMPLOYED, SELF_EMPLOYED, incomes
from dhub.world.people import CLOSED, CORPORATE, DORMANT, PREMIUM, PRIVATE, People, in_order, people
from dhub.world.personas import kinds, told_since

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Days = NDArray[np.datetime64]

MORTGAGE, PERSONAL, AUTO, BUSINESS, EDUCATION = range(len(LOAN_TYPES))
SECURED = (MORTGAGE, AUTO, BUSINESS)
MOST_APPLICATIONS = 5  # of a customer: the width of the application key space
SHORTEST_WINDOW = 20  # days in which a customer who left must have been able to apply (assumed)
ROUND = 50_000  # cents: applicants ask for multiples of 500
UNIT = 1_000  # cents: the others for multiples of 10

# What is asked for, in years of income, and its log-deviation, by type (assumed).
_MULTIPLE = np.array([3.1, 0.27, 0.46, 1.0, 0.50])
_SIGMA = np.array([0.42, 0.55, 0.40, 0.65, 0.60])
_AFFORDABLE = 0.8  # of the highest DTI may go into the new loan (assumed)
_STEP = np.array([60, 12, 12, 12, 12])  # terms come in whole years, of mortgages in fives
_BROKEN_TERM = 0.10  # share of the terms that are no whole years (assumed)


@dataclass(frozen=True)
class Requests:
    """The applications of a whole shard before they are judged, ordered by customer."""

    owner: Int  # customer within the shard
    seq: Int
    place: Int
    loan_type: Int  # index into LOAN_TYPES
    requested_amount: Int  # cents
    term_months: Int
    annual_income: Int  # cents
    burden: Float  # the new loan's instalment of the monthly income
    dti_ratio: Int  # ten-thousandths
    ltv: Float  # what the loan would be of the value behind it; 0 for unsecured types
    newest: Int  # days before the as-of date between which the customer could apply
    oldest: Int


@of_shard()
def requests(run: Run, index: int) -> Requests:
    """The requests of a shard; the same whatever its `customers` and `attempt` are."""
    who = people(Shard(run, index))
    newest, oldest = _window(run, who)
    owner, seq = expand(_counts(run, index, who, oldest - newest))
    place = child(who.place[owner], seq)
    kind = _types(run, index, who, owner)
    income = incomes(Shard(run, index)).gross[owner]
    term = _terms(run, kind, place)
    amount = _amounts(run, index, kind, place, income, term)
    term = _shortened(run, kind, amount, term)
    burden = amount * dearest_payments(run.profile)[kind, term] / (income / 12)
    return Requests(
        owner,
        seq,
        place,
        kind,
        amount,
        term,
        income,
        burden,
        _dti(run, place, burden),
        _ltv(run, kind, place),
        newest[owner],
        oldest[owner],
    )


def _window(run: Run, who: People) -> tuple[Int, Int]:
    """Days before the as-of date: since the customer joined, until he left or fell silent."""
    joined = (run.today - who.onboarding_date).astype(np.int64)
    oldest = np.minimum(joined, int(run.profile.loans.application_years * 365.25) - 2)
    if kinds(run):  # no loan is older than what the star tells
        oldest = np.minimum(oldest, int((run.today - told_since(run)).astype(np.int64)))
    newest = np.ones(SHARD_CUSTOMERS, dtype=np.int64)
    left, silent = who.status == CLOSED, who.status == DORMANT
    newest[left] = (run.today - who.ended[left]) // DAY + 1
    newest[silent] = (run.today - who.silent_since[silent]) // DAY
    return newest, oldest


def _counts(run: Run, index: int, who: People, room: Int) -> Int:
    """Applications of each customer: the share of applicants is exact, holders lean to it."""
    loans, first = run.profile.loans, int(who.place[0])
    a = accounts(Shard(run, index))
    holder = np.zeros(SHARD_CUSTOMERS, dtype=bool)
    holder[a.owner[a.currency == USD]] = True
    able = np.stack([room >= SHORTEST_WINDOW, np.ones(SHARD_CUSTOMERS, dtype=bool)], axis=1)
    score = barred(able)
    score[:, 0] += 0.7 * holder + np.array([0.0, 0.15, 0.2, 0.3])[who.segment]
    draw = stream(run.seed, "credit.applicants")
    share = [loans.applicants, 1 - loans.applicants]
    applies = permitted(spread(draw, share, SHARD_CUSTOMERS, first, score), able) == 0
    count = applies.astype(np.int64)
    asks = np.flatnonzero(applies)
    sizes = np.array([1, *loans.per_repeat_applicant.numbers])
    again = [loans.repeat_applicants * w for w in loans.per_repeat_applicant.weights]
    weights = [1 - loans.repeat_applicants, *again]
    count[asks] = sizes[spread(stream(run.seed, f"credit.repeat.{index}"), weights, len(asks))]
    return np.asarray(count)


def _types(run: Run, index: int, who: People, owner: Int) -> Int:
    """Companies borrow for business, families who earn for houses, the young for education
    (assumed)."""
    segment, work = who.segment[owner], incomes(Shard(run, index)).work[owner]
    earns = one_of(work, (EMPLOYED, SELF_EMPLOYED))
    age = (run.today - who.date_of_birth).astype(np.int64)[owner] / 365.25
    score = np.zeros((len(owner), len(LOAN_TYPES)))
    family = (age > 28) & (age < 58)
    score[:, MORTGAGE] = 0.4 * family + 0.2 * one_of(segment, (PREMIUM, PRIVATE))
    score[:, MORTGAGE] -= 0.7 * ~earns + 0.5 * (age < 25)
    score[:, AUTO] = 0.1 * (age < 70)
    score[:, BUSINESS] = 0.9 * (segment == CORPORATE) + 0.4 * (segment == PRIVATE)
    score[:, BUSINESS] += 0.6 * (work == SELF_EMPLOYED) - 0.3 * ~earns
    score[:, EDUCATION] = 0.8 * (age < 32) - 0.4 * (age > 50)
    weights = in_order(run.profile.loans.type, LOAN_TYPES)
    return spread(stream(run.seed, f"credit.type.{index}"), weights, len(owner), score=score)


def _terms(run: Run, kind: Int, place: Int) -> Int:
    """Months within the type's range: mostly whole years; houses are paid over many."""
    ranges = [run.profile.loans.term_months[name] for name in LOAN_TYPES]
    low = np.array([r.low for r in ranges])[kind]
    high = np.array([r.high for r in ranges])[kind]
    step = _STEP[kind]
    first, last = -(-low // step), high // step
    draw = stream(run.seed, "credit.term")
    longer = np.maximum(draw.uniform(place), draw.uniform(place, 1))
    u = np.where(kind == MORTGAGE, longer, draw.uniform(place))
    whole = (first + np.floor(u * (last - first + 1)).astype(np.int64)) * step
    broken = whole - np.where(draw.chance(place, _BROKEN_TERM, 2), 6, 0)
    return np.where(last < first, low, np.clip(broken, low, high))


def _amounts(run: Run, index: int, kind: Int, place: Int, income: Int, term: Int) -> Int:
    """Log-normal about years of income, within range and means, mostly round."""
    loans = run.profile.loans
    limits = np.array([loans.requested[name].cents for name in LOAN_TYPES])
    low, high = limits[kind, 0], limits[kind, 1]
    z = stream(run.seed, "credit.amount").normal(place)
    wish = np.floor(income * _MULTIPLE[kind] * exp(_SIGMA[kind] * z)).astype(np.int64)
    wish = folded(wish, low, high)
    monthly = income / 12 * (loans.dti.high * _AFFORDABLE)
    means = np.floor(monthly / dearest_payments(run.profile)[kind, term]).astype(np.int64)
    wish = np.clip(np.minimum(wish, means), low, high)
    share = [loans.requested_round, 1 - loans.requested_round]
    coarse = spread(stream(run.seed, f"credit.round.{index}"), share, len(wish)) == 0
    unit = np.where(coarse, ROUND, UNIT)
    rounded = (wish + unit // 2) // unit * unit
    least, most = -(-low // unit) * unit, high // unit * unit
    return np.where(least <= most, np.clip(rounded, least, most), wish)


def _shortened(run: Run, kind: Int, amount: Int, term: Int) -> Int:
    """Small loans run for fewer years, so that cents add up to little by the last instalment."""
    loans, least = run.profile.loans, least_principals(run.profile)
    low = np.array([loans.requested[name].cents[0] for name in LOAN_TYPES])[kind]
    granted = np.maximum(np.floor(amount * loans.approved_share.low).astype(np.int64), low)
    out = term.copy()
    for code, name in enumerate(LOAN_TYPES):
        mine = kind == code
        months = np.searchsorted(least[code], granted[mine], side="right") - 1
        step = int(_STEP[code])
        longest = np.maximum(months // step * step, loans.term_months[name].low)
        out[mine] = np.minimum(term[mine], longest)
    return out


def _dti(run: Run, place: Int, new: Float) -> Int:
    """Ten-thousandths: the new loan's payment and older debts, over the monthly income."""
    low, high = run.profile.loans.dti.low, run.profile.loans.dti.high
    draw = stream(run.seed, "credit.debts")
    part = draw.uniform(place) * (0.3 + 0.7 * draw.uniform(place, 1))
    least = np.maximum(low - new, 0.0)
    older = least + np.maximum(high - new - least, 0.0) * part
    return np.floor(np.clip(new + older, low, high) * 10_000 + 0.5).astype(np.int64)


def _ltv(run: Run, kind: Int, place: Int) -> Float:
    """Loan over value of secured types, as the profile's appraisals allow; leaning to the high."""
    appraised = run.profile.loans.appraised
    low, high = 1 / appraised.high, 1 / appraised.low
    u = np.sqrt(stream(run.seed, "credit.ltv").uniform(place))
    return np.where(one_of(kind, SECURED), low + (high - low) * u, 0.0)
