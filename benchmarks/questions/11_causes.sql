-- Cause and effect

-- causes.fee fee complaints of account holders that follow a fee of theirs within 30 days
-- aim: 0.5 -
-- flat: 0.2 -
-- least: 30
SELECT avg((EXISTS (FROM accounts_db.transactions t JOIN accounts_db.accounts a USING (account_id)
    WHERE a.customer_id = c.customer_id AND transaction_type = 'fee'
        AND t.transaction_date BETWEEN complaint_date - INTERVAL 31 DAY AND complaint_date))::INTEGER), count(*)
FROM customer_db.complaints c WHERE complaint_type = 'fee'
    AND customer_id IN (SELECT customer_id FROM accounts_db.accounts);

-- causes.fee_others fee complaints that follow a fee within 30 days, by other complaints that do
-- aim: 4 -
-- flat: 2 -
-- least: 100
SELECT avg(follows) FILTER (WHERE complaint_type = 'fee')
       / nullif(avg(follows) FILTER (WHERE complaint_type IN ('service', 'product', 'other')), 0), count(*) FROM (
    SELECT complaint_type, (EXISTS (FROM accounts_db.transactions t JOIN accounts_db.accounts a USING (account_id)
        WHERE a.customer_id = c.customer_id AND transaction_type = 'fee'
            AND t.transaction_date BETWEEN complaint_date - INTERVAL 31 DAY AND complaint_date))::INTEGER AS follows
    FROM customer_db.complaints c WHERE customer_id IN (SELECT customer_id FROM accounts_db.accounts));

-- causes.fraud fraud complaints that name an amount which left an account of the customer's
-- aim: 0.8 -
-- flat: 0.3 -
-- least: 15
WITH named AS (
    SELECT customer_id, complaint_date,
           replace(regexp_extract(description, '\$([\d,]+\.\d\d)', 1), ',', '')::DECIMAL(15, 2) AS amount
    FROM customer_db.complaints WHERE complaint_type = 'fraud' AND regexp_matches(description, '\$[\d,]+\.\d\d')
        AND customer_id IN (SELECT customer_id FROM accounts_db.accounts))
SELECT avg((EXISTS (FROM accounts_db.transactions t JOIN accounts_db.accounts a USING (account_id)
    WHERE a.customer_id = n.customer_id AND t.amount = n.amount
        AND t.transaction_date < n.complaint_date))::INTEGER), count(*) FROM named n;

-- causes.fee_text fee complaints whose text names the amount that the row names
-- aim: 0.95 -
-- flat: 0.5 -
-- least: 15
SELECT avg((replace(regexp_extract(description, '\$([\d,]+\.\d\d)', 1), ',', '')::DECIMAL(15, 2) = amount)::INTEGER), count(*)
FROM customer_db.complaints WHERE amount IS NOT NULL AND regexp_matches(description, '\$[\d,]+\.\d\d');

-- causes.conversions converted answers to cross-selling that are followed by a product within 60 days
-- aim: 0.5 -
-- flat: 0.15 -
-- least: 15
SELECT avg((EXISTS (FROM accounts_db.accounts a WHERE a.customer_id = r.customer_id
        AND opened_date BETWEEN response_date AND response_date + 60)
    OR EXISTS (FROM loans_db.loan_applications l WHERE l.customer_id = r.customer_id
        AND application_date BETWEEN response_date AND response_date + 60)
    OR EXISTS (FROM insurance_db.policies p WHERE p.customer_id = r.customer_id
        AND start_date BETWEEN response_date AND response_date + 60))::INTEGER), count(*)
FROM customer_db.campaign_responses r JOIN customer_db.campaigns USING (campaign_id)
WHERE campaign_type = 'cross_sell' AND converted AND response_date < as_of() - 60;

-- causes.escalations customers lost, of those with two escalated contacts and more, by those with none
-- aim: 1.5 -
-- flat: 1.1 -
-- least: 1000
WITH escalated AS (SELECT customer_id, count(*) AS n FROM customer_db.interactions WHERE outcome = 'escalated' GROUP BY 1)
SELECT avg((customer_status <> 'active')::INTEGER) FILTER (WHERE n >= 2)
       / avg((customer_status <> 'active')::INTEGER) FILTER (WHERE n IS NULL), count(*)
FROM customer_db.customer_profiles LEFT JOIN escalated USING (customer_id);

-- causes.complaints customers lost, of those who complained, by the others
-- aim: 1.5 -
-- flat: 1.1 -
SELECT avg((customer_status <> 'active')::INTEGER) FILTER (WHERE customer_id IN (SELECT customer_id FROM customer_db.complaints))
       / avg((customer_status <> 'active')::INTEGER) FILTER (WHERE customer_id NOT IN (SELECT customer_id FROM customer_db.complaints)),
       count(*) FROM customer_db.customer_profiles;

-- causes.silence contacts of lost customers after all their accounts were closed
-- aim: - 0.05
-- flat: - 0.2
-- least: 15
WITH gone AS (SELECT customer_id, max(closed_date) AS closed FROM accounts_db.accounts
              GROUP BY 1 HAVING bool_and(status = 'closed'))
SELECT avg((interaction_date::DATE > closed + 60)::INTEGER), count(*) FROM customer_db.interactions JOIN gone USING (customer_id);

-- causes.reported_low suspicious activity reports on customers who are rated low
-- aim: - 0
-- flat: - 0.05
-- least: 20
SELECT avg((risk_rating = 'low')::INTEGER), count(*) FROM compliance_db.suspicious_activity_reports
JOIN customer_db.customer_profiles USING (customer_id);

-- causes.monitored monitoring checks whose transaction, or it and those of its month in the same direction, passes 10,000
-- aim: 0.9 -
-- flat: 0.5 -
WITH moved AS (
    SELECT t.transaction_id, customer_id, amount, transaction_date, direction
    FROM accounts_db.transactions t JOIN accounts_db.accounts USING (account_id)
    JOIN accounts_db.transaction_types USING (transaction_type)),
near AS (
    SELECT check_id, any_value(m.amount) AS amount, sum(o.amount) AS together
    FROM compliance_db.aml_checks k JOIN moved m ON m.transaction_id = k.transaction_id
    JOIN moved o ON o.customer_id = m.customer_id AND o.direction = m.direction
        AND o.transaction_date BETWEEN m.transaction_date - INTERVAL 30 DAY AND m.transaction_date + INTERVAL 30 DAY
    WHERE check_type = 'transaction_monitoring' GROUP BY check_id)
SELECT avg((amount > 10000 OR together > 10000)::INTEGER), count(*) FROM near;

-- causes.monitoring checks that are of a transaction
-- aim: 0.09 0.11
-- flat: 0.03 0.3
SELECT avg((check_type = 'transaction_monitoring')::INTEGER), count(*) FROM compliance_db.aml_checks;

-- causes.satisfaction satisfaction after other contacts less that after escalated ones
-- aim: 0.5 -
-- flat: 0.2 -
SELECT avg(satisfaction_rating) FILTER (WHERE outcome <> 'escalated') - avg(satisfaction_rating) FILTER (WHERE outcome = 'escalated'),
       count(*) FROM customer_db.satisfaction_surveys JOIN customer_db.interactions USING (interaction_id);
