-- Two people can tell that they hold the same bank: what was loaded has a digest, and the run the
-- number of the format that its bytes follow.

ALTER TABLE dhub.runs ADD COLUMN bank_format integer NOT NULL DEFAULT 1;
ALTER TABLE dhub.entries ADD COLUMN digest bytea;

COMMENT ON COLUMN dhub.runs.bank_format IS
    'Format of the bank: the same options give the same bytes under the same number. Banks from before there were numbers have 1.';
COMMENT ON COLUMN dhub.entries.digest IS
    'SHA-256 of the rows as they were loaded, in the order of their keys; null for rows that an older dhub loaded.';
