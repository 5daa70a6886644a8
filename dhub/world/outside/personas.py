"""Takes users of a shard, gives what each is an example of: archetype, edge, personas and pay.

All of it is a matter of the place in a pattern, so that fewer users are a prefix of more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.draw.choice import dealt
from dhub.errors import Fault
from dhub.profiles.preset import INCOMES, Archetypes
from dhub.profiles.values import Span
from dhub.world.outside.run import SHARD_USERS, OutsideRun

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

LETTERS = "HVSBCMNE"  # of the pattern, in the order of ARCHETYPES
ARCHETYPES = (
    "high_utilizer", "variable_income", "subscription_heavy", "savings_builder",
    "cash_flow_stressed", "multi_persona", "stable", "edge_cases",
)  # fmt: skip
PERSONAS = ("P1", "P2", "P3", "P4", "P5")
P1, P2, P3, P4, P5 = range(len(PERSONAS))
# Of the users with several personas, in turn.
COMBINATIONS = ((P1, P5), (P3, P4), (P1, P3), (P2, P3), (P1, P2), (P3, P5))
EDGES = (
    "", "utilization_50", "no_consent_p1", "merchants_3", "low_balance_30", "no_transactions",
    "only_pending", "cash_only", "gap_45",
)  # fmt: skip
(NO_EDGE, HALF_USED, NO_CONSENT, THREE_MERCHANTS, LOW_30, NO_ROWS, ONLY_PENDING, CASH_ONLY,
 GAP_45) = range(len(EDGES))  # fmt: skip
_EDGE_AT = {3: HALF_USED, 6: NO_CONSENT, 10: THREE_MERCHANTS, 13: LOW_30, 20: NO_ROWS,
            27: ONLY_PENDING, 33: CASH_ONLY, 83: GAP_45}  # fmt: skip
_EDGE_PERSONAS = {HALF_USED: P1, NO_CONSENT: P1, THREE_MERCHANTS: P3, LOW_30: P5}

PAYS = ("monthly", "biweekly", "irregular", "")
MONTHLY, BIWEEKLY, IRREGULAR, UNPAID = range(len(PAYS))

# How far an income stays away from what the least and the largest payroll pay out in a year,
# since payrolls vary a little.
_ROOM = (1.02, 0.975)
# Dollars a year of who is paid at long intervals, each pay within the range; and of P5, so that a
# month's money can be gone in half of it.
_FEW, _LEAST = (30_000, 38_400), (25_300, 39_500)
_MAY_BE_TWICE = 60_000  # dollars a year from which on some are paid every two weeks
_TWICE = 0.35


@dataclass(frozen=True)
class Lives:
    """One element a user of a slice of a shard."""

    run: OutsideRun
    number: Int  # from 1
    archetype: Int  # index into ARCHETYPES
    rank: Int  # which of its archetype, from 0, over the whole data set
    edge: Int  # index into EDGES
    shows: Bools  # (users, PERSONAS): which personas the rows shall trigger

    def part(self, low: int, high: int) -> Lives:
        """Those of some rows."""
        return Lives(self.run, *(getattr(self, name)[low:high] for name in _COLUMNS))

    def of(self, persona: int) -> Bools:
        """Who shows a persona."""
        return np.asarray(self.shows[:, persona])

    @property
    def lives_on_pay(self) -> Bools:
        """Who has a job and a household: all but those whom an edge makes special."""
        return ~np.isin(self.edge, (NO_ROWS, ONLY_PENDING, CASH_ONLY))

    @property
    def stressed(self) -> Bools:
        """Whose money of a month is gone in half of it."""
        return self.of(P5)

    @property
    def irregular(self) -> Bools:
        """Who is paid at long intervals."""
        return np.asarray(self.of(P2) | (self.edge == GAP_45))

    @property
    def regular(self) -> Bools:
        return np.asarray(self.lives_on_pay & ~self.stressed & ~self.irregular)


_COLUMNS = ("number", "archetype", "rank", "edge", "shows")


def said(run: OutsideRun) -> Archetypes:
    """The preset's figures; Fault in a preset that has none."""
    if run.figures.archetypes is None:
        raise Fault(f"preset {run.figures.name} says nothing of archetypes")
    return run.figures.archetypes


def hundredths(some: Span) -> tuple[int, int]:
    """Both ends of a range of percents, in hundredths."""
    return round(some.low * 100), round(some.high * 100)


def lives(run: OutsideRun, index: int) -> Lives:
    """The users of a shard by their places."""
    number = (index - 1) * SHARD_USERS + 1 + np.arange(SHARD_USERS)
    pattern = said(run).pattern
    turn, spot = np.divmod(number - 1, len(pattern))
    letter = np.array([LETTERS.index(one) for one in pattern])
    is_it = letter[:, None] == np.arange(len(LETTERS))
    before = np.cumsum(is_it, axis=0)[np.arange(len(pattern)), letter] - 1
    rank = before[spot] + turn * is_it.sum(axis=0)[letter[spot]]
    edge_at = np.zeros(len(pattern), dtype=np.int64)
    edge_at[np.array(list(_EDGE_AT)) - 1] = list(_EDGE_AT.values())
    return Lives(run, number, letter[spot], rank, edge_at[spot],
                 _shown(letter[spot], rank, edge_at[spot]))  # fmt: skip


def _shown(archetype: Int, rank: Int, edge: Int) -> Bools:
    """Which personas each shall trigger."""
    shows: Bools = archetype[:, None] == np.arange(len(PERSONAS))
    several = np.zeros((len(COMBINATIONS), len(PERSONAS)), dtype=bool)
    for row, personas in enumerate(COMBINATIONS):
        several[row, personas] = True
    multi = archetype == ARCHETYPES.index("multi_persona")
    shows[multi] = several[rank[multi] % len(COMBINATIONS)]
    for code, persona in _EDGE_PERSONAS.items():
        shows[edge == code, persona] = True
    return np.asarray(shows)


def income_tiers(who: Lives, weights: list[float], score: Float) -> Int:
    """The tier of each user's income: the mix holds as far as personas let it."""
    low, middle, upper, high = range(len(INCOMES))
    allowed = np.ones((len(who.number), len(INCOMES)), dtype=bool)
    poor = who.stressed | who.irregular
    allowed[poor, upper] = False
    allowed[~who.of(P4), high] = False
    allowed[who.of(P4), low] = False
    return dealt(who.run.seed, who.run.named("income"), weights, allowed, score)


def income_bounds(who: Lives) -> tuple[Int, Int]:
    """The least and the most dollars a year that payrolls can pay out to each user."""
    once, twice = _paid_out(who.run, 12), _paid_out(who.run, 26)
    kinds = [who.stressed, who.irregular, who.of(P4)]
    pairs = [_LEAST, _FEW, twice]
    low, high = (np.select(kinds, [pair[end] for pair in pairs], (once[0], twice[1])[end])
                 for end in (0, 1))  # fmt: skip
    return low, high


def _paid_out(run: OutsideRun, times: int) -> tuple[int, int]:
    """The least and the most dollars that so many payrolls a year pay out."""
    pay = said(run).payroll.cents
    low, high = (int(end * times * room) // 100 for end, room in zip(pay, _ROOM, strict=True))
    return low, high


def pay_rhythm(who: Lives, income: Int) -> Int:
    """How often each is paid: index into PAYS."""
    either = stream(who.run.seed, who.run.named("rhythm")).chance(who.number, _TWICE)
    often = (income > _paid_out(who.run, 12)[1]) | (income >= _MAY_BE_TWICE) & either | who.of(P4)
    return np.select([~who.lives_on_pay, who.irregular, often & ~who.stressed],
                     [UNPAID, IRREGULAR, BIWEEKLY], MONTHLY)  # fmt: skip
