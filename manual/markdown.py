"""Takes words, gives Markdown: tables, links, folded parts. Nothing in a cell breaks its table."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Sequence

NOTE = "<!-- Written by `make docs`: change the code that it tells of, not this page. -->\n"


def page(title: str, *parts: str, lead: str = "") -> str:
    """A whole page; its metadata hides nothing that search needs."""
    return "\n\n".join(each for each in (NOTE + f"# {title}", lead, *parts) if each) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table whose cells may hold Markdown of one line."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(value: object) -> str:
    return re.sub(r"\s*\n\s*", " ", str(value)).replace("|", "&#124;")


def plain(text: str) -> str:
    """Text in which nothing is Markdown or HTML, but for code between backticks."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(
        each
        if each[:1] == "`"
        else re.sub(r"([\\`*_\[\]])", r"\\\1", html.escape(each, quote=False))
        for each in parts
    )


def code(text: object) -> str:
    """A word as code, in a cell, too."""
    return f"`{text}`"


def value(cell: object) -> str:
    """A value of the bank as code; null is shown as such, what is long is cut."""
    if cell is None:
        return "*null*"
    text = json.dumps(cell) if isinstance(cell, dict | list) else str(cell)
    return f"<code>{html.escape(text if len(text) <= 60 else text[:59] + '…')}</code>"


def block(text: str, language: str = "") -> str:
    """Lines of code."""
    return f"```{language}\n{text.strip()}\n```"


def folded(title: str, text: str, kind: str = "note") -> str:
    """A part that opens when it is asked for."""
    inner = "\n".join(f"    {line}".rstrip() for line in text.splitlines())
    return f'??? {kind} "{title}"\n\n{inner}'


def bullets(lines: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"- {line}" for line in lines)


def wide(text: str) -> str:
    """What may be wider than a phone and is then moved sideways."""
    return f'<div class="wide" markdown="1">\n\n{text}\n\n</div>'
