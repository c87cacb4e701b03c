//! Accounts: who a user is, how their password is kept, and the ports to where both are kept.

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
    /// The user's id, `sub` in tokens. Random, never reused.
    pub id: String,
    /// The email address as it was typed, trimmed.
    pub email: String,
    /// The display name.
    pub name: String,
    /// What the user may do.
    pub roles: Roles,
    /// When the account was made.
    pub created_at: UnixMillis,
}

/// A user with the hash of their password.
#[derive(Clone)]
pub struct Account {
    /// The user.
    pub user: User,
    /// The hash as stored: a PHC string (`$argon2id$…`) or bcrypt's (`$2b$…`). Empty: no password, no sign-in by one.
    pub password_hash: String,
}

/// Without the hash.
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
    /// What to ask the next page with; `None` at the end.
    pub next: Option<String>,
}

/// Why an account was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateError {
    /// Another account has this address.
    EmailTaken,
    /// The store did not answer.
    Unavailable(Unavailable),
}

impl From<Unavailable> for CreateError {
    fn from(cause: Unavailable) -> Self {
        Self::Unavailable(cause)
    }
}

/// The role that administers.
pub const ADMIN: &str = "admin";

/// Why roles were not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetRolesError {
    /// Whoever sets them does not have the role [`ADMIN`] at the moment of the write.
    NotAdministrator,
    /// The store did not answer.
    Unavailable(Unavailable),
}

impl From<Unavailable> for SetRolesError {
    fn from(cause: Unavailable) -> Self {
        Self::Unavailable(cause)
    }
}

/// Where accounts are kept.
#[allow(async_fn_in_trait, reason = "the hosts are single-threaded; no future here needs to be Send")]
pub trait Accounts {
    /// Adds an account. The store decides whether the address is free, by [`Email::key`].
    ///
    /// # Errors
    /// [`CreateError::EmailTaken`], [`CreateError::Unavailable`].
    async fn create(&self, account: &Account) -> Result<(), CreateError>;

    /// The account with this address, compared by [`Email::key`].
    ///
    /// # Errors
    /// [`Unavailable`], here and below: the store did not answer.
    async fn by_email(&self, email: &Email) -> Result<Option<Account>, Unavailable>;

    /// The account with this id.
    async fn by_id(&self, id: &str) -> Result<Option<Account>, Unavailable>;

    /// Changes the display name. The user after it; `None` when there is none.
    async fn rename(&self, id: &str, name: &str) -> Result<Option<User>, Unavailable>;

    /// Replaces the roles, counting their version up, unless they are these already. The user after it; `None` when there is none.
    ///
    /// `by` is the id of the account that sets them; `None` where no account does. That it has [`ADMIN`] is decided in the same step as
    /// the write: a request that was under way when its sender was demoted changes nothing, and two administrators cannot demote each
    /// other.
    ///
    /// # Errors
    /// [`SetRolesError::NotAdministrator`], [`SetRolesError::Unavailable`].
    async fn set_roles(&self, id: &str, roles: &[String], by: Option<&str>) -> Result<Option<User>, SetRolesError>;

    /// Replaces the hash by one of the same password, if it is still `old`: whether it was.
    async fn upgrade_hash(&self, id: &str, old: &str, new: &str) -> Result<bool, Unavailable>;

    /// Replaces the hash by one of another password, if it is still `old`, counting the version up. The roles with the version
    /// after it; `None` when it was not `old`.
    async fn change_hash(&self, id: &str, old: &str, new: &str) -> Result<Option<Roles>, Unavailable>;

    /// Users in the order they came, at most `rows`, after the page that ended with `cursor`.
    async fn list(&self, cursor: Option<&str>, rows: usize) -> Result<Page, Unavailable>;
}
