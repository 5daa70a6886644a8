-- Customer relationship management: profiles, contacts, complaints and campaigns.

CREATE TABLE public.customer_profiles (
    customer_id       bigint NOT NULL,
    segment           text   NOT NULL,
    customer_status   text   NOT NULL,
    kyc_status        text   NOT NULL,
    risk_rating       text   NOT NULL,
    assigned_agent_id bigint,
    onboarding_date   date   NOT NULL,
    CONSTRAINT pk_customer_profiles PRIMARY KEY (customer_id),
    CONSTRAINT ck_customer_profiles_segment CHECK (segment IN ('retail', 'premium', 'corporate', 'private_banking')),
    CONSTRAINT ck_customer_profiles_status CHECK (customer_status IN ('active', 'dormant', 'closed')),
    CONSTRAINT ck_customer_profiles_kyc CHECK (kyc_status IN ('verified', 'pending', 'expired')),
    CONSTRAINT ck_customer_profiles_risk CHECK (risk_rating IN ('low', 'medium', 'high'))
);

CREATE INDEX ix_customer_profiles_agent ON public.customer_profiles (assigned_agent_id);

COMMENT ON TABLE public.customer_profiles IS
    'How the bank sees each customer: one row for every row of accounts_db.customers.';
COMMENT ON COLUMN public.customer_profiles.customer_id IS 'Key of the customer, the same as accounts_db.customers.customer_id.';
COMMENT ON COLUMN public.customer_profiles.segment IS 'Market segment: retail, premium, corporate or private_banking.';
COMMENT ON COLUMN public.customer_profiles.customer_status IS 'active, dormant (no activity of the customer for a year) or closed (no open product left).';
COMMENT ON COLUMN public.customer_profiles.kyc_status IS 'State of the identity check: verified, pending or expired; equals compliance_db.kyc_records.kyc_status.';
COMMENT ON COLUMN public.customer_profiles.risk_rating IS 'Financial-crime risk of the customer: low, medium or high.';
COMMENT ON COLUMN public.customer_profiles.assigned_agent_id IS 'Employee who looks after the customer (employees_db.employees.employee_id); null when nobody does.';
COMMENT ON COLUMN public.customer_profiles.onboarding_date IS 'Day on which the relationship began; the date of accounts_db.customers.created_at.';

CREATE TABLE public.interactions (
    interaction_id   bigint      NOT NULL,
    customer_id      bigint      NOT NULL,
    interaction_type text        NOT NULL,
    channel          text        NOT NULL,
    interaction_date timestamptz NOT NULL,
    duration_minutes smallint,
    handled_by       bigint,
    outcome          text        NOT NULL,
    CONSTRAINT pk_interactions PRIMARY KEY (interaction_id),
    CONSTRAINT fk_interactions_customer FOREIGN KEY (customer_id) REFERENCES public.customer_profiles (customer_id),
    CONSTRAINT ck_interactions_channel CHECK (channel IN ('phone', 'email', 'web', 'mobile_app', 'branch')),
    CONSTRAINT ck_interactions_type CHECK (CASE interaction_type
        WHEN 'call' THEN channel = 'phone'
        WHEN 'email' THEN channel = 'email'
        WHEN 'chat' THEN channel IN ('web', 'mobile_app')
        WHEN 'branch_visit' THEN channel = 'branch'
        WHEN 'complaint' THEN true
        ELSE false END),
    CONSTRAINT ck_interactions_duration CHECK ((channel = 'email') = (duration_minutes IS NULL)),
    CONSTRAINT ck_interactions_minutes CHECK (duration_minutes > 0),
    CONSTRAINT ck_interactions_outcome CHECK (outcome IN ('resolved', 'escalated', 'follow_up_needed'))
);

CREATE INDEX ix_interactions_customer_date ON public.interactions (customer_id, interaction_date);

COMMENT ON TABLE public.interactions IS
    'Contacts between customers and the bank, through any channel.';
COMMENT ON COLUMN public.interactions.interaction_id IS 'Key of the interaction.';
COMMENT ON COLUMN public.interactions.customer_id IS 'Customer who was in contact (customer_profiles.customer_id, accounts_db.customers).';
COMMENT ON COLUMN public.interactions.interaction_type IS 'call, email, branch_visit, chat or complaint; the first four fix the channel, a complaint comes through any.';
COMMENT ON COLUMN public.interactions.channel IS 'phone, email, web, mobile_app or branch.';
COMMENT ON COLUMN public.interactions.interaction_date IS 'Instant at which the contact began (UTC); office hours where staff are needed.';
COMMENT ON COLUMN public.interactions.duration_minutes IS 'Length in minutes; null for e-mail, which has none.';
COMMENT ON COLUMN public.interactions.handled_by IS 'Employee who handled it (employees_db.employees.employee_id); null when it was self-service.';
COMMENT ON COLUMN public.interactions.outcome IS 'resolved, escalated or follow_up_needed.';

CREATE TABLE public.satisfaction_surveys (
    survey_id           bigint   NOT NULL,
    interaction_id      bigint   NOT NULL,
    customer_id         bigint   NOT NULL,
    nps_score           smallint NOT NULL,
    satisfaction_rating smallint NOT NULL,
    comments            text,
    survey_date         date     NOT NULL,
    CONSTRAINT pk_satisfaction_surveys PRIMARY KEY (survey_id),
    CONSTRAINT uq_satisfaction_surveys_interaction UNIQUE (interaction_id),
    CONSTRAINT fk_satisfaction_surveys_interaction FOREIGN KEY (interaction_id) REFERENCES public.interactions (interaction_id),
    CONSTRAINT fk_satisfaction_surveys_customer FOREIGN KEY (customer_id) REFERENCES public.customer_profiles (customer_id),
    CONSTRAINT ck_satisfaction_surveys_nps CHECK (nps_score BETWEEN 0 AND 10),
    CONSTRAINT ck_satisfaction_surveys_rating CHECK (satisfaction_rating BETWEEN 1 AND 5),
    CONSTRAINT ck_satisfaction_surveys_agree CHECK (
        NOT (nps_score >= 9 AND satisfaction_rating <= 2) AND NOT (nps_score <= 3 AND satisfaction_rating >= 4))
);

CREATE INDEX ix_satisfaction_surveys_customer ON public.satisfaction_surveys (customer_id);

COMMENT ON TABLE public.satisfaction_surveys IS
    'Answers to the survey sent after an interaction, at most one for each.';
COMMENT ON COLUMN public.satisfaction_surveys.survey_id IS 'Key of the survey.';
COMMENT ON COLUMN public.satisfaction_surveys.interaction_id IS 'Interaction the survey asks about (interactions.interaction_id).';
COMMENT ON COLUMN public.satisfaction_surveys.customer_id IS 'Customer who answered, the same as in the interaction (customer_profiles.customer_id, accounts_db.customers).';
COMMENT ON COLUMN public.satisfaction_surveys.nps_score IS 'Likelihood to recommend the bank, 0 to 10; promoters answer 9 or 10, detractors 6 or less.';
COMMENT ON COLUMN public.satisfaction_surveys.satisfaction_rating IS 'Satisfaction with the interaction, 1 to 5 stars.';
COMMENT ON COLUMN public.satisfaction_surveys.comments IS 'Free words of the customer, if any.';
COMMENT ON COLUMN public.satisfaction_surveys.survey_date IS 'Day of the answer, one to three days after the interaction.';

CREATE TABLE public.complaints (
    complaint_id          bigint      NOT NULL,
    customer_id           bigint      NOT NULL,
    complaint_type        text        NOT NULL,
    status                text        NOT NULL,
    priority              text        NOT NULL,
    complaint_date        timestamptz NOT NULL,
    resolved_at           timestamptz,
    resolution_time_hours numeric(6,2),
    assigned_to           bigint,
    description           text        NOT NULL,
    CONSTRAINT pk_complaints PRIMARY KEY (complaint_id),
    CONSTRAINT fk_complaints_customer FOREIGN KEY (customer_id) REFERENCES public.customer_profiles (customer_id),
    CONSTRAINT ck_complaints_type CHECK (complaint_type IN ('service', 'fee', 'product', 'fraud', 'other')),
    CONSTRAINT ck_complaints_status CHECK (status IN ('open', 'investigating', 'resolved', 'closed')),
    CONSTRAINT ck_complaints_resolved CHECK (
        (status IN ('resolved', 'closed')) = (resolved_at IS NOT NULL)
        AND (status IN ('resolved', 'closed')) = (resolution_time_hours IS NOT NULL)),
    CONSTRAINT ck_complaints_time CHECK (
        resolution_time_hours > 0
        AND abs(extract(epoch FROM resolved_at - complaint_date) / 3600 - resolution_time_hours) <= 0.01),
    CONSTRAINT ck_complaints_priority CHECK (priority IN ('low', 'medium', 'high', 'critical'))
);

CREATE INDEX ix_complaints_customer ON public.complaints (customer_id);
CREATE INDEX ix_complaints_date ON public.complaints (complaint_date);

COMMENT ON TABLE public.complaints IS
    'Complaints of customers and how they were settled. Each has its interaction of type complaint.';
COMMENT ON COLUMN public.complaints.complaint_id IS 'Key of the complaint.';
COMMENT ON COLUMN public.complaints.customer_id IS 'Customer who complains (customer_profiles.customer_id, accounts_db.customers).';
COMMENT ON COLUMN public.complaints.complaint_type IS 'What it is about: service, fee, product, fraud or other.';
COMMENT ON COLUMN public.complaints.status IS 'open, investigating, resolved or closed.';
COMMENT ON COLUMN public.complaints.priority IS 'low, medium, high or critical.';
COMMENT ON COLUMN public.complaints.complaint_date IS 'Instant at which the complaint came in (UTC).';
COMMENT ON COLUMN public.complaints.resolved_at IS 'Instant of the resolution (UTC); set if and only if the complaint is resolved or closed.';
COMMENT ON COLUMN public.complaints.resolution_time_hours IS 'Hours from complaint_date to resolved_at; set if and only if the complaint is resolved or closed.';
COMMENT ON COLUMN public.complaints.assigned_to IS 'Employee in charge (employees_db.employees.employee_id); null when nobody is.';
COMMENT ON COLUMN public.complaints.description IS 'The complaint in a sentence or two.';

CREATE TABLE public.campaigns (
    campaign_id    bigint        NOT NULL,
    campaign_name  text          NOT NULL,
    campaign_type  text          NOT NULL,
    target_segment text          NOT NULL,
    start_date     date          NOT NULL,
    end_date       date          NOT NULL,
    budget         numeric(15,2) NOT NULL,
    CONSTRAINT pk_campaigns PRIMARY KEY (campaign_id),
    CONSTRAINT uq_campaigns_name UNIQUE (campaign_name),
    CONSTRAINT ck_campaigns_type CHECK (campaign_type IN ('email', 'digital', 'cross_sell', 'direct_mail', 'retention')),
    CONSTRAINT ck_campaigns_segment CHECK (target_segment IN ('all', 'retail', 'premium', 'corporate', 'private_banking')),
    CONSTRAINT ck_campaigns_dates CHECK (end_date >= start_date),
    CONSTRAINT ck_campaigns_budget CHECK (budget > 0)
);

COMMENT ON TABLE public.campaigns IS
    'Marketing campaigns. Their number is fixed and does not grow with the bank.';
COMMENT ON COLUMN public.campaigns.campaign_id IS 'Key of the campaign.';
COMMENT ON COLUMN public.campaigns.campaign_name IS 'Name of the campaign; unique.';
COMMENT ON COLUMN public.campaigns.campaign_type IS 'email, digital, cross_sell, direct_mail or retention.';
COMMENT ON COLUMN public.campaigns.target_segment IS 'Segment it addresses (as customer_profiles.segment), or all.';
COMMENT ON COLUMN public.campaigns.start_date IS 'First day of the campaign.';
COMMENT ON COLUMN public.campaigns.end_date IS 'Last day of the campaign.';
COMMENT ON COLUMN public.campaigns.budget IS 'Budget in US dollars.';

CREATE TABLE public.campaign_responses (
    response_id   bigint  NOT NULL,
    campaign_id   bigint  NOT NULL,
    customer_id   bigint  NOT NULL,
    response_type text    NOT NULL,
    response_date date    NOT NULL,
    converted     boolean NOT NULL,
    CONSTRAINT pk_campaign_responses PRIMARY KEY (response_id),
    CONSTRAINT uq_campaign_responses_customer UNIQUE (campaign_id, customer_id),
    CONSTRAINT fk_campaign_responses_campaign FOREIGN KEY (campaign_id) REFERENCES public.campaigns (campaign_id),
    CONSTRAINT fk_campaign_responses_customer FOREIGN KEY (customer_id) REFERENCES public.customer_profiles (customer_id),
    CONSTRAINT ck_campaign_responses_type CHECK (response_type IN ('opened', 'clicked', 'purchased', 'unsubscribed')),
    CONSTRAINT ck_campaign_responses_converted CHECK (CASE response_type
        WHEN 'purchased' THEN converted
        WHEN 'clicked' THEN true
        ELSE NOT converted END)
);

CREATE INDEX ix_campaign_responses_customer ON public.campaign_responses (customer_id);

COMMENT ON TABLE public.campaign_responses IS
    'Reactions of customers to campaigns, at most one for each campaign and customer.';
COMMENT ON COLUMN public.campaign_responses.response_id IS 'Key of the response.';
COMMENT ON COLUMN public.campaign_responses.campaign_id IS 'Campaign responded to (campaigns.campaign_id).';
COMMENT ON COLUMN public.campaign_responses.customer_id IS 'Customer who responded (customer_profiles.customer_id, accounts_db.customers).';
COMMENT ON COLUMN public.campaign_responses.response_type IS 'The furthest step: opened, clicked, purchased or unsubscribed.';
COMMENT ON COLUMN public.campaign_responses.response_date IS 'Day of the response, within the campaign.';
COMMENT ON COLUMN public.campaign_responses.converted IS 'True when the campaign won the customer: always for purchased, sometimes for clicked, never otherwise.';
