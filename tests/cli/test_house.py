"""The house is in order: what commands, settings and scripts promise is what is there."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.command import Dhub, environment
from typer.main import get_command

from dhub.bank import BANK
from dhub.cli.app import app
from dhub.settings import DATABASES, Settings

REPOSITORY = Path(__file__).parents[2]
VARIABLES = {f"DHUB_{name.upper()}" for name in Settings.model_fields}
HEAVY = {"numpy", "pyarrow", "psycopg", "pydantic", "faker"}


def commands(command: Any, path: str = "dhub") -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its whole name."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
    else:
        for name, each in inner.items():
            yield from commands(each, f"{path} {name}")


COMMANDS = dict(commands(get_command(app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_an_example(name: str) -> None:
    command = COMMANDS[name]
    assert re.search(rf"Examples?: {name}", command.help or ""), f"{name} shows no example"
    assert all(each.help for each in command.params if each.name != "help"), name


def test_the_example_of_settings_has_every_setting_and_no_other() -> None:
    example = (REPOSITORY / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^#? ?(DHUB_[A-Z_]+)=", example, re.MULTILINE)) == VARIABLES


def test_every_database_has_its_domain() -> None:
    assert [domain.database for domain in BANK] == list(DATABASES)


def test_no_two_files_of_tests_have_one_name() -> None:
    """Collected together, one would stand for the other; alone, each passes."""
    names = Counter(path.name for path in (REPOSITORY / "tests").rglob("test_*.py"))
    assert [name for name, files in names.items() if files > 1] == []


def test_ci_runs_what_the_manual_says() -> None:
    script = REPOSITORY / ".ci" / "run"
    lines = script.read_text().splitlines()
    assert script.stat().st_mode & 0o111
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines and lines[-3:] == ["make check", "make docs", "make test"]


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from dhub.cli.app import exit_code\n"
        "code = exit_code(['--help'])\n"
        f"found = sorted({HEAVY!r} & set(sys.modules))\n"
        "sys.exit(f'imported: {found}' if found else code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_connections_are_opened_in_one_place() -> None:
    """What a session means is pinned there, so nobody else may call psycopg.connect."""
    calling = re.compile(r"\b(?:psycopg|patience)\.(?:Async)?(?:connect|Connection\.connect)\b")
    found = [
        path.relative_to(REPOSITORY).as_posix()
        for path in (REPOSITORY / "dhub").rglob("*.py")
        if calling.search(path.read_text(encoding="utf-8"))
    ]
    assert found == ["dhub/estate/connections.py"]


GROUPS = sorted({name.rsplit(" ", 1)[0] for name in COMMANDS})


@pytest.mark.parametrize("name", GROUPS)
def test_help_tells_of_every_command_in_a_whole_sentence(name: str, dhub: Dhub) -> None:
    listed = dhub(*name.split()[1:], "--help").out.partition("Commands:\n")[2]
    lines = [line for line in listed.splitlines() if line.startswith("  ")]
    assert lines and not [line for line in lines if line.endswith("...")]


def test_help_lists_commands_in_order_of_work(dhub: Dhub) -> None:
    listed = dhub("--help").out.partition("Commands:\n")[2].split("\n\n")[0]
    names = [line.split()[0] for line in listed.splitlines()]
    sets = ["export", "warehouse", "plaid"]
    assert names == ["seed", "verify", "db", *sets, "server", "datahub", "profile"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("dhub se", {"seed", "server"}),
        ("dhub seed all --pro", {"--profile"}),
        ("dhub db tables -d acc", {"accounts_db"}),
    ],
)
def test_the_shell_completes(typed: str, offered: set[str], tmp_path: Path) -> None:
    env = environment({
        "_DHUB_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split()) - 1),
    })
    code = "from dhub.cli.main import run; run()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert (done.returncode, set(done.stdout.split()), done.stderr) == (0, offered, "")


def test_few_places_know_how_many_databases_there_are() -> None:
    """A data set is a catalogue of domains: whoever moves or looks at one asks it or its estate."""
    naming = re.compile(r"\bDATABASES\b")
    found = {
        path.relative_to(REPOSITORY / "dhub").as_posix()
        for path in (REPOSITORY / "dhub").rglob("*.py")
        if naming.search(path.read_text(encoding="utf-8"))
    }
    asking = {"cli/db.py", "cli/seed.py", "verify/across.py"}  # what a user may type
    declaring = {"catalog/loader.py", "estate/databases.py"}
    assert {path for path in found if not path.startswith("settings")} <= asking | declaring
