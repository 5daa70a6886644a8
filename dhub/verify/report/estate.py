"""Takes the rows of all tables, gives the six databases as a picture, keys drawn between them.

There are two pictures of the same boxes: a wide one, and a narrow one for phones, where each kind
of key is a line down the right side. The page shows the one that fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from dhub.catalog import load_catalog
from dhub.shipped import migrations_dir
from dhub.verify.model import FAILED, REFERENCES, Result
from dhub.verify.references import check_id
from dhub.words import counted

# Tables that other databases point to, each with the number of its colour.
_TARGETS = {
    "accounts_db.customers": 1,
    "accounts_db.accounts": 2,
    "employees_db.employees": 3,
    "accounts_db.transactions": 4,
    "employees_db.branches": 5,
    "loans_db.loans": 6,
    "insurance_db.policies": 6,
}
_WORDS = 32  # letters that fit into a line of a box

_LINE, _HEAD, _FOOT, _BOX = 18, 34, 10, 236
_GAP, _SPACE = 96, 26
_GRID = (
    ("customer_db", "accounts_db", "loans_db"),
    ("compliance_db", "employees_db", "insurance_db"),
)
_NARROW = (
    "employees_db",
    "accounts_db",
    "customer_db",
    "loans_db",
    "insurance_db",
    "compliance_db",
)


@dataclass(frozen=True)
class _Key:
    """The columns of a database that point to one table of another, and whether all hold."""

    columns: tuple[str, ...]
    target: str
    holds: bool

    @property
    def colour(self) -> int:
        return _TARGETS[self.target]

    @property
    def words(self) -> str:
        """The columns, as many as fit into a line; what entity_id names is not in its name."""
        if self.columns == ("entity_id",):
            return f"entity_id → {self.target.partition('.')[2]}"
        for kept in range(len(self.columns), 0, -1):
            left = len(self.columns) - kept
            told = ", ".join(self.columns[:kept]) + (f" + {left}" if left else "")
            if len(told) <= _WORDS:
                break
        return told


@dataclass(frozen=True)
class _Box:
    """A database with its place in the picture; a row of it is a table or a key."""

    database: str
    x: float
    y: float
    tables: tuple[tuple[str, int], ...]
    keys: tuple[_Key, ...]

    @property
    def height(self) -> float:
        rule = 12 if self.keys else 0
        return _HEAD + _LINE * (len(self.tables) + len(self.keys)) + rule + _FOOT

    def table_y(self, table: str) -> float:
        """The middle of a table's row; of the head when there is no such table."""
        names = [name for name, _ in self.tables]
        place = names.index(table) if table in names else -1
        return self.y + _HEAD + _LINE * place + 9

    def key_y(self, place: int) -> float:
        return self.y + _HEAD + _LINE * (len(self.tables) + place) + 12 + 9


def picture(result: Result) -> str:
    """Both pictures; style decides which is seen."""
    keys = _keys(result)
    boxes = {
        name: _Box(name, 0, 0, _ordered(name, result.rows.get(name, {})), keys.get(name, ()))
        for name in _NARROW
    }
    told = ", ".join(f"{box.database} {counted(_total(box), 'row')}" for box in boxes.values())
    label = f"The six databases and the keys between them: {told}"
    return _wide(boxes, label) + _narrow(boxes, label)


def _ordered(database: str, rows: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """The tables in the order in which the migrations make them."""
    files = sorted((migrations_dir() / database).glob("*.sql"))
    made = "".join(file.read_text(encoding="utf-8") for file in files)
    return tuple(sorted(rows.items(), key=lambda row: made.find(f"CREATE TABLE public.{row[0]} ")))


def _keys(result: Result) -> dict[str, tuple[_Key, ...]]:
    """The keys that leave each database; those whose check failed do not hold."""
    failed = {each.id for each in result.of(REFERENCES) if each.status == FAILED}
    found: dict[str, dict[str, dict[str, bool]]] = {}
    for table, column, target, check in _columns():
        columns = found.setdefault(table.partition(".")[0], {}).setdefault(target, {})
        columns[column] = columns.get(column, True) and check not in failed
    return {
        source: tuple(_Key(tuple(c), target, all(c.values())) for target, c in targets.items())
        for source, targets in found.items()
    }


def _columns() -> Iterator[tuple[str, str, str, str]]:
    """Each column that names a row of another database: table, column, target, id of its check."""
    for place, each in load_catalog().references():
        to = each.target
        table, target = f"{place.database}.{place.table}", f"{to.database}.{to.table}"
        yield table, place.column, target, check_id(place, each)


def _total(box: _Box) -> int:
    return sum(count for _, count in box.tables)


def _wide(boxes: Mapping[str, _Box], label: str) -> str:
    placed: dict[str, _Box] = {}
    top, width = 1.0, 3 * _BOX + 2 * _GAP + 2
    for line in _GRID:
        deep = max(boxes[name].height for name in line)
        for place, name in enumerate(line):
            box = boxes[name]
            x = 1 + place * (_BOX + _GAP)
            placed[name] = _Box(name, x, top + (deep - box.height) / 2, box.tables, box.keys)
        top += deep + _SPACE
    keys = [_curve(*key, placed) for key in _drawn_keys(placed)]
    return _frame("wide", width, top - _SPACE + 1, label, keys, placed.values())


def _drawn_keys(placed: Mapping[str, _Box]) -> Iterator[tuple[_Box, int]]:
    """The keys of the databases that hold rows, broken ones last: they lie on top."""
    found = [(b, place) for b in placed.values() if _total(b) for place in range(len(b.keys))]
    yield from sorted(found, key=lambda key: not key[0].keys[key[1]].holds)


def _curve(box: _Box, place: int, placed: Mapping[str, _Box]) -> str:
    """A curve from the key's row to the table it points to, by the sides that face each other."""
    database, _, table = box.keys[place].target.partition(".")
    to = placed[database]
    y, goal = box.key_y(place), to.table_y(table)
    if to.x == box.x:  # above or below: out at the left, and in again
        side = box.x if database != "accounts_db" else box.x + _BOX
        bend = side + (-1 if side == box.x else 1) * (30 + 6 * place)
        return _key(f"M{side} {y}C{bend} {y} {bend} {goal} {side} {goal}", box.keys[place])
    right = to.x > box.x
    start, end = (box.x + _BOX, to.x) if right else (box.x, to.x + _BOX)
    if abs(to.x - box.x) > _BOX + _GAP:  # past the middle column: through the space between rows
        return _key(_through(start, y, end, goal, placed, place), box.keys[place])
    half = (start + end) / 2
    return _key(f"M{start} {y}C{half} {y} {half} {goal} {end} {goal}", box.keys[place])


def _through(
    start: float, y: float, end: float, goal: float, placed: Mapping[str, _Box], place: int
) -> str:
    """A path that crosses between the two boxes of the middle column."""
    upper, lower = placed["accounts_db"], placed["employees_db"]
    level = (upper.y + upper.height + lower.y) / 2 + (place % 2) * 6 - 3
    near, far = start + _GAP / 2, end - _GAP / 2
    return (
        f"M{start} {y}C{near} {y} {near - 20} {level} {start + _GAP} {level}"
        f"H{end - _GAP}C{far + 20} {level} {far} {goal} {end} {goal}"
    )


def _narrow(boxes: Mapping[str, _Box], label: str) -> str:
    placed: dict[str, _Box] = {}
    top = 1.0
    for name in _NARROW:
        placed[name] = _Box(name, 1, top, boxes[name].tables, boxes[name].keys)
        top += boxes[name].height + 14
    keys = [_bus(*key, placed) for key in _drawn_keys(placed)]
    return _frame("narrow", _BOX + 84, top - 13, label, keys, placed.values())


def _bus(box: _Box, place: int, placed: Mapping[str, _Box]) -> str:
    """Out to the line of its colour at the right, along it, and in at the table."""
    database, _, table = box.keys[place].target.partition(".")
    lane, edge = 1 + _BOX + 10 + 11 * box.keys[place].colour, 1 + _BOX
    goal = placed[database].table_y(table)
    return _key(f"M{edge} {box.key_y(place)}H{lane}V{goal}H{edge}", box.keys[place])


def _key(path: str, key: _Key) -> str:
    told = escape(f"{', '.join(key.columns)} → {key.target}{'' if key.holds else ': broken'}")
    kind = f"k{key.colour}" if key.holds else "broken"
    return (
        f'<path class="key {kind}" d="{path}" marker-end="url(#end-{kind})">'
        f"<title>{told}</title></path>"
    )


def _frame(
    name: str, width: float, height: float, label: str, keys: Sequence[str], boxes: Iterable[_Box]
) -> str:
    drawn = "".join(keys) + "".join(map(_drawn, boxes))
    return (
        f'<svg class="map {name}" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(label)}">{drawn}</svg>'
    )


def _drawn(box: _Box) -> str:
    empty = "" if _total(box) else " empty"
    head = (
        f'<rect x="{box.x}" y="{box.y}" width="{_BOX}" height="{box.height}" rx="8"/>'
        f'<text class="name" x="{box.x + 12}" y="{box.y + 21}">{box.database}</text>'
        f'<text class="total" x="{box.x + _BOX - 12}" y="{box.y + 21}">{_total(box):,}</text>'
    )
    tables = "".join(_table(box, name, count) for name, count in box.tables)
    keys = "".join(_label(box, place) for place in range(len(box.keys)))
    return f'<g class="box{empty}">{head}{tables}{_rule(box)}{keys}</g>'


def _table(box: _Box, name: str, count: int) -> str:
    y = box.table_y(name) + 4
    colour = _TARGETS.get(f"{box.database}.{name}")
    spot = f' class="t{colour}"' if colour else ""
    return (
        f'<text{spot} x="{box.x + 12}" y="{y}">{escape(name)}</text>'
        f'<text class="count" x="{box.x + _BOX - 12}" y="{y}">{count:,}</text>'
    )


def _rule(box: _Box) -> str:
    if not box.keys:
        return ""
    y = box.key_y(0) - 15
    return f'<path class="rule" d="M{box.x + 12} {y}H{box.x + _BOX - 12}"/>'


def _label(box: _Box, place: int) -> str:
    key, y = box.keys[place], box.key_y(place)
    kind = f"k{key.colour}" if key.holds else "broken"
    return (
        f'<circle class="{kind}" cx="{box.x + 16}" cy="{y}" r="3.5"/>'
        f'<text class="column" x="{box.x + 26}" y="{y + 4}">{escape(key.words)}</text>'
    )


def markers() -> str:
    """The ends of the keys, once for the page: the pictures name them by colour."""
    kinds = [*(f"k{colour}" for colour in sorted(set(_TARGETS.values()))), "broken"]
    ends = "".join(
        f'<marker id="end-{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        f'markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path class="end {kind}" d="M0 0L8 4L0 8z"/></marker>'
        for kind in kinds
    )
    return f'<svg width="0" height="0" aria-hidden="true" class="defs"><defs>{ends}</defs></svg>'
