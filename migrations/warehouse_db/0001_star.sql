-- A star of the same bank: five dimensions, four facts; filled by `dhub warehouse build`.

CREATE TABLE public.dim_date (
    date_key        integer  NOT NULL,
    full_date       date     NOT NULL,
    year            smallint NOT NULL,
    quarter         smallint NOT NULL,
    month           smallint NOT NULL,
    month_name      text     NOT NULL,
    day_of_month    smallint NOT NULL,
    day_of_week     smallint NOT NULL,
    day_name        text     NOT NULL,
    day_of_year     smallint NOT NULL,
    iso_year        smallint NOT NULL,
    week_of_year    smallint NOT NULL,
    is_weekend      boolean  NOT NULL,
    is_holiday      boolean  NOT NULL,
    holiday_name    text,
    is_business_day boolean  NOT NULL,
    is_month_end    boolean  NOT NULL,
    is_quarter_end  boolean  NOT NULL,
    is_year_end     boolean  NOT NULL,
    fiscal_year     smallint NOT NULL,
    fiscal_quarter  smallint NOT NULL,
    fiscal_month    smallint NOT NULL,
    CONSTRAINT pk_dim_date PRIMARY KEY (date_key),
    CONSTRAINT uq_dim_date_full_date UNIQUE (full_date)
);

COMMENT ON TABLE public.dim_date IS
    'One row for every day of the calendar: whole years up to that of the day before the as-of date.';
COMMENT ON COLUMN public.dim_date.date_key IS 'Key of the day, its digits YYYYMMDD.';
COMMENT ON COLUMN public.dim_date.full_date IS 'The day.';
COMMENT ON COLUMN public.dim_date.year IS 'Calendar year.';
COMMENT ON COLUMN public.dim_date.quarter IS 'Quarter of the year, 1 to 4.';
COMMENT ON COLUMN public.dim_date.month IS 'Month, 1 to 12.';
COMMENT ON COLUMN public.dim_date.month_name IS 'Name of the month.';
COMMENT ON COLUMN public.dim_date.day_of_month IS 'Day of the month, 1 to 31.';
COMMENT ON COLUMN public.dim_date.day_of_week IS 'Day of the week, 1 for Monday to 7 for Sunday.';
COMMENT ON COLUMN public.dim_date.day_name IS 'Name of the day of the week.';
COMMENT ON COLUMN public.dim_date.day_of_year IS 'Day of the year, 1 to 366.';
COMMENT ON COLUMN public.dim_date.iso_year IS 'Year of the week by ISO 8601.';
COMMENT ON COLUMN public.dim_date.week_of_year IS 'Week of that year by ISO 8601.';
COMMENT ON COLUMN public.dim_date.is_weekend IS 'Saturday or Sunday.';
COMMENT ON COLUMN public.dim_date.is_holiday IS 'The bank is closed for a holiday, on the day it is observed.';
COMMENT ON COLUMN public.dim_date.holiday_name IS 'Name of the holiday; null on other days.';
COMMENT ON COLUMN public.dim_date.is_business_day IS 'The bank is open: no weekend, no holiday.';
COMMENT ON COLUMN public.dim_date.is_month_end IS 'Last day of a month.';
COMMENT ON COLUMN public.dim_date.is_quarter_end IS 'Last day of a quarter.';
COMMENT ON COLUMN public.dim_date.is_year_end IS 'Last day of a year.';
COMMENT ON COLUMN public.dim_date.fiscal_year IS 'Fiscal year, which begins on 1 October and is named by the year in which it ends.';
COMMENT ON COLUMN public.dim_date.fiscal_quarter IS 'Quarter of the fiscal year.';
COMMENT ON COLUMN public.dim_date.fiscal_month IS 'Month of the fiscal year, 1 for October.';

CREATE TABLE public.dim_customer (
    customer_key      bigint        NOT NULL,
    customer_id       bigint        NOT NULL,
    customer_number   text          NOT NULL,
    first_name        text          NOT NULL,
    last_name         text          NOT NULL,
    email             text          NOT NULL,
    phone             text          NOT NULL,
    street_address    text          NOT NULL,
    city              text          NOT NULL,
    state             text          NOT NULL,
    postal_code       text          NOT NULL,
    country           text          NOT NULL,
    date_of_birth     date          NOT NULL,
    age               smallint      NOT NULL,
    age_band          text          NOT NULL,
    persona           text,
    segment           text          NOT NULL,
    customer_status   text          NOT NULL,
    kyc_status        text          NOT NULL,
    risk_rating       text          NOT NULL,
    onboarding_date   date          NOT NULL,
    tenure_months     integer       NOT NULL,
    assigned_agent_id bigint,
    marital_status    text          NOT NULL,
    children_count    smallint      NOT NULL,
    education_level   text          NOT NULL,
    home_ownership    text          NOT NULL,
    employment_status text          NOT NULL,
    employer_name     text,
    occupation        text,
    annual_income     numeric(15,2) NOT NULL,
    credit_score      smallint,
    CONSTRAINT pk_dim_customer PRIMARY KEY (customer_key),
    CONSTRAINT uq_dim_customer_customer_id UNIQUE (customer_id),
    CONSTRAINT uq_dim_customer_customer_number UNIQUE (customer_number),
    CONSTRAINT uq_dim_customer_email UNIQUE (email),
    CONSTRAINT uq_dim_customer_phone UNIQUE (phone),
    CONSTRAINT ck_dim_customer_age_band CHECK (age_band IN ('18-24', '25-34', '35-44', '45-54', '55-64', '65+')),
    CONSTRAINT ck_dim_customer_children CHECK (children_count BETWEEN 0 AND 6)
);

COMMENT ON TABLE public.dim_customer IS
    'One row for every customer, as things stand on the as-of date.';
COMMENT ON COLUMN public.dim_customer.customer_key IS 'Key of the customer; the same number as customer_id.';
COMMENT ON COLUMN public.dim_customer.customer_id IS 'Customer in accounts_db.customers.';
COMMENT ON COLUMN public.dim_customer.customer_number IS 'Number that the customer knows.';
COMMENT ON COLUMN public.dim_customer.first_name IS 'First name; of a company that of its contact.';
COMMENT ON COLUMN public.dim_customer.last_name IS 'Last name; of a company that of its contact.';
COMMENT ON COLUMN public.dim_customer.email IS 'E-mail address.';
COMMENT ON COLUMN public.dim_customer.phone IS 'Telephone number.';
COMMENT ON COLUMN public.dim_customer.street_address IS 'Street and number.';
COMMENT ON COLUMN public.dim_customer.city IS 'Town.';
COMMENT ON COLUMN public.dim_customer.state IS 'State, two letters.';
COMMENT ON COLUMN public.dim_customer.postal_code IS 'ZIP code.';
COMMENT ON COLUMN public.dim_customer.country IS 'Country.';
COMMENT ON COLUMN public.dim_customer.date_of_birth IS 'Day of birth.';
COMMENT ON COLUMN public.dim_customer.age IS 'Years on the as-of date.';
COMMENT ON COLUMN public.dim_customer.age_band IS 'Band of ages: 18-24, 25-34, 35-44, 45-54, 55-64, 65+.';
COMMENT ON COLUMN public.dim_customer.persona IS 'How the customer lives: frequent_traveler, young_parent, digital_native, college_student, boomer; null where the profile has no personas.';
COMMENT ON COLUMN public.dim_customer.segment IS 'Segment of the customer profile.';
COMMENT ON COLUMN public.dim_customer.customer_status IS 'Status of the customer profile.';
COMMENT ON COLUMN public.dim_customer.kyc_status IS 'State of the identification.';
COMMENT ON COLUMN public.dim_customer.risk_rating IS 'Rating of the risk of money laundering.';
COMMENT ON COLUMN public.dim_customer.onboarding_date IS 'Day on which the customer came.';
COMMENT ON COLUMN public.dim_customer.tenure_months IS 'Full months since then.';
COMMENT ON COLUMN public.dim_customer.assigned_agent_id IS 'Employee who looks after the customer; null for nobody.';
COMMENT ON COLUMN public.dim_customer.marital_status IS 'single, married, divorced or widowed.';
COMMENT ON COLUMN public.dim_customer.children_count IS 'Children in the household, 0 to 6.';
COMMENT ON COLUMN public.dim_customer.education_level IS 'Highest degree: high_school, some_college, bachelor, graduate.';
COMMENT ON COLUMN public.dim_customer.home_ownership IS 'rent, mortgage (one runs at this bank), own or family.';
COMMENT ON COLUMN public.dim_customer.employment_status IS 'employed, self_employed, student, retired or unemployed.';
COMMENT ON COLUMN public.dim_customer.employer_name IS 'Employer; null unless employed.';
COMMENT ON COLUMN public.dim_customer.occupation IS 'What the customer does; null unless employed or self-employed.';
COMMENT ON COLUMN public.dim_customer.annual_income IS 'Gross income of a year in US dollars, that of the latest loan application if there is one.';
COMMENT ON COLUMN public.dim_customer.credit_score IS 'Score of the latest risk assessment; null without any.';

CREATE TABLE public.dim_product (
    product_key       bigint        NOT NULL,
    product_code      text          NOT NULL,
    product_name      text          NOT NULL,
    product_class     text          NOT NULL,
    product_type      text          NOT NULL,
    interest_rate_min numeric(6,3),
    interest_rate_max numeric(6,3),
    annual_fee        numeric(15,2) NOT NULL,
    monthly_fee       numeric(15,2) NOT NULL,
    minimum_balance   numeric(15,2),
    credit_limit_min  numeric(15,2),
    credit_limit_max  numeric(15,2),
    term_months_min   smallint,
    term_months_max   smallint,
    reward_rate       numeric(6,3),
    description       text          NOT NULL,
    CONSTRAINT pk_dim_product PRIMARY KEY (product_key),
    CONSTRAINT uq_dim_product_product_code UNIQUE (product_code),
    CONSTRAINT ck_dim_product_class CHECK (product_class IN ('casa', 'card', 'loan', 'cd', 'insurance', 'securities'))
);

COMMENT ON TABLE public.dim_product IS
    'What the bank offers: deposits, cards, loans, certificates, insurance and securities.';
COMMENT ON COLUMN public.dim_product.product_key IS 'Key of the product.';
COMMENT ON COLUMN public.dim_product.product_code IS 'Short name of the product.';
COMMENT ON COLUMN public.dim_product.product_name IS 'Name of the product.';
COMMENT ON COLUMN public.dim_product.product_class IS 'casa, card, loan, cd, insurance or securities.';
COMMENT ON COLUMN public.dim_product.product_type IS 'Type within the class, such as checking or mortgage.';
COMMENT ON COLUMN public.dim_product.interest_rate_min IS 'Lowest interest in percent a year; null where none is paid or charged.';
COMMENT ON COLUMN public.dim_product.interest_rate_max IS 'Highest interest in percent a year; null where none is paid or charged.';
COMMENT ON COLUMN public.dim_product.annual_fee IS 'Fee of a year in US dollars.';
COMMENT ON COLUMN public.dim_product.monthly_fee IS 'Fee of a month in US dollars.';
COMMENT ON COLUMN public.dim_product.minimum_balance IS 'Balance to be kept in US dollars; null where none is asked.';
COMMENT ON COLUMN public.dim_product.credit_limit_min IS 'Lowest limit of a card in US dollars; null of others.';
COMMENT ON COLUMN public.dim_product.credit_limit_max IS 'Highest limit of a card in US dollars; null of others.';
COMMENT ON COLUMN public.dim_product.term_months_min IS 'Shortest term of a loan or certificate in months; null of others.';
COMMENT ON COLUMN public.dim_product.term_months_max IS 'Longest term of a loan or certificate in months; null of others.';
COMMENT ON COLUMN public.dim_product.reward_rate IS 'Percent of purchases that a card gives back; null of others.';
COMMENT ON COLUMN public.dim_product.description IS 'What it is, in a sentence.';

CREATE TABLE public.dim_merchant (
    merchant_key    bigint        NOT NULL,
    merchant_name   text          NOT NULL,
    mcc             text          NOT NULL,
    mcc_description text          NOT NULL,
    category        text          NOT NULL,
    is_subscription boolean       NOT NULL,
    is_online       boolean       NOT NULL,
    monthly_price   numeric(15,2),
    CONSTRAINT pk_dim_merchant PRIMARY KEY (merchant_key),
    CONSTRAINT uq_dim_merchant_merchant_name UNIQUE (merchant_name)
);

COMMENT ON TABLE public.dim_merchant IS
    'Shops and billers with their category; key 0 stands for no merchant.';
COMMENT ON COLUMN public.dim_merchant.merchant_key IS 'Key of the merchant; 0 for none.';
COMMENT ON COLUMN public.dim_merchant.merchant_name IS 'Name of the shop or biller.';
COMMENT ON COLUMN public.dim_merchant.mcc IS 'Merchant category code by ISO 18245; 0000 for no merchant.';
COMMENT ON COLUMN public.dim_merchant.mcc_description IS 'What the code stands for.';
COMMENT ON COLUMN public.dim_merchant.category IS 'Kind of spending: groceries, dining, travel and others; none for no merchant.';
COMMENT ON COLUMN public.dim_merchant.is_subscription IS 'Whether it is paid every month at one price.';
COMMENT ON COLUMN public.dim_merchant.is_online IS 'Whether it is paid on the net rather than in a shop.';
COMMENT ON COLUMN public.dim_merchant.monthly_price IS 'Price of a month in US dollars; null unless a subscription.';

CREATE TABLE public.dim_account (
    account_key        bigint        NOT NULL,
    account_number     text          NOT NULL,
    customer_key       bigint        NOT NULL,
    product_key        bigint        NOT NULL,
    product_class      text          NOT NULL,
    product_type       text          NOT NULL,
    source_database    text,
    source_table       text,
    source_id          bigint,
    account_status     text          NOT NULL,
    currency           text          NOT NULL,
    branch_code        text,
    opened_date        date          NOT NULL,
    closed_date        date,
    maturity_date      date,
    interest_rate      numeric(6,3),
    term_months        smallint,
    principal_amount   numeric(15,2),
    credit_limit       numeric(15,2),
    coverage_amount    numeric(15,2),
    premium_amount     numeric(15,2),
    premium_frequency  text,
    opening_balance    numeric(15,2),
    current_balance    numeric(15,2),
    market_value       numeric(15,2),
    days_past_due      integer,
    linked_account_key bigint,
    CONSTRAINT pk_dim_account PRIMARY KEY (account_key),
    CONSTRAINT uq_dim_account_account_number UNIQUE (account_number),
    CONSTRAINT fk_dim_account_customer FOREIGN KEY (customer_key) REFERENCES public.dim_customer (customer_key),
    CONSTRAINT fk_dim_account_product FOREIGN KEY (product_key) REFERENCES public.dim_product (product_key),
    CONSTRAINT fk_dim_account_linked_account FOREIGN KEY (linked_account_key) REFERENCES public.dim_account (account_key),
    CONSTRAINT ck_dim_account_class CHECK (product_class IN ('casa', 'card', 'loan', 'cd', 'insurance', 'securities')),
    CONSTRAINT ck_dim_account_source CHECK ((source_id IS NULL) = (source_table IS NULL) AND (source_id IS NULL) = (source_database IS NULL))
);

CREATE INDEX ix_dim_account_customer ON public.dim_account (customer_key);
CREATE INDEX ix_dim_account_product ON public.dim_account (product_key);
CREATE INDEX ix_dim_account_linked_account ON public.dim_account (linked_account_key);

COMMENT ON TABLE public.dim_account IS
    'Everything a customer holds or owes: accounts, loans and policies of the six databases, and cards, certificates and securities, which only the warehouse shows.';
COMMENT ON COLUMN public.dim_account.account_key IS 'Key of the account.';
COMMENT ON COLUMN public.dim_account.account_number IS 'Number of the account, loan or policy; of what only the warehouse shows a token.';
COMMENT ON COLUMN public.dim_account.customer_key IS 'Customer who holds or owes it.';
COMMENT ON COLUMN public.dim_account.product_key IS 'Product that it is one of.';
COMMENT ON COLUMN public.dim_account.product_class IS 'Class of the product.';
COMMENT ON COLUMN public.dim_account.product_type IS 'Type of the product.';
COMMENT ON COLUMN public.dim_account.source_database IS 'Database of the bank that keeps it; null where only the warehouse shows it.';
COMMENT ON COLUMN public.dim_account.source_table IS 'Table of that database; null where only the warehouse shows it.';
COMMENT ON COLUMN public.dim_account.source_id IS 'Key in that table; null where only the warehouse shows it.';
COMMENT ON COLUMN public.dim_account.account_status IS 'Status as its source has it; of cards active or closed, of certificates active or matured, of securities active or closed.';
COMMENT ON COLUMN public.dim_account.currency IS 'Currency.';
COMMENT ON COLUMN public.dim_account.branch_code IS 'Branch of an account; null of others.';
COMMENT ON COLUMN public.dim_account.opened_date IS 'Day of opening, disbursement or the begin of the policy.';
COMMENT ON COLUMN public.dim_account.closed_date IS 'Day of closing, maturity or payoff; null while it runs.';
COMMENT ON COLUMN public.dim_account.maturity_date IS 'Day on which a loan, certificate or policy ends; null of others.';
COMMENT ON COLUMN public.dim_account.interest_rate IS 'Percent a year; null where there is none.';
COMMENT ON COLUMN public.dim_account.term_months IS 'Term of a loan or certificate in months; null of others.';
COMMENT ON COLUMN public.dim_account.principal_amount IS 'Amount lent or deposited for a term; null of others.';
COMMENT ON COLUMN public.dim_account.credit_limit IS 'Limit of a card; null of others.';
COMMENT ON COLUMN public.dim_account.coverage_amount IS 'Sum insured of a policy; null of others.';
COMMENT ON COLUMN public.dim_account.premium_amount IS 'Premium of each instalment of a policy; null of others.';
COMMENT ON COLUMN public.dim_account.premium_frequency IS 'How often the premium is due; null unless a policy.';
COMMENT ON COLUMN public.dim_account.opening_balance IS 'What was brought forward before its first booking; null of policies.';
COMMENT ON COLUMN public.dim_account.current_balance IS 'What is held or owed on the as-of date; null of policies.';
COMMENT ON COLUMN public.dim_account.market_value IS 'Value of securities at the market; null of others.';
COMMENT ON COLUMN public.dim_account.days_past_due IS 'Days that a loan is in arrears; null of others.';
COMMENT ON COLUMN public.dim_account.linked_account_key IS 'Account of the same customer that it is paid from or to; null where there is none.';

CREATE TABLE public.fact_transaction (
    transaction_key        bigint        NOT NULL,
    date_key               integer       NOT NULL,
    customer_key           bigint        NOT NULL,
    account_key            bigint        NOT NULL,
    product_key            bigint        NOT NULL,
    merchant_key           bigint        NOT NULL,
    transaction_id         bigint,
    transaction_date       timestamptz   NOT NULL,
    transaction_type       text          NOT NULL,
    amount                 numeric(15,2) NOT NULL,
    balance_change         numeric(15,2) NOT NULL,
    balance_after          numeric(15,2) NOT NULL,
    currency               text          NOT NULL,
    channel                text          NOT NULL,
    counterparty_name      text,
    description            text          NOT NULL,
    is_recurring           boolean       NOT NULL,
    linked_transaction_key bigint,
    CONSTRAINT pk_fact_transaction PRIMARY KEY (transaction_key),
    CONSTRAINT uq_fact_transaction_transaction_id UNIQUE (transaction_id),
    CONSTRAINT fk_fact_transaction_date FOREIGN KEY (date_key) REFERENCES public.dim_date (date_key),
    CONSTRAINT fk_fact_transaction_customer FOREIGN KEY (customer_key) REFERENCES public.dim_customer (customer_key),
    CONSTRAINT fk_fact_transaction_account FOREIGN KEY (account_key) REFERENCES public.dim_account (account_key),
    CONSTRAINT fk_fact_transaction_product FOREIGN KEY (product_key) REFERENCES public.dim_product (product_key),
    CONSTRAINT fk_fact_transaction_merchant FOREIGN KEY (merchant_key) REFERENCES public.dim_merchant (merchant_key),
    CONSTRAINT fk_fact_transaction_linked_transaction FOREIGN KEY (linked_transaction_key) REFERENCES public.fact_transaction (transaction_key),
    CONSTRAINT ck_fact_transaction_amount CHECK (amount > 0 AND abs(balance_change) = amount)
);

CREATE INDEX ix_fact_transaction_date ON public.fact_transaction (date_key);
CREATE INDEX ix_fact_transaction_customer ON public.fact_transaction (customer_key);
CREATE INDEX ix_fact_transaction_account ON public.fact_transaction (account_key);
CREATE INDEX ix_fact_transaction_product ON public.fact_transaction (product_key);
CREATE INDEX ix_fact_transaction_merchant ON public.fact_transaction (merchant_key);
CREATE INDEX ix_fact_transaction_linked_transaction ON public.fact_transaction (linked_transaction_key);

COMMENT ON TABLE public.fact_transaction IS
    'One row for every booking on an account, a card, a certificate or securities.';
COMMENT ON COLUMN public.fact_transaction.transaction_key IS 'Key of the booking; ascends in time within an account.';
COMMENT ON COLUMN public.fact_transaction.date_key IS 'Day of the booking, UTC.';
COMMENT ON COLUMN public.fact_transaction.customer_key IS 'Customer of the account.';
COMMENT ON COLUMN public.fact_transaction.account_key IS 'Account that it is booked on.';
COMMENT ON COLUMN public.fact_transaction.product_key IS 'Product of the account.';
COMMENT ON COLUMN public.fact_transaction.merchant_key IS 'Merchant that is paid; 0 for none.';
COMMENT ON COLUMN public.fact_transaction.transaction_id IS 'Booking in accounts_db.transactions; null where only the warehouse shows it.';
COMMENT ON COLUMN public.fact_transaction.transaction_date IS 'Moment of the booking.';
COMMENT ON COLUMN public.fact_transaction.transaction_type IS 'What it is: salary, payment, purchase, card_payment and others.';
COMMENT ON COLUMN public.fact_transaction.amount IS 'Amount, always positive.';
COMMENT ON COLUMN public.fact_transaction.balance_change IS 'What it adds to the balance as that is stated, negative where it takes away.';
COMMENT ON COLUMN public.fact_transaction.balance_after IS 'Balance after it: what is held, of cards what is owed.';
COMMENT ON COLUMN public.fact_transaction.currency IS 'Currency.';
COMMENT ON COLUMN public.fact_transaction.channel IS 'How it was made.';
COMMENT ON COLUMN public.fact_transaction.counterparty_name IS 'Employer, payer or payee; null where nobody is named.';
COMMENT ON COLUMN public.fact_transaction.description IS 'Text of the booking.';
COMMENT ON COLUMN public.fact_transaction.is_recurring IS 'Whether it is one of a series that comes at even intervals.';
COMMENT ON COLUMN public.fact_transaction.linked_transaction_key IS 'The other booking of a transfer or card payment; null where there is none.';

CREATE TABLE public.fact_account_snapshot (
    snapshot_key       bigint        NOT NULL,
    date_key           integer       NOT NULL,
    account_key        bigint        NOT NULL,
    customer_key       bigint        NOT NULL,
    product_key        bigint        NOT NULL,
    opening_balance    numeric(15,2) NOT NULL,
    inflow_amount      numeric(15,2) NOT NULL,
    outflow_amount     numeric(15,2) NOT NULL,
    net_flow           numeric(15,2) NOT NULL,
    closing_balance    numeric(15,2) NOT NULL,
    transaction_count  integer       NOT NULL,
    credit_limit       numeric(15,2),
    available_credit   numeric(15,2),
    credit_utilization numeric(7,4),
    market_value       numeric(15,2),
    CONSTRAINT pk_fact_account_snapshot PRIMARY KEY (snapshot_key),
    CONSTRAINT fk_fact_account_snapshot_date FOREIGN KEY (date_key) REFERENCES public.dim_date (date_key),
    CONSTRAINT fk_fact_account_snapshot_account FOREIGN KEY (account_key) REFERENCES public.dim_account (account_key),
    CONSTRAINT fk_fact_account_snapshot_customer FOREIGN KEY (customer_key) REFERENCES public.dim_customer (customer_key),
    CONSTRAINT fk_fact_account_snapshot_product FOREIGN KEY (product_key) REFERENCES public.dim_product (product_key),
    CONSTRAINT ck_fact_account_snapshot_flow CHECK (net_flow = inflow_amount - outflow_amount AND closing_balance = opening_balance + net_flow)
);

CREATE INDEX ix_fact_account_snapshot_date ON public.fact_account_snapshot (date_key);
CREATE INDEX ix_fact_account_snapshot_account ON public.fact_account_snapshot (account_key);
CREATE INDEX ix_fact_account_snapshot_customer ON public.fact_account_snapshot (customer_key);
CREATE INDEX ix_fact_account_snapshot_product ON public.fact_account_snapshot (product_key);

COMMENT ON TABLE public.fact_account_snapshot IS
    'One row for every account and month: what was there at its end, and what flowed.';
COMMENT ON COLUMN public.fact_account_snapshot.snapshot_key IS 'Key of the account and month.';
COMMENT ON COLUMN public.fact_account_snapshot.date_key IS 'Last day of the month.';
COMMENT ON COLUMN public.fact_account_snapshot.account_key IS 'Account.';
COMMENT ON COLUMN public.fact_account_snapshot.customer_key IS 'Customer of the account.';
COMMENT ON COLUMN public.fact_account_snapshot.product_key IS 'Product of the account.';
COMMENT ON COLUMN public.fact_account_snapshot.opening_balance IS 'Balance at the begin of the month.';
COMMENT ON COLUMN public.fact_account_snapshot.inflow_amount IS 'What was added to the balance as it is stated; of cards purchases and interest.';
COMMENT ON COLUMN public.fact_account_snapshot.outflow_amount IS 'What was taken from the balance as it is stated.';
COMMENT ON COLUMN public.fact_account_snapshot.net_flow IS 'Inflow less outflow.';
COMMENT ON COLUMN public.fact_account_snapshot.closing_balance IS 'Balance at the end of the month.';
COMMENT ON COLUMN public.fact_account_snapshot.transaction_count IS 'Bookings of the month.';
COMMENT ON COLUMN public.fact_account_snapshot.credit_limit IS 'Limit of a card; null of others.';
COMMENT ON COLUMN public.fact_account_snapshot.available_credit IS 'Limit less what is owed; null unless a card.';
COMMENT ON COLUMN public.fact_account_snapshot.credit_utilization IS 'What is owed divided by the limit; null unless a card.';
COMMENT ON COLUMN public.fact_account_snapshot.market_value IS 'Value of securities at the end of the month; null of others.';

CREATE TABLE public.fact_interaction (
    interaction_key     bigint      NOT NULL,
    interaction_id      bigint      NOT NULL,
    date_key            integer     NOT NULL,
    customer_key        bigint      NOT NULL,
    interaction_date    timestamptz NOT NULL,
    channel             text        NOT NULL,
    interaction_type    text        NOT NULL,
    duration_minutes    smallint,
    outcome             text        NOT NULL,
    is_complaint        boolean     NOT NULL,
    complaint_id        bigint,
    handled_by          bigint,
    nps_score           smallint,
    satisfaction_rating smallint,
    CONSTRAINT pk_fact_interaction PRIMARY KEY (interaction_key),
    CONSTRAINT uq_fact_interaction_interaction_id UNIQUE (interaction_id),
    CONSTRAINT fk_fact_interaction_date FOREIGN KEY (date_key) REFERENCES public.dim_date (date_key),
    CONSTRAINT fk_fact_interaction_customer FOREIGN KEY (customer_key) REFERENCES public.dim_customer (customer_key)
);

CREATE INDEX ix_fact_interaction_date ON public.fact_interaction (date_key);
CREATE INDEX ix_fact_interaction_customer ON public.fact_interaction (customer_key);

COMMENT ON TABLE public.fact_interaction IS
    'One row for every contact with a customer.';
COMMENT ON COLUMN public.fact_interaction.interaction_key IS 'Key of the contact.';
COMMENT ON COLUMN public.fact_interaction.interaction_id IS 'Contact in customer_db.interactions.';
COMMENT ON COLUMN public.fact_interaction.date_key IS 'Day of the contact, UTC.';
COMMENT ON COLUMN public.fact_interaction.customer_key IS 'Customer.';
COMMENT ON COLUMN public.fact_interaction.interaction_date IS 'Moment of the contact.';
COMMENT ON COLUMN public.fact_interaction.channel IS 'app, chatbot, call_center, branch or email.';
COMMENT ON COLUMN public.fact_interaction.interaction_type IS 'What it was about.';
COMMENT ON COLUMN public.fact_interaction.duration_minutes IS 'Minutes that it took; null where none are kept.';
COMMENT ON COLUMN public.fact_interaction.outcome IS 'How it ended.';
COMMENT ON COLUMN public.fact_interaction.is_complaint IS 'Whether it is a complaint.';
COMMENT ON COLUMN public.fact_interaction.complaint_id IS 'Complaint in customer_db.complaints; null where there is none.';
COMMENT ON COLUMN public.fact_interaction.handled_by IS 'Employee who took it; null where nobody did.';
COMMENT ON COLUMN public.fact_interaction.nps_score IS 'Answer to whether one would recommend the bank, 0 to 10; null without a survey.';
COMMENT ON COLUMN public.fact_interaction.satisfaction_rating IS 'Mark of the survey, 1 to 5; null without a survey.';

CREATE TABLE public.fact_loan_schedule (
    schedule_key       bigint        NOT NULL,
    schedule_id        bigint        NOT NULL,
    account_key        bigint        NOT NULL,
    customer_key       bigint        NOT NULL,
    product_key        bigint        NOT NULL,
    installment_number smallint      NOT NULL,
    due_date           date          NOT NULL,
    due_date_key       integer,
    principal_amount   numeric(15,2) NOT NULL,
    interest_amount    numeric(15,2) NOT NULL,
    total_amount       numeric(15,2) NOT NULL,
    remaining_balance  numeric(15,2) NOT NULL,
    payment_status     text          NOT NULL,
    payment_date       date,
    payment_date_key   integer,
    days_late          integer,
    is_overdue         boolean       NOT NULL,
    is_prepaid         boolean       NOT NULL,
    CONSTRAINT pk_fact_loan_schedule PRIMARY KEY (schedule_key),
    CONSTRAINT uq_fact_loan_schedule_schedule_id UNIQUE (schedule_id),
    CONSTRAINT fk_fact_loan_schedule_account FOREIGN KEY (account_key) REFERENCES public.dim_account (account_key),
    CONSTRAINT fk_fact_loan_schedule_customer FOREIGN KEY (customer_key) REFERENCES public.dim_customer (customer_key),
    CONSTRAINT fk_fact_loan_schedule_product FOREIGN KEY (product_key) REFERENCES public.dim_product (product_key),
    CONSTRAINT fk_fact_loan_schedule_due_date FOREIGN KEY (due_date_key) REFERENCES public.dim_date (date_key),
    CONSTRAINT fk_fact_loan_schedule_payment_date FOREIGN KEY (payment_date_key) REFERENCES public.dim_date (date_key),
    CONSTRAINT ck_fact_loan_schedule_total CHECK (total_amount = principal_amount + interest_amount)
);

CREATE INDEX ix_fact_loan_schedule_account ON public.fact_loan_schedule (account_key);
CREATE INDEX ix_fact_loan_schedule_customer ON public.fact_loan_schedule (customer_key);
CREATE INDEX ix_fact_loan_schedule_product ON public.fact_loan_schedule (product_key);
CREATE INDEX ix_fact_loan_schedule_due_date ON public.fact_loan_schedule (due_date_key);
CREATE INDEX ix_fact_loan_schedule_payment_date ON public.fact_loan_schedule (payment_date_key);

COMMENT ON TABLE public.fact_loan_schedule IS
    'One row for every instalment of a loan, over its whole term.';
COMMENT ON COLUMN public.fact_loan_schedule.schedule_key IS 'Key of the instalment.';
COMMENT ON COLUMN public.fact_loan_schedule.schedule_id IS 'Instalment in loans_db.repayment_schedule.';
COMMENT ON COLUMN public.fact_loan_schedule.account_key IS 'Loan.';
COMMENT ON COLUMN public.fact_loan_schedule.customer_key IS 'Customer who owes it.';
COMMENT ON COLUMN public.fact_loan_schedule.product_key IS 'Product of the loan.';
COMMENT ON COLUMN public.fact_loan_schedule.installment_number IS 'Number of the instalment, from 1.';
COMMENT ON COLUMN public.fact_loan_schedule.due_date IS 'Day on which it is due.';
COMMENT ON COLUMN public.fact_loan_schedule.due_date_key IS 'The same day; null where it lies beyond the calendar.';
COMMENT ON COLUMN public.fact_loan_schedule.principal_amount IS 'Part that pays back the loan.';
COMMENT ON COLUMN public.fact_loan_schedule.interest_amount IS 'Part that is interest.';
COMMENT ON COLUMN public.fact_loan_schedule.total_amount IS 'What is due.';
COMMENT ON COLUMN public.fact_loan_schedule.remaining_balance IS 'What is owed after it.';
COMMENT ON COLUMN public.fact_loan_schedule.payment_status IS 'scheduled, pending, paid, late or missed.';
COMMENT ON COLUMN public.fact_loan_schedule.payment_date IS 'Day on which it was paid; null while it is not.';
COMMENT ON COLUMN public.fact_loan_schedule.payment_date_key IS 'The same day; null where it is not paid, or lies beyond the calendar.';
COMMENT ON COLUMN public.fact_loan_schedule.days_late IS 'Days from the due date to the payment or the as-of date; null while scheduled.';
COMMENT ON COLUMN public.fact_loan_schedule.is_overdue IS 'More than 15 days late.';
COMMENT ON COLUMN public.fact_loan_schedule.is_prepaid IS 'More than 15 days early.';
