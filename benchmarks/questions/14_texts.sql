-- Texts

-- texts.reports suspicious activity reports with a narrative of a hundred letters and more
-- aim: 0.99 -
-- flat: 0.5 -
-- least: 10
SELECT avg((len(narrative) >= 100)::INTEGER), count(*) FROM compliance_db.suspicious_activity_reports;

-- texts.narratives narratives that name the amount involved
-- aim: 0.8 -
-- flat: 0.3 -
-- least: 10
SELECT avg((contains(replace(narrative, ',', ''), regexp_replace(amount_involved::VARCHAR, '\.00$', '')))::INTEGER), count(*)
FROM compliance_db.suspicious_activity_reports;

-- texts.causes claims that tell what happened
-- aim: 0.99 -
SELECT avg((cause <> '')::INTEGER), count(*) FROM insurance_db.claims;

-- texts.collateral pieces of collateral that are described
-- aim: 0.99 -
SELECT avg((description <> '')::INTEGER), count(*) FROM loans_db.collateral;

-- texts.branches branches with an address and an opening day of their own
-- aim: 0.99 -
-- least: 1
SELECT count(DISTINCT street_address || opened_date) / count(*), count(*) FROM employees_db.branches;

-- texts.hits hits on a list of sanctions, exposed persons or warnings that name the list and a score
-- aim: 0.99 -
-- flat: 0.5 -
-- least: 10
SELECT avg((list_name IS NOT NULL AND match_score IS NOT NULL)::INTEGER), count(*) FROM compliance_db.aml_checks
WHERE aml_flag AND check_type <> 'transaction_monitoring';

-- texts.subjects contacts that have a subject
-- aim: 0.99 -
-- flat: 0.5 -
SELECT avg((coalesce(subject, '') <> '')::INTEGER), count(*) FROM customer_db.interactions;

-- texts.complaints texts of complaints that occur once
-- aim: 0.8 -
-- flat: 0.5 -
-- least: 50
SELECT avg((n = 1)::INTEGER), count(*) FROM (
    SELECT count(*) OVER (PARTITION BY description) AS n FROM customer_db.complaints);
