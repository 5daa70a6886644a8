"""Takes an open connection and SQL files; has yoyo apply and record each in one transaction.

yoyo keeps the books and decides what is still to be done. Four of its habits are replaced here:
it would open connections of its own from a URL it parses itself, record a migration only after
the commit (so that a kill between the two applies it twice), lock by a row that a kill leaves
behind, and split files into statements, which takes longer than running them.
"""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.migrations import Migration, StepCollector

SCHEMA = "dhub"
TABLE = "migrations"


class SqlFile(Migration):  # type: ignore[misc]
    """A file of plain SQL, known by its folder and name: "accounts_db/0001_accounts"."""

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name, str(path), str(path.parent))

    def load(self) -> None:
        """Read the file as one step: without parameters, many statements go in one query."""
        if not self.loaded:
            collector = StepCollector(migration=self)
            collector.add_step(Path(self.path).read_text(encoding="utf-8"))
            self._depends: set[Migration] = set()
            self.steps = collector.create_steps(use_transactions=True)


class Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]
    """yoyo on a connection of ours, which is in autocommit mode and holds the lock."""

    schema = SCHEMA
    log_table = "migration_log"
    version_table = "migration_version"

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self._ours = conn
        nowhere = DatabaseURI("postgresql+psycopg", None, None, None, None, conn.info.dbname, {})
        super().__init__(nowhere, TABLE)

    def connect(self, dburi: DatabaseURI) -> psycopg.Connection[Any]:
        """The connection given, whatever the URI."""
        return self._ours

    @contextmanager
    def lock(self, timeout: float = 10) -> Iterator[None]:
        """Nothing: the caller holds an advisory lock, which dies with its connection."""
        yield

    def apply_one(self, migration: SqlFile, force: bool = False, mark: bool = True) -> None:
        """Apply a migration and record it, both or neither."""
        with self.transaction():
            self.execute("SET LOCAL search_path TO public")
            migration.process_steps(self, "apply", force=force)
            self.execute(f"SET LOCAL search_path TO {SCHEMA}")
            self.log_migration(migration, "apply")
            self.mark_one(migration, log=False)

    def get_log_data(
        self, migration: SqlFile | None = None, operation: str = "apply"
    ) -> dict[str, Any]:
        """A row of the log.

        yoyo asks the name service for the host and the password file for the user: the first
        can take seconds, the second fails in containers that run under a number.
        """
        return {
            "id": str(uuid.uuid4()),
            "migration_id": migration.id if migration else None,
            "migration_hash": migration.hash if migration else None,
            "username": self._ours.info.user,
            "hostname": socket.gethostname(),
            "created_at_utc": datetime.now(UTC).replace(tzinfo=None),
            "operation": operation,
        }
