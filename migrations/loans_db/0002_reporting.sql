-- Reporting of lending: the loan tape, portfolio at risk, delinquency, vintages, applications.

-- Not CREATE SCHEMA IF NOT EXISTS: that asks for the right to create even when it is there.
DO $$ BEGIN
    IF to_regnamespace('reporting') IS NULL THEN
        CREATE SCHEMA reporting;
        COMMENT ON SCHEMA reporting IS
            'Views and marts of lending, derived from schema public and filled anew after each load.';
    END IF;
END $$;

CREATE TABLE reporting.as_of (
    as_of_date date NOT NULL,
    CONSTRAINT pk_as_of PRIMARY KEY (as_of_date)
);

COMMENT ON TABLE reporting.as_of IS
    'The business date of the reports, in one row: whatever is compared with today is compared with it.';
COMMENT ON COLUMN reporting.as_of.as_of_date IS 'As-of date of the bank: what lies before the midnight that begins it has happened, nothing lies after.';

CREATE TABLE reporting.loan_tape (
    loan_id             bigint        NOT NULL,
    customer_id         bigint        NOT NULL,
    loan_type           text          NOT NULL,
    loan_status         text          NOT NULL,
    disbursement_date   date          NOT NULL,
    maturity_date       date          NOT NULL,
    months_on_book      integer       NOT NULL,
    interest_rate       numeric(6,3)  NOT NULL,
    principal_amount    numeric(15,2) NOT NULL,
    outstanding_balance numeric(15,2) NOT NULL,
    days_past_due       integer       NOT NULL,
    arrears_bucket      text          NOT NULL,
    collateral_value    numeric(15,2) NOT NULL,
    guarantee_amount    numeric(15,2) NOT NULL,
    unsecured_balance   numeric(15,2) NOT NULL,
    current_ltv         numeric(12,4),
    risk_score          smallint,
    credit_grade        text,
    pd_probability      numeric(5,4),
    CONSTRAINT pk_loan_tape PRIMARY KEY (loan_id)
);

COMMENT ON TABLE reporting.loan_tape IS
    'Every loan on the books (with a balance outstanding) with its arrears, security and latest risk assessment, one row each. Amounts are in US dollars.';
COMMENT ON COLUMN reporting.loan_tape.loan_id IS 'Key of the loan (loans.loan_id).';
COMMENT ON COLUMN reporting.loan_tape.customer_id IS 'Borrower (accounts_db.customers.customer_id).';
COMMENT ON COLUMN reporting.loan_tape.loan_type IS 'mortgage, personal, auto, business or education.';
COMMENT ON COLUMN reporting.loan_tape.loan_status IS 'active, defaulted or restructured.';
COMMENT ON COLUMN reporting.loan_tape.disbursement_date IS 'Day of the payout.';
COMMENT ON COLUMN reporting.loan_tape.maturity_date IS 'Due date of the last installment.';
COMMENT ON COLUMN reporting.loan_tape.months_on_book IS 'Whole months from the payout to the as-of date.';
COMMENT ON COLUMN reporting.loan_tape.interest_rate IS 'Nominal interest rate in percent a year.';
COMMENT ON COLUMN reporting.loan_tape.principal_amount IS 'Amount paid out.';
COMMENT ON COLUMN reporting.loan_tape.outstanding_balance IS 'Principal still owed.';
COMMENT ON COLUMN reporting.loan_tape.days_past_due IS 'Days since the oldest unpaid installment fell due; 0 when nothing is overdue.';
COMMENT ON COLUMN reporting.loan_tape.arrears_bucket IS 'current (0 days past due), 1-30, 31-60, 61-90 or over 90.';
COMMENT ON COLUMN reporting.loan_tape.collateral_value IS 'Appraised value of all collateral; 0 when there is none.';
COMMENT ON COLUMN reporting.loan_tape.guarantee_amount IS 'Sum of the amounts guaranteed by others; 0 when nobody does.';
COMMENT ON COLUMN reporting.loan_tape.unsecured_balance IS 'Outstanding balance that collateral and guarantees do not cover, at least 0.';
COMMENT ON COLUMN reporting.loan_tape.current_ltv IS 'Outstanding balance over collateral value, as a fraction; null without collateral.';
COMMENT ON COLUMN reporting.loan_tape.risk_score IS 'Credit score of the latest assessment, 300 (worst) to 850 (best); null when there is none.';
COMMENT ON COLUMN reporting.loan_tape.credit_grade IS 'Grade of the latest assessment, AAA (best) to C (worst); null when there is none.';
COMMENT ON COLUMN reporting.loan_tape.pd_probability IS 'Probability of default within a year by the latest assessment, as a fraction; null when there is none.';

CREATE PROCEDURE reporting.refresh_loan_tape() LANGUAGE sql AS $$
    DELETE FROM reporting.loan_tape;
    WITH secured AS (
        SELECT loan_id, sum(appraised_value) AS collateral_value
        FROM public.collateral
        GROUP BY loan_id
    ), guaranteed AS (
        SELECT loan_id, sum(guarantee_amount) AS guarantee_amount
        FROM public.loan_guarantors
        GROUP BY loan_id
    ), assessed AS (
        -- An assessment is of the loan itself or of the application that led to it.
        SELECT DISTINCT ON (coalesce(r.loan_id, l.loan_id)) coalesce(r.loan_id, l.loan_id) AS loan_id,
            r.risk_score AS risk_score, r.credit_grade AS credit_grade,
            r.pd_probability AS pd_probability
        FROM public.risk_assessments r
        LEFT JOIN public.loans l ON l.application_id = r.application_id
        WHERE coalesce(r.loan_id, l.loan_id) IS NOT NULL
        ORDER BY coalesce(r.loan_id, l.loan_id), r.assessment_date DESC, r.assessment_id DESC
    )
    INSERT INTO reporting.loan_tape (
        loan_id, customer_id, loan_type, loan_status, disbursement_date, maturity_date,
        months_on_book, interest_rate, principal_amount, outstanding_balance, days_past_due,
        arrears_bucket, collateral_value, guarantee_amount, unsecured_balance, current_ltv,
        risk_score, credit_grade, pd_probability)
    SELECT l.loan_id AS loan_id, l.customer_id AS customer_id, l.loan_type AS loan_type,
        l.loan_status AS loan_status, l.disbursement_date AS disbursement_date,
        l.maturity_date AS maturity_date,
        (12 * extract(year FROM age(d.as_of_date, l.disbursement_date))
            + extract(month FROM age(d.as_of_date, l.disbursement_date)))::integer AS months_on_book,
        l.interest_rate AS interest_rate, l.principal_amount AS principal_amount,
        l.outstanding_balance AS outstanding_balance, l.days_past_due AS days_past_due,
        CASE WHEN l.days_past_due = 0 THEN 'current'
            WHEN l.days_past_due <= 30 THEN '1-30'
            WHEN l.days_past_due <= 60 THEN '31-60'
            WHEN l.days_past_due <= 90 THEN '61-90'
            ELSE 'over 90' END AS arrears_bucket,
        coalesce(c.collateral_value, 0) AS collateral_value,
        coalesce(g.guarantee_amount, 0) AS guarantee_amount,
        greatest(l.outstanding_balance - coalesce(c.collateral_value, 0)
            - coalesce(g.guarantee_amount, 0), 0) AS unsecured_balance,
        round(l.outstanding_balance / c.collateral_value, 4) AS current_ltv,
        r.risk_score AS risk_score, r.credit_grade AS credit_grade,
        r.pd_probability AS pd_probability
    FROM public.loans l
    CROSS JOIN reporting.as_of d
    LEFT JOIN secured c ON c.loan_id = l.loan_id
    LEFT JOIN guaranteed g ON g.loan_id = l.loan_id
    LEFT JOIN assessed r ON r.loan_id = l.loan_id
    WHERE l.outstanding_balance > 0;
$$;

COMMENT ON PROCEDURE reporting.refresh_loan_tape() IS
    'Fills loan_tape anew from loans, collateral, guarantors and risk assessments.';

CREATE TABLE reporting.delinquency_by_month (
    month                date          NOT NULL,
    loan_type            text          NOT NULL,
    installments_due     bigint        NOT NULL,
    installments_paid    bigint        NOT NULL,
    installments_late    bigint        NOT NULL,
    installments_pending bigint        NOT NULL,
    installments_missed  bigint        NOT NULL,
    amount_due           numeric(18,2) NOT NULL,
    amount_collected     numeric(18,2) NOT NULL,
    amount_missed        numeric(18,2) NOT NULL,
    delinquency_rate     numeric(7,4)  NOT NULL,
    collection_rate      numeric(7,4)  NOT NULL,
    CONSTRAINT pk_delinquency_by_month PRIMARY KEY (month, loan_type)
);

COMMENT ON TABLE reporting.delinquency_by_month IS
    'Installments by the month in which they fell due and loan type, and what became of them by the as-of date. Amounts are in US dollars.';
COMMENT ON COLUMN reporting.delinquency_by_month.month IS 'First day of the month in which the installments fell due; the latest month runs up to the as-of date.';
COMMENT ON COLUMN reporting.delinquency_by_month.loan_type IS 'mortgage, personal, auto, business or education.';
COMMENT ON COLUMN reporting.delinquency_by_month.installments_due IS 'Installments that fell due.';
COMMENT ON COLUMN reporting.delinquency_by_month.installments_paid IS 'Of these, paid in time or within the grace of 15 days.';
COMMENT ON COLUMN reporting.delinquency_by_month.installments_late IS 'Of these, paid after the grace.';
COMMENT ON COLUMN reporting.delinquency_by_month.installments_pending IS 'Of these, unpaid and still within the grace.';
COMMENT ON COLUMN reporting.delinquency_by_month.installments_missed IS 'Of these, unpaid after the grace.';
COMMENT ON COLUMN reporting.delinquency_by_month.amount_due IS 'Sum of principal and interest that fell due.';
COMMENT ON COLUMN reporting.delinquency_by_month.amount_collected IS 'Part of it that was paid, in time or late.';
COMMENT ON COLUMN reporting.delinquency_by_month.amount_missed IS 'Part of it that is unpaid after the grace.';
COMMENT ON COLUMN reporting.delinquency_by_month.delinquency_rate IS 'Installments late or missed over installments due, as a fraction.';
COMMENT ON COLUMN reporting.delinquency_by_month.collection_rate IS 'Amount collected over amount due, as a fraction.';

CREATE PROCEDURE reporting.refresh_delinquency_by_month() LANGUAGE sql AS $$
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
        sum(s.total_amount) AS amount_due,
        coalesce(sum(s.total_amount) FILTER (WHERE s.payment_date IS NOT NULL), 0) AS amount_collected,
        coalesce(sum(s.total_amount) FILTER (WHERE s.payment_status = 'missed'), 0) AS amount_missed,
        round(count(*) FILTER (WHERE s.payment_status IN ('late', 'missed'))::numeric / count(*), 4)
            AS delinquency_rate,
        coalesce(round(sum(s.total_amount) FILTER (WHERE s.payment_date IS NOT NULL)
            / nullif(sum(s.total_amount), 0), 4), 0) AS collection_rate
    FROM public.repayment_schedule s
    JOIN public.loans l ON l.loan_id = s.loan_id
    WHERE s.due_date < (SELECT as_of_date FROM reporting.as_of)
    GROUP BY date_trunc('month', s.due_date::timestamp)::date, l.loan_type;
$$;

COMMENT ON PROCEDURE reporting.refresh_delinquency_by_month() IS
    'Fills delinquency_by_month anew from the repayment schedule and loans.';

CREATE MATERIALIZED VIEW reporting.portfolio_at_risk AS
SELECT t.loan_type AS loan_type,
    count(*) AS loans,
    sum(t.outstanding_balance)::numeric(18,2) AS outstanding_balance,
    coalesce(sum(t.outstanding_balance) FILTER (WHERE t.days_past_due > 30), 0)::numeric(18,2) AS par_30_balance,
    coalesce(sum(t.outstanding_balance) FILTER (WHERE t.days_past_due > 60), 0)::numeric(18,2) AS par_60_balance,
    coalesce(sum(t.outstanding_balance) FILTER (WHERE t.days_past_due > 90), 0)::numeric(18,2) AS par_90_balance,
    round(coalesce(sum(t.outstanding_balance) FILTER (WHERE t.days_past_due > 30), 0)
        / sum(t.outstanding_balance), 4) AS par_30_ratio,
    round(coalesce(sum(t.outstanding_balance) FILTER (WHERE t.days_past_due > 60), 0)
        / sum(t.outstanding_balance), 4) AS par_60_ratio,
    round(coalesce(sum(t.outstanding_balance) FILTER (WHERE t.days_past_due > 90), 0)
        / sum(t.outstanding_balance), 4) AS par_90_ratio,
    coalesce(sum(t.outstanding_balance) FILTER (WHERE t.loan_status = 'restructured'), 0)::numeric(18,2)
        AS restructured_balance,
    round(sum(t.outstanding_balance * t.pd_probability)
        / nullif(sum(t.outstanding_balance) FILTER (WHERE t.pd_probability IS NOT NULL), 0), 4) AS weighted_pd
FROM reporting.loan_tape t
GROUP BY t.loan_type;

COMMENT ON MATERIALIZED VIEW reporting.portfolio_at_risk IS
    'Portfolio at risk by loan type: the outstanding balance of loans in arrears for more than 30, 60 and 90 days, over all outstanding balance. Amounts are in US dollars.';
COMMENT ON COLUMN reporting.portfolio_at_risk.loan_type IS 'mortgage, personal, auto, business or education.';
COMMENT ON COLUMN reporting.portfolio_at_risk.loans IS 'Loans on the books.';
COMMENT ON COLUMN reporting.portfolio_at_risk.outstanding_balance IS 'Principal still owed on them.';
COMMENT ON COLUMN reporting.portfolio_at_risk.par_30_balance IS 'Outstanding balance of loans more than 30 days past due.';
COMMENT ON COLUMN reporting.portfolio_at_risk.par_60_balance IS 'Outstanding balance of loans more than 60 days past due.';
COMMENT ON COLUMN reporting.portfolio_at_risk.par_90_balance IS 'Outstanding balance of loans more than 90 days past due.';
COMMENT ON COLUMN reporting.portfolio_at_risk.par_30_ratio IS 'PAR30: par_30_balance over outstanding_balance, as a fraction.';
COMMENT ON COLUMN reporting.portfolio_at_risk.par_60_ratio IS 'PAR60: par_60_balance over outstanding_balance, as a fraction.';
COMMENT ON COLUMN reporting.portfolio_at_risk.par_90_ratio IS 'PAR90: par_90_balance over outstanding_balance, as a fraction.';
COMMENT ON COLUMN reporting.portfolio_at_risk.restructured_balance IS 'Outstanding balance of restructured loans, in arrears or not.';
COMMENT ON COLUMN reporting.portfolio_at_risk.weighted_pd IS 'Mean probability of default weighted by outstanding balance, as a fraction; null when no loan is assessed.';

CREATE VIEW reporting.collateral_coverage AS
SELECT t.loan_type AS loan_type, t.arrears_bucket AS arrears_bucket,
    count(*) AS loans, count(*) FILTER (WHERE t.collateral_value > 0) AS secured_loans,
    sum(t.outstanding_balance) AS outstanding_balance,
    sum(t.collateral_value) AS collateral_value, sum(t.guarantee_amount) AS guarantee_amount,
    sum(t.unsecured_balance) AS unsecured_balance,
    round(sum(t.unsecured_balance) / sum(t.outstanding_balance), 4) AS unsecured_ratio,
    round(avg(t.current_ltv), 4) AS average_ltv
FROM reporting.loan_tape t
GROUP BY t.loan_type, t.arrears_bucket;

COMMENT ON VIEW reporting.collateral_coverage IS
    'How far collateral and guarantees cover the loans, by loan type and arrears. Amounts are in US dollars.';
COMMENT ON COLUMN reporting.collateral_coverage.loan_type IS 'mortgage, personal, auto, business or education.';
COMMENT ON COLUMN reporting.collateral_coverage.arrears_bucket IS 'current (0 days past due), 1-30, 31-60, 61-90 or over 90.';
COMMENT ON COLUMN reporting.collateral_coverage.loans IS 'Loans on the books.';
COMMENT ON COLUMN reporting.collateral_coverage.secured_loans IS 'Of these, with collateral.';
COMMENT ON COLUMN reporting.collateral_coverage.outstanding_balance IS 'Principal still owed.';
COMMENT ON COLUMN reporting.collateral_coverage.collateral_value IS 'Appraised value of the collateral.';
COMMENT ON COLUMN reporting.collateral_coverage.guarantee_amount IS 'Amounts guaranteed by others.';
COMMENT ON COLUMN reporting.collateral_coverage.unsecured_balance IS 'Outstanding balance that neither covers.';
COMMENT ON COLUMN reporting.collateral_coverage.unsecured_ratio IS 'Unsecured over outstanding balance, as a fraction.';
COMMENT ON COLUMN reporting.collateral_coverage.average_ltv IS 'Mean of outstanding balance over collateral value, as a fraction; null without collateral.';

CREATE VIEW reporting.vintage_analysis AS
SELECT date_trunc('quarter', l.disbursement_date::timestamp)::date AS quarter,
    l.loan_type AS loan_type, count(*) AS loans,
    sum(l.principal_amount) AS disbursed, sum(l.outstanding_balance) AS outstanding_balance,
    count(*) FILTER (WHERE l.loan_status = 'paid_off') AS paid_off,
    count(*) FILTER (WHERE l.loan_status = 'defaulted') AS defaulted,
    count(*) FILTER (WHERE l.loan_status = 'restructured') AS restructured,
    round(count(*) FILTER (WHERE l.loan_status = 'defaulted')::numeric / count(*), 4) AS default_rate,
    round(avg(l.interest_rate), 3) AS average_rate
FROM public.loans l
GROUP BY date_trunc('quarter', l.disbursement_date::timestamp)::date, l.loan_type;

COMMENT ON VIEW reporting.vintage_analysis IS
    'Loans by the quarter of their payout and type, and what has become of them since. Amounts are in US dollars.';
COMMENT ON COLUMN reporting.vintage_analysis.quarter IS 'First day of the quarter of the payout.';
COMMENT ON COLUMN reporting.vintage_analysis.loan_type IS 'mortgage, personal, auto, business or education.';
COMMENT ON COLUMN reporting.vintage_analysis.loans IS 'Loans paid out.';
COMMENT ON COLUMN reporting.vintage_analysis.disbursed IS 'Sum paid out.';
COMMENT ON COLUMN reporting.vintage_analysis.outstanding_balance IS 'Principal still owed.';
COMMENT ON COLUMN reporting.vintage_analysis.paid_off IS 'Loans paid off.';
COMMENT ON COLUMN reporting.vintage_analysis.defaulted IS 'Loans in default.';
COMMENT ON COLUMN reporting.vintage_analysis.restructured IS 'Loans restructured.';
COMMENT ON COLUMN reporting.vintage_analysis.default_rate IS 'Loans in default over loans paid out, as a fraction.';
COMMENT ON COLUMN reporting.vintage_analysis.average_rate IS 'Mean interest rate in percent a year.';

CREATE VIEW reporting.application_funnel AS
SELECT date_trunc('month', a.application_date::timestamp)::date AS month,
    a.loan_type AS loan_type, count(*) AS applications,
    count(*) FILTER (WHERE a.status = 'pending') AS pending,
    count(*) FILTER (WHERE a.status = 'withdrawn') AS withdrawn,
    count(*) FILTER (WHERE a.status = 'rejected') AS rejected,
    count(*) FILTER (WHERE a.status = 'approved') AS approved,
    round(count(*) FILTER (WHERE a.status = 'approved')::numeric
        / nullif(count(*) FILTER (WHERE a.status IN ('approved', 'rejected')), 0), 4) AS approval_rate,
    round(avg(a.decision_date - a.application_date), 1) AS average_days_to_decision,
    sum(a.requested_amount) AS requested_amount,
    coalesce(sum(l.principal_amount), 0) AS disbursed_amount
FROM public.loan_applications a
LEFT JOIN public.loans l ON l.application_id = a.application_id
GROUP BY date_trunc('month', a.application_date::timestamp)::date, a.loan_type;

COMMENT ON VIEW reporting.application_funnel IS
    'Loan applications by month and type, from the request to the payout. Amounts are in US dollars.';
COMMENT ON COLUMN reporting.application_funnel.month IS 'First day of the month of application.';
COMMENT ON COLUMN reporting.application_funnel.loan_type IS 'mortgage, personal, auto, business or education.';
COMMENT ON COLUMN reporting.application_funnel.applications IS 'Applications made.';
COMMENT ON COLUMN reporting.application_funnel.pending IS 'Of these, not yet decided.';
COMMENT ON COLUMN reporting.application_funnel.withdrawn IS 'Of these, withdrawn by the customer.';
COMMENT ON COLUMN reporting.application_funnel.rejected IS 'Of these, rejected.';
COMMENT ON COLUMN reporting.application_funnel.approved IS 'Of these, approved.';
COMMENT ON COLUMN reporting.application_funnel.approval_rate IS 'Approved over approved and rejected, as a fraction; null when none is decided.';
COMMENT ON COLUMN reporting.application_funnel.average_days_to_decision IS 'Mean days from application to decision or withdrawal; null when there is none.';
COMMENT ON COLUMN reporting.application_funnel.requested_amount IS 'Sum asked for.';
COMMENT ON COLUMN reporting.application_funnel.disbursed_amount IS 'Sum paid out to these applicants.';

CREATE VIEW reporting.repayment_forecast AS
SELECT date_trunc('month', s.due_date::timestamp)::date AS month, l.loan_type AS loan_type,
    count(*) AS installments, sum(s.principal_amount) AS principal_amount,
    sum(s.interest_amount) AS interest_amount, sum(s.total_amount) AS total_amount
FROM public.repayment_schedule s
JOIN public.loans l ON l.loan_id = s.loan_id
WHERE s.payment_status = 'scheduled' AND l.loan_status IN ('active', 'restructured')
GROUP BY date_trunc('month', s.due_date::timestamp)::date, l.loan_type;

COMMENT ON VIEW reporting.repayment_forecast IS
    'Cash that running loans are to bring, by month and loan type: installments that are not yet due. Amounts are in US dollars.';
COMMENT ON COLUMN reporting.repayment_forecast.month IS 'First day of the month in which the installments fall due.';
COMMENT ON COLUMN reporting.repayment_forecast.loan_type IS 'mortgage, personal, auto, business or education.';
COMMENT ON COLUMN reporting.repayment_forecast.installments IS 'Installments to come.';
COMMENT ON COLUMN reporting.repayment_forecast.principal_amount IS 'Principal in them.';
COMMENT ON COLUMN reporting.repayment_forecast.interest_amount IS 'Interest in them.';
COMMENT ON COLUMN reporting.repayment_forecast.total_amount IS 'Principal and interest together.';
