-- Compliance: identity checks, anti-money-laundering, reports, audit trail, rules and their violations.

CREATE TABLE public.kyc_records (
    kyc_id            bigint NOT NULL,
    customer_id       bigint NOT NULL,
    kyc_status        text   NOT NULL,
    document_type     text   NOT NULL,
    document_number   text   NOT NULL,
    verification_date date,
    expiry_date       date,
    next_review_date  date,
    verified_by       bigint,
    CONSTRAINT pk_kyc_records PRIMARY KEY (kyc_id),
    CONSTRAINT uq_kyc_records_customer UNIQUE (customer_id),
    CONSTRAINT uq_kyc_records_document UNIQUE (document_type, document_number),
    CONSTRAINT ck_kyc_records_status CHECK (kyc_status IN ('verified', 'pending', 'expired')),
    CONSTRAINT ck_kyc_records_document CHECK (document_type IN ('passport', 'drivers_license', 'national_id')),
    CONSTRAINT ck_kyc_records_verified CHECK (
        (kyc_status = 'pending') = (verification_date IS NULL)
        AND (kyc_status = 'pending') = (verified_by IS NULL)
        AND (kyc_status = 'pending' OR (expiry_date IS NOT NULL AND next_review_date IS NOT NULL))),
    CONSTRAINT ck_kyc_records_dates CHECK (
        expiry_date > verification_date AND next_review_date > verification_date)
);

CREATE INDEX ix_kyc_records_review ON public.kyc_records (next_review_date);

COMMENT ON TABLE public.kyc_records IS
    'Know-your-customer file: the identity check of every customer, exactly one row each.';
COMMENT ON COLUMN public.kyc_records.kyc_id IS 'Key of the record.';
COMMENT ON COLUMN public.kyc_records.customer_id IS 'Customer checked (accounts_db.customers.customer_id); unique.';
COMMENT ON COLUMN public.kyc_records.kyc_status IS 'verified, pending or expired; equals customer_db.customer_profiles.kyc_status.';
COMMENT ON COLUMN public.kyc_records.document_type IS 'Document shown: passport, drivers_license or national_id.';
COMMENT ON COLUMN public.kyc_records.document_number IS 'Number of the document; unique within its type. Personal data.';
COMMENT ON COLUMN public.kyc_records.verification_date IS 'Day of the last completed check; null if and only if the first is pending.';
COMMENT ON COLUMN public.kyc_records.expiry_date IS 'Day on which the check loses its validity, one to ten years after it; may lie in the future. Null while pending.';
COMMENT ON COLUMN public.kyc_records.next_review_date IS 'Day on which the check is to be repeated: sooner the higher the risk. Null while pending.';
COMMENT ON COLUMN public.kyc_records.verified_by IS 'Compliance officer who checked (employees_db.employees.employee_id); null if and only if pending.';

CREATE TABLE public.aml_checks (
    check_id       bigint      NOT NULL,
    customer_id    bigint      NOT NULL,
    transaction_id bigint,
    check_type     text        NOT NULL,
    check_date     timestamptz NOT NULL,
    aml_flag       boolean     NOT NULL,
    risk_level     text,
    reviewed_by    bigint,
    CONSTRAINT pk_aml_checks PRIMARY KEY (check_id),
    CONSTRAINT ck_aml_checks_type CHECK (check_type IN (
        'watchlist', 'sanctions', 'pep_screening', 'transaction_monitoring')),
    CONSTRAINT ck_aml_checks_transaction CHECK ((check_type = 'transaction_monitoring') = (transaction_id IS NOT NULL)),
    CONSTRAINT ck_aml_checks_risk CHECK (risk_level IN ('low', 'medium', 'high')),
    CONSTRAINT ck_aml_checks_flagged CHECK (
        aml_flag = (risk_level IS NOT NULL) AND aml_flag = (reviewed_by IS NOT NULL))
);

CREATE INDEX ix_aml_checks_customer ON public.aml_checks (customer_id);
CREATE INDEX ix_aml_checks_transaction ON public.aml_checks (transaction_id) WHERE transaction_id IS NOT NULL;

COMMENT ON TABLE public.aml_checks IS
    'Anti-money-laundering checks of customers, and of every transaction above the threshold of 10,000.';
COMMENT ON COLUMN public.aml_checks.check_id IS 'Key of the check.';
COMMENT ON COLUMN public.aml_checks.customer_id IS 'Customer checked (accounts_db.customers.customer_id).';
COMMENT ON COLUMN public.aml_checks.transaction_id IS 'Transaction monitored (accounts_db.transactions.transaction_id); set for transaction_monitoring only.';
COMMENT ON COLUMN public.aml_checks.check_type IS 'watchlist, sanctions, pep_screening (politically exposed persons) or transaction_monitoring.';
COMMENT ON COLUMN public.aml_checks.check_date IS 'Instant of the check (UTC).';
COMMENT ON COLUMN public.aml_checks.aml_flag IS 'True when the check found something to look into.';
COMMENT ON COLUMN public.aml_checks.risk_level IS 'low, medium or high; set if and only if the check is flagged.';
COMMENT ON COLUMN public.aml_checks.reviewed_by IS 'Employee who reviewed the finding (employees_db.employees.employee_id); set if and only if the check is flagged.';

CREATE TABLE public.suspicious_activity_reports (
    sar_id          bigint        NOT NULL,
    customer_id     bigint        NOT NULL,
    check_id        bigint        NOT NULL,
    activity_type   text          NOT NULL,
    amount_involved numeric(15,2) NOT NULL,
    status          text          NOT NULL,
    regulatory_tier text          NOT NULL,
    filed_by        bigint        NOT NULL,
    filed_date      date,
    CONSTRAINT pk_suspicious_activity_reports PRIMARY KEY (sar_id),
    CONSTRAINT fk_suspicious_activity_reports_check FOREIGN KEY (check_id) REFERENCES public.aml_checks (check_id),
    CONSTRAINT ck_suspicious_activity_reports_type CHECK (activity_type IN (
        'structuring', 'unusual_pattern', 'high_risk_country')),
    CONSTRAINT ck_suspicious_activity_reports_amount CHECK (amount_involved >= 5000),
    CONSTRAINT ck_suspicious_activity_reports_status CHECK (status IN ('draft', 'under_review', 'filed', 'closed')),
    CONSTRAINT ck_suspicious_activity_reports_filed CHECK ((status IN ('filed', 'closed')) = (filed_date IS NOT NULL)),
    CONSTRAINT ck_suspicious_activity_reports_tier CHECK (regulatory_tier IN ('tier1', 'tier2', 'tier3'))
);

CREATE INDEX ix_suspicious_activity_reports_check ON public.suspicious_activity_reports (check_id);
CREATE INDEX ix_suspicious_activity_reports_customer ON public.suspicious_activity_reports (customer_id);

COMMENT ON TABLE public.suspicious_activity_reports IS
    'Suspicious activity reports (SAR) to the authority, each from a flagged check. Confidential.';
COMMENT ON COLUMN public.suspicious_activity_reports.sar_id IS 'Key of the report.';
COMMENT ON COLUMN public.suspicious_activity_reports.customer_id IS 'Customer reported, the same as in the check (accounts_db.customers.customer_id).';
COMMENT ON COLUMN public.suspicious_activity_reports.check_id IS 'Flagged check that led to the report (aml_checks.check_id).';
COMMENT ON COLUMN public.suspicious_activity_reports.activity_type IS 'structuring (cash split to stay below the threshold), unusual_pattern or high_risk_country.';
COMMENT ON COLUMN public.suspicious_activity_reports.amount_involved IS 'Total of the suspicious transactions in US dollars, at least 5,000.';
COMMENT ON COLUMN public.suspicious_activity_reports.status IS 'draft, under_review, filed or closed.';
COMMENT ON COLUMN public.suspicious_activity_reports.regulatory_tier IS 'Urgency toward the regulator: tier1, tier2 or tier3.';
COMMENT ON COLUMN public.suspicious_activity_reports.filed_by IS 'Compliance officer who files it, or is preparing it (employees_db.employees.employee_id).';
COMMENT ON COLUMN public.suspicious_activity_reports.filed_date IS 'Day of filing; set if and only if the report is filed or closed.';

CREATE TABLE public.regulatory_reports (
    report_id      bigint NOT NULL,
    report_type    text   NOT NULL,
    period_start   date   NOT NULL,
    period_end     date   NOT NULL,
    status         text   NOT NULL,
    prepared_by    bigint NOT NULL,
    approved_by    bigint,
    submitted_date date,
    CONSTRAINT pk_regulatory_reports PRIMARY KEY (report_id),
    CONSTRAINT uq_regulatory_reports_period UNIQUE (report_type, period_start, period_end),
    CONSTRAINT ck_regulatory_reports_type CHECK (report_type IN (
        'capital_adequacy', 'liquidity', 'stress_test', 'quarterly_filing')),
    CONSTRAINT ck_regulatory_reports_period CHECK (period_end > period_start),
    CONSTRAINT ck_regulatory_reports_status CHECK (status IN ('submitted', 'accepted', 'pending')),
    CONSTRAINT ck_regulatory_reports_submitted CHECK (
        (status = 'pending') = (submitted_date IS NULL) AND (status = 'pending' OR approved_by IS NOT NULL)),
    CONSTRAINT ck_regulatory_reports_dates CHECK (submitted_date > period_end),
    CONSTRAINT ck_regulatory_reports_approver CHECK (approved_by <> prepared_by)
);

COMMENT ON TABLE public.regulatory_reports IS
    'Periodic reports to the supervisor. Their number does not grow with the bank.';
COMMENT ON COLUMN public.regulatory_reports.report_id IS 'Key of the report.';
COMMENT ON COLUMN public.regulatory_reports.report_type IS 'capital_adequacy, liquidity, stress_test or quarterly_filing.';
COMMENT ON COLUMN public.regulatory_reports.period_start IS 'First day of the period reported on.';
COMMENT ON COLUMN public.regulatory_reports.period_end IS 'Last day of the period reported on.';
COMMENT ON COLUMN public.regulatory_reports.status IS 'submitted, accepted (by the supervisor) or pending (latest period only).';
COMMENT ON COLUMN public.regulatory_reports.prepared_by IS 'Senior employee who prepared it (employees_db.employees.employee_id).';
COMMENT ON COLUMN public.regulatory_reports.approved_by IS 'Senior employee who approved it, never the one who prepared it (employees_db.employees.employee_id); may be open while pending.';
COMMENT ON COLUMN public.regulatory_reports.submitted_date IS 'Day of submission, within 45 days of the end of the period; null if and only if it is pending.';

CREATE TABLE public.audit_trails (
    audit_id        bigint      NOT NULL,
    entity_type     text        NOT NULL,
    entity_id       bigint      NOT NULL,
    action          text        NOT NULL,
    performed_by    bigint      NOT NULL,
    performed_at    timestamptz NOT NULL,
    source_database text        NOT NULL,
    old_value       jsonb,
    new_value       jsonb,
    ip_address      inet        NOT NULL,
    CONSTRAINT pk_audit_trails PRIMARY KEY (audit_id),
    CONSTRAINT ck_audit_trails_entity CHECK (entity_type IN ('account', 'customer', 'loan', 'transaction', 'policy')),
    CONSTRAINT ck_audit_trails_action CHECK (action IN ('create', 'update', 'view', 'delete')),
    CONSTRAINT ck_audit_trails_source CHECK (source_database IN (
        'employees_db', 'accounts_db', 'customer_db', 'loans_db', 'insurance_db', 'compliance_db')),
    CONSTRAINT ck_audit_trails_values CHECK (CASE action
        WHEN 'create' THEN old_value IS NULL
        WHEN 'delete' THEN new_value IS NULL
        WHEN 'view' THEN old_value IS NULL AND new_value IS NULL
        ELSE (old_value IS NULL) = (new_value IS NULL) AND (old_value <> new_value) IS NOT FALSE END)
);

CREATE INDEX ix_audit_trails_entity ON public.audit_trails (entity_type, entity_id);
CREATE INDEX ix_audit_trails_performed_at ON public.audit_trails (performed_at);

COMMENT ON TABLE public.audit_trails IS
    'Audit trail: a sample of who did what to which record in which database, and when.';
COMMENT ON COLUMN public.audit_trails.audit_id IS 'Key of the entry.';
COMMENT ON COLUMN public.audit_trails.entity_type IS 'Kind of record: account, customer, loan, transaction or policy.';
COMMENT ON COLUMN public.audit_trails.entity_id IS 'Key of the record in the table of its kind in source_database; after a delete it no longer exists.';
COMMENT ON COLUMN public.audit_trails.action IS 'create, update, view or delete.';
COMMENT ON COLUMN public.audit_trails.performed_by IS 'Employee who acted (employees_db.employees.employee_id).';
COMMENT ON COLUMN public.audit_trails.performed_at IS 'Instant of the action (UTC).';
COMMENT ON COLUMN public.audit_trails.source_database IS 'Database of the bank that holds, or held, the record.';
COMMENT ON COLUMN public.audit_trails.old_value IS 'Changed fields before an update or delete, as a JSON object; kept for a part of the entries.';
COMMENT ON COLUMN public.audit_trails.new_value IS 'Changed fields after a create or update, as a JSON object; kept for a part of the entries.';
COMMENT ON COLUMN public.audit_trails.ip_address IS 'Network address the action came from, in a range reserved for documentation.';

CREATE TABLE public.compliance_rules (
    rule_id          bigint  NOT NULL,
    rule_name        text    NOT NULL,
    rule_type        text    NOT NULL,
    threshold_amount numeric(15,2),
    threshold_count  integer,
    is_active        boolean NOT NULL,
    effective_date   date    NOT NULL,
    CONSTRAINT pk_compliance_rules PRIMARY KEY (rule_id),
    CONSTRAINT uq_compliance_rules_name UNIQUE (rule_name),
    CONSTRAINT ck_compliance_rules_type CHECK (rule_type IN (
        'transaction_limit', 'velocity_check', 'geographic_restriction', 'amount_threshold')),
    CONSTRAINT ck_compliance_rules_thresholds CHECK (threshold_amount > 0 AND threshold_count > 0),
    CONSTRAINT ck_compliance_rules_needed CHECK (CASE rule_type
        WHEN 'velocity_check' THEN threshold_count IS NOT NULL
        WHEN 'geographic_restriction' THEN true
        ELSE threshold_amount IS NOT NULL END)
);

COMMENT ON TABLE public.compliance_rules IS
    'Rules by which accounts and transactions are watched. Their number does not grow with the bank.';
COMMENT ON COLUMN public.compliance_rules.rule_id IS 'Key of the rule.';
COMMENT ON COLUMN public.compliance_rules.rule_name IS 'Name of the rule; unique.';
COMMENT ON COLUMN public.compliance_rules.rule_type IS 'transaction_limit, velocity_check, geographic_restriction or amount_threshold.';
COMMENT ON COLUMN public.compliance_rules.threshold_amount IS 'Amount above which the rule is broken, in the currency of the account; null where the rule has none.';
COMMENT ON COLUMN public.compliance_rules.threshold_count IS 'Number of events above which the rule is broken; null where the rule has none.';
COMMENT ON COLUMN public.compliance_rules.is_active IS 'True while the rule is applied.';
COMMENT ON COLUMN public.compliance_rules.effective_date IS 'Day from which the rule is in force.';

CREATE TABLE public.rule_violations (
    violation_id          bigint      NOT NULL,
    rule_id               bigint      NOT NULL,
    entity_type           text        NOT NULL,
    entity_id             bigint      NOT NULL,
    severity              text        NOT NULL,
    status                text        NOT NULL,
    detected_at           timestamptz NOT NULL,
    resolved_at           timestamptz,
    resolution_time_hours numeric(8,2),
    resolved_by           bigint,
    CONSTRAINT pk_rule_violations PRIMARY KEY (violation_id),
    CONSTRAINT fk_rule_violations_rule FOREIGN KEY (rule_id) REFERENCES public.compliance_rules (rule_id),
    CONSTRAINT ck_rule_violations_entity CHECK (entity_type IN ('transaction', 'account', 'customer')),
    CONSTRAINT ck_rule_violations_severity CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    CONSTRAINT ck_rule_violations_status CHECK (status IN ('open', 'investigating', 'resolved', 'false_positive')),
    CONSTRAINT ck_rule_violations_resolved CHECK (
        (status IN ('resolved', 'false_positive')) = (resolved_at IS NOT NULL)
        AND (status IN ('resolved', 'false_positive')) = (resolved_by IS NOT NULL)
        AND (status = 'resolved') = (resolution_time_hours IS NOT NULL)),
    CONSTRAINT ck_rule_violations_dates CHECK (resolved_at > detected_at),
    CONSTRAINT ck_rule_violations_time CHECK (
        abs(extract(epoch FROM resolved_at - detected_at) / 3600 - resolution_time_hours) <= 0.01)
);

CREATE INDEX ix_rule_violations_rule ON public.rule_violations (rule_id);
CREATE INDEX ix_rule_violations_entity ON public.rule_violations (entity_type, entity_id);

COMMENT ON TABLE public.rule_violations IS
    'Breaches of compliance rules and how they were dealt with.';
COMMENT ON COLUMN public.rule_violations.violation_id IS 'Key of the violation.';
COMMENT ON COLUMN public.rule_violations.rule_id IS 'Rule that was broken (compliance_rules.rule_id).';
COMMENT ON COLUMN public.rule_violations.entity_type IS 'What broke it: transaction, account or customer.';
COMMENT ON COLUMN public.rule_violations.entity_id IS 'Key of the transaction, account or customer in accounts_db.';
COMMENT ON COLUMN public.rule_violations.severity IS 'low, medium, high or critical.';
COMMENT ON COLUMN public.rule_violations.status IS 'open, investigating, resolved or false_positive.';
COMMENT ON COLUMN public.rule_violations.detected_at IS 'Instant of detection (UTC).';
COMMENT ON COLUMN public.rule_violations.resolved_at IS 'Instant of the resolution (UTC); set if and only if resolved or false_positive.';
COMMENT ON COLUMN public.rule_violations.resolution_time_hours IS 'Hours from detected_at to resolved_at; set if and only if resolved.';
COMMENT ON COLUMN public.rule_violations.resolved_by IS 'Compliance officer who closed it (employees_db.employees.employee_id); set if and only if resolved or false_positive.';
