//! The revocation list: verifiers read it to reject access tokens before they expire. It is not used for decisions
//! about sessions: the user's object is the source of truth.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::Unavailable;
use crate::limits::{REVOCATION_CACHE, REVOCATION_CACHE_ENTRIES};
use crate::time::UnixMillis;

/// What is revoked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The tokens of one session, by `sid`.
    Session(String),
    /// The tokens of one user, by `sub`, whose `iat` is before the time of the entry.
    User(String),
}

/// An entry that is waiting for delivery to the list. It is stored with the session state until then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Whose tokens.
    pub subject: Subject,
    /// When it was revoked.
    pub at: UnixMillis,
    /// When the last token that it concerns has expired.
    pub until: UnixMillis,
}

/// An entry on the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Whose tokens.
    pub subject: Subject,
    /// When it was revoked.
    pub at: UnixMillis,
}

/// The list, as a verifier reads it.
#[allow(async_fn_in_trait, reason = "the hosts are single-threaded; no future here needs to be Send")]
pub trait Revocations {
    /// When the tokens of this subject were revoked; `None` if they were not.
    ///
    /// # Errors
    /// [`Unavailable`] if the list cannot be read.
    async fn revoked_at(&self, subject: &Subject, now: UnixMillis) -> Result<Option<UnixMillis>, Unavailable>;

    /// Records a revocation locally while it is being written to the list, so that this isolate applies it immediately.
    fn note(&self, subject: &Subject, at: UnixMillis, now: UnixMillis);

    /// All revocations since `since`, oldest first.
    ///
    /// # Errors
    /// [`Unavailable`] if the list cannot be read.
    async fn since(&self, since: UnixMillis) -> Result<Vec<Listed>, Unavailable>;
}

impl Subject {
    /// The key in a key-value store: `s:<sid>` or `u:<sub>`.
    pub fn key(&self) -> String {
        match self {
            Self::Session(sid) => format!("s:{sid}"),
            Self::User(sub) => format!("u:{sub}"),
        }
    }

    /// The other way.
    pub fn from_key(key: &str) -> Option<Self> {
        match key.split_once(':')? {
            ("s", sid) => Some(Self::Session(sid.to_owned())),
            ("u", sub) => Some(Self::User(sub.to_owned())),
            _ => None,
        }
    }

    /// Whether an entry about this subject at the time `at` covers a token issued at `issued_at`. `iat` has a
    /// resolution of one second, so a token of the same second is covered only by the entry of its session.
    pub fn concerns(&self, at: UnixMillis, issued_at: UnixMillis) -> bool {
        match self {
            Self::Session(_) => true,
            Self::User(_) => issued_at.as_secs() < at.as_secs(),
        }
    }
}

/// The list entries that one isolate caches, so that the hot path reads each key once per [`REVOCATION_CACHE`].
#[derive(Debug, Default)]
pub struct RevocationCache {
    /// A fast hash function is sufficient: only subjects of tokens with a valid signature are used as keys.
    entries: FxHashMap<Subject, Remembered>,
}

#[derive(Debug, Clone, Copy)]
struct Remembered {
    revoked_at: Option<UnixMillis>,
    read_at: UnixMillis,
}

impl RevocationCache {
    /// The cached value of a key, if it is recent enough. A revoked session stays revoked, so that value is cached
    /// without a limit; the entry of a user can change, so it is read again.
    pub fn get(&self, subject: &Subject, now: UnixMillis) -> Option<Option<UnixMillis>> {
        let found = self.entries.get(subject)?;
        let final_word = found.revoked_at.is_some() && matches!(subject, Subject::Session(_));
        (final_word || now < found.read_at.plus(REVOCATION_CACHE)).then_some(found.revoked_at)
    }

    /// Caches a value that was read, or that is being written. A stale read does not replace a newer value.
    pub fn put(&mut self, subject: &Subject, revoked_at: Option<UnixMillis>, now: UnixMillis) {
        if self.entries.len() >= REVOCATION_CACHE_ENTRIES {
            self.entries.clear();
        }
        let entry = self.entries.entry(subject.clone()).or_insert(Remembered { revoked_at, read_at: now });
        entry.revoked_at = entry.revoked_at.max(revoked_at);
        entry.read_at = now;
    }
}
