"""Takes the options of `seed all` as they were typed, gives their values or what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import TypeVar

from dhub.errors import UsageError
from dhub.model import BLOCK_CUSTOMERS, MOST_BLOCKS
from dhub.profiles import Profile
from dhub.words import counted, repeated

DEFAULT_SCALE, DEFAULT_SEED, DEFAULT_PROFILE = Decimal(1), 42, "guide"

# Natural numbers grow a digit for every power of ten blocks; what ends is the room in 64 bits for
# the address of a draw: customer, account, stream, period and number.
MOST_CUSTOMERS = BLOCK_CUSTOMERS * MOST_BLOCKS
# The foundation is one shard, made in memory, and every worker knows the staff: this many employees
# take 430 MB of it. (measured) No bank has more (assumed): a scale beyond them gives as many.
MOST_EMPLOYEES = 1_000_000
# One of each acting role, and what the guide gives at its smallest scale, 0.05.
FEWEST_EMPLOYEES = 7
# The bank keeps ten years of history, and some of it in euro, which came in 1999. (assumed)
FIRST_AS_OF = date(2010, 1, 1)
# Six connections each; a server that admits so many has been set up for it. (assumed)
MOST_WORKERS = 256
_LARGEST_SEED = 2**64
# Digits of no other script, no separators, exponents or spaces: what a number is taken for must be
# plain to whoever typed it. Far more digits than any limit would take minutes to read.
_INTEGER = re.compile(r"-?[0-9]+")
_DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_IN_DIGITS, _MOST_DIGITS = "in digits 0 to 9", 40
_WHY_CUSTOMERS = "The draws of more customers would have no addresses of their own in 64 bits"

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
        return replace(self, scale=f"{Decimal(repr(scale)):f}")


def listed(faults: Sequence[str]) -> str:
    """One message for all faults: the fault itself, or a line for each."""
    if len(faults) == 1:
        return faults[0]
    return "\n".join([f"{counted(len(faults), 'fault')}:", *(f"  - {fault}" for fault in faults)])


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


def _decimal(option: str, text: str) -> Decimal:
    if not _DECIMAL.fullmatch(text):
        raise refusal(option, text, f"not a number {_IN_DIGITS}, as in 0.5")
    return Decimal(text)


def read_integer(option: str, text: str) -> int:
    """A whole number of any size that somebody would type."""
    if not _INTEGER.fullmatch(text):
        raise refusal(option, text, f"not a whole number {_IN_DIGITS}")
    if len(text) > _MOST_DIGITS:
        raise refusal(option, text, "out of range")
    return int(text)


def refusal(option: str, text: str, why: str) -> UsageError:
    """What is wrong with the word of an option."""
    return UsageError(f"{option} {repeated(text)}: {why}.")


def read_scale(text: str) -> Decimal:
    scale = _decimal("--scale", text)
    if scale <= 0:
        raise refusal("--scale", text, "must be above 0")
    # Far above any limit, and far below a power that would take minutes to write out.
    if scale.adjusted() > 9:
        raise refusal("--scale", text, f"at most {MOST_CUSTOMERS:,} customers. {_WHY_CUSTOMERS}")
    return scale


def read_seed(text: str) -> int:
    seed = read_integer("--seed", text)
    if not -_LARGEST_SEED < seed < _LARGEST_SEED:
        raise refusal("--seed", text, "must lie within ±2^64")
    return seed


def read_customers(text: str) -> int:
    customers = read_integer("--customers", text)
    if customers < 1:
        raise refusal("--customers", text, "a bank has at least one")
    if customers > MOST_CUSTOMERS:
        raise refusal("--customers", text, f"at most {MOST_CUSTOMERS:,}. {_WHY_CUSTOMERS}")
    return customers


def read_employees(text: str) -> int:
    employees = read_integer("--employees", text)
    if employees < FEWEST_EMPLOYEES:
        why = f"customers need at least {FEWEST_EMPLOYEES} employees, one for each role that serves"
        raise refusal("--employees", text, f"{why} them")
    if employees > MOST_EMPLOYEES:
        raise refusal("--employees", text, f"at most {MOST_EMPLOYEES:,} fit into one staff")
    return employees


def read_workers(text: str, each: str = "each connects to every database") -> int:
    """The processes; `each` says why there may not be any number of them."""
    workers = read_integer("--workers", text)
    if not 1 <= workers <= MOST_WORKERS:
        raise refusal("--workers", text, f"from 1 to {MOST_WORKERS}; {each}")
    return workers


def read_port(text: str) -> int:
    port = read_integer("--port", text)
    if not 1 <= port <= 65535:
        raise refusal("--port", text, "from 1 to 65535")
    return port


def read_timeout(text: str) -> float:
    """Seconds from a tenth to a day."""
    seconds = _decimal("--timeout", text)
    if not Decimal("0.1") <= seconds <= 86400:
        raise refusal("--timeout", text, "from 0.1 to 86400 seconds")
    return float(seconds)


def read_date(text: str, option: str = "--as-of") -> date:
    try:
        if not _DATE.fullmatch(text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        raise refusal(option, text, "not a date (YYYY-MM-DD) of the calendar") from None


def read_as_of(text: str, today: date, option: str = "--as-of") -> date:
    as_of = read_date(text, option)
    if as_of > today:
        raise UsageError(f"{option} {as_of}: lies in the future; today is {today} (UTC).")
    if as_of < FIRST_AS_OF:
        raise UsageError(f"{option} {as_of}: the earliest is {FIRST_AS_OF}.")
    return as_of


def scaled_customers(
    faults: list[str], request: Request, profile: Profile, scale: Decimal
) -> int | None:
    """Customers by scale, in exact decimals; None when --customers was given but faulty."""
    if request.customers is not None:
        return None
    customers = int(scale * profile.scale.customers)
    if customers < 1:
        faults.append(f"--scale {_typed(request)}: less than one customer.")
    if customers > MOST_CUSTOMERS:
        faults.append(
            f"--scale {_typed(request)}: {counted(customers, 'customer')}; "
            f"at most {MOST_CUSTOMERS:,}. {_WHY_CUSTOMERS}."
        )
    return customers


def scaled_employees(
    faults: list[str], request: Request, profile: Profile, scale: Decimal
) -> int | None:
    """Employees by scale, at most MOST_EMPLOYEES; None when --employees was given but faulty."""
    if request.employees is not None:
        return None
    employees = int(scale * profile.scale.employees)
    if employees < FEWEST_EMPLOYEES:
        faults.append(
            f"--scale {_typed(request)}: gives {counted(employees, 'employee')}, a bank needs "
            f"{FEWEST_EMPLOYEES}. Use --scale {_smallest(profile)} or more, or --employees "
            f"{FEWEST_EMPLOYEES}."
        )
    return min(employees, MOST_EMPLOYEES)


def _typed(request: Request) -> str:
    return repeated(request.scale or "")


def _smallest(profile: Profile) -> Decimal:
    """The smallest scale that gives enough employees, rounded up to a hundredth."""
    exact = Decimal(FEWEST_EMPLOYEES) / profile.scale.employees
    return exact.quantize(Decimal("0.01"), ROUND_CEILING)
