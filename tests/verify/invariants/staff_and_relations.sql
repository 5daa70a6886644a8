-- C. Employees, D. customer relations. Each query gives the rows that break a rule.

-- C01 terminated exactly when there is a date, after hiring, before the as-of date
SELECT employee_id FROM employees_db.employees
WHERE (employment_status = 'terminated') <> (termination_date IS NOT NULL) OR termination_date <= hire_date
   OR hire_date > $as_of OR termination_date >= $as_of;

-- C02 managers are employed, nobody manages himself, and every chain ends
WITH RECURSIVE chain(employee_id, boss, depth) AS (
    SELECT employee_id, manager_id, 1 FROM employees_db.employees WHERE manager_id IS NOT NULL
    UNION ALL SELECT c.employee_id, e.manager_id, depth + 1 FROM chain c
    JOIN employees_db.employees e ON e.employee_id = c.boss WHERE e.manager_id IS NOT NULL AND depth < 30)
SELECT employee_id FROM chain WHERE depth >= 30
UNION ALL SELECT e.employee_id FROM employees_db.employees e JOIN employees_db.employees m
    ON m.employee_id = e.manager_id WHERE m.termination_date IS NOT NULL OR m.employee_id = e.employee_id;

-- C03 each department has one head who is employed and belongs to it
SELECT d.department_id FROM employees_db.departments d
LEFT JOIN employees_db.employees e ON e.employee_id = d.head_employee_id
WHERE e.employee_id IS NULL OR e.termination_date IS NOT NULL
   OR (e.department_id <> d.department_id AND (SELECT count(*) FROM employees_db.employees) >= 24);

-- C04 whoever acts was employed on the day
WITH acts(what, id, employee_id, day) AS (
    SELECT 'transaction', transaction_id, processed_by, (transaction_date AT TIME ZONE 'UTC')::date FROM accounts_db.transactions
    UNION ALL SELECT 'interaction', interaction_id, handled_by, (interaction_date AT TIME ZONE 'UTC')::date FROM customer_db.interactions
    UNION ALL SELECT 'complaint', complaint_id, assigned_to, (complaint_date AT TIME ZONE 'UTC')::date FROM customer_db.complaints
    UNION ALL SELECT 'review', review_id, reviewer_id, review_date FROM employees_db.performance_reviews
    UNION ALL SELECT 'reviewed', review_id, employee_id, review_date FROM employees_db.performance_reviews
    UNION ALL SELECT 'training', training_id, employee_id, enrollment_date FROM employees_db.employee_training
    UNION ALL SELECT 'assignment', assignment_id, employee_id, start_date FROM employees_db.employee_assignments)
SELECT what, id FROM acts LEFT JOIN employees_db.employees e USING (employee_id)
WHERE acts.employee_id IS NOT NULL AND (e.employee_id IS NULL OR e.hire_date > day OR e.termination_date <= day);

-- C05 tellers are customer service representatives
SELECT transaction_id FROM accounts_db.transactions JOIN employees_db.employees ON employee_id = processed_by
WHERE role <> 'customer_service_rep';

-- C06 current agents and ongoing assignments name current employees of the acting roles
SELECT customer_id FROM customer_db.customer_profiles JOIN employees_db.employees ON employee_id = assigned_agent_id
WHERE termination_date IS NOT NULL OR role NOT IN ('customer_service_rep', 'loan_officer', 'insurance_agent')
UNION ALL SELECT assignment_id FROM employees_db.employee_assignments JOIN employees_db.employees USING (employee_id)
WHERE end_date IS NULL AND termination_date IS NOT NULL;

-- C07 an ongoing portfolio agrees with the profile, and no customer has two assignments
SELECT assignment_id FROM employees_db.employee_assignments LEFT JOIN customer_db.customer_profiles p USING (customer_id)
WHERE assignment_type = 'customer_portfolio' AND (p.customer_id IS NULL
   OR (end_date IS NULL AND p.assigned_agent_id IS DISTINCT FROM employee_id));

-- C08 branches exist, and a teller works in his own
SELECT transaction_id FROM accounts_db.transactions t LEFT JOIN employees_db.branches b USING (branch_code)
LEFT JOIN employees_db.employees e ON e.employee_id = t.processed_by
WHERE t.channel = 'branch' AND (b.branch_code IS NULL OR e.branch_code <> t.branch_code);

-- C09 completed exactly when there is a date and a score, in order
SELECT training_id FROM employees_db.employee_training JOIN employees_db.employees USING (employee_id)
WHERE (status = 'completed') <> (completion_date IS NOT NULL) OR (status = 'completed') <> (score IS NOT NULL)
   OR score NOT BETWEEN 65 AND 100 OR enrollment_date < hire_date OR completion_date < enrollment_date
   OR completion_date >= $as_of OR enrollment_date >= $as_of OR enrollment_date < $as_of - 732;

-- C10 reviewed by another, once a year, never before the first anniversary
SELECT review_id FROM employees_db.performance_reviews JOIN employees_db.employees USING (employee_id)
WHERE reviewer_id = employee_id OR review_date < hire_date + interval '1 year' OR review_date >= $as_of
UNION ALL SELECT min(review_id) FROM employees_db.performance_reviews
GROUP BY employee_id, extract(year FROM review_date) HAVING count(*) > 1;

-- D01 contacts lie in the customer's lifetime, staffed ones in local office hours; e-mails have no duration
SELECT interaction_id FROM customer_db.interactions JOIN accounts_db.customers USING (customer_id)
LEFT JOIN (SELECT customer_id, min(time_zone) AS time_zone FROM accounts_db.accounts
           JOIN employees_db.branches USING (branch_code) GROUP BY customer_id) homes USING (customer_id)
WHERE interaction_date < created_at OR interaction_date >= $as_of OR (duration_minutes IS NULL) <> (channel = 'email')
   OR duration_minutes NOT BETWEEN 2 AND 60
   OR (channel IN ('phone', 'branch') AND time_zone IS NOT NULL
       AND extract(hour FROM interaction_date AT TIME ZONE time_zone) NOT BETWEEN 8 AND 16);

-- D01 nobody telephones or visits at a weekend
SELECT interaction_id FROM customer_db.interactions
WHERE channel IN ('phone', 'branch') AND extract(isodow FROM interaction_date AT TIME ZONE 'UTC') > 5;

-- D02 type and channel agree
SELECT interaction_id FROM customer_db.interactions WHERE NOT CASE interaction_type
    WHEN 'call' THEN channel = 'phone' WHEN 'email' THEN channel = 'email' WHEN 'branch_visit' THEN channel = 'branch'
    WHEN 'chat' THEN channel IN ('web', 'mobile_app') ELSE interaction_type = 'complaint' END;

-- D03 one survey a contact, of the same customer, one to three days later
SELECT survey_id FROM customer_db.satisfaction_surveys s JOIN customer_db.interactions i USING (interaction_id)
WHERE s.customer_id <> i.customer_id OR survey_date >= $as_of
   OR survey_date - (interaction_date AT TIME ZONE 'UTC')::date NOT BETWEEN 1 AND 3
UNION ALL SELECT min(survey_id) FROM customer_db.satisfaction_surveys GROUP BY interaction_id HAVING count(*) > 1;

-- D04 the two scores do not contradict each other
SELECT survey_id FROM customer_db.satisfaction_surveys
WHERE nps_score NOT BETWEEN 0 AND 10 OR satisfaction_rating NOT BETWEEN 1 AND 5
   OR (nps_score >= 9 AND satisfaction_rating <= 2) OR (nps_score <= 3 AND satisfaction_rating >= 4);

-- D05 settled exactly when there is an instant and a time, which is their difference
SELECT complaint_id FROM customer_db.complaints
WHERE (status IN ('resolved', 'closed')) <> (resolved_at IS NOT NULL)
   OR (resolved_at IS NOT NULL) <> (resolution_time_hours IS NOT NULL) OR resolved_at >= $as_of
   OR resolution_time_hours NOT BETWEEN 1 AND 240
   OR resolution_time_hours <> round(extract(epoch FROM resolved_at - complaint_date) / 3600, 2);

-- D06 each contact of type complaint has its record within a day, and the other way round
SELECT interaction_id FROM customer_db.interactions i WHERE interaction_type = 'complaint' AND NOT EXISTS (
    SELECT FROM customer_db.complaints c WHERE c.customer_id = i.customer_id
    AND abs(extract(epoch FROM c.complaint_date - i.interaction_date)) <= 86400)
UNION ALL SELECT complaint_id FROM customer_db.complaints c WHERE NOT EXISTS (
    SELECT FROM customer_db.interactions i WHERE c.customer_id = i.customer_id AND interaction_type = 'complaint'
    AND abs(extract(epoch FROM c.complaint_date - i.interaction_date)) <= 86400)
UNION ALL SELECT n FROM (SELECT count(*) FILTER (WHERE interaction_type = 'complaint')
    - (SELECT count(*) FROM customer_db.complaints) AS n FROM customer_db.interactions) x WHERE n <> 0;

-- D07 an open complaint is young, a critical one younger
SELECT complaint_id FROM customer_db.complaints
WHERE status = 'open' AND (complaint_date < $as_of - 30 OR (priority = 'critical' AND complaint_date < $as_of - 5));

-- D08 responses come during the campaign, from customers on board and in its segment, once each
SELECT response_id FROM customer_db.campaign_responses JOIN customer_db.campaigns c USING (campaign_id)
JOIN customer_db.customer_profiles p USING (customer_id)
WHERE response_date NOT BETWEEN c.start_date AND c.end_date OR response_date < p.onboarding_date
   OR c.target_segment NOT IN ('all', p.segment) OR response_date >= $as_of
UNION ALL SELECT min(response_id) FROM customer_db.campaign_responses GROUP BY campaign_id, customer_id HAVING count(*) > 1;

-- D09 converted means clicked or purchased; who unsubscribed is not heard of again
SELECT response_id FROM customer_db.campaign_responses
WHERE (converted AND response_type NOT IN ('clicked', 'purchased')) OR (response_type = 'purchased' AND NOT converted)
UNION ALL SELECT l.response_id FROM customer_db.campaign_responses u JOIN customer_db.campaign_responses l
    ON l.customer_id = u.customer_id AND l.response_date > u.response_date WHERE u.response_type = 'unsubscribed';

-- R01 every employee, customer, account and branch that is named exists
SELECT 'agent', customer_id FROM customer_db.customer_profiles WHERE assigned_agent_id NOT IN (SELECT employee_id FROM employees_db.employees)
UNION ALL SELECT 'branch', account_id FROM accounts_db.accounts WHERE branch_code NOT IN (SELECT branch_code FROM employees_db.branches)
UNION ALL SELECT 'customer', assignment_id FROM employees_db.employee_assignments WHERE customer_id NOT IN (SELECT customer_id FROM accounts_db.customers)
UNION ALL SELECT 'customer', interaction_id FROM customer_db.interactions WHERE customer_id NOT IN (SELECT customer_id FROM accounts_db.customers);
