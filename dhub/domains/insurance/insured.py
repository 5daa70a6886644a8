"""Takes policies and claims, gives in words what is insured and what happened to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream, text
from dhub.model import Coded, Shard
from dhub.world.cover import Policies
from dhub.world.cover.kinds import HEALTH, LIFE, TRAVEL
from dhub.world.goods import cars, homes, year_of_policy
from dhub.world.households import households

Int = NDArray[np.int64]

_OBJECTS = (
    "{home}", "{car}", "Term life of the policyholder", "Whole life of the policyholder",
    "Policyholder", "Policyholder and spouse", "Policyholder and children",
    "Policyholder, spouse and children", "Trips worldwide", "Trips in North America",
    "Trips in Europe", "Cruises worldwide", "Business trips worldwide",
)  # fmt: skip
_HOME, _CAR, _TERM, _WHOLE, _ALONE = range(5)
_TRIPS = 8
_LARGE = 0.18  # of the coverage: from there on a claim has a large cause (assumed)
# What happened, by line: to small claims, to large ones.
_CAUSES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ("Terminal illness benefit", "Waiver of premium on disability", "Critical illness rider",
         "Accidental injury rider"),
        ("Terminal illness benefit", "Critical illness rider", "Accidental injury rider"),
    ),
    (
        ("Burst pipe", "Hail damage to roof", "Wind damage", "Water damage from roof leak",
         "Fallen tree", "Kitchen fire", "Lightning strike", "Sewer backup", "Break-in",
         "Water damage from upper floor"),
        ("House fire", "Storm damage to roof", "Flooded basement", "Burst pipe on upper floor",
         "Fallen tree through roof", "Fire in neighboring unit"),
    ),
    (
        ("Rear-end collision", "Hail damage", "Collision with deer", "Vandalism",
         "Side collision at intersection", "Collision while changing lanes", "Theft of parts",
         "Hit and run while parked"),
        ("Collision at intersection", "Total loss after collision", "Theft of vehicle",
         "Rollover accident", "Engine fire", "Flooded vehicle"),
    ),
    (
        ("Outpatient surgery", "Inpatient surgery", "Hospital stay", "Fracture with surgery",
         "Maternity care", "Specialist treatment", "Emergency surgery", "Rehabilitation"),
        ("Cancer treatment", "Heart procedure", "Joint replacement", "Intensive care",
         "Hospital stay of several weeks", "Spinal surgery"),
    ),
    (
        ("Trip cancelled for illness", "Lost baggage", "Flight cancelled", "Missed connection",
         "Medical treatment abroad", "Stolen belongings", "Trip cut short"),
        ("Hospital stay abroad", "Medical evacuation", "Cruise cancelled for illness",
         "Accident abroad"),
    ),
)  # fmt: skip
_TEXTS = tuple(cause for line in _CAUSES for some in line for cause in some)
_COUNT = np.array([[len(some) for some in line] for line in _CAUSES])
_FIRST = np.cumsum(_COUNT.ravel()).reshape(_COUNT.shape) - _COUNT


def insured(shard: Shard, p: Policies) -> object:
    """What each policy insures: the house, the car, whose life or health, which journeys."""
    home, draw = households(shard), stream(shard.run.seed, "policies.insured_object")
    family = home.married[p.owner] + 2 * (home.children[p.owner] > 0)
    ended = np.isnat(p.terms.end_date) & np.isnat(p.terms.stopped)
    code = p.policy_type - 1
    code = np.where(p.policy_type == LIFE, np.where(ended, _WHOLE, _TERM), code)
    code = np.where(p.policy_type == HEALTH, _ALONE + family, code)
    trips = _TRIPS + draw.below(p.place, len(_OBJECTS) - _TRIPS)
    code = np.where(p.policy_type == TRAVEL, trips, code)
    year = year_of_policy(shard, p.owner, p.terms.start_date)
    return text.fill(code, _OBJECTS, home=homes(shard, p.owner), car=cars(shard, p.owner, year))


def causes(shard: Shard, place: Int, kind: Int, share: NDArray[np.float64]) -> Coded:
    """What happened: of each claim's line, and of a kind that can cost its share of the cover."""
    large = (share >= _LARGE).astype(np.int64)
    draw = stream(shard.run.seed, "claims.cause").below(place, _COUNT[kind, large])
    return Coded(_FIRST[kind, large] + draw, _TEXTS)
