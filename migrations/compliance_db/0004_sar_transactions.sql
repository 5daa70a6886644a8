-- What a report of suspicion is about: its account, its period, and its transactions one by one.

-- A report of an earlier dhub named no transactions: its period is the day of its check.
ALTER TABLE public.suspicious_activity_reports
    ADD COLUMN period_start date,
    ADD COLUMN period_end   date,
    ADD COLUMN account_id   bigint;
UPDATE public.suspicious_activity_reports s
SET period_start = (k.check_date AT TIME ZONE 'UTC')::date,
    period_end = (k.check_date AT TIME ZONE 'UTC')::date
FROM public.aml_checks k WHERE k.check_id = s.check_id;
ALTER TABLE public.suspicious_activity_reports
    ALTER COLUMN period_start SET NOT NULL,
    ALTER COLUMN period_end SET NOT NULL,
    ADD CONSTRAINT ck_suspicious_activity_reports_period CHECK (period_start <= period_end);

CREATE TABLE public.sar_transactions (
    sar_transaction_id bigint NOT NULL,
    sar_id             bigint NOT NULL,
    transaction_id     bigint NOT NULL,
    CONSTRAINT pk_sar_transactions PRIMARY KEY (sar_transaction_id),
    CONSTRAINT uq_sar_transactions_transaction UNIQUE (sar_id, transaction_id),
    CONSTRAINT fk_sar_transactions_sar FOREIGN KEY (sar_id)
        REFERENCES public.suspicious_activity_reports (sar_id)
);

CREATE INDEX ix_sar_transactions_transaction ON public.sar_transactions (transaction_id);

COMMENT ON COLUMN public.suspicious_activity_reports.amount_involved IS 'Sum of the transactions that the report names (sar_transactions), in US dollars, at least 5,000.';
COMMENT ON COLUMN public.suspicious_activity_reports.period_start IS 'Day of the first transaction that the report names.';
COMMENT ON COLUMN public.suspicious_activity_reports.period_end IS 'Day of the last transaction that the report names.';
COMMENT ON COLUMN public.suspicious_activity_reports.account_id IS 'Account of the suspicious transactions (accounts_db.accounts.account_id); null when they lie on several accounts of the customer.';
COMMENT ON TABLE public.sar_transactions IS
    'The transactions that a suspicious activity report is about: all in one direction, before its check, on accounts of its customer. Confidential.';
COMMENT ON COLUMN public.sar_transactions.sar_transaction_id IS 'Key of the row.';
COMMENT ON COLUMN public.sar_transactions.sar_id IS 'Report that names the transaction (suspicious_activity_reports.sar_id).';
COMMENT ON COLUMN public.sar_transactions.transaction_id IS 'Suspicious transaction (accounts_db.transactions.transaction_id).';
