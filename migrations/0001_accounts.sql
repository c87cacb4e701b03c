-- Accounts. The unique index on email_key decides whose an address is; email keeps it as it was typed.
-- version counts changes of roles and password, so that a sign-in that read the row before one is told apart.
CREATE TABLE users (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    version INTEGER NOT NULL,
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

-- What happened. Rows leave after the time set by AUDIT_RETENTION_DAYS.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    user TEXT NOT NULL,
    actor TEXT NOT NULL,
    session TEXT NOT NULL,
    client TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    detail TEXT NOT NULL,
    request TEXT NOT NULL
);
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_user ON audit (user, seq);
CREATE INDEX audit_by_event ON audit (event, seq);
