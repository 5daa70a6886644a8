-- The mark that says: dhub made this database, or found it empty and took it over.
-- Applied by the guard before anything else, so every statement may be repeated.

-- Not CREATE SCHEMA IF NOT EXISTS: that asks for the right to create even when it is there.
DO $$ BEGIN
    IF to_regnamespace('dhub') IS NULL THEN
        CREATE SCHEMA dhub;
    END IF;
END $$;

CREATE TABLE IF NOT EXISTS dhub.estate (
    database_name text        NOT NULL,
    format        integer     NOT NULL,
    dhub_version  text        NOT NULL,
    marked_at     timestamptz NOT NULL DEFAULT now(),
    single        boolean     NOT NULL DEFAULT true,
    CONSTRAINT estate_pkey PRIMARY KEY (single),
    CONSTRAINT estate_single_check CHECK (single)
);

COMMENT ON SCHEMA dhub IS
    'Bookkeeping of dhub, which seeds the tables of schema public: what it loaded, when, and from which seed. Not part of the bank.';
COMMENT ON TABLE dhub.estate IS
    'The mark of dhub: its one row says that dhub created this database or found it empty. Without it dhub writes nothing here and clears nothing.';
COMMENT ON COLUMN dhub.estate.database_name IS
    'Which of the six databases this one is, for example accounts_db; a database on another server may be called differently there.';
COMMENT ON COLUMN dhub.estate.format IS
    'Version of the bookkeeping; a dhub that knows only older ones refuses to touch the database.';
COMMENT ON COLUMN dhub.estate.dhub_version IS
    'Version of dhub that set the mark.';
COMMENT ON COLUMN dhub.estate.marked_at IS
    'When the mark was set.';
COMMENT ON COLUMN dhub.estate.single IS
    'Always true: a key that keeps the table to one row.';
