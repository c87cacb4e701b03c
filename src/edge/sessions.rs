//! The port to a user's object, over the namespace binding.

use js_sys::{JsString, Promise};
use wasm_bindgen::prelude::*;
use worker::ObjectNamespace;

use super::deadline::within;
use super::task::Watched;
use crate::json;
use crate::session::{Answer, Event, Sessions, Unavailable};
use crate::time::UnixMillis;

#[wasm_bindgen]
extern "C" {
    /// A stub of the class `UserSessions` in `entry.mjs`.
    type UserSessionsStub;

    #[wasm_bindgen(method, catch)]
    fn tell(this: &UserSessionsStub, event: &str) -> Result<Promise, JsValue>;
}

/// One Durable Object per user, by the user's id.
pub(super) struct ObjectSessions {
    namespace: ObjectNamespace,
}

impl ObjectSessions {
    pub(super) fn new(namespace: ObjectNamespace) -> Self {
        Self { namespace }
    }

    async fn ask(&self, user: &str, event: &str) -> Result<String, String> {
        let told = |error: JsValue| format!("{error:?}");
        let stub: UserSessionsStub = self.namespace.get_by_name(user).map_err(|error| error.to_string())?.into_rpc();
        let promise = stub.tell(event).map_err(told)?;
        let answer = Watched::promise(promise).await.map_err(told)?;
        Ok(answer.dyn_into::<JsString>().map_err(told)?.into())
    }
}

impl Sessions for ObjectSessions {
    /// The object goes by its own clock, so that all edges agree on one.
    async fn tell(&self, user: &str, event: Event, _now: UnixMillis) -> Result<Answer, Unavailable> {
        let broken = |error: serde_json::Error| Unavailable(format!("sessions: {error}"));
        let event = serde_json::to_string(&event).map_err(broken)?;
        let answer = within("sessions", self.ask(user, &event)).await?;
        json::read(&answer).map_err(|unfit| Unavailable(format!("sessions: {unfit}")))
    }
}
