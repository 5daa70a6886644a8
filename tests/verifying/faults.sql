-- Faults that the invariants exist for, each planted in one database. `also` are other
-- checks that the same row breaks by its nature. {late_loan_officer} and the like stand for the
-- employee of a role who was hired last, {early_...} first, {gone} for somebody who has left.

-- A01 in accounts_db
-- also: A02
UPDATE transactions SET balance_after = balance_after + 0.01 WHERE transaction_id = (SELECT
    min(transaction_id) FROM transactions WHERE transaction_type = 'payment');

-- A02 in accounts_db
-- also: A03
UPDATE accounts SET balance = balance + 0.01 WHERE account_id = (SELECT min(account_id) FROM
    accounts WHERE status = 'active');

-- A03 in accounts_db
-- also: A01
UPDATE accounts SET opening_balance = opening_balance + 0.01 WHERE account_id = (SELECT
    min(account_id) FROM accounts WHERE status = 'active');

-- A04 in accounts_db
-- also: A07
UPDATE transactions SET transfer_id = NULL WHERE transaction_id = (SELECT min(transaction_id)
    FROM transactions WHERE transfer_id IS NOT NULL);

-- A05 in accounts_db
-- also: A07
UPDATE transactions SET counterparty_account = (SELECT max(account_number) FROM accounts) WHERE
    transaction_id = (SELECT min(transaction_id) FROM transactions WHERE transfer_id IS NOT
    NULL);

-- A06 in accounts_db
-- also: A03, E19, F08c
UPDATE accounts SET currency = 'GBP' WHERE account_id = (SELECT account_id FROM transactions
    JOIN accounts USING (account_id) WHERE transfer_id IS NOT NULL AND currency = 'USD' ORDER BY
    transaction_id LIMIT 1);

-- A07 in accounts_db
-- also: A05
UPDATE transactions SET counterparty_account = '99999999999' WHERE transaction_id = (SELECT
    min(transaction_id) FROM transactions WHERE transfer_id IS NOT NULL);

-- A08 in accounts_db
-- also: A01, A03
UPDATE transactions SET amount = -amount WHERE transaction_id = (SELECT min(transaction_id) FROM
    transactions WHERE transaction_type = 'payment');

-- A09 in accounts_db
-- also: G06
UPDATE transactions SET transaction_date = transaction_date - interval '20 years' WHERE
    transaction_id = (SELECT min(transaction_id) FROM transactions t WHERE channel = 'card'
    AND NOT EXISTS (SELECT 1 FROM transactions e WHERE e.account_id = t.account_id
                    AND e.transaction_id < t.transaction_id));

-- A10 in accounts_db
-- also: A01, A18
UPDATE transactions SET balance_after = -1 WHERE transaction_id = (SELECT min(transaction_id)
    FROM transactions WHERE transaction_type = 'payment');

-- A11 in accounts_db
-- also: B06
UPDATE accounts SET status = 'closed' WHERE account_id = (SELECT min(account_id) FROM accounts
    WHERE status = 'active');

-- A12 in accounts_db
-- also: A01, A02, A17
UPDATE transactions SET transaction_date = '{as_of}'::timestamptz - interval '2 days' WHERE
    transaction_id = (SELECT max(transaction_id) FROM transactions JOIN accounts USING
    (account_id) WHERE status = 'frozen' AND transaction_type = 'payment' AND channel IN
    ('card', 'online', 'mobile_app'));

-- A13 in accounts_db
UPDATE accounts SET account_number = (account_number::bigint / 10 * 10 + (account_number::bigint
    + 1) % 10)::text WHERE account_id = (SELECT min(account_id) FROM accounts WHERE account_id
    NOT IN (SELECT account_id FROM transactions WHERE transfer_id IS NOT NULL) AND
    account_number NOT IN (SELECT counterparty_account FROM transactions WHERE
    counterparty_account IS NOT NULL));

-- A14 in accounts_db
-- also: A01, A02, A03
UPDATE accounts SET balance = 10, opening_balance = 10 WHERE account_id = (SELECT
    min(account_id) FROM accounts WHERE account_type = 'money_market' AND status = 'active');

-- A15 in accounts_db
-- also: A01, A03
UPDATE transactions SET amount = amount + 1000 WHERE transaction_id = (SELECT
    min(transaction_id) FROM transactions WHERE transaction_type = 'interest');

-- A16 in accounts_db
-- also: C04a, C05a
UPDATE transactions SET processed_by = 1 WHERE transaction_id = (SELECT min(transaction_id) FROM
    transactions WHERE channel = 'card' AND processed_by IS NULL);

-- A17 in accounts_db
-- also: A01, A02
UPDATE transactions SET transaction_date = (SELECT max(transaction_date) FROM transactions y
    WHERE y.account_id = transactions.account_id) + interval '1 second' WHERE transaction_id =
    (SELECT min(transaction_id) FROM transactions WHERE channel = 'card');

-- A18 in accounts_db
-- also: A01, A03
UPDATE transactions SET amount = balance_after + amount WHERE transaction_id = (SELECT
    min(transaction_id) FROM transactions WHERE transaction_type = 'payment' AND channel = 'card');

-- B01 in accounts_db
UPDATE customers SET date_of_birth = created_at::date - 6000 WHERE customer_id = (SELECT
    min(customer_id) FROM customers WHERE true);

-- B02 in accounts_db
-- also: B01
UPDATE accounts SET opened_date = opened_date - 4000 WHERE account_id = (SELECT max(account_id)
    FROM accounts);

-- B03 in customer_db
UPDATE customer_profiles SET onboarding_date = onboarding_date + 1 WHERE customer_id = (SELECT
    min(customer_id) FROM customer_profiles WHERE true);

-- B04 in accounts_db
UPDATE account_relationships r SET customer_id = a.customer_id FROM accounts a WHERE
    a.account_id = r.account_id AND relationship_id = (SELECT min(relationship_id) FROM
    account_relationships WHERE customer_id IS NOT NULL);

-- B05 in accounts_db
UPDATE account_relationships SET start_date = start_date - 9000 WHERE relationship_id = (SELECT
    min(relationship_id) FROM account_relationships WHERE true);

-- B06 in customer_db
-- also: B06b, B06c, B07
UPDATE customer_profiles SET customer_status = 'closed' WHERE customer_id = {holder};

-- B06b in customer_db
-- also: B06, B06c
UPDATE customer_profiles SET customer_status = 'closed' WHERE customer_id = {borrower};

-- B06c in customer_db
-- also: B06, B06b
UPDATE customer_profiles SET customer_status = 'closed' WHERE customer_id = {insured};

-- B07 in customer_db
UPDATE customer_profiles SET customer_status = 'dormant' WHERE customer_id = {holder};

-- B08 in accounts_db
UPDATE customers SET email = 'someone@gmail.com' WHERE customer_id = (SELECT min(customer_id)
    FROM customers WHERE true);

-- B09 in customer_db
-- also: G01
UPDATE customer_profiles SET kyc_status = 'pending' WHERE customer_id = {holder};

-- B10 in accounts_db
UPDATE transactions SET transaction_date = transaction_date - interval '1 day' * (extract(isodow
    FROM transaction_date AT TIME ZONE 'UTC')::int) WHERE transaction_id = (SELECT
    min(transaction_id) FROM transactions WHERE channel = 'ach');

-- C01 in employees_db
UPDATE employees SET termination_date = '{as_of}'::date + 1 WHERE employee_id = (SELECT
    min(employee_id) FROM employees WHERE termination_date IS NOT NULL);

-- C02 in employees_db
-- also: C12
UPDATE employees SET manager_id = employee_id WHERE employee_id = (SELECT min(employee_id) FROM
    employees WHERE manager_id IS NOT NULL);

-- C03 in employees_db
-- also: G14b
UPDATE departments d SET head_employee_id = (SELECT min(employee_id) FROM employees e WHERE
    e.department_id <> d.department_id AND termination_date IS NULL) WHERE department_id = 1;

-- C04a in accounts_db
-- also: C08
UPDATE transactions SET processed_by = {late_customer_service_rep} WHERE transaction_id =
    (SELECT transaction_id FROM transactions WHERE processed_by IS NOT NULL ORDER BY
    transaction_date, transaction_id LIMIT 1);

-- C04b in customer_db
UPDATE interactions SET handled_by = {late_customer_service_rep} WHERE interaction_id = (SELECT
    interaction_id FROM interactions WHERE handled_by IS NOT NULL ORDER BY interaction_date,
    interaction_id LIMIT 1);

-- C04c in customer_db
UPDATE complaints SET assigned_to = {late_customer_service_rep} WHERE complaint_id = (SELECT
    complaint_id FROM complaints WHERE assigned_to IS NOT NULL ORDER BY complaint_date,
    complaint_id LIMIT 1);

-- C04d in employees_db
-- also: C09
UPDATE employee_training SET employee_id = {late} WHERE training_id = (SELECT training_id FROM
    employee_training WHERE employee_id IS NOT NULL ORDER BY enrollment_date, training_id LIMIT
    1);

-- C04e in employees_db
UPDATE performance_reviews SET reviewer_id = {late} WHERE review_id = (SELECT review_id FROM
    performance_reviews WHERE reviewer_id IS NOT NULL ORDER BY review_date, review_id LIMIT 1);

-- C04f in employees_db
-- also: C10
UPDATE performance_reviews SET employee_id = {late} WHERE review_id = (SELECT review_id FROM
    performance_reviews WHERE employee_id IS NOT NULL ORDER BY review_date, review_id LIMIT 1);

-- C04g in employees_db
-- also: C07
UPDATE employee_assignments SET employee_id = {late} WHERE assignment_id = (SELECT assignment_id
    FROM employee_assignments WHERE employee_id IS NOT NULL ORDER BY start_date, assignment_id
    LIMIT 1);

-- C04h in loans_db
UPDATE loan_applications SET officer_id = {late_loan_officer} WHERE application_id = (SELECT
    application_id FROM loan_applications WHERE officer_id IS NOT NULL ORDER BY
    application_date, application_id LIMIT 1);

-- C04j in loans_db
-- also: C05h
UPDATE risk_assessments SET assessed_by = {late} WHERE assessment_id =
    (SELECT assessment_id FROM risk_assessments WHERE assessed_by IS NOT NULL ORDER BY
    assessment_date, assessment_id LIMIT 1);

-- C04k in insurance_db
UPDATE policies SET agent_id = {late_insurance_agent} WHERE policy_id = (SELECT policy_id FROM
    policies WHERE agent_id IS NOT NULL ORDER BY start_date, policy_id LIMIT 1);

-- C04l in insurance_db
UPDATE claims SET processed_by = {late} WHERE claim_id = (SELECT claim_id FROM claims WHERE
    processed_by IS NOT NULL ORDER BY claim_date, claim_id LIMIT 1);

-- C04m in insurance_db
UPDATE policy_events SET performed_by = {late} WHERE event_id = (SELECT event_id FROM
    policy_events WHERE performed_by IS NOT NULL ORDER BY event_date, event_id LIMIT 1);

-- C04n in compliance_db
UPDATE kyc_records SET verified_by = {late_compliance_officer} WHERE kyc_id = (SELECT kyc_id
    FROM kyc_records WHERE verified_by IS NOT NULL ORDER BY verification_date, kyc_id LIMIT 1);

-- C04o in compliance_db
UPDATE aml_checks SET reviewed_by = {late_compliance_officer} WHERE check_id = (SELECT check_id
    FROM aml_checks WHERE reviewed_by IS NOT NULL ORDER BY check_date, check_id LIMIT 1);

-- C04p in compliance_db
-- also: C05f
UPDATE suspicious_activity_reports SET filed_by = {late} WHERE sar_id =
    (SELECT sar_id FROM suspicious_activity_reports WHERE filed_by IS NOT NULL ORDER BY
    filed_date, sar_id LIMIT 1);

-- C04q in compliance_db
-- also: G14b
UPDATE regulatory_reports SET prepared_by = {late} WHERE report_id = (SELECT report_id FROM
    regulatory_reports WHERE prepared_by IS NOT NULL ORDER BY submitted_date, report_id LIMIT 1);

-- C04r in compliance_db
-- also: G14b
UPDATE regulatory_reports SET approved_by = {late} WHERE report_id = (SELECT report_id FROM
    regulatory_reports WHERE approved_by IS NOT NULL ORDER BY submitted_date, report_id LIMIT 1);

-- C04s in compliance_db
UPDATE audit_trails SET performed_by = {late} WHERE audit_id = (SELECT audit_id FROM
    audit_trails WHERE performed_by IS NOT NULL ORDER BY performed_at, audit_id LIMIT 1);

-- C04t in compliance_db
-- also: G16b, G16c
UPDATE rule_violations SET resolved_by = {late_compliance_officer},
    detected_at = detected_at - interval '9 years', resolved_at = resolved_at - interval '9 years'
    WHERE violation_id = (SELECT violation_id FROM rule_violations WHERE resolved_by IS NOT NULL
    ORDER BY resolved_at, violation_id LIMIT 1);

-- C04i in loans_db
UPDATE loans SET approved_by = {late_loan_officer} WHERE application_id = (SELECT application_id
    FROM loan_applications WHERE status = 'approved' ORDER BY decision_date LIMIT 1);

-- C05a in accounts_db
-- also: C08
UPDATE transactions SET processed_by = {early_loan_officer} WHERE transaction_id = (SELECT
    max(transaction_id) FROM transactions WHERE processed_by IS NOT NULL);

-- C05b in loans_db
UPDATE loan_applications SET officer_id = {early_insurance_agent} WHERE application_id = (SELECT
    max(application_id) FROM loan_applications WHERE officer_id IS NOT NULL);

-- C05c in loans_db
UPDATE loans SET approved_by = {early_insurance_agent} WHERE loan_id = (SELECT max(loan_id) FROM
    loans WHERE approved_by IS NOT NULL);

-- C05d in insurance_db
UPDATE policies SET agent_id = {early_loan_officer} WHERE policy_id = (SELECT max(policy_id)
    FROM policies WHERE agent_id IS NOT NULL);

-- C05e in compliance_db
UPDATE kyc_records SET verified_by = {early_loan_officer} WHERE kyc_id = (SELECT max(kyc_id)
    FROM kyc_records WHERE verified_by IS NOT NULL);

-- C05f in compliance_db
UPDATE suspicious_activity_reports SET filed_by = {early_loan_officer} WHERE sar_id = (SELECT
    max(sar_id) FROM suspicious_activity_reports WHERE filed_by IS NOT NULL);

-- C05g in compliance_db
UPDATE rule_violations SET resolved_by = {early_loan_officer} WHERE violation_id = (SELECT
    max(violation_id) FROM rule_violations WHERE resolved_by IS NOT NULL);

-- C05h in loans_db
UPDATE risk_assessments SET assessed_by = {early_loan_officer} WHERE assessment_id = (SELECT
    max(assessment_id) FROM risk_assessments WHERE assessed_by IS NOT NULL);

-- C06 in customer_db
UPDATE customer_profiles SET assigned_agent_id = {gone} WHERE customer_id = (SELECT
    min(customer_id) FROM customer_profiles WHERE assigned_agent_id IS NULL);

-- C07 in employees_db
UPDATE employee_assignments SET employee_id = (CASE employee_id WHEN {early_loan_officer} THEN
    {early_insurance_agent} ELSE {early_loan_officer} END) WHERE assignment_id = (SELECT
    max(assignment_id) FROM employee_assignments WHERE end_date IS NULL AND customer_id IS NOT
    NULL);

-- C08 in accounts_db
UPDATE transactions SET branch_code = (SELECT min(branch_code) FROM accounts WHERE branch_code
    <> transactions.branch_code) WHERE transaction_id = (SELECT min(transaction_id) FROM
    transactions WHERE processed_by IS NOT NULL AND channel = 'branch');

-- C09 in employees_db
UPDATE employee_training SET score = 12 WHERE training_id = (SELECT min(training_id) FROM
    employee_training WHERE status = 'completed');

-- C10 in employees_db
-- also: C04e, C04f
UPDATE performance_reviews SET review_date = review_date - 3650 WHERE review_id = (SELECT
    min(review_id) FROM performance_reviews WHERE true);

-- D01 in customer_db
UPDATE interactions SET duration_minutes = 9 WHERE interaction_id = (SELECT min(interaction_id)
    FROM interactions WHERE channel = 'email');

-- D02 in customer_db
UPDATE interactions SET interaction_type = 'chat' WHERE interaction_id = (SELECT
    min(interaction_id) FROM interactions WHERE interaction_type = 'call');

-- D03 in customer_db
UPDATE satisfaction_surveys SET survey_date = survey_date + 5 WHERE survey_id = (SELECT
    min(survey_id) FROM satisfaction_surveys WHERE true);

-- D04 in customer_db
UPDATE satisfaction_surveys SET nps_score = 10, satisfaction_rating = 1 WHERE survey_id =
    (SELECT min(survey_id) FROM satisfaction_surveys WHERE true);

-- D05 in customer_db
UPDATE complaints SET resolution_time_hours = resolution_time_hours + 0.5 WHERE complaint_id =
    (SELECT min(complaint_id) FROM complaints WHERE resolution_time_hours BETWEEN 5 AND 200);

-- D06 in customer_db
DELETE FROM complaints WHERE complaint_id = (SELECT min(complaint_id) FROM complaints);

-- D07 in customer_db
UPDATE complaints SET status = 'open', resolved_at = NULL, resolution_time_hours = NULL WHERE
    complaint_id = (SELECT complaint_id FROM complaints ORDER BY complaint_date LIMIT 1);

-- D07b in customer_db
-- also: D06, D12
UPDATE complaints SET complaint_date = '{as_of}'::timestamptz + interval '1 hour', resolved_at =
    NULL, resolution_time_hours = NULL, status = 'investigating' WHERE complaint_id = (SELECT
    max(complaint_id) FROM complaints WHERE status = 'investigating');

-- D12 in customer_db
UPDATE complaints SET amount = amount + 0.01, description = replace(description,
    format('{:,.2f}', amount::DOUBLE), format('{:,.2f}', amount::DOUBLE + 0.01)) WHERE
    complaint_id = (SELECT min(complaint_id) FROM complaints WHERE amount > 1);

-- D12b in customer_db
UPDATE complaints SET description = 'Somebody took money from me.' WHERE complaint_id = (SELECT
    min(complaint_id) FROM complaints WHERE complaint_type = 'fraud' AND amount IS NOT NULL);

-- D08 in customer_db
UPDATE campaign_responses r SET response_date = c.end_date + 1 FROM campaigns c WHERE
    c.campaign_id = r.campaign_id AND response_id = (SELECT response_id FROM campaign_responses
    JOIN campaigns USING (campaign_id) WHERE response_type <> 'unsubscribed' ORDER BY end_date
    LIMIT 1);

-- D09 in customer_db
-- also: D10
UPDATE campaign_responses SET converted = true WHERE response_id = (SELECT min(response_id) FROM
    campaign_responses WHERE response_type = 'opened');

-- E01 in loans_db
UPDATE loan_applications SET status = 'rejected' WHERE application_id = (SELECT
    min(application_id) FROM loan_applications WHERE status = 'approved');

-- E02 in loans_db
UPDATE loan_applications SET requested_amount = requested_amount * 2 WHERE application_id =
    (SELECT min(application_id) FROM loan_applications WHERE status = 'approved');

-- E03 in loans_db
UPDATE loan_applications SET decision_date = NULL WHERE application_id = (SELECT
    min(application_id) FROM loan_applications WHERE status = 'rejected');

-- E04 in loans_db
UPDATE loans SET maturity_date = maturity_date + 1 WHERE loan_id = (SELECT min(loan_id) FROM
    loans);

-- E05 in loans_db
-- also: E06
DELETE FROM repayment_schedule WHERE schedule_id = (SELECT max(schedule_id) FROM
    repayment_schedule WHERE principal_amount > 0);

-- E06 in loans_db
-- also: E08
UPDATE loans SET principal_amount = principal_amount + 0.01, outstanding_balance =
    outstanding_balance + 0.01 WHERE loan_id = (SELECT min(loan_id) FROM loans WHERE loan_status
    = 'active');

-- E07 in loans_db
-- also: E21
UPDATE repayment_schedule SET total_amount = total_amount + 0.05 WHERE schedule_id = (SELECT
    min(schedule_id) FROM repayment_schedule WHERE true);

-- E08 in loans_db
-- also: E21
UPDATE repayment_schedule SET interest_amount = interest_amount + 0.01, total_amount =
    total_amount + 0.01 WHERE schedule_id = (SELECT min(schedule_id) FROM repayment_schedule
    WHERE true);

-- E09 in loans_db
UPDATE repayment_schedule SET due_date = due_date + 1 WHERE schedule_id = (SELECT
    min(schedule_id) FROM repayment_schedule WHERE payment_status = 'scheduled');

-- E10 in loans_db
UPDATE repayment_schedule SET payment_status = 'missed' WHERE schedule_id = (SELECT
    max(schedule_id) FROM repayment_schedule WHERE payment_status = 'scheduled');

-- E11 in loans_db
UPDATE repayment_schedule SET payment_status = 'late' WHERE schedule_id = (SELECT
    min(schedule_id) FROM repayment_schedule WHERE payment_status = 'paid');

-- E12 in loans_db
UPDATE loans SET outstanding_balance = outstanding_balance - 0.01 WHERE loan_id = (SELECT
    min(loan_id) FROM loans WHERE loan_status = 'active');

-- E13 in loans_db
UPDATE loans SET loan_status = 'paid_off' WHERE loan_id = (SELECT min(loan_id) FROM loans WHERE
    loan_status = 'restructured');

-- E14 in loans_db
-- also: E17c
UPDATE loans SET loan_status = 'defaulted' WHERE loan_id = (SELECT min(loan_id) FROM loans WHERE
    loan_status = 'active' AND days_past_due = 0);

-- E14b in loans_db
UPDATE loans SET days_past_due = days_past_due + 1 WHERE loan_id = (SELECT min(loan_id) FROM
    loans WHERE loan_status = 'active');

-- E21 in loans_db
UPDATE repayment_schedule SET paid_amount = paid_amount + 0.01 WHERE schedule_id = (SELECT
    min(schedule_id) FROM repayment_schedule WHERE payment_status = 'paid');

-- E15 in loans_db
UPDATE collateral SET appraised_value = appraised_value + 1000 WHERE collateral_id = (SELECT
    min(collateral_id) FROM collateral WHERE true);

-- E16 in loans_db
UPDATE loan_guarantors SET guarantee_amount = guarantee_amount * 9 WHERE guarantor_id = (SELECT
    min(guarantor_id) FROM loan_guarantors WHERE true);

-- E17 in loans_db
UPDATE risk_assessments SET assessment_date = assessment_date + 90 WHERE assessment_id = (SELECT
    min(assessment_id) FROM risk_assessments WHERE application_id IS NOT NULL);

-- E17b in loans_db
UPDATE risk_assessments SET credit_grade = CASE credit_grade WHEN 'A' THEN 'BBB' ELSE 'A' END
    WHERE assessment_id = (SELECT min(assessment_id) FROM risk_assessments WHERE application_id
    IS NOT NULL);

-- E17c in loans_db
DELETE FROM risk_assessments WHERE loan_id = (SELECT min(loan_id) FROM loans WHERE loan_status =
    'defaulted');

-- E17d in loans_db
-- also: C04j
UPDATE risk_assessments SET assessment_date = assessment_date - 3000 WHERE assessment_id =
    (SELECT min(assessment_id) FROM risk_assessments WHERE loan_id IS NOT NULL);

-- E18 in loans_db
-- also: E18c
UPDATE repayment_schedule SET transaction_id = NULL WHERE schedule_id = (SELECT min(schedule_id)
    FROM repayment_schedule WHERE transaction_id IS NOT NULL);

-- E18 in loans_db
-- also: E18b
UPDATE loans SET autopay = false WHERE loan_id = (SELECT min(loan_id) FROM repayment_schedule WHERE
    transaction_id IS NOT NULL);

-- E18b in loans_db
WITH two AS (SELECT min(disbursement_transaction_id) AS a, max(disbursement_transaction_id) AS b
    FROM loans)
UPDATE loans SET disbursement_transaction_id = a + b - disbursement_transaction_id FROM two WHERE
    disbursement_transaction_id IN (a, b);

-- E18b in loans_db
WITH two AS (SELECT min(payoff_transaction_id) AS a, max(payoff_transaction_id) AS b FROM loans)
UPDATE loans SET payoff_transaction_id = a + b - payoff_transaction_id FROM two WHERE
    payoff_transaction_id IN (a, b);

-- E18c in accounts_db
UPDATE transactions SET description = 'AUTOPAY AUTO LOAN 999999' WHERE transaction_id = (SELECT
    min(transaction_id) FROM transactions WHERE channel = 'card');

-- E18c in insurance_db
-- also: F09b
UPDATE claims SET transaction_id = (SELECT min(transaction_id) FROM premium_payments) WHERE
    claim_id = (SELECT min(claim_id) FROM claims WHERE transaction_id IS NOT NULL);

-- E19 in accounts_db
-- also: A03, A06, F08c
UPDATE accounts SET currency = 'EUR' WHERE account_id = {loan_account};

-- F01 in insurance_db
UPDATE beneficiaries SET percentage = percentage - 0.01 WHERE beneficiary_id = (SELECT
    min(beneficiary_id) FROM beneficiaries WHERE true);

-- F02 in insurance_db
DELETE FROM beneficiaries WHERE policy_id = (SELECT min(policy_id) FROM policies WHERE
    policy_type = 'life');

-- F02b in insurance_db
UPDATE beneficiaries SET beneficiary_name = '{beneficiary_holder}' WHERE beneficiary_id =
    (SELECT min(beneficiary_id) FROM beneficiaries WHERE true);

-- F03 in insurance_db
UPDATE claims SET claim_type = CASE claim_type WHEN 'health' THEN 'vehicle' ELSE 'health' END
    WHERE claim_id = (SELECT min(claim_id) FROM claims WHERE true);

-- F04 in insurance_db
UPDATE claims SET claim_amount = claim_amount + 9000000 WHERE claim_id = (SELECT min(claim_id)
    FROM claims WHERE true);

-- F05 in insurance_db
UPDATE claims SET settlement_date = claim_date - 1 WHERE claim_id = (SELECT min(claim_id) FROM
    claims WHERE claim_status = 'paid');

-- F06 in insurance_db
UPDATE policies SET coverage_amount = coverage_amount * 10 WHERE policy_id = (SELECT
    min(policy_id) FROM policies);

-- F07 in insurance_db
UPDATE premium_payments SET due_date = due_date - 1 WHERE payment_id = (SELECT min(payment_id)
    FROM premium_payments WHERE payment_status = 'completed');

-- F08 in insurance_db
-- also: F09
UPDATE premium_payments SET amount = amount + 0.02 WHERE payment_id = (SELECT min(payment_id)
    FROM premium_payments WHERE true);

-- F08b in insurance_db
-- also: F09
UPDATE premium_payments SET payment_date = NULL WHERE payment_id = (SELECT min(payment_id) FROM
    premium_payments WHERE payment_status = 'completed');

-- F08c in accounts_db
-- also: A03, A06, E19
UPDATE accounts SET currency = 'EUR' WHERE account_id = {policy_account};

-- F09 in insurance_db
-- also: E18c
UPDATE premium_payments SET transaction_id = NULL WHERE payment_id = (SELECT min(payment_id) FROM
    premium_payments WHERE transaction_id IS NOT NULL);

-- F09 in insurance_db
UPDATE premium_payments SET payment_method = 'online' WHERE payment_id = (SELECT min(payment_id)
    FROM premium_payments WHERE transaction_id IS NOT NULL);

-- F09b in insurance_db
WITH two AS (SELECT min(transaction_id) AS a, max(transaction_id) AS b FROM claims)
UPDATE claims SET transaction_id = a + b - transaction_id FROM two WHERE transaction_id IN (a, b);

-- F10 in insurance_db
-- also: B06c, F07
UPDATE policies SET policy_status = 'active', end_date = NULL WHERE policy_id = (SELECT
    min(policy_id) FROM policies WHERE policy_status = 'cancelled' AND policy_type <> 'travel');

-- F11 in insurance_db
UPDATE policy_events SET event_date = event_date + 1 WHERE event_id = (SELECT min(event_id) FROM
    policy_events WHERE event_type = 'renewal');

-- F12 in accounts_db
-- also: B01
UPDATE customers SET date_of_birth = date_of_birth - 36500 WHERE customer_id = {life_insured};

-- G01 in compliance_db
-- also: G02
UPDATE kyc_records SET kyc_status = 'expired' WHERE kyc_id = (SELECT min(kyc_id) FROM
    kyc_records WHERE kyc_status = 'verified');

-- G02 in compliance_db
UPDATE kyc_records SET expiry_date = '{as_of}'::date - 1 WHERE kyc_id = (SELECT min(kyc_id) FROM
    kyc_records WHERE kyc_status = 'verified' AND verification_date < '{as_of}'::date - 400);

-- G03 in compliance_db
UPDATE kyc_records SET verified_by = NULL WHERE kyc_id = (SELECT min(kyc_id) FROM kyc_records
    WHERE kyc_status = 'verified');

-- G03b in compliance_db
UPDATE kyc_records SET verification_date = '{as_of}'::date + 1, expiry_date = '{as_of}'::date +
    800, next_review_date = '{as_of}'::date + 90 WHERE kyc_id = (SELECT min(kyc_id) FROM
    kyc_records WHERE kyc_status = 'verified');

-- G04 in compliance_db
UPDATE kyc_records SET next_review_date = next_review_date + 1500 WHERE kyc_id = (SELECT
    min(kyc_id) FROM kyc_records WHERE kyc_status = 'verified');

-- G05 in compliance_db
UPDATE kyc_records SET document_number = 'XX' WHERE kyc_id = (SELECT min(kyc_id) FROM
    kyc_records WHERE true);

-- G06 in compliance_db
DELETE FROM aml_checks WHERE customer_id = (SELECT min(customer_id) FROM aml_checks k WHERE NOT
    EXISTS (SELECT 1 FROM aml_checks o WHERE o.customer_id = k.customer_id AND (o.transaction_id
    IS NOT NULL OR o.aml_flag)));

-- G07 in compliance_db
UPDATE aml_checks SET check_date = check_date - interval '30 days' WHERE check_id = (SELECT
    min(check_id) FROM aml_checks WHERE transaction_id IS NOT NULL AND NOT aml_flag);

-- G07b in compliance_db
-- also: G07
UPDATE aml_checks SET transaction_id = NULL WHERE check_id = (SELECT min(check_id) FROM
    aml_checks WHERE transaction_id IS NOT NULL AND NOT aml_flag);

-- G07c in compliance_db
-- also: G07
UPDATE aml_checks SET transaction_id = {small_withdrawal} WHERE check_id = (SELECT min(check_id)
    FROM aml_checks WHERE transaction_id IS NOT NULL AND NOT aml_flag);

-- G08 in compliance_db
UPDATE aml_checks SET reviewed_by = NULL WHERE check_id = (SELECT min(check_id) FROM aml_checks
    WHERE aml_flag);

-- G08b in compliance_db
UPDATE aml_checks SET match_score = 79 WHERE check_id = (SELECT min(check_id) FROM aml_checks
    WHERE aml_flag AND match_score IS NOT NULL);

-- G09 in compliance_db
UPDATE aml_checks SET risk_level = 'low' WHERE check_id = (SELECT min(check_id) FROM
    suspicious_activity_reports);

-- G10 in compliance_db
DELETE FROM sar_transactions WHERE sar_transaction_id = (SELECT min(sar_transaction_id) + 1 FROM
    sar_transactions JOIN suspicious_activity_reports USING (sar_id) WHERE account_id IS NOT NULL
    AND (SELECT count(*) FROM sar_transactions o WHERE o.sar_id = sar_transactions.sar_id) > 2);

-- G10b in compliance_db
UPDATE suspicious_activity_reports SET account_id = NULL WHERE sar_id = (SELECT min(sar_id) FROM
    suspicious_activity_reports WHERE account_id IS NOT NULL);

-- G10b in accounts_db
-- also: A03, A06, E19
UPDATE accounts SET currency = 'EUR' WHERE account_id = {reported_account};

-- G10c in compliance_db
UPDATE suspicious_activity_reports SET period_start = period_start - 1 WHERE sar_id = (SELECT
    min(sar_id) FROM suspicious_activity_reports WHERE true);

-- G10c in compliance_db
UPDATE suspicious_activity_reports SET period_end = period_end + 1 WHERE sar_id = (SELECT
    max(sar_id) FROM suspicious_activity_reports WHERE true);

-- G11 in compliance_db
-- also: G10, G17
UPDATE suspicious_activity_reports SET amount_involved = 4999.99 WHERE sar_id = (SELECT
    min(sar_id) FROM suspicious_activity_reports WHERE true);

-- G13 in customer_db
UPDATE customer_profiles SET risk_rating = 'low' WHERE customer_id = {reported};

-- G17 in compliance_db
UPDATE suspicious_activity_reports SET narrative = 'Somebody moved a lot of money.' WHERE sar_id =
    (SELECT min(sar_id) FROM suspicious_activity_reports WHERE true);

-- G14 in compliance_db
UPDATE regulatory_reports SET submitted_date = period_end + 60 WHERE report_id = (SELECT
    min(report_id) FROM regulatory_reports WHERE status = 'submitted');

-- G14b in compliance_db
UPDATE regulatory_reports SET prepared_by = {early_customer_service_rep} WHERE report_id =
    (SELECT max(report_id) FROM regulatory_reports WHERE status = 'submitted');

-- G15 in compliance_db
-- also: C04s
UPDATE audit_trails SET performed_at = performed_at - interval '20 years' WHERE audit_id =
    (SELECT min(audit_id) FROM audit_trails WHERE action = 'update');

-- G15b in compliance_db
UPDATE audit_trails SET entity_id = 1 WHERE audit_id = (SELECT min(audit_id) FROM audit_trails
    WHERE action = 'delete' AND entity_type = 'customer');

-- G15c in compliance_db
UPDATE audit_trails SET new_value = old_value WHERE audit_id = (SELECT min(audit_id) FROM
    audit_trails WHERE action = 'update' AND old_value IS NOT NULL);

-- G16 in compliance_db
UPDATE rule_violations SET resolution_time_hours = resolution_time_hours + 1 WHERE violation_id
    = (SELECT min(violation_id) FROM rule_violations WHERE status = 'resolved');

-- G16b in compliance_db
UPDATE compliance_rules SET is_active = false WHERE rule_id = (SELECT min(rule_id) FROM
    rule_violations);

-- G16c in compliance_db
UPDATE compliance_rules SET threshold_amount = 99999999 WHERE rule_id = (SELECT min(rule_id)
    FROM rule_violations JOIN compliance_rules USING (rule_id) WHERE rule_type <>
    'velocity_check');

-- B11 in accounts_db
UPDATE customers SET last_name = 'PeÃ±a' WHERE
    customer_id = (SELECT min(customer_id) FROM customers WHERE true);

-- C11 in employees_db
UPDATE employees SET first_name = 'ZoÃ«' WHERE
    employee_id = (SELECT max(employee_id) FROM employees WHERE true);

-- D10 in customer_db
UPDATE campaign_responses SET converted = true, response_type = 'clicked' WHERE response_id =
    (SELECT min(response_id) FROM campaign_responses JOIN campaigns USING (campaign_id)
    WHERE campaign_type = 'cross_sell' AND NOT converted AND response_type <> 'unsubscribed');

-- D11 in customer_db
UPDATE satisfaction_surveys SET comments = repeat('â' || chr(152) || chr(133), 5) WHERE
    survey_id = (SELECT min(survey_id) FROM satisfaction_surveys WHERE comments > '');

-- E20 in loans_db
UPDATE loan_guarantors SET guarantor_name = 'Ant' || chr(65533) || 'nio Silva' WHERE guarantor_id =
    (SELECT min(guarantor_id) FROM loan_guarantors WHERE true);

-- F13 in insurance_db
UPDATE beneficiaries SET beneficiary_name = 'FranÃ§ois PeÃ±a' WHERE
    beneficiary_id = (SELECT min(beneficiary_id) FROM beneficiaries WHERE true);
