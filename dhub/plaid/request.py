"""Takes the options of `plaid generate` as they were typed, gives an order, or all its faults."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np

from dhub.errors import UsageError
from dhub.flow.request import (
    DEFAULT_SEED,
    FIRST_AS_OF,
    asked,
    listed,
    read_as_of,
    read_date,
    read_integer,
    read_seed,
    read_workers,
    refusal,
)
from dhub.flow.sinks.files import FORMATS
from dhub.profiles.preset import PRESETS, Preset, load_preset
from dhub.profiles.values import closest
from dhub.words import counted, repeated
from dhub.world.outside.run import SIGNS, OutsideRun, outside_run

DEFAULT_PRESET = "everyday"
# A persona is judged by this many days, and a statement reaches back two months of them.
FEWEST_DAYS = 180
# The bank keeps ten years of history. (assumed)
MOST_DAYS = 3653
# Five hundred are taken from every shard of the bank, which has no more than these.
MOST_USERS = 16_000_000


@dataclass(frozen=True)
class Request:
    """The options as they were typed; None is an option that was not given."""

    preset: str | None = None
    users: str | None = None
    seed: str | None = None
    first: str | None = None
    last: str | None = None
    as_of: str | None = None
    style: str | None = None
    sign: str | None = None
    workers: str | None = None


@dataclass(frozen=True)
class Order:
    """What is to be made: the run, how many users of it, and as which files."""

    run: OutsideRun
    users: int
    style: str
    workers: int | None

    @property
    def preset(self) -> str:
        """The preset's name."""
        return self.run.figures.name


def order(request: Request, today: date) -> Order:
    """What a request asks for; raises UsageError listing every fault of it."""
    faults: list[str] = []
    name = asked(faults, _word("--preset", PRESETS), request.preset, DEFAULT_PRESET)
    style = asked(faults, _word("--format", FORMATS), request.style, "csv")
    sign = asked(faults, _word("--sign", SIGNS), request.sign, "plaid")
    seed = asked(faults, read_seed, request.seed, DEFAULT_SEED)
    users = asked(faults, _read_users, request.users, None)
    workers = asked(faults, _read_workers, request.workers, None)
    preset = load_preset(name or DEFAULT_PRESET)
    window = _window(faults, request, preset, today)
    if faults or window is None or seed is None or not (name and style and sign):
        raise UsageError(listed(faults))
    run = outside_run(name, seed, *window, sign)
    return Order(run, users or preset.users, style, workers)


def _word(option: str, words: Sequence[str]) -> Callable[[str], str]:
    """Reads an option that is one of a few words."""

    def read(text: str) -> str:
        if text in words:
            return text
        hint = closest(text, words)
        end = "" if hint.endswith("?") else "."
        raise UsageError(f"{option} {repeated(text)}: unknown; {hint}{end}")

    return read


def _read_users(text: str) -> int:
    users = read_integer("--users", text)
    if users < 1:
        raise refusal("--users", text, "at least one is needed")
    if users > MOST_USERS:
        raise refusal("--users", text, f"at most {MOST_USERS:,}; the bank has no more people")
    return users


def _read_workers(text: str) -> int:
    return read_workers(text, "each is a process")


def _window(
    faults: list[str], request: Request, preset: Preset, today: date
) -> tuple[date, date] | None:
    """The first and the last day, both included; None when a fault was found."""
    before = len(faults)
    last = _last_day(faults, request, preset, today)
    first = asked(faults, lambda text: read_date(text, "--from"), request.first, None)
    if last is None or len(faults) > before:
        return None
    first = first or first_day(preset, last, default=request.last or request.as_of)
    days = (last - first).days + 1
    if first < FIRST_AS_OF:
        faults.append(f"--from {first}: the earliest is {FIRST_AS_OF}.")
    elif days < FEWEST_DAYS:
        faults.append(
            f"{first} to {last}: {counted(max(days, 0), 'day')}; personas are judged by "
            f"{FEWEST_DAYS}. Set --from to {last - timedelta(FEWEST_DAYS - 1)} or earlier."
        )
    elif days > MOST_DAYS:
        faults.append(
            f"{first} to {last}: {counted(days, 'day')}; at most {MOST_DAYS:,}. "
            f"Set --from to {last - timedelta(MOST_DAYS - 1)} or later."
        )
    return None if len(faults) > before else (first, last)


def _last_day(faults: list[str], request: Request, preset: Preset, today: date) -> date | None:
    """--to, or --as-of, which is another word for it; the preset's own day when none is given."""
    said = [
        asked(faults, partial(read_as_of, today=today, option=option), text, None)
        for option, text in (("--to", request.last), ("--as-of", request.as_of))
    ]
    days = {each for each in said if each is not None}
    if len(days) > 1:
        faults.append(f"--to {said[0]} and --as-of {said[1]}: both are the last day. Give one.")
    return min(days) if days else preset.last_day or today


def first_day(preset: Preset, last: date, default: str | None) -> date:
    """The first day when only the last is known.

    A preset that has a window of its own ("May 1 - Oct 31") takes whole months that end with the
    last day; the other goes back to the same day of the month ("2025-04-04" to "2025-11-04").
    """
    if preset.first_day is not None and default is None:
        return preset.first_day
    if preset.first_day is not None:
        return months_before(last + timedelta(1), preset.months)
    return months_before(last, preset.months)


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or the last one where that month is shorter."""
    month = np.datetime64(day, "M") - months
    last = ((month + 1).astype("datetime64[D]") - 1).astype(date)
    return date(last.year, last.month, min(day.day, last.day))
