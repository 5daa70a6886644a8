"""A seeded bank, and copies of it in which faults can be planted."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

import psycopg
from psycopg import sql

from dhub.bank import BANK
from dhub.estate.creation import prepare
from dhub.estate.databases import Estate
from dhub.flow.orchestrate import seed
from dhub.flow.plan import make_plan
from dhub.flow.request import Request
from dhub.verify import run
from dhub.verify.model import FAILED, REPORTED, Finding

AS_OF = date(2026, 11, 20)
_NUMBER = itertools.count()


@dataclass(frozen=True)
class Planted:
    """An estate to copy from, for what is damaged so that a transaction cannot take it back."""

    estate: Estate
    admin: str

    @contextmanager
    def copy(self, database: str) -> Iterator[Estate]:
        """The estate with one database of it replaced by a copy, for a while."""
        name = f"test_copy_{next(_NUMBER)}"
        url = self.estate.urls[database]
        source = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        with psycopg.connect(self.admin, autocommit=True) as admin:
            make = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
            admin.execute(make.format(sql.Identifier(name), sql.Identifier(str(source))))
            copied = url.replace(f"/{source}?", f"/{name}?")
            try:
                yield replace(self.estate, urls=dict(self.estate.urls) | {database: copied})
            finally:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def seeded(make_estate: Callable[[], Estate], request: Request) -> Estate:
    """A bank with all its constraints."""
    estate = make_estate()
    prepare(estate)
    seed(estate, make_plan(request, BANK, AS_OF), 1)
    return estate


def broken(estate: Estate, *sections: str) -> dict[str, int]:
    """The checks that find something, with the rows they find."""
    return off(run.verify(estate, BANK, sections).findings)


def off(findings: Iterable[Finding]) -> dict[str, int]:
    """The checks that found something, also where they only tell it, with the rows they found."""
    return {
        each.id: each.broken
        for each in findings
        if each.broken and each.status in (FAILED, REPORTED)
    }


def appended(estate: Estate, customers: int) -> None:
    """Add a cohort to a bank."""
    from dhub.flow.orchestrate import cohorts

    request = Request(customers=str(customers), append=True)
    seed(estate, make_plan(request, BANK, AS_OF, cohorts(estate)), 1)
