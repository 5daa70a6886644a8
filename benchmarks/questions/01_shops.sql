-- Shop and amount

-- shops.coffee median coffee, in dollars
-- aim: 4 8
-- flat: 3 12
SELECT median(amount), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'payment' AND shop(description) = 'coffee';

-- shops.restaurant median restaurant bill
-- aim: 15 80
-- flat: 10 100
SELECT median(amount), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'payment' AND shop(description) = 'restaurant';

-- shops.groceries median purchase of groceries
-- aim: 30 200
-- flat: 20 250
SELECT median(amount), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'payment' AND shop(description) = 'groceries';

-- shops.fuel median tank of fuel
-- aim: 25 90
-- flat: 20 110
SELECT median(amount), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'payment' AND shop(description) = 'fuel';

-- shops.electronics upper quartile of electronics
-- aim: 150 1500
-- flat: 100 2000
SELECT quantile_cont(amount, 0.75), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'payment' AND shop(description) = 'electronics';

-- shops.flight median flight
-- aim: 150 900
-- flat: 110 1000
SELECT median(amount), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'payment' AND shop(description) = 'flight';

-- shops.rent median rent
-- aim: 700 3000
-- flat: 500 3500
SELECT median(amount), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'payment' AND shop(description) = 'rent';

-- shops.rent_constant rents paid three times and more to a landlord that are one amount, but for a raise
-- aim: 0.9 -
-- flat: 0.6 -
-- least: 15
SELECT avg((amounts <= 2 AND most <= 1.15 * least)::INTEGER), count(*) FROM (
    SELECT count(DISTINCT amount) AS amounts, max(amount) AS most, min(amount) AS least
    FROM accounts_db.transactions WHERE transaction_type = 'payment' AND shop(description) = 'rent'
    GROUP BY account_id, biller(description) HAVING count(*) >= 3);

-- shops.power median power bill
-- aim: 60 300
-- flat: 40 400
SELECT median(amount), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'payment' AND shop(description) = 'power';

-- shops.power_seasons power bills of January, July and August by those of April, May and October
-- aim: 1.2 -
-- flat: 1.05 -
-- least: 300
SELECT avg(amount) FILTER (WHERE month(transaction_date) IN (1, 7, 8))
       / avg(amount) FILTER (WHERE month(transaction_date) IN (4, 5, 10)), count(*)
FROM accounts_db.transactions WHERE transaction_type = 'payment' AND shop(description) = 'power';

-- shops.telephone median telephone bill
-- aim: 35 150
-- flat: 25 200
SELECT median(amount), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'payment' AND shop(description) = 'telephone';

-- shops.water dearest water bill
-- aim: - 500
-- flat: - 800
-- least: 10
SELECT max(amount), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'payment' AND shop(description) = 'water';

-- shops.streaming median subscription to music, films or games
-- aim: 8 25
-- flat: 5 40
SELECT median(amount), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'payment' AND shop(description) = 'streaming';

-- shops.dear_subscription dearest subscription to music, films or games
-- aim: - 60
-- flat: - 120
SELECT max(amount), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'payment' AND shop(description) = 'streaming';

-- shops.dear_coffee share of coffees above 30 dollars
-- aim: - 0.01
-- flat: - 0.05
SELECT avg((amount > 30)::INTEGER), count(*) FROM accounts_db.transactions
WHERE transaction_type = 'payment' AND shop(description) = 'coffee';

-- shops.bills one biller's dearest bill by the cheapest: 95 of 100 series of three and more lie below
-- aim: - 3
-- flat: - 5
-- least: 30
SELECT quantile_cont(ratio, 0.95), count(*) FROM (
    SELECT max(amount) / min(amount) AS ratio FROM accounts_db.transactions
    WHERE transaction_type = 'payment' AND channel = 'ach' AND shop(description) IN ('power', 'water', 'telephone')
    GROUP BY account_id, biller(description) HAVING count(*) >= 3);

-- shops.variance share of the variance of log-amounts of payments that lies between kinds of shops
-- aim: 0.3 -
-- flat: 0.1 -
WITH paid AS (SELECT shop(description) AS kind, ln(amount::DOUBLE) AS x FROM accounts_db.transactions
              WHERE transaction_type = 'payment' AND shop(description) IS NOT NULL),
within AS (SELECT sum(v) AS squares, sum(n) AS n FROM (
    SELECT var_pop(x) * count(*) AS v, count(*) AS n FROM paid GROUP BY kind))
SELECT 1 - squares / n / (SELECT var_pop(x) FROM paid), n FROM within;

-- shops.codes shops that have one merchant category code (ISO 18245) wherever they are named
-- aim: 0.999 -
SELECT avg((codes = 1)::INTEGER), count(*) FROM (
    SELECT count(DISTINCT mcc) AS codes FROM accounts_db.transactions
    WHERE merchant_name IS NOT NULL GROUP BY merchant_name);

-- shops.codes_named payments in pharmacies, bookshops, bakeries, to dentists and barbers under the code of those
-- aim: 0.999 -
-- flat: 0.9 -
SELECT avg((mcc = CASE WHEN merchant_name LIKE '%Dental' THEN '8021' WHEN merchant_name LIKE '%Books' THEN '5942'
    WHEN merchant_name LIKE '%Bakery' THEN '5462' WHEN merchant_name LIKE '%Barber Shop' THEN '7230' ELSE '5912' END)::INTEGER), count(*)
FROM accounts_db.transactions WHERE regexp_matches(merchant_name, '(Dental|Books|Bakery|Barber Shop|Pharmacy)$');
