-- What real data look like. Each query gives a number and the rows behind it.

-- realism.amount_spread standard deviation of the logarithms of cash and card amounts
-- kind: aim
-- aim: 0.9 1.6
SELECT stddev_samp(ln(amount::DOUBLE)), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'withdrawal' OR (transaction_type = 'payment' AND channel = 'card');

-- realism.amount_skew skewness of the logarithms of cash and card amounts
-- kind: aim
-- aim: -0.8 0.5
SELECT skewness(ln(amount::DOUBLE)), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'withdrawal' OR (transaction_type = 'payment' AND channel = 'card');

-- realism.benford first digits of customers' amounts: mean distance from Benford's law
-- kind: aim
-- aim: - 0.015
-- least: 3000
WITH digits AS (
    SELECT floor(amount::DOUBLE / pow(10, floor(log10(amount::DOUBLE) + 1e-12)))::INTEGER AS digit
    FROM accounts_db.transactions
    WHERE transaction_type IN ('withdrawal', 'payment', 'transfer_out')
       OR (transaction_type = 'deposit' AND channel <> 'ach')),
shares AS (SELECT digit, count(*) AS n FROM digits GROUP BY digit)
SELECT avg(abs(coalesce(n, 0) / (SELECT sum(n) FROM shares)::DOUBLE - log10(1 + 1.0 / d))),
       (SELECT count(*) FROM digits)
FROM range(1, 10) AS nine(d) LEFT JOIN shares ON digit = d;

-- realism.account_effect share of the variance of log-amounts that lies between accounts
-- kind: aim
-- aim: 0.15 -
WITH own AS (
    SELECT account_id, ln(amount::DOUBLE) AS x FROM accounts_db.transactions
    WHERE transaction_type IN ('withdrawal', 'payment', 'transfer_out')
       OR (transaction_type = 'deposit' AND channel <> 'ach')),
within AS (SELECT sum(v) AS squares, sum(n) AS n, count(*) AS accounts FROM (
    SELECT var_pop(x) * count(*) AS v, count(*) AS n FROM own GROUP BY account_id))
SELECT 1 - squares / (n - accounts) / (SELECT var_pop(x) FROM own), n FROM within WHERE n > accounts;

-- realism.shop_amounts share of the variance of log-amounts of payments that lies between kinds of shops
-- kind: aim
-- aim: 0.3 -
-- least: 1000
WITH paid AS (
    SELECT category, ln(amount::DOUBLE) AS x FROM accounts_db.transactions WHERE category IS NOT NULL),
within AS (SELECT sum(v) AS squares, sum(n) AS n FROM (
    SELECT var_pop(x) * count(*) AS v, count(*) AS n FROM paid GROUP BY category))
SELECT 1 - squares / n / (SELECT var_pop(x) FROM paid), n FROM within;

-- realism.repeat_counterparties transfers to and from counterparties met three times or more
-- kind: aim
-- aim: 0.5 -
SELECT coalesce(sum(n) FILTER (WHERE n >= 3), 0) / sum(n), sum(n) FROM (
    SELECT count(*) AS n FROM accounts_db.transactions
    WHERE transaction_type IN ('transfer_in', 'transfer_out')
    GROUP BY account_id, transaction_type, description);

-- realism.recurring_credits payers whose pay comes every 7, 14, 15 or 30 days, give or take a few
-- kind: aim
-- aim: 0.95 -
-- least: 100
WITH pay AS (
    SELECT account_id, transaction_date::DATE - lag(transaction_date::DATE) OVER (
        PARTITION BY account_id ORDER BY transaction_id) AS gap
    FROM accounts_db.transactions
    WHERE is_pay(transaction_type, description)),
payers AS (
    SELECT count(*) AS n, bool_and(gap BETWEEN 3 AND 11) AS weekly, bool_and(gap BETWEEN 10 AND 18)
           AS biweekly, bool_and(gap BETWEEN 11 AND 20) AS semimonthly,
           bool_and(gap BETWEEN 24 AND 35) AS monthly
    FROM pay WHERE gap IS NOT NULL GROUP BY account_id)
SELECT count(*) FILTER (WHERE weekly OR biweekly OR semimonthly OR monthly) / count(*), count(*)
FROM payers WHERE n >= 2;

-- realism.payday spending in the three days from a payday, against the mean day since the first
-- kind: aim
-- aim: 1.8 -
-- least: 1000
WITH paid AS (
    SELECT DISTINCT account_id, transaction_date::DATE AS day FROM accounts_db.transactions
    WHERE is_pay(transaction_type, description)),
payers AS (
    SELECT p.account_id, min(day) AS first, count(*) AS paydays,
           coalesce(min(a.closed_date), as_of() - 1) - min(day) + 1 AS days
    FROM paid p JOIN accounts_db.accounts a USING (account_id) GROUP BY p.account_id HAVING count(*) >= 3),
spent AS (
    SELECT account_id, transaction_date::DATE AS day FROM accounts_db.transactions
    WHERE transaction_type = 'withdrawal' OR (transaction_type = 'payment' AND channel = 'card')),
since AS (
    SELECT s.day - p.day AS since FROM spent s JOIN payers y ON y.account_id = s.account_id
    ASOF JOIN paid p ON p.account_id = s.account_id AND s.day >= p.day WHERE s.day >= y.first)
SELECT (count(*) FILTER (WHERE since <= 2) / (SELECT sum(3 * paydays) FROM payers)::DOUBLE)
       / (count(*) / (SELECT sum(days) FROM payers)::DOUBLE), count(*) FROM since;

-- realism.day_of_month entropy of a month's days on which pay, bills and standing orders fall, of 1
-- kind: aim
-- aim: - 0.80
-- least: 3000
WITH days AS (
    SELECT date_trunc('month', transaction_date) AS month, day(transaction_date) AS d, count(*) AS n
    FROM accounts_db.transactions
    WHERE is_pay(transaction_type, description)
       OR (transaction_type IN ('transfer_in', 'transfer_out') AND transfer_id IS NULL)
       OR (transaction_type = 'payment' AND channel = 'ach') GROUP BY month, d),
months AS (SELECT month, sum(n)::DOUBLE AS total FROM days GROUP BY month)
SELECT -sum(n * ln(n / total)) / sum(n) / ln(31), sum(n) FROM days JOIN months USING (month);

-- realism.weekdays counters and telephones: the busiest working day by the quietest, in whole weeks
-- kind: aim
-- aim: - 1.7
-- least: 3000
SELECT max(n) / min(n), sum(n) FROM (
    SELECT count(*) AS n FROM accounts_db.transactions
    WHERE channel IN ('branch', 'phone') AND isodow(transaction_date) <= 5
        AND in_whole_week(transaction_date)
    GROUP BY isodow(transaction_date));

-- realism.months transactions of the busiest of the last twelve full months by those of the mean one
-- kind: aim
-- aim: - 3
-- least: 3000
SELECT max(n) / avg(n), sum(n) FROM (
    SELECT count(*) AS n FROM accounts_db.transactions
    WHERE transaction_date >= date_trunc('month', as_of()) - INTERVAL 12 MONTH
      AND transaction_date < date_trunc('month', as_of())
    GROUP BY date_trunc('month', transaction_date));

-- realism.activity_spread coefficient of variation of transactions per account
-- kind: aim
-- aim: 0.5 1.2
SELECT stddev_samp(n) / avg(n), count(*) FROM (
    SELECT count(*) AS n FROM accounts_db.transactions GROUP BY account_id);

-- realism.activity_age rank correlation of an account's transactions with its age
-- kind: aim
-- aim: 0.4 -
SELECT corr(of_count, of_age), count(*) FROM (
    SELECT rank() OVER (ORDER BY n) AS of_count, rank() OVER (ORDER BY age) AS of_age FROM (
        SELECT any_value(coalesce(a.closed_date, as_of()) - a.opened_date) AS age, count(*) AS n
        FROM accounts_db.transactions JOIN accounts_db.accounts a USING (account_id) GROUP BY account_id));

-- realism.round_cash cash amounts in multiples of 20
-- kind: aim
-- aim: 0.90 -
SELECT count(*) FILTER (WHERE amount % 20 = 0) / count(*), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'withdrawal' OR (transaction_type = 'deposit' AND channel IN ('branch', 'atm'));

-- realism.card_cents card purchases that are not whole dollars
-- kind: aim
-- aim: 0.75 -
SELECT count(*) FILTER (WHERE amount % 1 <> 0) / count(*), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'payment' AND channel = 'card';

-- realism.wealth_mean mean of a customer's deposits by their median
-- kind: aim
-- aim: 3 -
-- least: 1000
SELECT avg(held) / median(held)::DOUBLE, count(*) FROM (
    SELECT sum(balance)::DOUBLE AS held FROM accounts_db.accounts GROUP BY customer_id);

-- realism.wealth_top share of all deposits that the richest tenth holds
-- kind: aim
-- aim: 0.45 -
SELECT sum(held) FILTER (WHERE place <= 0.1) / sum(held), count(*) FROM (
    SELECT held, percent_rank() OVER (ORDER BY held DESC) AS place FROM (
        SELECT sum(balance)::DOUBLE AS held FROM accounts_db.accounts GROUP BY customer_id));

-- realism.products_by_segment how account type goes with segment: phi squared, 0 for not at all
-- kind: aim
-- aim: 0.03 -
WITH cells AS (
    SELECT segment, account_type, count(*)::DOUBLE AS n FROM accounts_db.accounts
    JOIN customer_db.customer_profiles USING (customer_id) GROUP BY segment, account_type),
due AS (
    SELECT s.segment, t.account_type, s.n * t.n / (SELECT sum(n) FROM cells) AS due
    FROM (SELECT segment, sum(n) AS n FROM cells GROUP BY segment) s,
         (SELECT account_type, sum(n) AS n FROM cells GROUP BY account_type) t)
SELECT (sum(pow(coalesce(n, 0) - due, 2) / due) - 9) / (SELECT sum(n) FROM cells),
    (SELECT sum(n)::BIGINT FROM cells)
FROM due LEFT JOIN cells USING (segment, account_type);

-- realism.wealth_by_segment median balance: private banking by premium, premium by retail, the less
-- kind: aim
-- aim: 1 -
WITH held AS (
    SELECT segment, median(balance)::DOUBLE AS balance, count(*) AS n FROM accounts_db.accounts
    JOIN customer_db.customer_profiles USING (customer_id) WHERE status <> 'closed' GROUP BY segment)
SELECT least(p.balance / m.balance, m.balance / r.balance), 10 * least(p.n, m.n, r.n)
FROM held p, held m, held r
WHERE p.segment = 'private_banking' AND m.segment = 'premium' AND r.segment = 'retail';

-- realism.income_by_age income of applicants of 40 to 54 years by that of the young, up to 30
-- kind: aim
-- aim: 1.05 -
-- least: 1000
SELECT avg(annual_income) FILTER (WHERE age BETWEEN 40 AND 54) / avg(annual_income) FILTER (WHERE age <= 30),
       count(*) FROM (
    SELECT annual_income::DOUBLE AS annual_income, date_sub('year', date_of_birth, as_of()) AS age
    FROM loans_db.loan_applications JOIN accounts_db.customers USING (customer_id));

-- realism.rate_by_risk least rank correlation, within a loan type, of rate and probability of default
-- kind: aim
-- aim: 0.6 -
WITH ranked AS (
    SELECT loan_type, rank() OVER (PARTITION BY loan_type ORDER BY interest_rate) AS rate,
           rank() OVER (PARTITION BY loan_type ORDER BY pd_probability) AS pd
    FROM loans_db.loans JOIN loans_db.risk_assessments r USING (application_id))
SELECT min(c), sum(n) FROM (
    SELECT corr(rate, pd) AS c, count(*) AS n FROM ranked GROUP BY loan_type HAVING count(*) >= 30);

-- realism.default_by_grade defaults of loans graded BB or worse by those of better ones
-- kind: aim
-- aim: 1.5 -
-- least: 1000
SELECT avg(bad) FILTER (WHERE poor) / nullif(avg(bad) FILTER (WHERE NOT poor), 0), count(*) FROM (
    SELECT (loan_status = 'defaulted')::INTEGER AS bad, credit_grade NOT IN ('AAA', 'AA', 'A', 'BBB') AS poor
    FROM loans_db.loans JOIN loans_db.risk_assessments r USING (application_id));

-- realism.denial_by_debt denials in the quarter with most debt for its income, by those with least
-- kind: aim
-- aim: 2 -
SELECT avg(denied) FILTER (WHERE q = 4) / nullif(avg(denied) FILTER (WHERE q = 1), 0), count(*) FROM (
    SELECT (status = 'rejected')::INTEGER AS denied, ntile(4) OVER (ORDER BY dti_ratio) AS q
    FROM loans_db.loan_applications WHERE status IN ('approved', 'rejected'));

-- realism.requests_round requested loan amounts in multiples of 500
-- kind: aim
-- aim: 0.75 -
SELECT count(*) FILTER (WHERE requested_amount % 500 = 0) / count(*), count(*)
FROM loans_db.loan_applications;

-- realism.call_hours telephone contacts between 9 and 17 o'clock at the customer's branch
-- kind: aim
-- aim: 0.75 -
WITH homes AS (SELECT customer_id, any_value(time_zone) AS zone FROM accounts_db.accounts
    JOIN employees_db.branches USING (branch_code) GROUP BY customer_id)
SELECT count(*) FILTER (WHERE hour(wall(zone, interaction_date)) BETWEEN 9 AND 16) / count(*), count(*)
FROM customer_db.interactions JOIN homes USING (customer_id) WHERE channel = 'phone';

-- realism.call_monday telephone contacts on a Monday by those on a Thursday
-- kind: aim
-- aim: 1.02 1.4
-- least: 2000
SELECT count(*) FILTER (WHERE isodow(interaction_date) = 1)
       / nullif(count(*) FILTER (WHERE isodow(interaction_date) = 4), 0), count(*)
FROM customer_db.interactions WHERE channel = 'phone';

-- realism.escalation_hurts satisfaction after other contacts less that after escalated ones
-- kind: aim
-- aim: 0.5 -
SELECT avg(satisfaction_rating) FILTER (WHERE outcome <> 'escalated')
       - avg(satisfaction_rating) FILTER (WHERE outcome = 'escalated'), count(*)
FROM customer_db.satisfaction_surveys JOIN customer_db.interactions USING (interaction_id);

-- realism.complaints_churn share of customers who complained that are lost, by that of the others
-- kind: aim
-- aim: 1.5 -
-- least: 60
WITH lost AS (
    SELECT p.customer_id IN (SELECT customer_id FROM customer_db.complaints) AS complained,
           customer_status <> 'active' AS gone
    FROM customer_db.customer_profiles p)
SELECT avg(gone::INTEGER) FILTER (WHERE complained)
       / nullif(avg(gone::INTEGER) FILTER (WHERE NOT complained), 0), count(*) FILTER (WHERE complained)
FROM lost;

-- realism.claims_by_line claims a policy: health, vehicle, property the least, by life
-- kind: aim
-- aim: 1.5 -
WITH lines AS (
    SELECT policy_type, count(c.claim_id) / count(DISTINCT p.policy_id) AS rate, count(*) AS n
    FROM insurance_db.policies p LEFT JOIN insurance_db.claims c USING (policy_id) GROUP BY policy_type)
SELECT (SELECT min(rate) FROM lines WHERE policy_type IN ('health', 'vehicle', 'property'))
       / greatest((SELECT max(rate) FROM lines WHERE policy_type = 'life'), 0.001), (SELECT sum(n) FROM lines);
