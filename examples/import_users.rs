//! Turns users of another system into SQL for the Worker's database. One JSON object per line:
//!
//! ```json
//! {"email":"ann@example.com","name":"Ann","roles":["user"],"passwordHash":"$2b$10$…","createdAt":1700000000000}
//! ```
//!
//! `roles` and `createdAt` (milliseconds) may be left out; `passwordHash` is bcrypt's or a PHC string of argon2, and is made new
//! when its user signs in. An address that has an account already keeps that account.
//!
//! ```sh
//! cargo run --example import_users < users.jsonl > users.sql
//! npx wrangler d1 execute DB --local --file users.sql     # or --remote
//! ```

use std::io::{BufRead, Read};

use portcullis::account::{Email, clean_name, clean_roles, password};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Line {
    email: String,
    name: String,
    #[serde(default)]
    roles: Option<Vec<String>>,
    password_hash: String,
    #[serde(default)]
    created_at: i64,
}

fn main() -> std::io::Result<()> {
    let mut refused = 0;
    for (index, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        match statement(&line) {
            Ok(sql) => println!("{sql}"),
            Err(why) => {
                refused += 1;
                eprintln!("line {}: {why}", index + 1);
            }
        }
    }
    if refused > 0 {
        eprintln!("{refused} lines were left out");
        std::process::exit(1);
    }
    Ok(())
}

fn statement(line: &str) -> Result<String, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let must = |wrong: portcullis::account::InputError| format!("{} must {}", wrong.field, wrong.must);
    let email = Email::parse(&line.email).map_err(must)?;
    let name = clean_name(&line.name).map_err(must)?;
    let roles = clean_roles(&line.roles.unwrap_or_else(|| vec!["user".to_owned()])).map_err(must)?;
    if !password::is_readable(&line.password_hash) {
        return Err("passwordHash must be bcrypt (2a, 2b, 2y; cost 12 or less) or argon2 (64 MiB or less)".to_owned());
    }
    let values = [
        new_id()?,
        email.as_str().to_owned(),
        email.key().to_owned(),
        name,
        serde_json::to_string(&roles).map_err(|error| error.to_string())?,
        line.password_hash,
    ]
    .map(|value| quoted(&value));
    let [id, email, key, name, roles, hash] = values;
    Ok(format!(
        "INSERT INTO users (id, email, email_key, name, roles, version, password_hash, created_at) VALUES ({id}, {email}, {key}, {name}, {roles}, 1, {hash}, {}) ON CONFLICT (email_key) DO NOTHING;",
        line.created_at
    ))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// 128 bits from the system.
fn new_id() -> Result<String, String> {
    let mut bytes = [0; 16];
    let mut source = std::fs::File::open("/dev/urandom").map_err(|error| error.to_string())?;
    source.read_exact(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
