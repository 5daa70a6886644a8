-- Phase 2: the ledger.

-- transactions.per_account transactions of an account
-- kind: range
SELECT min(n), max(n), count(*) FROM (SELECT account_id, count(*) AS n FROM
    accounts_db.transactions GROUP BY account_id);

-- transactions.per_account_mean transactions of an account, mean
-- kind: mean
SELECT avg(n), stddev_samp(n), count(*) FROM (SELECT account_id, count(*) AS n FROM
    accounts_db.transactions GROUP BY account_id);

-- transactions.mix transactions by type
-- kind: mix
SELECT transaction_type, count(*) FROM accounts_db.transactions WHERE transaction_type <>
    'closing_payout' GROUP BY 1;

-- transactions.recent_share transactions in the recent months, at least
-- kind: least
SELECT count(*) FILTER (WHERE transaction_date >= instant() -
    to_months(figure('transactions.recent_months')::INTEGER)), count(*) FROM
    accounts_db.transactions WHERE transaction_type <> 'closing_payout';

-- transactions.internal_share transfer rows inside the bank
-- kind: share
-- slack: 0.03
SELECT count(*) FILTER (WHERE transfer_id IS NOT NULL), count(*) FROM accounts_db.transactions
    WHERE transaction_type IN ('transfer_in', 'transfer_out');

-- transactions.manual transactions by hand (branch, telephone)
-- kind: share
SELECT count(*) FILTER (WHERE channel IN ('branch', 'phone')), count(*) FROM
    accounts_db.transactions WHERE transaction_type <> 'closing_payout';

-- transactions.processed transactions that name an employee
-- kind: share
SELECT count(*) FILTER (WHERE processed_by IS NOT NULL), count(*) FROM accounts_db.transactions
    WHERE transaction_type <> 'closing_payout';

-- transactions.spending_cap the largest part of a balance spent at once
-- kind: most
SELECT max(amount / (balance_after + amount)::DOUBLE), count(*) FROM accounts_db.transactions JOIN
    accounts_db.transaction_types USING (transaction_type) WHERE direction = -1 AND
    transaction_type <> 'closing_payout';

-- transactions.amount amounts by type
-- kind: range
SELECT transaction_type, min(amount), max(amount), count(amount) FROM accounts_db.transactions
    GROUP BY 1;

-- transactions.large_transfer_share transfers above the monitoring threshold
-- kind: share
-- slack: 0.015
SELECT count(*) FILTER (WHERE amount > low('transactions.large_transfer')), count(*) FROM
    accounts_db.transactions WHERE transaction_type IN ('transfer_in', 'transfer_out');

-- transactions.large_transfer amount of large transfers
-- kind: range
SELECT min(amount), max(amount), count(amount) FROM accounts_db.transactions WHERE amount >
    low('transactions.large_transfer') AND transaction_type IN ('transfer_in', 'transfer_out');
