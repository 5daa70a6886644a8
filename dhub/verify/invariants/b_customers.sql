-- B. Customers and what ties them to accounts.

-- B01 customers are 18 when they join and open accounts, and at most 100 today
-- examines: accounts_db.customers
SELECT customer_id FROM accounts_db.customers
WHERE date_of_birth + INTERVAL 18 YEAR > created_at::DATE OR date_of_birth + INTERVAL 101 YEAR <= as_of()
   OR created_at >= instant()
UNION
SELECT customer_id FROM accounts_db.customers JOIN accounts_db.accounts USING (customer_id)
WHERE date_of_birth + INTERVAL 18 YEAR > opened_date;

-- B02 no account is older than its customer
-- examines: accounts_db.accounts
SELECT account_id FROM accounts_db.accounts JOIN accounts_db.customers USING (customer_id)
WHERE opened_date < created_at::DATE;

-- B03 profiles mirror customers one to one, onboarded on the day they were created
-- examines: accounts_db.customers
SELECT coalesce(c.customer_id, p.customer_id) FROM accounts_db.customers c
FULL JOIN customer_db.customer_profiles p ON p.customer_id = c.customer_id
WHERE c.created_at::DATE IS DISTINCT FROM p.onboarding_date;

-- B04 who shares an account is another customer than its owner
-- examines: accounts_db.account_relationships WHERE customer_id IS NOT NULL
SELECT r.relationship_id FROM accounts_db.account_relationships r
JOIN accounts_db.accounts a USING (account_id) WHERE r.customer_id = a.customer_id;

-- B05 relationships start with or after the account, between adults, and name nobody twice
-- examines: accounts_db.account_relationships
SELECT relationship_id FROM (
    SELECT r.relationship_id, r.start_date, a.opened_date, c.date_of_birth, c.created_at,
           count(*) OVER (PARTITION BY r.account_id, r.customer_id, r.linked_account_id,
                          r.relationship_type) AS twins
    FROM accounts_db.account_relationships r JOIN accounts_db.accounts a USING (account_id)
    LEFT JOIN accounts_db.customers c ON c.customer_id = r.customer_id)
WHERE twins > 1 OR start_date < opened_date OR start_date >= as_of()
   OR date_of_birth + INTERVAL 18 YEAR > start_date OR start_date < created_at::DATE;

-- B06 a closed customer has no open account
-- examines: customer_db.customer_profiles WHERE customer_status = 'closed'
SELECT account_id FROM accounts_db.accounts JOIN customer_db.customer_profiles USING (customer_id)
WHERE customer_status = 'closed' AND status <> 'closed';

-- B06b a closed customer has no running loan
-- examines: customer_db.customer_profiles WHERE customer_status = 'closed'
SELECT loan_id FROM loans_db.loans JOIN customer_db.customer_profiles USING (customer_id)
WHERE customer_status = 'closed' AND loan_status <> 'paid_off';

-- B06c a closed customer has no active policy
-- examines: customer_db.customer_profiles WHERE customer_status = 'closed'
SELECT policy_id FROM insurance_db.policies JOIN customer_db.customer_profiles USING (customer_id)
WHERE customer_status = 'closed' AND policy_status = 'active';

-- B07 dormant customers did nothing for a year; active ones with an account did something
-- examines: customer_db.customer_profiles
SELECT customer_id FROM (
    SELECT a.customer_id, min(a.opened_date) AS opened, bool_or(a.status = 'active') AS running,
           bool_or(moved.account_id IS NOT NULL) AS busy
    FROM accounts_db.accounts a LEFT JOIN (
        SELECT DISTINCT account_id FROM accounts_db.transactions
        WHERE transaction_type IN ('deposit', 'withdrawal', 'payment', 'transfer_out')
          AND transaction_date >= instant() - INTERVAL 365 DAY) moved USING (account_id)
    GROUP BY a.customer_id)
JOIN customer_db.customer_profiles p USING (customer_id)
WHERE (p.customer_status = 'dormant' AND busy)
   OR (p.customer_status = 'active' AND NOT busy AND running AND opened < as_of() - 30);

-- B08 e-mails and telephones are unique, and cannot belong to anybody
-- examines: accounts_db.customers
SELECT customer_id FROM (
    SELECT customer_id, email, phone, count(*) OVER (PARTITION BY lower(email)) AS mails,
           count(*) OVER (PARTITION BY phone) AS phones
    FROM accounts_db.customers)
WHERE mails > 1 OR phones > 1
   OR NOT regexp_full_match(email, '[a-z0-9._-]+@example\.(com|org|net)')
   OR NOT regexp_full_match(phone, '\+1 [2-9]9\d{1,3}-[2-9]\d\d-\d{4}');

-- B09 a customer with pending papers has no account, one with expired papers no active one
-- examines: customer_db.customer_profiles WHERE kyc_status <> 'verified'
SELECT customer_id FROM customer_db.customer_profiles JOIN accounts_db.accounts USING (customer_id)
WHERE (kyc_status = 'pending' AND status <> 'closed') OR (kyc_status = 'expired' AND status = 'active');

-- B10 no payroll, clearing, branch or telephone business on weekends
-- examines: accounts_db.transactions WHERE channel IN ('ach', 'branch', 'phone')
SELECT transaction_id FROM accounts_db.transactions
WHERE channel IN ('ach', 'branch', 'phone') AND isodow(transaction_date) > 5;

-- B11 names of customers are as they were written, in UTF-8
-- examines: accounts_db.customers
SELECT customer_id FROM accounts_db.customers WHERE is_misread(first_name || ' ' || last_name);
