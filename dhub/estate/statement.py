"""Takes the SQL of `db query`, gives its first word, or refuses what is not one question.

This is courtesy, not the wall: a refusal in plain words. What keeps data and server safe is that
the role dhub_reader has no right to anything else.
"""

from __future__ import annotations

import re

from dhub.errors import Refused, UsageError

# Comments (nested ones by hand), quoted names and strings, dollar strings; then what separates.
_TOKEN = re.compile(
    r"""--[^\n]*
    | /\*
    | [eE]'(?:[^'\\]|\\.|'')*'
    | '(?:[^']|'')*'
    | "(?:[^"]|"")*"
    | \$(?P<tag>[A-Za-z_\x80-\uffff][\w]*)?\$.*?\$(?(tag)(?P=tag))\$
    | [A-Za-z_\x80-\uffff][\w$]*
    | ;
    | [^\s;]""",
    re.VERBOSE | re.DOTALL,
)

CURSOR_WORDS = ("select", "with", "values", "table", "(")
_OTHER_WORDS = """
abort alter analyse analyze begin call checkpoint close cluster comment commit copy create
deallocate declare delete discard do drop end execute fetch grant import insert listen load lock
merge move notify prepare reassign refresh reindex release repack reset revoke rollback savepoint
security set start truncate unlisten update vacuum wait
"""
_OTHER = frozenset(_OTHER_WORDS.split())


# Functions of everybody's that write, and whose traces a read-only transaction does not prevent
# (before PostgreSQL 16), or whose end does not undo them.
_WRITING = re.compile(
    r"lo_(creat|create|from_bytea|import|export|put|truncate|truncate64|unlink)|lowrite"
    r"|pg_logical_emit_message"
)


def first_word(query: str) -> str:
    """The word that the only statement begins with, in lower case.

    Raises Refused for anything but reading, UsageError for several statements or none.
    """
    try:
        query.encode()
    except UnicodeEncodeError:
        raise UsageError("The query is not valid UTF-8.") from None
    if "\0" in query:
        raise UsageError("The query holds a zero byte, which no SQL may.")
    words, functions = _words(query)
    if not words:
        raise UsageError("The query is empty. Give one SELECT statement.")
    if found := next((word for word in words if word in _OTHER), None):
        raise Refused(
            f"db query only reads: {found.upper()} is refused. Use a client of your own to write."
        )
    if functions:
        raise Refused(
            f"db query only reads: {functions[0]} writes. Use a client of your own to write."
        )
    if len(words) > 1:
        raise UsageError("db query takes one statement at a time; this text has several.")
    return words[0]


def _words(query: str) -> tuple[list[str], list[str]]:
    """The first word of each statement, and the functions called that write."""
    words: list[str] = []
    functions: list[str] = []
    fresh, at, before = True, 0, ""
    while found := _TOKEN.search(query, at):
        token, at = found.group(), found.end()
        if token == "/*":
            at = _after_comment(query, at)
            continue
        if token.startswith("--"):
            continue
        if token == "(" and _WRITING.fullmatch(before):
            functions.append(before)
        if token == ";":
            fresh = True
        elif fresh:
            words.append(token.lower())
            fresh = False
        # Quoted, a name is meant as it is written.
        before = token[1:-1] if token.startswith('"') else token.lower()
    return words, functions


def _after_comment(query: str, at: int) -> int:
    depth = 1
    for found in re.compile(r"/\*|\*/").finditer(query, at):
        depth += 1 if found.group() == "/*" else -1
        if depth == 0:
            return found.end()
    return len(query)
