//! The revocation list: what verifiers read to refuse access tokens before they expire. It is read, never decided by: the truth
//! about a session is in its user's object.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::Unavailable;
use crate::limits::{REVOCATION_CACHE, REVOCATION_CACHE_ENTRIES};
use crate::time::UnixMillis;

/// Whose tokens are revoked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Those of one session, by `sid`.
    Session(String),
    /// Those of one user, by `sub`, whose `iat` is before the entry's moment.
    User(String),
}

/// An entry that has to get onto the list. Kept with the session state until it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Whose tokens.
    pub subject: Subject,
    /// When it was revoked.
    pub at: UnixMillis,
    /// When the last token it concerns will have expired by itself.
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

/// The list as a verifier sees it.
#[allow(async_fn_in_trait, reason = "the hosts are single-threaded; no future here needs to be Send")]
pub trait Revocations {
    /// When tokens of this subject were revoked, if they were.
    ///
    /// # Errors
    /// [`Unavailable`] when the list cannot be read.
    async fn revoked_at(&self, subject: &Subject, now: UnixMillis) -> Result<Option<UnixMillis>, Unavailable>;

    /// Notes at once, here, what is on its way to the list, so that this isolate does not wait for it.
    fn note(&self, subject: &Subject, at: UnixMillis, now: UnixMillis);

    /// Everything revoked since `since`, oldest first.
    ///
    /// # Errors
    /// [`Unavailable`] when the list cannot be read.
    async fn since(&self, since: UnixMillis) -> Result<Vec<Listed>, Unavailable>;
}

impl Subject {
    /// The key under which this stands in a key-value store: `s:<sid>` or `u:<sub>`.
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

    /// Whether an entry about this subject made at `at` concerns a token issued at `issued_at`. `iat` counts whole seconds, so a
    /// token of the very second is left to its session's own entry.
    pub fn concerns(&self, at: UnixMillis, issued_at: UnixMillis) -> bool {
        match self {
            Self::Session(_) => true,
            Self::User(_) => issued_at.as_secs() < at.as_secs(),
        }
    }
}

/// What one isolate remembers of the list, so that the hot path reads each key once per [`REVOCATION_CACHE`].
#[derive(Debug, Default)]
pub struct RevocationCache {
    /// A plain hash will do: only subjects of tokens with a good signature get here.
    entries: FxHashMap<Subject, Remembered>,
}

#[derive(Debug, Clone, Copy)]
struct Remembered {
    revoked_at: Option<UnixMillis>,
    read_at: UnixMillis,
}

impl RevocationCache {
    /// What is remembered about a key, if it was read recently enough. A revoked session stays revoked, so that is
    /// remembered for good; a user's entry may move on, so it is read again.
    pub fn get(&self, subject: &Subject, now: UnixMillis) -> Option<Option<UnixMillis>> {
        let found = self.entries.get(subject)?;
        let final_word = found.revoked_at.is_some() && matches!(subject, Subject::Session(_));
        (final_word || now < found.read_at.plus(REVOCATION_CACHE)).then_some(found.revoked_at)
    }

    /// Remembers what was read, or is known to be on its way. A read that has not caught up does not undo what is known.
    pub fn put(&mut self, subject: &Subject, revoked_at: Option<UnixMillis>, now: UnixMillis) {
        if self.entries.len() >= REVOCATION_CACHE_ENTRIES {
            self.entries.clear();
        }
        let entry = self.entries.entry(subject.clone()).or_insert(Remembered { revoked_at, read_at: now });
        entry.revoked_at = entry.revoked_at.max(revoked_at);
        entry.read_at = now;
    }
}
