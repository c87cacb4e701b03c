-- What examples/postgres/stores.js keeps. Times are milliseconds since 1970. The database decides whose an address is.
CREATE TABLE portcullis_accounts (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    roles JSONB NOT NULL,
    version INTEGER NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE portcullis_sessions (
    id TEXT PRIMARY KEY,
    record TEXT,
    waiting BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX portcullis_sessions_waiting ON portcullis_sessions (id) WHERE waiting;

CREATE TABLE portcullis_revocations (
    key TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    until BIGINT NOT NULL
);
CREATE INDEX portcullis_revocations_at ON portcullis_revocations (at);
CREATE INDEX portcullis_revocations_until ON portcullis_revocations (until);

CREATE TABLE portcullis_audit (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    "user" TEXT NOT NULL,
    actor TEXT NOT NULL,
    session TEXT NOT NULL,
    client TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    detail TEXT NOT NULL,
    request TEXT NOT NULL
);
CREATE INDEX portcullis_audit_by_time ON portcullis_audit (at);
CREATE INDEX portcullis_audit_by_user ON portcullis_audit ("user", seq);
CREATE INDEX portcullis_audit_by_event ON portcullis_audit (event, seq);
