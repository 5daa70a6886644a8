"""The words of policies, and how their figures add up."""

from __future__ import annotations

import numpy as np

from dhub.profiles import Profile

TYPES = ("life", "property", "vehicle", "health", "travel")
LIFE, PROPERTY, VEHICLE, HEALTH, TRAVEL = range(5)
STATUSES = ("active", "lapsed", "cancelled")
ACTIVE, LAPSED, CANCELLED = range(3)
FREQUENCIES = ("annual", "quarterly", "monthly")
MONTHS = np.array([12, 3, 1])  # between two instalments of each frequency
MOST_POLICIES = 5  # of a customer: the width of the policy key space


def policies_per_customer(profile: Profile) -> float:
    """Mean number of policies a customer."""
    i = profile.insurance
    return i.holders * (1 - i.multiple + i.multiple * i.per_multiple_holder.mean)
