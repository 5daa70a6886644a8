"""Takes a plan and the files that were written, gives the manifest: what is in an export."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dhub import BANK_FORMAT, __version__
from dhub.estate.digests import estate_digest
from dhub.flow.parts import KIND
from dhub.flow.plan import Plan
from dhub.flow.shelf import Written
from dhub.flow.sinks.parts import PartFile
from dhub.flow.sinks.text import file_type


def manifest(
    plan: Plan,
    style: str,
    files: Sequence[Written],
    whole: dict[str, Any] | None = None,
    parts: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The manifest as JSON; the same for the same options, on any machine and on any day.

    `whole` tells of the one file that holds all tables, `parts` of the parts, if there are such.
    """
    profile = plan.run.profile
    size = whole["bytes"] if whole else sum(each.size or 0 for each in files)
    return {
        "kind": KIND,
        "dhub_version": __version__,
        "bank_format": BANK_FORMAT,
        "digest": estate_digest(
            {(each.database, each.table.name): each.digest for each in files if each.digest}
        ),
        "format": style,
        "seed": plan.run.seed,
        "scale": plan.scale,
        "customers": plan.customers,
        "employees": plan.run.employees,
        "as_of": plan.run.as_of.isoformat(),
        "profile": {
            "name": profile.name,
            "digest": profile.digest,
            "figures": json.loads(profile.to_json())["figures"],
        },
        "rows": sum(each.rows for each in files),
        "bytes": size,
        **({"file": whole} if whole else {}),
        **({"parts": parts} if parts else {}),
        "tables": [_table(each, style) for each in files],
    }


def _table(written: Written, style: str) -> dict[str, Any]:
    return {
        "database": written.database,
        "table": written.table.name,
        **({} if written.parts else {"file": written.file}),
        "rows": written.rows,
        **({"bytes": written.size} if written.size is not None else {}),
        **({"sha256": written.checksum} if written.checksum else {}),
        **({"digest": written.digest} if written.digest else {}),
        "columns": [
            {"name": column.name, "type": column.type, "null": column.null}
            | ({"arrow": str(file_type(column))} if style == "parquet" else {})
            for column in written.table.columns
        ],
        **({"files": [_file(each) for each in written.parts]} if written.parts else {}),
    }


def _file(part: PartFile) -> dict[str, Any]:
    return {"file": part.file, "rows": part.rows, "bytes": part.size, "sha256": part.checksum}
