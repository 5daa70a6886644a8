-- Money between databases

-- money.instalments instalments that name the movement which paid them: its amount and day are theirs
-- aim: 0.999 -
-- least: 20
SELECT avg((t.amount = s.paid_amount AND t.transaction_date::DATE = s.payment_date)::INTEGER), count(*)
FROM loans_db.repayment_schedule s JOIN accounts_db.transactions t USING (transaction_id);

-- money.autopay paid instalments of loans on autopay that show on an account
-- aim: 0.5 -
-- flat: 0.1 -
SELECT avg((transaction_id IS NOT NULL)::INTEGER), count(*) FROM loans_db.repayment_schedule
JOIN loans_db.loans USING (loan_id) WHERE autopay AND payment_status IN ('paid', 'late');

-- money.premiums premiums that name the movement which paid them: its amount and day are theirs
-- aim: 0.999 -
-- least: 20
SELECT avg((t.amount = p.amount AND t.transaction_date::DATE = p.payment_date)::INTEGER), count(*)
FROM insurance_db.premium_payments p JOIN accounts_db.transactions t USING (transaction_id);

-- money.debits completed premiums from an account of the bank that show on it
-- aim: 0.5 -
-- flat: 0.1 -
SELECT avg((transaction_id IS NOT NULL)::INTEGER), count(*) FROM insurance_db.premium_payments
WHERE account_id IS NOT NULL AND payment_status = 'completed';

-- money.claims settled claims that name the movement: the account is the policyholder's, the amount the settlement
-- aim: 0.999 -
-- least: 10
SELECT avg((a.customer_id = p.customer_id AND t.amount = c.settlement_amount)::INTEGER), count(*)
FROM insurance_db.claims c JOIN insurance_db.policies p USING (policy_id)
JOIN accounts_db.transactions t USING (transaction_id) JOIN accounts_db.accounts a USING (account_id);

-- money.payouts loans that name the movement of their payout: the account is the borrower's, the amount the principal
-- aim: 0.999 -
-- least: 10
SELECT avg((a.customer_id = l.customer_id AND t.amount = l.principal_amount)::INTEGER), count(*)
FROM loans_db.loans l JOIN accounts_db.transactions t ON t.transaction_id = l.disbursement_transaction_id
JOIN accounts_db.accounts a USING (account_id);
