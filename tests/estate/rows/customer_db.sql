INSERT INTO customer_profiles VALUES (1, 'retail', 'active', 'verified', 'low', NULL, '2020-01-02');
INSERT INTO interactions VALUES
    (1, 1, 'call', 'phone', '2021-01-04 10:00+00', 12, 1, 'resolved', 'Forgotten password'),
    (2, 1, 'email', 'email', '2021-01-04 10:00+00', NULL, 1, 'resolved', 'Check order');
INSERT INTO satisfaction_surveys VALUES (1, 1, 1, 9, 5, NULL, '2021-01-06');
INSERT INTO complaints VALUES
    (1, 1, 'fee', 'resolved', 'medium', '2021-02-01 10:00+00', '2021-02-02 10:30+00', 24.5, 1, 'Charged twice.', 12, 1);
INSERT INTO campaigns VALUES (1, 'Spring', 'email', 'all', '2021-03-01', '2021-04-30', 5000);
INSERT INTO campaign_responses VALUES (1, 1, 1, 'clicked', '2021-03-05', false);
