"""Takes a finished export of Parquet files, gives its tables to a catalog or a log: metadata alone.

No file is written anew: what another writer made of it would have other bytes.
"""

from __future__ import annotations

from dhub.errors import DhubError
from dhub.flow.registration import Registration
from dhub.flow.shelf import Written
from dhub.flow.sinks.files import WriteFailed
from dhub.flow.storage import Storage


def register(kind: str, storage: Storage, files: tuple[Written, ...]) -> str:
    """Register every table; gives where it is known, in a few words.

    Raises Refused when a table of that name is known already and is another one, WriteFailed when
    the catalog fails.
    """
    what = Registration(storage, files)
    try:
        return _registered(kind, what)
    except (DhubError, ImportError):
        raise
    except Exception as error:  # of catalogs there are many, and of their errors no common family
        said = (str(error).splitlines() or [type(error).__name__])[0][:200].rstrip(".")
        raise WriteFailed(
            f"All files are there, but not their tables: {said}.\n"
            f"Run it again with --finish --register {kind}."
        ) from error


def _registered(kind: str, what: Registration) -> str:
    if kind == "iceberg":
        from dhub.flow.iceberg import register_iceberg

        return register_iceberg(what)
    from dhub.flow.delta import register_delta

    return register_delta(what)
