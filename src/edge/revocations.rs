//! The revocation list in Workers KV.
//!
//! Each entry has two keys. `s:<sid>` or `u:<sub>` is read by the gates and kept until the last token it concerns has
//! expired. The same key with the prefix `r:` is kept only for the lifetime of access tokens, so listing recent entries
//! never reads old ones.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::JSON;
use serde::Deserialize;
use serde_json::{Value, json};
use wasm_bindgen::JsValue;

use super::bindings::{KeyValues, options};
use super::deadline::{shortly, within};
use super::task::{Watched, time_left};
use crate::limits::{KV_CACHE_TTL, KV_MIN_TTL, RECENT_PAUSE};
use crate::session::{Listed, Pending, Recent, RecentCache, RevocationCache, Revocations, Subject, Unavailable};
use crate::time::UnixMillis;

thread_local! {
    /// The recent entries from the last read, shared by all callers.
    static RECENT: RefCell<RecentCache> = RefCell::default();
}

/// The list, with the cache of the isolate.
pub(super) struct KvRevocations {
    list: KeyValues,
    cache: Rc<RefCell<RevocationCache>>,
}

/// One page of the keys with the prefix `r:`.
#[derive(Deserialize)]
struct KeysPage {
    keys: Vec<KeyRow>,
    list_complete: bool,
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct KeyRow {
    name: String,
    /// `{ "at": … }`, as written by [`put`].
    metadata: Option<Value>,
}

impl KvRevocations {
    pub(super) fn new(list: KeyValues, cache: Rc<RefCell<RevocationCache>>) -> Self {
        Self { list, cache }
    }

    /// All recent entries, oldest first.
    async fn read_recent(&self) -> Result<Vec<Listed>, Unavailable> {
        let mut listed = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.page(cursor).await?;
            for key in page.keys {
                let at = key.metadata.and_then(|metadata| metadata.get("at")?.as_i64());
                let subject = key.name.strip_prefix("r:").and_then(Subject::from_key);
                if let (Some(subject), Some(at)) = (subject, at) {
                    listed.push(Listed { subject, at: UnixMillis::from_millis(at) });
                }
            }
            if page.list_complete {
                break;
            }
            cursor = page.cursor;
        }
        listed.sort_by_key(|entry| entry.at);
        Ok(listed)
    }

    async fn page(&self, cursor: Option<String>) -> Result<KeysPage, Unavailable> {
        let mut wanted = json!({ "prefix": "r:" });
        if let Some(cursor) = cursor {
            wanted["cursor"] = cursor.into();
        }
        let page = within("revocations", || self.list.list(&options(&wanted)?)).await?;
        let text = JSON::stringify(&page).ok().and_then(|text| text.as_string()).unwrap_or_default();
        serde_json::from_str(&text).map_err(|error| Unavailable(format!("revocations: {error}")))
    }

    /// Writes an entry to the list, for the store suite.
    #[cfg(feature = "test-hooks")]
    pub(super) async fn put(&self, entry: &Pending, now: UnixMillis) -> Result<(), Unavailable> {
        put(&self.list, entry, now, crate::limits::ACCESS_TOKEN_LIFETIME, crate::limits::DEFAULT_LEEWAY).await?;
        RECENT.take();
        Ok(())
    }
}

impl Revocations for KvRevocations {
    async fn revoked_at(&self, subject: &Subject, now: UnixMillis) -> Result<Option<UnixMillis>, Unavailable> {
        if let Some(known) = self.cache.borrow().get(subject, now) {
            return Ok(known);
        }
        let key = subject.key();
        let read = || self.list.get(&key, &options(&json!({ "cacheTtl": KV_CACHE_TTL.as_secs() }))?);
        let at = moment(&shortly("revocations", read).await?)?;
        self.cache.borrow_mut().put(subject, at, now);
        Ok(at)
    }

    fn note(&self, subject: &Subject, at: UnixMillis, now: UnixMillis) {
        self.cache.borrow_mut().put(subject, Some(at), now);
        RECENT.with_borrow_mut(|recent| recent.note(subject, at));
    }

    async fn since(&self, since: UnixMillis) -> Result<Vec<Listed>, Unavailable> {
        loop {
            match RECENT.with_borrow_mut(|recent| recent.step(since, super::now())) {
                Recent::Known(listed) => return Ok(listed),
                Recent::Read => {
                    let read = self.read_recent().await;
                    RECENT.with_borrow_mut(|recent| recent.settle(read.as_deref().ok(), super::now()));
                    return read.map(|listed| RecentCache::since(&listed, since));
                }
                Recent::Wait if time_left().is_some_and(|left| left.is_zero()) => {
                    return Err(Unavailable("revocations: no answer in time".to_owned()));
                }
                Recent::Wait => drop(Watched::timer(RECENT_PAUSE).await),
            }
        }
    }
}

/// Parses the revocation time of an entry. A value that is not a time is an error, so no token is accepted.
fn moment(found: &JsValue) -> Result<Option<UnixMillis>, Unavailable> {
    if found.is_null() {
        return Ok(None);
    }
    let at = found.as_string().and_then(|text| text.parse().ok()).map(UnixMillis::from_millis);
    at.map(Some).ok_or_else(|| Unavailable("revocations: an entry that is no moment in milliseconds".to_owned()))
}

/// Writes an entry to the list, for as long as the tokens that it concerns are accepted: until `leeway` after they
/// expire.
pub(super) async fn put(
    list: &KeyValues,
    entry: &Pending,
    now: UnixMillis,
    access_lifetime: Duration,
    leeway: Duration,
) -> Result<(), Unavailable> {
    let key = entry.subject.key();
    let at = entry.at.as_millis();
    let keep = |life: Duration| life.max(KV_MIN_TTL).as_secs();
    let main = json!({ "expirationTtl": keep(entry.until.plus(leeway).since(now)) });
    let recent_for = entry.at.plus(access_lifetime).plus(leeway).since(now);
    let marker = json!({ "expirationTtl": keep(recent_for), "metadata": { "at": at } });
    within("revocations", || list.put(&key, &at.to_string(), &options(&main)?)).await?;
    within("revocations", || list.put(&format!("r:{key}"), "", &options(&marker)?)).await.map(drop)
}
