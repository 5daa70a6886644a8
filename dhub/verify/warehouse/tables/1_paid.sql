-- What customers pay to merchants, by merchant and channel. Rent, utilities, telephones and insurance
-- are no choice (chosen), subscriptions no visit (visited).
SELECT customer_key, merchant_key, category, channel, is_subscription AS subscribed,
       category NOT IN ('rent', 'utilities', 'telecom', 'insurance') AS chosen,
       chosen AND NOT is_subscription AS visited, count(*) AS n, sum(amount) AS amount
FROM warehouse_db.fact_transaction JOIN warehouse_db.dim_merchant USING (merchant_key)
WHERE merchant_key <> 0 AND transaction_type IN ('payment', 'purchase') GROUP BY ALL
