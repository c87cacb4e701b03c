//! An issuer's keys with their rotation states: next, active, retired.
//!
//! A private JWKS records the state in two members of this project, which RFC 7517 section 4 allows and which never
//! appear in a published set:
//!
//! | `state` | signs | verifies, and is published | |
//! |---|---|---|---|
//! | `"next"` | no | yes | it waits, so that every verifier knows it before it signs |
//! | `"active"` | yes | yes | exactly one |
//! | `"retired"` | no | until what it signed has expired | with `retired_at`, in seconds since 1970 |
//!
//! In a set without states, as in earlier versions, the first key is active, and the others verify as long as they are
//! in the set.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::jwk::{Jwk, Refusal};
use super::{Key, KeySet, set};
use crate::alg::Alg;
use crate::error::Error;
use crate::limits::ROTATION_SLACK;
use crate::time::UnixMillis;

/// The rotation state of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Published before it signs.
    Next,
    /// Signs.
    Active,
    /// It used to sign. `None` if the set does not record since when it is retired.
    Retired(Option<UnixMillis>),
}

/// An issuer's keys by state. The active key is first.
#[derive(Debug, Clone)]
pub struct Rotation {
    keys: Vec<Key>,
    states: Vec<State>,
}

/// Why keys with states are not a valid rotation. The message says what to do, and names keys only by `kid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadRotation {
    /// A key or the document itself is invalid.
    Key(Error),
    /// Some keys have a state, and this one has none.
    StateMissing(String),
    /// An unknown state.
    StateUnknown(String),
    /// No key is active.
    NoneActive,
    /// Two keys are active.
    TwoActive(String, String),
    /// Two keys are next.
    TwoNext(String, String),
    /// `retired_at` is missing, is not an integer, or is set on a key that is not retired.
    RetiredAt(String),
}

impl Rotation {
    /// The keys of a private JWKS with their states. A key that names no algorithm gets the first of `algorithms` that
    /// it fits. Keys without a `kid` get their thumbprint, because tokens must name their key.
    ///
    /// # Errors
    /// [`BadRotation`].
    pub fn from_jwks(json: &str, algorithms: &[Alg]) -> Result<Self, BadRotation> {
        let mut found = Vec::new();
        for jwk in set::documents(json)? {
            let state = Marked::of(&jwk);
            match set::read(jwk, algorithms) {
                Ok(key) => {
                    let kid = key.kid().map_or_else(|| key.thumbprint(), str::to_owned);
                    found.push((key.with_kid(kid), state));
                }
                Err(Refusal::NotForUs(_)) => {}
                Err(Refusal::Bad(error)) => return Err(error.into()),
            }
        }
        let stated = found.iter().any(|(_, marked)| marked.state.is_some() || marked.retired_at.is_some());
        let mut rotation = Self { keys: Vec::new(), states: Vec::new() };
        for (at, (key, marked)) in found.into_iter().enumerate() {
            let unstated = if at == 0 { State::Active } else { State::Retired(None) };
            rotation.states.push(if stated { marked.read(&key)? } else { unstated });
            rotation.keys.push(key);
        }
        rotation.checked()
    }

    /// The key that signs.
    pub fn active(&self) -> &Key {
        &self.keys[0]
    }

    /// All keys; the active one first.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// All keys with their states; the active one first.
    pub fn states(&self) -> impl Iterator<Item = (&Key, State)> {
        self.keys.iter().zip(self.states.iter().copied())
    }

    /// The keys that verify tokens with a lifetime of `life`. A retired key is trusted until the last of its tokens has
    /// expired. [`ROTATION_SLACK`] is added because the old deployment continues to sign until the new set is deployed
    /// everywhere.
    pub fn verifying(&self, life: Duration) -> KeySet {
        let keys = self.states().map(|(key, state)| match state {
            State::Retired(Some(since)) => key.clone().trusted_until(since.plus(life).plus(ROTATION_SLACK)),
            _ => key.clone(),
        });
        KeySet::of_different(keys.collect())
    }

    /// The same states for other keys, each derived from one of these.
    ///
    /// # Errors
    /// The errors of `make`.
    pub fn derive<E>(&self, make: impl Fn(&Key) -> Result<Key, E>) -> Result<Self, E> {
        let keys = self.keys.iter().map(make).collect::<Result<_, _>>()?;
        Ok(Self { keys, states: self.states.clone() })
    }

    /// Checks that exactly one key is active and at most one is next, with different key ids; moves the active key to
    /// the front.
    fn checked(mut self) -> Result<Self, BadRotation> {
        KeySet::new(self.keys.clone())?;
        let named = |wanted: State| -> Vec<(usize, String)> {
            let of = self.states().enumerate().filter(|(_, (_, state))| *state == wanted);
            of.map(|(at, (key, _))| (at, kid(key))).collect()
        };
        if let [(_, one), (_, other), ..] = &named(State::Next)[..] {
            return Err(BadRotation::TwoNext(one.clone(), other.clone()));
        }
        let active = match &named(State::Active)[..] {
            [] => return Err(BadRotation::NoneActive),
            [(at, _)] => *at,
            [(_, one), (_, other), ..] => return Err(BadRotation::TwoActive(one.clone(), other.clone())),
        };
        self.keys[..=active].rotate_right(1);
        self.states[..=active].rotate_right(1);
        Ok(self)
    }
}

/// A single key that signs, and no others.
impl From<Key> for Rotation {
    fn from(key: Key) -> Self {
        Self { keys: vec![key], states: vec![State::Active] }
    }
}

/// The two members in the document.
struct Marked {
    state: Option<Value>,
    retired_at: Option<Value>,
}

impl Marked {
    fn of(jwk: &Jwk) -> Self {
        let member = |name: &str| jwk.0.get(name).cloned();
        Self { state: member("state"), retired_at: member("retired_at") }
    }

    fn read(&self, key: &Key) -> Result<State, BadRotation> {
        let state = self.state.as_ref().ok_or_else(|| BadRotation::StateMissing(kid(key)))?;
        let retired_at = || {
            let seconds = self.retired_at.as_ref()?.as_i64().filter(|seconds| (0..1 << 40).contains(seconds))?;
            Some(UnixMillis::from_secs(seconds))
        };
        match state.as_str() {
            Some("retired") => match retired_at() {
                Some(since) => Ok(State::Retired(Some(since))),
                None => Err(BadRotation::RetiredAt(kid(key))),
            },
            Some("next" | "active") if self.retired_at.is_some() => Err(BadRotation::RetiredAt(kid(key))),
            Some("next") => Ok(State::Next),
            Some("active") => Ok(State::Active),
            _ => Err(BadRotation::StateUnknown(kid(key))),
        }
    }
}

fn kid(key: &Key) -> String {
    key.kid().unwrap_or_default().to_owned()
}

impl fmt::Display for BadRotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(error) => write!(f, "{error}"),
            Self::StateMissing(kid) => {
                write!(f, "the key {kid} has no state while others have one: \"next\", \"active\" or \"retired\"")
            }
            Self::StateUnknown(kid) => {
                write!(f, "the state of the key {kid} is none; there are \"next\", \"active\" and \"retired\"")
            }
            Self::NoneActive => f.write_str("no key is active, so none would sign; exactly one has to be"),
            Self::TwoActive(one, other) => {
                write!(f, "the keys {one} and {other} are both active; exactly one signs")
            }
            Self::TwoNext(one, other) => write!(f, "the keys {one} and {other} are both next; only one can follow"),
            Self::RetiredAt(kid) => write!(
                f,
                "retired_at of the key {kid} does not fit: a retired key, and no other, says since when, in seconds since 1970"
            ),
        }
    }
}

impl std::error::Error for BadRotation {}

impl From<Error> for BadRotation {
    fn from(error: Error) -> Self {
        Self::Key(error)
    }
}
