"""Rows that come in slices: the same bank as in one piece, and never much of it in memory."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fixtures import sliced_bank, tiny_bank
from fixtures.command import Begin
from fixtures.sliced_bank import BANK, REST, TABLES, part, until
from fixtures.tiny_bank import contents, tiny_plan

from dhub.errors import Fault
from dhub.estate.databases import Estate
from dhub.estate.digests import table_digest
from dhub.estate.hold import Hold
from dhub.flow import orchestrate
from dhub.flow.digest import shard_digest
from dhub.flow.encode import keyed, made, sliced
from dhub.flow.events import Retried
from dhub.flow.export import export
from dhub.flow.plan import key_ranges
from dhub.flow.sinks import files, parquet, waiting
from dhub.flow.sinks.files import FileSink, WriteFailed
from dhub.flow.sinks.memory import MemorySink
from dhub.flow.sinks.postgres import copy_rows
from dhub.flow.worker import Task, batches, work
from dhub.model import Rows, Shard, Table
from dhub.profiles import load_profile
from dhub.verify.digest import digest_estate

CUSTOMERS = "4700"  # three shards; the last ends in the midst of a slice
GUIDE = load_profile("guide")


@pytest.fixture
def estate(equipped: Estate, copy_of: Callable[[Estate], Estate]) -> Estate:
    return copy_of(equipped)


def seeded(estate: Estate, bank: str = sliced_bank.NAME, workers: int = 1, **more: Any) -> Any:
    return orchestrate.seed(estate, tiny_plan(customers=CUSTOMERS), workers, bank=bank, **more)


def ledgers(estate: Estate) -> list[tuple[Any, ...]]:
    with psycopg.connect(estate.urls["accounts_db"]) as conn:
        return conn.execute(
            "SELECT shard_index, table_name, row_count, first_key, last_key, digest"
            " FROM dhub.entries ORDER BY 1, 2"
        ).fetchall()


@pytest.fixture(scope="module")
def whole(equipped: Estate, kept_copy: Callable[[Estate], Estate]) -> Estate:
    """The same customers in the tiny bank, whose shards come in one piece."""
    estate = kept_copy(equipped)
    seeded(estate, tiny_bank.NAME)
    return estate


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """And as files."""
    root = tmp_path_factory.mktemp("files")
    for style in ("csv", "parquet"):
        export(tiny_plan(customers=CUSTOMERS), root / style, style, bank=tiny_bank.NAME)
    return {style: root / style for style in ("csv", "parquet")}


# --------------------------------------------------------------------------------------- batches


@pytest.mark.parametrize("customers", [1, 2, 3, 4, 699, 700, 701, 1999, 2000])
@pytest.mark.parametrize("name", ["holders", "moves"])
def test_slices_end_where_the_customers_do(name: str, customers: int) -> None:
    shard = Shard(tiny_plan().run, 2, customers)
    slices = list(sliced(TABLES[name], shard))
    rows = pa.concat_batches(slices)
    assert rows == made(TABLES[name], shard)
    assert rows.num_rows == customers * (1 if name == "holders" else tiny_bank.MOVES)


def test_no_slice_is_made_whose_owners_are_all_beyond_the_end() -> None:
    asked = []

    def slices(shard: Shard) -> Iterator[Rows]:
        rows = TABLES["moves"].rows(shard)
        for start in range(0, 2000, 100):
            asked.append(start)
            yield part(rows, start, start + 100)

    table = replace(TABLES["moves"], slices=slices)
    assert sum(map(len, sliced(table, Shard(tiny_plan().run, 1, 250)))) == 250 * tiny_bank.MOVES
    assert asked == [0, 100, 200]


@pytest.mark.parametrize("order", [(1, 0), (0, 0)])
def test_slices_in_disorder_are_our_fault(order: tuple[int, int]) -> None:
    shard = Shard(tiny_plan().run, 1)
    rows = made(TABLES["moves"], shard)
    halves = rows.slice(0, 7000), rows.slice(7000)
    with pytest.raises(Fault, match="moves: keys of shard 1 do not ascend"):
        list(keyed(TABLES["moves"], 1, GUIDE, [halves[number] for number in order]))


def test_a_key_of_the_next_shard_in_the_last_slice_is_our_fault() -> None:
    rows = made(TABLES["moves"], Shard(tiny_plan().run, 1))
    close = replace(TABLES["moves"], stride=13_999)
    with pytest.raises(Fault, match="keys 7001 to 14000 of shard 1 lie outside 1 to 13999"):
        list(keyed(close, 1, GUIDE, [rows.slice(0, 7000), rows.slice(7000)]))


def test_rows_of_one_slice_and_of_many_are_the_same_in_memory() -> None:
    held = []
    for bank in (tiny_bank.BANK, BANK):
        sink, plan = MemorySink(), tiny_plan(customers=CUSTOMERS)
        for index in plan.indexes:
            work(bank, plan, Task(index, ("employees_db", "accounts_db")), sink, lambda event: None)
        held.append({place: sink.table(*place) for place in sink.held})
    assert held[0] == held[1]


# ---------------------------------------------------------------------------------------- digest


@pytest.mark.parametrize("name", ["holders", "moves"])
def test_the_digest_does_not_see_how_slices_are_cut(name: str) -> None:
    table = TABLES[name]
    rows = made(table, Shard(tiny_plan().run, 1, 900))
    expected, draw = shard_digest(table, [rows]), np.random.default_rng(5)
    for count in (1, 2, 7, 40, 300):
        cuts = np.sort(draw.integers(0, len(rows) + 1, count))  # some slices are empty
        ends = zip([0, *cuts], [*cuts, len(rows)], strict=True)
        slices = [rows.slice(low, high - low) for low, high in ends]
        assert shard_digest(table, slices) == expected, cuts
    assert shard_digest(table, [rows.slice(0, len(rows) - 1)]) != expected


# --------------------------------------------------------------------------------------- the load


@pytest.mark.parametrize("workers", [1, 2])
def test_a_load_in_slices_is_the_load_in_one_piece(
    estate: Estate, whole: Estate, workers: int
) -> None:
    seeded(estate, workers=workers)
    assert contents(estate) == contents(whole)
    assert ledgers(estate) == ledgers(whole)
    found = digest_estate(estate, BANK)
    assert found.passed and found.recorded == digest_estate(whole, tiny_bank.BANK).recorded


def test_verify_computes_a_digest_in_blocks(whole: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dhub.verify.digest._BLOCK", 1000)
    found = digest_estate(whole, BANK)
    assert found.passed and found.recorded is not None


@pytest.mark.parametrize("workers", [1, 2])
def test_a_collision_in_a_late_slice_begins_the_shard_anew(estate: Estate, workers: int) -> None:
    taken = (2000 + 1500) * 8  # the e-mail of a customer of the second shard's sixth slice
    with psycopg.connect(estate.urls["accounts_db"]) as conn:
        conn.execute("INSERT INTO holders VALUES (999999, %s, NULL)", (f"e{taken}",))
    events: list[Any] = []
    seeded(estate, workers=workers, listener=events.append)
    found = [each for each in events if isinstance(each, Retried)]
    assert [(each.shard, each.attempt, each.place.value) for each in found] == [(2, 0, f"e{taken}")]
    holders = contents(estate)["holders"]
    assert [row[1] for row in holders[1999:2001]] == ["e15992", "e16001"]
    assert [len(rows) for rows in contents(estate).values()] == [150, 4701, 32_900]
    assert [row[2] for row in ledgers(estate) if row[1] == "holders"] == [0, 2000, 2000, 700]


RUN = """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from fixtures.sliced_bank import NAME
from fixtures.tiny_bank import tiny_plan
from dhub.estate.databases import Estate
from dhub.flow import orchestrate
from dhub.flow.export import export
plan = tiny_plan(customers=sys.argv[2])
if sys.argv[3] == "load":
    orchestrate.seed(Estate(eval(sys.argv[4])), plan, 1, bank=NAME)
else:
    export(plan, Path(sys.argv[4]), sys.argv[3], workers=1, bank=NAME)
"""


def killed(rest: Path, begin: Begin, *words: str) -> None:
    """Kill a run in the midst of the second shard's rows."""
    root = str(Path(__file__).parents[1])
    process = begin(root, CUSTOMERS, *words, env={REST: str(rest)}, code=RUN)
    until(lambda: rest.exists() or process.poll() is not None)
    process.kill()
    assert process.wait() == -signal.SIGKILL and rest.exists(), process.err


def test_killed_in_the_midst_of_a_shard_and_resumed(
    estate: Estate, whole: Estate, tmp_path: Path, begin: Begin
) -> None:
    killed(tmp_path / "rests", begin, "load", repr(estate.urls))
    until(lambda: _free(estate))
    assert [row[:2] for row in ledgers(estate)] == [
        (0, "holders"), (0, "moves"), (1, "holders"), (1, "moves")
    ]  # fmt: skip
    assert len(contents(estate)["moves"]) == 14_000, "no slice of the second shard stays"
    assert orchestrate.resume(estate, 2, bank=sliced_bank.NAME) is not None
    assert contents(estate) == contents(whole)
    assert ledgers(estate) == ledgers(whole)


def _free(estate: Estate) -> bool:
    """Whether the server has noticed that the run is gone."""
    try:
        with Hold(estate):
            return True
    except Exception:
        return False


# --------------------------------------------------------------------------------------- the files


def sums(folder: Path) -> dict[str, str]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("most", [10, 1 << 20])
def test_csv_in_slices_is_the_file_in_one_piece(
    folders: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    workers: int,
    most: int,
) -> None:
    """Also where nearly all that waits for its turn goes to the disk."""
    monkeypatch.setattr(waiting, "_IN_MEMORY", most)
    plan = tiny_plan(customers=CUSTOMERS)
    export(plan, tmp_path / "x", "csv", workers=workers, bank=sliced_bank.NAME)
    assert sums(tmp_path / "x") == sums(folders["csv"])


@pytest.mark.parametrize("workers", [1, 2])
def test_parquet_in_slices_has_the_same_rows(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr(parquet, "GROUP_ROWS", 4_000)
    plan = tiny_plan(customers=CUSTOMERS)
    done = export(plan, tmp_path / "x", "parquet", workers=workers, bank=sliced_bank.NAME)
    for path in folders["parquet"].rglob("*.parquet"):
        again = tmp_path / "x" / path.relative_to(folders["parquet"])
        assert pq.read_table(again) == pq.read_table(path), path
    meta = pq.ParquetFile(tmp_path / "x" / "accounts_db" / "moves.parquet").metadata
    groups = [meta.row_group(place).num_rows for place in range(meta.num_row_groups)]
    assert groups == [4_900, 9_093, 4_907, 9_093, 4_907], "they end where a slice does"
    loaded = export(plan, tmp_path / "y", "csv", bank=tiny_bank.NAME)
    assert done.document["digest"] == loaded.document["digest"]


@pytest.mark.parametrize("style", ["csv", "parquet"])
def test_an_export_killed_in_the_midst_of_a_shard(
    folders: dict[str, Path], tmp_path: Path, begin: Begin, style: str
) -> None:
    folder = tmp_path / "x"
    killed(tmp_path / "rests", begin, style, str(folder))
    assert not (folder / "manifest.json").exists()
    assert not (folder / "accounts_db" / f"moves.{style}").exists()
    plan = tiny_plan(customers=CUSTOMERS)
    export(plan, folder, style, replace=True, workers=2, bank=tiny_bank.NAME)
    assert sums(folder) == sums(folders[style])


def test_what_waits_for_its_turn_leaves_no_file(tmp_path: Path) -> None:
    file = files.TableFile(tmp_path, "csv", TABLES["moves"], 1, [(3, "moves.csv")])
    for shard in (3, 2):
        for data in (b"a\n" * 2_000_000, b"b\n"):
            file.add(files.Piece("accounts_db", "moves", shard, 1, data))
    assert {path.name for path in tmp_path.iterdir()} == {".moves.csv.part"}
    file.end(files.End("accounts_db", "moves", 3, b"3"))
    assert file.rows == 0
    file.add(files.Piece("accounts_db", "moves", 1, 1, b"first\n"))
    file.end(files.End("accounts_db", "moves", 1, b"1"))
    assert (file.rows, file.next) == (3, 2), "what has come of the second shard is written"
    file.end(files.End("accounts_db", "moves", 2, b"2"))
    assert (file.rows, file.next, file.digest) == (5, 4, table_digest([b"1", b"2", b"3"]))
    file.drop()


@pytest.mark.parametrize("style", ["csv", "parquet"])
def test_a_disk_that_is_full_while_shards_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, style: str
) -> None:
    """The first shard comes to rest; the second waits in a file that is /dev/full."""
    monkeypatch.setattr(sliced_bank, "RESTS_IN", (1, 4))
    monkeypatch.setenv(REST, str(tmp_path / "rests"))
    monkeypatch.setattr("dhub.flow.crew._GRACE", 0.1)
    full = partial(open, "/dev/full", "wb")
    monkeypatch.setattr(waiting, "SpooledTemporaryFile", lambda max_size, dir: full())
    plan = tiny_plan(customers=CUSTOMERS)
    with pytest.raises(WriteFailed, match="The disk is full at .*x; nothing of the export"):
        export(plan, tmp_path / "x", style, workers=2, bank=sliced_bank.NAME)
    assert not (tmp_path / "x").exists()


# ------------------------------------------------------------------------------------------ memory


def long_table() -> tuple[Table, list[int]]:
    """A table of 40 slices of some megabytes, and what Arrow held when each was asked for."""
    held: list[int] = []

    def slices(shard: Shard) -> Iterator[Rows]:
        rows = TABLES["moves"].rows(shard)
        for start in range(0, 2000, 50):
            held.append(pa.total_allocated_bytes())
            few = part(rows, start, start + 50)
            yield Rows(few.columns | {"note": pa.array(["x" * 10_000] * len(few.owner))}, few.owner)

    return replace(TABLES["moves"], slices=slices), held


@pytest.mark.parametrize("style", ["csv", "parquet"])
def test_a_file_sink_holds_few_slices(style: str) -> None:
    table, held = long_table()
    told: list[int] = []

    def tell(word: Any) -> None:
        told.append(len(word.data) if isinstance(word, files.Piece) else 0)

    domain = replace(BANK[1], tables=(table,))
    plan = tiny_plan(customers="2000")
    FileSink(style, tell).load("accounts_db", 1, 0, batches(domain, plan, 1, 0))
    assert len(held) == 40 and sum(told) > 140_000_000
    assert max(held) - held[0] < 4 * max(told)


def test_a_load_holds_few_slices(estate: Estate) -> None:
    table, held = long_table()
    domain = replace(BANK[1], tables=(table,))
    plan = tiny_plan(customers="2000")
    with psycopg.connect(estate.urls["accounts_db"]) as conn:
        conn.execute("ALTER TABLE moves DROP CONSTRAINT moves_holder_id_fkey")
        ((_, slices),) = batches(domain, plan, 1, 0)
        assert copy_rows(conn, "accounts_db", table, slices).rows == 14_000
        conn.rollback()
    assert max(held) - held[0] < 16_000_000


# -------------------------------------------------------------------------------------------- keys


def test_a_profile_may_decide_how_many_keys_a_shard_has() -> None:
    table = replace(
        TABLES["moves"], strides=lambda profile: 50_000 if profile.name == "guide" else 14_000
    )
    other = load_profile("requirements")
    assert [table.first_key(index, GUIDE) for index in range(4)] == [1, 1, 50_001, 100_001]
    assert [table.first_key(index, other) for index in range(4)] == [1, 1, 14_001, 28_001]
    assert table.first_key(0) == 1
    with pytest.raises(Fault, match="moves: its keys depend on the profile"):
        table.first_key(2)
    rows = made(TABLES["moves"], Shard(tiny_plan().run, 1))
    assert len(list(keyed(table, 1, other, [rows]))) == 1
    with pytest.raises(Fault, match="lie outside 14001 to 28000"):
        list(keyed(table, 2, other, [rows]))
    domain = replace(BANK[1], tables=(table,))
    spans = {"guide": (1, 150_000), "requirements": (1, 42_000)}
    for name, span in spans.items():
        plan = tiny_plan(customers=CUSTOMERS, profile=name)
        assert key_ranges(plan, domain) == {"moves": ("move_id", *span)}
