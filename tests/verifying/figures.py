"""Faults for the distributions: the profile asks for something that the tables do not show.

A table that shows what was asked for no longer does once something else was asked for, so each
figure is changed in turn: every distribution has its fault without a bank of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from dhub.profiles import Profile, profile_from_json
from dhub.verify.model import Check


def other(profile: Profile, check: Check) -> Profile:
    """The profile with this one figure changed, so that the tables no longer show it."""
    whole = json.loads(profile.to_json())
    section, name = check.id.split(".")
    table = whole["figures"][section]
    change = _OWN.get(check.id) or _BY_KIND[check.kind]
    table[name] = change(table[name])
    if check.id == "transactions.amount":  # whose ranges must hold the medians
        table["amount_median"] = {kind: low for kind, (low, _) in table[name].items()}
    return profile_from_json(json.dumps(whole))


def _by_name(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The change to a figure, or to each entry of a table by name."""

    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: change(entry) for name, entry in value.items()}
        return change(value)

    return changed


def _mix(value: dict[str, float]) -> dict[str, float]:
    """All weight on the name that had least, or on one that had none."""
    least = min(value, key=lambda name: value[name])
    return {name: float(name == least) for name in value}


def _upper_end(pair: list[float]) -> list[float]:
    low, high = pair
    return [high, high] if high > low else [high + 1, high + 1]


def _third(value: float) -> float:
    return max(value // 3, 1) if isinstance(value, int) else value / 3


_BY_KIND: dict[str, Callable[[Any], Any]] = {
    "mix": _mix,
    "share": _by_name(lambda value: value - 0.5 if value >= 0.5 else value + 0.5),
    "range": _by_name(_upper_end),
    "mean": _by_name(lambda value: value * 3),
    "median": _by_name(lambda value: value * 3),
    "exact": _by_name(lambda value: value * 3),
    "each": _by_name(lambda value: value * 3),
    "between": lambda pair: [pair[1] + 7, pair[1] + 9],
    "least": lambda _: 1.0,
    "most": _by_name(_third),
}

# Where another figure of the profile would refuse the change.
_OWN: dict[str, Callable[[Any], Any]] = {
    "staff.departments": lambda _: 3,
    "staff.branches": lambda _: 5,
    "staff.programs": lambda _: 7,
    "staff.program_certification": lambda _: 1.0,
    "compliance.rule_active": lambda _: 0.0,
    "customers.age": lambda _: [40, 45],
    "customers.age_mean": lambda _: 70,
    "transactions.per_account": lambda _: [14, 16],
    "transactions.internal_share": lambda _: 0.1,
    "transactions.processed": lambda _: 0.02,
    "crm.interactions": lambda _: {"2": 1.0},
    "crm.duration": lambda _: [7, 20],
    "crm.complaint_share": lambda _: 0.1,
    "crm.complainers": lambda _: 0.04,
    "crm.complaints_per_complainer": lambda _: [1, 2],
    "crm.response_type": lambda _: {"clicked": 0.2, "opened": 0.6, "unsubscribed": 0.05,
                                    "purchased": 0.15},
    "crm.converted": lambda _: 0.64,
    "loans.per_repeat_applicant": lambda _: {"3": 1.0},
    "loans.pd_defaulted": lambda _: 0.3,
}  # fmt: skip
