-- Who holds a lock of dhub's. Applied with the first lock that is taken, so it may be repeated.

CREATE TABLE IF NOT EXISTS dhub.locks (
    purpose text    NOT NULL,
    pid     integer NOT NULL,
    key     integer NOT NULL,
    CONSTRAINT locks_pkey PRIMARY KEY (purpose)
);

INSERT INTO dhub.locks VALUES ('run', 0, 0) ON CONFLICT DO NOTHING;

COMMENT ON TABLE dhub.locks IS
    'Who took a lock of dhub''s last: it is held as long as that session holds the advisory lock with this key. A role without rights on this table can neither take the lock nor keep it from dhub.';
COMMENT ON COLUMN dhub.locks.purpose IS
    'What the lock is for: run, while rows are loaded or cleared.';
COMMENT ON COLUMN dhub.locks.pid IS
    'Process of the server that serves the session.';
COMMENT ON COLUMN dhub.locks.key IS
    'Second half of the advisory lock, drawn anew by each holder; the first is "dhub" in ASCII.';
