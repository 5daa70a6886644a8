"""The options of `plaid generate`: what they come to, and every fault of theirs at once."""

from __future__ import annotations

from datetime import date

import pytest

from dhub.errors import UsageError
from dhub.plaid.request import Request, months_before, order

TODAY = date(2026, 3, 15)


def window(**options: str) -> tuple[date, date]:
    run = order(Request(**options), TODAY).run
    return run.first_day, run.last_day


def faults(**options: str) -> list[str]:
    with pytest.raises(UsageError) as raised:
        order(Request(**options), TODAY)
    return str(raised.value).splitlines()


def test_what_nobody_asked_for() -> None:
    found = order(Request(), TODAY)
    assert (found.preset, found.users, found.style, found.workers) == ("everyday", 100, "csv", None)
    assert (found.run.seed, found.run.sign) == (42, "plaid")
    assert (found.run.first_day, found.run.last_day) == (date(2025, 5, 1), date(2025, 10, 31))
    assert order(Request(preset="archetypes"), TODAY).users == 75


def test_what_was_asked_for() -> None:
    asked = Request("archetypes", "7", "-3", style="parquet", sign="bank", workers="2")
    found = order(asked, TODAY)
    assert (found.preset, found.users, found.style, found.workers) == (
        "archetypes", 7, "parquet", 2,
    )  # fmt: skip
    assert (found.run.seed, found.run.sign) == (-3, "bank")


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [
        ({"last": "2025-10-31"}, "2025-05-01", "2025-10-31"),
        ({"as_of": "2025-10-31"}, "2025-05-01", "2025-10-31"),
        ({"last": "2025-12-31"}, "2025-07-01", "2025-12-31"),
        ({"last": "2026-02-28"}, "2025-09-01", "2026-02-28"),
        ({"last": "2025-08-30"}, "2025-02-28", "2025-08-30"),
        ({"last": "2025-11-04"}, "2025-05-05", "2025-11-04"),
        ({"first": "2025-03-01"}, "2025-03-01", "2025-10-31"),
        ({"first": "2025-09-17", "last": "2026-03-15"}, "2025-09-17", "2026-03-15"),  # 180 days
        ({"last": "2025-11-04", "as_of": "2025-11-04"}, "2025-05-05", "2025-11-04"),
        ({"preset": "archetypes"}, "2025-08-15", "2026-03-15"),
        ({"preset": "archetypes", "last": "2025-11-04"}, "2025-04-04", "2025-11-04"),
        ({"preset": "archetypes", "as_of": "2025-09-30"}, "2025-02-28", "2025-09-30"),
        ({"preset": "archetypes", "first": "2025-09-01"}, "2025-09-01", "2026-03-15"),
    ],
)
def test_the_window(options: dict[str, str], first: str, last: str) -> None:
    assert window(**options) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"users": "0"}, "--users 0: at least one is needed."),
        ({"users": "-1"}, "--users -1: at least one is needed."),
        ({"users": "ten"}, "--users ten: not a whole number in digits 0 to 9."),
        ({"users": "1e3"}, "--users 1e3: not a whole number in digits 0 to 9."),
        (
            {"users": "16000001"},
            "--users 16000001: at most 16,000,000; the bank has no more people.",
        ),
        ({"seed": "x"}, "--seed x: not a whole number in digits 0 to 9."),
        ({"preset": "realistic"}, "--preset realistic: unknown; known: everyday, archetypes."),
        ({"preset": "archetype"}, "--preset archetype: unknown; did you mean archetypes?"),
        ({"style": "xml"}, "--format xml: unknown; known: csv, parquet."),
        ({"style": "CSV"}, "--format CSV: unknown; known: csv, parquet."),
        ({"sign": "minus"}, "--sign minus: unknown; known: plaid, bank."),
        ({"workers": "0"}, "--workers 0: from 1 to 256; each is a process."),
        ({"last": "2025-02-30"}, "--to 2025-02-30: not a date (YYYY-MM-DD) of the calendar."),
        ({"last": "31.10.2025"}, "--to 31.10.2025: not a date (YYYY-MM-DD) of the calendar."),
        ({"first": "May"}, "--from May: not a date (YYYY-MM-DD) of the calendar."),
        (
            {"last": "2026-03-16"},
            "--to 2026-03-16: lies in the future; today is 2026-03-15 (UTC).",
        ),
        (
            {"as_of": "2027-01-01"},
            "--as-of 2027-01-01: lies in the future; today is 2026-03-15 (UTC).",
        ),
        ({"last": "2009-12-31"}, "--to 2009-12-31: the earliest is 2010-01-01."),
        (
            {"last": "2010-02-01"},
            "--from 2009-08-02: the earliest is 2010-01-01.",
        ),
        (
            {"last": "2025-10-31", "as_of": "2025-10-30"},
            "--to 2025-10-31 and --as-of 2025-10-30: both are the last day. Give one.",
        ),
        (
            {"first": "2025-09-18", "last": "2026-03-15"},
            "2025-09-18 to 2026-03-15: 179 days; personas are judged by 180. "
            "Set --from to 2025-09-17 or earlier.",
        ),
        (
            {"first": "2025-12-01"},
            "2025-12-01 to 2025-10-31: 0 days; personas are judged by 180. "
            "Set --from to 2025-05-05 or earlier.",
        ),
        (
            {"first": "2015-01-01"},
            "2015-01-01 to 2025-10-31: 3,957 days; at most 3,653. "
            "Set --from to 2015-11-01 or later.",
        ),
    ],
)  # fmt: skip
def test_a_fault(options: dict[str, str], message: str) -> None:
    assert faults(**options) == [message]


def test_all_faults_at_once() -> None:
    found = faults(
        preset="no", users="0", seed="x", first="1", last="2", style="3", sign="4", workers="5x"
    )
    assert found[0] == "8 faults:" and len(found) == 9
    words = {line.split()[1] for line in found[1:]}
    options = "--preset --users --seed --from --to --format --sign --workers"
    assert words == set(options.split())


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2025, 3, 31), 1, date(2025, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2025, 1, 15), 7, date(2024, 6, 15)),
        (date(2025, 7, 31), 7, date(2024, 12, 31)),
    ],
)
def test_months_before(day: date, months: int, before: date) -> None:
    assert months_before(day, months) == before
