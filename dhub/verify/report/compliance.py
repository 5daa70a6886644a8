"""Compliance as plots: from screening to the report of suspicion, identities, rules, the trail."""

from __future__ import annotations

from dhub.verify.report import charts
from dhub.verify.report.plot import Chapter, Drawing, Plot, Rows, by, share, words

_RISKS = ("low", "medium", "high")
_RISK_COLOURS = ("var(--c1)", "var(--c2)", "var(--c4)")
_SEVERITIES = ("critical", "high", "medium", "low")
_SEVERITY_COLOURS = ("var(--c4)", "var(--c2)", "var(--c1)", "var(--c0)")
_ACTIONS = ("create", "update", "view", "delete")

_FUNNEL = """
SELECT count(*) AS checks,
    count(*) FILTER (WHERE aml_flag) AS flagged,
    count(*) FILTER (WHERE risk_level IN ('medium', 'high')) AS serious,
    (SELECT count(*) FROM compliance_db.suspicious_activity_reports) AS reports,
    (SELECT count(*) FROM compliance_db.suspicious_activity_reports
     WHERE filed_date IS NOT NULL) AS filed
FROM compliance_db.aml_checks HAVING count(*) > 0"""
_STEPS = {
    "checks": "checks",
    "flagged": "flagged",
    "serious": "medium or high risk",
    "reports": "suspicious activity reports",
    "filed": "filed",
}


def _funnel(rows: Rows) -> Drawing:
    """Steps fall from thousands to dozens: a bar is as long as the logarithm, and says so."""
    found = {step: rows[0][step] for step in _STEPS}
    drawn = [
        {
            "y": name,
            "x": max(found[step], 1),
            "label": f"{found[step]:,}",
            "tip": f"{name}: {found[step]:,} ({share(found[step], found['checks'])} of all checks)",
        }
        for step, name in _STEPS.items()
    ]
    spec = charts.rows_of(drawn, "rows, logarithmic")
    for layer in spec["layer"]:
        top = max(found["checks"], 10) ** charts.label_room(drawn)
        layer["encoding"]["x"]["scale"] = {"type": "log", "domain": [1, top], "nice": False}
        layer["encoding"]["x"]["stack"] = None
        layer["encoding"]["x"]["axis"].update({"tickCount": 4, "labelLimit": 160})
    spec["layer"][0]["encoding"]["x2"] = {"datum": 1}
    return Drawing(spec, f"{share(found['flagged'], found['checks'])} of the checks raise a flag.")


_CHECKS = """
SELECT check_type, count(*) AS n, count(*) FILTER (WHERE aml_flag) AS flagged
FROM compliance_db.aml_checks GROUP BY ALL ORDER BY n DESC"""


def _checks(rows: Rows) -> Drawing:
    drawn = [
        {
            "y": words(row["check_type"]),
            "x": row["n"],
            "label": f"{row['n']:,}",
            "tip": f"{words(row['check_type'])}: {row['n']:,}, {row['flagged']:,} flagged",
        }
        for row in rows
    ]
    says = "Screenings of customers; transaction monitoring looks at each large amount."
    return Drawing(charts.rows_of(drawn, "checks"), says)


_KYC = """
SELECT k.kyc_status, risk_rating, count(*) AS n
FROM compliance_db.kyc_records AS k
    JOIN customer_db.customer_profiles AS p ON p.customer_id = k.customer_id
GROUP BY ALL ORDER BY k.kyc_status, risk_rating"""


def _kyc(rows: Rows) -> Drawing:
    states = ("verified", "pending", "expired")
    drawn = [
        {
            "y": row["kyc_status"],
            "x": row["n"],
            "of": row["risk_rating"],
            "tip": f"{row['kyc_status']}, {row['risk_rating']} risk: {row['n']:,}",
        }
        for row in sorted(rows, key=by(states, "kyc_status"))
    ]
    spec = charts.rows_of(drawn, "customers", series=_RISKS, colours=_RISK_COLOURS, labelled=False)
    total = sum(row["n"] for row in rows)
    held = sum(row["n"] for row in rows if row["kyc_status"] == "verified")
    return Drawing(
        spec, f"{share(held, total)} of identities are verified; colours are risk ratings."
    )


_REPORTS = """
SELECT activity_type, status, count(*) AS n, sum(amount_involved) AS total
FROM compliance_db.suspicious_activity_reports GROUP BY ALL ORDER BY activity_type, status"""
_REPORT_STATES = ("filed", "closed", "under_review", "draft")


def _reports(rows: Rows) -> Drawing:
    drawn = [
        {
            "y": words(row["activity_type"]),
            "x": row["n"],
            "of": words(row["status"]),
            "tip": f"{words(row['activity_type'])}, {words(row['status'])}: {row['n']:,}",
        }
        for row in rows
    ]
    series = [words(state) for state in _REPORT_STATES]
    spec = charts.rows_of(drawn, "reports", series=series, labelled=False)
    return Drawing(spec, f"{sum(row['n'] for row in rows):,} reports of suspicious activity.")


_VIOLATIONS = """
SELECT status, severity, count(*) AS n FROM compliance_db.rule_violations
GROUP BY ALL ORDER BY status, severity"""
_VIOLATION_STATES = ("resolved", "false_positive", "investigating", "open")


def _violations(rows: Rows) -> Drawing:
    drawn = [
        {
            "y": words(row["status"]),
            "x": row["n"],
            "of": row["severity"],
            "tip": f"{words(row['status'])}, {row['severity']}: {row['n']:,}",
        }
        for row in sorted(rows, key=by(_VIOLATION_STATES, "status"))
    ]
    spec = charts.rows_of(
        drawn, "violations", series=_SEVERITIES, colours=_SEVERITY_COLOURS, labelled=False
    )
    return Drawing(spec, f"{sum(row['n'] for row in rows):,} violations of rules, by severity.")


_TRAIL = """
SELECT entity_type, action, count(*) AS n FROM compliance_db.audit_trails
GROUP BY ALL ORDER BY entity_type, action"""


def _trail(rows: Rows) -> Drawing:
    drawn = [
        {
            "y": row["entity_type"],
            "x": row["n"],
            "of": row["action"],
            "tip": f"{row['entity_type']}, {row['action']}: {row['n']:,}",
        }
        for row in rows
    ]
    spec = charts.rows_of(drawn, "entries", series=_ACTIONS, labelled=False)
    return Drawing(
        spec, f"{sum(row['n'] for row in rows):,} entries of the audit trail, by what they touch."
    )


CHAPTER = Chapter(
    "compliance",
    "Compliance",
    "Screening, identity, rules and the audit trail.",
    (
        Plot("compliance.funnel", "From check to filed report", _FUNNEL, _funnel),
        Plot("compliance.checks", "Checks by type", _CHECKS, _checks),
        Plot("compliance.kyc", "Know your customer", _KYC, _kyc),
        Plot("compliance.reports", "Suspicious activity", _REPORTS, _reports),
        Plot("compliance.violations", "Rule violations", _VIOLATIONS, _violations),
        Plot("compliance.trail", "Audit trail", _TRAIL, _trail),
    ),
)
