-- Reporting of customer relationships: the whole customer, segments, complaints, surveys, campaigns.

-- Not CREATE SCHEMA IF NOT EXISTS: that asks for the right to create even when it is there.
DO $$ BEGIN
    IF to_regnamespace('reporting') IS NULL THEN
        CREATE SCHEMA reporting;
        COMMENT ON SCHEMA reporting IS
            'Views and marts of customer relationships, derived from schema public and filled anew after each load.';
    END IF;
END $$;

CREATE TABLE reporting.as_of (
    as_of_date date NOT NULL,
    CONSTRAINT pk_as_of PRIMARY KEY (as_of_date)
);

COMMENT ON TABLE reporting.as_of IS
    'The business date of the reports, in one row: whatever is compared with today is compared with it.';
COMMENT ON COLUMN reporting.as_of.as_of_date IS 'As-of date of the bank: what lies before the midnight that begins it has happened, nothing lies after.';

CREATE TABLE reporting.customer_360 (
    customer_id           bigint NOT NULL,
    segment               text   NOT NULL,
    customer_status       text   NOT NULL,
    kyc_status            text   NOT NULL,
    risk_rating           text   NOT NULL,
    assigned_agent_id     bigint,
    onboarding_date       date   NOT NULL,
    tenure_months         integer NOT NULL,
    interactions          bigint NOT NULL,
    contact_minutes       bigint NOT NULL,
    escalations           bigint NOT NULL,
    last_interaction_date date,
    surveys               bigint NOT NULL,
    average_nps           numeric(4,2),
    average_satisfaction  numeric(4,2),
    complaints            bigint NOT NULL,
    open_complaints       bigint NOT NULL,
    campaign_responses    bigint NOT NULL,
    campaign_conversions  bigint NOT NULL,
    CONSTRAINT pk_customer_360 PRIMARY KEY (customer_id)
);

COMMENT ON TABLE reporting.customer_360 IS
    'All that this database knows of a customer, one row each: standing, contacts, satisfaction, complaints and response to campaigns.';
COMMENT ON COLUMN reporting.customer_360.customer_id IS 'Key of the customer (customer_profiles.customer_id, accounts_db.customers).';
COMMENT ON COLUMN reporting.customer_360.segment IS 'Market segment: retail, premium, corporate or private_banking.';
COMMENT ON COLUMN reporting.customer_360.customer_status IS 'active, dormant or closed.';
COMMENT ON COLUMN reporting.customer_360.kyc_status IS 'State of the identity check: verified, pending or expired.';
COMMENT ON COLUMN reporting.customer_360.risk_rating IS 'Financial-crime risk of the customer: low, medium or high.';
COMMENT ON COLUMN reporting.customer_360.assigned_agent_id IS 'Employee who looks after the customer (employees_db.employees.employee_id); null when nobody does.';
COMMENT ON COLUMN reporting.customer_360.onboarding_date IS 'Day on which the relationship began.';
COMMENT ON COLUMN reporting.customer_360.tenure_months IS 'Whole months from onboarding to the as-of date.';
COMMENT ON COLUMN reporting.customer_360.interactions IS 'Contacts with the bank, through any channel.';
COMMENT ON COLUMN reporting.customer_360.contact_minutes IS 'Length of these contacts in minutes, e-mail not counted.';
COMMENT ON COLUMN reporting.customer_360.escalations IS 'Contacts that ended escalated.';
COMMENT ON COLUMN reporting.customer_360.last_interaction_date IS 'Day of the latest contact (UTC); null when there was none.';
COMMENT ON COLUMN reporting.customer_360.surveys IS 'Surveys answered.';
COMMENT ON COLUMN reporting.customer_360.average_nps IS 'Mean likelihood to recommend the bank, 0 to 10; null without a survey.';
COMMENT ON COLUMN reporting.customer_360.average_satisfaction IS 'Mean satisfaction with the contacts, 1 to 5 stars; null without a survey.';
COMMENT ON COLUMN reporting.customer_360.complaints IS 'Complaints made.';
COMMENT ON COLUMN reporting.customer_360.open_complaints IS 'Complaints that are open or under investigation.';
COMMENT ON COLUMN reporting.customer_360.campaign_responses IS 'Campaigns the customer reacted to.';
COMMENT ON COLUMN reporting.customer_360.campaign_conversions IS 'Campaigns that won the customer.';

CREATE PROCEDURE reporting.refresh_customer_360() LANGUAGE sql AS $$
    DELETE FROM reporting.customer_360;
    WITH contacts AS (
        SELECT customer_id, count(*) AS interactions,
            coalesce(sum(duration_minutes), 0) AS contact_minutes,
            count(*) FILTER (WHERE outcome = 'escalated') AS escalations,
            max(interaction_date) AS last_interaction
        FROM public.interactions
        GROUP BY customer_id
    ), answers AS (
        SELECT customer_id, count(*) AS surveys, avg(nps_score) AS average_nps,
            avg(satisfaction_rating) AS average_satisfaction
        FROM public.satisfaction_surveys
        GROUP BY customer_id
    ), grievances AS (
        SELECT customer_id, count(*) AS complaints,
            count(*) FILTER (WHERE status IN ('open', 'investigating')) AS open_complaints
        FROM public.complaints
        GROUP BY customer_id
    ), reactions AS (
        SELECT customer_id, count(*) AS campaign_responses,
            count(*) FILTER (WHERE converted) AS campaign_conversions
        FROM public.campaign_responses
        GROUP BY customer_id
    )
    INSERT INTO reporting.customer_360 (
        customer_id, segment, customer_status, kyc_status, risk_rating, assigned_agent_id,
        onboarding_date, tenure_months, interactions, contact_minutes, escalations,
        last_interaction_date, surveys, average_nps, average_satisfaction, complaints,
        open_complaints, campaign_responses, campaign_conversions)
    SELECT p.customer_id AS customer_id, p.segment AS segment,
        p.customer_status AS customer_status, p.kyc_status AS kyc_status,
        p.risk_rating AS risk_rating, p.assigned_agent_id AS assigned_agent_id,
        p.onboarding_date AS onboarding_date,
        (12 * extract(year FROM age(d.as_of_date, p.onboarding_date))
            + extract(month FROM age(d.as_of_date, p.onboarding_date)))::integer AS tenure_months,
        coalesce(i.interactions, 0) AS interactions,
        coalesce(i.contact_minutes, 0) AS contact_minutes,
        coalesce(i.escalations, 0) AS escalations,
        (i.last_interaction AT TIME ZONE 'UTC')::date AS last_interaction_date,
        coalesce(s.surveys, 0) AS surveys, round(s.average_nps, 2) AS average_nps,
        round(s.average_satisfaction, 2) AS average_satisfaction,
        coalesce(c.complaints, 0) AS complaints, coalesce(c.open_complaints, 0) AS open_complaints,
        coalesce(r.campaign_responses, 0) AS campaign_responses,
        coalesce(r.campaign_conversions, 0) AS campaign_conversions
    FROM public.customer_profiles p
    CROSS JOIN reporting.as_of d
    LEFT JOIN contacts i ON i.customer_id = p.customer_id
    LEFT JOIN answers s ON s.customer_id = p.customer_id
    LEFT JOIN grievances c ON c.customer_id = p.customer_id
    LEFT JOIN reactions r ON r.customer_id = p.customer_id;
$$;

COMMENT ON PROCEDURE reporting.refresh_customer_360() IS
    'Fills customer_360 anew from profiles, interactions, surveys, complaints and campaign responses.';

CREATE TABLE reporting.nps_by_month (
    month                date         NOT NULL,
    channel              text         NOT NULL,
    surveys              bigint       NOT NULL,
    promoters            bigint       NOT NULL,
    passives             bigint       NOT NULL,
    detractors           bigint       NOT NULL,
    net_promoter_score   numeric(5,1) NOT NULL,
    average_satisfaction numeric(4,2) NOT NULL,
    CONSTRAINT pk_nps_by_month PRIMARY KEY (month, channel)
);

COMMENT ON TABLE reporting.nps_by_month IS
    'Net promoter score and satisfaction by month of the survey and channel of the contact it asks about.';
COMMENT ON COLUMN reporting.nps_by_month.month IS 'First day of the month in which the surveys were answered.';
COMMENT ON COLUMN reporting.nps_by_month.channel IS 'Channel of the contact: phone, email, web, mobile_app or branch.';
COMMENT ON COLUMN reporting.nps_by_month.surveys IS 'Surveys answered.';
COMMENT ON COLUMN reporting.nps_by_month.promoters IS 'Answers of 9 or 10.';
COMMENT ON COLUMN reporting.nps_by_month.passives IS 'Answers of 7 or 8.';
COMMENT ON COLUMN reporting.nps_by_month.detractors IS 'Answers of 0 to 6.';
COMMENT ON COLUMN reporting.nps_by_month.net_promoter_score IS 'Percent of promoters less percent of detractors, from -100 to 100.';
COMMENT ON COLUMN reporting.nps_by_month.average_satisfaction IS 'Mean satisfaction with the contact, 1 to 5 stars.';

CREATE PROCEDURE reporting.refresh_nps_by_month() LANGUAGE sql AS $$
    DELETE FROM reporting.nps_by_month;
    INSERT INTO reporting.nps_by_month (
        month, channel, surveys, promoters, passives, detractors, net_promoter_score,
        average_satisfaction)
    SELECT date_trunc('month', s.survey_date::timestamp)::date AS month, i.channel AS channel,
        count(*) AS surveys,
        count(*) FILTER (WHERE s.nps_score >= 9) AS promoters,
        count(*) FILTER (WHERE s.nps_score BETWEEN 7 AND 8) AS passives,
        count(*) FILTER (WHERE s.nps_score <= 6) AS detractors,
        round(100.0 * (count(*) FILTER (WHERE s.nps_score >= 9)
            - count(*) FILTER (WHERE s.nps_score <= 6)) / count(*), 1) AS net_promoter_score,
        round(avg(s.satisfaction_rating), 2) AS average_satisfaction
    FROM public.satisfaction_surveys s
    JOIN public.interactions i ON i.interaction_id = s.interaction_id
    GROUP BY date_trunc('month', s.survey_date::timestamp)::date, i.channel;
$$;

COMMENT ON PROCEDURE reporting.refresh_nps_by_month() IS
    'Fills nps_by_month anew from satisfaction surveys and interactions.';

CREATE MATERIALIZED VIEW reporting.segment_overview AS
SELECT c.segment AS segment, c.customer_status AS customer_status,
    count(*) AS customers, round(avg(c.tenure_months), 1) AS average_tenure_months,
    sum(c.interactions)::bigint AS interactions,
    round(avg(c.interactions), 2) AS interactions_per_customer,
    round(sum(c.average_nps * c.surveys) / nullif(sum(c.surveys), 0), 2) AS average_nps,
    sum(c.complaints)::bigint AS complaints, sum(c.open_complaints)::bigint AS open_complaints,
    round(avg((c.complaints > 0)::integer), 4) AS complaint_rate,
    round(avg((c.campaign_conversions > 0)::integer), 4) AS conversion_rate,
    count(*) FILTER (WHERE c.risk_rating = 'high') AS high_risk_customers
FROM reporting.customer_360 c
GROUP BY c.segment, c.customer_status;

COMMENT ON MATERIALIZED VIEW reporting.segment_overview IS
    'Customers by segment and status: how many, how long with the bank, how busy and how content.';
COMMENT ON COLUMN reporting.segment_overview.segment IS 'Market segment: retail, premium, corporate or private_banking.';
COMMENT ON COLUMN reporting.segment_overview.customer_status IS 'active, dormant or closed.';
COMMENT ON COLUMN reporting.segment_overview.customers IS 'Number of customers.';
COMMENT ON COLUMN reporting.segment_overview.average_tenure_months IS 'Mean length of the relationship in months.';
COMMENT ON COLUMN reporting.segment_overview.interactions IS 'Contacts of these customers.';
COMMENT ON COLUMN reporting.segment_overview.interactions_per_customer IS 'Mean number of contacts of a customer.';
COMMENT ON COLUMN reporting.segment_overview.average_nps IS 'Mean likelihood to recommend over all surveys, 0 to 10; null without a survey.';
COMMENT ON COLUMN reporting.segment_overview.complaints IS 'Complaints made.';
COMMENT ON COLUMN reporting.segment_overview.open_complaints IS 'Complaints that are open or under investigation.';
COMMENT ON COLUMN reporting.segment_overview.complaint_rate IS 'Share of the customers who ever complained, as a fraction.';
COMMENT ON COLUMN reporting.segment_overview.conversion_rate IS 'Share of the customers whom some campaign won, as a fraction.';
COMMENT ON COLUMN reporting.segment_overview.high_risk_customers IS 'Customers of high financial-crime risk.';

CREATE VIEW reporting.retention_watchlist AS
SELECT c.customer_id AS customer_id, c.segment AS segment,
    c.assigned_agent_id AS assigned_agent_id, c.tenure_months AS tenure_months,
    c.last_interaction_date AS last_interaction_date,
    d.as_of_date - c.last_interaction_date AS days_since_contact,
    c.average_nps AS average_nps, c.open_complaints AS open_complaints,
    c.escalations AS escalations,
    CASE WHEN c.open_complaints > 0 THEN 'open_complaint'
        WHEN c.average_nps <= 6 THEN 'detractor'
        ELSE 'dormant' END AS reason
FROM reporting.customer_360 c
CROSS JOIN reporting.as_of d
WHERE c.customer_status <> 'closed'
    AND (c.open_complaints > 0 OR c.average_nps <= 6 OR c.customer_status = 'dormant');

COMMENT ON VIEW reporting.retention_watchlist IS
    'Customers the bank may lose: with an open complaint, a bad survey, or no activity for a year.';
COMMENT ON COLUMN reporting.retention_watchlist.customer_id IS 'Key of the customer (customer_profiles.customer_id, accounts_db.customers).';
COMMENT ON COLUMN reporting.retention_watchlist.segment IS 'Market segment: retail, premium, corporate or private_banking.';
COMMENT ON COLUMN reporting.retention_watchlist.assigned_agent_id IS 'Employee who should call (employees_db.employees.employee_id); null when nobody looks after the customer.';
COMMENT ON COLUMN reporting.retention_watchlist.tenure_months IS 'Whole months with the bank.';
COMMENT ON COLUMN reporting.retention_watchlist.last_interaction_date IS 'Day of the latest contact (UTC); null when there was none.';
COMMENT ON COLUMN reporting.retention_watchlist.days_since_contact IS 'Days from the latest contact to the as-of date; null when there was none.';
COMMENT ON COLUMN reporting.retention_watchlist.average_nps IS 'Mean likelihood to recommend the bank, 0 to 10; null without a survey.';
COMMENT ON COLUMN reporting.retention_watchlist.open_complaints IS 'Complaints that are open or under investigation.';
COMMENT ON COLUMN reporting.retention_watchlist.escalations IS 'Contacts that ended escalated.';
COMMENT ON COLUMN reporting.retention_watchlist.reason IS 'First that holds of open_complaint, detractor (mean score of 6 or less) and dormant.';

CREATE VIEW reporting.complaint_resolution AS
SELECT c.complaint_type AS complaint_type, c.priority AS priority,
    count(*) AS complaints,
    count(*) FILTER (WHERE c.resolved_at IS NULL) AS open_complaints,
    round(avg(c.resolution_time_hours), 2) AS average_hours,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY c.resolution_time_hours))::numeric, 2) AS median_hours,
    max(c.resolution_time_hours) AS longest_hours,
    round(avg((c.resolution_time_hours <= 48)::integer), 4) AS within_48_hours_rate
FROM public.complaints c
GROUP BY c.complaint_type, c.priority;

COMMENT ON VIEW reporting.complaint_resolution IS
    'How many complaints there are and how fast they are settled, by subject and priority.';
COMMENT ON COLUMN reporting.complaint_resolution.complaint_type IS 'What they are about: service, fee, product, fraud or other.';
COMMENT ON COLUMN reporting.complaint_resolution.priority IS 'low, medium, high or critical.';
COMMENT ON COLUMN reporting.complaint_resolution.complaints IS 'Complaints made.';
COMMENT ON COLUMN reporting.complaint_resolution.open_complaints IS 'Complaints that are not settled.';
COMMENT ON COLUMN reporting.complaint_resolution.average_hours IS 'Mean hours to resolution; null when none is settled.';
COMMENT ON COLUMN reporting.complaint_resolution.median_hours IS 'Median hours to resolution; null when none is settled.';
COMMENT ON COLUMN reporting.complaint_resolution.longest_hours IS 'Hours the slowest resolution took; null when none is settled.';
COMMENT ON COLUMN reporting.complaint_resolution.within_48_hours_rate IS 'Share of the settled complaints that took 48 hours or less, as a fraction; null when none is settled.';

CREATE VIEW reporting.campaign_performance AS
SELECT c.campaign_id AS campaign_id, c.campaign_name AS campaign_name,
    c.campaign_type AS campaign_type, c.target_segment AS target_segment,
    c.start_date AS start_date, c.end_date AS end_date, c.budget AS budget,
    count(r.response_id) AS responses,
    count(r.response_id) FILTER (WHERE r.converted) AS conversions,
    count(r.response_id) FILTER (WHERE r.response_type = 'unsubscribed') AS unsubscribed,
    round(count(r.response_id) FILTER (WHERE r.converted)::numeric
        / nullif(count(r.response_id), 0), 4) AS conversion_rate,
    round(c.budget / nullif(count(r.response_id) FILTER (WHERE r.converted), 0), 2) AS cost_per_conversion
FROM public.campaigns c
LEFT JOIN public.campaign_responses r ON r.campaign_id = c.campaign_id
GROUP BY c.campaign_id, c.campaign_name, c.campaign_type, c.target_segment, c.start_date,
    c.end_date, c.budget;

COMMENT ON VIEW reporting.campaign_performance IS
    'What each marketing campaign cost and brought.';
COMMENT ON COLUMN reporting.campaign_performance.campaign_id IS 'Key of the campaign (campaigns.campaign_id).';
COMMENT ON COLUMN reporting.campaign_performance.campaign_name IS 'Name of the campaign.';
COMMENT ON COLUMN reporting.campaign_performance.campaign_type IS 'email, digital, cross_sell, direct_mail or retention.';
COMMENT ON COLUMN reporting.campaign_performance.target_segment IS 'Segment it addresses, or all.';
COMMENT ON COLUMN reporting.campaign_performance.start_date IS 'First day of the campaign.';
COMMENT ON COLUMN reporting.campaign_performance.end_date IS 'Last day of the campaign.';
COMMENT ON COLUMN reporting.campaign_performance.budget IS 'Budget in US dollars.';
COMMENT ON COLUMN reporting.campaign_performance.responses IS 'Customers who reacted.';
COMMENT ON COLUMN reporting.campaign_performance.conversions IS 'Customers whom the campaign won.';
COMMENT ON COLUMN reporting.campaign_performance.unsubscribed IS 'Customers who wish no more of it.';
COMMENT ON COLUMN reporting.campaign_performance.conversion_rate IS 'Conversions over responses, as a fraction; null without a response.';
COMMENT ON COLUMN reporting.campaign_performance.cost_per_conversion IS 'Budget over conversions in US dollars; null without a conversion.';
