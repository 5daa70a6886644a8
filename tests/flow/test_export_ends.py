"""How an export ends when it cannot go on: refused, disk full, interrupted, killed."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from fixtures.command import Begin, Begun, environment
from fixtures.tiny_bank import NAME, tiny_plan

from dhub.errors import Refused, UsageError
from dhub.flow import folder as folders
from dhub.flow.export import export
from dhub.flow.folder import MARKER, Folder
from dhub.flow.sinks import files
from dhub.flow.sinks.files import WriteFailed, draft_of

SMALL = ("--scale", "0.05", "--as-of", "2026-01-01")
SHARDS = {"customers": "9000", "employees": "12"}
BIG = ("--scale", "40", "--as-of", "2026-01-01")  # takes seconds


def held(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def write(folder: Path, style: str = "csv", replace: bool = False, workers: int = 1, **options):
    return export(tiny_plan(**options), folder, style, replace, workers, bank=NAME)


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A folder with a small export in it."""
    write(tmp_path / "bank", customers="100", employees="7")
    return tmp_path / "bank"


@pytest.fixture
def running(tmp_path: Path, begin: Begin) -> Begun:
    """An export of a large bank that has begun to write."""
    process = begin("export", "bank", "--format", "csv", *BIG, "--workers", "2")
    draft = draft_of(tmp_path / "bank" / "accounts_db" / "transactions.csv")
    until(lambda: draft.exists() and draft.stat().st_size > 1_000_000)
    return process


def until(happened) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_export_that_is_there_is_refused(bank):
    before = {name: (bank / name).read_bytes() for name in held(bank)}
    with pytest.raises(Refused) as refused:
        write(bank, customers="50", employees="7")
    assert str(refused.value) == (
        f"{bank} holds an export (100 customers, seed 42, as of 2026-11-01). "
        "Use --replace to write it anew."
    )
    assert {name: (bank / name).read_bytes() for name in held(bank)} == before


def test_replacing_an_export(bank):
    write(bank, "parquet", replace=True, customers="50", employees="7")
    assert held(bank) == {
        "manifest.json",
        "employees_db/clerks.parquet",
        "accounts_db/holders.parquet",
        "accounts_db/moves.parquet",
        "accounts_db/transaction_types.parquet",
    }
    assert json.loads((bank / "manifest.json").read_text())["customers"] == 50


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("name", ["notes.txt", "accounts_db/notes.txt", "mine/x.csv", "link"])
def test_what_no_export_wrote_is_refused(bank, tmp_path, name, replace):
    path = bank / name
    path.parent.mkdir(exist_ok=True)
    if name == "link":
        path.symlink_to(tmp_path, target_is_directory=True)
    else:
        path.write_text("mine")
    before = held(bank)
    with pytest.raises(Refused, match=f"holds {name}, which no export of dhub put there"):
        write(bank, replace=replace, customers="50", employees="7")
    assert held(bank) == before


@pytest.mark.parametrize("replace", [False, True])
def test_a_folder_with_other_things_is_refused(tmp_path, replace):
    for name in ("a", "b", "c", "d", "manifest.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(Refused, match="is not empty: it holds a, b, c and 2 more, and no export"):
        write(tmp_path, replace=replace, customers="50", employees="7")
    assert held(tmp_path) == {"a", "b", "c", "d", "manifest.json"}


def test_a_manifest_that_names_files_elsewhere(bank, tmp_path):
    (tmp_path / "precious").write_text("mine")
    manifest = json.loads((bank / "manifest.json").read_text())
    manifest["tables"].append({"file": "../precious"})
    (bank / "manifest.json").write_text(json.dumps(manifest))
    write(bank, replace=True, customers="50", employees="7")
    assert (tmp_path / "precious").read_text() == "mine"


def test_an_empty_folder_is_used_and_parents_are_made(tmp_path):
    (tmp_path / "empty").mkdir()
    write(tmp_path / "empty", customers="50", employees="7")
    write(tmp_path / "a" / "b" / "c", customers="50", employees="7")
    assert held(tmp_path / "empty") == held(tmp_path / "a" / "b" / "c")


def test_two_exports_at_once(tmp_path):
    first = Folder(tmp_path / "bank", ["x/y.csv"], replace=False)
    for replace in (False, True):
        with pytest.raises(Refused, match="another export is writing to"):
            write(tmp_path / "bank", replace=replace, customers="50", employees="7")
    first.leave()
    assert not (tmp_path / "bank").exists()


def test_a_marker_without_a_word(tmp_path):
    (tmp_path / MARKER).touch()
    with pytest.raises(Refused, match="holds an export that was interrupted. Use --replace"):
        write(tmp_path, customers="50", employees="7")
    write(tmp_path, replace=True, customers="50", employees="7")
    assert MARKER not in held(tmp_path)


@pytest.mark.parametrize("name", ["file", "file/bank", "x" * 300])
def test_a_path_that_can_be_no_folder(dhub, tmp_path, name):
    (tmp_path / "file").write_text("mine")
    done = dhub("export", name, "--format", "csv", *SMALL)
    assert (done.code, done.out) == (2, "")
    assert name[:20] in done.err and len(done.err.splitlines()) == 1
    assert held(tmp_path) == {"file"}


def test_a_folder_without_permission(tmp_path, monkeypatch):
    def denied(*args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "bank"))

    monkeypatch.setattr(folders.Path, "mkdir", denied)
    with pytest.raises(UsageError, match="bank: Permission denied."):
        write(tmp_path / "bank", customers="50", employees="7")


@pytest.mark.parametrize("style", ["csv", "parquet"])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_full_disk(tmp_path, monkeypatch, style, workers):
    """The draft of one file is /dev/full, which takes bytes until they are flushed."""

    def opened(path, mode):
        return open("/dev/full" if "moves" in str(path) else path, mode.replace("x", "w"))

    monkeypatch.setattr(files, "open", opened, raising=False)
    with pytest.raises(WriteFailed, match="The disk is full at .*bank; nothing of the export"):
        write(tmp_path / "bank", style, workers=workers, **SHARDS)
    assert WriteFailed.exit_code == 4
    assert not (tmp_path / "bank").exists()


@pytest.mark.parametrize("style", ["csv", "parquet"])
def test_a_file_that_may_not_grow(begin, tmp_path, style):
    """The system refuses bytes in mid-file; what is told is one line, and nothing stays."""
    (tmp_path / "bank").mkdir()
    words = ("export", "bank", "--format", style, "--scale", "1", "--as-of", "2026-01-01")
    process = begin(*words, limit=20_000)
    out, told = process.communicate(timeout=60)
    assert (process.returncode, out) == (4, "")
    assert "File too large. Nothing of the export was left" in told
    assert len(told.splitlines()) == 1
    assert list((tmp_path / "bank").iterdir()) == []


def test_killed(running, dhub, tmp_path):
    """Nothing that has its name is in parts; what is left is known, and can be replaced."""
    workers = psutil.Process(running.pid).children()
    assert len(workers) == 2
    running.send_signal(signal.SIGKILL)
    running.wait()
    psutil.wait_procs(workers, timeout=60)
    assert not any(each.is_running() for each in workers)
    left = held(tmp_path / "bank")
    assert all(name == MARKER or name.endswith(".part") for name in left)
    refused = dhub("export", "bank", "--format", "csv", *SMALL)
    assert refused.code == 3
    assert refused.err == (
        "dhub: bank holds an export that was interrupted. Use --replace to write it anew.\n"
    )
    done = dhub("export", "bank", "--format", "csv", *SMALL, "--replace")
    assert done.code == 0, done.err
    assert not any(name.endswith(".part") or name == MARKER for name in held(tmp_path / "bank"))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_interrupted_by_a_signal(running, tmp_path, number, code):
    running.send_signal(number)
    _, told = running.communicate(timeout=60)
    assert running.returncode == code
    assert "Traceback" not in told and "Exception ignored" not in told
    assert not (tmp_path / "bank").exists()


def test_a_worker_that_is_killed(running, tmp_path):
    psutil.Process(running.pid).children()[0].kill()
    _, told = running.communicate(timeout=60)
    assert running.returncode == 4
    assert told.splitlines()[-1].startswith("dhub: a worker process ended without a word")
    assert "resume" not in told
    assert not (tmp_path / "bank").exists()


def test_killed_while_files_get_their_names(tmp_path):
    """Killed between two names: those that are there are whole, and there is no manifest."""
    script = (
        "import os, signal\n"
        "from fixtures.tiny_bank import NAME, tiny_plan\n"
        "from pathlib import Path\n"
        "from dhub.flow.export import export\n"
        "from dhub.flow.sinks.files import Draft\n"
        "keep = Draft.keep\n"
        "def once(draft):\n"
        "    keep(draft)\n"
        "    if 'holders' in str(draft.path): os.kill(os.getpid(), signal.SIGKILL)\n"
        "Draft.keep = once\n"
        "plan = tiny_plan(customers='100', employees='7')\n"
        "export(plan, Path('bank'), 'csv', bank=NAME)\n"
    )
    tests = str(Path(__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment({"PYTHONPATH": tests}),
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    names = {name for name in held(tmp_path / "bank") if os.path.basename(name)[0] != "."}
    assert "accounts_db/holders.csv" in names and "manifest.json" not in names
    write(tmp_path / "whole", customers="100", employees="7")
    for name in names:
        assert (tmp_path / "bank" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    write(tmp_path / "bank", replace=True, customers="100", employees="7")
    assert held(tmp_path / "bank") == held(tmp_path / "whole")
