"""The house is in order: what the README, the Makefile and the examples say is what is there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.command import Dhub, environment
from typer.main import get_command

from dhub.bank import BANK
from dhub.cli.app import app
from dhub.profiles import load_profile
from dhub.settings import DATABASES, Settings

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
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


def options(command: Any) -> set[str]:
    return {word for each in command.params for word in each.opts if word.startswith("-")}


def blocks(language: str) -> list[str]:
    """The code blocks of the README in a language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def shown() -> list[str]:
    """Every dhub command that the README shows as a line of shell."""
    lines = (line.split(" #")[0].strip() for block in blocks("bash") for line in block.splitlines())
    return [
        line.removeprefix("venv/bin/") for line in lines if re.match(r"(venv/bin/)?dhub ", line)
    ]


def makefile_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_readme_mentions_every_command(name: str) -> None:
    assert f"`{name}" in README


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_an_example(name: str) -> None:
    command = COMMANDS[name]
    assert re.search(rf"Examples?: {name}", command.help or ""), f"{name} shows no example"
    assert all(each.help for each in command.params if each.name != "help"), name


def test_the_readme_explains_every_option_of_seed_all() -> None:
    missing = {each for each in options(COMMANDS["dhub seed all"]) if f"`{each}" not in README}
    assert missing <= {"-h", "--help"}


@pytest.mark.parametrize("line", shown())
def test_every_command_line_in_the_readme_can_be_typed(line: str) -> None:
    words = shlex.split(line)
    name = next(name for name in COMMANDS if name.split() == words[: len(name.split())])
    command, arguments = COMMANDS[name], words[len(name.split()) :]
    command.make_context(name, arguments)  # raises where an option or an argument does not fit


def test_the_readme_mentions_every_setting_and_no_other() -> None:
    of_process = {"DHUB_DEBUG", "DHUB_TEST_SERVER"}
    assert set(re.findall(r"DHUB_[A-Z_]+[A-Z]", README)) == VARIABLES | of_process


def test_the_example_of_settings_has_every_setting_and_no_other() -> None:
    example = (REPOSITORY / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^#? ?(DHUB_[A-Z_]+)=", example, re.MULTILINE)) == VARIABLES


def test_the_example_of_a_profile_in_the_readme_is_one(tmp_path: Path) -> None:
    (block,) = blocks("toml")
    path = tmp_path / "busy.toml"
    path.write_text(block, encoding="utf-8")
    profile = load_profile(str(path))
    assert (profile.accounts.holders, profile.customers.segment.share("premium")) == (0.85, 0.35)


def test_the_files_that_the_readme_links_to_are_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links and all((REPOSITORY / link).exists() for link in links)


def test_the_readme_names_every_table() -> None:
    named = set(re.findall(r"`([a-z_]+)`", README))
    created = {
        table
        for path in (REPOSITORY / "migrations").glob("*_db/*.sql")
        for table in re.findall(r"^CREATE TABLE (?:public\.)?(\w+)", path.read_text(), re.MULTILINE)
    }
    assert len(created) > 30
    assert created <= named


def test_every_database_has_its_domain() -> None:
    assert [domain.database for domain in BANK] == list(DATABASES)


def test_the_makefile_has_the_targets_that_are_promised() -> None:
    promised = {"demo", "test", "check", "bench", "pools", "tables"}
    assert promised <= makefile_targets()
    assert set(re.findall(r"\bmake (?:PYTHON=\S+ )?([a-z]+)\b", "\n".join(blocks("bash")))) <= (
        makefile_targets()
    )


def test_ci_runs_what_the_readme_says() -> None:
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
    calling = re.compile(r"\bpsycopg\.(?:Async)?(?:connect|Connection\.connect)\(")
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
    assert names == ["seed", "verify", "db", "export", "server", "datahub", "profile"]


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
