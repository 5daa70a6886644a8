-- Staff by region and, of those who lead, by how many report to them.

CREATE VIEW reporting.staffing_by_region AS
WITH led AS (
    SELECT reports_to AS employee_id, count(*) AS reports
    FROM public.employees
    WHERE employment_status = 'active' AND reports_to IS NOT NULL
    GROUP BY reports_to
)
SELECT b.region AS region, count(DISTINCT b.branch_code) AS branches,
    count(e.employee_id) AS employees, count(l.employee_id) AS leaders,
    round(avg(l.reports), 1) AS reports_a_leader,
    coalesce(sum(e.salary), 0)::numeric(18,2) AS yearly_payroll
FROM public.branches b
LEFT JOIN public.employees e ON e.branch_code = b.branch_code AND e.employment_status = 'active'
LEFT JOIN led l ON l.employee_id = e.employee_id
GROUP BY b.region;

COMMENT ON VIEW reporting.staffing_by_region IS
    'Branches, active employees and leaders of each region of the bank, and what they earn.';
COMMENT ON COLUMN reporting.staffing_by_region.region IS 'Region of the bank (branches.region).';
COMMENT ON COLUMN reporting.staffing_by_region.branches IS 'Branches in the region.';
COMMENT ON COLUMN reporting.staffing_by_region.employees IS 'Active employees who work at these branches.';
COMMENT ON COLUMN reporting.staffing_by_region.leaders IS 'Of these, those to whom somebody reports (employees.reports_to).';
COMMENT ON COLUMN reporting.staffing_by_region.reports_a_leader IS 'Mean number of active employees who report directly to a leader of the region, wherever they work; null where there is none.';
COMMENT ON COLUMN reporting.staffing_by_region.yearly_payroll IS 'Base salaries of the active employees in US dollars a year.';
