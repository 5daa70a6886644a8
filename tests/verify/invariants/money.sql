-- A. Money and accounts, B. customers and relationships. Each query gives the rows that break a rule.
-- $as_of is the as-of date, $cap the spending cap.

-- A01 each balance_after is the balance before plus or minus the amount
SELECT transaction_id FROM (
    SELECT t.*, balance_after - direction * amount AS before,
           lag(balance_after, 1, a.opening_balance) OVER chain AS last
    FROM accounts_db.transactions t
    JOIN accounts_db.transaction_types USING (transaction_type)
    JOIN accounts_db.accounts a USING (account_id)
    WINDOW chain AS (PARTITION BY t.account_id ORDER BY transaction_date, transaction_id)) x
WHERE before <> last;

-- A02 the account's balance is the last balance_after
SELECT a.account_id FROM accounts_db.accounts a JOIN LATERAL (
    SELECT balance_after FROM accounts_db.transactions t WHERE t.account_id = a.account_id
    ORDER BY transaction_date DESC, transaction_id DESC LIMIT 1) l ON true
WHERE a.balance <> l.balance_after;

-- A03 money is conserved, currency by currency
SELECT currency FROM accounts_db.accounts LEFT JOIN (
    SELECT account_id, sum(direction * amount) AS moved FROM accounts_db.transactions
    JOIN accounts_db.transaction_types USING (transaction_type) GROUP BY 1) m USING (account_id)
GROUP BY currency HAVING sum(balance) <> sum(opening_balance) + sum(coalesce(moved, 0));

-- A04 an internal transfer has two legs on two accounts, net zero
SELECT transfer_id FROM accounts_db.transactions JOIN accounts_db.transaction_types USING (transaction_type)
WHERE transfer_id IS NOT NULL GROUP BY 1
HAVING count(*) <> 2 OR count(DISTINCT account_id) <> 2 OR sum(direction * amount) <> 0
    OR count(DISTINCT direction) <> 2;

-- A05 A06 the legs name each other, in one currency, within a business day
SELECT o.transfer_id FROM accounts_db.transactions o JOIN accounts_db.transactions i USING (transfer_id)
JOIN accounts_db.accounts oa ON oa.account_id = o.account_id
JOIN accounts_db.accounts ia ON ia.account_id = i.account_id
WHERE o.transaction_type = 'transfer_out' AND i.transaction_type = 'transfer_in'
  AND (o.counterparty_account <> ia.account_number OR i.counterparty_account <> oa.account_number
       OR oa.currency <> ia.currency OR abs(extract(epoch FROM i.transaction_date - o.transaction_date)) > 86400);

-- A07 a counterparty account is one of ours and another one
SELECT transaction_id FROM accounts_db.transactions t JOIN accounts_db.accounts a USING (account_id)
LEFT JOIN accounts_db.accounts c ON c.account_number = t.counterparty_account
WHERE t.counterparty_account IS NOT NULL AND (c.account_id IS NULL OR c.account_id = a.account_id);

-- A08 amounts are positive, the type has a direction
SELECT transaction_id FROM accounts_db.transactions LEFT JOIN accounts_db.transaction_types USING (transaction_type)
WHERE amount <= 0 OR direction IS NULL;

-- A09 nothing moves before opening, after closing, or on or after the as-of date
SELECT transaction_id FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
WHERE (transaction_date AT TIME ZONE 'UTC')::date < opened_date OR transaction_date >= $as_of
   OR (transaction_date AT TIME ZONE 'UTC')::date > closed_date;

-- A10 no balance falls below zero
SELECT transaction_id FROM accounts_db.transactions WHERE balance_after < 0;

-- A11 closed exactly when there is a closing date, and then empty
SELECT account_id FROM accounts_db.accounts
WHERE (status = 'closed') <> (closed_date IS NOT NULL) OR (status = 'closed' AND balance <> 0);

-- A12 nothing goes out of a frozen account in its last 30 days
SELECT transaction_id FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
WHERE status = 'frozen' AND transaction_date >= $as_of - 30
  AND transaction_type IN ('withdrawal', 'payment', 'transfer_out');

-- A14 open accounts hold what their type allows
SELECT account_id FROM accounts_db.accounts WHERE status <> 'closed' AND NOT CASE account_type
    WHEN 'checking' THEN balance BETWEEN 50 AND 25000 WHEN 'savings' THEN balance BETWEEN 100 AND 100000
    WHEN 'money_market' THEN balance BETWEEN 10000 AND 500000 ELSE balance BETWEEN 100 AND 50000 END;

-- A16 only what is done by hand names an employee; only the branch channel a branch
SELECT transaction_id FROM accounts_db.transactions
WHERE (processed_by IS NOT NULL AND channel NOT IN ('branch', 'phone'))
   OR (branch_code IS NOT NULL) <> (channel = 'branch');

-- A17 within an account ids ascend in time
SELECT transaction_id FROM (SELECT transaction_id, transaction_date,
    lag(transaction_date) OVER (PARTITION BY account_id ORDER BY transaction_id) AS earlier
    FROM accounts_db.transactions) x WHERE transaction_date < earlier;

-- A18 spending stays below the cap of the balance before
SELECT transaction_id FROM accounts_db.transactions JOIN accounts_db.transaction_types USING (transaction_type)
WHERE direction = -1 AND transaction_type <> 'closing_payout' AND amount > $cap * (balance_after + amount);

-- B01 customers are 18 when they join and when they open an account, and at most 100 today
SELECT customer_id FROM accounts_db.customers LEFT JOIN accounts_db.accounts USING (customer_id)
WHERE date_of_birth + interval '18 years' > (created_at AT TIME ZONE 'UTC')::date
   OR date_of_birth + interval '18 years' > opened_date OR date_of_birth + interval '100 years' < $as_of;

-- B02 no account is older than its customer
SELECT account_id FROM accounts_db.accounts JOIN accounts_db.customers USING (customer_id)
WHERE opened_date < (created_at AT TIME ZONE 'UTC')::date;

-- B03 profiles mirror customers
SELECT customer_id FROM accounts_db.customers FULL JOIN customer_db.customer_profiles USING (customer_id)
WHERE onboarding_date IS DISTINCT FROM (created_at AT TIME ZONE 'UTC')::date;

-- B04 the related person is another customer
SELECT relationship_id FROM accounts_db.account_relationships r JOIN accounts_db.accounts a USING (account_id)
LEFT JOIN accounts_db.customers c ON c.customer_id = r.customer_id
WHERE r.customer_id = a.customer_id OR (r.customer_id IS NOT NULL AND c.customer_id IS NULL);

-- B05 relationships start with or after the account, between adults, and name nothing twice
SELECT relationship_id FROM accounts_db.account_relationships r JOIN accounts_db.accounts a USING (account_id)
LEFT JOIN accounts_db.customers c ON c.customer_id = r.customer_id
WHERE r.start_date < a.opened_date OR r.start_date >= $as_of
   OR c.date_of_birth + interval '18 years' > r.start_date OR r.start_date < (c.created_at AT TIME ZONE 'UTC')::date
UNION ALL
SELECT min(relationship_id) FROM accounts_db.account_relationships
GROUP BY account_id, customer_id, linked_account_id, relationship_type HAVING count(*) > 1;

-- B06 a closed customer has no open account
SELECT account_id FROM accounts_db.accounts JOIN customer_db.customer_profiles USING (customer_id)
WHERE customer_status = 'closed' AND status <> 'closed';

-- B07 dormant customers are silent for a year, active ones are not
SELECT customer_id FROM customer_db.customer_profiles p JOIN accounts_db.accounts a USING (customer_id)
LEFT JOIN accounts_db.transactions t ON t.account_id = a.account_id
    AND t.transaction_type IN ('deposit', 'withdrawal', 'payment', 'transfer_out')
    AND t.transaction_date >= $as_of - 365
GROUP BY customer_id, customer_status
HAVING (customer_status = 'dormant' AND count(t.*) > 0)
    OR (customer_status = 'active' AND count(t.*) = 0 AND min(a.opened_date) < $as_of - 30
        AND bool_or(a.status = 'active'));

-- B08 e-mail and telephone are unique and reserved
SELECT min(customer_id) FROM accounts_db.customers GROUP BY lower(email) HAVING count(*) > 1
UNION ALL SELECT min(customer_id) FROM accounts_db.customers GROUP BY phone HAVING count(*) > 1
UNION ALL SELECT customer_id FROM accounts_db.customers
WHERE email !~ '^[a-z0-9._-]+@example\.(com|org|net)$' OR phone !~ '^\+1 [2-9]9\d-[2-9]\d\d-\d{4}$';

-- B09 pending customers have no account, customers with expired papers no active one
SELECT customer_id FROM customer_db.customer_profiles JOIN accounts_db.accounts USING (customer_id)
WHERE (kyc_status = 'pending' AND status <> 'closed') OR (kyc_status = 'expired' AND status = 'active');

-- B10 no payroll or clearing on weekends; branches and telephones rest on them too
SELECT transaction_id FROM accounts_db.transactions
WHERE channel IN ('ach', 'branch', 'phone') AND extract(isodow FROM transaction_date AT TIME ZONE 'UTC') > 5;
