-- Of each customer with thirty payments to merchants or more: the shares by which personas are known,
-- of money spent by choice (travel, children, health) or of such payments (screens, campus).
SELECT customer_key, persona, age, subscriptions, spent, bought,
       travel / spent AS travel, children / spent AS children, health / spent AS health,
       screens / bought AS screens, campus / bought AS campus
FROM (
    SELECT customer_key, sum(n) AS payments,
           count(DISTINCT merchant_key) FILTER (subscribed) AS subscriptions,
           sum(CASE WHEN chosen THEN amount ELSE 0 END)::DOUBLE AS spent,
           sum(CASE WHEN chosen THEN n ELSE 0 END)::DOUBLE AS bought,
           sum(CASE WHEN category = 'travel' THEN amount ELSE 0 END)::DOUBLE AS travel,
           sum(CASE WHEN category = 'children' THEN amount ELSE 0 END)::DOUBLE AS children,
           sum(CASE WHEN category IN ('pharmacy', 'healthcare') THEN amount ELSE 0 END)::DOUBLE AS health,
           sum(CASE WHEN chosen AND (subscribed OR channel IN ('online', 'mobile_app')) THEN n ELSE 0 END)::DOUBLE
               AS screens,
           sum(CASE WHEN category IN ('dining', 'education') THEN n ELSE 0 END)::DOUBLE AS campus
    FROM warehouse_db.paid GROUP BY customer_key)
JOIN warehouse_db.dim_customer USING (customer_key)
WHERE payments >= 30 AND bought > 0
