"""The rows of accounts_db as they will be loaded: in order, of their types, the same everywhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import goldens
import numpy as np
import pyarrow as pa
import pytest
from bank import DAYS, PREFIXES, PROFILES, Ledger, run
from together import Together

from dhub import BANK_FORMAT
from dhub.domains.accounts import DOMAIN
from dhub.draw import stream
from dhub.model import SHARD_CUSTOMERS, Coded, Maybe, Rows, Shard
from dhub.profiles import load_profile
from dhub.shipped import migrations_dir
from dhub.world import accounts as A
from dhub.world import people as P
from dhub.world import register
from dhub.world.households import households
from dhub.world.money import kinds as K
from dhub.world.places import branch_codes
from dhub.world.staff import CSR, staff

TABLES = {table.name: table for table in DOMAIN.tables}
every_table = pytest.mark.parametrize("table", DOMAIN.tables, ids=lambda table: table.name)
every_profile = pytest.mark.parametrize("name", PROFILES, scope="module")
BANKS = [
    pytest.param(seed, name, as_of, index, id=f"{seed}-{name}-{as_of}-{index}")
    for seed, as_of, index in (
        (42, DAYS[0], 1),
        (42, DAYS[0], 2),
        (8, DAYS[0], 3),
        (9, DAYS[1], 1),
        (10, DAYS[2], 1),
        (11, DAYS[4], 1),
        (12, DAYS[5], 5),
    )
    for name in PROFILES
]
every_bank = Together("seed, name, as_of, index", BANKS)
test_every_bank_keeps_the_rules = every_bank.test()


def made(table: str, shard: Shard) -> Rows:
    rows = TABLES[table].rows
    assert rows is not None
    return rows(shard)


def plain(values: Any) -> np.ndarray:
    """A column as numpy sees it, nulls as None (text, Maybe) or NaT."""
    if isinstance(values, Coded):
        return np.array([*values.pool, None], dtype=object)[values.codes]
    if isinstance(values, Maybe):
        return np.where(values.valid, values.values.astype(object), None)
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        return np.array(values.to_pylist(), dtype=object)
    return np.asarray(values)


def frame(table: str, shard: Shard) -> dict[str, np.ndarray]:
    return {name: plain(values) for name, values in made(table, shard).columns.items()}


def declared() -> dict[str, list[tuple[str, str, bool]]]:
    """Columns of the migration's tables: name, type, whether null is allowed."""
    sql = "".join(p.read_text() for p in sorted((migrations_dir() / "accounts_db").glob("*.sql")))
    tables = {}
    for name, body in re.findall(r"CREATE TABLE public\.(\w+) \((.*?)\n\);", sql, re.S):
        columns = re.findall(r"^    (\w+) +([a-z]+(?:\(\d+,\d+\))?)( +NOT NULL)?,?$", body, re.M)
        tables[name] = [(column, kind, not needed) for column, kind, needed in columns]
    for name, body in re.findall(r"ALTER TABLE public\.(\w+)\n(.*?);", sql, re.S):
        columns = re.findall(r"ADD COLUMN (\w+) +([a-z]+(?:\(\d+,\d+\))?)( +NOT NULL)?", body)
        tables[name] += [(column, kind, not needed) for column, kind, needed in columns]
    return tables


# ------------------------------------------------------------------------------- columns, keys


@every_table
def test_columns_are_those_of_the_migration(table):
    assert [(c.name, c.type, c.null) for c in table.columns] == declared()[table.name]


@every_table
@every_profile
def test_rows_have_every_column_in_order_and_of_its_type(table, name):
    rows = table.rows(Shard(run(name=name), 1))
    assert list(rows.columns) == [column.name for column in table.columns]
    kinds = {"bigint": "i", "date": "M", "timestamptz": "M", "text": "O"}
    for column in table.columns:
        values = plain(rows.columns[column.name])
        assert len(values) == len(rows.owner), column.name
        null = np.isnat(values) if values.dtype.kind == "M" else np.equal(values, None)
        assert column.null or not null.any(), column.name
        if not isinstance(rows.columns[column.name], Maybe):
            assert values.dtype.kind == kinds.get(column.type, "i"), column.name
        if column.type == "date":
            assert values.dtype == "datetime64[D]", column.name
        if column.type == "timestamptz":
            assert values.dtype == "datetime64[us]", column.name


@every_bank
@every_table
def test_keys_are_arithmetic_and_owners_ascend(table, seed, name, as_of, index):
    rows = table.rows(Shard(run(seed, name, as_of), index))
    key = rows.columns[table.key]
    assert np.array_equal(key, table.first_key(index, load_profile(name)) + np.arange(len(key)))
    assert len(key) <= table.stride, "the next shard's keys begin there"
    assert (np.diff(rows.owner) >= 0).all()
    assert rows.owner.min() >= 0 and rows.owner.max() < SHARD_CUSTOMERS


@every_table
@every_profile
def test_as_many_rows_as_expected(table, name):
    have = len(table.rows(Shard(run(name=name), 1)).owner)
    assert have == pytest.approx(table.expected(run(name=name), SHARD_CUSTOMERS), rel=0.03)


@pytest.mark.parametrize("table", ["customers", "accounts"])
def test_natural_keys_are_unique_over_shards_and_attempts(table):
    for column in TABLES[table].natural_keys:
        seen: list[str] = []
        for index in (1, 2, 3, 1000):
            for attempt in range(6):
                rows = made(table, Shard(run(), index, attempt=attempt))
                seen += plain(rows.columns[column]).tolist()
        assert len(set(seen)) == len(seen), column


QUOTING = {
    "customers": {"customer_number", "email", "phone"},
    "accounts": {"account_number"},
    "account_relationships": set(),
    "transactions": {"counterparty_account", "description"},
}


@every_table
def test_an_attempt_changes_natural_keys_and_what_quotes_them_only(table):
    first, again = (table.rows(Shard(run(), 1, attempt=attempt)) for attempt in (0, 1))
    one, other = goldens.of_rows(first), goldens.of_rows(again)
    assert {column for column in one if one[column] != other[column]} == QUOTING[table.name]
    for column in table.natural_keys:
        assert (plain(first.columns[column]) != plain(again.columns[column])).all()


@every_table
def test_a_description_changes_with_the_attempt_where_it_quotes_a_number_only(table):
    if table.name != "transactions":
        return
    first, again = (frame("transactions", Shard(run(), 1, attempt=n)) for n in (0, 1))
    other = first["description"] != again["description"]
    assert not other[np.equal(first["transfer_id"], None)].any()


# ------------------------------------------------------------------------------------ prefixes


def part(rows: Rows, customers: int) -> dict[str, np.ndarray]:
    """What the loader keeps of a shard that is cut behind a customer."""
    mine = rows.owner < customers
    return {name: plain(values)[mine] for name, values in rows.columns.items()}


@every_table
@pytest.mark.parametrize("customers", [1, 60, 65, 120, 999, 1200])
def test_a_prefix_is_the_beginning_of_the_whole(table, customers):
    whole = part(table.rows(Shard(run(), 1)), customers)
    cut = part(table.rows(Shard(run(), 1, customers=customers)), customers)
    owner = table.rows(Shard(run(), 1)).owner
    kept = owner[owner < customers]
    for column in whole:
        same = whole[column] == cut[column]
        if whole[column].dtype.kind == "M":
            same |= np.isnat(whole[column]) & np.isnat(cut[column])
        if table.name == "transactions" and column in (
            "description",
            "counterparty_account",
            "transfer_id",
        ):
            same = same | (kept >= customers // 10 * 10)  # neighbours of whom one is not there
        assert same.all(), column


@every_profile
@pytest.mark.parametrize("customers", [1, 5, 63, 65, 68, 999, 2000])
def test_nothing_points_at_a_customer_who_is_not_there(name, customers):
    shard = Shard(run(name=name), 1, customers=customers)
    rows = {table: part(made(table, shard), customers) for table in TABLES}
    ours = set(rows["accounts"]["account_number"])
    ids = set(rows["accounts"]["account_id"])
    people = set(rows["customers"]["customer_id"])
    t, r = rows["transactions"], rows["account_relationships"]
    assert set(t["counterparty_account"]) - {None} <= ours, "A07"
    assert set(t["account_id"]) <= ids and set(r["account_id"]) <= ids
    assert set(r["customer_id"]) - {None} <= people
    assert set(r["linked_account_id"]) - {None} <= ids
    legs = t["transfer_id"][~np.equal(t["transfer_id"], None)]
    _, times = np.unique(legs.astype(int), return_counts=True)
    assert (times == 2).all(), "A04"
    assert np.array_equal(t["transfer_id"] == None, t["counterparty_account"] == None)  # noqa: E711


# ------------------------------------------------------------------------- invariants on rows


@every_bank
def test_legs_name_each_other(seed, name, as_of, index):
    shard = Shard(run(seed, name, as_of), index)
    t, a = frame("transactions", shard), frame("accounts", shard)
    legs = np.flatnonzero(~np.equal(t["transfer_id"], None))
    order = legs[np.argsort(t["transfer_id"][legs].astype(int), kind="stable")]
    one, other = order[::2], order[1::2]
    assert np.array_equal(t["transfer_id"][one], t["transfer_id"][other]), "A04: two legs"
    assert len(np.unique(t["transfer_id"][one].astype(int))) == len(one)
    number = dict(zip(a["account_id"].tolist(), a["account_number"], strict=True))
    for here, there in ((one, other), (other, one)):
        named = [number[account] for account in t["account_id"][there].tolist()]
        assert t["counterparty_account"][here].tolist() == named, "A05"
    types = {
        tuple(sorted(pair))
        for pair in zip(t["transaction_type"][one], t["transaction_type"][other], strict=True)
    }
    assert types == {("transfer_in", "transfer_out")}
    assert np.array_equal(t["amount"][one], t["amount"][other])
    assert len(one) > 100


@every_bank
def test_account_numbers_carry_their_check_digit(seed, name, as_of, index):
    numbers = frame("accounts", Shard(run(seed, name, as_of), index))["account_number"]
    for number in numbers[:200]:
        digits = [int(d) for d in reversed(number)]
        total = sum(digits[::2]) + sum(sum(divmod(2 * d, 10)) for d in digits[1::2])
        assert len(number) == 11 and number[0] != "0" and total % 10 == 0, "A13"


@every_bank
def test_customers_are_fictional_by_construction(seed, name, as_of, index):
    c = frame("customers", Shard(run(seed, name, as_of), index))
    for email, phone, code in zip(c["email"], c["phone"], c["postal_code"], strict=True):
        assert re.fullmatch(r"[a-z0-9._-]+@example\.(com|org|net)", email), "B08"
        assert re.fullmatch(r"\+1 [2-9]9\d-[2-9]\d\d-\d{4}", phone), "B08"
        assert re.fullmatch(r"\d{5}", code)
    assert set(c["country"]) == {"US"}


@every_bank
def test_the_ledgers_rows_agree_with_their_accounts(seed, name, as_of, index):
    shard = Shard(run(seed, name, as_of), index)
    a, t = frame("accounts", shard), frame("transactions", shard)
    row = np.searchsorted(a["account_id"], t["account_id"])
    credit = np.isin(t["transaction_type"], ("deposit", "salary", "interest", "transfer_in"))
    moved = np.bincount(row, np.where(credit, t["amount"], -t["amount"]), len(a["account_id"]))
    assert np.array_equal(a["balance"], a["opening_balance"] + moved.astype(np.int64)), "A02"
    assert np.array_equal(a["status"] == "closed", ~np.isnat(a["closed_date"])), "A11"
    branch = ~np.equal(t["branch_code"], None)
    assert np.array_equal(branch, t["channel"] == "branch")
    by = ~np.equal(t["processed_by"], None)
    assert np.isin(t["channel"][by], ("branch", "phone")).all(), "A16"


@every_bank
@pytest.mark.parametrize("employees", [7, 150])
def test_tellers_work_there_on_the_day(seed, name, as_of, index, employees):
    the_run = run(seed, name, as_of, employees)
    t, crew = frame("transactions", Shard(the_run, index)), staff(the_run)
    by = np.flatnonzero(~np.equal(t["processed_by"], None))
    who = t["processed_by"][by].astype(int) - 1
    day = t["transaction_date"][by].astype("datetime64[D]")
    assert (crew.role[who] == CSR).all()
    assert (crew.hire_date[who] < day).all(), "C04"
    assert not (crew.termination_date[who] <= day).any(), "C04"
    codes = np.array(branch_codes(the_run), dtype=object)
    here = t["channel"][by] == "branch"
    assert np.array_equal(t["branch_code"][by][here], codes[crew.branch[who]][here]), "C08"


def test_telephones_are_of_the_branch_and_never_twice():
    """Of half a million customers each has one of the branch's area; later ones have any other."""
    last = (
        register.AREA_OF_BRANCH + register.PHONES - register.BRANCHES * register.AREA_OF_BRANCH
    )
    some = stream(1, "test.phones").below(np.arange(200_000), last)
    key = np.unique(np.r_[np.arange(0, last, 1009), some, last - 1])
    branch = stream(1, "test.branches").below(key, register.BRANCHES)
    index = register.phones(42, branch, key)
    assert len(np.unique(index)) == len(key) and index.max() < register.PHONES
    near = key < register.AREA_OF_BRANCH
    assert (index[near] // register.AREA == branch[near]).all()


@every_bank
def test_companies_have_names_and_persons_have_none(seed, name, as_of, index):
    shard = Shard(run(seed, name, as_of), index)
    company = P.people(shard).segment == P.CORPORATE
    found = frame("customers", shard)["company_name"]
    assert np.array_equal(~np.equal(found, None), company)
    assert all(len(word.split()) >= 3 for word in found[company])
    assert len(set(found[company])) > 0.95 * company.sum()


@every_bank
def test_joint_owners_are_of_one_household(seed, name, as_of, index):
    """Neither of them lives elsewhere but for the few whose relatives are no customers."""
    shard = Shard(run(seed, name, as_of), index)
    r = frame("account_relationships", shard)
    joint = r["relationship_type"] == "joint_owner"
    head = households(shard).head
    owner = Ledger.of(shard.run, index).a.owner[
        np.searchsorted(Ledger.of(shard.run, index).a.account_id, r["account_id"][joint])
    ]
    other = r["customer_id"][joint].astype(int) - 1 - shard.first
    assert (head[owner] == head[other]).mean() > 0.8


@every_bank
def test_relationships_are_with_others_unique_and_in_time(seed, name, as_of, index):
    shard = Shard(run(seed, name, as_of), index)
    led, r = Ledger.of(shard.run, index), frame("account_relationships", shard)
    row = np.searchsorted(led.a.account_id, r["account_id"])
    person = ~np.equal(r["customer_id"], None)
    related = np.where(person, r["customer_id"], shard.first + 1).astype(int) - 1 - shard.first
    assert (related != led.a.owner[row])[person].all(), "B04"
    assert np.array_equal(~person, r["relationship_type"] == "linked_savings")
    assert np.array_equal(~person, ~np.equal(r["linked_account_id"], None))
    pairs = list(zip(r["account_id"], r["customer_id"], r["linked_account_id"], strict=True))
    assert len(set(pairs)) == len(pairs), "B05"
    assert (r["start_date"] >= led.a.opened_date[row]).all(), "B05"
    assert (r["start_date"] >= led.who.onboarding_date[related])[person].all()
    assert (r["start_date"] < shard.run.today).all()
    assert not (r["start_date"] > led.a.closed_date[row]).any()
    assert (led.who.status[related] != P.CLOSED)[person].all()
    linked = np.searchsorted(led.a.account_id, r["linked_account_id"][~person].astype(int))
    assert (led.a.account_type[linked] == A.SAVINGS).all()
    assert (led.a.owner[linked] == led.a.owner[row][~person]).all(), "no stranger's savings"
    assert (linked != row[~person]).all()


@every_bank
@pytest.mark.parametrize("customers", PREFIXES)
def test_mixes_of_relationships(seed, name, as_of, index, customers):
    shard = Shard(run(seed, name, as_of), index)
    rows = made("account_relationships", shard)
    mine = rows.owner < customers
    mix = shard.run.profile.accounts.relationship
    kind = rows.columns["relationship_type"]
    have = np.bincount(kind.codes[mine], minlength=len(kind.pool))
    off = have - mine.sum() * np.array([mix.share(word) for word in kind.pool])
    assert abs(off).max() <= 2
    owned = Ledger.of(shard.run, index).a
    links = np.bincount(rows.columns["account_id"][mine] - owned.account_id[0])
    accounts = (owned.owner < customers).sum()
    share = shard.run.profile.accounts.links
    for number in (1, 2):
        # Whose owner has no relatives gives the turn to a neighbour.
        assert abs((links == number).sum() - share.share(str(number)) * accounts) <= 4


# ------------------------------------------------------------------------------------- texts


@every_profile
def test_descriptions_fit_their_row(name):
    t = frame("transactions", Shard(run(name=name), 1))
    led = Ledger.of(run(name=name), 1)
    assert not any("{" in text or "  " in text or not text.strip() for text in t["description"])
    assert len(set(t["description"])) > 0.3 * len(t["description"]), "they vary"
    pay = np.flatnonzero(led.rows(K.PAYROLL))
    words = {}
    for row in pay:
        words.setdefault(int(led.m.account[row]), set()).add(
            re.sub(r"\d+", "#", t["description"][row])
        )
    assert all(len(texts) == 1 for texts in words.values()), "an employer words all alike"


# ------------------------------------------------------------------------------- determinism

LISTED, LIVED = "guide", "warehouse"  # each way to make a bank; the others have other figures
SCRIPT = f"import json, goldens; print(json.dumps(goldens.computed({[LISTED, LIVED]})))"


def test_another_process_makes_the_same_bytes():
    """Whatever the hash seed and the time zone: nothing depends on either.

    This process makes what is pinned: see the tests below.
    """
    import json

    env = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    env["PYTHONPATH"] = str(Path(goldens.__file__).parent)
    got = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, check=True
    )
    pinned = goldens.pinned()
    assert json.loads(got.stdout) == {name: pinned[name] for name in (LISTED, LIVED)}


@every_profile
@every_table
def test_bytes_are_pinned(table, name):
    have = goldens.of_rows(table.rows(Shard(run(name=name), 1)))
    want = goldens.pinned()[name][table.name]
    assert have == want, "the format changed; if that is meant: python -m goldens (in tests)"


@every_profile
@pytest.mark.parametrize("seed", goldens.SEEDS)
def test_every_database_is_pinned(seed, name):
    """The bytes are those of every other Python, numpy and processor on which this passes."""
    have = goldens.of_bank(seed, name)
    assert have == goldens.pinned_bank(seed, name), "meant? python -m goldens (in tests)"


def test_checksums_see_every_kind_of_change():
    kinds = {
        "number": (np.array([1, 2]), np.array([1, 3])),
        "null": (
            Maybe(np.array([1, 0]), np.array([True, False])),
            Maybe(np.array([1, 0]), np.array([True, True])),
        ),
        "code": (Coded(np.array([0, 1]), ("a", "b")), Coded(np.array([0, -1]), ("a", "b"))),
        "text": (pa.array(["a", None]), pa.array(["a", ""])),
        "day": (np.array([1], dtype="datetime64[D]"), np.array([1], dtype="datetime64[us]")),
    }
    for one, other in kinds.values():
        assert goldens.checksum(one) != goldens.checksum(other)
    pool = Coded(np.array([0, 1]), ("a", "b")), Coded(np.array([1, 0]), ("b", "a"))
    assert goldens.checksum(pool[0]) == goldens.checksum(pool[1]), "the same text"


def test_the_format_number_is_raised_when_bytes_change():
    """Goldens that differ from those pinned under this number are another format."""
    assert goldens.pinned_formats()[str(BANK_FORMAT)] == goldens.of_format()
