-- Accounts to try things with, for LOCAL state only: wrangler d1 execute DB --local --file migrations/local/demo-accounts.sql
-- The password of all three is: correct horse battery staple
INSERT INTO users (id, email, email_key, name, roles, version, password_hash, created_at)
    VALUES ('demo-admin', 'admin@example.com', 'admin@example.com', 'Ada Admin', '["admin","user"]', 1,
        '$argon2id$v=19$m=19456,t=2,p=1$FH1jz2Hr3GjI2iixe41bog$vyqil0p6lxM/wCURiZ3EHAuyHmunIc1xgFLfR1lqqfE', 0)
    ON CONFLICT (email_key) DO NOTHING;
INSERT INTO users (id, email, email_key, name, roles, version, password_hash, created_at)
    VALUES ('demo-manager', 'manager@example.com', 'manager@example.com', 'Mo Manager', '["manager","user"]', 1,
        '$argon2id$v=19$m=19456,t=2,p=1$SDdxzLVvTEHnlvT5gNLBLQ$kxpnaz0WV/eRY2CrpwSh+pCBBuSIenKtU9Hg25U1di0', 0)
    ON CONFLICT (email_key) DO NOTHING;
INSERT INTO users (id, email, email_key, name, roles, version, password_hash, created_at)
    VALUES ('demo-user', 'user@example.com', 'user@example.com', 'Uma User', '["user"]', 1,
        '$argon2id$v=19$m=19456,t=2,p=1$aXXcaoezZut7aRXiTQ1s+w$XdNDiOVC6gVowoZ5AntwLbp60LHmn+185Ci1WSW3Fhg', 0)
    ON CONFLICT (email_key) DO NOTHING;
