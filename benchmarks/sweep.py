"""Makes sound banks of many kinds and lets `dhub verify` judge them: none of them may fail.

    python -m benchmarks.sweep [--banks 300] [--start 1] [--keep FILE.jsonl] [--read FILE.jsonl]
    python -m benchmarks.sweep --star

Each bank has a seed, a scale, a profile and an as-of date of its own, drawn from `--start`; among
the dates are a leap day, ends of years and months, and days after holidays. No server is needed:
the rows that a seeding would load are asked in DuckDB, as verify asks those of a server.

Counting alone cannot tell one failure in a thousand from none. So the sweep also gives z-scores:
how many of its own standard errors each number lies off what was asked. A check fails beyond five;
how the scores scatter from bank to bank says how seldom that is.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from math import erfc, inf, sqrt
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Any

from benchmarks.unserved import unserved
from dhub.bank import BANK
from dhub.flow.request import FIRST_AS_OF, Request
from dhub.others import STAR
from dhub.verify import warehouse
from dhub.verify.fetch import needs
from dhub.verify.judge import DRAWN, ERRORS, errors_of, judged, least
from dhub.verify.model import FAILED, Finding
from dhub.verify.run import catalogue

SCALES = ("0.05", "0.05", "0.1", "0.1", "0.2", "0.3", "0.5", "0.5", "1", "1", "1", "1", "2", "2",
          "3", "5", "10")  # fmt: skip
PROFILES = ("guide", "requirements")
# Of stars: a tenth is 500 customers, and a persona is asked about when thirty have it.
STAR_SCALES, STAR_PROFILES = ("0.05", "0.1", "0.1", "0.2", "0.3", "1"), ("warehouse",)
# A leap day, ends of years and months, days after holidays, the first there is, and others.
DAYS = ("2010-01-01", "2012-12-25", "2016-02-29", "2020-04-13", "2024-02-29", "2024-12-31",
        "2025-01-01", "2025-05-27", "2025-09-02", "2025-11-30", "2025-12-31", "2026-01-01",
        "2026-01-20", "2026-05-26", "2026-06-30", "2026-11-20")  # fmt: skip
# Besides properties of real data, the figures whose rows come in crowds: of an account, a customer.
# All others scatter less than independent rows, since shares are dealt out (docs/decisions/0005).
CROWDED = (
    "transactions.", "crm.responses_per_responder", "crm.duration_median", "loans.guaranteed",
    "loans.defaulted_missed", "loans.instalment_status", "compliance.check_type",
    "compliance.audit_entity", "insurance.payment_", "insurance.claim_amount_mean",
    "customers.age_",
)  # fmt: skip
_FEWEST = 8  # scores, for their scatter to be told
# What a star must keep in itself is asked of it alone; what it shares, beside the six.
_STAR = tuple(each for each in warehouse.CHECKS if not needs([each.text]).keys() - {"warehouse_db"})
_CHECKS = {each.id: each for each in (*catalogue(), *_STAR)}

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
    errors: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

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
        banks = list(_made(options.start, options.banks, options.keep, options.star))
    print("\n".join(told(banks)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="let verify judge many sound banks")
    parser.add_argument("--banks", type=int, default=300)
    parser.add_argument("--start", type=int, default=1, help="another number, other banks")
    parser.add_argument("--star", action="store_true", help="stars, of banks with personas")
    parser.add_argument("--keep", type=Path, help="a line of JSON for each bank, as it comes")
    parser.add_argument("--read", type=Path, help="make none; tell of those that were kept")
    return parser.parse_args()


def _made(start: int, count: int, keep: Path | None, star: bool = False) -> Iterator[Bank]:
    scales, profiles = (STAR_SCALES, STAR_PROFILES) if star else (SCALES, PROFILES)
    dice, today = random.Random(start), date.today()
    span = (today - FIRST_AS_OF).days
    for number in range(count):
        day = FIRST_AS_OF + timedelta(dice.randrange(span + 1))
        request = Request(
            seed=str(dice.randrange(10**6)),
            scale=dice.choice(scales),
            profile=dice.choice(profiles),
            as_of=dice.choice(DAYS) if dice.random() < 0.6 else day.isoformat(),
        )
        bank = looked_at(request, today, star)
        if keep:
            with keep.open("a") as file:
                file.write(json.dumps(asdict(bank)) + "\n")
        print(f"{number + 1}: {bank.name}", *bank.failed, flush=True)
        yield bank


def looked_at(request: Request, today: date, star: bool = False) -> Bank:
    """Make one bank, or its star, and ask it everything."""
    started = perf_counter()
    with unserved(request, today, bank=STAR if star else BANK) as bank:
        asked = _STAR if star else catalogue()
        found = [judged(each, bank.see, bank.profile) for each in asked]
        parts = {each.id: _numbers(each) for each in found if _CHECKS[each.id].kind in DRAWN}
        errors = {
            name: errors_of(_CHECKS[name], bank.see, bank.profile)
            for name, numbers in parts.items()
            if numbers and (_CHECKS[name].kind == "aim" or name.startswith(CROWDED))
        }
    return Bank(
        str(request.seed),
        str(request.scale),
        str(request.profile),
        str(request.as_of),
        {f"{each.section}/{each.id}": each.keys for each in found if each.status == FAILED},
        parts,
        round(perf_counter() - started, 2),
        errors,
    )


def _numbers(found: Finding) -> list[Part]:
    """The numbers that can fail, which those of too few rows cannot."""
    fewest = least(_CHECKS[found.id])
    return [asdict(each) for each in found.parts if each.found is not None and each.n >= fewest]


# ------------------------------------------------------------------------------- what came of it


@dataclass(frozen=True)
class Scores:
    """The z-scores of a check over all banks: above zero they lie beyond what was asked."""

    check: str
    banks: int
    scores: tuple[float, ...]

    @property
    def beyond(self) -> list[float]:
        """Those beyond what was asked, which alone can pass the line."""
        return [score for score in self.scores if score > 0]

    @property
    def scatter(self) -> float:
        """Their root mean square: 1 when they scatter as chance would, of independent customers."""
        return sqrt(mean(score**2 for score in self.beyond)) if self.beyond else 0.0

    @property
    def expected(self) -> float:
        """Failures in a thousand banks, if scores fall off beyond as normal ones do."""
        tail = erfc(ERRORS / self.scatter / sqrt(2)) if self.scatter else 0.0
        return 1000 * len(self.beyond) / self.banks * tail


def told(banks: Sequence[Bank]) -> Iterator[str]:
    """The figures in lines: failures, how much of the tolerance was taken, z-scores."""
    failed = [bank for bank in banks if bank.failed]
    parts = sum(len(each) for bank in banks for each in bank.parts.values())
    seconds = mean(bank.seconds for bank in banks)
    yield f"{len(banks)} sound banks, {parts:,} numbers that chance moves, {seconds:.1f} s a bank"
    yield f"failed: {len(failed)}"
    for name, count in Counter(name for bank in failed for name in bank.failed).most_common():
        yield f"  {count:4}  {name}"
    yield from (f"        {bank.name}: {', '.join(bank.failed)}" for bank in failed)
    yield from _widest(banks)
    yield from _scored(banks)


def _widest(banks: Sequence[Bank]) -> Iterator[str]:
    """Of the checks without scores, those whose numbers take most of their tolerance."""
    taken: dict[str, float] = {}
    for bank in banks:
        for check, parts in bank.parts.items():
            if check not in bank.errors:
                taken[check] = max(taken.get(check, 0.0), *(_taken(part) for part in parts), 0.0)
    yield ""
    yield "dealt figures: the largest part of its tolerance that a number took (1 would fail)"
    for check, most in sorted(taken.items(), key=lambda each: -each[1])[:12]:
        yield f"  {most:5.2f}  {check}"


def _taken(part: Part) -> float:
    return _beyond(part) / part["tolerance"] if part["tolerance"] else 0.0


def _bounded(check: str, part: Part) -> Part:
    """The number of a check; that of `least` has no upper end."""
    return part | {"asked": [part["asked"], None]} if _CHECKS[check].kind == "least" else part


def _beyond(part: Part, slack: float = 0.0) -> float:
    """How far a number lies beyond what was asked; below zero it lies inside of a range."""
    asked, found = part["asked"], float(part["found"])
    if not isinstance(asked, list | tuple):
        return abs(found - asked) - slack
    low, high = asked
    return max(-inf if low is None else low - found, -inf if high is None else found - high) - slack


def scores_of(banks: Sequence[Bank]) -> list[Scores]:
    """The scores of each check that has some, the likeliest to fail first."""
    found: dict[str, list[float]] = {}
    counted = Counter(check for bank in banks for check in bank.errors)
    for bank in banks:
        for check, errors in bank.errors.items():
            slack = float(_CHECKS[check].options.get("slack", 0))
            for part in bank.parts[check]:
                error = errors.get(part["name"], 0.0)
                if error > 1e-9:
                    found.setdefault(check, []).append(
                        _beyond(_bounded(check, part), slack) / error
                    )
    scored = [
        Scores(check, counted[check], tuple(each))
        for check, each in found.items()
        if len(each) >= _FEWEST
    ]
    return sorted(scored, key=lambda each: (-each.scatter, -max(each.scores)))


def _scored(banks: Sequence[Bank]) -> Iterator[str]:
    scored = scores_of(banks)
    yield ""
    yield f"z-scores (beyond {ERRORS:g} a check fails; below 0 within its aim or slack)"
    yield "  numbers  beyond  scatter   worst  failures in 1,000 banks"
    for each in scored:
        yield (
            f"  {len(each.scores):7,} {len(each.beyond):7,} {each.scatter:8.2f}"
            f" {max(each.scores):7.2f}  {each.expected:9.6f}  {each.check}"
        )
    yield f"expected of all together: {sum(each.expected for each in scored):.6f} in 1,000 banks"


if __name__ == "__main__":
    main()
