"""Takes a profile's name or file, or its JSON; gives the Profile, or one error with all faults.

A file is a difference over the profile it `extends` (guide when it says nothing). A mix replaces
its parent's whole; a table by name is merged entry by entry. Each section may hold tables named
`guide`, `requirements` and `assumed`: figures stand in the table of their source, and what stands
in none of them is the file's own.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_origin

from pydantic import BaseModel, ValidationError

from dhub.errors import UsageError
from dhub.profiles.model import Figures, Profile
from dhub.profiles.values import MOST_FAULTS, By, Fault, closest, shown, worded
from dhub.words import counted, repeated, visible

SHIPPED = ("guide", "requirements", "everyday", "warehouse")
SOURCES = ("guide", "requirements", "assumed")
_ROOT = "guide"
_HERE = Path(__file__).parent
# Some ten times the largest that is shipped. Python's reader takes the square of a line's length
# for a key of many dots.
_MOST_BYTES, _LONGEST_LINE = 128 << 10, 1000


@dataclass
class _Layers:
    """The figures of one file over those of its parents, with the source of each."""

    tables: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def load_profile(name_or_path: str) -> Profile:
    """Load a shipped profile by name, or a file by path; UsageError lists all its faults."""
    path = _find(name_or_path)
    try:
        layers = _stack(path, [])
        return _build(_name(path), layers.tables, layers.sources, layers.faults)
    except RecursionError:
        raise UsageError(
            f"profile {repeated(name_or_path)} nests more brackets, or extends more files, than "
            "any profile needs"
        ) from None


def profile_from_json(text: str) -> Profile:
    """Read back what `Profile.to_json` gave; UsageError when this code cannot take it."""
    try:
        whole = json.loads(text)
        name, tables, sources = whole["name"], whole["figures"], whole["sources"]
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError("the recorded profile cannot be read: it is no profile's JSON") from error
    return _build(name, tables, sources, [])


def _find(name_or_path: str, base: Path | None = None) -> Path:
    """The file of a shipped profile or of a path, which is relative to `base` if given."""
    if name_or_path in SHIPPED:
        return _HERE / f"{name_or_path}.toml"
    path = Path(name_or_path)
    with suppress(OSError, ValueError, RuntimeError):  # too long, not a path, nobody's home
        path = Path(base or "", path.expanduser())
        if path.is_file():
            return path
        if name_or_path and path.exists():
            raise UsageError(f"profile {repeated(name_or_path)}: not a file of text")
    if path.suffix == ".toml" or len(path.parts) > 1:
        raise UsageError(f"profile {repeated(name_or_path)}: there is no such file")
    raise UsageError(
        f"unknown profile {shown(name_or_path)}: {closest(name_or_path, SHIPPED)}\n"
        "give one of these names or the path of a TOML file"
    )


def _name(path: Path) -> str:
    """Shipped profiles go by their name, a user's by its file name."""
    return path.stem if path.parent == _HERE else path.name


def _read(path: Path) -> dict[str, Any]:
    """The file's TOML, or an error that names file and line."""
    called = f"profile {repeated(path.name) if len(str(path)) > 160 else visible(str(path))}"
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1).decode()
        if len(text) > _MOST_BYTES or max(map(len, text.split("\n"))) > _LONGEST_LINE:
            raise UsageError(
                f"{called} is larger than any profile: at most {_MOST_BYTES:,} bytes, in lines of "
                f"at most {_LONGEST_LINE:,} characters"
            )
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise UsageError(f"{called} is not valid TOML: not UTF-8 text") from error
    except ValueError as error:  # Python's own, too, of a number with thousands of digits
        raise UsageError(f"{called} is not valid TOML: {error}") from error
    except OSError as error:
        raise UsageError(f"{called} cannot be read: {error.strerror}") from error


def _stack(path: Path, children: list[Path]) -> _Layers:
    """The file laid over the profiles it extends, from the root down."""
    path = path.resolve()
    if path in children:
        raise UsageError(f"profile {children[0]} extends itself by way of {path}")
    tables = _read(path)
    root = path == _HERE / f"{_ROOT}.toml"
    parent = tables.pop("extends", None if root else _ROOT)
    if not root and not isinstance(parent, str):
        raise UsageError(f"profile {path}: extends must name a profile, not {shown(parent)}")
    layers = _Layers() if root else _stack(_find(parent, path.parent), [*children, path])
    _lay(layers, tables, _name(path))
    return layers


def _lay(layers: _Layers, tables: dict[str, Any], owner: str) -> None:
    """Lay a file's figures over those that are there; a figure stated twice is a fault."""
    stated: set[tuple[str, ...]] = set()
    for path, value, source in _figures(tables, owner):
        if path in stated:
            layers.faults.append((path, "is stated twice"))
        stated.add(path)
        _put(layers.tables, path, value)
        layers.sources[".".join(path)] = source


def _put(table: Any, path: tuple[str, ...], value: Any) -> None:
    """Put a figure in its place; where no table stands, what does is left for validation."""
    for key in path[:-1]:
        table = table.setdefault(key, {}) if isinstance(table, dict) else table
    if isinstance(table, dict):
        table[path[-1]] = value


def _figures(tables: dict[str, Any], owner: str) -> Iterator[tuple[tuple[str, ...], Any, str]]:
    """Path, value and source of all that a file states, tables by name entry by entry."""
    for section, table in tables.items():
        if not isinstance(table, dict):
            yield (section,), table, owner
            continue
        own = {k: v for k, v in table.items() if k not in SOURCES or not isinstance(v, dict)}
        layered = [(own, owner), *((table[s], s) for s in SOURCES if s in table and s not in own)]
        for figures, source in layered:
            for name, value in figures.items():
                yield from _entries((section, name), value, source)


def _entries(
    path: tuple[str, ...], value: Any, source: str
) -> Iterator[tuple[tuple[str, ...], Any, str]]:
    """The entries of a table by name, or the figure itself."""
    if isinstance(value, dict) and _by_name(*path):
        yield from (((*path, key), entry, source) for key, entry in value.items())
    else:
        yield path, value, source


def _section(name: str) -> dict[str, Any]:
    """The fields of a section; none when there is no such section."""
    model = Figures.model_fields.get(name)
    kind = model.annotation if model else None
    return dict(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else {}


def _by_name(section: str, name: str) -> bool:
    """Whether the model holds a table by name there, so that its entries merge."""
    known = _section(section).get(name)
    return known is not None and get_origin(known.annotation) is By


def _build(
    name: str, tables: dict[str, Any], sources: dict[str, str], faults: list[Fault]
) -> Profile:
    """Validate the figures whole; all faults go into one error."""
    try:
        figures = Figures.model_validate(tables)
    except ValidationError as error:
        found = worded(error)
        faults = [*faults, *map(_explained, found[:MOST_FAULTS]), *found[MOST_FAULTS:]]
    if faults:
        raise UsageError(_message(repeated(name), faults))
    sections = {section: getattr(figures, section) for section in Figures.model_fields}
    return Profile(name=name, sources=sources, **sections)


def _explained(fault: Fault) -> Fault:
    """An unknown key with the one that was probably meant."""
    path, text = fault
    if text != "Extra inputs are not permitted":
        return fault
    known = Figures.model_fields if len(path) == 1 else _section(path[0])
    return path, f"unknown, {closest(path[-1], tuple(known))}"


def _message(name: str, faults: list[Fault]) -> str:
    """The fault on one line, or all of them on a line each, below the profile's name."""
    told = faults[:MOST_FAULTS]
    lines = [f"{'.'.join(map(repeated, path))}: {text}" if path else text for path, text in told]
    if len(faults) == 1:
        return f"profile {name}: {lines[0]}"
    more = [f"and {len(faults) - len(told):,} more"] if len(faults) > len(told) else []
    return "\n  ".join([f"profile {name} has {counted(len(faults), 'fault')}:", *lines, *more])
