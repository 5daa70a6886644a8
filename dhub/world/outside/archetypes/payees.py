"""Gives who is paid in the plans: the merchants that document 001 names bear those names, all
others are coined; with Plaid's category, and how often one is there in person."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import pools
from dhub.world.outside.archetypes.moves import HSA, KINDS
from dhub.world.outside.kinds import CODES
from dhub.world.outside.payees import FIRST_COINED, FIRST_SERVICER, LISTED, NOBODY, SERVICERS

Int = NDArray[np.int64]
Float = NDArray[np.float64]

EVERYWHERE = "US"
_INSTALMENT = "LOAN_PAYMENTS_STUDENT_LOAN_PAYMENT"


@dataclass(frozen=True)
class Payee:
    """A name of `payee_names()` (-1 for nobody), the category, and the shares paid in a shop and
    online; the rest goes neither way."""

    number: int
    category: int
    in_store: float = 0.0
    online: float = 0.0


@dataclass(frozen=True)
class Service:
    """A subscription: its name, category and what it may cost a month."""

    name: str
    category: str
    price: tuple[float, float]


SERVICES = (
    Service("Gym", "PERSONAL_CARE_GYMS_AND_FITNESS_CENTERS", (29.99, 44.99)),
    Service("Meal Kit", "FOOD_AND_DRINK_OTHER_FOOD_AND_DRINK", (38.99, 49.99)),
    Service("Netflix", "ENTERTAINMENT_TV_AND_MOVIES", (9.99, 17.99)),
    Service("Spotify", "ENTERTAINMENT_MUSIC_AND_AUDIO", (9.99, 14.99)),
    Service("Cloud Storage", "GENERAL_SERVICES_OTHER_GENERAL_SERVICES", (8.99, 11.99)),
    Service("News", "GENERAL_MERCHANDISE_BOOKSTORES_AND_NEWSSTANDS", (9.99, 19.99)),
    Service("Amazon Prime", "GENERAL_MERCHANDISE_ONLINE_MARKETPLACES", (13.99, 14.99)),
)
GYM, MEAL_KIT, NETFLIX = range(3)

# Kinds of shops of dhub.world.merchants, and what a purchase there is to Plaid.
_LARGE = {
    "furniture": "HOME_IMPROVEMENT_FURNITURE", "electronics": "GENERAL_MERCHANDISE_ELECTRONICS",
    "home_improvement": "HOME_IMPROVEMENT_HARDWARE",
    "department_store": "GENERAL_MERCHANDISE_DEPARTMENT_STORES",
}  # fmt: skip
_FEW_TRIPS = 9  # of the large payees: 25 in all, so that any step but fives meets each
_TRIPS = {"hotel": "TRAVEL_LODGING", "airline": "TRAVEL_FLIGHTS"}


def _named(names: str, category: str, in_store: float = 0.0, online: float = 0.0) -> list[Payee]:
    """Merchants that the document lists."""
    return [Payee(LISTED.index(name), CODES[category], in_store, online)
            for name in names.split("|")]  # fmt: skip


def _coined(
    kinds: dict[str, str], in_store: float, online: float, reach: str = EVERYWHERE
) -> list[Payee]:
    """Coined merchants that are everywhere, or in a place, of several kinds in turn."""
    found = [
        [Payee(FIRST_COINED + number, CODES[category], in_store, online)
         for number, shop in enumerate(pools.merchants())
         if shop.kind == kind and reach in shop.reach]
        for kind, category in kinds.items()
    ]  # fmt: skip
    least = min(len(one) for one in found)
    return [shop for turn in zip(*(one[:least] for one in found), strict=True) for shop in turn]


def _nobody(category: str) -> list[Payee]:
    return [Payee(NOBODY, CODES[category])]


def _by_slot(way: str) -> list[Payee]:
    """Nobody, by the slot (to HSA) of the account at the other end: checking is none."""
    return [Payee(NOBODY, CODES[f"{way}_SAVINGS"]) for _ in range(HSA + 1)]


@lru_cache(maxsize=1)
def payees() -> dict[str, list[Payee]]:
    """Those of each of KINDS; of a subscription in the order of SERVICES."""
    return {
        "payroll": _named("PAYROLL ACH", "INCOME_SALARY"),
        "rent": _coined({"landlord": "RENT_AND_UTILITIES_RENT"}, 0.0, 1.0, "BR"),
        "electric": _named("Electric", "RENT_AND_UTILITIES_GAS_AND_ELECTRICITY", online=1.0),
        "water": _named("Water", "RENT_AND_UTILITIES_WATER", online=1.0),
        "internet": _named("Internet", "RENT_AND_UTILITIES_INTERNET_AND_CABLE", online=1.0),
        "subscription": [one for s in SERVICES for one in _named(s.name, s.category, online=1.0)],
        "instalment": [Payee(FIRST_SERVICER + servicer, CODES[_INSTALMENT], online=1.0)
                       for servicer in range(len(SERVICERS))],
        "to_savings": _by_slot("TRANSFER_OUT"),
        "from_checking": _by_slot("TRANSFER_IN"),
        "interest": _nobody("INCOME_INTEREST_EARNED"),
        "tax": _named("US Treasury", "GOVERNMENT_AND_NON_PROFIT_TAX_PAYMENT", online=1.0),
        "groceries": _named("Whole Foods|Safeway|Trader Joe's", "FOOD_AND_DRINK_GROCERIES",
                            0.9, 0.1),
        "dining": _coined({"restaurant": "FOOD_AND_DRINK_RESTAURANT"}, 0.92, 0.08),
        "gas": _named("Shell|Chevron|BP", "TRANSPORTATION_GAS", 1.0),
        "shopping": [*_named("Amazon", "GENERAL_MERCHANDISE_ONLINE_MARKETPLACES", online=1.0),
                     *_named("Target|Walmart", "GENERAL_MERCHANDISE_SUPERSTORES", 0.8, 0.2)],
        "health": [*_named("Pharmacy", "MEDICAL_PHARMACIES_AND_SUPPLEMENTS", 1.0),
                   *_named("Doctor", "MEDICAL_PRIMARY_CARE", 1.0)],
        "errand": [*_named("Walmart|Target", "GENERAL_MERCHANDISE_SUPERSTORES", 1.0),
                   *_named("Pharmacy", "MEDICAL_PHARMACIES_AND_SUPPLEMENTS", 1.0)],
        "large": [*_coined(_LARGE, 0.7, 0.3), *_coined(_TRIPS, 0.0, 1.0)[:_FEW_TRIPS]],
        "trips": _coined(_TRIPS, 0.0, 1.0),
        "withdrawal": _nobody("TRANSFER_OUT_WITHDRAWAL"),
        "deposit": _nobody("TRANSFER_IN_DEPOSIT"),
        "card_payment": _nobody("LOAN_PAYMENTS_CREDIT_CARD_PAYMENT"),
    }  # fmt: skip


@lru_cache(maxsize=1)
def how_many() -> Int:
    """Payees of each of KINDS."""
    return np.array([len(payees()[kind]) for kind in KINDS])
