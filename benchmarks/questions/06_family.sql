-- Family

-- family.joint_address joint owners who live at one address
-- aim: 0.85 -
-- flat: 0.4 -
SELECT avg((o.street_address = p.street_address AND o.city = p.city)::INTEGER), count(*)
FROM accounts_db.account_relationships r JOIN accounts_db.accounts a ON a.account_id = r.account_id
JOIN accounts_db.customers o ON o.customer_id = a.customer_id
JOIN accounts_db.customers p ON p.customer_id = r.customer_id WHERE relationship_type = 'joint_owner';

-- family.joint_surname joint owners who share a surname
-- aim: 0.5 0.95
-- flat: 0.2 -
SELECT avg((o.last_name = p.last_name)::INTEGER), count(*)
FROM accounts_db.account_relationships r JOIN accounts_db.accounts a ON a.account_id = r.account_id
JOIN accounts_db.customers o ON o.customer_id = a.customer_id
JOIN accounts_db.customers p ON p.customer_id = r.customer_id WHERE relationship_type = 'joint_owner';

-- family.joint_state joint owners who live in one state
-- aim: 0.95 -
-- flat: 0.6 -
SELECT avg((o.state = p.state)::INTEGER), count(*)
FROM accounts_db.account_relationships r JOIN accounts_db.accounts a ON a.account_id = r.account_id
JOIN accounts_db.customers o ON o.customer_id = a.customer_id
JOIN accounts_db.customers p ON p.customer_id = r.customer_id WHERE relationship_type = 'joint_owner';

-- family.together customers who share an address with another one
-- aim: 0.2 0.7
-- flat: 0.05 0.85
SELECT avg((n > 1)::INTEGER), count(*) FROM (
    SELECT count(*) OVER (PARTITION BY street_address, city, state) AS n FROM accounts_db.customers);

-- family.couples couples (of one address, ages less than 15 years apart): ages within six years
-- aim: 0.75 -
-- flat: 0.5 -
-- least: 30
SELECT avg((abs(a.date_of_birth - b.date_of_birth) <= 6 * 365.25)::INTEGER), count(*)
FROM accounts_db.customers a JOIN accounts_db.customers b ON a.street_address = b.street_address
    AND a.city = b.city AND a.customer_id < b.customer_id
WHERE abs(a.date_of_birth - b.date_of_birth) < 15 * 365.25;

-- family.children of one address and 15 years apart and more: 18 to 45 years younger
-- aim: 0.9 -
-- flat: 0.6 -
-- least: 30
SELECT avg((abs(a.date_of_birth - b.date_of_birth) / 365.25 BETWEEN 18 AND 45)::INTEGER), count(*)
FROM accounts_db.customers a JOIN accounts_db.customers b ON a.street_address = b.street_address
    AND a.city = b.city AND a.customer_id < b.customer_id
WHERE abs(a.date_of_birth - b.date_of_birth) >= 15 * 365.25;

-- family.one_spouse customers whose policies name a spouse more than once: by one name
-- aim: 0.98 -
-- flat: 0.7 -
-- least: 15
SELECT avg((names = 1)::INTEGER), count(*) FROM (
    SELECT count(DISTINCT beneficiary_name) AS names FROM insurance_db.beneficiaries
    JOIN insurance_db.policies USING (policy_id) WHERE relationship = 'spouse'
    GROUP BY customer_id HAVING count(*) >= 2);

-- family.same_spouse spouses who guarantee a loan and are in a policy of the same customer: one name
-- aim: 0.98 -
-- flat: 0.5 -
-- least: 10
SELECT avg((beneficiary_name = guarantor_name)::INTEGER), count(*) FROM insurance_db.beneficiaries b
JOIN insurance_db.policies USING (policy_id) JOIN loans_db.loans l USING (customer_id)
JOIN loans_db.loan_guarantors g USING (loan_id) WHERE b.relationship = 'spouse' AND g.relationship = 'spouse';

-- family.young_spouses policies with beneficiaries of holders below 24 years that name a spouse
-- aim: - 0.45
-- flat: - 1
-- least: 15
SELECT avg((spouses > 0)::INTEGER), count(*) FROM (
    SELECT count(*) FILTER (WHERE relationship = 'spouse') AS spouses FROM insurance_db.beneficiaries
    JOIN insurance_db.policies USING (policy_id) JOIN accounts_db.customers USING (customer_id)
    WHERE date_of_birth + INTERVAL 24 YEAR > start_date GROUP BY policy_id);

-- family.children_names children in policies who have a surname of the holder or of the spouse named beside
-- aim: 0.85 -
-- flat: 0.3 -
WITH named AS (
    SELECT policy_id, relationship, regexp_extract(beneficiary_name, '\S+$') AS surname, last_name
    FROM insurance_db.beneficiaries JOIN insurance_db.policies USING (policy_id)
    JOIN accounts_db.customers USING (customer_id))
SELECT avg((c.surname = split_part(c.last_name, ' ', -1) OR EXISTS (FROM named s WHERE s.policy_id = c.policy_id
    AND s.relationship = 'spouse' AND s.surname = c.surname))::INTEGER), count(*)
FROM named c WHERE c.relationship = 'child';
