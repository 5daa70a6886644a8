"""Takes an estate and the crew that is to load it, gives databases that are ready, and reached."""

from __future__ import annotations

from dhub.estate.creation import prepare
from dhub.estate.databases import Estate
from dhub.estate.kept import Kept
from dhub.estate.travel import Reaches
from dhub.flow.crew import Hands


def prepared(estate: Estate, crew: Hands | None, kept: Kept | None = None) -> dict[str, list[str]]:
    """Create and migrate what is missing, once each worker of a cluster reaches the databases;
    what was applied to each.

    Raises what `prepare` and `Reaches` raise; nothing is written when a worker is to blame.
    """
    if crew is None:
        return prepare(estate, kept)
    before = Reaches.of(estate)
    crew.check(before)
    applied = prepare(estate, kept)
    if None in before.seen.values():  # only now can it be told whether they are the same
        crew.check(Reaches.of(estate))
    return applied
