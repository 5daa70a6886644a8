"""The section `personas`: people by weight, from whom the rest of a customer follows."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from dhub.profiles.base import Section, earlier, must
from dhub.profiles.crm import CHANNELS
from dhub.profiles.life import WORK
from dhub.profiles.people import SEGMENTS
from dhub.profiles.values import Among, By, Counts, Dollars, Keys, Mix, Numbers, Positive, Share

Factor = Annotated[float, Field(ge=0, le=10)]


class Kind(Section):
    """One kind of people: how many, how old, what they do, have and earn."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    weight: Share
    ages: Counts | None = None  # on the as-of date
    born: Counts | None = None  # or the years of birth
    work: Annotated[Mix, Among(*WORK)]
    children: Annotated[Mix, Numbers(0, 4)]
    segments: Annotated[By[Factor], Keys(*SEGMENTS)]  # how much likelier than others
    level: Positive  # of the income that others of the segment and age have
    income: Dollars  # a year
    channel: Annotated[Mix, Among(*CHANNELS)]  # of contacts with the bank

    @field_validator("born")
    @classmethod
    def _of_some_age(cls, value: Counts | None, info: ValidationInfo) -> Counts | None:
        ages = earlier(info, "ages")
        must((ages is None) != (value is None), "one of ages and born must be given, not both")
        return value


class Personas(Section):
    """The kinds of people, in an order that their number follows."""

    kinds: Annotated[list[Kind], Field(min_length=1, max_length=24)]

    @field_validator("kinds")
    @classmethod
    def _a_whole(cls, value: list[Kind]) -> list[Kind]:
        names = [kind.name for kind in value]
        must(len(set(names)) == len(names), "two have the same name")
        total = sum(kind.weight for kind in value)
        must(abs(total - 1) < 1e-9, f"weights sum to {total:.10g}, not 1")
        return value
