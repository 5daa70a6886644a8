"""The same star whoever makes it: any number of workers, and a part of a larger one."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from warehouse.questions import KEYS
from warehouse.test_star import planned

from dhub.warehouse.export import export

FEW, MANY = "2147", "2260"  # customers: the second shard is cut at different ones
RUN = ("8", "2025-04-15")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("same")
    export(planned("guide", FEW, *RUN), root / "few", "parquet", workers=1)
    export(planned("guide", MANY, *RUN), root / "many", "parquet", workers=2)
    return root


def test_workers_change_no_byte(both: Path, tmp_path: Path) -> None:
    export(planned("guide", FEW, *RUN), tmp_path / "two", "parquet", workers=2)
    for path in both.glob("few/**/*.*"):
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(both / "few")).read_bytes()


@pytest.mark.parametrize("table", KEYS)
def test_fewer_customers_are_a_part_of_more(both: Path, table: str) -> None:
    """But for transfers whose other end is a customer beyond the last."""
    few, many = (f"'{both}/{which}/{table}.parquet'" for which in ("few", "many"))
    mine = f"SELECT * FROM {many}"
    if table not in ("dim_date", "dim_product", "dim_merchant"):
        mine += f" WHERE customer_key <= {FEW}"
    torn = ""
    if table == "fact_transaction":
        links = f"SELECT transaction_key, customer_key FROM {many}"
        torn = (
            f" WHERE transaction_key NOT IN (SELECT a.transaction_key FROM {many} a JOIN ({links})"
            " b ON a.linked_transaction_key = b.transaction_key"
            f" WHERE a.customer_key <= {FEW} AND b.customer_key > {FEW})"
        )
    one, other = f"SELECT * FROM {few}{torn}", f"SELECT * FROM ({mine}){torn}"
    differ = f"(({one}) EXCEPT ALL ({other})) UNION ALL (({other}) EXCEPT ALL ({one}))"
    assert duckdb.sql(differ).fetchall() == []
    assert duckdb.sql(f"SELECT count(*) FROM {few}").fetchall()[0][0] > 0


def test_a_torn_transfer_names_nobody(both: Path) -> None:
    many, few = (f"'{both}/{which}/fact_transaction.parquet'" for which in ("many", "few"))
    torn = duckdb.sql(
        f"SELECT f.counterparty_name, f.linked_transaction_key FROM {few} f "
        f"JOIN {many} m USING (transaction_key) WHERE m.linked_transaction_key IS NOT NULL "
        "AND f.linked_transaction_key IS NULL"
    ).fetchall()
    assert torn and set(torn) == {(None, None)}
