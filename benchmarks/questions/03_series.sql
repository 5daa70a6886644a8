-- Series

-- series.pay_span median days from the first to the last pay of an account
-- aim: 200 -
-- flat: 90 -
SELECT median(span), count(*) FROM (
    SELECT max(transaction_date)::DATE - min(transaction_date)::DATE AS span
    FROM accounts_db.transactions WHERE pay_said(description) GROUP BY account_id);

-- series.pay_twelve accounts with pay, of those older than a year, that have twelve paydays and more
-- aim: 0.9 -
-- flat: 0.5 -
SELECT avg((n >= 12)::INTEGER), count(*) FROM (
    SELECT count(*) AS n FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
    WHERE pay_said(description) AND coalesce(closed_date, as_of()) - opened_date > 400 GROUP BY account_id);

-- series.pay_lasts open accounts with pay whose last pay is within 40 days
-- aim: 0.85 -
-- flat: 0.6 -
SELECT avg((last >= as_of() - 40)::INTEGER), count(*) FROM (
    SELECT max(transaction_date)::DATE AS last FROM accounts_db.transactions
    JOIN accounts_db.accounts USING (account_id)
    WHERE pay_said(description) AND status = 'active' GROUP BY account_id);

-- series.pay_steady accounts with eight paydays and more that know at most four amounts
-- aim: 0.9 -
-- flat: 0.5 -
SELECT avg((amounts <= 4)::INTEGER), count(*) FROM (
    SELECT count(DISTINCT amount) AS amounts FROM accounts_db.transactions
    WHERE pay_said(description) GROUP BY account_id HAVING count(*) >= 8);

-- series.pay_raise accounts paid for 15 months and more whose usual pay has risen by less than a fifth
-- aim: 0.8 -
-- flat: 0.4 -
-- least: 15
SELECT avg((late > early AND late < 1.25 * early)::INTEGER), count(*) FROM (
    SELECT median(amount) FILTER (WHERE transaction_date < began + INTERVAL 90 DAY) AS early,
           median(amount) FILTER (WHERE transaction_date > ended - INTERVAL 90 DAY) AS late FROM (
        SELECT account_id, amount, transaction_date, min(transaction_date) OVER w AS began,
               max(transaction_date) OVER w AS ended
        FROM accounts_db.transactions WHERE pay_said(description) WINDOW w AS (PARTITION BY account_id))
    GROUP BY account_id HAVING any_value(ended - began) > INTERVAL 450 DAY);

-- series.employer accounts with three paydays and more that are paid by one employer throughout
-- aim: 0.95 -
-- flat: 0.8 -
SELECT avg((employers = 1)::INTEGER), count(*) FROM (
    SELECT count(DISTINCT regexp_replace(description, '\d+', '', 'g')) AS employers
    FROM accounts_db.transactions WHERE pay_said(description) GROUP BY account_id HAVING count(*) >= 3);

-- series.interest accounts with interest, open for a year, that have it in 10 of the last 12 months
-- aim: 0.8 -
-- flat: 0.4 -
SELECT avg((months >= 10)::INTEGER), count(*) FROM (
    SELECT count(DISTINCT month_of(transaction_date)) FILTER (WHERE transaction_date >= as_of() - 366) AS months
    FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
    WHERE interest_said(description) AND status = 'active' AND opened_date < as_of() - 400 GROUP BY account_id);

-- series.standing active checking accounts with a standing order or a direct debit
-- aim: 0.75 0.9
-- flat: 0.4 0.97
SELECT avg((debits > 0)::INTEGER), count(*) FROM (
    SELECT count(t.account_id) AS debits FROM accounts_db.accounts a
    LEFT JOIN accounts_db.transactions t ON t.account_id = a.account_id AND channel = 'ach'
        AND transaction_type IN ('payment', 'transfer_out')
    WHERE account_type = 'checking' AND status = 'active' GROUP BY a.account_id);

-- series.walls accounts with exactly the fewest or the most movements that any account has
-- aim: - 0.2
-- flat: - 0.35
WITH counts AS (SELECT count(*) AS n FROM accounts_db.transactions GROUP BY account_id)
SELECT avg((n IN ((SELECT min(n) FROM counts), (SELECT max(n) FROM counts)))::INTEGER), count(*) FROM counts;

-- series.debits direct debits paid three times and more that come a month or two after each other
-- aim: 0.9 -
-- flat: 0.5 -
SELECT avg((gap BETWEEN 25 AND 35 OR gap BETWEEN 55 AND 66)::INTEGER), count(*) FROM (
    SELECT date_diff('day', lag(transaction_date) OVER w, transaction_date) AS gap, count(*) OVER (
        PARTITION BY account_id, biller(description)) AS times
    FROM accounts_db.transactions WHERE transaction_type = 'payment' AND channel = 'ach'
    WINDOW w AS (PARTITION BY account_id, biller(description) ORDER BY transaction_date))
WHERE times >= 3 AND gap IS NOT NULL;
