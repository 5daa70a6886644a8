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
    -- Bills and subscriptions cost whoever has them about the same: they are nobody's choice.
    WHERE coalesce(category, '') NOT IN
        ('streaming', 'fitness', 'rent', 'utilities', 'telecom', 'insurance')
      AND (transaction_type IN ('withdrawal', 'payment', 'transfer_out')
       OR (transaction_type = 'deposit' AND channel <> 'ach'))),
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

-- realism.months transactions a day: the busiest of the last twelve full months by the months beside it
-- kind: aim
-- aim: - 1.5
-- least: 5000
WITH months AS (
    SELECT date_trunc('month', transaction_date)::DATE AS month, count(*) AS n FROM accounts_db.transactions
    WHERE transaction_date < date_trunc('month', as_of())
      AND transaction_date >= date_trunc('month', as_of()) - INTERVAL 13 MONTH GROUP BY month),
days AS (SELECT month, n, n / date_diff('day', month, (month + INTERVAL 1 MONTH)::DATE) AS a_day FROM months),
beside AS (SELECT n, a_day, lag(a_day) OVER (ORDER BY month) AS before, lead(a_day) OVER (ORDER BY month) AS after
           FROM days)
SELECT max(a_day / ((before + coalesce(after, before)) / 2)), sum(n) FROM beside;

-- realism.growth transactions of the last year by those of the year before
-- kind: aim
-- aim: 0.9 2.6
-- least: 5000
SELECT count(*) FILTER (WHERE transaction_date >= as_of() - INTERVAL 1 YEAR)
       / nullif(count(*) FILTER (WHERE transaction_date < as_of() - INTERVAL 1 YEAR), 0), count(*)
FROM accounts_db.transactions WHERE transaction_date >= as_of() - INTERVAL 2 YEAR;

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

-- realism.income_and_pay correlation of the income that applicants state and what they are paid a month
-- kind: aim
-- aim: 0.8 -
-- least: 100
WITH stated AS (SELECT customer_id, avg(annual_income)::DOUBLE AS income FROM loans_db.loan_applications
                GROUP BY customer_id),
paid AS (
    SELECT any_value(customer_id) AS customer_id, count(*) - 1 AS gaps, sum(amount)::DOUBLE / count(*) AS pay,
           date_diff('day', min(transaction_date), max(transaction_date)) / 30.44 AS months
    FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
    WHERE is_pay(transaction_type, description) GROUP BY account_id HAVING count(*) >= 4)
SELECT corr(ln(income), ln(pay * gaps / months)), count(*) FROM stated JOIN paid USING (customer_id)
WHERE months > 0;

-- realism.medical_accounts what health savings accounts pay for is medicine
-- examines: accounts_db.transactions
SELECT transaction_id FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
WHERE account_type = 'hsa' AND transaction_type = 'payment'
    AND coalesce(category, '') NOT IN ('healthcare', 'pharmacy');

-- realism.households joint owners who live at one address
-- kind: aim
-- aim: 0.85 -
-- personas: 0.7 -
-- least: 100
SELECT avg((o.street_address = p.street_address AND o.city = p.city)::INTEGER), count(*)
FROM accounts_db.account_relationships r JOIN accounts_db.accounts a USING (account_id)
JOIN accounts_db.customers o ON o.customer_id = a.customer_id
JOIN accounts_db.customers p ON p.customer_id = r.customer_id WHERE relationship_type = 'joint_owner';

-- realism.one_spouse a customer's spouse is one person with one name, in policies and loans
-- examines: accounts_db.customers
SELECT customer_id FROM (
    SELECT customer_id, beneficiary_name AS name FROM insurance_db.beneficiaries
    JOIN insurance_db.policies USING (policy_id) WHERE relationship = 'spouse'
    UNION ALL SELECT customer_id, guarantor_name FROM loans_db.loan_guarantors
    JOIN loans_db.loans USING (loan_id) WHERE relationship = 'spouse')
GROUP BY customer_id HAVING count(DISTINCT name) > 1;

-- realism.near_advisors advisors whose branch is in the region of the customer's state
-- kind: aim
-- aim: 0.9 -
WITH regions AS (SELECT state, any_value(region) AS region FROM employees_db.branches GROUP BY state)
SELECT avg((b.region = r.region)::INTEGER), count(*) FROM customer_db.customer_profiles
JOIN accounts_db.customers c USING (customer_id) JOIN regions r ON r.state = c.state
JOIN employees_db.employees ON employee_id = assigned_agent_id JOIN employees_db.branches b USING (branch_code);

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

-- realism.cover_and_worth correlation of what a mortgaged house is worth and what it is insured for
-- kind: aim
-- aim: 0.6 -
-- least: 60
WITH houses AS (SELECT customer_id, max(appraised_value)::DOUBLE AS worth FROM loans_db.collateral
                JOIN loans_db.loans USING (loan_id) WHERE loan_type = 'mortgage' GROUP BY customer_id),
cover AS (SELECT customer_id, max(coverage_amount)::DOUBLE AS cover FROM insurance_db.policies
          WHERE policy_type = 'property' GROUP BY customer_id)
SELECT corr(ln(worth), ln(cover)), count(*) FROM houses JOIN cover USING (customer_id);
