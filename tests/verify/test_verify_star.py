"""What `dhub verify` asks of a star beside the six: it holds, and each question finds its fault."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import pytest
from fixtures.command import Dhub
from fixtures.server import at_database, dropped, variables
from reporting.browser import Chromium
from verifying.faults import STAR as STAR_FAULTS
from verifying.faults import Fault, misjudged
from verifying.lives import remembered
from verifying.looked import Looked, looked

from dhub.bank import BANK
from dhub.estate.connections import connect
from dhub.estate.databases import Estate
from dhub.flow import orchestrate
from dhub.flow.plan import make_plan
from dhub.flow.request import Request
from dhub.others import STAR
from dhub.verify import judge, warehouse
from dhub.verify.model import FAILED, OK, REPORTED, SECTIONS, Check, Finding, Result
from dhub.verify.report import STAR_PICTURES, page
from dhub.verify.report.reconciled import ID
from dhub.verify.run import quiet
from dhub.verify.run import verify as verified
from dhub.verify.star import with_star
from dhub.warehouse.build import build

TODAY = dt.date(2026, 11, 20)
MORE = Request(customers="20", append=True)


@pytest.fixture(scope="module", autouse=True)
def ledgers() -> Iterator[None]:
    """Ledgers are remembered: banks are seeded and built, and of one shard are small and large."""
    with remembered(2):
        yield


@contextmanager
def standing(make: Callable[[], Estate], url: str, *asked: Request) -> Iterator[Estate]:
    """A bank of these cohorts with its star."""
    made = make()
    made = replace(made, beside={"warehouse_db": at_database(url, f"star_of_{id(made)}")})
    for each in asked:
        there = orchestrate.cohorts(made) if each.append else ()
        orchestrate.seed(made, make_plan(each, BANK, TODAY, there), 1)
    build(made, 1)
    yield made
    dropped(url, made.alone("warehouse_db"))
    dropped(url, made)


def told(estate: Estate) -> dict[str, Finding]:
    """What is found in the star alone."""
    whole = with_star(estate, verified(estate, BANK, ()), SECTIONS, quiet)
    return {each.id: each for each in whole.findings}


RULES = frozenset(each.id for each in warehouse.CHECKS if each.kind == "rule")
NEEDY = frozenset(each.id for each in warehouse.CHECKS if "needs" in each.options)
# A listing and lives, each of two cohorts; the other two profiles have the same ledgers, and what
# a server adds to their rows has been asked then.
LISTING = Request(customers="160", employees="60", seed="7", as_of="2024-02-29", profile="guide")
LIVES = Request(customers="50", employees="60", seed="9", as_of="2025-03-01", profile="warehouse")
UNSERVED = (
    Request(customers="160", employees="60", seed="1", as_of="2025-05-31", profile="requirements"),
    Request(customers="30", employees="60", seed="3", as_of="2025-07-15", profile="everyday"),
)


def faulty(found: Iterable[Finding], profile: str | None) -> set[str]:
    """What does not hold; nothing of personas is to be asked where there are none."""
    status = {each.id: each.status for each in found}
    silent = set() if profile == "warehouse" else NEEDY
    return (
        {name for name, each in status.items() if each not in (OK, REPORTED)}
        | {rule for rule in RULES if status[rule] != OK}
        | {name for name in silent if status[name] != REPORTED}
    )


@pytest.fixture(scope="module")
def shown(make_migrated: Callable[[], Estate], server_url: str) -> Iterator[Result]:
    """A star of lives with the answers that its pages need."""
    with standing(make_migrated, server_url, LIVES, MORE) as estate:
        yield with_star(estate, verified(estate, BANK, ()), SECTIONS, quiet, STAR_PICTURES)


def test_a_star_of_two_cohorts_holds(
    shown: Result, make_migrated: Callable[[], Estate], server_url: str
) -> None:
    assert faulty(shown.findings, LIVES.profile) == set()
    with standing(make_migrated, server_url, LISTING, MORE) as estate:
        assert faulty(told(estate).values(), LISTING.profile) == set()


@pytest.mark.parametrize("asked", UNSERVED, ids=lambda each: each.profile)
def test_the_rows_of_a_star_hold(asked: Request) -> None:
    with looked(asked, (*BANK, *STAR)) as star:
        assert faulty(star.findings(warehouse.CHECKS), asked.profile) == set()


def looked_at(customers: str) -> AbstractContextManager[Looked]:
    asked = Request(customers=customers, employees="200", seed="42", profile="warehouse")
    return looked(asked, (*BANK, *STAR))


@pytest.fixture(scope="module")
def small() -> Iterator[Looked]:
    """A bank and its star: large enough for rules, which a single row breaks."""
    with looked_at("120") as found:
        assert failed(found.findings(answering())) == set()
        yield found


@pytest.fixture(scope="module")
def large() -> Iterator[Looked]:
    """One in which there are enough people of each persona."""
    with looked_at("700") as found:
        assert failed(found.findings(warehouse.CHECKS)) == set()
        yield found


def test_what_is_asked_in_turns_finds_the_same(
    small: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight rows are broken, in accounts of several turns."""
    check = [each for each in warehouse.CHECKS if "turns" in each.options]
    fault = next(each for each in STAR_FAULTS if each.check == "W26")
    fault = replace(fault, sql="UPDATE fact_transaction SET is_recurring = NOT is_recurring WHERE "
        "transaction_key IN (SELECT min(transaction_key) FROM fact_transaction "
        "GROUP BY account_key ORDER BY 1 LIMIT 8)")  # fmt: skip
    whole = small.spoiled(fault, check)
    assert [(each.id, each.broken, len(each.keys)) for each in whole] == [("W26", 8, 5)]
    monkeypatch.setattr(judge, "_TURN", whole[0].examined // 6)
    assert small.spoiled(fault, check) == whole


def failed(findings: Iterable[Finding]) -> set[str]:
    return {each.id for each in findings if each.status == FAILED}


def answering(*besides: str) -> list[Check]:
    """Every rule, and checks by name."""
    return [each for each in warehouse.CHECKS if each.id in RULES or each.id in besides]


@pytest.mark.parametrize("of_rules", [True, False])
def test_a_fault_is_found_by_its_check_alone(
    request: pytest.FixtureRequest, of_rules: bool
) -> None:
    """Other shares than its own may move or not, with one."""
    star: Looked = request.getfixturevalue("small" if of_rules else "large")
    faults = [each for each in STAR_FAULTS if (each.check in RULES) == of_rules]

    def found(fault: Fault) -> set[str]:
        return failed(star.spoiled(fault, answering(fault.check)))

    assert misjudged(faults, found) == []


def test_every_check_has_a_fault() -> None:
    assert {each.check for each in STAR_FAULTS} == {each.id for each in warehouse.CHECKS}


def test_one_that_is_behind_fails_and_is_asked_no_more(
    make_migrated: Callable[[], Estate], server_url: str, dhub: Dhub
) -> None:
    """By command; without a star nothing is said, and asking for it alone is wrong usage."""
    first = Request(customers="30", employees="60", seed="5", as_of="2025-10-01")
    with standing(make_migrated, server_url, first) as estate:
        env = variables(estate) | {"DHUB_WAREHOUSE_DB_URL": estate.beside["warehouse_db"]}
        whole = dhub("verify", "--only", "warehouse", "--json", env=env)
        assert (whole.code, whole.json["rows"]["warehouse_db"]["dim_customer"]) == (0, 30)
        orchestrate.seed(estate, make_plan(MORE, BANK, TODAY, orchestrate.cohorts(estate)), 1)
        behind = dhub("verify", "--only", "warehouse", "--json", env=env)
        assert (behind.code, behind.json["failed"]) == (1, ["warehouse/warehouse_db.runs"])
        assert "lacks 1 cohort" in behind.json["sections"][0]["checks"][0]["note"]
        assert dhub("verify", "--only", "warehouse", env=variables(estate)).code == 2


def test_what_is_lost_or_changed_beside_the_rows_is_found(
    make_migrated: Callable[[], Estate], server_url: str
) -> None:
    first = Request(customers="30", employees="60", seed="5", as_of="2025-10-01")
    with standing(make_migrated, server_url, first) as estate:
        with connect(estate.alone("warehouse_db"), "warehouse_db", autocommit=True) as conn:
            conn.execute("DELETE FROM fact_interaction WHERE interaction_key = "
                         "(SELECT min(interaction_key) FROM fact_interaction)")  # fmt: skip
            conn.execute("ALTER TABLE dim_account DROP CONSTRAINT fk_dim_account_customer")
            conn.execute("ALTER TABLE dim_date DROP COLUMN iso_year")
        found = told(estate)
    lost = {"warehouse_db.rows", "warehouse_db.foreign_keys", "W09"}
    assert lost <= failed(found.values())
    assert found["warehouse_db.foreign_keys"].keys == ("fk_dim_account_customer",)
    assert found["W20.days"].status == "skipped"


def test_the_report_shows_personas_and_what_reconciles(shown: Result) -> None:
    text = page(shown, shown.pictures)
    drawn = dict(re.findall(r'class="card plot" id="([^"]+)">(.*?)</figure>', text, re.DOTALL))
    assert [*drawn, ID] == list(STAR_PICTURES)
    for name, body in drawn.items():
        assert "<svg" in body and "Not drawn" not in body, name
        assert "NaN" not in body and "undefined" not in body, name
    assert len(shown.pictures["personas.asked"].rows) == 5
    table = text.partition(f'<section id="{ID}">')[2].partition("</section>")[0]
    assert {each[1] for each in shown.pictures[ID].rows} == set(range(1, 14))
    assert table.count("✓") == len(shown.pictures[ID].rows) and "✗" not in table
    assert {each.id for each in warehouse.CHECKS if re.match(r"W(0|1[0-3])", each.id)} <= set(
        re.findall(r">(W[^<]+)</a>", table)
    )


def test_a_sum_that_differs_is_told_with_the_difference(shown: Result) -> None:
    answer = shown.pictures[ID]
    rows = [(*each[:4], each[4] - 7) if each[0] == 4 else each for each in answer.rows]
    text = page(shown, {ID: replace(answer, rows=tuple(rows))})
    assert text.count('data-name="difference">-7<') == 1 and "✗" in text.partition(ID)[2]


def test_without_a_star_the_report_says_nothing_of_one(shown: Result) -> None:
    text = page(shown, {})
    assert f'id="{ID}"' not in text and 'id="personas"' not in text


def test_a_browser_shows_the_star_whole(shown: Result) -> None:
    if (found := Chromium.find()) is None:
        pytest.skip("no Chromium or Chrome is installed, so no browser draws the report")
    with found as browser:
        probe = browser.show(page(shown, shown.pictures))
    assert probe.console == []
    for each in probe.sights:
        assert each.plots >= len(STAR_PICTURES) - 1 and each.empty == []
        assert each.scroll <= each.width and each.outside == []
