-- Offices: who leads whom, and when doors are open. Clocks are those of the branches.

-- B12 accounts are opened on days on which a branch is open
-- examines: accounts_db.accounts
SELECT account_id FROM accounts_db.accounts
WHERE NOT is_open(opened_date) AND high('accounts.first_opened_days') >= 4;

-- C12 all report to one chief, over as many steps as it takes: nobody in a circle, nobody to a leaver
-- examines: employees_db.employees
WITH RECURSIVE led AS (
    SELECT employee_id FROM employees_db.employees WHERE reports_to IS NULL
    UNION
    SELECT e.employee_id FROM employees_db.employees e JOIN led ON e.reports_to = led.employee_id)
SELECT employee_id FROM employees_db.employees WHERE employee_id NOT IN (FROM led)
UNION ALL
SELECT employee_id FROM employees_db.employees WHERE reports_to IS NULL
QUALIFY row_number() OVER (ORDER BY employee_id) > 1
UNION ALL
SELECT e.employee_id FROM employees_db.employees e
JOIN employees_db.employees above ON above.employee_id = e.reports_to
WHERE above.termination_date IS NOT NULL OR e.manager_id <> e.reports_to;

-- C13 counters move money while the account's branch is open, by its clock
-- examines: accounts_db.transactions WHERE channel = 'branch'
SELECT t.transaction_id FROM accounts_db.transactions t JOIN accounts_db.accounts a USING (account_id)
JOIN employees_db.branches b ON b.branch_code = a.branch_code
WHERE t.channel = 'branch' AND (hour(wall(time_zone, transaction_date)) NOT BETWEEN 9 AND 15
                                OR NOT is_open(transaction_date::DATE));

-- G15d a booked transaction is made and looked at; nobody changes or deletes it
-- examines: compliance_db.audit_trails WHERE entity_type = 'transaction'
SELECT audit_id FROM compliance_db.audit_trails
WHERE entity_type = 'transaction' AND action NOT IN ('create', 'view');
