"""A whole profile: its figures by section, where each comes from, and its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from dhub.profiles.base import Section
from dhub.profiles.cards import Cards, CrossSell
from dhub.profiles.compliance import Compliance
from dhub.profiles.crm import Crm
from dhub.profiles.holdings import Certificates, Securities
from dhub.profiles.insurance import Insurance
from dhub.profiles.life import Life
from dhub.profiles.loans import Loans
from dhub.profiles.money import LISTING, Accounts, Transactions
from dhub.profiles.people import Customers, Scale, Staff
from dhub.profiles.personas import Personas
from dhub.profiles.values import By, Mix, Range, refuse

BELL = ("customers.age_mean", "customers.age_deviation")
_MOST_LISTED = 50  # rows an account of a listing: the width of its slot in the key space


def _day(value: Any) -> Any:
    """A day as TOML writes it, or as JSON does."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


Day = Annotated[date, BeforeValidator(_day)]


@dataclass(frozen=True)
class Figure:
    """One figure as a reader sees it: its dotted path, plain value, and source."""

    path: str
    value: Any
    source: str


class Figures(Section):
    """The sections, in the order of the phases that read them."""

    scale: Scale
    staff: Staff
    customers: Customers
    accounts: Accounts
    transactions: Transactions
    crm: Crm
    loans: Loans
    insurance: Insurance
    compliance: Compliance
    life: Life | None = None
    certificates: Certificates | None = None
    securities: Securities | None = None
    personas: Personas | None = None
    cards: Cards | None = None
    cross_sell: CrossSell | None = None
    as_of: Day | None = None  # where no other is asked for

    @model_validator(mode="after")
    def _together(self) -> Self:
        """What one section asks of another."""
        t = self.transactions
        if self.life is None:
            fits = t.per_account.high <= _MOST_LISTED
            _must(fits, "transactions.per_account", f"must lie within 1 to {_MOST_LISTED}")
            _must(self.personas is None, "personas", "need a section life")
            _must(self.cards is None, "cards", "need a section life")
            return self
        _must(t.history_months is not None, "transactions.history_months", "is missing")
        if self.personas is not None:
            kinds = {kind.name for kind in self.personas.kinds}
            known = {persona.name for persona in self.life.personas}
            lacking = ", ".join(sorted(kinds - known))
            _must(not lacking, "life.personas", f"lacks {lacking}")
        return self


def _must(true: bool, path: str, message: str) -> None:
    if not true:
        refuse([(tuple(path.split(".")), message)])


class Profile(Figures):
    """All figures of a bank. Equal and hashed by digest, so it can key a cache.

    `name` is guide, requirements, or the file name of a user's profile. `sources` maps a figure's
    path to guide, requirements, assumed, or the name of the profile that states it.
    """

    name: str
    sources: dict[str, str]

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of the figures, without name and sources."""
        return hashlib.sha256(_canonical(self._tables()).encode()).hexdigest()

    def to_json(self) -> str:
        """The profile as canonical JSON, which `profile_from_json` reads back."""
        whole = {"name": self.name, "figures": self._tables(), "sources": self.sources}
        return _canonical(whole)

    def figures(self) -> Iterator[Figure]:
        """Every figure that applies, with its source, in the order of the model."""
        for section, table in self._tables().items():
            if not isinstance(table, dict):
                yield Figure(section, table, self._source(section))
                continue
            for name, value in table.items():
                if self.applies(f"{section}.{name}"):
                    yield from self._split(f"{section}.{name}", value)

    def applies(self, path: str) -> bool:
        """Whether a figure shapes this bank: those of a listing say nothing about a life, those of
        a bell of ages nothing where personas have theirs."""
        if path in BELL:
            return self.personas is None
        if path == "transactions.per_account" and self.transactions.per_account.high > _MOST_LISTED:
            return True
        return self.life is None or path not in LISTING

    def _split(self, path: str, value: Any) -> Iterator[Figure]:
        """One figure, or those of a table whose entries have sources of their own."""
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for entry in value:
                rest = {key: part for key, part in entry.items() if key != "name"}
                yield from self._split(f"{path}.{entry['name']}", rest)
        elif path in self.sources or not isinstance(value, dict):
            yield Figure(path, value, self._source(path))
        else:
            for key, entry in value.items():
                yield from self._split(f"{path}.{key}", entry)

    def _source(self, path: str) -> str:
        """Who states a figure, or the table it stands in; what nobody states is the model's."""
        while path:
            if path in self.sources:
                return self.sources[path]
            path = path.rpartition(".")[0]
        return "assumed"

    def _tables(self) -> dict[str, Any]:
        """The figures alone, as plain tables."""
        sections = {name: getattr(self, name) for name in Figures.model_fields}
        return {name: plain(section) for name, section in sections.items() if section is not None}

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Profile) and self.digest == other.digest)

    def __hash__(self) -> int:
        return hash(self.digest)


def plain(value: Any) -> Any:
    """Turn a figure back into what TOML and JSON write."""
    if isinstance(value, Section):
        each = {name: plain(getattr(value, name)) for name in type(value).model_fields}
        return {name: entry for name, entry in each.items() if entry is not None}
    if isinstance(value, Mix | By):
        return {name: plain(entry) for name, entry in value.items()}
    if isinstance(value, Range):
        return [plain(value.low), plain(value.high)]
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value


def _canonical(value: Any) -> str:
    """JSON with sorted keys and no blanks; the model restores its own order on reading."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
