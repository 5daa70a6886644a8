-- Reporting of human resources: headcount, turnover, branch staffing, training, reviews.

-- Not CREATE SCHEMA IF NOT EXISTS: that asks for the right to create even when it is there.
DO $$ BEGIN
    IF to_regnamespace('reporting') IS NULL THEN
        CREATE SCHEMA reporting;
        COMMENT ON SCHEMA reporting IS
            'Views and marts of human resources, derived from schema public and filled anew after each load.';
    END IF;
END $$;

CREATE TABLE reporting.as_of (
    as_of_date date NOT NULL,
    CONSTRAINT pk_as_of PRIMARY KEY (as_of_date)
);

COMMENT ON TABLE reporting.as_of IS
    'The business date of the reports, in one row: whatever is compared with today is compared with it.';
COMMENT ON COLUMN reporting.as_of.as_of_date IS 'As-of date of the bank: what lies before the midnight that begins it has happened, nothing lies after.';

CREATE TABLE reporting.headcount_by_month (
    month           date          NOT NULL,
    department_code text          NOT NULL,
    department_name text          NOT NULL,
    headcount       bigint        NOT NULL,
    hires           bigint        NOT NULL,
    leavers         bigint        NOT NULL,
    monthly_payroll numeric(18,2) NOT NULL,
    CONSTRAINT pk_headcount_by_month PRIMARY KEY (month, department_code)
);

COMMENT ON TABLE reporting.headcount_by_month IS
    'Staff of each department at the end of each of the last 36 months, with who came and who left.';
COMMENT ON COLUMN reporting.headcount_by_month.month IS 'First day of the month; the latest month runs up to the as-of date.';
COMMENT ON COLUMN reporting.headcount_by_month.department_code IS 'Short code of the department (departments.department_code).';
COMMENT ON COLUMN reporting.headcount_by_month.department_name IS 'Name of the department.';
COMMENT ON COLUMN reporting.headcount_by_month.headcount IS 'Employees hired and not yet gone at the end of the month.';
COMMENT ON COLUMN reporting.headcount_by_month.hires IS 'Employees whose first day lies in the month.';
COMMENT ON COLUMN reporting.headcount_by_month.leavers IS 'Employees whose last day lies in the month.';
COMMENT ON COLUMN reporting.headcount_by_month.monthly_payroll IS 'A twelfth of the yearly base salaries of the headcount, at today''s salaries, in US dollars.';

CREATE PROCEDURE reporting.refresh_headcount_by_month() LANGUAGE sql AS $$
    DELETE FROM reporting.headcount_by_month;
    WITH months AS (
        SELECT generate_series(
            date_trunc('month', as_of_date - interval '1 day') - interval '36 months',
            date_trunc('month', as_of_date - interval '1 day'),
            interval '1 month') AS month
        FROM reporting.as_of
    ), moves AS (
        SELECT department_id, date_trunc('month', hire_date::timestamp) AS month,
            count(*) AS hires, 0 AS leavers, sum(salary) AS salaries
        FROM public.employees
        GROUP BY department_id, date_trunc('month', hire_date::timestamp)
        UNION ALL
        SELECT department_id, date_trunc('month', termination_date::timestamp), 0, count(*),
            -sum(salary)
        FROM public.employees
        WHERE termination_date IS NOT NULL
        GROUP BY department_id, date_trunc('month', termination_date::timestamp)
        UNION ALL
        SELECT p.department_id, m.month, 0, 0, 0
        FROM public.departments p
        CROSS JOIN months m
    ), monthly AS (
        -- All that lies before the first month is one sum, that month's beginning.
        SELECT v.department_id AS department_id, greatest(v.month, f.month) AS month,
            sum(v.hires) AS hires, sum(v.leavers) AS leavers, sum(v.salaries) AS salaries
        FROM moves v
        CROSS JOIN (SELECT min(month) AS month, max(month) AS last_month FROM months) f
        WHERE v.month <= f.last_month
        GROUP BY v.department_id, greatest(v.month, f.month)
    ), running AS (
        SELECT department_id, month, hires, leavers,
            sum(hires - leavers) OVER sofar AS headcount, sum(salaries) OVER sofar AS salaries
        FROM monthly
        WINDOW sofar AS (PARTITION BY department_id ORDER BY month)
    )
    INSERT INTO reporting.headcount_by_month (
        month, department_code, department_name, headcount, hires, leavers, monthly_payroll)
    SELECT r.month::date AS month, p.department_code AS department_code,
        p.department_name AS department_name, r.headcount AS headcount, r.hires AS hires,
        r.leavers AS leavers, round(r.salaries / 12, 2) AS monthly_payroll
    FROM running r
    JOIN public.departments p ON p.department_id = r.department_id
    WHERE r.month > (SELECT min(month) FROM months);
$$;

COMMENT ON PROCEDURE reporting.refresh_headcount_by_month() IS
    'Fills headcount_by_month anew from employees and departments.';

CREATE MATERIALIZED VIEW reporting.branch_staffing AS
WITH covering AS (
    SELECT branch_code, count(*) AS covering_employees
    FROM public.employee_assignments
    WHERE assignment_type = 'branch_coverage' AND end_date IS NULL
    GROUP BY branch_code
), working AS (
    SELECT branch_code, count(*) AS employees,
        count(*) FILTER (WHERE role = 'customer_service_rep') AS service_reps,
        count(*) FILTER (WHERE role = 'loan_officer') AS loan_officers,
        sum(salary) AS yearly_payroll, min(hire_date) AS longest_serving_since
    FROM public.employees
    WHERE employment_status = 'active'
    GROUP BY branch_code
)
SELECT b.branch_code AS branch_code, b.branch_name AS branch_name, b.city AS city,
    b.state AS state, coalesce(w.employees, 0) AS employees,
    coalesce(w.service_reps, 0) AS service_reps, coalesce(w.loan_officers, 0) AS loan_officers,
    coalesce(c.covering_employees, 0) AS covering_employees,
    coalesce(w.yearly_payroll, 0)::numeric(18,2) AS yearly_payroll,
    w.longest_serving_since AS longest_serving_since
FROM public.branches b
LEFT JOIN working w ON w.branch_code = b.branch_code
LEFT JOIN covering c ON c.branch_code = b.branch_code;

COMMENT ON MATERIALIZED VIEW reporting.branch_staffing IS
    'Staff of each branch: who works there, who covers it, and what they earn.';
COMMENT ON COLUMN reporting.branch_staffing.branch_code IS 'Key of the branch (branches.branch_code).';
COMMENT ON COLUMN reporting.branch_staffing.branch_name IS 'Name of the branch as customers know it.';
COMMENT ON COLUMN reporting.branch_staffing.city IS 'City in which the branch stands.';
COMMENT ON COLUMN reporting.branch_staffing.state IS 'Two-letter code of the US state in which the branch stands.';
COMMENT ON COLUMN reporting.branch_staffing.employees IS 'Active employees who work at the branch.';
COMMENT ON COLUMN reporting.branch_staffing.service_reps IS 'Of these, customer service representatives.';
COMMENT ON COLUMN reporting.branch_staffing.loan_officers IS 'Of these, loan officers.';
COMMENT ON COLUMN reporting.branch_staffing.covering_employees IS 'Ongoing assignments to cover the branch.';
COMMENT ON COLUMN reporting.branch_staffing.yearly_payroll IS 'Base salaries of the active employees in US dollars a year.';
COMMENT ON COLUMN reporting.branch_staffing.longest_serving_since IS 'First day of the longest-serving active employee; null when nobody works there.';

CREATE VIEW reporting.staff_turnover AS
SELECT h.department_code AS department_code, h.department_name AS department_name,
    extract(year FROM h.month)::integer AS year,
    round(avg(h.headcount), 1) AS average_headcount, sum(h.hires)::bigint AS hires,
    sum(h.leavers)::bigint AS leavers,
    round(sum(h.leavers) / nullif(avg(h.headcount), 0), 4) AS turnover_rate,
    sum(h.monthly_payroll) AS payroll
FROM reporting.headcount_by_month h
GROUP BY h.department_code, h.department_name, extract(year FROM h.month)::integer;

COMMENT ON VIEW reporting.staff_turnover IS
    'Hires, leavers and turnover of each department by calendar year, as far as headcount_by_month reaches.';
COMMENT ON COLUMN reporting.staff_turnover.department_code IS 'Short code of the department.';
COMMENT ON COLUMN reporting.staff_turnover.department_name IS 'Name of the department.';
COMMENT ON COLUMN reporting.staff_turnover.year IS 'Calendar year.';
COMMENT ON COLUMN reporting.staff_turnover.average_headcount IS 'Mean headcount at the month ends of the year.';
COMMENT ON COLUMN reporting.staff_turnover.hires IS 'Employees who came in the year.';
COMMENT ON COLUMN reporting.staff_turnover.leavers IS 'Employees who left in the year.';
COMMENT ON COLUMN reporting.staff_turnover.turnover_rate IS 'Leavers over average headcount, as a fraction; null when there was no staff.';
COMMENT ON COLUMN reporting.staff_turnover.payroll IS 'Sum of the monthly payrolls of the year, at today''s salaries, in US dollars.';

CREATE VIEW reporting.org_chart AS
WITH RECURSIVE chain AS (
    SELECT e.employee_id, e.first_name, e.last_name, e.job_title, e.department_id, e.manager_id,
        e.employment_status, 1 AS level, e.last_name AS path
    FROM public.employees e
    WHERE e.manager_id IS NULL
    UNION ALL
    SELECT e.employee_id, e.first_name, e.last_name, e.job_title, e.department_id, e.manager_id,
        e.employment_status, c.level + 1, c.path || ' > ' || e.last_name
    FROM public.employees e
    JOIN chain c ON c.employee_id = e.manager_id
)
SELECT c.employee_id AS employee_id, c.first_name AS first_name, c.last_name AS last_name,
    c.job_title AS job_title, d.department_name AS department_name, c.manager_id AS manager_id,
    c.level AS level, c.path AS path
FROM chain c
JOIN public.departments d ON d.department_id = c.department_id
WHERE c.employment_status = 'active';

COMMENT ON VIEW reporting.org_chart IS
    'Active employees with their line of managers, from the top down; the line may lead over a manager who has left.';
COMMENT ON COLUMN reporting.org_chart.employee_id IS 'Key of the employee (employees.employee_id).';
COMMENT ON COLUMN reporting.org_chart.first_name IS 'Given name.';
COMMENT ON COLUMN reporting.org_chart.last_name IS 'Family name.';
COMMENT ON COLUMN reporting.org_chart.job_title IS 'Title of the position.';
COMMENT ON COLUMN reporting.org_chart.department_name IS 'Name of the department.';
COMMENT ON COLUMN reporting.org_chart.manager_id IS 'Direct manager (employees.employee_id); null at the top.';
COMMENT ON COLUMN reporting.org_chart.level IS 'Depth in the chart; 1 is the top.';
COMMENT ON COLUMN reporting.org_chart.path IS 'Family names from the top down to the employee.';

CREATE VIEW reporting.training_completion AS
SELECT p.program_id AS program_id, p.program_name AS program_name, p.program_type AS program_type,
    p.duration_hours AS duration_hours, count(t.training_id) AS enrollments,
    count(t.completion_date) AS completions,
    round(count(t.completion_date)::numeric / nullif(count(t.training_id), 0), 4) AS completion_rate,
    round(avg(t.score), 1) AS average_score,
    round(avg(t.completion_date - t.enrollment_date), 1) AS average_days_to_complete
FROM public.training_programs p
LEFT JOIN public.employee_training t ON t.program_id = p.program_id
GROUP BY p.program_id, p.program_name, p.program_type, p.duration_hours;

COMMENT ON VIEW reporting.training_completion IS
    'How many employees take each course, finish it, and with what score.';
COMMENT ON COLUMN reporting.training_completion.program_id IS 'Key of the course (training_programs.program_id).';
COMMENT ON COLUMN reporting.training_completion.program_name IS 'Name of the course.';
COMMENT ON COLUMN reporting.training_completion.program_type IS 'Subject: compliance, product, customer_service, technical or leadership.';
COMMENT ON COLUMN reporting.training_completion.duration_hours IS 'Length of the course in hours.';
COMMENT ON COLUMN reporting.training_completion.enrollments IS 'Employees enrolled, in progress or done.';
COMMENT ON COLUMN reporting.training_completion.completions IS 'Employees who have completed it.';
COMMENT ON COLUMN reporting.training_completion.completion_rate IS 'Completions over enrollments, as a fraction; null without an enrollment.';
COMMENT ON COLUMN reporting.training_completion.average_score IS 'Mean score in points of 100; null without a completion.';
COMMENT ON COLUMN reporting.training_completion.average_days_to_complete IS 'Mean days from enrollment to completion; null without a completion.';

CREATE VIEW reporting.review_outcomes AS
SELECT extract(year FROM r.review_date)::integer AS year, d.department_name AS department_name,
    e.role AS role, count(*) AS reviews, round(avg(r.rating), 2) AS average_rating,
    round(avg(r.goals_met), 2) AS average_goals_met,
    count(*) FILTER (WHERE r.rating >= 4) AS strong_reviews,
    count(*) FILTER (WHERE r.rating <= 2) AS weak_reviews
FROM public.performance_reviews r
JOIN public.employees e ON e.employee_id = r.employee_id
JOIN public.departments d ON d.department_id = e.department_id
GROUP BY extract(year FROM r.review_date)::integer, d.department_name, e.role;

COMMENT ON VIEW reporting.review_outcomes IS
    'Results of the performance reviews by calendar year, department and role.';
COMMENT ON COLUMN reporting.review_outcomes.year IS 'Calendar year of the reviews.';
COMMENT ON COLUMN reporting.review_outcomes.department_name IS 'Department the employees belong to now.';
COMMENT ON COLUMN reporting.review_outcomes.role IS 'Role the employees have now.';
COMMENT ON COLUMN reporting.review_outcomes.reviews IS 'Reviews held.';
COMMENT ON COLUMN reporting.review_outcomes.average_rating IS 'Mean rating, 1 (poor) to 5 (outstanding).';
COMMENT ON COLUMN reporting.review_outcomes.average_goals_met IS 'Mean share of the goals met, in percent.';
COMMENT ON COLUMN reporting.review_outcomes.strong_reviews IS 'Reviews rated 4 or 5.';
COMMENT ON COLUMN reporting.review_outcomes.weak_reviews IS 'Reviews rated 1 or 2.';

CREATE VIEW reporting.advisor_workload AS
SELECT e.employee_id AS employee_id, e.first_name AS first_name, e.last_name AS last_name,
    e.role AS role, e.branch_code AS branch_code,
    count(*) FILTER (WHERE a.end_date IS NULL) AS customers,
    count(*) AS customers_ever, min(a.start_date) AS first_assignment_date
FROM public.employees e
JOIN public.employee_assignments a ON a.employee_id = e.employee_id
WHERE a.assignment_type = 'customer_portfolio'
GROUP BY e.employee_id, e.first_name, e.last_name, e.role, e.branch_code;

COMMENT ON VIEW reporting.advisor_workload IS
    'How many customers each advisor looks after.';
COMMENT ON COLUMN reporting.advisor_workload.employee_id IS 'Key of the employee (employees.employee_id).';
COMMENT ON COLUMN reporting.advisor_workload.first_name IS 'Given name.';
COMMENT ON COLUMN reporting.advisor_workload.last_name IS 'Family name.';
COMMENT ON COLUMN reporting.advisor_workload.role IS 'What the employee may do.';
COMMENT ON COLUMN reporting.advisor_workload.branch_code IS 'Branch the employee works at (branches.branch_code).';
COMMENT ON COLUMN reporting.advisor_workload.customers IS 'Customers looked after now.';
COMMENT ON COLUMN reporting.advisor_workload.customers_ever IS 'Assignments of customers, ended ones included.';
COMMENT ON COLUMN reporting.advisor_workload.first_assignment_date IS 'First day of the first assignment.';
