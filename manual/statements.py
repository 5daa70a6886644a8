"""Takes a bank of lives, gives a page of statements: ten customers, two months each, as text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dhub.bank import BANK
from dhub.flow.encode import made
from dhub.model import Run, Shard
from dhub.profiles import load_profile
from dhub.profiles.money import INCOME
from dhub.world.income import WORK, incomes
from dhub.world.life.personas import habits, persona_names
from dhub.world.people import ACTIVE, people
from manual.bank import AS_OF
from manual.markdown import block, page

_CUSTOMERS, _SHOWN = 400, 10
_FIRST, _LAST = dt.date(2026, 9, 1), dt.date(2026, 10, 31)
_LEAST = 25  # movements in the two months


@dataclass(frozen=True)
class _Bank:
    accounts: list[dict[str, Any]]
    rows: list[dict[str, Any]]


def pages() -> Iterator[tuple[str, str]]:
    """The one page with its path below reference/."""
    run = Run(42, load_profile("everyday"), dt.date.fromisoformat(AS_OF), 150)
    shard = Shard(run, 1, _CUSTOMERS)
    bank = _Bank(*(_table(shard, name) for name in ("accounts", "transactions")))
    parts = [
        part for account, title in _chosen(shard, bank)
        for part in (f"## {title}", block(_statement(bank, account), "text"))
    ]  # fmt: skip
    yield "statements.md", page(
        "Ten statements", *parts,
        lead=f"What two months look like in the profile `everyday` (seed 42, as of {AS_OF}): the "
        "main accounts of ten customers, one or two of each persona, as the bank would print them.",
    )  # fmt: skip


def _table(shard: Shard, name: str) -> list[dict[str, Any]]:
    table = next(t for domain in BANK for t in domain.tables if t.name == name)
    rows: list[dict[str, Any]] = made(table, shard).to_pylist()
    return rows


def _chosen(shard: Shard, bank: _Bank) -> Iterator[tuple[int, str]]:
    """Accounts and titles: of each persona those that come first and move enough."""
    who, mine, earns = people(shard), habits(shard), incomes(shard)
    count: dict[int, int] = {}
    for row in bank.rows:
        if _FIRST <= row["transaction_date"].date() <= _LAST:
            count[row["account_id"]] = count.get(row["account_id"], 0) + 1
    found: dict[int, list[tuple[int, str]]] = {}
    for account in bank.accounts:
        customer = account["customer_id"] - 1
        busy = count.get(account["account_id"], 0) >= _LEAST
        if account["account_type"] == "checking" and busy and who.status[customer] == ACTIVE:
            persona = int(mine.persona[customer])
            age = int((shard.run.today - who.date_of_birth[customer]).astype(int) / 365.25)
            title = (
                f"Customer {customer + 1}: {persona_names(shard.run)[persona]}, {age}, "
                f"{WORK[earns.work[customer]].replace('_', ' ')}"
            )
            found.setdefault(persona, []).append((account["account_id"], title))
    turns = [some[turn] for turn in range(2) for _, some in sorted(found.items())
             if len(some) > turn]  # fmt: skip
    return iter(turns[:_SHOWN])


def _statement(bank: _Bank, account: int) -> str:
    """The rows of an account's two months, with the balance it began with."""
    rows = [row for row in bank.rows if row["account_id"] == account]
    rows = [row for row in rows if _FIRST <= row["transaction_date"].date() <= _LAST]
    first = rows[0]
    credit = first["transaction_type"] in INCOME
    began = first["balance_after"] + (-first["amount"] if credit else first["amount"])
    lines = [f"{'':10}  {'brought forward':52} {'':>11} {began:>12,.2f}"]
    for row in rows:
        sign = 1 if row["transaction_type"] in INCOME else -1
        lines.append(
            f"{row['transaction_date'].date()}  {row['description'][:52]:52} "
            f"{sign * row['amount']:>11,.2f} {row['balance_after']:>12,.2f}"
        )
    return "\n".join(lines)


