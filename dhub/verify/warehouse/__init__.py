"""What a star must share with the six databases, what it must keep itself, and how people live in
it: asked of `warehouse_db` where there is one.

Questions name tables of the star and some that are made of it here, once (`TABLES`): what people
pay, by customer, and which persona a classifier takes them for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dhub.verify.model import WAREHOUSE
from dhub.verify.questions import questions
from dhub.verify.warehouse.classifier import ASKS, guesses

if TYPE_CHECKING:
    import pyarrow as pa

    from dhub.verify.sight import Sight

CHECKS = questions(WAREHOUSE, "warehouse")

_FILES = sorted((Path(__file__).parent / "tables").glob("*.sql"))
# Each with the SQL that makes it; `guesses` is what the classifier says of the answer to its own.
TABLES: Mapping[str, str] = {
    **{file.stem.partition("_")[2]: file.read_text(encoding="utf-8") for file in _FILES},
    "guesses": ASKS,
}
_NAMED = re.compile(rf"\bwarehouse_db\.({'|'.join(TABLES)})\b")


def sources(texts: Iterable[str]) -> Iterator[str]:
    """SQL texts, and behind each that of the tables made here that it names, and of theirs."""
    for text in texts:
        yield text
        yield from sources(TABLES[name] for name in _NAMED.findall(text))


def make_tables(see: Sight) -> None:
    """Make the tables of `TABLES` of what was fetched, anew where they are there.

    One whose columns are gone is not made: each question that reads it is skipped, and says so.
    """
    import duckdb

    for name, asked in TABLES.items():
        table = f"warehouse_db.{name}"
        see.duck.execute(f"DROP TABLE IF EXISTS {table}")
        try:
            if name == "guesses":
                shares = see.given(partial(_arrow, see, asked))
                see.duck.register("guessed", guesses(shares))
                see.duck.execute(f"CREATE TABLE {table} AS FROM guessed")
                see.duck.unregister("guessed")
            else:
                see.given(partial(see.duck.execute, f"CREATE TABLE {table} AS {asked}"))
        except (duckdb.BinderException, duckdb.CatalogException):
            continue


def _arrow(see: Sight, asked: str) -> pa.Table:
    return see.duck.sql(asked).to_arrow_table()
