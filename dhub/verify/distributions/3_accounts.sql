-- Phase 2: accounts and who is on them.

-- accounts.holders customers with an account
-- kind: share
SELECT (SELECT count(DISTINCT customer_id) FROM accounts_db.accounts), (SELECT count(*) FROM
    accounts_db.customers);

-- accounts.multiple holders with several accounts
-- kind: share
SELECT count(*) FILTER (WHERE n > 1), count(*) FROM (SELECT customer_id, count(*) AS n FROM
    accounts_db.accounts GROUP BY customer_id);

-- accounts.per_multiple_holder accounts of a holder with several
-- kind: mix
SELECT n, count(*) FROM (SELECT customer_id, count(*) AS n FROM accounts_db.accounts GROUP BY
    customer_id) WHERE n > 1 GROUP BY 1;

-- accounts.type accounts by type
-- kind: mix
SELECT account_type, count(*) FROM accounts_db.accounts GROUP BY 1;

-- accounts.status accounts by status
-- kind: mix
SELECT status, count(*) FROM accounts_db.accounts GROUP BY 1;

-- accounts.currency accounts by currency
-- kind: mix
SELECT currency, count(*) FROM accounts_db.accounts GROUP BY 1;

-- accounts.balance balance of open accounts by type
-- kind: range
SELECT account_type, min(balance), max(balance), count(balance) FROM accounts_db.accounts WHERE
    status <> 'closed' GROUP BY 1;

-- accounts.first_opened_days days from joining to the first account
-- kind: range
SELECT min(d), max(d), count(*) FROM (SELECT min(opened_date) - min(created_at::DATE) AS d FROM
    accounts_db.accounts JOIN accounts_db.customers USING (customer_id) GROUP BY customer_id);

-- accounts.links relationships of an account
-- kind: mix
SELECT n, count(*) FROM (SELECT a.account_id, count(r.relationship_id) AS n FROM
    accounts_db.accounts a LEFT JOIN accounts_db.account_relationships r USING (account_id) GROUP
    BY a.account_id) GROUP BY n;

-- accounts.relationship relationships by type
-- kind: mix
SELECT relationship_type, count(*) FROM accounts_db.account_relationships GROUP BY 1;
