-- Insurance: policies, who benefits, claims, premiums and what happens to a policy.

CREATE TABLE public.policies (
    policy_id         bigint        NOT NULL,
    policy_number     text          NOT NULL,
    customer_id       bigint        NOT NULL,
    policy_type       text          NOT NULL,
    coverage_amount   numeric(15,2) NOT NULL,
    premium_amount    numeric(15,2) NOT NULL,
    premium_frequency text          NOT NULL,
    policy_status     text          NOT NULL,
    start_date        date          NOT NULL,
    end_date          date,
    agent_id          bigint        NOT NULL,
    linked_account_id bigint,
    CONSTRAINT pk_policies PRIMARY KEY (policy_id),
    CONSTRAINT uq_policies_number UNIQUE (policy_number),
    CONSTRAINT ck_policies_type CHECK (policy_type IN ('life', 'property', 'vehicle', 'health', 'travel')),
    CONSTRAINT ck_policies_amounts CHECK (premium_amount > 0 AND coverage_amount >= premium_amount),
    CONSTRAINT ck_policies_frequency CHECK (premium_frequency IN ('annual', 'quarterly', 'monthly')),
    CONSTRAINT ck_policies_status CHECK (policy_status IN ('active', 'lapsed', 'cancelled')),
    CONSTRAINT ck_policies_dates CHECK (end_date > start_date)
);

CREATE INDEX ix_policies_customer ON public.policies (customer_id);
CREATE INDEX ix_policies_linked_account ON public.policies (linked_account_id);

COMMENT ON TABLE public.policies IS
    'Insurance policies held by the bank''s customers. Amounts are in US dollars.';
COMMENT ON COLUMN public.policies.policy_id IS 'Key of the policy.';
COMMENT ON COLUMN public.policies.policy_number IS 'Number the policy is known by outside; unique.';
COMMENT ON COLUMN public.policies.customer_id IS 'Policyholder (accounts_db.customers.customer_id).';
COMMENT ON COLUMN public.policies.policy_type IS 'life, property, vehicle, health or travel.';
COMMENT ON COLUMN public.policies.coverage_amount IS 'Sum insured in US dollars.';
COMMENT ON COLUMN public.policies.premium_amount IS 'Premium in US dollars for one installment of its frequency.';
COMMENT ON COLUMN public.policies.premium_frequency IS 'annual, quarterly or monthly.';
COMMENT ON COLUMN public.policies.policy_status IS 'active, lapsed (premiums not paid) or cancelled.';
COMMENT ON COLUMN public.policies.start_date IS 'First day of cover.';
COMMENT ON COLUMN public.policies.end_date IS 'Last day of cover; may lie in the future, null when open-ended.';
COMMENT ON COLUMN public.policies.agent_id IS 'Insurance agent who sold it (employees_db.employees.employee_id).';
COMMENT ON COLUMN public.policies.linked_account_id IS 'Account of the policyholder that pays the premiums (accounts_db.accounts.account_id); null when none is linked.';

CREATE TABLE public.beneficiaries (
    beneficiary_id   bigint       NOT NULL,
    policy_id        bigint       NOT NULL,
    beneficiary_name text         NOT NULL,
    relationship     text         NOT NULL,
    percentage       numeric(5,2) NOT NULL,
    CONSTRAINT pk_beneficiaries PRIMARY KEY (beneficiary_id),
    CONSTRAINT fk_beneficiaries_policy FOREIGN KEY (policy_id) REFERENCES public.policies (policy_id),
    CONSTRAINT ck_beneficiaries_relationship CHECK (relationship IN ('spouse', 'child', 'parent', 'other')),
    CONSTRAINT ck_beneficiaries_percentage CHECK (percentage > 0 AND percentage <= 100)
);

CREATE INDEX ix_beneficiaries_policy ON public.beneficiaries (policy_id);
CREATE UNIQUE INDEX uq_beneficiaries_spouse ON public.beneficiaries (policy_id) WHERE relationship = 'spouse';

COMMENT ON TABLE public.beneficiaries IS
    'Persons who receive the benefit of a policy. The percentages of a policy sum to 100.';
COMMENT ON COLUMN public.beneficiaries.beneficiary_id IS 'Key of the beneficiary.';
COMMENT ON COLUMN public.beneficiaries.policy_id IS 'Policy (policies.policy_id).';
COMMENT ON COLUMN public.beneficiaries.beneficiary_name IS 'Full name of the beneficiary, who is never the policyholder. Personal data.';
COMMENT ON COLUMN public.beneficiaries.relationship IS 'To the policyholder: spouse (at most one a policy), child, parent or other.';
COMMENT ON COLUMN public.beneficiaries.percentage IS 'Share of the benefit in percent.';

CREATE TABLE public.claims (
    claim_id          bigint        NOT NULL,
    policy_id         bigint        NOT NULL,
    claim_type        text          NOT NULL,
    claim_amount      numeric(15,2) NOT NULL,
    claim_status      text          NOT NULL,
    claim_date        date          NOT NULL,
    settlement_amount numeric(15,2),
    settlement_date   date,
    processed_by      bigint        NOT NULL,
    CONSTRAINT pk_claims PRIMARY KEY (claim_id),
    CONSTRAINT fk_claims_policy FOREIGN KEY (policy_id) REFERENCES public.policies (policy_id),
    CONSTRAINT ck_claims_type CHECK (claim_type IN ('life', 'property', 'vehicle', 'health', 'travel')),
    CONSTRAINT ck_claims_amount CHECK (claim_amount > 0),
    CONSTRAINT ck_claims_status CHECK (claim_status IN ('paid', 'approved', 'under_review', 'rejected')),
    CONSTRAINT ck_claims_paid CHECK (
        (claim_status = 'paid') = (settlement_amount IS NOT NULL)
        AND (claim_status = 'paid') = (settlement_date IS NOT NULL)),
    CONSTRAINT ck_claims_settlement CHECK (settlement_amount > 0 AND settlement_amount <= claim_amount),
    CONSTRAINT ck_claims_dates CHECK (settlement_date >= claim_date)
);

CREATE INDEX ix_claims_policy ON public.claims (policy_id);
CREATE INDEX ix_claims_date ON public.claims (claim_date);

COMMENT ON TABLE public.claims IS
    'Claims against policies and how they were settled.';
COMMENT ON COLUMN public.claims.claim_id IS 'Key of the claim.';
COMMENT ON COLUMN public.claims.policy_id IS 'Policy claimed against (policies.policy_id).';
COMMENT ON COLUMN public.claims.claim_type IS 'Line of insurance: life, property, vehicle, health or travel; the same as the policy''s.';
COMMENT ON COLUMN public.claims.claim_amount IS 'Amount claimed in US dollars, at most the coverage.';
COMMENT ON COLUMN public.claims.claim_status IS 'paid, approved (not yet paid), under_review or rejected.';
COMMENT ON COLUMN public.claims.claim_date IS 'Day of the claim, within the cover.';
COMMENT ON COLUMN public.claims.settlement_amount IS 'Amount paid in US dollars, at most the amount claimed; set if and only if the claim is paid.';
COMMENT ON COLUMN public.claims.settlement_date IS 'Day of the payment; set if and only if the claim is paid.';
COMMENT ON COLUMN public.claims.processed_by IS 'Employee who handles the claim (employees_db.employees.employee_id).';

CREATE TABLE public.premium_payments (
    payment_id     bigint        NOT NULL,
    policy_id      bigint        NOT NULL,
    due_date       date          NOT NULL,
    payment_date   date,
    amount         numeric(15,2) NOT NULL,
    payment_method text          NOT NULL,
    payment_status text          NOT NULL,
    account_id     bigint,
    CONSTRAINT pk_premium_payments PRIMARY KEY (payment_id),
    CONSTRAINT uq_premium_payments_due UNIQUE (policy_id, due_date),
    CONSTRAINT fk_premium_payments_policy FOREIGN KEY (policy_id) REFERENCES public.policies (policy_id),
    CONSTRAINT ck_premium_payments_amount CHECK (amount > 0),
    CONSTRAINT ck_premium_payments_method CHECK (payment_method IN ('auto_debit', 'online', 'check', 'wire')),
    CONSTRAINT ck_premium_payments_status CHECK (payment_status IN ('completed', 'pending', 'failed')),
    CONSTRAINT ck_premium_payments_completed CHECK ((payment_status = 'completed') = (payment_date IS NOT NULL))
);

CREATE INDEX ix_premium_payments_account ON public.premium_payments (account_id);

COMMENT ON TABLE public.premium_payments IS
    'Premium installments that have fallen due, one row for each policy and due date.';
COMMENT ON COLUMN public.premium_payments.payment_id IS 'Key of the payment.';
COMMENT ON COLUMN public.premium_payments.policy_id IS 'Policy it pays for (policies.policy_id).';
COMMENT ON COLUMN public.premium_payments.due_date IS 'Day on which it fell due, on the grid of the policy''s frequency.';
COMMENT ON COLUMN public.premium_payments.payment_date IS 'Day of payment; set if and only if it is completed.';
COMMENT ON COLUMN public.premium_payments.amount IS 'Amount in US dollars; the premium of the policy.';
COMMENT ON COLUMN public.premium_payments.payment_method IS 'auto_debit, online, check or wire.';
COMMENT ON COLUMN public.premium_payments.payment_status IS 'completed, pending or failed.';
COMMENT ON COLUMN public.premium_payments.account_id IS 'Account it is paid from, the one linked to the policy (accounts_db.accounts.account_id); null when paid from elsewhere.';

CREATE TABLE public.policy_events (
    event_id     bigint NOT NULL,
    policy_id    bigint NOT NULL,
    event_type   text   NOT NULL,
    event_date   date   NOT NULL,
    performed_by bigint,
    details      text   NOT NULL,
    CONSTRAINT pk_policy_events PRIMARY KEY (event_id),
    CONSTRAINT fk_policy_events_policy FOREIGN KEY (policy_id) REFERENCES public.policies (policy_id),
    CONSTRAINT ck_policy_events_type CHECK (event_type IN ('renewal', 'modification', 'cancellation', 'reinstatement'))
);

CREATE INDEX ix_policy_events_policy ON public.policy_events (policy_id);

COMMENT ON TABLE public.policy_events IS
    'What happened to a policy after it was written.';
COMMENT ON COLUMN public.policy_events.event_id IS 'Key of the event.';
COMMENT ON COLUMN public.policy_events.policy_id IS 'Policy it happened to (policies.policy_id).';
COMMENT ON COLUMN public.policy_events.event_type IS 'renewal, modification, cancellation or reinstatement.';
COMMENT ON COLUMN public.policy_events.event_date IS 'Day of the event; renewals fall on anniversaries of the start.';
COMMENT ON COLUMN public.policy_events.performed_by IS 'Employee who made the change (employees_db.employees.employee_id); null when the system did.';
COMMENT ON COLUMN public.policy_events.details IS 'What was changed, in words.';
