"""Takes the TOML files beside the migrations, gives the Catalog, or one error with all faults.

`catalog/*.toml` holds what the databases share, `<database>/catalog.toml` what is told of each.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from dhub.catalog.faults import faults_of
from dhub.catalog.model import Catalog
from dhub.errors import Fault
from dhub.settings import BESIDE, DATABASES
from dhub.shipped import migrations_dir

SHARED = (
    "domains", "groups", "users", "tags", "nodes", "terms", "properties", "products", "questions",
)  # fmt: skip
SCHEMAS = ("public", "reporting")
_INHERITED = ("domain", "owners", "properties")

Raw = dict[str, Any]


def load_catalog(folder: Path | None = None, *, beside: Iterable[str] = ()) -> Catalog:
    """Read the declarations (of another folder of migrations, if given); Fault lists all faults.

    They are those of the six databases, and of some `beside` them.
    """
    return _kept(folder or migrations_dir(), (*DATABASES, *beside))


@cache
def _kept(folder: Path, names: tuple[str, ...]) -> Catalog:
    catalog = _load(folder)
    kept = {name: each for name, each in catalog.databases.items() if name in names}
    products = {
        name: each
        for name, each in catalog.products.items()
        if {asset.partition(".")[0] for asset in each.assets} <= kept.keys()
    }
    return replace(catalog, databases=kept, products=products)


@cache
def _load(folder: Path) -> Catalog:
    faults: list[str] = []
    raw = _shared(folder, faults)
    raw["databases"] = {
        name: _database(name, _read(folder / name / "catalog.toml", folder, faults))
        for name in (*DATABASES, *BESIDE)
        if (folder / name).is_dir()
    }
    if faults:
        raise Fault(_message(faults))
    return _checked(raw)


def _checked(raw: Raw) -> Catalog:
    """Validate the shape of all that was read, then that every name in it is declared."""
    try:
        catalog = TypeAdapter(Catalog).validate_python(raw)
    except ValidationError as error:
        raise Fault(_message([_worded(each) for each in error.errors()])) from error
    if faults := list(faults_of(catalog)):
        raise Fault(_message(faults))
    return catalog


def _shared(folder: Path, faults: list[str]) -> Raw:
    """What all files of `catalog` hold together; every entry knows the key it stands under."""
    found: Raw = {section: {} for section in SHARED}
    for path in sorted((folder / "catalog").glob("*.toml")):
        where = path.relative_to(folder)
        for section, entries in _read(path, folder, faults).items():
            if section not in SHARED or not isinstance(entries, dict):
                faults.append(f"{where}: {section}: unknown section")
                continue
            known = found[section]
            faults += [
                f"{where}: {section}.{key}: declared twice" for key in entries if key in known
            ]
            known |= {key: _entry(section, key, each) for key, each in entries.items()}
    return found


def _entry(section: str, key: str, entry: Any) -> Any:
    """A term stands in the node that its id begins with."""
    more = {"node": key.rpartition(".")[0]} if section == "terms" else {}
    return _with(entry, id=key, **more)


def _read(path: Path, folder: Path, faults: list[str]) -> Raw:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{path.relative_to(folder)}: not valid TOML: {error}")
    except OSError as error:
        faults.append(f"{path.relative_to(folder)}: cannot be read: {error.strerror}")
    return {}


def _with(entry: Any, **more: Any) -> Any:
    """The entry with more keys, unless it is no table, which is left for validation."""
    return more | entry if isinstance(entry, dict) else entry


def _database(name: str, raw: Raw) -> Raw:
    """The tables of both schemas in one mapping, each with what its database gives to all."""
    raw = {"name": name} | raw
    own: Raw = {key: raw[key] for key in _INHERITED if key in raw}
    tables: Raw = {}
    for schema in SCHEMAS:
        given = _over(own, _part(_part(raw, "defaults"), schema))
        for table, entry in _part(raw, schema).items():
            tables[f"{schema}.{table}"] = _table(schema, table, entry, given)
    # A schema that is no table stays, so that validation finds it.
    left = {key: raw[key] for key in raw if key not in SCHEMAS or not isinstance(raw[key], dict)}
    return left | {"tables": tables}


def _table(schema: str, name: str, entry: Any, given: Raw) -> Any:
    if not isinstance(entry, dict):
        return entry
    entry = _over(given, {"name": name, "schema": schema} | entry)
    columns = entry.get("columns")
    if isinstance(columns, dict):
        entry["columns"] = {key: _with(each, name=key) for key, each in columns.items()}
    return entry


def _part(raw: Raw, key: str) -> Raw:
    """A table of the file; what is none is left for validation."""
    found = raw.get(key, {})
    return found if isinstance(found, dict) else {}


def _over(given: Raw, entry: Raw) -> Raw:
    """The entry over what is given to all, properties one by one."""
    both = _part(given, "properties") | _part(entry, "properties")
    wrong = not isinstance(entry.get("properties", {}), dict)
    return given | entry | ({} if wrong else {"properties": both})


def _worded(error: Any) -> str:
    """A fault of pydantic with the place it lies at, in the words of the files."""
    path = [str(each) for each in error["loc"]]
    if path[:1] == ["databases"]:
        path = [each for each in path[1:] if each != "tables"]
    return f"{'.'.join(path)}: {error['msg']}"


def _message(faults: list[str]) -> str:
    if len(faults) == 1:
        return f"the catalog's declarations: {faults[0]}"
    return "\n  ".join([f"the catalog's declarations have {len(faults)} faults:", *faults])
