//! Refresh, sign-out and devices.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::Ports;
use super::call::{Answered, Call, Failed, LiveCaller};
use super::sign_in::{Delivery, unexpected};
use super::tokens::Presented;
use crate::account::audit::Kind;
use crate::http::{Problem, Response};
use crate::session::{Answer, Event, Revocations, Session, Subject};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct RefreshForm {
    #[serde(default)]
    refresh_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionBody {
    id: String,
    created_at: i64,
    last_used_at: i64,
    expires_at: i64,
    user_agent: String,
    place: String,
    current: bool,
}

#[derive(Serialize)]
struct SessionsBody {
    sessions: Vec<SessionBody>,
}

/// The optional body of a sign-out, besides tokens.
#[derive(Deserialize, Default)]
struct LogoutForm {
    /// The session to end. A sign-out that was delayed by the network ends only this session, not one that replaced it.
    #[serde(default)]
    session: Option<String>,
}

/// A refresh token as received.
struct Given {
    token: String,
    delivery: Delivery,
}

/// The sessions that a sign-out ends: that of the access token and that of the refresh token. They differ if a tab
/// still has the access token of a session that a newer sign-in has replaced. The cookie then belongs to the newer
/// session, and is cleared only together with it.
struct Leaving {
    /// User and session, that of the access token first. Empty if the requested session is not among them.
    sessions: Vec<(String, String)>,
    /// Whether there is a cookie to clear.
    in_cookie: bool,
}

impl Given {
    fn in_cookie(&self) -> bool {
        self.delivery == Delivery::Cookie
    }
}

impl<P: Ports> Call<'_, P> {
    /// Implements the table in docs/sessions.md.
    pub(super) async fn refresh(&self) -> Answered {
        let given = self.given_refresh_token()?.ok_or(Problem::NoToken)?;
        let presented = self.check_refresh_token(&given.token).await?;
        if self.on_the_list(&presented).await {
            return Err(self.failed_clearing(Problem::SessionEnded, given.in_cookie()));
        }
        let event = Event::Refresh { sid: presented.session.clone(), generation: presented.generation };
        let (user, sid) = (presented.user.as_str(), presented.session.as_str());
        match self.tell(user, event).await? {
            Answer::Refreshed { session, roles, .. } => {
                let refresh = self.refresh_token(user, &session).await?;
                self.tokens_answer(StatusCode::OK, None, user, &session, &roles, refresh, given.delivery).await
            }
            Answer::NoSession => Err(self.failed_clearing(Problem::SessionEnded, given.in_cookie())),
            Answer::Reused => {
                let detail = format!("generation {} came back; session ended", presented.generation);
                self.note(Kind::RefreshReuse, user, sid, detail);
                Err(self.failed_clearing(Problem::TokenReused, given.in_cookie()))
            }
            Answer::NeverIssued => {
                let detail = format!("generation {} was never reached", presented.generation);
                self.note(Kind::RefreshRefused, user, sid, detail);
                Err(Problem::RefreshToken.into())
            }
            _ => Err(unexpected().into()),
        }
    }

    pub(super) async fn logout(&self) -> Answered {
        let presented = self.presented_sessions().await?;
        self.end_each(&presented.sessions).await?;
        Ok(self.gone(presented.in_cookie))
    }

    pub(super) async fn logout_all(&self) -> Answered {
        let Leaving { sessions, in_cookie } = self.presented_sessions().await?;
        if sessions.is_empty() {
            return Ok(self.gone(in_cookie));
        }
        let user = sessions.first().map_or("", |(user, _)| user);
        let (own, others): (Vec<_>, Vec<_>) = sessions.iter().cloned().partition(|(whose, _)| whose == user);
        // A session that has ended must not be able to end the others.
        if !self.any_is_live(&own).await? {
            return Err(self.failed_clearing(Problem::SessionEnded, in_cookie && others.is_empty()));
        }
        self.end_all(user, "", "by the user").await?;
        self.end_each(&others).await?;
        Ok(self.gone(in_cookie))
    }

    async fn end_each(&self, sessions: &[(String, String)]) -> Result<(), Failed> {
        for (user, sid) in sessions {
            let answer = self.tell(user, Event::End { sid: sid.clone() }).await?;
            if matches!(answer, Answer::Ended { .. }) {
                self.note(Kind::SignedOut, user, sid, "");
            }
        }
        Ok(())
    }

    async fn any_is_live(&self, sessions: &[(String, String)]) -> Result<bool, Failed> {
        for (user, sid) in sessions {
            if matches!(self.tell(user, Event::Check { sid: sid.clone() }).await?, Answer::Live { .. }) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) async fn list_sessions(&self, caller: LiveCaller) -> Answered {
        let Answer::Sessions { sessions } = self.tell(&caller.user, Event::List).await? else {
            return Err(unexpected().into());
        };
        let body = |session: Session| SessionBody {
            current: session.sid == caller.session,
            id: session.sid,
            created_at: session.created_at.as_millis(),
            last_used_at: session.last_used_at.as_millis(),
            expires_at: session.expires_at.as_millis(),
            user_agent: session.device.user_agent,
            place: session.device.place,
        };
        let sessions = sessions.into_iter().map(body).collect();
        Ok(Response::json(StatusCode::OK, &SessionsBody { sessions }))
    }

    pub(super) async fn end_session(&self, caller: LiveCaller) -> Answered {
        let sid = self.id.clone().unwrap_or_default();
        match self.tell(&caller.user, Event::End { sid: sid.clone() }).await? {
            Answer::Ended { .. } => {
                self.note(Kind::SignedOut, &caller.user, &sid, "ended from another session");
                Ok(Response::empty(StatusCode::NO_CONTENT))
            }
            _ => Err(Problem::NotFound.into()),
        }
    }

    /// Ends all sessions of a user; `actor` is the acting user (empty: the user themselves).
    pub(super) async fn end_all(&self, user: &str, actor: &str, why: &str) -> Result<(), Failed> {
        let event = Event::EndAll { user: user.to_owned(), except: None, roles: None };
        let Answer::Ended { sids } = self.tell(user, event).await? else { return Err(unexpected().into()) };
        self.ports.revocations().note(&Subject::User(user.to_owned()), self.now(), self.now());
        self.note_by(Kind::SessionsEnded, actor, user, "", format!("{why}, {} sessions", sids.len()));
        Ok(())
    }

    /// The refresh token in the body or in the cookie. If both contain the same one, it is used; if they differ, the
    /// request is rejected.
    fn given_refresh_token(&self) -> Result<Option<Given>, Problem> {
        let form: RefreshForm = self.request.json_or_default()?;
        match (form.refresh_token, self.refresh_cookie()) {
            (Some(body), Some(cookie)) if body != cookie => Err(Problem::TwoCredentials),
            (Some(token), _) => Ok(Some(Given { token, delivery: Delivery::Body })),
            (None, Some(token)) => Ok(Some(Given { token, delivery: Delivery::Cookie })),
            (None, None) => Ok(None),
        }
    }

    pub(super) async fn check_refresh_token(&self, token: &str) -> Result<Presented, Problem> {
        let verdict = self.service.tokens.verify_refresh(token, self.ports.engine(), self.now()).await;
        verdict.map_err(|error| match Problem::from(error) {
            Problem::Token(_) | Problem::NoToken => Problem::RefreshToken,
            other => other,
        })
    }

    /// Whether a refresh token is the current one of an open session of the user, or the one just replaced during its
    /// grace period.
    pub(super) fn is_current(&self, presented: &Presented, sessions: &[Session]) -> bool {
        let grace = self.service.config.rules.grace;
        sessions.iter().any(|session| {
            let just_replaced = presented.generation.checked_add(1) == Some(session.generation)
                && self.now().since(session.rotated_at) <= grace;
            session.sid == presented.session && (session.generation == presented.generation || just_replaced)
        })
    }

    /// The list only repeats what the user's object knows, so a refresh continues if the list cannot be read.
    pub(super) async fn on_the_list(&self, presented: &Presented) -> bool {
        let subject = Subject::Session(presented.session.clone());
        matches!(self.ports.revocations().revoked_at(&subject, self.now()).await, Ok(Some(_)))
    }

    /// The sessions that a sign-out ends.
    async fn presented_sessions(&self) -> Result<Leaving, Failed> {
        let form: LogoutForm = self.request.json_or_default()?;
        let mut in_cookie = self.refresh_cookie().is_some();
        let mut sessions = Vec::new();
        let mut refused = Problem::NoToken;
        if let Some(token) = self.bearer()? {
            match self.service.tokens.verify_access(token, self.ports.engine(), self.now()).await {
                Ok((caller, _)) => sessions.push((caller.user, caller.session)),
                Err(error) => refused = error.into(),
            }
        }
        if let Some(given) = self.given_refresh_token()? {
            match self.check_refresh_token(&given.token).await {
                Ok(presented) => {
                    // The cookie of another session is kept.
                    let is_meant = form.session.as_ref().is_none_or(|meant| *meant == presented.session);
                    in_cookie = in_cookie && is_meant;
                    sessions.push((presented.user, presented.session));
                }
                Err(problem) => refused = problem,
            }
        }
        sessions.dedup();
        if sessions.is_empty() {
            // A token whose key or status could not be checked may still be valid.
            let is_no_good = refused.row().status == 401;
            return Err(self.failed_clearing(refused, in_cookie && is_no_good));
        }
        sessions.retain(|(_, sid)| form.session.as_ref().is_none_or(|meant| meant == sid));
        Ok(Leaving { sessions, in_cookie })
    }

    fn gone(&self, in_cookie: bool) -> Response {
        let response = Response::empty(StatusCode::NO_CONTENT);
        if in_cookie { response.with_another("set-cookie", &self.service.config.cookie.clear()) } else { response }
    }
}
