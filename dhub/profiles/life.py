"""The section `life`: a ledger of people's days, for profiles that have one instead of a listing.

A persona is a row of `life.personas`: whom it fits, and what such people do and how often. The
first one that fits a customer is theirs.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from dhub.profiles.base import Section, must
from dhub.profiles.values import Among, By, Count, Counts, Keys, Mix, Numbers, Share, Shares

WORK = ("employed", "self_employed", "student", "retired", "not_working")
# What people do at no fixed day: kinds of shops, cash from a machine, money sent to people.
GROUPS = (
    "groceries", "dining", "driving", "shopping", "health", "leisure", "children", "travel",
    "cash", "people",
)  # fmt: skip
Rate = Annotated[float, Field(ge=0, le=40)]
Work = Literal["employed", "self_employed", "student", "retired", "not_working"]


class Persona(Section):
    """Whom it fits, and what such a person does: events a month, and shares of people."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    ages: Counts
    work: Annotated[list[Work], Field(min_length=1)]
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

    @field_validator("ages")
    @classmethod
    def _adults(cls, value: Counts) -> Counts:
        must(value.high >= 18, f"must reach 18, not [{value.low}, {value.high}]")
        return value


class Life(Section):
    """How far back the ledger goes, who has it as the main account, and the personas."""

    months: Annotated[Count, Field(le=120)]
    main: Share  # of first checking accounts get their owner's pay
    personas: Annotated[list[Persona], Field(min_length=1, max_length=24)]

    @field_validator("personas")
    @classmethod
    def _one_of_a_name(cls, value: list[Persona]) -> list[Persona]:
        names = [persona.name for persona in value]
        must(len(set(names)) == len(names), "two have the same name")
        return value
