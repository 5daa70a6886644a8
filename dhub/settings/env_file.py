"""Takes the path of a .env, gives the settings in it, read as docker compose reads them.

Every line must be one of NAME=value. Where compose and python-dotenv would read a value
differently ($ and backslashes), a setting of dhub's is refused unless it stands in single quotes,
in which every character is itself.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from dhub.errors import UsageError
from dhub.settings.names import PREFIX, SETTINGS

_LARGEST = 1 << 20  # bytes; a file of settings is a thousandth of it
_NAME = re.compile(
    r"\s*(?:export[^\S\r\n]+)?([A-Za-z_][\w.\-\[\]]*)[^\S\r\n]*=[^\S\r\n]*", re.ASCII
)
_SINGLE = re.compile(r"'((?:\\.|[^'\\])*)'", re.DOTALL)
# The escapes that compose and python-dotenv both read as the character itself.
_AGREED = re.compile(r'"(?:[^"\\]|\\["\\])*"')
_OF_DHUB = re.compile(r"\s*(?:export\s+)?(DHUB_[A-Z_]*[A-Z])\b")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Line:
    """A value and the line on which it stands."""

    value: str = field(repr=False)
    number: int


def read_env_file(path: Path) -> dict[str, Line]:
    """What it says of dhub, by name; nothing when there is no such file.

    Raises UsageError, with every faulty line and no value, for a file that is not all NAME=value.
    """
    found: dict[str, Line] = {}
    faults: list[str] = []
    for binding in parse_stream(StringIO(_text(path))):
        number = _line(binding)
        faults += [f"line {number} {fault}" for fault in _faults(binding)]
        name = _NAME.match(binding.original.string)
        if faults or not name or not _is_of_dhub(name[1]):
            continue
        if name[1] in found:
            faults.append(f"line {number} sets {name[1]}, as line {found[name[1]].number} does")
        found.setdefault(name[1], Line(_value(binding), number))
    if faults:
        raise UsageError(
            f"{path.absolute()}: {'; '.join(faults)}.\nCorrect it; # begins a comment."
        )
    return found


def _is_of_dhub(name: str) -> bool:
    """Whether it is one of dhub's, or was meant to be."""
    upper = name.upper()
    return upper.startswith(PREFIX.rstrip("_")) or upper.endswith(SETTINGS)


def _text(path: Path) -> str:
    """The text of the file, nothing without one; raises UsageError for what is no text file."""
    try:
        data = _bytes(path)
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        if path.is_symlink():
            raise UsageError(f"{path.absolute()} is a link to nothing.\nRemove it.") from None
        return ""
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        raise UsageError(
            f"{path.absolute()}: line {number} is not UTF-8.\nSave the file as UTF-8."
        ) from None
    except OSError as error:
        raise UsageError(
            f"{path.absolute()} cannot be read: {error.strerror}.\n"
            "It may name the server, so nothing was done. Let it be read, or use another folder."
        ) from error
    if wrong := _CONTROL.search(text):
        number = text[: wrong.start()].count("\n") + 1
        raise UsageError(f"{path.absolute()}: line {number} holds a control character.\nRemove it.")
    return text


def _bytes(path: Path) -> bytes:
    kind = os.stat(path).st_mode
    if not stat.S_ISREG(kind):
        what = "a folder" if stat.S_ISDIR(kind) else "no regular file"
        raise UsageError(f"{path.absolute()} is {what}.\nSettings are lines of a text file.")
    with open(path, "rb") as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise UsageError(f"{path.absolute()} is larger than a file of settings can be.")
    return data


def _line(binding: Binding) -> int:
    """Where it begins: the parser counts the empty lines before it as its own."""
    text = binding.original.string
    before = text[: len(text) - len(text.lstrip())]
    return binding.original.line + len(re.findall(r"\r\n|\n|\r", before))


def _faults(binding: Binding) -> Iterator[str]:
    text = binding.original.string
    if not binding.error and binding.key is None:
        return  # a comment, or empty
    found = _NAME.match(text)
    if binding.error or binding.value is None or not found:
        known = _OF_DHUB.match(text)
        yield f"is no {known[1] if known else 'NAME'}=value"
    elif _is_of_dhub(found[1]):
        yield from _ambiguous(found[1], text[found.end() :], binding.value)


def _ambiguous(name: str, raw: str, value: str) -> Iterator[str]:
    """What others read differently, or as more than one line."""
    if "\n" in value or "\r" in value:
        yield f"sets {name} to several lines"
    elif raw.startswith("'"):
        return
    elif "$" in value:
        yield f"sets {name} to a value with a $, which must stand in single quotes"
    elif raw.startswith('"') and not _AGREED.match(raw):
        yield f"sets {name} to a value with a backslash, which must stand in single quotes"


def _value(binding: Binding) -> str:
    """Between single quotes all is literal but \\', as docker compose has it."""
    text = binding.original.string
    found = _NAME.match(text)
    assert found
    single = _SINGLE.match(text, found.end())
    return single[1].replace("\\'", "'") if single else binding.value or ""
