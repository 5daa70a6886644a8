"""Takes a shard, gives the rows of `fact_transaction`: what the ledger booked, and what only the
star shows, with who was paid, what belongs together and what recurs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dhub.domains.warehouse.holdings import account_keys, holdings, position, slots
from dhub.domains.warehouse.ledger import (
    BOOKING_KEYS,
    SIGN,
    TYPES,
    Booked,
    booked,
    booking_keys,
    ledger_keys,
)
from dhub.domains.warehouse.recurring import recurs
from dhub.draw import text
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Run, Shard, Table
from dhub.world.accounts import CURRENCIES, USD, accounts
from dhub.world.ledger import expected_transactions, movements
from dhub.world.money.channels import CHANNELS
from dhub.world.money.kinds import TYPES as LEDGER_TYPES
from dhub.world.star.counterparties import counterparties
from dhub.world.star.days import date_keys, in_calendar
from dhub.world.star.products import CASA, SECURITIES, products
from dhub.world.statements import page_owners, pages, statement
from dhub.world.wording import shouted_merchants

Int = NDArray[np.int64]

_SERIES = ("salary", "deposit", "transfer_in", "transfer_out", "payment", "purchase")
_IN_SERIES = np.array([name in _SERIES for name in TYPES])
_TYPE_OF_LEDGER = np.array([TYPES.index(name) for name in LEDGER_TYPES])
# What is said of bookings that no ledger words.
_SAID = {
    "purchase": "CARD PURCHASE {merchant}", "card_interest": "INTEREST CHARGED ON PURCHASES",
    "card_fee": "ANNUAL CARD FEE", "card_payment": "PAYMENT RECEIVED - THANK YOU",
    "refund": "REFUND {merchant}", "deposit": "CERTIFICATE DEPOSIT",
    "interest": "CERTIFICATE INTEREST", "closing_payout": "CERTIFICATE PAID OUT",
    "buy": "BUY {paper}", "sell": "SELL {paper}",
}  # fmt: skip


def transaction_rows(shard: Shard) -> Rows:
    """All bookings, ordered by account and time."""
    return _rows(shard, (0, len(movements(shard).owner)), (0, SHARD_CUSTOMERS))


def transaction_slices(shard: Shard) -> Iterator[Rows]:
    """The same rows, a page of customers at a time."""
    owners = pairwise(page_owners(shard).tolist())
    for part, customers in zip(pages(shard), owners, strict=True):
        yield _rows(shard, part, customers)


def _rows(shard: Shard, part: tuple[int, int], customers: tuple[int, int]) -> Rows:
    """The bookings of some customers: rows of the ledger, and of what is booked beside it."""
    beside = booked(shard.run, shard.index)
    low, high = np.searchsorted(beside.owner, customers).tolist()
    chosen = np.arange(low, high)
    both = [_of_ledger(shard, *part), _beside(shard, beside, chosen)]
    order = np.argsort(np.concatenate([each["key"] for each in both]), kind="stable")
    names, said = (_joined([each.pop(name) for each in both], order) for name in _TEXTS)
    # One column after the other, so that few are there twice.
    cells = {name: np.concatenate([each.pop(name) for each in both])[order]
             for name in list(both[0])}  # fmt: skip
    return Rows(_columns(shard, cells, names, said), cells["owner"])


_TEXTS = ("counterparty", "description")


def _columns(shard: Shard, cells: dict[str, Int], names: Any, said: Any) -> dict[str, Any]:
    at, type_ = cells["at"], cells["type"]
    day = at.astype("datetime64[D]")
    link = cells["link"]
    return {
        "transaction_key": booking_keys(shard.index, cells["key"]),
        "date_key": Maybe(date_keys(day), in_calendar(shard.run, day)),
        "customer_key": shard.first + cells["owner"] + 1,
        "account_key": account_keys(shard.index, cells["slot"]),
        "product_key": cells["product"],
        "merchant_key": cells["merchant"] + 1,
        "transaction_id": Maybe(cells["id"], cells["id"] > 0),
        "transaction_date": at,
        "transaction_type": Coded(type_, TYPES),
        "amount": cells["amount"],
        "balance_change": SIGN[type_] * cells["amount"],
        "balance_after": cells["balance"],
        "currency": Coded(cells["currency"], CURRENCIES),
        "channel": Coded(cells["channel"], CHANNELS),
        "counterparty_name": names,
        "description": said,
        "is_recurring": recurs(_series(cells, names), day.astype(np.int64), cells["amount"]),
        "linked_transaction_key": Maybe(booking_keys(shard.index, link), link >= 0),
    }


def _of_ledger(shard: Shard, low: int, high: int) -> dict[str, Any]:
    """What accounts_db states of the movements from `low` up to `high`."""
    page = statement(shard, low, high)
    money, a, held = page.money, accounts(shard), holdings(shard.run, shard.index)
    key = ledger_keys(shard.run, shard.index)
    paid = _card_payments(shard.run, shard.index)[low:high]
    link = np.where(page.far >= 0, key[np.maximum(money.partner, 0)], paid)
    return {
        "owner": money.owner,
        "slot": slots(CASA, a.owner)[money.account],
        "product": held.product[position(held, CASA)][money.account],
        "key": key[low:high],
        "id": page.key,
        "at": money.transaction_date,
        "type": _TYPE_OF_LEDGER[money.transaction_type],
        "amount": money.amount,
        "balance": money.balance_after,
        "currency": a.currency[money.account],
        "channel": money.channel,
        "merchant": money.merchant,
        "link": link,
        "counterparty": counterparties(shard, page),
        "description": page.description,
    }


@of_shard()
def _card_payments(run: Run, index: int) -> Int:
    """The key of the booking on a card that each movement of the ledger pays, -1 for none."""
    beside, found = booked(run, index), np.full(len(movements(Shard(run, index)).owner), -1)
    row = np.flatnonzero(beside.payment >= 0)
    found[beside.payment[row]] = beside.key[row]
    return found


def _beside(shard: Shard, beside: Booked, row: Int) -> dict[str, Any]:
    """What is booked on accounts that the star alone has."""
    held = holdings(shard.run, shard.index)
    where = np.searchsorted(held.slot, beside.slot[row])
    product, payment = held.product[where], beside.payment[row]
    ledger = np.append(ledger_keys(shard.run, shard.index), -1)
    none = text.text(text.Picked(np.full(len(row), -1), ("",)))
    return {
        "owner": beside.owner[row],
        "slot": beside.slot[row],
        "product": product,
        "key": beside.key[row],
        "id": np.zeros(len(row), dtype=np.int64),
        "at": beside.at[row],
        "type": beside.type[row],
        "amount": beside.amount[row],
        "balance": beside.balance[row],
        "currency": np.full(len(row), USD),
        "channel": beside.channel[row],
        "merchant": beside.merchant[row],
        "link": np.where(payment >= 0, ledger[payment], -1),
        "counterparty": none,
        "description": _said(shard.run, beside, row, product),
    }


def _said(run: Run, beside: Booked, row: Int, product: Int) -> object:
    words = tuple(_SAID)
    of_type = np.array([words.index(name) if name in words else -1 for name in TYPES])
    paper = np.where(beside.kind[row] == SECURITIES, product - 1, -1)
    return text.fill(
        of_type[beside.type[row]], tuple(_SAID.values()),
        merchant=Coded(beside.merchant[row], shouted_merchants()),
        paper=Coded(paper, _shouted_papers(run)),
    )  # fmt: skip


@lru_cache(maxsize=8)
def _shouted_papers(run: Run) -> tuple[str, ...]:
    return tuple(each.name.upper() for each in products(run))


def _joined(parts: list[Any], order: Int) -> Any:
    import pyarrow as pa

    plain = [one.combine_chunks() if isinstance(one, pa.ChunkedArray) else one for one in parts]
    return pa.concat_arrays(plain).take(pa.array(order))


def _series(cells: dict[str, Int], names: Any) -> Int:
    """A number for each (account, type, merchant, counterparty), -1 for what is in no series."""
    coded = names.dictionary_encode()
    name = np.asarray(coded.indices.fill_null(-1)).astype(np.int64) + 1
    merchant = cells["merchant"] + 1
    who = merchant * (len(coded.dictionary) + 1) + name
    number = (cells["slot"] * len(TYPES) + cells["type"]) * (int(who.max(initial=0)) + 1) + who
    return np.where(_IN_SERIES[cells["type"]] & (who > 0), number, -1)


def _expected(run: Run, customers: int) -> float:
    return expected_transactions(run, customers)


TABLE = Table(
    name="fact_transaction",
    phase=8,
    key="transaction_key",
    columns=(
        Column("transaction_key", "bigint"),
        Column("date_key", "integer"),
        Column("customer_key", "bigint"),
        Column("account_key", "bigint"),
        Column("product_key", "bigint"),
        Column("merchant_key", "bigint"),
        Column("transaction_id", "bigint", null=True),
        Column("transaction_date", "timestamptz"),
        Column("transaction_type", "text"),
        Column("amount", "numeric(15,2)"),
        Column("balance_change", "numeric(15,2)"),
        Column("balance_after", "numeric(15,2)"),
        Column("currency", "text"),
        Column("channel", "text"),
        Column("counterparty_name", "text", null=True),
        Column("description", "text"),
        Column("is_recurring", "boolean"),
        Column("linked_transaction_key", "bigint", null=True),
    ),
    expected=_expected,
    rows=transaction_rows,
    slices=transaction_slices,
    stride=BOOKING_KEYS,
)
