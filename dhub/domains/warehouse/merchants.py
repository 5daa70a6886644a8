"""Gives the rows of `dim_merchant`: every shop and biller, and one for where there is none."""

from __future__ import annotations

import numpy as np

from dhub.draw import text
from dhub.model import Coded, Column, Maybe, Rows, Run, Table
from dhub.world.merchants import costs, kind_of_merchant, merchant_names
from dhub.world.star.merchants import (
    CODES,
    STAR_CATEGORIES,
    category_of_merchant,
    monthly_prices,
    star_mcc,
)

NOBODY = "No merchant"


def merchant_rows(run: Run, attempt: int = 0) -> Rows:
    """One row a merchant; key 0 is the unknown member."""
    names, price = (NOBODY, *merchant_names()), np.append(0, monthly_prices())
    mcc = np.append(0, star_mcc())
    said = {code: words for codes in CODES.values() for code, words in codes.items()}
    words = tuple(said.get(code, NOBODY) for code in mcc.tolist())
    every = np.arange(len(names))
    columns = {
        "merchant_key": every,
        "merchant_name": Coded(every, names),
        "mcc": text.digits(mcc, 4),
        "mcc_description": Coded(every, words),
        "category": Coded(np.append(0, 1 + category_of_merchant()), ("none", *STAR_CATEGORIES)),
        "is_subscription": price > 0,
        "is_online": np.append(False, costs().online[kind_of_merchant()]),
        "monthly_price": Maybe(price, price > 0),
    }
    return Rows(columns)


TABLE = Table(
    name="dim_merchant",
    phase=8,
    key="merchant_key",
    columns=(
        Column("merchant_key", "bigint"),
        Column("merchant_name", "text"),
        Column("mcc", "text"),
        Column("mcc_description", "text"),
        Column("category", "text"),
        Column("is_subscription", "boolean"),
        Column("is_online", "boolean"),
        Column("monthly_price", "numeric(15,2)", null=True),
    ),
    expected=lambda run, customers: 1 + len(merchant_names()),
    foundation=merchant_rows,
    lowest=0,
)
