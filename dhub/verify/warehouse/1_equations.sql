-- What the six databases also state stands in the star as it stands there: row by row, both ways.

-- W01 dim_customer holds every customer as accounts_db and customer_db have him
-- examines: accounts_db.customers
SELECT coalesce(c.customer_id, d.customer_key)
FROM (accounts_db.customers c LEFT JOIN customer_db.customer_profiles p ON p.customer_id = c.customer_id)
FULL JOIN warehouse_db.dim_customer d ON d.customer_key = c.customer_id
WHERE c.customer_id IS DISTINCT FROM d.customer_id OR c.customer_number IS DISTINCT FROM d.customer_number
   OR c.first_name IS DISTINCT FROM d.first_name OR c.last_name IS DISTINCT FROM d.last_name
   OR c.email IS DISTINCT FROM d.email OR c.phone IS DISTINCT FROM d.phone
   OR c.street_address IS DISTINCT FROM d.street_address OR c.city IS DISTINCT FROM d.city
   OR c.state IS DISTINCT FROM d.state OR c.postal_code IS DISTINCT FROM d.postal_code
   OR c.country IS DISTINCT FROM d.country OR c.date_of_birth IS DISTINCT FROM d.date_of_birth
   OR p.segment IS DISTINCT FROM d.segment OR p.customer_status IS DISTINCT FROM d.customer_status
   OR p.kyc_status IS DISTINCT FROM d.kyc_status OR p.risk_rating IS DISTINCT FROM d.risk_rating
   OR p.onboarding_date IS DISTINCT FROM d.onboarding_date
   OR p.assigned_agent_id IS DISTINCT FROM d.assigned_agent_id;

-- W02 dim_account holds every account as accounts_db has it
-- examines: accounts_db.accounts
SELECT coalesce(a.account_id, d.source_id)
FROM accounts_db.accounts a FULL JOIN (
    SELECT * FROM warehouse_db.dim_account
    WHERE source_table = 'accounts' AND source_database = 'accounts_db' AND product_class = 'casa') d
  ON d.source_id = a.account_id
WHERE a.account_id IS DISTINCT FROM d.source_id OR a.account_number IS DISTINCT FROM d.account_number
   OR a.customer_id IS DISTINCT FROM d.customer_key OR a.account_type IS DISTINCT FROM d.product_type
   OR a.status IS DISTINCT FROM d.account_status OR a.currency IS DISTINCT FROM d.currency
   OR a.branch_code IS DISTINCT FROM d.branch_code OR a.opened_date IS DISTINCT FROM d.opened_date
   OR a.closed_date IS DISTINCT FROM d.closed_date OR a.opening_balance IS DISTINCT FROM d.opening_balance
   OR a.balance IS DISTINCT FROM d.current_balance;

-- W03 dim_account holds every loan as loans_db has it, linked to the same account
-- examines: loans_db.loans
SELECT coalesce(l.loan_id, d.source_id)
FROM loans_db.loans l FULL JOIN (
    SELECT l.*, a.source_id AS linked_id FROM warehouse_db.dim_account l
    LEFT JOIN warehouse_db.dim_account a ON a.account_key = l.linked_account_key
        AND a.product_class = 'casa' AND a.customer_key = l.customer_key
    WHERE l.source_table = 'loans' AND l.source_database = 'loans_db' AND l.product_class = 'loan') d
  ON d.source_id = l.loan_id
WHERE l.loan_id IS DISTINCT FROM d.source_id OR l.customer_id IS DISTINCT FROM d.customer_key
   OR l.loan_type IS DISTINCT FROM d.product_type OR l.loan_status IS DISTINCT FROM d.account_status
   OR l.disbursement_date IS DISTINCT FROM d.opened_date OR l.payoff_date IS DISTINCT FROM d.closed_date
   OR l.maturity_date IS DISTINCT FROM d.maturity_date OR l.interest_rate IS DISTINCT FROM d.interest_rate
   OR l.term_months IS DISTINCT FROM d.term_months OR l.principal_amount IS DISTINCT FROM d.principal_amount
   OR l.outstanding_balance IS DISTINCT FROM d.current_balance OR d.opening_balance IS DISTINCT FROM 0
   OR l.days_past_due IS DISTINCT FROM d.days_past_due OR l.linked_account_id IS DISTINCT FROM d.linked_id;

-- W04 dim_account holds every policy as insurance_db has it, linked to the same account
-- examines: insurance_db.policies
SELECT coalesce(p.policy_id, d.source_id)
FROM insurance_db.policies p FULL JOIN (
    SELECT l.*, a.source_id AS linked_id FROM warehouse_db.dim_account l
    LEFT JOIN warehouse_db.dim_account a ON a.account_key = l.linked_account_key
        AND a.product_class = 'casa' AND a.customer_key = l.customer_key
    WHERE l.source_table = 'policies' AND l.source_database = 'insurance_db' AND l.product_class = 'insurance') d
  ON d.source_id = p.policy_id
WHERE p.policy_id IS DISTINCT FROM d.source_id OR p.policy_number IS DISTINCT FROM d.account_number
   OR p.customer_id IS DISTINCT FROM d.customer_key OR p.policy_type IS DISTINCT FROM d.product_type
   OR p.policy_status IS DISTINCT FROM d.account_status OR p.start_date IS DISTINCT FROM d.opened_date
   OR p.end_date IS DISTINCT FROM d.maturity_date OR p.coverage_amount IS DISTINCT FROM d.coverage_amount
   OR p.premium_amount IS DISTINCT FROM d.premium_amount
   OR p.premium_frequency IS DISTINCT FROM d.premium_frequency
   OR p.linked_account_id IS DISTINCT FROM d.linked_id;

-- W05 fact_transaction holds every transaction as accounts_db has it
-- examines: accounts_db.transactions
WITH ours AS (
    SELECT t.transaction_id, hash(t.account_id, a.customer_id, t.transaction_type, t.amount::DECIMAL(18, 2),
                                  (t.amount * k.direction)::DECIMAL(18, 2), t.balance_after::DECIMAL(18, 2),
                                  t.transaction_date, t.description, t.channel, a.currency) AS said
    FROM accounts_db.transactions t
    JOIN accounts_db.accounts a ON a.account_id = t.account_id
    JOIN accounts_db.transaction_types k ON k.transaction_type = t.transaction_type),
star AS (
    SELECT f.transaction_id, hash(d.source_id, f.customer_key, f.transaction_type, f.amount::DECIMAL(18, 2),
                                  f.balance_change::DECIMAL(18, 2), f.balance_after::DECIMAL(18, 2),
                                  f.transaction_date, f.description, f.channel, f.currency) AS said
    FROM warehouse_db.fact_transaction f
    LEFT JOIN warehouse_db.dim_account d ON d.account_key = f.account_key AND d.source_table = 'accounts'
    WHERE f.transaction_id IS NOT NULL)
SELECT coalesce(ours.transaction_id, star.transaction_id)
FROM ours FULL JOIN star ON star.transaction_id = ours.transaction_id
WHERE ours.said IS DISTINCT FROM star.said;

-- W05.merchants a transaction of accounts_db that names a shop or biller has its merchant, and no other has one
-- examines: accounts_db.transactions
SELECT t.transaction_id
FROM (SELECT transaction_id, hash(merchant_name) AS said FROM accounts_db.transactions) t
JOIN (SELECT transaction_id, hash(CASE WHEN merchant_key <> 0 THEN merchant_name END) AS said
      FROM warehouse_db.fact_transaction JOIN warehouse_db.dim_merchant USING (merchant_key)
      WHERE transaction_id IS NOT NULL) f ON f.transaction_id = t.transaction_id
WHERE t.said <> f.said;

-- W06 what only the star books lies on accounts that only the star has, and nothing else does
-- examines: warehouse_db.fact_transaction
SELECT f.transaction_key FROM warehouse_db.fact_transaction f
JOIN warehouse_db.dim_account d ON d.account_key = f.account_key
WHERE (f.transaction_id IS NULL) <> (d.source_id IS NULL);

-- W07 rows are linked as transfer_id pairs them
-- examines: accounts_db.transactions WHERE transfer_id IS NOT NULL
SELECT coalesce(p.a_id, l.a_id) FROM (
    SELECT a.transaction_id AS a_id, b.transaction_id AS b_id FROM accounts_db.transactions a
    JOIN accounts_db.transactions b ON a.transfer_id = b.transfer_id AND a.transaction_id <> b.transaction_id) p
FULL JOIN (
    SELECT a.transaction_id AS a_id, b.transaction_id AS b_id FROM warehouse_db.fact_transaction a
    JOIN warehouse_db.fact_transaction b ON a.linked_transaction_key = b.transaction_key
    WHERE a.transaction_id IS NOT NULL AND b.transaction_id IS NOT NULL) l
  ON l.a_id = p.a_id AND l.b_id = p.b_id
WHERE p.a_id IS NULL OR l.a_id IS NULL;

-- W07.mutual linked rows name each other and have one amount
-- examines: warehouse_db.fact_transaction WHERE linked_transaction_key IS NOT NULL
SELECT a.transaction_key FROM warehouse_db.fact_transaction a
LEFT JOIN warehouse_db.fact_transaction b ON b.transaction_key = a.linked_transaction_key
WHERE a.linked_transaction_key IS NOT NULL
  AND (b.linked_transaction_key IS DISTINCT FROM a.transaction_key OR b.amount <> a.amount
       OR a.transaction_key = b.transaction_key);

-- W07.cards a card's payment is linked to a payment that its holder made within three days
-- examines: warehouse_db.fact_transaction WHERE transaction_type = 'card_payment'
SELECT a.transaction_key FROM warehouse_db.fact_transaction a
LEFT JOIN warehouse_db.fact_transaction b ON b.transaction_key = a.linked_transaction_key
LEFT JOIN warehouse_db.dim_account d ON d.account_key = b.account_key
WHERE a.transaction_type = 'card_payment' AND a.linked_transaction_key IS NOT NULL
  AND (b.transaction_type IS DISTINCT FROM 'payment' OR d.product_type IS DISTINCT FROM 'checking'
       OR a.customer_key IS DISTINCT FROM b.customer_key
       OR abs(a.transaction_date::DATE - b.transaction_date::DATE) > 3);

-- W08 fact_loan_schedule holds every instalment as loans_db has it
-- examines: loans_db.repayment_schedule
SELECT coalesce(s.schedule_id, f.schedule_id)
FROM loans_db.repayment_schedule s FULL JOIN (
    SELECT f.*, d.source_id FROM warehouse_db.fact_loan_schedule f
    LEFT JOIN warehouse_db.dim_account d ON d.account_key = f.account_key AND d.source_table = 'loans') f
  ON f.schedule_id = s.schedule_id
WHERE s.loan_id IS DISTINCT FROM f.source_id OR s.installment_number IS DISTINCT FROM f.installment_number
   OR s.due_date IS DISTINCT FROM f.due_date OR s.principal_amount IS DISTINCT FROM f.principal_amount
   OR s.interest_amount IS DISTINCT FROM f.interest_amount OR s.total_amount IS DISTINCT FROM f.total_amount
   OR s.remaining_balance IS DISTINCT FROM f.remaining_balance
   OR s.payment_status IS DISTINCT FROM f.payment_status OR s.payment_date IS DISTINCT FROM f.payment_date;

-- W09 fact_interaction holds every contact as customer_db has it, with what its survey says
-- examines: customer_db.interactions
SELECT coalesce(i.interaction_id, f.interaction_id)
FROM customer_db.interactions i
LEFT JOIN customer_db.satisfaction_surveys s ON s.interaction_id = i.interaction_id
FULL JOIN warehouse_db.fact_interaction f ON f.interaction_id = i.interaction_id
WHERE i.customer_id IS DISTINCT FROM f.customer_key OR i.interaction_date IS DISTINCT FROM f.interaction_date
   OR CASE i.channel WHEN 'mobile_app' THEN 'app' WHEN 'web' THEN 'chatbot' WHEN 'phone' THEN 'call_center'
      ELSE i.channel END IS DISTINCT FROM f.channel
   OR i.interaction_type IS DISTINCT FROM f.interaction_type
   OR i.duration_minutes IS DISTINCT FROM f.duration_minutes OR i.outcome IS DISTINCT FROM f.outcome
   OR (i.interaction_type = 'complaint') IS DISTINCT FROM f.is_complaint
   OR i.handled_by IS DISTINCT FROM f.handled_by OR s.nps_score IS DISTINCT FROM f.nps_score
   OR s.satisfaction_rating IS DISTINCT FROM f.satisfaction_rating;

-- W09.complaints every complaint is that of one contact of its customer, of about its day
-- examines: customer_db.complaints
SELECT coalesce(c.complaint_id, f.complaint_id, f.interaction_key) FROM customer_db.complaints c
FULL JOIN (SELECT * FROM warehouse_db.fact_interaction WHERE is_complaint OR complaint_id IS NOT NULL) f
  ON f.complaint_id = c.complaint_id
WHERE c.customer_id IS DISTINCT FROM f.customer_key OR NOT f.is_complaint
   OR abs(c.complaint_date::DATE - f.interaction_date::DATE) > 1
   OR c.complaint_id IN (SELECT complaint_id FROM warehouse_db.fact_interaction
                         WHERE complaint_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1);

-- W10 credit_score is that of the latest risk assessment
-- examines: warehouse_db.dim_customer
SELECT d.customer_key FROM warehouse_db.dim_customer d LEFT JOIN (
    SELECT customer_id, arg_max(risk_score, (assessment_date, assessment_id)) AS score
    FROM loans_db.risk_assessments GROUP BY 1) r ON r.customer_id = d.customer_key
WHERE r.score IS DISTINCT FROM d.credit_score;

-- W10.income annual_income is that of the latest application of whoever applied for a loan
-- examines: loans_db.loan_applications
SELECT d.customer_key FROM warehouse_db.dim_customer d JOIN (
    SELECT customer_id, arg_max(annual_income, (application_date, application_id)) AS income
    FROM loans_db.loan_applications GROUP BY 1) a ON a.customer_id = d.customer_key
WHERE a.income IS DISTINCT FROM d.annual_income;

-- W11 balance_after is the one before and the change, from the opening balance on, in the order of time
-- examines: warehouse_db.fact_transaction
SELECT t.transaction_key FROM (
    SELECT transaction_key, account_key, balance_change, balance_after, transaction_date,
           lag(balance_after) OVER w AS before, lag(transaction_date) OVER w AS earlier
    FROM warehouse_db.fact_transaction WINDOW w AS (PARTITION BY account_key ORDER BY transaction_key)) t
LEFT JOIN warehouse_db.dim_account d ON d.account_key = t.account_key
WHERE t.balance_after IS DISTINCT FROM coalesce(t.before, d.opening_balance) + t.balance_change
   OR t.earlier > t.transaction_date
UNION
SELECT transaction_key FROM warehouse_db.fact_transaction
WHERE balance_change <> amount * CASE WHEN transaction_type IN ('deposit', 'salary', 'interest',
    'transfer_in', 'purchase', 'card_interest', 'card_fee', 'buy') THEN 1 ELSE -1 END;

-- W11.current the opening balance and all changes are the current balance
-- examines: warehouse_db.dim_account WHERE product_class IN ('casa', 'card', 'cd', 'securities')
SELECT d.account_key FROM warehouse_db.dim_account d LEFT JOIN (
    SELECT account_key, sum(balance_change) AS moved FROM warehouse_db.fact_transaction GROUP BY 1) t
  ON t.account_key = d.account_key
WHERE d.product_class IN ('casa', 'card', 'cd', 'securities')
  AND d.current_balance IS DISTINCT FROM d.opening_balance + coalesce(t.moved, 0);

-- W12 an account has a snapshot of every full month from its opening to its end, and of no other
-- examines: warehouse_db.fact_account_snapshot
SELECT coalesce(m.account_key, s.account_key) FROM (
    SELECT account_key, unnest(generate_series(
        greatest(date_trunc('month', opened_date), (SELECT min(full_date) FROM warehouse_db.dim_date)),
        least(date_trunc('month', coalesce(closed_date, DATE '9999-12-01')),
              date_trunc('month', as_of()) - INTERVAL 1 MONTH), INTERVAL 1 MONTH))::DATE AS month
    FROM warehouse_db.dim_account WHERE product_class <> 'insurance') m
FULL JOIN (
    SELECT account_key, date_trunc('month', full_date)::DATE AS month, count(*) AS n,
           bool_and(is_month_end) AS ends
    FROM warehouse_db.fact_account_snapshot LEFT JOIN warehouse_db.dim_date USING (date_key) GROUP BY 1, 2) s
  ON s.account_key = m.account_key AND s.month = m.month
WHERE m.account_key IS NULL OR s.account_key IS NULL OR s.n <> 1 OR NOT s.ends;

-- W12.flows flows of a snapshot are the sums of its month's bookings, and its balances follow from them
-- examines: warehouse_db.fact_account_snapshot
WITH flows AS (
    SELECT account_key, date_trunc('month', transaction_date)::DATE AS month,
           sum(greatest(balance_change, 0)) AS came, sum(greatest(-balance_change, 0)) AS went, count(*) AS n
    FROM warehouse_db.fact_transaction GROUP BY 1, 2
    UNION ALL
    SELECT account_key, month, sum(came), sum(went), 0 FROM (
        SELECT account_key, date_trunc('month', opened_date)::DATE AS month, principal_amount AS came,
               0::DECIMAL(15, 2) AS went
        FROM warehouse_db.dim_account WHERE product_class = 'loan'
        UNION ALL
        SELECT account_key, date_trunc('month', payment_date)::DATE, 0, principal_amount
        FROM warehouse_db.fact_loan_schedule WHERE payment_date IS NOT NULL) GROUP BY 1, 2)
SELECT s.snapshot_key FROM warehouse_db.fact_account_snapshot s
JOIN warehouse_db.dim_date d ON d.date_key = s.date_key
LEFT JOIN flows f ON f.account_key = s.account_key AND f.month = date_trunc('month', d.full_date)::DATE
WHERE s.inflow_amount <> coalesce(f.came, 0) OR s.outflow_amount <> coalesce(f.went, 0)
   OR s.transaction_count <> coalesce(f.n, 0) OR s.net_flow <> s.inflow_amount - s.outflow_amount
   OR s.closing_balance <> s.opening_balance + s.net_flow;

-- W12.chain a snapshot opens with what the one before closed with, the first and last as the account does
-- examines: warehouse_db.fact_account_snapshot
SELECT s.snapshot_key FROM (
    SELECT snapshot_key, account_key, opening_balance, closing_balance,
           lag(closing_balance) OVER w AS before, lead(date_key) OVER w AS next
    FROM warehouse_db.fact_account_snapshot WINDOW w AS (PARTITION BY account_key ORDER BY date_key)) s
LEFT JOIN warehouse_db.dim_account d ON d.account_key = s.account_key
WHERE s.opening_balance IS DISTINCT FROM coalesce(s.before, d.opening_balance)
   OR (s.next IS NULL AND day(as_of()) = 1 AND s.closing_balance IS DISTINCT FROM d.current_balance);

-- W13 principals of instalments are the principal of their loan, and what is not paid is its balance
-- examines: warehouse_db.dim_account WHERE product_class = 'loan'
SELECT d.account_key FROM warehouse_db.dim_account d LEFT JOIN (
    SELECT account_key, sum(principal_amount) AS whole,
           coalesce(sum(principal_amount) FILTER (payment_date IS NOT NULL), 0) AS paid
    FROM warehouse_db.fact_loan_schedule GROUP BY 1) s ON s.account_key = d.account_key
WHERE d.product_class = 'loan'
  AND (s.whole IS DISTINCT FROM d.principal_amount
       OR d.current_balance IS DISTINCT FROM d.principal_amount - s.paid);
