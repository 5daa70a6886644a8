-- What a ledger of lives must show: nothing is counted beforehand, so every series is whole.

-- realism.series_complete bills of one biller that came when they were due, of all that should have
-- kind: aim
-- aim: 0.99 -
-- least: 1000
-- ledger: life
WITH bills AS (  -- a number for account and biller, since names took half of the memory
    SELECT hash(account_id, merchant_name) AS series, transaction_id, transaction_date::DATE AS day
    FROM accounts_db.transactions
    WHERE category IN ('rent', 'utilities', 'telecom', 'insurance', 'streaming')),
gaps AS (
    SELECT series, day - lag(day) OVER (PARTITION BY series ORDER BY transaction_id) AS gap FROM bills),
usual AS (SELECT series, median(gap) AS usual FROM gaps GROUP BY 1 HAVING count(*) >= 6)
SELECT sum(1)::DOUBLE / sum(greatest(round(gap / usual), 1)), count(*)
FROM gaps JOIN usual USING (series) WHERE gap IS NOT NULL AND usual > 25;

-- realism.paydays_complete paydays that came, of all that should have
-- kind: aim
-- aim: 0.99 -
-- least: 1000
-- ledger: life
WITH pay AS (
    SELECT account_id, transaction_date::DATE - lag(transaction_date::DATE) OVER (
               PARTITION BY account_id ORDER BY transaction_id) AS gap
    FROM accounts_db.transactions WHERE transaction_type = 'salary'),
usual AS (SELECT account_id, median(gap) AS usual FROM pay GROUP BY 1 HAVING count(*) >= 6)
SELECT sum(1)::DOUBLE / sum(greatest(round(gap / usual), 1)), count(*)
FROM pay JOIN usual USING (account_id) WHERE gap IS NOT NULL;

-- realism.rows_a_month transactions a month of a checking account that gets pay: the median by the profile's
-- kind: aim
-- aim: 0.87 1.13
-- least: 100
-- ledger: life
SELECT median(n) / figure('life.rows_a_month')::DOUBLE, count(*) FROM (
    SELECT account_id, count(*) / greatest((max(transaction_date::DATE) - min(transaction_date::DATE)) / 30.44, 1) AS n
    FROM accounts_db.transactions t JOIN accounts_db.accounts a USING (account_id)
    WHERE account_type = 'checking'
    GROUP BY account_id HAVING count(*) FILTER (WHERE t.transaction_type = 'salary') >= 12);

-- realism.savers customers with a checking and a savings account who save in each of the last six full months
-- kind: aim
-- aim: 0.4 -
-- least: 100
-- ledger: life
WITH both_kinds AS (
    SELECT customer_id FROM accounts_db.accounts
    WHERE status = 'active' AND account_type IN ('checking', 'savings')
      AND opened_date < date_trunc('month', as_of()) - INTERVAL 7 MONTH
    GROUP BY 1 HAVING count(DISTINCT account_type) = 2),
saved AS (
    SELECT customer_id, count(DISTINCT date_trunc('month', transaction_date)) AS months
    FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
    WHERE account_type = 'savings' AND transaction_type = 'transfer_in' AND transfer_id IS NOT NULL
      AND transaction_date >= date_trunc('month', as_of()) - INTERVAL 6 MONTH
      AND transaction_date < date_trunc('month', as_of())
    GROUP BY 1)
SELECT count(*) FILTER (WHERE months = 6) / count(*)::DOUBLE, count(*)
FROM both_kinds LEFT JOIN saved USING (customer_id);

-- realism.card_payments checking accounts with pay that pay a credit card elsewhere
-- kind: aim
-- aim: 0.35 0.85
-- least: 100
-- ledger: life
SELECT count(*) FILTER (WHERE cards > 3) / count(*)::DOUBLE, count(*) FROM (
    SELECT account_id, count(*) FILTER (WHERE description LIKE '%CARD%' AND transaction_type = 'payment'
                                        AND category IS NULL) AS cards
    FROM accounts_db.transactions
    GROUP BY 1 HAVING count(*) FILTER (WHERE transaction_type = 'salary') >= 12);
