-- Which bookings of the borrower's account a loan has made: what was paid shows where it was paid from.

ALTER TABLE public.loans
    ADD COLUMN autopay boolean NOT NULL DEFAULT false,
    ADD COLUMN disbursement_transaction_id bigint,
    ADD COLUMN payoff_transaction_id bigint;
ALTER TABLE public.loans ALTER COLUMN autopay DROP DEFAULT;
ALTER TABLE public.loans
    ADD CONSTRAINT ck_loans_autopay CHECK (NOT autopay OR linked_account_id IS NOT NULL),
    ADD CONSTRAINT ck_loans_disbursement_transaction CHECK (
        disbursement_transaction_id IS NULL OR linked_account_id IS NOT NULL),
    ADD CONSTRAINT ck_loans_payoff_transaction CHECK (
        payoff_transaction_id IS NULL OR (linked_account_id IS NOT NULL AND payoff_date IS NOT NULL)),
    ADD CONSTRAINT uq_loans_disbursement_transaction UNIQUE (disbursement_transaction_id),
    ADD CONSTRAINT uq_loans_payoff_transaction UNIQUE (payoff_transaction_id);

ALTER TABLE public.repayment_schedule ADD COLUMN transaction_id bigint;
ALTER TABLE public.repayment_schedule
    ADD CONSTRAINT ck_repayment_schedule_transaction CHECK (
        transaction_id IS NULL OR payment_date IS NOT NULL),
    ADD CONSTRAINT uq_repayment_schedule_transaction UNIQUE (transaction_id);

COMMENT ON COLUMN public.loans.autopay IS 'Whether the linked account is debited for the installments by itself.';
COMMENT ON COLUMN public.loans.disbursement_transaction_id IS 'Credit of the payout on the linked account (accounts_db.transactions.transaction_id); null when it was paid elsewhere or before that account''s first listed transaction.';
COMMENT ON COLUMN public.loans.payoff_transaction_id IS 'Debit that paid off the loan: all installments paid on payoff_date in one sum (accounts_db.transactions.transaction_id); null when it was paid from elsewhere or before that account''s first listed transaction.';
COMMENT ON COLUMN public.repayment_schedule.transaction_id IS 'Debit that paid it on the linked account (accounts_db.transactions.transaction_id); null when it was paid from elsewhere, with the payoff, or before that account''s first listed transaction.';

CREATE VIEW reporting.collection_channels AS
SELECT date_trunc('month', s.payment_date::timestamp)::date AS month, l.loan_type AS loan_type,
    count(*) AS installments_paid,
    count(*) FILTER (WHERE l.autopay) AS by_direct_debit,
    count(s.transaction_id) AS booked_here,
    sum(s.paid_amount) AS amount_collected,
    coalesce(sum(s.paid_amount) FILTER (WHERE l.autopay), 0) AS amount_by_direct_debit,
    coalesce(sum(s.paid_amount) FILTER (WHERE s.transaction_id IS NOT NULL), 0) AS amount_booked_here,
    round(count(*) FILTER (WHERE l.autopay)::numeric / count(*), 4) AS direct_debit_rate
FROM public.repayment_schedule s
JOIN public.loans l ON l.loan_id = s.loan_id
WHERE s.payment_date IS NOT NULL
GROUP BY date_trunc('month', s.payment_date::timestamp)::date, l.loan_type;

COMMENT ON VIEW reporting.collection_channels IS
    'Installments paid in each month by type of loan: how many by direct debit, and how many show on an account of the bank. Amounts are in US dollars.';
COMMENT ON COLUMN reporting.collection_channels.month IS 'First day of the month of payment.';
COMMENT ON COLUMN reporting.collection_channels.loan_type IS 'mortgage, personal, auto, business or education.';
COMMENT ON COLUMN reporting.collection_channels.installments_paid IS 'Number of installments paid in it, in time, late or ahead.';
COMMENT ON COLUMN reporting.collection_channels.by_direct_debit IS 'Number of these on loans whose linked account is debited by itself.';
COMMENT ON COLUMN reporting.collection_channels.booked_here IS 'Number of these that name the booking on the linked account.';
COMMENT ON COLUMN reporting.collection_channels.amount_collected IS 'Sum of what was paid.';
COMMENT ON COLUMN reporting.collection_channels.amount_by_direct_debit IS 'Part of it on loans by direct debit.';
COMMENT ON COLUMN reporting.collection_channels.amount_booked_here IS 'Part of it that names its booking.';
COMMENT ON COLUMN reporting.collection_channels.direct_debit_rate IS 'Installments by direct debit over all paid, as a fraction.';
