-- What the star must keep by itself: dimensions, keys, what is computed from other columns.

-- W20 the calendar is of whole years to that of the day before as-of, without a gap
-- examines: warehouse_db.dim_date
SELECT date_key FROM (
    SELECT date_key, full_date - lag(full_date) OVER (ORDER BY full_date) AS step,
           full_date = min(full_date) OVER () AS first, full_date = max(full_date) OVER () AS last, full_date
    FROM warehouse_db.dim_date)
WHERE step <> 1 OR (first AND dayofyear(full_date) <> 1)
   OR (last AND strftime(full_date, '%Y-%m-%d') <> strftime(as_of() - 1, '%Y-12-31'));

-- W20.days a day's columns are those of its date, by the bank's calendar
-- examines: warehouse_db.dim_date
SELECT date_key FROM warehouse_db.dim_date d LEFT JOIN profile.holidays h ON h.day = d.full_date
WHERE date_key <> strftime(full_date, '%Y%m%d')::INT OR d.year <> year(full_date)
   OR d.month <> month(full_date) OR d.quarter <> quarter(full_date)
   OR month_name <> monthname(full_date) OR day_of_month <> day(full_date)
   OR day_of_week <> isodow(full_date) OR day_name <> dayname(full_date)
   OR day_of_year <> dayofyear(full_date) OR week_of_year <> weekofyear(full_date)
   OR iso_year <> isoyear(full_date) OR is_weekend <> (isodow(full_date) > 5)
   OR is_holiday <> (h.day IS NOT NULL) OR is_holiday <> (holiday_name IS NOT NULL)
   OR is_business_day <> (isodow(full_date) < 6 AND h.day IS NULL)
   OR is_month_end <> (full_date = last_day(full_date))
   OR is_quarter_end <> (full_date = last_day(full_date) AND month(full_date) % 3 = 0)
   OR is_year_end <> (month(full_date) = 12 AND day(full_date) = 31)
   OR fiscal_year <> year(full_date) + (month(full_date) > 9)::INT
   OR fiscal_month <> (month(full_date) + 2) % 12 + 1
   OR fiscal_quarter <> ((month(full_date) + 2) % 12 + 3) // 3;

-- W21 the day's key of a fact is that of its date and names a day, and is null only outside the calendar
-- examines: warehouse_db.fact_transaction
WITH ends AS (SELECT min(full_date) AS low, max(full_date) AS high FROM warehouse_db.dim_date),
dated AS (
    SELECT transaction_key AS key, date_key, transaction_date::DATE AS day FROM warehouse_db.fact_transaction
    UNION ALL SELECT interaction_key, date_key, interaction_date::DATE FROM warehouse_db.fact_interaction
    UNION ALL SELECT schedule_key, due_date_key, due_date FROM warehouse_db.fact_loan_schedule
    UNION ALL SELECT schedule_key, payment_date_key, payment_date FROM warehouse_db.fact_loan_schedule
    UNION ALL SELECT snapshot_key, date_key, strptime(date_key::VARCHAR, '%Y%m%d')::DATE
    FROM warehouse_db.fact_account_snapshot)
SELECT key FROM dated CROSS JOIN ends LEFT JOIN warehouse_db.dim_date d ON d.date_key = dated.date_key
WHERE dated.date_key IS DISTINCT FROM CASE WHEN day BETWEEN low AND high THEN strftime(day, '%Y%m%d')::INT END
   OR (dated.date_key IS NULL) <> (d.date_key IS NULL);

-- W22 the customer and the product of a fact are those of its account
-- examines: warehouse_db.fact_transaction
SELECT DISTINCT f.account_key FROM (
    SELECT account_key, customer_key, product_key FROM warehouse_db.fact_transaction
    UNION SELECT account_key, customer_key, product_key FROM warehouse_db.fact_account_snapshot
    UNION SELECT account_key, customer_key, product_key FROM warehouse_db.fact_loan_schedule) f
LEFT JOIN warehouse_db.dim_account d ON d.account_key = f.account_key
WHERE d.customer_key IS DISTINCT FROM f.customer_key OR d.product_key IS DISTINCT FROM f.product_key;

-- W22.orphans every key of a fact and an account names a row of its dimension
-- examines: warehouse_db.fact_transaction
WITH named AS (
    SELECT account_key AS key, customer_key, product_key, account_key, 0 AS merchant_key
    FROM warehouse_db.dim_account
    UNION ALL SELECT transaction_key, customer_key, product_key, account_key, merchant_key
    FROM warehouse_db.fact_transaction
    UNION ALL SELECT snapshot_key, customer_key, product_key, account_key, 0
    FROM warehouse_db.fact_account_snapshot
    UNION ALL SELECT schedule_key, customer_key, product_key, account_key, 0
    FROM warehouse_db.fact_loan_schedule)
SELECT key FROM named n
LEFT JOIN warehouse_db.dim_customer c ON c.customer_key = n.customer_key
LEFT JOIN warehouse_db.dim_product p ON p.product_key = n.product_key
LEFT JOIN warehouse_db.dim_account a ON a.account_key = n.account_key
LEFT JOIN warehouse_db.dim_merchant m ON m.merchant_key = n.merchant_key
WHERE c.customer_key IS NULL OR p.product_key IS NULL OR a.account_key IS NULL OR m.merchant_key IS NULL;

-- W23 what is open or null of an account follows from its class and state, and lies within its product
-- examines: warehouse_db.dim_account
SELECT d.account_key FROM warehouse_db.dim_account d
LEFT JOIN warehouse_db.dim_product p ON p.product_key = d.product_key
WHERE d.product_class IS DISTINCT FROM p.product_class OR d.product_type IS DISTINCT FROM p.product_type
   OR (account_status IN ('closed', 'matured', 'paid_off')) <> (closed_date IS NOT NULL)
   OR (d.product_class IN ('loan', 'cd')) <> (term_months IS NOT NULL)
   OR (d.product_class IN ('loan', 'cd')) <> (principal_amount IS NOT NULL)
   OR (d.product_class IN ('casa', 'card', 'loan', 'cd')) <> (interest_rate IS NOT NULL)
   OR (d.product_class = 'card') <> (credit_limit IS NOT NULL)
   OR (d.product_class = 'insurance') <> (coverage_amount IS NOT NULL)
   OR (d.product_class = 'insurance') <> (opening_balance IS NULL)
   OR (d.product_class = 'insurance') <> (current_balance IS NULL)
   OR (d.product_class = 'securities') <> (market_value IS NOT NULL)
   OR (d.product_class = 'loan') <> (days_past_due IS NOT NULL)
   OR (source_id IS NULL) <> (d.product_class IN ('card', 'cd', 'securities'))
   OR interest_rate NOT BETWEEN interest_rate_min AND interest_rate_max
   OR term_months NOT BETWEEN term_months_min AND term_months_max
   OR credit_limit NOT BETWEEN credit_limit_min AND credit_limit_max
   OR opened_date > closed_date OR closed_date >= as_of();

-- W24 age, its band and tenure are those of the as-of date, and what is said of work is coherent
-- examines: warehouse_db.dim_customer
SELECT customer_key FROM warehouse_db.dim_customer
WHERE age <> year(as_of()) - year(date_of_birth)
            - (strftime(date_of_birth, '%m%d') > strftime(as_of(), '%m%d'))::INT
   OR tenure_months <> 12 * (year(as_of()) - year(onboarding_date)) + month(as_of()) - month(onboarding_date)
                       - (day(onboarding_date) > day(as_of()))::INT
   OR age_band <> CASE WHEN age < 25 THEN '18-24' WHEN age < 35 THEN '25-34' WHEN age < 45 THEN '35-44'
                       WHEN age < 55 THEN '45-54' WHEN age < 65 THEN '55-64' ELSE '65+' END
   OR (employment_status = 'employed') <> (employer_name IS NOT NULL)
   OR (employment_status IN ('employed', 'self_employed')) <> (occupation IS NOT NULL)
   OR annual_income <= 0;

-- W24.mortgage who owes for a house lives in it, and nobody else
-- examines: warehouse_db.dim_customer
SELECT c.customer_key FROM warehouse_db.dim_customer c LEFT JOIN (
    SELECT DISTINCT customer_key FROM warehouse_db.dim_account
    WHERE product_type = 'mortgage' AND account_status IN ('active', 'restructured')) m
  ON m.customer_key = c.customer_key
WHERE (c.home_ownership = 'mortgage') <> (m.customer_key IS NOT NULL);

-- W25 a booking is of a kind that its account has, between opening and closing, before as-of
-- examines: warehouse_db.fact_transaction
SELECT t.transaction_key FROM warehouse_db.fact_transaction t
LEFT JOIN warehouse_db.dim_account d ON d.account_key = t.account_key
WHERE t.amount <= 0 OR t.transaction_date >= as_of() OR t.transaction_date::DATE < d.opened_date
   OR t.transaction_date::DATE > d.closed_date
   OR NOT coalesce(CASE d.product_class
        WHEN 'casa' THEN t.transaction_type IN ('deposit', 'salary', 'interest', 'transfer_in', 'withdrawal',
                                                'payment', 'fee', 'transfer_out', 'closing_payout')
        WHEN 'card' THEN t.transaction_type IN ('purchase', 'card_interest', 'card_fee', 'card_payment', 'refund')
        WHEN 'cd' THEN t.transaction_type IN ('deposit', 'interest', 'closing_payout')
        WHEN 'securities' THEN t.transaction_type IN ('buy', 'sell') END, false);

-- W25.merchants a merchant stands where one is paid and nowhere else, and the words name it
-- examines: warehouse_db.fact_transaction
SELECT t.transaction_key FROM warehouse_db.fact_transaction t
JOIN warehouse_db.dim_merchant m ON m.merchant_key = t.merchant_key
WHERE (t.merchant_key <> 0 AND t.transaction_type NOT IN ('payment', 'purchase', 'refund'))
   OR (t.merchant_key = 0 AND t.transaction_type IN ('purchase', 'refund'))
   OR (t.merchant_key <> 0 AND NOT contains(upper(t.description), upper(m.merchant_name)));

-- W26 is_recurring is true where its series has a cadence and like amounts, and nowhere else
-- examines: warehouse_db.fact_transaction
-- turns: account_key
WITH named AS (
    SELECT transaction_key, is_recurring, amount, transaction_date::DATE AS day,
           transaction_type IN ('salary', 'deposit', 'transfer_in', 'transfer_out', 'payment', 'purchase')
               AND (merchant_key <> 0 OR counterparty_name IS NOT NULL) AS may,
           hash(account_key, transaction_type, merchant_key, counterparty_name) AS series
    FROM warehouse_db.fact_transaction WHERE in_turn(account_key)),
gaps AS (
    SELECT series, amount, day - lag(day) OVER (PARTITION BY series ORDER BY day, transaction_key) AS gap
    FROM named WHERE may),
steady AS (
    SELECT series FROM gaps GROUP BY series
    HAVING count(*) >= 3 AND stddev_samp(gap) <= 0.25 * avg(gap) + 1e-9 AND max(amount) <= 2 * min(amount)),
recurs AS (
    SELECT series FROM gaps SEMI JOIN steady USING (series) GROUP BY series
    HAVING median(gap) BETWEEN 6 AND 8 OR median(gap) BETWEEN 13 AND 18 OR median(gap) BETWEEN 27 AND 33
        OR median(gap) BETWEEN 58 AND 64 OR median(gap) BETWEEN 88 AND 95)
SELECT transaction_key FROM named LEFT JOIN recurs USING (series)
WHERE is_recurring <> (may AND recurs.series IS NOT NULL);

-- W27 utilisation is what a card owes of its limit, from 0 to 1.05, and only cards have one
-- examines: warehouse_db.fact_account_snapshot
SELECT s.snapshot_key FROM warehouse_db.fact_account_snapshot s
LEFT JOIN warehouse_db.dim_account d ON d.account_key = s.account_key
WHERE (d.product_class = 'card') IS DISTINCT FROM (s.credit_limit IS NOT NULL)
   OR s.credit_limit IS DISTINCT FROM d.credit_limit
   OR s.available_credit IS DISTINCT FROM s.credit_limit - s.closing_balance
   OR (s.credit_utilization IS NULL) <> (s.credit_limit IS NULL)
   OR abs(s.credit_utilization::DOUBLE - s.closing_balance::DOUBLE / s.credit_limit::DOUBLE) > 0.0000501
   OR s.credit_utilization NOT BETWEEN 0 AND 1.05
   OR (d.product_class = 'securities') IS DISTINCT FROM (s.market_value IS NOT NULL);

-- W28 how late an instalment is follows from its dates: overdue over 15 days, prepaid before 15
-- examines: warehouse_db.fact_loan_schedule
SELECT schedule_key FROM warehouse_db.fact_loan_schedule
WHERE (payment_status = 'scheduled') <> (days_late IS NULL)
   OR days_late <> coalesce(payment_date, as_of()) - due_date
   OR is_overdue <> coalesce(days_late > 15, false) OR is_prepaid <> coalesce(days_late < -15, false);

-- W29 a subscription has a monthly price, and a code of merchants one meaning
-- examines: warehouse_db.dim_merchant
SELECT merchant_key FROM warehouse_db.dim_merchant m
WHERE is_subscription <> (monthly_price IS NOT NULL) OR (merchant_key = 0) <> (mcc = '0000')
   OR (merchant_key = 0) <> (category = 'none')
   OR mcc IN (SELECT mcc FROM warehouse_db.dim_merchant GROUP BY 1
              HAVING count(DISTINCT mcc_description) > 1 OR count(DISTINCT category) > 1);
