"""Takes principals, rates and terms, gives level monthly payments and what limits their terms.

Powers by repeated multiplication: the library's differ in the last bit between processors.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.errors import UsageError
from dhub.profiles import Profile
from dhub.profiles.loans import LOAN_TYPES

Int = NDArray[np.int64]
Float = NDArray[np.float64]

LONGEST = 480  # months: the width of the instalments' key space
MILLI = 1000  # rates are thousandths of a percent a year
# The payment is rounded to the cent, so the last one makes up for up to half a cent a month with
# compound interest. A third more covers the rounding of interest, too.
_DRIFT = 1.3 * 0.5


@lru_cache(maxsize=16)
def dearest_payments(profile: Profile) -> Float:
    """Monthly payment of a dollar by type and months, at the type's highest rate."""
    table = np.zeros((len(LOAN_TYPES), LONGEST + 1))
    for code, name in enumerate(LOAN_TYPES):
        if profile.loans.term_months[name].high > LONGEST:
            raise UsageError(
                f"profile {profile.name}: loans.term_months.{name} exceeds {LONGEST} months"
            )
        table[code, 1:] = _per_dollar(float(profile.loans.rate[name].high) / 1200)
    return table


@lru_cache(maxsize=16)
def least_principals(profile: Profile) -> Float:
    """Cents from which on the last payment is within 1 % of the others, by type and months."""
    table = np.zeros((len(LOAN_TYPES), LONGEST + 1))
    for code, name in enumerate(LOAN_TYPES):
        rate = float(profile.loans.rate[name].high) / 1200
        grown, total = 1.0, 0.0
        for months in range(1, LONGEST + 1):
            total, grown = total * (1 + rate) + 1, grown * (1 + rate)
            table[code, months] = _DRIFT * total * 100 / dearest_payments(profile)[code, months]
    return table


def _per_dollar(rate: float) -> list[float]:
    grown, payments = 1.0, []
    for months in range(1, LONGEST + 1):
        grown *= 1 + rate
        payments.append(rate * grown / (grown - 1) if rate else 1 / months)
    return payments


def running(months: Int) -> Int:
    """How many loans have more than 0, 1, 2 … months, of loans in falling order of their terms."""
    longest = int(months.max(initial=0))
    return np.asarray(len(months) - np.searchsorted(months[::-1], np.arange(longest), side="right"))


def level_payments(principal: Int, rate: Int, months: Int) -> Int:
    """Cents a month: round(P·i / (1 − (1+i)^−n), 2); a zero-rate loan divides evenly.

    Rates are thousandths of a percent a year; the loans are in falling order of their terms.
    """
    i = rate / (1200.0 * MILLI)
    grown = np.ones(len(rate))
    for count in running(months):
        grown[:count] *= 1 + i[:count]
    some = rate > 0
    annuity = principal * i * grown / np.where(some, grown - 1, 1.0)
    return np.floor(np.where(some, annuity, principal / months) + 0.5).astype(np.int64)
