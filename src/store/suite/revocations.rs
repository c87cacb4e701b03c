//! The required behavior of [`Revocations`].

use std::time::Duration;

use super::{Found, Stage, Wrong, ensure, same, suite};
use crate::limits::{ACCESS_TOKEN_LIFETIME, REVOCATION_CACHE};
use crate::session::{Listed, Pending, Revocations, Subject};
use crate::time::UnixMillis;

suite! {
    who_is_not_listed_is_not_revoked,
    what_is_listed_is_revoked_within_the_bound,
    what_is_noted_is_revoked_here_at_once,
    sessions_and_users_are_apart,
    a_user_listed_again_is_revoked_up_to_the_later_moment,
    what_is_recent_is_listed_oldest_first,
    odd_names_come_back_as_they_were,
}

fn entry(subject: Subject, at: UnixMillis) -> Pending {
    Pending { subject, at, until: at.plus(ACCESS_TOKEN_LIFETIME) }
}

fn session<S: Stage>(stage: &S) -> Subject {
    Subject::Session(stage.fresh())
}

async fn revoked_at<S: Stage>(stage: &S, subject: &Subject) -> Result<Option<UnixMillis>, Wrong> {
    Ok(stage.revocations().revoked_at(subject, stage.now()).await?)
}

/// The listed entries since `since` about these subjects.
async fn listed<S: Stage>(stage: &S, since: UnixMillis, about: &[&Subject]) -> Result<Vec<Listed>, Wrong> {
    let mut listed = stage.revocations().since(since).await?;
    listed.retain(|entry| about.contains(&&entry.subject));
    Ok(listed)
}

async fn who_is_not_listed_is_not_revoked<S: Stage>(stage: &S) -> Found {
    same("a session", revoked_at(stage, &session(stage)).await?, None)?;
    same("a user", revoked_at(stage, &Subject::User(stage.fresh())).await?, None)
}

async fn what_is_listed_is_revoked_within_the_bound<S: Stage>(stage: &S) -> Found {
    for subject in [session(stage), Subject::User(stage.fresh())] {
        // Reads first, so that a cache may contain the answer.
        same("before", revoked_at(stage, &subject).await?, None)?;
        let at = stage.now();
        stage.list(&entry(subject.clone(), at)).await?;
        stage.wait(REVOCATION_CACHE);
        same("within the bound", revoked_at(stage, &subject).await?, Some(at))?;
    }
    Ok(())
}

async fn what_is_noted_is_revoked_here_at_once<S: Stage>(stage: &S) -> Found {
    for subject in [session(stage), Subject::User(stage.fresh())] {
        same("before", revoked_at(stage, &subject).await?, None)?;
        let at = stage.now();
        stage.revocations().note(&subject, at, at);
        same("at once", revoked_at(stage, &subject).await?, Some(at))?;
    }
    Ok(())
}

async fn sessions_and_users_are_apart<S: Stage>(stage: &S) -> Found {
    let word = stage.fresh();
    stage.list(&entry(Subject::Session(word.clone()), stage.now())).await?;
    same("the user of that name", revoked_at(stage, &Subject::User(word)).await?, None)
}

async fn a_user_listed_again_is_revoked_up_to_the_later_moment<S: Stage>(stage: &S) -> Found {
    let subject = Subject::User(stage.fresh());
    stage.list(&entry(subject.clone(), stage.now())).await?;
    stage.wait(Duration::from_secs(90));
    let at = stage.now();
    stage.list(&entry(subject.clone(), at)).await?;
    stage.wait(REVOCATION_CACHE);
    same("the later", revoked_at(stage, &subject).await?, Some(at))?;
    same("listed once", listed(stage, at, &[&subject]).await?, vec![Listed { subject, at }])
}

async fn what_is_recent_is_listed_oldest_first<S: Stage>(stage: &S) -> Found {
    let subjects = [session(stage), Subject::User(stage.fresh()), session(stage)];
    let mut wanted = Vec::new();
    for subject in &subjects {
        stage.wait(Duration::from_secs(1));
        stage.list(&entry(subject.clone(), stage.now())).await?;
        wanted.push(Listed { subject: subject.clone(), at: stage.now() });
    }
    let about: Vec<&Subject> = subjects.iter().collect();
    let got = listed(stage, wanted[0].at.minus(Duration::from_secs(1)), &about).await?;
    let order: Vec<&Subject> = got.iter().map(|entry| &entry.subject).collect();
    same("who", order, about.clone())?;
    ensure(got.is_sorted_by_key(|entry| entry.at), || format!("not by time: {got:?}"))?;
    let later = listed(stage, got[1].at, &about).await?;
    same("since the second", later, got[1..].to_vec())
}

async fn odd_names_come_back_as_they_were<S: Stage>(stage: &S) -> Found {
    let subject = Subject::User(format!("u:\"o'ne\u{1f642}\" r:{}", stage.fresh()));
    let at = stage.now();
    stage.list(&entry(subject.clone(), at)).await?;
    same("read", revoked_at(stage, &subject).await?, Some(at))?;
    same("listed", listed(stage, at, &[&subject]).await?, vec![Listed { subject, at }])
}
