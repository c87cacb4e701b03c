//! The table of docs/sessions.md, row by row, and the mistakes listed under it.

use std::time::Duration;

use portcullis::limits::{MAX_SESSIONS_PER_USER, MAX_UNRECORDED, REFRESH_GRACE, SESSION_LIFETIME};
use portcullis::session::{Answer, Device, Event, Guess, Opening, Roles, Rules, State, Subject};
use portcullis::time::UnixMillis;

const START: UnixMillis = UnixMillis::from_secs(1_800_000_000);

/// A user with one session, and a clock.
struct World {
    state: State,
    now: UnixMillis,
}

impl World {
    fn new() -> Self {
        let mut world = Self { state: State::default(), now: START };
        world.open("s");
        world
    }

    fn tell(&mut self, event: Event) -> Answer {
        let step = self.state.step(event, self.now, &Rules::default());
        self.state.apply(step.changes);
        step.answer
    }

    fn open(&mut self, sid: &str) -> Answer {
        self.tell(Event::Open { opening: opening(sid, &["user"], 1) })
    }

    fn refresh(&mut self, generation: u64) -> Answer {
        self.tell(Event::Refresh { sid: "s".into(), generation })
    }

    fn wait(&mut self, time: Duration) {
        self.now = self.now.plus(time);
    }

    fn live(&mut self, sid: &str) -> bool {
        matches!(self.tell(Event::Check { sid: sid.into() }), Answer::Live { .. })
    }
}

fn opening(sid: &str, roles: &[&str], version: i64) -> Opening {
    let names = roles.iter().map(|role| (*role).to_owned()).collect();
    Opening { sid: sid.into(), device: Device::default(), roles: Roles { names, version } }
}

fn generation(answer: &Answer) -> (u64, bool) {
    match answer {
        Answer::Refreshed { session, again, .. } => (session.generation, *again),
        other => panic!("not refreshed: {other:?}"),
    }
}

#[test]
fn a_state_is_kept_as_objects_and_comes_back_the_same() {
    let World { state, .. } = World::new();
    let json = serde_json::to_value(&state).unwrap();
    assert!(json["sessions"]["s"].is_object(), "{json}");
    for empty in ["pending", "unrecorded", "underway"] {
        assert_eq!(json[empty], serde_json::json!({}), "{empty}");
    }
    assert_eq!(serde_json::from_value::<State>(json).unwrap(), state);
}

#[test]
fn the_live_token_moves_the_session_one_generation_on() {
    let mut world = World::new();
    for expected in 1..20 {
        world.wait(Duration::from_secs(100));
        let answer = world.refresh(expected - 1);
        assert_eq!(generation(&answer), (expected, false));
        let Answer::Refreshed { session, .. } = answer else { unreachable!() };
        assert_eq!((session.rotated_at, session.last_used_at), (world.now, world.now));
        assert_eq!(session.expires_at, START.plus(SESSION_LIFETIME), "refreshing does not move the end");
    }
}

#[test]
fn the_just_replaced_token_gets_the_same_successor_and_moves_nothing() {
    let mut world = World::new();
    let first = world.refresh(0);
    let before = world.state.clone();
    for _ in 0..50 {
        world.wait(REFRESH_GRACE / 50);
        let again = world.refresh(0);
        assert_eq!(generation(&again), (1, true));
        assert_eq!(world.state, before, "nothing is written, so the window cannot slide");
    }
    let (Answer::Refreshed { session: first, .. }, Answer::Refreshed { session: last, .. }) = (first, world.refresh(0))
    else {
        unreachable!()
    };
    assert_eq!(first, last, "the same row, so the same token byte for byte");
    world.wait(Duration::from_millis(1));
    assert_eq!(world.refresh(0), Answer::Reused, "one millisecond past the grace, however often it was used within");
}

#[test]
fn reuse_ends_the_session_and_puts_it_on_the_list_until_its_end() {
    let mut world = World::new();
    world.refresh(0);
    world.wait(REFRESH_GRACE + Duration::from_millis(1));
    assert_eq!(world.refresh(0), Answer::Reused);
    assert!(!world.live("s"));
    let pending = &world.state.pending[&"s:s".to_owned()];
    assert_eq!((pending.at, pending.until), (world.now, START.plus(SESSION_LIFETIME)));
    // The thief's and the owner's tokens alike: neither passes as a harmless retry of the ended session.
    for generation in [0, 1, 2] {
        assert_eq!(world.refresh(generation), Answer::NoSession);
    }
}

#[test]
fn tokens_two_generations_old_are_reuse_even_within_the_grace() {
    let mut world = World::new();
    world.refresh(0);
    world.refresh(1);
    assert_eq!(world.refresh(0), Answer::Reused);
}

#[test]
fn many_tabs_at_once_make_one_step_and_one_successor() {
    let mut world = World::new();
    let answers: Vec<(u64, bool)> = (0..200).map(|_| generation(&world.refresh(0))).collect();
    assert_eq!(answers.iter().filter(|(_, again)| !again).count(), 1);
    assert!(answers.iter().all(|(generation, _)| *generation == 1));
}

#[test]
fn a_generation_never_reached_changes_nothing() {
    let mut world = World::new();
    let before = world.state.clone();
    for generation in [1, 2, u64::MAX] {
        assert_eq!(world.refresh(generation), Answer::NeverIssued);
    }
    assert_eq!(world.state, before);
}

#[test]
fn unknown_ended_and_expired_sessions_are_alike() {
    let mut world = World::new();
    assert_eq!(world.tell(Event::Refresh { sid: "other".into(), generation: 0 }), Answer::NoSession);
    world.wait(SESSION_LIFETIME);
    assert_eq!(world.refresh(0), Answer::NoSession, "expired");
    let mut world = World::new();
    assert_eq!(world.tell(Event::End { sid: "s".into() }), Answer::Ended { sids: vec!["s".into()] });
    assert_eq!(world.refresh(0), Answer::NoSession, "ended");
    assert_eq!(world.tell(Event::End { sid: "s".into() }), Answer::NoSession, "twice");
}

#[test]
fn a_password_change_ends_every_session_but_the_current_one() {
    let mut world = World::new();
    world.open("t");
    world.open("u");
    let roles = Roles { names: vec!["user".into()], version: 2 };
    world.tell(Event::EndAll { user: "7".into(), except: Some("t".into()), roles: Some(roles) });
    assert!(!world.live("s") && world.live("t") && !world.live("u"));
    assert_eq!(world.state.pending.keys().collect::<Vec<_>>(), ["s:s", "s:u"], "no entry that would hit t");
    // A sign-in that had checked the old password just before.
    assert_eq!(world.tell(Event::SignIn { right: true, opening: opening("v", &["user"], 1) }), Answer::Stale);
    assert!(!world.live("v"));
}

#[test]
fn logging_out_everywhere_also_lists_the_user() {
    let mut world = World::new();
    world.open("t");
    world.tell(Event::EndAll { user: "7".into(), except: None, roles: None });
    assert_eq!(world.state.pending.keys().collect::<Vec<_>>(), ["s:s", "s:t", "u:7"]);
    assert!(Subject::User("7".into()).concerns(world.now, world.now.minus(Duration::from_secs(1))));
    assert!(!Subject::User("7".into()).concerns(world.now, world.now), "signed in again within the same second");
}

#[test]
fn taking_a_role_away_ends_sessions_and_giving_one_does_not() {
    let mut world = World::new();
    let set = |names: &[&str], version| Event::SetRoles {
        user: "7".into(),
        roles: Roles { names: names.iter().map(|name| (*name).to_owned()).collect(), version },
    };
    world.tell(set(&["admin", "user"], 2));
    assert!(world.live("s"));
    let Answer::Refreshed { roles, .. } = world.refresh(0) else { panic!() };
    assert_eq!(roles, ["admin", "user"], "the next access token has it");
    world.tell(set(&["user"], 3));
    assert!(!world.live("s"));
    // Neither a late message nor a sign-in that read the account before brings the role back.
    world.tell(set(&["admin", "user"], 2));
    assert_eq!(world.tell(Event::Open { opening: opening("t", &["admin", "user"], 2) }), Answer::Stale);
    assert_eq!(world.state.roles.names, ["user"]);
}

#[test]
fn a_locked_account_refuses_even_the_right_password_and_opens_nothing() {
    let mut world = World::new();
    let mut guess = |right| world.tell(Event::SignIn { right, opening: opening("t", &["user"], 1) });
    for _ in 0..9 {
        assert_eq!(guess(false), Answer::Guessed { guess: Guess::Wrong });
    }
    assert_eq!(guess(false), Answer::Guessed { guess: Guess::WrongAndLocked });
    assert_eq!(guess(true), Answer::Guessed { guess: Guess::Locked });
    assert!(!world.live("t") && world.live("s"), "open sessions stay");
}

#[test]
fn one_session_too_many_ends_the_least_recently_used_one() {
    let mut world = World::new();
    for number in 1..MAX_SESSIONS_PER_USER {
        world.wait(Duration::from_secs(1));
        world.open(&format!("t{number}"));
    }
    world.wait(Duration::from_secs(1));
    world.refresh(0);
    world.open("new");
    assert!(world.live("s") && world.live("new") && !world.live("t1"));
    assert_eq!(world.state.sessions.len(), MAX_SESSIONS_PER_USER);
}

#[test]
fn states_survive_being_written_and_read() {
    let mut world = World::new();
    world.tell(Event::EndAll { user: "7".into(), except: None, roles: None });
    world.open("t");
    let text = serde_json::to_string(&world.state).unwrap();
    assert_eq!(serde_json::from_str::<State>(&text).unwrap(), world.state);
    world.tell(Event::Delivered { keys: ["s:s", "u:7"].map(|key| (key.into(), START)).to_vec(), recorded: vec![] });
    assert!(world.state.pending.is_empty());
}

#[test]
fn what_was_revoked_anew_while_the_older_entry_was_on_its_way_is_still_to_come() {
    let mut world = World::new();
    let end_all = || Event::EndAll { user: "7".into(), except: None, roles: None };
    world.tell(end_all());
    world.wait(Duration::from_secs(1));
    world.tell(end_all());
    let delivered = |at| Event::Delivered { keys: vec![("u:7".into(), at)], recorded: vec![] };
    world.tell(delivered(START));
    assert_eq!(world.state.pending[&"u:7".to_owned()].at, world.now);
    world.tell(delivered(world.now));
    assert!(!world.state.pending.contains_key("u:7"));
}

#[test]
fn the_accounts_of_a_local_trial_open_with_the_documented_password() {
    let seed = include_str!("../../migrations/demo/accounts.sql");
    let hashes: Vec<&str> = seed.split('\'').filter(|part| part.starts_with("$argon2id$")).collect();
    assert_eq!(hashes.len(), 3);
    for hash in hashes {
        assert!(portcullis::account::password::Password::presented(crate::support::PASSWORD).fits_here(hash));
        assert!(!portcullis::account::password::is_outdated(hash));
    }
}

#[test]
fn what_the_log_missed_is_kept_until_it_is_recorded_and_no_more_than_fits() {
    use portcullis::account::audit::{Entry, Kind};
    let mut world = World::new();
    let entry = |number: usize| Entry {
        at: START,
        event: Kind::SignedIn,
        user: "7".into(),
        actor: String::new(),
        session: "s".into(),
        client: String::new(),
        user_agent: String::new(),
        detail: String::new(),
        request: format!("request {number}"),
    };
    assert_eq!(world.tell(Event::Keep { entries: vec![entry(1), entry(2), entry(2)] }), Answer::Done);
    assert_eq!(world.state.unrecorded.len(), 3);
    let text = serde_json::to_string(&world.state).unwrap();
    assert_eq!(serde_json::from_str::<State>(&text).unwrap(), world.state);
    let recorded: Vec<String> = world.state.unrecorded.keys().cloned().collect();
    world.tell(Event::Keep { entries: (3..1000).map(entry).collect() });
    assert_eq!(world.state.unrecorded.len(), MAX_UNRECORDED);
    world.tell(Event::Delivered { keys: vec![], recorded });
    assert_eq!(world.state.unrecorded.len(), MAX_UNRECORDED - 3);
}

/// The change of an account is written first and told to the sessions after, and the second half may fail.
#[test]
fn a_sign_in_brings_a_change_that_was_not_heard_of_and_what_belongs_to_it() {
    let signed_in_again = |roles: &[&str], version| {
        let mut world = World { state: State::default(), now: START };
        world.tell(Event::Open { opening: opening("s", &["admin", "user"], 1) });
        world.tell(Event::Open { opening: opening("t", roles, version) });
        (world.live("s"), world.live("t"), world.state.pending.contains_key("s:s"))
    };
    assert_eq!(signed_in_again(&["user"], 2), (false, true, true), "a role was taken away");
    assert_eq!(signed_in_again(&["admin", "user"], 2), (false, true, true), "the password was changed");
    assert_eq!(signed_in_again(&["admin", "other", "user"], 2), (true, true, false), "a role was given");
    assert_eq!(
        signed_in_again(&["admin", "other", "user"], 3),
        (false, true, true),
        "two changes, one of them unknown"
    );
    assert_eq!(signed_in_again(&["admin", "user"], 1), (true, true, false), "nothing has changed");
}
