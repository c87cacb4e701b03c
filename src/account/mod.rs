//! Accounts: users, their password hashes, and the ports to the stores of both.

use serde::{Deserialize, Serialize};

use crate::session::{Roles, Unavailable};
use crate::time::UnixMillis;

pub mod audit;
#[cfg(feature = "passwords")]
mod common;
mod input;
#[cfg(feature = "passwords")]
pub mod password;

pub use input::{Email, InputError, clean_name, clean_roles};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The user's id, `sub` in tokens. Random and never reused.
    pub id: String,
    /// The email as typed, trimmed.
    pub email: String,
    /// The display name.
    pub name: String,
    /// The user's roles.
    pub roles: Roles,
    /// When the account was created.
    pub created_at: UnixMillis,
}

/// A user with their password hash.
#[derive(Clone)]
pub struct Account {
    /// The user.
    pub user: User,
    /// The hash as stored: a PHC string (`$argon2id$…`) or bcrypt's (`$2b$…`). If it is empty, the user cannot sign in
    /// with a password.
    pub password_hash: String,
}

/// The user without the hash.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("user", &self.user).finish_non_exhaustive()
    }
}

/// A page of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The users, oldest account first.
    pub users: Vec<User>,
    /// The cursor of the next page; `None` at the end.
    pub next: Option<String>,
}

/// Why an account was not created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateError {
    /// Another account has this email.
    EmailTaken,
    /// The store did not respond.
    Unavailable(Unavailable),
}

impl From<Unavailable> for CreateError {
    fn from(cause: Unavailable) -> Self {
        Self::Unavailable(cause)
    }
}

/// The administrator role.
pub const ADMIN: &str = "admin";

/// Why roles were not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetRolesError {
    /// The acting account does not have the role [`ADMIN`] at the moment of the write.
    NotAdministrator,
    /// The store did not respond.
    Unavailable(Unavailable),
}

impl From<Unavailable> for SetRolesError {
    fn from(cause: Unavailable) -> Self {
        Self::Unavailable(cause)
    }
}

/// The store of accounts.
#[allow(async_fn_in_trait, reason = "the hosts are single-threaded; no future here needs to be Send")]
pub trait Accounts {
    /// Adds an account. The store decides whether the email is available, by [`Email::key`].
    ///
    /// # Errors
    /// [`CreateError::EmailTaken`], [`CreateError::Unavailable`].
    async fn create(&self, account: &Account) -> Result<(), CreateError>;

    /// The account with this email, compared by [`Email::key`].
    ///
    /// # Errors
    /// [`Unavailable`], here and below: the store did not respond.
    async fn by_email(&self, email: &Email) -> Result<Option<Account>, Unavailable>;

    /// The account with this id.
    async fn by_id(&self, id: &str) -> Result<Option<Account>, Unavailable>;

    /// Changes the display name. Returns the changed user; `None` if there is none.
    async fn rename(&self, id: &str, name: &str) -> Result<Option<User>, Unavailable>;

    /// Replaces the roles and increments their version, unless they are unchanged. Returns the changed user; `None` if
    /// there is none.
    ///
    /// `by` is the id of the acting account; `None` if there is none. The write is conditional on that account having
    /// [`ADMIN`], in the same step: if an administrator is demoted while their request runs, it changes nothing, and
    /// two administrators cannot demote each other.
    ///
    /// # Errors
    /// [`SetRolesError::NotAdministrator`], [`SetRolesError::Unavailable`].
    async fn set_roles(&self, id: &str, roles: &[String], by: Option<&str>) -> Result<Option<User>, SetRolesError>;

    /// Replaces the hash with another hash of the same password if it is still `old`. Returns whether it was.
    async fn upgrade_hash(&self, id: &str, old: &str, new: &str) -> Result<bool, Unavailable>;

    /// Replaces the hash with that of another password if it is still `old`, and increments the version. Returns the
    /// roles with the new version; `None` if it was not `old`.
    async fn change_hash(&self, id: &str, old: &str, new: &str) -> Result<Option<Roles>, Unavailable>;

    /// Users in order of creation, at most `rows`, after the page that ended with `cursor`.
    async fn list(&self, cursor: Option<&str>, rows: usize) -> Result<Page, Unavailable>;
}
