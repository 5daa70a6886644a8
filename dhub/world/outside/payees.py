"""Who stands on a statement: the merchants both documents list, coined ones, and institutions."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import pools
from dhub.world.merchants import CODES, merchant_offers

Int = NDArray[np.int64]
Float = NDArray[np.float64]

NOBODY = -1
EMPLOYER = "Employer Direct Deposit"
# Queries look for these names; all others are coined. A name's number may never change.
LISTED = (
    EMPLOYER, "Whole Foods", "Trader Joes", "Kroger", "Safeway", "Chipotle", "Panera",
    "Local Diner", "Pizza Place", "Starbucks", "Local Coffee", "Dunkin", "Netflix", "Spotify",
    "Amazon Prime", "Gym Membership", "Cloud Storage", "PAYROLL ACH", "Gym", "News", "Meal Kit",
    "Trader Joe's", "Shell", "Chevron", "BP", "Electric", "Water", "Internet", "Amazon", "Target",
    "Walmart", "Pharmacy", "Doctor", "US Treasury",
)  # fmt: skip
INSTITUTIONS = (
    "Brindlewick Bank", "Cairnfield Credit Union", "Dalvenmere Bank", "Eversholt Savings",
    "Fallowgate Federal Credit Union", "Haldenbrook Bank", "Ivernridge Financial",
    "Keldstead Bank", "Larkencombe Community Bank", "Morvenfield Bank", "Orrinshaw Direct",
    "Quarrendell Bank",
)  # fmt: skip
SERVICERS = ("Pellanholt Loan Services", "Sorrelgate Student Lending", "Umberfell Education Loans")


@lru_cache(maxsize=1)
def payee_names() -> tuple[str, ...]:
    """All names; an account's institution and a row's merchant are numbers of it."""
    return (*LISTED, *INSTITUTIONS, *SERVICERS, *(m.name for m in pools.merchants()))


FIRST_INSTITUTION = len(LISTED)
FIRST_SERVICER = FIRST_INSTITUTION + len(INSTITUTIONS)
FIRST_COINED = FIRST_SERVICER + len(SERVICERS)


def listed(*names: str) -> Int:
    """The numbers of merchants that a document lists."""
    return np.array([LISTED.index(name) for name in names])


def coined(kind: str, branch: Int, u: Float) -> Int:
    """A coined merchant of a kind of dhub.world.merchants near each branch."""
    code = np.full(len(branch), CODES[kind])
    return FIRST_COINED + merchant_offers().pick(code, branch, u)
