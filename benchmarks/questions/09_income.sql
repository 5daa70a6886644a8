-- Income

-- income.pay correlation of the income stated on an application and the pay of a month
-- aim: 0.8 -
-- flat: 0.4 -
-- least: 25
WITH stated AS (SELECT customer_id, avg(annual_income)::DOUBLE AS income FROM loans_db.loan_applications GROUP BY 1),
monthly AS (
    SELECT customer_id, sum(amount)::DOUBLE / (date_diff('day', min(transaction_date), max(transaction_date)) / 30.44
        * count(*) / (count(*) - 1)) AS pay
    FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
    WHERE pay_said(description) GROUP BY account_id, customer_id HAVING count(*) >= 4)
SELECT corr(ln(income), ln(pay)), count(*) FROM stated JOIN monthly USING (customer_id);

-- income.above payers whose yearly pay is more than the income they state
-- aim: - 0.02
-- flat: - 0.15
-- least: 25
WITH stated AS (SELECT customer_id, max(annual_income)::DOUBLE AS income FROM loans_db.loan_applications GROUP BY 1),
monthly AS (
    SELECT customer_id, sum(amount)::DOUBLE / (date_diff('day', min(transaction_date), max(transaction_date)) / 30.44
        * count(*) / (count(*) - 1)) AS pay
    FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
    WHERE pay_said(description) GROUP BY account_id, customer_id HAVING count(*) >= 4)
SELECT avg((12 * pay > income)::INTEGER), count(*) FROM stated JOIN monthly USING (customer_id);

-- income.one customers with several applications whose incomes lie within a fifth of each other
-- aim: 0.95 -
-- flat: 0.6 -
-- least: 15
SELECT avg((max <= 1.2 * min)::INTEGER), count(*) FROM (
    SELECT max(annual_income) AS max, min(annual_income) AS min FROM loans_db.loan_applications
    GROUP BY customer_id HAVING count(*) >= 2);

-- income.age income of applicants of 40 to 54 years by that of those up to 30
-- aim: 1.1 1.8
-- flat: 0.95 -
SELECT avg(annual_income) FILTER (WHERE age BETWEEN 40 AND 54) / avg(annual_income) FILTER (WHERE age <= 30), count(*) FROM (
    SELECT annual_income, date_sub('year', date_of_birth, as_of()) AS age
    FROM loans_db.loan_applications JOIN accounts_db.customers USING (customer_id));

-- income.segment median income of private banking and premium by that of retail
-- aim: 1.4 -
-- flat: 1.1 -
SELECT median(annual_income) FILTER (WHERE segment IN ('premium', 'private_banking'))
       / median(annual_income) FILTER (WHERE segment = 'retail'), count(*)
FROM loans_db.loan_applications JOIN customer_db.customer_profiles USING (customer_id);

-- income.mortgage median mortgage asked for, in yearly incomes
-- aim: 1.5 5
-- flat: 1 8
SELECT median(requested_amount / annual_income), count(*) FROM loans_db.loan_applications WHERE loan_type = 'mortgage';

-- income.spending correlation of the logarithms of pay and of what a card purchase costs
-- aim: 0.15 -
-- flat: 0.05 -
-- least: 60
WITH paid AS (SELECT account_id, median(amount)::DOUBLE AS pay FROM accounts_db.transactions
              WHERE pay_said(description) GROUP BY 1 HAVING count(*) >= 4),
spent AS (SELECT account_id, avg(ln(amount::DOUBLE)) AS purchase FROM accounts_db.transactions
          WHERE channel = 'card' GROUP BY 1 HAVING count(*) >= 3)
SELECT corr(ln(pay), purchase), count(*) FROM paid JOIN spent USING (account_id);
