-- Words that the questions use besides the tables. They know a bank as who looks at it does: the
-- kind of a shop by its name, the hour by the state, so that banks of older formats can be asked, too.

CREATE MACRO pay_said(description) AS regexp_matches(upper(description), 'PAYROLL|PAYCHECK|SALARY');
CREATE MACRO interest_said(description) AS regexp_matches(upper(description), 'INTEREST');
CREATE MACRO by_hand(channel) AS channel IN ('branch', 'phone');
CREATE MACRO shop(description) AS CASE
    WHEN regexp_matches(upper(description), 'COFFEE|ESPRESSO|ROASTERS|& CRUMB') THEN 'coffee'
    WHEN regexp_matches(upper(description), 'AIRWAYS| JET\b') THEN 'flight'
    WHEN regexp_matches(upper(description), 'PETROLEUM|GAS & GO|FUEL|PUMP|TRAVEL STOP|GAS MART')
        THEN 'fuel'
    WHEN regexp_matches(upper(description), 'GROCER|SUPERMARKET|FRESH MARKET|FARM STAND|FRESH FOODS'
        '|PRODUCE|BROS. ') THEN 'groceries'
    WHEN regexp_matches(upper(description), 'APARTMENTS|REALTY|PROPERTY M|RESIDEN|FLATS|RENTALS'
        '|COMMONS') THEN 'rent'
    WHEN regexp_matches(upper(description), 'WIRELESS|FIBER|BROADBAND|COMMUNICATIONS| MOBILE$')
        THEN 'telephone'
    WHEN regexp_matches(upper(description), 'WATER|WASTE (SERVICES|DISTRICT)') THEN 'water'
    WHEN regexp_matches(upper(description), 'ELECTRIC|GAS & POWER|GAS & ENERGY|POWER CO| ENERGY')
        THEN 'power'
    WHEN regexp_matches(upper(description), 'GAMES PASS|CLOUD STORAGE|[^F] MUSIC| STREAM| SCREEN | TUNE\b')
        THEN 'streaming'
    WHEN regexp_matches(upper(description), 'COMPUTERS|ELECTRONICS|AUDIO') THEN 'electronics'
    WHEN regexp_matches(upper(description), 'SMOKEHOUSE|BISTRO|NOODLE|CURRY|GRILL|DINER|KITCHEN'
        '|TRATTORIA|STEAKHOUSE|TAQUERIA') THEN 'restaurant'
    WHEN regexp_matches(upper(description), 'PHARMACY|DRUGS|APOTHECARY|\bRX\b') THEN 'pharmacy'
    WHEN regexp_matches(upper(description), 'URGENT CARE|FAMILY MED|DENTAL|PEDIATR|EYE |CHIROPR'
        '|VISION|WELLNESS') THEN 'medical'
    WHEN regexp_matches(upper(description), 'FITNESS|YOGA|CLIMBING|ATHLETIC|GYM') THEN 'fitness' END;

-- A payment's biller, however the statement words it: the words but references and channels.
CREATE MACRO biller(description) AS trim(regexp_replace(regexp_replace(upper(description),
    '\b(ACH DEBIT|AUTOPAY|PREAUTHORIZED PAYMENT|BILL PAYMENT|RECURRING CARD PMT|ONLINE BILL PAY|BILL PAY'
    '|WEB PAYMENT|ONLINE PMT|APP|MOBILE PAYMENT|CARD)\b', '', 'g'), '\d+', '', 'g'));

CREATE MACRO zone(state) AS CASE
    WHEN state IN ('CA', 'OR', 'WA', 'NV') THEN 'America/Los_Angeles'
    WHEN state = 'AZ' THEN 'America/Phoenix'
    WHEN state IN ('CO', 'UT', 'NM') THEN 'America/Denver'
    WHEN state IN ('TX', 'IL', 'MN', 'WI', 'MO', 'TN', 'LA', 'IA', 'KS') THEN 'America/Chicago'
    ELSE 'America/New_York' END;
CREATE MACRO local_time(instant, state) AS (instant::TIMESTAMPTZ AT TIME ZONE zone(state));
CREATE MACRO region(state) AS CASE
    WHEN state IN ('CA', 'OR', 'WA', 'NV', 'AZ', 'CO', 'UT', 'NM') THEN 'West'
    WHEN state IN ('OH', 'IL', 'IN', 'MI', 'WI', 'MN', 'MO', 'IA', 'KS') THEN 'Midwest'
    WHEN state IN ('NY', 'PA', 'NJ', 'MA', 'CT') THEN 'Northeast'
    ELSE 'South' END;
-- First digit of the postal codes of a state.
CREATE MACRO zip_digit(state) AS CASE
    WHEN state IN ('MA', 'CT', 'NJ') THEN '0' WHEN state IN ('NY', 'PA') THEN '1'
    WHEN state IN ('VA', 'NC') THEN '2' WHEN state IN ('GA', 'FL', 'TN') THEN '3'
    WHEN state IN ('OH', 'IN', 'MI', 'KY') THEN '4' WHEN state IN ('MN', 'WI', 'IA') THEN '5'
    WHEN state IN ('IL', 'MO', 'KS') THEN '6' WHEN state IN ('TX', 'LA') THEN '7'
    WHEN state IN ('AZ', 'CO', 'UT', 'NM', 'NV') THEN '8' ELSE '9' END;
CREATE MACRO month_of(instant) AS date_trunc('month', instant::TIMESTAMP)::DATE;
-- The first day of the month that is not whole, which is that of the as-of date.
CREATE MACRO this_month() AS date_trunc('month', as_of())::DATE;
-- The last year's rows by those of the year before.
CREATE MACRO growth(instants) AS
    len(list_filter(instants, lambda i: i >= as_of() - INTERVAL 1 YEAR))
    / nullif(len(list_filter(instants, lambda i: i < as_of() - INTERVAL 1 YEAR
        AND i >= as_of() - INTERVAL 2 YEAR)), 0);
-- The highest of the last twelve whole months by the mean of its neighbours, a day.
CREATE MACRO highest_month(instants) AS (
    WITH months AS (
        SELECT month_of(unnest(instants)) AS m, count(*) AS n GROUP BY m),
    daily AS (SELECT m, n / date_diff('day', m, (m + INTERVAL 1 MONTH)::DATE) AS n FROM months
              WHERE m < this_month()),
    beside AS (SELECT m, n, lag(n) OVER (ORDER BY m) AS before, lead(n) OVER (ORDER BY m) AS after
               FROM daily)
    SELECT max(n / ((before + coalesce(after, before)) / 2)) FROM beside
    WHERE m >= this_month() - INTERVAL 12 MONTH);
