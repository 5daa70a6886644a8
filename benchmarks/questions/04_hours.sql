-- Hours and weekdays

-- hours.coffee coffees that are bought before noon, local time
-- aim: 0.5 0.9
-- flat: 0.4 0.95
SELECT avg((hour(local_time(transaction_date, state)) BETWEEN 5 AND 11)::INTEGER), count(*)
FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
JOIN accounts_db.customers USING (customer_id)
WHERE channel = 'card' AND shop(description) = 'coffee';

-- hours.restaurant restaurant bills at noon (11 to 14) or in the evening (17 to 22), local time
-- aim: 0.7 -
-- flat: 0.6 -
SELECT avg((hour(local_time(transaction_date, state)) IN (11, 12, 13, 17, 18, 19, 20, 21))::INTEGER), count(*)
FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
JOIN accounts_db.customers USING (customer_id)
WHERE channel = 'card' AND shop(description) = 'restaurant';

-- hours.night card purchases between midnight and five, local time
-- aim: - 0.03
-- flat: - 0.08
SELECT avg((hour(local_time(transaction_date, state)) < 5)::INTEGER), count(*)
FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
JOIN accounts_db.customers USING (customer_id) WHERE channel = 'card';

-- hours.curve card purchases: the busiest hour of the day by the mean of 8 to 21, local time
-- aim: 1.2 2.2
-- flat: 1.05 2.6
SELECT max(n) FILTER (WHERE h BETWEEN 8 AND 21) / avg(n) FILTER (WHERE h BETWEEN 8 AND 21), sum(n) FROM (
    SELECT hour(local_time(transaction_date, state)) AS h, count(*) AS n
    FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
    JOIN accounts_db.customers USING (customer_id) WHERE channel = 'card' GROUP BY h);

-- hours.counters counter movements outside of 8 to 18, the branch's time
-- aim: - 0.005
-- flat: - 0.05
SELECT avg((hour(local_time(transaction_date, state)) NOT BETWEEN 8 AND 17)::INTEGER), count(*)
FROM accounts_db.transactions JOIN employees_db.branches USING (branch_code) WHERE channel = 'branch';

-- hours.visits branch visits outside of 8 to 18, the time of the customer's town
-- aim: - 0.005
-- flat: - 0.05
SELECT avg((hour(local_time(interaction_date, state)) NOT BETWEEN 8 AND 17)::INTEGER), count(*)
FROM customer_db.interactions JOIN accounts_db.customers USING (customer_id) WHERE channel = 'branch';

-- hours.calls telephone contacts outside of 7 to 21, the time of the customer's town
-- aim: - 0.02
-- flat: - 0.08
SELECT avg((hour(local_time(interaction_date, state)) NOT BETWEEN 7 AND 20)::INTEGER), count(*)
FROM customer_db.interactions JOIN accounts_db.customers USING (customer_id) WHERE channel = 'phone';

-- hours.call_monday telephone contacts on a Monday by those on a Thursday
-- aim: 1.05 1.4
-- flat: 0.95 1.6
-- least: 800
SELECT count(*) FILTER (WHERE isodow(interaction_date) = 1)
       / count(*) FILTER (WHERE isodow(interaction_date) = 4), count(*)
FROM customer_db.interactions WHERE channel = 'phone';

-- hours.weekend card purchases on Fridays and Saturdays by those on Mondays and Tuesdays, local time
-- aim: 1.2 1.9
-- flat: 1.1 2.1
SELECT count(*) FILTER (WHERE isodow(local_time(transaction_date, state)) IN (5, 6))
       / count(*) FILTER (WHERE isodow(local_time(transaction_date, state)) IN (1, 2)), count(*)
FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
JOIN accounts_db.customers USING (customer_id) WHERE channel = 'card';

-- hours.sunday accounts opened on a Sunday, Christmas or New Year's Day
-- aim: - 0.001
-- flat: - 0.03
SELECT avg((isodow(opened_date) = 7 OR (month(opened_date), day(opened_date)) IN ((12, 25), (1, 1)))::INTEGER),
       count(*) FROM accounts_db.accounts;

-- hours.clearing pay and direct debits booked on a weekend
-- aim: - 0
SELECT avg((isodow(transaction_date) >= 6)::INTEGER), count(*) FROM accounts_db.transactions WHERE channel = 'ach';

-- hours.staff audited acts of staff between 22 and 5 o'clock of the time of their branch
-- aim: - 0.01
-- flat: - 0.08
SELECT avg((hour(local_time(performed_at, state)) NOT BETWEEN 5 AND 21)::INTEGER), count(*)
FROM compliance_db.audit_trails JOIN employees_db.employees ON employee_id = performed_by
JOIN employees_db.branches USING (branch_code);
