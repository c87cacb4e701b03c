//! Who looks at a page, by the refresh cookie alone.

use crate::http::Problem;
use crate::service::Ports;
use crate::service::call::{Call, Caller, Failed};
use crate::service::sign_in::unexpected;
use crate::session::{Answer, Event, Session};

/// Someone whose refresh cookie is good, and all their open sessions.
pub(super) struct SignedIn {
    pub(super) caller: Caller,
    pub(super) sessions: Vec<Session>,
}

impl<P: Ports> Call<'_, P> {
    /// Who shows the cookie; `None` without one, or with one that is no longer worth anything. Changes nothing: the cookie is the
    /// live one, or the one just replaced and within its grace. An older one proves nothing here; that it came back is dealt with
    /// where it would be renewed.
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
        // No roles: nothing that a page asks for needs one.
        let caller = Caller { user: presented.user, session: presented.session, roles: Vec::new() };
        Ok(live.then_some(SignedIn { caller, sessions }))
    }
}
