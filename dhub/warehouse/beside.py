"""Takes an estate, gives what stands in warehouse_db beside it, and empties it: a `Beside`."""

from __future__ import annotations

from dataclasses import replace

from dhub.errors import DhubError
from dhub.estate import clear as clearing
from dhub.estate.beside import Beside
from dhub.estate.clear import Going
from dhub.estate.databases import Estate
from dhub.estate.ledger import COMPLETE
from dhub.estate.likeness import lag, recorded
from dhub.estate.standing import standings
from dhub.estate.status import EMPTY, DatabaseStatus, status
from dhub.flow.catalogue import bank_of
from dhub.warehouse.build import DATABASE, STAR, looked

CURRENT, BEHIND = "current", "behind"


def look(estate: Estate) -> DatabaseStatus:
    """The warehouse as its own ledger has it, and whether it follows the six databases."""
    alone = estate.alone(DATABASE)
    found = status(alone, bank_of(STAR)).databases[0]
    if found.state not in (COMPLETE, EMPTY):
        return found
    try:
        wanted = recorded(standings(estate))
    except DhubError as error:
        note = f"not compared with the six databases: {str(error).splitlines()[0]}"
        return replace(found, note=note)
    there = recorded(standings(alone))
    if not there and not wanted:
        return found
    behind = lag(there, wanted)
    return replace(found, state=BEHIND if behind else CURRENT, note=behind)


def preview(estate: Estate) -> Going:
    """What a clear would take."""
    looked(estate)
    return clearing.preview(estate.alone(DATABASE))[0]


def clear(estate: Estate) -> Going:
    """Empty it by its own ledger."""
    looked(estate)
    return clearing.clear(estate.alone(DATABASE))[0]


BESIDE = Beside(DATABASE, look, preview, clear)
