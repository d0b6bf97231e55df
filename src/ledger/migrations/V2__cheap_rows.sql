-- An outcome touches one row of one table, and no index unless the copy is or was deferred. Claims
-- live in the sending process. Every row that a send relies on bears a checksum; the rows that
-- come from before get theirs when the ledger is opened next, which `unsealed` asks for.

-- How many transactions have been committed: what the witness beside the ledger holds too.
CREATE TABLE commits (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL
) STRICT;

INSERT INTO commits (one, number) VALUES (1, 0);

INSERT INTO meta (name, value) VALUES ('unsealed', 'yes');

-- What was sent, by revision: `correct` adds one, and none is ever changed.
CREATE TABLE contents (
    issue    INTEGER NOT NULL REFERENCES issues (id),
    revision INTEGER NOT NULL,
    content  TEXT NOT NULL,
    digest   TEXT NOT NULL,
    created  INTEGER NOT NULL,
    PRIMARY KEY (issue, revision)
) STRICT;

INSERT INTO contents (issue, revision, content, digest, created)
SELECT id, revision, content, digest, created FROM issues;

CREATE TABLE exclusions (
    issue INTEGER PRIMARY KEY REFERENCES issues (id),
    list  TEXT NOT NULL
) STRICT;

INSERT INTO exclusions (issue, list) SELECT id, excluded FROM issues;

ALTER TABLE issues DROP COLUMN content;
ALTER TABLE issues DROP COLUMN digest;
ALTER TABLE issues DROP COLUMN excluded;

-- How many connections the process has that is sending; zero once it ended in order.
ALTER TABLE issues ADD COLUMN connections INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN checksum BLOB NOT NULL DEFAULT x'';
ALTER TABLE suppressions ADD COLUMN checksum BLOB NOT NULL DEFAULT x'';
ALTER TABLE keys ADD COLUMN checksum BLOB NOT NULL DEFAULT x'';

ALTER TABLE copies RENAME TO copies_1;
DROP INDEX copies_by_state;

-- A deferred copy without a time is due as soon as the next call begins.
CREATE TABLE copies (
    id               INTEGER PRIMARY KEY,
    issue            INTEGER NOT NULL REFERENCES issues (id),
    position         INTEGER NOT NULL,
    copy             BLOB NOT NULL UNIQUE,
    address          TEXT NOT NULL,
    folded           TEXT NOT NULL,
    fields           TEXT NOT NULL,
    state            TEXT NOT NULL,
    revision         INTEGER NOT NULL,
    attempts         INTEGER NOT NULL,
    first_attempt_at INTEGER,
    attempt_at       INTEGER,
    next_attempt_at  INTEGER,
    message_id       TEXT,
    relay            TEXT,
    reply_code       INTEGER,
    reply_text       TEXT,
    class            TEXT,
    at               INTEGER,
    checksum         BLOB NOT NULL,
    UNIQUE (issue, position)
) STRICT;

INSERT INTO copies
    (issue, position, copy, address, folded, fields, state, revision, attempts, first_attempt_at,
     attempt_at, next_attempt_at, message_id, relay, reply_code, reply_text, class, at, checksum)
SELECT issue, position, copy, address, folded, fields, state, revision, attempts, first_attempt_at,
       attempt_at, CASE WHEN class = 'quota' THEN NULL ELSE next_attempt_at END, message_id, relay,
       reply_code, reply_text, class, at, x''
FROM copies_1 ORDER BY issue, position;

CREATE INDEX copies_deferred ON copies (issue, next_attempt_at) WHERE state = 'deferred';

-- Copies whose address the relay refused as such, until it is known whether to believe it.
CREATE TABLE candidates (
    copy INTEGER PRIMARY KEY REFERENCES copies (id)
) STRICT;

INSERT INTO candidates (copy)
SELECT c.id FROM copies c JOIN copies_1 o ON o.copy = c.copy WHERE o.candidate = 1;

-- When copies were attempted, by whatever relay: what the rate is rebuilt from. A row without a
-- copy stands for one that a process may have begun which died before it wrote that down.
ALTER TABLE attempts RENAME TO attempts_1;
DROP INDEX attempts_by_time;

CREATE TABLE attempts (
    at    INTEGER NOT NULL,
    copy  INTEGER,
    relay TEXT NOT NULL
) STRICT;

INSERT INTO attempts (at, copy, relay)
SELECT a.at, c.id, coalesce(c.relay, '') FROM attempts_1 a JOIN copies c ON c.copy = a.copy;

DROP TABLE attempts_1;
DROP TABLE copies_1;

-- Where copies go slower than they may, while they are sent: for `status`.
CREATE TABLE slowed (
    destination TEXT PRIMARY KEY,
    per_second  REAL NOT NULL
) STRICT;
