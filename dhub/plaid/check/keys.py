"""Takes keys and references as files are read, gives those that stand twice and those that dangle.

They go into a database of SQLite's without a name: it lives in memory up to its cache, and beyond
that in a file that vanishes with it. So ten million keys take no more memory than ten thousand,
and keys are compared as what they are, not by a hash. Faults wait there for their order, too.
"""

from __future__ import annotations

import re
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

# line, the column's place in its file, its name, code, message
Fault = tuple[int, int, str, str, str]

_SURROGATE = re.compile("[\ud800-\udfff]")
_CACHE = 65_536  # KiB
_HABITS = ("journal_mode = OFF", "synchronous = OFF")
_NO_KEY = 4096  # characters; what is longer is not meant to be one
_TWICE = """
INSERT INTO twice SELECT key, min(line) FROM {0} WHERE line IS NOT NULL
GROUP BY key HAVING count(*) > 1
"""
_AGAIN = """
SELECT {0}.line, twice.line, key FROM {0} JOIN twice USING (key)
WHERE {0}.line > twice.line
"""
_DANGLING = """
SELECT key, lines FROM {0} WHERE NOT EXISTS (SELECT 1 FROM {1} WHERE {1}.key = {0}.key)
"""


class Keys:
    """The keys, references and faults of the files that are being checked."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        for habit in (f"cache_size = -{_CACHE}", *_HABITS):
            self._db.execute(f"PRAGMA {habit}")
        self._db.execute("CREATE TABLE twice (key TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        self._db.execute("CREATE TABLE fault (line, place, name, code, message)")
        self._db.execute("BEGIN")
        self._made: set[str] = set()

    def close(self) -> None:
        self._db.close()

    def keep(self, name: str, keys: Iterable[str], lines: Iterable[int]) -> None:
        """Keys of a column, with the lines on which they stand."""
        self._make(name, "line")
        self._db.executemany(f"INSERT INTO {name} VALUES (?, ?)", zip(keys, lines, strict=True))

    def perhaps(self, name: str, keys: Iterable[str]) -> None:
        """What may be a key, of a record that cannot be read: others may point to it."""
        self._make(name, "line")
        text = ((key,) for key in keys if len(key) < _NO_KEY and not _SURROGATE.search(key))
        self._db.executemany(f"INSERT INTO {name} VALUES (?, NULL)", text)

    def refer(self, name: str, keys: Sequence[str], lines: Sequence[int]) -> None:
        """References, with the lines on which they stand."""
        self._make(name, "lines")
        places: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
        for key, line in zip(keys, lines, strict=True):
            places[key].append(line)
        found = ((key, place.tobytes()) for key, place in places.items())
        self._db.executemany(f"INSERT INTO {name} VALUES (?, ?)", found)

    def repeated(self, name: str) -> Iterator[tuple[int, int, str]]:
        """Line, the line where the key stands first, the key; for each but the first."""
        self._make(name, "line")
        self._db.execute(_TWICE.format(name))
        if self._db.execute("SELECT EXISTS (SELECT 1 FROM twice)").fetchone()[0]:
            yield from self._db.execute(_AGAIN.format(name))
            self._db.execute("DELETE FROM twice")

    def index(self, name: str) -> None:
        """All keys are there, and are looked for from now on."""
        self._make(name, "line")
        self._db.execute(f"CREATE INDEX {name}_key ON {name}(key)")

    def dangling(self, name: str, parent: str) -> Iterator[tuple[int, str]]:
        """The line and the key of each reference that no key of the parent answers."""
        self._make(name, "lines")
        for key, packed in self._db.execute(_DANGLING.format(name, parent)):
            lines = array("q")
            lines.frombytes(packed)
            for line in lines:
                yield line, key

    def forget(self, name: str) -> None:
        """Nobody asks for them any more."""
        if name in self._made:
            self._db.execute(f"DROP TABLE {name}")
            self._made.remove(name)

    def note(self, faults: Iterable[Fault]) -> None:
        """Faults of the file that is being read, in any order."""
        self._db.executemany("INSERT INTO fault VALUES (?, ?, ?, ?, ?)", faults)

    def faults(self) -> Iterator[Fault]:
        """What was noted, by line and column; it is forgotten then."""
        yield from self._db.execute("SELECT * FROM fault ORDER BY line, place, rowid")
        self._db.execute("DELETE FROM fault")

    def _make(self, name: str, what: str) -> None:
        if name not in self._made:
            self._db.execute(f"CREATE TABLE {name} (key TEXT, {what})")
            self._made.add(name)
