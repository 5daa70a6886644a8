"""Takes a shard's four tables as Arrow batches, gives what the features measure as numpy arrays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Int = NDArray[np.int64]
Bool = NDArray[np.bool_]

LONG = 180  # days: the window of which personas are judged, and of which a merchant recurs
WINDOWS = (30, LONG)
MONTH = 30
SAVINGS = ("savings", "money_market", "hsa")


@dataclass(frozen=True)
class Accounts:
    """Accounts; `user` is the row of its user, money is in cents, `limit` 0 where there is none."""

    user: Int
    current: Int
    limit: Int
    checking: Bool
    saving: Bool
    card: Bool


@dataclass(frozen=True)
class Posted:
    """Rows that are posted: row of the account and the user, days since 1970, cents out.

    `merchant` numbers the names within the shard, -1 where there is none; `primary` and `detailed`
    name Plaid's categories.
    """

    account: Int
    user: Int
    day: Int
    out: Int
    merchant: Int
    primary: Words
    detailed: Words

    def among(self, chosen: Bool) -> Posted:
        """The rows that are chosen."""
        return Posted(
            self.account[chosen],
            self.user[chosen],
            self.day[chosen],
            self.out[chosen],
            self.merchant[chosen],
            self.primary.among(chosen),
            self.detailed.among(chosen),
        )


@dataclass(frozen=True)
class Words:
    """A column of few words: a code for each row, -1 where it is null."""

    codes: Int
    pool: tuple[str, ...]

    def are(self, *words: str) -> Bool:
        """Which rows hold one of the words."""
        return self._with([word in words for word in self.pool])

    def begin(self, *beginnings: str) -> Bool:
        """Which rows hold a word with one of these beginnings."""
        return self._with([word.startswith(beginnings) for word in self.pool])

    def among(self, chosen: Bool) -> Words:
        """The column of the rows that are chosen."""
        return Words(self.codes[chosen], self.pool)

    def _with(self, flags: list[bool]) -> Bool:
        return np.array([*flags, False])[self.codes]


@dataclass(frozen=True)
class Owed:
    """Liabilities: row of the account and the user, cents, days since 1970; -1 where null."""

    account: Int
    user: Int
    paid: Int
    statement: Int
    overdue: Bool


@dataclass(frozen=True)
class Books:
    """What a shard's users have and did up to the evening of `last`, a day since 1970."""

    users: pa.Array
    accounts: Accounts
    posted: Posted
    owed: Owed
    last: int

    @property
    def count(self) -> int:
        """Users."""
        return len(self.users)

    def by_user(self, rows: Posted | Owed | Accounts, values: Any = None) -> Int:
        """The sum of values (whole numbers or flags) a user; their count when None."""
        if values is None:
            return np.bincount(rows.user, minlength=self.count).astype(np.int64)
        return summed(rows.user, np.asarray(values, dtype=np.int64), self.count)

    @cached_property
    def spent(self) -> Posted:
        """Outflow: positive rows on checking."""
        return self.posted.among(
            (self.posted.out > 0) & self.accounts.checking[self.posted.account]
        )

    def within(self, rows: Posted, days: int) -> Posted:
        """The rows of the last so many days."""
        return rows.among(rows.day > self.last - days)

    def outflow(self, days: int) -> Int:
        """Cents that went out of checking in the last so many days."""
        rows = self.within(self.spent, days)
        return self.by_user(rows, rows.out)

    @cached_property
    def evenings(self) -> Int:
        """Cents on checking: a line a user, an evening a column, from that before LONG on."""
        rows, first = self.posted, self.last - LONG
        known = self.accounts.checking[rows.account] & (rows.day > first)
        place = rows.user[known] * (LONG + 1) + rows.day[known] - first
        moved = summed(place, rows.out[known], self.count * (LONG + 1))
        moved = moved.reshape(self.count, LONG + 1)
        # What went out on a day was there on the evening before.
        behind = moved[:, ::-1].cumsum(axis=1)[:, ::-1] - moved
        accounts = self.accounts
        now = self.by_user(accounts, np.where(accounts.checking, accounts.current, 0))
        return now[:, None] + behind

    @cached_property
    def has_checking(self) -> Bool:
        """Which users have a checking account."""
        return self.by_user(self.accounts, self.accounts.checking) > 0


def summed(place: Int, values: Int, count: int) -> Int:
    """Whole numbers added up by place; exact, which weights of bincount beyond 2^53 are not."""
    out = np.zeros(count, dtype=np.int64)
    np.add.at(out, place, values)
    return out


def recent(transactions: pa.RecordBatch, last_day: date) -> pa.RecordBatch:
    """The rows that can change a feature, which are those of the long window."""
    first = np.datetime64(last_day, "D") - LONG
    dates = transactions.column("date")
    return transactions.filter(pc.greater(dates, pa.scalar(first.astype(object))))


def books(
    users: pa.RecordBatch,
    accounts: pa.RecordBatch,
    transactions: pa.RecordBatch,
    liabilities: pa.RecordBatch,
    last_day: date,
    sign: str = "plaid",
) -> Books:
    """The books of a shard; `sign` is that of the transactions' amounts.

    Transactions before the long window may be left out: `recent` says which.
    """
    user_ids = users.column("user_id")
    kinds = accounts.column("account_type")
    held = Accounts(
        places(accounts.column("user_id"), user_ids),
        cents(accounts.column("balance_current")),
        cents(accounts.column("balance_limit")),
        flags(pc.equal(kinds, "checking")),
        flags(pc.is_in(kinds, pa.array(SAVINGS))),
        flags(pc.equal(kinds, "credit_card")),
    )
    last = int(np.datetime64(last_day, "D").astype(np.int64))
    account_ids = accounts.column("account_id")
    posted = _posted(transactions, account_ids, user_ids, sign)
    return Books(user_ids, held, posted, _owed(liabilities, account_ids, user_ids), last)


def _posted(rows: pa.RecordBatch, account_ids: pa.Array, user_ids: pa.Array, sign: str) -> Posted:
    pending = flags(rows.column("pending"))
    if pending.any():
        rows = rows.filter(pa.array(~pending))
    amount = cents(rows.column("amount"))
    return Posted(
        places(rows.column("account_id"), account_ids),
        places(rows.column("user_id"), user_ids),
        days(rows.column("date")),
        amount if sign == "plaid" else -amount,
        words(rows.column("merchant_name")).codes,
        words(rows.column("category_primary")),
        words(rows.column("category_detailed")),
    )


def _owed(rows: pa.RecordBatch, account_ids: pa.Array, user_ids: pa.Array) -> Owed:
    return Owed(
        places(rows.column("account_id"), account_ids),
        places(rows.column("user_id"), user_ids),
        cents(rows.column("last_payment_amount"), null=-1),
        days(rows.column("last_statement_issue_date"), null=-1),
        flags(rows.column("is_overdue")),
    )


def places(values: pa.Array, ids: pa.Array) -> Int:
    """For each value its place among the ids."""
    return whole(pc.index_in(values, value_set=ids))


def words(values: pa.Array) -> Words:
    """A text column as codes."""
    coded = values.dictionary_encode()
    return Words(whole(coded.indices.fill_null(-1)), tuple(coded.dictionary.to_pylist()))


def cents(values: pa.Array, null: int = 0) -> Int:
    """A decimal column with two places as whole numbers."""
    width = values.type.bit_width // 64
    held = np.frombuffer(values.buffers()[1] or b"", dtype=np.int64)[::width]
    plain = held[values.offset : values.offset + len(values)]
    return np.where(flags(values.is_valid()), plain, null) if values.null_count else plain


def days(values: pa.Array, null: int = 0) -> Int:
    """A date column as days since 1970."""
    return whole(values.cast(pa.int32()).fill_null(null))


def whole(values: pa.Array) -> Int:
    """A column of whole numbers without nulls."""
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.int64)


def flags(values: pa.Array) -> Bool:
    """A boolean column; null is false."""
    return np.asarray(values.fill_null(False).to_numpy(zero_copy_only=False), dtype=np.bool_)
