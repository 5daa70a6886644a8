-- What it takes to tell a user's row from a seeded one when constraints are aside, when a seeded
-- row was deleted and another put under its key, and when a clear was cut short between databases.

ALTER TABLE dhub.entries ADD COLUMN key_column text;

COMMENT ON COLUMN dhub.entries.key_column IS
    'Column of the table whose values the keys are; null where an older dhub loaded the rows.';

CREATE TABLE dhub.cleared (
    run_id     text        NOT NULL,
    cleared_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT cleared_pkey PRIMARY KEY (run_id)
);

COMMENT ON TABLE dhub.cleared IS
    'The runs that the latest clear of this database took away; while another database still holds one of them, that clear is not finished.';
COMMENT ON COLUMN dhub.cleared.run_id IS
    'The run that is gone.';
COMMENT ON COLUMN dhub.cleared.cleared_at IS
    'When its rows were removed.';

CREATE TABLE dhub.deleted (
    table_name text   NOT NULL,
    first_key  bigint NOT NULL,
    last_key   bigint NOT NULL,
    deleted_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT deleted_range_check CHECK (first_key <= last_key)
);

COMMENT ON TABLE dhub.deleted IS
    'Keys of seeded rows that somebody deleted: a row that stands under one of them now is not dhub''s, and is never cleared.';
COMMENT ON COLUMN dhub.deleted.table_name IS
    'Table of schema public.';
COMMENT ON COLUMN dhub.deleted.first_key IS
    'Lowest of the keys.';
COMMENT ON COLUMN dhub.deleted.last_key IS
    'Highest of the keys; every key between was deleted, too.';
COMMENT ON COLUMN dhub.deleted.deleted_at IS
    'When the rows were deleted.';

-- With the rights of whoever made it, since who deletes a row of the bank need not reach schema dhub.
-- Arguments: the table as dhub calls it, its key column.
CREATE FUNCTION dhub.note_deleted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF to_regclass('dhub.deleted') IS NULL OR to_regclass('dhub.entries') IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'TRUNCATE' THEN
        INSERT INTO dhub.deleted (table_name, first_key, last_key)
        SELECT table_name, first_key, last_key FROM dhub.entries
        WHERE table_name = TG_ARGV[0] AND row_count > 0;
        RETURN NULL;
    END IF;
    EXECUTE format(
        'INSERT INTO dhub.deleted (table_name, first_key, last_key)'
        ' SELECT $1, greatest(i.low, e.first_key), least(i.high, e.last_key)'
        ' FROM (SELECT min(key) AS low, max(key) AS high'
        '    FROM (SELECT %1$I AS key, %1$I - row_number() OVER (ORDER BY %1$I) AS island'
        '        FROM gone) AS numbered GROUP BY island) AS i'
        ' JOIN dhub.entries e ON e.table_name = $1 AND e.row_count > 0'
        '    AND e.first_key <= i.high AND e.last_key >= i.low', TG_ARGV[1])
    USING TG_ARGV[0];
    RETURN NULL;
END $$;

COMMENT ON FUNCTION dhub.note_deleted() IS
    'Notes which seeded rows somebody deletes, so that rows put in their place are known not to be dhub''s.';
