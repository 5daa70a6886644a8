-- Faults of who leads whom, and of doors that are shut.

-- B12 in accounts_db
UPDATE accounts SET opened_date = opened_date + 7 - extract(isodow FROM opened_date)::integer WHERE
    account_id = (SELECT min(account_id) FROM accounts WHERE opened_date < '{as_of}'::date - 600);

-- C12 in employees_db
UPDATE employees SET reports_to = employee_id WHERE employee_id = (SELECT min(employee_id) FROM
    employees WHERE manager_id IS NULL AND reports_to IS NOT NULL);

-- C13 in accounts_db
-- also: A01, A17
UPDATE transactions SET transaction_date = date_trunc('day', transaction_date) + interval '23 hours'
    + interval '59 minutes' + interval '5 hours' WHERE transaction_id = (SELECT min(transaction_id)
    FROM transactions WHERE channel = 'branch');

-- G15d in compliance_db
UPDATE audit_trails SET action = 'update' WHERE audit_id = (SELECT min(audit_id) FROM audit_trails
    WHERE entity_type = 'transaction' AND action = 'view');
