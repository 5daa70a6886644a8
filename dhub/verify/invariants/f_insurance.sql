-- F. Insurance.

-- F01 the shares of a policy's beneficiaries sum to exactly 100, with one spouse at most
-- examines: insurance_db.beneficiaries
SELECT policy_id FROM insurance_db.beneficiaries GROUP BY policy_id
HAVING sum(percentage) <> 100 OR min(percentage) <= 0 OR count(*) FILTER (WHERE relationship = 'spouse') > 1;

-- F02 a life policy names one to three beneficiaries
-- examines: insurance_db.policies WHERE policy_type = 'life'
SELECT p.policy_id FROM insurance_db.policies p LEFT JOIN (
    SELECT policy_id, count(*) AS n FROM insurance_db.beneficiaries GROUP BY policy_id) b USING (policy_id)
WHERE p.policy_type = 'life' AND coalesce(n, 0) NOT BETWEEN 1 AND 3;

-- F02b nobody is his own beneficiary
-- examines: insurance_db.beneficiaries
SELECT b.beneficiary_id FROM insurance_db.beneficiaries b JOIN insurance_db.policies p USING (policy_id)
JOIN accounts_db.customers c USING (customer_id)
WHERE b.beneficiary_name = c.first_name || ' ' || c.last_name;

-- F03 a claim is of its policy's type and falls within the cover
-- examines: insurance_db.claims
SELECT c.claim_id FROM insurance_db.claims c JOIN insurance_db.policies p USING (policy_id)
WHERE c.claim_type <> p.policy_type OR c.claim_date < p.start_date OR c.claim_date > p.end_date
   OR c.claim_date >= as_of();

-- F04 claims stay within the coverage, settlements within the claim, payouts within both
-- examines: insurance_db.claims
SELECT claim_id FROM (
    SELECT c.claim_id, c.claim_amount, c.settlement_amount, c.claim_type, c.claim_status, p.coverage_amount,
           sum(c.settlement_amount) OVER (PARTITION BY c.policy_id) AS paid
    FROM insurance_db.claims c JOIN insurance_db.policies p USING (policy_id))
WHERE claim_amount <= 0 OR claim_amount > coverage_amount OR settlement_amount <= 0
   OR settlement_amount > claim_amount OR paid > coverage_amount
   OR (claim_type = 'life' AND claim_status = 'paid');

-- F05 exactly what is paid has a settlement, not before the claim
-- examines: insurance_db.claims
SELECT claim_id FROM insurance_db.claims
WHERE (claim_status = 'paid') <> (settlement_date IS NOT NULL)
   OR (claim_status = 'paid') <> (settlement_amount IS NOT NULL)
   OR settlement_date < claim_date OR settlement_date >= as_of();

-- F06 a year's premium is 0.5 to 3 percent of the coverage
-- examines: insurance_db.policies
SELECT policy_id FROM insurance_db.policies
WHERE premium_amount * CASE premium_frequency WHEN 'annual' THEN 1 WHEN 'quarterly' THEN 4 ELSE 12 END
    NOT BETWEEN 0.005 * coverage_amount - 0.12 AND 0.03 * coverage_amount + 0.12;

-- F07 premiums fall due on the policy's grid, from its start until it ends, none left out
-- examines: insurance_db.premium_payments
WITH ends AS (
    SELECT p.policy_id, p.start_date, coalesce(max(e.event_date) FILTER (
               WHERE e.event_type = 'cancellation' AND p.policy_status <> 'active'), as_of()) AS until,
           CASE p.premium_frequency WHEN 'annual' THEN 12 WHEN 'quarterly' THEN 3 ELSE 1 END AS months
    FROM insurance_db.policies p LEFT JOIN insurance_db.policy_events e USING (policy_id)
    GROUP BY p.policy_id, p.start_date, p.premium_frequency),
paid AS (
    SELECT policy_id, due_date, row_number() OVER (PARTITION BY policy_id ORDER BY due_date) - 1 AS seq
    FROM insurance_db.premium_payments)
SELECT DISTINCT policy_id FROM ends LEFT JOIN paid USING (policy_id)
WHERE (due_date = (start_date + to_months((seq * months)::INTEGER))::DATE) IS NOT TRUE
UNION
SELECT policy_id FROM ends JOIN (SELECT policy_id, count(*) AS n FROM paid GROUP BY policy_id) USING (policy_id)
WHERE (start_date + to_months(((n - 1) * months)::INTEGER))::DATE > until
   OR (start_date + to_months((n * months)::INTEGER))::DATE < until;

-- F08 a premium is the policy's own; the account that pays it is the linked one of the policyholder
-- examines: insurance_db.premium_payments
SELECT y.payment_id FROM insurance_db.premium_payments y JOIN insurance_db.policies p USING (policy_id)
LEFT JOIN accounts_db.accounts a ON a.account_id = y.account_id
WHERE abs(y.amount - p.premium_amount) > 0.01
   OR (y.account_id IS NOT NULL AND (y.account_id = p.linked_account_id
       AND a.customer_id = p.customer_id) IS NOT TRUE);

-- F08b a premium has a date exactly when it is completed, from its due day to the as-of date
-- examines: insurance_db.premium_payments
SELECT payment_id FROM insurance_db.premium_payments
WHERE (payment_status = 'completed') <> (payment_date IS NOT NULL) OR payment_date < due_date
   OR payment_date >= as_of();

-- F08c a linked account is the policyholder's own, in dollars, and was open at the start
-- examines: insurance_db.policies WHERE linked_account_id IS NOT NULL
SELECT p.policy_id FROM insurance_db.policies p JOIN accounts_db.accounts a ON a.account_id = p.linked_account_id
WHERE a.customer_id <> p.customer_id OR a.currency <> 'USD' OR a.opened_date > p.start_date
   OR a.closed_date <= p.start_date;

-- F09 a premium by direct debit names its booking on the linked account: that amount, that day
-- examines: insurance_db.premium_payments
WITH listed AS (
    SELECT account_id, min(transaction_date)::DATE AS first FROM accounts_db.transactions GROUP BY account_id)
SELECT y.payment_id FROM insurance_db.premium_payments y LEFT JOIN listed USING (account_id)
LEFT JOIN accounts_db.transactions t ON t.transaction_id = y.transaction_id
WHERE (y.transaction_id IS NOT NULL) <> coalesce(y.payment_method = 'auto_debit'
        AND y.payment_status = 'completed' AND y.payment_date >= first, false)
   OR (y.transaction_id IS NOT NULL AND (t.account_id = y.account_id
       AND t.transaction_type IN ('payment', 'transfer_out') AND t.amount = y.amount
       AND t.transaction_date::DATE = y.payment_date
       AND t.description LIKE 'PREMIUM % POLICY ' || y.policy_id) IS NOT TRUE);

-- F09b a settlement that names a booking is a credit of it on the linked account, on its day
-- examines: insurance_db.claims WHERE transaction_id IS NOT NULL
SELECT c.claim_id FROM insurance_db.claims c JOIN insurance_db.policies p USING (policy_id)
LEFT JOIN accounts_db.transactions t ON t.transaction_id = c.transaction_id
WHERE c.transaction_id IS NOT NULL AND (t.account_id = p.linked_account_id
    AND t.transaction_type IN ('deposit', 'transfer_in') AND t.amount = c.settlement_amount
    AND t.transaction_date::DATE = c.settlement_date
    AND t.description LIKE 'CLAIM PAID % POLICY ' || c.policy_id) IS NOT TRUE;

-- F10 a policy has lapsed or is cancelled exactly when its last such event is a cancellation
-- examines: insurance_db.policies
SELECT p.policy_id FROM insurance_db.policies p LEFT JOIN (
    SELECT policy_id, arg_max(event_type, (event_date, event_id)) AS last FROM insurance_db.policy_events
    WHERE event_type IN ('cancellation', 'reinstatement') GROUP BY policy_id) e USING (policy_id)
WHERE (p.policy_status <> 'active') <> (coalesce(last, '') = 'cancellation');

-- F11 a reinstatement follows a cancellation within 180 days, a renewal falls on an anniversary
-- examines: insurance_db.policy_events
SELECT event_id FROM (
    SELECT e.event_id, e.event_type, e.event_date, p.start_date, p.end_date,
           lag(e.event_type) OVER chain AS last, lag(e.event_date) OVER chain AS before,
           (p.start_date + to_months(12 * (year(e.event_date) - year(p.start_date))::INTEGER))::DATE AS anniversary
    FROM insurance_db.policy_events e JOIN insurance_db.policies p USING (policy_id)
    WINDOW chain AS (PARTITION BY e.policy_id, e.event_type IN ('cancellation', 'reinstatement')
                     ORDER BY e.event_date, e.event_id))
WHERE event_date < start_date OR event_date >= as_of() OR event_date > end_date
   OR (event_type = 'reinstatement' AND (last = 'cancellation' AND event_date - before BETWEEN 1 AND 180) IS NOT TRUE)
   OR (event_type = 'renewal' AND (event_date <> anniversary OR year(event_date) = year(start_date)));

-- F12 policies start once the customer has joined, as an adult of a plausible age; travel is short
-- examines: insurance_db.policies
SELECT p.policy_id FROM insurance_db.policies p JOIN accounts_db.customers c USING (customer_id)
WHERE p.start_date < c.created_at::DATE OR p.start_date >= as_of()
   OR c.date_of_birth + INTERVAL 18 YEAR > p.start_date
   OR (p.policy_type IN ('life', 'health') AND c.date_of_birth + INTERVAL 76 YEAR <= p.start_date)
   OR (p.policy_type = 'travel' AND (p.end_date <= p.start_date + INTERVAL 1 YEAR) IS NOT TRUE)
   OR (p.policy_status <> 'active' AND (p.end_date < as_of()) IS NOT TRUE)
   OR (p.policy_status = 'active' AND p.end_date < as_of());

-- F13 names of beneficiaries are as they were written, in UTF-8
-- examines: insurance_db.beneficiaries
SELECT beneficiary_id FROM insurance_db.beneficiaries WHERE is_misread(beneficiary_name);
