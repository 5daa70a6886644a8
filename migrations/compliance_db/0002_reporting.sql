-- Reporting of compliance: the AML funnel, reports of suspicion, KYC backlog, rules, audit activity.

-- Not CREATE SCHEMA IF NOT EXISTS: that asks for the right to create even when it is there.
DO $$ BEGIN
    IF to_regnamespace('reporting') IS NULL THEN
        CREATE SCHEMA reporting;
        COMMENT ON SCHEMA reporting IS
            'Views and marts of compliance, derived from schema public and filled anew after each load.';
    END IF;
END $$;

CREATE TABLE reporting.as_of (
    as_of_date date NOT NULL,
    CONSTRAINT pk_as_of PRIMARY KEY (as_of_date)
);

COMMENT ON TABLE reporting.as_of IS
    'The business date of the reports, in one row: whatever is compared with today is compared with it.';
COMMENT ON COLUMN reporting.as_of.as_of_date IS 'As-of date of the bank: what lies before the midnight that begins it has happened, nothing lies after.';

CREATE TABLE reporting.aml_funnel (
    month             date          NOT NULL,
    check_type        text          NOT NULL,
    checks            bigint        NOT NULL,
    flagged           bigint        NOT NULL,
    high_risk         bigint        NOT NULL,
    escalated         bigint        NOT NULL,
    reports           bigint        NOT NULL,
    reports_filed     bigint        NOT NULL,
    amount_involved   numeric(18,2) NOT NULL,
    flag_rate         numeric(7,4)  NOT NULL,
    CONSTRAINT pk_aml_funnel PRIMARY KEY (month, check_type)
);

COMMENT ON TABLE reporting.aml_funnel IS
    'The anti-money-laundering funnel by month and kind of check: checked, flagged, escalated to a report, filed with the authority. Of the flagged, those of high risk are counted beside.';
COMMENT ON COLUMN reporting.aml_funnel.month IS 'First day of the month of the check (UTC); its reports count here, whenever they are filed.';
COMMENT ON COLUMN reporting.aml_funnel.check_type IS 'watchlist, sanctions, pep_screening or transaction_monitoring.';
COMMENT ON COLUMN reporting.aml_funnel.checks IS 'Checks made.';
COMMENT ON COLUMN reporting.aml_funnel.flagged IS 'Checks that found something to look into; each of these was reviewed.';
COMMENT ON COLUMN reporting.aml_funnel.high_risk IS 'Flagged checks of high risk.';
COMMENT ON COLUMN reporting.aml_funnel.escalated IS 'Flagged checks that led to a suspicious activity report.';
COMMENT ON COLUMN reporting.aml_funnel.reports IS 'Suspicious activity reports from them.';
COMMENT ON COLUMN reporting.aml_funnel.reports_filed IS 'Of these reports, filed with the authority.';
COMMENT ON COLUMN reporting.aml_funnel.amount_involved IS 'Sum of the amounts in the reports, in US dollars.';
COMMENT ON COLUMN reporting.aml_funnel.flag_rate IS 'Flagged checks over checks, as a fraction.';

CREATE PROCEDURE reporting.refresh_aml_funnel() LANGUAGE sql AS $$
    DELETE FROM reporting.aml_funnel;
    WITH suspicion AS (
        SELECT check_id, count(*) AS reports, count(filed_date) AS reports_filed,
            sum(amount_involved) AS amount_involved
        FROM public.suspicious_activity_reports
        GROUP BY check_id
    )
    INSERT INTO reporting.aml_funnel (
        month, check_type, checks, flagged, high_risk, escalated, reports, reports_filed,
        amount_involved, flag_rate)
    SELECT date_trunc('month', c.check_date AT TIME ZONE 'UTC')::date AS month,
        c.check_type AS check_type, count(*) AS checks,
        count(*) FILTER (WHERE c.aml_flag) AS flagged,
        count(*) FILTER (WHERE c.risk_level = 'high') AS high_risk,
        count(s.check_id) AS escalated,
        coalesce(sum(s.reports), 0) AS reports,
        coalesce(sum(s.reports_filed), 0) AS reports_filed,
        coalesce(sum(s.amount_involved), 0) AS amount_involved,
        round(count(*) FILTER (WHERE c.aml_flag)::numeric / count(*), 4) AS flag_rate
    FROM public.aml_checks c
    LEFT JOIN suspicion s ON s.check_id = c.check_id
    GROUP BY date_trunc('month', c.check_date AT TIME ZONE 'UTC')::date, c.check_type;
$$;

COMMENT ON PROCEDURE reporting.refresh_aml_funnel() IS
    'Fills aml_funnel anew from checks and suspicious activity reports.';

CREATE MATERIALIZED VIEW reporting.sar_pipeline AS
SELECT s.activity_type AS activity_type, s.regulatory_tier AS regulatory_tier, s.status AS status,
    count(*) AS reports, count(DISTINCT s.customer_id) AS customers,
    sum(s.amount_involved)::numeric(18,2) AS amount_involved,
    max(s.amount_involved) AS largest_amount,
    round(avg(s.filed_date - (c.check_date AT TIME ZONE 'UTC')::date), 1) AS average_days_to_filing
FROM public.suspicious_activity_reports s
JOIN public.aml_checks c ON c.check_id = s.check_id
GROUP BY s.activity_type, s.regulatory_tier, s.status;

COMMENT ON MATERIALIZED VIEW reporting.sar_pipeline IS
    'Suspicious activity reports by kind, urgency and status. Confidential.';
COMMENT ON COLUMN reporting.sar_pipeline.activity_type IS 'structuring, unusual_pattern or high_risk_country.';
COMMENT ON COLUMN reporting.sar_pipeline.regulatory_tier IS 'Urgency toward the regulator: tier1, tier2 or tier3.';
COMMENT ON COLUMN reporting.sar_pipeline.status IS 'draft, under_review, filed or closed.';
COMMENT ON COLUMN reporting.sar_pipeline.reports IS 'Number of reports.';
COMMENT ON COLUMN reporting.sar_pipeline.customers IS 'Different customers reported.';
COMMENT ON COLUMN reporting.sar_pipeline.amount_involved IS 'Sum of the amounts involved in US dollars.';
COMMENT ON COLUMN reporting.sar_pipeline.largest_amount IS 'Largest amount involved in US dollars.';
COMMENT ON COLUMN reporting.sar_pipeline.average_days_to_filing IS 'Mean days from the check to the filing; null when none is filed.';

CREATE VIEW reporting.audit_activity AS
SELECT date_trunc('month', a.performed_at AT TIME ZONE 'UTC')::date AS month,
    a.source_database AS source_database, a.entity_type AS entity_type, a.action AS action,
    count(*) AS entries, count(DISTINCT a.performed_by) AS employees,
    count(*) FILTER (WHERE a.old_value IS NOT NULL OR a.new_value IS NOT NULL) AS with_values
FROM public.audit_trails a
GROUP BY date_trunc('month', a.performed_at AT TIME ZONE 'UTC')::date, a.source_database,
    a.entity_type, a.action;

COMMENT ON VIEW reporting.audit_activity IS
    'Entries of the audit trail by month, database, kind of record and action.';
COMMENT ON COLUMN reporting.audit_activity.month IS 'First day of the month of the action (UTC).';
COMMENT ON COLUMN reporting.audit_activity.source_database IS 'Database of the bank that holds, or held, the records.';
COMMENT ON COLUMN reporting.audit_activity.entity_type IS 'Kind of record: account, customer, loan, transaction or policy.';
COMMENT ON COLUMN reporting.audit_activity.action IS 'create, update, view or delete.';
COMMENT ON COLUMN reporting.audit_activity.entries IS 'Entries of the audit trail.';
COMMENT ON COLUMN reporting.audit_activity.employees IS 'Different employees who acted.';
COMMENT ON COLUMN reporting.audit_activity.with_values IS 'Entries that keep the changed fields.';

CREATE VIEW reporting.kyc_backlog AS
SELECT k.kyc_status AS kyc_status, k.document_type AS document_type,
    CASE WHEN k.next_review_date IS NULL THEN 'never_verified'
        WHEN k.next_review_date < d.as_of_date - 90 THEN 'overdue_over_90_days'
        WHEN k.next_review_date < d.as_of_date THEN 'overdue'
        WHEN k.next_review_date < d.as_of_date + 90 THEN 'due_within_90_days'
        ELSE 'not_due' END AS review_state,
    count(*) AS customers, min(k.next_review_date) AS earliest_review_date,
    count(*) FILTER (WHERE k.expiry_date < d.as_of_date) AS expired_documents
FROM public.kyc_records k
CROSS JOIN reporting.as_of d
GROUP BY k.kyc_status, k.document_type,
    CASE WHEN k.next_review_date IS NULL THEN 'never_verified'
        WHEN k.next_review_date < d.as_of_date - 90 THEN 'overdue_over_90_days'
        WHEN k.next_review_date < d.as_of_date THEN 'overdue'
        WHEN k.next_review_date < d.as_of_date + 90 THEN 'due_within_90_days'
        ELSE 'not_due' END;

COMMENT ON VIEW reporting.kyc_backlog IS
    'Identity checks by when their review is due, seen from the as-of date.';
COMMENT ON COLUMN reporting.kyc_backlog.kyc_status IS 'verified, pending or expired.';
COMMENT ON COLUMN reporting.kyc_backlog.document_type IS 'Document shown: passport, drivers_license or national_id.';
COMMENT ON COLUMN reporting.kyc_backlog.review_state IS 'never_verified, overdue_over_90_days, overdue, due_within_90_days or not_due.';
COMMENT ON COLUMN reporting.kyc_backlog.customers IS 'Number of customers.';
COMMENT ON COLUMN reporting.kyc_backlog.earliest_review_date IS 'Earliest day on which a review is or was due; null while pending.';
COMMENT ON COLUMN reporting.kyc_backlog.expired_documents IS 'Checks that have lost their validity.';

CREATE VIEW reporting.rule_effectiveness AS
SELECT r.rule_id AS rule_id, r.rule_name AS rule_name, r.rule_type AS rule_type,
    r.is_active AS is_active, count(v.violation_id) AS violations,
    count(v.violation_id) FILTER (WHERE v.resolved_at IS NULL) AS open_violations,
    count(v.violation_id) FILTER (WHERE v.status = 'false_positive') AS false_positives,
    count(v.violation_id) FILTER (WHERE v.severity IN ('high', 'critical')) AS severe_violations,
    round(count(v.violation_id) FILTER (WHERE v.status = 'false_positive')::numeric
        / nullif(count(v.resolved_at), 0), 4) AS false_positive_rate,
    round(avg(v.resolution_time_hours), 2) AS average_resolution_hours
FROM public.compliance_rules r
LEFT JOIN public.rule_violations v ON v.rule_id = r.rule_id
GROUP BY r.rule_id, r.rule_name, r.rule_type, r.is_active;

COMMENT ON VIEW reporting.rule_effectiveness IS
    'How often each compliance rule strikes, and how often in vain.';
COMMENT ON COLUMN reporting.rule_effectiveness.rule_id IS 'Key of the rule (compliance_rules.rule_id).';
COMMENT ON COLUMN reporting.rule_effectiveness.rule_name IS 'Name of the rule.';
COMMENT ON COLUMN reporting.rule_effectiveness.rule_type IS 'transaction_limit, velocity_check, geographic_restriction or amount_threshold.';
COMMENT ON COLUMN reporting.rule_effectiveness.is_active IS 'True while the rule is applied.';
COMMENT ON COLUMN reporting.rule_effectiveness.violations IS 'Violations found.';
COMMENT ON COLUMN reporting.rule_effectiveness.open_violations IS 'Of these, open or under investigation.';
COMMENT ON COLUMN reporting.rule_effectiveness.false_positives IS 'Of these, found to be none.';
COMMENT ON COLUMN reporting.rule_effectiveness.severe_violations IS 'Of these, of high or critical severity.';
COMMENT ON COLUMN reporting.rule_effectiveness.false_positive_rate IS 'False positives over closed violations, as a fraction; null when none is closed.';
COMMENT ON COLUMN reporting.rule_effectiveness.average_resolution_hours IS 'Mean hours to resolution; null when none is resolved.';

CREATE VIEW reporting.violation_aging AS
SELECT v.severity AS severity, v.status AS status, v.entity_type AS entity_type,
    count(*) AS violations, min(v.detected_at) AS oldest_detected_at,
    max(d.as_of_date - (v.detected_at AT TIME ZONE 'UTC')::date) AS oldest_days,
    round(avg(d.as_of_date - (v.detected_at AT TIME ZONE 'UTC')::date), 1) AS average_days
FROM public.rule_violations v
CROSS JOIN reporting.as_of d
WHERE v.resolved_at IS NULL
GROUP BY v.severity, v.status, v.entity_type;

COMMENT ON VIEW reporting.violation_aging IS
    'Violations that are not closed, by severity, with their age at the as-of date.';
COMMENT ON COLUMN reporting.violation_aging.severity IS 'low, medium, high or critical.';
COMMENT ON COLUMN reporting.violation_aging.status IS 'open or investigating.';
COMMENT ON COLUMN reporting.violation_aging.entity_type IS 'What broke the rule: transaction, account or customer.';
COMMENT ON COLUMN reporting.violation_aging.violations IS 'Number of violations.';
COMMENT ON COLUMN reporting.violation_aging.oldest_detected_at IS 'Instant at which the oldest was detected (UTC).';
COMMENT ON COLUMN reporting.violation_aging.oldest_days IS 'Age of the oldest in days.';
COMMENT ON COLUMN reporting.violation_aging.average_days IS 'Mean age in days.';

CREATE VIEW reporting.regulatory_calendar AS
SELECT r.report_id AS report_id, r.report_type AS report_type, r.period_start AS period_start,
    r.period_end AS period_end, r.status AS status, r.period_end + 45 AS due_date,
    r.submitted_date AS submitted_date,
    coalesce(r.submitted_date, d.as_of_date) - r.period_end AS days_after_period,
    CASE WHEN r.submitted_date IS NOT NULL THEN 'submitted'
        WHEN d.as_of_date > r.period_end + 45 THEN 'overdue'
        ELSE 'due' END AS filing_state
FROM public.regulatory_reports r
CROSS JOIN reporting.as_of d;

COMMENT ON VIEW reporting.regulatory_calendar IS
    'Reports to the supervisor with the day they are due, 45 days after the period.';
COMMENT ON COLUMN reporting.regulatory_calendar.report_id IS 'Key of the report (regulatory_reports.report_id).';
COMMENT ON COLUMN reporting.regulatory_calendar.report_type IS 'capital_adequacy, liquidity, stress_test or quarterly_filing.';
COMMENT ON COLUMN reporting.regulatory_calendar.period_start IS 'First day of the period reported on.';
COMMENT ON COLUMN reporting.regulatory_calendar.period_end IS 'Last day of the period reported on.';
COMMENT ON COLUMN reporting.regulatory_calendar.status IS 'submitted, accepted or pending.';
COMMENT ON COLUMN reporting.regulatory_calendar.due_date IS 'Day by which it is to be submitted.';
COMMENT ON COLUMN reporting.regulatory_calendar.submitted_date IS 'Day of submission; null while pending.';
COMMENT ON COLUMN reporting.regulatory_calendar.days_after_period IS 'Days from the end of the period to the submission, or to the as-of date while pending.';
COMMENT ON COLUMN reporting.regulatory_calendar.filing_state IS 'submitted, due or overdue.';
