"""Takes an order and the files that were written, gives the metadata of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dhub import BANK_FORMAT, __version__
from dhub.flow.shelf import Written
from dhub.plaid.place import KIND
from dhub.plaid.report import TABLES, Seen
from dhub.plaid.request import Order

PFC_VERSION = "v2"  # of Plaid's categories


def metadata(
    order: Order, found: Seen, files: Sequence[Written], beside: Sequence[str]
) -> dict[str, Any]:
    """The metadata as JSON; the same for the same options, on any machine and on any day.

    `files` have the SHA-256 of tables and features; what else belongs to the data set and may
    differ (labels, the report, a database) is named `beside`.
    """
    run = order.run
    summed = {each.file: each.checksum for each in files if each.database != "ground_truth"}
    labels = [each.file for each in files if each.database == "ground_truth"]
    return {
        "preset": order.preset,
        "num_users": order.users,
        "seed": run.seed,
        "generation_timestamp": f"{run.last_day}T00:00:00Z",
        "counts": {name: found.rows[name] for name in TABLES},
        "date_range": {"start": run.first_day.isoformat(), "end": run.last_day.isoformat()},
        "sign": run.sign,
        "format": order.style,
        "pfc_version": PFC_VERSION,
        "files": summed,
        "beside": [*labels, *beside],
        "kind": KIND,
        "dhub_version": __version__,
        "bank_format": BANK_FORMAT,
    }
