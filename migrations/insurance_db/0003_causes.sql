-- What a policy insures, and what happened when something was claimed on it.

ALTER TABLE public.policies ADD COLUMN insured_object text NOT NULL DEFAULT '';
ALTER TABLE public.policies ALTER COLUMN insured_object DROP DEFAULT;
ALTER TABLE public.claims ADD COLUMN cause text NOT NULL DEFAULT '';
ALTER TABLE public.claims ALTER COLUMN cause DROP DEFAULT;

COMMENT ON COLUMN public.policies.insured_object IS 'What is insured, in words: kind and town of the house, model year and kind of the car, whose life or health, which journeys.';
COMMENT ON COLUMN public.claims.cause IS 'What happened, in words.';
