"""`dhub warehouse export`: what it writes, what it refuses, and that it then touches nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fixtures.command import Dhub

from dhub.cli.warehouse import DEFAULT_PROFILE

SMALL = ("--profile", "guide", "--customers", "40", "--employees", "20", "--as-of", "2026-01-01")
STAR = {
    "dim_date", "dim_customer", "dim_product", "dim_merchant", "dim_account", "fact_transaction",
    "fact_account_snapshot", "fact_interaction", "fact_loan_schedule",
}  # fmt: skip


@pytest.mark.parametrize("style", ["csv", "parquet"])
def test_nine_files_the_truth_and_a_manifest(dhub: Dhub, tmp_path: Path, style: str) -> None:
    done = dhub("warehouse", "export", str(tmp_path / "star"), "--format", style, *SMALL, "--json")
    assert done.code == 0, done.err
    found = {path.relative_to(tmp_path / "star").as_posix()
             for path in (tmp_path / "star").rglob("*") if path.is_file()}  # fmt: skip
    files = {f"{name}.{style}" for name in STAR} | {f"ground_truth/cross_sell.{style}"}
    assert found == files | {"manifest.json"}
    said = json.loads(done.out)
    kept = json.loads((tmp_path / "star" / "manifest.json").read_text())
    assert {key: said[key] for key in kept} == kept
    assert [table["file"] for table in kept["tables"][:9]] == [f"{name}.{style}" for name in (
        "dim_date", "dim_customer", "dim_product", "dim_merchant", "dim_account",
        "fact_transaction", "fact_account_snapshot", "fact_interaction", "fact_loan_schedule",
    )]  # fmt: skip
    assert len(kept["reconciliation"]) == 13


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--format", "sqlite"), "--format"),
        ((), "--format"),
        (("--format", "csv", "--customers", "0"), "--customers 0"),
        (("--format", "csv", "--append", "--customers", "5"), "--append"),
        (("--format", "csv", "--as-of", "2999-01-01"), "lies in the future"),
        (("--format", "csv", "--profile", "warehous"), "warehous"),
    ],
)
def test_wrong_usage_writes_nothing(
    dhub: Dhub, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    done = dhub("warehouse", "export", str(tmp_path / "star"), *options)
    assert (done.code, done.out) == (2, "") and said in done.err and "Traceback" not in done.err
    assert not (tmp_path / "star").exists()


def test_a_folder_with_something_else_is_left_alone(dhub: Dhub, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = dhub("warehouse", "export", str(tmp_path), "--format", "csv", *SMALL)
    assert done.code == 3 and "mine.txt" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_star_is_replaced_only_when_that_is_said(dhub: Dhub, tmp_path: Path) -> None:
    command = ("warehouse", "export", str(tmp_path), "--format", "csv", *SMALL)
    assert dhub(*command).code == 0
    before = (tmp_path / "manifest.json").read_bytes()
    assert dhub(*command, "--seed", "3").code == 3
    assert (tmp_path / "manifest.json").read_bytes() == before
    assert dhub(*command, "--seed", "3", "--replace").code == 0
    assert json.loads((tmp_path / "manifest.json").read_text())["seed"] == 3
    # An export of the six databases is another thing, and the other way round.
    assert dhub("export", str(tmp_path), "--format", "csv", *SMALL, "--replace").code == 3
    assert json.loads((tmp_path / "manifest.json").read_text())["seed"] == 3


def test_a_large_star_is_written_in_parts(dhub: Dhub, tmp_path: Path) -> None:
    star = ("warehouse", "export", str(tmp_path / "star"), "--format", "csv", *SMALL)
    star = (*star, "--customers", "2001")
    done = dhub(*star, "--json", env={"DHUB_PART_SHARDS": "1"})
    assert done.code == 0, done.err
    assert done.json["parts"]["count"] == 2
    files = sorted((tmp_path / "star" / "dim_customer").iterdir())
    assert [path.name[:12] for path in files] == ["part-000000-", "part-000001-"]
    assert "holds a warehouse export (2,001 customers" in dhub(*star).err
    refused = dhub(*star, "--replace", env={"DHUB_PART_SHARDS": "none"})
    assert refused.code == 2 and "DHUB_PART_SHARDS=none" in refused.err and files[0].exists()


def test_a_plan_touches_nothing(dhub: Dhub, tmp_path: Path) -> None:
    done = dhub("warehouse", "export", str(tmp_path / "star"), "--format", "csv", "--dry-run",
                "--json", "--customers", "40")  # fmt: skip
    assert done.code == 0 and not (tmp_path / "star").exists()
    plan = json.loads(done.out)
    assert plan["profile"] == DEFAULT_PROFILE
    assert {table["table"] for table in plan["tables"]} == {*STAR, "cross_sell"}
