"""Gives the folder of the files that are shipped beside the code: SQL and declarations."""

from __future__ import annotations

from pathlib import Path


def migrations_dir() -> Path:
    """The folder of the SQL files: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"
