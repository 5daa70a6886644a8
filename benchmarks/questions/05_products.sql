-- Product and behaviour

-- products.hsa payments of health savings accounts that are for medicine
-- aim: 0.95 -
-- flat: 0.6 -
SELECT avg((coalesce(shop(description), '') IN ('medical', 'pharmacy'))::INTEGER), count(*)
FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
WHERE account_type = 'hsa' AND transaction_type = 'payment';

-- products.hsa_currency health savings accounts that are not in dollars
-- aim: - 0
SELECT avg((currency <> 'USD')::INTEGER), count(*) FROM accounts_db.accounts WHERE account_type = 'hsa';

-- products.savings movements of savings and money market accounts that pay shops and billers
-- aim: - 0.005
-- flat: - 0.05
SELECT avg((transaction_type = 'payment' AND NOT regexp_matches(description, 'LOAN|MORTGAGE|PREMIUM'))::INTEGER), count(*)
FROM accounts_db.transactions JOIN accounts_db.accounts USING (account_id)
WHERE account_type IN ('savings', 'money_market');

-- products.cashier smallest cashier's check
-- aim: 500 -
-- flat: 300 -
-- least: 10
SELECT min(amount), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'withdrawal' AND regexp_matches(description, 'CASHIER|OFFICIAL CHECK');

-- products.bills_by_hand bills that are paid at a counter or by telephone
-- aim: - 0.15
-- flat: - 0.35
SELECT avg(by_hand(channel)::INTEGER), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'payment' AND shop(description) IN ('rent', 'power', 'water', 'telephone');

-- products.shops_by_hand purchases in cafes, shops and restaurants that are paid at a counter or by telephone
-- aim: - 0
SELECT avg(by_hand(channel)::INTEGER), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'payment' AND shop(description) IN ('coffee', 'restaurant', 'groceries', 'fuel', 'pharmacy');

-- products.transfers_by_hand transfers that are ordered at a counter or by telephone
-- aim: - 0.3
-- flat: - 0.45
SELECT avg(by_hand(channel)::INTEGER), count(*) FROM accounts_db.transactions
WHERE transaction_type IN ('transfer_in', 'transfer_out');

-- products.cash_by_hand deposits at a counter that are whole dollars
-- aim: 0.5 -
-- flat: 0.2 -
SELECT avg((amount % 1 = 0)::INTEGER), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'deposit' AND channel = 'branch' AND regexp_matches(description, 'CASH');

-- products.segment median balance of private banking by that of retail
-- aim: 1.8 -
-- flat: 1.2 -
SELECT median(balance) FILTER (WHERE segment = 'private_banking') / median(balance) FILTER (WHERE segment = 'retail'),
       count(*) FROM accounts_db.accounts JOIN customer_db.customer_profiles USING (customer_id)
WHERE status = 'active';

-- products.cards accounts whose card payments name more than one card
-- aim: - 0.02
-- flat: - 0.2
SELECT avg((cards > 1)::INTEGER), count(*) FROM (
    SELECT count(DISTINCT regexp_extract(description, 'CARD (\d{4})', 1)) AS cards FROM accounts_db.transactions
    WHERE channel = 'card' AND regexp_matches(description, 'CARD \d{4}') GROUP BY account_id HAVING count(*) >= 2);
