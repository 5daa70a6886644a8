"""`dhub plaid validate` and `load` as commands: what they print, how they end, what they take."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.command import Dhub
from fixtures.plaid import FILES, RIGHT, put, with_cell, written

ROWS = {"users": 3, "accounts": 4, "transactions": 4, "liabilities": 2}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "set")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "out.db"


def test_validate_says_what_it_found(dhub: Dhub, folder: Path) -> None:
    done = dhub("plaid", "validate", str(folder))
    assert (done.code, done.out, done.err) == (
        0, "No fault in 3 users, 4 accounts, 4 transactions, 2 liabilities.\n", "",
    )  # fmt: skip
    put(folder / FILES["users"], with_cell("users", 1, "email", "x"))
    done = dhub("plaid", "validate", str(folder))
    assert (done.code, done.out, done.err) == (
        1,
        "synthetic_users.csv:2: email: bad_email: x is no e-mail address\n",
        "dhub: 1 fault in 1 file.\n",
    )


def test_json_is_one_document(dhub: Dhub, folder: Path) -> None:
    done = dhub("plaid", "validate", str(folder), "--json")
    assert (done.code, done.json) == (0, {"valid": True, "faults": [], "rows": ROWS})
    (folder / FILES["users"]).unlink()
    put(folder / FILES["liabilities"], with_cell("liabilities", 1, "is_overdue", "x"))
    done = dhub("plaid", "validate", str(folder), "--json")
    assert done.code == 1 and done.err == ""
    assert done.json["valid"] is False
    assert [tuple(each.values())[:4] for each in done.json["faults"]] == [
        ("synthetic_users.csv", 0, "", "missing_file"),
        ("synthetic_liabilities.csv", 2, "is_overdue", "bad_boolean"),
    ]  # fmt: skip
    assert done.json["faults"][0].keys() == {"file", "line", "column", "code", "message"}


@pytest.mark.parametrize("path", ["nowhere", "/dev/null", ""])
def test_no_such_path_is_wrong_usage(dhub: Dhub, path: str) -> None:
    done = dhub("plaid", "validate", path)
    assert done.code == 2 and done.out == "" and done.err.startswith("dhub: ")


def test_load_tells_the_rows(dhub: Dhub, folder: Path, database: Path) -> None:
    words = ("plaid", "load", str(folder), "--into", str(database))
    done = dhub(*words)
    assert done.code == 0 and done.out.startswith("users: 3 rows\naccounts: 4 rows\n")
    assert dhub(*words).code == 3
    done = dhub(*words, "--replace", "--json")
    assert (done.code, done.json["rows"], done.json["database"]) == (0, ROWS, str(database))


def test_load_of_faulty_files_tells_them_and_makes_nothing(
    dhub: Dhub, folder: Path, database: Path
) -> None:
    put(folder / FILES["users"], with_cell("users", 1, "email", "x"))
    put(folder / FILES["accounts"], with_cell("accounts", 1, "account_type", "x"))
    listed = dhub("plaid", "validate", str(folder))
    done = dhub("plaid", "load", str(folder), "--into", str(database))
    assert (done.code, done.out, done.err) == (1, listed.out, listed.err)
    assert not database.exists()
    assert dhub("plaid", "load", str(folder / FILES["users"]), "--into", str(database)).code == 2


# VmHWM, since ru_maxrss of a process that was just made is that of its parent.
_PEAK = """
import sys
from collections import Counter
from pathlib import Path
from dhub.plaid.check import data_set, faults_of, keys
keys._CACHE = 2048
count = sum(1 for _ in faults_of(data_set(Path(sys.argv[1])), Counter()))
peak = open("/proc/self/status").read().split("VmHWM:")[1].split()[0]
print(count, int(peak) / 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs the peak in /proc")
def test_memory_does_not_grow_with_the_file(folder: Path) -> None:
    """Rows, keys, references and faults of 40,000 rows and of ten times as many."""
    peaks = []
    for number in (40_000, 400_000):
        good = RIGHT["transactions"].splitlines()
        with open(folder / FILES["transactions"], "w") as file:
            file.write(good[0] + "\n")
            for k in range(number):
                row = good[1].split(",", 1)[1]
                file.write(f"txn_{k},{row if k % 4 else row.replace('45.10', '?')}\n")
        words = [sys.executable, "-c", _PEAK, str(folder)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        count, peak = done.stdout.split()
        assert int(count) == number // 4
        peaks.append(float(peak))
    assert peaks[1] - peaks[0] < 16, peaks
