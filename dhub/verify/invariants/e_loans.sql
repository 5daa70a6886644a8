-- E. Loans. Interest is 30/360 by the month, in whole cents, halves rounded up.

-- E01 every approved application has one loan of the same customer and type, and no other has any
-- examines: loans_db.loan_applications
SELECT a.application_id FROM loans_db.loan_applications a LEFT JOIN (
    SELECT application_id, count(*) AS loans, min(customer_id) AS customer_id, min(loan_type) AS loan_type
    FROM loans_db.loans GROUP BY application_id) l USING (application_id)
WHERE (a.status = 'approved') <> (coalesce(loans, 0) = 1) OR loans > 1
   OR l.customer_id <> a.customer_id OR l.loan_type <> a.loan_type;

-- E02 the principal is the part of the requested amount that may be approved
-- examines: loans_db.loans
SELECT l.loan_id FROM loans_db.loans l JOIN loans_db.loan_applications a USING (application_id)
WHERE l.principal_amount NOT BETWEEN low('loans.approved_share') * a.requested_amount - 0.01
    AND high('loans.approved_share') * a.requested_amount + 0.01;

-- E03 adults of the bank apply; a decision follows within 30 days, or is still pending
-- examines: loans_db.loan_applications
SELECT a.application_id FROM loans_db.loan_applications a JOIN accounts_db.customers c USING (customer_id)
WHERE a.application_date < c.created_at::DATE OR a.application_date >= as_of()
   OR c.date_of_birth + INTERVAL 18 YEAR > a.application_date
   OR (a.status = 'pending') <> (a.decision_date IS NULL) OR a.decision_date >= as_of()
   OR a.decision_date - a.application_date NOT BETWEEN 0 AND 30
   OR (a.status = 'pending' AND a.application_date < as_of() - 30);

-- E04 money is paid out 5 to 30 days after the decision; the loan matures at the end of its term
-- examines: loans_db.loans
SELECT l.loan_id FROM loans_db.loans l JOIN loans_db.loan_applications a USING (application_id)
WHERE (l.disbursement_date - a.decision_date BETWEEN low('loans.disbursement_days')
        AND high('loans.disbursement_days')) IS NOT TRUE
   OR l.disbursement_date >= as_of()
   OR l.maturity_date <> (l.disbursement_date + to_months(l.term_months::INTEGER))::DATE;

-- E05 a loan has as many instalments as months, numbered from one without a gap
-- examines: loans_db.loans
SELECT l.loan_id FROM loans_db.loans l LEFT JOIN (
    SELECT loan_id, count(*) AS n, min(installment_number) AS first, max(installment_number) AS last,
           sum(installment_number) AS total
    FROM loans_db.repayment_schedule GROUP BY loan_id) s USING (loan_id)
WHERE (n = term_months AND first = 1 AND last = term_months
       AND total = term_months::BIGINT * (term_months + 1) / 2) IS NOT TRUE;

-- E06 scheduled principal adds up to the principal, to the cent
-- examines: loans_db.loans
SELECT l.loan_id FROM loans_db.loans l LEFT JOIN (
    SELECT loan_id, sum(principal_amount) AS repaid FROM loans_db.repayment_schedule
    GROUP BY loan_id) s USING (loan_id)
WHERE l.principal_amount IS DISTINCT FROM s.repaid;

-- E07 an instalment is principal plus interest and level; the last one takes the rounding
-- examines: loans_db.repayment_schedule
SELECT schedule_id FROM (
    SELECT s.schedule_id, s.installment_number AS k, s.principal_amount, s.interest_amount, s.total_amount,
           l.term_months AS n, CASE WHEN l.interest_rate = 0 THEN l.principal_amount / l.term_months
               ELSE l.principal_amount * (l.interest_rate / 1200.0::DOUBLE)
                   / (1 - pow(1 + l.interest_rate / 1200.0::DOUBLE, -l.term_months)) END AS level
    FROM loans_db.repayment_schedule s JOIN loans_db.loans l USING (loan_id))
WHERE total_amount <> principal_amount + interest_amount
   OR abs(total_amount - level) > CASE WHEN k < n THEN 0.011 ELSE 0.01 * level + 0.011 END;

-- E08 interest is a twelfth of the yearly rate on the balance before, to the cent
-- examines: loans_db.repayment_schedule
SELECT schedule_id FROM (
    SELECT s.schedule_id, (s.interest_amount * 100)::BIGINT AS cents, s.remaining_balance, s.principal_amount,
           lag(s.remaining_balance, 1, l.principal_amount) OVER (
               PARTITION BY s.loan_id ORDER BY s.installment_number) AS held,
           (l.interest_rate * 1000)::BIGINT AS rate
    FROM loans_db.repayment_schedule s JOIN loans_db.loans l USING (loan_id))
WHERE cents <> ((held * 100)::BIGINT * rate * 2 + 1200000) // 2400000
   OR remaining_balance <> held - principal_amount;

-- E09 instalments fall due month by month from the payout, on its day or the month's last
-- examines: loans_db.repayment_schedule
SELECT s.schedule_id FROM loans_db.repayment_schedule s JOIN loans_db.loans l USING (loan_id)
WHERE s.due_date <> (l.disbursement_date + to_months(s.installment_number::INTEGER))::DATE;

-- E10 what is due later is scheduled; what is past is paid, late or missed, or pending in the grace
-- examines: loans_db.repayment_schedule
SELECT s.schedule_id FROM loans_db.repayment_schedule s JOIN loans_db.loans l USING (loan_id)
WHERE CASE WHEN s.due_date >= as_of()
    THEN s.payment_status <> 'scheduled' AND NOT (s.payment_status = 'paid' AND s.payment_date = l.payoff_date)
    ELSE s.payment_status = 'scheduled'
      OR (s.payment_status = 'pending' AND s.due_date < as_of() - figure('loans.grace_days')::INTEGER) END;

-- E11 paid means within the grace, late means after it, and only these two have a date
-- examines: loans_db.repayment_schedule
SELECT s.schedule_id FROM loans_db.repayment_schedule s JOIN loans_db.loans l USING (loan_id)
WHERE (s.payment_status IN ('paid', 'late')) <> (s.payment_date IS NOT NULL)
   OR (s.payment_status = 'late' AND s.payment_date <= s.due_date + figure('loans.grace_days')::INTEGER)
   OR (s.payment_status = 'paid' AND s.payment_date > s.due_date + figure('loans.grace_days')::INTEGER)
   OR s.payment_date >= as_of() OR s.payment_date <= l.disbursement_date
   OR s.payment_date > l.payoff_date;

-- E12 the outstanding balance is the principal less what was repaid
-- examines: loans_db.loans
SELECT l.loan_id FROM loans_db.loans l LEFT JOIN (
    SELECT loan_id, sum(principal_amount) FILTER (WHERE payment_status IN ('paid', 'late')) AS repaid
    FROM loans_db.repayment_schedule GROUP BY loan_id) s USING (loan_id)
WHERE l.outstanding_balance <> l.principal_amount - coalesce(s.repaid, 0);

-- E13 paid off means nothing is owed and has a date; a matured loan is not active
-- examines: loans_db.loans
SELECT loan_id FROM loans_db.loans
WHERE (loan_status = 'paid_off') <> (outstanding_balance = 0)
   OR (loan_status = 'paid_off') <> (payoff_date IS NOT NULL) OR payoff_date >= as_of()
   OR outstanding_balance NOT BETWEEN 0 AND principal_amount
   OR (loan_status = 'active' AND maturity_date < as_of());

-- E14 a defaulted loan misses its last three instalments or more, an active one fewer than three
-- examines: loans_db.loans
SELECT l.loan_id FROM loans_db.loans l LEFT JOIN (
    SELECT loan_id, count(*) FILTER (WHERE payment_status = 'missed') AS missed,
           count(*) FILTER (WHERE payment_status = 'missed' AND back <= 3) AS tail
    FROM (SELECT loan_id, payment_status, row_number() OVER (
              PARTITION BY loan_id ORDER BY installment_number DESC) AS back
          FROM loans_db.repayment_schedule
          WHERE due_date < as_of() AND payment_status NOT IN ('pending', 'scheduled'))
    GROUP BY loan_id) s USING (loan_id)
WHERE (l.loan_status = 'defaulted' AND (tail >= 3 AND l.days_past_due >= 90) IS NOT TRUE)
   OR (l.loan_status = 'active' AND (missed >= 3 OR l.days_past_due >= 90));

-- E14b days past due count from the oldest unpaid instalment, once its days of grace are over
-- examines: loans_db.loans
SELECT l.loan_id FROM loans_db.loans l LEFT JOIN (
    SELECT loan_id, min(due_date) AS oldest FROM loans_db.repayment_schedule
    WHERE due_date < as_of() AND payment_status IN ('pending', 'missed') GROUP BY loan_id) s USING (loan_id)
WHERE l.days_past_due <> CASE WHEN as_of() - oldest > figure('loans.grace_days')
    THEN as_of() - oldest ELSE 0 END;

-- E21 what was paid is the instalment; ahead of its day, its principal and the interest accrued
-- examines: loans_db.repayment_schedule
SELECT s.schedule_id FROM loans_db.repayment_schedule s JOIN loans_db.loans l USING (loan_id)
WHERE (s.paid_amount IS NULL) <> (s.payment_date IS NULL)
   OR (s.due_date <= coalesce(l.payoff_date, s.due_date) AND s.paid_amount <> s.total_amount)
   OR (s.due_date > l.payoff_date
       AND s.paid_amount NOT BETWEEN s.principal_amount AND s.total_amount)
   OR (s.due_date > l.payoff_date + 31 AND s.paid_amount <> s.principal_amount);

-- E15 collateral fits its loan, was appraised within 60 days before the payout, and gives the LTV
-- examines: loans_db.collateral
SELECT c.collateral_id FROM loans_db.collateral c JOIN loans_db.loans l USING (loan_id)
WHERE c.appraised_value NOT BETWEEN low('loans.appraised') * l.principal_amount - 0.01
        AND high('loans.appraised') * l.principal_amount + 0.01
   OR abs(c.ltv_ratio - l.principal_amount / c.appraised_value::DOUBLE) > 0.000051
   OR l.disbursement_date - c.appraisal_date NOT BETWEEN 0 AND figure('loans.appraisal_days')
   OR NOT CASE l.loan_type WHEN 'mortgage' THEN c.collateral_type IN ('property', 'real_estate')
        WHEN 'auto' THEN c.collateral_type = 'vehicle'
        WHEN 'business' THEN c.collateral_type IN ('property', 'equipment', 'inventory') ELSE true END;

-- E16 a guarantor vouches for half the principal or more, and is not the borrower
-- examines: loans_db.loan_guarantors
SELECT g.guarantor_id FROM loans_db.loan_guarantors g JOIN loans_db.loans l USING (loan_id)
JOIN accounts_db.customers c USING (customer_id)
WHERE g.guarantee_amount NOT BETWEEN low('loans.guarantee') * l.principal_amount - 0.01
        AND high('loans.guarantee') * l.principal_amount + 0.01
   OR g.guarantor_name = c.first_name || ' ' || c.last_name
   OR (g.relationship = 'business_partner' AND l.loan_type <> 'business');

-- E17 an application is assessed once, between its date and the decision, of the same customer
-- examines: loans_db.loan_applications
SELECT a.application_id FROM loans_db.loan_applications a LEFT JOIN (
    SELECT application_id, count(*) AS times, min(assessment_date) AS day, min(customer_id) AS customer_id
    FROM loans_db.risk_assessments WHERE application_id IS NOT NULL GROUP BY application_id) r
    USING (application_id)
WHERE (times = 1 AND day >= a.application_date AND day < as_of()
       AND day <= coalesce(a.decision_date, as_of()) AND r.customer_id = a.customer_id) IS NOT TRUE;

-- E17b grade and probability of default follow from the score, and fall as it rises
-- examines: loans_db.risk_assessments
SELECT risk_score FROM (
    SELECT risk_score, min(pd_probability) AS least, max(pd_probability) AS most,
           count(DISTINCT credit_grade) AS grades,
           lag(min(pd_probability)) OVER (ORDER BY risk_score) AS worse
    FROM loans_db.risk_assessments GROUP BY risk_score)
WHERE least <> most OR grades > 1 OR most > worse;

-- E17c who has defaulted is assessed again, with the highest probability of default
-- examines: loans_db.loans WHERE loan_status = 'defaulted'
SELECT l.loan_id FROM loans_db.loans l LEFT JOIN (
    SELECT loan_id, arg_max(pd_probability, assessment_date) AS last
    FROM loans_db.risk_assessments WHERE loan_id IS NOT NULL GROUP BY loan_id) r USING (loan_id)
WHERE l.loan_status = 'defaulted' AND (last >= figure('loans.pd_defaulted') - 0.0001) IS NOT TRUE;

-- E17d a running loan is assessed after its payout, of its own customer
-- examines: loans_db.risk_assessments WHERE loan_id IS NOT NULL
SELECT r.assessment_id FROM loans_db.risk_assessments r JOIN loans_db.loans l USING (loan_id)
WHERE r.assessment_date < l.disbursement_date OR r.assessment_date >= as_of()
   OR r.customer_id <> l.customer_id;

-- E18 an instalment by direct debit names its booking on the linked account: that amount, that day
-- examines: loans_db.repayment_schedule
WITH listed AS (
    SELECT account_id, min(transaction_date)::DATE AS first FROM accounts_db.transactions GROUP BY account_id)
SELECT s.schedule_id FROM loans_db.repayment_schedule s JOIN loans_db.loans l USING (loan_id)
LEFT JOIN listed ON listed.account_id = l.linked_account_id
WHERE (s.transaction_id IS NOT NULL) <> coalesce(l.autopay AND s.payment_date >= first
        AND s.payment_date IS DISTINCT FROM l.payoff_date, false)
UNION  -- each join by itself: both at once took twice the memory
SELECT s.schedule_id FROM loans_db.repayment_schedule s JOIN loans_db.loans l USING (loan_id)
LEFT JOIN accounts_db.transactions t ON t.transaction_id = s.transaction_id
WHERE s.transaction_id IS NOT NULL AND (t.account_id = l.linked_account_id
    AND t.transaction_type IN ('payment', 'transfer_out') AND t.amount = s.paid_amount
    AND t.transaction_date::DATE = s.payment_date
    AND t.description LIKE 'AUTOPAY % LOAN ' || l.loan_id) IS NOT TRUE;

-- E18b a payout that is named is the credit of the principal, a payoff the debit of all it ended
-- examines: loans_db.loans
SELECT l.loan_id FROM loans_db.loans l LEFT JOIN (
    SELECT s.loan_id, sum(s.paid_amount) AS ended FROM loans_db.repayment_schedule s
    JOIN loans_db.loans o USING (loan_id) WHERE s.payment_date = o.payoff_date GROUP BY s.loan_id) USING (loan_id)
LEFT JOIN accounts_db.transactions d ON d.transaction_id = l.disbursement_transaction_id
LEFT JOIN accounts_db.transactions p ON p.transaction_id = l.payoff_transaction_id
WHERE (l.disbursement_transaction_id IS NOT NULL AND (d.account_id = l.linked_account_id
       AND d.transaction_type IN ('deposit', 'transfer_in') AND d.amount = l.principal_amount
       AND d.transaction_date::DATE = l.disbursement_date
       AND d.description LIKE 'DISBURSEMENT % LOAN ' || l.loan_id) IS NOT TRUE)
   OR (l.payoff_transaction_id IS NOT NULL AND (p.account_id = l.linked_account_id AND l.autopay
       AND p.transaction_type IN ('payment', 'transfer_out') AND p.amount = ended
       AND p.transaction_date::DATE = l.payoff_date
       AND p.description LIKE 'PAYOFF % LOAN ' || l.loan_id) IS NOT TRUE);

-- E18c a booking is named once by a loan or a policy, exactly when it says that it pays one
-- examines: accounts_db.transactions
SELECT t.transaction_id FROM accounts_db.transactions t LEFT JOIN (
    SELECT transaction_id, count(*) AS times FROM (
        SELECT transaction_id FROM loans_db.repayment_schedule UNION ALL
        SELECT disbursement_transaction_id FROM loans_db.loans UNION ALL
        SELECT payoff_transaction_id FROM loans_db.loans UNION ALL
        SELECT transaction_id FROM insurance_db.premium_payments UNION ALL
        SELECT transaction_id FROM insurance_db.claims)
    WHERE transaction_id IS NOT NULL GROUP BY transaction_id) n USING (transaction_id)
WHERE coalesce(times, 0) <> CASE WHEN regexp_matches(t.description, ' (LOAN|POLICY) \d+$') THEN 1 ELSE 0 END;

-- E19 a linked account is the borrower's own, in dollars, and was open at the payout
-- examines: loans_db.loans WHERE linked_account_id IS NOT NULL
SELECT l.loan_id FROM loans_db.loans l JOIN accounts_db.accounts a ON a.account_id = l.linked_account_id
WHERE a.customer_id <> l.customer_id OR a.currency <> 'USD' OR a.opened_date > l.disbursement_date
   OR a.closed_date <= l.disbursement_date;

-- E20 names of guarantors are as they were written, in UTF-8
-- examines: loans_db.loan_guarantors
SELECT guarantor_id FROM loans_db.loan_guarantors WHERE is_misread(guarantor_name);
