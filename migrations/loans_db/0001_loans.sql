-- Lending: applications, loans, what secures them, how they are repaid, and their risk.

CREATE TABLE public.loan_applications (
    application_id   bigint        NOT NULL,
    customer_id      bigint        NOT NULL,
    loan_type        text          NOT NULL,
    requested_amount numeric(15,2) NOT NULL,
    annual_income    numeric(15,2) NOT NULL,
    dti_ratio        numeric(6,4)  NOT NULL,
    status           text          NOT NULL,
    officer_id       bigint        NOT NULL,
    application_date date          NOT NULL,
    decision_date    date,
    CONSTRAINT pk_loan_applications PRIMARY KEY (application_id),
    CONSTRAINT ck_loan_applications_type CHECK (loan_type IN ('mortgage', 'personal', 'auto', 'business', 'education')),
    CONSTRAINT ck_loan_applications_amount CHECK (requested_amount > 0),
    CONSTRAINT ck_loan_applications_income CHECK (annual_income >= 0),
    CONSTRAINT ck_loan_applications_dti CHECK (dti_ratio >= 0),
    CONSTRAINT ck_loan_applications_status CHECK (status IN ('approved', 'rejected', 'pending', 'withdrawn')),
    CONSTRAINT ck_loan_applications_decided CHECK ((status = 'pending') = (decision_date IS NULL)),
    CONSTRAINT ck_loan_applications_dates CHECK (
        decision_date >= application_date AND decision_date <= application_date + 30)
);

CREATE INDEX ix_loan_applications_customer ON public.loan_applications (customer_id);
CREATE INDEX ix_loan_applications_date ON public.loan_applications (application_date);

COMMENT ON TABLE public.loan_applications IS
    'Requests of customers for a loan and what became of them. Every approved one has its loan.';
COMMENT ON COLUMN public.loan_applications.application_id IS 'Key of the application.';
COMMENT ON COLUMN public.loan_applications.customer_id IS 'Customer who applies (accounts_db.customers.customer_id).';
COMMENT ON COLUMN public.loan_applications.loan_type IS 'mortgage, personal, auto, business or education.';
COMMENT ON COLUMN public.loan_applications.requested_amount IS 'Amount asked for, in US dollars.';
COMMENT ON COLUMN public.loan_applications.annual_income IS 'Gross income of the applicant in US dollars a year.';
COMMENT ON COLUMN public.loan_applications.dti_ratio IS 'Debt-to-income ratio: monthly debt service over monthly income, as a fraction (0.36 is 36 percent).';
COMMENT ON COLUMN public.loan_applications.status IS 'approved, rejected, pending or withdrawn.';
COMMENT ON COLUMN public.loan_applications.officer_id IS 'Loan officer in charge (employees_db.employees.employee_id).';
COMMENT ON COLUMN public.loan_applications.application_date IS 'Day of the application.';
COMMENT ON COLUMN public.loan_applications.decision_date IS 'Day of the decision, or of the withdrawal, at most 30 days after the application; null if and only if it is pending.';

CREATE TABLE public.loans (
    loan_id             bigint        NOT NULL,
    application_id      bigint        NOT NULL,
    customer_id         bigint        NOT NULL,
    loan_type           text          NOT NULL,
    principal_amount    numeric(15,2) NOT NULL,
    interest_rate       numeric(6,3)  NOT NULL,
    term_months         smallint      NOT NULL,
    disbursement_date   date          NOT NULL,
    maturity_date       date          NOT NULL,
    loan_status         text          NOT NULL,
    outstanding_balance numeric(15,2) NOT NULL,
    days_past_due       integer       NOT NULL,
    payoff_date         date,
    linked_account_id   bigint,
    approved_by         bigint        NOT NULL,
    CONSTRAINT pk_loans PRIMARY KEY (loan_id),
    CONSTRAINT uq_loans_application UNIQUE (application_id),
    CONSTRAINT fk_loans_application FOREIGN KEY (application_id) REFERENCES public.loan_applications (application_id),
    CONSTRAINT ck_loans_type CHECK (loan_type IN ('mortgage', 'personal', 'auto', 'business', 'education')),
    CONSTRAINT ck_loans_principal CHECK (principal_amount > 0),
    CONSTRAINT ck_loans_rate CHECK (interest_rate >= 0 AND interest_rate < 100),
    CONSTRAINT ck_loans_term CHECK (term_months > 0),
    CONSTRAINT ck_loans_maturity CHECK (
        maturity_date = (disbursement_date + make_interval(months => term_months::integer))::date),
    CONSTRAINT ck_loans_status CHECK (loan_status IN ('active', 'paid_off', 'defaulted', 'restructured')),
    CONSTRAINT ck_loans_outstanding CHECK (outstanding_balance >= 0 AND outstanding_balance <= principal_amount),
    CONSTRAINT ck_loans_paid_off CHECK (
        (loan_status = 'paid_off') = (outstanding_balance = 0)
        AND (loan_status = 'paid_off') = (payoff_date IS NOT NULL)),
    CONSTRAINT ck_loans_payoff_date CHECK (payoff_date >= disbursement_date),
    CONSTRAINT ck_loans_past_due CHECK (days_past_due >= 0 AND CASE loan_status
        WHEN 'active' THEN days_past_due < 90
        WHEN 'paid_off' THEN days_past_due = 0
        ELSE true END)
);

CREATE INDEX ix_loans_customer ON public.loans (customer_id);
CREATE INDEX ix_loans_linked_account ON public.loans (linked_account_id);

COMMENT ON TABLE public.loans IS
    'Loans that were paid out, one for each approved application. Amounts are in US dollars.';
COMMENT ON COLUMN public.loans.loan_id IS 'Key of the loan.';
COMMENT ON COLUMN public.loans.application_id IS 'Approved application it stems from (loan_applications.application_id).';
COMMENT ON COLUMN public.loans.customer_id IS 'Borrower, the same as in the application (accounts_db.customers.customer_id).';
COMMENT ON COLUMN public.loans.loan_type IS 'mortgage, personal, auto, business or education; the same as in the application.';
COMMENT ON COLUMN public.loans.principal_amount IS 'Amount paid out, in US dollars; 80 to 100 percent of what was requested.';
COMMENT ON COLUMN public.loans.interest_rate IS 'Nominal interest rate in percent a year, fixed for the term.';
COMMENT ON COLUMN public.loans.term_months IS 'Agreed number of monthly installments.';
COMMENT ON COLUMN public.loans.disbursement_date IS 'Day of the payout.';
COMMENT ON COLUMN public.loans.maturity_date IS 'Due date of the last installment: disbursement_date plus term_months.';
COMMENT ON COLUMN public.loans.loan_status IS 'active, paid_off, defaulted or restructured.';
COMMENT ON COLUMN public.loans.outstanding_balance IS 'Principal still owed, in US dollars: principal_amount less the principal of all paid installments; 0 if and only if paid off.';
COMMENT ON COLUMN public.loans.days_past_due IS 'Days since the oldest unpaid installment fell due; 0 when nothing is overdue.';
COMMENT ON COLUMN public.loans.payoff_date IS 'Day on which the loan was paid off, early or in full term; set if and only if it is paid off.';
COMMENT ON COLUMN public.loans.linked_account_id IS 'Account of the borrower that receives the payout and pays the installments (accounts_db.accounts.account_id); null when none is linked.';
COMMENT ON COLUMN public.loans.approved_by IS 'Employee who approved it (employees_db.employees.employee_id).';

CREATE TABLE public.collateral (
    collateral_id   bigint        NOT NULL,
    loan_id         bigint        NOT NULL,
    collateral_type text          NOT NULL,
    appraised_value numeric(15,2) NOT NULL,
    ltv_ratio       numeric(6,4)  NOT NULL,
    appraisal_date  date          NOT NULL,
    CONSTRAINT pk_collateral PRIMARY KEY (collateral_id),
    CONSTRAINT fk_collateral_loan FOREIGN KEY (loan_id) REFERENCES public.loans (loan_id),
    CONSTRAINT ck_collateral_type CHECK (collateral_type IN (
        'property', 'real_estate', 'vehicle', 'equipment', 'inventory')),
    CONSTRAINT ck_collateral_value CHECK (appraised_value > 0),
    CONSTRAINT ck_collateral_ltv CHECK (ltv_ratio > 0)
);

CREATE INDEX ix_collateral_loan ON public.collateral (loan_id);

COMMENT ON TABLE public.collateral IS
    'Assets that secure a loan.';
COMMENT ON COLUMN public.collateral.collateral_id IS 'Key of the item.';
COMMENT ON COLUMN public.collateral.loan_id IS 'Loan it secures (loans.loan_id).';
COMMENT ON COLUMN public.collateral.collateral_type IS 'property, real_estate, vehicle, equipment or inventory; fits the type of the loan.';
COMMENT ON COLUMN public.collateral.appraised_value IS 'Appraised value in US dollars.';
COMMENT ON COLUMN public.collateral.ltv_ratio IS 'Loan-to-value ratio: principal of the loan over appraised value, as a fraction.';
COMMENT ON COLUMN public.collateral.appraisal_date IS 'Day of the appraisal, within 60 days before the payout.';

CREATE TABLE public.repayment_schedule (
    schedule_id        bigint        NOT NULL,
    loan_id            bigint        NOT NULL,
    installment_number smallint      NOT NULL,
    due_date           date          NOT NULL,
    principal_amount   numeric(15,2) NOT NULL,
    interest_amount    numeric(15,2) NOT NULL,
    total_amount       numeric(15,2) NOT NULL,
    remaining_balance  numeric(15,2) NOT NULL,
    payment_status     text          NOT NULL,
    payment_date       date,
    CONSTRAINT pk_repayment_schedule PRIMARY KEY (schedule_id),
    CONSTRAINT uq_repayment_schedule_installment UNIQUE (loan_id, installment_number),
    CONSTRAINT fk_repayment_schedule_loan FOREIGN KEY (loan_id) REFERENCES public.loans (loan_id),
    CONSTRAINT ck_repayment_schedule_number CHECK (installment_number > 0),
    CONSTRAINT ck_repayment_schedule_amounts CHECK (
        principal_amount >= 0 AND interest_amount >= 0 AND remaining_balance >= 0
        AND total_amount = principal_amount + interest_amount),
    CONSTRAINT ck_repayment_schedule_status CHECK (payment_status IN ('scheduled', 'paid', 'late', 'pending', 'missed')),
    CONSTRAINT ck_repayment_schedule_paid CHECK ((payment_status IN ('paid', 'late')) = (payment_date IS NOT NULL)),
    CONSTRAINT ck_repayment_schedule_late CHECK (payment_status <> 'late' OR payment_date > due_date)
);

CREATE INDEX ix_repayment_schedule_due ON public.repayment_schedule (due_date);

COMMENT ON TABLE public.repayment_schedule IS
    'Amortization schedule: every monthly installment of every loan, due or not, with what became of it.';
COMMENT ON COLUMN public.repayment_schedule.schedule_id IS 'Key of the installment.';
COMMENT ON COLUMN public.repayment_schedule.loan_id IS 'Loan it repays (loans.loan_id).';
COMMENT ON COLUMN public.repayment_schedule.installment_number IS 'Place in the schedule, from 1 to the term in months, without gaps.';
COMMENT ON COLUMN public.repayment_schedule.due_date IS 'Day on which it falls due: payout plus as many months as the installment number; may lie in the future.';
COMMENT ON COLUMN public.repayment_schedule.principal_amount IS 'Part that repays principal, in US dollars.';
COMMENT ON COLUMN public.repayment_schedule.interest_amount IS 'Part that is interest, in US dollars: a twelfth of the yearly rate on the balance before it.';
COMMENT ON COLUMN public.repayment_schedule.total_amount IS 'Installment in US dollars: principal_amount plus interest_amount.';
COMMENT ON COLUMN public.repayment_schedule.remaining_balance IS 'Scheduled principal left after this installment, in US dollars; 0 after the last.';
COMMENT ON COLUMN public.repayment_schedule.payment_status IS 'scheduled (not yet due), pending (due, within 15 days of grace), paid, late (paid after the grace) or missed.';
COMMENT ON COLUMN public.repayment_schedule.payment_date IS 'Day of payment; set if and only if it is paid or late.';

CREATE TABLE public.loan_guarantors (
    guarantor_id     bigint        NOT NULL,
    loan_id          bigint        NOT NULL,
    guarantor_name   text          NOT NULL,
    relationship     text          NOT NULL,
    guarantee_amount numeric(15,2) NOT NULL,
    CONSTRAINT pk_loan_guarantors PRIMARY KEY (guarantor_id),
    CONSTRAINT fk_loan_guarantors_loan FOREIGN KEY (loan_id) REFERENCES public.loans (loan_id),
    CONSTRAINT ck_loan_guarantors_relationship CHECK (relationship IN (
        'spouse', 'parent', 'sibling', 'child', 'family', 'friend', 'business_partner')),
    CONSTRAINT ck_loan_guarantors_amount CHECK (guarantee_amount > 0)
);

CREATE INDEX ix_loan_guarantors_loan ON public.loan_guarantors (loan_id);

COMMENT ON TABLE public.loan_guarantors IS
    'Persons who vouch for a loan, jointly and severally.';
COMMENT ON COLUMN public.loan_guarantors.guarantor_id IS 'Key of the guarantee.';
COMMENT ON COLUMN public.loan_guarantors.loan_id IS 'Loan that is guaranteed (loans.loan_id).';
COMMENT ON COLUMN public.loan_guarantors.guarantor_name IS 'Full name of the guarantor, who is never the borrower. Personal data.';
COMMENT ON COLUMN public.loan_guarantors.relationship IS 'To the borrower: spouse, parent, sibling, child, family, friend or business_partner (business loans only).';
COMMENT ON COLUMN public.loan_guarantors.guarantee_amount IS 'Amount guaranteed in US dollars, 50 to 100 percent of the principal.';

CREATE TABLE public.risk_assessments (
    assessment_id   bigint       NOT NULL,
    application_id  bigint,
    loan_id         bigint,
    customer_id     bigint       NOT NULL,
    assessment_date date         NOT NULL,
    risk_score      smallint     NOT NULL,
    pd_probability  numeric(5,4) NOT NULL,
    credit_grade    text         NOT NULL,
    assessed_by     text         NOT NULL,
    CONSTRAINT pk_risk_assessments PRIMARY KEY (assessment_id),
    CONSTRAINT uq_risk_assessments_application UNIQUE (application_id),
    CONSTRAINT fk_risk_assessments_application FOREIGN KEY (application_id) REFERENCES public.loan_applications (application_id),
    CONSTRAINT fk_risk_assessments_loan FOREIGN KEY (loan_id) REFERENCES public.loans (loan_id),
    CONSTRAINT ck_risk_assessments_subject CHECK ((application_id IS NULL) <> (loan_id IS NULL)),
    CONSTRAINT ck_risk_assessments_score CHECK (risk_score BETWEEN 300 AND 850),
    CONSTRAINT ck_risk_assessments_pd CHECK (pd_probability BETWEEN 0 AND 1),
    CONSTRAINT ck_risk_assessments_grade CHECK (credit_grade IN (
        'AAA', 'AA', 'A', 'BBB', 'BB', 'B', 'CCC', 'CC', 'C')),
    CONSTRAINT ck_risk_assessments_assessor CHECK (assessed_by = 'SYSTEM' OR assessed_by ~ '^[0-9]+$')
);

CREATE INDEX ix_risk_assessments_loan ON public.risk_assessments (loan_id);
CREATE INDEX ix_risk_assessments_customer ON public.risk_assessments (customer_id);

COMMENT ON TABLE public.risk_assessments IS
    'Credit risk assessments: one of every application before its decision, and periodic ones of running loans.';
COMMENT ON COLUMN public.risk_assessments.assessment_id IS 'Key of the assessment.';
COMMENT ON COLUMN public.risk_assessments.application_id IS 'Application assessed (loan_applications.application_id); null for a periodic assessment.';
COMMENT ON COLUMN public.risk_assessments.loan_id IS 'Loan assessed periodically (loans.loan_id); null for the assessment of an application.';
COMMENT ON COLUMN public.risk_assessments.customer_id IS 'Customer assessed (accounts_db.customers.customer_id).';
COMMENT ON COLUMN public.risk_assessments.assessment_date IS 'Day of the assessment.';
COMMENT ON COLUMN public.risk_assessments.risk_score IS 'Credit score from 300 (worst) to 850 (best).';
COMMENT ON COLUMN public.risk_assessments.pd_probability IS 'Probability of default within a year, as a fraction from 0 to 1.';
COMMENT ON COLUMN public.risk_assessments.credit_grade IS 'Grade from AAA (best) to C (worst); follows from the score.';
COMMENT ON COLUMN public.risk_assessments.assessed_by IS 'Who assessed: an employee_id of employees_db.employees as text, or SYSTEM for the automatic scoring.';
