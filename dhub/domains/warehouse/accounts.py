"""Takes a shard, gives the rows of `dim_account`: everything that a customer has with the bank."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dhub.domains.warehouse.attempts import as_accounts, as_policies
from dhub.domains.warehouse.holdings import (
    ACCOUNT_KEYS,
    account_keys,
    holdings,
    position,
    slots,
)
from dhub.draw import text
from dhub.model import Coded, Column, Maybe, Rows, Run, Shard, Table
from dhub.world.account_numbers import account_numbers
from dhub.world.accounts import CURRENCIES, TYPES, USD, accounts
from dhub.world.accounts import STATUSES as ACCOUNT_STATUSES
from dhub.world.cover import policies
from dhub.world.cover.amounts import amounts
from dhub.world.cover.kinds import FREQUENCIES, policies_per_customer
from dhub.world.cover.kinds import STATUSES as POLICY_STATUSES
from dhub.world.cover.numbers import policy_numbers
from dhub.world.credit import LOAN_STATUSES, loans, payments
from dhub.world.credit.volume import expected_loans
from dhub.world.ledger import movements
from dhub.world.places import branch_codes
from dhub.world.standing import accounts_per_customer
from dhub.world.star.cards import card_accounts
from dhub.world.star.certificates import certificates
from dhub.world.star.products import (
    CARD,
    CASA,
    CD,
    CLASSES,
    INSURANCE,
    LOAN,
    SECURITIES,
    TERMS,
    products,
)
from dhub.world.star.securities import securities

Int = NDArray[np.int64]

# The words of all sources; matured is a certificate's.
STATUSES = tuple(dict.fromkeys((*ACCOUNT_STATUSES, *LOAN_STATUSES, *POLICY_STATUSES, "matured")))
SOURCES = (("accounts_db", "accounts"), ("loans_db", "loans"), ("insurance_db", "policies"))
_DATABASES, _TABLES = zip(*SOURCES, strict=True)
_SOURCE = {CASA: 0, LOAN: 1, INSURANCE: 2}
_TOKENS = {LOAN: "LN-", CARD: "CRD-", CD: "CTD-", SECURITIES: "SEC-"}
_OPEN, _CLOSED = STATUSES.index("active"), STATUSES.index("closed")
_MATURED = STATUSES.index("matured")
_NOTHING = np.iinfo(np.int64).min
# What a class says of its accounts by column of the table; what it leaves out is null.
Said = Mapping[str, Any]


@lru_cache(maxsize=8)
def _kinds(run: Run) -> tuple[tuple[str, ...], Int]:
    """The types of products, and which of them each product is."""
    known = products(run)
    kinds = tuple(dict.fromkeys(product.type for product in known))
    return kinds, np.array([kinds.index(product.type) for product in known])


def account_rows(shard: Shard) -> Rows:
    """One row an account, ordered by customer, deposits first."""
    run, index = shard.run, shard.index
    held = holdings(run, index)
    key = held.key(index)
    said: dict[int, Said] = {
        CASA: _deposits(shard), LOAN: _loans(shard), INSURANCE: _policies(shard),
        CARD: _cards(shard), CD: _certificates(shard), SECURITIES: _securities(shard),
    }  # fmt: skip
    place = {kind: position(held, kind) for kind in said}

    def put(column: str, empty: Any) -> NDArray[Any]:
        """A column over all classes, `empty` where a class says nothing."""
        out = np.full(len(key), empty)
        for kind, each in said.items():
            if column in each:
                out[place[kind]] = each[column]
        return out

    def maybe(name: str) -> Maybe:
        values = put(name, _NOTHING)
        return Maybe(values, values != _NOTHING)

    kinds, kind_of = _kinds(run)
    source = put("source", -1)
    never = np.datetime64("NaT", "D")
    columns = {
        "account_key": key,
        "account_number": _numbers(shard, place, key),
        "customer_key": shard.first + held.owner + 1,
        "product_key": held.product,
        "product_class": Coded(held.kind, CLASSES),
        "product_type": Coded(kind_of[held.product - 1], kinds),
        "source_database": Coded(source, _DATABASES),
        "source_table": Coded(source, _TABLES),
        "source_id": maybe("source_id"),
        "account_status": Coded(put("status", _OPEN), STATUSES),
        "currency": Coded(put("currency", USD), CURRENCIES),
        "branch_code": Coded(put("branch", -1), branch_codes(run)),
        "opened_date": put("opened", never),
        "closed_date": put("closed", never),
        "maturity_date": put("maturity", never),
        "premium_frequency": Coded(put("frequency", -1), FREQUENCIES),
        **{name: maybe(name) for name in _NUMBERS},
    }
    return Rows(columns, held.owner)


_NUMBERS = (
    "interest_rate", "term_months", "principal_amount", "credit_limit", "coverage_amount",
    "premium_amount", "opening_balance", "current_balance", "market_value", "days_past_due",
    "linked_account_key",
)  # fmt: skip


def _numbers(shard: Shard, place: Mapping[int, Int], key: Int) -> object:
    """The source's own number, else a token of the key."""
    import pyarrow as pa

    tokens = [text.text(account_numbers(as_accounts(shard))),
              text.text(policy_numbers(as_policies(shard)))]
    row = np.concatenate([place[CASA], place[INSURANCE]])
    for kind, word in _TOKENS.items():
        tokens.append(text.text(text.join([word, text.digits(key[place[kind]], 10)])))
        row = np.concatenate([row, place[kind]])
    back = np.empty_like(row)
    back[row] = np.arange(len(row))
    whole = [one.combine_chunks() if isinstance(one, pa.ChunkedArray) else one for one in tokens]
    return pa.concat_arrays(whole).take(pa.array(back))


def _statuses(codes: Int, words: tuple[str, ...]) -> Int:
    return np.array([STATUSES.index(word) for word in words])[codes]


def _linked(shard: Shard, account: Int) -> Int:
    """account_key of deposit accounts (rows of `accounts`)."""
    key = account_keys(shard.index, slots(CASA, accounts(shard).owner))
    return np.where(account >= 0, np.append(key, _NOTHING)[account], _NOTHING)


def _deposits(shard: Shard) -> Said:
    a, money = accounts(shard), movements(shard)
    apy = shard.run.profile.accounts.apy
    rate = np.array([round(apy[name] * 100_000) for name in TYPES])
    return {
        "source": _SOURCE[CASA], "source_id": a.account_id,
        "status": _statuses(a.status, ACCOUNT_STATUSES), "currency": a.currency,
        "branch": a.branch, "opened": a.opened_date, "closed": a.closed_date,
        "interest_rate": rate[a.account_type], "opening_balance": money.opening_balance,
        "current_balance": money.closing_balance,
    }  # fmt: skip


def _loans(shard: Shard) -> Said:
    lent, state = loans(shard), payments(shard)
    return {
        "source": _SOURCE[LOAN], "source_id": lent.loan_id,
        "status": _statuses(lent.status, LOAN_STATUSES), "opened": lent.disbursement_date,
        "closed": lent.payoff_date, "maturity": lent.maturity_date,
        "interest_rate": lent.interest_rate, "term_months": lent.term_months,
        "principal_amount": lent.principal_amount, "opening_balance": 0,
        "current_balance": state.outstanding_balance, "days_past_due": state.days_past_due,
        "linked_account_key": _linked(shard, lent.linked_account),
    }  # fmt: skip


def _policies(shard: Shard) -> Said:
    p = policies(shard)
    coverage, premium = amounts(shard)
    return {
        "source": _SOURCE[INSURANCE], "source_id": p.policy_id,
        "status": _statuses(p.terms.status, POLICY_STATUSES), "opened": p.terms.start_date,
        "maturity": p.terms.end_date, "coverage_amount": coverage, "premium_amount": premium,
        "frequency": p.frequency, "linked_account_key": _linked(shard, p.account),
    }  # fmt: skip


def _cards(shard: Shard) -> Said:
    c = card_accounts(shard)
    return {
        "status": np.where(np.isnat(c.closed_date), _OPEN, _CLOSED), "opened": c.opened_date,
        "closed": c.closed_date, "interest_rate": np.floor(c.apr * 1000 + 0.5).astype(np.int64),
        "credit_limit": c.limit, "opening_balance": c.opening_balance,
        "current_balance": c.current_balance,
    }  # fmt: skip


def _certificates(shard: Shard) -> Said:
    c = certificates(shard)
    return {
        "status": np.where(c.matured, _MATURED, _OPEN), "opened": c.opened_date,
        "closed": c.closed_date, "maturity": c.maturity_date, "interest_rate": c.rate,
        "term_months": np.array(TERMS)[c.term], "principal_amount": c.principal,
        "opening_balance": c.opening_balance, "current_balance": c.current_balance,
    }  # fmt: skip


def _securities(shard: Shard) -> Said:
    s = securities(shard)
    return {
        "status": np.where(np.isnat(s.closed_date), _OPEN, _CLOSED), "opened": s.opened_date,
        "closed": s.closed_date, "opening_balance": s.opening_balance,
        "current_balance": s.current_balance, "market_value": s.market_value,
    }  # fmt: skip


def expected_accounts(run: Run, customers: int) -> float:
    """Deposits, loans and policies, and what is held beside them."""
    profile = run.profile
    each = accounts_per_customer(profile) + policies_per_customer(profile)
    for beside in (profile.certificates, profile.securities):
        each += float(beside.holders) if beside else 0.0
    return float(customers * each + expected_loans(run, customers))


TABLE = Table(
    name="dim_account",
    phase=8,
    key="account_key",
    columns=(
        Column("account_key", "bigint"),
        Column("account_number", "text"),
        Column("customer_key", "bigint"),
        Column("product_key", "bigint"),
        Column("product_class", "text"),
        Column("product_type", "text"),
        Column("source_database", "text", null=True),
        Column("source_table", "text", null=True),
        Column("source_id", "bigint", null=True),
        Column("account_status", "text"),
        Column("currency", "text"),
        Column("branch_code", "text", null=True),
        Column("opened_date", "date"),
        Column("closed_date", "date", null=True),
        Column("maturity_date", "date", null=True),
        Column("interest_rate", "numeric(6,3)", null=True),
        Column("term_months", "smallint", null=True),
        Column("principal_amount", "numeric(15,2)", null=True),
        Column("credit_limit", "numeric(15,2)", null=True),
        Column("coverage_amount", "numeric(15,2)", null=True),
        Column("premium_amount", "numeric(15,2)", null=True),
        Column("premium_frequency", "text", null=True),
        Column("opening_balance", "numeric(15,2)", null=True),
        Column("current_balance", "numeric(15,2)", null=True),
        Column("market_value", "numeric(15,2)", null=True),
        Column("days_past_due", "integer", null=True),
        Column("linked_account_key", "bigint", null=True),
    ),
    expected=expected_accounts,
    rows=account_rows,
    stride=ACCOUNT_KEYS,
    natural_keys=("account_number",),
)
