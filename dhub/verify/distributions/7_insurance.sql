-- Phase 6: insurance.

-- insurance.holders customers with a policy
-- kind: share
SELECT (SELECT count(DISTINCT customer_id) FROM insurance_db.policies), (SELECT count(*) FROM
    accounts_db.customers);

-- insurance.multiple policyholders with several policies
-- kind: share
SELECT count(*) FILTER (WHERE n > 1), count(*) FROM (SELECT customer_id, count(*) AS n FROM
    insurance_db.policies GROUP BY customer_id);

-- insurance.per_multiple_holder policies of who has several
-- kind: mix
SELECT n, count(*) FROM (SELECT customer_id, count(*) AS n FROM insurance_db.policies GROUP BY
    customer_id) WHERE n > 1 GROUP BY 1;

-- insurance.type policies by type
-- kind: mix
SELECT policy_type, count(*) FROM insurance_db.policies GROUP BY 1;

-- insurance.coverage coverage by type
-- kind: range
SELECT policy_type, min(coverage_amount), max(coverage_amount), count(coverage_amount) FROM
    insurance_db.policies GROUP BY 1;

-- insurance.premium_rate a year's premium by coverage, by type
-- kind: range
-- slack: 0.00002
SELECT policy_type, min(premium_amount * CASE premium_frequency WHEN 'annual' THEN 1 WHEN
    'quarterly' THEN 4 ELSE 12 END / coverage_amount::DOUBLE), max(premium_amount * CASE
    premium_frequency WHEN 'annual' THEN 1 WHEN 'quarterly' THEN 4 ELSE 12 END /
    coverage_amount::DOUBLE), count(premium_amount * CASE premium_frequency WHEN 'annual' THEN 1
    WHEN 'quarterly' THEN 4 ELSE 12 END / coverage_amount::DOUBLE) FROM insurance_db.policies
    GROUP BY 1;

-- insurance.frequency policies by frequency of premiums
-- kind: mix
SELECT premium_frequency, count(*) FROM insurance_db.policies GROUP BY 1;

-- insurance.status policies by status
-- kind: mix
SELECT policy_status, count(*) FROM insurance_db.policies GROUP BY 1;

-- insurance.linked policies with a linked account
-- kind: share
SELECT count(*) FILTER (WHERE linked_account_id IS NOT NULL), count(*) FROM insurance_db.policies;

-- insurance.start_years years back to the first start
-- kind: most
-- slack: 0.01
SELECT max(as_of() - start_date) / 365.2425, count(*) FROM insurance_db.policies;

-- insurance.mean_age_years years since the start, mean
-- kind: mean
-- slack: 0.3
SELECT avg(as_of() - start_date) / 365.2425, stddev_samp(as_of() - start_date) / 365.2425,
    count(*) FROM insurance_db.policies;

-- insurance.life_beneficiaries beneficiaries of a life policy
-- kind: mix
SELECT n, count(*) FROM (SELECT policy_id, count(*) AS n FROM insurance_db.beneficiaries JOIN
    insurance_db.policies USING (policy_id) WHERE policy_type = 'life' GROUP BY policy_id) GROUP
    BY n;

-- insurance.other_beneficiaries other policies with beneficiaries
-- kind: share
SELECT count(DISTINCT b.policy_id), count(DISTINCT p.policy_id) FROM insurance_db.policies p LEFT
    JOIN insurance_db.beneficiaries b USING (policy_id) WHERE p.policy_type <> 'life';

-- insurance.per_other_policy beneficiaries of another policy
-- kind: mix
SELECT n, count(*) FROM (SELECT policy_id, count(*) AS n FROM insurance_db.beneficiaries JOIN
    insurance_db.policies USING (policy_id) WHERE policy_type <> 'life' GROUP BY policy_id) GROUP
    BY n;

-- insurance.beneficiary_relationship beneficiaries by relationship
-- kind: mix
-- slack: 0.06
SELECT relationship, count(*) FROM insurance_db.beneficiaries GROUP BY 1;

-- insurance.claimed policies with a claim by type
-- kind: share
SELECT policy_type, count(DISTINCT c.policy_id), count(DISTINCT p.policy_id) FROM
    insurance_db.policies p LEFT JOIN insurance_db.claims c USING (policy_id) GROUP BY 1;

-- insurance.claims_per_claimed claims of a policy that has any
-- kind: mix
SELECT n, count(*) FROM (SELECT policy_id, count(*) AS n FROM insurance_db.claims GROUP BY
    policy_id) GROUP BY n;

-- insurance.claim_amount claims by coverage
-- kind: range
-- slack: 0.0001
SELECT min(x), max(x), count(*) FROM (SELECT claim_amount / coverage_amount::DOUBLE AS x FROM
    insurance_db.claims JOIN insurance_db.policies USING (policy_id));

-- insurance.claim_amount_mean claims by coverage, mean
-- kind: mean
-- slack: 0.01
SELECT avg(x), stddev_samp(x), count(*) FROM (SELECT claim_amount / coverage_amount::DOUBLE AS x
    FROM insurance_db.claims JOIN insurance_db.policies USING (policy_id));

-- insurance.claim_status claims by status
-- kind: mix
SELECT claim_status, count(*) FROM insurance_db.claims GROUP BY 1;

-- insurance.settlement_days days from a claim to its settlement
-- kind: range
SELECT min(settlement_date - claim_date), max(settlement_date - claim_date), count(settlement_date
    - claim_date) FROM insurance_db.claims;

-- insurance.payment_method premiums by method
-- kind: mix
SELECT payment_method, count(*) FROM insurance_db.premium_payments GROUP BY 1;

-- insurance.payment_linked premiums from a linked account
-- kind: share
SELECT count(*) FILTER (WHERE account_id IS NOT NULL), count(*) FROM insurance_db.premium_payments;

-- insurance.payment_status premiums by status
-- kind: mix
-- slack: 0.01
SELECT payment_status, count(*) FROM insurance_db.premium_payments GROUP BY 1;

-- insurance.events_per_policy events of a policy, mean
-- kind: mean
SELECT (SELECT count(*) FROM insurance_db.policy_events) / count(*), 1, count(*) FROM
    insurance_db.policies;

-- insurance.event_type events by type
-- kind: mix
-- slack: 0.03
SELECT event_type, count(*) FROM insurance_db.policy_events GROUP BY 1;

-- insurance.event_performed events that an employee performed
-- kind: share
SELECT count(*) FILTER (WHERE performed_by IS NOT NULL), count(*) FROM insurance_db.policy_events;

-- insurance.reinstatement_days days from a cancellation to its reinstatement
-- kind: range
SELECT min(d), max(d), count(*) FROM (SELECT event_type, event_date - lag(event_date) OVER
    (PARTITION BY policy_id ORDER BY event_date, event_id) AS d FROM insurance_db.policy_events
    WHERE event_type IN ('cancellation', 'reinstatement')) WHERE event_type = 'reinstatement';
