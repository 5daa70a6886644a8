-- Payments for loans and policies of the bank itself pay no shop.

COMMENT ON COLUMN public.transactions.merchant_name IS 'Shop or biller that a payment goes to; null for every other transaction, and for payments on the bank''s own loans and policies.';
COMMENT ON COLUMN reporting.account_statement.merchant_name IS 'Shop or biller that a payment goes to; null for every other transaction, and for payments on the bank''s own loans and policies.';
