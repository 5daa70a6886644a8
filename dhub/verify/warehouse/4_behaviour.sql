-- How money moves where a bank has personas, and whom it could offer what.

-- warehouse.card_holders customers who hold a card, of all
-- kind: aim
-- needs: cards
-- aim: 0.40 0.85
SELECT count(DISTINCT a.customer_key)::DOUBLE / count(DISTINCT c.customer_key), count(DISTINCT c.customer_key)
FROM warehouse_db.dim_customer c LEFT JOIN warehouse_db.dim_account a
  ON a.customer_key = c.customer_key AND a.product_class = 'card';

-- warehouse.utilisation what cards owe of their limits at the last end of a month: the mean
-- kind: aim
-- needs: cards
-- aim: 0.15 0.45
SELECT avg(credit_utilization)::DOUBLE, count(*) FROM warehouse_db.fact_account_snapshot
WHERE credit_limit IS NOT NULL
  AND date_key = (SELECT max(date_key) FROM warehouse_db.fact_account_snapshot WHERE credit_limit IS NOT NULL);

-- warehouse.high_utilisation cards that owe half their limit or more then, of all
-- kind: aim
-- needs: cards
-- aim: 0.05 0.42
SELECT avg((credit_utilization >= 0.5)::INT), count(*) FROM warehouse_db.fact_account_snapshot
WHERE credit_limit IS NOT NULL
  AND date_key = (SELECT max(date_key) FROM warehouse_db.fact_account_snapshot WHERE credit_limit IS NOT NULL);

-- warehouse.card_payments payments to cards that are linked to one of a checking account, of all
-- kind: aim
-- needs: cards
-- aim: 0.80 -
SELECT avg((linked_transaction_key IS NOT NULL)::INT), count(*) FROM warehouse_db.fact_transaction
WHERE transaction_type = 'card_payment';

-- warehouse.recurring bookings that recur, of all
-- kind: aim
-- needs: personas
-- aim: 0.15 0.60
-- least: 1000
SELECT avg(is_recurring::INT), count(*) FROM warehouse_db.fact_transaction;

-- warehouse.subscribers customers who pay for a subscription, of all
-- kind: aim
-- needs: personas
-- aim: 0.40 0.95
SELECT count(DISTINCT customer_key)::DOUBLE / (SELECT count(*) FROM warehouse_db.dim_customer),
       (SELECT count(*) FROM warehouse_db.dim_customer)
FROM warehouse_db.paid WHERE subscribed;

-- warehouse.prices bookings of subscriptions within 15 % of the listed price, of all
-- kind: aim
-- needs: personas
-- aim: 0.999 -
SELECT avg((abs(amount / monthly_price - 1) <= 0.15)::INT), count(*)
FROM warehouse_db.fact_transaction JOIN warehouse_db.dim_merchant USING (merchant_key)
WHERE is_subscription AND transaction_type IN ('payment', 'purchase');

-- warehouse.subscription_gaps bookings of a subscription 28 to 31 days behind the one before, of all
-- kind: aim
-- needs: personas
-- aim: 0.98 -
SELECT avg((gap BETWEEN 28 AND 31)::INT), count(gap) FROM (
    SELECT customer_key, transaction_date::DATE - lag(transaction_date::DATE) OVER (
               PARTITION BY account_key, merchant_key ORDER BY transaction_key) AS gap
    FROM warehouse_db.fact_transaction JOIN warehouse_db.dim_merchant USING (merchant_key)
    WHERE is_subscription AND transaction_type IN ('payment', 'purchase'));

-- warehouse.weekend payments to merchants on Fridays and Saturdays, by those on Mondays and Tuesdays
-- kind: aim
-- needs: personas
-- aim: 1.15 1.9
-- least: 3000
SELECT count(*) FILTER (isodow(transaction_date) IN (5, 6))::DOUBLE
       / count(*) FILTER (isodow(transaction_date) IN (1, 2)), count(*)
FROM warehouse_db.fact_transaction JOIN warehouse_db.dim_merchant USING (merchant_key)
WHERE category IN ('groceries', 'dining') AND transaction_type IN ('payment', 'purchase');

-- warehouse.benford first digits of payments to merchants, how far from Benford's law: the mean
-- kind: aim
-- needs: personas
-- aim: - 0.015
-- least: 3000
WITH digits AS (
    SELECT left(ltrim((amount * 100)::BIGINT::VARCHAR, '0'), 1)::INT AS digit, count(*) AS n
    FROM warehouse_db.fact_transaction JOIN warehouse_db.dim_merchant USING (merchant_key)
    WHERE merchant_key <> 0 AND transaction_type IN ('payment', 'purchase')
      AND category NOT IN ('rent', 'utilities', 'telecom', 'insurance') GROUP BY 1)
SELECT avg(abs(n / (SELECT sum(n) FROM digits)::DOUBLE - log10(1 + 1 / digit::DOUBLE))), sum(n) FROM digits;

-- warehouse.employers pay of the employed that comes from the employer they name, of all
-- kind: aim
-- needs: personas
-- aim: 0.999 -
SELECT avg((counterparty_name IS NOT DISTINCT FROM employer_name)::INT), count(*)
FROM warehouse_db.fact_transaction JOIN warehouse_db.dim_customer USING (customer_key)
WHERE transaction_type = 'salary' AND employment_status = 'employed';

-- warehouse.gross people whose income is 1.1 to 1.9 times what they are paid in a year, of all who are paid
-- kind: aim
-- needs: personas
-- aim: 0.999 -
WITH pay AS (  -- the middle one, so that no bonus counts; a dozen, so that days between them are a cadence
    SELECT customer_key, median(amount)::DOUBLE AS usual,
           (max(transaction_date::DATE) - min(transaction_date::DATE)) / (count(*) - 1) AS days
    FROM warehouse_db.fact_transaction WHERE transaction_type = 'salary' GROUP BY 1 HAVING count(*) >= 12)
SELECT avg((annual_income / (usual * 365.25 / days) BETWEEN 1.1 AND 1.9)::INT), count(*)
FROM pay JOIN warehouse_db.dim_customer USING (customer_key);

-- warehouse.dining weekends of dining, Fridays and Saturdays by Mondays and Tuesdays, by those of groceries
-- kind: aim
-- needs: personas
-- aim: 1 -
-- least: 3000
WITH weeks AS (
    SELECT category, count(*) FILTER (isodow(transaction_date) IN (5, 6))::DOUBLE
           / count(*) FILTER (isodow(transaction_date) IN (1, 2)) AS ends, count(*) AS n
    FROM warehouse_db.fact_transaction JOIN warehouse_db.dim_merchant USING (merchant_key)
    WHERE category IN ('groceries', 'dining') AND transaction_type IN ('payment', 'purchase') GROUP BY 1)
SELECT max(ends) FILTER (category = 'dining') / max(ends) FILTER (category = 'groceries'), min(n) FROM weeks;

-- warehouse.spread how the logarithms of amounts of a category spread: the standard deviation
-- kind: aim
-- needs: personas
-- aim: 0.3 1.4
SELECT category, stddev_pop(ln(amount)), count(*)
FROM warehouse_db.fact_transaction JOIN warehouse_db.dim_merchant USING (merchant_key)
WHERE merchant_key <> 0 AND transaction_type IN ('payment', 'purchase')
  AND category NOT IN ('rent', 'utilities', 'telecom', 'insurance') GROUP BY 1 ORDER BY 1;

-- warehouse.skew how far amounts of a category are from log-normal: the skewness of their logarithms, either way
-- kind: aim
-- needs: personas
-- aim: - 0.6
SELECT category, abs(skewness(ln(amount))), count(*)
FROM warehouse_db.fact_transaction JOIN warehouse_db.dim_merchant USING (merchant_key)
WHERE merchant_key <> 0 AND transaction_type IN ('payment', 'purchase')
  AND category NOT IN ('rent', 'utilities', 'telecom', 'insurance') GROUP BY 1 ORDER BY 1;

-- warehouse.months visits to merchants in a month of the year, of the mean, how far from what is measured; of whole years
-- kind: aim
-- needs: personas
-- aim: - 0.05
-- least: 3000
WITH visits AS (
    SELECT customer_key, month(transaction_date) AS month
    FROM warehouse_db.fact_transaction JOIN warehouse_db.dim_merchant USING (merchant_key)
    WHERE merchant_key <> 0 AND transaction_type IN ('payment', 'purchase') AND NOT is_subscription
      AND category NOT IN ('rent', 'utilities', 'telecom', 'insurance')
      AND month(as_of()) = 1 AND day(as_of()) = 1),
measured (month, name, load) AS (
    VALUES (1, 'January', 0.92), (2, 'February', 0.88), (5, 'May', 1.05), (12, 'December', 1.10))
SELECT name, abs(12 * count(*)::DOUBLE / (SELECT count(*) FROM visits) - load), (SELECT count(*) FROM visits)
FROM visits JOIN measured USING (month) GROUP BY month, name, load ORDER BY month;

-- warehouse.payday visits to merchants on the day of pay and the three behind it, by the mean day between two of them
-- kind: aim
-- needs: personas
-- aim: 1.1 -
-- least: 3000
WITH pay AS (
    SELECT DISTINCT customer_key, transaction_date::DATE AS day FROM warehouse_db.fact_transaction
    WHERE transaction_type = 'salary'),
spans AS (
    SELECT customer_key, day, lead(day) OVER (PARTITION BY customer_key ORDER BY day) AS next FROM pay
    QUALIFY next - day BETWEEN 10 AND 20),
visits AS (
    SELECT customer_key, transaction_date::DATE AS day
    FROM warehouse_db.fact_transaction JOIN warehouse_db.dim_merchant USING (merchant_key)
    WHERE merchant_key <> 0 AND transaction_type IN ('payment', 'purchase') AND NOT is_subscription
      AND category NOT IN ('rent', 'utilities', 'telecom', 'insurance'))
SELECT count(*) FILTER (v.day - s.day <= 3) / 4.0 / count(*) * (SELECT avg(next - day) FROM spans), count(*)
FROM visits v JOIN spans s ON s.customer_key = v.customer_key AND v.day >= s.day AND v.day < s.next;

-- warehouse.favourites visits to merchants whom the customer visits three times or more, of all
-- kind: aim
-- needs: personas
-- aim: 0.5 -
-- least: 3000
SELECT coalesce(sum(n) FILTER (n >= 3), 0)::DOUBLE / sum(n), sum(n) FROM (
    SELECT sum(n) AS n FROM warehouse_db.paid WHERE visited GROUP BY customer_key, merchant_key);

-- warehouse.quarters bookings an open account in the quarter with most of them, by the one with fewest
-- kind: aim
-- needs: personas
-- aim: - 1.5
-- least: 3000
WITH quarters AS (
    SELECT min(full_date) AS since, max(full_date) + 1 AS until FROM warehouse_db.dim_date
    GROUP BY year, quarter HAVING max(full_date) < as_of()),
held AS (
    SELECT since, until, sum(greatest(0, least(coalesce(closed_date + 1, until), until) - greatest(opened_date, since)))
           / (until - since) AS accounts
    FROM quarters CROSS JOIN warehouse_db.dim_account WHERE product_class = 'casa' GROUP BY since, until),
booked AS (
    SELECT since, count(*) AS n FROM warehouse_db.fact_transaction
    JOIN quarters ON transaction_date >= since AND transaction_date < until
    WHERE transaction_id IS NOT NULL GROUP BY 1)
SELECT max(n / accounts) / min(n / accounts), sum(n) FROM booked JOIN held USING (since);

-- warehouse.paid_months employed people who are paid in 85 % of the months of their first account, of all
-- kind: aim
-- needs: personas
-- aim: 0.75 -
WITH first AS (
    SELECT customer_key, account_key, greatest(opened_date, (SELECT min(full_date) FROM warehouse_db.dim_date)) AS start,
           least(coalesce(closed_date, as_of() - 1), as_of() - 1) AS last
    FROM warehouse_db.dim_account WHERE product_type = 'checking'
    QUALIFY row_number() OVER (PARTITION BY customer_key ORDER BY account_key) = 1),
paid AS (
    SELECT customer_key, count(DISTINCT date_trunc('month', transaction_date)) AS months
    FROM warehouse_db.fact_transaction WHERE transaction_type = 'salary' GROUP BY 1)
SELECT avg((coalesce(months, 0) >= 0.85 * (date_diff('month', start, last) + 1))::INT), count(*)
FROM warehouse_db.dim_customer JOIN first USING (customer_key) LEFT JOIN paid USING (customer_key)
WHERE employment_status = 'employed';

-- warehouse.insurance_gap who owes for a house and has no life policy, of all who owe for one
-- kind: aim
-- needs: cross_sell
-- aim: 0.40 0.80
-- least: 50
WITH owes AS (
    SELECT customer_key FROM warehouse_db.dim_account
    WHERE product_type = 'mortgage' AND account_status IN ('active', 'restructured')
    GROUP BY 1 HAVING sum(current_balance) > 0),
covered AS (
    SELECT DISTINCT customer_key FROM warehouse_db.dim_account
    WHERE product_type = 'life' AND product_class = 'insurance' AND account_status = 'active')
SELECT avg((c.customer_key IS NULL)::INT), count(*) FROM owes o LEFT JOIN covered c USING (customer_key);

-- warehouse.prepayment_potential borrowers whose savings are half of what they owe or more, of all
-- kind: aim
-- needs: cross_sell
-- aim: 0.05 0.30
-- least: 50
WITH owes AS (
    SELECT customer_key, sum(current_balance) AS owed FROM warehouse_db.dim_account
    WHERE product_class = 'loan' AND account_status IN ('active', 'restructured')
    GROUP BY 1 HAVING sum(current_balance) > 0),
saved AS (
    SELECT customer_key, sum(current_balance) AS held FROM warehouse_db.dim_account
    WHERE product_type IN ('savings', 'money_market') AND account_status = 'active' AND currency = 'USD'
    GROUP BY 1)
SELECT avg((coalesce(held, 0) >= owed / 2)::INT), count(*) FROM owes LEFT JOIN saved USING (customer_key);

-- warehouse.overdue loans with an instalment that was more than 15 days late, of all
-- kind: aim
-- needs: personas
-- aim: 0.04 0.60
-- least: 100
SELECT avg(late::INT), count(*) FROM (
    SELECT customer_key, bool_or(is_overdue) AS late FROM warehouse_db.fact_loan_schedule
    GROUP BY account_key, customer_key);

-- warehouse.prepaid loans with an instalment that was paid more than 15 days before it was due, of all
-- kind: aim
-- needs: personas
-- aim: 0.05 0.50
-- least: 100
SELECT avg(early::INT), count(*) FROM (
    SELECT customer_key, bool_or(is_prepaid) AS early FROM warehouse_db.fact_loan_schedule
    GROUP BY account_key, customer_key);
