-- W01
UPDATE dim_customer SET phone = phone || '1' WHERE customer_key = 7;
-- W01 in accounts_db
UPDATE customers SET city = 'Elsewhere' WHERE customer_id = 7;
-- W01 in customer_db
UPDATE customer_profiles SET risk_rating = risk_rating || 'er' WHERE customer_id = 7;
-- W02
UPDATE dim_account SET branch_code = NULL WHERE account_key = (SELECT min(account_key) FROM dim_account WHERE source_table = 'accounts');
-- W02 in accounts_db
UPDATE accounts SET branch_code = 'NONE' WHERE account_id = (SELECT min(account_id) FROM accounts);
-- W03
UPDATE dim_account SET days_past_due = days_past_due + 1 WHERE account_key = (SELECT min(account_key) FROM dim_account WHERE product_class = 'loan');
-- W03 in loans_db
UPDATE loans SET interest_rate = interest_rate + 0.001 WHERE loan_id = (SELECT min(loan_id) FROM loans);
-- W04
UPDATE dim_account SET coverage_amount = coverage_amount + 1 WHERE account_key = (SELECT min(account_key) FROM dim_account WHERE product_class = 'insurance');
-- W04 in insurance_db
DELETE FROM policies WHERE policy_id = (SELECT min(policy_id) FROM policies);
-- W05
UPDATE fact_transaction SET channel = 'phone' WHERE transaction_id = (SELECT min(transaction_id) FROM fact_transaction WHERE channel <> 'phone');
-- W05 in accounts_db
UPDATE transactions SET description = description || '.' WHERE transaction_id = (SELECT min(transaction_id) FROM transactions);
-- W05 in accounts_db
DELETE FROM transactions WHERE transaction_id = (SELECT min(transaction_id) FROM transactions WHERE transfer_id IS NULL);
-- W05.merchants in accounts_db
UPDATE transactions SET merchant_name = 'Nobody' WHERE transaction_id = (SELECT min(transaction_id) FROM transactions WHERE merchant_name IS NOT NULL);
-- W06
-- also: W05
UPDATE fact_transaction SET transaction_id = -1 WHERE transaction_key = (SELECT min(transaction_key) FROM fact_transaction WHERE transaction_type = 'purchase');
-- W07
UPDATE fact_transaction f SET linked_transaction_key = NULL FROM (SELECT transaction_key AS one, linked_transaction_key AS other FROM fact_transaction WHERE transaction_type = 'transfer_in' AND linked_transaction_key IS NOT NULL LIMIT 1) pair WHERE f.transaction_key IN (one, other);
-- W07 in accounts_db
UPDATE transactions SET transfer_id = NULL WHERE transaction_id = (SELECT min(transaction_id) FROM transactions WHERE transfer_id IS NOT NULL);
-- W07.mutual
UPDATE fact_transaction SET linked_transaction_key = transaction_key WHERE transaction_key = (SELECT min(transaction_key) FROM fact_transaction WHERE transaction_type = 'purchase');
-- W07.cards
-- also: W05, W25, W26
UPDATE fact_transaction SET transaction_type = 'withdrawal' WHERE transaction_key = (SELECT min(linked_transaction_key) FROM fact_transaction WHERE transaction_type = 'card_payment');
-- W08
UPDATE fact_loan_schedule SET interest_amount = interest_amount + 0.01 WHERE schedule_key = (SELECT min(schedule_key) FROM fact_loan_schedule);
-- W08 in loans_db
UPDATE repayment_schedule SET remaining_balance = remaining_balance + 0.01 WHERE schedule_id = (SELECT max(schedule_id) FROM repayment_schedule);
-- W09
UPDATE fact_interaction SET nps_score = coalesce(nps_score, 0) + 1 WHERE interaction_key = (SELECT min(interaction_key) FROM fact_interaction);
-- W09 in customer_db
DELETE FROM satisfaction_surveys WHERE survey_id = (SELECT min(survey_id) FROM satisfaction_surveys);
-- W09.complaints
UPDATE fact_interaction SET complaint_id = NULL WHERE interaction_key = (SELECT min(interaction_key) FROM fact_interaction WHERE is_complaint);
-- W09.complaints in customer_db
UPDATE complaints SET customer_id = customer_id + 1 WHERE complaint_id = (SELECT min(complaint_id) FROM complaints);
-- W10
UPDATE dim_customer SET credit_score = credit_score + 1 WHERE customer_key = (SELECT min(customer_key) FROM dim_customer WHERE credit_score IS NOT NULL);
-- W10 in loans_db
UPDATE risk_assessments SET risk_score = risk_score + 1 WHERE assessment_id = (SELECT assessment_id FROM risk_assessments ORDER BY assessment_date DESC, assessment_id DESC LIMIT 1);
-- W10.income
UPDATE dim_customer SET annual_income = annual_income + 1 WHERE customer_key = (SELECT min(customer_key) FROM dim_account WHERE product_class = 'loan');
-- W10.income in loans_db
UPDATE loan_applications SET annual_income = annual_income + 1 WHERE application_id = (SELECT application_id FROM loan_applications ORDER BY application_date DESC, application_id DESC LIMIT 1);
-- W11
UPDATE fact_transaction SET balance_after = balance_after + 0.01 WHERE transaction_key = (SELECT min(transaction_key) FROM fact_transaction WHERE transaction_type = 'purchase');
-- W11.current
-- also: W12.chain
UPDATE dim_account SET current_balance = current_balance + 0.01 WHERE account_key = (SELECT min(account_key) FROM dim_account WHERE product_class = 'securities');
-- W12
-- also: W12.chain
DELETE FROM fact_account_snapshot WHERE snapshot_key = (SELECT max(snapshot_key) FROM fact_account_snapshot);
-- W12.flows
UPDATE fact_account_snapshot SET inflow_amount = inflow_amount + 0.01 WHERE snapshot_key = (SELECT max(snapshot_key) FROM fact_account_snapshot);
-- W12.chain
UPDATE fact_account_snapshot SET opening_balance = opening_balance + 1, closing_balance = closing_balance + 1 WHERE snapshot_key = (SELECT min(snapshot_key) FROM fact_account_snapshot JOIN dim_account USING (account_key) WHERE product_class = 'casa');
-- W13
-- also: W08
UPDATE fact_loan_schedule SET principal_amount = principal_amount + 0.01 WHERE schedule_key = (SELECT min(schedule_key) FROM fact_loan_schedule WHERE payment_date IS NULL);
-- W20
-- also: W21
DELETE FROM dim_date WHERE date_key = 20240117;
-- W20.days
UPDATE dim_date SET fiscal_year = fiscal_year + 1 WHERE date_key = 20240117;
-- W20.days
UPDATE dim_date SET is_holiday = false, holiday_name = NULL, is_business_day = true WHERE date_key = 20240704;
-- W21
UPDATE fact_interaction SET date_key = date_key + 1 WHERE interaction_key = (SELECT min(interaction_key) FROM fact_interaction WHERE date_key % 100 < 28);
-- W21
UPDATE fact_loan_schedule SET due_date_key = NULL WHERE schedule_key = (SELECT min(schedule_key) FROM fact_loan_schedule WHERE due_date_key IS NOT NULL);
-- W22
UPDATE fact_transaction SET product_key = 3 - product_key WHERE transaction_key = (SELECT min(transaction_key) FROM fact_transaction WHERE product_key IN (1, 2));
-- W22.orphans
-- also: W26
UPDATE fact_transaction SET merchant_key = 999999 WHERE transaction_key = (SELECT min(transaction_key) FROM fact_transaction WHERE transaction_type = 'purchase');
-- W23
UPDATE dim_account SET market_value = NULL WHERE account_key = (SELECT min(account_key) FROM dim_account WHERE product_class = 'securities');
-- W24
UPDATE dim_customer SET age = age + 1 WHERE customer_key = 7;
-- W24.mortgage
UPDATE dim_customer SET home_ownership = 'mortgage' WHERE customer_key = (SELECT min(customer_key) FROM dim_customer WHERE home_ownership = 'family');
-- W25
UPDATE fact_transaction SET transaction_type = 'deposit' WHERE transaction_key = (SELECT min(transaction_key) FROM fact_transaction WHERE transaction_type = 'card_interest');
-- W25.merchants
UPDATE fact_transaction SET description = 'CARD PURCHASE' WHERE transaction_key = (SELECT min(transaction_key) FROM fact_transaction WHERE transaction_type = 'purchase');
-- W26
UPDATE fact_transaction SET is_recurring = NOT is_recurring WHERE transaction_key = (SELECT min(transaction_key) FROM fact_transaction);
-- W27
UPDATE fact_account_snapshot SET credit_utilization = credit_utilization + 0.01 WHERE snapshot_key = (SELECT min(snapshot_key) FROM fact_account_snapshot WHERE credit_limit IS NOT NULL);
-- W28
UPDATE fact_loan_schedule SET is_overdue = NOT is_overdue WHERE schedule_key = (SELECT min(schedule_key) FROM fact_loan_schedule);
-- W29
UPDATE dim_merchant SET monthly_price = NULL WHERE merchant_key = (SELECT min(merchant_key) FROM dim_merchant WHERE is_subscription);
-- warehouse.personas
UPDATE dim_customer SET persona = 'boomer' WHERE persona = 'digital_native' AND customer_key % 2 = 0;
-- warehouse.travel
UPDATE dim_merchant SET category = 'hobby' WHERE category = 'travel';
-- warehouse.travel_others
UPDATE dim_merchant SET category = 'travel' WHERE category = 'groceries';
-- warehouse.children
UPDATE dim_merchant SET category = 'hobby' WHERE category = 'children';
-- warehouse.children_others
UPDATE dim_merchant SET category = 'children' WHERE category = 'groceries';
-- warehouse.screens
UPDATE dim_customer SET persona = CASE persona WHEN 'boomer' THEN 'digital_native' ELSE 'boomer' END WHERE persona IN ('boomer', 'digital_native');
-- warehouse.screens_others
-- also: W05
UPDATE fact_transaction SET channel = 'online' WHERE transaction_type IN ('payment', 'purchase');
-- warehouse.campus
UPDATE dim_customer SET persona = CASE persona WHEN 'boomer' THEN 'college_student' ELSE 'boomer' END WHERE persona IN ('boomer', 'college_student');
-- warehouse.campus_others
UPDATE dim_merchant SET category = 'dining' WHERE category IN ('groceries', 'fuel', 'transport', 'online_shopping', 'department_store');
-- warehouse.health
UPDATE dim_merchant SET category = 'hobby' WHERE category = 'healthcare';
-- warehouse.health_others
UPDATE dim_merchant SET category = 'pharmacy' WHERE category = 'groceries';
-- warehouse.travel_cards
UPDATE dim_product SET product_name = replace(product_name, 'Travel', 'Plain') WHERE product_class = 'card';
-- warehouse.subscriptions
UPDATE dim_customer SET persona = CASE persona WHEN 'boomer' THEN 'digital_native' ELSE 'boomer' END WHERE persona IN ('boomer', 'digital_native');
-- warehouse.study
UPDATE dim_merchant SET category = CASE category WHEN 'education' THEN 'hobby' ELSE 'education' END WHERE category IN ('education', 'groceries');
-- warehouse.talks_on_screens
-- also: W09
UPDATE fact_interaction SET channel = 'branch' WHERE interaction_key > 0;
-- warehouse.talks_to_people
UPDATE dim_customer SET persona = CASE persona WHEN 'boomer' THEN 'digital_native' ELSE 'boomer' END WHERE persona IN ('boomer', 'digital_native');
-- warehouse.papers
UPDATE dim_customer SET persona = CASE persona WHEN 'boomer' THEN 'college_student' ELSE 'boomer' END WHERE persona IN ('boomer', 'college_student');
-- warehouse.card_holders
-- also: W22
UPDATE dim_account SET customer_key = 1 WHERE product_class = 'card';
-- warehouse.utilisation
-- also: W27
UPDATE fact_account_snapshot SET credit_utilization = credit_utilization / 10 WHERE credit_limit IS NOT NULL;
-- warehouse.high_utilisation
-- also: W27
UPDATE fact_account_snapshot SET credit_utilization = 0.6 WHERE credit_limit IS NOT NULL;
-- warehouse.card_payments
UPDATE fact_transaction SET linked_transaction_key = NULL WHERE transaction_type IN ('card_payment', 'payment') AND linked_transaction_key IS NOT NULL;
-- warehouse.recurring
-- also: W26
UPDATE fact_transaction SET is_recurring = false WHERE is_recurring;
-- warehouse.subscribers
UPDATE dim_merchant SET is_subscription = false, monthly_price = NULL WHERE is_subscription;
-- warehouse.prices
UPDATE dim_merchant SET monthly_price = monthly_price * 2 WHERE is_subscription;
-- warehouse.subscription_gaps
UPDATE dim_merchant SET is_subscription = true, monthly_price = 1 WHERE category = 'groceries';
-- warehouse.weekend
UPDATE dim_merchant SET category = CASE WHEN category IN ('groceries', 'dining') THEN 'hobby' ELSE 'dining' END WHERE category IN ('groceries', 'dining', 'utilities', 'telecom');
-- warehouse.benford
UPDATE dim_merchant SET category = 'rent' WHERE category <> 'streaming' AND merchant_key <> 0;
-- warehouse.employers
UPDATE dim_customer SET employer_name = employer_name || ' II' WHERE employer_name IS NOT NULL;
-- warehouse.gross
-- also: W10.income
UPDATE dim_customer SET annual_income = 2 * annual_income WHERE customer_key % 8 = 0;
-- warehouse.insurance_gap
-- also: W04
UPDATE dim_account SET account_status = 'lapsed' WHERE product_type = 'life';
-- warehouse.prepayment_potential
-- also: W02
UPDATE dim_account SET account_status = 'frozen' WHERE product_type IN ('savings', 'money_market') AND account_status = 'active';
-- warehouse.overdue
-- also: W28
UPDATE fact_loan_schedule SET is_overdue = false WHERE is_overdue;
-- warehouse.prepaid
-- also: W28
UPDATE fact_loan_schedule SET is_prepaid = false WHERE is_prepaid;
-- warehouse.travel_reached
UPDATE dim_customer SET persona = CASE persona WHEN 'boomer' THEN 'frequent_traveler' ELSE 'boomer' END WHERE persona IN ('boomer', 'frequent_traveler');
-- warehouse.children_reached
UPDATE dim_customer SET persona = CASE persona WHEN 'boomer' THEN 'young_parent' ELSE 'boomer' END WHERE persona IN ('boomer', 'young_parent');
-- warehouse.screens_reached
UPDATE dim_customer SET persona = CASE persona WHEN 'boomer' THEN 'digital_native' ELSE 'boomer' END WHERE persona IN ('boomer', 'digital_native');
-- warehouse.campus_reached
UPDATE dim_customer SET persona = CASE persona WHEN 'boomer' THEN 'college_student' ELSE 'boomer' END WHERE persona IN ('boomer', 'college_student');
-- warehouse.health_reached
UPDATE dim_customer SET persona = CASE persona WHEN 'boomer' THEN 'college_student' ELSE 'boomer' END WHERE persona IN ('boomer', 'college_student');
-- warehouse.told_by_habits
UPDATE dim_customer SET persona = (ARRAY['boomer', 'college_student', 'digital_native', 'frequent_traveler', 'young_parent'])[1 + customer_key % 5] WHERE customer_key > 0;
-- warehouse.told_by_habits
UPDATE dim_merchant SET category = 'hobby' WHERE merchant_key <> 0;
-- warehouse.told_by_both
UPDATE dim_customer SET persona = (ARRAY['boomer', 'college_student', 'digital_native', 'frequent_traveler', 'young_parent'])[1 + customer_key % 5] WHERE customer_key > 0;
-- warehouse.told_by_age
-- also: W24
UPDATE dim_customer SET age = 20 + 10 * length(persona) WHERE customer_key > 0;
-- warehouse.payers
-- also: W05.merchants, W25.merchants, W26
UPDATE fact_transaction SET merchant_key = 0 WHERE merchant_key <> 0 AND customer_key % 2 = 0;
-- warehouse.dining
UPDATE dim_merchant SET category = CASE category WHEN 'dining' THEN 'hobby' ELSE 'dining' END WHERE category IN ('dining', 'utilities', 'telecom', 'streaming');
-- warehouse.spread
-- also: W29
UPDATE dim_merchant SET category = 'hobby' WHERE merchant_name = 'Netflix';
-- warehouse.skew
UPDATE dim_merchant SET category = 'travel' WHERE category = 'streaming';
-- warehouse.months
-- also: W05.merchants, W25.merchants, W26
UPDATE fact_transaction SET merchant_key = 0 WHERE merchant_key <> 0 AND extract(month FROM transaction_date) = 12 AND customer_key % 4 = 0;
-- warehouse.payday
-- also: W05.merchants, W25.merchants, W26
UPDATE fact_transaction SET merchant_key = 0 WHERE merchant_key <> 0 AND extract(day FROM transaction_date) % 15 IN (0, 1, 2, 3);
-- warehouse.favourites
-- also: W05.merchants, W25.merchants, W26
UPDATE fact_transaction SET merchant_key = 1 + transaction_key % 1400 WHERE merchant_key <> 0;
-- warehouse.quarters
-- also: W02, W12, W23, W25
UPDATE dim_account SET opened_date = '2025-07-01' WHERE product_class = 'casa' AND opened_date < '2025-07-01' AND account_key % 2 = 0;
-- warehouse.paid_months
-- also: W05, W26
UPDATE fact_transaction SET transaction_type = 'deposit' WHERE transaction_type = 'salary' AND extract(month FROM transaction_date) % 3 = 0;
