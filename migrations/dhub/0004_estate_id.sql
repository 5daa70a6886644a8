-- The six databases of an estate know that they belong together. Applied by the guard with the mark,
-- so it may be repeated.

ALTER TABLE dhub.estate ADD COLUMN IF NOT EXISTS estate_id text;

COMMENT ON COLUMN dhub.estate.estate_id IS
    'Name of the estate, the same in its six databases; databases of two estates are never written together. Null until an older mark is taken up.';
