INSERT INTO policies VALUES
    (1, 'P1', 1, 'vehicle', 20000, 400, 'annual', 'active', '2021-01-01', '2031-01-01', 1, NULL, '2019 sedan');
INSERT INTO beneficiaries VALUES (1, 1, 'Cy Fox', 'spouse', 100);
INSERT INTO claims VALUES
    (1, 1, 'vehicle', 3000, 'paid', '2021-05-01', 2500, '2021-06-01', 1, 'Parking damage', 10);
INSERT INTO premium_payments VALUES (1, 1, '2022-01-01', '2022-01-02', 400, 'auto_debit', 'completed', 1, 9);
INSERT INTO policy_events VALUES (1, 1, 'renewal', '2022-01-01', NULL, 'Renewed for a year.');
