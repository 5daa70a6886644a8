"""How an export in parts ends when it is killed or stopped, and how it is gone on with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from fixtures.bucket import Store
from fixtures.command import command, environment
from fixtures.parts import RESUME, held, named, write

from dhub.errors import Refused
from dhub.flow import parting
from dhub.flow.crew import Gone
from dhub.flow.receipt import Receipt
from dhub.flow.sinks.files import name_of_draft

PARTS = 5
OPTIONS = ("--format", "parquet", "--as-of", "2026-01-01")
ONE = {"DHUB_PART_SHARDS": "1"}


@pytest.fixture(scope="module")
def parts(tmp_path_factory) -> dict[str, bytes]:
    """The bank in parts of one shard, which nothing disturbed."""
    folder = tmp_path_factory.mktemp("parts") / "bank"
    write(folder)
    return held(folder)


@pytest.fixture(params=["disk", "bucket"])
def place(request, tmp_path) -> Any:
    return tmp_path / "bank" if request.param == "disk" else request.getfixturevalue("store")


def whole_parts(found: dict[str, bytes]) -> list[int]:
    return sorted(int(name[12:18]) for name in found if name.startswith("_parts/part-"))


@pytest.mark.parametrize("number", range(PARTS))
def test_a_worker_killed_in_each_part(place, parts, monkeypatch, number):
    """Before its receipt: all files of the part are there, and nobody takes them for a part."""
    receipt, driver = parting.written, os.getpid()

    def killed(made: Receipt) -> bytes:
        if made.part.number == number and os.getpid() != driver:
            os.kill(os.getpid(), signal.SIGKILL)
        return receipt(made)

    with monkeypatch.context() as patched:
        patched.setattr(parting, "written", killed)
        with pytest.raises(Gone, match="parts that are whole stay, and --resume goes on from them"):
            write(named(place), workers=2)
    left = held(place)
    assert number not in whole_parts(left) and "manifest.json" not in left
    named_files = {name: data for name, data in left.items() if name_of_draft(name) == name}
    assert named_files.items() <= parts.items()
    with pytest.raises(Refused, match=f"holds {len(whole_parts(left))} of 5 parts"):
        write(named(place))
    write(named(place), RESUME, workers=2)
    assert held(place) == parts


@pytest.mark.parametrize(
    ("place", "count"),
    [*(("disk", count) for count in range(PARTS + 1)), ("bucket", 2), ("bucket", PARTS)],
    indirect=["place"],
)
def test_the_driver_killed_between_parts(place, parts, count):
    """After so many parts, and before the manifest."""
    script = (
        "import os, signal, sys\n"
        "from fixtures.parts import write\n"
        "from dhub.flow.parting import Parting\n"
        "from dhub.flow import partwise\n"
        "done, written = [], Parting._written\n"
        "def killed(*arguments):\n"
        f"    if len(done) == {count}: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    done.append(written(*arguments))\n"
        "Parting._written = killed\n"
        "partwise.manifest = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n"
        "write(sys.argv[1])\n"
    )
    env = place.env if isinstance(place, Store) else {}
    done = subprocess.run(
        [sys.executable, "-c", script, named(place)],
        env=environment({**env, "PYTHONPATH": str(Path(__file__).parents[1])}),
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    left = held(place)
    assert whole_parts(left) == list(range(count)) and "manifest.json" not in left
    assert write(named(place), RESUME).there == sum(
        json.loads(parts[f"_parts/part-{number:06d}.json"])["rows"] for number in range(count)
    )
    assert held(place) == parts


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_interrupted(dhub, tmp_path, number, code):
    """What is whole stays and is gone on with; of the rest nothing is left, not even a draft."""
    words = ("export", "bank", *OPTIONS, "--customers", "14000", "--workers", "2")
    process = subprocess.Popen(
        command(*words), env=environment(ONE), cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    until(lambda: len(whole_parts(names(tmp_path / "bank"))) > 1)
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert process.returncode == code
    assert told.splitlines()[-1] == (
        "dhub: Interrupted. The parts that are whole stay; run it again with --resume to go on."
    )
    left = whole_parts(names(tmp_path / "bank"))
    assert 1 < len(left) < 7 and "manifest.json" not in names(tmp_path / "bank")
    refused = dhub(*words, env=ONE, cwd=tmp_path)
    assert (refused.code, refused.err) == (
        3,
        f"dhub: bank holds {len(left)} of 7 parts of this export. "
        "Use --resume to go on, or --replace to write it anew.\n",
    )
    replaced = ("export", "bank", *OPTIONS, "--customers", "100", "--replace")
    assert dhub(*replaced, cwd=tmp_path).code == 0
    assert not [name for name in names(tmp_path / "bank") if "_part" in name]


def names(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): b"" for path in folder.rglob("*.*")}


def until(happened: Any) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)
