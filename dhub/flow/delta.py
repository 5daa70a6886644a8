"""Takes a finished export, gives each table a log of Delta beside its files."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError
from deltalake.transaction import AddAction

from dhub.errors import Refused
from dhub.flow.registration import Registration, endpoint
from dhub.flow.sinks.parts import PartFile

_OPTIONS = {
    "endpoint": "AWS_ENDPOINT_URL",
    "region": "AWS_REGION",
    "key": "AWS_ACCESS_KEY_ID",
    "secret": "AWS_SECRET_ACCESS_KEY",
    "token": "AWS_SESSION_TOKEN",
}


def register_delta(what: Registration) -> str:
    """Write the log of every table.

    Raises Refused when a table has one with other files.
    """
    options = endpoint(_OPTIONS)
    if options.get("AWS_ENDPOINT_URL", "").startswith("http://"):
        options["AWS_ALLOW_HTTP"] = "true"
    for written, schema, parts in what.tables():
        place = what.uri(f"{written.database}/{written.table.name}")
        table = _table(place, written.table.name, schema, options)
        there = {uri.rpartition("/")[2] for uri in table.file_uris()}
        ours = {each.file.rpartition("/")[2] for each in parts}
        if there and there != ours:
            raise Refused(f"{place} has a log of Delta with other files. Remove its _delta_log.")
        if ours and not there:
            table.create_write_transaction([_added(each) for each in parts], "append", schema)
    return f"logs of Delta beside the files of {what.storage.shown}"


def _table(place: str, name: str, schema: pa.Schema, options: dict[str, str]) -> Any:
    try:
        return DeltaTable(place, storage_options=options)
    except TableNotFoundError:
        return DeltaTable.create(place, schema, name=name, storage_options=options)


def _added(part: PartFile) -> AddAction:
    # A reader counts rows by this without opening files. The time is that of no clock.
    stats = json.dumps({"numRecords": part.rows})
    return AddAction(part.file.rpartition("/")[2], part.size, {}, 0, True, stats)
