INSERT INTO customers VALUES
    (1, 'C1', 'Ann', 'Lee', 'ann@example.com', '+1 290-300-0001', '1980-05-05', '1 Elm Street', 'Springfield', 'IL', '62701', 'US', '2020-01-02 10:00+00'),
    (2, 'C2', 'Bob', 'Ray', 'bob@example.com', '+1 290-300-0002', '1990-05-05', '2 Elm Street', 'Springfield', 'IL', '62701', 'US', '2020-01-02 10:00+00');
INSERT INTO accounts VALUES
    (1, '1000001', 1, 'checking', 'active', 100, 250, 'USD', 'BR001', '2020-01-03', NULL),
    (2, '1000002', 1, 'savings', 'closed', 0, 0, 'EUR', 'BR001', '2020-01-03', '2021-01-03');
INSERT INTO account_relationships VALUES
    (1, 1, 2, 'joint_owner', NULL, '2020-02-01'),
    (2, 1, NULL, 'linked_savings', 2, '2020-02-01');
INSERT INTO transactions VALUES
    (1, 1, 'deposit', 150, 250, '2020-01-04 12:00+00', 'Cash deposit', 'branch', 'BR001', 1, NULL, NULL),
    (2, 1, 'transfer_in', 50, 300, '2020-01-05 12:00+00', 'Transfer', 'online', NULL, NULL, '1000002', 1);
