"""Who the users of outside accounts are: customers of the bank, in brackets that hold anywhere."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from dhub.domains.accounts.customers import customer_rows
from dhub.domains.plaid import DOMAIN
from dhub.flow.encode import made
from dhub.model import Shard
from dhub.profiles.preset import PRESETS
from dhub.world.outside.run import outside_run, shards
from dhub.world.outside.users import OLDEST, chosen, users

FIRST, LAST = date(2025, 5, 1), date(2025, 10, 31)
CASES = [(42, FIRST, LAST, 1), (7, date(2023, 9, 1), date(2024, 2, 29), 3),
         (3, date(2015, 1, 1), date(2025, 1, 1), 1)]  # fmt: skip


@pytest.mark.parametrize(("seed", "first", "last", "index"), CASES)
def test_brackets_hold_in_every_twenty_places(
    seed: int, first: date, last: date, index: int
) -> None:
    who = users(Shard(outside_run("everyday", seed, first, last), index))
    counts = [np.bincount(part, minlength=4).tolist() for part in who.bracket.reshape(-1, 20)]
    assert all(count == [4, 6, 7, 3] for count in counts)
    assert len(set(who.customer_id.tolist())) == 500 and who.age.max() <= OLDEST
    for code in range(4):
        assert (np.diff(who.customer_id[who.bracket == code]) > 0).all()
    low, high = np.array([[18, 26, 36, 51], [25, 35, 50, 66]])[:, who.bracket]
    assert ((who.age >= low) & (who.age <= high)).all()


@pytest.mark.parametrize("preset", PRESETS)
def test_users_are_customers_of_the_bank(preset: str) -> None:
    run = outside_run(preset, 42, FIRST, LAST)
    (shard,) = shards(run, 100)
    who, bank = users(shard), customer_rows(Shard(run.bank, 1)).columns
    row = who.customer
    assert (bank["customer_id"][row] == who.customer_id).all()
    assert (bank["date_of_birth"][row] == who.born).all()
    assert (bank["first_name"].codes[row] == who.first_name).all()
    assert (bank["city"].codes[row] == who.town).all()


def test_fewer_users_are_a_prefix() -> None:
    run = outside_run("everyday", 42, FIRST, LAST)
    few, many = (shards(run, n) for n in (30, 700))
    assert [s.customers for s in many] == [500, 200]
    table = DOMAIN.tables[0]
    assert made(table, few[0]).equals(made(table, many[0]).slice(0, 30))


def test_a_bracket_that_runs_out_gives_its_place_to_whoever_is_nearest() -> None:
    age = np.array([20, 30, 27, 40, 70])
    assert chosen(age, np.array([0, 0, 1, 2])).tolist() == [0, 2, 1, 3]
