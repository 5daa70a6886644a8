"""A large star is cut into parts: the same rows as in one file a table, and no more is held."""

from __future__ import annotations

import gc
import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fixtures.tiny_bank import TABLES, tiny_plan
from warehouse.test_star import planned

from dhub.errors import Fault, Refused
from dhub.flow.encode import made
from dhub.flow.sinks.files import End, Piece, TableFile, encoded
from dhub.flow.sinks.parquet import ParquetFile
from dhub.warehouse import equations
from dhub.warehouse.export import cut_star, export
from dhub.warehouse.export import slots as slots_of

RUN = ("guide", "4100", "8", "2025-04-15")  # three shards
SHARED = ("dim_date", "dim_product", "dim_merchant")  # by all customers: the first part has them

Told = dict[str, Any]


def manifest(root: Path) -> Told:
    told: Told = json.loads((root / "manifest.json").read_text())
    return told


@pytest.fixture(scope="module", params=["parquet", "csv"])
def stars(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same star whole, in three parts and in two, by one worker or by several."""
    root = tmp_path_factory.mktemp("stars")
    export(planned(*RUN), root / "whole", request.param, workers=2)
    export(planned(*RUN), root / "three", request.param, workers=2, shards=1)
    export(planned(*RUN), root / "alone", request.param, workers=1, shards=1)
    export(planned(*RUN), root / "two", request.param, workers=2, shards=2)
    return root


def held(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def read(root: Path, names: list[str]) -> Any:
    if names[0].endswith("parquet"):
        return pq.read_table([root / name for name in names])
    texts = [(root / name).read_text().splitlines() for name in names]
    assert {text[0] for text in texts} == {texts[0][0]}
    return [texts[0][0], *(line for text in texts for line in text[1:])]


@pytest.mark.parametrize("name", ["three", "two"])
def test_the_rows_are_those_of_one_file_in_their_order(stars: Path, name: str) -> None:
    ours, theirs = manifest(stars / name), manifest(stars / "whole")
    for told in ("digest", "rows", "customers", "reconciliation", "kind"):
        assert ours[told] == theirs[told], told
    for cut, one in zip(ours["tables"], theirs["tables"], strict=True):
        assert (cut["digest"], cut["rows"]) == (one["digest"], one["rows"])
        names = [each["file"] for each in cut["files"]]
        assert read(stars / name, names) == read(stars / "whole", [one["file"]]), one["table"]


def test_workers_change_no_byte(stars: Path) -> None:
    assert held(stars / "three") == held(stars / "alone")


def test_the_manifest_names_every_file(stars: Path) -> None:
    there, told = held(stars / "three"), manifest(stars / "three")
    assert (told["parts"]["count"], told["parts"]["shards"]) == (3, 1)
    files = {each["file"]: each for table in told["tables"] for each in table["files"]}
    assert set(there) == {*files, "manifest.json"}
    for name, each in files.items():
        found = {"bytes": len(there[name]), "sha256": sha256(there[name]).hexdigest()}
        assert found == {key: each[key] for key in found}
    assert told["bytes"] == sum(each["bytes"] for each in files.values())
    whose, style = told["parts"]["plan"][:8], told["format"]
    for table in told["tables"]:
        path = "ground_truth/cross_sell" if table["table"] == "cross_sell" else table["table"]
        numbers = [0] if table["table"] in SHARED else [0, 1, 2]
        assert [each["file"] for each in table["files"]] == [
            f"{path}/part-{number:06d}-{whose}.{style}" for number in numbers
        ]


def test_beyond_sixty_four_shards_a_star_is_cut() -> None:
    for customers, parts in (("128000", 1), ("128001", 2), ("500000", 4)):
        star = cut_star(planned("warehouse", customers, "42", "2026-01-01"), "parquet")
        assert len(star.parts) == parts
        found = {slot.table.name: slot for slot in slots_of(star)}
        names = [name for _, name in found["fact_transaction"].files]
        if parts == 1:
            assert names == ["fact_transaction.parquet"]
        else:
            assert names[-1] == f"fact_transaction/part-00000{parts - 1}-{star.digest[:8]}.parquet"


def test_a_star_in_parts_is_known_as_one(stars: Path, tmp_path: Path) -> None:
    """It is replaced by one that is not, and the other way round, and nothing is left of it."""
    few = ("guide", "2100", "8", "2025-04-15")
    export(planned(*few), tmp_path, "parquet", shards=1)
    with pytest.raises(Refused, match="holds a warehouse export .2,100 customers"):
        export(planned(*few), tmp_path, "parquet")
    (tmp_path / "dim_date" / "mine.txt").write_text("mine")
    with pytest.raises(Refused, match="mine.txt"):
        export(planned(*few), tmp_path, "parquet", replace=True)
    (tmp_path / "dim_date" / "mine.txt").unlink()
    export(planned(*few), tmp_path, "parquet", replace=True)
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"ground_truth"}
    export(planned(*few), tmp_path, "parquet", replace=True, shards=1)
    assert not list(tmp_path.glob("*.parquet"))


def test_one_that_does_not_reconcile_leaves_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "fact_interaction"
    monkeypatch.setitem(equations.STAR, name, lambda batch, seen: {})
    with pytest.raises(Fault, match="the star does not reconcile"):
        export(planned(*RUN), tmp_path / "star", "parquet", workers=1, shards=1)
    assert not (tmp_path / "star").exists()


def test_what_is_whole_is_let_go_of(tmp_path: Path) -> None:
    """One file is open and one writer is there, however many parts there are."""
    table, shards = TABLES["moves"], 40
    (tmp_path / "moves").mkdir()
    names = [(shard, f"moves/part-{shard}.parquet") for shard in range(1, shards + 1)]
    file = TableFile(tmp_path, "parquet", table, 1, names)
    rows = made(table, tiny_plan(customers="3").shard(1))
    data, writers, opened = encoded("parquet", table, rows), [], []
    for shard in range(1, shards + 1):
        if shard != 7:  # a shard without rows has no file
            file.add(Piece("accounts_db", "moves", shard, len(rows), data))
        file.end(End("accounts_db", "moves", shard, bytes([shard])))
        writers.append(sum(isinstance(each, ParquetFile) for each in gc.get_objects()))
        opened.append(len(os.listdir("/proc/self/fd")))
    assert max(writers) <= min(writers) + 1 and max(opened) <= min(opened) + 1
    file.finish()
    file.keep()
    kept = sorted(path.name for path in (tmp_path / "moves").iterdir())
    assert kept == sorted(Path(name).name for shard, name in names if shard != 7)
    assert file.digest == sha256(bytes(range(1, shards + 1))).hexdigest()
