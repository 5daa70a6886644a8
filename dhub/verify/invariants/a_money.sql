-- A. Money and accounts. Each query gives the rows that break a rule, their key first.

-- A01 each balance is the balance before plus or minus the amount, to the cent
-- examines: accounts_db.transactions
SELECT transaction_id FROM (
    SELECT t.transaction_id, balance_after - direction * amount AS before,
           lag(balance_after, 1, a.opening_balance) OVER (
               PARTITION BY t.account_id ORDER BY transaction_date, transaction_id) AS last
    FROM accounts_db.transactions t
    JOIN accounts_db.transaction_types USING (transaction_type)
    JOIN accounts_db.accounts a USING (account_id))
WHERE before <> last;

-- A02 an account's balance is what its last transaction left
-- examines: accounts_db.accounts
SELECT account_id FROM accounts_db.accounts a LEFT JOIN (
    SELECT account_id, arg_max(balance_after, (transaction_date, transaction_id)) AS last
    FROM accounts_db.transactions GROUP BY account_id) USING (account_id)
WHERE balance <> coalesce(last, opening_balance);

-- A03 balances are opening balances plus credits less debits, in every currency
-- examines: accounts_db.accounts
SELECT currency FROM accounts_db.accounts LEFT JOIN (
    SELECT account_id, sum(direction * amount) AS moved FROM accounts_db.transactions
    JOIN accounts_db.transaction_types USING (transaction_type) GROUP BY account_id) USING (account_id)
GROUP BY currency HAVING sum(balance) <> sum(opening_balance) + coalesce(sum(moved), 0);

-- A04 an internal transfer has two legs on two accounts, one out and one in, net zero
-- examines: accounts_db.transactions WHERE transfer_id IS NOT NULL
SELECT transfer_id FROM accounts_db.transactions JOIN accounts_db.transaction_types USING (transaction_type)
WHERE transfer_id IS NOT NULL GROUP BY transfer_id
HAVING count(*) <> 2 OR min(account_id) = max(account_id) OR sum(direction * amount) <> 0
    OR min(direction) = max(direction);

-- A05 the two legs of a transfer name each other's account
-- examines: accounts_db.transactions WHERE transfer_id IS NOT NULL
SELECT o.transfer_id FROM accounts_db.transactions o JOIN accounts_db.transactions i USING (transfer_id)
JOIN accounts_db.accounts oa ON oa.account_id = o.account_id
JOIN accounts_db.accounts ia ON ia.account_id = i.account_id
WHERE o.transaction_type = 'transfer_out' AND i.transaction_type = 'transfer_in'
  AND (o.counterparty_account <> ia.account_number OR i.counterparty_account <> oa.account_number);

-- A06 both legs of a transfer lie within a business day, in one currency
-- examines: accounts_db.transactions WHERE transfer_id IS NOT NULL
SELECT o.transfer_id FROM accounts_db.transactions o JOIN accounts_db.transactions i USING (transfer_id)
JOIN accounts_db.accounts oa ON oa.account_id = o.account_id
JOIN accounts_db.accounts ia ON ia.account_id = i.account_id
WHERE o.transaction_type = 'transfer_out' AND i.transaction_type = 'transfer_in'
  AND (oa.currency <> ia.currency OR abs(epoch(i.transaction_date - o.transaction_date)) > 86400);

-- A07 a counterparty account is one of ours, and another one
-- examines: accounts_db.transactions WHERE counterparty_account IS NOT NULL
SELECT transaction_id FROM accounts_db.transactions t
LEFT JOIN accounts_db.accounts c ON c.account_number = t.counterparty_account
WHERE t.counterparty_account IS NOT NULL AND (c.account_id IS NULL OR c.account_id = t.account_id);

-- A08 amounts are positive, and every type has its direction
-- examines: accounts_db.transactions
SELECT t.transaction_id FROM accounts_db.transactions t
LEFT JOIN accounts_db.transaction_types k USING (transaction_type)
WHERE t.amount <= 0 OR k.direction IS DISTINCT FROM CASE
    WHEN t.transaction_type IN ('deposit', 'salary', 'interest', 'transfer_in') THEN 1
    WHEN t.transaction_type IN ('withdrawal', 'payment', 'fee', 'transfer_out', 'closing_payout') THEN -1 END;

-- A09 nothing is booked before an account opens, after it closes, or on or after the as-of date
-- examines: accounts_db.transactions
SELECT transaction_id FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
WHERE transaction_date::DATE < opened_date OR transaction_date >= instant()
   OR transaction_date::DATE > closed_date OR opened_date >= as_of() OR closed_date >= as_of()
   OR closed_date < opened_date;

-- A10 no balance falls below zero
-- examines: accounts_db.transactions
SELECT transaction_id FROM accounts_db.transactions WHERE balance_after < 0;

-- A11 an account is closed exactly when it has a closing date, and is then empty
-- examines: accounts_db.accounts
SELECT account_id FROM accounts_db.accounts
WHERE (status = 'closed') <> (closed_date IS NOT NULL) OR (status = 'closed' AND balance <> 0);

-- A12 its owner takes nothing out of a frozen account in the last 30 days
-- examines: accounts_db.accounts WHERE status = 'frozen'
SELECT transaction_id FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
WHERE status = 'frozen' AND transaction_date >= instant() - INTERVAL 30 DAY
  AND transaction_type IN ('withdrawal', 'payment', 'transfer_out');

-- A13 account numbers are unique with a valid check digit, currencies are ISO 4217 codes
-- examines: accounts_db.accounts
SELECT account_id FROM (
    SELECT account_id, account_number, currency, count(*) OVER (PARTITION BY account_number) AS twins
    FROM accounts_db.accounts)
WHERE twins > 1 OR currency NOT IN ('USD', 'EUR', 'GBP', 'CAD')
   OR NOT regexp_full_match(account_number, '\d{8,17}')
   OR NOT luhn(account_number);

-- A14 an open account holds what its type allows
-- examines: accounts_db.accounts WHERE status <> 'closed'
SELECT account_id FROM accounts_db.accounts JOIN profile.ranges ON path = 'accounts.balance.' || account_type
WHERE status <> 'closed' AND NOT balance BETWEEN low AND high;

-- A15 no more interest than the daily balances since the last credit earn at the rate of the type
-- examines: accounts_db.transactions WHERE transaction_type = 'interest'
SELECT transaction_id FROM (
    SELECT *, sum(earning) OVER (PARTITION BY account_id, period) AS earned FROM (
        SELECT *, before * (day - since) AS earning,
               count(*) FILTER (WHERE transaction_type = 'interest') OVER (
                   PARTITION BY account_id ORDER BY transaction_id
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS period
        FROM (
            SELECT t.transaction_id, t.account_id, t.transaction_type, t.amount, a.account_type,
                   t.transaction_date::DATE AS day,
                   lag(t.balance_after, 1, a.opening_balance) OVER one AS before,
                   lag(t.transaction_date::DATE, 1, a.opened_date) OVER one AS since
            FROM accounts_db.transactions t JOIN accounts_db.accounts a USING (account_id)
            WHERE t.account_id IN (
                SELECT account_id FROM accounts_db.transactions WHERE transaction_type = 'interest')
            WINDOW one AS (PARTITION BY t.account_id ORDER BY t.transaction_id))))
JOIN profile.numbers ON path = 'accounts.apy.' || account_type
WHERE transaction_type = 'interest' AND amount > earned * value / 365 + 0.01;

-- A16 only branch and telephone name an employee, only the branch channel names a branch
-- examines: accounts_db.transactions
SELECT transaction_id FROM accounts_db.transactions
WHERE (processed_by IS NOT NULL AND channel NOT IN ('branch', 'phone'))
   OR (branch_code IS NOT NULL) <> (channel = 'branch');

-- A17 within an account, keys of transactions ascend in time
-- examines: accounts_db.transactions
SELECT transaction_id FROM (
    SELECT transaction_id, transaction_date,
           lag(transaction_date) OVER (PARTITION BY account_id ORDER BY transaction_id) AS earlier
    FROM accounts_db.transactions)
WHERE transaction_date < earlier;

-- A18 nothing spends more than the cap of the balance before it, save the closing payout
-- examines: accounts_db.transactions
SELECT transaction_id FROM accounts_db.transactions JOIN accounts_db.transaction_types USING (transaction_type)
WHERE direction = -1 AND transaction_type <> 'closing_payout'
  AND amount > figure('transactions.spending_cap') * (balance_after + amount);
