"""The section `compliance`: KYC, AML checks, SARs, reports, audit trails, rules, violations."""

from __future__ import annotations

from typing import Annotated

from dhub.profiles.base import Section
from dhub.profiles.people import RISKS
from dhub.profiles.values import (
    Among,
    By,
    Count,
    Counts,
    Dollars,
    Keys,
    Mix,
    Money,
    Numbers,
    Positive,
    Share,
    Years,
)

REPORTS = ("capital_adequacy", "liquidity", "stress_test", "quarterly_filing")
RULES = ("transaction_limit", "velocity_check", "geographic_restriction", "amount_threshold")


class Compliance(Section):
    """What the bank keeps for its regulators."""

    document_type: Annotated[Mix, Among("passport", "drivers_license", "national_id")]
    document_years: Counts
    review_years: Counts
    review_months: Annotated[By[Count], Keys(*RISKS)]
    pending_days: Count
    screening_days: Count
    periodic: Share
    periodic_checks: Annotated[Mix, Numbers(1, 12)]
    periodic_days: Count
    monitoring_threshold: Money
    check_type: Annotated[
        Mix, Among("watchlist", "sanctions", "pep_screening", "transaction_monitoring")
    ]
    flagged: Share
    flag_risk: Annotated[Mix, Among(*RISKS)]
    sar_share: Share
    sar_activity: Annotated[Mix, Among("structuring", "unusual_pattern", "high_risk_country")]
    sar_status: Annotated[Mix, Among("filed", "under_review", "closed", "draft")]
    sar_amount: Dollars
    sar_tier: Annotated[Mix, Among("tier1", "tier2", "tier3")]
    sar_filing_days: Count
    reports_per_year: Annotated[By[Count], Keys(*REPORTS)]
    report_years: Years
    report_status: Annotated[Mix, Among("submitted", "accepted", "pending")]
    report_days: Count
    audit_per_customer: Positive
    audit_entity: Annotated[Mix, Among("account", "customer", "loan", "transaction", "policy")]
    audit_action: Annotated[Mix, Among("update", "create", "view", "delete")]
    audit_values: Share
    rules: Counts
    rule_type: Annotated[Mix, Among(*RULES)]
    rule_active: Share
    ctr_amount: Money
    velocity_count: Count
    violations_per_customer: Positive
    violation_entity: Annotated[Mix, Among("transaction", "account", "customer")]
    violation_severity: Annotated[Mix, Among("critical", "high", "medium", "low")]
    violation_status: Annotated[Mix, Among("resolved", "investigating", "false_positive", "open")]
    violation_hours: Counts
