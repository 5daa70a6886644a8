-- Reporting of core banking: month-end balances, branches, deposits, channels and statements.

-- Not CREATE SCHEMA IF NOT EXISTS: that asks for the right to create even when it is there.
DO $$ BEGIN
    IF to_regnamespace('reporting') IS NULL THEN
        CREATE SCHEMA reporting;
        COMMENT ON SCHEMA reporting IS
            'Views and marts of core banking, derived from schema public and filled anew after each load.';
    END IF;
END $$;

CREATE TABLE reporting.as_of (
    as_of_date date NOT NULL,
    CONSTRAINT pk_as_of PRIMARY KEY (as_of_date)
);

COMMENT ON TABLE reporting.as_of IS
    'The business date of the reports, in one row: whatever is compared with today is compared with it.';
COMMENT ON COLUMN reporting.as_of.as_of_date IS 'As-of date of the bank: what lies before the midnight that begins it has happened, nothing lies after.';

CREATE TABLE reporting.monthly_balances (
    month           date          NOT NULL,
    branch_code     text          NOT NULL,
    account_type    text          NOT NULL,
    currency        text          NOT NULL,
    open_accounts   bigint        NOT NULL,
    transactions    bigint        NOT NULL,
    opening_balance numeric(18,2) NOT NULL,
    brought_forward numeric(18,2) NOT NULL,
    credits         numeric(18,2) NOT NULL,
    debits          numeric(18,2) NOT NULL,
    closing_balance numeric(18,2) NOT NULL,
    CONSTRAINT pk_monthly_balances PRIMARY KEY (month, branch_code, account_type, currency)
);

COMMENT ON TABLE reporting.monthly_balances IS
    'Roll-forward of deposits over the last 24 months by branch, account type and currency: opening_balance + brought_forward + credits - debits = closing_balance. Currencies are never added together.';
COMMENT ON COLUMN reporting.monthly_balances.month IS 'First day of the month; the latest month runs up to the as-of date.';
COMMENT ON COLUMN reporting.monthly_balances.branch_code IS 'Branch that keeps the accounts (employees_db.branches.branch_code).';
COMMENT ON COLUMN reporting.monthly_balances.account_type IS 'checking, savings, money_market or hsa.';
COMMENT ON COLUMN reporting.monthly_balances.currency IS 'ISO 4217 code of the currency of all amounts of the row.';
COMMENT ON COLUMN reporting.monthly_balances.open_accounts IS 'Accounts opened and not yet closed at the end of the month.';
COMMENT ON COLUMN reporting.monthly_balances.transactions IS 'Transactions booked in the month.';
COMMENT ON COLUMN reporting.monthly_balances.opening_balance IS 'Total balance at the beginning of the month: the closing balance of the month before.';
COMMENT ON COLUMN reporting.monthly_balances.brought_forward IS 'Opening balances of the accounts opened in the month; an account stands at its opening balance until its first listed transaction.';
COMMENT ON COLUMN reporting.monthly_balances.credits IS 'Amounts added to the accounts in the month.';
COMMENT ON COLUMN reporting.monthly_balances.debits IS 'Amounts taken from the accounts in the month, as a positive number.';
COMMENT ON COLUMN reporting.monthly_balances.closing_balance IS 'Total balance at the end of the month; in the latest month the sum of accounts.balance.';

CREATE PROCEDURE reporting.refresh_monthly_balances() LANGUAGE sql AS $$
    DELETE FROM reporting.monthly_balances;
    WITH booked AS (
        SELECT a.branch_code AS branch_code, a.account_type AS account_type, a.currency AS currency,
            date_trunc('month', t.transaction_date AT TIME ZONE 'UTC') AS month,
            count(*) AS transactions,
            sum(t.amount) FILTER (WHERE k.direction = 1) AS credits,
            sum(t.amount) FILTER (WHERE k.direction = -1) AS debits
        FROM public.transactions t
        JOIN public.accounts a ON a.account_id = t.account_id
        JOIN public.transaction_types k ON k.transaction_type = t.transaction_type
        GROUP BY a.branch_code, a.account_type, a.currency,
            date_trunc('month', t.transaction_date AT TIME ZONE 'UTC')
    ), opened AS (
        SELECT branch_code, account_type, currency,
            date_trunc('month', opened_date::timestamp) AS month,
            count(*) AS opened, sum(opening_balance) AS brought_forward
        FROM public.accounts
        GROUP BY branch_code, account_type, currency, date_trunc('month', opened_date::timestamp)
    ), closed AS (
        SELECT branch_code, account_type, currency,
            date_trunc('month', closed_date::timestamp) AS month,
            count(*) AS closed
        FROM public.accounts
        WHERE closed_date IS NOT NULL
        GROUP BY branch_code, account_type, currency, date_trunc('month', closed_date::timestamp)
    ), months AS (
        SELECT generate_series(
            date_trunc('month', as_of_date - interval '1 day') - interval '24 months',
            date_trunc('month', as_of_date - interval '1 day'),
            interval '1 month') AS month
        FROM reporting.as_of
    ), events AS (
        SELECT branch_code, account_type, currency, month, transactions, credits, debits,
            0 AS opened, 0 AS brought_forward, 0 AS closed
        FROM booked
        UNION ALL
        SELECT branch_code, account_type, currency, month, 0, 0, 0, opened, brought_forward, 0
        FROM opened
        UNION ALL
        SELECT branch_code, account_type, currency, month, 0, 0, 0, 0, 0, closed
        FROM closed
        UNION ALL
        SELECT o.branch_code, o.account_type, o.currency, m.month, 0, 0, 0, 0, 0, 0
        FROM (SELECT DISTINCT branch_code, account_type, currency FROM opened) o
        CROSS JOIN months m
    ), monthly AS (
        -- All that lies before the first month is one sum, that month's beginning.
        SELECT e.branch_code AS branch_code, e.account_type AS account_type,
            e.currency AS currency, greatest(e.month, f.month) AS month,
            sum(e.transactions) AS transactions, coalesce(sum(e.credits), 0) AS credits,
            coalesce(sum(e.debits), 0) AS debits, sum(e.opened) AS opened,
            sum(e.brought_forward) AS brought_forward, sum(e.closed) AS closed
        FROM events e
        CROSS JOIN (SELECT min(month) AS month, max(month) AS last_month FROM months) f
        WHERE e.month <= f.last_month
        GROUP BY e.branch_code, e.account_type, e.currency, greatest(e.month, f.month)
    ), running AS (
        SELECT branch_code, account_type, currency, month, transactions, credits, debits,
            brought_forward,
            sum(opened) OVER sofar AS ever_opened,
            sum(opened - closed) OVER sofar AS open_accounts,
            sum(brought_forward + credits - debits) OVER sofar AS closing_balance
        FROM monthly
        WINDOW sofar AS (PARTITION BY branch_code, account_type, currency ORDER BY month)
    )
    INSERT INTO reporting.monthly_balances (
        month, branch_code, account_type, currency, open_accounts, transactions,
        opening_balance, brought_forward, credits, debits, closing_balance)
    SELECT r.month::date AS month, r.branch_code AS branch_code, r.account_type AS account_type,
        r.currency AS currency, r.open_accounts AS open_accounts, r.transactions AS transactions,
        r.closing_balance - r.brought_forward - r.credits + r.debits AS opening_balance,
        r.brought_forward AS brought_forward, r.credits AS credits, r.debits AS debits,
        r.closing_balance AS closing_balance
    FROM running r
    WHERE r.ever_opened > 0 AND r.month > (SELECT min(month) FROM months);
$$;

COMMENT ON PROCEDURE reporting.refresh_monthly_balances() IS
    'Fills monthly_balances anew from accounts and transactions.';

CREATE MATERIALIZED VIEW reporting.branch_performance AS
SELECT b.branch_code AS branch_code, b.currency AS currency,
    sum(b.open_accounts) FILTER (WHERE b.month = l.month)::bigint AS open_accounts,
    sum(b.closing_balance) FILTER (WHERE b.month = l.month)::numeric(18,2) AS deposits,
    coalesce(sum(b.closing_balance) FILTER (WHERE b.month = l.month - interval '12 months'), 0)::numeric(18,2)
        AS deposits_year_ago,
    -- Of the twelve months after the one a year ago, so that they lead from its end to the latest.
    sum(b.brought_forward) FILTER (WHERE b.month > l.month - interval '12 months')::numeric(18,2)
        AS new_account_money,
    sum(b.credits) FILTER (WHERE b.month > l.month - interval '12 months')::numeric(18,2) AS credits,
    sum(b.debits) FILTER (WHERE b.month > l.month - interval '12 months')::numeric(18,2) AS debits,
    sum(b.transactions) FILTER (WHERE b.month > l.month - interval '12 months')::bigint
        AS transactions,
    round(sum(b.closing_balance) FILTER (WHERE b.month = l.month)
        / nullif(sum(b.open_accounts) FILTER (WHERE b.month = l.month), 0), 2) AS average_balance,
    rank() OVER (PARTITION BY b.currency
        ORDER BY sum(b.closing_balance) FILTER (WHERE b.month = l.month) DESC) AS deposit_rank
FROM reporting.monthly_balances b
CROSS JOIN (SELECT max(month) AS month FROM reporting.monthly_balances) l
WHERE b.month >= l.month - interval '12 months'
GROUP BY b.branch_code, b.currency, l.month;

COMMENT ON MATERIALIZED VIEW reporting.branch_performance IS
    'Deposit business of each branch over the latest 12 months, by currency: deposits_year_ago + new_account_money + credits - debits = deposits.';
COMMENT ON COLUMN reporting.branch_performance.branch_code IS 'Branch that keeps the accounts (employees_db.branches.branch_code).';
COMMENT ON COLUMN reporting.branch_performance.currency IS 'ISO 4217 code of the currency of all amounts of the row.';
COMMENT ON COLUMN reporting.branch_performance.open_accounts IS 'Accounts open in the latest month.';
COMMENT ON COLUMN reporting.branch_performance.deposits IS 'Total balance in the latest month.';
COMMENT ON COLUMN reporting.branch_performance.deposits_year_ago IS 'Total balance at the end of the month twelve months earlier; 0 when the branch had none.';
COMMENT ON COLUMN reporting.branch_performance.new_account_money IS 'Opening balances of accounts opened in the 12 months.';
COMMENT ON COLUMN reporting.branch_performance.credits IS 'Amounts added to the accounts in the 12 months.';
COMMENT ON COLUMN reporting.branch_performance.debits IS 'Amounts taken from the accounts in the 12 months, as a positive number.';
COMMENT ON COLUMN reporting.branch_performance.transactions IS 'Transactions booked on the accounts in the 12 months, through any channel.';
COMMENT ON COLUMN reporting.branch_performance.average_balance IS 'Deposits divided by open accounts; null when none is open.';
COMMENT ON COLUMN reporting.branch_performance.deposit_rank IS 'Place among the branches by deposits in the currency; 1 is the largest.';

CREATE VIEW reporting.deposit_portfolio AS
SELECT a.account_type AS account_type, a.currency AS currency, a.status AS status,
    count(*) AS accounts, count(DISTINCT a.customer_id) AS customers,
    sum(a.balance) AS balance, round(avg(a.balance), 2) AS average_balance,
    round(sum(a.balance) / nullif(sum(sum(a.balance)) OVER (PARTITION BY a.currency), 0), 4) AS share_of_currency
FROM public.accounts a
GROUP BY a.account_type, a.currency, a.status;

COMMENT ON VIEW reporting.deposit_portfolio IS
    'Deposits as they stand, by account type, currency and status.';
COMMENT ON COLUMN reporting.deposit_portfolio.account_type IS 'checking, savings, money_market or hsa.';
COMMENT ON COLUMN reporting.deposit_portfolio.currency IS 'ISO 4217 code of the currency of all amounts of the row.';
COMMENT ON COLUMN reporting.deposit_portfolio.status IS 'active, frozen or closed.';
COMMENT ON COLUMN reporting.deposit_portfolio.accounts IS 'Number of accounts.';
COMMENT ON COLUMN reporting.deposit_portfolio.customers IS 'Number of different primary owners.';
COMMENT ON COLUMN reporting.deposit_portfolio.balance IS 'Sum of the current balances.';
COMMENT ON COLUMN reporting.deposit_portfolio.average_balance IS 'Mean of the current balances.';
COMMENT ON COLUMN reporting.deposit_portfolio.share_of_currency IS 'Share of all deposits in the currency, as a fraction; null when there are none.';

CREATE VIEW reporting.customer_deposits AS
SELECT c.customer_id AS customer_id, c.customer_number AS customer_number,
    c.first_name AS first_name, c.last_name AS last_name, c.state AS state,
    a.currency AS currency, count(*) AS open_accounts, sum(a.balance) AS balance,
    sum(a.balance) FILTER (WHERE a.account_type = 'checking') AS checking_balance,
    sum(a.balance) FILTER (WHERE a.account_type <> 'checking') AS savings_balance,
    min(a.opened_date) AS first_opened_date
FROM public.customers c
JOIN public.accounts a ON a.customer_id = c.customer_id
WHERE a.status <> 'closed'
GROUP BY c.customer_id, c.customer_number, c.first_name, c.last_name, c.state, a.currency;

COMMENT ON VIEW reporting.customer_deposits IS
    'Open accounts of each customer, a row for each currency. Personal data.';
COMMENT ON COLUMN reporting.customer_deposits.customer_id IS 'Key of the customer (customers.customer_id).';
COMMENT ON COLUMN reporting.customer_deposits.customer_number IS 'Number the customer is addressed by in letters and calls.';
COMMENT ON COLUMN reporting.customer_deposits.first_name IS 'Given name. Personal data.';
COMMENT ON COLUMN reporting.customer_deposits.last_name IS 'Family name. Personal data.';
COMMENT ON COLUMN reporting.customer_deposits.state IS 'Two-letter code of the US state of residence.';
COMMENT ON COLUMN reporting.customer_deposits.currency IS 'ISO 4217 code of the currency of all amounts of the row.';
COMMENT ON COLUMN reporting.customer_deposits.open_accounts IS 'Accounts that are active or frozen.';
COMMENT ON COLUMN reporting.customer_deposits.balance IS 'Sum of their current balances.';
COMMENT ON COLUMN reporting.customer_deposits.checking_balance IS 'Part of the balance on checking accounts; null when there are none.';
COMMENT ON COLUMN reporting.customer_deposits.savings_balance IS 'Part of the balance on savings, money market and health savings accounts; null when there are none.';
COMMENT ON COLUMN reporting.customer_deposits.first_opened_date IS 'Day on which the oldest of them was opened.';

CREATE VIEW reporting.channel_usage AS
SELECT date_trunc('month', t.transaction_date AT TIME ZONE 'UTC')::date AS month,
    t.channel AS channel, a.currency AS currency,
    count(*) AS transactions, count(DISTINCT t.account_id) AS accounts,
    sum(t.amount) AS amount, round(avg(t.amount), 2) AS average_amount
FROM public.transactions t
JOIN public.accounts a ON a.account_id = t.account_id
GROUP BY date_trunc('month', t.transaction_date AT TIME ZONE 'UTC')::date, t.channel, a.currency;

COMMENT ON VIEW reporting.channel_usage IS
    'How much business comes in through which channel, month by month and by currency.';
COMMENT ON COLUMN reporting.channel_usage.month IS 'First day of the month of booking (UTC).';
COMMENT ON COLUMN reporting.channel_usage.channel IS 'branch, phone, atm, card, ach, online or mobile_app.';
COMMENT ON COLUMN reporting.channel_usage.currency IS 'ISO 4217 code of the currency of all amounts of the row.';
COMMENT ON COLUMN reporting.channel_usage.transactions IS 'Transactions booked.';
COMMENT ON COLUMN reporting.channel_usage.accounts IS 'Different accounts that used the channel in the month.';
COMMENT ON COLUMN reporting.channel_usage.amount IS 'Sum of the amounts, credits and debits alike.';
COMMENT ON COLUMN reporting.channel_usage.average_amount IS 'Mean amount of a transaction.';

CREATE VIEW reporting.account_statement AS
SELECT a.account_number AS account_number, t.transaction_id AS transaction_id,
    t.transaction_date AS transaction_date, t.description AS description,
    t.transaction_type AS transaction_type, t.channel AS channel, a.currency AS currency,
    CASE WHEN k.direction = 1 THEN t.amount END AS credit,
    CASE WHEN k.direction = -1 THEN t.amount END AS debit,
    t.balance_after AS balance_after
FROM public.transactions t
JOIN public.accounts a ON a.account_id = t.account_id
JOIN public.transaction_types k ON k.transaction_type = t.transaction_type;

COMMENT ON VIEW reporting.account_statement IS
    'The ledger as on a statement, with credits and debits apart; the order is (account_number, transaction_date, transaction_id).';
COMMENT ON COLUMN reporting.account_statement.account_number IS 'Number the account is known by outside the bank.';
COMMENT ON COLUMN reporting.account_statement.transaction_id IS 'Key of the transaction (transactions.transaction_id).';
COMMENT ON COLUMN reporting.account_statement.transaction_date IS 'Instant of booking (UTC).';
COMMENT ON COLUMN reporting.account_statement.description IS 'Text of the booking: merchant, employer, counterparty or purpose.';
COMMENT ON COLUMN reporting.account_statement.transaction_type IS 'Kind of transaction.';
COMMENT ON COLUMN reporting.account_statement.channel IS 'Way it came in: branch, phone, atm, card, ach, online or mobile_app.';
COMMENT ON COLUMN reporting.account_statement.currency IS 'ISO 4217 code of the currency of all amounts of the row.';
COMMENT ON COLUMN reporting.account_statement.credit IS 'Amount added to the balance; null for a debit.';
COMMENT ON COLUMN reporting.account_statement.debit IS 'Amount taken from the balance, as a positive number; null for a credit.';
COMMENT ON COLUMN reporting.account_statement.balance_after IS 'Balance right after this transaction.';
