"""Takes the name of a preset of outside accounts, gives its figures, validated whole."""

from __future__ import annotations

import hashlib
import tomllib
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from dhub.errors import UsageError
from dhub.profiles.base import Section
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
    Share,
    Shares,
    Span,
    closest,
    shown,
    worded,
)

PRESETS = ("everyday", "archetypes")
BRACKETS = ("18-25", "26-35", "36-50", "51+")
INCOMES = ("low", "middle", "upper_middle", "high")
REGIONS = ("urban", "suburban", "rural")
SERVICES = ("Netflix", "Spotify", "Amazon Prime", "Gym Membership", "Cloud Storage")
_HERE = Path(__file__).parent / "presets"


class Places(Section):
    """How many of every twenty places belong to each age bracket."""

    young: Count = Field(alias="18-25")
    early: Count = Field(alias="26-35")
    middle: Count = Field(alias="36-50")
    late: Count = Field(alias="51+")

    @property
    def counts(self) -> tuple[int, ...]:
        """In the order of BRACKETS."""
        return (self.young, self.early, self.middle, self.late)


class Outsiders(Section):
    """Who the users are."""

    places: Places
    income: Annotated[By[Counts], Keys(*INCOMES)]
    income_mix: Annotated[Mix, Among(*INCOMES)]
    region: Annotated[Mix, Among(*REGIONS)]
    no_consent: Annotated[int, Field(ge=0, le=9)]


class Everyday(Section):
    """What the preset `everyday` says of accounts and their rows."""

    savings: Share
    student_loan: Share
    checking_months: Span
    cards: Annotated[By[Annotated[Mix, Numbers(0, 3)]], Keys(*INCOMES)]
    limit: Dollars
    utilization: Shares
    apr: Span
    overdue: Share
    loan_balance: Dollars
    loan_rate: Span
    loan_payment: Dollars
    pay_variance: Share
    rent: Shares
    utilities: Dollars
    subscribers: Share
    services: Annotated[By[Money], Keys(*SERVICES)]
    groceries: Dollars
    restaurants: Dollars
    coffee: Dollars
    life_event: Share
    medical: Dollars
    rows: Counts


class Archetypes(Section):
    """What the preset `archetypes` says: who is what by place, and the ranges of its amounts."""

    # High utilizer, variable income, subscription heavy, (savings) builder, cash flow stressed,
    # multi persona, none (stable), edge case.
    pattern: Annotated[str, Field(pattern="^[HVSBCMNE]+$", min_length=90, max_length=90)]
    payroll: Dollars
    rent: Dollars
    groceries: Dollars
    dining: Dollars
    apr: Span
    loan_rate: Span
    loan_payment: Dollars
    loan_balance: Dollars


class PresetFigures(Section):
    """The tables of a preset's file."""

    users: Count
    months: Annotated[int, Field(ge=6, le=12)]  # of the window, where only its end is given
    first_day: date | None = None  # of the default window; None where that ends today
    last_day: date | None = None
    people: Outsiders
    everyday: Everyday | None = None
    archetypes: Archetypes | None = None


class Preset(PresetFigures):
    """All figures of a preset. Equal and hashed by digest, so it can key a cache."""

    name: str

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the name and the figures."""
        return hashlib.sha256(f"{self.name} {self!r}".encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Preset) and self.digest == other.digest)

    def __hash__(self) -> int:
        return hash(self.digest)


@cache
def load_preset(name: str) -> Preset:
    """Load a shipped preset; UsageError when there is none of that name."""
    if name not in PRESETS:
        raise UsageError(f"unknown preset {shown(name)}: {closest(name, PRESETS)}")
    files = (_HERE / f"{part}.toml" for part in ("people", name))
    people, own = (tomllib.loads(file.read_text(encoding="utf-8")) for file in files)
    own["people"] = {**people["people"], **own.get("people", {})}
    try:
        return Preset.model_validate({"name": name, **own})
    except ValidationError as error:
        faults = "\n  ".join(f"{'.'.join(path)}: {text}" for path, text in worded(error))
        raise UsageError(f"preset {name}:\n  {faults}") from error
