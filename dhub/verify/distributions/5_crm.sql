-- Phase 3: what passes between the bank and its customers.

-- crm.interactions contacts of a customer
-- kind: mix
SELECT n, count(*) FROM (SELECT p.customer_id, count(i.interaction_id) AS n FROM
    customer_db.customer_profiles p LEFT JOIN customer_db.interactions i USING (customer_id) GROUP
    BY p.customer_id) GROUP BY n;

-- crm.channel contacts by channel
-- kind: mix
-- when: crm.interaction_from channel
SELECT channel, count(*) FROM customer_db.interactions GROUP BY 1;

-- crm.type contacts by type
-- kind: mix
-- when: crm.interaction_from type
SELECT interaction_type, count(*) FROM customer_db.interactions GROUP BY 1;

-- crm.complaint_share contacts that are complaints
-- kind: share
SELECT count(*) FILTER (WHERE interaction_type = 'complaint'), count(*) FROM
    customer_db.interactions;

-- crm.duration minutes of a contact
-- kind: range
SELECT min(duration_minutes), max(duration_minutes), count(duration_minutes) FROM
    customer_db.interactions;

-- crm.duration_median minutes of a contact by channel, median
-- kind: median
-- slack: 1
SELECT channel, median(duration_minutes), stddev_samp(duration_minutes), count(*) FROM
    customer_db.interactions WHERE duration_minutes IS NOT NULL GROUP BY 1;

-- crm.handled contacts that an employee handled
-- kind: share
SELECT count(*) FILTER (WHERE handled_by IS NOT NULL), count(*) FROM customer_db.interactions;

-- crm.outcome contacts by outcome
-- kind: mix
SELECT outcome, count(*) FROM customer_db.interactions GROUP BY 1;

-- crm.survey_share contacts that were surveyed
-- kind: share
SELECT (SELECT count(*) FROM customer_db.satisfaction_surveys), (SELECT count(*) FROM
    customer_db.interactions);

-- crm.nps surveys by NPS
-- kind: mix
SELECT nps_score, count(*) FROM customer_db.satisfaction_surveys GROUP BY 1;

-- crm.satisfaction surveys by rating
-- kind: mix
SELECT satisfaction_rating, count(*) FROM customer_db.satisfaction_surveys GROUP BY 1;

-- crm.survey_comments surveys with a comment
-- kind: share
SELECT count(*) FILTER (WHERE comments IS NOT NULL), count(*) FROM customer_db.satisfaction_surveys;

-- crm.survey_days days from a contact to its survey
-- kind: range
SELECT min(d), max(d), count(*) FROM (SELECT survey_date - interaction_date::DATE AS d FROM
    customer_db.satisfaction_surveys JOIN customer_db.interactions USING (interaction_id));

-- crm.complainers customers who complain
-- kind: share
SELECT (SELECT count(DISTINCT customer_id) FROM customer_db.complaints), (SELECT count(*) FROM
    customer_db.customer_profiles);

-- crm.complaints_per_complainer complaints of a complainer
-- kind: range
SELECT min(n), max(n), count(*) FROM (SELECT customer_id, count(*) AS n FROM
    customer_db.complaints GROUP BY customer_id);

-- crm.complaint_type complaints by type
-- kind: mix
SELECT complaint_type, count(*) FROM customer_db.complaints GROUP BY 1;

-- crm.complaint_status complaints by status
-- kind: mix
SELECT status, count(*) FROM customer_db.complaints GROUP BY 1;

-- crm.complaint_priority complaints by priority
-- kind: mix
SELECT priority, count(*) FROM customer_db.complaints GROUP BY 1;

-- crm.resolution_hours hours to settle a complaint
-- kind: range
SELECT min(resolution_time_hours), max(resolution_time_hours), count(resolution_time_hours) FROM
    customer_db.complaints;

-- crm.complaint_assigned complaints assigned to an employee
-- kind: share
SELECT count(*) FILTER (WHERE assigned_to IS NOT NULL), count(*) FROM customer_db.complaints;

-- crm.campaigns campaigns
-- kind: between
SELECT count(*) FROM customer_db.campaigns;

-- crm.campaign_type campaigns by type
-- kind: mix
SELECT campaign_type, count(*) FROM customer_db.campaigns GROUP BY 1;

-- crm.campaign_segment campaigns by target segment
-- kind: mix
SELECT target_segment, count(*) FROM customer_db.campaigns GROUP BY 1;

-- crm.campaign_years years back to the first campaign
-- kind: most
-- slack: 0.01
SELECT max(as_of() - start_date) / 365.2425, count(*) FROM customer_db.campaigns;

-- crm.responders customers who respond to a campaign
-- kind: share
SELECT (SELECT count(DISTINCT customer_id) FROM customer_db.campaign_responses), (SELECT count(*)
    FROM customer_db.customer_profiles);

-- crm.responses_per_responder responses of a responder
-- kind: mix
-- slack: 0.03
SELECT n, count(*) FROM (SELECT customer_id, count(*) AS n FROM customer_db.campaign_responses
    GROUP BY customer_id) GROUP BY n;

-- crm.response_type responses by type
-- kind: mix
SELECT response_type, count(*) FROM customer_db.campaign_responses GROUP BY 1;

-- crm.converted responses that converted
-- kind: share
SELECT count(*) FILTER (WHERE converted), count(*) FROM customer_db.campaign_responses;
