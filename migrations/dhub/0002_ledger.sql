-- The ledger: which run loaded which rows, so that a run can be resumed and its rows cleared.

CREATE TABLE dhub.runs (
    run_id       text             NOT NULL,
    cohort       integer          NOT NULL,
    seed         numeric          NOT NULL,
    scale        double precision NOT NULL,
    profile_name text             NOT NULL,
    profile_json text             NOT NULL,
    as_of        date             NOT NULL,
    employees    integer          NOT NULL,
    customers    bigint           NOT NULL,
    first_shard  integer          NOT NULL,
    shard_count  integer          NOT NULL,
    state        text             NOT NULL,
    started_at   timestamptz      NOT NULL DEFAULT now(),
    finished_at  timestamptz,
    dhub_version text             NOT NULL,
    owner        text             NOT NULL DEFAULT '',
    CONSTRAINT runs_pkey PRIMARY KEY (run_id),
    CONSTRAINT runs_cohort_key UNIQUE (cohort),
    CONSTRAINT runs_first_shard_key UNIQUE (first_shard),
    CONSTRAINT runs_state_check CHECK (state IN ('running', 'complete', 'interrupted', 'clearing')),
    CONSTRAINT runs_range_check CHECK (first_shard >= 1 AND shard_count >= 0 AND customers >= 0),
    CONSTRAINT runs_finished_check CHECK (state <> 'complete' OR finished_at IS NOT NULL)
);

CREATE TABLE dhub.shards (
    run_id      text        NOT NULL,
    shard_index integer     NOT NULL,
    attempt     integer     NOT NULL,
    loaded_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT shards_pkey PRIMARY KEY (run_id, shard_index),
    CONSTRAINT shards_run_id_fkey FOREIGN KEY (run_id) REFERENCES dhub.runs ON DELETE CASCADE,
    CONSTRAINT shards_range_check CHECK (shard_index >= 0 AND attempt >= 0)
);

CREATE TABLE dhub.entries (
    run_id      text    NOT NULL,
    shard_index integer NOT NULL,
    table_name  text    NOT NULL,
    row_count   bigint  NOT NULL,
    first_key   bigint,
    last_key    bigint,
    CONSTRAINT entries_pkey PRIMARY KEY (run_id, shard_index, table_name),
    CONSTRAINT entries_shard_fkey FOREIGN KEY (run_id, shard_index)
        REFERENCES dhub.shards ON DELETE CASCADE,
    CONSTRAINT entries_range_check CHECK (
        (row_count = 0 AND first_key IS NULL AND last_key IS NULL)
        OR (row_count > 0 AND first_key IS NOT NULL AND last_key - first_key + 1 >= row_count)
    )
);

CREATE TABLE dhub.attempts (
    attempt_id      bigint      GENERATED ALWAYS AS IDENTITY,
    run_id          text        NOT NULL,
    shard_index     integer     NOT NULL,
    attempt         integer     NOT NULL,
    table_name      text,
    constraint_name text,
    value           text,
    happened_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT attempts_pkey PRIMARY KEY (attempt_id),
    CONSTRAINT attempts_run_id_fkey FOREIGN KEY (run_id) REFERENCES dhub.runs ON DELETE CASCADE
);

CREATE TABLE dhub.deferred (
    kind           text        NOT NULL,
    table_name     text        NOT NULL,
    name           text        NOT NULL,
    definition     text        NOT NULL,
    remark         text,
    columns        text[]      NOT NULL,
    parent_table   text,
    parent_columns text[],
    deferred_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT deferred_pkey PRIMARY KEY (kind, table_name, name),
    CONSTRAINT deferred_kind_check CHECK (kind IN ('foreign key', 'index')),
    CONSTRAINT deferred_parent_check CHECK ((kind = 'foreign key') = (parent_table IS NOT NULL))
);

COMMENT ON TABLE dhub.runs IS
    'One row per cohort that dhub seeded: the first run of an estate and each one appended to it. The same row stands in all six databases; a run is complete when all six say so.';
COMMENT ON COLUMN dhub.runs.run_id IS
    'Name of the run, the same in all six databases.';
COMMENT ON COLUMN dhub.runs.cohort IS
    'Place of the run among the cohorts of this estate; each appended cohort is one higher.';
COMMENT ON COLUMN dhub.runs.seed IS
    'The seed that every value is drawn from; the same seed, profile, as-of date and staff size give the same rows.';
COMMENT ON COLUMN dhub.runs.scale IS
    'Scale factor that was asked for; 1 stands for 1,200 customers.';
COMMENT ON COLUMN dhub.runs.profile_name IS
    'Name of the profile: the set of distributions the rows follow.';
COMMENT ON COLUMN dhub.runs.profile_json IS
    'The whole profile as it was at the time, so that a run can be resumed and verified with the same figures.';
COMMENT ON COLUMN dhub.runs.as_of IS
    'As-of date of the estate: what lies before the midnight that begins it has happened, nothing lies after.';
COMMENT ON COLUMN dhub.runs.employees IS
    'Employees of the estate.';
COMMENT ON COLUMN dhub.runs.customers IS
    'Customers of this cohort.';
COMMENT ON COLUMN dhub.runs.first_shard IS
    'Index of the first customer shard of this cohort, from 1; shard 0 is the foundation, which only the first cohort loads.';
COMMENT ON COLUMN dhub.runs.shard_count IS
    'Customer shards of this cohort; the next cohort starts behind them.';
COMMENT ON COLUMN dhub.runs.state IS
    'running, complete, interrupted, or clearing while its rows are being removed; a run marked running whose advisory lock is free was interrupted.';
COMMENT ON COLUMN dhub.runs.started_at IS
    'When the run began.';
COMMENT ON COLUMN dhub.runs.finished_at IS
    'When the run ended, complete or interrupted; null while it runs or when it was killed.';
COMMENT ON COLUMN dhub.runs.dhub_version IS
    'Version of dhub that planned the run.';
COMMENT ON COLUMN dhub.runs.owner IS
    'Token of the process that runs or resumes the run; a worker left over from a killed process holds an older one and may not commit.';

COMMENT ON TABLE dhub.shards IS
    'The shards that this database holds; a shard''s rows and this row are committed together, so a shard is either in or not.';
COMMENT ON COLUMN dhub.shards.run_id IS
    'The run that loaded the shard (dhub.runs).';
COMMENT ON COLUMN dhub.shards.shard_index IS
    'Index of the shard; 0 is the foundation, which hangs on no customer.';
COMMENT ON COLUMN dhub.shards.attempt IS
    'Attempt that succeeded, from 0; part of the address of the natural keys of the shard.';
COMMENT ON COLUMN dhub.shards.loaded_at IS
    'When the transaction that loaded the shard began.';

COMMENT ON TABLE dhub.entries IS
    'What each shard loaded into each table of schema public; the key ranges by which dhub clears its own rows and no others.';
COMMENT ON COLUMN dhub.entries.run_id IS
    'The run that loaded the rows (dhub.runs).';
COMMENT ON COLUMN dhub.entries.shard_index IS
    'The shard that the rows belong to (dhub.shards).';
COMMENT ON COLUMN dhub.entries.table_name IS
    'Table of schema public.';
COMMENT ON COLUMN dhub.entries.row_count IS
    'Rows loaded; may be 0.';
COMMENT ON COLUMN dhub.entries.first_key IS
    'Lowest key loaded; null when no row was.';
COMMENT ON COLUMN dhub.entries.last_key IS
    'Highest key loaded; null when no row was.';

COMMENT ON TABLE dhub.attempts IS
    'Loads that were rolled back and tried again with other natural keys, because a row that was there collided with them.';
COMMENT ON COLUMN dhub.attempts.attempt_id IS
    'Running number.';
COMMENT ON COLUMN dhub.attempts.run_id IS
    'The run (dhub.runs).';
COMMENT ON COLUMN dhub.attempts.shard_index IS
    'The shard that was rolled back.';
COMMENT ON COLUMN dhub.attempts.attempt IS
    'Number of the attempt that failed, from 0.';
COMMENT ON COLUMN dhub.attempts.table_name IS
    'Table whose constraint failed.';
COMMENT ON COLUMN dhub.attempts.constraint_name IS
    'Constraint that failed.';
COMMENT ON COLUMN dhub.attempts.value IS
    'What collided, as the server tells it.';
COMMENT ON COLUMN dhub.attempts.happened_at IS
    'When the attempt was rolled back.';

COMMENT ON TABLE dhub.deferred IS
    'Foreign keys and indexes that a run dropped from empty tables to load them faster and still owes; empty when no run is going or interrupted.';
COMMENT ON COLUMN dhub.deferred.kind IS
    'foreign key or index.';
COMMENT ON COLUMN dhub.deferred.table_name IS
    'Table of schema public that it belongs to.';
COMMENT ON COLUMN dhub.deferred.name IS
    'Name of the constraint or index.';
COMMENT ON COLUMN dhub.deferred.definition IS
    'Its definition as the server wrote it: the constraint''s clause, or the whole CREATE INDEX.';
COMMENT ON COLUMN dhub.deferred.remark IS
    'The COMMENT it carried, put back with it.';
COMMENT ON COLUMN dhub.deferred.columns IS
    'Columns of a foreign key; for an index, its plain columns.';
COMMENT ON COLUMN dhub.deferred.parent_table IS
    'Table of schema public that a foreign key points to; null for an index.';
COMMENT ON COLUMN dhub.deferred.parent_columns IS
    'Columns that a foreign key points to; null for an index.';
COMMENT ON COLUMN dhub.deferred.deferred_at IS
    'When it was dropped.';
