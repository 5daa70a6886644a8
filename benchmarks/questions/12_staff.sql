-- Who acts

-- staff.chief people who report to nobody
-- aim: 1 1
-- least: 1
SELECT count(*) FILTER (WHERE reports_to IS NULL), count(*) FROM employees_db.employees;

-- staff.tree people who reach the chief within six steps by `reports_to`
-- aim: 1 1
WITH RECURSIVE line AS (
    SELECT employee_id, 0 AS steps FROM employees_db.employees WHERE reports_to IS NULL
    UNION ALL SELECT e.employee_id, steps + 1 FROM employees_db.employees e JOIN line l ON e.reports_to = l.employee_id
    WHERE steps < 6)
SELECT (SELECT count(DISTINCT employee_id) FROM line) / count(*), count(*) FROM employees_db.employees;

-- staff.tellers tellers and associates among those without a manager
-- aim: - 0
-- flat: - 0.1
-- least: 20
SELECT avg(regexp_matches(job_title, '^Teller|Associate|Junior')::INTEGER), count(*)
FROM employees_db.employees WHERE manager_id IS NULL;

-- staff.reports regulatory reports prepared by risk, finance or compliance
-- aim: 0.98 -
-- flat: 0.5 -
-- least: 10
SELECT avg((department_code IN ('RSK', 'FIN', 'CMP'))::INTEGER), count(*) FROM compliance_db.regulatory_reports
JOIN employees_db.employees ON employee_id = prepared_by JOIN employees_db.departments USING (department_id);

-- staff.licences trainings for an insurance licence that people of insurance take
-- aim: 0.8 -
-- flat: 0.4 -
-- least: 10
SELECT avg((department_code = 'INS')::INTEGER), count(*) FROM employees_db.employee_training
JOIN employees_db.training_programs USING (program_id) JOIN employees_db.employees USING (employee_id)
JOIN employees_db.departments USING (department_id) WHERE program_name LIKE '%Insurance Licensing%';

-- staff.lending_courses courses on mortgages and commercial credit that people of lending or risk take
-- aim: 0.8 -
-- flat: 0.4 -
-- least: 10
SELECT avg((department_code IN ('LND', 'RSK'))::INTEGER), count(*) FROM employees_db.employee_training
JOIN employees_db.training_programs USING (program_id) JOIN employees_db.employees USING (employee_id)
JOIN employees_db.departments USING (department_id) WHERE regexp_matches(program_name, 'Mortgage Lending|Commercial Credit');

-- staff.booked audited acts on a transaction that change or delete a booked one
-- aim: - 0
-- flat: - 0.1
SELECT avg((action = 'update' OR (action = 'delete' AND entity_id > 0))::INTEGER), count(*)
FROM compliance_db.audit_trails WHERE entity_type = 'transaction';

-- staff.desks audited acts by people whose department has to do with it: policies by insurance, loans by lending
-- aim: 0.7 -
-- flat: 0.25 -
SELECT avg((department_code IN ('OPS', 'AUD', 'ITS', CASE entity_type WHEN 'loan' THEN 'LND' ELSE 'INS' END))::INTEGER), count(*)
FROM compliance_db.audit_trails JOIN employees_db.employees ON employee_id = performed_by
JOIN employees_db.departments USING (department_id) WHERE entity_type IN ('loan', 'policy');

-- staff.pay median salary of managers by that of service representatives
-- aim: 1.4 4
-- flat: 1.1 -
SELECT median(salary) FILTER (WHERE role = 'manager') / median(salary) FILTER (WHERE role = 'customer_service_rep'), count(*)
FROM employees_db.employees;

-- staff.reviews reviews written by the one reported to, or by the head of the department
-- aim: 0.9 -
-- flat: 0.4 -
SELECT avg((reviewer_id IN (reports_to, head_employee_id))::INTEGER), count(*) FROM employees_db.performance_reviews
JOIN employees_db.employees e USING (employee_id) JOIN employees_db.departments USING (department_id);
