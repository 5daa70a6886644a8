"""The sections `accounts` and `transactions`: who holds what, and how the money moves."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from dhub.profiles.base import Section, earlier, must
from dhub.profiles.people import SEGMENTS
from dhub.profiles.values import (
    Among,
    By,
    Count,
    Counts,
    Dollars,
    Keys,
    Mix,
    Money,
    Numbers,
    Positive,
    Share,
    refuse,
)

ACCOUNT_TYPES = ("checking", "savings", "money_market", "hsa")
INCOME = ("deposit", "salary", "interest", "transfer_in")
SPENDING = ("withdrawal", "payment", "fee", "transfer_out")
TYPES = INCOME + SPENDING
# Figures of a listing, whose counts come first; a ledger of lives (`life`) has none of them.
LISTING = tuple(f"transactions.{name}" for name in (
    "per_account", "per_account_mean", "recent_months", "recent_share", "mix", "deposit_kind",
    "internal_share", "manual", "processed", "amount_median", "amount_sigma", "account_sigma",
    "large_transfer_share", "large_transfer",
))  # fmt: skip
NotNegative = Annotated[float, Field(ge=0)]


class Accounts(Section):
    """Accounts, their balances, and who else is tied to them."""

    holders: Share
    multiple: Share
    per_multiple_holder: Annotated[Mix, Numbers(2, 12)]
    multiple_by_segment: Annotated[By[NotNegative], Keys(*SEGMENTS)]
    type: Annotated[Mix, Among(*ACCOUNT_TYPES)]
    status: Annotated[Mix, Among("active", "frozen", "closed")]
    currency: Annotated[Mix, Among("USD", "EUR", "GBP", "CAD")]
    balance: Annotated[By[Dollars], Keys(*ACCOUNT_TYPES)]
    apy: Annotated[By[Share], Keys(*ACCOUNT_TYPES)]
    first_opened_days: Counts
    links: Annotated[Mix, Numbers(0, 2)]
    relationship: Annotated[
        Mix, Among("joint_owner", "beneficiary", "authorized_user", "linked_savings")
    ]

    @field_validator("first_opened_days")
    @classmethod
    def _soon(cls, value: Counts) -> Counts:
        must(value.high <= 60, f"must lie within 0 to 60, not [{value.low}, {value.high}]")
        return value

    @field_validator("multiple_by_segment")
    @classmethod
    def _someone_has_several(cls, value: By[float], info: ValidationInfo) -> By[float]:
        multiple = earlier(info, "multiple")
        must(not multiple or any(value.values()), "is zero throughout, yet multiple is not")
        return value


class Transactions(Section):
    """How many transactions an account has, of which types and amounts, and through whom."""

    per_account: Counts
    per_account_mean: Positive
    # Of a ledger of lives: how many months it tells, all alike.
    history_months: Annotated[Count, Field(le=120)] | None = None
    recent_months: Count
    recent_share: Share
    mix: Annotated[Mix, Among(*TYPES)]
    deposit_kind: Annotated[Mix, Among("payroll", "interest", "other")]
    payday: Annotated[Mix, Among("weekly", "biweekly", "semimonthly", "monthly")]
    internal_share: Share
    manual: Share
    processed: Share
    spending_cap: Annotated[float, Field(ge=0.01, le=1)]
    amount: Annotated[By[Dollars], Keys(*TYPES)]
    amount_median: Annotated[By[Money], Keys(*TYPES)]
    amount_sigma: Annotated[By[NotNegative], Keys(*TYPES)]
    account_sigma: NotNegative
    large_transfer_share: Share
    large_transfer: Dollars

    @field_validator("per_account")
    @classmethod
    def _room_in_the_ledger(cls, value: Counts) -> Counts:
        inside = value.low >= 1 and value.high <= 5000
        must(inside, f"must lie within 1 to 5,000, not [{value.low}, {value.high}]")
        return value

    @field_validator("per_account_mean")
    @classmethod
    def _mean_of_counts(cls, value: float, info: ValidationInfo) -> float:
        counts = earlier(info, "per_account")
        inside = counts is None or counts.low <= value <= counts.high
        must(inside, f"{value:g} lies outside per_account")
        return value

    @field_validator("internal_share")
    @classmethod
    def _two_legs(cls, value: float, info: ValidationInfo) -> float:
        mix = earlier(info, "mix")
        if mix is not None:
            legs = 2 * min(mix.share("transfer_in"), mix.share("transfer_out"))
            rows = value * mix.share("transfer_in", "transfer_out")
            must(rows <= legs + 1e-9, f"{value:g} needs more transfers one way than mix holds")
        return value

    @field_validator("processed")
    @classmethod
    def _by_hand(cls, value: float, info: ValidationInfo) -> float:
        manual = earlier(info, "manual")
        must(manual is None or value <= manual, f"{value:g} is above manual, of which it is a part")
        return value

    @field_validator("amount_median")
    @classmethod
    def _median_of_amounts(cls, value: By[Money], info: ValidationInfo) -> By[Money]:
        amount = earlier(info, "amount")
        outside = [
            ((name,), f"{median} lies outside amount.{name}")
            for name, median in value.items()
            if amount is not None and not amount[name].low <= median <= amount[name].high
        ]
        if outside:
            refuse(outside)
        return value
