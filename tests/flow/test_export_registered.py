"""`dhub export --register`: finished files are known as tables of Iceberg and Delta."""

from __future__ import annotations

import json
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fixtures.bucket import Store
from fixtures.command import Dhub
from fixtures.parts import REPLACE, RESUME, held, named, write

from dhub.errors import Refused
from dhub.flow.registered import register
from dhub.flow.storage import storage_of

pytest.importorskip("pyiceberg", reason="pip install '.[iceberg]'")
pytest.importorskip("deltalake", reason="pip install '.[delta]'")
# Both use what others have announced to be old.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

SMALL = ("export", "bank", "--format", "parquet", "--customers", "60", "--as-of", "2026-01-01")


@pytest.fixture(params=["disk", "bucket"])
def place(request, tmp_path, monkeypatch) -> Any:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "bank" if request.param == "disk" else request.getfixturevalue("store")


def iceberg(place: Any, tmp_path: Path, name: str) -> pa.Table:
    """A table by the catalog that dhub made."""
    from pyiceberg.catalog import load_catalog

    (file,) = tmp_path.rglob("*.sqlite")
    reaching = {"s3.endpoint": place.env["AWS_ENDPOINT_URL"]} if isinstance(place, Store) else {}
    catalog = load_catalog("dhub", type="sql", uri=f"sqlite:///{file}", **reaching)
    found = catalog.load_table(name).scan().to_arrow()
    catalog.close()
    return found


def delta(place: Any, tmp_path: Path, name: str) -> pa.Table:
    """A table by the log beside its files."""
    from deltalake import DeltaTable

    root = place.url if isinstance(place, Store) else place.as_uri()
    options = {"AWS_ALLOW_HTTP": "true"} if isinstance(place, Store) else {}
    table = DeltaTable(f"{root}/{name.replace('.', '/')}", storage_options=options)
    return pa.table(table.to_pyarrow_table() if not isinstance(place, Store) else _rows(table))


def _rows(table: Any) -> Any:
    """Read by the library itself, which has the way to the bucket."""
    from deltalake import QueryBuilder

    return pa.table(QueryBuilder().register("t", table).execute("SELECT * FROM t").read_all())


READ = {"iceberg": iceberg, "delta": delta}


@pytest.mark.parametrize("kind", READ)
def test_tables_are_known_and_no_file_is_written_anew(place, tmp_path, kind):
    done = write(named(place), customers="2100")
    before = held(place)
    for _ in range(2):  # the second time it finds all of it
        register(kind, storage_of(named(place)), done.files)
    after = held(place)
    assert {name: after[name] for name in before} == before
    assert all(
        name.startswith("_iceberg/") or "/_delta_log/" in name for name in set(after) - set(before)
    )
    for table in ("accounts_db.holders", "accounts_db.moves", "employees_db.clerks"):
        known = READ[kind](place, tmp_path, table)
        files = sorted(name for name in before if name.startswith(table.replace(".", "/")))
        rows = pa.concat_tables(pq.read_table(pa.BufferReader(before[name])) for name in files)
        key = itemgetter(rows.schema.names[0])
        assert sorted(known.to_pylist(), key=key) == sorted(rows.to_pylist(), key=key)


@pytest.mark.parametrize("kind", READ)
def test_registered_files_can_be_resumed_and_replaced(tmp_path, kind):
    place = tmp_path / "bank"
    done = write(named(place))
    register(kind, storage_of(named(place)), done.files)
    assert write(named(place), RESUME).there == done.document["rows"]
    with pytest.raises(Refused, match="Use --replace"):
        write(named(place))
    write(named(place), REPLACE, customers="1000")
    assert not [name for name in held(place) if "_delta_log" in name or "_iceberg" in name]


@pytest.mark.parametrize("kind", READ)
def test_a_table_of_other_files_is_refused(tmp_path, kind):
    done = write(tmp_path / "bank")
    storage = storage_of(str(tmp_path / "bank"))
    register(kind, storage, done.files)
    fewer = tuple(replace(each, parts=each.parts[:1]) for each in done.files)
    before = held(tmp_path / "bank")
    with pytest.raises(Refused, match="with other files"):
        register(kind, storage, fewer)
    assert held(tmp_path / "bank") == before


def test_a_catalog_that_fails_leaves_the_files_and_says_what_to_type(dhub, tmp_path):
    """pyiceberg's own configuration names a catalog, which nobody answers for."""
    env = {
        "PYICEBERG_CATALOG__DHUB__TYPE": "sql",
        "PYICEBERG_CATALOG__DHUB__URI": f"sqlite:///{tmp_path}/no/such/catalog",
    }
    done = dhub(*SMALL, "--register", "iceberg", env=env)
    assert (done.code, done.out, len(done.err.splitlines())) == (4, "", 2)
    assert done.err.startswith("dhub: All files are there, but not their tables: ")
    assert done.err.endswith("Run it again with --finish --register iceberg.\n")
    assert (tmp_path / "bank" / "manifest.json").exists()
    assert dhub(*SMALL, "--finish", "--register", "iceberg").code == 0


@pytest.mark.parametrize("kind", READ)
def test_the_command_gives_a_small_bank_folders(dhub: Dhub, tmp_path, kind):
    done = dhub(*SMALL, "--register", kind, "--json")
    assert (done.code, done.err) == (0, "")
    assert kind in done.json["registered"].lower()
    table = next(each for each in done.json["tables"] if each["table"] == "transactions")
    assert (
        READ[kind](tmp_path / "bank", tmp_path, "accounts_db.transactions").num_rows
        == (table["rows"])
    )
    manifest = json.loads((tmp_path / "bank" / "manifest.json").read_text())
    assert manifest["parts"]["count"] == 1
    whole = dhub("export", "whole", *SMALL[2:], "--json")
    assert whole.json["digest"] == manifest["digest"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--register", "hudi"), "'hudi' is not one of"),
        (("--register", "delta", "--part", "1/2"), "--register is for the finished export"),
        (("--register", "delta", "--format", "csv"), "takes files of --format parquet"),
        (("--register", "iceberg", "--format", "sqlite"), "takes files of --format parquet"),
    ],
)
def test_wrong_usage(dhub: Dhub, tmp_path, words, message):
    done = dhub(*SMALL, *words)
    assert (done.code, done.out) == (2, "") and message in done.err
    assert not (tmp_path / "bank").exists()
