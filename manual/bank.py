"""Gives the bank that the manual shows: the default one, on an embedded server of its own."""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

AS_OF = "2026-11-20"
SEEDING = ("seed", "all", "--as-of", AS_OF)


@dataclass(frozen=True)
class Shown:
    """A seeded bank: what its seeding said as JSON, and the folder that it lies in."""

    seeding: dict[str, Any]
    folder: Path

    def json(self, *words: str) -> Any:
        """What `dhub ... --json` says of it."""
        return said(*words, "--json")


def said(*words: str) -> Any:
    """The JSON document that a command prints; a command that fails ends the building."""
    from dhub.cli.app import exit_code

    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = exit_code(list(words))
    if code != 0:
        raise SystemExit(f"dhub {' '.join(words)} ended with {code}:\n{err.getvalue()}")
    return json.loads(out.getvalue())


@contextmanager
def shown_bank() -> Iterator[Shown]:
    """The default bank of a fixed as-of date; nothing of this machine's settings reaches it."""
    for name in [name for name in os.environ if name.startswith(("DHUB_", "PG"))]:
        del os.environ[name]
    folder, before = Path(tempfile.mkdtemp(prefix="dhub-manual-")), Path.cwd()
    folder.chmod(0o755)  # root's server runs as another account
    os.environ["DHUB_DATA_DIR"] = str(folder / "data")
    os.chdir(folder)  # where no .env is
    try:
        with _kept_running():
            yield Shown(said(*SEEDING, "--json"), folder)
    finally:
        os.chdir(before)
        shutil.rmtree(folder)


@contextmanager
def _kept_running() -> Iterator[None]:
    """One server for all commands, which would each start their own."""
    from dhub.estate.opened import open_estate
    from dhub.settings import load_settings

    with open_estate(load_settings()):
        yield
