-- A lawful row or two of every table: what the planted faults of test_schema.py start from.
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO departments VALUES (1, 'lending', 'LEN', 1, 'CC-100');
INSERT INTO branches VALUES ('BR001', 'Main Street', 'Springfield', 'IL', 1,
    '1 Oak Street', '62701', 'Midwest', 'America/Chicago', '1990-05-01');
INSERT INTO employees VALUES
    (1, 'E0001', 'Ann', 'Lee', 'ann@example.com', '+1 290-200-0001', 'manager', 'Head of Lending', 1, 'BR001', NULL, '2018-03-01', NULL, 'active', 120000, NULL),
    (2, 'E0002', 'Bob', 'Ray', 'bob@example.com', '+1 290-200-0002', 'loan_officer', 'Loan Officer', 1, 'BR001', 1, '2019-03-01', '2024-05-31', 'terminated', 70000, 1);
INSERT INTO training_programs VALUES (1, 'Know Your Customer', 'compliance', 8, true);
INSERT INTO employee_training VALUES (1, 1, 1, '2024-01-10', 'completed', '2024-02-10', 90);
INSERT INTO performance_reviews VALUES (1, 2, 1, '2023-03-01', 4, 87.5, NULL);
INSERT INTO employee_assignments VALUES
    (1, 1, 'customer_portfolio', 1, NULL, '2022-01-01', NULL),
    (2, 1, 'branch_coverage', NULL, 'BR001', '2022-01-01', '2023-01-01');
