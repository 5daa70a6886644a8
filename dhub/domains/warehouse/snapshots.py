"""Takes a shard, gives the rows of `fact_account_snapshot`: an account at the end of each month.

Flows are sums of the month's bookings: inflow is what adds to the balance as it is stated, so a
purchase flows into what a card owes. A loan takes in what was paid out, and loses its principal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dhub.domains.warehouse.accounts import expected_accounts
from dhub.domains.warehouse.holdings import ACCOUNT_KEYS, Holdings, holdings, position
from dhub.domains.warehouse.ledger import SIGN, TYPES, booked
from dhub.errors import Fault
from dhub.model import Column, Maybe, Rows, Run, Shard, Table
from dhub.world.accounts import accounts
from dhub.world.calendar import DAY
from dhub.world.credit import loans, payments, schedule
from dhub.world.ledger import movements
from dhub.world.money.kinds import TYPES as LEDGER_TYPES
from dhub.world.star.cards import card_accounts
from dhub.world.star.certificates import certificates
from dhub.world.star.days import calendar, date_keys
from dhub.world.star.products import CARD, CASA, CD, INSURANCE, LOAN, SECURITIES
from dhub.world.star.securities import market_values, securities
from dhub.world.statements import page_owners

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

_MONTHS = 2048  # since 1970: the width of an account's months in the key space
_SHARE = 10_000  # a utilisation has four decimals


@dataclass(frozen=True)
class _Flows:
    """Cents and counts by (account, month from the calendar's first on), in one row."""

    months: int
    came: Int
    went: Int
    count: Int


def snapshot_rows(shard: Shard) -> Rows:
    """One row an account and month, ordered by account."""
    held = holdings(shard.run, shard.index)
    return _rows(shard, held, _flows(shard, held), 0, len(held.slot))


def snapshot_slices(shard: Shard) -> Iterator[Rows]:
    """The same rows, those of a page of customers at a time."""
    held = holdings(shard.run, shard.index)
    flows = _flows(shard, held)
    for low, high in pairwise(np.searchsorted(held.owner, page_owners(shard)).tolist()):
        yield _rows(shard, held, flows, low, high)


def _rows(shard: Shard, held: Holdings, flows: _Flows, low: int, high: int) -> Rows:
    """The months of the accounts from `low` up to `high`."""
    origin, last = _months(shard.run)
    first, end = _range(shard, held, origin, last)
    size = np.maximum(end - first + 1, 0)[low:high]
    account = np.repeat(np.arange(low, high), size)
    number = np.arange(len(account)) - np.repeat(np.cumsum(size) - size, size)
    month = first[account] + number
    cell = account * flows.months + month - origin
    came, went = flows.came[cell], flows.went[cell]
    closing = _balances(_openings(shard, held), account, number, came - went)
    ends = (month + 1).astype("datetime64[M]").astype("datetime64[D]") - DAY
    limit = _limits(shard, held)[account]
    card, paper = limit > 0, held.kind[account] == SECURITIES
    columns = {
        "snapshot_key": 1 + (shard.index - 1) * TABLE.stride + held.slot[account] * _MONTHS + month,
        "date_key": date_keys(ends),
        "account_key": held.key(shard.index)[account],
        "customer_key": shard.first + held.owner[account] + 1,
        "product_key": held.product[account],
        "opening_balance": closing - came + went,
        "inflow_amount": came,
        "outflow_amount": went,
        "net_flow": came - went,
        "closing_balance": closing,
        "transaction_count": flows.count[cell],
        "credit_limit": Maybe(limit, card),
        "available_credit": Maybe(limit - closing, card),
        "credit_utilization": Maybe(_shares(closing, limit), card),
        "market_value": Maybe(_worth(shard, held, account, month, paper), paper),
    }
    return Rows(columns, held.owner[account])


def _months(run: Run) -> tuple[int, int]:
    """The first month of the calendar and the last full one before as-of, since 1970."""
    first = int(calendar(run)[0].astype("datetime64[M]").astype(np.int64))
    return first, run.month - 1


def _range(shard: Shard, held: Holdings, origin: int, last: int) -> tuple[Int, Int]:
    """First and last month of each account; the last lies before the first where there is none."""
    opened, closed = _spans(shard)
    first, end = np.full(len(held.slot), last + 1), np.full(len(held.slot), last)
    for kind in opened:
        place = position(held, kind)
        first[place] = np.maximum(_month(opened[kind]), origin)
        there = ~np.isnat(closed[kind])
        end[place[there]] = np.minimum(_month(closed[kind][there]), last)
    return first, end


def _month(day: Days) -> Int:
    return day.astype("datetime64[M]").astype(np.int64)


def _spans(shard: Shard) -> tuple[dict[int, Days], dict[int, Days]]:
    """When the accounts of each class were opened and closed; policies have no balance."""
    a, lent, c, d, s = (
        accounts(shard), loans(shard), card_accounts(shard), certificates(shard), securities(shard)
    )  # fmt: skip
    opened = {CASA: a.opened_date, LOAN: lent.disbursement_date, CARD: c.opened_date,
              CD: d.opened_date, SECURITIES: s.opened_date}  # fmt: skip
    return opened, {CASA: a.closed_date, LOAN: lent.payoff_date, CARD: c.closed_date,
                    CD: d.closed_date, SECURITIES: s.closed_date}  # fmt: skip


def _flows(shard: Shard, held: Holdings) -> _Flows:
    """All bookings by account and month; those after the last full month have a cell of theirs."""
    origin, last = _months(shard.run)
    months, cells = last - origin + 2, len(held.slot) * (last - origin + 2)
    came, went, count = (np.zeros(cells, dtype=np.int64) for _ in range(3))
    for account, at, signed, facts in _bookings(shard, held):
        month = _month(at) - origin
        if len(month) and int(month.min()) < 0:
            raise Fault(f"fact_account_snapshot: shard {shard.index} books before its calendar")
        cell = account * months + np.minimum(month, months - 1)
        came += _sums(cell, np.maximum(signed, 0), cells)
        went += _sums(cell, np.maximum(-signed, 0), cells)
        count += facts * np.bincount(cell, minlength=cells)
    return _Flows(months, came, went, count)


def _bookings(shard: Shard, held: Holdings) -> Iterator[tuple[Int, Days, Int, int]]:
    """Account, time and cents, below zero where they leave, and whether they are facts: of pages of
    the ledger, of what is booked beside it, and of loans."""
    money, beside, owed = movements(shard), booked(shard.run, shard.index), _loan_flows(shard)
    sign = SIGN[np.array([TYPES.index(name) for name in LEDGER_TYPES])]
    deposits = position(held, CASA)
    for low, high in pairwise(np.searchsorted(money.owner, page_owners(shard)).tolist()):
        page = money.part(slice(low, high))
        signed = sign[page.transaction_type] * page.amount
        yield deposits[page.account], page.transaction_date, signed, 1
    signed = SIGN[beside.type] * beside.amount
    yield np.searchsorted(held.slot, beside.slot), beside.at, signed, 1
    yield position(held, LOAN)[owed[0]], owed[1], owed[2], 0


def _sums(cell: Int, cents: Int, cells: int) -> Int:
    """Sums by cell; those of cents are exact in doubles up to 2^53."""
    return np.bincount(cell, cents, cells).astype(np.int64)


def _loan_flows(shard: Shard) -> tuple[Int, Days, Int]:
    """Loan, day and cents of what was paid out, and of principal paid back (below zero)."""
    lent, plan, state = loans(shard), schedule(shard), payments(shard)
    row = np.flatnonzero(~np.isnat(state.payment_date))
    return (
        np.concatenate([np.arange(len(lent.owner)), plan.loan[row]]),
        np.concatenate([lent.disbursement_date, state.payment_date[row]]),
        np.concatenate([lent.principal_amount, -plan.principal_amount[row]]),
    )


def _balances(opening: Int, account: Int, number: Int, net: Int) -> Int:
    """The balance at the end of each month of each account."""
    if not len(account):
        return account
    total = np.cumsum(net)
    first = np.arange(len(account)) - number
    return np.asarray(opening[account] + total - np.append(0, total)[first])


def _openings(shard: Shard, held: Holdings) -> Int:
    found = np.zeros(len(held.slot), dtype=np.int64)
    for kind, balance in (
        (CASA, movements(shard).opening_balance), (CARD, card_accounts(shard).opening_balance),
        (CD, certificates(shard).opening_balance), (SECURITIES, securities(shard).opening_balance),
    ):  # fmt: skip
        found[position(held, kind)] = balance
    return found


def _limits(shard: Shard, held: Holdings) -> Int:
    found = np.zeros(len(held.slot), dtype=np.int64)
    found[position(held, CARD)] = card_accounts(shard).limit
    return found


def _shares(closing: Int, limit: Int) -> Int:
    """Balance by limit in ten-thousandths, rounded half up."""
    return (2 * _SHARE * closing + limit) // np.maximum(2 * limit, 1)


def _worth(
    shard: Shard, held: Holdings, account: Int, month: Int, paper: NDArray[np.bool_]
) -> Int:
    found = np.zeros(len(account), dtype=np.int64)
    row = np.flatnonzero(paper)
    found[row] = market_values(shard, held.row[account[row]], month[row])
    return found


def _expected(run: Run, customers: int) -> float:
    """Two fifths of the months of the calendar, as accounts are opened all along."""
    origin, last = _months(run)
    return expected_accounts(run, customers) * (last - origin + 1) * 0.4


assert INSURANCE not in (CASA, LOAN, CARD, CD, SECURITIES)
TABLE = Table(
    name="fact_account_snapshot",
    phase=8,
    key="snapshot_key",
    columns=(
        Column("snapshot_key", "bigint"),
        Column("date_key", "integer"),
        Column("account_key", "bigint"),
        Column("customer_key", "bigint"),
        Column("product_key", "bigint"),
        Column("opening_balance", "numeric(15,2)"),
        Column("inflow_amount", "numeric(15,2)"),
        Column("outflow_amount", "numeric(15,2)"),
        Column("net_flow", "numeric(15,2)"),
        Column("closing_balance", "numeric(15,2)"),
        Column("transaction_count", "integer"),
        Column("credit_limit", "numeric(15,2)", null=True),
        Column("available_credit", "numeric(15,2)", null=True),
        Column("credit_utilization", "numeric(7,4)", null=True),
        Column("market_value", "numeric(15,2)", null=True),
    ),
    expected=_expected,
    rows=snapshot_rows,
    slices=snapshot_slices,
    stride=ACCOUNT_KEYS * _MONTHS,
)
