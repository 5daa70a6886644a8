-- Reporting of insurance: the claims triangle, premium income, policies in force, loss ratios.

-- Not CREATE SCHEMA IF NOT EXISTS: that asks for the right to create even when it is there.
DO $$ BEGIN
    IF to_regnamespace('reporting') IS NULL THEN
        CREATE SCHEMA reporting;
        COMMENT ON SCHEMA reporting IS
            'Views and marts of insurance, derived from schema public and filled anew after each load.';
    END IF;
END $$;

CREATE TABLE reporting.as_of (
    as_of_date date NOT NULL,
    CONSTRAINT pk_as_of PRIMARY KEY (as_of_date)
);

COMMENT ON TABLE reporting.as_of IS
    'The business date of the reports, in one row: whatever is compared with today is compared with it.';
COMMENT ON COLUMN reporting.as_of.as_of_date IS 'As-of date of the bank: what lies before the midnight that begins it has happened, nothing lies after.';

CREATE TABLE reporting.claims_triangle (
    policy_type      text          NOT NULL,
    accident_year    integer       NOT NULL,
    development_year integer       NOT NULL,
    claims_paid      bigint        NOT NULL,
    paid_amount      numeric(18,2) NOT NULL,
    cumulative_paid  numeric(18,2) NOT NULL,
    reported_claims  bigint        NOT NULL,
    reported_amount  numeric(18,2) NOT NULL,
    paid_ratio       numeric(7,4),
    CONSTRAINT pk_claims_triangle PRIMARY KEY (policy_type, accident_year, development_year)
);

COMMENT ON TABLE reporting.claims_triangle IS
    'Claims development by line of insurance: what was paid on the claims of an accident year in each year of development. The triangle is full up to the as-of date; a year without payment is 0. Amounts are in US dollars.';
COMMENT ON COLUMN reporting.claims_triangle.policy_type IS 'Line of insurance: life, property, vehicle, health or travel.';
COMMENT ON COLUMN reporting.claims_triangle.accident_year IS 'Calendar year of the claims (claims.claim_date).';
COMMENT ON COLUMN reporting.claims_triangle.development_year IS 'Calendar years from the accident year to the payment; 0 is the accident year itself.';
COMMENT ON COLUMN reporting.claims_triangle.claims_paid IS 'Claims paid in the development year.';
COMMENT ON COLUMN reporting.claims_triangle.paid_amount IS 'Settlements paid in the development year.';
COMMENT ON COLUMN reporting.claims_triangle.cumulative_paid IS 'Settlements paid up to the end of the development year.';
COMMENT ON COLUMN reporting.claims_triangle.reported_claims IS 'Claims reported in the accident year; the same in each of its development years.';
COMMENT ON COLUMN reporting.claims_triangle.reported_amount IS 'Amount claimed on them; the same in each of the development years.';
COMMENT ON COLUMN reporting.claims_triangle.paid_ratio IS 'Cumulative settlements over the amount claimed, as a fraction; null when nothing was claimed.';

CREATE PROCEDURE reporting.refresh_claims_triangle() LANGUAGE sql AS $$
    DELETE FROM reporting.claims_triangle;
    WITH years AS (
        SELECT generate_series(f.first_year, extract(year FROM d.as_of_date - 1)::integer) AS year
        FROM (SELECT extract(year FROM min(claim_date))::integer AS first_year FROM public.claims) f
        CROSS JOIN reporting.as_of d
    ), entries AS (
        SELECT claim_type, extract(year FROM claim_date)::integer AS accident_year,
            0 AS development_year, 0 AS claims_paid, 0 AS paid_amount,
            count(*) AS reported_claims, sum(claim_amount) AS reported_amount
        FROM public.claims
        GROUP BY claim_type, extract(year FROM claim_date)::integer
        UNION ALL
        SELECT claim_type, extract(year FROM claim_date)::integer,
            (extract(year FROM settlement_date) - extract(year FROM claim_date))::integer,
            count(*), sum(settlement_amount), 0, 0
        FROM public.claims
        WHERE settlement_date IS NOT NULL
        GROUP BY claim_type, extract(year FROM claim_date)::integer,
            (extract(year FROM settlement_date) - extract(year FROM claim_date))::integer
        UNION ALL
        SELECT l.claim_type, a.year, p.year - a.year, 0, 0, 0, 0
        FROM (SELECT DISTINCT claim_type FROM public.claims) l
        CROSS JOIN years a
        JOIN years p ON p.year >= a.year
    ), cells AS (
        SELECT claim_type, accident_year, development_year, sum(claims_paid) AS claims_paid,
            sum(paid_amount) AS paid_amount, sum(reported_claims) AS reported_claims,
            sum(reported_amount) AS reported_amount
        FROM entries
        GROUP BY claim_type, accident_year, development_year
    ), running AS (
        SELECT claim_type, accident_year, development_year, claims_paid, paid_amount,
            sum(paid_amount) OVER sofar AS cumulative_paid,
            sum(reported_claims) OVER sofar AS reported_claims,
            sum(reported_amount) OVER sofar AS reported_amount
        FROM cells
        WINDOW sofar AS (PARTITION BY claim_type, accident_year ORDER BY development_year)
    )
    INSERT INTO reporting.claims_triangle (
        policy_type, accident_year, development_year, claims_paid, paid_amount, cumulative_paid,
        reported_claims, reported_amount, paid_ratio)
    SELECT r.claim_type AS policy_type, r.accident_year AS accident_year,
        r.development_year AS development_year, r.claims_paid AS claims_paid,
        r.paid_amount AS paid_amount, r.cumulative_paid AS cumulative_paid,
        r.reported_claims AS reported_claims, r.reported_amount AS reported_amount,
        round(r.cumulative_paid / nullif(r.reported_amount, 0), 4) AS paid_ratio
    FROM running r
    WHERE r.accident_year + r.development_year
        <= (SELECT extract(year FROM as_of_date - 1)::integer FROM reporting.as_of);
$$;

COMMENT ON PROCEDURE reporting.refresh_claims_triangle() IS
    'Fills claims_triangle anew from claims.';

CREATE TABLE reporting.premium_income (
    month            date          NOT NULL,
    policy_type      text          NOT NULL,
    installments_due bigint        NOT NULL,
    premium_due      numeric(18,2) NOT NULL,
    premium_received numeric(18,2) NOT NULL,
    premium_pending  numeric(18,2) NOT NULL,
    premium_failed   numeric(18,2) NOT NULL,
    collection_rate  numeric(7,4)  NOT NULL,
    CONSTRAINT pk_premium_income PRIMARY KEY (month, policy_type)
);

COMMENT ON TABLE reporting.premium_income IS
    'Premiums by the month in which they fell due and line of insurance, and what was received of them. Amounts are in US dollars.';
COMMENT ON COLUMN reporting.premium_income.month IS 'First day of the month in which the premiums fell due; the latest month runs up to the as-of date.';
COMMENT ON COLUMN reporting.premium_income.policy_type IS 'Line of insurance: life, property, vehicle, health or travel.';
COMMENT ON COLUMN reporting.premium_income.installments_due IS 'Premium installments that fell due.';
COMMENT ON COLUMN reporting.premium_income.premium_due IS 'Sum of these installments.';
COMMENT ON COLUMN reporting.premium_income.premium_received IS 'Part of it that was paid.';
COMMENT ON COLUMN reporting.premium_income.premium_pending IS 'Part of it that may still be paid.';
COMMENT ON COLUMN reporting.premium_income.premium_failed IS 'Part of it whose payment failed.';
COMMENT ON COLUMN reporting.premium_income.collection_rate IS 'Premium received over premium due, as a fraction.';

CREATE PROCEDURE reporting.refresh_premium_income() LANGUAGE sql AS $$
    DELETE FROM reporting.premium_income;
    INSERT INTO reporting.premium_income (
        month, policy_type, installments_due, premium_due, premium_received, premium_pending,
        premium_failed, collection_rate)
    SELECT date_trunc('month', m.due_date::timestamp)::date AS month, p.policy_type AS policy_type,
        count(*) AS installments_due,
        sum(m.amount) AS premium_due,
        coalesce(sum(m.amount) FILTER (WHERE m.payment_status = 'completed'), 0) AS premium_received,
        coalesce(sum(m.amount) FILTER (WHERE m.payment_status = 'pending'), 0) AS premium_pending,
        coalesce(sum(m.amount) FILTER (WHERE m.payment_status = 'failed'), 0) AS premium_failed,
        coalesce(round(sum(m.amount) FILTER (WHERE m.payment_status = 'completed')
            / sum(m.amount), 4), 0) AS collection_rate
    FROM public.premium_payments m
    JOIN public.policies p ON p.policy_id = m.policy_id
    GROUP BY date_trunc('month', m.due_date::timestamp)::date, p.policy_type;
$$;

COMMENT ON PROCEDURE reporting.refresh_premium_income() IS
    'Fills premium_income anew from premium payments and policies.';

CREATE MATERIALIZED VIEW reporting.policies_in_force AS
SELECT p.policy_type AS policy_type, p.premium_frequency AS premium_frequency,
    count(*) AS policies, count(DISTINCT p.customer_id) AS customers,
    sum(p.coverage_amount)::numeric(18,2) AS sum_insured,
    sum(p.premium_amount * CASE p.premium_frequency
        WHEN 'monthly' THEN 12 WHEN 'quarterly' THEN 4 ELSE 1 END)::numeric(18,2) AS annual_premium,
    round(avg(p.coverage_amount), 2) AS average_sum_insured,
    min(p.start_date) AS oldest_start_date
FROM public.policies p
WHERE p.policy_status = 'active'
GROUP BY p.policy_type, p.premium_frequency;

COMMENT ON MATERIALIZED VIEW reporting.policies_in_force IS
    'Active policies by line of insurance and frequency of payment. Amounts are in US dollars.';
COMMENT ON COLUMN reporting.policies_in_force.policy_type IS 'Line of insurance: life, property, vehicle, health or travel.';
COMMENT ON COLUMN reporting.policies_in_force.premium_frequency IS 'annual, quarterly or monthly.';
COMMENT ON COLUMN reporting.policies_in_force.policies IS 'Policies in force.';
COMMENT ON COLUMN reporting.policies_in_force.customers IS 'Different policyholders.';
COMMENT ON COLUMN reporting.policies_in_force.sum_insured IS 'Sum insured.';
COMMENT ON COLUMN reporting.policies_in_force.annual_premium IS 'Premiums of a year: the installment times 12, 4 or 1.';
COMMENT ON COLUMN reporting.policies_in_force.average_sum_insured IS 'Mean sum insured of a policy.';
COMMENT ON COLUMN reporting.policies_in_force.oldest_start_date IS 'First day of cover of the oldest policy.';

CREATE VIEW reporting.loss_ratio AS
WITH premiums AS (
    SELECT policy_type, extract(year FROM month)::integer AS year, sum(premium_due) AS premium_due,
        sum(premium_received) AS premium_received
    FROM reporting.premium_income
    GROUP BY policy_type, extract(year FROM month)::integer
), losses AS (
    SELECT policy_type, accident_year, sum(paid_amount) AS claims_paid,
        max(reported_amount) AS claims_reported
    FROM reporting.claims_triangle
    GROUP BY policy_type, accident_year
)
SELECT p.policy_type AS policy_type, p.year AS year, p.premium_due AS premium_due,
    p.premium_received AS premium_received, coalesce(l.claims_reported, 0) AS claims_reported,
    coalesce(l.claims_paid, 0) AS claims_paid,
    round(coalesce(l.claims_paid, 0) / nullif(p.premium_received, 0), 4) AS paid_loss_ratio
FROM premiums p
LEFT JOIN losses l ON l.policy_type = p.policy_type AND l.accident_year = p.year;

COMMENT ON VIEW reporting.loss_ratio IS
    'Claims against premiums by line of insurance and calendar year; claims count in their accident year. Amounts are in US dollars.';
COMMENT ON COLUMN reporting.loss_ratio.policy_type IS 'Line of insurance: life, property, vehicle, health or travel.';
COMMENT ON COLUMN reporting.loss_ratio.year IS 'Calendar year of the premiums and of the claims.';
COMMENT ON COLUMN reporting.loss_ratio.premium_due IS 'Premiums that fell due.';
COMMENT ON COLUMN reporting.loss_ratio.premium_received IS 'Part of them that was paid.';
COMMENT ON COLUMN reporting.loss_ratio.claims_reported IS 'Amount claimed in the year.';
COMMENT ON COLUMN reporting.loss_ratio.claims_paid IS 'Settlements paid on these claims by the as-of date.';
COMMENT ON COLUMN reporting.loss_ratio.paid_loss_ratio IS 'Settlements over premium received, as a fraction; null when none was received.';

CREATE VIEW reporting.open_claims AS
SELECT c.claim_id AS claim_id, c.policy_id AS policy_id, p.policy_number AS policy_number,
    p.customer_id AS customer_id, c.claim_type AS claim_type, c.claim_status AS claim_status,
    c.claim_date AS claim_date, d.as_of_date - c.claim_date AS days_open,
    c.claim_amount AS claim_amount, p.coverage_amount AS coverage_amount,
    round(c.claim_amount / p.coverage_amount, 4) AS share_of_coverage,
    c.processed_by AS processed_by
FROM public.claims c
JOIN public.policies p ON p.policy_id = c.policy_id
CROSS JOIN reporting.as_of d
WHERE c.claim_status IN ('under_review', 'approved');

COMMENT ON VIEW reporting.open_claims IS
    'Claims that are under review or approved and not yet paid, with their age. Amounts are in US dollars.';
COMMENT ON COLUMN reporting.open_claims.claim_id IS 'Key of the claim (claims.claim_id).';
COMMENT ON COLUMN reporting.open_claims.policy_id IS 'Policy claimed against (policies.policy_id).';
COMMENT ON COLUMN reporting.open_claims.policy_number IS 'Number the policy is known by outside.';
COMMENT ON COLUMN reporting.open_claims.customer_id IS 'Policyholder (accounts_db.customers.customer_id).';
COMMENT ON COLUMN reporting.open_claims.claim_type IS 'Line of insurance: life, property, vehicle, health or travel.';
COMMENT ON COLUMN reporting.open_claims.claim_status IS 'under_review or approved.';
COMMENT ON COLUMN reporting.open_claims.claim_date IS 'Day of the claim.';
COMMENT ON COLUMN reporting.open_claims.days_open IS 'Days from the claim to the as-of date.';
COMMENT ON COLUMN reporting.open_claims.claim_amount IS 'Amount claimed.';
COMMENT ON COLUMN reporting.open_claims.coverage_amount IS 'Sum insured by the policy.';
COMMENT ON COLUMN reporting.open_claims.share_of_coverage IS 'Amount claimed over sum insured, as a fraction.';
COMMENT ON COLUMN reporting.open_claims.processed_by IS 'Employee who handles the claim (employees_db.employees.employee_id).';

CREATE VIEW reporting.policy_persistency AS
SELECT extract(year FROM p.start_date)::integer AS start_year, p.policy_type AS policy_type,
    count(*) AS policies,
    count(*) FILTER (WHERE p.policy_status = 'active') AS active,
    count(*) FILTER (WHERE p.policy_status = 'lapsed') AS lapsed,
    count(*) FILTER (WHERE p.policy_status = 'cancelled') AS cancelled,
    round(count(*) FILTER (WHERE p.policy_status = 'active')::numeric / count(*), 4) AS persistency_rate
FROM public.policies p
GROUP BY extract(year FROM p.start_date)::integer, p.policy_type;

COMMENT ON VIEW reporting.policy_persistency IS
    'How many of the policies begun in a year are still in force, by line of insurance.';
COMMENT ON COLUMN reporting.policy_persistency.start_year IS 'Calendar year in which cover began.';
COMMENT ON COLUMN reporting.policy_persistency.policy_type IS 'Line of insurance: life, property, vehicle, health or travel.';
COMMENT ON COLUMN reporting.policy_persistency.policies IS 'Policies begun in the year.';
COMMENT ON COLUMN reporting.policy_persistency.active IS 'Of these, active.';
COMMENT ON COLUMN reporting.policy_persistency.lapsed IS 'Of these, lapsed for want of payment.';
COMMENT ON COLUMN reporting.policy_persistency.cancelled IS 'Of these, cancelled.';
COMMENT ON COLUMN reporting.policy_persistency.persistency_rate IS 'Active over all, as a fraction.';
