"""Takes files of SQL in this package, gives the checks they hold: SQL is data here, not code.

A file is a row of questions, each with its id and title above it, and options if it needs any:

    -- A02 The account's balance is the balance after its last transaction
    -- examines: accounts_db.accounts
    SELECT account_id FROM ...;
"""

from __future__ import annotations

import re
from pathlib import Path

from dhub.verify.model import Check

_HERE = Path(__file__).parent
_QUESTION = re.compile(
    r"^-- (?P<id>[A-Za-z_]+[\d.]\S*) (?P<title>.+)\n"
    r"(?P<options>(?:-- [a-z]+: .*\n)*)"
    r"(?P<sql>(?:(?!-- ).*\n)+?)(?=\n-- |\n*\Z)",
    re.M,
)
_OPTION = re.compile(r"^-- (\w+): (.*)$", re.M)


def questions(section: str, folder: str) -> tuple[Check, ...]:
    """The checks of all files in a folder of this package, in the order of files and lines."""
    return tuple(
        _check(section, match)
        for file in sorted((_HERE / folder).glob("*.sql"))
        for match in _QUESTION.finditer(file.read_text(encoding="utf-8"))
    )


def _check(section: str, match: re.Match[str]) -> Check:
    options = dict(_OPTION.findall(match["options"]))
    return Check(
        section,
        match["id"],
        match["title"],
        match["sql"].strip().rstrip(";"),
        kind=options.pop("kind", "rule"),
        examines=options.pop("examines", ""),
        options=options,
    )
