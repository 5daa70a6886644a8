"""The kinds of figures a profile holds: mixes, ranges, tables by name, money. All are immutable.

Each kind reads itself from what TOML or JSON gives and reports *all* its faults in one error,
each with the path below its own place (`Faults` is what pydantic carries upwards).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, Generic, NoReturn, TypeGuard, TypeVar, get_args

from pydantic import Field, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError, SchemaValidator, core_schema

Fault = tuple[tuple[str, ...], str]  # the path below the figure, and what is wrong there
V = TypeVar("V")
N = TypeVar("N", int, float, Decimal)

# Weights are typed by hand to a few decimals; only float rounding may be left over.
TOLERANCE = 1e-9

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Years = Annotated[int, Field(ge=1, le=50)]

# As many are told of, and searched for what was meant, which takes a millisecond each.
MOST_FAULTS = 50

# Far above any bank's figure, far below what 64-bit cents and counts can hold.
LARGEST = 10**12


def refuse(faults: Sequence[Fault]) -> NoReturn:
    """Raise the one error that carries all faults of a figure."""
    raise PydanticCustomError("faults", "{faults}", {"faults": list(faults)})


def closest(name: str, known: Sequence[str]) -> str:
    """Name the known word that `name` was probably meant to be, or list what is known."""
    near = get_close_matches(name, known, n=1) if len(name) <= 100 else []
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"


def _unknown(table: Mapping[str, Any], known: Sequence[str]) -> list[Fault]:
    """A fault for each key that is not known."""
    unknown = [key for key in table if key not in known]
    found: list[Fault] = [((k,), f"unknown, {closest(k, known)}") for k in unknown[:MOST_FAULTS]]
    return found + [((key,), "unknown") for key in unknown[MOST_FAULTS:]]


def shown(value: object) -> str:
    """A value as a message shows it, cut to a readable length."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # thousands of digits or of brackets
        return f"{type(value).__name__} of a size that no figure has"
    return text if len(text) <= 60 else f"{text[:57]}..."


def number(value: object) -> TypeGuard[float]:
    """Tell a number up to LARGEST from anything else; true and false are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -LARGEST <= value <= LARGEST


def dollars(value: Any) -> Decimal:
    """Read dollars with at most two decimals; a float is taken as it was written."""
    if not number(value):
        refuse([((), f"must be an amount in dollars, not {shown(value)}")])
    amount = Decimal(repr(value))
    if amount < 0 or amount != round(amount, 2):
        refuse([((), f"must be an amount in dollars and whole cents, not {shown(value)}")])
    return amount


class _Money:
    """Lets pydantic read a Decimal as `dollars` does."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(dollars)


Money = Annotated[Decimal, _Money]


def cents(amount: Decimal) -> int:
    """Turn dollars into cents."""
    return int(amount * 100)


@dataclass(frozen=True)
class Mix:
    """Names and their weights, which sum to one; the order is that of the model, not the file's.

    A fixed order makes the draws, and the digest, those of the figures and not of their layout.
    """

    names: tuple[str, ...]
    weights: tuple[float, ...]

    def share(self, *names: str) -> float:
        """The weight of the names together; a name that is not listed weighs nothing."""
        return math.fsum(w for name, w in self.items() if name in names)

    def items(self) -> Iterator[tuple[str, float]]:
        """Names with their weights."""
        return zip(self.names, self.weights, strict=True)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The names of a mix of counts, as numbers."""
        return tuple(int(name) for name in self.names)

    @property
    def mean(self) -> float:
        """The mean of a mix of counts."""
        return math.fsum(n * w for n, w in zip(self.numbers, self.weights, strict=True))


class Among:
    """A mix over some of these names; those left out never occur."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def order(self, table: Mapping[str, Any]) -> tuple[list[str], list[Fault]]:
        """The table's known names in order, and a fault for each unknown one."""
        return [name for name in self.names if name in table], _unknown(table, self.names)

    def read(self, table: Any) -> Mix:
        """Read a table name = weight, reporting every weight that cannot be."""
        if not isinstance(table, dict) or not table:
            refuse([((), f"must be a table of weights, not {shown(table)}")])
        names, faults = self.order(table)
        for name, weight in table.items():
            if not number(weight):
                faults.append(((name,), f"must be a weight, not {shown(weight)}"))
            elif weight < 0:
                faults.append(((name,), f"weight {weight} is negative"))
        total = math.fsum(w for w in table.values() if number(w))
        if all(map(number, table.values())) and abs(total - 1) > TOLERANCE:
            faults.append(((), f"weights sum to {total:.10g}, not 1"))
        if faults:
            refuse(faults)
        return Mix(tuple(names), tuple(float(table[name]) for name in names))

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)


class Numbers(Among):
    """A mix over whole numbers from `low` to `high`, written as keys."""

    def __init__(self, low: int, high: int) -> None:
        super().__init__(*map(str, range(low, high + 1)))

    def order(self, table: Mapping[str, Any]) -> tuple[list[str], list[Fault]]:
        """The table's numbers ascending, and a fault for each key that is none of them."""
        limits = f"must be a whole number from {self.names[0]} to {self.names[-1]}"
        unknown: list[Fault] = [((n,), limits) for n in table if n not in self.names]
        return [name for name in self.names if name in table], unknown


@dataclass(frozen=True)
class Range(Generic[N]):
    """From low to high, both included; written `[low, high]`."""

    low: N
    high: N
    floor: ClassVar[float] = -math.inf
    ceiling: ClassVar[float] = math.inf
    kind: ClassVar[str] = "numbers"

    @classmethod
    def one(cls, value: Any) -> Any:
        """Read one end of the range."""
        if not number(value):
            raise ValueError(value)
        return float(value)

    @classmethod
    def read(cls, pair: Any) -> Any:
        """Read `[low, high]`, in order and within what this kind of range allows."""
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            refuse([((), f"must be [low, high], not {shown(pair)}")])
        try:
            low, high = (cls.one(value) for value in pair)
        except (ValueError, PydanticCustomError):
            refuse([((), f"must be two {cls.kind}, not {shown(list(pair))}")])
        faults: list[Fault] = []
        if low > high:
            faults.append(((), f"low {low} is above high {high}"))
        if min(low, high) < cls.floor or max(low, high) > cls.ceiling:
            faults.append(((), f"must lie within {cls.limits()}, not [{low}, {high}]"))
        if faults:
            refuse(faults)
        return cls(low, high)

    @classmethod
    def limits(cls) -> str:
        """What this kind of range allows, in words."""
        bounded = cls.ceiling < math.inf
        return f"{cls.floor:g} to {cls.ceiling:g}" if bounded else f"{cls.floor:g} and up"

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls.read)


class Counts(Range[int]):
    """A range of whole numbers, zero or more."""

    floor = 0
    kind = "whole numbers"

    @classmethod
    def one(cls, value: Any) -> int:
        """Read a whole number; 2.0 is none."""
        if not number(value) or not isinstance(value, int):
            raise ValueError(value)
        return value


class Span(Range[float]):
    """A range of numbers, zero or more."""

    floor = 0


class Shares(Span):
    """A range of shares, within zero to one."""

    ceiling = 1
    kind = "shares"


class Dollars(Range[Decimal]):
    """A range of money in dollars."""

    floor = 0
    kind = "amounts in dollars and whole cents"

    @classmethod
    def one(cls, value: Any) -> Decimal:
        """Read an amount in dollars."""
        return dollars(value)

    @property
    def cents(self) -> tuple[int, int]:
        """Both ends in cents."""
        return cents(self.low), cents(self.high)


@dataclass(frozen=True)
class By(Mapping[str, V]):
    """A figure for each of the names the model lists, in the model's order."""

    entries: tuple[tuple[str, V], ...]

    def __getitem__(self, name: str) -> V:
        for key, value in self.entries:
            if key == name:
                return value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self.entries)

    def __len__(self) -> int:
        return len(self.entries)


class Keys:
    """Says which names a `By` holds: exactly these."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def __get_pydantic_core_schema__(self, kind: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        one = SchemaValidator(handler.generate_schema(get_args(kind)[0]), {"strict": True})
        return core_schema.no_info_plain_validator_function(lambda table: self.read(table, one))

    def read(self, table: Any, one: SchemaValidator) -> By[Any]:
        """Read a table with an entry for each name, reporting every fault of every entry."""
        if not isinstance(table, dict):
            refuse([((), f"must be a table, not {shown(table)}")])
        faults = _unknown(table, self.names)
        faults += [((n,), "is missing") for n in self.names if n not in table]
        known = [name for name in self.names if name in table]
        entries = [(n, _entry(n, table[n], one.validate_python, faults)) for n in known]
        if faults:
            refuse(faults)
        return By(tuple(entries))


class Subset(Keys):
    """Says which names a `By` may hold: any of these."""

    def read(self, table: Any, one: SchemaValidator) -> By[Any]:
        """Read a table with entries for some of the names, in the order of the model."""
        if not isinstance(table, dict):
            refuse([((), f"must be a table, not {shown(table)}")])
        faults = _unknown(table, self.names)
        known = [name for name in self.names if name in table]
        entries = [(n, _entry(n, table[n], one.validate_python, faults)) for n in known]
        if faults:
            refuse(faults)
        return By(tuple(entries))


def _entry(name: str, value: Any, read: Callable[[Any], Any], faults: list[Fault]) -> Any:
    """Read one entry; its faults are added to `faults` below its name."""
    try:
        return read(value)
    except ValidationError as error:
        faults += [((name, *path), text) for path, text in worded(error)]
        return None


_WORDS = {
    "missing": "is missing",
    "int_type": "must be a whole number, not {input}",
    "int_from_float": "must be a whole number, not {input}",
    "float_type": "must be a number, not {input}",
    "finite_number": "must be a finite number, not {input}",
    "model_type": "must be a table, not {input}",
    "greater_than": "must be above {gt:g}, not {input}",
    "greater_than_equal": "must be at least {ge:g}, not {input}",
    "less_than_equal": "must be at most {le:g}, not {input}",
    "date_type": "must be a date, as in 2026-01-01, not {input}",
    "date_from_datetime_inexact": "must be a date, as in 2026-01-01, not {input}",
    "literal_error": "must be {expected}, not {input}",
}


def worded(error: ValidationError) -> list[Fault]:
    """Take a pydantic error, give its faults with their paths, in a user's words."""
    found: list[Fault] = []
    for item in error.errors(include_url=False):
        path = tuple(map(str, item["loc"]))
        context = item.get("ctx", {})
        if item["type"] == "faults":
            found += [((*path, *below), text) for below, text in context["faults"]]
        else:
            text = _WORDS.get(item["type"], item["msg"])
            found.append((path, text.format(input=shown(item["input"]), **context)))
    return found
