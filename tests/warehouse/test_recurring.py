"""Rule R on series made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from dhub.domains.warehouse.recurring import recurs

# Days of bookings, their amounts, and whether they recur.
SERIES = [
    ([0, 30, 60], [10, 10, 10], True),
    ([0, 30], [10, 10], False),  # two are none
    ([0, 31, 59, 90], [10, 20, 10, 15], True),
    ([0, 31, 59, 90], [10, 21, 10, 15], False),  # over twice another
    ([0, 7, 14, 21], [5, 5, 5, 5], True),
    ([0, 10, 20, 30], [5, 5, 5, 5], False),  # no cadence
    ([0, 14, 28, 42, 47], [5, 5, 5, 5, 5], False),  # one gap of five days: CV 0.38
    ([0, 28, 61], [5, 5, 5], True),  # 28 and 33: CV 0.116
    ([0, 27, 66], [5, 5, 5], False),  # 27 and 39: CV 0.257 of the sample, 0.18 of a population
    ([0, 0, 0], [5, 5, 5], False),  # of one day
    ([0, 91, 181, 273], [5, 5, 5, 5], True),
    ([0, 61, 120], [5, 5, 5], True),
    ([0, 26, 52], [5, 5, 5], False),
]


@pytest.mark.parametrize(("days", "amounts", "expected"), SERIES)
def test_one_series(days: list[int], amounts: list[int], expected: bool) -> None:
    series = np.zeros(len(days), dtype=np.int64)
    found = recurs(series, 18_000 + np.array(days), np.array(amounts))
    assert found.tolist() == [expected] * len(days)


def test_series_do_not_know_of_each_other() -> None:
    """All of them shuffled, and bookings of none between them."""
    series = np.repeat(np.arange(len(SERIES)), [len(days) for days, _, _ in SERIES])
    day = np.concatenate([days for days, _, _ in SERIES])
    amount = np.concatenate([amounts for _, amounts, _ in SERIES])
    expected = np.repeat([flag for _, _, flag in SERIES], [len(days) for days, _, _ in SERIES])
    beside = 40
    series = np.concatenate([series, np.full(beside, -1)])
    day, amount = np.append(day, np.arange(beside) * 30), np.append(amount, np.full(beside, 5))
    expected = np.append(expected, np.zeros(beside, dtype=bool))
    order = np.argsort(np.arange(len(series)) * 7919 % 1009, kind="stable")
    found = recurs(series[order], day[order], amount[order])
    assert found.tolist() == expected[order].tolist()


def test_nothing_recurs_where_there_is_nothing() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert len(recurs(none, none, none)) == 0
