-- Cover

-- cover.house correlation of a mortgaged house's appraisal and what it is insured for, in logarithms
-- aim: 0.6 -
-- flat: 0.2 -
-- least: 20
WITH houses AS (SELECT customer_id, max(appraised_value)::DOUBLE AS worth FROM loans_db.collateral
                JOIN loans_db.loans USING (loan_id) WHERE loan_type = 'mortgage' GROUP BY 1),
cover AS (SELECT customer_id, max(coverage_amount)::DOUBLE AS cover FROM insurance_db.policies
          WHERE policy_type = 'property' GROUP BY 1)
SELECT corr(ln(worth), ln(cover)), count(*) FROM houses JOIN cover USING (customer_id);

-- cover.borrowers customers with an open mortgage who have a property policy
-- aim: 0.6 -
-- flat: 0.25 -
-- least: 40
SELECT avg((customer_id IN (SELECT customer_id FROM insurance_db.policies WHERE policy_type = 'property'))::INTEGER),
       count(*) FROM (SELECT DISTINCT customer_id FROM loans_db.loans WHERE loan_type = 'mortgage' AND loan_status = 'active');

-- cover.premium yearly premium of houses, cars and health by the sum insured, median
-- aim: 0.01 0.03
-- flat: 0.005 0.05
SELECT median(premium_amount * CASE premium_frequency WHEN 'monthly' THEN 12 WHEN 'quarterly' THEN 4 ELSE 1 END
              / coverage_amount), count(*)
FROM insurance_db.policies WHERE policy_type IN ('property', 'vehicle', 'health');

-- cover.life correlation of life cover and the income stated on an application, in logarithms
-- aim: 0.4 -
-- flat: 0.15 -
-- least: 25
WITH stated AS (SELECT customer_id, avg(annual_income)::DOUBLE AS income FROM loans_db.loan_applications GROUP BY 1)
SELECT corr(ln(income), ln(coverage_amount::DOUBLE)), count(*) FROM insurance_db.policies
JOIN stated USING (customer_id) WHERE policy_type = 'life';

-- cover.vehicle median cover of a vehicle
-- aim: 12000 70000
-- flat: 8000 100000
-- least: 30
SELECT median(coverage_amount), count(*) FROM insurance_db.policies WHERE policy_type = 'vehicle';

-- cover.same_town insured houses that are in the holder's state
-- aim: 0.95 -
-- flat: 0.6 -
-- least: 30
SELECT avg((right(insured_object, 2) = state)::INTEGER), count(*) FROM insurance_db.policies
JOIN accounts_db.customers USING (customer_id) WHERE policy_type = 'property';

-- cover.tail claims, of the sum insured: the 99th of 100 by the median
-- aim: 2 -
-- flat: 1.4 -
-- least: 200
SELECT quantile_cont(claim_amount / coverage_amount, 0.99) / median(claim_amount / coverage_amount), count(*)
FROM insurance_db.claims JOIN insurance_db.policies USING (policy_id);

-- cover.loss_property paid for property, vehicle and health claims, of the premiums paid
-- aim: 0.4 1.3
-- flat: 0.3 2
-- least: 60
WITH paid AS (SELECT policy_id, sum(settlement_amount) AS out FROM insurance_db.claims WHERE claim_status = 'paid' GROUP BY 1),
taken AS (SELECT policy_id, sum(amount) AS premiums FROM insurance_db.premium_payments
          WHERE payment_status IN ('completed', 'paid') GROUP BY 1)
SELECT sum(coalesce(out, 0)) / sum(premiums), count(*) FROM insurance_db.policies
JOIN taken USING (policy_id) LEFT JOIN paid USING (policy_id) WHERE policy_type IN ('property', 'vehicle', 'health');

-- cover.loss paid for all claims, of all premiums paid
-- aim: 0.4 1.1
-- flat: 0.3 2
SELECT (SELECT sum(settlement_amount) FROM insurance_db.claims WHERE claim_status = 'paid') / sum(amount), count(*)
FROM insurance_db.premium_payments WHERE payment_status IN ('completed', 'paid');

-- cover.life_claims share of life policies with a claim
-- aim: - 0.05
-- flat: - 0.2
SELECT avg((policy_id IN (SELECT policy_id FROM insurance_db.claims))::INTEGER), count(*)
FROM insurance_db.policies WHERE policy_type = 'life';
