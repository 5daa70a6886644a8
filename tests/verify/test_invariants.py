"""The invariants A to D, by SQL over seeded estates: both profiles, small and large, cut shards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fixtures.server import at_database
from fixtures.whole_bank import gather
from psycopg import sql

from dhub.bank import BANK
from dhub.estate.databases import Estate
from dhub.flow.orchestrate import seed
from dhub.flow.plan import make_plan
from dhub.flow.request import Request

AS_OF = date(2026, 11, 20)
FILES = sorted(Path(__file__).with_name("invariants").glob("*.sql"))
RULES = {
    match[1]: match[2]
    for file in FILES
    for match in re.finditer(r"^-- ([A-Z]\d\d.*)\n((?:(?!-- ).*\n?)+)", file.read_text(), re.M)
}
CASES = {
    "guide at scale 1": Request(seed="42", as_of=str(AS_OF)),
    "requirements at scale 1": Request(seed="7", profile="requirements", as_of=str(AS_OF)),
    "the smallest bank": Request(scale="0.05", seed="3", as_of=str(AS_OF)),
    "two shards, the second cut in the middle of a neighbourhood": Request(
        customers="2047", employees="15", seed="11", as_of="2024-02-29"
    ),
}


@dataclass(frozen=True)
class Bank:
    conn: psycopg.Connection[Any]
    values: dict[str, sql.Literal]


@pytest.fixture(scope="module", params=CASES, ids=lambda name: name)
def bank(
    request: pytest.FixtureRequest, make_migrated: Callable[[], Estate], server_url: str
) -> Iterator[Bank]:
    estate, asked = make_migrated(), CASES[request.param]
    plan = make_plan(asked, BANK, AS_OF)
    seed(estate, plan, 1)
    scratch = f"test_scratch_{list(CASES).index(request.param)}"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(scratch)))
        with psycopg.connect(at_database(server_url, scratch)) as conn:
            gather(estate, conn)
            cap = plan.run.profile.transactions.spending_cap
            yield Bank(conn, {"as_of": sql.Literal(plan.run.as_of), "cap": sql.Literal(cap)})
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(scratch)))


def test_no_row_breaks(bank: Bank) -> None:
    broken = {}
    for rule, query in RULES.items():
        text = re.sub(r"\$(\w+)", r"{\1}", query.replace("{", "{{").replace("}", "}}"))
        if found := bank.conn.execute(sql.SQL(text).format(**bank.values)).fetchmany(5):
            broken[rule] = found
    assert broken == {}


def test_the_rules_are_read() -> None:
    assert len(RULES) >= 40
