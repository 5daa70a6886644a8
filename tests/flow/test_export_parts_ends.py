"""How an export in parts ends when it is killed or stopped, and how it is gone on with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from fixtures.bucket import Store
from fixtures.command import environment
from fixtures.parts import RESUME, held, named, write, write_until_killed

from dhub.errors import MachineFailed, Refused
from dhub.flow import parting
from dhub.flow.receipt import Receipt
from dhub.flow.sinks.files import name_of_draft

PARTS = 5
OPTIONS = ("--format", "parquet", "--as-of", "2026-01-01")
ONE = {"DHUB_PART_SHARDS": "1"}


def whole_parts(found: dict[str, bytes]) -> list[int]:
    return sorted(int(name[12:18]) for name in found if name.startswith("_parts/part-"))


@pytest.mark.parametrize("number", range(PARTS))
def test_a_worker_killed_in_each_part(tmp_path, parts, monkeypatch, number):
    """Before its receipt: all files of the part are there, and nobody takes them for a part."""
    receipt, driver, bank = parting.written, os.getpid(), tmp_path / "bank"

    def killed(made: Receipt) -> bytes:
        if made.part.number == number and os.getpid() != driver:
            os.kill(os.getpid(), signal.SIGKILL)
        return receipt(made)

    with monkeypatch.context() as patched:
        patched.setattr(parting, "written", killed)
        with pytest.raises(MachineFailed, match="without a word.* --resume goes on from them"):
            write(bank, workers=2)
    left = held(bank)
    assert number not in whole_parts(left) and "manifest.json" not in left
    assert {name: each for name, each in left.items() if named_so(name)}.items() <= parts.items()
    with pytest.raises(Refused, match=f"holds {len(whole_parts(left))} of 5 parts"):
        write(bank)
    write(bank, RESUME, workers=2)
    assert held(bank) == parts


def named_so(name: str) -> bool:
    """Whether a file has its name, and is no draft."""
    return name_of_draft(name) == name


def killed(place: Any, whom: str, count: int) -> int | None:
    """How an export ends of which the driver or a worker is killed at a part."""
    if not isinstance(place, Store):
        process = get_context("fork").Process(
            target=write_until_killed, args=(named(place), whom, count)
        )
        process.start()
        process.join()
        return process.exitcode
    # What a client of buckets starts survives no fork.
    code = "import sys; from fixtures.parts import write_until_killed as w; "
    code += "w(sys.argv[1], sys.argv[2], int(sys.argv[3]))"
    env = environment({**place.env, "PYTHONPATH": str(Path(__file__).parents[1])})
    words = [sys.executable, "-c", code, named(place), whom, str(count)]
    return subprocess.run(words, env=env, check=False).returncode


@pytest.mark.parametrize(
    ("place", "count"),
    [*(("disk", count) for count in range(PARTS + 1)), ("bucket", 2), ("bucket", PARTS)],
    indirect=["place"],
)
def test_the_driver_killed_between_parts(place, parts, count):
    """After so many parts, and before the manifest."""
    assert killed(place, "driver", count) == -signal.SIGKILL
    left = held(place)
    assert whole_parts(left) == list(range(count)) and "manifest.json" not in left
    assert write(named(place), RESUME).there == sum(
        json.loads(parts[f"_parts/part-{number:06d}.json"])["rows"] for number in range(count)
    )
    assert held(place) == parts


def test_a_worker_killed_over_a_bucket(store, parts):
    assert killed(store, "worker", 2) == 4
    assert {2}.isdisjoint(whole_parts(store.held()))
    assert store.held().items() <= parts.items()
    write(store.url, RESUME)
    assert store.held() == parts


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_interrupted(dhub, begin, tmp_path, number, code):
    """What is whole stays and is gone on with, or goes with all drafts when it is replaced."""
    words = ("export", "bank", *OPTIONS, "--customers", "14000", "--workers", "2")
    process = begin(*words, env=ONE)
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
    left = names(tmp_path / "bank")
    assert not [name for name in left if "_part" in name or name_of_draft(name) != name]


def names(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): b"" for path in folder.rglob("*.*")}


def until(happened: Any) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)
