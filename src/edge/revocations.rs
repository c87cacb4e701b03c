//! The revocation list in Workers KV.
//!
//! Two keys per entry: `s:<sid>` or `u:<sub>`, which the gates read, kept until the last token it concerns has expired; and the same
//! behind `r:`, kept only as long as access tokens live, so that listing what is recent never walks over what is old.

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
    /// What was read last of the recent entries, whoever asked.
    static RECENT: RefCell<RecentCache> = RefCell::default();
}

/// The list, read through the isolate's cache.
pub(super) struct KvRevocations {
    list: KeyValues,
    cache: Rc<RefCell<RevocationCache>>,
}

/// Some of the keys behind `r:`.
#[derive(Deserialize)]
struct KeysPage {
    keys: Vec<KeyRow>,
    list_complete: bool,
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct KeyRow {
    name: String,
    /// `{ "at": … }`, as [`put`] writes it.
    metadata: Option<Value>,
}

impl KvRevocations {
    pub(super) fn new(list: KeyValues, cache: Rc<RefCell<RevocationCache>>) -> Self {
        Self { list, cache }
    }

    /// Every recent entry, oldest first.
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

    /// Puts an entry onto the list, for the behaviour suite.
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

/// When an entry that was looked up was revoked. One that is no moment revokes nothing for sure, so it lets nobody in either.
fn moment(found: &JsValue) -> Result<Option<UnixMillis>, Unavailable> {
    if found.is_null() {
        return Ok(None);
    }
    let at = found.as_string().and_then(|text| text.parse().ok()).map(UnixMillis::from_millis);
    at.map(Some).ok_or_else(|| Unavailable("revocations: an entry that is no moment in milliseconds".to_owned()))
}

/// Puts an entry onto the list, for as long as tokens that it concerns pass: for `leeway` after they expire.
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
