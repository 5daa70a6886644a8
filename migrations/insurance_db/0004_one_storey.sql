-- Which bookings of the policyholder's account a policy has made.

ALTER TABLE public.premium_payments ADD COLUMN transaction_id bigint;
ALTER TABLE public.premium_payments
    ADD CONSTRAINT ck_premium_payments_transaction CHECK (
        transaction_id IS NULL OR (account_id IS NOT NULL AND payment_date IS NOT NULL)),
    ADD CONSTRAINT uq_premium_payments_transaction UNIQUE (transaction_id);
ALTER TABLE public.claims ADD COLUMN transaction_id bigint;
ALTER TABLE public.claims
    ADD CONSTRAINT ck_claims_transaction CHECK (
        transaction_id IS NULL OR settlement_date IS NOT NULL),
    ADD CONSTRAINT uq_claims_transaction UNIQUE (transaction_id);

COMMENT ON COLUMN public.premium_payments.transaction_id IS 'Debit that paid it on the linked account (accounts_db.transactions.transaction_id); null when it was paid otherwise or before that account''s first listed transaction.';
COMMENT ON COLUMN public.premium_payments.account_id IS 'Linked account it was paid from (accounts_db.accounts.account_id); null when it was paid from elsewhere: a direct debit then took it from an account at another bank.';
COMMENT ON COLUMN public.claims.transaction_id IS 'Credit of the settlement on the policy''s linked account (accounts_db.transactions.transaction_id); null when it was paid elsewhere or before that account''s first listed transaction.';
