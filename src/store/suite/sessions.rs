//! The required behavior of [`Sessions`]: the table in docs/sessions.md, and concurrent events.

use std::time::Duration;

use super::{Found, Stage, Wrong, at_once, ensure, same, suite};
use crate::limits::{
    CHANGE_DEADLINE, LOCKOUT_FAILURES, LOCKOUT_FIRST_WAIT, MAX_SESSIONS_PER_USER, PASSWORD_CHANGE_GRACE, REFRESH_GRACE,
    SESSION_LIFETIME,
};
use crate::session::{Answer, AskedAgain, Begin, Changing, Device, Event, Guess, Opening, Roles, Session, Sessions};

suite! {
    what_is_opened_is_there,
    users_are_apart,
    the_live_token_moves_one_generation_on,
    the_just_replaced_token_gets_the_same_again_and_moves_nothing,
    past_the_grace_it_is_reuse_and_ends_the_session,
    two_generations_old_is_reuse_within_the_grace_too,
    a_generation_never_reached_changes_nothing,
    of_many_refreshes_at_once_one_moves_the_session_on,
    an_ended_session_is_over_once_and_for_all,
    a_session_ends_by_itself,
    ending_all_ends_all,
    a_password_change_keeps_one_and_makes_earlier_sign_ins_stale,
    taking_a_role_away_ends_sessions_and_giving_one_does_not,
    older_roles_do_not_come_back,
    ten_failures_lock_even_against_the_right_password,
    guesses_at_once_are_counted_one_by_one,
    the_right_password_forgets_failures,
    failures_of_strangers_and_of_the_owner_are_counted_apart,
    a_change_that_was_half_made_can_be_finished_and_no_other,
    a_password_change_ends_the_others_before_the_account_is_written,
    a_change_that_is_not_heard_of_again_ends_what_was_opened_meanwhile,
    a_change_that_is_heard_of_ends_nothing_later,
    a_change_that_a_sign_in_brings_word_of_keeps_the_session_that_made_it,
    a_role_that_is_to_go_ends_sessions_before_the_account_is_written,
    a_change_begins_only_on_what_is_known_here,
    one_session_too_many_ends_the_least_recently_used,
    what_was_typed_comes_back_as_it_was,
}

/// One user of a stage.
struct One<'s, S> {
    stage: &'s S,
    user: String,
}

impl<'s, S: Stage> One<'s, S> {
    fn new(stage: &'s S) -> Self {
        Self { stage, user: stage.fresh() }
    }

    async fn tell(&self, event: Event) -> Result<Answer, Wrong> {
        Ok(self.stage.sessions().tell(&self.user, event, self.stage.now()).await?)
    }

    /// Opens a session like a registration.
    async fn open(&self, sid: &str) -> Result<Session, Wrong> {
        match self.tell(Event::Open { opening: opening(sid, &["user"], 1) }).await? {
            Answer::Opened { session, .. } => Ok(session),
            other => Err(Wrong(format!("no session was opened: {other:?}"))),
        }
    }

    async fn refresh(&self, generation: u64) -> Result<Answer, Wrong> {
        self.tell(Event::Refresh { sid: "s".into(), generation }).await
    }

    /// The resulting generation, and whether the response was a repetition.
    async fn refreshed(&self, generation: u64) -> Result<(Session, bool), Wrong> {
        match self.refresh(generation).await? {
            Answer::Refreshed { session, again, .. } => Ok((session, again)),
            other => Err(Wrong(format!("generation {generation} was not refreshed: {other:?}"))),
        }
    }

    async fn guess(&self, right: bool) -> Result<Answer, Wrong> {
        self.tell(Event::SignIn { right, opening: opening("guessed", &["user"], 1) }).await
    }

    async fn begin_password(&self, session: &str, version: i64) -> Result<Answer, Wrong> {
        let what = Changing::Password { session: session.into() };
        let begin = Some(Begin { user: self.user.clone(), version, what });
        self.tell(Event::Guess { right: true, again: None, begin }).await
    }

    async fn begin_roles(&self, names: &[&str], version: i64) -> Result<Answer, Wrong> {
        let what = Changing::Roles { names: roles(names, version).names };
        self.tell(Event::Begin { begin: Begin { user: self.user.clone(), version, what } }).await
    }

    async fn live(&self, sid: &str) -> Result<bool, Wrong> {
        Ok(matches!(self.tell(Event::Check { sid: sid.into() }).await?, Answer::Live { .. }))
    }

    async fn sids(&self) -> Result<Vec<String>, Wrong> {
        match self.tell(Event::List).await? {
            Answer::Sessions { sessions } => Ok(sessions.into_iter().map(|session| session.sid).collect()),
            other => Err(Wrong(format!("no list: {other:?}"))),
        }
    }
}

fn opening(sid: &str, roles: &[&str], version: i64) -> Opening {
    let device = Device { user_agent: "suite".into(), place: "Lisbon, PT".into() };
    Opening { sid: sid.into(), device, roles: self::roles(roles, version) }
}

fn roles(names: &[&str], version: i64) -> Roles {
    Roles { names: names.iter().map(|name| (*name).to_owned()).collect(), version }
}

const SECOND: Duration = Duration::from_secs(1);

async fn what_is_opened_is_there<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    same("before", one.sids().await?, vec![])?;
    let session = one.open("s").await?;
    same("its generation", session.generation, 0)?;
    same("its life", session.expires_at, session.created_at.plus(SESSION_LIFETIME))?;
    same("its times", (session.rotated_at, session.last_used_at), (session.created_at, session.created_at))?;
    same("listed", one.tell(Event::List).await?, Answer::Sessions { sessions: vec![session] })?;
    same("live", one.tell(Event::Check { sid: "s".into() }).await?, Answer::Live { roles: vec!["user".into()] })?;
    same("another", one.tell(Event::Check { sid: "t".into() }).await?, Answer::NoSession)
}

async fn users_are_apart<S: Stage>(stage: &S) -> Found {
    let (one, other) = (One::new(stage), One::new(stage));
    one.open("s").await?;
    same("the other's list", other.sids().await?, vec![])?;
    same("the other's refresh", other.refresh(0).await?, Answer::NoSession)?;
    other.open("s").await?;
    other.tell(Event::EndAll { user: other.user.clone(), except: None, roles: None }).await?;
    ensure(one.live("s").await?, || "the other's end ended this one".into())
}

async fn the_live_token_moves_one_generation_on<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    let opened = one.open("s").await?;
    for generation in 0..5 {
        stage.wait(100 * SECOND);
        let (session, again) = one.refreshed(generation).await?;
        same("the step", (session.generation, again), (generation + 1, false))?;
        ensure(session.rotated_at > opened.rotated_at, || "the generation has no new beginning".into())?;
        same("its use", session.last_used_at, session.rotated_at)?;
        same("its end", session.expires_at, opened.expires_at)?;
        same("stored", one.tell(Event::List).await?, Answer::Sessions { sessions: vec![session] })?;
    }
    Ok(())
}

async fn the_just_replaced_token_gets_the_same_again_and_moves_nothing<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.open("s").await?;
    let (winner, _) = one.refreshed(0).await?;
    for _ in 0..9 {
        stage.wait(REFRESH_GRACE / 10);
        same("a racer's answer", one.refreshed(0).await?, (winner.clone(), true))?;
    }
    stage.wait(REFRESH_GRACE / 10 + SECOND);
    same("after the grace, however often it was used within", one.refresh(0).await?, Answer::Reused)
}

async fn past_the_grace_it_is_reuse_and_ends_the_session<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.open("s").await?;
    one.refreshed(0).await?;
    stage.wait(REFRESH_GRACE + SECOND);
    same("the thief", one.refresh(0).await?, Answer::Reused)?;
    ensure(!one.live("s").await?, || "the session is still open".into())?;
    for generation in [0, 1, 2] {
        same("anyone afterwards", one.refresh(generation).await?, Answer::NoSession)?;
    }
    Ok(())
}

async fn two_generations_old_is_reuse_within_the_grace_too<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.open("s").await?;
    one.refreshed(0).await?;
    one.refreshed(1).await?;
    same("two back", one.refresh(0).await?, Answer::Reused)
}

async fn a_generation_never_reached_changes_nothing<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.open("s").await?;
    let before = one.tell(Event::List).await?;
    // Above 2^53, an integer does not survive a host that uses doubles.
    for generation in [1, 2, 1 << 53, u64::MAX] {
        same("ahead", one.refresh(generation).await?, Answer::NeverIssued)?;
    }
    same("the session", one.tell(Event::List).await?, before)
}

async fn of_many_refreshes_at_once_one_moves_the_session_on<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.open("s").await?;
    let answers = at_once((0..50).map(|_| one.refreshed(0))).await;
    let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    same("steps", answers.iter().filter(|(_, again)| !again).count(), 1)?;
    let first = &answers[0].0;
    ensure(answers.iter().all(|(session, _)| session == first), || "not all got the same successor".into())
}

async fn an_ended_session_is_over_once_and_for_all<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.open("s").await?;
    one.open("t").await?;
    same("ended", one.tell(Event::End { sid: "s".into() }).await?, Answer::Ended { sids: vec!["s".into()] })?;
    same("again", one.tell(Event::End { sid: "s".into() }).await?, Answer::NoSession)?;
    same("refreshed", one.refresh(0).await?, Answer::NoSession)?;
    same("left", one.sids().await?, vec!["t".to_owned()])
}

async fn a_session_ends_by_itself<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.open("s").await?;
    stage.wait(SESSION_LIFETIME - 10 * SECOND);
    one.refreshed(0).await?;
    stage.wait(20 * SECOND);
    same("refreshed", one.refresh(1).await?, Answer::NoSession)?;
    same("left", one.sids().await?, vec![])?;
    ensure(!one.live("s").await?, || "it is still open".into())
}

async fn ending_all_ends_all<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    for sid in ["s", "t", "u"] {
        one.open(sid).await?;
    }
    let ended = one.tell(Event::EndAll { user: one.user.clone(), except: None, roles: None }).await?;
    let Answer::Ended { mut sids } = ended else { return Err(Wrong(format!("not ended: {ended:?}"))) };
    sids.sort();
    same("ended", sids, vec!["s".to_owned(), "t".to_owned(), "u".to_owned()])?;
    same("left", one.sids().await?, vec![])?;
    one.open("v").await.map(drop)
}

async fn a_password_change_keeps_one_and_makes_earlier_sign_ins_stale<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.open("s").await?;
    one.open("t").await?;
    let changed = Some(roles(&["user"], 2));
    one.tell(Event::EndAll { user: one.user.clone(), except: Some("t".into()), roles: changed }).await?;
    same("left", one.sids().await?, vec!["t".to_owned()])?;
    same("a sign-in that read the account before", one.guess(true).await?, Answer::Stale)?;
    same("left", one.sids().await?, vec!["t".to_owned()])?;
    match one.tell(Event::SignIn { right: true, opening: opening("v", &["user"], 2) }).await? {
        Answer::Opened { .. } => Ok(()),
        other => Err(Wrong(format!("one that read it after: {other:?}"))),
    }
}

async fn taking_a_role_away_ends_sessions_and_giving_one_does_not<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.open("s").await?;
    let set = |names: &[&str], version| Event::SetRoles { user: one.user.clone(), roles: roles(names, version) };
    same("given", one.tell(set(&["admin", "user"], 2)).await?, Answer::Ended { sids: vec![] })?;
    match one.refresh(0).await? {
        Answer::Refreshed { roles, .. } => {
            same("the next token's", roles, vec!["admin".to_owned(), "user".to_owned()])?
        }
        other => return Err(Wrong(format!("not refreshed: {other:?}"))),
    }
    same("taken", one.tell(set(&["user"], 3)).await?, Answer::Ended { sids: vec!["s".into()] })?;
    same("afterwards", one.refresh(1).await?, Answer::NoSession)
}

async fn older_roles_do_not_come_back<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.open("s").await?;
    let set = |names: &[&str], version| Event::SetRoles { user: one.user.clone(), roles: roles(names, version) };
    one.tell(set(&["manager", "user"], 3)).await?;
    one.tell(set(&["admin", "user"], 2)).await?;
    match one.refresh(0).await? {
        Answer::Refreshed { roles, .. } => same("roles", roles, vec!["manager".to_owned(), "user".to_owned()])?,
        other => return Err(Wrong(format!("not refreshed: {other:?}"))),
    }
    let late = one.tell(Event::Open { opening: opening("t", &["admin"], 2) }).await?;
    same("a sign-in that read them before", late, Answer::Stale)
}

async fn ten_failures_lock_even_against_the_right_password<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.open("s").await?;
    for _ in 1..LOCKOUT_FAILURES {
        same("a failure", one.guess(false).await?, Answer::Guessed { guess: Guess::Wrong })?;
    }
    same("the last", one.guess(false).await?, Answer::Guessed { guess: Guess::WrongAndLocked })?;
    same("the right one", one.guess(true).await?, Answer::Guessed { guess: Guess::Locked })?;
    same("left", one.sids().await?, vec!["s".to_owned()])?;
    stage.wait(LOCKOUT_FIRST_WAIT + SECOND);
    match one.guess(true).await? {
        Answer::Opened { .. } => Ok(()),
        other => Err(Wrong(format!("after the wait: {other:?}"))),
    }
}

async fn guesses_at_once_are_counted_one_by_one<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    let answers = at_once((0..30).map(|_| one.guess(false))).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    let count = |guess| answers.iter().filter(|answer| **answer == Answer::Guessed { guess }).count();
    let counts = (count(Guess::Wrong), count(Guess::WrongAndLocked), count(Guess::Locked));
    same("wrong, locking, locked", counts, (LOCKOUT_FAILURES - 1, 1, 30 - LOCKOUT_FAILURES))
}

async fn the_right_password_forgets_failures<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    for _ in 0..3 {
        for _ in 1..LOCKOUT_FAILURES {
            same("a failure", one.guess(false).await?, Answer::Guessed { guess: Guess::Wrong })?;
        }
        let right = one.guess(true).await?;
        ensure(matches!(right, Answer::Opened { .. }), || format!("the right one: {right:?}"))?;
    }
    Ok(())
}

async fn failures_of_strangers_and_of_the_owner_are_counted_apart<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    let owner = |right| one.tell(Event::Guess { right, again: None, begin: None });
    for _ in 1..LOCKOUT_FAILURES {
        one.guess(false).await?;
        same("the owner's failure", owner(false).await?, Answer::Guessed { guess: Guess::Wrong })?;
    }
    same("strangers lock", one.guess(false).await?, Answer::Guessed { guess: Guess::WrongAndLocked })?;
    same("the owner is not locked", owner(true).await?, Answer::Guessed { guess: Guess::Right })?;
    same("strangers still are", one.guess(true).await?, Answer::Guessed { guess: Guess::Locked })?;
    for _ in 1..LOCKOUT_FAILURES {
        same("counted from zero", owner(false).await?, Answer::Guessed { guess: Guess::Wrong })?;
    }
    same("the owner locks too", owner(false).await?, Answer::Guessed { guess: Guess::WrongAndLocked })
}

async fn a_change_that_was_half_made_can_be_finished_and_no_other<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.open("s").await?;
    one.open("t").await?;
    let by = |session: &str, version| Event::Guess {
        right: false,
        again: Some(AskedAgain { session: session.into(), version }),
        begin: None,
    };
    let ask = |version| by("s", version);
    let (right, wrong) = (Answer::Guessed { guess: Guess::Right }, Answer::Guessed { guess: Guess::Wrong });
    same("a version heard of", one.tell(ask(1)).await?, wrong.clone())?;
    same("one that is not", one.tell(ask(2)).await?, right.clone())?;
    let changed = Some(roles(&["user"], 2));
    one.tell(Event::EndAll { user: one.user.clone(), except: Some("s".into()), roles: changed }).await?;
    same("once it is heard of", one.tell(ask(2)).await?, right)?;
    same("by another session", one.tell(by("t", 2)).await?, wrong.clone())?;
    stage.wait(PASSWORD_CHANGE_GRACE + SECOND);
    same("much later", one.tell(ask(2)).await?, wrong)
}

async fn a_password_change_ends_the_others_before_the_account_is_written<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.open("s").await?;
    one.open("t").await?;
    same("ended", one.begin_password("s", 1).await?, Answer::Ended { sids: vec!["t".into()] })?;
    same("left", one.sids().await?, vec!["s".to_owned()])?;
    same("by one that has ended", one.begin_password("t", 1).await?, Answer::NoSession)?;
    let wrong = Event::Guess {
        right: false,
        again: None,
        begin: Some(Begin { user: one.user.clone(), version: 1, what: Changing::Password { session: "u".into() } }),
    };
    one.open("u").await?;
    same("with a wrong password", one.tell(wrong).await?, Answer::Guessed { guess: Guess::Wrong })?;
    ensure(one.live("s").await?, || "a wrong password ended a session".into())
}

async fn a_change_that_is_not_heard_of_again_ends_what_was_opened_meanwhile<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.open("s").await?;
    one.begin_password("s", 1).await?;
    one.open("thief").await?;
    stage.wait(CHANGE_DEADLINE - SECOND);
    ensure(one.live("thief").await?, || "it may still be heard of".into())?;
    stage.wait(2 * SECOND);
    same("the thief's", one.tell(Event::Refresh { sid: "thief".into(), generation: 0 }).await?, Answer::NoSession)?;
    ensure(one.live("s").await?, || "the session that made the change is lost".into())?;
    // The change is settled: sessions opened afterwards stay open.
    one.open("t").await?;
    stage.wait(2 * CHANGE_DEADLINE);
    ensure(one.live("t").await?, || "it ended twice".into())
}

async fn a_change_that_is_heard_of_ends_nothing_later<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.open("s").await?;
    one.begin_password("s", 1).await?;
    one.open("thief").await?;
    let done = |version| Event::EndAll {
        user: one.user.clone(),
        except: Some("s".into()),
        roles: Some(roles(&["user"], version)),
    };
    same("ended", one.tell(done(2)).await?, Answer::Ended { sids: vec!["thief".into()] })?;
    one.begin_roles(&[], 2).await?;
    one.tell(Event::SetRoles { user: one.user.clone(), roles: roles(&[], 3) }).await?;
    one.tell(Event::Open { opening: opening("t", &[], 3) }).await?;
    stage.wait(CHANGE_DEADLINE + SECOND);
    ensure(one.live("t").await?, || "ended by a change that was over".into())
}

async fn a_change_that_a_sign_in_brings_word_of_keeps_the_session_that_made_it<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.open("s").await?;
    one.begin_password("s", 1).await?;
    one.open("thief").await?;
    // With the new password, on another device; nobody reported the completion of the change.
    one.tell(Event::SignIn { right: true, opening: opening("t", &["user"], 2) }).await?;
    same("thief, s, t", (one.live("thief").await?, one.live("s").await?, one.live("t").await?), (false, true, true))?;
    stage.wait(CHANGE_DEADLINE + SECOND);
    same("later: s, t", (one.live("s").await?, one.live("t").await?), (true, true))
}

async fn a_role_that_is_to_go_ends_sessions_before_the_account_is_written<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.open("s").await?;
    same("ended", one.begin_roles(&[], 1).await?, Answer::Ended { sids: vec!["s".into()] })?;
    // With the old roles, because the account is not written yet; the completion of the change is never reported.
    one.open("t").await?;
    // A change by another administrator is a separate change.
    one.tell(Event::SetRoles { user: one.user.clone(), roles: roles(&["manager", "user"], 2) }).await?;
    ensure(one.live("t").await?, || "ended by another change".into())?;
    stage.wait(CHANGE_DEADLINE + SECOND);
    same("refreshed", one.tell(Event::Refresh { sid: "t".into(), generation: 0 }).await?, Answer::NoSession)
}

async fn a_change_begins_only_on_what_is_known_here<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.tell(Event::Open { opening: opening("s", &["user"], 3) }).await?;
    same("the password", one.begin_password("s", 2).await?, Answer::Stale)?;
    same("the roles", one.begin_roles(&[], 2).await?, Answer::Stale)?;
    ensure(one.live("s").await?, || "a change that did not begin ended a session".into())
}

async fn one_session_too_many_ends_the_least_recently_used<S: Stage>(stage: &S) -> Found {
    let one = One::new(stage);
    one.open("s").await?;
    for number in 1..MAX_SESSIONS_PER_USER {
        stage.wait(SECOND);
        one.open(&format!("t{number}")).await?;
    }
    stage.wait(SECOND);
    one.refreshed(0).await?;
    one.open("new").await?;
    same("open", one.sids().await?.len(), MAX_SESSIONS_PER_USER)?;
    same("which", (one.live("s").await?, one.live("new").await?, one.live("t1").await?), (true, true, false))
}

async fn what_was_typed_comes_back_as_it_was<S: Stage>(stage: &S) -> Found {
    let one = One { stage, user: format!("o'ne \"{}\" \u{1f642}/?#", stage.fresh()) };
    let device =
        Device { user_agent: "\u{202e}\"'; DROP TABLE session; --\\ \u{1f642}".into(), place: "S\u{e3}o, '\"".into() };
    let opening = Opening { sid: "\"s'\u{1f642}".into(), device: device.clone(), roles: roles(&["user"], 1) };
    one.tell(Event::Open { opening }).await?;
    match one.tell(Event::List).await? {
        Answer::Sessions { sessions } if sessions.len() == 1 => {
            same("device", &sessions[0].device, &device)?;
            same("sid", sessions[0].sid.as_str(), "\"s'\u{1f642}")
        }
        other => Err(Wrong(format!("listed: {other:?}"))),
    }
}
