-- Loans

-- loans.current open loans that are not past due
-- aim: 0.88 0.97
-- flat: 0.75 0.99
SELECT avg((days_past_due = 0)::INTEGER), count(*) FROM loans_db.loans WHERE loan_status <> 'paid_off';

-- loans.mortgage_defaults defaults of mortgages by those of personal loans
-- aim: - 0.7
-- flat: - 1.1
-- least: 1500
SELECT avg((loan_status = 'defaulted')::INTEGER) FILTER (WHERE loan_type = 'mortgage')
       / avg((loan_status = 'defaulted')::INTEGER) FILTER (WHERE loan_type = 'personal'), count(*) FROM loans_db.loans;

-- loans.burden defaults of the third whose instalment weighs most on the income, by the lightest third
-- aim: 1.3 -
-- flat: 0.8 -
-- least: 1500
SELECT avg(bad) FILTER (WHERE third = 3) / nullif(avg(bad) FILTER (WHERE third = 1), 0), count(*) FROM (
    SELECT (loan_status = 'defaulted')::INTEGER AS bad,
           ntile(3) OVER (ORDER BY total_amount / annual_income) AS third
    FROM loans_db.loans JOIN loans_db.loan_applications USING (application_id)
    JOIN loans_db.repayment_schedule USING (loan_id) WHERE installment_number = 1);

-- loans.mortgage_early mortgages paid off: median days since the money was paid out
-- aim: 540 -
-- flat: 365 -
-- least: 15
SELECT median(payoff_date - disbursement_date), count(*) FROM loans_db.loans
WHERE loan_type = 'mortgage' AND loan_status = 'paid_off';

-- loans.mortgages_paid mortgages that are paid off
-- aim: - 0.1
-- flat: - 0.2
SELECT avg((loan_status = 'paid_off')::INTEGER), count(*) FROM loans_db.loans WHERE loan_type = 'mortgage';

-- loans.unaccrued interest of instalments settled two months and more ahead, of what was paid on them
-- aim: - 0
SELECT 1 - sum(principal_amount) / sum(paid_amount), count(*) FROM loans_db.repayment_schedule
WHERE payment_status = 'paid' AND payment_date < due_date - 62;

-- loans.missed instalments missed by loans in good standing
-- aim: - 0.002
-- flat: - 0.02
SELECT avg((payment_status = 'missed')::INTEGER), count(*) FROM loans_db.repayment_schedule
JOIN loans_db.loans USING (loan_id) WHERE loan_status = 'active' AND days_past_due = 0;

-- loans.rates rate of the worse half by the better half of personal loans, by probability of default
-- aim: 1.15 -
-- flat: 1.02 -
SELECT avg(interest_rate) FILTER (WHERE half = 2) / avg(interest_rate) FILTER (WHERE half = 1), count(*) FROM (
    SELECT interest_rate, ntile(2) OVER (ORDER BY pd_probability) AS half
    FROM loans_db.loans JOIN loans_db.risk_assessments USING (application_id) WHERE loan_type = 'personal');

-- loans.denials rejections of the fourth with most debt for its income, by the fourth with least
-- aim: 2 -
-- flat: 1.2 -
SELECT avg(denied) FILTER (WHERE q = 4) / nullif(avg(denied) FILTER (WHERE q = 1), 0), count(*) FROM (
    SELECT (status = 'rejected')::INTEGER AS denied, ntile(4) OVER (ORDER BY dti_ratio) AS q
    FROM loans_db.loan_applications WHERE status IN ('approved', 'rejected'));

-- loans.own_town houses lent for that are in the borrower's state
-- aim: 0.9 -
-- flat: 0.5 -
SELECT avg((right(description, 2) = state)::INTEGER), count(*) FROM loans_db.collateral
JOIN loans_db.loans USING (loan_id) JOIN accounts_db.customers USING (customer_id) WHERE collateral_type = 'property';
