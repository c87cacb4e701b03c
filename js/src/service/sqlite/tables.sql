-- What the Worker keeps in Durable Objects and in KV. One row per user: sessions, wrong passwords, roles, and what still has to
-- get onto the list of revocations.
CREATE TABLE portcullis_sessions (
    user TEXT PRIMARY KEY,
    record TEXT NOT NULL,
    waiting INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX portcullis_sessions_waiting ON portcullis_sessions (user) WHERE waiting;

CREATE TABLE portcullis_revocations (
    key TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    until INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX portcullis_revocations_at ON portcullis_revocations (at);
CREATE INDEX portcullis_revocations_until ON portcullis_revocations (until);
