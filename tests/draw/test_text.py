"""The frozen pools are what they were, fictional throughout; text is composed column by column."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from dataclasses import astuple
from importlib.metadata import version

import numpy as np
import pytest

from dhub.draw import pools, stream, text
from dhub.draw.coined import KINDS, denied
from dhub.draw.make_pools import FAKER, ascii_fold, checksum, main
from dhub.draw.text import Picked

FILES = pools.files()
KEYED = [file for file in FILES if pools.parts(file)[0] not in ("text", "city", "branch_code")
         and file not in ("departments", "job_titles", "programs")]  # fmt: skip
# The checksum of the checksums: changing it changes every estate's bytes, and needs a new version.
PINNED = "9bb81b9d174fc48558edd800ed06ac49c70b19cd1f670a755b165de28b3a4f3f"


def test_pools_are_the_committed_ones() -> None:
    sums = dict(line.split("  ")[::-1] for line in _sums().read_text().splitlines())
    found = {p.name: checksum(p) for p in pools.FOLDER.glob("*.t[sx][vt]")}
    assert found == sums
    assert checksum(_sums()) == PINNED


def _sums():
    return pools.FOLDER / "SHA256SUMS"


def test_making_the_pools_again_changes_nothing(tmp_path) -> None:
    if version("faker") != FAKER:
        pytest.skip(f"the pools come from Faker {FAKER}")
    for path in pools.FOLDER.glob("*.tsv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    main(tmp_path)
    assert (tmp_path / "SHA256SUMS").read_text() == _sums().read_text()


@pytest.mark.parametrize("file", FILES)
def test_rows_are_whole_unique_and_sorted(file: str) -> None:
    head, rows = pools._table(file)
    assert rows and len(set(rows)) == len(rows)
    assert all(len(row) == len(head) and all(cell == cell.strip() != "" for cell in row)
               for row in rows)  # fmt: skip
    if head[0] in ("key", "text"):
        assert list(rows) == sorted(rows, key="\t".join)


def test_there_is_enough_of_everything() -> None:
    least = {"first_names": 600, "last_names": 1000, "companies": 300, "streets": 500}
    for name, number in least.items():
        assert len(set(pools.pool(name))) >= number
    for file, number in {"complaints": 25, "survey_comments": 25, "review_comments": 15}.items():
        counts: Counter[str] = Counter()
        for key in pools.parts(file):
            counts[key.partition(".")[0]] += len(pools.pool(f"{file}/{key}"))
        assert min(counts.values()) >= number


def test_weights_are_whole_and_common_names_are_common() -> None:
    for name in ("first_names", "last_names"):
        weights = pools.weights(name)
        assert weights is not None and all(w >= 1 and w == int(w) for w in weights)
    last = dict(zip(pools.pool("last_names"), pools.weights("last_names") or (), strict=True))
    assert max(last, key=last.__getitem__) == "Smith"
    assert last["Smith"] > 20 * last["Yáñez"]
    assert pools.weights("companies") is None


def test_ascii_twins_are_what_mail_servers_take() -> None:
    for name in ("first_names", "last_names"):
        twins = pools.pool(f"{name}/ascii")
        assert all(re.fullmatch("[a-z]+", twin) for twin in twins)
        assert twins == tuple(map(ascii_fold, pools.pool(name)))
    assert ascii_fold("Søren O'Neill") == "sorenoneill"


@pytest.mark.parametrize("name", ["companies", "merchants", "streets"])
def test_no_name_of_a_real_company(name: str) -> None:
    assert [word for word in pools.pool(name) if denied(word)] == []
    assert denied("Target Outfitters") and not denied("Larkenwick Market")


def test_nothing_in_the_pools_can_be_reached() -> None:
    everything = "\n".join(cell for file in FILES for row in pools._table(file)[1] for cell in row)
    assert not re.search(r"\d{3}[-. ]\d{3,4}|https?:|www\.", everything)
    hosts = re.findall(r"\b[\w-]+\.(?:com|net|org|io|co|us|bank|example)\b", everything)
    assert {host for host in hosts if not host.endswith(".example")} == set(
        pools.pool("email_domains")
    )
    assert set(pools.pool("email_domains")) == {"example.com", "example.net", "example.org"}


def test_merchants_are_unique_within_their_kind_and_every_kind_is_there() -> None:
    assert set(pools.parts("merchants")) == set(KINDS)
    assert len(pools.merchants()) == len(set(map(astuple, pools.merchants())))
    assert [m.name for m in pools.merchants("utility")] == list(pools.pool("merchants/utility"))
    with pytest.raises(KeyError, match="grocery"):
        pools.merchants("casino")


# Leading digits of the postal codes of each state that has a branch.
ZIPS = {"OH": "43 44 45", "NC": "27 28", "IL": "60 61 62", "CO": "80 81", "PA": "15 16 17 18 19",
        "MN": "55 56", "GA": "30 31 39", "IN": "46 47", "OR": "97", "AZ": "85 86", "TX": "75 76 77",
        "CA": "90 91 92 93 94 95 96", "NY": "10 11 12 13 14", "FL": "32 33 34", "MA": "01 02",
        "WA": "98 99"}  # fmt: skip


def test_branches_have_towns_of_their_state() -> None:
    branches, towns = pools.branches(), pools.towns()
    assert [b.branch_code for b in branches] == [f"BR{n:03}" for n in range(1, 21)]
    assert len({b.branch_name for b in branches}) == 20
    assert {"CA", "TX", "FL", "NY"} < {b.state for b in branches[:15]}
    for branch in branches:
        around = [town for town in towns if town.branch_code == branch.branch_code]
        assert around[0].city == branch.city and len(around) >= 8
        assert branch.postal_code in around[0].postal_codes or branch.city == "New York"
        assert {town.state for town in around} == {branch.state}
        for code in {code for town in around for code in town.postal_codes}:
            assert len(code) == 5 and code[:2] in ZIPS[branch.state].split()
    assert len({(t.city, t.state) for t in towns}) == len(towns)


def test_towns_have_postal_codes_of_their_own() -> None:
    """Beside the list the pool was made from, where it is installed."""
    zipcodes = pytest.importorskip("zipcodes")
    active = (z for z in zipcodes.list_all() if z["active"])
    known = {(z["zip_code"], z["city"].lower(), z["state"]) for z in active}
    for town in pools.towns():
        assert {(code, town.city.lower(), town.state) for code in town.postal_codes} <= known
    zones = {z["zip_code"]: z["timezone"] for z in zipcodes.list_all()}
    assert all(zones[b.postal_code] == b.time_zone for b in pools.branches())


def test_departments_titles_and_programs_fit_each_other() -> None:
    departments = pools.departments()
    assert len(departments) == 12
    for cells in zip(*map(astuple, departments), strict=True):
        assert len(set(cells)) == 12
    codes = {d.department_code for d in departments}
    assert {t.department_code for t in pools.job_titles()} <= codes
    assert "Risk Analyst" in {t.job_title for t in pools.job_titles("specialist")}
    assert len({t.role for t in pools.job_titles()}) == 6
    programs = pools.programs()
    assert len({p.program_name for p in programs}) == 30
    assert all(2 <= p.duration_hours <= 40 for p in programs)
    assert [sum(p.offers_certification for p in programs[:n]) for n in (20, 30)] == [6, 9]
    assert len({p.program_type for p in programs[:15]}) == 5


def test_an_unknown_pool_is_named_with_what_there_is() -> None:
    with pytest.raises(KeyError, match="complaints"):
        pools.pool("brands")
    with pytest.raises(KeyError, match="service"):
        pools.pool("complaints/weather")


@pytest.mark.parametrize("file", KEYED)
def test_every_template_fills_without_a_brace_left(file: str) -> None:
    templates = pools.pool(file)
    wanted = {slot for template in templates for slot in text.SLOT.findall(template)}
    assert wanted <= pools.SLOTS.get(file, set())
    filled = text.fill(np.arange(len(templates)), templates, **{s: f"<{s}>" for s in wanted})
    plain = [text.SLOT.sub(lambda m: f"<{m[1]}>", template) for template in templates]
    assert filled.to_pylist() == plain
    assert not any(set(line) & set("{}") for line in plain)


def test_fill_takes_each_kind_of_part_and_keeps_the_order_of_rows() -> None:
    import pyarrow as pa

    templates = ("{a} & {b}", "nothing", "{b} {a} {b}", "{c}", "x{a}y{b}")
    filled = text.fill(
        [2, 0, -1, 1, 4, 3, 0], templates,
        a=Picked(np.arange(7), tuple("αβγδεζη")), b=np.arange(7) * 10,
        c=pa.array(["-", "-", "-", "-", "-", 'q"\\\t', "-"]), unused="u",
    )  # fmt: skip
    assert filled.to_pylist() == [
        "0 α 0", "β & 10", None, "nothing", "xεy40", 'q"\\\t', "η & 60",
    ]  # fmt: skip
    assert text.fill([], templates, a=[], b=[], c=[]).to_pylist() == []
    assert text.fill([-1], ("a",)).to_pylist() == [None]
    with pytest.raises(ValueError, match="b, c"):
        text.fill([1], templates, a="α")


def test_choose_stays_within_the_texts_of_a_key() -> None:
    keys = ("shop.card", "fee.online", "payment.ach")
    bank = pools.bank("transactions", keys)
    key = np.array([0, 1, 2, -1] * 50)
    codes = text.choose(bank, key, np.arange(200) / 200)
    there = ("shop.card", "fee", "payment.ach")
    own = [set(pools.pool(f"transactions/{name}")) for name in there]
    for k, words in enumerate(own):
        assert {bank.texts[c] for c in codes[key == k]} == words
    assert (codes[key < 0] == -1).all()


def test_join_keeps_quotes_and_accents_and_nulls() -> None:
    names = Picked(np.array([0, 1, -1, 2]), ("Zoë", "O'Brien", 'Ann "Nan"'))
    joined = text.join([names, np.array([1, 22, 3, -4]), "!"], separator="·")
    assert joined.to_pylist() == ["Zoë·1·!", "O'Brien·22·!", None, 'Ann "Nan"·-4·!']


def test_money_as_python_writes_it() -> None:
    edges = [10**n + d for n in range(14) for d in (-1, 0, 1)]
    cents = edges + stream(1, "test.money").below(np.arange(2_000), 10**9).tolist()
    assert text.money(cents).to_pylist() == [f"${c // 100:,}.{c % 100:02}" for c in cents]


def test_day_as_python_writes_it() -> None:
    dates = np.arange("1960-01-01", "2030-01-01", dtype="datetime64[D]")
    expected = [f"{text.MONTHS[d.month - 1]} {d.day}" for d in dates.tolist()]
    assert text.day(dates).to_pylist() == expected
    assert text.day(np.array(["NaT"], "datetime64[D]")).to_pylist() == [None]


def test_digits_pad_and_never_cut() -> None:
    assert text.digits([0, 42, 12345], 4).to_pylist() == ["0000", "0042", "12345"]


def test_phone_can_be_read_back() -> None:
    """A left inverse makes the mapping one to one; the format allows PHONES numbers, no more.

    Every area code and exchange with some line, every line once, and random ones.
    """
    exchanges = np.arange(64_000) * 10_000
    random = stream(1, "test.phone").below(np.arange(20_000), text.PHONES)
    index = np.concatenate([exchanges, exchanges + 9_999, np.arange(10_000), random])
    shown = text.phone(index).to_pylist()
    assert all(re.fullmatch(r"\+1 [2-9]9\d-[2-9]\d\d-\d{4}", number) for number in shown)
    parts = [(int(n[3]) - 2, int(n[5]), int(n[7:].replace("-", "")) - 2_000_000) for n in shown]
    assert [(a * 10 + b) * 8_000_000 + c for a, b, c in parts] == index.tolist()


def test_phone_refuses_what_lies_outside() -> None:
    for wrong in (-1, text.PHONES):
        with pytest.raises(ValueError, match="640000000"):
            text.phone([0, wrong])
    assert text.phone([]).to_pylist() == []


def test_email_is_unique_when_the_suffix_is() -> None:
    """One name for everybody and all styles mixed: only the suffix tells them apart."""
    rows = np.arange(20_000)
    same = np.zeros(20_000, dtype=np.int64)
    shown = text.email(same, same, rows, rows % 3, style=rows % 4).to_pylist()
    again = text.email(same, same, rows, rows % 3, attempt=1, style=rows % 4).to_pylist()
    locals_ = [address.partition("@")[0] for address in shown + again]
    assert len(set(locals_)) == 40_000
    assert all(re.fullmatch(r"[a-z._]+\d+(-1)?", word) for word in locals_)
    assert shown[:4] == ["aaron.aaron0@example.com", "aaaron1@example.net",
                         "aaron_aaron2@example.org", "aarona3@example.com"]  # fmt: skip
    assert text.email([0], [0], [-1], [0]).to_pylist() == ["aaron.aaron@example.com"]


def test_importing_the_text_modules_loads_no_arrow() -> None:
    code = "import sys, dhub.draw.text; sys.exit(len({'pyarrow', 'faker'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_part_may_be_a_function_of_the_rows_that_need_it() -> None:
    asked = []

    def ref(rows):
        asked.extend(rows.tolist())
        return rows * 10

    filled = text.fill([1, 0, -1, 1, 2], ("fee", "ref {ref}", "{who}"), who="Ann", ref=ref)
    assert filled.to_pylist() == ["ref 0", "fee", None, "ref 30", "Ann"]
    assert asked == [0, 3]
