"""Takes a storage and a crew, gives certainty that all of it write to the same place."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex
from socket import gethostname

from dhub.errors import UsageError
from dhub.flow.bucket import Bucket
from dhub.flow.crew import Hands
from dhub.flow.parts import FOLDER
from dhub.flow.storage import Disk, Storage


@dataclass(frozen=True)
class Touches:
    """Whether who makes this call sees a file of another's in the storage, and can write there."""

    storage: Storage
    name: str
    host: str

    def __call__(self) -> None:
        """Raises UsageError, or what keeps this process from the storage."""
        if self.storage.read(self.name) is None:
            raise UsageError(
                f"{self.storage.shown} there ({gethostname()}) is not that of {self.host}. Name a "
                "folder that all machines share under this path, or a bucket."
            )
        mine = f"{self.name}-{token_hex(4)}"
        self.storage.put(mine, b"dhub\n")
        self.storage.remove([mine])


def reach(storage: Storage, crew: Hands | None) -> None:
    """Have each worker of a cluster try the storage, and leave nothing there.

    Raises UsageError when one has another folder of that name, or when keys would have to travel.
    """
    if crew is None:
        return
    if isinstance(storage, Bucket) and storage.has_secrets:
        raise UsageError(
            "The URL holds keys, which would travel to the workers. Leave them out, and give them "
            "to the workers in their environment (AWS_ACCESS_KEY_ID and its like), or by a role."
        )
    name, made = f"{FOLDER}/probe-{token_hex(8)}", _is_new(storage)
    storage.put(name, b"dhub\n")
    try:
        crew.check(Touches(storage, name, gethostname()), lasting=False)
    finally:
        storage.remove([name])
        if made and isinstance(storage, Disk):
            with suppress(OSError):  # somebody was faster, and has files in it
                storage.root.rmdir()


def _is_new(storage: Storage) -> bool:
    return isinstance(storage, Disk) and not storage.root.exists()
