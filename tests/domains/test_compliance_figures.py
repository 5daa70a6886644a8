"""compliance_db's figures: shares at every prefix, the documents' totals, any profile."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from bank import AS_OF, DAY, PROFILES, SEEDS, changed_by_attempts, given, off, tables
from bank import made as made_of
from bank import run as a_run
from together import Together

from dhub.domains.compliance import DOMAIN
from dhub.domains.compliance.rules import rules
from dhub.model import Run, Shard
from dhub.profiles import load_profile
from dhub.world.people import people

bank, made = partial(tables, DOMAIN), partial(made_of, DOMAIN)
RUNS = [pytest.param(p, s, id=f"{p}-{s}") for p in PROFILES for s in SEEDS]
each_run = Together(("name", "seed"), RUNS)
test_every_run_has_the_figures = each_run.test()
each_prefix = pytest.mark.parametrize("customers", (60, 120, 1200, 2000))


@each_run
@each_prefix
def test_shares_hold_at_every_prefix(name: str, seed: int, customers: int) -> None:
    run = a_run(seed, name)
    c, db = run.profile.compliance, bank(run, customers)
    checks, trail = db["aml_checks"], db["audit_trails"]
    sars, broken = db["suspicious_activity_reports"], db["rule_violations"]
    screened = checks["check_type"][~given(checks["transaction_id"])]
    some = c.check_type.share("watchlist", "sanctions", "pep_screening")
    kinds = [(kind, w / some) for kind, w in c.check_type.items() if kind in set(screened)]
    valued = given(trail["old_value"]) | given(trail["new_value"])
    found = {
        "document": off(db["kyc_records"]["document_type"], c.document_type.items()),
        "screened": off(screened, kinds),
        "flagged": off(checks["aml_flag"], [(True, c.flagged)]),
        "level": off(checks["risk_level"][checks["aml_flag"]], c.flag_risk.items()),
        "activity": off(sars["activity_type"], c.sar_activity.items()),
        "tier": off(sars["regulatory_tier"], c.sar_tier.items()),
        "action": off(trail["action"], c.audit_action.items()),
        "valued": off(valued, [(True, c.audit_values)]),
        "severity": off(broken["severity"], c.violation_severity.items()),
        "entity": off(broken["entity_type"], c.violation_entity.items()),
        "status": off(broken["status"], c.violation_status.items()),
        "violations": abs(len(broken["status"]) - c.violations_per_customer * customers),
    }
    # Movements have no updates, so that actions move with the few entities of other types.
    assert found.pop("action") <= 2.3 + 0.02 * len(trail["action"])
    # What may be called structuring, or moved in a pattern, is what accounts have moved.
    assert found.pop("activity") <= 2.3 + 0.02 * len(sars["activity_type"])
    # What is under investigation is of late: some customers breached nothing since.
    assert found.pop("status") <= 2.3 + 0.01 * len(broken["status"])
    assert {what: rows for what, rows in found.items() if rows > 2.3} == {}


@each_run
def test_totals_of_the_documents_at_1200_customers(name: str, seed: int) -> None:
    run = a_run(seed, name)
    rows = {table: len(next(iter(columns.values()))) for table, columns in bank(run, 1200).items()}
    limits = {
        "kyc_records": (1200, 1200), "aml_checks": (3000, 4000),
        "suspicious_activity_reports": (30, 50), "regulatory_reports": (20, 30),
        "audit_trails": (5000, 8000), "compliance_rules": (15, 20), "rule_violations": (200, 300),
    }  # fmt: skip
    assert {n: rows[n] for n, (low, high) in limits.items() if not low <= rows[n] <= high} == {}
    for table in DOMAIN.tables:
        # Some forty reports have one to a dozen transactions each.
        rel = 0.4 if table.name == "sar_transactions" else 0.1
        assert rows[table.name] == pytest.approx(table.expected(run, 1200), rel=rel)


@each_run
def test_mixes_that_other_facts_limit(name: str, seed: int) -> None:
    """Within two points, reports within a tenth: what is not filed must be fresh, for instance."""
    run = a_run(seed, name)
    c, db = run.profile.compliance, bank(run, 1200)
    sars, trail, checks = (
        db[t] for t in ("suspicious_activity_reports", "audit_trails", "aml_checks")
    )
    assert off(sars["status"], c.sar_status.items()) <= 0.1 * len(sars["status"])
    assert off(trail["entity_type"], c.audit_entity.items()) <= 0.02 * len(trail["action"])
    watched = checks["check_type"] == "transaction_monitoring"
    # Large sums fall on few: each customer's checks stand or fall together.
    mine = np.bincount(checks["customer_id"], watched - watched.mean())
    error = np.sqrt((mine**2).sum()) / len(watched)
    assert 0.003 < error < 0.02
    assert abs(watched.mean() - 0.1) < 4 * error
    for kind in ("watchlist", "sanctions", "pep_screening"):
        assert abs((checks["check_type"] == kind).mean() - c.check_type.share(kind)) < 0.02


def test_findings_and_reports_fall_on_the_risky() -> None:
    for name in PROFILES:
        run = a_run(name=name)
        risk = people(Shard(run, 1)).risk
        for table in ("aml_checks", "rule_violations"):
            columns, owner = made(run)[table]
            some = columns["aml_flag"] if table == "aml_checks" else np.ones(len(owner), bool)
            assert (risk[owner[some]] > 0).mean() > 1.2 * (risk > 0).mean()


def test_rules_are_few_named_and_mostly_in_force() -> None:
    for name in PROFILES:
        for seed in SEEDS:
            rule = bank(a_run(seed, name))["compliance_rules"]
            assert len(set(rule["rule_name"])) == len(rule["rule_name"])
            assert rule["is_active"].mean() == pytest.approx(0.9)
            cash = rule["rule_name"] == "Currency Transaction Report (CTR)"
            assert rule["threshold_amount"][cash] == [1_000_000] and rule["is_active"][cash]
            daily = rule["rule_name"] == "Transactions per Account per Day"
            assert rule["threshold_count"][daily] == [5] and rule["is_active"][daily]
            assert set(rule["rule_type"]) == {
                "transaction_limit", "velocity_check", "geographic_restriction", "amount_threshold",
            }  # fmt: skip
    again = DOMAIN.tables[6].foundation(a_run(), 1).columns["rule_name"].to_pylist()
    assert not set(again) & set(rules(a_run()).name)


def test_violations_are_of_many_rules_and_of_every_kind() -> None:
    for name in PROFILES:
        db = bank(a_run(name=name), 1200)
        kind = db["compliance_rules"]["rule_type"][db["rule_violations"]["rule_id"] - 1]
        assert len(set(db["rule_violations"]["rule_id"])) >= 8
        assert set(kind) == {"transaction_limit", "velocity_check", "amount_threshold"}


def test_the_trail_spans_the_years() -> None:
    for name in PROFILES:
        when = bank(a_run(name=name), 1200)["audit_trails"]["performed_at"]
        due = 0.02 * len(when)
        years, counts = np.unique(when.astype("datetime64[Y]"), return_counts=True)
        assert len(years) >= 7 and counts[1:-1].min() > due - 3 * np.sqrt(due)


def test_prefixes_and_attempts_change_nothing_but_the_document_numbers() -> None:
    assert changed_by_attempts(DOMAIN, a_run()) == {"document_number"}


def test_document_numbers_are_unique_over_shards_and_attempts() -> None:
    numbers: list[str] = []
    for shard in (Shard(a_run(), 1), Shard(a_run(), 9), Shard(a_run(), 1, attempt=7)):
        numbers += DOMAIN.tables[0].rows(shard).columns["document_number"].to_pylist()
    assert len(set(numbers)) == len(numbers)


def test_the_same_again_and_another_with_another_seed() -> None:
    first, other = bank(a_run(seed=5)), bank(a_run(seed=6))
    made_of.cache_clear()
    again = bank(a_run(seed=5))
    for name, columns in first.items():
        for column, values in columns.items():
            assert str(values.tolist()) == str(again[name][column].tolist())
    assert first["kyc_records"]["document_number"][0] != other["kyc_records"]["document_number"][0]


EXTREMES = (
    "periodic = 0.0\nflagged = 0.0",
    "periodic = 1.0\nflagged = 1.0\nsar_share = 1.0\nperiodic_checks = { 12 = 1.0 }",
    "monitoring_threshold = 0",
    "audit_action = { view = 1.0 }\naudit_values = 1.0",
    "audit_action = { create = 1.0 }\naudit_per_customer = 0.01\naudit_entity = { loan = 1.0 }",
    "audit_per_customer = 60.0\naudit_entity = { policy = 1.0 }\naudit_values = 0.0",
    "rules = [1, 1]\nrule_type = { geographic_restriction = 1.0 }",
    "rules = [60, 60]\nrule_active = 1.0\nviolations_per_customer = 5.0",
    "rules = [1, 3]\nrule_type = { velocity_check = 1.0 }\nrule_active = 0.5",
    "rules = [0, 0]\nrule_active = 0.0",
    "ctr_amount = 0\nvelocity_count = 1\nviolation_entity = { account = 1.0 }",
    "document_years = [1, 1]\nreview_months = { low = 1, medium = 1, high = 1 }",
    "report_years = 9\nreport_days = 1\nviolation_hours = [0, 0]\nsar_filing_days = 1",
    "reports_per_year = { capital_adequacy = 12, liquidity = 52, stress_test = 5,"
    " quarterly_filing = 2 }\nreport_status = { pending = 1.0 }",
)


@pytest.mark.parametrize("figures", EXTREMES)
def test_extreme_profiles_make_a_bank_all_the_same(figures: str, tmp_path: Path) -> None:
    file = tmp_path / "extreme.toml"
    file.write_text(f'extends = "guide"\n[compliance]\n{figures}\n')
    run = Run(3, load_profile(str(file)), AS_OF, 7)
    db = bank(run)
    assert (db["aml_checks"]["check_date"] < run.today).all()
    assert not (db["suspicious_activity_reports"]["filed_date"] >= run.today).any()
    assert not (db["rule_violations"]["resolved_at"] >= run.today).any()
    assert not (db["regulatory_reports"]["submitted_date"] >= run.today).any()
    kyc = db["kyc_records"]
    assert (kyc["expiry_date"] > kyc["verification_date"])[given(kyc["verified_by"])].all()
    assert (db["audit_trails"]["performed_at"] < run.today).all()
    assert len(db["kyc_records"]["kyc_id"]) == 2000 and DAY
