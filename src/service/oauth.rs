//! Token introspection (RFC 7662) and revocation (RFC 7009), for clients with credentials.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use super::Ports;
use super::call::{Answered, Call};
use super::tokens::Presented;
use crate::account::audit::Kind;
use crate::http::{Problem, Response};
use crate::json;
use crate::session::{Answer, Event};

/// A valid token of this service; whether its session is still open is checked separately.
struct Ours {
    user: String,
    session: String,
    claims: Value,
    /// The generation, if it is a refresh token.
    refresh: Option<Presented>,
}

impl<P: Ports> Call<'_, P> {
    pub(super) async fn introspect(&self) -> Answered {
        self.client()?;
        let token = self.token_of_form()?;
        let Some(ours) = self.ours(&token).await? else { return Ok(inactive()) };
        // The user's object knows immediately; the list would know a moment later.
        let live = match &ours.refresh {
            None => {
                let check = Event::Check { sid: ours.session.clone() };
                matches!(self.tell(&ours.user, check).await?, Answer::Live { .. })
            }
            // Presenting a replaced token would only end its session.
            Some(refresh) => match self.tell(&ours.user, Event::List).await? {
                Answer::Sessions { sessions } => self.is_current(refresh, &sessions),
                _ => false,
            },
        };
        Ok(if live { Response::json(StatusCode::OK, &ours.claims) } else { inactive() })
    }

    pub(super) async fn revoke(&self) -> Answered {
        let client = self.client()?;
        let token = self.token_of_form()?;
        if let Some(ours) = self.ours(&token).await? {
            let ended = self.tell(&ours.user, Event::End { sid: ours.session.clone() }).await?;
            if matches!(ended, Answer::Ended { .. }) {
                self.note_by(Kind::TokenRevoked, &client, &ours.user, &ours.session, "by an OAuth client");
            }
        }
        // A token that is not from this service, or whose session has ended, gets the same response (RFC 7009 section
        // 2.2).
        Ok(Response::empty(StatusCode::OK))
    }

    /// The client's id, if its credentials are correct (RFC 6749 section 2.3.1: form-encoded, then Basic).
    fn client(&self) -> Result<String, Problem> {
        let header = self.request.header("authorization").ok_or(Problem::InvalidClient)?;
        let (scheme, encoded) = header.split_once(' ').ok_or(Problem::InvalidClient)?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return Err(Problem::InvalidClient);
        }
        let decoded = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let decoded = decoded.ok_or(Problem::InvalidClient)?;
        let (id, secret) = decoded.split_once(':').ok_or(Problem::InvalidClient)?;
        let (id, secret) = (form_decoded(id), form_decoded(secret));
        let known = self.service.config.clients.iter().filter(|client| client.id == id);
        #[expect(
            clippy::unnecessary_fold,
            reason = "every client is compared, so that time does not tell which one it was"
        )]
        let right =
            known.fold(false, |right, client| bool::from(client.secret.as_bytes().ct_eq(secret.as_bytes())) || right);
        if right { Ok(id) } else { Err(Problem::InvalidClient) }
    }

    fn token_of_form(&self) -> Result<String, Problem> {
        match self.request.form(&["token", "token_type_hint"])?.remove("token") {
            Some(Value::String(token)) if !token.is_empty() => Ok(token),
            _ => Err(Problem::InvalidOauthRequest),
        }
    }

    async fn ours(&self, token: &str) -> Result<Option<Ours>, Problem> {
        let (tokens, engine, now) = (&self.service.tokens, self.ports.engine(), self.now());
        match tokens.access_verifier().verify(token, engine, now).await {
            Ok(verified) => {
                let claims = verified.claims();
                let mut body = json::tree(claims.json()).map_or(Value::Null, Value::Object);
                body["active"] = true.into();
                body["token_type"] = "Bearer".into();
                let text = |name| claims.get_str(name).unwrap_or_default().to_owned();
                return Ok(Some(Ours { user: text("sub"), session: text("sid"), claims: body, refresh: None }));
            }
            Err(error) => match Problem::from(error) {
                Problem::Token(_) | Problem::NoToken => {}
                ours_at_fault => return Err(ours_at_fault),
            },
        }
        let Ok(refresh) = tokens.verify_refresh(token, engine, now).await else { return Ok(None) };
        let claims = json!({
            "active": true,
            "iss": self.service.config.issuer,
            "sub": refresh.user,
            "sid": refresh.session,
            "exp": refresh.expires_at.as_secs(),
            "token_type": "refresh_token",
        });
        let (user, session) = (refresh.user.clone(), refresh.session.clone());
        Ok(Some(Ours { user, session, claims, refresh: Some(refresh) }))
    }
}

fn inactive() -> Response {
    Response::json(StatusCode::OK, &json!({ "active": false }))
}

fn form_decoded(text: &str) -> String {
    let pair = format!("{}=", text.replace('=', "%3D").replace('&', "%26"));
    form_urlencoded::parse(pair.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}
