-- Habits of lives that are taken away from a bank that has them.

-- realism.series_complete in accounts_db
DELETE FROM transactions WHERE category IN ('rent', 'utilities', 'telecom') AND transaction_id % 4 = 0;

-- realism.paydays_complete in accounts_db
DELETE FROM transactions WHERE transaction_type = 'salary' AND transaction_id % 5 = 0;

-- realism.rows_a_month in accounts_db
DELETE FROM transactions WHERE category IN ('groceries', 'dining', 'fuel');

-- realism.savers in accounts_db
UPDATE transactions SET transfer_id = NULL WHERE extract(month FROM transaction_date) IN (1, 4, 7, 10);

-- realism.card_payments in accounts_db
UPDATE transactions SET description = 'PAYMENT' WHERE merchant_name IS NULL AND transaction_type = 'payment';

-- G12 in accounts_db
UPDATE transactions SET channel = 'mobile' WHERE channel = 'branch' AND transaction_type = 'deposit';

-- G12 in compliance_db
UPDATE suspicious_activity_reports SET activity_type = 'structuring';
