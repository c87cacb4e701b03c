//! The ports of the service, implemented by the host.

use std::cell::RefCell;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::accounts::HostAccounts;
use super::engine::HostEngine;
use super::host::ServiceHost;
use super::moment;
use crate::account::audit::{Entry, Filter, Log, Page};
use crate::account::password::Hasher;
use crate::npm::entropy::HostEntropy;
use crate::service::{Limit, Limiter, Ports};
use crate::session::{Answer, Event, Listed, RevocationCache, Revocations, Sessions, Subject, Unavailable};
use crate::time::UnixMillis;

/// The ports of the service.
pub(super) struct HostPorts {
    host: Rc<ServiceHost>,
    accounts: HostAccounts,
    sessions: HostSessions,
    pub(super) revocations: HostRevocations,
    log: HostLog,
    engine: HostEngine,
    entropy: HostEntropy,
    limiter: HostLimiter,
    hasher: HostHasher,
}

/// The store `sessions`.
pub(super) struct HostSessions(Rc<ServiceHost>);

/// The store `revocations`, and revocations that this process knows before they are stored.
pub(super) struct HostRevocations {
    host: Rc<ServiceHost>,
    noted: RefCell<RevocationCache>,
}

/// The store `audit`.
pub(super) struct HostLog(Rc<ServiceHost>);

/// The limits.
pub(super) struct HostLimiter(Rc<ServiceHost>);

/// Password hashing on the host's other threads.
pub(super) struct HostHasher(Rc<ServiceHost>);

impl HostPorts {
    pub(super) fn new(host: ServiceHost) -> Self {
        let host = Rc::new(host);
        Self {
            accounts: HostAccounts(host.clone()),
            sessions: HostSessions(host.clone()),
            revocations: HostRevocations { host: host.clone(), noted: RefCell::default() },
            log: HostLog(host.clone()),
            engine: HostEngine(host.clone()),
            entropy: HostEntropy,
            limiter: HostLimiter(host.clone()),
            hasher: HostHasher(host.clone()),
            host,
        }
    }

    pub(super) fn moment(&self) -> UnixMillis {
        moment(self.host.now())
    }
}

impl Ports for HostPorts {
    type Accounts = HostAccounts;
    type Sessions = HostSessions;
    type Revocations = HostRevocations;
    type Log = HostLog;
    type Engine = HostEngine;
    type Entropy = HostEntropy;
    type Limiter = HostLimiter;
    type Hasher = HostHasher;

    fn accounts(&self) -> &HostAccounts {
        &self.accounts
    }

    fn sessions(&self) -> &HostSessions {
        &self.sessions
    }

    fn revocations(&self) -> &HostRevocations {
        &self.revocations
    }

    fn log(&self) -> &HostLog {
        &self.log
    }

    fn engine(&self) -> &HostEngine {
        &self.engine
    }

    fn entropy(&self) -> &HostEntropy {
        &self.entropy
    }

    fn limiter(&self) -> &HostLimiter {
        &self.limiter
    }

    fn hasher(&self) -> &HostHasher {
        &self.hasher
    }

    fn now(&self) -> UnixMillis {
        self.moment()
    }
}

impl Sessions for HostSessions {
    /// The time is read inside the store's transaction, so a later event has a later time.
    async fn tell(&self, user: &str, event: Event, _now: UnixMillis) -> Result<Answer, Unavailable> {
        let broken = |error: serde_json::Error| Unavailable(format!("sessions: {error}"));
        let event = serde_json::to_string(&event).map_err(broken)?;
        let answer = self.0.sessions(user, &event).await?;
        serde_json::from_str(&answer).map_err(broken)
    }
}

#[cfg(feature = "store-suite")]
impl HostRevocations {
    /// Writes an entry to the list, like the JavaScript code.
    pub(super) async fn put(&self, entry: &crate::session::Pending) -> Result<(), Unavailable> {
        let arguments = (entry.subject.key(), entry.at, entry.until);
        self.host.store::<serde::de::IgnoredAny>("revocations", "put", arguments).await.map(drop)
    }
}

/// An entry in the format of the store.
#[derive(Deserialize)]
struct ListedRow {
    key: String,
    at: UnixMillis,
}

impl Revocations for HostRevocations {
    /// Only revocations of this process are used without reading the store, because other processes may share the
    /// store.
    async fn revoked_at(&self, subject: &Subject, now: UnixMillis) -> Result<Option<UnixMillis>, Unavailable> {
        let noted = self.noted.borrow().get(subject, now).flatten();
        if noted.is_some() && matches!(subject, Subject::Session(_)) {
            return Ok(noted);
        }
        let stored: Option<UnixMillis> = self.host.store("revocations", "get", [subject.key()]).await?;
        Ok(stored.max(noted))
    }

    fn note(&self, subject: &Subject, at: UnixMillis, now: UnixMillis) {
        self.noted.borrow_mut().put(subject, Some(at), now);
    }

    async fn since(&self, since: UnixMillis) -> Result<Vec<Listed>, Unavailable> {
        let rows: Vec<ListedRow> = self.host.store("revocations", "since", [since]).await?;
        let listed = rows.into_iter().filter(|row| row.at >= since);
        let listed = listed.filter_map(|row| Some(Listed { subject: Subject::from_key(&row.key)?, at: row.at }));
        let mut listed: Vec<Listed> = listed.collect();
        listed.sort_by_key(|entry| entry.at);
        Ok(listed)
    }
}

#[derive(Serialize)]
struct Asked<'f> {
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'f str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<UnixMillis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<UnixMillis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<&'f str>,
    rows: usize,
}

#[derive(Deserialize)]
struct Found {
    /// An entry whose event type only a later version knows is skipped.
    entries: Vec<serde_json::Value>,
    next: Option<String>,
}

impl Log for HostLog {
    async fn record(&self, entries: &[Entry]) -> Result<(), Unavailable> {
        self.0.store::<serde::de::IgnoredAny>("audit", "append", [entries]).await.map(drop)
    }

    async fn find(&self, filter: &Filter) -> Result<Page, Unavailable> {
        let asked = Asked {
            event: filter.event.map(crate::account::audit::Kind::name),
            user: filter.user.as_deref(),
            from: filter.from,
            to: filter.to,
            cursor: filter.cursor.as_deref(),
            rows: filter.rows,
        };
        let found: Found = self.0.store("audit", "find", [asked]).await?;
        let entries = found.entries.into_iter().filter_map(|entry| serde_json::from_value(entry).ok()).collect();
        Ok(Page { entries, next: found.next })
    }

    async fn prune(&self, before: UnixMillis) -> Result<(), Unavailable> {
        self.0.store::<serde::de::IgnoredAny>("audit", "prune", [before]).await.map(drop)
    }
}

impl Limiter for HostLimiter {
    async fn allow(&self, limit: Limit, key: &str, cost: u32) -> bool {
        let limit = match limit {
            Limit::Client => "client",
            Limit::Account => "account",
        };
        // The host itself decides about an attempt while the limiter is unavailable.
        self.0.store("limiter", "allow", (limit, key, cost)).await.unwrap_or(false)
    }
}

impl Hasher for HostHasher {
    async fn argon2id(&self, password: &[u8], salt: &[u8; 16]) -> Result<String, Unavailable> {
        self.0.password_hash(password, salt).await
    }

    async fn fits(&self, password: &[u8], hash: &str) -> Result<bool, Unavailable> {
        self.0.password_fits(password, hash).await
    }
}
