"""Whatever is typed for any option of any command: documented, or refused in a short line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from dhub.cli import app, stopping

ODD = {
    "empty": "",
    "a space": " ",
    "Arabic digits": "٥",
    "fullwidth digits": "５",
    "a separator": "1_000",
    "a compact date": "20260601",
    "a week date": "2026-W01-1",
    "a plus": "+5",
    "an exponent": "1e3",
    "no number": "nan",
    "no end": "inf",
    "minus zero": "-0",
    "spaces around": " 5 ",
    "5,000 digits": "9" * 5000,
    "a new line": "5\n6",
    "an escape": "\x1b[31m5",
    "no UTF-8": "\udcff",
    "100,000 letters": "x" * 100_000,
}
# A path that is empty is an unset variable, not the present folder.
PATHS = {"folder", "path", "output", "output_dir", "report", "log_file"}
NUMBERS = {"scale", "customers", "employees", "users", "seed", "workers", "timeout", "port"}
DATES = {"as_of", "first", "last"}
# Right as they stand: a date in digits and 0 are whole numbers, too.
RIGHT = {
    "scale": {"a compact date"},
    "customers": {"a compact date"},
    "seed": {"a compact date", "minus zero"},
}
# What makes a command whole besides the option that is tried, and short where it would be long.
REST = {
    "seed all": ["--dry-run"],
    "export": ["--dry-run", "--format", "csv", "bank"],
    "db query": ["SELECT 1", "-d", "accounts_db"],
    "plaid generate": ["outside", "--users", "1"],
    "profile check": ["mine.toml"],
    "datahub metadata": ["bank.json"],
    "datahub recipes": ["recipes"],
    "datahub pack": ["pack"],
}
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def _commands(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
    else:
        for name, each in inner.items():
            yield from _commands(each, f"{path} {name}".strip())


def _cases() -> Iterator[tuple[str, str, str]]:
    """Each command with each option or argument that takes a value; the words that give it."""
    for name, command in _commands(get_command(app.app)):
        for each in command.params:
            if not getattr(each, "is_flag", False) and each.name not in ("help", "version"):
                option = next((word for word in each.opts if word.startswith("--")), "")
                yield name, each.name, option


CASES = list(_cases())


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is not there: what is accepted ends with 4, if not before."""
    monkeypatch.setenv("DHUB_PG_HOST", "127.0.0.1")
    monkeypatch.setenv("DHUB_PG_PORT", "1")


def _words(name: str, option: str, value: str) -> list[str]:
    if option:
        return [*name.split(), *REST.get(name, []), f"{option}={value}"]
    words = REST.get(name, [])
    return [*name.split(), *(words[:-1] if name == "export" else words[1:]), "--", value]


def test_every_command_is_tried() -> None:
    assert {name for name, _, _ in CASES} >= {"seed all", "export", "db query", "profile check"}
    assert len(CASES) > 30


@pytest.mark.parametrize(("name", "param", "option"), CASES)
def test_it_is_taken_or_refused_in_words(
    name: str,
    param: str,
    option: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    faults = {}
    for number, (odd, value) in enumerate(ODD.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        monkeypatch.setattr(stopping, "_after", [stopping.UNCHANGED])  # commands of one process
        code = app.exit_code(_words(name, option, value))
        out, err = capsys.readouterr()
        if not _in_words(code, err) or (_is_refused(param, odd) and (code, out) != (2, "")):
            faults[odd] = (code, out, err)
    assert not faults


def _in_words(code: int, err: str) -> bool:
    shown = not _UNSEEN.search(err) and len(err) < 700 and len(err.splitlines()) <= 3
    return code in (0, 2, 3, 4) and shown


def _is_refused(param: str, odd: str) -> bool:
    if param in PATHS and not ODD[odd].strip():
        return True
    return param in DATES or (param in NUMBERS and odd not in RIGHT.get(param, set()))
