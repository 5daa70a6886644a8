"""Prints what profiles.yml reads, as lines for a shell: eval "$(python env.py)"."""

from __future__ import annotations

import json
import shlex
import subprocess
from urllib.parse import parse_qs, unquote, urlsplit


def main() -> None:
    """Ask dhub for the URL of accounts_db, and take it apart."""
    asked = ["dhub", "db", "url", "-d", "accounts_db", "--json", "--show-password"]
    told = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    url = urlsplit(json.loads(told)["accounts_db"])
    more = parse_qs(url.query)
    found = {
        "HOST": url.hostname or more.get("host", ["localhost"])[0],
        "PORT": str(url.port or more.get("port", ["5432"])[0]),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "DATABASE": url.path.lstrip("/"),
    }
    for name, value in found.items():
        print(f"export BANK_{name}={shlex.quote(value)}")


if __name__ == "__main__":
    main()
