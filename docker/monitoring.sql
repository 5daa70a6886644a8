-- pg_stat_statements where no catalog takes its views for the bank's; safe to repeat.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SELECT NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements') AS missing \gset
\if :missing
    CREATE SCHEMA monitoring;
    CREATE EXTENSION pg_stat_statements SCHEMA monitoring;
    -- Without what seeding has said: read as lineage, it would cover that of the views.
    SELECT monitoring.pg_stat_statements_reset() \g /dev/null
\endif
GRANT USAGE ON SCHEMA monitoring TO dhub_reader;
GRANT pg_read_all_stats TO dhub_reader;
-- Catalogs name pg_stat_statements without its schema. Not public, too: with it, views would name
-- their tables without one, and their lineage would lead to tables that do not exist.
SELECT format('ALTER ROLE dhub_reader IN DATABASE %I SET search_path = monitoring',
              current_database()) \gexec
