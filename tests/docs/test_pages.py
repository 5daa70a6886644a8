"""The pages that people write: what they show as a command, a setting or a file is one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from dhub.cli.app import app
from dhub.profiles import load_profile
from dhub.settings import Settings
from manual.__main__ import REFERENCE
from manual.commands import commands

REPOSITORY = Path(__file__).parents[2]
README = REPOSITORY / "README.md"
DECISIONS = "docs/decisions/"
PAGES = {
    path.relative_to(REPOSITORY).as_posix(): path.read_text(encoding="utf-8")
    for path in (README, *sorted((REPOSITORY / "docs").rglob("*.md")))
    if REFERENCE not in path.parts
}
COMMANDS = dict(commands(get_command(app)))
# Settings of the process itself, of the tests, and of others.
BESIDE = {"DHUB_CLUSTER", "DHUB_DEBUG", "DHUB_PART_SHARDS", "DHUB_TEMPLATE", "DHUB_TEST_SERVER"}
_RUNS = (
    r"^(?:- run: )?(?:\.?venv/bin/)?dhub (?!-)(.*)",  # in a shell, or a job of CI
    r"\$\(dhub ([^)]*)\)",
    r"docker compose run --rm bank-seed (.*)",
    r"docker run .* dhub (.*)",
)


def blocks(*languages: str) -> Iterator[tuple[str, str]]:
    """The code blocks of all pages in a language, each with its page."""
    for page, text in PAGES.items():
        for block in re.findall(rf"^```(?:{'|'.join(languages)})\n(.*?)^```", text, re.S | re.M):
            yield page, block


def shown() -> list[str]:
    """Every command line of dhub that a page shows, in a shell or in a job of CI."""
    found: dict[str, None] = {}
    for _, block in blocks("bash", "yaml"):
        for line in block.splitlines():
            bare = re.sub(r"\s#.*", "", line).strip()
            for pattern in _RUNS:
                found |= dict.fromkeys(re.findall(pattern, bare))
    return list(found)


def makefile_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))


def test_every_command_line_can_be_typed() -> None:
    assert {line: why for line in shown() if (why := _unfit(line))} == {}


def _unfit(line: str) -> str | None:
    """Why a line cannot be typed."""
    words = ["dhub", *shlex.split(line)]
    name = next(name for name in COMMANDS if name.split() == words[: len(name.split())])
    command: Any = COMMANDS[name]
    try:  # raises where an option or an argument does not fit
        fits = command.make_context(name, words[len(name.split()) :]).command is command
    except Exception as error:
        return str(error) or repr(error)
    return None if fits else "another command"


def test_every_kind_of_line_is_looked_at() -> None:
    lines = shown()
    assert len(lines) > 50
    assert "seed status" in lines and "db url -d accounts_db --show-password" in lines
    assert {line.split()[0] for line in lines} == {name.split()[1] for name in COMMANDS}


def test_every_setting_is_one() -> None:
    known = {f"DHUB_{name.upper()}" for name in Settings.model_fields} | BESIDE
    for page, text in PAGES.items():
        if not page.startswith(DECISIONS):
            assert set(re.findall(r"\bDHUB_[A-Z_]+[A-Z]\b", text)) <= known, page


def test_the_example_of_a_profile_is_one(tmp_path: Path) -> None:
    ((_, block),) = blocks("toml")
    path = tmp_path / "busy.toml"
    path.write_text(block, encoding="utf-8")
    profile = load_profile(str(path))
    assert (profile.accounts.holders, profile.customers.segment.share("premium")) == (0.85, 0.35)


def test_the_readme_is_one_page_with_pictures_that_are_there_and_small() -> None:
    text = PAGES["README.md"]
    assert len(text.splitlines()) <= 200
    pictures = [REPOSITORY / each for each in re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)]
    assert [each.suffix for each in pictures] == [".svg", ".png"]
    assert all(0 < each.stat().st_size <= 150_000 for each in pictures)


def test_the_readme_leads_to_what_is_there_and_to_every_page() -> None:
    text = PAGES["README.md"]
    links = set(re.findall(r"\]\(([^)#:]+)\)", text))
    assert links and all((REPOSITORY / link).exists() for link in links)
    pages = {each for each in PAGES if each.startswith("docs/") and not each.startswith(DECISIONS)}
    assert pages - links == {"docs/index.md"}


def test_every_target_that_a_page_names_is_one() -> None:
    named = {
        target
        for text in PAGES.values()
        for target in re.findall(r"(?:`|^)make (?:PYTHON=\S+ )?([a-z]+)\b", text, re.M)
    }
    assert {"demo", "test", "check", "docs", "questions", "bench", "pools", "tables"} <= named
    assert named <= makefile_targets()


def test_nothing_is_installed_under_a_name_of_others() -> None:
    assert not any(
        re.search(r"(?:pip|uv tool|pipx) install '?dhub\b(?!-)", t) for t in PAGES.values()
    )
