//! Accounts in a store that JavaScript supplies, which has five methods. This module implements changes of roles and
//! passwords with them.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::host::ServiceHost;
use crate::account::{ADMIN, Account, Accounts, CreateError, Email, Page, SetRolesError, User};
use crate::session::{Roles, Unavailable};
use crate::time::UnixMillis;

/// The store `accounts`.
pub(super) struct HostAccounts(pub(super) Rc<ServiceHost>);

/// An account in the format of the store.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: String,
    email: String,
    email_key: String,
    name: String,
    roles: Vec<String>,
    version: i64,
    password_hash: String,
    created_at: i64,
}

/// Columns: new values, or values that must be present before the write.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Columns<'c> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<&'c [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_hash: Option<&'c str>,
}

/// An account that must have a role at the moment of the write.
#[derive(Serialize)]
struct Keeper<'k> {
    id: &'k str,
    role: &'k str,
}

#[derive(Deserialize)]
struct Rows {
    accounts: Vec<Row>,
    next: Option<String>,
}

/// How often a change is retried when another change came first.
const MOST_TRIES: usize = 5;

impl HostAccounts {
    async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        verb: &str,
        arguments: impl Serialize,
    ) -> Result<T, Unavailable> {
        self.0.store("accounts", verb, arguments).await
    }

    async fn update(&self, id: &str, write: &Columns<'_>, when: &Columns<'_>) -> Result<Option<Row>, Unavailable> {
        self.ask("update", (id, write, when)).await
    }

    async fn row(&self, id: &str) -> Result<Option<Row>, Unavailable> {
        self.ask("findById", [id]).await
    }
}

impl Accounts for HostAccounts {
    async fn create(&self, account: &Account) -> Result<(), CreateError> {
        let user = &account.user;
        let email = Email::parse(&user.email).map_err(|_| Unavailable("an account without an address".to_owned()))?;
        let row = Row {
            id: user.id.clone(),
            email: user.email.clone(),
            email_key: email.key().to_owned(),
            name: user.name.clone(),
            roles: user.roles.names.clone(),
            version: user.roles.version,
            password_hash: account.password_hash.clone(),
            created_at: user.created_at.as_millis(),
        };
        if self.ask("create", [row]).await? { Ok(()) } else { Err(CreateError::EmailTaken) }
    }

    async fn by_email(&self, email: &Email) -> Result<Option<Account>, Unavailable> {
        Ok(self.ask::<Option<Row>>("findByEmail", [email.key()]).await?.map(Account::from))
    }

    async fn by_id(&self, id: &str) -> Result<Option<Account>, Unavailable> {
        Ok(self.row(id).await?.map(Account::from))
    }

    async fn rename(&self, id: &str, name: &str) -> Result<Option<User>, Unavailable> {
        let renamed = self.update(id, &Columns { name: Some(name), ..Columns::default() }, &Columns::default()).await?;
        Ok(renamed.map(|row| Account::from(row).user))
    }

    async fn set_roles(&self, id: &str, roles: &[String], by: Option<&str>) -> Result<Option<User>, SetRolesError> {
        let keeper = by.map(|id| Keeper { id, role: ADMIN });
        let mut refused_at = None;
        for _ in 0..MOST_TRIES {
            let Some(row) = self.row(id).await? else { return Ok(None) };
            // Nothing else has changed since the last attempt, so the acting account is the cause.
            if refused_at == Some(row.version) {
                return Err(SetRolesError::NotAdministrator);
            }
            let version = row.version + i64::from(row.roles != roles);
            let write = Columns { roles: Some(roles), version: Some(version), ..Columns::default() };
            let when = Columns { version: Some(row.version), ..Columns::default() };
            let written: Option<Row> = match &keeper {
                Some(keeper) => self.ask("update", (id, &write, &when, keeper)).await?,
                None => self.update(id, &write, &when).await?,
            };
            if let Some(row) = written {
                return Ok(Some(Account::from(row).user));
            }
            refused_at = Some(row.version);
        }
        Err(Unavailable(format!("the account {id} kept changing")).into())
    }

    async fn upgrade_hash(&self, id: &str, old: &str, new: &str) -> Result<bool, Unavailable> {
        let hash = |hash| Columns { password_hash: Some(hash), ..Columns::default() };
        Ok(self.update(id, &hash(new), &hash(old)).await?.is_some())
    }

    async fn change_hash(&self, id: &str, old: &str, new: &str) -> Result<Option<Roles>, Unavailable> {
        for _ in 0..MOST_TRIES {
            let Some(row) = self.row(id).await?.filter(|row| row.password_hash == old) else { return Ok(None) };
            let write = Columns { password_hash: Some(new), version: Some(row.version + 1), ..Columns::default() };
            let when = Columns { password_hash: Some(old), version: Some(row.version), ..Columns::default() };
            if let Some(row) = self.update(id, &write, &when).await? {
                return Ok(Some(Account::from(row).user.roles));
            }
        }
        Err(Unavailable(format!("the account {id} kept changing")))
    }

    async fn list(&self, cursor: Option<&str>, rows: usize) -> Result<Page, Unavailable> {
        let found: Rows = self.ask("list", (cursor, rows)).await?;
        let users = found.accounts.into_iter().map(|row| Account::from(row).user).collect();
        Ok(Page { users, next: found.next })
    }
}

impl From<Row> for Account {
    fn from(row: Row) -> Self {
        let user = User {
            id: row.id,
            email: row.email,
            name: row.name,
            roles: Roles { names: row.roles, version: row.version },
            created_at: UnixMillis::from_millis(row.created_at),
        };
        Self { user, password_hash: row.password_hash }
    }
}
