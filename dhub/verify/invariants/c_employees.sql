-- C. Employees: who they are, who leads them, and that they may do what they do.

-- C01 hired as adults and before the as-of date, terminated exactly when there is a later date
-- examines: employees_db.employees
SELECT employee_id FROM employees_db.employees
WHERE (employment_status = 'terminated') <> (termination_date IS NOT NULL)
   OR termination_date <= hire_date OR hire_date >= as_of() OR termination_date >= as_of();

-- C02 managers are employed, nobody manages himself, and every chain of managers ends
-- examines: employees_db.employees WHERE manager_id IS NOT NULL
WITH RECURSIVE chain(employee_id, boss, depth) AS (
    SELECT employee_id, manager_id, 1 FROM employees_db.employees WHERE manager_id IS NOT NULL
    UNION ALL SELECT c.employee_id, e.manager_id, depth + 1 FROM chain c
    JOIN employees_db.employees e ON e.employee_id = c.boss
    WHERE e.manager_id IS NOT NULL AND depth < 30)
SELECT employee_id FROM chain WHERE depth >= 30
UNION
SELECT e.employee_id FROM employees_db.employees e
JOIN employees_db.employees m ON m.employee_id = e.manager_id
WHERE m.termination_date IS NOT NULL OR m.employee_id = e.employee_id;

-- C03 each department has a head who is employed, and belongs to it (24 employees or more)
-- examines: employees_db.departments
SELECT d.department_id FROM employees_db.departments d
LEFT JOIN employees_db.employees e ON e.employee_id = d.head_employee_id
WHERE e.employee_id IS NULL OR e.termination_date IS NOT NULL
   OR (e.department_id <> d.department_id AND (SELECT count(*) FROM employees_db.employees) >= 24);

-- C04a transactions: whoever acts was employed on that day
-- examines: accounts_db.transactions WHERE processed_by IS NOT NULL
SELECT a.transaction_id FROM accounts_db.transactions a JOIN employees_db.employees e ON a.processed_by = e.employee_id
WHERE e.hire_date > transaction_date::DATE OR e.termination_date <= transaction_date::DATE;

-- C04b interactions: whoever acts was employed on that day
-- examines: customer_db.interactions WHERE handled_by IS NOT NULL
SELECT a.interaction_id FROM customer_db.interactions a JOIN employees_db.employees e ON a.handled_by = e.employee_id
WHERE e.hire_date > interaction_date::DATE OR e.termination_date <= interaction_date::DATE;

-- C04c complaints: whoever acts was employed on that day
-- examines: customer_db.complaints WHERE assigned_to IS NOT NULL
SELECT a.complaint_id FROM customer_db.complaints a JOIN employees_db.employees e ON a.assigned_to = e.employee_id
WHERE e.hire_date > complaint_date::DATE OR e.termination_date <= complaint_date::DATE;

-- C04d training: whoever acts was employed on that day
-- examines: employees_db.employee_training WHERE employee_id IS NOT NULL
SELECT a.training_id FROM employees_db.employee_training a JOIN employees_db.employees e ON a.employee_id = e.employee_id
WHERE e.hire_date > enrollment_date OR e.termination_date <= enrollment_date;

-- C04e reviewing: whoever acts was employed on that day
-- examines: employees_db.performance_reviews WHERE reviewer_id IS NOT NULL
SELECT a.review_id FROM employees_db.performance_reviews a JOIN employees_db.employees e ON a.reviewer_id = e.employee_id
WHERE e.hire_date > review_date OR e.termination_date <= review_date;

-- C04f being reviewed: whoever acts was employed on that day
-- examines: employees_db.performance_reviews WHERE employee_id IS NOT NULL
SELECT a.review_id FROM employees_db.performance_reviews a JOIN employees_db.employees e ON a.employee_id = e.employee_id
WHERE e.hire_date > review_date OR e.termination_date <= review_date;

-- C04g assignments: whoever acts was employed on that day
-- examines: employees_db.employee_assignments WHERE employee_id IS NOT NULL
SELECT a.assignment_id FROM employees_db.employee_assignments a JOIN employees_db.employees e ON a.employee_id = e.employee_id
WHERE e.hire_date > start_date OR e.termination_date <= start_date;

-- C04h loan applications: whoever acts was employed on that day
-- examines: loans_db.loan_applications WHERE officer_id IS NOT NULL
SELECT a.application_id FROM loans_db.loan_applications a JOIN employees_db.employees e ON a.officer_id = e.employee_id
WHERE e.hire_date > application_date OR e.termination_date <= application_date;

-- C04i loans: whoever acts was employed on that day
-- examines: loans_db.loans WHERE approved_by IS NOT NULL
SELECT a.loan_id FROM loans_db.loans a JOIN loans_db.loan_applications p USING (application_id) JOIN employees_db.employees e ON a.approved_by = e.employee_id
WHERE e.hire_date > p.decision_date OR e.termination_date <= p.decision_date;

-- C04j credit assessments: whoever acts was employed on that day
-- examines: loans_db.risk_assessments WHERE assessed_by IS NOT NULL
SELECT a.assessment_id FROM loans_db.risk_assessments a JOIN employees_db.employees e ON a.assessed_by = CAST(e.employee_id AS VARCHAR)
WHERE e.hire_date > assessment_date OR e.termination_date <= assessment_date;

-- C04k policies: whoever acts was employed on that day
-- examines: insurance_db.policies WHERE agent_id IS NOT NULL
SELECT a.policy_id FROM insurance_db.policies a JOIN employees_db.employees e ON a.agent_id = e.employee_id
WHERE e.hire_date > start_date OR e.termination_date <= start_date;

-- C04l claims: whoever acts was employed on that day
-- examines: insurance_db.claims WHERE processed_by IS NOT NULL
SELECT a.claim_id FROM insurance_db.claims a JOIN employees_db.employees e ON a.processed_by = e.employee_id
WHERE e.hire_date > claim_date OR e.termination_date <= claim_date;

-- C04m policy events: whoever acts was employed on that day
-- examines: insurance_db.policy_events WHERE performed_by IS NOT NULL
SELECT a.event_id FROM insurance_db.policy_events a JOIN employees_db.employees e ON a.performed_by = e.employee_id
WHERE e.hire_date > event_date OR e.termination_date <= event_date;

-- C04n KYC: whoever acts was employed on that day
-- examines: compliance_db.kyc_records WHERE verified_by IS NOT NULL
SELECT a.kyc_id FROM compliance_db.kyc_records a JOIN employees_db.employees e ON a.verified_by = e.employee_id
WHERE e.hire_date > verification_date OR e.termination_date <= verification_date;

-- C04o reviews of AML checks: whoever acts was employed on that day
-- examines: compliance_db.aml_checks WHERE reviewed_by IS NOT NULL
SELECT a.check_id FROM compliance_db.aml_checks a JOIN employees_db.employees e ON a.reviewed_by = e.employee_id
WHERE e.hire_date > check_date::DATE OR e.termination_date <= check_date::DATE;

-- C04p suspicious-activity reports: whoever acts was employed on that day
-- examines: compliance_db.suspicious_activity_reports WHERE filed_by IS NOT NULL
SELECT a.sar_id FROM compliance_db.suspicious_activity_reports a JOIN employees_db.employees e ON a.filed_by = e.employee_id
WHERE e.hire_date > coalesce(filed_date, as_of() - 1) OR e.termination_date <= coalesce(filed_date, as_of() - 1);

-- C04q preparing reports: whoever acts was employed on that day
-- examines: compliance_db.regulatory_reports WHERE prepared_by IS NOT NULL
SELECT a.report_id FROM compliance_db.regulatory_reports a JOIN employees_db.employees e ON a.prepared_by = e.employee_id
WHERE e.hire_date > coalesce(submitted_date, as_of() - 1) OR e.termination_date <= coalesce(submitted_date, as_of() - 1);

-- C04r approving reports: whoever acts was employed on that day
-- examines: compliance_db.regulatory_reports WHERE approved_by IS NOT NULL
SELECT a.report_id FROM compliance_db.regulatory_reports a JOIN employees_db.employees e ON a.approved_by = e.employee_id
WHERE e.hire_date > submitted_date OR e.termination_date <= submitted_date;

-- C04s audit entries: whoever acts was employed on that day
-- examines: compliance_db.audit_trails WHERE performed_by IS NOT NULL
SELECT a.audit_id FROM compliance_db.audit_trails a JOIN employees_db.employees e ON a.performed_by = e.employee_id
WHERE e.hire_date > performed_at::DATE OR e.termination_date <= performed_at::DATE;

-- C04t violations: whoever acts was employed on that day
-- examines: compliance_db.rule_violations WHERE resolved_by IS NOT NULL
SELECT a.violation_id FROM compliance_db.rule_violations a JOIN employees_db.employees e ON a.resolved_by = e.employee_id
WHERE e.hire_date > resolved_at::DATE OR e.termination_date <= resolved_at::DATE;

-- C05a tellers are customer service representatives
-- examines: accounts_db.transactions WHERE processed_by IS NOT NULL
SELECT a.transaction_id FROM accounts_db.transactions a JOIN employees_db.employees e ON a.processed_by = e.employee_id
WHERE e.role <> 'customer_service_rep';

-- C05b applications are handled by loan officers
-- examines: loans_db.loan_applications WHERE officer_id IS NOT NULL
SELECT a.application_id FROM loans_db.loan_applications a JOIN employees_db.employees e ON a.officer_id = e.employee_id
WHERE e.role <> 'loan_officer';

-- C05c loans are approved by loan officers or managers
-- examines: loans_db.loans WHERE approved_by IS NOT NULL
SELECT a.loan_id FROM loans_db.loans a JOIN employees_db.employees e ON a.approved_by = e.employee_id
WHERE e.role NOT IN ('loan_officer', 'manager');

-- C05d policies are sold by insurance agents
-- examines: insurance_db.policies WHERE agent_id IS NOT NULL
SELECT a.policy_id FROM insurance_db.policies a JOIN employees_db.employees e ON a.agent_id = e.employee_id
WHERE e.role <> 'insurance_agent';

-- C05e identities are verified by compliance officers
-- examines: compliance_db.kyc_records WHERE verified_by IS NOT NULL
SELECT a.kyc_id FROM compliance_db.kyc_records a JOIN employees_db.employees e ON a.verified_by = e.employee_id
WHERE e.role <> 'compliance_officer';

-- C05f suspicious-activity reports are filed by compliance officers
-- examines: compliance_db.suspicious_activity_reports WHERE filed_by IS NOT NULL
SELECT a.sar_id FROM compliance_db.suspicious_activity_reports a JOIN employees_db.employees e ON a.filed_by = e.employee_id
WHERE e.role <> 'compliance_officer';

-- C05g violations are resolved by compliance officers
-- examines: compliance_db.rule_violations WHERE resolved_by IS NOT NULL
SELECT a.violation_id FROM compliance_db.rule_violations a JOIN employees_db.employees e ON a.resolved_by = e.employee_id
WHERE e.role <> 'compliance_officer';

-- C05h credit is assessed by compliance officers and risk analysts, or by the system
-- examines: loans_db.risk_assessments WHERE assessed_by <> 'SYSTEM'
SELECT a.assessment_id FROM loans_db.risk_assessments a
JOIN employees_db.employees e ON a.assessed_by = CAST(e.employee_id AS VARCHAR)
WHERE e.role NOT IN ('compliance_officer', 'specialist');

-- C06 agents and ongoing assignments are current employees of a role that serves customers
-- examines: customer_db.customer_profiles WHERE assigned_agent_id IS NOT NULL
SELECT p.customer_id FROM customer_db.customer_profiles p
JOIN employees_db.employees e ON e.employee_id = p.assigned_agent_id
WHERE e.termination_date IS NOT NULL
   OR e.role NOT IN ('customer_service_rep', 'loan_officer', 'insurance_agent')
UNION ALL
SELECT a.assignment_id FROM employees_db.employee_assignments a
JOIN employees_db.employees e USING (employee_id)
WHERE a.end_date IS NULL AND e.termination_date IS NOT NULL;

-- C07 an ongoing portfolio agrees with the customer's assigned agent
-- examines: employees_db.employee_assignments WHERE assignment_type = 'customer_portfolio'
SELECT a.assignment_id FROM employees_db.employee_assignments a
LEFT JOIN customer_db.customer_profiles p USING (customer_id)
WHERE a.assignment_type = 'customer_portfolio' AND a.end_date IS NULL
  AND p.assigned_agent_id IS DISTINCT FROM a.employee_id;

-- C08 a teller's transaction is processed in his own branch
-- examines: accounts_db.transactions WHERE channel = 'branch'
SELECT t.transaction_id FROM accounts_db.transactions t
JOIN employees_db.employees e ON e.employee_id = t.processed_by
WHERE t.channel = 'branch' AND e.branch_code <> t.branch_code;

-- C09 training is completed exactly when it has a date and a score, in order and not ahead
-- examines: employees_db.employee_training
SELECT t.training_id FROM employees_db.employee_training t
JOIN employees_db.employees e USING (employee_id)
WHERE (t.status = 'completed') <> (t.completion_date IS NOT NULL)
   OR (t.status = 'completed') <> (t.score IS NOT NULL) OR t.score NOT BETWEEN 65 AND 100
   OR t.enrollment_date < e.hire_date OR t.completion_date < t.enrollment_date
   OR t.completion_date >= as_of() OR t.enrollment_date >= as_of();

-- C10 reviewed by somebody else, once a calendar year, never before the first anniversary
-- examines: employees_db.performance_reviews
SELECT review_id FROM (
    SELECT r.review_id, r.employee_id, r.reviewer_id, r.review_date, e.hire_date,
           count(*) OVER (PARTITION BY r.employee_id, year(r.review_date)) AS of_year
    FROM employees_db.performance_reviews r JOIN employees_db.employees e USING (employee_id))
WHERE reviewer_id = employee_id OR review_date < hire_date + INTERVAL 1 YEAR
   OR review_date >= as_of() OR of_year > 1;

-- C11 names of employees are as they were written, in UTF-8
-- examines: employees_db.employees
SELECT employee_id FROM employees_db.employees WHERE is_misread(first_name || ' ' || last_name);
