//! Endpoints for administrators: list users, set roles, sign users out, read the audit log.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::Ports;
use super::call::{Administrator, Answered, Call, Caller, Failed};
use super::profile::UserBody;
use super::sign_in::{kept_changing, unexpected};
use crate::account::audit::{Entry, Filter, Kind, Log};
use crate::account::{ADMIN, Accounts, InputError, SetRolesError, User, clean_roles};
use crate::http::{Problem, Response};
use crate::limits::{DEFAULT_PAGE_ROWS, MAX_CURSOR_DIGITS, MAX_MOMENT_MILLIS, MAX_PAGE_ROWS, MAX_USER_ID_CHARS};
use crate::session::{Answer, Begin, Changing, Event, Revocations, Subject};
use crate::time::UnixMillis;

#[derive(Deserialize)]
struct RolesChange {
    roles: Vec<String>,
}

#[derive(Serialize)]
struct UsersBody {
    users: Vec<UserBody>,
    next: Option<String>,
}

#[derive(Serialize)]
struct AuditBody {
    entries: Vec<Entry>,
    next: Option<String>,
}

impl<P: Ports> Call<'_, P> {
    pub(super) async fn list_users(&self, _: Administrator) -> Answered {
        let page = self.ports.accounts().list(self.cursor()?.as_deref(), self.rows()?).await?;
        let users = page.users.iter().map(UserBody::from).collect();
        Ok(Response::json(StatusCode::OK, &UsersBody { users, next: next_of(page.next)? }))
    }

    /// If a role is removed, the sessions end before the account is written, and the change is pending until the
    /// sessions learn that it is complete. Repeating the request after a failure completes both.
    pub(super) async fn update_user(&self, caller: Administrator) -> Answered {
        let caller = &*caller;
        let form: RolesChange = self.request.json()?;
        let names = clean_roles(&form.roles)?;
        let id = self.user_of_path()?;
        // So that at least one account remains that can grant the role.
        if id == caller.user && !names.iter().any(|name| name == ADMIN) {
            return Err(Problem::OwnRole.into());
        }
        let before = self.ports.accounts().by_id(&id).await?.ok_or(Problem::NotFound)?.user;
        let detail = format!("from [{}] to [{}]", before.roles.names.join(" "), names.join(" "));
        self.end_before(caller, &before, &names).await?;
        let user = match self.ports.accounts().set_roles(&id, &names, Some(&caller.user)).await {
            Ok(user) => user.ok_or(Problem::NotFound)?,
            Err(SetRolesError::NotAdministrator) => {
                // The sessions that have already ended stay ended; the change is over.
                self.tell(&id, Event::SetRoles { user: id.clone(), roles: before.roles.clone() }).await?;
                return Err(Problem::Forbidden.into());
            }
            Err(SetRolesError::Unavailable(cause)) => {
                // The write may have succeeded nevertheless.
                self.note_by(Kind::RolesChanged, &caller.user, &id, "", format!("{detail}, unconfirmed"));
                return Err(cause.into());
            }
        };
        if before.roles.names != user.roles.names {
            self.note_by(Kind::RolesChanged, &caller.user, &id, "", detail);
        }
        let event = Event::SetRoles { user: id.clone(), roles: user.roles.clone() };
        let Answer::Ended { sids } = self.tell(&id, event).await? else { return Err(unexpected().into()) };
        self.forced_out(caller, &id, &sids);
        Ok(Response::json(StatusCode::OK, &UserBody::from(&user)))
    }

    /// Ends the sessions of a user whose roles are about to be set, if the change removes a role.
    async fn end_before(&self, caller: &Caller, before: &User, names: &[String]) -> Result<(), Failed> {
        if before.roles.names.iter().all(|name| names.contains(name)) {
            return Ok(());
        }
        let what = Changing::Roles { names: names.to_vec() };
        let begin = Begin { user: before.id.clone(), version: before.roles.version, what };
        match self.tell(&before.id, Event::Begin { begin }).await? {
            Answer::Ended { sids } => self.forced_out(caller, &before.id, &sids),
            Answer::Stale => return Err(kept_changing().into()),
            _ => return Err(unexpected().into()),
        }
        Ok(())
    }

    fn forced_out(&self, caller: &Caller, id: &str, sids: &[String]) {
        if !sids.is_empty() {
            self.ports.revocations().note(&Subject::User(id.to_owned()), self.now(), self.now());
            self.note_by(
                Kind::SessionsEnded,
                &caller.user,
                id,
                "",
                format!("role taken away, {} sessions", sids.len()),
            );
        }
    }

    pub(super) async fn logout_user(&self, caller: Administrator) -> Answered {
        let id = self.user_of_path()?;
        self.ports.accounts().by_id(&id).await?.ok_or(Problem::NotFound)?;
        self.end_all(&id, &caller.user, "by an administrator").await?;
        Ok(Response::empty(StatusCode::NO_CONTENT))
    }

    pub(super) async fn audit_log(&self, _: Administrator) -> Answered {
        let event = match self.query("event")? {
            None => None,
            Some(name) => {
                let kind = Kind::from_name(&name);
                Some(kind.ok_or(InputError::new("event", "be one of the documented kinds"))?)
            }
        };
        let user = self.query("user")?;
        if user.as_ref().is_some_and(|user| user.is_empty() || user.chars().count() > MAX_USER_ID_CHARS) {
            return Err(InputError::new("user", "be a user's id").into());
        }
        let filter = Filter {
            event,
            user,
            from: self.moment("from")?,
            to: self.moment("to")?,
            cursor: self.cursor()?,
            rows: self.rows()?,
        };
        let page = self.ports.log().find(&filter).await?;
        Ok(Response::json(StatusCode::OK, &AuditBody { entries: page.entries, next: next_of(page.next)? }))
    }

    /// A query parameter. A repeated parameter is ambiguous.
    fn query(&self, name: &'static str) -> Result<Option<String>, InputError> {
        let mut values = self.request.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value);
        let value = values.next();
        if values.next().is_some() { Err(InputError::new(name, "be given once")) } else { Ok(value) }
    }

    fn cursor(&self) -> Result<Option<String>, InputError> {
        const WRONG: InputError = InputError::new("cursor", "be the `next` of the page before");
        // An empty cursor would mean the first page.
        let cursor = self.query("cursor")?.filter(|cursor| !cursor.is_empty());
        if cursor.as_deref().is_none_or(is_cursor) { Ok(cursor) } else { Err(WRONG) }
    }

    fn rows(&self) -> Result<usize, InputError> {
        const WRONG: InputError = InputError::new("limit", "be a number from 1 to 200");
        let rows = self.number("limit", WRONG)?.map_or(Ok(DEFAULT_PAGE_ROWS), usize::try_from).map_err(|_| WRONG)?;
        if (1..=MAX_PAGE_ROWS).contains(&rows) { Ok(rows) } else { Err(WRONG) }
    }

    fn moment(&self, field: &'static str) -> Result<Option<UnixMillis>, InputError> {
        let wrong = InputError::new(field, "be milliseconds since 1970");
        let moment = self.number(field, wrong.clone())?;
        if moment.is_some_and(|moment| moment > MAX_MOMENT_MILLIS) {
            Err(wrong)
        } else {
            Ok(moment.map(UnixMillis::from_millis))
        }
    }

    /// A non-negative integer in the canonical form that JSON has for it.
    fn number(&self, field: &'static str, wrong: InputError) -> Result<Option<i64>, InputError> {
        let Some(text) = self.query(field)? else { return Ok(None) };
        let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        match text.parse() {
            Ok(number) if digits => Ok(Some(number)),
            _ => Err(wrong),
        }
    }

    /// The user id in the path, if it is valid: a text that a URL can contain without encoding.
    fn user_of_path(&self) -> Result<String, Problem> {
        self.id.clone().filter(|id| is_user_id(id)).ok_or(Problem::NotFound)
    }
}

/// The cursor of a list: the number of the row before the page.
fn is_cursor(text: &str) -> bool {
    (1..=MAX_CURSOR_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The cursor of the next page, as returned by a store.
fn next_of(next: Option<String>) -> Result<Option<String>, Problem> {
    if next.as_deref().is_none_or(is_cursor) {
        Ok(next)
    } else {
        Err(Problem::Unavailable(format!("the `next` of a store's page must have 1 to {MAX_CURSOR_DIGITS} digits")))
    }
}

/// Consists of characters of a path segment (RFC 3986 section 3.3) without percent-encoding. A value that starts with a
/// dot could be `..`.
fn is_user_id(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte);
    text.len() <= MAX_USER_ID_CHARS && text.bytes().all(known) && !text.starts_with('.')
}
