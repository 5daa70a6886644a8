"""Takes a run and a shard, gives employers by town, and the companies that are customers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream, pools, stream, text
from dhub.draw.coined import FORMS, SECTORS, THINGS, stems
from dhub.memo import of_shard
from dhub.model import Coded, Run, Shard
from dhub.world.names import names
from dhub.world.people import CORPORATE, people

Int = NDArray[np.int64]
Float = NDArray[np.float64]

LINES = tuple(SECTORS)  # of business
# How often an employee works in each line, and what it pays beside the mean (assumed; US
# employment by sector).
_JOBS = np.array([0.07, 0.10, 0.06, 0.15, 0.09, 0.06, 0.10, 0.08, 0.07, 0.02, 0.11, 0.06, 0.05])
PAYS = np.array([1.0, 0.92, 1.25, 1.02, 0.68, 0.92, 1.0, 1.28, 1.0, 1.02, 0.72, 0.76, 1.4])
OWNER, THING, COINED = range(3)
_AFTER = (0.45, 0.3, 0.25)  # how often a company is called after each (assumed)
# Lines in which companies are customers of a bank of this size (assumed).
_CLIENTS = np.array([0.15, 0.02, 0.08, 0.10, 0.11, 0.09, 0.09, 0.12, 0.0, 0.09, 0.08, 0.05, 0.02])


@dataclass(frozen=True)
class Offers:
    """Businesses sorted by kind and branch: those of kind k around branch b are
    `code[first[k, b] : first[k, b] + count[k, b]]`, nationwide ones first."""

    code: Int
    first: Int
    count: Int

    def pick(self, kind: Int, branch: Int, u: Float) -> Int:
        """A business of each kind around each branch by a uniform number, larger ones rather."""
        some = self.count[kind, branch]
        at = np.minimum(np.floor(some * u * np.sqrt(u)).astype(np.int64), some - 1)
        return np.asarray(self.code[self.first[kind, branch] + at])


def offers(known: tuple[pools.Business, ...], kinds: tuple[str, ...]) -> Offers:
    """Which of the `known` businesses a customer of each branch meets, kind by kind."""
    codes: list[int] = []
    first, count = [], []
    for kind in kinds:
        own = [(code, business.reach) for code, business in enumerate(known)
               if business.kind == kind]  # fmt: skip
        for branch in pools.branches():
            reaches = ("US", branch.region, branch.branch_code)
            some = [code for reach in reaches for code, where in own if where == reach]
            first.append(len(codes))
            count.append(len(some))
            codes += some
    shape = (len(kinds), len(pools.branches()))
    return Offers(np.array(codes), np.array(first).reshape(shape), np.array(count).reshape(shape))


@lru_cache(maxsize=1)
def employer_offers() -> Offers:
    """Employers by line of business and branch: codes into `pools.companies()`."""
    return offers(pools.companies(), LINES)


def employers(draw: Stream, place: Int, branch: Int) -> tuple[Int, Int]:
    """Line of business (index into LINES) and employer (of `pools.companies()`) of each person."""
    line = draw.pick(place, _JOBS)
    return line, employer_offers().pick(line, branch, draw.uniform(place, 1))


@dataclass(frozen=True)
class Companies:
    """One element a customer of the whole shard, of use for corporate customers only."""

    corporate: NDArray[np.bool_]
    line: Int  # index into LINES
    after: Int  # what it is called after: OWNER, THING or COINED
    word: Int
    noun: Int  # index into `nouns()`
    form: Int  # index into FORMS


@of_shard(2)
def companies(shard: Shard) -> Companies:
    """The companies among a shard's customers."""
    return _companies(shard.run, shard.index)


@of_shard()
def _companies(run: Run, index: int) -> Companies:
    who, draw = people(Shard(run, index)), stream(run.seed, "companies")
    line = draw.pick(who.place, _CLIENTS)
    first, count = _nouns_of_line()
    return Companies(
        who.segment == CORPORATE, line, draw.pick(who.place, _AFTER, 1),
        draw.below(who.place, 2**40, 2), first[line] + draw.below(who.place, count[line], 3),
        draw.below(who.place, len(FORMS), 4),
    )  # fmt: skip


@lru_cache(maxsize=1)
def nouns() -> tuple[str, ...]:
    """What companies do, line after line."""
    return tuple(noun for _, some, _ in SECTORS.values() for noun in some.split("|"))


@lru_cache(maxsize=1)
def _nouns_of_line() -> tuple[Int, Int]:
    count = np.array([len(some.split("|")) for _, some, _ in SECTORS.values()])
    return np.cumsum(count) - count, count


@of_shard(2)
def company_names(shard: Shard) -> object:
    """The name of the company of each customer of a shard, null for persons."""
    firms = companies(shard)
    form = np.where(firms.corporate, firms.form, -1)
    called = names(shard).last
    words, coined = _words()
    things, some = firms.word % len(THINGS), coined + firms.word % (len(words) - coined)
    first = np.where(firms.after == OWNER, called, np.where(
        firms.after == THING, coined - len(THINGS) + things, some
    ))  # fmt: skip
    return text.join([
        Coded(first, words), " ", Coded(firms.noun, nouns()), " ",
        Coded(form, FORMS),
    ])  # fmt: skip


@lru_cache(maxsize=1)
def _words() -> tuple[tuple[str, ...], int]:
    """Surnames, THINGS and coined words, and where the coined ones begin."""
    known = pools.pool("last_names") + THINGS
    return known + tuple(stems()), len(known)
