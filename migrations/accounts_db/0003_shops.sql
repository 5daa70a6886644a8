-- Who is paid: the shop or biller of a payment, and what kind of business it is.

ALTER TABLE public.transactions
    ADD COLUMN merchant_name text,
    ADD COLUMN mcc           text,
    ADD COLUMN category      text;
ALTER TABLE public.transactions ADD CONSTRAINT ck_transactions_merchant CHECK (
    (merchant_name IS NULL) = (mcc IS NULL) AND (merchant_name IS NULL) = (category IS NULL)
    AND (merchant_name IS NULL OR transaction_type = 'payment'));

COMMENT ON COLUMN public.transactions.merchant_name IS 'Name of the shop or biller that is paid; null for every other transaction.';
COMMENT ON COLUMN public.transactions.mcc IS 'Merchant category code (ISO 18245) of that shop or biller, four digits; null where merchant_name is.';
COMMENT ON COLUMN public.transactions.category IS 'What the payment is for, in one word: groceries, dining, fuel, rent, utilities and so on; null where merchant_name is.';

CREATE OR REPLACE VIEW reporting.account_statement AS
SELECT a.account_number AS account_number, t.transaction_id AS transaction_id,
    t.transaction_date AS transaction_date, t.description AS description,
    t.transaction_type AS transaction_type, t.channel AS channel, a.currency AS currency,
    CASE WHEN k.direction = 1 THEN t.amount END AS credit,
    CASE WHEN k.direction = -1 THEN t.amount END AS debit,
    t.balance_after AS balance_after,
    t.merchant_name AS merchant_name, t.category AS category
FROM public.transactions t
JOIN public.accounts a ON a.account_id = t.account_id
JOIN public.transaction_types k ON k.transaction_type = t.transaction_type;

COMMENT ON COLUMN reporting.account_statement.merchant_name IS 'Shop or biller that is paid; null for every other transaction.';
COMMENT ON COLUMN reporting.account_statement.category IS 'What a payment is for, in one word; null for every other transaction.';

CREATE VIEW reporting.spending_by_category AS
SELECT date_trunc('month', t.transaction_date AT TIME ZONE 'UTC')::date AS month,
    t.category AS category, a.currency AS currency,
    count(*) AS transactions, count(DISTINCT t.account_id) AS accounts,
    sum(t.amount) AS amount,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY t.amount)::numeric(15,2) AS median_amount
FROM public.transactions t
JOIN public.accounts a ON a.account_id = t.account_id
WHERE t.category IS NOT NULL
GROUP BY date_trunc('month', t.transaction_date AT TIME ZONE 'UTC')::date, t.category, a.currency;

COMMENT ON VIEW reporting.spending_by_category IS
    'What customers pay shops and billers for, month by month and by currency.';
COMMENT ON COLUMN reporting.spending_by_category.month IS 'First day of the month of booking (UTC).';
COMMENT ON COLUMN reporting.spending_by_category.category IS 'What the payments are for, in one word.';
COMMENT ON COLUMN reporting.spending_by_category.currency IS 'ISO 4217 code of the currency of all amounts of the row.';
COMMENT ON COLUMN reporting.spending_by_category.transactions IS 'Payments booked.';
COMMENT ON COLUMN reporting.spending_by_category.accounts IS 'Different accounts that paid in the month.';
COMMENT ON COLUMN reporting.spending_by_category.amount IS 'Sum of the payments.';
COMMENT ON COLUMN reporting.spending_by_category.median_amount IS 'The payment in the middle: half of them are smaller.';
