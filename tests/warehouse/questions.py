"""Questions to a star and to the six databases of the same run, in SQL of their own: each asks for
what must not be, and no row may come back. Nothing here is computed as the star computes it.

`:as_of` stands for the as-of date.
"""

from __future__ import annotations

SIGN = """CASE WHEN transaction_type IN ('deposit', 'salary', 'interest', 'transfer_in', 'purchase',
 'card_interest', 'card_fee', 'buy') THEN 1 ELSE -1 END"""


def differ(one: str, other: str) -> str:
    """Rows that only one of two queries gives, duplicates counted."""
    return f"(({one}) EXCEPT ALL ({other})) UNION ALL (({other}) EXCEPT ALL ({one}))"


EQUATIONS = {
    "customers": differ(
        """SELECT c.customer_id, customer_number, first_name, last_name, email, phone,
 street_address, city, state, postal_code, country, date_of_birth, segment, customer_status,
 kyc_status, risk_rating, onboarding_date, assigned_agent_id
 FROM accounts_db.customers c JOIN customer_db.customer_profiles p USING (customer_id)""",
        """SELECT customer_id, customer_number, first_name, last_name, email, phone,
 street_address, city, state, postal_code, country, date_of_birth, segment, customer_status,
 kyc_status, risk_rating, onboarding_date, assigned_agent_id FROM dim_customer
 WHERE customer_key = customer_id""",
    ),
    "accounts": differ(
        """SELECT account_id, account_number, customer_id, account_type, status, currency,
 branch_code, opened_date, closed_date, opening_balance, balance FROM accounts_db.accounts""",
        """SELECT source_id, account_number, customer_key, product_type, account_status, currency,
 branch_code, opened_date, closed_date, opening_balance, current_balance FROM dim_account
 WHERE source_database = 'accounts_db' AND source_table = 'accounts' AND product_class = 'casa'""",
    ),
    "loans": differ(
        """SELECT loan_id, customer_id, loan_type, loan_status, disbursement_date, payoff_date,
 maturity_date, interest_rate, term_months, principal_amount, 0.00::DECIMAL(15, 2),
 outstanding_balance, days_past_due, linked_account_id FROM loans_db.loans""",
        """SELECT d.source_id, d.customer_key, d.product_type, d.account_status, d.opened_date,
 d.closed_date, d.maturity_date, d.interest_rate, d.term_months, d.principal_amount,
 d.opening_balance, d.current_balance, d.days_past_due, a.source_id FROM dim_account d
 LEFT JOIN dim_account a ON a.account_key = d.linked_account_key AND a.product_class = 'casa'
 AND a.customer_key = d.customer_key
 WHERE d.source_database = 'loans_db' AND d.source_table = 'loans' AND d.product_class = 'loan'""",
    ),
    "policies": differ(
        """SELECT policy_id, policy_number, customer_id, policy_type, policy_status, start_date,
 end_date, coverage_amount, premium_amount, premium_frequency, linked_account_id
 FROM insurance_db.policies""",
        """SELECT d.source_id, d.account_number, d.customer_key, d.product_type, d.account_status,
 d.opened_date, d.maturity_date, d.coverage_amount, d.premium_amount, d.premium_frequency,
 a.source_id FROM dim_account d
 LEFT JOIN dim_account a ON a.account_key = d.linked_account_key AND a.product_class = 'casa'
 AND a.customer_key = d.customer_key
 WHERE d.source_database = 'insurance_db' AND d.source_table = 'policies'
 AND d.product_class = 'insurance'""",
    ),
    "transactions": differ(
        """SELECT transaction_id, account_id, customer_id, transaction_type, amount,
 amount * direction, balance_after, transaction_date, description, channel, currency,
 merchant_name FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
 JOIN accounts_db.transaction_types USING (transaction_type)""",
        """SELECT transaction_id, source_id, t.customer_key, transaction_type, amount,
 balance_change, balance_after, transaction_date, t.description, channel, t.currency,
 CASE WHEN merchant_key > 0 THEN merchant_name END FROM fact_transaction t
 JOIN dim_account USING (account_key) JOIN dim_merchant USING (merchant_key)
 WHERE transaction_id IS NOT NULL""",
    ),
    "merchants": """SELECT * FROM accounts_db.transactions
 JOIN dim_merchant d USING (merchant_name)
 WHERE (SELECT count(persona) FROM dim_customer) > 0
 AND (transactions.mcc, transactions.category) <> (d.mcc, d.category)""",
    "rows of the star alone": """SELECT * FROM fact_transaction JOIN dim_account
 USING (account_key) WHERE (transaction_id IS NULL) <> (source_id IS NULL)""",
    "links": differ(
        """SELECT a.transaction_id, b.transaction_id FROM accounts_db.transactions a
 JOIN accounts_db.transactions b ON a.transfer_id = b.transfer_id
 AND a.transaction_id <> b.transaction_id""",
        """SELECT a.transaction_id, b.transaction_id FROM fact_transaction a
 JOIN fact_transaction b ON a.linked_transaction_key = b.transaction_key
 WHERE a.transaction_id IS NOT NULL AND b.transaction_id IS NOT NULL""",
    ),
    "links are mutual": """SELECT a.* FROM fact_transaction a LEFT JOIN fact_transaction b
 ON b.transaction_key = a.linked_transaction_key
 WHERE a.linked_transaction_key IS NOT NULL AND (b.linked_transaction_key IS DISTINCT FROM
 a.transaction_key OR b.amount <> a.amount OR a.transaction_key = b.transaction_key)""",
    "links of cards": """SELECT a.* FROM fact_transaction a JOIN fact_transaction b
 ON b.transaction_key = a.linked_transaction_key WHERE a.transaction_type = 'card_payment'
 AND (b.transaction_type <> 'payment' OR a.customer_key <> b.customer_key
 OR abs(a.transaction_date::DATE - b.transaction_date::DATE) > 3)""",
    "schedule": differ(
        """SELECT schedule_id, loan_id, installment_number, due_date, principal_amount,
 interest_amount, total_amount, remaining_balance, payment_status, payment_date
 FROM loans_db.repayment_schedule""",
        """SELECT schedule_id, source_id, installment_number, due_date, f.principal_amount,
 interest_amount, total_amount, remaining_balance, payment_status, payment_date
 FROM fact_loan_schedule f JOIN dim_account USING (account_key, customer_key, product_key)
 WHERE source_table = 'loans'""",
    ),
    "interactions": differ(
        """SELECT i.interaction_id, i.customer_id, interaction_date, CASE channel
 WHEN 'mobile_app' THEN 'app' WHEN 'web' THEN 'chatbot' WHEN 'phone' THEN 'call_center'
 ELSE channel END, interaction_type, duration_minutes, outcome, interaction_type = 'complaint',
 handled_by, nps_score, satisfaction_rating FROM customer_db.interactions i
 LEFT JOIN customer_db.satisfaction_surveys s ON s.interaction_id = i.interaction_id
 AND s.customer_id = i.customer_id""",
        """SELECT interaction_id, customer_key, interaction_date, channel, interaction_type,
 duration_minutes, outcome, is_complaint, handled_by, nps_score, satisfaction_rating
 FROM fact_interaction""",
    ),
    "complaints": differ(
        "SELECT complaint_id, customer_id FROM customer_db.complaints",
        "SELECT complaint_id, customer_key FROM fact_interaction WHERE is_complaint",
    ),
    "complaints of a day": """SELECT * FROM fact_interaction f
 LEFT JOIN customer_db.complaints c USING (complaint_id) WHERE is_complaint <>
 (c.complaint_id IS NOT NULL) OR abs(c.complaint_date::DATE - f.interaction_date::DATE) > 1""",
    "scores": differ(
        """SELECT customer_id, arg_max(risk_score, (assessment_date, assessment_id))
 FROM loans_db.risk_assessments GROUP BY 1""",
        "SELECT customer_key, credit_score FROM dim_customer WHERE credit_score IS NOT NULL",
    ),
    "incomes": """SELECT * FROM dim_customer JOIN (SELECT customer_id AS customer_key,
 arg_max(annual_income, (application_date, application_id)) AS said
 FROM loans_db.loan_applications GROUP BY 1) USING (customer_key) WHERE annual_income <> said""",
    "chain": f"""SELECT * FROM (SELECT *, lag(balance_after) OVER w AS before,
 row_number() OVER w AS turn, lag(transaction_date) OVER w AS earlier FROM fact_transaction
 WINDOW w AS (PARTITION BY account_key ORDER BY transaction_key)) t
 JOIN (SELECT account_key, opening_balance FROM dim_account) USING (account_key)
 WHERE balance_change <> {SIGN} * amount OR earlier > transaction_date
 OR balance_after <> coalesce(before, opening_balance) + balance_change""",
    "current balance": """SELECT * FROM dim_account LEFT JOIN (SELECT account_key,
 sum(balance_change) AS moved, arg_max(balance_after, transaction_key) AS after
 FROM fact_transaction GROUP BY 1) USING (account_key) WHERE product_class IN
 ('casa', 'card', 'cd', 'securities') AND (current_balance <> opening_balance
 + coalesce(moved, 0) OR after <> current_balance OR current_balance IS NULL)""",
    "snapshots: months": differ(
        """SELECT account_key, unnest(generate_series(
 greatest(date_trunc('month', opened_date), (SELECT min(full_date) FROM dim_date)),
 least(date_trunc('month', coalesce(closed_date, DATE '9999-12-01')),
 date_trunc('month', :as_of) - INTERVAL 1 MONTH), INTERVAL 1 MONTH))::DATE AS month
 FROM dim_account WHERE product_class <> 'insurance'""",
        """SELECT account_key, date_trunc('month', full_date)::DATE FROM fact_account_snapshot
 JOIN dim_date USING (date_key) WHERE is_month_end""",
    ),
    "snapshots: flows": """WITH flows AS (
 SELECT account_key, date_trunc('month', transaction_date::DATE)::DATE AS month,
 sum(greatest(balance_change, 0)) AS came, sum(greatest(-balance_change, 0)) AS went,
 count(*) AS n FROM fact_transaction GROUP BY 1, 2 UNION ALL
 SELECT account_key, month, sum(came), sum(went), 0 FROM (
 SELECT account_key, date_trunc('month', opened_date)::DATE AS month, principal_amount AS came,
 0 AS went FROM dim_account WHERE product_class = 'loan' UNION ALL
 SELECT account_key, date_trunc('month', payment_date)::DATE, 0, principal_amount
 FROM fact_loan_schedule WHERE payment_date IS NOT NULL) GROUP BY 1, 2)
 SELECT * FROM fact_account_snapshot s JOIN dim_date d USING (date_key)
 LEFT JOIN flows f ON f.account_key = s.account_key
 AND f.month = date_trunc('month', full_date)::DATE
 WHERE inflow_amount <> coalesce(came, 0) OR outflow_amount <> coalesce(went, 0)
 OR transaction_count <> coalesce(n, 0) OR net_flow <> inflow_amount - outflow_amount
 OR closing_balance <> opening_balance + net_flow""",
    "snapshots: chain": """SELECT * FROM (SELECT *, lag(closing_balance) OVER w AS before,
 lead(date_key) OVER w AS next FROM fact_account_snapshot
 WINDOW w AS (PARTITION BY account_key ORDER BY date_key)) s
 JOIN (SELECT account_key, opening_balance AS first, current_balance, product_class
 FROM dim_account) USING (account_key)
 WHERE opening_balance <> coalesce(before, first)
 OR (next IS NULL AND day(:as_of) = 1 AND closing_balance <> current_balance)""",
    "snapshots: all flows": """SELECT account_key FROM fact_transaction t
 ANTI JOIN (SELECT account_key, date_trunc('month', full_date) AS month
 FROM fact_account_snapshot JOIN dim_date USING (date_key)) s ON s.account_key = t.account_key
 AND s.month = date_trunc('month', transaction_date::DATE)
 WHERE transaction_date::DATE < date_trunc('month', :as_of)""",
    "utilisation": """SELECT * FROM fact_account_snapshot s JOIN dim_account d
 USING (account_key) WHERE (product_class = 'card') <> (s.credit_limit IS NOT NULL)
 OR s.credit_limit <> d.credit_limit OR available_credit <> s.credit_limit - closing_balance
 OR abs(credit_utilization - closing_balance / s.credit_limit) > 0.0000501
 OR credit_utilization NOT BETWEEN 0 AND 1.05
 OR (s.credit_limit IS NULL) <> (credit_utilization IS NULL)
 OR (s.credit_limit IS NULL) <> (available_credit IS NULL)
 OR (product_class = 'securities') <> (s.market_value IS NOT NULL)""",
    "principal": """SELECT * FROM dim_account d JOIN (SELECT account_key,
 sum(principal_amount) AS whole, coalesce(sum(principal_amount)
 FILTER (payment_date IS NOT NULL), 0) AS paid FROM fact_loan_schedule GROUP BY 1)
 USING (account_key) WHERE whole <> principal_amount OR current_balance <> principal_amount - paid
 OR product_class <> 'loan'""",
}

# Rule R, from the text of the contract.
RECURRING = """WITH rows AS (SELECT *, transaction_date::DATE AS day FROM fact_transaction
 WHERE transaction_type IN ('salary', 'deposit', 'transfer_in', 'transfer_out', 'payment',
 'purchase') AND (merchant_key <> 0 OR counterparty_name IS NOT NULL)),
gaps AS (SELECT *, day - lag(day) OVER (PARTITION BY account_key, transaction_type, merchant_key,
 counterparty_name ORDER BY day, transaction_key) AS gap FROM rows),
series AS (SELECT account_key, transaction_type, merchant_key, counterparty_name,
 count(*) >= 3 AND stddev_samp(gap) <= 0.25 * avg(gap) + 1e-9 AND max(amount) <= 2 * min(amount)
 AND (median(gap) BETWEEN 6 AND 8 OR median(gap) BETWEEN 13 AND 18 OR median(gap) BETWEEN 27 AND 33
 OR median(gap) BETWEEN 58 AND 64 OR median(gap) BETWEEN 88 AND 95) AS recurs
 FROM gaps GROUP BY ALL)
SELECT * FROM fact_transaction t LEFT JOIN series s ON s.account_key = t.account_key
 AND s.transaction_type = t.transaction_type AND s.merchant_key = t.merchant_key
 AND s.counterparty_name IS NOT DISTINCT FROM t.counterparty_name
 AND (t.merchant_key <> 0 OR t.counterparty_name IS NOT NULL)
WHERE is_recurring <> coalesce(recurs, false)"""

KEYS = {
    "dim_date": "date_key", "dim_customer": "customer_key", "dim_product": "product_key",
    "dim_merchant": "merchant_key", "dim_account": "account_key",
    "fact_transaction": "transaction_key", "fact_account_snapshot": "snapshot_key",
    "fact_interaction": "interaction_key", "fact_loan_schedule": "schedule_key",
}  # fmt: skip
REFERENCES = {
    "fact_transaction": ("date_key", "customer_key", "account_key", "product_key", "merchant_key"),
    "fact_account_snapshot": ("date_key", "account_key", "customer_key", "product_key"),
    "fact_interaction": ("date_key", "customer_key"),
    "fact_loan_schedule": ("account_key", "customer_key", "product_key"),
    "dim_account": ("customer_key", "product_key"),
}
_OF = {"date_key": "dim_date", "customer_key": "dim_customer", "account_key": "dim_account",
       "product_key": "dim_product", "merchant_key": "dim_merchant"}  # fmt: skip

RULES = {
    **{f"{table}: {key} is unique": f"SELECT {key} FROM {table} GROUP BY 1 HAVING count(*) > 1"
       for table, key in KEYS.items()},
    **{f"{table}.{key} points at a row": f"SELECT {key} FROM {table} WHERE {key} IS NULL OR {key} "
       f"NOT IN (SELECT {key} FROM {_OF[key]})" for table, keys in REFERENCES.items()
       for key in keys},
    "facts and their accounts agree": """SELECT account_key FROM (SELECT account_key, customer_key,
 product_key FROM fact_transaction UNION SELECT account_key, customer_key, product_key
 FROM fact_account_snapshot UNION SELECT account_key, customer_key, product_key
 FROM fact_loan_schedule) ANTI JOIN dim_account USING (account_key, customer_key, product_key)""",
    "accounts and their products agree": """SELECT account_key FROM dim_account
 ANTI JOIN dim_product USING (product_key, product_class, product_type)""",
    "date keys are their dates": """SELECT 1 FROM dim_date
 WHERE date_key <> strftime(full_date, '%Y%m%d')::INT UNION ALL
 SELECT 1 FROM fact_transaction WHERE date_key <> strftime(transaction_date::DATE, '%Y%m%d')::INT
 UNION ALL SELECT 1 FROM fact_interaction
 WHERE date_key <> strftime(interaction_date::DATE, '%Y%m%d')::INT UNION ALL
 SELECT 1 FROM fact_loan_schedule WHERE due_date_key IS DISTINCT FROM
 CASE WHEN due_date BETWEEN (SELECT min(full_date) FROM dim_date)
 AND (SELECT max(full_date) FROM dim_date) THEN strftime(due_date, '%Y%m%d')::INT END
 OR payment_date_key IS DISTINCT FROM strftime(payment_date, '%Y%m%d')::INT""",
    "the calendar has no gap": """SELECT * FROM (SELECT full_date - lag(full_date) OVER
 (ORDER BY full_date) AS step FROM dim_date) WHERE step <> 1 UNION ALL
 SELECT 1 FROM (SELECT min(full_date) AS a, max(full_date) AS z FROM dim_date)
 WHERE dayofyear(a) <> 1 OR month(z) <> 12 OR day(z) <> 31 OR year(z) <> year(:as_of - 1)""",
    "parts of dates": """SELECT * FROM dim_date WHERE year <> year(full_date)
 OR month <> month(full_date) OR quarter <> quarter(full_date)
 OR month_name <> monthname(full_date) OR day_of_month <> day(full_date)
 OR day_of_week <> isodow(full_date) OR day_name <> dayname(full_date)
 OR day_of_year <> dayofyear(full_date) OR week_of_year <> weekofyear(full_date)
 OR iso_year <> isoyear(full_date) OR is_weekend <> (isodow(full_date) > 5)
 OR is_holiday <> (holiday_name IS NOT NULL)
 OR is_business_day <> (NOT is_weekend AND NOT is_holiday)
 OR is_month_end <> (full_date = last_day(full_date))
 OR is_quarter_end <> (full_date = last_day(full_date) AND month IN (3, 6, 9, 12))
 OR is_year_end <> (month = 12 AND day_of_month = 31)
 OR fiscal_year <> year + (month > 9)::INT OR fiscal_month <> (month + 2) % 12 + 1
 OR fiscal_quarter <> (fiscal_month + 2) // 3""",
    "eleven holidays a year": """SELECT year FROM dim_date GROUP BY 1
 HAVING count(DISTINCT holiday_name) < 10 OR count(holiday_name) NOT BETWEEN 10 AND 12""",
    "ages": """SELECT * FROM dim_customer WHERE age <> year(:as_of) - year(date_of_birth)
 - (strftime(date_of_birth, '%m%d') > strftime(:as_of, '%m%d'))::INT
 OR tenure_months <> 12 * (year(:as_of) - year(onboarding_date)) + month(:as_of)
 - month(onboarding_date) - (day(onboarding_date) > day(:as_of))::INT OR age_band <> CASE
 WHEN age < 25 THEN '18-24' WHEN age < 35 THEN '25-34' WHEN age < 45 THEN '35-44'
 WHEN age < 55 THEN '45-54' WHEN age < 65 THEN '55-64' ELSE '65+' END""",
    "people": """SELECT * FROM dim_customer WHERE children_count NOT BETWEEN 0 AND 6
 OR marital_status NOT IN ('single', 'married', 'divorced', 'widowed')
 OR education_level NOT IN ('high_school', 'some_college', 'bachelor', 'graduate')
 OR home_ownership NOT IN ('rent', 'mortgage', 'own', 'family')
 OR employment_status NOT IN ('employed', 'self_employed', 'student', 'retired', 'unemployed')
 OR (employment_status = 'employed') <> (employer_name IS NOT NULL)
 OR (employment_status IN ('employed', 'self_employed')) <> (occupation IS NOT NULL)
 OR annual_income <= 0""",
    "mortgages": """SELECT * FROM dim_customer c LEFT JOIN (SELECT DISTINCT customer_key,
 true AS owes FROM dim_account WHERE product_type = 'mortgage'
 AND account_status IN ('active', 'restructured')) USING (customer_key)
 WHERE (home_ownership = 'mortgage') <> coalesce(owes, false)""",
    "tenants": """SELECT DISTINCT c.customer_key FROM dim_customer c JOIN fact_transaction t
 USING (customer_key) JOIN dim_merchant USING (merchant_key) WHERE category = 'rent'
 AND home_ownership NOT IN ('rent', 'mortgage')""",
    "employers": """SELECT * FROM fact_transaction JOIN dim_customer USING (customer_key)
 WHERE transaction_type = 'salary' AND employment_status = 'employed'
 AND counterparty_name IS DISTINCT FROM employer_name""",
    "products": """SELECT * FROM dim_product WHERE
 (product_class = 'card') <> (credit_limit_min IS NOT NULL)
 OR (product_class = 'card') <> (reward_rate IS NOT NULL)
 OR (product_class IN ('loan', 'cd')) <> (term_months_min IS NOT NULL)
 OR (product_class IN ('casa', 'card', 'loan', 'cd')) <> (interest_rate_min IS NOT NULL)
 OR interest_rate_min > interest_rate_max OR credit_limit_min > credit_limit_max
 OR term_months_min > term_months_max OR product_type NOT IN ('checking', 'savings',
 'money_market', 'hsa', 'credit_card', 'mortgage', 'personal', 'auto', 'business', 'education',
 'certificate_of_deposit', 'life', 'property', 'vehicle', 'health', 'travel', 'fund', 'bond',
 'equity')""",
    "accounts lie within their products": """SELECT * FROM dim_account JOIN dim_product
 USING (product_key) WHERE NOT interest_rate BETWEEN interest_rate_min AND interest_rate_max
 OR NOT term_months BETWEEN term_months_min AND term_months_max
 OR NOT credit_limit BETWEEN credit_limit_min AND credit_limit_max""",
    "merchants": """SELECT * FROM dim_merchant WHERE is_subscription <> (monthly_price IS NOT NULL)
 OR (merchant_key = 0) <> (mcc = '0000') OR (merchant_key = 0) <> (category = 'none')
 OR length(mcc) <> 4 UNION ALL BY NAME
 SELECT mcc FROM dim_merchant GROUP BY 1
 HAVING count(DISTINCT mcc_description) > 1 OR count(DISTINCT category) > 1""",
    "what is null in accounts": """SELECT * FROM dim_account WHERE
 (account_status IN ('closed', 'matured', 'paid_off')) <> (closed_date IS NOT NULL)
 OR (product_class IN ('loan', 'cd')) <> (term_months IS NOT NULL)
 OR (product_class IN ('loan', 'cd')) <> (principal_amount IS NOT NULL)
 OR (product_class IN ('casa', 'card', 'loan', 'cd')) <> (interest_rate IS NOT NULL)
 OR (product_class = 'card') <> (credit_limit IS NOT NULL)
 OR (product_class = 'insurance') <> (coverage_amount IS NOT NULL)
 OR (product_class = 'insurance') <> (premium_amount IS NOT NULL)
 OR (product_class = 'insurance') <> (premium_frequency IS NOT NULL)
 OR (product_class = 'insurance') <> (opening_balance IS NULL)
 OR (product_class = 'insurance') <> (current_balance IS NULL)
 OR (product_class = 'securities') <> (market_value IS NOT NULL)
 OR (product_class = 'loan') <> (days_past_due IS NOT NULL)
 OR (maturity_date IS NOT NULL AND product_class NOT IN ('loan', 'cd', 'insurance'))
 OR (source_id IS NULL) <> (product_class IN ('card', 'cd', 'securities'))
 OR (source_id IS NULL) <> (source_table IS NULL)
 OR regexp_matches(account_number, '[0-9]{13}')
 OR opened_date > closed_date OR closed_date >= :as_of""",
    "certificates": """SELECT * FROM dim_account WHERE product_class = 'cd' AND
 (account_status NOT IN ('active', 'matured')
 OR maturity_date <> opened_date + INTERVAL 1 MONTH * term_months
 OR (account_status = 'matured') <> (maturity_date < :as_of))""",
    "transactions": """SELECT * FROM fact_transaction WHERE amount <= 0
 OR transaction_date >= :as_of OR channel NOT IN
 ('branch', 'phone', 'atm', 'card', 'ach', 'online', 'mobile_app')
 OR (merchant_key <> 0 AND transaction_type NOT IN ('payment', 'purchase', 'refund'))
 OR (merchant_key = 0 AND transaction_type IN ('purchase', 'refund'))""",
    "merchants are named": """SELECT * FROM fact_transaction t
 JOIN dim_merchant USING (merchant_key)
 WHERE merchant_key <> 0 AND NOT contains(upper(t.description), upper(merchant_name))""",
    "types fit classes": """SELECT * FROM fact_transaction JOIN dim_account USING (account_key)
 WHERE transaction_type NOT IN (SELECT unnest(CASE product_class
 WHEN 'casa' THEN ['deposit', 'salary', 'interest', 'transfer_in', 'withdrawal', 'payment', 'fee',
 'transfer_out', 'closing_payout']
 WHEN 'card' THEN ['purchase', 'card_interest', 'card_fee', 'card_payment', 'refund']
 WHEN 'cd' THEN ['deposit', 'interest', 'closing_payout']
 WHEN 'securities' THEN ['buy', 'sell'] ELSE [] END))
 OR transaction_date::DATE < opened_date OR transaction_date::DATE > closed_date""",
    "interactions": """SELECT * FROM fact_interaction WHERE channel NOT IN
 ('app', 'chatbot', 'call_center', 'branch', 'email') OR is_complaint <> (complaint_id IS NOT NULL)
 OR interaction_date >= :as_of OR (nps_score IS NULL) <> (satisfaction_rating IS NULL)""",
    "lateness": """SELECT * FROM fact_loan_schedule WHERE (payment_status = 'scheduled')
 <> (days_late IS NULL) OR days_late <> coalesce(payment_date, :as_of) - due_date
 OR is_overdue <> coalesce(days_late > 15, false)
 OR is_prepaid <> coalesce(days_late < -15, false)""",
}

# The truth, from the six databases.
TRUTH = differ(
    """WITH house AS (SELECT customer_id, sum(outstanding_balance) AS owed FROM loans_db.loans
 WHERE loan_type = 'mortgage' AND loan_status IN ('active', 'restructured') GROUP BY 1),
 debts AS (SELECT customer_id, sum(outstanding_balance) AS owed FROM loans_db.loans
 WHERE loan_status IN ('active', 'restructured') GROUP BY 1),
 saved AS (SELECT customer_id, sum(balance) AS held FROM accounts_db.accounts
 WHERE status = 'active' AND currency = 'USD' AND account_type IN ('savings', 'money_market')
 GROUP BY 1)
 SELECT customer_id, 'insurance_gap', owed::DECIMAL(15, 2), NULL::DECIMAL(15, 2) FROM house
 WHERE owed > 0 AND customer_id NOT IN (SELECT customer_id FROM insurance_db.policies
 WHERE policy_type = 'life' AND policy_status = 'active') UNION ALL
 SELECT customer_id, 'prepayment_potential', owed::DECIMAL(15, 2), held::DECIMAL(15, 2)
 FROM debts JOIN saved USING (customer_id) WHERE owed > 0 AND held >= owed / 2""",
    "SELECT customer_key, signal, loan_balance, savings_balance FROM cross_sell",
)
