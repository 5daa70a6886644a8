"""Takes the ledger's digests of shards, gives those of tables and of the estate.

A table's digest is the SHA-256 of its shards' digests in their order, an estate's that of a line
for each table: so it tells what was loaded, whoever loaded it, and on which machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from dhub.estate.ledger import Connection

Digests = Mapping[tuple[str, str], str | None]  # (database, table) → hexadecimal digits

# As JSON, since the ledger of an older dhub has no such column.
_RECORDED = """
SELECT table_name, (to_jsonb(e) ->> 'digest')::bytea FROM dhub.entries e
ORDER BY table_name, shard_index
"""


def recorded(conn: Connection) -> dict[str, str | None]:
    """The digest of each seeded table; None where an older dhub loaded some of its rows."""
    shards: dict[str, list[bytes | None]] = {}
    for table, digest in conn.execute(_RECORDED):
        shards.setdefault(table, []).append(digest)
    return {
        table: None if None in each else table_digest(d for d in each if d is not None)
        for table, each in shards.items()
    }


def table_digest(shards: Iterable[bytes]) -> str:
    """The digest of a table from those of its shards in their order, in hexadecimal digits."""
    return sha256(b"".join(shards)).hexdigest()


def estate_digest(tables: Digests) -> str | None:
    """The digest of an estate from those of its tables; None while one is missing."""
    if not tables or None in tables.values():
        return None
    lines = (f"{database}.{table} {digest}\n" for (database, table), digest in tables.items())
    return sha256("".join(sorted(lines)).encode()).hexdigest()
