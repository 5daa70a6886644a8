"""Shards beyond the first block of customers: longer numbers that are as unique and as valid."""

from __future__ import annotations

import re

import numpy as np
import pytest
from bank import plain, run

from dhub.bank import BANK
from dhub.draw import spread, stream
from dhub.keys import ATTEMPTS, address, scatter
from dhub.model import BLOCK_CUSTOMERS, MOST_BLOCKS, SHARD_CUSTOMERS, Domain, Shard, Table
from dhub.others import STAR
from dhub.world.accounts import MOST_ACCOUNTS, accounts
from dhub.world.blocks import account_places
from dhub.world.life import scene
from dhub.world.register import customer_numbers

SHARDS = BLOCK_CUSTOMERS // SHARD_CUSTOMERS  # in a block
LAST = MOST_BLOCKS * SHARDS
# The same places of several blocks, both sides of a border, and the last shard that there can be.
PLACES = (1, SHARDS, SHARDS + 1, 2 * SHARDS + 1, 10 * SHARDS + 1, 45 * SHARDS + 1, LAST)
FORMS = {
    "customer_number": r"C{block}\d{{9}}",
    "phone": r"\+1 [2-9]9\d{block}-[2-9]\d\d-\d{{4}}",
    "email": r"[a-z0-9._]+@example\.(com|org)",
    "account_number": r"{front}[1-8]\d{{10}}",
    "policy_number": r"POL{block}[1-8]\d{{9}}",
    "document_number": r"[A-Z]{block}\d{{8}}|[A-Z]{block}\d{{3}}-\d{{3}}-\d{{3}}|ID{block}\d{{9}}",
}
NUMBERED = [
    (domain, table)
    for domain in BANK
    for table in domain.tables
    if table.rows is not None and table.natural_keys
]
TABLES = [(d, t) for d in (*BANK, *STAR) for t in d.tables if t.rows is not None]


def named(cases: list[tuple[Domain, Table]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("domain, table", cases, ids=[table.name for _, table in cases])


def block_of(index: int) -> str:
    """The digits of a block that its numbers have before others: none in the first one."""
    return str((index - 1) // SHARDS or "")


def numbers(table: Table, index: int, attempt: int = 0) -> dict[str, list[str]]:
    assert table.rows is not None
    columns = table.rows(Shard(run(), index, attempt=attempt)).columns
    return {name: plain(columns[name]).tolist() for name in table.natural_keys}


@named(NUMBERED)
def test_natural_numbers_are_of_their_form_and_nobody_elses(domain: Domain, table: Table) -> None:
    seen: dict[str, list[str]] = {name: [] for name in table.natural_keys}
    for index in PLACES:
        block = block_of(index)
        front = str(int(block) + 10) if block >= "40" and len(block) == 2 else block
        for attempt in (0, ATTEMPTS - 1):
            for name, found in numbers(table, index, attempt).items():
                form = re.compile(FORMS[name].format(block=block, front=front))
                if name == "email" and attempt:
                    found = [text.replace(f"-{attempt}@", "@") for text in found]
                assert [text for text in found if not form.fullmatch(text)] == []
                seen[name] += [f"{attempt} {text}" if name == "email" else text for text in found]
    for name, found in seen.items():
        assert len(set(found)) == len(found), name


def test_numbers_of_accounts_end_in_their_check_digit_and_are_no_cards() -> None:
    table = next(table for _, table in NUMBERED if table.name == "accounts")
    for index in PLACES:
        for number in numbers(table, index)["account_number"]:
            digits = [int(digit) for digit in reversed(number)]
            doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
            assert (sum(digits[::2]) + sum(doubled)) % 10 == 0
            assert len(number) < 13 or (len(number) == 13 and number[0] != "4")


def test_the_first_block_is_the_bijection_of_the_place() -> None:
    shard = Shard(run(), SHARDS)
    key = address(shard.places, 0)
    number = scatter(stream(run().seed, "customers.number"), key, 10**9)
    assert plain(customer_numbers(shard)).tolist() == [f"C{one:09}" for one in number]


def test_what_follows_the_block_is_its_own() -> None:
    """Nobody finds the customer of the same place of another block by the end of a number."""
    first, second = (plain(customer_numbers(Shard(run(), index))) for index in (1, SHARDS + 1))
    ends = {text[-9:] for text in second}
    # 2,000 of 10⁹ numbers meet 2,000 others once in 250 pairs of shards.
    assert len(ends & {text[-9:] for text in first}) < 3


@named(TABLES)
def test_keys_of_shards_lie_apart_and_in_order(domain: Domain, table: Table) -> None:
    run_ = run(name="warehouse" if domain in STAR else "guide")
    profile = run_.profile
    starts = [table.first_key(index, profile) for index in (1, SHARDS, SHARDS + 1, LAST, LAST + 1)]
    assert starts == sorted(set(starts))
    assert starts[-1] < 2**53  # also where a number is a double: JSON, a sheet, a data frame
    assert table.rows is not None
    keys = np.asarray(table.rows(Shard(run_, LAST)).columns[table.key])
    assert starts[3] <= keys[0] and keys[-1] < starts[4] and (np.diff(keys) > 0).all()


def test_addresses_of_accounts_are_told_apart_in_36_bits() -> None:
    seen: list[int] = []
    for block in range(MOST_BLOCKS):
        shard = Shard(run(), block * SHARDS + 1)
        ends = shard.first + np.array([0, 1, BLOCK_CUSTOMERS - 1]).repeat(2)
        seen += account_places(shard, ends, np.tile([0, MOST_ACCOUNTS - 1], 3)).tolist()
    assert len(set(seen)) == len(seen) and min(seen) == 0 and max(seen) < 2**36
    last = scene.address(
        np.array([max(seen)]), scene.MOST_CODES - 1, np.array([2**16 - 1]), scene.MOST_NUMBERS - 1
    )
    assert last[0] > 0


def test_accounts_of_the_first_block_stay_where_they_are() -> None:
    a = accounts(Shard(run(), SHARDS))
    assert (a.place == ((SHARDS - 1) * SHARD_CUSTOMERS + a.owner) * 512 + a.seq).all()


def test_mixes_are_right_at_the_last_place() -> None:
    """Their windows are whole numbers of 64 bits, however far the ranks."""
    weights = (0.5, 0.3, 0.15, 0.05)
    first = LAST * SHARD_CUSTOMERS - 20_000
    codes = spread(stream(1, "here"), weights, 20_000, first)
    found = np.bincount(codes, minlength=4)
    # A category is off by less than two at either end.
    assert (np.abs(found - 20_000 * np.array(weights)) < 4).all()
