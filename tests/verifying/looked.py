"""Takes a bank without constraints, looks at it once, and judges it again with a fault in it.

A fault is planted in a transaction that is rolled back: what checks read of the tables that it
changed is fetched anew and judged, the rest of the bank is what it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property

from verifying.bank import off
from verifying.faults import Fault

from dhub.estate.connections import connect
from dhub.estate.databases import Estate
from dhub.estate.ledger import Connection
from dhub.profiles import Profile
from dhub.verify import chance
from dhub.verify.asking import prepare
from dhub.verify.facts import seeded
from dhub.verify.fetch import Needs, fetch, needs
from dhub.verify.judge import judged
from dhub.verify.model import Check
from dhub.verify.run import catalogue, quiet
from dhub.verify.sight import Sight, sight

_CHANGED = """
SELECT relname::text FROM pg_stat_xact_user_tables
WHERE schemaname = 'public' AND n_tup_ins + n_tup_upd + n_tup_del > 0"""


@dataclass(frozen=True)
class Looked:
    """A bank, what checks of some sections read of it, and what its people are called in faults."""

    estate: Estate
    see: Sight
    profile: Profile
    checks: tuple[Check, ...]
    words: Mapping[str, str]

    @cached_property
    def needed(self) -> Needs:
        """All that the checks read, and what tells whose row it is."""
        texts = [each.text for each in self.checks]
        return needs([*texts, *chance.texts(needs(texts))])

    def broken(self, *sections: str) -> dict[str, int]:
        """What the checks find in the bank as it is."""
        return self._off(each for each in self.checks if each.section in sections)

    def spoiled(self, fault: Fault, *sections: str) -> dict[str, int]:
        """What they find with the fault in it: those that read a table which it changed."""
        with closing(connect(self.estate, fault.database)) as conn:
            changed = self._planted(conn, fault)
            self.see.duck.execute("BEGIN")
            try:
                for table in changed:
                    self._fetch(conn, fault.database, table)
                return self._off(
                    each
                    for each in self.checks
                    if each.section in sections
                    and changed & needs([each.text]).get(fault.database, {}).keys()
                )
            finally:
                self.see.duck.execute("ROLLBACK")

    def _planted(self, conn: Connection, fault: Fault) -> set[str]:
        """The tables that the fault changed."""
        statement = fault.sql
        for word, value in self.words.items():
            statement = statement.replace(f"{{{word}}}", value)
        assert conn.execute(statement.encode()).rowcount > 0
        changed = {table for (table,) in conn.execute(_CHANGED)}
        assert changed & self.needed[fault.database].keys()
        return changed

    def _fetch(self, conn: Connection, database: str, table: str) -> None:
        known = self.see.columns[database][table]
        words = self.needed[database].get(table, frozenset())
        if wanted := [column for column in known if column.name in words]:
            self.see.duck.execute(f"DROP TABLE {database}.{table}")
            fetch(conn, self.see.duck, database, table, wanted)

    def _off(self, checks: Iterator[Check]) -> dict[str, int]:
        return off(judged(each, self.see, self.profile) for each in checks)


@contextmanager
def looked(
    estate: Estate, *sections: str, words: Mapping[str, str] | None = None
) -> Iterator[Looked]:
    """Look at a bank with all that the checks of these sections read."""
    checks = tuple(each for each in catalogue() if each.section in sections)
    with sight(estate) as see:
        see.duck.execute("SET threads = 1")  # on tables this small two take longer than one
        known = seeded(see.conns)
        bank = Looked(estate, see, known.profile, checks, words or {})
        see.fetch(bank.needed, quiet)
        prepare(see, known)
        yield bank
