-- Geography

-- places.advisors advisors whose branch is in the customer's region
-- aim: 0.9 -
-- flat: 0.5 -
SELECT avg((region(b.state) = region(c.state))::INTEGER), count(*) FROM customer_db.customer_profiles
JOIN accounts_db.customers c USING (customer_id) JOIN employees_db.employees ON employee_id = assigned_agent_id
JOIN employees_db.branches b USING (branch_code);

-- places.advisors_state advisors whose branch is in the customer's state
-- aim: 0.4 -
-- flat: 0.15 -
SELECT avg((b.state = c.state)::INTEGER), count(*) FROM customer_db.customer_profiles
JOIN accounts_db.customers c USING (customer_id) JOIN employees_db.employees ON employee_id = assigned_agent_id
JOIN employees_db.branches b USING (branch_code);

-- places.officers loan officers whose branch is in the applicant's region
-- aim: 0.85 -
-- flat: 0.5 -
SELECT avg((region(b.state) = region(c.state))::INTEGER), count(*) FROM loans_db.loan_applications
JOIN accounts_db.customers c USING (customer_id) JOIN employees_db.employees ON employee_id = officer_id
JOIN employees_db.branches b USING (branch_code);

-- places.agents insurance agents whose branch is in the holder's region
-- aim: 0.9 -
-- flat: 0.5 -
SELECT avg((region(b.state) = region(c.state))::INTEGER), count(*) FROM insurance_db.policies
JOIN accounts_db.customers c USING (customer_id) JOIN employees_db.employees ON employee_id = agent_id
JOIN employees_db.branches b USING (branch_code);

-- places.desks complaints that are assigned to somebody of the customer's region
-- aim: 0.85 -
-- flat: 0.5 -
-- least: 60
SELECT avg((region(b.state) = region(c.state))::INTEGER), count(*) FROM customer_db.complaints
JOIN accounts_db.customers c USING (customer_id) JOIN employees_db.employees ON employee_id = assigned_to
JOIN employees_db.branches b USING (branch_code);

-- places.zip_town postal codes that belong to one town
-- aim: 0.98 -
-- flat: 0.7 -
SELECT avg((towns = 1)::INTEGER), count(*) FROM (
    SELECT count(DISTINCT city || state) AS towns FROM accounts_db.customers GROUP BY postal_code);

-- places.zip_state postal codes that begin with a digit of their state
-- aim: 0.999 -
-- flat: 0.9 -
SELECT avg((left(postal_code, 1) = zip_digit(state))::INTEGER), count(*) FROM accounts_db.customers;

-- places.zips postal codes of a town with twenty customers and more
-- aim: 2 20
-- flat: 1 40
-- least: 10
SELECT avg(codes), count(*) FROM (
    SELECT count(DISTINCT postal_code) AS codes FROM accounts_db.customers GROUP BY city, state HAVING count(*) >= 20);

-- places.flats addresses that name a flat
-- aim: 0.1 0.45
-- flat: 0.03 0.6
SELECT avg(regexp_matches(street_address, 'Apt|Unit|#|Suite')::INTEGER), count(*) FROM accounts_db.customers;

-- places.house_numbers median house number by the 95th of 100
-- aim: - 0.4
-- flat: - 0.48
WITH houses AS (SELECT regexp_extract(street_address, '^\d+')::INTEGER AS n FROM accounts_db.customers
                WHERE regexp_matches(street_address, '^\d+ '))
SELECT median(n) / quantile_cont(n, 0.95), count(*) FROM houses;

-- places.large_states customers in California, Texas, Florida and New York
-- aim: 0.25 0.55
-- flat: 0.1 0.7
SELECT avg((state IN ('CA', 'TX', 'FL', 'NY'))::INTEGER), count(*) FROM accounts_db.customers;

-- places.home_branch accounts that are kept at a branch in the owner's state
-- aim: 0.9 -
-- flat: 0.5 -
SELECT avg((b.state = c.state)::INTEGER), count(*) FROM accounts_db.accounts
JOIN accounts_db.customers c USING (customer_id) JOIN employees_db.branches b USING (branch_code);
