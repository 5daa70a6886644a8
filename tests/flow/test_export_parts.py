"""An export in parts: one digest and one set of bytes, whoever writes which part, and where."""

from __future__ import annotations

import json
import pickle
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fixtures.bucket import Store
from fixtures.parts import FINISH, REPLACE, RESUME, ROWS, SHARDS, held, named, write
from fixtures.tiny_bank import NAME, tiny_plan

from dhub.errors import DhubError, Refused, UsageError
from dhub.flow.claim import How
from dhub.flow.events import Begun, Loaded
from dhub.flow.export import export
from dhub.flow.parting import Parting
from dhub.flow.parts import PLAN, cut
from dhub.flow.sinks.files import name_of_draft
from dhub.flow.storage import storage_of

OTHERS = {"customers": "8000"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> dict[str, Path]:
    """The bank as one file a table, in both formats."""
    root = tmp_path_factory.mktemp("whole")
    for style in ("csv", "parquet"):
        export(tiny_plan(**SHARDS), root / style, style, workers=1, bank=NAME)
    return {style: root / style for style in ("csv", "parquet")}


def manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text())


@pytest.mark.parametrize("style", ["csv", "parquet"])
@pytest.mark.parametrize("shards", [1, 2, 3])
def test_one_digest_whatever_the_parts(tmp_path, whole, style, shards):
    write(tmp_path / "bank", style=style, shards=shards)
    ours, theirs = manifest(tmp_path / "bank"), manifest(whole[style])
    assert ours["parts"]["count"] == -(-5 // shards)
    for name in ("digest", "rows", "seed", "customers", "profile", "format"):
        assert ours[name] == theirs[name]
    for made, one in zip(ours["tables"], theirs["tables"], strict=True):
        same = set(one) - {"file", "bytes", "sha256"}
        assert {name: made[name] for name in same} == {name: one[name] for name in same}
        assert made["rows"] == sum(each["rows"] for each in made["files"])


def test_the_manifest_tells_of_every_file(parts):
    tables = json.loads(parts["manifest.json"])["tables"]
    files = {each["file"]: each for table in tables for each in table["files"]}
    assert set(parts) - set(files) == {
        "manifest.json",
        PLAN,
        *(f"_parts/part-00000{number}.json" for number in range(5)),
    }
    for name, each in files.items():
        assert (len(parts[name]), sha256(parts[name]).hexdigest()) == (
            each["bytes"],
            each["sha256"],
        )


@pytest.mark.parametrize("style", ["csv", "parquet"])
def test_the_rows_are_those_of_one_file_in_their_order(tmp_path, whole, style):
    write(tmp_path / "bank", style=style, shards=2)
    for table, one in zip(
        manifest(tmp_path / "bank")["tables"], manifest(whole[style])["tables"], strict=True
    ):
        files = [tmp_path / "bank" / each["file"] for each in table["files"]]
        if style == "parquet":
            assert pq.read_table(files) == pq.read_table(whole[style] / one["file"])
            continue
        heads, rows = zip(*(each.read_text().split("\n", 1) for each in files), strict=True)
        assert f"{heads[0]}\n{''.join(rows)}" == (whole[style] / one["file"]).read_text()
        assert len(set(heads)) == 1


def test_what_only_the_foundation_has_is_in_part_0(parts):
    names = [name.rsplit("-", 1)[0] for name in parts if name.startswith("employees_db/")]
    assert names == ["employees_db/clerks/part-000000"]
    names = [name.rsplit("-", 1)[0] for name in parts if "transaction_types" in name]
    assert names == ["accounts_db/transaction_types/part-000000"]


def test_workers_change_nothing(tmp_path, parts):
    heard: list[Any] = []
    done = write(tmp_path / "bank", workers=3, listener=heard.append)
    assert (done.workers, held(tmp_path / "bank")) == (3, parts)
    assert sum(each.rows for each in heard if isinstance(each, Loaded)) == ROWS - 9


def test_a_bucket_holds_what_a_disk_does(store, parts):
    write(store.url)
    assert store.held() == parts


@pytest.mark.parametrize("slices", [2, 7])
def test_slices_in_any_order_then_the_manifest(place, parts, slices):
    for number in reversed(range(1, slices + 1)):
        done = write(named(place), How(part=(number, slices)))
        assert len(done.parts) - done.there == len(done.parts) <= -(-5 // slices)
    assert "manifest.json" not in held(place)
    done = write(named(place), FINISH)
    assert (held(place), done.there) == (parts, ROWS)


def test_a_part_that_is_written_again(place, parts):
    """As a cluster does it that lost the word of its worker: nothing differs afterwards."""
    first = write(named(place), How(part=(2, 5)))
    plan = tiny_plan(**SHARDS)
    tables = json.loads(parts[PLAN])["tables"]
    job = Parting(NAME, plan, cut(plan, "parquet", tables, 1), storage_of(named(place)))
    with pickle.loads(pickle.dumps(job)).opened() as do:
        do(first.parts[0], lambda word: None)
    assert held(place).items() <= parts.items()
    write(named(place), RESUME)
    assert held(place) == parts


@pytest.mark.parametrize("lost", ["_parts/part-000002.json", "accounts_db/moves/part-000003"])
def test_resuming_makes_what_is_missing_and_nothing_else(place, parts, lost):
    write(named(place))
    name = next(name for name in parts if name.startswith(lost))
    number = int(name.partition("part-")[2][:6])
    if isinstance(place, Store):
        place.remove(name)
        place.remove("manifest.json")
    else:
        (place / name).unlink()
        (place / "manifest.json").unlink()
    heard: list[Any] = []
    done = write(named(place), RESUME, listener=heard.append)
    assert held(place) == parts
    assert {each.shard for each in heard if isinstance(each, Loaded)} == {number + 1}
    assert done.there == ROWS - 16_000
    (begun,) = [each for each in heard if isinstance(each, Begun)]
    assert sum(begun.there.values()) == done.there - 9


def test_a_part_cut_short_is_no_part(tmp_path, parts):
    write(tmp_path / "bank")
    name = next(name for name in parts if name.startswith("accounts_db/moves/part-000003"))
    (tmp_path / "bank" / name).write_bytes(parts[name][:-1])
    (tmp_path / "bank" / "_parts" / "part-000001.json").write_bytes(b'{"part": 1')
    with pytest.raises(Refused, match="2 of 5 parts are missing: 1, 3"):
        write(tmp_path / "bank", FINISH)
    write(tmp_path / "bank", RESUME)
    assert held(tmp_path / "bank") == parts


def test_resuming_what_is_whole_or_not_begun(place, parts):
    write(named(place), RESUME)
    heard: list[Any] = []
    assert write(named(place), RESUME, listener=heard.append).there == ROWS
    assert held(place) == parts
    assert not [each for each in heard if isinstance(each, Loaded)]


def test_drafts_of_killed_processes_go_in_the_end(tmp_path, parts):
    write(tmp_path / "bank", How(part=(1, 2)))
    name = next(name for name in parts if name.startswith("accounts_db/moves/part-000003"))
    (tmp_path / "bank" / name).with_name(f".{Path(name).name}.0123abcd.part").write_text("half")
    theirs = tmp_path / "bank" / ".notes.part"
    theirs.write_text("mine")
    write(tmp_path / "bank", RESUME)
    assert theirs.read_text() == "mine"
    theirs.unlink()
    assert held(tmp_path / "bank") == parts


def test_whoever_begins_at_the_same_time_is_no_stranger(place, parts):
    """Of an array of jobs one is about to put the plan there, and another tries the place."""
    passing = ["_parts/probe-0123"]
    passing += [] if isinstance(place, Store) else ["_parts/.plan.json.0123abcd.part"]
    for name in passing:
        if isinstance(place, Store):
            place.put(name)
        else:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text("half")
    write(named(place), How(part=(1, 1)))
    assert {name: held(place)[name] for name in parts if name != "manifest.json"}.items() <= (
        parts.items()
    )


def test_finishing_too_early(place):
    with pytest.raises(UsageError, match="holds no part of an export that could be finished"):
        write(named(place), FINISH)
    assert held(place) == {}
    write(named(place), How(part=(2, 5)))
    with pytest.raises(Refused) as refused:
        write(named(place), FINISH)
    assert str(refused.value) == (
        f"{named(place)}: 4 of 5 parts are missing: 0, 2-4 (counted from 0, as their files are).\n"
        "Use --resume to write what is missing, or --part 1/5 for the first of them, then --finish."
    )
    assert "manifest.json" not in held(place)


def test_a_begun_export_is_refused_unless_it_is_gone_on_with(place):
    write(named(place), How(part=(1, 2)))
    before = held(place)
    with pytest.raises(Refused) as refused:
        write(named(place))
    assert str(refused.value) == (
        f"{named(place)} holds 2 of 5 parts of this export. "
        "Use --resume to go on, or --replace to write it anew."
    )
    with pytest.raises(Refused, match="holds parts of another export that was begun: customers"):
        write(named(place), **OTHERS)
    assert held(place) == before


@pytest.mark.parametrize("how", [RESUME, FINISH, How(part=(3, 5))])
def test_another_plan_is_refused(place, how):
    write(named(place), How(part=(1, 2)))
    before = held(place)
    with pytest.raises(Refused, match="parts of another plan: customers 9000 there, 8000 here"):
        write(named(place), how, **OTHERS)
    with pytest.raises(Refused, match="format parquet there, csv here"):
        write(named(place), how, style="csv")
    with pytest.raises(Refused, match="shards_a_part 1 there, 2 here"):
        write(named(place), how, shards=2)
    assert held(place) == before


def test_a_whole_export_is_refused(place):
    write(named(place))
    before = held(place)
    for options in ({}, OTHERS):
        with pytest.raises(Refused) as refused:
            write(named(place), **options)
        assert str(refused.value) == (
            f"{named(place)} holds an export (9,000 customers, seed 42, as of 2026-11-01). "
            "Use --replace to write it anew."
        )
    assert held(place) == before


@pytest.mark.parametrize("begun", [How(), How(part=(2, 3))])
def test_replacing(place, parts, begun):
    write(named(place), begun, style="csv", **OTHERS)
    write(named(place), REPLACE)
    assert held(place) == parts


@pytest.mark.parametrize("how", [How(), RESUME, REPLACE, How(part=(1, 5))])
def test_what_no_export_wrote_is_refused(place, how):
    if isinstance(place, Store):
        place.put("notes.txt")
    else:
        place.mkdir()
        (place / "notes.txt").write_text("mine")
    with pytest.raises(Refused, match=r"is not empty: it holds notes.txt, and no export of dhub"):
        write(named(place), how)
    assert held(place) == {"notes.txt": b"mine"}


def test_replacing_leaves_what_is_not_ours(place):
    write(named(place))
    name = "accounts_db/moves/part-000000-0123abcd.parquet"
    if isinstance(place, Store):
        place.put(name)
    else:
        (place / name).write_text("mine")
    before = held(place)
    with pytest.raises(Refused, match=f"holds {name}, which no export of dhub put there"):
        write(named(place), REPLACE)
    assert held(place) == before


def test_replacing_one_way_of_writing_by_the_other(tmp_path, parts, whole):
    folder = tmp_path / "bank"
    export(tiny_plan(**SHARDS), folder, "csv", workers=1, bank=NAME)
    with pytest.raises(Refused, match="holds an export .9,000 customers"):
        write(folder)
    write(folder, REPLACE)
    assert held(folder) == parts
    with pytest.raises(Refused, match="holds an export .9,000 customers"):
        export(tiny_plan(**SHARDS), folder, "csv", workers=1, bank=NAME)
    export(tiny_plan(**SHARDS), folder, "csv", replace=True, workers=1, bank=NAME)
    assert held(folder) == held(whole["csv"])
    (folder / "manifest.json").unlink()


@pytest.mark.parametrize("style", ["csv", "parquet"])
def test_a_bank_of_one_part_has_the_bytes_of_a_small_export(place, whole, style):
    write(named(place), style=style, shards=5)
    expected = held(whole[style])
    found = held(place)
    assert {name: found[name] for name in expected} == expected
    assert set(found) - set(expected) == {PLAN, "_parts/part-000000.json"}
    write(named(place), REPLACE)
    assert not set(held(place)) & (set(expected) - {"manifest.json"})


def test_a_plan_that_changes_under_way_stops_the_next_part(place):
    write(named(place), How(part=(1, 5)))
    if isinstance(place, Store):
        place.put(PLAN, b"{}")
    else:
        (place / PLAN).write_text("{}")
    before = held(place)
    with pytest.raises(Refused, match="its plan.json is not one of dhub"):
        write(named(place), How(part=(2, 5)))
    assert held(place) == before


def test_a_worker_that_fails_leaves_no_half_of_a_part(place, monkeypatch):
    """The disk is full, or the store is gone, with the second file of the third part."""
    from dhub.flow.sinks.parts import _File

    kept, calls = _File.kept, []

    def failing(file: Any) -> Any:
        calls.append(file)
        if len(calls) > 9:
            raise OSError(28, "No space left on device")
        return kept(file)

    monkeypatch.setattr(_File, "kept", failing)
    with pytest.raises(DhubError, match="The disk is full at .*; the parts that are whole stay"):
        write(named(place))
    left = held(place)
    assert not [name for name in left if name_of_draft(name) != name]
    assert sorted(name for name in left if name.startswith("_parts")) == [
        f"_parts/part-00000{number}.json" for number in range(3)
    ] + [PLAN]
