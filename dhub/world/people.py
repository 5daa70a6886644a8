"""Takes a shard, gives its customers: who they are to the bank and since when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import one_of, spread, stream
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.profiles import Mix
from dhub.world import standing as cells
from dhub.world.calendar import DAY, last_business
from dhub.world.joining import joining
from dhub.world.kinship import SINGLE, Kin, kin
from dhub.world.personas import ages, kinds, personas_of, told_since
from dhub.world.staff import AGENTS, staff

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

SEGMENTS = ("retail", "premium", "corporate", "private_banking")
RETAIL, PREMIUM, CORPORATE, PRIVATE = range(4)
STATUSES = ("active", "dormant", "closed")
ACTIVE, DORMANT, CLOSED = range(3)
KYC = ("verified", "pending", "expired")
VERIFIED, PENDING, EXPIRED = range(3)
RISKS = ("low", "medium", "high")

YEAR = 365.25
YOUNGEST = 10  # days with the bank of the newest customer (assumed)

# How long a customer must have been with the bank to have come to be in this cell, in days.
_TENURE = np.full(11, YOUNGEST)
_TENURE[[cells.ONE_DORMANT]] = 560
_TENURE[[cells.ONE_CLOSED, cells.NONE_CLOSED]] = 240
_TENURE[[cells.ONE_EXPIRED, cells.NONE_EXPIRED]] = 570  # a year of validity, then frozen
_TENURE[[cells.ONE_FROZEN, cells.MANY_ACTIVE]] = 150
_TENURE[[cells.MANY_ONE_CLOSED]] = 260
LONGEST_STANDING = int(_TENURE.max())


@dataclass(frozen=True)
class People:
    """The customers of a whole shard, one element each (SHARD_CUSTOMERS of them)."""

    place: Int
    customer_id: Int
    segment: Int
    cell: Int  # joint stratum of `standing`
    status: Int
    kyc: Int
    risk: Int
    date_of_birth: Days
    created_at: NDArray[np.datetime64]  # [us]
    ended: Days  # day a closed customer left; NaT for the others
    silent_since: Days  # last day of a dormant customer's movements; NaT for the others
    account_count: Int
    agent_id: Int  # employee_id, 0 for none
    branch: Int  # index of the home branch
    kin: Kin  # who is whose spouse and child

    @property
    def onboarding_date(self) -> Days:
        return self.created_at.astype("datetime64[D]")

    @property
    def lifetime_end(self) -> Days:
        """Last day on which the customer can act, NaT when that is still open."""
        return self.ended


def in_order(mix: Mix, names: tuple[str, ...]) -> list[float]:
    """Weights of a mix in the order of the code's own category names."""
    return [mix.share(name) for name in names]


@of_shard(2)
def people(shard: Shard) -> People:
    """The customers of a shard; the same whatever `shard.customers` and `attempt` are."""
    return _people(shard.run, shard.index)


@of_shard()
def _people(run: Run, index: int) -> People:
    place = Shard(run, index).places
    first = int(place[0])
    c = run.profile.customers

    def mix(name: str, weights: list[float], score: NDArray[np.float64] | None = None) -> Int:
        return spread(stream(run.seed, name), weights, SHARD_CUSTOMERS, first, score)

    persona = personas_of(run, index)
    segment = mix("people.segment", in_order(c.segment, SEGMENTS), _wealth(run, persona))
    cell = spread(
        stream(run.seed, "people.cell"),
        cells.cell_weights(run.profile),
        SHARD_CUSTOMERS,
        first,
        _leaning(run, segment),
        cells.SHAPE,
    )
    risk = mix("people.risk", in_order(c.risk, RISKS), _risk_leaning(segment, cell))
    birth, first_day, last_day = _dates(run, place, cell, persona)
    family = kin(run, place, birth, segment != CORPORATE, _like(run, persona))
    branch = _home_branch(run, place)[family.head]
    created = joining(run, place, birth, first_day, last_day, branch, segment == CORPORATE)
    has_agent = mix("people.has_agent", [c.agent, 1 - c.agent]) == 0
    agent = staff(run).near(AGENTS, branch, stream(run.seed, "people.agent").uniform(place))
    return People(
        place,
        place + 1,
        segment,
        cell,
        _STATUS[cell],
        _KYC[cell],
        risk,
        birth,
        created,
        _ended(run, place, cell, created),
        _silent(run, place, cell, created),
        _account_counts(run, index, cell, segment),
        np.where(has_agent, agent, 0), branch, family,
    )


_STATUS = np.full(11, ACTIVE)
_STATUS[cells.ONE_DORMANT] = DORMANT
_STATUS[[cells.ONE_CLOSED, cells.NONE_CLOSED]] = CLOSED
_KYC = np.full(11, VERIFIED)
_KYC[cells.NONE_PENDING] = PENDING
_KYC[[cells.ONE_EXPIRED, cells.NONE_EXPIRED]] = EXPIRED


def _home_branch(run: Run, place: Int) -> Int:
    branches = staff(run).open_branches
    return np.asarray(branches[stream(run.seed, "people.branch").below(place, len(branches))])


def _wealth(run: Run, persona: Int) -> NDArray[np.float64] | None:
    """How the personas lean to the segments; none where the profile has none."""
    known = kinds(run)
    if not known:
        return None
    table = np.array([[kind.segments[name] for name in SEGMENTS] for kind in known])
    return np.where(table > 0, 0.5 * table, -5.0)[persona]


def _like(run: Run, persona: Int) -> Int:
    """SINGLE for students, 1 for parents of small children, who live with their like."""
    like = [SINGLE if kind.work.share("student") > 0.5 else int(kind.children.share("0") == 0)
            for kind in kinds(run)]  # fmt: skip
    return np.array([*like, 0])[persona]  # -1 is the last


def _leaning(run: Run, segment: Int) -> NDArray[np.float64]:
    """Several accounts go to the segments the profile names; an account to the richer ones."""
    propensity = run.profile.accounts.multiple_by_segment
    many = np.array([propensity[name] for name in SEGMENTS])
    many = many / max(many.max(), 1e-9)
    score = np.zeros((len(segment), 11))
    score[:, [cells.MANY_ACTIVE, cells.MANY_ONE_CLOSED]] = np.where(many > 0, many, -5.0)[segment][
        :, None
    ]
    return score


def _risk_leaning(segment: Int, cell: Int) -> NDArray[np.float64]:
    """Companies, private banking, expired documents and moving money are riskier (assumed)."""
    lean = 0.3 * one_of(segment, (CORPORATE, PRIVATE)) + 0.4 * (_KYC[cell] == EXPIRED)
    lean = lean + 0.3 * one_of(cell, (cells.ONE_ACTIVE, cells.MANY_ACTIVE, cells.MANY_ONE_CLOSED))
    return np.stack([np.zeros_like(lean), lean * 0.7, lean], axis=1)


def _dates(run: Run, place: Int, cell: Int, persona: Int) -> tuple[Days, Days, Days]:
    """Birth date, and between which days each joined: of age, and long enough ago for the cell."""
    c = run.profile.customers
    tenure = np.maximum(_TENURE[cell], _settled(run, cell))
    grown_up = 18 + (tenure + 3) / YEAR
    if kinds(run):
        low, high = ages(run)[persona].T
        low = np.maximum(low, grown_up)
        age = low + (high - 0.003 - low) * stream(run.seed, "people.age").uniform(place)
    else:
        low, high = float(c.age.low), float(c.age.high)
        age = c.age_mean + c.age_deviation * stream(run.seed, "people.age").normal(place)
        again = low + (high - low) * stream(run.seed, "people.age.tail").uniform(place)
        youngest = np.maximum(low, grown_up)
        age = np.where((age < youngest) | (age >= high + 1), np.maximum(again, youngest), age)
    birth = run.today - np.floor(age * YEAR).astype(np.int64) * DAY
    grown = np.floor((age - 18) * YEAR).astype(np.int64) - 2
    longest = np.maximum(np.minimum(int(c.years * YEAR) - 2, grown), tenure)
    return birth, run.today - longest * DAY, run.today - tenure * DAY


def _settled(run: Run, cell: Int) -> Int:
    """Days after which accounts have listed as many rows as a profile of lives asks for; a second
    account lists its interest alone."""
    if not run.profile.applies("transactions.per_account") or run.profile.life is None:
        return np.zeros_like(cell)
    low = run.profile.transactions.per_account.low
    return np.where(cell >= cells.MANY_ACTIVE, 31 * (low + 4), 45 + 10 * low)


def _ended(run: Run, place: Int, cell: Int, created: NDArray[np.datetime64]) -> Days:
    """The business day a closed customer left: about 150 days or more after joining."""
    tenure = (run.today - created.astype("datetime64[D]")).astype(np.int64)
    longest = np.minimum(np.maximum(tenure - 150, 2), _told(run, 240))
    ago = stream(run.seed, "people.ended").between(place, 2, longest)
    day = last_business(run.today - ago * DAY)
    return np.where(_STATUS[cell] == CLOSED, day, np.datetime64("NaT", "D"))


def _told(run: Run, less: int) -> int:
    """Days of the ledger of who has a persona, less some: none of them left before it begins."""
    told = int((run.today - told_since(run)).astype(np.int64)) if kinds(run) else 10**6
    return max(told - less, 2)


def _silent(run: Run, place: Int, cell: Int, created: NDArray[np.datetime64]) -> Days:
    """The last active day of a dormant customer: more than a year before the as-of date."""
    tenure = (run.today - created.astype("datetime64[D]")).astype(np.int64)
    longest = np.maximum(np.minimum(np.minimum(tenure - 120, 900), _told(run, 120)), 368)
    ago = stream(run.seed, "people.silent_since").between(place, 368, longest)
    return np.where(_STATUS[cell] == DORMANT, run.today - ago * DAY, np.datetime64("NaT", "D"))


def _account_counts(run: Run, index: int, cell: Int, segment: Int) -> Int:
    """Accounts of each customer; the counts of those with several are a mix of their own."""
    count = one_of(cell, range(cells.ONE_ACTIVE, cells.ONE_FROZEN + 1)).astype(np.int64)
    many = np.flatnonzero(cell >= cells.MANY_ACTIVE)
    mix = run.profile.accounts.per_multiple_holder
    sizes = np.array(mix.numbers)
    rich = one_of(segment[many], (CORPORATE, PRIVATE))[:, None] * (sizes - sizes.mean())
    draw = stream(run.seed, f"people.account_count.{index}")
    count[many] = sizes[spread(draw, mix.weights, len(many), score=0.3 * rich)]
    return count
