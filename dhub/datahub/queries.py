"""Takes the catalog's questions, gives them as queries of the tables that they read.

DataHub shows them on the Queries tab of each of these tables.
"""

from __future__ import annotations

from collections.abc import Iterator

from dhub.catalog import Catalog
from dhub.catalog.model import Question
from dhub.datahub import urns
from dhub.datahub.proposals import UNDATED, Proposal, proposal
from dhub.datahub.urns import Naming, md5


def queries(catalog: Catalog, naming: Naming) -> Iterator[Proposal]:
    """Title and SQL of each question, and what it reads."""
    for each in catalog.questions.values():
        subjects = [naming.dataset(*place.split(".")) for place in each.reads]
        # Named by its tables, too: another environment or instance has queries of its own.
        urn = urns.query(md5(f"{each.id} {subjects[0]}"))
        about = {
            "statement": {"value": each.sql.strip(), "language": "SQL"},
            "source": "MANUAL",
            "name": each.title,
            "description": _where(each),
            "created": UNDATED,
            "lastModified": UNDATED,
        }
        yield proposal(urn, "queryProperties", about)
        yield proposal(urn, "querySubjects", {"subjects": [{"entity": e} for e in subjects]})


def _where(each: Question) -> str:
    if each.database:
        return f"Asked in {each.database}."
    return f"Asked across {', '.join(each.databases)}: `dhub db query` without -d answers it."
