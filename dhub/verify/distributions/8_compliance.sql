-- Phase 7: compliance.

-- compliance.document_type identity papers by type
-- kind: mix
SELECT document_type, count(*) FROM compliance_db.kyc_records GROUP BY 1;

-- compliance.document_years years from verification to expiry
-- kind: range
-- slack: 0.01
SELECT min((expiry_date - verification_date) / 365.2425), max((expiry_date - verification_date) /
    365.2425), count((expiry_date - verification_date) / 365.2425) FROM compliance_db.kyc_records;

-- compliance.review_years years from verification to the next review
-- kind: range
-- slack: 0.01
SELECT min((next_review_date - verification_date) / 365.2425), max((next_review_date -
    verification_date) / 365.2425), count((next_review_date - verification_date) / 365.2425) FROM
    compliance_db.kyc_records;

-- compliance.periodic customers who are screened again
-- kind: share
-- slack: 0.02
SELECT count(*) FILTER (WHERE n > 1), (SELECT count(*) FROM accounts_db.customers) FROM (SELECT
    customer_id, count(*) AS n FROM compliance_db.aml_checks WHERE check_type <>
    'transaction_monitoring' GROUP BY customer_id);

-- compliance.periodic_checks further screenings of who is screened again
-- kind: mix
-- slack: 0.03
SELECT n - 1, count(*) FROM (SELECT customer_id, count(*) AS n FROM compliance_db.aml_checks WHERE
    check_type <> 'transaction_monitoring' GROUP BY customer_id) WHERE n > 1 GROUP BY 1;

-- compliance.check_type checks by type
-- kind: mix
-- slack: 0.015
SELECT check_type, count(*) FROM compliance_db.aml_checks GROUP BY 1;

-- compliance.flagged checks that are flagged
-- kind: share
SELECT count(*) FILTER (WHERE aml_flag), count(*) FROM compliance_db.aml_checks;

-- compliance.flag_risk flagged checks by level
-- kind: mix
SELECT risk_level, count(*) FROM compliance_db.aml_checks WHERE aml_flag GROUP BY 1;

-- compliance.sar_share grave findings that were reported
-- kind: share
-- slack: 0.03
SELECT (SELECT count(*) FROM compliance_db.suspicious_activity_reports), count(*) FROM
    compliance_db.aml_checks WHERE risk_level IN ('medium', 'high');

-- compliance.sar_activity reports by activity
-- kind: mix
SELECT activity_type, count(*) FROM compliance_db.suspicious_activity_reports GROUP BY 1;

-- compliance.sar_status reports by status
-- kind: mix
-- slack: 0.1
SELECT status, count(*) FROM compliance_db.suspicious_activity_reports GROUP BY 1;

-- compliance.sar_amount amount of a report
-- kind: range
SELECT min(amount_involved), max(amount_involved), count(amount_involved) FROM
    compliance_db.suspicious_activity_reports;

-- compliance.sar_tier reports by tier
-- kind: mix
SELECT regulatory_tier, count(*) FROM compliance_db.suspicious_activity_reports GROUP BY 1;

-- compliance.reports_per_year regulatory reports of a year by type
-- kind: each
SELECT report_type, count(*) / figure('compliance.report_years')::DOUBLE, count(*) FROM
    compliance_db.regulatory_reports GROUP BY 1;

-- compliance.report_status regulatory reports by status
-- kind: mix
SELECT status, count(*) FROM compliance_db.regulatory_reports GROUP BY 1;

-- compliance.audit_per_customer audit entries per customer
-- kind: mean
-- slack: 0.1
SELECT (SELECT count(*) FROM compliance_db.audit_trails) / count(*),
    sqrt(figure('compliance.audit_per_customer')::DOUBLE), count(*) FROM accounts_db.customers;

-- compliance.audit_entity audit entries by entity
-- kind: mix
-- slack: 0.02
SELECT entity_type, count(*) FROM compliance_db.audit_trails GROUP BY 1;

-- compliance.audit_action audit entries by action
-- kind: mix
SELECT action, count(*) FROM compliance_db.audit_trails GROUP BY 1;

-- compliance.audit_values audit entries that keep values
-- kind: share
SELECT count(*) FILTER (WHERE old_value IS NOT NULL OR new_value IS NOT NULL), count(*) FROM
    compliance_db.audit_trails;

-- compliance.rules rules
-- kind: between
SELECT count(*) FROM compliance_db.compliance_rules;

-- compliance.rule_type rules by type
-- kind: mix
SELECT rule_type, count(*) FROM compliance_db.compliance_rules GROUP BY 1;

-- compliance.rule_active rules in force
-- kind: share
SELECT count(*) FILTER (WHERE is_active), count(*) FROM compliance_db.compliance_rules;

-- compliance.violations_per_customer violations per customer
-- kind: mean
SELECT (SELECT count(*) FROM compliance_db.rule_violations) / count(*),
    sqrt(figure('compliance.violations_per_customer')::DOUBLE), count(*) FROM
    accounts_db.customers;

-- compliance.violation_entity violations by entity
-- kind: mix
SELECT entity_type, count(*) FROM compliance_db.rule_violations GROUP BY 1;

-- compliance.violation_severity violations by severity
-- kind: mix
SELECT severity, count(*) FROM compliance_db.rule_violations GROUP BY 1;

-- compliance.violation_status violations by status
-- kind: mix
SELECT status, count(*) FROM compliance_db.rule_violations GROUP BY 1;

-- compliance.violation_hours hours to settle a violation
-- kind: range
SELECT min(resolution_time_hours), max(resolution_time_hours), count(resolution_time_hours) FROM
    compliance_db.rule_violations;
