-- Instants are microseconds since 1970 in UTC. Copies are found by `copy`, and in the order of
-- the plan by `position`.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE keys (
    id      INTEGER PRIMARY KEY,
    secret  BLOB NOT NULL,
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE issues (
    id         INTEGER PRIMARY KEY,
    newsletter TEXT NOT NULL,
    name       TEXT NOT NULL,
    state      TEXT NOT NULL,
    reason     TEXT,
    planned    INTEGER NOT NULL,
    content    TEXT NOT NULL,
    digest     TEXT NOT NULL,
    excluded   TEXT NOT NULL,
    revision   INTEGER NOT NULL DEFAULT 1,
    created    INTEGER NOT NULL,
    started    INTEGER,
    ended      INTEGER,
    UNIQUE (newsletter, name)
) STRICT;

CREATE TABLE copies (
    issue            INTEGER NOT NULL REFERENCES issues (id),
    position         INTEGER NOT NULL,
    copy             BLOB NOT NULL UNIQUE,
    address          TEXT NOT NULL,
    folded           TEXT NOT NULL,
    fields           TEXT NOT NULL,
    state            TEXT NOT NULL DEFAULT 'pending',
    claimed          INTEGER NOT NULL DEFAULT 0,
    revision         INTEGER NOT NULL DEFAULT 1,
    attempts         INTEGER NOT NULL DEFAULT 0,
    first_attempt_at INTEGER,
    attempt_at       INTEGER,
    next_attempt_at  INTEGER,
    connection       INTEGER,
    message_id       TEXT,
    relay            TEXT,
    reply_code       INTEGER,
    reply_text       TEXT,
    class            TEXT,
    candidate        INTEGER NOT NULL DEFAULT 0,
    at               INTEGER,
    PRIMARY KEY (issue, position)
) STRICT;

CREATE INDEX copies_by_state ON copies (issue, state, claimed, position);

-- When copies were attempted, whatever the reply: what the rate is rebuilt from.
CREATE TABLE attempts (
    at   INTEGER NOT NULL,
    copy BLOB NOT NULL
) STRICT;

CREATE INDEX attempts_by_time ON attempts (at);

-- `scope` is a newsletter's id, or empty for all of them.
CREATE TABLE suppressions (
    folded TEXT NOT NULL,
    scope  TEXT NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    date   INTEGER NOT NULL,
    PRIMARY KEY (folded, scope)
) STRICT;
