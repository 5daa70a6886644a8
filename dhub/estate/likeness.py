"""Takes the runs that two ledgers record, tells whether they mean the same rows.

A warehouse knows the bank it was made of by this alone: by what its rows follow from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dhub.errors import DhubError
from dhub.estate.ledger import RunRecord
from dhub.estate.standing import Standing
from dhub.profiles import profile_from_json
from dhub.words import counted

_BUILD = "`dhub warehouse build` loads {}"

# What the rows of a cohort follow from, besides the profile.
_FIGURES = (
    "cohort", "seed", "as_of", "employees", "customers", "first_shard", "shard_count",
    "bank_format",
)  # fmt: skip


def alike(one: RunRecord, other: RunRecord) -> bool:
    """Whether two runs give the same rows."""
    figures = all(getattr(one, name) == getattr(other, name) for name in _FIGURES)
    return figures and _same_profile(one.profile_json, other.profile_json)


def begins(there: Sequence[RunRecord], wanted: Sequence[RunRecord]) -> bool:
    """Whether `there` are the first of the runs that are wanted."""
    return len(there) <= len(wanted) and all(map(alike, there, wanted))


def recorded(found: Mapping[str, Standing]) -> list[RunRecord]:
    """The cohorts that some of the databases know, in order, whatever has become of them."""
    known = {run.cohort: run for each in found.values() for run in each.runs}
    return [known[cohort] for cohort in sorted(known)]


def lag(there: Sequence[RunRecord], wanted: Sequence[RunRecord]) -> str | None:
    """How far the star's runs are behind those of the bank; None when they are the same."""
    if not begins(there, wanted):
        return f"it shows another bank; {_BUILD.format('this one')}"
    if missing := len(wanted) - len(there):
        what = counted(missing, "cohort")
        return f"it lacks {what}; {_BUILD.format('what is missing')}"
    return None


def _same_profile(one: str, other: str) -> bool:
    """As text, else as figures: a later dhub writes more of them down."""
    try:
        return one == other or profile_from_json(one) == profile_from_json(other)
    except DhubError:
        return False
