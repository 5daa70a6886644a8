"""Takes a finished export, gives its tables to a catalog of Iceberg, by their files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
from platformdirs import user_data_path
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.io import PY_IO_IMPL
from pyiceberg.utils.config import Config

from dhub.errors import Refused
from dhub.flow.registration import Registration, endpoint
from dhub.flow.storage import Disk

NAME, FOLDER = "dhub", "_iceberg"
# Of Amazon's variables the client of Arrow reads the keys by itself.
_ENDPOINT = {"endpoint": "s3.endpoint", "region": "s3.region"}


def register_iceberg(what: Registration) -> str:
    """Register every table in the catalog "dhub" of pyiceberg's own configuration; where there is
    none, in an SQLite file: in the folder itself, or for a bucket among the user's data.

    Raises Refused when the catalog has a table of that name with other files.
    """
    catalog, where = _catalog(what)
    for written, schema, parts in what.tables():
        files = [what.uri(each.file) for each in parts]
        catalog.create_namespace_if_not_exists(written.database)
        table = _table(catalog, what, (written.database, written.table.name), schema)
        there = {task.file.file_path for task in table.scan().plan_files()}
        if there and there != set(files):
            name = f"{written.database}.{written.table.name}"
            raise Refused(f"{where} has {name} with other files. Drop it there, or use another.")
        if files and not there:
            table.add_files(files, check_duplicate_files=False)
    return where


def _table(catalog: Catalog, what: Registration, name: tuple[str, str], schema: pa.Schema) -> Any:
    try:
        return catalog.load_table(name)
    except NoSuchTableError:
        place = f"{what.root}/{FOLDER}/{name[0]}/{name[1]}"
        return catalog.create_table(name, schema, location=place)


def _catalog(what: Registration) -> tuple[Catalog, str]:
    """The catalog, and what it is called."""
    reaching = {PY_IO_IMPL: "pyiceberg.io.pyarrow.PyArrowFileIO", **endpoint(_ENDPOINT)}
    if Config().get_catalog_config(NAME) is not None:
        return load_catalog(NAME, **reaching), f"the Iceberg catalog {NAME}"
    file = _file(what)
    file.parent.mkdir(parents=True, exist_ok=True)
    uri, warehouse = f"sqlite:///{file}", f"{what.root}/{FOLDER}"
    catalog = load_catalog(NAME, type="sql", uri=uri, warehouse=warehouse, **reaching)
    return catalog, f"the Iceberg catalog {file}"


def _file(what: Registration) -> Path:
    if isinstance(what.storage, Disk):
        return what.storage.root.absolute() / FOLDER / "catalog.sqlite"
    named = re.sub(r"[^a-z0-9]+", "-", what.storage.shown.lower()).strip("-")
    return user_data_path("dhub-iceberg", appauthor=False) / f"{named}.sqlite"
