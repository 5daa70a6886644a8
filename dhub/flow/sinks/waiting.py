"""Takes pieces of a file whose turn has not come, gives them back in order; many go to the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import SpooledTemporaryFile

# Forty tables of a shard or two wait at a time. A megabyte goes to the disk and back in 1 ms.
_IN_MEMORY = 1 << 20


class Waiting:
    """Pieces with the rows of each; the file that holds them has no name, so a kill removes it."""

    def __init__(self, folder: Path) -> None:
        self._held = SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(folder))  # noqa: SIM115
        self._sizes: list[tuple[int, int]] = []

    def add(self, rows: int, data: bytes) -> None:
        """Keep a piece behind those that wait already."""
        self._held.write(data)
        self._sizes.append((rows, len(data)))

    def taken(self) -> Iterator[tuple[int, bytes]]:
        """The pieces, one at a time; nothing waits any more when the last one is taken."""
        try:
            self._held.seek(0)
            for rows, size in self._sizes:
                yield rows, self._held.read(size)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of what waits."""
        with suppress(OSError):  # closing writes what is still held; the disk may be full
            self._held.close()
