INSERT INTO kyc_records VALUES
    (1, 1, 'verified', 'passport', 'X1234567', '2021-01-02', '2029-01-02', '2023-01-02', 1);
INSERT INTO aml_checks VALUES
    (1, 1, NULL, 'sanctions', '2021-01-02 09:00+00', true, 'medium', 1, 'OFAC SDN List', 91),
    (2, 1, 1, 'transaction_monitoring', '2021-01-02 09:00+00', false, NULL, NULL, NULL, NULL);
INSERT INTO suspicious_activity_reports VALUES
    (1, 1, 1, 'structuring', 20000, 'filed', 'tier1', 1, '2021-02-02', 'Ann Lee paid in $20,000.00.', '2020-12-20', '2021-01-01', 1);
INSERT INTO sar_transactions VALUES (1, 1, 1);
INSERT INTO regulatory_reports VALUES
    (1, 'liquidity', '2021-01-01', '2021-03-31', 'submitted', 1, 2, '2021-04-20');
INSERT INTO audit_trails VALUES
    (1, 'account', 1, 'update', 1, '2021-01-02 09:00+00', 'accounts_db', '{"status": "active"}', '{"status": "frozen"}', '192.0.2.1');
INSERT INTO compliance_rules VALUES
    (1, 'Currency transaction report', 'transaction_limit', 10000, NULL, true, '2015-01-01'),
    (2, 'Five a day', 'velocity_check', NULL, 5, true, '2015-01-01');
INSERT INTO rule_violations VALUES
    (1, 1, 'transaction', 1, 'high', 'resolved', '2021-01-02 09:00+00', '2021-01-02 12:00+00', 3, 1);
