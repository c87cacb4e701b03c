-- The demo accounts of `cargo xtask dev`, for the local database only. The password of each is `correct horse battery staple`.
-- Accounts that are there already stay as they are.
INSERT OR IGNORE INTO users (id, email, email_key, name, roles, version, password_hash, created_at) VALUES
    ('demo-admin', 'admin@example.com', 'admin@example.com', 'Demo admin', '["admin"]', 0,
        '$argon2id$v=19$m=19456,t=2,p=1$3+YmxQaHP0yXASQYqXEiwQ$VQCoy3UXN47TmvcOXX7s83LasqWIyyhqiib83xlfv/M', unixepoch() * 1000),
    ('demo-manager', 'manager@example.com', 'manager@example.com', 'Demo manager', '["manager"]', 0,
        '$argon2id$v=19$m=19456,t=2,p=1$EjNjjQtXAgZEwvAyb9ixZw$jHlFXjP/3f9rxTKG2P+3VSfXVjbF54Ypb6V3sKUC8MI', unixepoch() * 1000),
    ('demo-user', 'user@example.com', 'user@example.com', 'Demo user', '["user"]', 0,
        '$argon2id$v=19$m=19456,t=2,p=1$ZLIX+clCh46DScwvx6+JGQ$J7xzLsM+umJ/5/kzL6iyDNYHaNhrRPsjgXUOwjmASA8', unixepoch() * 1000);
