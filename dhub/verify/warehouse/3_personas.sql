-- How the customers of each persona live, where the profile has personas: judged by customers with
-- thirty payments to merchants or more. Rent, utilities, telephones and insurance are no choice.

-- warehouse.personas how far the share of a persona lies from its weight, at most
-- kind: aim
-- needs: personas
-- aim: - 0.015
SELECT max(abs(n::DOUBLE / total - value::DOUBLE)), max(total) FROM (
    SELECT persona, count(*) AS n, sum(count(*)) OVER () AS total
    FROM warehouse_db.dim_customer GROUP BY persona)
LEFT JOIN profile.numbers ON path = 'personas.kinds.' || persona || '.weight';

-- warehouse.travel what frequent travelers spend on travel: the median share
-- kind: aim
-- needs: personas
-- aim: 0.15 -
-- least: 30
WITH paid AS (
    SELECT customer_key, persona, t.amount AS weight, category = 'travel' AS part,
           category NOT IN ('rent', 'utilities', 'telecom', 'insurance') AS chosen
    FROM warehouse_db.fact_transaction t JOIN warehouse_db.dim_merchant m USING (merchant_key)
    JOIN warehouse_db.dim_customer c USING (customer_key)
    WHERE merchant_key <> 0 AND transaction_type IN ('payment', 'purchase')),
shares AS (
    SELECT coalesce(sum(weight) FILTER (chosen AND part), 0)::DOUBLE
           / nullif(sum(weight) FILTER (chosen), 0)::DOUBLE AS share
    FROM paid WHERE persona = 'frequent_traveler' GROUP BY customer_key HAVING count(*) >= 30)
SELECT median(share), count(share) FROM shares;

-- warehouse.travel_others what others than frequent travelers spend on travel: the median share
-- kind: aim
-- needs: personas
-- aim: - 0.1
-- least: 30
WITH paid AS (
    SELECT customer_key, persona, t.amount AS weight, category = 'travel' AS part,
           category NOT IN ('rent', 'utilities', 'telecom', 'insurance') AS chosen
    FROM warehouse_db.fact_transaction t JOIN warehouse_db.dim_merchant m USING (merchant_key)
    JOIN warehouse_db.dim_customer c USING (customer_key)
    WHERE merchant_key <> 0 AND transaction_type IN ('payment', 'purchase')),
shares AS (
    SELECT coalesce(sum(weight) FILTER (chosen AND part), 0)::DOUBLE
           / nullif(sum(weight) FILTER (chosen), 0)::DOUBLE AS share
    FROM paid WHERE persona <> 'frequent_traveler' GROUP BY customer_key HAVING count(*) >= 30)
SELECT median(share), count(share) FROM shares;

-- warehouse.children what young parents spend on children: the median share
-- kind: aim
-- needs: personas
-- aim: 0.08 -
-- least: 30
WITH paid AS (
    SELECT customer_key, persona, t.amount AS weight, category = 'children' AS part,
           category NOT IN ('rent', 'utilities', 'telecom', 'insurance') AS chosen
    FROM warehouse_db.fact_transaction t JOIN warehouse_db.dim_merchant m USING (merchant_key)
    JOIN warehouse_db.dim_customer c USING (customer_key)
    WHERE merchant_key <> 0 AND transaction_type IN ('payment', 'purchase')),
shares AS (
    SELECT coalesce(sum(weight) FILTER (chosen AND part), 0)::DOUBLE
           / nullif(sum(weight) FILTER (chosen), 0)::DOUBLE AS share
    FROM paid WHERE persona = 'young_parent' GROUP BY customer_key HAVING count(*) >= 30)
SELECT median(share), count(share) FROM shares;

-- warehouse.children_others what others than young parents spend on children: the median share
-- kind: aim
-- needs: personas
-- aim: - 0.04
-- least: 30
WITH paid AS (
    SELECT customer_key, persona, t.amount AS weight, category = 'children' AS part,
           category NOT IN ('rent', 'utilities', 'telecom', 'insurance') AS chosen
    FROM warehouse_db.fact_transaction t JOIN warehouse_db.dim_merchant m USING (merchant_key)
    JOIN warehouse_db.dim_customer c USING (customer_key)
    WHERE merchant_key <> 0 AND transaction_type IN ('payment', 'purchase')),
shares AS (
    SELECT coalesce(sum(weight) FILTER (chosen AND part), 0)::DOUBLE
           / nullif(sum(weight) FILTER (chosen), 0)::DOUBLE AS share
    FROM paid WHERE persona <> 'young_parent' GROUP BY customer_key HAVING count(*) >= 30)
SELECT median(share), count(share) FROM shares;

-- warehouse.screens what digital natives pay online, by app or as a subscription, of their payments: the median share
-- kind: aim
-- needs: personas
-- aim: 0.6 -
-- least: 30
WITH paid AS (
    SELECT customer_key, persona, 1 AS weight, t.channel IN ('online', 'mobile_app') OR is_subscription AS part,
           category NOT IN ('rent', 'utilities', 'telecom', 'insurance') AS chosen
    FROM warehouse_db.fact_transaction t JOIN warehouse_db.dim_merchant m USING (merchant_key)
    JOIN warehouse_db.dim_customer c USING (customer_key)
    WHERE merchant_key <> 0 AND transaction_type IN ('payment', 'purchase')),
shares AS (
    SELECT coalesce(sum(weight) FILTER (chosen AND part), 0)::DOUBLE
           / nullif(sum(weight) FILTER (chosen), 0)::DOUBLE AS share
    FROM paid WHERE persona = 'digital_native' GROUP BY customer_key HAVING count(*) >= 30)
SELECT median(share), count(share) FROM shares;

-- warehouse.screens_others what others than digital natives pay online, by app or as a subscription, of their payments: the median share
-- kind: aim
-- needs: personas
-- aim: - 0.58
-- least: 30
WITH paid AS (
    SELECT customer_key, persona, 1 AS weight, t.channel IN ('online', 'mobile_app') OR is_subscription AS part,
           category NOT IN ('rent', 'utilities', 'telecom', 'insurance') AS chosen
    FROM warehouse_db.fact_transaction t JOIN warehouse_db.dim_merchant m USING (merchant_key)
    JOIN warehouse_db.dim_customer c USING (customer_key)
    WHERE merchant_key <> 0 AND transaction_type IN ('payment', 'purchase')),
shares AS (
    SELECT coalesce(sum(weight) FILTER (chosen AND part), 0)::DOUBLE
           / nullif(sum(weight) FILTER (chosen), 0)::DOUBLE AS share
    FROM paid WHERE persona <> 'digital_native' GROUP BY customer_key HAVING count(*) >= 30)
SELECT median(share), count(share) FROM shares;

-- warehouse.campus what college students pay for dining and education, of their payments: the median share
-- kind: aim
-- needs: personas
-- aim: 0.3 -
-- least: 30
WITH paid AS (
    SELECT customer_key, persona, 1 AS weight, category IN ('dining', 'education') AS part,
           category NOT IN ('rent', 'utilities', 'telecom', 'insurance') AS chosen
    FROM warehouse_db.fact_transaction t JOIN warehouse_db.dim_merchant m USING (merchant_key)
    JOIN warehouse_db.dim_customer c USING (customer_key)
    WHERE merchant_key <> 0 AND transaction_type IN ('payment', 'purchase')),
shares AS (
    SELECT coalesce(sum(weight) FILTER (chosen AND part), 0)::DOUBLE
           / nullif(sum(weight) FILTER (chosen), 0)::DOUBLE AS share
    FROM paid WHERE persona = 'college_student' GROUP BY customer_key HAVING count(*) >= 30)
SELECT median(share), count(share) FROM shares;

-- warehouse.campus_others what others than college students pay for dining and education, of their payments: the median share
-- kind: aim
-- needs: personas
-- aim: - 0.26
-- least: 30
WITH paid AS (
    SELECT customer_key, persona, 1 AS weight, category IN ('dining', 'education') AS part,
           category NOT IN ('rent', 'utilities', 'telecom', 'insurance') AS chosen
    FROM warehouse_db.fact_transaction t JOIN warehouse_db.dim_merchant m USING (merchant_key)
    JOIN warehouse_db.dim_customer c USING (customer_key)
    WHERE merchant_key <> 0 AND transaction_type IN ('payment', 'purchase')),
shares AS (
    SELECT coalesce(sum(weight) FILTER (chosen AND part), 0)::DOUBLE
           / nullif(sum(weight) FILTER (chosen), 0)::DOUBLE AS share
    FROM paid WHERE persona <> 'college_student' GROUP BY customer_key HAVING count(*) >= 30)
SELECT median(share), count(share) FROM shares;

-- warehouse.health what boomers spend on pharmacies and health care: the median share
-- kind: aim
-- needs: personas
-- aim: 0.1 -
-- least: 30
WITH paid AS (
    SELECT customer_key, persona, t.amount AS weight, category IN ('pharmacy', 'healthcare') AS part,
           category NOT IN ('rent', 'utilities', 'telecom', 'insurance') AS chosen
    FROM warehouse_db.fact_transaction t JOIN warehouse_db.dim_merchant m USING (merchant_key)
    JOIN warehouse_db.dim_customer c USING (customer_key)
    WHERE merchant_key <> 0 AND transaction_type IN ('payment', 'purchase')),
shares AS (
    SELECT coalesce(sum(weight) FILTER (chosen AND part), 0)::DOUBLE
           / nullif(sum(weight) FILTER (chosen), 0)::DOUBLE AS share
    FROM paid WHERE persona = 'boomer' GROUP BY customer_key HAVING count(*) >= 30)
SELECT median(share), count(share) FROM shares;

-- warehouse.health_others what others than boomers spend on pharmacies and health care: the median share
-- kind: aim
-- needs: personas
-- aim: - 0.08
-- least: 30
WITH paid AS (
    SELECT customer_key, persona, t.amount AS weight, category IN ('pharmacy', 'healthcare') AS part,
           category NOT IN ('rent', 'utilities', 'telecom', 'insurance') AS chosen
    FROM warehouse_db.fact_transaction t JOIN warehouse_db.dim_merchant m USING (merchant_key)
    JOIN warehouse_db.dim_customer c USING (customer_key)
    WHERE merchant_key <> 0 AND transaction_type IN ('payment', 'purchase')),
shares AS (
    SELECT coalesce(sum(weight) FILTER (chosen AND part), 0)::DOUBLE
           / nullif(sum(weight) FILTER (chosen), 0)::DOUBLE AS share
    FROM paid WHERE persona <> 'boomer' GROUP BY customer_key HAVING count(*) >= 30)
SELECT median(share), count(share) FROM shares;

-- warehouse.travel_cards cards of frequent travelers that are travel cards, of all that they have
-- kind: aim
-- needs: personas
-- aim: 0.5 -
-- least: 30
SELECT avg((product_name LIKE '%Travel%')::INT), count(*)
FROM warehouse_db.dim_account a JOIN warehouse_db.dim_product p USING (product_key)
JOIN warehouse_db.dim_customer c USING (customer_key)
WHERE a.product_class = 'card' AND persona = 'frequent_traveler';

-- warehouse.subscriptions merchants to whom a digital native subscribes: the median
-- kind: aim
-- needs: personas
-- aim: 3 -
-- least: 30
SELECT median(n), count(n) FROM (
    SELECT count(DISTINCT merchant_key) FILTER (is_subscription) AS n
    FROM warehouse_db.fact_transaction JOIN warehouse_db.dim_merchant USING (merchant_key)
    JOIN warehouse_db.dim_customer USING (customer_key)
    WHERE merchant_key <> 0 AND transaction_type IN ('payment', 'purchase') AND persona = 'digital_native'
    GROUP BY customer_key HAVING count(*) >= 30);

-- warehouse.study payments of college students for education that fall into August, September and January
-- kind: aim
-- needs: personas
-- aim: 0.38 -
-- least: 100
SELECT avg((month(transaction_date) IN (1, 8, 9))::INT), count(*)
FROM warehouse_db.fact_transaction JOIN warehouse_db.dim_merchant USING (merchant_key)
JOIN warehouse_db.dim_customer USING (customer_key)
WHERE category = 'education' AND transaction_type IN ('payment', 'purchase') AND persona = 'college_student';

-- warehouse.talks_on_screens contacts of digital natives by app and chatbot, of all that they have
-- kind: aim
-- needs: personas
-- aim: 0.70 -
-- least: 100
SELECT avg((channel IN ('app', 'chatbot'))::INT), count(*)
FROM warehouse_db.fact_interaction JOIN warehouse_db.dim_customer USING (customer_key)
WHERE persona = 'digital_native';

-- warehouse.talks_to_people contacts of boomers in branches and by telephone, of all that they have
-- kind: aim
-- needs: personas
-- aim: 0.60 -
-- least: 100
SELECT avg((channel IN ('branch', 'call_center'))::INT), count(*)
FROM warehouse_db.fact_interaction JOIN warehouse_db.dim_customer USING (customer_key)
WHERE persona = 'boomer';

-- warehouse.papers certificates and securities that a boomer holds, by what others do
-- kind: aim
-- needs: personas
-- aim: 1.5 -
-- least: 100
SELECT avg(n) FILTER (persona = 'boomer') / avg(n) FILTER (persona <> 'boomer'), sum(n) FROM (
    SELECT c.customer_key, persona, count(a.account_key) AS n
    FROM warehouse_db.dim_customer c LEFT JOIN warehouse_db.dim_account a
      ON a.customer_key = c.customer_key AND a.product_class IN ('cd', 'securities')
    GROUP BY ALL);
