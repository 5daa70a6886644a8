"""Takes what was seeded, gives DuckDB the words that checks use besides the tables.

`as_of()` is the as-of date and `instant()` the midnight that begins it; `figure(path)`, `low(path)`
and `high(path)` are figures of the run's profile; `is_pay(type, description)` tells pay from
other credits, also where it is a deposit; `in_whole_week(instant)` tells whether all five working
days of its week have passed and none was a holiday; `is_open(date)` tells whether branches are
open: on business days, and on Saturdays after one; `wall(zone, instant)` is what a clock on the
wall shows; `luhn(text)` tells whether a number ends in its check digit (ISO/IEC 7812-1);
`is_misread(text)` tells whether it holds UTF-8 that was read as LATIN1 or WIN1252 on its way, or
what stands for a lost character; `in_turn(key)` tells whether it is among those of which a question
that is asked in turns is asked now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from dhub.profiles import Profile
from dhub.profiles.base import Section
from dhub.profiles.values import By, Mix, Range
from dhub.verify import chance
from dhub.verify.facts import Seeded
from dhub.verify.sight import Sight
from dhub.world.calendar import bank_days

_MACROS = """
CREATE SCHEMA profile;
CREATE TABLE profile.numbers (path VARCHAR, value DECIMAL(24, 9));
CREATE TABLE profile.ranges (path VARCHAR, low DECIMAL(24, 9), high DECIMAL(24, 9));
CREATE TABLE profile.holidays (day DATE);
CREATE MACRO as_of() AS DATE '{as_of}';
CREATE MACRO instant() AS TIMESTAMP '{as_of}';
CREATE MACRO figure(name) AS (SELECT value FROM profile.numbers WHERE path = name);
CREATE MACRO low(name) AS (SELECT r.low FROM profile.ranges r WHERE r.path = name);
CREATE MACRO is_pay(kind, description) AS (kind = 'salary' OR (kind = 'deposit'
    AND regexp_matches(description, 'PAYROLL|PAYCHECK|SALARY')));
CREATE MACRO in_whole_week(instant) AS (date_trunc('week', instant) < date_trunc('week', as_of())
    AND date_trunc('week', instant) NOT IN (SELECT date_trunc('week', day) FROM profile.holidays));
CREATE MACRO luhn(digits) AS (list_sum(list_transform(range(1, len(digits) + 1), lambda i:
    CASE WHEN (len(digits) - i) % 2 = 0 THEN digits[i]::INTEGER
    ELSE [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][digits[i]::INTEGER + 1] END)) % 10 = 0);
CREATE MACRO is_misread(words) AS regexp_matches(words, '{misread}');
CREATE MACRO in_turn(key) AS (hash(key) % getvariable('turns') = getvariable('turn'));
CREATE MACRO wall(zone, moment) AS timezone(zone, timezone('UTC', moment));
CREATE MACRO is_open(date) AS (isodow(date) <= 6 AND (CASE isodow(date) WHEN 6 THEN date - 1
    ELSE date END) NOT IN (SELECT day FROM profile.holidays));
CREATE MACRO high(name) AS (SELECT r.high FROM profile.ranges r WHERE r.path = name);
"""

# A first byte of UTF-8 and a following one, each as the letter that LATIN1 or WIN1252 has there.
_MISREAD = "[Â-ô][\\x{80}-\\x{BF}€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|\\x{FFFD}"


def prepare(see: Sight, known: Seeded) -> None:
    """Make the macros, the tables of figures, and the views by which chance is measured."""
    see.duck.execute(_MACROS.format(as_of=known.facts.as_of, misread=_MISREAD))
    figures = list(_figures(known.profile))
    numbers = [(path, _exact(value)) for path, value in figures if not isinstance(value, Range)]
    ranges = [(p, _exact(v.low), _exact(v.high)) for p, v in figures if isinstance(v, Range)]
    fill(see, "profile.numbers", numbers)
    fill(see, "profile.ranges", ranges)
    fill(see, "profile.holidays", [(day,) for day in bank_days().holidays.tolist()])
    chance.prepare(see)


def fill(see: Sight, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert the rows in one go: DuckDB takes a third of a millisecond for each statement."""
    import pyarrow as pa

    if rows:
        names = [str(place) for place in range(len(rows[0]))]
        see.duck.register("rows", pa.table(list(map(list, zip(*rows, strict=True))), names))
        see.duck.execute(f"INSERT INTO {table} FROM rows")
        see.duck.unregister("rows")


def _exact(value: Any) -> str:
    """A figure as text, which DuckDB casts to a decimal."""
    return str(Decimal(str(value)))


def _figures(profile: Profile) -> Iterator[tuple[str, Any]]:
    """Every number and range of a profile with its path; the weights of mixes are numbers too, and
    an entry of a list goes by its name."""
    for section in type(profile).model_fields:
        table = getattr(profile, section)
        for name in getattr(type(table), "model_fields", ()):
            yield from _entries(f"{section}.{name}", getattr(table, name))


def _entries(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, By | Mix):
        for name, entry in value.items():
            yield from _entries(f"{path}.{name}", entry)
    elif isinstance(value, list):
        for each in (entry for entry in value if isinstance(entry, Section)):
            for name in type(each).model_fields:
                entry = f"{path}.{getattr(each, 'name', '')}.{name}"
                yield from _entries(entry, getattr(each, name))
    elif isinstance(value, int | float | Decimal | Range) and not isinstance(value, bool):
        yield path, value
