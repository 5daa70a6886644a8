"""Checksums of an export's files: `python -m goldens` writes export_goldens.json anew.

They pin every value of a small bank in all its databases. Refresh them only when values are meant
to change, and say so in the commit.
"""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from dhub.bank import BANK
from dhub.flow.export import export
from dhub.flow.plan import Plan, make_plan
from dhub.flow.request import Request

FILE = Path(__file__).with_name("export_goldens.json")


def small_plan() -> Plan:
    """The smallest bank, as of a day that is over."""
    return make_plan(Request(scale="0.05", as_of="2026-01-01"), BANK, date(2026, 1, 1))


def checksums(manifest: dict[str, Any]) -> dict[str, str]:
    """File → rows and checksum."""
    return {each["file"]: f"{each['rows']} {each['sha256'][:16]}" for each in manifest["tables"]}


def pinned() -> dict[str, str]:
    return json.loads(FILE.read_text())


def computed() -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        return checksums(export(small_plan(), Path(folder) / "bank", "csv").document)
