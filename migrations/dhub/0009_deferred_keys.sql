-- A load may also put aside primary keys of numbers and dates.

ALTER TABLE dhub.deferred DROP CONSTRAINT deferred_kind_check;
ALTER TABLE dhub.deferred ADD CONSTRAINT deferred_kind_check
    CHECK (kind IN ('foreign key', 'index', 'primary key', 'unique constraint'));

COMMENT ON TABLE dhub.deferred IS
    'Foreign keys, keys and indexes that a run dropped from empty tables to load them faster and still owes; empty when no run is going or interrupted.';
COMMENT ON COLUMN dhub.deferred.kind IS
    'foreign key, index, primary key or unique constraint.';
