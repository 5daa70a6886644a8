"""Takes policies, gives their course: start, lapse, cancellation, a gap between two covers, end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream, within
from dhub.draw.choice import chosen
from dhub.model import Run
from dhub.world.calendar import DAY, add_months, last_business, month_of, next_business
from dhub.world.cover.holders import BRIEFEST, Holders
from dhub.world.cover.kinds import ACTIVE, CANCELLED, HEALTH, LAPSED, LIFE, MONTHS, TRAVEL

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Days = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

NEVER = np.datetime64("NaT", "D")
YEAR = 365.25
SETTLING = 9  # days from grace to lapse, at most: weekends, holidays, uneven months
YOUNGEST_TRIP = 350  # days: an active travel policy is younger, and ends a year after its start
OLDEST_FOR_GAP = 120  # days in force before somebody loses a cover and gets it back, at least
LONG_PAUSE = 200  # days since a reinstatement that make the cover after it the longer one to claim
LIFE_YEARS = (10, 15, 20, 25, 30)  # of term life; the others are whole life (assumed)
WHOLE_LIFE = 0.3
SLICES = 8  # of the range of starts, each with as many policies


@dataclass(frozen=True)
class Terms:
    """One element a policy."""

    status: Int
    start_date: Days
    end_date: Days  # last day of cover; NaT when open-ended
    stopped: Days  # day of lapse or cancellation; NaT for an active policy
    unpaid_from: Days  # the due date that a lapsed policy was not paid on
    interrupted: Days  # cancellation that was taken back, NaT for none
    resumed: Days  # day of that reinstatement
    dues: Int  # instalments that have fallen due, from the start on

    def in_gap(self, rows: Int, day: Days) -> Bools:
        """Whether each day lies between cancellation and reinstatement of the policy."""
        return np.asarray((day >= self.interrupted[rows]) & (day < self.resumed[rows]))

    def in_force(self, today: np.datetime64) -> tuple[Days, Days]:
        """First and last day of each policy's cover without a gap, until yesterday."""
        last = np.where(np.isnat(self.stopped), today, self.stopped) - DAY
        after = self.resumed < today - LONG_PAUSE * DAY
        before = ~np.isnat(self.resumed) & ~after
        first = np.where(after, self.resumed, self.start_date)
        return first, np.where(before, self.interrupted - DAY, last)


def terms(
    run: Run, index: int, holder: Holders, owner: Int, place: Int, kind: Int, frequency: Int
) -> Terms:
    """The course of the policies of `owner` (customers within the shard), each with its place."""
    months, left = MONTHS[frequency], holder.until[owner] < run.today
    need = _lapse_needs(run, months)
    status = _status(run, index, holder.room[owner], need, kind, months, left)
    part = _recency(run, place, frequency)
    start = _start(run, holder, owner, kind, status, need, part)
    unpaid = _unpaid(run, place, start, kind, status, months)
    gone = _cancelled(run, place, start, kind, status, holder.until[owner])
    stopped = np.where(status == LAPSED, _lapse(run, unpaid), gone)
    lost, back = _gap(run, index, place, start, kind, status)
    until = np.where(np.isnat(stopped), run.today, stopped)
    return Terms(
        status, start, np.where(np.isnat(stopped), _end(run, place, start, kind), stopped), stopped,
        unpaid, lost, back, dues(start, months, until),
    )  # fmt: skip


def dues(start: Days, months: Int, until: Days) -> Int:
    """How many of start, start + months, start + 2·months … lie before `until`."""
    last = until - DAY
    gone = (month_of(last) - month_of(start)) // months
    return np.asarray(gone + 1 - (add_months(start, gone * months) > last))


def _lapse_needs(run: Run, months: Int) -> Int:
    """Age in days at which a policy can have lapsed over its second instalment."""
    step = np.ceil(months * 30.5).astype(np.int64)
    return np.asarray(step + run.profile.insurance.payment_grace_days + SETTLING + 1)


def _status(run: Run, index: int, room: Int, need: Int, kind: Int, months: Int, left: Bools) -> Int:
    """Whoever left the bank has cancelled; who pays by the month lapses more easily (assumed)."""
    mix, seed = run.profile.insurance.status, run.seed
    status = np.full(len(room), ACTIVE)
    share, rest = mix.share("cancelled"), 1 - mix.share("cancelled")
    draw = stream(seed, f"cover.cancelled.{index}")
    cancelled = chosen(draw, share, room > BRIEFEST + 15, sure=left)
    status[cancelled] = CANCELLED
    rows = np.flatnonzero(~cancelled)
    able = (room >= need) & ~((kind == TRAVEL) & (need > int(YEAR)))
    share = mix.share("lapsed") / rest if rest > 0 else 0.0
    draw = stream(seed, f"cover.lapsed.{index}")
    lean = np.where(months[rows] < 12, 0.2, 0.0)
    lapsed = chosen(draw, share, able[rows], score=lean)
    status[rows[lapsed]] = LAPSED
    return status


def _start(
    run: Run, holder: Holders, owner: Int, kind: Int, status: Int, need: Int, part: Float
) -> Days:
    """That part of the days back to the earliest start which the course allows."""
    room = holder.room[owner]
    left = holder.until[owner] < run.today
    brief = (kind == TRAVEL) & ((status == ACTIVE) | left)
    most = np.where(brief, np.minimum(room, YOUNGEST_TRIP), room)
    least = np.where(status == LAPSED, need, np.where(status == ACTIVE, 1, BRIEFEST))
    least = np.minimum(least, most)
    age = least + np.floor(part * (most - least + 1)).astype(np.int64)
    return np.asarray(holder.until[owner] - age * DAY)


def _recency(run: Run, place: Int, frequency: Int) -> Float:
    """Numbers in [0, 1), evenly over SLICES, then bent so that the mean age is the profile's.

    Even for each frequency on its own: a few old monthly policies would make half of all premiums.
    """
    draw = stream(run.seed, "cover.start_date")
    even = (_slices(frequency, draw.uniform(place, 3)) + draw.uniform(place)) / SLICES
    years, window = float(run.profile.customers.years), float(run.profile.insurance.start_years)
    window = min(years, window)
    reach = window - window * window / (2 * years)  # mean of min(window, time with the bank)
    mean = run.profile.insurance.mean_age_years / reach
    # even has mean 1/2, even x another uniform number 1/4, their complements 1/2 and 3/4
    bent = draw.chance(place, min(abs(mean - 0.5) * 4, 1.0), 1)
    bend = np.where(bent, draw.uniform(place, 2), 1.0)
    return np.asarray(1 - (1 - even) * bend if mean > 0.5 else even * bend)


def _slices(frequency: Int, chance: Float) -> Int:
    """0 to SLICES-1, each once among SLICES consecutive policies of a frequency."""
    counted = within(np.bincount(frequency, minlength=len(MONTHS)))
    turn = np.empty(len(frequency), dtype=np.int64)
    turn[np.argsort(frequency, kind="stable")] = counted
    slices = np.empty(len(frequency), dtype=np.int64)
    slices[np.lexsort((chance, turn // SLICES, frequency))] = counted % SLICES
    return slices


def _unpaid(run: Run, place: Int, start: Days, kind: Int, status: Int, months: Int) -> Days:
    """The first instalment that a lapsed policy was not paid: the second or any later one."""
    age = (run.today - start).astype(np.int64)
    grace = run.profile.insurance.payment_grace_days
    most = np.floor((age - grace - SETTLING) / (months * 30.5)).astype(np.int64)
    trip = np.maximum((12 - (grace + 36) // 30) // months, 1)
    most = np.maximum(np.where(kind == TRAVEL, np.minimum(most, trip), most), 1)
    number = stream(run.seed, "cover.unpaid").between(place, 1, most)
    return np.where(status == LAPSED, add_months(start, number * months), NEVER)


def _lapse(run: Run, unpaid: Days) -> Days:
    """The first business day after the days of grace."""
    grace = run.profile.insurance.payment_grace_days
    lapsed = np.flatnonzero(~np.isnat(unpaid))
    day = np.full(len(unpaid), NEVER)
    day[lapsed] = next_business(unpaid[lapsed] + grace * DAY)
    return day


def _cancelled(run: Run, place: Int, start: Days, kind: Int, status: Int, until: Days) -> Days:
    """A business day a month or more after the start, or the day on which the customer left."""
    rows = np.flatnonzero(status == CANCELLED)
    longest = (until - start)[rows].astype(np.int64) - 1
    longest = np.where(kind[rows] == TRAVEL, np.minimum(longest, YOUNGEST_TRIP), longest)
    after = stream(run.seed, "cover.cancelled").between(place[rows], 30, np.maximum(longest, 30))
    chosen_day = _business_before(start[rows] + after * DAY, run.today)
    day = np.full(len(place), NEVER)
    day[rows] = np.where(until[rows] < run.today, until[rows], chosen_day)
    return day


def _gap(
    run: Run, index: int, place: Int, start: Days, kind: Int, status: Int
) -> tuple[Days, Days]:
    """Cancellation and reinstatement of active policies that were off for a while."""
    figures, seed = run.profile.insurance, run.seed
    age = (run.today - start).astype(np.int64)
    share = figures.events_per_policy * figures.event_type.share("reinstatement")
    able = (status == ACTIVE) & (age >= OLDEST_FOR_GAP) & (kind != TRAVEL)
    rows = np.flatnonzero(chosen(stream(seed, f"cover.reinstated.{index}"), share, able))
    draw, span = stream(seed, "cover.gap"), figures.reinstatement_days
    after = draw.between(place[rows], 30, age[rows] - 20)
    lost = _business_before(start[rows] + after * DAY, run.today - 5 * DAY)
    longest = np.minimum(span.high, (run.today - lost).astype(np.int64) - 1)
    days = draw.between(place[rows], np.clip(span.low, 1, longest), longest, 1)
    back = next_business(lost + days * DAY)
    late = (back >= run.today) | (back > lost + span.high * DAY)
    back = np.where(late, last_business(lost + days * DAY), back)
    empty = np.full(len(place), NEVER)
    interrupted, resumed = empty, empty.copy()
    interrupted[rows] = lost
    resumed[rows] = np.maximum(back, lost + DAY)
    return interrupted, resumed


def _business_before(day: Days, limit: Days | np.datetime64) -> Days:
    """The next business day, or the one before where the next is not before the limit."""
    ahead = next_business(day)
    return np.where(ahead < limit, ahead, last_business(day))


def _end(run: Run, place: Int, start: Days, kind: Int) -> Days:
    """Last day of an active cover: of a trip year, a life term, or this policy year's; health and
    whole life are open-ended."""
    draw = stream(run.seed, "cover.end_date")
    begun = dues(start, np.full(len(start), 12), np.full(len(start), run.today + DAY))
    term = np.array(LIFE_YEARS)[draw.below(place, len(LIFE_YEARS))]
    years = np.where(kind == LIFE, term, np.where(kind == TRAVEL, 1, begun))
    end = add_months(start, 12 * years) - DAY
    whole = (kind == LIFE) & draw.chance(place, WHOLE_LIFE, 1)
    return np.where(whole | (kind == HEALTH), NEVER, end)
