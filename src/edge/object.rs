//! A user's Durable Object: the session rules over SQLite storage, and the outbox of revocations and audit entries.
//!
//! [`UserObject::tell`] writes all changes of an event or none, and they are on disk before the answer leaves the
//! object (the platform's output gate).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use js_sys::{Array, JSON};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::audit::D1Log;
use super::bindings::{KeyValues, find, text};
use super::revocations;
use crate::account::audit::{Entry, Log as _};
use crate::json;
use crate::limits::{OUTBOX_FIRST_WAIT, OUTBOX_LONGEST_WAIT};
use crate::service::Config;
use crate::session::{Change, Device, Event, Guard, Roles, Rules, Session, State, Unavailable};
use crate::time::UnixMillis;

#[wasm_bindgen]
extern "C" {
    /// `ctx.storage`.
    pub type Storage;

    #[wasm_bindgen(method, getter)]
    fn sql(this: &Storage) -> Sql;

    /// If `work` throws, its writes are rolled back.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction(this: &Storage, work: &mut dyn FnMut() -> Result<(), JsValue>) -> Result<(), JsValue>;

    /// `ctx.storage.sql`.
    type Sql;

    #[wasm_bindgen(method, catch, variadic)]
    fn exec(this: &Sql, query: &str, bindings: &Array) -> Result<Cursor, JsValue>;

    /// The result of `exec`.
    type Cursor;

    #[wasm_bindgen(method, catch, js_name = toArray)]
    fn to_array(this: &Cursor) -> Result<Array, JsValue>;
}

/// The state of one user: in memory while the object lives, and persistent in SQLite.
#[wasm_bindgen]
pub struct UserObject {
    storage: Storage,
    sql: Sql,
    list: KeyValues,
    log: D1Log,
    rules: Rules,
    leeway: Duration,
    state: RefCell<State>,
    tries: RefCell<u32>,
}

/// A row of the table `session`.
#[derive(Serialize, Deserialize)]
struct SessionRow {
    sid: String,
    generation: u64,
    rotated_at: i64,
    created_at: i64,
    last_used_at: i64,
    expires_at: i64,
    user_agent: String,
    place: String,
}

/// A row of the tables that contain one JSON text per key.
#[derive(Deserialize)]
struct TextRow {
    key: String,
    body: String,
}

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS session (
        sid TEXT PRIMARY KEY, generation INTEGER NOT NULL, rotated_at INTEGER NOT NULL, created_at INTEGER NOT NULL,
        last_used_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, user_agent TEXT NOT NULL, place TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS account (key TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS pending (key TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS unrecorded (key TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS underway (key TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;";

#[wasm_bindgen]
impl UserObject {
    /// Reads the stored state.
    ///
    /// # Errors
    /// If the storage or a binding fails.
    #[wasm_bindgen(constructor)]
    pub fn new(storage: Storage, env: &JsValue) -> Result<Self, JsValue> {
        let sql = storage.sql();
        sql.exec(TABLES, &Array::new())?;
        let state = RefCell::new(load(&sql)?);
        let config = Config::read(|name| text(env, name)).map_err(|error| JsError::new(&error.to_string()))?;
        let (list, log) = (find(env, "REVOCATIONS")?, D1Log::new(find(env, "DB")?));
        Ok(Self { storage, sql, list, log, rules: config.rules, leeway: config.leeway, state, tries: RefCell::new(0) })
    }

    /// Applies an event (JSON of [`Event`]) and returns the answer (JSON of `Answer`).
    ///
    /// # Errors
    /// If the storage fails; then nothing has changed.
    pub fn tell(&self, event: &str) -> Result<String, JsValue> {
        let event: Event = from_json(event)?;
        let step = self.state.borrow().step(event, super::now(), &self.rules);
        let answer = json::text(&step.answer);
        self.write_all(&step.changes)?;
        self.state.borrow_mut().apply(step.changes);
        Ok(answer)
    }

    /// Whether a revocation or an audit entry is waiting for delivery, or a change is pending.
    #[wasm_bindgen(js_name = hasPending)]
    pub fn has_pending(&self) -> bool {
        self.has_outgoing() || self.state.borrow().due().is_some()
    }

    /// The number of revocations that are waiting for delivery.
    #[wasm_bindgen(js_name = pendingRevocations)]
    pub fn pending_revocations(&self) -> usize {
        self.state.borrow().pending.len()
    }

    /// The time until the next delivery attempt, or until a pending change must be complete, in milliseconds.
    #[wasm_bindgen(js_name = nextTry)]
    pub fn next_try(&self) -> f64 {
        let doublings = (*self.tries.borrow()).min(16);
        let retry = (OUTBOX_FIRST_WAIT * (1 << doublings)).min(OUTBOX_LONGEST_WAIT);
        let due = self.state.borrow().due().map(|due| due.since(super::now()));
        let wait = match due {
            Some(due) if self.has_outgoing() => retry.min(due),
            Some(due) => due,
            None => retry,
        };
        wait.as_millis() as f64
    }

    /// Writes all waiting revocations to the list and all waiting audit entries to the log. Returns the `Delivered`
    /// event (JSON) to apply afterwards; `undefined` if nothing was delivered.
    pub async fn deliver(&self) -> Option<String> {
        let keys = self.deliver_revocations().await;
        let recorded = self.deliver_entries().await;
        let all = keys.is_ok() && recorded.is_ok();
        let tries = *self.tries.borrow();
        *self.tries.borrow_mut() = if all { 0 } else { tries.saturating_add(1) };
        let (keys, recorded) = (keys.unwrap_or_else(|some| some), recorded.unwrap_or_default());
        if keys.is_empty() && recorded.is_empty() {
            return None;
        }
        Some(json::text(&Event::Delivered { keys, recorded }))
    }
}

impl UserObject {
    fn has_outgoing(&self) -> bool {
        let state = self.state.borrow();
        !state.pending.is_empty() || !state.unrecorded.is_empty()
    }

    /// The keys and times of the revocations that are now on the list; `Err` if some are missing.
    async fn deliver_revocations(&self) -> Result<Vec<(String, UnixMillis)>, Vec<(String, UnixMillis)>> {
        let waiting: Vec<String> = self.state.borrow().pending.keys().cloned().collect();
        let (mut keys, mut all) = (Vec::new(), true);
        for key in waiting {
            // Reads the current state, because another delivery may have written a later time, or this entry, while the
            // previous entry was being written.
            let Some(entry) = self.state.borrow().pending.get(&key).cloned() else { continue };
            match revocations::put(&self.list, &entry, super::now(), self.rules.access_lifetime, self.leeway).await {
                Ok(()) => keys.push((key, entry.at)),
                Err(cause) => {
                    all = false;
                    super::warn("", &format!("a revocation will be tried again: {cause}"));
                }
            }
        }
        if all { Ok(keys) } else { Err(keys) }
    }

    /// The keys of the entries that are now in the audit log: all that were waiting, or an error.
    async fn deliver_entries(&self) -> Result<Vec<String>, Unavailable> {
        let (keys, entries): (Vec<String>, Vec<Entry>) = self.state.borrow().unrecorded.clone().into_iter().unzip();
        let recorded = self.log.record(&entries).await;
        recorded.inspect_err(|cause| super::warn("", &format!("audit entries will be tried again: {cause}")))?;
        Ok(keys)
    }

    /// A single statement is atomic by itself; a transaction is only needed for several.
    fn write_all(&self, changes: &[Change]) -> Result<(), JsValue> {
        match changes {
            [] => Ok(()),
            [one] => self.write(one),
            several => self.storage.transaction(&mut || several.iter().try_for_each(|change| self.write(change))),
        }
    }

    fn write(&self, change: &Change) -> Result<(), JsValue> {
        match change {
            Change::PutSession(session) => {
                let bindings = [
                    session.sid.as_str().into(),
                    (session.generation as f64).into(),
                    millis(session.rotated_at),
                    millis(session.created_at),
                    millis(session.last_used_at),
                    millis(session.expires_at),
                    session.device.user_agent.as_str().into(),
                    session.device.place.as_str().into(),
                ];
                self.run("INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?)", &bindings)
            }
            Change::DropSession(sid) => self.run("DELETE FROM session WHERE sid = ?", &[sid.as_str().into()]),
            Change::PutGuard(guard) => self.put("account", "guard", guard),
            Change::PutOwnerGuard(guard) => self.put("account", "owner_guard", guard),
            Change::PutRoles(roles) => self.put("account", "roles", roles),
            Change::PutChanged(changed) => self.put("account", "changed", changed),
            Change::PutPending(pending) => self.put("pending", &pending.subject.key(), pending),
            Change::DropPending(key) => self.run("DELETE FROM pending WHERE key = ?", &[key.as_str().into()]),
            Change::PutUnderway(key, underway) => self.put("underway", key, underway),
            Change::DropUnderway(key) => self.run("DELETE FROM underway WHERE key = ?", &[key.as_str().into()]),
            Change::PutUnrecorded(key, entry) => self.put("unrecorded", key, entry),
            Change::DropUnrecorded(key) => self.run("DELETE FROM unrecorded WHERE key = ?", &[key.as_str().into()]),
        }
    }

    fn put(&self, table: &str, key: &str, value: &impl Serialize) -> Result<(), JsValue> {
        self.run(&format!("INSERT OR REPLACE INTO {table} VALUES (?, ?)"), &[key.into(), json::text(value).into()])
    }

    fn run(&self, query: &str, bindings: &[JsValue]) -> Result<(), JsValue> {
        self.sql.exec(query, &Array::from_iter(bindings)).map(drop)
    }
}

fn load(sql: &Sql) -> Result<State, JsValue> {
    let sessions: Vec<SessionRow> = rows(sql, "SELECT * FROM session")?;
    let sessions = sessions.into_iter().map(|row| (row.sid.clone(), row.into())).collect();
    let (mut guard, mut owner_guard) = (Guard::default(), Guard::default());
    let (mut roles, mut changed) = (Roles::default(), None);
    for row in rows::<TextRow>(sql, "SELECT * FROM account")? {
        match row.key.as_str() {
            "guard" => guard = from_json(&row.body)?,
            "owner_guard" => owner_guard = from_json(&row.body)?,
            "roles" => roles = from_json(&row.body)?,
            "changed" => changed = Some(from_json(&row.body)?),
            _ => {}
        }
    }
    let (pending, unrecorded, underway) = (texts(sql, "pending")?, texts(sql, "unrecorded")?, texts(sql, "underway")?);
    Ok(State { sessions, guard, owner_guard, roles, pending, changed, unrecorded, underway })
}

/// A table that contains one JSON text per key.
fn texts<T: DeserializeOwned>(sql: &Sql, table: &str) -> Result<BTreeMap<String, T>, JsValue> {
    let rows: Vec<TextRow> = rows(sql, &format!("SELECT * FROM {table}"))?;
    rows.into_iter().map(|row| Ok((row.key, from_json(&row.body)?))).collect()
}

fn rows<T: DeserializeOwned>(sql: &Sql, query: &str) -> Result<Vec<T>, JsValue> {
    let rows = sql.exec(query, &Array::new())?.to_array()?;
    let text: String = JSON::stringify(&rows)?.into();
    from_json(&text)
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, JsValue> {
    serde_json::from_str(text).map_err(|error| JsValue::from_str(&error.to_string()))
}

fn millis(moment: crate::time::UnixMillis) -> JsValue {
    (moment.as_millis() as f64).into()
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            sid: row.sid,
            generation: row.generation,
            rotated_at: UnixMillis::from_millis(row.rotated_at),
            created_at: UnixMillis::from_millis(row.created_at),
            last_used_at: UnixMillis::from_millis(row.last_used_at),
            expires_at: UnixMillis::from_millis(row.expires_at),
            device: Device { user_agent: row.user_agent, place: row.place },
        }
    }
}
