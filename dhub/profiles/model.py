"""A whole profile: its figures by section, where each comes from, and its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from dhub.profiles.base import Section
from dhub.profiles.compliance import Compliance
from dhub.profiles.crm import Crm
from dhub.profiles.holdings import Certificates, Securities
from dhub.profiles.insurance import Insurance
from dhub.profiles.life import Life
from dhub.profiles.loans import Loans
from dhub.profiles.money import LISTING, Accounts, Transactions
from dhub.profiles.people import Customers, Scale, Staff
from dhub.profiles.values import By, Mix, Range


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
            for name, value in table.items():
                if self.applies(f"{section}.{name}"):
                    yield from self._split(f"{section}.{name}", value)

    def applies(self, path: str) -> bool:
        """Whether a figure shapes this bank: those of a listing say nothing about a life."""
        return self.life is None or path not in LISTING

    def _split(self, path: str, value: Any) -> Iterator[Figure]:
        """One figure, or those of a table whose entries have sources of their own."""
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for entry in value:
                rest = {key: part for key, part in entry.items() if key != "name"}
                yield from self._split(f"{path}.{entry['name']}", rest)
        elif path in self.sources or not isinstance(value, dict):
            yield Figure(path, value, self.sources.get(path, self.name))
        else:
            for key, entry in value.items():
                yield from self._split(f"{path}.{key}", entry)

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
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mix | By):
        return {name: plain(entry) for name, entry in value.items()}
    if isinstance(value, Range):
        return [plain(value.low), plain(value.high)]
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value


def _canonical(value: Any) -> str:
    """JSON with sorted keys and no blanks; the model restores its own order on reading."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
