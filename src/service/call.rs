//! The context of one request.

use std::cell::{OnceCell, RefCell};
use std::ops::Deref;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::sign_in::unexpected;
use super::{Endpoint, Limit, Limiter, Ports, Service, pages};
use crate::account::audit::{Entry, Kind};
use crate::account::{ADMIN, Accounts};
use crate::error::Code;
use crate::http::{Problem, Request, Response, household};
use crate::random::Entropy;
use crate::session::{Answer, Device, Event, Revocations, Sessions, Subject};
use crate::time::UnixMillis;

/// A request, with everything that a handler needs.
pub(super) struct Call<'c, P> {
    pub(super) service: &'c Service,
    pub(super) request: &'c Request,
    pub(super) ports: &'c P,
    /// The value of the parameter in the route's path.
    pub(super) id: Option<String>,
    /// The caller, once it is known: by the access token, or by the refresh cookie that an account page's form sent.
    caller: OnceCell<Caller>,
    audit: RefCell<Vec<Entry>>,
}

/// An error response: the problem, whether the refresh cookie is cleared, and the page to show if the request is for a
/// page. Boxed, because every future of the service returns it.
#[derive(Debug)]
pub(super) struct Failed(Box<Failure>);

#[derive(Debug)]
struct Failure {
    problem: Problem,
    clear_cookie: Option<String>,
    page: Option<String>,
}

/// The caller, from a valid access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user's id.
    pub user: String,
    /// The session.
    pub session: String,
    /// The roles in the token.
    pub roles: Vec<String>,
}

/// A caller whose own session object confirmed during this request that the session is open, with the roles that the
/// object knows. A token describes the moment it was signed, and the revocation list is delayed, so writes and
/// administration require this type. Only [`Call::live_caller`] creates it.
pub(super) struct LiveCaller(Caller);

/// A live caller whose account has the role `admin` at this moment. Only [`Call::administrator`] creates it.
pub(super) struct Administrator(LiveCaller);

impl Deref for LiveCaller {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl Deref for Administrator {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

pub(super) type Answered = Result<Response, Failed>;

impl<'c, P: Ports> Call<'c, P> {
    pub(super) fn new(service: &'c Service, request: &'c Request, ports: &'c P, id: Option<String>) -> Self {
        Self { service, request, ports, id, caller: OnceCell::new(), audit: RefCell::default() }
    }

    /// Another request of the same client, derived from this one; `caller` is its known caller.
    pub(super) fn instead<'d>(
        &'d self,
        request: &'d Request,
        caller: Option<Caller>,
        id: Option<String>,
    ) -> Call<'d, P> {
        let call = Call::new(self.service, request, self.ports, id);
        Call { caller: caller.map_or_else(OnceCell::new, OnceCell::from), ..call }
    }

    /// Takes over the audit entries of another call.
    pub(super) fn take_notes_of(&self, other: Call<'_, P>) {
        self.audit.borrow_mut().extend(other.into_audit());
    }

    pub(super) async fn serve(&self, endpoint: Endpoint) -> Answered {
        match endpoint {
            Endpoint::Register => self.register().await,
            Endpoint::Login => self.login().await,
            Endpoint::Refresh => self.refresh().await,
            Endpoint::Logout => self.logout().await,
            Endpoint::LogoutAll => self.logout_all().await,
            Endpoint::ChangePassword => self.change_password(self.live_caller().await?).await,
            Endpoint::ListSessions => self.list_sessions(self.live_caller().await?).await,
            Endpoint::EndSession => self.end_session(self.live_caller().await?).await,
            Endpoint::Me => self.me().await,
            Endpoint::UpdateMe => self.update_me(self.live_caller().await?).await,
            Endpoint::ListUsers => self.list_users(self.administrator().await?).await,
            Endpoint::UpdateUser => self.update_user(self.administrator().await?).await,
            Endpoint::LogoutUser => self.logout_user(self.administrator().await?).await,
            Endpoint::Audit => self.audit_log(self.administrator().await?).await,
            Endpoint::Jwks => Ok(self.jwks()),
            Endpoint::Metadata => Ok(self.metadata()),
            Endpoint::Revocations => self.revocations().await,
            Endpoint::Introspect => self.introspect().await,
            Endpoint::Revoke => self.revoke().await,
            Endpoint::Health => Ok(self.health()),
            Endpoint::OpenApi => Ok(self.openapi()),
            Endpoint::Page(page) => self.page(page).await,
        }
    }

    pub(super) fn into_audit(self) -> Vec<Entry> {
        self.audit.into_inner()
    }

    pub(super) fn now(&self) -> UnixMillis {
        self.ports.now()
    }

    /// Applies an event to the user's sessions. Every session that it ends is recorded here immediately, without
    /// waiting for the list.
    pub(super) async fn tell(&self, user: &str, event: Event) -> Result<Answer, Failed> {
        let refreshed = match &event {
            Event::Refresh { sid, .. } => Some(sid.clone()),
            _ => None,
        };
        let answer = self.ports.sessions().tell(user, event, self.now()).await?;
        let ended = match (&answer, refreshed) {
            (Answer::Ended { sids }, _) => sids.clone(),
            (Answer::Reused, Some(sid)) => vec![sid],
            _ => Vec::new(),
        };
        for sid in ended {
            self.ports.revocations().note(&Subject::Session(sid), self.now(), self.now());
        }
        Ok(answer)
    }

    /// The caller, from the access token: verified, and neither its session nor its user is revoked.
    pub(super) async fn signed_in(&self) -> Result<&Caller, Failed> {
        if let Some(caller) = self.caller.get() {
            return Ok(caller);
        }
        let token = self.bearer()?.ok_or(Problem::NoToken)?;
        let (caller, issued_at) = self.service.tokens.verify_access(token, self.ports.engine(), self.now()).await?;
        for subject in [Subject::Session(caller.session.clone()), Subject::User(caller.user.clone())] {
            let at = self.ports.revocations().revoked_at(&subject, self.now()).await?;
            if at.is_some_and(|at| subject.concerns(at, issued_at)) {
                return Err(Problem::Token(Code::TokenRevoked.into()).into());
            }
        }
        Ok(self.caller.get_or_init(|| caller))
    }

    /// The caller, whose session is open according to its own session object. Fails if the object is unavailable.
    pub(super) async fn live_caller(&self) -> Result<LiveCaller, Failed> {
        let caller = self.signed_in().await?;
        match self.tell(&caller.user, Event::Check { sid: caller.session.clone() }).await? {
            Answer::Live { roles } => Ok(LiveCaller(Caller { roles, ..caller.clone() })),
            Answer::NoSession => Err(Problem::Token(Code::TokenRevoked.into()).into()),
            _ => Err(unexpected().into()),
        }
    }

    /// The caller, who is an administrator now: according to the session object, which is the first to learn that a
    /// role is removed, and according to the account, which also contains changes made outside this service.
    pub(super) async fn administrator(&self) -> Result<Administrator, Failed> {
        let caller = self.live_caller().await?;
        let account = self.ports.accounts().by_id(&caller.user).await?;
        let account = account.ok_or(Problem::Token(Code::TokenRevoked.into()))?;
        let administers = |roles: &[String]| roles.iter().any(|role| role == ADMIN);
        if administers(&caller.roles) && administers(&account.user.roles.names) {
            Ok(Administrator(caller))
        } else {
            Err(Problem::Forbidden.into())
        }
    }

    /// The token in `Authorization: Bearer` (RFC 6750 section 2.1), if there is one. Another scheme counts as no token.
    pub(super) fn bearer(&self) -> Result<Option<&str>, Problem> {
        let mut values = self.request.headers.get_all("authorization");
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Problem::TwoCredentials);
        }
        let value = value.ok_or(Problem::NoToken)?;
        match value.split_once(' ') {
            // A host may have joined two headers with a comma, which no token contains. A single comma is an invalid
            // token.
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && holds_another(token) => {
                Err(Problem::TwoCredentials)
            }
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim_matches(' '))),
            _ => Ok(None),
        }
    }

    pub(super) fn refresh_cookie(&self) -> Option<String> {
        self.service.config.cookie.read(&self.request.headers)
    }

    /// Counts the cost of `cost` password hashes. Fails if this client, or all clients together for this account,
    /// exceeded the limit.
    pub(super) async fn limited(&self, account: Option<&str>, cost: u32) -> Result<(), Failed> {
        let limiter = self.ports.limiter();
        let client = limiter.allow(Limit::Client, &household(&self.request.client.address), cost).await;
        let allowed = client
            && match account {
                Some(account) => limiter.allow(Limit::Account, account, cost).await,
                None => true,
            };
        if allowed { Ok(()) } else { Err(Problem::TooManyRequests.into()) }
    }

    pub(super) fn note(&self, event: Kind, user: &str, session: &str, detail: impl Into<String>) {
        self.note_by(event, "", user, session, detail);
    }

    pub(super) fn note_by(&self, event: Kind, actor: &str, user: &str, session: &str, detail: impl Into<String>) {
        self.audit.borrow_mut().push(Entry {
            at: self.now(),
            event,
            user: user.to_owned(),
            actor: actor.to_owned(),
            session: session.to_owned(),
            client: self.request.client.address.clone(),
            user_agent: self.request.user_agent(),
            detail: detail.into(),
            request: self.request.id.clone(),
        });
    }

    pub(super) fn device(&self) -> Device {
        Device { user_agent: self.request.user_agent(), place: self.request.client.place.clone() }
    }

    /// A new id: 128 random bits, base64url.
    pub(super) fn new_id(&self) -> String {
        let mut bytes = [0; 16];
        self.ports.entropy().fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// A problem whose response clears the refresh cookie, if the token came from the cookie.
    pub(super) fn failed_clearing(&self, problem: Problem, from_cookie: bool) -> Failed {
        let mut failed = Failed::from(problem);
        failed.0.clear_cookie = from_cookie.then(|| self.service.config.cookie.clear());
        failed
    }

    pub(super) fn cookie_life(&self, until: UnixMillis) -> Duration {
        until.since(self.now())
    }
}

impl Failed {
    pub(super) fn problem(&self) -> &Problem {
        &self.0.problem
    }

    pub(super) fn response(&self) -> Response {
        let response = self.problem().response();
        let response = match &self.0.page {
            Some(page) => pages::as_page(response, page),
            None => response,
        };
        match &self.0.clear_cookie {
            Some(cookie) => response.with_another("set-cookie", cookie),
            None => response,
        }
    }

    pub(super) fn has_page(&self) -> bool {
        self.0.page.is_some()
    }

    pub(super) fn on_page(mut self, page: String) -> Self {
        self.0.page = Some(page);
        self
    }
}

impl<E: Into<Problem>> From<E> for Failed {
    fn from(problem: E) -> Self {
        Self(Box::new(Failure { problem: problem.into(), clear_cookie: None, page: None }))
    }
}

/// Whether a comma and another credential follow the first one.
fn holds_another(value: &str) -> bool {
    let known = |scheme: &str| scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("basic");
    value.split(',').skip(1).any(|part| part.trim_start().split_once(' ').is_some_and(|(scheme, _)| known(scheme)))
}
