"""Takes the options of `seed all` as they were typed, gives their values or what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import TypeVar

from dhub.errors import UsageError
from dhub.profiles import Profile

DEFAULT_SCALE, DEFAULT_SEED, DEFAULT_PROFILE = Decimal(1), 42, "guide"

# Phones, e-mails and document numbers are bijections of the place within this many customers.
MOST_CUSTOMERS = 64_000_000
# The foundation is one shard, made in memory: this many employees take about 500 MB. (assumed)
MOST_EMPLOYEES = 1_000_000
# One of each acting role, and what the guide gives at its smallest scale, 0.05.
FEWEST_EMPLOYEES = 7
# The bank keeps ten years of history, and some of it in euro, which came in 1999. (assumed)
FIRST_AS_OF = date(2010, 1, 1)
# Six connections each; a server that admits so many has been set up for it. (assumed)
MOST_WORKERS = 256
_LARGEST_SEED = 2**64
_WHY_CUSTOMERS = "Phones, e-mails and document numbers would no longer be unique."

T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """The options of `seed all` as they were typed; None is an option that was not given."""

    scale: str | None = None
    customers: str | None = None
    employees: str | None = None
    seed: str | None = None
    as_of: str | None = None
    profile: str | None = None
    workers: str | None = None
    replace: bool = False
    append: bool = False

    def scaled(self, scale: float | None) -> Request:
        """With this scale when none was typed: that of the environment, if it has one."""
        if scale is None or self.scale is not None or self.append:
            return self
        return replace(self, scale=repr(scale))


def listed(faults: Sequence[str]) -> str:
    """One message for all faults: the fault itself, or a line for each."""
    if len(faults) == 1:
        return faults[0]
    return "\n".join([f"{len(faults)} faults:", *(f"  - {fault}" for fault in faults)])


def asked(
    faults: list[str], read: Callable[[str], T], text: str | None, default: T | None
) -> T | None:
    """What an option says, its default when it was not given, None when it is faulty."""
    if text is None:
        return default
    try:
        return read(text)
    except UsageError as error:
        faults.append(str(error))
        return None


def read_scale(text: str) -> Decimal:
    try:
        scale = Decimal(text.strip())
    except InvalidOperation:
        raise UsageError(f"--scale {text}: not a number.") from None
    if not scale.is_finite():
        raise UsageError(f"--scale {text}: must be a finite number.")
    if scale <= 0:
        raise UsageError(f"--scale {text}: must be above 0.")
    # Far above any limit, and far below a power that would take minutes to write out.
    if scale.adjusted() > 9:
        raise UsageError(f"--scale {text}: at most {MOST_CUSTOMERS:,} customers. {_WHY_CUSTOMERS}")
    return scale


def _integer(option: str, text: str) -> int:
    if len(text) > 40:
        raise UsageError(f"{option} {text[:20]}...: out of range.")
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"{option} {text}: not a whole number.") from None


def read_seed(text: str) -> int:
    seed = _integer("--seed", text)
    if not -_LARGEST_SEED < seed < _LARGEST_SEED:
        raise UsageError(f"--seed {text}: must lie within ±2^64.")
    return seed


def read_customers(text: str) -> int:
    customers = _integer("--customers", text)
    if customers < 1:
        raise UsageError(f"--customers {text}: a bank has at least one.")
    if customers > MOST_CUSTOMERS:
        raise UsageError(f"--customers {text}: at most {MOST_CUSTOMERS:,}. {_WHY_CUSTOMERS}")
    return customers


def read_employees(text: str) -> int:
    employees = _integer("--employees", text)
    if employees < FEWEST_EMPLOYEES:
        raise UsageError(
            f"--employees {text}: customers need at least {FEWEST_EMPLOYEES} employees, "
            "one for each role that serves them."
        )
    if employees > MOST_EMPLOYEES:
        raise UsageError(f"--employees {text}: at most {MOST_EMPLOYEES:,} fit into one staff.")
    return employees


def read_workers(text: str) -> int:
    workers = _integer("--workers", text)
    if not 1 <= workers <= MOST_WORKERS:
        raise UsageError(
            f"--workers {text}: from 1 to {MOST_WORKERS}; each connects to every database."
        )
    return workers


def read_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--as-of {text}: not a date (YYYY-MM-DD) of the calendar.") from None


def read_as_of(text: str, today: date) -> date:
    as_of = read_date(text)
    if as_of > today:
        raise UsageError(f"--as-of {as_of}: lies in the future; today is {today} (UTC).")
    if as_of < FIRST_AS_OF:
        raise UsageError(f"--as-of {as_of}: the earliest is {FIRST_AS_OF}.")
    return as_of


def scaled_customers(
    faults: list[str], request: Request, profile: Profile, scale: Decimal
) -> int | None:
    """Customers by scale, in exact decimals; None when --customers was given but faulty."""
    if request.customers is not None:
        return None
    customers = int(scale * profile.scale.customers)
    if customers < 1:
        faults.append(f"--scale {request.scale}: less than one customer.")
    if customers > MOST_CUSTOMERS:
        faults.append(
            f"--scale {request.scale}: {customers:,} customers; at most {MOST_CUSTOMERS:,}. "
            f"{_WHY_CUSTOMERS}"
        )
    return customers


def scaled_employees(
    faults: list[str], request: Request, profile: Profile, scale: Decimal
) -> int | None:
    """Employees by scale; None when --employees was given but faulty."""
    if request.employees is not None:
        return None
    employees = int(scale * profile.scale.employees)
    if employees < FEWEST_EMPLOYEES:
        faults.append(
            f"--scale {request.scale}: gives {employees} employees, a bank needs "
            f"{FEWEST_EMPLOYEES}. Use --scale {_smallest(profile)} or more, or --employees "
            f"{FEWEST_EMPLOYEES}."
        )
    if employees > MOST_EMPLOYEES:
        faults.append(
            f"--scale {request.scale}: gives {employees:,} employees; at most {MOST_EMPLOYEES:,} "
            "fit into one staff. Set --employees."
        )
    return employees


def _smallest(profile: Profile) -> Decimal:
    """The smallest scale that gives enough employees, rounded up to a hundredth."""
    exact = Decimal(FEWEST_EMPLOYEES) / profile.scale.employees
    return exact.quantize(Decimal("0.01"), ROUND_CEILING)
