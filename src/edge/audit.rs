//! The audit log in D1: the table `audit` of `migrations/`.

use js_sys::Array;
use serde::Deserialize;

use super::bindings::Database;
use super::d1;
use super::deadline::within;
use crate::account::audit::{Entry, Filter, Kind, Log, Page};
use crate::limits::PRUNE_ROWS;
use crate::session::Unavailable;
use crate::time::UnixMillis;

/// The table `audit`.
pub(super) struct D1Log {
    db: Database,
}

#[derive(Deserialize)]
struct Row {
    seq: i64,
    at: i64,
    event: String,
    user: String,
    actor: String,
    session: String,
    client: String,
    user_agent: String,
    detail: String,
    request: String,
}

/// Checking whether the entry exists costs one lookup in the index by time.
const INSERT: &str = "INSERT INTO audit (at, event, user, actor, session, client, user_agent, detail, request)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE NOT EXISTS (
        SELECT 1 FROM audit WHERE at = ?1 AND event = ?2 AND user = ?3 AND actor = ?4 AND session = ?5
            AND client = ?6 AND user_agent = ?7 AND detail = ?8 AND request = ?9)";

/// A row that was deleted.
#[derive(Deserialize)]
struct Gone {}

impl D1Log {
    pub(super) fn new(db: Database) -> Self {
        Self { db }
    }
}

impl Log for D1Log {
    async fn record(&self, entries: &[Entry]) -> Result<(), Unavailable> {
        if entries.is_empty() {
            return Ok(());
        }
        let insert = || {
            let insert = self.db.prepare(INSERT)?;
            let rows = Array::new();
            for entry in entries {
                rows.push(insert.bind(&values(entry))?.as_ref());
            }
            self.db.batch(&rows)
        };
        within("audit", insert).await.map(drop)
    }

    async fn find(&self, filter: &Filter) -> Result<Page, Unavailable> {
        let (mut wanted, mut bindings) = (vec!["1"], Vec::new());
        let mut and = |condition, value| {
            wanted.push(condition);
            bindings.push(value);
        };
        if let Some(event) = filter.event {
            and("event = ?", event.name().into());
        }
        if let Some(user) = &filter.user {
            and("user = ?", user.as_str().into());
        }
        if let Some(from) = filter.from {
            and("at >= ?", d1::number(from.as_millis()));
        }
        if let Some(to) = filter.to {
            and("at < ?", d1::number(to.as_millis()));
        }
        if let Some(cursor) = filter.cursor.as_deref().and_then(|cursor| cursor.parse().ok()) {
            and("seq < ?", d1::number(cursor));
        }
        bindings.push(d1::number(i64::try_from(filter.rows + 1).unwrap_or(i64::MAX)));
        let query = format!("SELECT * FROM audit WHERE {} ORDER BY seq DESC LIMIT ?", wanted.join(" AND "));
        let mut rows: Vec<Row> = d1::all(&self.db, &query, &bindings).await?;
        let more = rows.len() > filter.rows;
        rows.truncate(filter.rows);
        let next = rows.last().filter(|_| more).map(|row| row.seq.to_string());
        Ok(Page { entries: rows.into_iter().filter_map(entry).collect(), next })
    }

    async fn prune(&self, before: UnixMillis) -> Result<(), Unavailable> {
        let rows = i64::try_from(PRUNE_ROWS).unwrap_or(i64::MAX);
        let bindings = [d1::number(before.as_millis()), d1::number(rows)];
        let query =
            "DELETE FROM audit WHERE seq IN (SELECT seq FROM audit WHERE at < ? ORDER BY at LIMIT ?) RETURNING seq";
        // A single statement for all rows could exceed D1's time limit.
        loop {
            let gone: Vec<Gone> = d1::all(&self.db, query, &bindings).await?;
            if gone.len() < PRUNE_ROWS {
                return Ok(());
            }
        }
    }
}

fn values(entry: &Entry) -> Array {
    let texts = [
        entry.event.name(),
        &entry.user,
        &entry.actor,
        &entry.session,
        &entry.client,
        &entry.user_agent,
        &entry.detail,
        &entry.request,
    ];
    let values = Array::of1(&d1::number(entry.at.as_millis()));
    for text in texts {
        values.push(&text.into());
    }
    values
}

/// A row whose event type only a later version of this Worker knows is skipped.
fn entry(row: Row) -> Option<Entry> {
    Some(Entry {
        at: UnixMillis::from_millis(row.at),
        event: Kind::from_name(&row.event)?,
        user: row.user,
        actor: row.actor,
        session: row.session,
        client: row.client,
        user_agent: row.user_agent,
        detail: row.detail,
        request: row.request,
    })
}
