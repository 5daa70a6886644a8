"""Tables whose rows come in slices: together these are the rows, wherever a shard is cut."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bank import run
from verifying.lives import remembered

from dhub.bank import BANK
from dhub.flow.digest import shard_digest
from dhub.flow.encode import keyed, made, sliced
from dhub.model import Shard, Table

SLICED = [table for domain in BANK for table in domain.tables if table.slices]


def test_the_longest_table_comes_in_slices() -> None:
    assert "transactions" in {table.name for table in SLICED}


@pytest.fixture(scope="module", autouse=True)
def ledgers() -> Iterator[None]:
    """Of one shard, whatever is asked of it."""
    with remembered(1):
        yield


@pytest.mark.parametrize("customers", [1, 700])
@pytest.mark.parametrize("table", SLICED, ids=lambda table: table.name)
def test_slices_are_the_rows(table: Table, customers: int) -> None:
    shard = Shard(run(7, "everyday"), 2, customers)
    slices = list(keyed(table, 2, shard.run.profile, sliced(table, shard)))
    assert shard_digest(table, slices) == shard_digest(table, [made(table, shard)])
    assert len(slices) > 1 or customers == 1
    assert max(map(len, slices)) < 100_000, "a slice is what memory follows"
