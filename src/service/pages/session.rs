//! Identifies the user of a page by the refresh cookie.

use crate::http::Problem;
use crate::service::Ports;
use crate::service::call::{Call, Caller, Failed};
use crate::service::sign_in::unexpected;
use crate::session::{Answer, Event, Session};

/// A user with a valid refresh cookie, and all their open sessions.
pub(super) struct SignedIn {
    pub(super) caller: Caller,
    pub(super) sessions: Vec<Session>,
}

impl<P: Ports> Call<'_, P> {
    /// The user of the cookie; `None` if it is missing or no longer valid. Changes nothing. The cookie must contain the
    /// current token, or the one just replaced during its grace period. An older token proves nothing here; its reuse
    /// is handled by the refresh endpoint.
    pub(super) async fn who(&self) -> Result<Option<SignedIn>, Failed> {
        let Some(token) = self.refresh_cookie() else { return Ok(None) };
        let presented = match self.check_refresh_token(&token).await {
            Ok(presented) => presented,
            Err(Problem::RefreshToken) => return Ok(None),
            Err(ours_at_fault) => return Err(ours_at_fault.into()),
        };
        if self.on_the_list(&presented).await {
            return Ok(None);
        }
        let Answer::Sessions { sessions } = self.tell(&presented.user, Event::List).await? else {
            return Err(unexpected().into());
        };
        let live = self.is_current(&presented, &sessions);
        // No roles, because no page needs one.
        let caller = Caller { user: presented.user, session: presented.session, roles: Vec::new() };
        Ok(live.then_some(SignedIn { caller, sessions }))
    }
}
