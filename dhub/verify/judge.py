"""Takes a check and a sight of the tables, gives the finding: what holds, and by how much.

The kinds of checks, and the rows that their queries give (a figure that the profile states by
name gives a row for each name, the name first):

    rule     key, ...              a row for each that breaks it
    mix      name, rows            shares, against a mix of the profile
    share    hits, rows            a share, against a number
    least    hits, rows            a share, no smaller than a number
    range    lowest, highest, rows nothing outside [low, high]
    mean     mean, deviation, rows a mean, against a number
    exact    value                 the very number
    median   median, deviation, rows  as mean, of a median
    each     value, rows           the very number, by name
    between  value                 a number within [low, high]
    most     value, rows           a number that is not passed
    aim      value, rows           a number within the option `aim`: [low, high], either may be -;
                                   of several numbers, the name of each first; `personas` is
                                   what is asked instead where the profile has personas

The option `ledger: life` says that a question is asked of ledgers of lives alone, `needs: SECTION`
that it is asked where the profile has that section, `turns: KEY` that a rule is asked of some of
the rows at a time, those with `in_turn(KEY)`: no row that it compares has another key.

A number of the kinds share, mix, least, mean, median and aim is drawn, so chance moves it. Where it
lies further off than n independent rows explain, the tolerance is widened to what customers, who
have many rows each, explain (`chance`). What is off even then fails.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from dhub.profiles import Profile
from dhub.profiles.model import BELL
from dhub.profiles.values import By, Mix, Range
from dhub.verify import chance
from dhub.verify.model import FAILED, MOST_KEYS, OK, REPORTED, Check, Finding, Part
from dhub.verify.sight import Sight

# Standard errors that chance may take a number away from what was asked. Some 400 parts are
# compared in a run, so that three would fail an honest bank every time (benchmarks/sweep.py).
ERRORS = 5.0
# Below this many rows a distribution is told and not judged.
SMALL = 100
_SMALL_AIM = 300  # rows below which a property of real data is told and not judged
# Rows that a question which is asked in turns looks at in each, about: as many fit in memory.
_TURN = 4_000_000
_EPSILON = 1e-9
_STRICT = ("range", "exact", "each", "between", "most")  # no chance is left to these
DRAWN = ("mix", "share", "least", "mean", "median", "aim")  # and chance moves these

Row = tuple[Any, ...]


def judged(check: Check, see: Sight, profile: Profile) -> Finding:
    """Ask the question and compare; any kind but a rule takes its figure from the profile."""
    if note := _unasked(check, profile):
        return Finding(check.section, check.id, check.title, REPORTED, note=note)
    if check.kind == "rule":
        return _rule(check, see)
    asked = _asked(check, profile)
    parts = _parts(check, see.ask(check.sql), asked)
    small = least(check)
    if check.kind in DRAWN and any(_fails(part, small) for part in parts):
        parts = _widened(check, see, profile, parts)
    return _compared(check, parts, small)


def _asked(check: Check, profile: Profile) -> Any:
    """The profile's figure, or the option that has an aim."""
    if check.kind != "aim":
        return figure(profile, check.id)
    aim = check.options["aim"]
    return aim if profile.personas is None else check.options.get("personas", aim)


def least(check: Check) -> int:
    """The rows below which a number of the check is told and not judged."""
    return int(check.options.get("least", _SMALL_AIM if check.kind == "aim" else SMALL))


def _fails(part: Part, small: int) -> bool:
    return not part.holds and part.n >= small


def errors_of(check: Check, see: Sight, profile: Profile) -> dict[str, float]:
    """The standard error of each number of a check, as customers explain it."""
    asked = _asked(check, profile)

    def numbers(rows: list[Row]) -> dict[str, float]:
        found = _parts(check, rows, asked)
        return {part.name: part.found for part in found if part.found is not None}

    return chance.standard_errors(see, check.sql, numbers)


def _widened(check: Check, see: Sight, profile: Profile, parts: list[Part]) -> list[Part]:
    """The parts, those that are off with the tolerance that customers explain, not rows."""
    errors = errors_of(check, see, profile)
    slack = float(check.options.get("slack", 0))
    shares = check.kind in ("mix", "share")
    return [
        part if part.holds else _again(part, ERRORS * scale * errors.get(part.name, 0.0) + slack)
        for part in parts
        for scale in (_as_asked(part) if shares else 1.0,)
    ]


def _as_asked(part: Part) -> float:
    """How much further a share scatters about what is asked than about what was found.

    A share that came out small tells of a small error, too, which is not that of the one it is
    tested for: as customers multiply the variance of the former, so they do that of the latter.
    """
    found, asked = part.found, part.asked
    if isinstance(asked, tuple) or asked is None or found is None:
        return 1.0
    if not (0 < found < 1 and 0 < asked < 1):
        return 1.0
    return max(1.0, math.sqrt(asked * (1 - asked) / (found * (1 - found))))


def _again(part: Part, tolerance: float) -> Part:
    """The part judged anew, unless its tolerance was wider already."""
    if part.found is None or tolerance <= (part.tolerance or 0.0):
        return part
    low, high = part.asked if isinstance(part.asked, tuple) else (part.asked, part.asked)
    holds = (low is None or part.found >= low - tolerance - _EPSILON) and (
        high is None or part.found <= high + tolerance + _EPSILON
    )
    return replace(part, tolerance=round(tolerance, 6), holds=holds)


def _unasked(check: Check, profile: Profile) -> str | None:
    """Why the question is not asked of this profile, or its figure is not compared.

    It is about a ledger of lives (option `ledger`), it is the figure of a listing, or another
    figure, named by the option `when`, rules it out.
    """
    if check.options.get("ledger") == "life" and profile.life is None:
        return "not asked: the profile has a listing, no ledger of lives"
    if check.id in BELL and profile.personas is not None:
        return "not compared: the ages are those of the profile's personas"
    needed = check.options.get("needs")
    if needed and getattr(profile, needed) is None:
        return f"not asked: the profile says nothing of {needed}"
    if not profile.applies(check.id):
        return "not compared: the profile has a ledger of lives, no listing"
    if "when" not in check.options:
        return None
    path, wanted = check.options["when"].split()
    found = figure(profile, path)
    return None if found == wanted else f"not compared: {path} is {found}, which decides"


def figure(profile: Profile, path: str) -> Any:
    """The figure at a dotted path; entries of a table by name may be named too."""
    found: Any = profile
    for name in path.split("."):
        found = found[name] if isinstance(found, Mapping) else getattr(found, name)
    return found


def _rule(check: Check, see: Sight) -> Finding:
    examined = see.ask(f"SELECT count(*) FROM {check.examines}")[0][0]
    turns = 1 + examined // _TURN if "turns" in check.options else 1
    broken, keys = 0, list[str]()
    for turn in range(turns):
        see.duck.execute(f"SET VARIABLE turn = {turn}; SET VARIABLE turns = {turns}")
        count, some = see.ask(
            f"SELECT count(*), min(CAST(k AS VARCHAR), {MOST_KEYS}) FROM ({check.sql}) AS broken(k)"
        )[0]
        broken, keys = broken + count, sorted([*keys, *(some or ())])[:MOST_KEYS]
    return Finding(
        check.section,
        check.id,
        check.title,
        FAILED if broken else OK,
        examined,
        broken,
        tuple(keys),
    )


def _compared(check: Check, parts: Iterable[Part], small: int = SMALL) -> Finding:
    """The verdict over all parts: those with too few rows cannot fail."""
    told = tuple(parts)
    n = max((part.n for part in told), default=0)
    off = [part for part in told if not part.holds]
    failed = [part for part in off if _fails(part, small)]
    exact = check.kind in _STRICT
    status = FAILED if failed or (exact and off) else REPORTED if off or n < small else OK
    status = OK if exact and not off else status
    note = f"fewer than {small} rows: told, not judged" if status == REPORTED else None
    return Finding(
        check.section,
        check.id,
        check.title,
        status,
        n,
        len(off),
        tuple(part.name for part in off)[:MOST_KEYS],
        told,
        note,
    )


def _parts(check: Check, rows: list[Row], asked: Any) -> list[Part]:
    slack = float(check.options.get("slack", 0))
    if check.kind == "aim":
        return [_aim(check, row, asked) for row in rows or [(None, 0)]]
    if check.kind == "mix":
        return _mix(rows, asked, slack)
    compare = _KINDS[check.kind]
    if not isinstance(asked, By):
        return [compare(check.id.rpartition(".")[2], row, asked, slack) for row in rows]
    named = {str(row[0]): row[1:] for row in rows}
    return [compare(name, named[name], asked[name], slack) for name in asked if name in named]


def _mix(rows: list[Row], asked: Mix, slack: float) -> list[Part]:
    counts = {str(name): int(count) for name, count in rows}
    total = sum(counts.values())
    names = [*asked.names, *sorted(counts.keys() - set(asked.names))]
    return [_share(name, (counts.get(name, 0), total), asked.share(name), slack) for name in names]


def _share(name: str, row: Row, asked: float, slack: float) -> Part:
    hits, n = int(row[0] or 0), int(row[1] or 0)
    if n == 0:
        return Part(name, asked, None, 0)
    spread = ERRORS * math.sqrt(asked * (1 - asked) / n) + 2 / n if 0 < asked < 1 else 0.0
    return _near(name, asked, hits / n, n, spread + slack)


def _least(name: str, row: Row, asked: float, slack: float) -> Part:
    part = _share(name, row, asked, slack)
    found = part.found if part.found is not None else asked
    return replace(part, holds=found >= asked - (part.tolerance or 0))


def _mean(name: str, row: Row, asked: Any, slack: float) -> Part:
    n = int(row[2] or 0)
    if n == 0:
        return Part(name, float(asked), None, 0)
    mean, deviation = float(row[0]), float(row[1] or 0)
    return _near(name, float(asked), mean, n, ERRORS * deviation / math.sqrt(n) + slack)


def _median(name: str, row: Row, asked: Any, slack: float) -> Part:
    """As `_mean`; the error of a median is a quarter larger."""
    return _mean(name, (row[0], 1.2533 * float(row[1] or 0), row[2]), asked, slack)


def _near(name: str, asked: float, found: float, n: int, tolerance: float) -> Part:
    holds = abs(found - asked) <= tolerance + _EPSILON
    return Part(name, asked, round(found, 6), n, round(tolerance, 6), holds)


def _range(name: str, row: Row, asked: Range[Any], slack: float) -> Part:
    """The lowest and the highest; `found` is the one that lies further out."""
    low, high = float(asked.low), float(asked.high)
    n = int(row[2] or 0)
    if n == 0:
        return Part(name, (low, high), None, 0)
    lowest, highest = float(row[0]), float(row[1])
    found = lowest if low - lowest > highest - high else highest
    holds = low - slack - _EPSILON <= lowest and highest <= high + slack + _EPSILON
    return Part(name, (low, high), found, n, slack, holds)


def _exact(name: str, row: Row, asked: Any, slack: float) -> Part:
    found = float(row[0] or 0)
    return Part(name, float(asked), found, int(found), slack, abs(found - float(asked)) <= slack)


def _between(name: str, row: Row, asked: Range[Any], slack: float) -> Part:
    found, low, high = float(row[0] or 0), float(asked.low), float(asked.high)
    return Part(name, (low, high), found, int(found), slack, low - slack <= found <= high + slack)


def _most(name: str, row: Row, asked: Any, slack: float) -> Part:
    n, limit = int(row[1] or 0), float(asked)
    if n == 0:
        return Part(name, (None, limit), None, 0)
    found = float(row[0])
    return Part(name, (None, limit), found, n, slack, found <= limit + slack + _EPSILON)


def _aim(check: Check, row: Row, aim: str) -> Part:
    low, high = (None if end == "-" else float(end) for end in aim.split())
    *named, value, n = row
    name = str(named[0]) if named else check.id
    if value is None:
        return Part(name, (low, high), None, int(n or 0))
    found = float(value)
    holds = (low is None or found >= low) and (high is None or found <= high)
    return Part(name, (low, high), round(found, 6), int(n), None, holds)


_KINDS: dict[str, Callable[[str, Row, Any, float], Part]] = {
    "share": _share,
    "mean": _mean,
    "median": _median,
    "least": _least,
    "each": _exact,
    "range": _range,
    "exact": _exact,
    "between": _between,
    "most": _most,
}
