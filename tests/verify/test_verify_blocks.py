"""Customers beyond the first block, loaded: constraints and `verify` judge their longer numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from verifying.bank import AS_OF, seeded

from dhub.bank import BANK
from dhub.estate.databases import Estate
from dhub.flow import orchestrate
from dhub.flow.plan import make_plan
from dhub.flow.request import MOST_CUSTOMERS, Request
from dhub.model import BLOCK_CUSTOMERS, MOST_BLOCKS, SHARD_CUSTOMERS
from dhub.verify.run import verify

_SHARDS = BLOCK_CUSTOMERS // SHARD_CUSTOMERS  # in a block


def _appended(estate: Estate, customers: int, first_shard: int | None = None) -> range:
    """Append a cohort, as if the one before it had reached `first_shard`; the shards it takes."""
    asked = Request(append=True, customers=str(customers))
    plan = make_plan(asked, BANK, AS_OF, orchestrate.cohorts(estate))
    with pytest.MonkeyPatch.context() as patch:
        if first_shard:
            plan = replace(plan, first_shard=first_shard)
            patch.setattr(orchestrate, "_refuse_seeded", lambda found, plan: None)
        orchestrate.seed(estate, plan, 1)
    return plan.indexes


@pytest.mark.parametrize("profile, customers", [("guide", 2030), ("everyday", 20)])
def test_a_bank_grows_across_blocks(
    profile: str, customers: int, make_estate: Callable[[], Estate]
) -> None:
    first = Request(customers="60", employees="15", as_of=str(AS_OF), profile=profile)
    estate = seeded(make_estate, first)
    taken = _appended(estate, customers, _SHARDS)
    assert taken[0] == _SHARDS
    assert _appended(estate, 20)[0] == taken[-1] + 1 > _SHARDS
    assert _appended(estate, 20, 2 * _SHARDS + 1)[0] == 2 * _SHARDS + 1
    assert _appended(estate, 20, MOST_BLOCKS * _SHARDS)[-1] == MOST_CUSTOMERS // SHARD_CUSTOMERS
    result = verify(estate, BANK)
    assert result.facts.cohorts == 5 and result.facts.customers == 60 + customers + 3 * 20
    assert [each.id for each in result.failed] == []
