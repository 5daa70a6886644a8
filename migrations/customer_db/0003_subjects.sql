-- What contacts are about, and which transaction a complaint follows from.

ALTER TABLE public.interactions ADD COLUMN subject text NOT NULL DEFAULT '';
ALTER TABLE public.interactions ALTER COLUMN subject DROP DEFAULT;
ALTER TABLE public.complaints
    ADD COLUMN amount         numeric(15,2),
    ADD COLUMN transaction_id bigint;
ALTER TABLE public.complaints ADD CONSTRAINT ck_complaints_cause CHECK (
    (amount IS NULL) = (transaction_id IS NULL) AND amount > 0);

CREATE INDEX ix_complaints_transaction ON public.complaints (transaction_id) WHERE transaction_id IS NOT NULL;

COMMENT ON COLUMN public.interactions.subject IS 'What it was about, in a few words; of a complaint what it complains of, so it may name a sum or a shop.';
COMMENT ON COLUMN public.complaints.amount IS 'Amount of the transaction complained of, in US dollars; null for complaints about anything else.';
COMMENT ON COLUMN public.complaints.transaction_id IS 'Transaction complained of, of the same customer and at most 30 days older (accounts_db.transactions.transaction_id); null for complaints about anything else.';

CREATE OR REPLACE VIEW reporting.complaint_resolution AS
SELECT c.complaint_type AS complaint_type, c.priority AS priority,
    count(*) AS complaints,
    count(*) FILTER (WHERE c.resolved_at IS NULL) AS open_complaints,
    round(avg(c.resolution_time_hours), 2) AS average_hours,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY c.resolution_time_hours))::numeric, 2) AS median_hours,
    max(c.resolution_time_hours) AS longest_hours,
    round(avg((c.resolution_time_hours <= 48)::integer), 4) AS within_48_hours_rate,
    count(c.transaction_id) AS disputed_transactions,
    coalesce(sum(c.amount), 0) AS disputed_amount
FROM public.complaints c
GROUP BY c.complaint_type, c.priority;

COMMENT ON COLUMN reporting.complaint_resolution.disputed_transactions IS 'Complaints that are about a transaction.';
COMMENT ON COLUMN reporting.complaint_resolution.disputed_amount IS 'Sum of the transactions complained of, in US dollars.';
