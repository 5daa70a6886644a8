-- Who a corporate customer is: the company, beside the person who speaks for it.

ALTER TABLE public.customers
    ADD COLUMN company_name text;
ALTER TABLE public.customers ADD CONSTRAINT ck_customers_company CHECK (company_name <> '');

COMMENT ON TABLE public.customers IS
    'Customer master: one row a person or company. It is the source of truth for customer_id in all databases of the bank.';
COMMENT ON COLUMN public.customers.company_name IS 'Name of the company that is the customer, whose contact is the person of the row; null for persons.';

CREATE OR REPLACE VIEW reporting.customer_deposits AS
SELECT c.customer_id AS customer_id, c.customer_number AS customer_number,
    c.first_name AS first_name, c.last_name AS last_name, c.state AS state,
    a.currency AS currency, count(*) AS open_accounts, sum(a.balance) AS balance,
    sum(a.balance) FILTER (WHERE a.account_type = 'checking') AS checking_balance,
    sum(a.balance) FILTER (WHERE a.account_type <> 'checking') AS savings_balance,
    min(a.opened_date) AS first_opened_date, c.company_name AS company_name
FROM public.customers c
JOIN public.accounts a ON a.customer_id = c.customer_id
WHERE a.status <> 'closed'
GROUP BY c.customer_id, c.customer_number, c.first_name, c.last_name, c.state, a.currency,
    c.company_name;

COMMENT ON COLUMN reporting.customer_deposits.company_name IS 'Name of the company that is the customer; null for persons.';
