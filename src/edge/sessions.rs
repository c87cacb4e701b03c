//! The port to a user's object, through the namespace binding.

use super::bindings::Objects;
use super::deadline::within;
use crate::json;
use crate::session::{Answer, Event, Sessions, Unavailable};
use crate::time::UnixMillis;

/// One Durable Object per user, by the user's id.
pub(super) struct ObjectSessions {
    namespace: Objects,
}

impl ObjectSessions {
    pub(super) fn new(namespace: Objects) -> Self {
        Self { namespace }
    }
}

impl Sessions for ObjectSessions {
    /// The object uses its own clock, so that all locations agree on the time.
    async fn tell(&self, user: &str, event: Event, _now: UnixMillis) -> Result<Answer, Unavailable> {
        let event = json::text(&event);
        let answer = within("sessions", || self.namespace.by_name(user)?.tell(&event)).await?;
        serde_json::from_str(&answer.as_string().unwrap_or_default())
            .map_err(|error| Unavailable(format!("sessions: {error}")))
    }
}
