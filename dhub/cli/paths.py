"""Takes what was typed for a path, gives it back: an empty word is no path, not this folder."""

from __future__ import annotations

from pathlib import Path

import typer


def some_path(typed: str | Path) -> Path:
    """The path; raises BadParameter for an empty word, which is mostly an unset variable."""
    if not str(typed).strip() or (isinstance(typed, str) and "\0" in typed):
        raise typer.BadParameter("a path must not be empty; this folder is '.'")
    return Path(typed)


def some_place(typed: str) -> str:
    """The path or URL as it was typed; raises BadParameter as `some_path` does."""
    some_path(typed)
    return typed
