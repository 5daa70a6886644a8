-- Which list a customer was compared with and how close the match was; what a report tells.

ALTER TABLE public.aml_checks
    ADD COLUMN list_name   text,
    ADD COLUMN match_score smallint;
ALTER TABLE public.aml_checks ADD CONSTRAINT ck_aml_checks_match CHECK (
    (list_name IS NULL) = (match_score IS NULL)
    AND (list_name IS NULL OR check_type <> 'transaction_monitoring')
    AND match_score BETWEEN 0 AND 100);
ALTER TABLE public.suspicious_activity_reports ADD COLUMN narrative text NOT NULL DEFAULT '';
ALTER TABLE public.suspicious_activity_reports ALTER COLUMN narrative DROP DEFAULT;

COMMENT ON TABLE public.aml_checks IS
    'Anti-money-laundering checks of customers, of every transaction above the threshold of 10,000, and of some that pass it together.';
COMMENT ON COLUMN public.aml_checks.list_name IS 'List the customer was compared with; null for transaction_monitoring.';
COMMENT ON COLUMN public.aml_checks.match_score IS 'Likeness of the nearest entry of the list in percent; 80 or more is a finding. Null for transaction_monitoring.';
COMMENT ON COLUMN public.suspicious_activity_reports.narrative IS 'Who moved how much, when and in how many parts, and what became of the finding. Confidential; names the customer.';

CREATE VIEW reporting.screening_hits AS
SELECT k.check_type AS check_type, k.list_name AS list_name,
    count(*) AS checks,
    count(*) FILTER (WHERE k.aml_flag) AS hits,
    round(avg(k.aml_flag::integer), 4) AS hit_rate,
    round(avg(k.match_score) FILTER (WHERE k.aml_flag), 1) AS average_score_of_hits,
    count(*) FILTER (WHERE k.risk_level = 'high') AS high_risk
FROM public.aml_checks k
WHERE k.list_name IS NOT NULL
GROUP BY k.check_type, k.list_name;

COMMENT ON VIEW reporting.screening_hits IS
    'Screenings of customers by list: how many were near to an entry, and how near.';
COMMENT ON COLUMN reporting.screening_hits.check_type IS 'watchlist, sanctions or pep_screening (politically exposed persons).';
COMMENT ON COLUMN reporting.screening_hits.list_name IS 'List the customers were compared with.';
COMMENT ON COLUMN reporting.screening_hits.checks IS 'How many screenings.';
COMMENT ON COLUMN reporting.screening_hits.hits IS 'Screenings that found something to look into.';
COMMENT ON COLUMN reporting.screening_hits.hit_rate IS 'Hits over screenings, as a fraction.';
COMMENT ON COLUMN reporting.screening_hits.average_score_of_hits IS 'Mean likeness of the nearest entry over the hits, in percent; null without a hit.';
COMMENT ON COLUMN reporting.screening_hits.high_risk IS 'Hits of the highest level.';
