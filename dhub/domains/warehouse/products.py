"""Takes a run, gives the rows of `dim_product`: the price list of the bank."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dhub.model import Coded, Column, Maybe, Rows, Run, Table
from dhub.world.star.products import CLASSES, Product, products

_MILLI, _CENTS = 1000, 100


def product_rows(run: Run, attempt: int = 0) -> Rows:
    """One row a product, class by class."""
    known = products(run)

    def text(of: Callable[[Product], str]) -> Coded:
        return Coded(np.arange(len(known)), tuple(map(of, known)))

    def number(of: Callable[[Product], Any], scale: int) -> Maybe:
        values = [of(product) for product in known]
        there = np.array([value is not None for value in values])
        return Maybe(np.array([round((value or 0) * scale) for value in values]), there)

    columns = {
        "product_key": np.arange(len(known)) + 1,
        "product_code": text(lambda p: p.code),
        "product_name": text(lambda p: p.name),
        "product_class": text(lambda p: CLASSES[p.kind]),
        "product_type": text(lambda p: p.type),
        "interest_rate_min": number(lambda p: p.rate and p.rate[0], _MILLI),
        "interest_rate_max": number(lambda p: p.rate and p.rate[1], _MILLI),
        "annual_fee": np.array([p.annual_fee * _CENTS for p in known]),
        "monthly_fee": np.array([p.monthly_fee * _CENTS for p in known]),
        "minimum_balance": number(lambda p: p.minimum, _CENTS),
        "credit_limit_min": number(lambda p: p.limit and p.limit[0], _CENTS),
        "credit_limit_max": number(lambda p: p.limit and p.limit[1], _CENTS),
        "term_months_min": number(lambda p: p.months and p.months[0], 1),
        "term_months_max": number(lambda p: p.months and p.months[1], 1),
        "reward_rate": number(lambda p: p.reward, _MILLI),
        "description": text(lambda p: p.said),
    }
    return Rows(columns)


TABLE = Table(
    name="dim_product",
    phase=8,
    key="product_key",
    columns=(
        Column("product_key", "bigint"),
        Column("product_code", "text"),
        Column("product_name", "text"),
        Column("product_class", "text"),
        Column("product_type", "text"),
        Column("interest_rate_min", "numeric(6,3)", null=True),
        Column("interest_rate_max", "numeric(6,3)", null=True),
        Column("annual_fee", "numeric(15,2)"),
        Column("monthly_fee", "numeric(15,2)"),
        Column("minimum_balance", "numeric(15,2)", null=True),
        Column("credit_limit_min", "numeric(15,2)", null=True),
        Column("credit_limit_max", "numeric(15,2)", null=True),
        Column("term_months_min", "smallint", null=True),
        Column("term_months_max", "smallint", null=True),
        Column("reward_rate", "numeric(6,3)", null=True),
        Column("description", "text"),
    ),
    expected=lambda run, customers: len(products(run)),
    foundation=product_rows,
)
