-- Months

-- months.movements movements of the last year by those of the year before
-- aim: 0.9 2.2
-- flat: 0.8 2.6
SELECT growth(list(transaction_date)), count(*) FROM accounts_db.transactions;

-- months.claims claims of the last year by those of the year before
-- aim: 0.9 2.2
-- flat: 0.8 2.6
-- least: 100
SELECT growth(list(claim_date::TIMESTAMP)), count(*) FROM insurance_db.claims;

-- months.contacts contacts of the last year by those of the year before
-- aim: 0.9 2.2
-- flat: 0.8 2.6
SELECT growth(list(interaction_date)), count(*) FROM customer_db.interactions;

-- months.complaints complaints of the last year by those of the year before
-- aim: 0.9 2.2
-- flat: 0.8 3.6
-- least: 100
SELECT growth(list(complaint_date)), count(*) FROM customer_db.complaints;

-- months.policies policies begun in the last year by those of the year before
-- aim: 0.9 2.2
-- flat: 0.8 2.6
-- least: 100
SELECT growth(list(start_date::TIMESTAMP)), count(*) FROM insurance_db.policies;

-- months.applications loan applications of the last year by those of the year before
-- aim: 0.9 2.2
-- flat: 0.8 2.6
-- least: 100
SELECT growth(list(application_date::TIMESTAMP)), count(*) FROM loans_db.loan_applications;

-- months.checks anti-money-laundering checks of the last year by those of the year before
-- aim: 0.9 2.2
-- flat: 0.8 2.6
SELECT growth(list(check_date)), count(*) FROM compliance_db.aml_checks;

-- months.audit audited changes of the last year by those of the year before
-- aim: 0.9 2.2
-- flat: 0.8 2.6
SELECT growth(list(performed_at)), count(*) FROM compliance_db.audit_trails;

-- months.customers customers who came in the last year by those of the year before
-- aim: 0.9 2.2
-- flat: 0.7 2.6
SELECT growth(list(onboarding_date::TIMESTAMP)), count(*) FROM customer_db.customer_profiles;

-- months.movements_peak movements a day: the highest of the last twelve months by its neighbours
-- aim: - 1.5
-- flat: - 1.8
-- least: 3000
SELECT highest_month(list(transaction_date)), count(*) FROM accounts_db.transactions;

-- months.contacts_peak contacts a day: the highest of the last twelve months by its neighbours
-- aim: - 1.5
-- flat: - 1.8
-- least: 10000
SELECT highest_month(list(interaction_date)), count(*) FROM customer_db.interactions;

-- months.claims_peak claims a day: the highest of the last twelve months by its neighbours
-- aim: - 1.5
-- flat: - 1.8
-- least: 2000
SELECT highest_month(list(claim_date::TIMESTAMP)), count(*) FROM insurance_db.claims;

-- months.claims_late claims of the last 90 days, of those of the last two years
-- aim: 0.08 0.25
-- flat: 0.05 0.32
-- least: 100
SELECT count(*) FILTER (WHERE claim_date >= as_of() - 90) / count(*), count(*)
FROM insurance_db.claims WHERE claim_date >= as_of() - 730;

-- months.december card purchases a day in December by those of October and February
-- aim: 1.05 1.6
-- flat: 1 1.9
-- least: 2000
SELECT (count(*) FILTER (WHERE month(transaction_date) = 12) / 31)
       / (count(*) FILTER (WHERE month(transaction_date) IN (10, 2)) / 59), count(*)
FROM accounts_db.transactions WHERE channel = 'card'
    AND transaction_date >= this_month() - INTERVAL 12 MONTH AND transaction_date < this_month();

-- months.first accounts of the last two years whose first movement is within 60 days of their opening
-- aim: 0.9 -
-- flat: 0.7 -
SELECT avg((first - opened_date <= 60)::INTEGER), count(*) FROM (
    SELECT any_value(opened_date) AS opened_date, min(transaction_date)::DATE AS first
    FROM accounts_db.accounts JOIN accounts_db.transactions USING (account_id)
    WHERE opened_date >= as_of() - 730 AND opened_date < as_of() - 60 GROUP BY account_id);
