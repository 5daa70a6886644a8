"""Takes the name of a frozen text file beside this module, gives its texts, weights or records.

The files are part of the format: the same codes must mean the same texts next year. They are made
by `make pools` (see `make_pools`) and pinned by `pools/SHA256SUMS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("pools")


# What the templates of a file may ask for; money, days and numbers arrive as finished text.
SLOTS = {
    "campaigns": {"year"},
    "complaints": {"amount", "city", "day", "days", "merchant"},
    "narratives": {
        "Cash", "amount", "cash", "checked", "count", "country", "day", "largest", "name", "period",
        "segment", "since", "threshold", "transfers", "trigger",
    },
    "subjects": {"account", "amount", "city", "loan", "merchant", "policy"},
    "transactions": {"city", "employer", "last4", "merchant", "payee", "ref"},
}


@dataclass(frozen=True)
class Bank:
    """Templates of several keys in one tuple: key k has `count[k]` of them from `first[k]` on."""

    texts: tuple[str, ...]
    first: tuple[int, ...]
    count: tuple[int, ...]


@dataclass(frozen=True)
class Town:
    """A place to live: what the postal address of a customer or a merchant needs."""

    city: str
    state: str
    branch_code: str  # the branch whose surroundings it belongs to
    weight: int
    postal_codes: tuple[str, ...]  # the town's own


@dataclass(frozen=True)
class Branch:
    """A branch of the bank."""

    branch_code: str
    branch_name: str
    city: str
    state: str
    street_address: str
    postal_code: str
    time_zone: str  # as the IANA database names it
    region: str
    opened_date: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Business:
    """A fictional payee or employer; `kind` is grocery, landlord, logistics and so on.

    `reach` is where it does business: US, a region, or the branch code of a few towns.
    """

    name: str
    kind: str
    reach: str


@dataclass(frozen=True)
class Given:
    """A first name of one sex, with its weight in each decade of birth from 1930 on."""

    text: str
    woman: bool
    by_decade: tuple[int, ...]


@dataclass(frozen=True)
class Department:
    """One of the twelve departments (requirements 1.1)."""

    department_name: str
    department_code: str
    cost_center: str
    head_title: str  # job title of its head


@dataclass(frozen=True)
class JobTitle:
    """A title that a role may carry, and the department whose work it is."""

    role: str
    job_title: str
    department_code: str
    seniority: int  # 1 junior … 3 senior
    weight: int


@dataclass(frozen=True)
class Program:
    """A training program; the first 20 hold 6 with a certificate, all 30 hold 9 (30 %)."""

    program_name: str
    program_type: str
    duration_hours: int
    offers_certification: bool


@cache
def pool(name: str) -> tuple[str, ...]:
    """The texts of a pool, in the order that codes refer to.

    `name` is a file (`companies`), a column of it (`first_names/ascii`) or the key of a keyed file
    (`complaints/fee`, `merchants/grocery`). Raises KeyError, naming what there is, for another.

    >>> pool("email_domains")
    ('example.com', 'example.net', 'example.org')
    """
    file, _, part = name.partition("/")
    head, rows = _table(file)
    if part in head:
        return tuple(row[head.index(part)] for row in rows)
    if not part:
        return tuple(row[head.index("text")] for row in rows)
    found = tuple(row[1] for row in rows if row[0] == part) if head[0] == "key" else ()
    if not found:
        raise KeyError(f"no pool {name!r}: {file} has {', '.join(parts(file))}")
    return found


@cache
def weights(name: str) -> tuple[float, ...] | None:
    """Whole-numbered weights parallel to `pool(name)`, or None where all texts are alike."""
    head, rows = _table(name.partition("/")[0])
    if "weight" not in head:
        return None
    return tuple(float(row[head.index("weight")]) for row in rows)


@cache
def bank(file: str, keys: tuple[str, ...]) -> Bank:
    """The texts of `keys` of a keyed file one after the other, for `text.choose` and `text.fill`.

    A key such as fee.online that the file does not have takes the texts of fee.

    >>> bank("transactions", ("interest.online", "salary.ach")).first
    (0, 4)
    """
    known = set(parts(file))
    groups = [pool(f"{file}/{k if k in known else k.partition('.')[0]}") for k in keys]
    count = tuple(len(group) for group in groups)
    first = tuple(sum(count[:k]) for k in range(len(count)))
    return Bank(tuple(text for group in groups for text in group), first, count)


def parts(file: str) -> tuple[str, ...]:
    """What may follow `file/`: its keys when it is a keyed file, its columns otherwise."""
    head, rows = _table(file)
    return tuple(dict.fromkeys(row[0] for row in rows)) if head[0] == "key" else head


@cache
def branches() -> tuple[Branch, ...]:
    """The twenty branches, in the order of their codes."""
    return tuple(
        Branch(
            code, name, city, state, street, postal, zone, region, opened, float(north), float(east)
        )
        for code, name, city, state, street, postal, zone, region, opened, north, east in _table(
            "branches"
        )[1]
    )


@cache
def towns() -> tuple[Town, ...]:
    """All towns, grouped by branch, its own city first; towns/city, towns/state … are pools."""
    return tuple(
        Town(city, state, code, int(weight), tuple(codes.split(",")))
        for city, state, code, weight, codes in _table("towns")[1]
    )


@cache
def merchants(kind: str | None = None) -> tuple[Business, ...]:
    """Merchants of one kind (names as in pool(f"merchants/{kind}")), or all of them."""
    return _businesses("merchants", kind)


@cache
def companies(kind: str | None = None) -> tuple[Business, ...]:
    """Employers of one line of business, or all of them."""
    return _businesses("companies", kind)


def _businesses(file: str, kind: str | None) -> tuple[Business, ...]:
    _, rows = _table(file)
    found = tuple(Business(name, key, reach) for key, name, reach in rows if kind in (None, key))
    if not found:
        raise KeyError(f"no {file} of kind {kind!r}: there are {', '.join(parts(file))}")
    return found


@cache
def first_names() -> tuple[Given, ...]:
    """First names in the order of pool("first_names"), where those of both sexes stand twice."""
    return tuple(
        Given(text, sex == "f", tuple(map(int, decades.split(","))))
        for text, _, _, sex, decades in _table("first_names")[1]
    )


@cache
def departments() -> tuple[Department, ...]:
    """The twelve departments in the order of the requirements."""
    return tuple(Department(*row) for row in _table("departments")[1])


@cache
def job_titles(role: str | None = None) -> tuple[JobTitle, ...]:
    """Titles of one role, or of all; heads of departments have theirs in `departments`."""
    return tuple(
        JobTitle(of, title, department, int(seniority), int(weight))
        for of, title, department, seniority, weight in _table("job_titles")[1]
        if role in (None, of)
    )


@cache
def programs() -> tuple[Program, ...]:
    """Thirty training programs; any prefix of 15 or more holds every type."""
    _, rows = _table("programs")
    return tuple(Program(row[0], row[1], int(row[2]), row[3] == "yes") for row in rows)


@cache
def _table(file: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Column names and rows of a file; a .txt file has the single column `text`."""
    plain, table = FOLDER / f"{file}.txt", FOLDER / f"{file}.tsv"
    if plain.exists():
        lines = plain.read_text(encoding="utf-8").splitlines()
        return ("text",), tuple((line,) for line in lines)
    if not table.exists():
        raise KeyError(f"no pool {file!r}: there are {', '.join(files())}")
    head, *rows = (tuple(line.split("\t")) for line in table.read_text("utf-8").splitlines())
    return head, tuple(rows)


def files() -> tuple[str, ...]:
    """Names of all pool files, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.iterdir() if path.suffix in (".txt", ".tsv")))
