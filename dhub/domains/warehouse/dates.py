"""Takes a run, gives the rows of `dim_date`: a day each, with its holidays and fiscal periods."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from dhub.draw.text import MONTHS
from dhub.model import Coded, Column, Rows, Run, Table
from dhub.world.calendar import DAY, FIRST_YEAR, LAST_YEAR, holidays, is_business, weekday
from dhub.world.star.days import calendar, date_keys

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FISCAL_START = 10  # October: named by the year in which it ends (assumed, as the Treasury does)


def date_rows(run: Run, attempt: int = 0) -> Rows:
    """One row a day of the calendar."""
    first, last = calendar(run)
    day = np.arange(first, last + DAY)
    month0 = day.astype("datetime64[M]").astype(np.int64)
    year, month = 1970 + month0 // 12, month0 % 12 + 1
    in_week = weekday(day)
    holiday, names = _holidays(day)
    fiscal = (month - _FISCAL_START) % 12 + 1
    month_end = _ends_month(day)
    columns = {
        "date_key": date_keys(day),
        "full_date": day,
        "year": year,
        "quarter": (month + 2) // 3,
        "month": month,
        "month_name": Coded(month - 1, MONTHS),
        "day_of_month": (day - _starts(day, "M")).astype(np.int64) + 1,
        "day_of_week": in_week + 1,
        "day_name": Coded(in_week, WEEKDAYS),
        "day_of_year": (day - _starts(day, "Y")).astype(np.int64) + 1,
        **_iso(day),
        "is_weekend": in_week >= 5,
        "is_holiday": holiday >= 0,
        "holiday_name": Coded(holiday, names),
        "is_business_day": is_business(day),
        "is_month_end": month_end,
        "is_quarter_end": month_end & (month % 3 == 0),
        "is_year_end": month_end & (month == 12),
        "fiscal_year": year + (month >= _FISCAL_START),
        "fiscal_quarter": (fiscal + 2) // 3,
        "fiscal_month": fiscal,
    }
    return Rows(columns)


def _starts(day: Days, unit: str) -> Days:
    return day.astype(f"datetime64[{unit}]").astype("datetime64[D]")


def _ends_month(day: Days) -> NDArray[np.bool_]:
    return np.asarray(day.astype("datetime64[M]") != (day + DAY).astype("datetime64[M]"))


def _iso(day: Days) -> dict[str, Int]:
    """Year and week by ISO 8601."""
    told = [date.isocalendar(each) for each in day.astype(object)]
    return {
        "iso_year": np.array([each.year for each in told]),
        "week_of_year": np.array([each.week for each in told]),
    }


def _holidays(day: Days) -> tuple[Int, tuple[str, ...]]:
    """Index of each day's holiday, -1 for none, and the names: on the day it is observed."""
    names = tuple(name for name, _ in holidays(FIRST_YEAR))
    found = np.full(len(day), -1)
    years = day[[0, -1]].astype("datetime64[Y]").astype(np.int64) + 1970
    for year in range(max(int(years[0]), FIRST_YEAR), min(int(years[1]) + 1, LAST_YEAR) + 1):
        for number, (_, observed) in enumerate(holidays(year)):
            found[day == observed] = number
    return found, names


def _expected(run: Run, customers: int) -> float:
    first, last = calendar(run)
    return float((last - first).astype(np.int64)) + 1


TABLE = Table(
    name="dim_date",
    phase=8,
    key="date_key",
    columns=(
        Column("date_key", "integer"),
        Column("full_date", "date"),
        Column("year", "smallint"),
        Column("quarter", "smallint"),
        Column("month", "smallint"),
        Column("month_name", "text"),
        Column("day_of_month", "smallint"),
        Column("day_of_week", "smallint"),
        Column("day_name", "text"),
        Column("day_of_year", "smallint"),
        Column("iso_year", "smallint"),
        Column("week_of_year", "smallint"),
        Column("is_weekend", "boolean"),
        Column("is_holiday", "boolean"),
        Column("holiday_name", "text", null=True),
        Column("is_business_day", "boolean"),
        Column("is_month_end", "boolean"),
        Column("is_quarter_end", "boolean"),
        Column("is_year_end", "boolean"),
        Column("fiscal_year", "smallint"),
        Column("fiscal_quarter", "smallint"),
        Column("fiscal_month", "smallint"),
    ),
    expected=_expected,
    foundation=date_rows,
    offset=LAST_YEAR * 10_000 + 1231,
)
