-- G. Compliance.

-- G01 every customer has one KYC record, with the status that his profile shows
-- examines: customer_db.customer_profiles
SELECT coalesce(p.customer_id, k.customer_id) FROM customer_db.customer_profiles p FULL JOIN (
    SELECT customer_id, count(*) AS n, min(kyc_status) AS kyc_status FROM compliance_db.kyc_records
    GROUP BY customer_id) k ON k.customer_id = p.customer_id
WHERE (k.n = 1 AND k.kyc_status = p.kyc_status) IS NOT TRUE;

-- G02 identity papers have expired exactly when their day has passed
-- examines: compliance_db.kyc_records WHERE kyc_status <> 'pending'
SELECT kyc_id FROM compliance_db.kyc_records
WHERE kyc_status <> 'pending' AND ((kyc_status = 'expired') = (expiry_date < as_of())) IS NOT TRUE;

-- G03 pending means not verified by anybody; such customers joined lately or have no open account
-- examines: compliance_db.kyc_records
SELECT kyc_id FROM compliance_db.kyc_records k
WHERE (kyc_status = 'pending') <> (verification_date IS NULL)
   OR (kyc_status = 'pending') <> (verified_by IS NULL)
UNION
SELECT k.kyc_id FROM compliance_db.kyc_records k JOIN accounts_db.customers c USING (customer_id)
JOIN accounts_db.accounts a USING (customer_id)
WHERE k.kyc_status = 'pending' AND a.status <> 'closed'
  AND c.created_at::DATE <= as_of() - figure('compliance.pending_days')::INTEGER;

-- G03b verification happens from onboarding on, never ahead
-- examines: compliance_db.kyc_records WHERE verification_date IS NOT NULL
SELECT k.kyc_id FROM compliance_db.kyc_records k JOIN accounts_db.customers c USING (customer_id)
WHERE k.verification_date < c.created_at::DATE OR k.verification_date >= as_of();

-- G04 the review comes within the months of the customer's risk, and is not long overdue
-- examines: compliance_db.kyc_records WHERE next_review_date IS NOT NULL
SELECT k.kyc_id FROM compliance_db.kyc_records k JOIN customer_db.customer_profiles p USING (customer_id)
JOIN profile.numbers n ON n.path = 'compliance.review_months.' || p.risk_rating
WHERE k.next_review_date > k.verification_date + to_months(n.value::INTEGER)
   OR k.next_review_date <= k.verification_date
   OR (k.kyc_status = 'verified' AND k.next_review_date < as_of() - 90);

-- G05 document numbers are unique within their type and look like it; papers last 1 to 10 years
-- examines: compliance_db.kyc_records
SELECT kyc_id FROM (
    SELECT kyc_id, document_type, document_number, verification_date, expiry_date,
           count(*) OVER (PARTITION BY document_type, document_number) AS twins
    FROM compliance_db.kyc_records)
WHERE twins > 1 OR NOT CASE document_type
        WHEN 'passport' THEN regexp_full_match(document_number, '[A-Z]\d{8,10}')
        WHEN 'drivers_license' THEN regexp_full_match(document_number, '[A-Z]\d{3,5}-\d{3}-\d{3}')
        ELSE regexp_full_match(document_number, 'ID\d{9,11}') END
   OR expiry_date < verification_date + to_months(12 * low('compliance.document_years')::INTEGER)
   OR expiry_date > verification_date + to_months(12 * high('compliance.document_years')::INTEGER);

-- G06 every customer is screened within 30 days of joining, and before any money moves
-- examines: accounts_db.customers
SELECT c.customer_id FROM accounts_db.customers c LEFT JOIN (
    SELECT customer_id, min(check_date) AS first FROM compliance_db.aml_checks
    WHERE check_type <> 'transaction_monitoring' GROUP BY customer_id) s USING (customer_id)
LEFT JOIN (
    SELECT a.customer_id, min(t.transaction_date) AS moved FROM accounts_db.transactions t
    JOIN accounts_db.accounts a USING (account_id) GROUP BY a.customer_id) m USING (customer_id)
WHERE (s.first >= c.created_at AND s.first <= coalesce(m.moved, s.first) AND s.first::DATE
       <= c.created_at::DATE + figure('compliance.screening_days')::INTEGER) IS NOT TRUE;

-- G07 every transaction above the threshold is monitored, afterwards, under its account's owner
-- examines: accounts_db.transactions
SELECT t.transaction_id FROM accounts_db.transactions t JOIN accounts_db.accounts a USING (account_id)
LEFT JOIN compliance_db.aml_checks k ON k.transaction_id = t.transaction_id
WHERE t.amount > figure('compliance.monitoring_threshold') AND k.check_id IS NULL
   OR k.check_date < t.transaction_date OR k.customer_id <> a.customer_id;

-- G07b a transaction is named by monitoring checks and no others; no check lies ahead
-- examines: compliance_db.aml_checks
SELECT check_id FROM compliance_db.aml_checks
WHERE (check_type = 'transaction_monitoring') <> (transaction_id IS NOT NULL) OR check_date >= instant();

-- G07c a monitored transaction below the threshold passes it with others of its customer in a month
-- examines: compliance_db.aml_checks WHERE transaction_id IS NOT NULL
WITH small AS (
    SELECT t.transaction_id, a.customer_id, t.amount, t.transaction_date, t.transaction_type,
           t.transaction_type IN ('deposit', 'transfer_in') AS credit
    FROM accounts_db.transactions t JOIN accounts_db.accounts a USING (account_id)
    WHERE t.amount <= figure('compliance.monitoring_threshold')),
watched AS (
    SELECT k.check_id, s.customer_id, s.credit, s.transaction_date, s.transaction_type
    FROM compliance_db.aml_checks k JOIN small s USING (transaction_id))
SELECT w.check_id FROM watched w JOIN small s USING (customer_id, credit)
WHERE abs(epoch(s.transaction_date - w.transaction_date)) <= 30 * 86400
  AND s.transaction_type IN ('deposit', 'transfer_in', 'withdrawal', 'transfer_out')
GROUP BY w.check_id HAVING sum(s.amount) <= figure('compliance.monitoring_threshold')
UNION
SELECT check_id FROM watched
WHERE transaction_type NOT IN ('deposit', 'transfer_in', 'withdrawal', 'transfer_out');

-- G08 exactly what is flagged has a risk level and a reviewer
-- examines: compliance_db.aml_checks
SELECT check_id FROM compliance_db.aml_checks
WHERE aml_flag <> (risk_level IS NOT NULL) OR aml_flag <> (reviewed_by IS NOT NULL);

-- G08b a screening names its list and the nearest match, which is close exactly when it is flagged
-- examines: compliance_db.aml_checks
SELECT check_id FROM compliance_db.aml_checks
WHERE (check_type = 'transaction_monitoring') <> (list_name IS NULL)
   OR (list_name IS NULL) <> (match_score IS NULL) OR aml_flag <> (match_score >= 80);

-- G09 a suspicious-activity report follows a grave finding about the same customer
-- examines: compliance_db.suspicious_activity_reports
SELECT s.sar_id FROM compliance_db.suspicious_activity_reports s
LEFT JOIN compliance_db.aml_checks k USING (check_id)
WHERE (k.aml_flag AND k.customer_id = s.customer_id AND k.risk_level IN ('medium', 'high')
       AND k.check_date::DATE <= coalesce(s.filed_date, as_of())) IS NOT TRUE;

-- G10 the amount of a report is the sum of the transactions that it names
-- examines: compliance_db.suspicious_activity_reports
SELECT s.sar_id FROM compliance_db.suspicious_activity_reports s LEFT JOIN (
    SELECT n.sar_id, sum(t.amount) AS amount FROM compliance_db.sar_transactions n
    JOIN accounts_db.transactions t USING (transaction_id) GROUP BY n.sar_id) m USING (sar_id)
WHERE s.amount_involved IS DISTINCT FROM m.amount;

-- G10b a report names transactions of its customer, on the account that it names if it is one
-- examines: compliance_db.suspicious_activity_reports
SELECT sar_id FROM (
    SELECT s.sar_id, s.customer_id, s.account_id, a.customer_id AS owner, a.currency,
           t.account_id AS moved_on
    FROM compliance_db.suspicious_activity_reports s JOIN compliance_db.sar_transactions n USING (sar_id)
    JOIN accounts_db.transactions t USING (transaction_id)
    JOIN accounts_db.accounts a ON a.account_id = t.account_id)
GROUP BY sar_id, account_id
HAVING bool_or(owner <> customer_id) OR bool_or(currency <> 'USD') OR account_id IS DISTINCT FROM
    CASE WHEN min(moved_on) = max(moved_on) THEN min(moved_on) END;

-- G10c the period of a report is that of its transactions, which lie before the check, one way all
-- examines: compliance_db.suspicious_activity_reports
SELECT sar_id FROM (
    SELECT s.sar_id, s.period_start, s.period_end, k.check_date, t.transaction_date,
           t.transaction_type IN ('deposit', 'transfer_in') AS credit
    FROM compliance_db.suspicious_activity_reports s JOIN compliance_db.sar_transactions n USING (sar_id)
    JOIN compliance_db.aml_checks k USING (check_id)
    JOIN accounts_db.transactions t ON t.transaction_id = n.transaction_id)
GROUP BY sar_id, period_start, period_end, check_date
HAVING min(transaction_date)::DATE <> period_start OR max(transaction_date)::DATE <> period_end
    OR max(transaction_date) > check_date OR bool_or(credit) <> bool_and(credit);

-- G11 reports are of 5,000 dollars or more, filed within 30 days of the finding
-- examines: compliance_db.suspicious_activity_reports
SELECT s.sar_id FROM compliance_db.suspicious_activity_reports s
LEFT JOIN compliance_db.aml_checks k USING (check_id)
WHERE s.amount_involved < 5000 OR (s.status IN ('filed', 'closed')) <> (s.filed_date IS NOT NULL)
   OR s.filed_date >= as_of()
   OR s.filed_date - k.check_date::DATE > figure('compliance.sar_filing_days');

-- G12 structuring is three or more cash deposits below the threshold that pass it within ten days
-- examines: compliance_db.suspicious_activity_reports WHERE activity_type = 'structuring'
-- ledger: life
SELECT sar_id FROM (
    SELECT s.sar_id, t.amount, t.transaction_date, t.transaction_type = 'deposit'
           AND t.channel IN ('branch', 'atm') AS cash
    FROM compliance_db.suspicious_activity_reports s JOIN compliance_db.sar_transactions n USING (sar_id)
    JOIN accounts_db.transactions t ON t.transaction_id = n.transaction_id
    WHERE s.activity_type = 'structuring')
GROUP BY sar_id
HAVING count(*) < 3 OR NOT bool_and(cash) OR max(amount) > figure('compliance.monitoring_threshold')
    OR sum(amount) <= figure('compliance.monitoring_threshold')
    OR max(transaction_date)::DATE - min(transaction_date)::DATE > 10;

-- G13 whoever is reported is not rated as a low risk
-- examines: compliance_db.suspicious_activity_reports
SELECT s.sar_id FROM compliance_db.suspicious_activity_reports s
JOIN customer_db.customer_profiles p USING (customer_id)
WHERE p.risk_rating = 'low';

-- G17 the narrative of a report names the customer and the amount
-- examines: compliance_db.suspicious_activity_reports
SELECT s.sar_id FROM compliance_db.suspicious_activity_reports s
JOIN accounts_db.customers c USING (customer_id)
WHERE NOT contains(s.narrative, format('${:,.2f}', s.amount_involved::DOUBLE))
   OR NOT contains(s.narrative, coalesce(c.company_name, c.first_name || ' ' || c.last_name));

-- G14 regulatory reports go out within 45 days of their period; only the latest are pending
-- examines: compliance_db.regulatory_reports
SELECT report_id FROM (
    SELECT report_id, status, period_start, period_end, submitted_date, prepared_by, approved_by,
           max(period_end) OVER () AS latest
    FROM compliance_db.regulatory_reports)
WHERE (status = 'pending') <> (submitted_date IS NULL) OR submitted_date <= period_end
   OR submitted_date > period_end + figure('compliance.report_days')::INTEGER
   OR submitted_date >= as_of() OR period_end >= as_of() OR period_end <= period_start
   OR (status = 'pending' AND period_end <> latest) OR approved_by = prepared_by
   OR (status <> 'pending' AND approved_by IS NULL);

-- G14b they are prepared and approved by managers or heads of departments
-- examines: compliance_db.regulatory_reports
SELECT report_id FROM (
    SELECT report_id, prepared_by AS employee_id FROM compliance_db.regulatory_reports
    UNION ALL SELECT report_id, approved_by FROM compliance_db.regulatory_reports)
JOIN employees_db.employees e USING (employee_id)
LEFT JOIN employees_db.departments d ON d.head_employee_id = e.employee_id
WHERE e.role <> 'manager' AND d.department_id IS NULL;

-- G15 an entity is created before anything else happens to it in the audit trail
-- examines: compliance_db.audit_trails
SELECT audit_id FROM (
    SELECT audit_id, action, performed_at, min(performed_at) FILTER (WHERE action = 'create') OVER (
               PARTITION BY entity_type, entity_id) AS born,
           count(*) FILTER (WHERE action = 'create') OVER (PARTITION BY entity_type, entity_id) AS births
    FROM compliance_db.audit_trails)
WHERE performed_at >= instant()
   OR (action <> 'delete' AND (performed_at >= born AND births = 1) IS NOT TRUE);

-- G15b what was deleted no longer exists
-- examines: compliance_db.audit_trails WHERE action = 'delete'
SELECT audit_id FROM compliance_db.audit_trails
WHERE action = 'delete' AND CASE entity_type
    WHEN 'customer' THEN entity_id IN (SELECT customer_id FROM accounts_db.customers)
    WHEN 'account' THEN entity_id IN (SELECT account_id FROM accounts_db.accounts)
    WHEN 'transaction' THEN entity_id IN (SELECT transaction_id FROM accounts_db.transactions)
    WHEN 'loan' THEN entity_id IN (SELECT loan_id FROM loans_db.loans)
    ELSE entity_id IN (SELECT policy_id FROM insurance_db.policies) END;

-- G15c the audit trail keeps values as its action says: old and new differ, creations have no old
-- examines: compliance_db.audit_trails
SELECT audit_id FROM compliance_db.audit_trails
WHERE (action IN ('create', 'view') AND old_value IS NOT NULL)
   OR (action IN ('delete', 'view') AND new_value IS NOT NULL)
   OR (action = 'update' AND ((old_value IS NULL) <> (new_value IS NULL) OR old_value = new_value))
   OR source_database <> CASE entity_type WHEN 'loan' THEN 'loans_db' WHEN 'policy' THEN 'insurance_db'
        WHEN 'customer' THEN CASE source_database WHEN 'customer_db' THEN source_database ELSE 'accounts_db' END
        ELSE 'accounts_db' END;

-- G16 a violation is settled exactly when it has an instant and a name; the time is their difference
-- examines: compliance_db.rule_violations
SELECT violation_id FROM compliance_db.rule_violations
WHERE (status IN ('resolved', 'false_positive')) <> (resolved_at IS NOT NULL)
   OR (status IN ('resolved', 'false_positive')) <> (resolved_by IS NOT NULL)
   OR (status = 'resolved') <> (resolution_time_hours IS NOT NULL)
   OR abs(epoch(resolved_at - detected_at) / 3600 - resolution_time_hours) > 0.01
   OR resolved_at <= detected_at OR resolved_at >= instant() OR detected_at >= instant();

-- G16b the rule that was violated is active and was in force
-- examines: compliance_db.rule_violations
SELECT v.violation_id FROM compliance_db.rule_violations v JOIN compliance_db.compliance_rules r USING (rule_id)
WHERE NOT r.is_active OR v.detected_at::DATE < r.effective_date;

-- G16c what is named really passes the threshold of the rule
-- examines: compliance_db.rule_violations
WITH moves AS (
    SELECT v.violation_id, t.amount, t.transaction_date::DATE AS day FROM compliance_db.rule_violations v
    JOIN accounts_db.transactions t ON v.entity_type = 'transaction' AND t.transaction_id = v.entity_id
        AND t.transaction_date <= v.detected_at
    UNION ALL
    SELECT v.violation_id, t.amount, t.transaction_date::DATE FROM compliance_db.rule_violations v
    JOIN accounts_db.transactions t ON v.entity_type = 'account' AND t.account_id = v.entity_id
        AND t.transaction_date <= v.detected_at
    UNION ALL
    SELECT v.violation_id, t.amount, t.transaction_date::DATE FROM compliance_db.rule_violations v
    JOIN accounts_db.accounts a ON v.entity_type = 'customer' AND a.customer_id = v.entity_id
    JOIN accounts_db.transactions t ON t.account_id = a.account_id AND t.transaction_date <= v.detected_at),
days AS (
    SELECT violation_id, day, max(amount) AS most, count(*) AS n FROM moves
    JOIN compliance_db.rule_violations USING (violation_id)
    JOIN compliance_db.compliance_rules r USING (rule_id) WHERE day >= r.effective_date
    GROUP BY violation_id, day)
SELECT v.violation_id FROM compliance_db.rule_violations v JOIN compliance_db.compliance_rules r USING (rule_id)
LEFT JOIN (SELECT violation_id, max(most) AS most, max(n) AS n FROM days GROUP BY violation_id) d USING (violation_id)
WHERE CASE WHEN r.rule_type = 'velocity_check' THEN (d.n > r.threshold_count) IS NOT TRUE
    ELSE (d.most > r.threshold_amount) IS NOT TRUE END;
