-- Reports of the warehouse: spending, cards, cash flow, contacts, loans, and whom to offer what.

-- Not CREATE SCHEMA IF NOT EXISTS: that asks for the right to create even when it is there.
DO $$ BEGIN
    IF to_regnamespace('reporting') IS NULL THEN
        CREATE SCHEMA reporting;
        COMMENT ON SCHEMA reporting IS
            'Views of the warehouse that answer what is asked of it, derived from schema public.';
    END IF;
END $$;

CREATE VIEW reporting.spending_by_persona AS
SELECT d.year * 100 + d.month AS month_key, c.persona AS persona, m.category AS category,
    count(DISTINCT t.customer_key) AS customers, count(*) AS purchases,
    sum(t.amount) AS amount, round(avg(t.amount), 2) AS average_amount
FROM public.fact_transaction t
JOIN public.dim_date d ON d.date_key = t.date_key
JOIN public.dim_customer c ON c.customer_key = t.customer_key
JOIN public.dim_merchant m ON m.merchant_key = t.merchant_key
WHERE t.merchant_key > 0 AND t.transaction_type IN ('payment', 'purchase')
GROUP BY d.year * 100 + d.month, c.persona, m.category;

COMMENT ON VIEW reporting.spending_by_persona IS
    'What each kind of customer spends, month by month and category by category.';
COMMENT ON COLUMN reporting.spending_by_persona.month_key IS 'Month, its digits YYYYMM.';
COMMENT ON COLUMN reporting.spending_by_persona.persona IS 'How the customers live; null where the profile has no personas.';
COMMENT ON COLUMN reporting.spending_by_persona.category IS 'Kind of spending.';
COMMENT ON COLUMN reporting.spending_by_persona.customers IS 'Customers who bought.';
COMMENT ON COLUMN reporting.spending_by_persona.purchases IS 'Bookings.';
COMMENT ON COLUMN reporting.spending_by_persona.amount IS 'What was paid, in the currencies of the accounts.';
COMMENT ON COLUMN reporting.spending_by_persona.average_amount IS 'Mean of a booking.';

CREATE VIEW reporting.card_utilization AS
SELECT d.full_date AS month_end, p.product_name AS product_name, c.persona AS persona,
    count(*) AS cards, sum(s.closing_balance) AS owed, sum(s.credit_limit) AS credit_limit,
    round(avg(s.credit_utilization), 4) AS average_utilization,
    round(avg(CASE WHEN s.credit_utilization >= 0.5 THEN 1.0 ELSE 0.0 END), 4) AS high_share
FROM public.fact_account_snapshot s
JOIN public.dim_date d ON d.date_key = s.date_key
JOIN public.dim_product p ON p.product_key = s.product_key
JOIN public.dim_customer c ON c.customer_key = s.customer_key
WHERE p.product_class = 'card'
GROUP BY d.full_date, p.product_name, c.persona;

COMMENT ON VIEW reporting.card_utilization IS
    'How far the limits of cards are used at the end of each month.';
COMMENT ON COLUMN reporting.card_utilization.month_end IS 'Last day of the month.';
COMMENT ON COLUMN reporting.card_utilization.product_name IS 'Card.';
COMMENT ON COLUMN reporting.card_utilization.persona IS 'How the holders live; null where the profile has no personas.';
COMMENT ON COLUMN reporting.card_utilization.cards IS 'Cards that run.';
COMMENT ON COLUMN reporting.card_utilization.owed IS 'What is owed on them.';
COMMENT ON COLUMN reporting.card_utilization.credit_limit IS 'Sum of their limits.';
COMMENT ON COLUMN reporting.card_utilization.average_utilization IS 'Mean of what is owed divided by the limit.';
COMMENT ON COLUMN reporting.card_utilization.high_share IS 'Share of cards of which half the limit or more is used.';

CREATE VIEW reporting.customer_cash_flow AS
SELECT d.full_date AS month_end, s.customer_key AS customer_key, c.persona AS persona,
    sum(s.inflow_amount) AS money_in, sum(s.outflow_amount) AS money_out,
    sum(s.net_flow) AS net_flow, sum(s.closing_balance) AS closing_balance
FROM public.fact_account_snapshot s
JOIN public.dim_date d ON d.date_key = s.date_key
JOIN public.dim_product p ON p.product_key = s.product_key
JOIN public.dim_customer c ON c.customer_key = s.customer_key
WHERE p.product_class = 'casa'
GROUP BY d.full_date, s.customer_key, c.persona;

COMMENT ON VIEW reporting.customer_cash_flow IS
    'Money in and out of the deposit accounts of each customer, month by month. Personal data.';
COMMENT ON COLUMN reporting.customer_cash_flow.month_end IS 'Last day of the month.';
COMMENT ON COLUMN reporting.customer_cash_flow.customer_key IS 'Customer.';
COMMENT ON COLUMN reporting.customer_cash_flow.persona IS 'How the customer lives; null where the profile has no personas.';
COMMENT ON COLUMN reporting.customer_cash_flow.money_in IS 'What came into the accounts.';
COMMENT ON COLUMN reporting.customer_cash_flow.money_out IS 'What left them.';
COMMENT ON COLUMN reporting.customer_cash_flow.net_flow IS 'Money in less money out.';
COMMENT ON COLUMN reporting.customer_cash_flow.closing_balance IS 'What the accounts held at the end of the month.';

CREATE VIEW reporting.channel_use AS
SELECT d.year AS year, d.quarter AS quarter, c.persona AS persona, i.channel AS channel,
    count(*) AS contacts, count(DISTINCT i.customer_key) AS customers,
    count(i.complaint_id) AS complaints, round(avg(i.nps_score), 2) AS average_nps
FROM public.fact_interaction i
JOIN public.dim_date d ON d.date_key = i.date_key
JOIN public.dim_customer c ON c.customer_key = i.customer_key
GROUP BY d.year, d.quarter, c.persona, i.channel;

COMMENT ON VIEW reporting.channel_use IS
    'Through which channels each kind of customer talks to the bank, quarter by quarter.';
COMMENT ON COLUMN reporting.channel_use.year IS 'Calendar year.';
COMMENT ON COLUMN reporting.channel_use.quarter IS 'Quarter of the year, 1 to 4.';
COMMENT ON COLUMN reporting.channel_use.persona IS 'How the customers live; null where the profile has no personas.';
COMMENT ON COLUMN reporting.channel_use.channel IS 'app, chatbot, call_center, branch or email.';
COMMENT ON COLUMN reporting.channel_use.contacts IS 'Contacts.';
COMMENT ON COLUMN reporting.channel_use.customers IS 'Customers who had one.';
COMMENT ON COLUMN reporting.channel_use.complaints IS 'Complaints among them.';
COMMENT ON COLUMN reporting.channel_use.average_nps IS 'Mean answer to whether one would recommend the bank, 0 to 10; null without a survey.';

CREATE VIEW reporting.loan_punctuality AS
SELECT a.product_type AS loan_type, extract(year FROM s.due_date)::integer AS due_year,
    count(*) AS installments, sum(CASE WHEN s.is_overdue THEN 1 ELSE 0 END) AS overdue,
    sum(CASE WHEN s.is_prepaid THEN 1 ELSE 0 END) AS prepaid,
    count(DISTINCT CASE WHEN s.is_overdue THEN s.account_key END) AS loans_overdue,
    sum(CASE WHEN s.is_overdue THEN s.total_amount ELSE 0 END) AS amount_overdue
FROM public.fact_loan_schedule s
JOIN public.dim_account a ON a.account_key = s.account_key
GROUP BY a.product_type, extract(year FROM s.due_date)::integer;

COMMENT ON VIEW reporting.loan_punctuality IS
    'Instalments that were overdue or paid ahead, by kind of loan and year in which they fell due.';
COMMENT ON COLUMN reporting.loan_punctuality.loan_type IS 'mortgage, personal, auto, business or education.';
COMMENT ON COLUMN reporting.loan_punctuality.due_year IS 'Year in which they fall due.';
COMMENT ON COLUMN reporting.loan_punctuality.installments IS 'Instalments.';
COMMENT ON COLUMN reporting.loan_punctuality.overdue IS 'Those more than 15 days late.';
COMMENT ON COLUMN reporting.loan_punctuality.prepaid IS 'Those more than 15 days early.';
COMMENT ON COLUMN reporting.loan_punctuality.loans_overdue IS 'Loans with an overdue instalment.';
COMMENT ON COLUMN reporting.loan_punctuality.amount_overdue IS 'What was due in the overdue ones.';

CREATE VIEW reporting.insurance_gap AS
SELECT a.customer_key AS customer_key, c.assigned_agent_id AS assigned_agent_id,
    count(*) AS mortgages, sum(a.current_balance) AS loan_balance
FROM public.dim_account a
JOIN public.dim_customer c ON c.customer_key = a.customer_key
WHERE a.product_type = 'mortgage' AND a.account_status IN ('active', 'restructured')
    AND NOT EXISTS (
        SELECT 1 FROM public.dim_account l
        WHERE l.customer_key = a.customer_key AND l.product_class = 'insurance'
            AND l.product_type = 'life' AND l.account_status = 'active')
GROUP BY a.customer_key, c.assigned_agent_id
HAVING sum(a.current_balance) > 0;

COMMENT ON VIEW reporting.insurance_gap IS
    'Customers with a mortgage and no life policy in force: whom to offer one. Personal data.';
COMMENT ON COLUMN reporting.insurance_gap.customer_key IS 'Customer.';
COMMENT ON COLUMN reporting.insurance_gap.assigned_agent_id IS 'Employee who looks after the customer; null for nobody.';
COMMENT ON COLUMN reporting.insurance_gap.mortgages IS 'Mortgages that run.';
COMMENT ON COLUMN reporting.insurance_gap.loan_balance IS 'What is owed on them.';

CREATE VIEW reporting.prepayment_potential AS
SELECT o.customer_key AS customer_key, o.loan_balance AS loan_balance,
    h.savings_balance AS savings_balance,
    round(h.savings_balance / o.loan_balance, 4) AS coverage
FROM (SELECT a.customer_key AS customer_key, sum(a.current_balance) AS loan_balance
      FROM public.dim_account a
      WHERE a.product_class = 'loan' AND a.account_status IN ('active', 'restructured')
      GROUP BY a.customer_key HAVING sum(a.current_balance) > 0) o
JOIN (SELECT a.customer_key AS customer_key, sum(a.current_balance) AS savings_balance
      FROM public.dim_account a
      WHERE a.product_type IN ('savings', 'money_market') AND a.account_status = 'active'
          AND a.currency = 'USD'
      GROUP BY a.customer_key) h ON h.customer_key = o.customer_key
WHERE h.savings_balance >= o.loan_balance / 2;

COMMENT ON VIEW reporting.prepayment_potential IS
    'Customers whose savings could pay back half of their loans or more. Personal data.';
COMMENT ON COLUMN reporting.prepayment_potential.customer_key IS 'Customer.';
COMMENT ON COLUMN reporting.prepayment_potential.loan_balance IS 'What is owed on loans that run.';
COMMENT ON COLUMN reporting.prepayment_potential.savings_balance IS 'What savings and money market accounts in US dollars hold.';
COMMENT ON COLUMN reporting.prepayment_potential.coverage IS 'Savings divided by loans.';

CREATE VIEW reporting.recurring_payments AS
SELECT m.category AS category, m.merchant_name AS merchant_name,
    count(DISTINCT t.customer_key) AS customers, count(*) AS payments,
    sum(t.amount) AS amount, round(avg(t.amount), 2) AS average_amount
FROM public.fact_transaction t
JOIN public.dim_merchant m ON m.merchant_key = t.merchant_key
WHERE t.is_recurring AND t.merchant_key > 0
GROUP BY m.category, m.merchant_name;

COMMENT ON VIEW reporting.recurring_payments IS
    'Series that come at even intervals, by what they pay.';
COMMENT ON COLUMN reporting.recurring_payments.category IS 'Kind of spending.';
COMMENT ON COLUMN reporting.recurring_payments.merchant_name IS 'Shop or biller.';
COMMENT ON COLUMN reporting.recurring_payments.customers IS 'Customers who pay it.';
COMMENT ON COLUMN reporting.recurring_payments.payments IS 'Bookings.';
COMMENT ON COLUMN reporting.recurring_payments.amount IS 'What was paid.';
COMMENT ON COLUMN reporting.recurring_payments.average_amount IS 'Mean of a booking.';
