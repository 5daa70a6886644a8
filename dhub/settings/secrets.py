"""Takes the passwords that this process was given, gives texts without them.

By their values, in each spelling in which something may print them: a pattern that looks for what
a password might look like finds only those it was made for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from dhub.settings.urls import is_secret, parts_of

MASK = "***"

_known: set[str] = set()
_pattern: re.Pattern[str] | None = None


def forget() -> None:
    """Know no secret any more."""
    _known.clear()
    _compile()


def remember(secrets: Iterable[str | None], plain: Iterable[str] = ()) -> None:
    """Hide these from now on; what is said in `plain` anyway (a user's name) is no secret."""
    told = {"postgres", "dhub", *plain}
    for secret in secrets:
        if secret and secret not in told:
            _known.update(_spellings(secret))
    _compile()


def remember_url(url: str) -> None:
    """Hide the passwords of a connection URL, as it spells them and as they are."""
    parts = parts_of(url)
    plain = [value for name, value in parts.items() if not is_secret(name)]
    hidden = [value for name, value in parts.items() if is_secret(name)]
    remember(hidden, plain)
    spelled = re.findall(r"://[^:@/?]*:([^@/?]*)@|password=([^&]*)", url) if hidden else []
    remember((each for pair in spelled for each in pair), plain)


def masked(text: str) -> str:
    """The text with *** in place of every secret."""
    return _pattern.sub(MASK, text) if _pattern else text


def _compile() -> None:
    global _pattern
    # The longest first: one may be part of another. A short one is hidden where it stands alone,
    # since "a" or "12" is part of any message.
    words = sorted(_known, key=lambda each: (-len(each), each))
    _pattern = re.compile("|".join(map(_as_pattern, words))) if words else None


def _as_pattern(secret: str) -> str:
    escaped = re.escape(secret)
    return escaped if len(secret) >= 6 else rf"(?<!\w){escaped}(?!\w)"


def _spellings(secret: str) -> set[str]:
    """As it is, in a URL, in a literal of Python, of JSON and of libpq."""
    text = secret.encode(errors="surrogateescape").decode(errors="replace")
    return {
        secret,
        quote(text, safe=""),
        quote(text),
        quote_plus(text),
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        re.sub(r"([\\'])", r"\\\1", secret),
    }
