//! The required behavior of [`audit::Log`](Log).

use super::{Found, Stage, Wrong, ensure, same, suite};
use crate::account::audit::{Entry, Filter, Kind, Log};
use crate::time::UnixMillis;

suite! {
    what_was_recorded_is_found_newest_first,
    recording_nothing_is_nothing,
    recording_the_same_again_adds_nothing,
    kinds_users_and_times_narrow_it_down,
    pages_hold_every_entry_once,
    old_entries_go_and_the_others_stay,
    what_was_noted_comes_back_as_it_was,
}

fn entry<S: Stage>(stage: &S, user: &str, event: Kind, at: UnixMillis) -> Entry {
    Entry {
        at,
        event,
        user: user.to_owned(),
        actor: String::new(),
        session: "s".to_owned(),
        client: "192.0.2.7".to_owned(),
        user_agent: "suite".to_owned(),
        detail: String::new(),
        request: stage.fresh(),
    }
}

/// Entries of one user, one second apart, the last one now.
fn history<S: Stage>(stage: &S, kinds: &[Kind]) -> Vec<Entry> {
    let user = stage.fresh();
    let start = stage.now().as_millis();
    let at = |index: usize| UnixMillis::from_millis(start + 1000 * i64::try_from(index).unwrap_or_default());
    kinds.iter().enumerate().map(|(index, kind)| entry(stage, &user, *kind, at(index))).collect()
}

fn about(entries: &[Entry]) -> Filter {
    Filter { user: entries.first().map(|entry| entry.user.clone()), rows: 200, ..Filter::default() }
}

async fn find<S: Stage>(stage: &S, filter: Filter) -> Result<Vec<Entry>, Wrong> {
    let page = stage.log().find(&filter).await?;
    same("one page", page.next, None)?;
    Ok(page.entries)
}

fn newest_first(entries: &[Entry]) -> Vec<Entry> {
    entries.iter().rev().cloned().collect()
}

async fn what_was_recorded_is_found_newest_first<S: Stage>(stage: &S) -> Found {
    let entries = history(stage, &Kind::ALL);
    stage.log().record(&entries[..5]).await?;
    stage.log().record(&entries[5..]).await?;
    same("found", find(stage, about(&entries)).await?, newest_first(&entries))
}

async fn recording_nothing_is_nothing<S: Stage>(stage: &S) -> Found {
    stage.log().record(&[]).await.map_err(Wrong::from)
}

async fn recording_the_same_again_adds_nothing<S: Stage>(stage: &S) -> Found {
    let mut entries = history(stage, &[Kind::SignedIn, Kind::SignInFailed, Kind::SignInFailed]);
    // These two entries differ only in the request, so they are different entries.
    entries[2].at = entries[1].at;
    stage.log().record(&entries[..1]).await?;
    stage.log().record(&entries).await?;
    stage.log().record(&entries).await?;
    same("found", find(stage, about(&entries)).await?, newest_first(&entries))
}

async fn kinds_users_and_times_narrow_it_down<S: Stage>(stage: &S) -> Found {
    let entries = history(stage, &[Kind::SignedIn, Kind::SignInFailed, Kind::SignedIn, Kind::LockedOut]);
    let others = history(stage, &[Kind::SignedIn]);
    stage.log().record(&entries).await?;
    stage.log().record(&others).await?;
    let (from, to) = (Some(entries[1].at), Some(entries[3].at));
    for (what, filter, wanted) in [
        ("kind", Filter { event: Some(Kind::SignedIn), ..about(&entries) }, vec![2, 0]),
        ("from", Filter { from, ..about(&entries) }, vec![3, 2, 1]),
        ("to", Filter { to, ..about(&entries) }, vec![2, 1, 0]),
        ("all", Filter { event: Some(Kind::SignedIn), from, to, ..about(&entries) }, vec![2]),
        ("none", Filter { event: Some(Kind::RolesChanged), ..about(&entries) }, vec![]),
    ] {
        let wanted: Vec<Entry> = wanted.into_iter().map(|index: usize| entries[index].clone()).collect();
        same(what, find(stage, filter).await?, wanted)?;
    }
    let from = Some(entries[0].at);
    let everyone = stage.log().find(&Filter { from, rows: 200, ..Filter::default() }).await?;
    ensure(everyone.entries.contains(&others[0]) || everyone.next.is_some(), || "others are not there".into())
}

async fn pages_hold_every_entry_once<S: Stage>(stage: &S) -> Found {
    let entries = history(stage, &[Kind::SignedIn; 7]);
    stage.log().record(&entries).await?;
    for rows in [1, 3, 7, 200] {
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = stage.log().find(&Filter { cursor, rows, ..about(&entries) }).await?;
            ensure(page.entries.len() <= rows, || format!("{} in a page of {rows}", page.entries.len()))?;
            seen.extend(page.entries);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        same(&format!("pages of {rows}"), seen, newest_first(&entries))?;
    }
    Ok(())
}

async fn old_entries_go_and_the_others_stay<S: Stage>(stage: &S) -> Found {
    let user = stage.fresh();
    let at = |millis| entry(stage, &user, Kind::SignedIn, UnixMillis::from_millis(millis));
    let entries = [at(999), at(1000), at(1001)];
    stage.log().record(&entries).await?;
    stage.log().prune(UnixMillis::from_millis(1000)).await?;
    same("left", find(stage, about(&entries)).await?, newest_first(&entries[1..]))?;
    stage.log().prune(UnixMillis::from_millis(2000)).await?;
    same("left", find(stage, about(&entries)).await?, vec![])
}

async fn what_was_noted_comes_back_as_it_was<S: Stage>(stage: &S) -> Found {
    let odd = "'); DROP TABLE audit; -- \u{202e}\"\\ \u{1f642}";
    let noted = Entry {
        actor: odd.to_owned(),
        session: odd.to_owned(),
        client: "2001:db8::1".to_owned(),
        user_agent: odd.to_owned(),
        detail: odd.to_owned(),
        ..entry(stage, &format!("{odd}{}", stage.fresh()), Kind::RolesChanged, stage.now())
    };
    stage.log().record(std::slice::from_ref(&noted)).await?;
    same("found", find(stage, about(std::slice::from_ref(&noted))).await?, vec![noted])
}
