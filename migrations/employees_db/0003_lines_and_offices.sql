-- Where the branches stand and since when, and one line of command from everybody to the chief.

-- The defaults are for the rows of a bank seeded before, which says nothing of it.
ALTER TABLE public.branches
    ADD COLUMN street_address text NOT NULL DEFAULT '',
    ADD COLUMN postal_code    text NOT NULL DEFAULT '',
    ADD COLUMN region         text NOT NULL DEFAULT '',
    ADD COLUMN time_zone      text NOT NULL DEFAULT '',
    ADD COLUMN opened_date    date NOT NULL DEFAULT '1900-01-01';
ALTER TABLE public.branches
    ALTER COLUMN street_address DROP DEFAULT, ALTER COLUMN postal_code DROP DEFAULT,
    ALTER COLUMN region DROP DEFAULT, ALTER COLUMN time_zone DROP DEFAULT,
    ALTER COLUMN opened_date DROP DEFAULT;

COMMENT ON COLUMN public.branches.street_address IS 'Street and house number of the branch.';
COMMENT ON COLUMN public.branches.postal_code IS 'Five-digit ZIP code of the branch.';
COMMENT ON COLUMN public.branches.region IS 'Region of the bank to which the branch belongs: Northeast, Midwest, South or West.';
COMMENT ON COLUMN public.branches.time_zone IS 'Time zone of the branch as the IANA database names it; instants are stored in UTC.';
COMMENT ON COLUMN public.branches.opened_date IS 'Day on which the branch was opened.';

ALTER TABLE public.employees
    ADD COLUMN reports_to bigint;
ALTER TABLE public.employees ADD CONSTRAINT fk_employees_reports_to
    FOREIGN KEY (reports_to) REFERENCES public.employees (employee_id);
ALTER TABLE public.employees ADD CONSTRAINT ck_employees_reports_to CHECK (reports_to <> employee_id);

CREATE INDEX ix_employees_reports_to ON public.employees (reports_to);

COMMENT ON COLUMN public.employees.reports_to IS 'Superior in the line of command (employees.employee_id), the manager where there is one; null for the chief executive alone.';

CREATE OR REPLACE VIEW reporting.org_chart AS
WITH RECURSIVE chain AS (
    SELECT e.employee_id, e.first_name, e.last_name, e.job_title, e.department_id, e.manager_id,
        e.employment_status, 1 AS level, e.last_name AS path, e.reports_to
    FROM public.employees e
    WHERE e.reports_to IS NULL
    UNION ALL
    SELECT e.employee_id, e.first_name, e.last_name, e.job_title, e.department_id, e.manager_id,
        e.employment_status, c.level + 1, c.path || ' > ' || e.last_name, e.reports_to
    FROM public.employees e
    JOIN chain c ON c.employee_id = e.reports_to
)
SELECT c.employee_id AS employee_id, c.first_name AS first_name, c.last_name AS last_name,
    c.job_title AS job_title, d.department_name AS department_name, c.manager_id AS manager_id,
    c.level AS level, c.path AS path, c.reports_to AS reports_to
FROM chain c
JOIN public.departments d ON d.department_id = c.department_id
WHERE c.employment_status = 'active';

COMMENT ON VIEW reporting.org_chart IS
    'Active employees with their line of command, from the chief executive down; the line may lead over a superior who has left.';
COMMENT ON COLUMN reporting.org_chart.manager_id IS 'Direct manager (employees.employee_id); null for senior staff who work on their own.';
COMMENT ON COLUMN reporting.org_chart.reports_to IS 'Superior in the line of command (employees.employee_id); null for the chief executive alone.';
