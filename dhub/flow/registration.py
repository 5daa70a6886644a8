"""Takes a finished export of Parquet files, gives what a catalog has to know of its tables."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from dhub.flow.shelf import Written
from dhub.flow.sinks.parts import PartFile
from dhub.flow.sinks.text import file_schema
from dhub.flow.storage import Disk, Storage


@dataclass(frozen=True)
class Registration:
    """Tables that are to be known; all files stand under `root`, a URI without secrets."""

    storage: Storage
    files: tuple[Written, ...]

    @property
    def root(self) -> str:
        if isinstance(self.storage, Disk):
            return self.storage.root.absolute().as_uri()
        return self.storage.shown

    def uri(self, name: str) -> str:
        """Where a file stands."""
        return f"{self.root}/{name}"

    def tables(self) -> Sequence[tuple[Written, pa.Schema, tuple[PartFile, ...]]]:
        """Each table with its columns and files, empty ones left out."""
        return [(each, file_schema(each.table), _filled(each)) for each in self.files]


def _filled(written: Written) -> tuple[PartFile, ...]:
    found = written.parts or (
        PartFile(
            written.database,
            written.table.name,
            written.file,
            written.rows,
            written.size or 0,
            written.checksum or "",
        ),
    )
    return tuple(each for each in found if each.rows)


def endpoint(names: dict[str, str]) -> dict[str, str]:
    """What Amazon's variables say, by the names that another client has for it."""
    found = {
        "endpoint": os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"),
        "region": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
        "key": os.environ.get("AWS_ACCESS_KEY_ID"),
        "secret": os.environ.get("AWS_SECRET_ACCESS_KEY"),
        "token": os.environ.get("AWS_SESSION_TOKEN"),
    }
    return {names[name]: value for name, value in found.items() if value and name in names}
