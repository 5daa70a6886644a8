"""Takes a run, gives the codes of its branches."""

from __future__ import annotations

from dhub.draw import pools
from dhub.model import Run


def branch_codes(run: Run) -> tuple[str, ...]:
    """The codes of the run's branches; facts name a branch by its index here."""
    return tuple(branch.branch_code for branch in pools.branches()[: run.profile.staff.branches])
