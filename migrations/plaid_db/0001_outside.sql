-- People's accounts at other institutions, in Plaid's form; filled by `dhub plaid load`.

CREATE TABLE public.users (
    user_id            text NOT NULL,
    name               text NOT NULL,
    email              text NOT NULL,
    created_at         timestamptz,
    consent_status     boolean NOT NULL,
    consent_updated_at timestamptz,
    metadata           jsonb NOT NULL,
    customer_id        bigint,
    CONSTRAINT pk_users PRIMARY KEY (user_id),
    CONSTRAINT ck_users_metadata CHECK (jsonb_typeof(metadata) = 'object')
);

CREATE UNIQUE INDEX ux_users_email ON public.users (lower(email));
CREATE INDEX ix_users_customer ON public.users (customer_id);

COMMENT ON TABLE public.users IS
    'People with accounts at other institutions, as an aggregator in Plaid''s manner tells of them.';
COMMENT ON COLUMN public.users.user_id IS 'Key of the user, such as user_001.';
COMMENT ON COLUMN public.users.name IS 'First and last name.';
COMMENT ON COLUMN public.users.email IS 'E-mail address; unique whatever the case of its letters.';
COMMENT ON COLUMN public.users.created_at IS 'When the user signed up.';
COMMENT ON COLUMN public.users.consent_status IS 'Whether the user consents to the use of these data.';
COMMENT ON COLUMN public.users.consent_updated_at IS 'When that was last said.';
COMMENT ON COLUMN public.users.metadata IS 'What else is known of the user, as a JSON object: age, income, region, stage of life, address.';
COMMENT ON COLUMN public.users.customer_id IS 'Customer of the bank who this is (accounts_db.customers.customer_id, of a bank of the same seed); taken from metadata, null where that names none.';

CREATE TABLE public.accounts (
    account_id        text NOT NULL,
    user_id           text NOT NULL,
    account_type      text NOT NULL,
    account_subtype   text,
    plaid_type        text,
    name              text,
    official_name     text,
    mask              text,
    institution_name  text,
    balance_available numeric(18,2),
    balance_current   numeric(18,2) NOT NULL,
    balance_limit     numeric(18,2),
    iso_currency_code text,
    holder_category   text,
    CONSTRAINT pk_accounts PRIMARY KEY (account_id),
    CONSTRAINT fk_accounts_user FOREIGN KEY (user_id) REFERENCES public.users (user_id),
    CONSTRAINT ck_accounts_type CHECK (account_type IN (
        'checking', 'savings', 'credit_card', 'student_loan', 'money_market', 'hsa', 'mortgage')),
    CONSTRAINT ck_accounts_plaid_type CHECK (plaid_type IN ('depository', 'credit', 'loan')),
    CONSTRAINT ck_accounts_holder CHECK (holder_category = 'personal')
);

CREATE INDEX ix_accounts_user ON public.accounts (user_id);

COMMENT ON TABLE public.accounts IS
    'Accounts of the users at other institutions: deposits, cards and loans.';
COMMENT ON COLUMN public.accounts.account_id IS 'Key of the account, acc_ and a UUID.';
COMMENT ON COLUMN public.accounts.user_id IS 'User whose account it is.';
COMMENT ON COLUMN public.accounts.account_type IS 'checking, savings, credit_card, student_loan, money_market, hsa or mortgage.';
COMMENT ON COLUMN public.accounts.account_subtype IS 'Plaid''s word for the type, such as credit card.';
COMMENT ON COLUMN public.accounts.plaid_type IS 'Plaid''s kind: depository, credit or loan.';
COMMENT ON COLUMN public.accounts.name IS 'Name of the account as its holder sees it.';
COMMENT ON COLUMN public.accounts.official_name IS 'Name of the account in the institution''s terms.';
COMMENT ON COLUMN public.accounts.mask IS 'Last four digits of the account number.';
COMMENT ON COLUMN public.accounts.institution_name IS 'Institution where it is held.';
COMMENT ON COLUMN public.accounts.balance_available IS 'Dollars that may be drawn: the current balance less what is pending; of a card what is left of its limit.';
COMMENT ON COLUMN public.accounts.balance_current IS 'Dollars held; of cards and loans dollars owed.';
COMMENT ON COLUMN public.accounts.balance_limit IS 'Credit limit of a card in dollars.';
COMMENT ON COLUMN public.accounts.iso_currency_code IS 'Currency, USD.';
COMMENT ON COLUMN public.accounts.holder_category IS 'personal: no accounts of businesses are kept here.';

CREATE TABLE public.transactions (
    transaction_id       text NOT NULL,
    account_id           text NOT NULL,
    user_id              text NOT NULL,
    date                 date NOT NULL,
    authorized_date      date,
    amount               numeric(18,2) NOT NULL,
    iso_currency_code    text,
    name                 text,
    merchant_name        text,
    payment_channel      text,
    category_primary     text,
    category_detailed    text,
    pending              boolean,
    location_city        text,
    location_region      text,
    location_postal_code text,
    CONSTRAINT pk_transactions PRIMARY KEY (transaction_id),
    CONSTRAINT fk_transactions_account FOREIGN KEY (account_id) REFERENCES public.accounts (account_id),
    CONSTRAINT fk_transactions_user FOREIGN KEY (user_id) REFERENCES public.users (user_id),
    CONSTRAINT ck_transactions_channel CHECK (payment_channel IN ('online', 'in store', 'other'))
);

CREATE INDEX ix_transactions_user_date ON public.transactions (user_id, date);
CREATE INDEX ix_transactions_account ON public.transactions (account_id);

COMMENT ON TABLE public.transactions IS
    'What was booked on the accounts, and what is pending.';
COMMENT ON COLUMN public.transactions.transaction_id IS 'Key of the transaction, txn_ and a UUID.';
COMMENT ON COLUMN public.transactions.account_id IS 'Account on which it stands.';
COMMENT ON COLUMN public.transactions.user_id IS 'User whose account it is.';
COMMENT ON COLUMN public.transactions.date IS 'Day on which it was posted; of a pending one the day it happened.';
COMMENT ON COLUMN public.transactions.authorized_date IS 'Day on which it was authorized.';
COMMENT ON COLUMN public.transactions.amount IS 'Dollars; positive when money leaves the account, and for a purchase on a card.';
COMMENT ON COLUMN public.transactions.iso_currency_code IS 'Currency, USD.';
COMMENT ON COLUMN public.transactions.name IS 'Text of the transaction as the institution gives it.';
COMMENT ON COLUMN public.transactions.merchant_name IS 'Who was paid or paid; null for transfers, deposit interest and fees.';
COMMENT ON COLUMN public.transactions.payment_channel IS 'online, in store or other.';
COMMENT ON COLUMN public.transactions.category_primary IS 'Plaid''s personal finance category, version 2: the broad one.';
COMMENT ON COLUMN public.transactions.category_detailed IS 'Plaid''s personal finance category, version 2: the detailed one.';
COMMENT ON COLUMN public.transactions.pending IS 'Whether it is not posted yet.';
COMMENT ON COLUMN public.transactions.location_city IS 'Town of the shop; in-store rows only.';
COMMENT ON COLUMN public.transactions.location_region IS 'State of the shop, two letters; in-store rows only.';
COMMENT ON COLUMN public.transactions.location_postal_code IS 'Postal code of the shop; in-store rows only.';

CREATE TABLE public.liabilities (
    liability_id              text NOT NULL,
    account_id                text NOT NULL,
    user_id                   text NOT NULL,
    liability_type            text NOT NULL,
    apr_percentage            numeric(9,4),
    apr_type                  text,
    interest_rate             numeric(9,4),
    interest_rate_type        text,
    minimum_payment_amount    numeric(18,2),
    last_payment_amount       numeric(18,2),
    last_payment_date         date,
    last_statement_balance    numeric(18,2),
    last_statement_issue_date date,
    next_payment_due_date     date,
    is_overdue                boolean,
    CONSTRAINT pk_liabilities PRIMARY KEY (liability_id),
    CONSTRAINT fk_liabilities_account FOREIGN KEY (account_id) REFERENCES public.accounts (account_id),
    CONSTRAINT fk_liabilities_user FOREIGN KEY (user_id) REFERENCES public.users (user_id),
    CONSTRAINT ck_liabilities_type CHECK (liability_type IN ('credit_card', 'student_loan', 'mortgage'))
);

CREATE INDEX ix_liabilities_user ON public.liabilities (user_id);
CREATE INDEX ix_liabilities_account ON public.liabilities (account_id);

COMMENT ON TABLE public.liabilities IS
    'What is owed on cards and loans: the terms, the last statement and the last payment.';
COMMENT ON COLUMN public.liabilities.liability_id IS 'Key of the liability, liab_ and a UUID.';
COMMENT ON COLUMN public.liabilities.account_id IS 'Card or loan on which it is owed.';
COMMENT ON COLUMN public.liabilities.user_id IS 'User who owes it.';
COMMENT ON COLUMN public.liabilities.liability_type IS 'credit_card, student_loan or mortgage.';
COMMENT ON COLUMN public.liabilities.apr_percentage IS 'Annual percentage rate of a card, in percent.';
COMMENT ON COLUMN public.liabilities.apr_type IS 'What the rate is for: of cards purchase_apr.';
COMMENT ON COLUMN public.liabilities.interest_rate IS 'Interest rate of a loan, in percent a year.';
COMMENT ON COLUMN public.liabilities.interest_rate_type IS 'fixed or variable; of loans.';
COMMENT ON COLUMN public.liabilities.minimum_payment_amount IS 'Least that is to be paid on the statement, or the instalment of a loan, in dollars.';
COMMENT ON COLUMN public.liabilities.last_payment_amount IS 'Last payment in dollars.';
COMMENT ON COLUMN public.liabilities.last_payment_date IS 'Day of the last payment.';
COMMENT ON COLUMN public.liabilities.last_statement_balance IS 'Balance of the last statement in dollars; of cards.';
COMMENT ON COLUMN public.liabilities.last_statement_issue_date IS 'Day of the last statement; of cards.';
COMMENT ON COLUMN public.liabilities.next_payment_due_date IS 'Day on which the next payment is due.';
COMMENT ON COLUMN public.liabilities.is_overdue IS 'Whether the statement before the last was paid by less than its minimum.';
