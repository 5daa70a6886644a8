-- Habits of real customers that are taken away from the whole bank.

-- realism.amount_spread in accounts_db
-- also: realism.account_effect, realism.amount_skew, realism.benford, realism.card_cents, realism.round_cash, realism.shop_amounts
UPDATE transactions SET amount = 100 + transaction_id % 7 WHERE (transaction_type = 'withdrawal'
    OR (transaction_type = 'payment' AND channel = 'card'));

-- realism.amount_skew in accounts_db
-- also: realism.account_effect, realism.amount_spread, realism.benford, realism.round_cash, realism.shop_amounts
UPDATE transactions SET amount = CASE WHEN transaction_id % 9 = 0 THEN 0.01 ELSE amount END WHERE
    (transaction_type = 'withdrawal' OR (transaction_type = 'payment' AND channel = 'card'));

-- realism.benford in accounts_db
-- also: realism.account_effect, realism.amount_skew, realism.amount_spread, realism.round_cash, realism.shop_amounts
UPDATE transactions SET amount = 500 + amount / 100 WHERE (transaction_type IN ('withdrawal',
    'payment', 'transfer_out') OR (transaction_type = 'deposit' AND channel <> 'ach'));

-- realism.account_effect in accounts_db
-- also: realism.amount_skew, realism.amount_spread, realism.benford, realism.card_cents, realism.round_cash, realism.shop_amounts
UPDATE transactions SET amount = 10 + (transaction_id * 7919) % 500 WHERE (transaction_type IN
    ('withdrawal', 'payment', 'transfer_out') OR (transaction_type = 'deposit' AND channel <>
    'ach'));

-- realism.shop_amounts in accounts_db
-- also: realism.account_effect, realism.amount_spread, realism.amount_skew, realism.benford, realism.card_cents
UPDATE transactions SET amount = 5 + (transaction_id * 7919) % 20000 / 100.0 WHERE category IS NOT NULL;

-- realism.repeat_counterparties in accounts_db
UPDATE transactions SET description = description || transaction_id WHERE transaction_type IN
    ('transfer_in', 'transfer_out');

-- realism.recurring_credits in accounts_db
-- also: realism.day_of_month, realism.payday
UPDATE transactions SET transaction_date = transaction_date + interval '1 day' * (transaction_id
    % 23) WHERE transaction_type = 'salary';

-- realism.payday in accounts_db
UPDATE transactions SET transaction_date = transaction_date - interval '5 day' WHERE
    (transaction_type = 'withdrawal' OR (transaction_type = 'payment' AND channel = 'card'));

-- realism.day_of_month in accounts_db
-- also: realism.payday, realism.recurring_credits
UPDATE transactions SET transaction_date = transaction_date - interval '1 day' * (transaction_id
    % 29) WHERE transaction_type IN ('salary', 'transfer_in', 'transfer_out');

-- realism.weekdays in accounts_db
-- also: realism.payday
UPDATE transactions SET transaction_date = transaction_date
    + (4 - extract(isodow FROM transaction_date)) * interval '1 day'
    WHERE channel IN ('branch', 'phone') AND extract(isodow FROM transaction_date) IN (2, 3);

-- realism.months in accounts_db
-- also: realism.payday, realism.weekdays
UPDATE transactions SET transaction_date = transaction_date - date_trunc('month', transaction_date)
    + timestamptz '2026-10-01' WHERE transaction_date >= '2026-01-01' AND transaction_type IN
    ('deposit', 'withdrawal', 'payment') AND channel <> 'ach';

-- realism.growth in accounts_db
-- also: realism.activity_age, realism.day_of_month, realism.income_and_pay, realism.payday, realism.recurring_credits
DELETE FROM transactions WHERE transaction_date < '2025-11-20' AND transaction_id % 3 <> 0;

-- realism.activity_spread in accounts_db
-- also: realism.account_effect, realism.activity_age, realism.amount_spread, realism.benford, realism.card_cents, realism.day_of_month, realism.growth, realism.payday, realism.recurring_credits, realism.repeat_counterparties, realism.round_cash, realism.shop_amounts
DELETE FROM transactions t USING (SELECT transaction_id, row_number() OVER (PARTITION BY
    account_id ORDER BY transaction_id) AS n FROM transactions) x WHERE x.transaction_id =
    t.transaction_id AND n > 6;

-- realism.activity_age in accounts_db
-- also: realism.payday
UPDATE accounts SET opened_date = date '2019-01-01' + (account_id * 7919 % 2500)::int;

-- realism.round_cash in accounts_db
-- also: realism.shop_amounts
UPDATE transactions SET amount = amount + 1 WHERE transaction_type = 'withdrawal';

-- realism.card_cents in accounts_db
-- also: realism.shop_amounts
UPDATE transactions SET amount = ceil(amount) WHERE (transaction_type = 'withdrawal' OR
    (transaction_type = 'payment' AND channel = 'card'));

-- realism.wealth_mean in accounts_db
-- also: realism.wealth_by_segment, realism.wealth_top
UPDATE accounts SET balance = 5000 + balance / 100;

-- realism.wealth_top in accounts_db
-- also: realism.wealth_by_segment, realism.wealth_mean
UPDATE accounts SET balance = least(balance, 2000);

-- realism.products_by_segment in accounts_db
UPDATE accounts SET account_type = CASE account_id * 7919 % 3 WHEN 0 THEN 'savings' ELSE
    'checking' END;

-- realism.wealth_by_segment in customer_db
UPDATE customer_profiles SET segment = CASE segment WHEN 'retail' THEN 'private_banking' WHEN
    'private_banking' THEN 'retail' ELSE segment END;

-- realism.income_by_age in loans_db
UPDATE loan_applications SET annual_income = 50000;

-- realism.income_and_pay in loans_db
-- also: realism.income_by_age
UPDATE loan_applications SET annual_income = 30000 + (customer_id * 7919 % 1000) * 100;

-- realism.medical_accounts in accounts_db
UPDATE accounts SET account_type = 'hsa' WHERE account_id % 50 = 0 AND account_type = 'checking';

-- realism.households in accounts_db
UPDATE customers SET street_address = customer_id || ' Elm Street';

-- realism.one_spouse in insurance_db
UPDATE beneficiaries SET beneficiary_name = beneficiary_name || ' ' || policy_id WHERE relationship = 'spouse';

-- realism.near_advisors in employees_db
UPDATE employees SET branch_code = (SELECT list(branch_code ORDER BY branch_code)
    FROM branches)[1 + employee_id % 18];

-- realism.rate_by_risk in loans_db
UPDATE loans SET interest_rate = 3 + (loan_id * 7919 % 1000) / 100.0;

-- realism.default_by_grade in loans_db
UPDATE loans SET loan_status = CASE WHEN loan_id % 5 = 0 THEN 'defaulted' ELSE 'active' END;

-- realism.denial_by_debt in loans_db
UPDATE loan_applications SET dti_ratio = CASE WHEN status = 'rejected' THEN 0.05 ELSE 0.3 END
    + (application_id * 7919 % 100) / 1000.0;

-- realism.requests_round in loans_db
UPDATE loan_applications SET requested_amount = requested_amount + 0.37;

-- realism.call_hours in customer_db
-- also: realism.call_monday
UPDATE interactions SET interaction_date = interaction_date + interval '11 hours' WHERE channel
    = 'phone';

-- realism.call_monday in customer_db
UPDATE interactions SET interaction_date = interaction_date + interval '3 days'
WHERE channel = 'phone' AND extract(isodow FROM interaction_date AT TIME ZONE 'UTC') = 1;

-- realism.escalation_hurts in customer_db
-- also: realism.escalations_churn
UPDATE interactions SET outcome = CASE WHEN interaction_id % 5 = 0 THEN 'escalated' ELSE
    'resolved' END;

-- realism.complaints_churn in customer_db
UPDATE complaints SET customer_id = coalesce((
    SELECT min(customer_id) FROM customer_profiles WHERE customer_status = 'active'
        AND customer_id > complaints.customer_id AND onboarding_date < complaint_date::date),
    customer_id)
WHERE customer_id IN (SELECT customer_id FROM customer_profiles WHERE customer_status <> 'active');

-- realism.claims_by_line in insurance_db
UPDATE policies SET policy_type = CASE policy_type WHEN 'life' THEN 'health' WHEN 'health' THEN
    'life' ELSE policy_type END;

-- realism.cover_and_worth in insurance_db
UPDATE policies SET coverage_amount = 60000000000 / coverage_amount WHERE policy_type = 'property';
