//! Accounts in D1: the table `users` of `migrations/`.

use serde::Deserialize;
use wasm_bindgen::JsValue;

use super::bindings::Database;
use super::d1;
use crate::account::{ADMIN, Account, Accounts, CreateError, Email, Page, SetRolesError, User};
use crate::json;
use crate::session::{Roles, Unavailable};
use crate::time::UnixMillis;

/// The table `users`.
pub(super) struct D1Accounts {
    db: Database,
}

#[derive(Deserialize)]
struct Row {
    seq: i64,
    id: String,
    email: String,
    name: String,
    roles: String,
    version: i64,
    password_hash: String,
    created_at: i64,
}

const COLUMNS: &str = "seq, id, email, name, roles, version, password_hash, created_at";

impl D1Accounts {
    pub(super) fn new(db: Database) -> Self {
        Self { db }
    }

    async fn one(&self, query: &str, bindings: &[JsValue]) -> Result<Option<Account>, Unavailable> {
        d1::first::<Row>(&self.db, query, bindings).await?.map(Account::try_from).transpose()
    }
}

impl Accounts for D1Accounts {
    async fn create(&self, account: &Account) -> Result<(), CreateError> {
        let user = &account.user;
        let key = Email::parse(&user.email).map_err(|_| Unavailable("an account without an address".to_owned()))?;
        let bindings = [
            user.id.as_str().into(),
            user.email.as_str().into(),
            key.key().into(),
            user.name.as_str().into(),
            names(&user.roles.names).into(),
            d1::number(user.roles.version),
            account.password_hash.as_str().into(),
            d1::number(user.created_at.as_millis()),
        ];
        // The table's constraint decides: of two concurrent inserts, one gets no row back.
        let query = "INSERT INTO users (id, email, email_key, name, roles, version, password_hash, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (email_key) DO NOTHING
            RETURNING seq, id, email, name, roles, version, password_hash, created_at";
        match self.one(query, &bindings).await? {
            Some(_) => Ok(()),
            None => Err(CreateError::EmailTaken),
        }
    }

    async fn by_email(&self, email: &Email) -> Result<Option<Account>, Unavailable> {
        self.one(&format!("SELECT {COLUMNS} FROM users WHERE email_key = ?"), &[email.key().into()]).await
    }

    async fn by_id(&self, id: &str) -> Result<Option<Account>, Unavailable> {
        self.one(&format!("SELECT {COLUMNS} FROM users WHERE id = ?"), &[id.into()]).await
    }

    async fn rename(&self, id: &str, name: &str) -> Result<Option<User>, Unavailable> {
        let query = format!("UPDATE users SET name = ? WHERE id = ? RETURNING {COLUMNS}");
        Ok(self.one(&query, &[name.into(), id.into()]).await?.map(|account| account.user))
    }

    async fn set_roles(&self, id: &str, roles: &[String], by: Option<&str>) -> Result<Option<User>, SetRolesError> {
        // Role names contain no quotes, so a quoted name occurs in the JSON text of exactly those users who have the
        // role.
        let query = format!(
            "UPDATE users SET version = version + (roles <> ?1), roles = ?1 WHERE id = ?2
                AND (?3 IS NULL OR EXISTS (SELECT 1 FROM users AS actor WHERE actor.id = ?3 AND instr(actor.roles, ?4) > 0))
                RETURNING {COLUMNS}"
        );
        let by = by.map_or(JsValue::NULL, JsValue::from_str);
        let bindings = [names(roles).into(), id.into(), by, format!("\"{ADMIN}\"").into()];
        if let Some(account) = self.one(&query, &bindings).await? {
            return Ok(Some(account.user));
        }
        match self.by_id(id).await? {
            Some(_) => Err(SetRolesError::NotAdministrator),
            None => Ok(None),
        }
    }

    async fn upgrade_hash(&self, id: &str, old: &str, new: &str) -> Result<bool, Unavailable> {
        let query =
            format!("UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ? RETURNING {COLUMNS}");
        Ok(self.one(&query, &[new.into(), id.into(), old.into()]).await?.is_some())
    }

    async fn change_hash(&self, id: &str, old: &str, new: &str) -> Result<Option<Roles>, Unavailable> {
        let query = format!(
            "UPDATE users SET password_hash = ?, version = version + 1 WHERE id = ? AND password_hash = ? RETURNING {COLUMNS}"
        );
        let changed = self.one(&query, &[new.into(), id.into(), old.into()]).await?;
        Ok(changed.map(|account| account.user.roles))
    }

    async fn list(&self, cursor: Option<&str>, rows: usize) -> Result<Page, Unavailable> {
        let after: i64 = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
        let query = format!("SELECT {COLUMNS} FROM users WHERE seq > ? ORDER BY seq LIMIT ?");
        let limit = i64::try_from(rows + 1).unwrap_or(i64::MAX);
        let mut found: Vec<Row> = d1::all(&self.db, &query, &[d1::number(after), d1::number(limit)]).await?;
        let more = found.len() > rows;
        found.truncate(rows);
        let next = found.last().filter(|_| more).map(|row| row.seq.to_string());
        let users = found.into_iter().map(|row| Account::try_from(row).map(|account| account.user));
        Ok(Page { users: users.collect::<Result<_, _>>()?, next })
    }
}

impl TryFrom<Row> for Account {
    type Error = Unavailable;

    fn try_from(row: Row) -> Result<Self, Unavailable> {
        let names = serde_json::from_str(&row.roles)
            .map_err(|_| Unavailable(format!("the roles of user {} cannot be read", row.id)))?;
        let user = User {
            id: row.id,
            email: row.email,
            name: row.name,
            roles: Roles { names, version: row.version },
            created_at: UnixMillis::from_millis(row.created_at),
        };
        Ok(Self { user, password_hash: row.password_hash })
    }
}

fn names(roles: &[String]) -> String {
    json::text(roles)
}
