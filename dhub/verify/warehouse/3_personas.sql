-- How the customers of each persona live, where the profile has personas: judged by customers with
-- thirty payments to merchants or more (`tables`, which tell what is a share of what).

-- warehouse.personas how far the share of a persona lies from its weight, at most
-- kind: aim
-- needs: personas
-- aim: - 0.015
SELECT max(abs(n::DOUBLE / total - value::DOUBLE)), max(total) FROM (
    SELECT persona, count(*) AS n, sum(count(*)) OVER () AS total
    FROM warehouse_db.dim_customer GROUP BY persona)
LEFT JOIN profile.numbers ON path = 'personas.kinds.' || persona || '.weight';

-- warehouse.payers customers with thirty payments to merchants or more, of all
-- kind: aim
-- needs: personas
-- aim: 0.6 -
SELECT count(h.customer_key)::DOUBLE / count(*), count(*)
FROM warehouse_db.dim_customer c LEFT JOIN warehouse_db.habits h USING (customer_key);

-- warehouse.travel what frequent travelers spend on travel: the median share
-- kind: aim
-- needs: personas
-- aim: 0.15 -
-- least: 30
SELECT median(travel), count(*) FROM warehouse_db.habits WHERE persona = 'frequent_traveler';

-- warehouse.travel_others what others than frequent travelers spend on travel: the median share
-- kind: aim
-- needs: personas
-- aim: - 0.1
-- least: 30
SELECT median(travel), count(*) FROM warehouse_db.habits WHERE persona <> 'frequent_traveler';

-- warehouse.travel_reached others whose share reaches the lowest tenth of frequent travelers
-- kind: aim
-- needs: personas
-- aim: 0.002 0.35
WITH own AS (SELECT quantile_cont(travel, 0.1) AS low FROM warehouse_db.habits WHERE persona = 'frequent_traveler')
SELECT avg((travel >= low)::INT), count(*) FROM warehouse_db.habits CROSS JOIN own WHERE persona <> 'frequent_traveler';

-- warehouse.children what young parents spend on children: the median share
-- kind: aim
-- needs: personas
-- aim: 0.08 -
-- least: 30
SELECT median(children), count(*) FROM warehouse_db.habits WHERE persona = 'young_parent';

-- warehouse.children_others what others than young parents spend on children: the median share
-- kind: aim
-- needs: personas
-- aim: - 0.04
-- least: 30
SELECT median(children), count(*) FROM warehouse_db.habits WHERE persona <> 'young_parent';

-- warehouse.children_reached others whose share reaches the lowest tenth of young parents
-- kind: aim
-- needs: personas
-- aim: 0.002 0.35
WITH own AS (SELECT quantile_cont(children, 0.1) AS low FROM warehouse_db.habits WHERE persona = 'young_parent')
SELECT avg((children >= low)::INT), count(*) FROM warehouse_db.habits CROSS JOIN own WHERE persona <> 'young_parent';

-- warehouse.screens what digital natives pay online, by app or as a subscription, of their payments: the median share
-- kind: aim
-- needs: personas
-- aim: 0.6 -
-- least: 30
SELECT median(screens), count(*) FROM warehouse_db.habits WHERE persona = 'digital_native';

-- warehouse.screens_others what others than digital natives pay online, by app or as a subscription, of their payments: the median share
-- kind: aim
-- needs: personas
-- aim: - 0.58
-- least: 30
SELECT median(screens), count(*) FROM warehouse_db.habits WHERE persona <> 'digital_native';

-- warehouse.screens_reached others whose share reaches the lowest tenth of digital natives
-- kind: aim
-- needs: personas
-- aim: 0.002 0.35
WITH own AS (SELECT quantile_cont(screens, 0.1) AS low FROM warehouse_db.habits WHERE persona = 'digital_native')
SELECT avg((screens >= low)::INT), count(*) FROM warehouse_db.habits CROSS JOIN own WHERE persona <> 'digital_native';

-- warehouse.campus what college students pay for dining and education, of their payments: the median share
-- kind: aim
-- needs: personas
-- aim: 0.3 -
-- least: 30
SELECT median(campus), count(*) FROM warehouse_db.habits WHERE persona = 'college_student';

-- warehouse.campus_others what others than college students pay for dining and education, of their payments: the median share
-- kind: aim
-- needs: personas
-- aim: - 0.26
-- least: 30
SELECT median(campus), count(*) FROM warehouse_db.habits WHERE persona <> 'college_student';

-- warehouse.campus_reached others whose share reaches the lowest tenth of college students
-- kind: aim
-- needs: personas
-- aim: 0.002 0.35
WITH own AS (SELECT quantile_cont(campus, 0.1) AS low FROM warehouse_db.habits WHERE persona = 'college_student')
SELECT avg((campus >= low)::INT), count(*) FROM warehouse_db.habits CROSS JOIN own WHERE persona <> 'college_student';

-- warehouse.health what boomers spend on pharmacies and health care: the median share
-- kind: aim
-- needs: personas
-- aim: 0.1 -
-- least: 30
SELECT median(health), count(*) FROM warehouse_db.habits WHERE persona = 'boomer';

-- warehouse.health_others what others than boomers spend on pharmacies and health care: the median share
-- kind: aim
-- needs: personas
-- aim: - 0.08
-- least: 30
SELECT median(health), count(*) FROM warehouse_db.habits WHERE persona <> 'boomer';

-- warehouse.health_reached others whose share reaches the lowest tenth of boomers
-- kind: aim
-- needs: personas
-- aim: 0.002 0.35
WITH own AS (SELECT quantile_cont(health, 0.1) AS low FROM warehouse_db.habits WHERE persona = 'boomer')
SELECT avg((health >= low)::INT), count(*) FROM warehouse_db.habits CROSS JOIN own WHERE persona <> 'boomer';

-- warehouse.told_by_habits how well a plain classifier tells personas by what they buy and how they pay: the macro-F1
-- kind: aim
-- needs: personas
-- aim: 0.8 0.995
WITH kinds AS (SELECT DISTINCT persona AS kind FROM warehouse_db.guesses),
each AS (
    SELECT count(*) FILTER (persona = kind) AS own, count(*) FILTER (by_habits = kind) AS said,
           count(*) FILTER (persona = kind AND by_habits = kind) AS hits
    FROM warehouse_db.guesses CROSS JOIN kinds GROUP BY kind)
SELECT avg(2.0 * hits / (own + said))::DOUBLE, sum(own) FROM each;

-- warehouse.told_by_age how well a plain classifier tells personas by age alone: the macro-F1
-- kind: aim
-- needs: personas
-- aim: - 0.85
WITH kinds AS (SELECT DISTINCT persona AS kind FROM warehouse_db.guesses),
each AS (
    SELECT count(*) FILTER (persona = kind) AS own, count(*) FILTER (by_age = kind) AS said,
           count(*) FILTER (persona = kind AND by_age = kind) AS hits
    FROM warehouse_db.guesses CROSS JOIN kinds GROUP BY kind)
SELECT avg(2.0 * hits / (own + said))::DOUBLE, sum(own) FROM each;

-- warehouse.told_by_both how well a plain classifier tells personas by what they buy, how they pay, and age: the macro-F1
-- kind: aim
-- needs: personas
-- aim: 0.9 -
WITH kinds AS (SELECT DISTINCT persona AS kind FROM warehouse_db.guesses),
each AS (
    SELECT count(*) FILTER (persona = kind) AS own, count(*) FILTER (by_both = kind) AS said,
           count(*) FILTER (persona = kind AND by_both = kind) AS hits
    FROM warehouse_db.guesses CROSS JOIN kinds GROUP BY kind)
SELECT avg(2.0 * hits / (own + said))::DOUBLE, sum(own) FROM each;

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
SELECT median(subscriptions), count(*) FROM warehouse_db.habits WHERE persona = 'digital_native';

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
