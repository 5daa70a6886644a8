-- Phase 1 and 2: customers, as the bank sees them.

-- customers.years years back to the first customer
-- kind: most
-- slack: 0.01
SELECT max(as_of() - created_at::DATE) / 365.2425, count(*) FROM accounts_db.customers;

-- customers.age age in years
-- kind: range
SELECT min(date_sub('year', date_of_birth, as_of())), max(date_sub('year', date_of_birth,
    as_of())), count(date_sub('year', date_of_birth, as_of())) FROM accounts_db.customers;

-- customers.age_mean age in years, mean
-- kind: mean
-- slack: 2
SELECT avg(date_diff('day', date_of_birth, as_of()) / 365.2425), stddev_samp(date_diff('day',
    date_of_birth, as_of()) / 365.2425), count(*) FROM accounts_db.customers;

-- customers.age_deviation age in years, standard deviation
-- kind: mean
-- slack: 2
SELECT stddev_samp(date_diff('day', date_of_birth, as_of()) / 365.2425),
    stddev_samp(date_diff('day', date_of_birth, as_of()) / 365.2425) / sqrt(2), count(*) FROM
    accounts_db.customers;

-- customers.segment customers by segment
-- kind: mix
SELECT segment, count(*) FROM customer_db.customer_profiles GROUP BY 1;

-- customers.status customers by status
-- kind: mix
SELECT customer_status, count(*) FROM customer_db.customer_profiles GROUP BY 1;

-- customers.kyc customers by KYC status
-- kind: mix
SELECT kyc_status, count(*) FROM customer_db.customer_profiles GROUP BY 1;

-- customers.risk customers by risk rating
-- kind: mix
SELECT risk_rating, count(*) FROM customer_db.customer_profiles GROUP BY 1;

-- customers.agent customers with an assigned agent
-- kind: share
SELECT count(*) FILTER (WHERE assigned_agent_id IS NOT NULL), count(*) FROM
    customer_db.customer_profiles;
