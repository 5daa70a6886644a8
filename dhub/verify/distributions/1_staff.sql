-- Phase 1 and 4: employees and what they do.

-- staff.role employees by role
-- kind: mix
SELECT CASE WHEN role IN ('manager', 'specialist') THEN 'manager_specialist' ELSE role END,
    count(*) FROM employees_db.employees GROUP BY 1;

-- staff.terminated employees who have left
-- kind: share
SELECT count(*) FILTER (WHERE employment_status = 'terminated'), count(*) FROM
    employees_db.employees;

-- staff.managed employees with a manager
-- kind: share
SELECT count(*) FILTER (WHERE manager_id IS NOT NULL), count(*) FROM employees_db.employees;

-- staff.hire_years years back to the first hire
-- kind: most
-- slack: 0.01
SELECT max(as_of() - hire_date) / 365.2425, count(*) FROM employees_db.employees;

-- staff.leavers_months months back to the first who left
-- kind: most
-- slack: 0.1
SELECT max(as_of() - termination_date) / 30.436875, count(termination_date) FROM
    employees_db.employees;

-- staff.salary salary by role
-- kind: range
SELECT role, min(salary), max(salary), count(salary) FROM employees_db.employees GROUP BY 1;

-- staff.departments departments
-- kind: exact
SELECT count(*) FROM employees_db.departments;

-- staff.branches branches
-- kind: exact
SELECT count(*) FROM employees_db.branches;

-- staff.programs training programmes
-- kind: exact
SELECT count(*) FROM employees_db.training_programs;

-- staff.program_type training programmes by type
-- kind: mix
SELECT program_type, count(*) FROM employees_db.training_programs GROUP BY 1;

-- staff.program_hours hours of a training programme
-- kind: range
SELECT min(duration_hours), max(duration_hours), count(duration_hours) FROM
    employees_db.training_programs;

-- staff.program_certification programmes that offer a certificate
-- kind: share
SELECT count(*) FILTER (WHERE offers_certification), count(*) FROM employees_db.training_programs;

-- staff.training_per_employee programmes an employee takes
-- kind: range
SELECT min(n), max(n), count(*) FROM (SELECT employee_id, count(*) AS n FROM
    employees_db.employee_training GROUP BY employee_id);

-- staff.training_status training by status
-- kind: mix
SELECT status, count(*) FROM employees_db.employee_training GROUP BY 1;

-- staff.training_score score of completed training
-- kind: range
SELECT min(score), max(score), count(score) FROM employees_db.employee_training;

-- staff.training_years years back to the first enrolment
-- kind: most
-- slack: 0.01
SELECT max(as_of() - enrollment_date) / 365.2425, count(*) FROM employees_db.employee_training;

-- staff.reviews_per_employee reviews of an employee who has any
-- kind: range
SELECT min(n), max(n), count(*) FROM (SELECT employee_id, count(*) AS n FROM
    employees_db.performance_reviews GROUP BY employee_id);

-- staff.review_rating reviews by rating
-- kind: mix
SELECT rating, count(*) FROM employees_db.performance_reviews GROUP BY 1;

-- staff.goals_met goals met, in percent
-- kind: range
SELECT min(goals_met), max(goals_met), count(goals_met) FROM employees_db.performance_reviews;

-- staff.assigned_customers customers in a portfolio
-- kind: share
SELECT (SELECT count(DISTINCT customer_id) FROM employees_db.employee_assignments WHERE
    assignment_type = 'customer_portfolio'), (SELECT count(*) FROM accounts_db.customers);

-- staff.assignment_ongoing portfolios that are ongoing
-- kind: share
SELECT count(*) FILTER (WHERE end_date IS NULL), count(*) FROM employees_db.employee_assignments
    WHERE assignment_type = 'customer_portfolio';

-- staff.branch_coverage assignments to cover a branch
-- kind: between
SELECT count(*) FROM employees_db.employee_assignments WHERE assignment_type = 'branch_coverage';
