//! Registration, sign-in and password change.

use http::StatusCode;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Ports;
use super::call::{Answered, Call, Caller, Failed, LiveCaller};
use super::profile::UserBody;
use crate::account::audit::Kind;
use crate::account::password::{self, Password};
use crate::account::{Account, Accounts, CreateError, Email, InputError, User, clean_name};
use crate::error::Code;
use crate::http::{Problem, Request, Response};
use crate::session::{Answer, AskedAgain, Begin, Changing, Event, Guess, Opening, Roles, Session};

/// The role of every new account.
const FIRST_ROLE: &str = "user";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    email: String,
    password: String,
    name: String,
    #[serde(default)]
    token_delivery: Delivery,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    email: String,
    password: String,
    #[serde(default)]
    token_delivery: Delivery,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PasswordChange {
    current_password: String,
    new_password: String,
}

/// How the refresh token is delivered.
#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(try_from = "String")]
pub(super) enum Delivery {
    /// In an httpOnly cookie, for browsers.
    #[default]
    Cookie,
    /// In the body, for clients that store it themselves.
    Body,
}

/// Parsed from text. The derived implementation would also accept `{"body":null}`.
impl TryFrom<String> for Delivery {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "cookie" => Ok(Self::Cookie),
            "body" => Ok(Self::Body),
            _ => Err("neither cookie nor body"),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokensBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserBody>,
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

impl<P: Ports> Call<'_, P> {
    /// The session is opened before the account is written. A failure in between leaves an unused session, but never an
    /// incomplete account or a token for a missing session.
    pub(super) async fn register(&self) -> Answered {
        let form: Registration = self.request.json()?;
        let email = Email::parse(&form.email)?;
        let name = clean_name(&form.name)?;
        let shortest = self.service.config.min_password_chars;
        let password = Password::chosen(&form.password, shortest, &[email.as_str(), &name])?;
        self.limited(None, 1).await?;
        if self.ports.accounts().by_email(&email).await?.is_some() {
            return Err(Problem::EmailTaken.into());
        }
        let roles = Roles { names: vec![FIRST_ROLE.to_owned()], version: 1 };
        let user = User { id: self.new_id(), email: email.as_str().to_owned(), name, roles, created_at: self.now() };
        let password_hash = self.hash(&password).await?;
        let account = Account { password_hash, user };
        let opened = self.tell(&account.user.id, Event::Open { opening: self.opening(&account.user) }).await?;
        let Answer::Opened { session, roles } = opened else { return Err(unexpected().into()) };
        if let Err(failed) = self.ports.accounts().create(&account).await {
            // Best effort: without the account, nobody can use this session.
            let _ = self.tell(&account.user.id, Event::End { sid: session.sid }).await;
            return Err(match failed {
                CreateError::EmailTaken => Problem::EmailTaken.into(),
                CreateError::Unavailable(cause) => cause.into(),
            });
        }
        self.note(Kind::Registered, &account.user.id, &session.sid, "");
        self.signed_in_answer(StatusCode::CREATED, &account.user, &session, &roles, form.token_delivery).await
    }

    /// Unknown account, locked account and wrong password follow the same path: one lookup, one hash, one event.
    pub(super) async fn login(&self) -> Answered {
        let form: Credentials = self.request.json()?;
        let email = Email::parse(&form.email).ok();
        let key = email.as_ref().map_or_else(|| form.email.trim().to_lowercase(), |email| email.key().to_owned());
        let limit = short_digest(&key, 16);
        let password = Password::presented(&form.password);
        let mut counted = password.cost_of_fits("");
        self.limited(Some(&limit), counted).await?;
        // Repeated only if the account (password, roles) changed between reading it and opening the session.
        for _ in 0..2 {
            let account = match &email {
                Some(email) => self.ports.accounts().by_email(email).await?,
                None => None,
            };
            let cost = password.cost_of_fits(account.as_ref().map_or("", |account| account.password_hash.as_str()));
            if cost > counted {
                self.limited(Some(&limit), cost - counted).await?;
            }
            counted = 0;
            match self.try_password(&key, account.as_ref(), &password).await? {
                Answer::Opened { session, roles } => {
                    let account = account.ok_or_else(unexpected)?;
                    self.after_sign_in(&account, &session, &password).await;
                    return self
                        .signed_in_answer(StatusCode::OK, &account.user, &session, &roles, form.token_delivery)
                        .await;
                }
                Answer::Stale => {}
                Answer::Guessed { guess } => return Err(self.refused_sign_in(account.as_ref(), guess).into()),
                _ => return Err(unexpected().into()),
            }
        }
        Err(kept_changing().into())
    }

    /// The sessions come first and last. In the same step that checks the password attempt, every other session ends
    /// and the change becomes pending. Then the account is written; then the sessions learn that the change is
    /// complete. Any failure in between is a 503, and correctness does not depend on a retry. If the client does retry,
    /// the new password may already be the current one, which is detected.
    pub(super) async fn change_password(&self, caller: LiveCaller) -> Answered {
        let caller = &*caller;
        let form: PasswordChange = self.request.json()?;
        let limit = short_digest(&caller.user, 16);
        let shortest = self.service.config.min_password_chars;
        let current = Password::presented(&form.current_password);
        let counted = current.cost_of_fits("");
        self.limited(Some(&limit), counted).await?;
        let account = self.ports.accounts().by_id(&caller.user).await?;
        // A valid token of a deleted account.
        let account = account.ok_or(Problem::Token(Code::TokenRevoked.into()))?;
        let new = Password::chosen(&form.new_password, shortest, &[&account.user.email, &account.user.name])
            .map_err(of_the_new_password)?;
        // The remaining cost of this request: the imported hash, and in any case another hash for the new password.
        let rest = current.cost_of_fits(&account.password_hash) - counted + new.cost_of_fits(&account.password_hash);
        self.limited(Some(&limit), rest).await?;
        let right = current.fits(&account.password_hash, self.ports.hasher()).await?;
        // Before anything is changed: if no more hashes are computed for now, the change has not started.
        let hash = if right { Some(self.hash(&new).await?) } else { None };
        let changed_before = !right && new.fits(&account.password_hash, self.ports.hasher()).await?;
        let again =
            changed_before.then(|| AskedAgain { session: caller.session.clone(), version: account.user.roles.version });
        let what = Changing::Password { session: caller.session.clone() };
        let begin = Begin { user: caller.user.clone(), version: account.user.roles.version, what };
        // If the account was written, the change had been started before.
        let begin = (!changed_before).then_some(begin);
        match self.tell(&caller.user, Event::Guess { right, again, begin }).await? {
            Answer::Ended { sids } => self.others_ended(caller, &sids),
            Answer::Guessed { guess: Guess::Right } => {}
            Answer::Guessed { guess } => return Err(self.refused_sign_in(Some(&account), guess).into()),
            Answer::NoSession => return Err(Problem::Token(Code::TokenRevoked.into()).into()),
            Answer::Stale => return Err(kept_changing().into()),
            _ => return Err(unexpected().into()),
        }
        let roles = match hash {
            None => account.user.roles,
            Some(hash) => self.replace_password(caller, &account, &hash).await?,
        };
        let event =
            Event::EndAll { user: caller.user.clone(), except: Some(caller.session.clone()), roles: Some(roles) };
        let opened_meanwhile = match self.tell(&caller.user, event.clone()).await {
            Ok(ended) => ended,
            Err(_) => self.tell(&caller.user, event).await?,
        };
        if let Answer::Ended { sids } = opened_meanwhile {
            self.others_ended(caller, &sids);
        }
        Ok(Response::empty(StatusCode::NO_CONTENT))
    }

    /// Rejects a password change that cannot succeed, regardless of the caller.
    pub(super) fn check_password_change(&self, request: &Request) -> Result<(), Problem> {
        let form: PasswordChange = request.json()?;
        let checked = Password::of_length(&form.new_password, self.service.config.min_password_chars);
        checked.map(drop).map_err(of_the_new_password).map_err(Problem::from)
    }

    fn others_ended(&self, caller: &Caller, sids: &[String]) {
        if !sids.is_empty() {
            self.note(Kind::SessionsEnded, &caller.user, "", format!("password change, {} sessions", sids.len()));
        }
    }

    /// Stores the new password; returns the account's new version.
    async fn replace_password(&self, caller: &Caller, account: &Account, hash: &str) -> Result<Roles, Failed> {
        let changed = self.ports.accounts().change_hash(&caller.user, &account.password_hash, hash).await;
        let changed = changed.inspect_err(|_| {
            // The write may have succeeded nevertheless.
            self.note(Kind::PasswordChanged, &caller.user, &caller.session, "unconfirmed");
        });
        // Someone else changed the password in the meantime: the given one is no longer current.
        let roles = changed?.ok_or(Problem::InvalidCredentials)?;
        self.note(Kind::PasswordChanged, &caller.user, &caller.session, "");
        Ok(roles)
    }

    async fn try_password(&self, key: &str, account: Option<&Account>, password: &Password) -> Result<Answer, Failed> {
        let known = account.filter(|account| !account.password_hash.is_empty());
        let right = match known {
            Some(account) => password.fits(&account.password_hash, self.ports.hasher()).await?,
            None => {
                password.spend(self.ports.hasher()).await?;
                false
            }
        };
        let nobody = User {
            id: format!("nobody:{}", short_digest(key, 3)),
            email: String::new(),
            name: String::new(),
            roles: Roles::default(),
            created_at: self.now(),
        };
        let user = known.map_or(&nobody, |account| &account.user);
        // Failed attempts for unknown accounts are counted too, in one of 4096 dedicated objects: the same work as for
        // a known account.
        self.tell(&user.id, Event::SignIn { right, opening: self.opening(user) }).await
    }

    fn refused_sign_in(&self, account: Option<&Account>, guess: Guess) -> Problem {
        let user = account.map_or("", |account| account.user.id.as_str());
        let reason = match (account, guess) {
            (None, _) => "no such account",
            (Some(account), _) if account.password_hash.is_empty() => "the account has no password",
            (_, Guess::Locked) => "the account is locked",
            _ => "wrong password",
        };
        self.note(Kind::SignInFailed, user, "", reason);
        if account.is_some() && guess == Guess::WrongAndLocked {
            self.note(Kind::LockedOut, user, "", "too many wrong passwords");
        }
        Problem::InvalidCredentials
    }

    /// Steps that can fail without failing the sign-in: updating the hash, ending the session of an older cookie.
    async fn after_sign_in(&self, account: &Account, session: &Session, password: &Password) {
        let user = account.user.id.as_str();
        self.note(Kind::SignedIn, user, &session.sid, "");
        if password::is_outdated(&account.password_hash) {
            let upgraded = self.upgrade_hash(account, password).await;
            if matches!(upgraded, Ok(true)) {
                self.note(Kind::PasswordRehashed, user, "", "");
            }
        }
        let Some(cookie) = self.refresh_cookie() else { return };
        let replaced = self.service.tokens.verify_refresh(&cookie, self.ports.engine(), self.now()).await;
        if let Ok(replaced) = replaced {
            let ended = self.tell(&replaced.user, Event::End { sid: replaced.session.clone() }).await;
            if matches!(ended, Ok(Answer::Ended { .. })) {
                self.note(Kind::SignedOut, &replaced.user, &replaced.session, "replaced by a new sign-in");
            }
        }
    }

    /// Whether the hash of the account was updated. It is not if another hash would exceed the current limit; the next
    /// sign-in can do it.
    async fn upgrade_hash(&self, account: &Account, password: &Password) -> Result<bool, Failed> {
        self.limited(None, 1).await?;
        let hash = self.hash(password).await?;
        Ok(self.ports.accounts().upgrade_hash(&account.user.id, &account.password_hash, &hash).await?)
    }

    async fn hash(&self, password: &Password) -> Result<String, Failed> {
        Ok(password.hash(self.ports.entropy(), self.ports.hasher()).await?)
    }

    fn opening(&self, user: &User) -> Opening {
        Opening { sid: self.new_id(), device: self.device(), roles: user.roles.clone() }
    }

    async fn signed_in_answer(
        &self,
        status: StatusCode,
        user: &User,
        session: &Session,
        roles: &[String],
        delivery: Delivery,
    ) -> Answered {
        let refresh = self.refresh_token(&user.id, session).await?;
        self.tokens_answer(status, Some(user), &user.id, session, roles, refresh, delivery).await
    }

    pub(super) async fn refresh_token(&self, user: &str, session: &Session) -> Result<String, Failed> {
        Ok(self.service.tokens.refresh(user, session, self.ports.engine()).await?)
    }

    #[expect(clippy::too_many_arguments, reason = "each is a part of the one answer that sign-in and refresh share")]
    pub(super) async fn tokens_answer(
        &self,
        status: StatusCode,
        shown: Option<&User>,
        user: &str,
        session: &Session,
        roles: &[String],
        refresh: String,
        delivery: Delivery,
    ) -> Answered {
        let (access_token, expires_in) =
            self.service.tokens.access(user, session, roles, &self.new_id(), self.ports.engine(), self.now()).await?;
        let cookie = match delivery {
            Delivery::Cookie => Some(self.service.config.cookie.set(&refresh, self.cookie_life(session.expires_at))),
            Delivery::Body => None,
        };
        let body = TokensBody {
            user: shown.map(UserBody::from),
            access_token,
            token_type: "Bearer",
            expires_in,
            refresh_token: (delivery == Delivery::Body).then_some(refresh),
        };
        let response = Response::json(status, &body);
        Ok(match cookie {
            Some(cookie) => response.with_another("set-cookie", &cookie),
            None => response,
        })
    }
}

fn of_the_new_password(wrong: InputError) -> InputError {
    InputError { field: "newPassword", ..wrong }
}

pub(super) fn kept_changing() -> Problem {
    Problem::Unavailable("the account changed between being read and the step that rests on it".to_owned())
}

pub(super) fn unexpected() -> Problem {
    Problem::Internal("the session store answered something else than was asked".to_owned())
}

/// The first `digits` hexadecimal digits of a digest: a key that reveals nothing about its input.
fn short_digest(of: &str, digits: usize) -> String {
    let mut hex = format!("{:x}", Sha256::digest(of.as_bytes()));
    hex.truncate(digits);
    hex
}
