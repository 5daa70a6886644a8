"""compliance_db row by row: what a banking expert would check (G01-G09, G11, G13-G16)."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from bank import DAY, PROFILES, SEEDS, Books, at, given, in_post, months, plain, tables
from bank import day_of as days
from bank import run as a_run
from lite import takes
from together import Together

from dhub.domains.compliance import DOMAIN
from dhub.domains.compliance.values import SETTINGS
from dhub.draw import pools
from dhub.model import Run, Shard
from dhub.world.accounts import accounts
from dhub.world.calendar import is_business
from dhub.world.companies import company_names
from dhub.world.cover import policies
from dhub.world.credit import loans
from dhub.world.names import names
from dhub.world.opening import is_open
from dhub.world.org import CMP, FIN, RSK, org, seniors
from dhub.world.people import EXPIRED, PENDING, VERIFIED
from dhub.world.staff import COMPLIANCE_OFFICER as OFFICER

bank = partial(tables, DOMAIN)
SQL = Path(__file__).parents[2] / "migrations/compliance_db"
REPORTS = next(table for table in DOMAIN.tables if table.name == "regulatory_reports")
INWARD = ("deposit", "transfer_in")
RUNS = [
    *(pytest.param(a_run(s, p), id=f"{p}-{s}") for p in PROFILES for s in SEEDS),
    pytest.param(a_run(5, "guide", employees=7), id="guide-7"),
    pytest.param(a_run(6, "requirements", employees=15), id="requirements-15"),
    pytest.param(a_run(7, "guide", as_of=date(2024, 2, 29)), id="leap-day"),
    pytest.param(a_run(8, "requirements", as_of=date(2027, 1, 1)), id="new-year"),
]
each_run = Together("run", RUNS)
test_every_run_keeps_the_rules = each_run.test()


@each_run
def test_constraints_of_the_migration(run: Run) -> None:
    """The migration's tables in SQLite, with every check, key and reference it declares."""
    assert {table.phase for table in DOMAIN.tables} == {7}
    rows = bank(run)
    counts = {table.name: len(rows[table.name][table.key]) for table in DOMAIN.tables}
    assert takes(SQL, DOMAIN, rows) == counts


@each_run
def test_identity_checks_agree_with_status_and_risk(run: Run) -> None:
    """G01-G05: one record a customer, dates as the status says, reviews as the risk says."""
    rows, books = bank(run)["kyc_records"], Books(run)
    who = books.who
    assert (rows["customer_id"] == who.customer_id).all()
    pending, verified, expired = (who.kyc == code for code in (PENDING, VERIFIED, EXPIRED))
    assert (rows["kyc_status"][expired] == "expired").all()
    done, expiry = rows["verification_date"], rows["expiry_date"]
    review = rows["next_review_date"]
    assert (np.isnat(done) == pending).all() and (given(rows["verified_by"]) == ~pending).all()
    assert (expiry[verified] >= run.today).all() and (expiry[expired] < run.today).all()
    young = (run.today - who.onboarding_date).astype(int) < 60
    assert (young | (who.account_count == 0))[pending].all()
    some = ~pending
    assert (done >= who.onboarding_date)[some].all() and (done < run.today)[some].all()
    late = (run.today - review).astype(int)[verified]
    assert late.max() <= 90 and (late > 0).mean() < 0.05
    for risk, most in ((0, 36), (1, 24), (2, 12)):
        rated = some & (who.risk == risk)
        assert (review <= months(done, most))[rated].all()
        assert (review >= months(done, 12))[rated].all()
    assert (expiry >= months(done, 12))[some].all() and (expiry <= months(done, 120))[some].all()
    in_post(run, rows["verified_by"][some], done[some], OFFICER)
    _frozen_after_expiry(run, expired, expiry)


def _frozen_after_expiry(run: Run, expired: np.ndarray, expiry: np.ndarray) -> None:
    """An account freezes on or after the expiry, unless the first check was a year young then."""
    a, joined = accounts(Shard(run, 1)), Books(run).who.onboarding_date
    mine = expired[a.owner]
    early = expiry[a.owner] > a.last_day
    assert not (mine & early & (expiry[a.owner] > months(joined, 12)[a.owner])).any()
    assert (mine & early).sum() <= 3


@each_run
def test_document_numbers_fit_their_type(run: Run) -> None:
    rows = bank(run)["kyc_records"]
    patterns = {
        "passport": r"[A-Z]\d{8}",
        "drivers_license": r"[A-Z]\d{3}-\d{3}-\d{3}",
        "national_id": r"ID\d{9}",
    }
    for kind, number in zip(rows["document_type"], rows["document_number"], strict=True):
        assert re.fullmatch(patterns[kind], number)
    assert len(set(rows["document_number"])) == len(rows["document_number"])


@each_run
def test_everybody_is_screened_before_money_moves(run: Run) -> None:
    """G06 and the half that is checked again."""
    rows, books = bank(run)["aml_checks"], Books(run)
    who = books.who
    owner, when = books.customer(rows["customer_id"]), rows["check_date"]
    screening = rows["check_type"] != "transaction_monitoring"
    first = np.full(2000, np.datetime64("9999-01-01", "us"))
    np.minimum.at(first, owner[screening], when[screening])
    wait = days(first) - who.onboarding_date
    assert (first > who.created_at).all() and (wait <= 30 * DAY).all()
    moved = books.moved
    assert (moved["transaction_date"] >= first[books.customer(moved["customer_id"])]).all()
    assert (when < run.today).all()
    again = screening & (when > first[owner])
    assert (when[again] - first[owner[again]] > np.timedelta64(60, "D")).all()
    assert not (days(when[again]) >= who.ended[owner[again]]).any()
    assert abs(len(set(owner[again])) - 1000) <= 1


@each_run
def test_every_large_transaction_is_monitored(run: Run) -> None:
    """G07: each one above 10,000 in its currency, by its owner's check, within two days; others
    only where they pass it with more of their owner within a month."""
    rows, moved = bank(run)["aml_checks"], Books(run).moved
    watched = rows["check_type"] == "transaction_monitoring"
    assert (given(rows["transaction_id"]) == watched).all()
    named = rows["transaction_id"][watched].astype(np.int64)
    large = moved["transaction_id"][moved["amount"] > 1_000_000]
    assert set(large) <= set(named) and len(set(named)) == len(named) and len(large) > 100
    assert named.dtype == large.dtype and abs(watched.mean() - 0.1) < 0.015
    for key in set(named) - set(large):
        _passes_with_others(moved, int(np.flatnonzero(moved["transaction_id"] == key)[0]))
    keys = moved["transaction_id"]
    came = at(keys, moved["transaction_date"], named)
    when = rows["check_date"][watched]
    assert (when >= came).all() and (days(when) - days(came) <= 2 * DAY).all()
    assert (at(keys, moved["customer_id"], named) == rows["customer_id"][watched]).all()


def _passes_with_others(moved: dict, row: int) -> None:
    near = np.abs(moved["transaction_date"] - moved["transaction_date"][row]) <= 30 * DAY
    mine = near & (moved["customer_id"] == moved["customer_id"][row])
    inward = np.isin(moved["transaction_type"], INWARD)
    mine &= (moved["amount"] <= 1_000_000) & (inward == inward[row])
    mine &= np.isin(moved["transaction_type"], (*INWARD, "withdrawal", "transfer_out"))
    assert mine.sum() > 1 and moved["amount"][mine].sum() > 1_000_000


@each_run
def test_screenings_name_their_list_and_the_nearest_match(run: Run) -> None:
    rows = bank(run)["aml_checks"]
    screening = rows["check_type"] != "transaction_monitoring"
    assert (given(rows["list_name"]) == screening).all()
    assert (given(rows["match_score"]) == screening).all()
    score, flag = rows["match_score"][screening].astype(int), rows["aml_flag"][screening]
    assert ((score >= 80) == flag).all() and score.min() >= 0 and score.max() <= 100
    level = rows["risk_level"][screening]
    means = [score[level == name].mean() for name in ("low", "medium", "high")]
    assert means == sorted(means)
    political = set(rows["list_name"][rows["check_type"] == "pep_screening"])
    assert political == {"Foreign PEP Register", "Domestic Officials Register"}
    sanctions = set(rows["list_name"][rows["check_type"] == "sanctions"])
    assert all(name.split()[0] in ("OFAC", "UN") for name in sanctions)


@each_run
def test_findings_have_a_level_and_a_reviewer(run: Run) -> None:
    """G08."""
    rows = bank(run)["aml_checks"]
    flag = rows["aml_flag"]
    assert (given(rows["risk_level"]) == flag).all() and (given(rows["reviewed_by"]) == flag).all()
    in_post(run, rows["reviewed_by"][flag], days(rows["check_date"][flag]), OFFICER)


@each_run
def test_reports_follow_from_grave_findings(run: Run) -> None:
    """G09, G11, G13: of the same customer, in time, and nobody of low risk."""
    db, books = bank(run), Books(run)
    rows, checks = db["suspicious_activity_reports"], db["aml_checks"]
    found = {name: at(checks["check_id"], checks[name], rows["check_id"]) for name in checks}
    assert (found["customer_id"] == rows["customer_id"]).all() and found["aml_flag"].all()
    assert set(found["risk_level"]) <= {"medium", "high"}
    assert len(set(rows["check_id"])) == len(rows["check_id"])
    filed = np.isin(rows["status"], ("filed", "closed"))
    assert (~np.isnat(rows["filed_date"]) == filed).all()
    wait = (rows["filed_date"] - days(found["check_date"])).astype(int)[filed]
    assert wait.min() >= 1 and wait.max() <= 30 and (rows["filed_date"] < run.today)[filed].all()
    age = (run.today - days(found["check_date"])).astype(int)
    assert (age[~filed] < 30).all()
    risk = books.who.risk[books.customer(rows["customer_id"])]
    assert (risk > 0).all() and risk.mean() > 1 + (books.who.risk == 2).mean() / 0.3
    in_post(run, rows["filed_by"], np.where(filed, rows["filed_date"], run.today - DAY), OFFICER)
    assert rows["amount_involved"].min() >= 500_000 and rows["amount_involved"].max() <= 50_000_000
    _transactions_are_named(books, rows, found["check_date"], db["sar_transactions"])


@each_run
def test_narratives_tell_who_what_when_and_how_much(run: Run) -> None:
    """The sum, its largest part and its days are those of one stretch of the customer's ledger."""
    rows, books = bank(run)["suspicious_activity_reports"], Books(run)
    called = names(Shard(run, 1))
    first, last = pools.pool("first_names"), pools.pool("last_names")
    company = company_names(Shard(run, 1)).to_pylist()
    moved = books.moved
    assert len(set(rows["narrative"])) == len(rows["narrative"])
    for key, cents, text, kind in zip(
        rows["customer_id"], rows["amount_involved"], rows["narrative"], rows["activity_type"],
        strict=True,
    ):  # fmt: skip
        who = int(key) - 1
        person = f"{first[called.first[who]]} {last[called.last[who]]}"
        assert (company[who] or person) in text and f"${cents / 100:,.2f}" in text
        assert not set(text) & set("{}") and text[0].upper() == text[0]
        told = re.findall(r"\$([\d,]+\.\d\d)", text)
        sums = [round(float(each.replace(",", "")) * 100) for each in told]
        mine = set(moved["amount"][moved["customer_id"] == key].tolist())
        assert all(s in mine for s in sums if s != cents)
        assert kind != "structuring" or max([s for s in sums if s != cents] or [0]) <= 1_000_000
        told = re.findall(r"[A-Z][a-z]+ \d{1,2}, \d{4}", text)
        assert max(datetime.strptime(day, "%B %d, %Y").date() for day in told) < run.as_of


def _transactions_are_named(books: Books, rows: dict, when: np.ndarray, named: dict) -> None:
    """G10: by then, of the customer, on the account and in the period named; they are the sum."""
    moved, amount = books.moved, np.zeros(len(rows["sar_id"]), dtype=np.int64)
    case = np.searchsorted(rows["sar_id"], named["sar_id"])
    assert (rows["sar_id"][case] == named["sar_id"]).all() and set(case) == set(range(len(amount)))
    found = {name: at(moved["transaction_id"], values, named["transaction_id"])
             for name, values in moved.items()}  # fmt: skip
    np.add.at(amount, case, found["amount"])
    assert (amount == rows["amount_involved"]).all()
    assert (found["customer_id"] == rows["customer_id"][case]).all()
    assert (found["transaction_date"] <= when[case]).all()
    for report, account in enumerate(rows["account_id"]):
        mine = case == report
        assert days(found["transaction_date"][mine]).min() == rows["period_start"][report]
        assert days(found["transaction_date"][mine]).max() == rows["period_end"][report]
        assert len({kind in INWARD for kind in found["transaction_type"][mine]}) == 1
        on = set(found["account_id"][mine])
        assert on == {account} if account is not None else len(on) > 1


@pytest.mark.parametrize("employees", (7, 15, 150))
@pytest.mark.parametrize("as_of", [date(2026, 11, 20), date(2026, 10, 1), date(2027, 1, 20),
                                   date(2026, 4, 22), date(2025, 12, 31)])  # fmt: skip
def test_regulatory_reports(as_of: date, employees: int) -> None:
    """G14: whole periods, in time, signed by two seniors; pending is only the latest quarter."""
    for name in PROFILES:
        run = a_run(name=name, as_of=as_of, employees=employees)
        rows = {name: plain(each) for name, each in REPORTS.foundation(run, 0).columns.items()}
        start, end, sent = rows["period_start"], rows["period_end"], rows["submitted_date"]
        assert len(end) == 26
        assert (end < run.today).all() and (run.today - end <= 2 * 366 * DAY + 120 * DAY).all()
        for kind in set(rows["report_type"]):
            mine = rows["report_type"] == kind
            assert (start[mine][1:] == end[mine][:-1] + DAY).all()
            length = (end[mine] + DAY).astype("datetime64[M]") - start[mine].astype("datetime64[M]")
            assert set(length.astype(int)) <= {3, 12}
        pending = rows["status"] == "pending"
        assert (end[pending] == end.max()).all() and (np.isnat(sent) == pending).all()
        wait = (sent - end).astype(int)[~pending]
        assert wait.min() >= 1 and wait.max() <= 45 and (sent < run.today)[~pending].all()
        assert is_business(sent[~pending]).all()
        assert [int((rows["status"] == s).sum()) for s in ("submitted", "accepted", "pending")] == [
            21, 4, 1]  # fmt: skip
        by, approved = rows["prepared_by"], rows["approved_by"][~pending].astype(int)
        assert set(by) | set(approved) <= set(seniors(run)) and (by[~pending] != approved).all()
        if run.employees >= 150:
            speaks = set(org(run).heads[[RSK, FIN, CMP]] + 1) | set(
                np.flatnonzero(np.isin(org(run).department, (RSK, FIN, CMP))) + 1
            )
            assert set(by) <= speaks and set(approved) <= speaks | {org(run).chief + 1}
        in_post(run, by, np.where(pending, run.today - DAY, sent))
        in_post(run, approved, sent[~pending])


@each_run
def test_the_audit_trail_tells_of_what_exists(run: Run) -> None:
    """G15: entities that are there since their creation, which comes first; deletes are gone."""
    rows, books, shard = bank(run)["audit_trails"], Books(run), Shard(run, 1)
    moved, lent, held = books.moved, loans(shard), policies(shard)
    since = {
        "account": (books.accounts["account_id"], books.accounts["opened_date"]),
        "customer": (books.who.customer_id, books.who.created_at),
        "loan": (lent.loan_id, lent.disbursement_date),
        "transaction": (moved["transaction_id"], moved["transaction_date"]),
        "policy": (held.policy_id, held.terms.start_date),
    }
    home = {
        "account": {"accounts_db"}, "customer": {"accounts_db", "customer_db"},
        "loan": {"loans_db"}, "transaction": {"accounts_db"}, "policy": {"insurance_db"},
    }  # fmt: skip
    when, action = rows["performed_at"], rows["action"]
    assert (when < run.today).all()
    assert (rows["entity_id"][action == "delete"] < 0).all()
    for kind, (keys, born) in since.items():
        mine = (rows["entity_type"] == kind) & (action != "delete")
        assert set(rows["source_database"][mine]) <= home[kind]
        birth = at(keys, born, rows["entity_id"][mine])
        created = action[mine] == "create"
        assert (days(when[mine]) == days(birth))[created].all()
        assert (days(when[mine]) > days(birth))[~created].all()
        if kind in ("customer", "transaction"):
            assert (when[mine] == birth)[created].all()
        ids = rows["entity_id"][mine]
        assert len(set(ids[created])) == created.sum() and set(ids) == set(ids[created])
        assert len(set(zip(ids, rows["source_database"][mine], strict=True))) == len(set(ids))
    in_post(run, rows["performed_by"], days(when))
    acts = np.isin(action, ("update", "view", "delete"))
    assert is_business(days(when[acts])).all() and is_open(days(when)).all()
    booked = rows["entity_type"] == "transaction"
    assert set(action[booked]) <= {"create", "view"}


@each_run
def test_values_of_the_audit_trail_are_a_chain_of_json(run: Run) -> None:
    """An entity's setting goes from value to value, one step an update, seen or not; what is
    deleted was a draft or a duplicate."""
    rows = bank(run)["audit_trails"]
    known = dict(pair for settings in SETTINGS.values() for pair in settings)
    names = ("entity_type", "entity_id", "action", "old_value", "new_value")
    start: dict[tuple, tuple] = {}
    updates: Counter = Counter()
    for kind, key, action, old, new in zip(*(rows[name] for name in names), strict=True):
        updates[kind, key] += action == "update"
        assert old is None or action in ("update", "delete")
        assert new is None or action in ("create", "update")
        assert action != "update" or (old is None) == (new is None)
        before, after = (json.loads(v) if v else None for v in (old, new))
        if action == "delete":
            assert before in (None, {"state": "draft"}) or before["state"] == "duplicate"
            continue
        assert before is None or before != after
        for value, step in ((before, updates[kind, key] - (action == "update")),
                            (after, updates[kind, key])):  # fmt: skip
            if value:
                setting = next(name for name in value if name in known)
                turn = (known[setting].index(value[setting]) - step) % len(known[setting])
                assert start.setdefault((kind, key), (setting, turn)) == (setting, turn)
    assert len(start) > 100


@each_run
def test_addresses_are_for_documentation_and_one_a_person(run: Run) -> None:
    rows = bank(run)["audit_trails"]
    address = rows["ip_address"].astype(np.int64)
    assert rows["ip_address"].dtype == np.uint32
    assert set(address >> 8) <= {0xC00002, 0xC63364, 0xCB0071}
    assert not set(address & 255) & {0, 255}
    assert len(set(zip(rows["performed_by"], address, strict=True))) == len(
        set(rows["performed_by"])
    )


@each_run
def test_violations_break_a_rule_in_force(run: Run) -> None:
    """G16: the entity really is above the threshold, and it was found out afterwards."""
    db, moved = bank(run), Books(run).moved
    rows, rule = db["rule_violations"], db["compliance_rules"]
    of = rows["rule_id"] - 1
    assert (rule["rule_id"] == np.arange(len(rule["rule_id"])) + 1).all()
    assert rule["is_active"][of].all() and not (rule["rule_type"][of] == "geographic_restriction"
                                                ).any()  # fmt: skip
    key = {"transaction": "transaction_id", "account": "account_id", "customer": "customer_id"}
    for n, (kind, entity, when) in enumerate(zip(rows["entity_type"], rows["entity_id"],
                                                 rows["detected_at"], strict=True)):  # fmt: skip
        mine = (moved[key[kind]] == entity) & (moved["transaction_date"] <= when)
        since = np.datetime64(rule["effective_date"][of[n]])
        mine &= days(moved["transaction_date"]) >= since
        amount, count = rule["threshold_amount"][of[n]], rule["threshold_count"][of[n]]
        if rule["rule_type"][of[n]] == "velocity_check":
            assert kind != "transaction"
            _, a_day = np.unique(days(moved["transaction_date"][mine]), return_counts=True)
            assert a_day.max() > count
        else:
            assert moved["amount"][mine].max() > amount


@each_run
def test_violations_end_as_their_status_says(run: Run) -> None:
    rows = bank(run)["rule_violations"]
    status, came, done = rows["status"], rows["detected_at"], rows["resolved_at"]
    settled = np.isin(status, ("resolved", "false_positive"))
    assert (~np.isnat(done) == settled).all() and (given(rows["resolved_by"]) == settled).all()
    assert (given(rows["resolution_time_hours"]) == (status == "resolved")).all()
    ended = status == "resolved"
    hours = rows["resolution_time_hours"][ended].astype(int)
    assert (done[ended] - came[ended] == hours * np.timedelta64(36, "s")).all()
    assert hours.min() >= 100 and hours.max() <= 48_000
    assert (done[settled] < run.today).all() and (came < run.today).all()
    age = (run.today - days(came)).astype(int)
    assert age[status == "open"].max() <= 21 and age[~settled].max() <= 60
    in_post(run, rows["resolved_by"][settled], days(done[settled]), OFFICER)
