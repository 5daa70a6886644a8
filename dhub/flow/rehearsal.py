"""Takes a plan, tries in a database that was just emptied whether its rows can be loaded.

What is tried is the foundation and the first customers, with all the triggers and constraints that
a user put there; the caller undoes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
from psycopg import errors

from dhub.errors import Refused
from dhub.estate import deferred, restoring
from dhub.estate.diagnose import place
from dhub.estate.ledger import Connection
from dhub.flow.plan import Plan
from dhub.flow.sinks.postgres import copy_rows
from dhub.flow.worker import MOST_ATTEMPTS, batches
from dhub.model import Domain

_TRIED = 2  # shards: the foundation, and the first that hangs on customers


@contextmanager
def rehearsal(
    bank: Sequence[Domain], plan: Plan
) -> Iterator[Callable[[Connection, str], None]]:
    """A step that loads the beginning of the plan into a database, in the caller's transaction.

    It raises Refused when the rows are not taken.
    """
    domains = {domain.database: domain for domain in bank}
    # The databases are cleared side by side; six threads that make rows would each make the facts
    # of the same shard, and keep what they freed: 830 MB in a bank of lives.
    one = ThreadPoolExecutor(1, "rehearsal")

    def rehearse(conn: Connection, database: str) -> None:
        if database not in domains:
            return
        # As in a load: the tables' keys form rings, and are put back when the rows are in.
        names = [table.name for table in domains[database].tables]
        deferred.take_down(conn, deferred.foreign_keys(conn, names))
        for shard in plan.indexes[:_TRIED]:
            one.submit(_try, conn, domains[database], plan, shard).result()
        restoring.put_back_all(conn)

    with one:
        yield rehearse


def _try(conn: Connection, domain: Domain, plan: Plan, shard: int) -> None:
    for attempt in range(MOST_ATTEMPTS):
        try:
            with conn.transaction():
                for table, slices in batches(domain, plan, shard, attempt):
                    copy_rows(conn, domain.database, table, slices)
            return
        except errors.UniqueViolation:
            continue  # as in a load: other natural keys may be free
        except psycopg.OperationalError:
            raise
        except Refused as error:
            raise Refused(f"{error} Nothing was cleared.") from error
        except psycopg.Error as error:
            where = place(error).table or "a table"
            raise Refused(
                f"{domain.database}: {where} does not take the rows of the new bank "
                f"({error.diag.message_primary}). Nothing was cleared. Undo what you changed "
                "there, then try again."
            ) from error
    raise Refused(
        f"{domain.database}: rows of yours hold the e-mails, phones or numbers of the new bank in "
        f"all of {MOST_ATTEMPTS} attempts. Nothing was cleared. Delete them, then try again."
    )
