"""The wheel holds all it needs: installed into a venv of its own, dhub runs from elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest
from fixtures.command import environment

from dhub.catalog import load_catalog

REPOSITORY = Path(__file__).parents[2]
DATA = ("*.toml", "*.tsv", "*.txt", "*.npy", "*.sql", "*.css", "SHA256SUMS")

# Run by the venv's Python: where things were found, and how many of them.
_LOOK = """
import json
import dhub
from dhub.catalog import load_catalog
from dhub.draw import pools
from dhub.estate.migrate import known
from dhub.profiles.loader import SHIPPED, load_profile
from dhub.settings import BESIDE, DATABASES
from dhub.shipped import migrations_dir

print(json.dumps({
    "package": dhub.__file__,
    "migrations": str(migrations_dir()),
    "files": sorted({str(path) for name in (*DATABASES, *BESIDE) for path in known(name).values()}),
    "glossary": sorted(load_catalog().terms),
    "profiles": [load_profile(name).name for name in SHIPPED],
    "pools": pools.__file__,
}))
"""


def _run(*words: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        words, cwd=cwd, env=environment(env), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(
        sys.executable, "-m", "build", "--wheel", "--outdir", folder, REPOSITORY,
        cwd=folder, env={"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )  # fmt: skip
    (built,) = folder.glob("dhub_bank-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a venv that holds the wheel, and borrows what it depends on."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home)
    programs = home / "bin"
    # By this environment's pip: to install one there first took longer than all else.
    pip = (sys.executable, "-m", "pip", "--python", programs / "python")
    _run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=home)
    # A .pth adds this folder alone: the .pth files in it, an editable dhub among them, stay unread.
    (site,) = home.glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return programs


def test_the_wheel_holds_every_data_file(wheel: Path) -> None:
    data = [path for kind in DATA for path in (REPOSITORY / "dhub").rglob(kind)]
    expected = {path.relative_to(REPOSITORY).as_posix() for path in data}
    expected |= {
        f"dhub/{path.relative_to(REPOSITORY).as_posix()}"
        for kind in DATA
        for path in (REPOSITORY / "migrations").rglob(kind)
    }
    assert len(expected) > 20
    assert expected <= set(ZipFile(wheel).namelist())


def test_the_command_runs_from_elsewhere(installed: Path, tmp_path: Path) -> None:
    assert "Commands:" in _run(installed / "dhub", "--help", cwd=tmp_path)
    assert _run(installed / "dhub", "--version", cwd=tmp_path).startswith("dhub ")


def test_migrations_profiles_and_pools_are_the_wheels_own(installed: Path, tmp_path: Path) -> None:
    found = json.loads(_run(installed / "python", "-c", _LOOK, cwd=tmp_path))
    home = str(installed.parent)
    for key in ("package", "migrations", "pools"):
        assert found[key].startswith(home), found
    here = sorted(path.name for path in (REPOSITORY / "migrations").rglob("*.sql"))
    assert sorted(Path(name).name for name in found["files"]) == here
    assert found["glossary"] == sorted(load_catalog().terms)
    assert found["profiles"] == ["guide", "requirements", "everyday", "warehouse"]


def test_the_installed_dhub_seeds_a_bank(installed: Path, tmp_path: Path, data_dir: Path) -> None:
    env = {"DHUB_DATA_DIR": str(data_dir)}
    _run(installed / "dhub", "seed", "all", "--scale", "0.05", cwd=tmp_path, env=env)
    status = _run(installed / "dhub", "seed", "status", "--json", cwd=tmp_path, env=env)
    assert json.loads(status)["state"] == "complete"
