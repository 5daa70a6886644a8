"""Makes sound banks of many kinds and lets `dhub verify` judge them: none of them may fail.

    python -m benchmarks.sweep [--banks 300] [--start 1] [--keep FILE.jsonl] [--read FILE.jsonl]

Each bank has a seed, a scale, a profile and an as-of date of its own, drawn from `--start`; among
the dates are a leap day, ends of years and months, and days after holidays. No server is needed:
the rows that a seeding would load are asked in DuckDB, as verify asks those of a server.

Counting alone cannot tell one failure in a thousand from none. So the sweep also gives how far the
numbers of each check scatter from bank to bank, how many such deviations lie between them and the
line where the check fails, and what that comes to if they scatter normally.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from math import erfc, inf, sqrt
from pathlib import Path
from statistics import mean, stdev
from time import perf_counter
from typing import Any

from benchmarks.unserved import unserved
from dhub.flow.request import FIRST_AS_OF, Request
from dhub.verify.judge import DRAWN, judged, least
from dhub.verify.model import FAILED, Finding
from dhub.verify.run import catalogue

SCALES = ("0.05", "0.05", "0.1", "0.1", "0.2", "0.3", "0.5", "0.5", "1", "1", "1", "1", "2", "2",
          "3", "5", "10")  # fmt: skip
PROFILES = ("guide", "requirements")
# A leap day, ends of years and months, days after holidays, the first there is, and others.
DAYS = ("2010-01-01", "2012-12-25", "2016-02-29", "2020-04-13", "2024-02-29", "2024-12-31",
        "2025-01-01", "2025-05-27", "2025-09-02", "2025-11-30", "2025-12-31", "2026-01-01",
        "2026-01-20", "2026-05-26", "2026-06-30", "2026-11-20")  # fmt: skip
_FEWEST = 8  # banks of one profile and scale, for their scatter to be told
_CHECKS = {each.id: each for each in catalogue()}

Part = dict[str, Any]


@dataclass(frozen=True)
class Bank:
    """What a bank was made from, what failed in it, and every number that chance moves."""

    seed: str
    scale: str
    profile: str
    as_of: str
    failed: Mapping[str, Sequence[str]]
    parts: Mapping[str, Sequence[Part]]
    seconds: float = 0.0

    @property
    def name(self) -> str:
        return (
            f"--profile {self.profile} --scale {self.scale} --as-of {self.as_of} --seed {self.seed}"
        )


def main() -> None:
    """Make the banks, or read those that were kept, and print what was found."""
    options = _options()
    if options.read:
        banks = [Bank(**json.loads(line)) for line in options.read.read_text().splitlines()]
    else:
        banks = list(_made(options.start, options.banks, options.keep))
    print("\n".join(told(banks)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="let verify judge many sound banks")
    parser.add_argument("--banks", type=int, default=300)
    parser.add_argument("--start", type=int, default=1, help="another number, other banks")
    parser.add_argument("--keep", type=Path, help="a line of JSON for each bank, as it comes")
    parser.add_argument("--read", type=Path, help="make none; tell of those that were kept")
    return parser.parse_args()


def _made(start: int, count: int, keep: Path | None) -> Iterator[Bank]:
    dice, today = random.Random(start), date.today()
    span = (today - FIRST_AS_OF).days
    for number in range(count):
        day = FIRST_AS_OF + timedelta(dice.randrange(span + 1))
        request = Request(
            seed=str(dice.randrange(10**6)),
            scale=dice.choice(SCALES),
            profile=dice.choice(PROFILES),
            as_of=dice.choice(DAYS) if dice.random() < 0.6 else day.isoformat(),
        )
        bank = looked_at(request, today)
        if keep:
            with keep.open("a") as file:
                file.write(json.dumps(asdict(bank)) + "\n")
        print(f"{number + 1}: {bank.name}", *bank.failed, flush=True)
        yield bank


def looked_at(request: Request, today: date) -> Bank:
    """Make one bank and ask it everything."""
    started = perf_counter()
    with unserved(request, today) as bank:
        found = [judged(each, bank.see, bank.profile) for each in catalogue()]
    return Bank(
        str(request.seed),
        str(request.scale),
        str(request.profile),
        str(request.as_of),
        {f"{each.section}/{each.id}": each.keys for each in found if each.status == FAILED},
        {each.id: _numbers(each) for each in found if _CHECKS[each.id].kind in DRAWN},
        round(perf_counter() - started, 2),
    )


def _numbers(found: Finding) -> list[Part]:
    """The numbers that can fail, which those of too few rows cannot."""
    fewest = least(_CHECKS[found.id])
    return [asdict(each) for each in found.parts if each.found is not None and each.n >= fewest]


# ------------------------------------------------------------------------------- what came of it


@dataclass(frozen=True)
class Scatter:
    """A number over the banks of one profile and scale: how it scatters, how near the line is."""

    check: str
    name: str
    profile: str
    scale: str
    banks: int
    deviations: float  # between the mean bank and the line
    widest: float  # the furthest bank, from the mean

    @property
    def chance(self) -> float:
        """That a bank lies beyond the line, if they scatter normally."""
        return erfc(self.deviations / sqrt(2)) / 2


def told(banks: Sequence[Bank]) -> Iterator[str]:
    """The figures in lines: failures, scatter, the nearest checks, what that makes for a bank."""
    failed = [bank for bank in banks if bank.failed]
    parts = sum(len(each) for bank in banks for each in bank.parts.values())
    seconds = mean(bank.seconds for bank in banks)
    yield f"{len(banks)} sound banks, {parts:,} numbers that chance moves, {seconds:.1f} s a bank"
    yield f"failed: {len(failed)}"
    for name, count in Counter(name for bank in failed for name in bank.failed).most_common():
        yield f"  {count:4}  {name}"
    yield from (f"        {bank.name}: {', '.join(bank.failed)}" for bank in failed)
    scattered = sorted(scatter(banks), key=lambda each: each.deviations)
    yield from _nearest(scattered)
    yield from _expected(scattered)


def scatter(banks: Sequence[Bank]) -> Iterator[Scatter]:
    """The scatter of each number within banks of one profile and scale."""
    grouped: dict[tuple[str, ...], list[Part]] = defaultdict(list)
    for bank in banks:
        for check, parts in bank.parts.items():
            for part in parts:
                grouped[check, part["name"], bank.profile, bank.scale].append(part)
    for (check, name, profile, scale), parts in grouped.items():
        if len(parts) >= _FEWEST:
            yield _scatter(check, name, profile, scale, parts)


def _scatter(check: str, name: str, profile: str, scale: str, parts: Sequence[Part]) -> Scatter:
    found = [float(part["found"]) for part in parts]
    middle, spread = mean(found), stdev(found)
    low, high = _lines(check, parts)
    room = min(middle - low, high - middle)
    return Scatter(
        check, name, profile, scale, len(parts),
        room / spread if spread > 1e-9 else (inf if room >= 0 else -inf),
        max(abs(value - middle) for value in found) / spread if spread > 1e-9 else 0.0,
    )  # fmt: skip


def _lines(check: str, parts: Sequence[Part]) -> tuple[float, float]:
    """Below and above which it fails: the widest tolerance that these banks were given."""
    tolerance = max(float(part["tolerance"] or 0) for part in parts)
    asked = parts[0]["asked"]
    low, high = asked if isinstance(asked, list | tuple) else (asked, asked)
    high = None if _CHECKS[check].kind == "least" else high
    return (-inf if low is None else low - tolerance, inf if high is None else high + tolerance)


def _nearest(scattered: Sequence[Scatter]) -> Iterator[str]:
    yield ""
    yield "deviations between the mean bank and the line, each check where it is nearest"
    seen: set[str] = set()
    for each in scattered:
        if each.check in seen or each.deviations > 8:
            continue
        seen.add(each.check)
        yield (
            f"  {each.deviations:5.1f}  {each.check} {each.name.removeprefix(each.check)}".rstrip()
            + f" ({each.profile}, scale {each.scale}, {each.banks} banks,"
            f" the furthest at {each.widest:.1f})"
        )


def _expected(scattered: Sequence[Scatter]) -> Iterator[str]:
    yield ""
    yield "banks in a thousand that would fail, if all numbers scattered normally"
    kinds: dict[tuple[str, str], float] = defaultdict(float)
    for each in scattered:
        kinds[each.profile, each.scale] += each.chance
    for (profile, scale), expected in sorted(kinds.items(), key=lambda each: -each[1]):
        yield f"  {1000 * expected:8.3f}  {profile}, scale {scale}"


if __name__ == "__main__":
    main()
