-- D. What passes between the bank and its customers.

-- D01 contacts lie in the customer's lifetime, staffed ones in local office hours; e-mails last no time
-- examines: customer_db.interactions
WITH homes AS (SELECT customer_id, any_value(time_zone) AS zone FROM accounts_db.accounts
    JOIN employees_db.branches USING (branch_code) GROUP BY customer_id)
SELECT i.interaction_id FROM customer_db.interactions i JOIN accounts_db.customers c USING (customer_id)
LEFT JOIN homes USING (customer_id)
WHERE i.interaction_date < c.created_at OR i.interaction_date >= instant()
   OR (i.duration_minutes IS NULL) <> (i.channel = 'email')
   OR (i.channel IN ('phone', 'branch')
       AND (coalesce(hour(wall(zone, i.interaction_date)) NOT BETWEEN 8 AND 16, FALSE)
            OR hour(i.interaction_date) < 12 OR isodow(i.interaction_date) = 7));

-- D02 the type of a contact fits its channel
-- examines: customer_db.interactions
SELECT interaction_id FROM customer_db.interactions WHERE NOT CASE interaction_type
    WHEN 'call' THEN channel = 'phone' WHEN 'email' THEN channel = 'email'
    WHEN 'branch_visit' THEN channel = 'branch' WHEN 'chat' THEN channel IN ('web', 'mobile_app')
    ELSE interaction_type = 'complaint' END;

-- D03 one survey a contact, by the same customer, one to three days later
-- examines: customer_db.satisfaction_surveys
SELECT survey_id FROM (
    SELECT s.survey_id, s.customer_id, i.customer_id AS owner, s.survey_date,
           s.survey_date - i.interaction_date::DATE AS later,
           count(*) OVER (PARTITION BY s.interaction_id) AS twins
    FROM customer_db.satisfaction_surveys s JOIN customer_db.interactions i USING (interaction_id))
WHERE customer_id <> owner OR survey_date >= as_of() OR later NOT BETWEEN 1 AND 3 OR twins > 1;

-- D04 the two scores of a survey are on their scales and do not contradict each other
-- examines: customer_db.satisfaction_surveys
SELECT survey_id FROM customer_db.satisfaction_surveys
WHERE nps_score NOT BETWEEN 0 AND 10 OR satisfaction_rating NOT BETWEEN 1 AND 5
   OR (nps_score >= 9 AND satisfaction_rating <= 2) OR (nps_score <= 3 AND satisfaction_rating >= 4);

-- D05 a complaint is settled exactly when it has an instant and a time, their difference in hours
-- examines: customer_db.complaints
SELECT complaint_id FROM customer_db.complaints
WHERE (status IN ('resolved', 'closed')) <> (resolved_at IS NOT NULL)
   OR (resolved_at IS NOT NULL) <> (resolution_time_hours IS NOT NULL) OR resolved_at >= instant()
   OR resolution_time_hours NOT BETWEEN 1 AND 240
   OR abs(epoch(resolved_at - complaint_date) / 3600 - resolution_time_hours) > 0.01;

-- D06 every complaint is a contact of the same customer within a day, and the other way round
-- examines: customer_db.complaints
WITH contacts AS (SELECT interaction_id, customer_id, interaction_date,
        row_number() OVER (PARTITION BY customer_id ORDER BY interaction_date) AS place
    FROM customer_db.interactions WHERE interaction_type = 'complaint'),
filed AS (SELECT complaint_id, customer_id, complaint_date,
        row_number() OVER (PARTITION BY customer_id ORDER BY complaint_date) AS place
    FROM customer_db.complaints)
SELECT coalesce(complaint_id, interaction_id) FROM filed FULL JOIN contacts USING (customer_id, place)
WHERE (abs(epoch(complaint_date - interaction_date)) <= 86400) IS NOT TRUE;

-- D07 an open complaint is younger than 30 days, a critical one younger than five
-- examines: customer_db.complaints WHERE status = 'open'
SELECT complaint_id FROM customer_db.complaints
WHERE status = 'open' AND complaint_date < instant() - CASE priority
    WHEN 'critical' THEN INTERVAL 5 DAY ELSE INTERVAL 30 DAY END;

-- D07b no complaint is filed before its customer joined, or on or after the as-of date
-- examines: customer_db.complaints
SELECT c.complaint_id FROM customer_db.complaints c JOIN accounts_db.customers o USING (customer_id)
WHERE c.complaint_date < o.created_at OR c.complaint_date >= instant();

-- D08 a response comes during its campaign, from a customer of its segment on board, once
-- examines: customer_db.campaign_responses
SELECT response_id FROM (
    SELECT r.response_id, r.response_date, c.start_date, c.end_date, c.target_segment,
           p.segment, p.onboarding_date,
           count(*) OVER (PARTITION BY r.campaign_id, r.customer_id) AS twins
    FROM customer_db.campaign_responses r JOIN customer_db.campaigns c USING (campaign_id)
    JOIN customer_db.customer_profiles p USING (customer_id))
WHERE twins > 1 OR response_date NOT BETWEEN start_date AND end_date
   OR response_date < onboarding_date OR response_date >= as_of()
   OR target_segment NOT IN ('all', segment);

-- D09 converted means clicked or purchased; who unsubscribed is not heard of again
-- examines: customer_db.campaign_responses
SELECT response_id FROM customer_db.campaign_responses
WHERE (converted AND response_type NOT IN ('clicked', 'purchased'))
   OR (response_type = 'purchased' AND NOT converted)
UNION
SELECT l.response_id FROM customer_db.campaign_responses u JOIN customer_db.campaign_responses l
    ON l.customer_id = u.customer_id AND l.response_date > u.response_date
WHERE u.response_type = 'unsubscribed';

-- D10 a response to a cross-sell offer converts exactly when what it offers is opened in 60 days
-- examines: customer_db.campaign_responses
WITH opened AS (
    SELECT customer_id, 'Checking Plus Savings' AS offer, opened_date AS day FROM accounts_db.accounts
    WHERE account_type IN ('checking', 'savings')
    UNION ALL
    SELECT customer_id, 'Home and Auto Cover', start_date FROM insurance_db.policies
    WHERE policy_type IN ('property', 'vehicle')
    UNION ALL
    SELECT customer_id, 'Personal Loan', disbursement_date FROM loans_db.loans
    WHERE loan_type = 'personal')
SELECT r.response_id FROM customer_db.campaign_responses r JOIN customer_db.campaigns c USING (campaign_id)
LEFT JOIN opened o ON o.customer_id = r.customer_id AND contains(c.campaign_name, o.offer)
    AND o.day > r.response_date AND o.day <= r.response_date + 60
WHERE c.campaign_type = 'cross_sell' AND r.converted <> (o.day IS NOT NULL);

-- D11 what customers write in surveys is as they wrote it, in UTF-8
-- examines: customer_db.satisfaction_surveys WHERE comments IS NOT NULL
SELECT survey_id FROM customer_db.satisfaction_surveys WHERE is_misread(comments);

-- D12 a complaint about a transaction tells its amount, is of its owner and comes within 30 days
-- examines: customer_db.complaints WHERE transaction_id IS NOT NULL
SELECT c.complaint_id FROM customer_db.complaints c
LEFT JOIN accounts_db.transactions t USING (transaction_id)
LEFT JOIN accounts_db.accounts a USING (account_id)
WHERE c.transaction_id IS NOT NULL AND (a.customer_id = c.customer_id AND c.amount = t.amount
    AND t.transaction_date < c.complaint_date
    AND t.transaction_date::DATE >= c.complaint_date::DATE - 30) IS NOT TRUE;

-- D12b what is told of a transaction fits it: fees are complained of as fees, thefts left the account
-- examines: customer_db.complaints WHERE transaction_id IS NOT NULL
SELECT c.complaint_id FROM customer_db.complaints c
JOIN accounts_db.transactions t USING (transaction_id)
WHERE NOT CASE c.complaint_type WHEN 'fee' THEN t.transaction_type = 'fee'
        WHEN 'fraud' THEN t.transaction_type IN ('payment', 'withdrawal', 'transfer_out')
        WHEN 'other' THEN false ELSE t.transaction_type IN ('payment', 'transfer_out') END
   OR NOT contains(c.description, format('${:,.2f}', c.amount::DOUBLE))
   OR NOT contains(c.description, strftime(t.transaction_date, '%B %-d'));
