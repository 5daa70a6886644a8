"""`dhub plaid generate`: files that agree with each other, whoever makes them, and how it ends."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import time
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fixtures.command import Begin, Begun, command, environment
from fixtures.plaid_by_hand import features

from dhub.plaid.features import FEATURES
from dhub.plaid.generate import Generated, generate
from dhub.plaid.making import TABLES
from dhub.plaid.place import MARKER, STAGE
from dhub.plaid.request import Request, order

TODAY = date(2026, 3, 1)
USERS = 40
NAMES = [table.name for table in TABLES]
BESIDE = {"metadata.json", "validation_report.json", "ground_truth/labels.csv"}


def make(
    folder: Path, workers: str | None = None, today: date = TODAY, **options: str
) -> Generated:
    return generate(order(Request(workers=workers, **options), today), folder)


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same users in three ways."""
    root = tmp_path_factory.mktemp("plaid")
    ways = {"csv": {}, "parquet": {"style": "parquet"}, "bank": {"sign": "bank"}}
    for name, options in ways.items():
        make(root / name, users=str(USERS), **options)
    return {name: root / name for name in ways}


def held(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in held(folder)}


def document(folder: Path, name: str = "metadata.json") -> dict[str, Any]:
    return json.loads((folder / name).read_text())


def lines(folder: Path, name: str) -> list[dict[str, str]]:
    with open(folder / f"synthetic_{name}.csv", newline="") as file:
        return list(csv.DictReader(file))


def typed(column: str, kind: str, text: str) -> Any:
    """A cell of CSV as its column's values are."""
    if text == "":
        return None
    if kind.startswith("numeric"):
        return Decimal(text)
    if kind == "boolean":
        return {"true": True, "false": False}[text]
    if kind == "date":
        return date.fromisoformat(text)
    return text


def rows(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """All rows of the CSV files, typed."""
    kinds = {table.name: {c.name: c.type for c in table.columns} for table in TABLES}
    return {
        name: [
            {c: typed(c, kinds[name][c], v) for c, v in row.items()} for row in lines(folder, name)
        ]
        for name in NAMES
    }


def test_the_files(sets: dict[str, Path]) -> None:
    measures = {f"features/{table.name}.parquet" for table in FEATURES}
    for style in ("csv", "parquet"):
        tables = {f"synthetic_{name}.{style}" for name in NAMES}
        assert held(sets[style]) == tables | measures | BESIDE


def test_csv_is_utf8_with_a_head_and_no_carriage_return(sets: dict[str, Path]) -> None:
    for table in TABLES:
        data = (sets["csv"] / f"synthetic_{table.name}.csv").read_bytes()
        assert data.decode().endswith("\n") and b"\r" not in data
        assert data.split(b"\n")[0].decode() == ",".join(c.name for c in table.columns)


def test_rows_stand_by_user_date_and_id(sets: dict[str, Path]) -> None:
    found = rows(sets["csv"])
    users = [row["user_id"] for row in found["users"]]
    assert users == [f"user_{number:03}" for number in range(1, USERS + 1)]
    place = {user: number for number, user in enumerate(users)}
    keys = {
        "accounts": lambda row: (place[row["user_id"]], row["account_id"]),
        "transactions": lambda r: (place[r["user_id"]], r["date"], r["transaction_id"]),
        "liabilities": lambda row: (place[row["user_id"]], row["liability_id"]),
    }
    for name, key in keys.items():
        assert found[name] == sorted(found[name], key=key), name


def test_parquet_has_the_values_of_csv(sets: dict[str, Path]) -> None:
    for table, found in rows(sets["csv"]).items():
        held = pq.read_table(sets["parquet"] / f"synthetic_{table}.parquet")
        for number, row in enumerate(held.to_pylist()):
            row = {k: str(v) if hasattr(v, "hour") else v for k, v in row.items()}
            assert row == found[number], (table, number)


def test_instants_and_booleans_as_the_manual_says(sets: dict[str, Path]) -> None:
    for row in lines(sets["csv"], "users"):
        assert row["consent_status"] in ("true", "false")
        assert len(row["created_at"]) == len("2025-04-14 12:14:39")
        assert date.fromisoformat(row["created_at"][:10]) < date(2025, 5, 1)
        assert json.loads(row["metadata"])["customer_id"] >= 1


def test_the_banks_sign_turns_amounts_and_nothing_else(sets: dict[str, Path]) -> None:
    plaid, bank = rows(sets["csv"]), rows(sets["bank"])
    for row in plaid["transactions"]:
        row["amount"] = -row["amount"]
    assert plaid == bank
    measures = {name for name in held(sets["csv"]) if name.startswith("features/")}
    one, other = contents(sets["csv"]), contents(sets["bank"])
    assert {name: one[name] for name in measures} == {name: other[name] for name in measures}
    assert document(sets["bank"])["sign"] == "bank"


def test_features_are_what_a_second_opinion_makes_of_the_files(sets: dict[str, Path]) -> None:
    found, last = rows(sets["csv"]), date(2025, 10, 31)
    held = {row["user_id"]: of_user(found, row["user_id"]) for row in found["users"]}
    for table in FEATURES:
        measured = pq.read_table(sets["csv"] / f"features/{table.name}.parquet").to_pylist()
        assert len(measured) == 2 * USERS
        for row in measured:
            own = features(held[row["user_id"]], last, row["user_id"], row["window_days"])
            for name, value in own[table.name].items():
                near = value if value is None else pytest.approx(value, rel=1e-9, abs=1e-9)
                assert row[name] == near, (row["user_id"], row["window_days"], name)


def of_user(found: dict[str, list[dict[str, Any]]], user: str) -> dict[str, list[dict[str, Any]]]:
    return {name: [row for row in each if row["user_id"] == user] for name, each in found.items()}


def test_the_metadata(sets: dict[str, Path]) -> None:
    for style in ("csv", "parquet"):
        found, counts = document(sets[style]), {n: len(r) for n, r in rows(sets["csv"]).items()}
        assert list(found)[:10] == [
            "preset", "num_users", "seed", "generation_timestamp", "counts", "date_range", "sign",
            "format", "pfc_version", "files",
        ]  # fmt: skip
        assert (found["preset"], found["num_users"], found["seed"]) == ("everyday", USERS, 42)
        assert found["generation_timestamp"] == "2025-10-31T00:00:00Z"
        assert found["date_range"] == {"start": "2025-05-01", "end": "2025-10-31"}
        assert (found["counts"], found["sign"]) == (counts, "plaid")
        assert (found["format"], found["pfc_version"]) == (style, "v2")
        sums = {
            name: sha256((sets[style] / name).read_bytes()).hexdigest() for name in found["files"]
        }
        assert sums == found["files"]
        assert set(found["files"]) | {*found["beside"], "metadata.json"} == held(sets[style])


def test_the_report(sets: dict[str, Path]) -> None:
    found, data = document(sets["csv"], "validation_report.json"), rows(sets["csv"])
    assert found["generation_date"] == "2025-10-31"
    assert (found["preset"], found["seed"], found["user_count"]) == ("everyday", 42, USERS)
    yes = sum(row["consent_status"] for row in data["users"])
    assert found["consent_distribution"] == {"consented": yes, "not_consented": USERS - yes}
    assert found["archetype_distribution"] == {}
    assert found["transaction_count"] == len(data["transactions"])
    assert found["account_count"] == len(data["accounts"])
    assert [each["name"] for each in found["checks"]] == [
        "users_have_account", "accounts_have_user", "dates_in_range", "credit_has_liability",
        "consent_distribution", "persona_coverage", "no_business_accounts", "no_real_pii",
    ]  # fmt: skip
    assert found["validation_passed"] is True
    notes = {each["name"]: each.get("note") for each in found["checks"]}
    assert notes["consent_distribution"] == "not judged in the preset everyday"
    assert list(found["persona_coverage"]) == ["P1", "P2", "P3", "P4", "P5"]


def test_no_label_is_in_another_file(sets: dict[str, Path]) -> None:
    with open(sets["csv"] / "ground_truth/labels.csv", newline="") as file:
        labels = list(csv.DictReader(file))
    columns = ["user_id", "archetype", "edge_case", "personas", "pay_frequency", "life_event"]
    assert list(labels[0]) == columns and len(labels) == USERS
    others = {c.name for table in (*TABLES, *FEATURES) for c in table.columns}
    assert others & set(columns) == {"user_id"}


@pytest.mark.parametrize(("few", "many"), [(20, USERS), (501, 520)])
def test_fewer_users_are_a_prefix_of_more(tmp_path: Path, few: int, many: int) -> None:
    for count in (few, many):
        make(tmp_path / str(count), users=str(count))
    one, other = contents(tmp_path / str(few)), contents(tmp_path / str(many))
    tables = [name for name in one if name.endswith(".csv")]
    assert len(tables) == 5
    for name in tables:
        assert other[name].startswith(one[name]) and len(other[name]) > len(one[name]), name


@pytest.mark.parametrize(("style", "users"), [("csv", "1010"), ("parquet", "510")])
def test_workers_and_the_day_change_no_byte(tmp_path: Path, style: str, users: str) -> None:
    make(tmp_path / "one", users=users, style=style, workers="1")
    make(tmp_path / "three", users=users, style=style, workers="3", today=date(2026, 9, 9))
    assert contents(tmp_path / "one") == contents(tmp_path / "three")


def test_another_seed_is_another_data_set(tmp_path: Path, sets: dict[str, Path]) -> None:
    make(tmp_path / "x", users=str(USERS), seed="7")
    one, other = contents(sets["csv"]), contents(tmp_path / "x")
    assert not {name for name in one if one[name] == other[name]}


def test_one_user_and_a_window_of_180_days(tmp_path: Path) -> None:
    made = make(tmp_path / "x", users="1", first="2025-05-05", last="2025-10-31")
    found = rows(tmp_path / "x")
    assert len(found["users"]) == 1 and made.document["counts"]["users"] == 1
    assert {row["date"] >= date(2025, 5, 5) for row in found["transactions"]} == {True}


# The command.


def progress_alone(err: str) -> bool:
    """Whether nothing else was said: a machine that has other work takes its two seconds."""
    return all(line.startswith("Making: ") for line in err.splitlines())


def test_the_command(dhub, tmp_path: Path) -> None:
    done = dhub("plaid", "generate", "data", "--users", "12")
    assert done.code == 0 and progress_alone(done.err)
    told = done.out.splitlines()
    assert told[0] == "12 users, seed 42; preset everyday, 2025-05-01 to 2025-10-31"
    assert ["synthetic_users.csv", "12"] in [line.split()[:2] for line in told]
    assert told[-1] == "data" and max(map(len, told)) <= 80
    again = dhub(
        "plaid", "generate", "--output-dir", "data", "--num-users", "3", "--replace", "--json"
    )
    assert again.code == 0 and progress_alone(again.err)
    assert again.json == document(tmp_path / "data") and again.json["num_users"] == 3


def test_a_folder_whose_name_is_no_text(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are a name to the system, and are shown as such."""
    done = subprocess.run(
        [*command("plaid", "generate", "--users", "2"), b"da\xffta"],
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == b"da\\udcffta"
    assert (tmp_path / "da\udcffta" / "metadata.json").exists()


def test_a_data_set_that_is_there(dhub, tmp_path: Path) -> None:
    assert dhub("plaid", "generate", "data", "--users", "3").code == 0
    before = contents(tmp_path / "data")
    done = dhub("plaid", "generate", "data", "--users", "4")
    assert (done.code, done.out) == (3, "")
    assert done.err == (
        "dhub: data holds a data set (preset everyday, 3 users, seed 42, 2025-05-01 to "
        "2025-10-31). Use --replace to write it anew.\n"
    )
    assert contents(tmp_path / "data") == before


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ((), 2, "Missing argument 'DIR'"),
        (("data", "--output-dir", "other"), 2, "DIR data and --output-dir other: two folders."),
        (("data", "--users", "0"), 2, "--users 0: at least one is needed."),
        (("data", "--to", "2999-01-01"), 2, "--to 2999-01-01: lies in the future"),
        (("data", "--from", "2025-09-01", "--to", "2025-10-01"), 2, "31 days; personas are"),
        (("data", "--preset", "rich"), 2, "--preset rich: unknown; known: everyday, archetypes."),
        (("data", "--seed", "x", "--users", "y"), 2, "2 faults:"),
        (("file",), 2, "file is a file, not a folder."),
        (("full",), 3, "full is not empty: it holds notes.txt, and no data set of dhub."),
        (("full", "--replace"), 3, "full is not empty: it holds notes.txt"),
    ],
)
def test_nothing_is_made(
    dhub, tmp_path: Path, options: tuple[str, ...], code: int, message: str
) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    before = contents(tmp_path)
    done = dhub("plaid", "generate", *options)
    assert (done.code, done.out) == (code, "")
    assert message in done.err
    assert contents(tmp_path) == before and not (tmp_path / "data").exists()


@pytest.fixture
def running(tmp_path: Path, begin: Begin) -> Begun:
    """A large data set that has begun to replace a small one."""
    make(tmp_path / "data", users="3")
    options = ("data", "--users", "200000", "--replace", "--workers", "2")
    process = begin("plaid", "generate", *options)
    draft = tmp_path / "data" / STAGE / ".synthetic_transactions.csv.part"
    deadline = time.monotonic() + 60
    while not (draft.exists() and draft.stat().st_size > 1_000_000):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    return process


def kept(folder: Path) -> None:
    """The small data set is there as it was."""
    found = document(folder)
    assert found["num_users"] == 3
    for name, checksum in found["files"].items():
        assert sha256((folder / name).read_bytes()).hexdigest() == checksum


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_interrupted_by_a_signal(running, tmp_path: Path, number: int, code: int) -> None:
    running.send_signal(number)
    _, told = running.communicate(timeout=60)
    assert running.returncode == code
    assert told.splitlines()[-1] == "dhub: Interrupted. The folder is as it was before."
    assert "Traceback" not in told
    kept(tmp_path / "data")
    assert not {MARKER, STAGE} & {path.name for path in (tmp_path / "data").iterdir()}


def test_killed(running, dhub, tmp_path: Path) -> None:
    workers = psutil.Process(running.pid).children()
    running.kill()
    running.wait()
    psutil.wait_procs(workers, timeout=60)
    kept(tmp_path / "data")
    done = dhub("plaid", "generate", "data", "--users", "5", "--replace")
    assert done.code == 0, done.err
    assert document(tmp_path / "data")["num_users"] == 5
    assert not {MARKER, STAGE} & {path.name for path in (tmp_path / "data").iterdir()}


def test_a_worker_that_is_killed(running, tmp_path: Path) -> None:
    psutil.Process(running.pid).children()[0].kill()
    _, told = running.communicate(timeout=60)
    assert running.returncode == 4
    last = told.splitlines()[-1]
    assert last.startswith("dhub: a worker process ended without a word")
    assert "Nothing of the data set was left" in last
    kept(tmp_path / "data")


def test_a_file_that_may_not_grow(begin: Begin, tmp_path: Path) -> None:
    process = begin("plaid", "generate", "data", "--users", "50", limit=20_000)
    out, told = process.communicate(timeout=60)
    assert (process.returncode, out) == (4, "")
    assert "File too large. Nothing of the data set was left" in told
    assert not (tmp_path / "data").exists()


def test_arrow_schemas_say_what_may_be_null(sets: dict[str, Path]) -> None:
    for table in TABLES:
        shape = pq.read_schema(sets["parquet"] / f"synthetic_{table.name}.parquet")
        assert [each.name for each in shape] == [each.name for each in table.columns]
        assert [each.nullable for each in shape] == [each.null for each in table.columns]
        for field, column in zip(shape, table.columns, strict=True):
            if column.type.startswith("numeric"):
                assert pa.types.is_decimal(field.type)


def test_a_long_window_is_made_in_slices(tmp_path: Path) -> None:
    """Of two years some users are made at a time; nothing shows where one slice ends."""
    for users in ("23", "45"):
        make(tmp_path / users, users=users, first="2023-11-01")
    one, other = contents(tmp_path / "23"), contents(tmp_path / "45")
    for name in (name for name in one if name.endswith(".csv")):
        assert other[name].startswith(one[name]), name
    found, last = rows(tmp_path / "45"), date(2025, 10, 31)
    assert len({row["date"].year for row in found["transactions"]}) == 3
    users = [row["user_id"] for row in found["transactions"]]
    assert users == sorted(users) and len(set(users)) == 45
    for table in FEATURES:
        for row in pq.read_table(tmp_path / f"45/features/{table.name}.parquet").to_pylist()[::7]:
            user, days = row["user_id"], row["window_days"]
            own = features(of_user(found, user), last, user, days)[table.name]
            for name, value in own.items():
                near = value if value is None else pytest.approx(value, rel=1e-9, abs=1e-9)
                assert row[name] == near, (user, days, name)
