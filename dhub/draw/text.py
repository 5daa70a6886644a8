"""Takes codes, pools and numbers, gives columns of text (pyarrow string arrays) without row loops.

A *part* of a text is anything with `.codes` and `.pool` (code -1 is null), an integer array, a
pyarrow string array, or a str that stands in every row. A null in any part makes the row null.
pyarrow is imported inside the functions: `dhub --help` must not pay for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dhub.draw.pools import Bank, pool

Int = NDArray[np.int64]
Text = Any  # a pyarrow string array; pyarrow carries no types
Part = Any  # CodedLike, integer array, pyarrow string array or str

PHONES = 640_000_000
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
SLOT = re.compile(r"\{(\w+)\}")


class CodedLike(Protocol):
    """Text drawn from a pool, such as dhub.model.Coded (which lives a floor above)."""

    @property
    def codes(self) -> Any: ...
    @property
    def pool(self) -> tuple[str, ...]: ...


class Picked(NamedTuple):
    """The plainest CodedLike: `pool[code]` a row, null where the code is -1."""

    codes: Any
    pool: tuple[str, ...]


def text(part: Part, rows: Int | None = None) -> Text:
    """The pyarrow string array of one part, at all rows or the given ones; a str stays a scalar.

    >>> text(Picked([1, -1, 0], ("a", "b"))).to_pylist()
    ['b', None, 'a']
    """
    import pyarrow as pa

    if isinstance(part, str):
        return _constant(part)
    if isinstance(part, pa.Scalar):
        return part
    if hasattr(part, "codes"):
        return _decode(np.asarray(part.codes), part.pool, rows)
    if isinstance(part, (pa.Array, pa.ChunkedArray)):
        whole = part.cast(pa.string())
        return whole if rows is None else whole.take(pa.array(rows))
    numbers = np.asarray(part)
    return pa.array(numbers if rows is None else numbers[rows]).cast(pa.string())


def _decode(codes: NDArray[Any], words: tuple[str, ...], rows: Int | None) -> Text:
    import pyarrow as pa

    if rows is not None:
        codes = codes[rows]
    missing = codes < 0
    return _dictionary(words).take(pa.array(codes, mask=missing if missing.any() else None))


_BY_IDENTITY: dict[int, tuple[tuple[str, ...], Text]] = {}  # a pool and its array
_MOST_POOLS = 512


def _dictionary(words: tuple[str, ...]) -> Text:
    """A pool's array, looked up by identity: to hash thousands of words takes longer than a take.
    What is kept holds its pool, whose identity is nobody else's as long as it lives."""
    known = _BY_IDENTITY.get(id(words))
    if known is None:
        if len(_BY_IDENTITY) >= _MOST_POOLS:
            _BY_IDENTITY.clear()
        known = _BY_IDENTITY[id(words)] = words, _array_of(words)
    return known[1]


@lru_cache(maxsize=512)
def _array_of(words: tuple[str, ...]) -> Text:
    import pyarrow as pa

    return pa.array(words, pa.string())


@lru_cache(maxsize=512)
def _constant(words: str) -> Text:
    """A scalar made once: pyarrow looks for dateutil, in vain, whenever it meets a Python value."""
    import pyarrow as pa

    return pa.scalar(words)


def join(parts: Sequence[Part], separator: str = "") -> Text:
    """The parts of each row, one after the other.

    >>> join([Picked([0, 1], ("Ada", "Zoë")), " ", np.array([7, 12])]).to_pylist()
    ['Ada 7', 'Zoë 12']
    """
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(*(text(part) for part in parts), _constant(separator))


def or_nothing(part: Part) -> Text:
    """The part, empty where it is null.

    >>> or_nothing(Picked([0, -1], ("a",))).to_pylist()
    ['a', '']
    """
    return text(part).fill_null("")


def digits(values: ArrayLike, width: int = 0) -> Text:
    """Whole numbers as text, zero-padded to `width` (longer ones keep all their digits).

    >>> digits([7, 12345], 4).to_pylist()
    ['0007', '12345']
    """
    import pyarrow.compute as pc

    return pc.ascii_lpad(text(np.asarray(values, dtype=np.int64)), width, "0")


def money(cents: ArrayLike) -> Text:
    """Cents as dollars, such as $1,234.50; cents must not be negative.

    >>> money([123450, 99, 100_000_000]).to_pylist()
    ['$1,234.50', '$0.99', '$1,000,000.00']
    """
    whole = np.asarray(cents, dtype=np.int64)
    return join(["$", _grouped(whole // 100), ".", digits(whole % 100, 2)])


def _grouped(numbers: Int) -> Text:
    """Whole numbers with a comma before every three digits."""
    import pyarrow as pa
    import pyarrow.compute as pc

    small = numbers < 1_000
    if small.all():
        return text(numbers)
    large = join([_grouped(numbers // 1_000), ",", digits(numbers % 1_000, 3)])
    return pc.if_else(pa.array(small), text(numbers), large)


def day(dates: NDArray[np.datetime64]) -> Text:
    """Dates as an American writes them in a sentence: March 4. NaT is null.

    >>> day(np.array(["2026-03-04", "NaT"], "datetime64[D]")).to_pylist()
    ['March 4', None]
    """
    import pyarrow as pa

    days = dates.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    number = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    missing = np.isnat(days)
    month = np.where(missing, -1, months.astype(np.int64) % 12)
    return join([Picked(month, MONTHS), pa.array(number, mask=missing)], " ")


def phone(index: ArrayLike, block: int = 0) -> Text:
    """Numbers below PHONES as +1 N9X-NXX-XXXX (N 2–9, X 0–9), each one another number.

    Area codes with 9 in the middle are reserved by the numbering plan and never assigned: they
    are kept for the day on which its numbers grow, so a later block's number extends them.
    Raises ValueError for an index outside [0, PHONES).

    >>> phone([0, PHONES - 1]).to_pylist()
    ['+1 290-200-0000', '+1 999-999-9999']
    >>> phone([0], block=12).to_pylist()
    ['+1 29012-200-0000']
    """
    number = np.asarray(index, dtype=np.int64)
    if len(number) and (number.min() < 0 or number.max() >= PHONES):
        raise ValueError(f"a phone's index lies in [0, {PHONES})")
    area, exchange = number // 8_000_000, number // 10_000 % 800
    area = (2 + area // 10) * 100 + 90 + area % 10
    longer = str(block) if block else ""
    return join(["+1 ", area, f"{longer}-", 200 + exchange, "-", digits(number % 10_000, 4)])


def email(
    first: ArrayLike,
    last: ArrayLike,
    suffix: ArrayLike,
    domain: ArrayLike | str,
    attempt: int = 0,
    style: ArrayLike = 0,
) -> Text:
    """Addresses such as zoe.obrien4821@example.com from codes of first_names, last_names and
    email_domains (or one domain for all).

    Unique whenever the suffixes are (no name ends in a digit); a negative suffix leaves the number
    out, and then the caller answers for uniqueness. `attempt` > 0 is appended as -1, -2 …
    `style` is 0 first.last, 1 flast, 2 first_last, 3 lastf.

    >>> email([0], [0], [12], [0], attempt=1).to_pylist()
    ['aaron.aaron12-1@example.com']
    """
    names, style = _words(), np.asarray(style)
    first, last = np.asarray(first), np.asarray(last) + len(pool("first_names"))
    initial = first + len(names) // 2
    front = np.select([style == 1, style == 3], [initial, last], first)
    back = np.where(style == 3, initial, last)
    between = np.broadcast_to(style, first.shape)
    local = [Picked(front, names), Picked(between, (".", "", "_", "")), Picked(back, names)]
    again = f"-{attempt}@" if attempt else "@"
    at = domain if isinstance(domain, str) else Picked(domain, pool("email_domains"))
    return join([*local, _number(suffix), again, at])


@lru_cache(maxsize=1)
def _words() -> tuple[str, ...]:
    """Lower-case ascii first names and last names, then the initials of both in the same order."""
    names = pool("first_names/ascii") + pool("last_names/ascii")
    return names + tuple(name[0] for name in names)


def _number(values: ArrayLike) -> Text:
    """Whole numbers as text, nothing for a negative one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    number = np.asarray(values, dtype=np.int64)
    return pc.if_else(pa.array(number < 0), _constant(""), digits(number))


def choose(bank: Bank, key: ArrayLike, draw: ArrayLike) -> Int:
    """Codes into `bank.texts`: for each row one of the texts of its key (an index of the keys the
    bank was made with, -1 for null), by a uniform number in [0, 1)."""
    key = np.asarray(key, dtype=np.int64)
    first, count = np.array(bank.first)[key], np.array(bank.count)[key]
    code = first + np.floor(np.asarray(draw) * count).astype(np.int64)
    return np.where(key < 0, -1, code)


def fill(codes: ArrayLike, templates: Sequence[str], **slots: Part) -> Text:
    """The templates of `codes`, each {slot} replaced by its part; code -1 is null.

    A part has an element for every row, used or not, or is a function that gives the elements of
    the rows it is asked for; further slots do no harm. Works through the few orders in which slots
    occur in `templates`, not through rows.
    Raises ValueError naming the slots that some template wants and nobody gave.

    >>> templates = ("fee of {fee}", "{who} paid {fee}")
    >>> fill([1, 0], templates, who="Ann", fee=np.array([5, 6])).to_pylist()
    ['Ann paid 5', 'fee of 6']
    """
    import pyarrow as pa

    forms, form_of = _forms(tuple(templates))
    missing = {slot for form in forms for slot in form.slots} - slots.keys()
    if missing:
        raise ValueError(f"no part given for {', '.join(sorted(missing))}")
    code = np.asarray(codes, dtype=np.int64)
    form = np.where(code < 0, np.int16(0), form_of[code])
    order = np.argsort(form, kind="stable")
    first = np.searchsorted(form[order], np.arange(1, len(forms) + 2)).tolist()
    filled = [pa.nulls(first[0], pa.string())]
    for number, (low, high) in enumerate(pairwise(first)):
        if low < high:
            rows = order[low:high]
            filled.append(_fill_form(forms[number], code[rows], rows, slots))
    back = np.empty(len(code), dtype=np.int64)
    back[order] = np.arange(len(code))
    return pa.concat_arrays(filled).take(pa.array(back))


class _Form(NamedTuple):
    """Templates that ask for the same slots in the same order: only their literals differ."""

    slots: tuple[str, ...]
    # Before, between and after the slots: a word that they all have there, or one of each.
    literals: tuple[str | tuple[str, ...], ...]
    place: Int  # of each template within the literals, -1 where it has another form


@lru_cache(maxsize=256)
def _forms(templates: tuple[str, ...]) -> tuple[tuple[_Form, ...], NDArray[np.int16]]:
    """The forms, and the number of each template's, from 1 on."""
    pieces = [SLOT.split(template) for template in templates]
    members: dict[tuple[str, ...], list[int]] = {}
    for number, piece in enumerate(pieces):
        members.setdefault(tuple(piece[1::2]), []).append(number)
    forms, form_of = [], np.zeros(len(templates), dtype=np.int16)
    for slots, numbers in members.items():
        place = np.full(len(templates), -1)
        place[numbers] = np.arange(len(numbers))
        literals = zip(*(pieces[number][::2] for number in numbers), strict=True)
        alike = tuple(words[0] if len(set(words)) == 1 and slots else words for words in literals)
        forms.append(_Form(slots, alike, place))
        form_of[numbers] = len(forms)
    return tuple(forms), form_of


def _fill_form(form: _Form, code: Int, rows: Int, slots: Mapping[str, Part]) -> Text:
    import pyarrow as pa

    literals = [
        each if isinstance(each, str) else Picked(form.place[code], each) for each in form.literals
    ]
    parts: list[Part] = literals[:1] if literals[0] else []
    for slot, literal in zip(form.slots, literals[1:], strict=True):
        part = slots[slot]
        parts.append(text(part(rows)) if callable(part) else text(part, rows))
        parts += [literal] if literal else []
    filled = join(parts)
    return filled if isinstance(filled, pa.Array) else pa.repeat(filled, len(rows))
