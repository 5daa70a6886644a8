"""A shard that is told is forgotten: what the next one needs does not lie beside it."""

from __future__ import annotations

import datetime as dt
import inspect
import sys
from functools import _lru_cache_wrapper

import pytest

from dhub.domains.warehouse.snapshots import TABLE
from dhub.draw import text
from dhub.flow.digest import shard_digest
from dhub.flow.encode import keyed, made, sliced
from dhub.flow.plan import make_plan
from dhub.flow.request import Request
from dhub.flow.sinks.files import FileSink
from dhub.flow.worker import Task, work
from dhub.others import WAREHOUSE
from dhub.world import statements

ASKED = Request(customers="6000", profile="guide", seed="5", as_of="2026-01-01")
PLAN = make_plan(ASKED, WAREHOUSE, dt.date(2026, 11, 20))
DATABASES = tuple(domain.database for domain in WAREHOUSE)


@pytest.fixture(autouse=True)
def _several_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shard of `guide` fills half a page."""
    monkeypatch.setattr(statements, "_PAGE_ROWS", 8_000)


def remembered() -> dict[str, int]:
    """How many answers about shards each function of them has kept."""
    return {
        f"{module}.{name}": one.cache_info().currsize
        for module, loaded in list(sys.modules.items())
        if module.startswith(("dhub.world.", "dhub.domains.")) and ".outside" not in module
        for name, one in vars(loaded).items()
        if isinstance(one, _lru_cache_wrapper)
        and one.__module__ == module
        and {"shard", "index"} & set(inspect.signature(one.__wrapped__).parameters)
    }


def test_nothing_of_a_shard_is_kept() -> None:
    words = []
    for shard in (1, 2, 3):
        work(WAREHOUSE, PLAN, Task(shard, DATABASES), FileSink("csv", lambda word: None), print)
        words.append(len(text._BY_IDENTITY))
    kept = remembered()
    assert len(kept) > 20
    assert not {name for name, count in kept.items() if count}
    assert words[1] == words[2], "a list of words is made anew for each shard, and kept"


def test_snapshots_in_slices_are_the_rows() -> None:
    shard = PLAN.shard(2)
    slices = list(keyed(TABLE, 2, shard.run.profile, sliced(TABLE, shard)))
    assert shard_digest(TABLE, slices) == shard_digest(TABLE, [made(TABLE, shard)])
    assert len(slices) > 1
