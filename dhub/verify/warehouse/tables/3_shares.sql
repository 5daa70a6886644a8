-- All that a customer of `habits` chooses, by name: of payments by category and by channel, of money
-- by category.
SELECT customer_key, habit, part / CASE kind WHEN 'money' THEN spent ELSE bought END AS share
FROM (
    SELECT customer_key, category || ' bought' AS habit, 'rows' AS kind, sum(n)::DOUBLE AS part
    FROM warehouse_db.paid WHERE chosen GROUP BY ALL
    UNION ALL SELECT customer_key, category || ' spent', 'money', sum(amount)::DOUBLE
    FROM warehouse_db.paid WHERE chosen GROUP BY ALL
    UNION ALL SELECT customer_key, 'by ' || channel, 'rows', sum(n)::DOUBLE
    FROM warehouse_db.paid WHERE chosen GROUP BY ALL)
JOIN warehouse_db.habits USING (customer_key)
