"""What each report of a bank says, and the same asked of its tables in another way.

The bank stands as of 1 January 2026, so that its last day lies in the month, and the year, before.
"""

from __future__ import annotations

SAME = {
    ("accounts_db", "month-end balances and open accounts"): (
        "SELECT month, branch_code, account_type, currency, open_accounts, closing_balance"
        " FROM reporting.monthly_balances",
        """SELECT m.month::date, a.branch_code, a.account_type, a.currency,
            count(*) FILTER (WHERE a.closed_date IS NULL OR a.closed_date >= m.month + '1 month'),
            sum(coalesce((SELECT t.balance_after FROM transactions t
                WHERE t.account_id = a.account_id AND t.transaction_date < m.month + '1 month'
                ORDER BY t.transaction_date DESC, t.transaction_id DESC LIMIT 1),
                a.opening_balance))
        FROM generate_series(timestamp '2024-01-01', '2025-12-01', '1 month') AS m (month)
        JOIN accounts a ON a.opened_date < m.month + '1 month' GROUP BY 1, 2, 3, 4""",
    ),
    ("accounts_db", "the latest month stands at the balances of the accounts"): (
        "SELECT branch_code, account_type, currency, closing_balance"
        " FROM reporting.monthly_balances WHERE month = '2025-12-01'",
        "SELECT branch_code, account_type, currency, sum(balance) FROM accounts GROUP BY 1, 2, 3",
    ),
    ("accounts_db", "movements of a month"): (
        "SELECT to_char(month, 'YYYY-MM'), currency, sum(transactions), sum(credits), sum(debits)"
        " FROM reporting.monthly_balances WHERE transactions > 0 GROUP BY 1, 2",
        """SELECT to_char(transaction_date, 'YYYY-MM'), currency, count(*),
            sum(CASE direction WHEN 1 THEN amount ELSE 0 END),
            sum(CASE direction WHEN -1 THEN amount ELSE 0 END)
        FROM transactions JOIN accounts USING (account_id)
        JOIN transaction_types USING (transaction_type)
        WHERE transaction_date >= '2024-01-01' GROUP BY 1, 2""",
    ),
    ("accounts_db", "a month begins as the one before ended"): (
        "SELECT 0",
        """SELECT count(*) FROM reporting.monthly_balances b
        LEFT JOIN reporting.monthly_balances p USING (branch_code, account_type, currency)
        WHERE p.month = b.month - interval '1 month' AND p.closing_balance <> b.opening_balance
        OR b.opening_balance + b.brought_forward + b.credits - b.debits <> b.closing_balance""",
    ),
    ("accounts_db", "branches"): (
        "SELECT branch_code, currency, open_accounts, deposits, average_balance"
        " FROM reporting.branch_performance",
        """SELECT branch_code, currency, count(*) FILTER (WHERE status <> 'closed'), sum(balance),
            round(sum(balance) / nullif(count(*) FILTER (WHERE status <> 'closed'), 0), 2)
        FROM accounts GROUP BY 1, 2""",
    ),
    ("accounts_db", "transactions of branches in 12 months"): (
        "SELECT sum(transactions) FROM reporting.branch_performance",
        "SELECT count(*) FROM transactions WHERE transaction_date >= '2025-01-01'",
    ),
    ("accounts_db", "what came and went leads from the deposits of a year ago to those of today"): (
        "SELECT 0, min(deposits_year_ago) = 0, max(deposits_year_ago) > 0"
        " FROM reporting.branch_performance",
        "SELECT count(*) FILTER (WHERE deposits_year_ago + new_account_money + credits - debits"
        " <> deposits), true, true FROM reporting.branch_performance",
    ),
    ("accounts_db", "deposits"): (
        "SELECT currency, sum(accounts), sum(balance) FROM reporting.deposit_portfolio GROUP BY 1",
        "SELECT currency, count(*), sum(balance) FROM accounts GROUP BY 1",
    ),
    ("accounts_db", "each currency is a whole"): (
        "SELECT currency, round(sum(share_of_currency), 2) FROM reporting.deposit_portfolio"
        " GROUP BY 1",
        "SELECT DISTINCT currency, 1.00 FROM accounts WHERE balance > 0",
    ),
    ("accounts_db", "deposits of customers"): (
        "SELECT customer_id, currency, open_accounts, balance,"
        " coalesce(checking_balance, 0) + coalesce(savings_balance, 0)"
        " FROM reporting.customer_deposits",
        "SELECT customer_id, currency, count(*), sum(balance), sum(balance) FROM accounts"
        " WHERE closed_date IS NULL GROUP BY 1, 2",
    ),
    ("accounts_db", "channels"): (
        "SELECT channel, currency, sum(transactions), sum(amount) FROM reporting.channel_usage"
        " GROUP BY 1, 2",
        "SELECT channel, currency, count(*), sum(amount) FROM transactions"
        " JOIN accounts USING (account_id) GROUP BY 1, 2",
    ),
    ("accounts_db", "spending"): (
        "SELECT category, currency, sum(transactions), sum(amount)"
        " FROM reporting.spending_by_category GROUP BY 1, 2",
        "SELECT category, currency, count(*), sum(amount) FROM transactions"
        " JOIN accounts USING (account_id) WHERE transaction_type = 'payment'"
        " AND description !~ ' (LOAN|POLICY) [0-9]+$' GROUP BY 1, 2",
    ),
    ("accounts_db", "statements"): (
        "SELECT account_number, sum(coalesce(credit, 0) - coalesce(debit, 0))"
        " FROM reporting.account_statement GROUP BY 1",
        "SELECT account_number, balance - opening_balance FROM accounts"
        " WHERE account_id IN (SELECT account_id FROM transactions)",
    ),
    ("customer_db", "the whole customer"): (
        """SELECT customer_id, segment, customer_status, interactions, contact_minutes,
            last_interaction_date, surveys, average_nps, complaints, open_complaints,
            campaign_responses, campaign_conversions FROM reporting.customer_360""",
        """SELECT p.customer_id, p.segment, p.customer_status,
            (SELECT count(*) FROM interactions i WHERE i.customer_id = p.customer_id),
            (SELECT coalesce(sum(duration_minutes), 0) FROM interactions i
                WHERE i.customer_id = p.customer_id),
            (SELECT max(interaction_date::date) FROM interactions i
                WHERE i.customer_id = p.customer_id),
            (SELECT count(*) FROM satisfaction_surveys s WHERE s.customer_id = p.customer_id),
            (SELECT round(avg(nps_score), 2) FROM satisfaction_surveys s
                WHERE s.customer_id = p.customer_id),
            (SELECT count(*) FROM complaints c WHERE c.customer_id = p.customer_id),
            (SELECT count(*) FROM complaints c WHERE c.customer_id = p.customer_id
                AND c.resolved_at IS NULL),
            (SELECT count(*) FROM campaign_responses r WHERE r.customer_id = p.customer_id),
            (SELECT count(*) FROM campaign_responses r WHERE r.customer_id = p.customer_id
                AND r.converted)
        FROM customer_profiles p""",
    ),
    ("customer_db", "months with the bank"): (
        "SELECT 0",
        """SELECT count(*) FROM reporting.customer_360
        WHERE onboarding_date + make_interval(months => tenure_months) > '2026-01-01'
        OR onboarding_date + make_interval(months => tenure_months + 1) <= '2026-01-01'""",
    ),
    ("customer_db", "promoters and detractors"): (
        "SELECT to_char(month, 'YYYY-MM'), channel, surveys, promoters, passives, detractors,"
        " net_promoter_score FROM reporting.nps_by_month",
        """SELECT to_char(survey_date, 'YYYY-MM'), channel, count(*),
            sum((nps_score > 8)::int), sum((nps_score IN (7, 8))::int), sum((nps_score < 7)::int),
            round(avg(CASE WHEN nps_score > 8 THEN 100.0 WHEN nps_score < 7 THEN -100
                ELSE 0 END), 1)
        FROM satisfaction_surveys JOIN interactions USING (interaction_id) GROUP BY 1, 2""",
    ),
    ("customer_db", "segments"): (
        "SELECT segment, sum(customers), sum(interactions), sum(complaints), sum(open_complaints)"
        " FROM reporting.segment_overview GROUP BY 1",
        """SELECT segment, count(*),
            sum((SELECT count(*) FROM interactions i WHERE i.customer_id = p.customer_id)),
            sum((SELECT count(*) FROM complaints c WHERE c.customer_id = p.customer_id)),
            sum((SELECT count(*) FROM complaints c WHERE c.customer_id = p.customer_id
                AND c.resolved_at IS NULL))
        FROM customer_profiles p GROUP BY 1""",
    ),
    ("customer_db", "whom the bank may lose"): (
        "SELECT customer_id FROM reporting.retention_watchlist",
        """SELECT customer_id FROM customer_profiles p WHERE customer_status = 'dormant'
        OR customer_status = 'active' AND (
            EXISTS (SELECT FROM complaints c WHERE c.customer_id = p.customer_id
                AND c.status IN ('open', 'investigating'))
            OR (SELECT round(avg(nps_score), 2) FROM satisfaction_surveys s
                WHERE s.customer_id = p.customer_id) <= 6)""",
    ),
    ("customer_db", "complaints"): (
        "SELECT sum(complaints), sum(open_complaints), max(longest_hours),"
        " sum(disputed_transactions), sum(disputed_amount)"
        " FROM reporting.complaint_resolution",
        "SELECT count(*), sum((resolved_at IS NULL)::int), max(resolution_time_hours),"
        " count(amount), sum(amount)"
        " FROM complaints",
    ),
    ("customer_db", "campaigns"): (
        "SELECT count(*), sum(responses), sum(conversions), sum(unsubscribed), sum(budget)"
        " FROM reporting.campaign_performance",
        """SELECT (SELECT count(*) FROM campaigns), count(*), sum(converted::int),
            sum((response_type = 'unsubscribed')::int), (SELECT sum(budget) FROM campaigns)
        FROM campaign_responses""",
    ),
    ("loans_db", "the loan tape"): (
        """SELECT loan_id, outstanding_balance, days_past_due, collateral_value, guarantee_amount,
            unsecured_balance, risk_score, pd_probability FROM reporting.loan_tape""",
        """SELECT loan_id, outstanding_balance, days_past_due, value, guaranteed,
            greatest(0, outstanding_balance - value - guaranteed), risk_score, pd_probability
        FROM (SELECT *, (SELECT coalesce(sum(appraised_value), 0) FROM collateral c
                WHERE c.loan_id = l.loan_id) AS value,
            (SELECT coalesce(sum(guarantee_amount), 0) FROM loan_guarantors g
                WHERE g.loan_id = l.loan_id) AS guaranteed
            FROM loans l WHERE loan_status <> 'paid_off') l
        LEFT JOIN LATERAL (SELECT risk_score, pd_probability FROM risk_assessments r
            WHERE r.loan_id = l.loan_id OR r.application_id = l.application_id
            ORDER BY assessment_date DESC, assessment_id DESC LIMIT 1) r ON true""",
    ),
    ("loans_db", "arrears"): (
        "SELECT arrears_bucket, min(days_past_due) >= 0, count(*), sum(outstanding_balance)"
        " FROM reporting.loan_tape GROUP BY 1",
        """SELECT bucket, true, count(*), sum(outstanding_balance) FROM loans JOIN (VALUES
            ('current', 0, 0), ('1-30', 1, 30), ('31-60', 31, 60), ('61-90', 61, 90),
            ('over 90', 91, 99999)) AS b (bucket, low, high)
            ON days_past_due BETWEEN low AND high
        WHERE loan_status <> 'paid_off' GROUP BY 1""",
    ),
    ("loans_db", "portfolio at risk"): (
        """SELECT loan_type, outstanding_balance, par_30_balance, par_60_balance, par_90_balance,
            par_30_ratio, par_60_ratio, par_90_ratio FROM reporting.portfolio_at_risk""",
        """SELECT loan_type, o, p30, p60, p90, round(p30 / o, 4), round(p60 / o, 4),
            round(p90 / o, 4)
        FROM (SELECT loan_type, sum(outstanding_balance) AS o,
                sum(CASE WHEN days_past_due > 30 THEN outstanding_balance ELSE 0 END) AS p30,
                sum(CASE WHEN days_past_due > 60 THEN outstanding_balance ELSE 0 END) AS p60,
                sum(CASE WHEN days_past_due > 90 THEN outstanding_balance ELSE 0 END) AS p90
            FROM loans WHERE outstanding_balance > 0 GROUP BY 1) t""",
    ),
    ("loans_db", "delinquency"): (
        """SELECT to_char(month, 'YYYY-MM'), loan_type, installments_due, installments_paid,
            installments_late, installments_pending, installments_missed, amount_due,
            amount_collected, amount_missed, delinquency_rate, collection_rate
        FROM reporting.delinquency_by_month""",
        """SELECT to_char(due_date, 'YYYY-MM'), (SELECT loan_type FROM loans l
                WHERE l.loan_id = s.loan_id), count(*), sum((payment_status = 'paid')::int),
            sum((payment_status = 'late')::int), sum((payment_status = 'pending')::int),
            sum((payment_status = 'missed')::int), sum(CASE WHEN payment_date IS NULL
                THEN principal_amount + interest_amount ELSE paid_amount END),
            sum(CASE WHEN payment_status IN ('paid', 'late') THEN paid_amount ELSE 0 END),
            sum(CASE payment_status WHEN 'missed' THEN total_amount ELSE 0 END),
            round(avg((payment_status IN ('late', 'missed'))::int), 4),
            round(sum(CASE WHEN payment_status IN ('paid', 'late') THEN paid_amount ELSE 0 END)
                / sum(CASE WHEN payment_date IS NULL THEN total_amount ELSE paid_amount END), 4)
        FROM repayment_schedule s WHERE due_date <= '2025-12-31' GROUP BY 1, 2""",
    ),
    ("loans_db", "missed installments are those of the loans in arrears"): (
        "SELECT sum(installments_missed + installments_pending)"
        " FROM reporting.delinquency_by_month",
        "SELECT count(*) FROM repayment_schedule WHERE payment_date IS NULL"
        " AND due_date < '2026-01-01'",
    ),
    ("loans_db", "collections"): (
        "SELECT loan_type, sum(installments_paid), sum(by_direct_debit), sum(booked_here),"
        " sum(amount_collected), sum(amount_by_direct_debit), sum(amount_booked_here)"
        " FROM reporting.collection_channels GROUP BY 1",
        """SELECT loan_type, count(*), sum(autopay::int), sum((transaction_id > 0)::int),
            sum(paid_amount), sum(CASE WHEN autopay THEN paid_amount ELSE 0 END),
            sum(CASE WHEN transaction_id > 0 THEN paid_amount ELSE 0 END)
        FROM repayment_schedule JOIN loans USING (loan_id)
        WHERE payment_status IN ('paid', 'late') GROUP BY 1""",
    ),
    ("loans_db", "cover"): (
        "SELECT loan_type, sum(loans), sum(outstanding_balance), sum(secured_loans)"
        " FROM reporting.collateral_coverage GROUP BY 1",
        "SELECT loan_type, count(*), sum(outstanding_balance), sum((EXISTS (SELECT FROM"
        " collateral c WHERE c.loan_id = l.loan_id))::int) FROM loans l"
        " WHERE loan_status <> 'paid_off' GROUP BY 1",
    ),
    ("loans_db", "vintages"): (
        "SELECT loan_type, sum(loans), sum(disbursed), sum(outstanding_balance), sum(defaulted)"
        " FROM reporting.vintage_analysis GROUP BY 1",
        "SELECT loan_type, count(*), sum(principal_amount), sum(outstanding_balance),"
        " sum((loan_status = 'defaulted')::int) FROM loans GROUP BY 1",
    ),
    ("loans_db", "applications"): (
        "SELECT sum(applications), sum(approved), sum(rejected), sum(withdrawn), sum(pending),"
        " sum(requested_amount), sum(disbursed_amount) FROM reporting.application_funnel",
        """SELECT count(*), sum((status = 'approved')::int), sum((status = 'rejected')::int),
            sum((status = 'withdrawn')::int), sum((status = 'pending')::int),
            sum(requested_amount), (SELECT sum(principal_amount) FROM loans)
        FROM loan_applications""",
    ),
    ("loans_db", "what is to come"): (
        "SELECT sum(installments), sum(principal_amount + interest_amount), sum(total_amount)"
        " FROM reporting.repayment_forecast",
        "SELECT count(*), sum(total_amount), sum(total_amount) FROM repayment_schedule"
        " WHERE due_date >= '2026-01-01' AND payment_status = 'scheduled' AND loan_id IN"
        " (SELECT loan_id FROM loans WHERE loan_status IN ('active', 'restructured'))",
    ),
    ("insurance_db", "the triangle, cell by cell"): (
        "SELECT policy_type, accident_year, development_year, claims_paid, paid_amount,"
        " cumulative_paid, reported_claims, reported_amount FROM reporting.claims_triangle",
        """SELECT line, a, p - a, count(c.claim_id) FILTER (WHERE date_part('year', paid) = p),
            coalesce(sum(settlement_amount) FILTER (WHERE date_part('year', paid) = p), 0),
            coalesce(sum(settlement_amount) FILTER (WHERE date_part('year', paid) <= p), 0),
            count(c.claim_id), coalesce(sum(claim_amount), 0)
        FROM (SELECT DISTINCT claim_type AS line FROM claims) l
        CROSS JOIN generate_series((SELECT min(date_part('year', claim_date))::int FROM claims),
            2025) AS a
        JOIN generate_series(2015, 2025) AS p ON p >= a
        LEFT JOIN (SELECT *, settlement_date AS paid FROM claims) c
            ON claim_type = line AND date_part('year', claim_date) = a
        GROUP BY 1, 2, 3, p""",
    ),
    ("insurance_db", "the triangle's sums"): (
        "SELECT policy_type, sum(paid_amount), sum(claims_paid), sum(cumulative_paid) FILTER"
        " (WHERE accident_year + development_year = 2025) FROM reporting.claims_triangle"
        " GROUP BY 1",
        "SELECT claim_type, coalesce(sum(settlement_amount), 0), count(settlement_date),"
        " coalesce(sum(settlement_amount), 0) FROM claims GROUP BY 1",
    ),
    ("insurance_db", "premiums"): (
        "SELECT to_char(month, 'YYYY-MM'), policy_type, installments_due, premium_due,"
        " premium_received, premium_pending, premium_failed FROM reporting.premium_income",
        """SELECT to_char(due_date, 'YYYY-MM'), (SELECT policy_type FROM policies p
                WHERE p.policy_id = m.policy_id), count(*), sum(amount),
            sum(CASE payment_status WHEN 'completed' THEN amount ELSE 0 END),
            sum(CASE payment_status WHEN 'pending' THEN amount ELSE 0 END),
            sum(CASE payment_status WHEN 'failed' THEN amount ELSE 0 END)
        FROM premium_payments m GROUP BY 1, 2""",
    ),
    ("insurance_db", "policies in force"): (
        "SELECT policy_type, sum(policies), sum(sum_insured), sum(annual_premium)"
        " FROM reporting.policies_in_force GROUP BY 1",
        """SELECT policy_type, count(*), sum(coverage_amount), sum(premium_amount * times)
        FROM policies JOIN (VALUES ('monthly', 12), ('quarterly', 4), ('annual', 1))
            AS f (premium_frequency, times) USING (premium_frequency)
        WHERE policy_status = 'active' GROUP BY 1""",
    ),
    ("insurance_db", "loss ratios"): (
        "SELECT policy_type, year, premium_received, claims_paid FROM reporting.loss_ratio",
        """SELECT policy_type, y, received, coalesce((SELECT sum(settlement_amount) FROM claims
            WHERE claim_type = policy_type AND date_part('year', claim_date) = y), 0)
        FROM (SELECT policy_type, date_part('year', due_date) AS y,
                sum(CASE WHEN payment_date IS NULL THEN 0 ELSE amount END) AS received
            FROM premium_payments JOIN policies USING (policy_id) GROUP BY 1, 2) p""",
    ),
    ("insurance_db", "open claims"): (
        "SELECT claim_id, customer_id, '2026-01-01'::date - days_open, claim_amount"
        " FROM reporting.open_claims",
        "SELECT claim_id, customer_id, claim_date, claim_amount FROM claims"
        " JOIN policies USING (policy_id) WHERE claim_status NOT IN ('paid', 'rejected')",
    ),
    ("insurance_db", "persistency"): (
        "SELECT policy_type, sum(policies), sum(active), sum(lapsed + cancelled)"
        " FROM reporting.policy_persistency GROUP BY 1",
        "SELECT policy_type, count(*), sum((policy_status = 'active')::int),"
        " sum((policy_status <> 'active')::int) FROM policies GROUP BY 1",
    ),
    ("compliance_db", "the funnel"): (
        "SELECT to_char(month, 'YYYY-MM'), check_type, checks, flagged, high_risk, escalated,"
        " reports, reports_filed, amount_involved FROM reporting.aml_funnel",
        """SELECT to_char(check_date, 'YYYY-MM'), check_type, count(*), sum(aml_flag::int),
            sum((risk_level IS NOT DISTINCT FROM 'high')::int),
            sum((check_id IN (SELECT check_id FROM suspicious_activity_reports))::int),
            sum((SELECT count(*) FROM suspicious_activity_reports s
                WHERE s.check_id = c.check_id)),
            sum((SELECT count(*) FROM suspicious_activity_reports s
                WHERE s.check_id = c.check_id AND status IN ('filed', 'closed'))),
            sum((SELECT coalesce(sum(amount_involved), 0) FROM suspicious_activity_reports s
                WHERE s.check_id = c.check_id))
        FROM aml_checks c GROUP BY 1, 2""",
    ),
    ("compliance_db", "lists"): (
        "SELECT list_name, checks, hits, high_risk FROM reporting.screening_hits",
        """SELECT list_name, count(*), sum(aml_flag::int),
            sum((risk_level IS NOT DISTINCT FROM 'high')::int)
        FROM aml_checks WHERE check_type <> 'transaction_monitoring' GROUP BY 1""",
    ),
    ("compliance_db", "no report of suspicion is lost"): (
        "SELECT sum(reports), sum(amount_involved) FROM reporting.aml_funnel UNION ALL"
        " SELECT sum(reports), sum(amount_involved) FROM reporting.sar_pipeline",
        "SELECT count(*), sum(amount_involved) FROM suspicious_activity_reports UNION ALL"
        " SELECT count(*), sum(amount_involved) FROM suspicious_activity_reports",
    ),
    ("compliance_db", "identity checks"): (
        "SELECT review_state LIKE 'overdue%', sum(customers) FROM reporting.kyc_backlog GROUP BY 1",
        "SELECT coalesce(next_review_date < '2026-01-01', false), count(*) FROM kyc_records"
        " GROUP BY 1",
    ),
    ("compliance_db", "rules"): (
        "SELECT count(*), sum(violations), sum(open_violations), sum(false_positives)"
        " FROM reporting.rule_effectiveness",
        "SELECT (SELECT count(*) FROM compliance_rules), count(*),"
        " sum((status IN ('open', 'investigating'))::int), sum((status = 'false_positive')::int)"
        " FROM rule_violations",
    ),
    ("compliance_db", "open violations"): (
        "SELECT severity, sum(violations), max(oldest_days) FROM reporting.violation_aging"
        " GROUP BY 1",
        "SELECT severity, count(*), '2026-01-01' - min(detected_at)::date FROM rule_violations"
        " WHERE status IN ('open', 'investigating') GROUP BY 1",
    ),
    ("compliance_db", "reports to the supervisor"): (
        "SELECT report_id, filing_state, due_date FROM reporting.regulatory_calendar",
        """SELECT report_id, CASE WHEN status <> 'pending' THEN 'submitted'
            WHEN period_end + 45 < '2026-01-01' THEN 'overdue' ELSE 'due' END, period_end + 45
        FROM regulatory_reports""",
    ),
    ("compliance_db", "the audit trail"): (
        "SELECT source_database, action, sum(entries), sum(with_values)"
        " FROM reporting.audit_activity GROUP BY 1, 2",
        "SELECT source_database, action, count(*),"
        " sum((num_nonnulls(old_value, new_value) > 0)::int) FROM audit_trails GROUP BY 1, 2",
    ),
    ("employees_db", "headcount"): (
        "SELECT month, department_code, headcount, hires, leavers, monthly_payroll"
        " FROM reporting.headcount_by_month",
        """SELECT m.month::date, department_code,
            count(e.*) FILTER (WHERE coalesce(termination_date, 'infinity') >= m.month + '1 month'),
            count(e.*) FILTER (WHERE hire_date >= m.month),
            count(e.*) FILTER (WHERE date_trunc('month', termination_date) = m.month),
            round(coalesce(sum(salary) FILTER (WHERE coalesce(termination_date, 'infinity')
                >= m.month + '1 month'), 0) / 12, 2)
        FROM generate_series(timestamp '2023-01-01', '2025-12-01', '1 month') AS m (month)
        CROSS JOIN departments d LEFT JOIN employees e
            ON e.department_id = d.department_id AND e.hire_date < m.month + '1 month'
        GROUP BY 1, 2""",
    ),
    ("employees_db", "turnover"): (
        "SELECT sum(hires), sum(leavers) FROM reporting.staff_turnover",
        "SELECT count(*) FILTER (WHERE hire_date >= '2023-01-01'),"
        " count(*) FILTER (WHERE termination_date >= '2023-01-01') FROM employees",
    ),
    ("employees_db", "branches"): (
        "SELECT branch_code, employees, covering_employees, yearly_payroll"
        " FROM reporting.branch_staffing",
        """SELECT branch_code,
            (SELECT count(*) FROM employees e WHERE e.branch_code = b.branch_code
                AND termination_date IS NULL),
            (SELECT count(*) FROM employee_assignments a WHERE a.branch_code = b.branch_code
                AND end_date IS NULL),
            (SELECT coalesce(sum(salary), 0) FROM employees e WHERE e.branch_code = b.branch_code
                AND termination_date IS NULL)
        FROM branches b""",
    ),
    ("employees_db", "regions"): (
        "SELECT region, branches, employees, leaders, yearly_payroll"
        " FROM reporting.staffing_by_region",
        """SELECT region, count(*),
            sum((SELECT count(*) FROM employees e WHERE e.branch_code = b.branch_code
                AND termination_date IS NULL)),
            sum((SELECT count(*) FROM employees e WHERE e.branch_code = b.branch_code
                AND termination_date IS NULL AND EXISTS (SELECT FROM employees o
                    WHERE o.reports_to = e.employee_id AND o.termination_date IS NULL))),
            sum((SELECT coalesce(sum(salary), 0) FROM employees e
                WHERE e.branch_code = b.branch_code AND termination_date IS NULL))
        FROM branches b GROUP BY 1""",
    ),
    ("employees_db", "the chart holds everybody once"): (
        "SELECT employee_id, level = 1 FROM reporting.org_chart",
        "SELECT employee_id, reports_to IS NULL FROM employees WHERE termination_date IS NULL",
    ),
    ("employees_db", "training"): (
        "SELECT count(*), sum(enrollments), sum(completions) FROM reporting.training_completion",
        "SELECT (SELECT count(*) FROM training_programs), count(*),"
        " sum((status = 'completed')::int) FROM employee_training",
    ),
    ("employees_db", "reviews"): (
        "SELECT year, sum(reviews), sum(strong_reviews) FROM reporting.review_outcomes GROUP BY 1",
        "SELECT date_part('year', review_date), count(*), sum((rating > 3)::int)"
        " FROM performance_reviews GROUP BY 1",
    ),
    ("employees_db", "advisors"): (
        "SELECT employee_id, customers, customers_ever FROM reporting.advisor_workload",
        "SELECT employee_id, count(*) - count(end_date), count(*) FROM employee_assignments"
        " WHERE customer_id IS NOT NULL GROUP BY 1",
    ),
}
