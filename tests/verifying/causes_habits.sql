-- realism.fee_complaints in customer_db
UPDATE complaints SET complaint_type = CASE complaint_type WHEN 'fee' THEN 'service' ELSE 'fee' END
WHERE complaint_type IN ('fee', 'service');

-- realism.fraud_complaints in customer_db
UPDATE complaints SET transaction_id = NULL, amount = NULL WHERE complaint_type = 'fraud';

-- realism.escalations_churn in customer_db
-- also: realism.escalation_hurts
UPDATE interactions SET outcome = CASE WHEN customer_id IN (SELECT customer_id FROM customer_profiles
    WHERE customer_status = 'active') THEN 'escalated' ELSE 'resolved' END;

-- realism.reported_risk in customer_db
UPDATE customer_profiles SET risk_rating = 'medium' WHERE risk_rating = 'high';
