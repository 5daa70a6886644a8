-- What was paid of each installment, and what stands behind each loan in words.

ALTER TABLE public.repayment_schedule ADD COLUMN paid_amount numeric(15,2);
-- Rows of before: what an early payoff settled ahead is paid without the interest to come.
UPDATE public.repayment_schedule s SET paid_amount =
    CASE WHEN s.due_date > l.payoff_date THEN s.principal_amount ELSE s.total_amount END
FROM public.loans l WHERE l.loan_id = s.loan_id AND s.payment_date IS NOT NULL;
ALTER TABLE public.repayment_schedule ADD CONSTRAINT ck_repayment_schedule_paid_amount CHECK (
    (paid_amount IS NULL) = (payment_date IS NULL) AND paid_amount <= total_amount);

COMMENT ON COLUMN public.repayment_schedule.paid_amount IS 'What was paid of it in US dollars: total_amount, or after an early payoff the principal and only the interest accrued by that day; null unless paid.';
COMMENT ON COLUMN public.loans.days_past_due IS 'Days since the oldest unpaid installment fell due, once its 15 days of grace are over; 0 when nothing is overdue.';
COMMENT ON COLUMN reporting.loan_tape.days_past_due IS 'Days since the oldest unpaid installment fell due, once its 15 days of grace are over; 0 when nothing is overdue.';

ALTER TABLE public.collateral ADD COLUMN description text NOT NULL DEFAULT '';
ALTER TABLE public.collateral ALTER COLUMN description DROP DEFAULT;

COMMENT ON COLUMN public.collateral.description IS 'What it is, in words: kind and town of a property, model year and kind of a vehicle, the goods or machines of a business.';

CREATE OR REPLACE PROCEDURE reporting.refresh_delinquency_by_month() LANGUAGE sql AS $$
    DELETE FROM reporting.delinquency_by_month;
    INSERT INTO reporting.delinquency_by_month (
        month, loan_type, installments_due, installments_paid, installments_late,
        installments_pending, installments_missed, amount_due, amount_collected, amount_missed,
        delinquency_rate, collection_rate)
    SELECT date_trunc('month', s.due_date::timestamp)::date AS month, l.loan_type AS loan_type,
        count(*) AS installments_due,
        count(*) FILTER (WHERE s.payment_status = 'paid') AS installments_paid,
        count(*) FILTER (WHERE s.payment_status = 'late') AS installments_late,
        count(*) FILTER (WHERE s.payment_status = 'pending') AS installments_pending,
        count(*) FILTER (WHERE s.payment_status = 'missed') AS installments_missed,
        sum(s.amount_due) AS amount_due,
        coalesce(sum(s.paid_amount), 0) AS amount_collected,
        coalesce(sum(s.amount_due) FILTER (WHERE s.payment_status = 'missed'), 0) AS amount_missed,
        round(count(*) FILTER (WHERE s.payment_status IN ('late', 'missed'))::numeric / count(*), 4)
            AS delinquency_rate,
        coalesce(round(sum(s.paid_amount) / nullif(sum(s.amount_due), 0), 4), 0) AS collection_rate
    FROM (
        -- An early payoff settles what it leaves of later installments: no more is due of them.
        SELECT r.loan_id AS loan_id, r.due_date AS due_date, r.payment_status AS payment_status,
            r.paid_amount AS paid_amount, coalesce(r.paid_amount, r.total_amount) AS amount_due
        FROM public.repayment_schedule r) s
    JOIN public.loans l ON l.loan_id = s.loan_id
    WHERE s.due_date < (SELECT as_of_date FROM reporting.as_of)
    GROUP BY date_trunc('month', s.due_date::timestamp)::date, l.loan_type;
$$;

COMMENT ON COLUMN reporting.delinquency_by_month.amount_due IS 'Sum of principal and interest that fell due; of what an early payoff settled ahead, the part that was owed.';
COMMENT ON COLUMN reporting.delinquency_by_month.amount_collected IS 'Part of it that was paid (paid_amount), in time, late or ahead.';
