-- What dhub_reader was once given, so that what is taken from it later stays taken.

CREATE TABLE dhub.readable (
    reader oid  NOT NULL,
    object text NOT NULL,
    id     oid  NOT NULL,
    CONSTRAINT readable_pkey PRIMARY KEY (reader, object)
);

COMMENT ON TABLE dhub.readable IS
    'What dhub once granted to its role dhub_reader. Nothing is granted twice: a right that was taken from the role stays taken.';
COMMENT ON COLUMN dhub.readable.reader IS
    'The role; another number stands for a role that was made anew under the same name.';
COMMENT ON COLUMN dhub.readable.object IS
    'A table or view with its schema, a schema, or the database.';
COMMENT ON COLUMN dhub.readable.id IS
    'The object itself; another number stands for one that was made anew under the same name.';
