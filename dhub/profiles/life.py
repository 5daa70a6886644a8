"""The section `life`: a ledger of people's days, for profiles that have one instead of a listing.

A persona is a row of `life.personas`: whom it fits, and what such people do and how often. The
first one that fits a customer is theirs.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from dhub.profiles.base import Section, must
from dhub.profiles.values import (
    Among,
    By,
    Counts,
    Keys,
    Mix,
    Money,
    Numbers,
    Positive,
    Share,
    Shares,
    Subset,
)

WORK = ("employed", "self_employed", "student", "retired", "not_working")
# What people do at no fixed day: kinds of shops, cash from a machine, money sent to people.
GROUPS = (
    "groceries", "dining", "driving", "shopping", "health", "leisure", "children", "travel",
    "cash", "people",
)  # fmt: skip
# Kinds of shops whose part in their group a persona may change.
SHOPS = (
    "restaurant", "fast_food", "coffee", "bar", "fuel", "parking", "transit", "rideshare",
    "online_shop", "clothing", "electronics", "home_improvement", "furniture", "department_store",
    "pharmacy", "healthcare", "personal_care", "entertainment", "education", "charity", "toys",
    "childcare", "hotel", "airline", "travel_agency",
)  # fmt: skip
Rate = Annotated[float, Field(ge=0, le=40)]
Work = Literal["employed", "self_employed", "student", "retired", "not_working"]


class Persona(Section):
    """Whom it fits, and what such a person does: events a month, and shares of people."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    # Whom it fits; where the profile has a section `personas`, those of the same name there.
    ages: Counts = Counts(18, 120)
    work: Annotated[list[Work], Field(min_length=1)] = list(WORK)  # type: ignore[arg-type]
    children: bool | None = None  # true or false: only those with, or without
    rates: Annotated[By[Rate], Keys(*GROUPS)]  # of a month
    rents: Share
    insures: Share  # with another company
    exercises: Share
    subscriptions: Annotated[Mix, Numbers(0, 5)]
    cards: Annotated[Mix, Numbers(0, 3)]  # credit cards at other banks
    on_card: Share  # of purchases of who has a card
    pays_card: Annotated[Mix, Among("in_full", "in_part", "minimum")]
    saves: Share  # of those with an account to save in
    saving: Shares  # of the net pay
    powered: Share = 1.0  # pay for power themselves
    phoned: Share = 1.0  # pay for a telephone themselves
    mobile: Share = 0.12  # of purchases at a shop are paid by telephone
    shops: Annotated[By[Rate], Subset(*SHOPS)] = By(())  # how much likelier than usual in a group

    @field_validator("ages")
    @classmethod
    def _adults(cls, value: Counts) -> Counts:
        must(value.high >= 18, f"must reach 18, not [{value.low}, {value.high}]")
        return value


class Life(Section):
    """Who has the main account here, when and how pay comes, and the personas."""

    main: Share  # of first checking accounts get their owner's pay
    rows_a_month: Positive = 23.0  # of a checking account that gets pay: measured, the lives decide
    raises: Shares = Shares(0.015, 0.055)  # of the pay, a year
    # Semi-monthly pay comes on these days (31: the last), moved to the nearest business day.
    paydays: Counts = Counts(15, 31)
    # What lies above it leaves for another bank on each payday; else to savings, by income.
    surplus: Money | None = None
    personas: Annotated[list[Persona], Field(min_length=1, max_length=24)]

    @field_validator("paydays")
    @classmethod
    def _of_a_month(cls, value: Counts) -> Counts:
        inside = 1 <= value.low < value.high <= 31
        must(inside, f"must be two days of a month, not [{value.low}, {value.high}]")
        return value

    @field_validator("personas")
    @classmethod
    def _one_of_a_name(cls, value: list[Persona]) -> list[Persona]:
        names = [persona.name for persona in value]
        must(len(set(names)) == len(names), "two have the same name")
        return value
