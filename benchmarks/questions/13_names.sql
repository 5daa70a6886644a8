-- Names and numbers

-- names.phones telephone numbers that are even
-- aim: 0.45 0.55
-- flat: 0.3 0.7
SELECT avg((right(phone, 1)::INTEGER % 2 = 0)::INTEGER), count(*) FROM accounts_db.customers;

-- names.customers customer numbers: the commonest remainder of eight
-- aim: - 0.17
-- flat: - 0.3
SELECT max(n) / sum(n), sum(n) FROM (
    SELECT regexp_extract(customer_number, '\d+')::BIGINT % 8 AS r, count(*) AS n FROM accounts_db.customers GROUP BY r);

-- names.employees employee numbers: the commonest remainder of eight
-- aim: - 0.25
-- flat: - 0.35
SELECT max(n) / sum(n), sum(n) FROM (
    SELECT regexp_extract(employee_number, '\d+')::BIGINT % 8 AS r, count(*) AS n FROM employees_db.employees GROUP BY r);

-- names.documents document numbers that are even
-- aim: 0.45 0.55
-- flat: 0.3 0.7
SELECT avg((right(document_number, 1)::INTEGER % 2 = 0)::INTEGER), count(*) FROM compliance_db.kyc_records
WHERE regexp_matches(document_number, '\d$');

-- names.capitals surnames like Mccoy among those that begin with Mc
-- aim: - 0
-- least: 5
SELECT avg(regexp_matches(last_name, '^Mc[a-z]')::INTEGER), count(*) FROM accounts_db.customers WHERE last_name LIKE 'Mc%';

-- names.common the ten commonest surnames
-- aim: 0.03 0.07
-- flat: 0.02 0.1
SELECT sum(n) / (SELECT count(*) FROM accounts_db.customers), (SELECT count(*) FROM accounts_db.customers) FROM (
    SELECT count(*) AS n FROM accounts_db.customers GROUP BY last_name ORDER BY n DESC LIMIT 10);

-- names.ages share of the variance of years of birth that lies between first names
-- aim: 0.15 -
-- flat: 0.05 -
WITH born AS (SELECT first_name, year(date_of_birth) AS y FROM accounts_db.customers),
cells AS (SELECT count(*) AS n, var_pop(y) * count(*) AS v FROM born GROUP BY first_name HAVING count(*) >= 2)
SELECT 1 - sum(v) / (sum(n) - count(*)) / (SELECT var_samp(y) FROM born), sum(n) FROM cells;

-- names.companies corporate customers with the name of a company
-- aim: 1 1
-- least: 20
SELECT avg((company_name IS NOT NULL)::INTEGER), count(*) FROM accounts_db.customers
JOIN customer_db.customer_profiles USING (customer_id) WHERE segment = 'corporate';

-- names.bank employees whose mail is of the bank's one domain
-- aim: 0.99 -
-- flat: 0.6 -
SELECT max(n) / sum(n), sum(n) FROM (
    SELECT split_part(email, '@', 2) AS domain, count(*) AS n FROM employees_db.employees GROUP BY domain);

-- names.coined streets whose name begins as a fifth and more of coined names do (Morven-, Thistle-)
-- aim: - 0.5
-- flat: - 0.8
SELECT avg(regexp_matches(street_address, '^\d+ (Alvar|Amber|Bellow|Brack|Brindle|Cairn|Corvan|Dalven|Dunmar|Elder|Evers|Fallow'
    '|Fenner|Garrow|Halden|Harrow|Ivern|Jarrow|Keld|Larken|Lorwen|Marlow|Morven|Nether|Orrin|Pellan|Quarren|Raven|Sorrel'
    '|Tarren|Thistle|Umber|Vantor|Wexen|Wilder|Yarrow)')::INTEGER), count(*) FROM accounts_db.customers;
