"""Takes the address of a DataHub server and a token, finds out whether it would take metadata."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from dhub.errors import UsageError

_PATIENCE = 10  # seconds


def check_server(url: str, token: str | None) -> None:
    """Raises UsageError when no DataHub answers there, or it wants another token."""
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise UsageError(f"--server {url}: must be like http://localhost:8080.")
    if not _is_service(_answer(f"{url.rstrip('/')}/config", token)):
        raise UsageError(
            f"What answers at {url} is not DataHub's metadata service.\n"
            "Its quickstart has it on port 8080; the web page is on 9002."
        )


def _is_service(answer: bytes) -> bool:
    """Whether it looks like the metadata service: the web page answers at the same path."""
    try:
        config = json.loads(answer)
    except ValueError:
        return False
    return isinstance(config, dict) and config.get("noCode") == "true"


def _answer(url: str, token: str | None) -> bytes:
    asked = urllib.request.Request(
        url, headers={"Authorization": f"Bearer {token}"} if token else {}
    )
    try:
        with urllib.request.urlopen(asked, timeout=_PATIENCE) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        if error.code in (401, 403):
            raise UsageError(
                f"{url}: DataHub refuses the token.\n"
                "Make one under Settings, Access Tokens, and set DATAHUB_GMS_TOKEN to it."
            ) from None
        raise UsageError(f"{url}: answered {error.code} {error.reason}.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise UsageError(
            f"No DataHub answers at {url}: {reason}.\n"
            "Start one with `datahub docker quickstart`, or name it with --server."
        ) from None
