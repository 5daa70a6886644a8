-- Phase 5: loans.

-- loans.applicants customers who apply for a loan
-- kind: share
SELECT (SELECT count(DISTINCT customer_id) FROM loans_db.loan_applications), (SELECT count(*) FROM
    accounts_db.customers);

-- loans.repeat_applicants applicants who apply again
-- kind: share
SELECT count(*) FILTER (WHERE n > 1), count(*) FROM (SELECT customer_id, count(*) AS n FROM
    loans_db.loan_applications GROUP BY customer_id);

-- loans.per_repeat_applicant applications of who applies again
-- kind: mix
SELECT n, count(*) FROM (SELECT customer_id, count(*) AS n FROM loans_db.loan_applications GROUP
    BY customer_id) WHERE n > 1 GROUP BY 1;

-- loans.type applications by type
-- kind: mix
SELECT loan_type, count(*) FROM loans_db.loan_applications GROUP BY 1;

-- loans.requested amount requested by type
-- kind: range
SELECT loan_type, min(requested_amount), max(requested_amount), count(requested_amount) FROM
    loans_db.loan_applications GROUP BY 1;

-- loans.requested_round requested amounts in multiples of 500
-- kind: share
SELECT count(*) FILTER (WHERE requested_amount % 500 = 0), count(*) FROM loans_db.loan_applications;

-- loans.dti debt-to-income ratio
-- kind: range
SELECT min(dti_ratio), max(dti_ratio), count(dti_ratio) FROM loans_db.loan_applications;

-- loans.status applications by status
-- kind: mix
SELECT status, count(*) FROM loans_db.loan_applications GROUP BY 1;

-- loans.application_years years back to the first application
-- kind: most
-- slack: 0.01
SELECT max(as_of() - application_date) / 365.2425, count(*) FROM loans_db.loan_applications;

-- loans.decision_days days to a decision
-- kind: range
SELECT min(decision_date - application_date), max(decision_date - application_date),
    count(decision_date - application_date) FROM loans_db.loan_applications;

-- loans.approved_share principal by requested amount
-- kind: range
SELECT min(x), max(x), count(*) FROM (SELECT principal_amount / requested_amount::DOUBLE AS x FROM
    loans_db.loans JOIN loans_db.loan_applications USING (application_id));

-- loans.rate interest rate by type
-- kind: range
SELECT loan_type, min(interest_rate), max(interest_rate), count(interest_rate) FROM loans_db.loans
    GROUP BY 1;

-- loans.term_months term in months by type
-- kind: range
SELECT loan_type, min(term_months), max(term_months), count(term_months) FROM loans_db.loans GROUP
    BY 1;

-- loans.disbursement_days days from the decision to the payout
-- kind: range
SELECT min(d), max(d), count(*) FROM (SELECT disbursement_date - decision_date AS d FROM
    loans_db.loans JOIN loans_db.loan_applications USING (application_id));

-- loans.loan_status loans by status
-- kind: mix
SELECT loan_status, count(*) FROM loans_db.loans GROUP BY 1;

-- loans.arrears active loans 30 to 89 days past due
-- kind: share
SELECT count(*) FILTER (WHERE days_past_due >= 30), count(*) FROM loans_db.loans WHERE loan_status
    = 'active';

-- loans.arrears_days days past due of loans in arrears
-- kind: range
SELECT min(days_past_due), max(days_past_due), count(days_past_due) FROM loans_db.loans WHERE
    loan_status = 'active' AND days_past_due >= 30;

-- loans.linked loans with a linked account
-- kind: share
SELECT count(*) FILTER (WHERE linked_account_id IS NOT NULL), count(*) FROM loans_db.loans;

-- loans.autopay loans with a linked account that are paid by direct debit
-- kind: share
-- slack: 0.02
SELECT count(*) FILTER (WHERE autopay), count(*) FROM loans_db.loans WHERE linked_account_id IS NOT NULL;

-- loans.collateral loans with collateral by type
-- kind: share
SELECT loan_type, count(DISTINCT c.loan_id), count(DISTINCT l.loan_id) FROM loans_db.loans l LEFT
    JOIN loans_db.collateral c USING (loan_id) GROUP BY 1;

-- loans.business_collateral collateral of business loans by type
-- kind: mix
SELECT collateral_type, count(*) FROM loans_db.collateral JOIN loans_db.loans USING (loan_id)
    WHERE loan_type = 'business' GROUP BY 1;

-- loans.appraised appraised value by principal
-- kind: range
-- slack: 0.0001
SELECT min(x), max(x), count(*) FROM (SELECT appraised_value / principal_amount::DOUBLE AS x FROM
    loans_db.collateral JOIN loans_db.loans USING (loan_id));

-- loans.appraisal_days days from the appraisal to the payout
-- kind: most
SELECT max(disbursement_date - appraisal_date), count(*) FROM loans_db.collateral JOIN
    loans_db.loans USING (loan_id);

-- loans.instalment_status past instalments by status, loans that did not default
-- kind: mix
-- slack: 0.02
SELECT payment_status, count(*) FROM loans_db.repayment_schedule JOIN loans_db.loans USING
    (loan_id) WHERE due_date < as_of() AND loan_status = 'active' GROUP BY 1;

-- loans.defaulted_missed past instalments that defaulted loans missed
-- kind: share
-- slack: 0.08
SELECT count(*) FILTER (WHERE payment_status = 'missed'), count(*) FROM
    loans_db.repayment_schedule JOIN loans_db.loans USING (loan_id) WHERE due_date < as_of() AND
    loan_status = 'defaulted';

-- loans.guaranteed loans with a guarantor by type
-- kind: share
-- slack: 0.05
SELECT loan_type, count(DISTINCT g.loan_id), count(DISTINCT l.loan_id)
FROM loans_db.loans l LEFT  -- who stands worst has one, and some types have fewer of those
    JOIN loans_db.loan_guarantors g USING (loan_id) GROUP BY 1;

-- loans.guarantors guarantors of a guaranteed loan
-- kind: mix
SELECT n, count(*) FROM (SELECT loan_id, count(*) AS n FROM loans_db.loan_guarantors GROUP BY
    loan_id) GROUP BY n;

-- loans.guarantor_relationship guarantors by relationship
-- kind: mix
-- slack: 0.04
SELECT relationship, count(*) FROM loans_db.loan_guarantors GROUP BY 1;

-- loans.guarantee guarantee by principal
-- kind: range
-- slack: 0.0001
SELECT min(x), max(x), count(*) FROM (SELECT guarantee_amount / principal_amount::DOUBLE AS x FROM
    loans_db.loan_guarantors JOIN loans_db.loans USING (loan_id));

-- loans.reassessed active loans that were assessed again
-- kind: share
SELECT count(DISTINCT r.loan_id), count(DISTINCT l.loan_id) FROM loans_db.loans l LEFT JOIN
    loans_db.risk_assessments r USING (loan_id) WHERE l.loan_status = 'active';

-- loans.score credit score
-- kind: range
SELECT min(risk_score), max(risk_score), count(risk_score) FROM loans_db.risk_assessments;

-- loans.score_band applications by score band
-- kind: mix
SELECT CASE WHEN risk_score < 500 THEN 300 WHEN risk_score < 600 THEN 500 WHEN risk_score < 650
    THEN 600 WHEN risk_score < 700 THEN 650 WHEN risk_score < 750 THEN 700 WHEN risk_score < 800
    THEN 750 ELSE 800 END, count(*) FROM loans_db.risk_assessments WHERE application_id IS NOT
    NULL GROUP BY 1;

-- loans.pd probability of default of applications
-- kind: range
SELECT min(pd_probability), max(pd_probability), count(pd_probability) FROM
    loans_db.risk_assessments WHERE application_id IS NOT NULL;

-- loans.pd_defaulted probability of default, the highest there is
-- kind: most
SELECT max(pd_probability), count(*) FROM loans_db.risk_assessments;

-- loans.grade applications by credit grade
-- kind: mix
SELECT credit_grade, count(*) FROM loans_db.risk_assessments WHERE application_id IS NOT NULL
    GROUP BY 1;

-- loans.assessed_by_system assessments by the system
-- kind: share
SELECT count(*) FILTER (WHERE assessed_by = 'SYSTEM'), count(*) FROM loans_db.risk_assessments;
