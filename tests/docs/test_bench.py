"""What `make bench` prints and writes, of figures made up; the measuring itself is no test."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.bench import Results
from benchmarks.costs import Cost, cost, middle, peak
from benchmarks.page import table, write
from benchmarks.restoring import Pair

GUIDE = Pair("guide", "18.4", 1000, Cost(6.0, 7.0, 5.0), Cost(4.0, 1.0, 7.0), Cost(3.0, 1.0, 8.0))
ELSEWHERE = Pair("the server given", "15.18 (Debian)", 1000, Cost(8, 7), Cost(4, 1), Cost(2, 1))
OPTIONS = argparse.Namespace(scale=20.0, everyday=4.0, runs=3)
FOUND = Results(
    24_000, (GUIDE, ELSEWHERE), 60.0, 300, Cost(2.5, 3.0), Cost(2.0, 2.5), Cost(5.0, 4.5, 0.5),
    Cost(1.0, 2.0),
    {"seed all": 232_000_000},
)  # fmt: skip


def test_ratios_stand_both_ways_about() -> None:
    told = table(OPTIONS, FOUND)
    lines = {line.split("  ")[0]: line.split() for line in told.splitlines()}
    assert lines["its restore, six at once"][-2:] == ["1.00", "0.25"]  # no server is seen there
    assert "dhub / restore, guide: 1.50; six at once: 2.00; in processor seconds 1.50." in told
    assert "dhub / restore, the server given: 2.00; six at once: 4.00." in told
    assert lines["seed all, the server given, PostgreSQL 15.18"][-3:] == ["125", "7.00", "1.00"]
    assert lines["Faker + executemany, three tables (*)"][-2:] == ["5", "10.00"]
    assert "seed all 232 MB" in told


def test_the_page_keeps_what_is_around_the_figures(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    mark = "<!-- measured: `make bench` with --page wrote what follows -->"
    page.write_text(f"before\n{mark}\nold\n<!-- /measured -->\nafter\n", encoding="utf-8")
    for _ in range(2):
        write(page, OPTIONS, FOUND)
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{mark}\n") and text.endswith("<!-- /measured -->\nafter\n")
    assert text.count("| its restore, one by one |") == 2 and "\nold\n" not in text
    page.write_text("no marks", encoding="utf-8")
    with pytest.raises(SystemExit, match="has not the marks"):
        write(page, OPTIONS, FOUND)


def test_the_page_of_the_manual_has_the_marks(tmp_path: Path) -> None:
    manual = Path(__file__).parents[2] / "docs/explanation/performance.md"
    page = tmp_path / "page.md"
    page.write_text(manual.read_text(encoding="utf-8"), encoding="utf-8")
    write(page, OPTIONS, FOUND)
    assert "What a fair critic would say" in page.read_text(encoding="utf-8")


def test_what_children_burn_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.costs._REST", 0.0)
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    found = cost(None, lambda: subprocess.run([sys.executable, "-c", busy], check=True))
    assert 0.3 <= found.client <= found.seconds + 0.1 and found.burnt is None
    assert middle([found, Cost(0, 0), Cost(1e9, 1e9)]) == found


def test_the_peak_is_that_of_the_command() -> None:
    large = "held = bytearray(150_000_000); import time; time.sleep(0.6)"
    assert 150e6 < peak([sys.executable, "-c", large], {}) < 250e6
