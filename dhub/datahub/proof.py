"""Takes an estate, gives what `dhub verify` finds in it, in the form that DataHub is told it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dhub.estate.connections import LOOKING, connect
from dhub.estate.databases import Estate
from dhub.model import Domain
from dhub.verify.fetch import Columns, columns
from dhub.verify.model import Result
from dhub.verify.run import catalogue, verify
from dhub.verify.sight import Watch


@dataclass(frozen=True)
class Proof:
    """A verification, when it ended (milliseconds since 1970), and what else it is told with."""

    result: Result
    when: int
    questions: Mapping[str, str] = field(default_factory=dict)  # id of a check → its SQL
    columns: Mapping[str, Columns] = field(default_factory=dict)


def proof(estate: Estate, bank: Sequence[Domain], watch: Watch) -> Proof:
    """Verify; raises UsageError when nothing is seeded."""
    result = verify(estate, bank, watch=watch)
    questions = {each.id: each.sql for each in catalogue()}
    there = {database: _columns(estate, database) for database in estate.databases}
    return Proof(result, time.time_ns() // 1_000_000, questions, there)


def _columns(estate: Estate, database: str) -> Columns:
    with connect(estate, database, lock_timeout=LOOKING) as conn:
        return columns(conn)
