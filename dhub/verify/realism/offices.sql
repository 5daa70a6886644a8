-- realism.audit_hours entries of the audit trail made in the hours of an office, by the clock of who made them
-- kind: aim
-- aim: 0.95 -
SELECT count(*) FILTER (WHERE hour(wall(time_zone, performed_at)) BETWEEN 8 AND 17 AND is_open(performed_at::DATE))
       / count(*), count(*)
FROM compliance_db.audit_trails JOIN employees_db.employees ON employee_id = performed_by
JOIN employees_db.branches USING (branch_code);
