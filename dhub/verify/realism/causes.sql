-- Cause and effect: what happened before a complaint, a leave, a report.

-- realism.fee_complaints share of complaints about fees that follow one within 30 days, less that of others
-- kind: aim
-- aim: 0.4 -
-- least: 40
WITH fees AS (
    SELECT a.customer_id, t.transaction_date FROM accounts_db.transactions t
    JOIN accounts_db.accounts a USING (account_id) WHERE t.transaction_type = 'fee'),
filed AS (
    SELECT c.complaint_id, c.complaint_type = 'fee' AS of_fee, count(f.customer_id) > 0 AS charged
    FROM customer_db.complaints c LEFT JOIN fees f ON f.customer_id = c.customer_id
        AND f.transaction_date < c.complaint_date
        AND f.transaction_date >= c.complaint_date - INTERVAL 31 DAY
    GROUP BY c.complaint_id, c.complaint_type)
SELECT avg(charged::INTEGER) FILTER (WHERE of_fee) - avg(charged::INTEGER) FILTER (WHERE NOT of_fee),
       count(*) FILTER (WHERE of_fee) FROM filed;

-- realism.fraud_complaints share of complaints about fraud that name what left the account
-- kind: aim
-- aim: 0.6 -
-- least: 20
SELECT count(*) FILTER (WHERE t.transaction_type IN ('payment', 'withdrawal', 'transfer_out')) / count(*),
       count(*)
FROM customer_db.complaints LEFT JOIN accounts_db.transactions t USING (transaction_id)
WHERE complaint_type = 'fraud';

-- realism.escalations_churn share of customers lost after several escalations, by that after none
-- kind: aim
-- aim: 1.5 -
-- least: 50
WITH passed AS (
    SELECT p.customer_id, p.customer_status <> 'active' AS gone,
           count(*) FILTER (WHERE i.outcome = 'escalated') AS times
    FROM customer_db.customer_profiles p LEFT JOIN customer_db.interactions i USING (customer_id)
    GROUP BY p.customer_id, p.customer_status)
SELECT avg(gone::INTEGER) FILTER (WHERE times > 1)
       / nullif(avg(gone::INTEGER) FILTER (WHERE times = 0), 0), count(*) FILTER (WHERE times > 1)
FROM passed;

-- realism.reported_risk share of reported customers who are rated high, less that of the others
-- kind: aim
-- aim: 0.15 -
-- least: 40
WITH rated AS (
    SELECT risk_rating = 'high' AS high,
           customer_id IN (SELECT customer_id FROM compliance_db.suspicious_activity_reports) AS reported
    FROM customer_db.customer_profiles)
SELECT avg(high::INTEGER) FILTER (WHERE reported) - avg(high::INTEGER) FILTER (WHERE NOT reported),
       count(*) FILTER (WHERE reported) FROM rated;
