"""Customers beyond the first block, loaded: constraints and `verify` judge their longer numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from fixtures.estates import run_sql
from fixtures.server import at_database, dropped
from verifying.bank import AS_OF, seeded
from verifying.lives import remembered

from dhub.bank import BANK
from dhub.estate.databases import Estate
from dhub.flow import orchestrate
from dhub.flow.plan import make_plan
from dhub.flow.request import MOST_CUSTOMERS, Request
from dhub.model import BLOCK_CUSTOMERS, MOST_BLOCKS, SHARD_CUSTOMERS
from dhub.verify.model import SECTIONS
from dhub.verify.run import quiet, verify
from dhub.verify.star import with_star
from dhub.warehouse.build import build

_SHARDS = BLOCK_CUSTOMERS // SHARD_CUSTOMERS  # in a block


def _appended(estate: Estate, customers: int, first_shard: int | None = None) -> range:
    """Append a cohort, as if the one before it had reached `first_shard`; the shards it takes."""
    asked = Request(append=True, customers=str(customers))
    plan = make_plan(asked, BANK, AS_OF, orchestrate.cohorts(estate))
    plan = replace(plan, first_shard=first_shard or plan.first_shard)
    with _unguarded():
        orchestrate.seed(estate, plan, 1)
    return plan.indexes


@contextmanager
def _unguarded() -> Iterator[None]:
    """Without a look at where the cohort before ended."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(orchestrate, "_refuse_seeded", lambda found, plan: None)
        yield


def _started(make: Callable[[], Estate], profile: str) -> Estate:
    """A bank in the first shard of all."""
    first = Request(customers="60", employees="60", as_of=str(AS_OF), profile=profile)
    return seeded(make, first)


def _ended(estate: Estate) -> None:
    """A cohort in the last shard that there can be."""
    assert _appended(estate, 20, MOST_BLOCKS * _SHARDS)[-1] == MOST_CUSTOMERS // SHARD_CUSTOMERS


def _found(estate: Estate) -> tuple[int, int, list[str]]:
    """Cohorts, customers, and the checks that fail."""
    result = verify(estate, BANK)
    facts = result.facts
    return facts.cohorts, facts.customers, [each.id for each in result.failed]


def test_a_bank_grows_across_blocks(make_migrated: Callable[[], Estate]) -> None:
    """Also with a cohort of which one shard is in the first block, the next one in another."""
    estate = _started(make_migrated, "guide")
    taken = _appended(estate, 2030, _SHARDS)
    assert taken[0] == _SHARDS
    assert _appended(estate, 20)[0] == taken[-1] + 1 > _SHARDS
    assert _appended(estate, 20, 45 * _SHARDS)[0] == 45 * _SHARDS
    _ended(estate)
    assert _found(estate) == (5, 60 + 2030 + 3 * 20, [])


def test_a_bank_of_lives_and_its_star_grow_across_blocks(
    make_migrated: Callable[[], Estate], server_url: str
) -> None:
    """From the first block into the second, and in the last; a shard of lives takes seconds."""
    with remembered():
        estate = _started(make_migrated, "warehouse")
        assert _appended(estate, 20, _SHARDS + 1)[0] == _SHARDS + 1
        _ended(estate)
        star = {"warehouse_db": at_database(server_url, "star_of_blocks")}
        estate = replace(estate, beside=star)
        with _unguarded():
            build(estate, 1)
    whole = verify(estate, BANK)
    assert (whole.facts.cohorts, whole.facts.customers, whole.failed) == (3, 60 + 2 * 20, ())
    found = with_star(estate, whole, SECTIONS, quiet)
    assert [each.id for each in found.failed] == []
    longest = "SELECT max(length(customer_number)) FROM dim_customer"
    alone = estate.alone("warehouse_db")
    assert run_sql(alone, "warehouse_db", longest) == [(len("C63123456789"),)]
    dropped(server_url, alone)
