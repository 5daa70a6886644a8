INSERT INTO loan_applications VALUES
    (1, 1, 'auto', 20000, 60000, 0.3, 'approved', 1, '2021-01-10', '2021-01-20'),
    (2, 1, 'auto', 20000, 60000, 0.3, 'pending', 1, '2021-01-10', NULL);
INSERT INTO loans VALUES
    (1, 1, 1, 'auto', 18000, 5.25, 36, '2021-01-31', '2024-01-31', 'active', 9000, 0, NULL, 1, 1, true, 7, NULL),
    (2, 2, 1, 'auto', 18000, 5.25, 36, '2021-01-31', '2024-01-31', 'paid_off', 0, 0, '2022-01-31', 1, 1, true, NULL, 10);
INSERT INTO collateral VALUES (1, 1, 'vehicle', 22000, 0.8182, '2021-01-25', '2020 sedan');
INSERT INTO repayment_schedule VALUES
    (1, 1, 1, '2021-02-28', 460, 78.75, 538.75, 17540, 'late', '2021-03-20', 538.75, 8),
    (2, 1, 2, '2021-03-31', 460, 78.75, 538.75, 17080, 'scheduled', NULL, NULL, NULL);
INSERT INTO loan_guarantors VALUES (1, 1, 'Cy Fox', 'spouse', 10000);
INSERT INTO risk_assessments VALUES
    (1, 1, NULL, 1, '2021-01-12', 700, 0.02, 'A', 'SYSTEM'),
    (2, NULL, 1, 1, '2022-01-12', 690, 0.03, 'BBB', '7');
