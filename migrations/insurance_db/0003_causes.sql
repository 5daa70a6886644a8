-- What a policy insures, and what happened when something was claimed on it.

ALTER TABLE public.policies ADD COLUMN insured_object text NOT NULL DEFAULT '';
ALTER TABLE public.policies ALTER COLUMN insured_object DROP DEFAULT;
ALTER TABLE public.claims ADD COLUMN cause text NOT NULL DEFAULT '';
ALTER TABLE public.claims ALTER COLUMN cause DROP DEFAULT;

COMMENT ON COLUMN public.policies.insured_object IS 'What is insured, in words: kind and town of the house, model year and kind of the car, whose life or health, which journeys.';
COMMENT ON COLUMN public.claims.cause IS 'What happened, in words.';

CREATE OR REPLACE VIEW reporting.open_claims AS
SELECT c.claim_id AS claim_id, c.policy_id AS policy_id, p.policy_number AS policy_number,
    p.customer_id AS customer_id, c.claim_type AS claim_type, c.claim_status AS claim_status,
    c.claim_date AS claim_date, d.as_of_date - c.claim_date AS days_open,
    c.claim_amount AS claim_amount, p.coverage_amount AS coverage_amount,
    round(c.claim_amount / p.coverage_amount, 4) AS share_of_coverage,
    c.processed_by AS processed_by, p.insured_object AS insured_object, c.cause AS cause
FROM public.claims c
JOIN public.policies p ON p.policy_id = c.policy_id
CROSS JOIN reporting.as_of d
WHERE c.claim_status IN ('under_review', 'approved');

COMMENT ON COLUMN reporting.open_claims.insured_object IS 'What the policy insures, in words.';
COMMENT ON COLUMN reporting.open_claims.cause IS 'What happened, in words.';
