//! What administrators may: list users, set roles, force out, read the audit log.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::Ports;
use super::call::{Administrator, Answered, Call, Caller, Failed};
use super::profile::UserBody;
use super::sign_in::{kept_changing, unexpected};
use crate::account::audit::{Entry, Filter, Kind, Log};
use crate::account::{ADMIN, Accounts, InputError, SetRolesError, User, clean_roles};
use crate::http::{Problem, Response};
use crate::limits::{DEFAULT_PAGE_ROWS, MAX_PAGE_ROWS};
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
        let page = self.ports.accounts().list(self.query("cursor").as_deref(), self.rows()?).await?;
        let users = page.users.iter().map(UserBody::from).collect();
        Ok(Response::json(StatusCode::OK, &UsersBody { users, next: page.next }))
    }

    /// Where a role is taken away, the sessions end before the account is written, and the change is under way with them until they
    /// hear that it is done. Asked again after a failure in between, both are brought to the same end.
    pub(super) async fn update_user(&self, caller: Administrator) -> Answered {
        let caller = &*caller;
        let form: RolesChange = self.request.json()?;
        let names = clean_roles(&form.roles)?;
        let id = self.id.clone().unwrap_or_default();
        // So that somebody is left who can give it back.
        if id == caller.user && !names.iter().any(|name| name == ADMIN) {
            return Err(InputError::new("roles", "keep admin: another administrator has to take it from you").into());
        }
        let before = self.ports.accounts().by_id(&id).await?.ok_or(Problem::NotFound)?.user;
        let detail = format!("from [{}] to [{}]", before.roles.names.join(" "), names.join(" "));
        self.end_before(caller, &before, &names).await?;
        let user = match self.ports.accounts().set_roles(&id, &names, Some(&caller.user)).await {
            Ok(user) => user.ok_or(Problem::NotFound)?,
            Err(SetRolesError::NotAdministrator) => {
                // The sessions that ended in advance stay ended; the change they ended for is over.
                self.tell(&id, Event::SetRoles { user: id.clone(), roles: before.roles.clone() }).await?;
                return Err(Problem::Forbidden.into());
            }
            Err(SetRolesError::Unavailable(cause)) => {
                // It may have got there all the same.
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

    /// Ends the sessions of a user who is to have these roles, if that takes one away.
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
        let id = self.id.clone().unwrap_or_default();
        self.ports.accounts().by_id(&id).await?.ok_or(Problem::NotFound)?;
        self.end_all(&id, &caller.user, "by an administrator").await?;
        Ok(Response::empty(StatusCode::NO_CONTENT))
    }

    pub(super) async fn audit_log(&self, _: Administrator) -> Answered {
        let event = match self.query("event") {
            None => None,
            Some(name) => {
                let kind = Kind::from_name(&name);
                Some(kind.ok_or(InputError::new("event", "be one of the documented kinds"))?)
            }
        };
        let filter = Filter {
            event,
            user: self.query("user"),
            from: self.moment("from")?,
            to: self.moment("to")?,
            cursor: self.query("cursor"),
            rows: self.rows()?,
        };
        let page = self.ports.log().find(&filter).await?;
        Ok(Response::json(StatusCode::OK, &AuditBody { entries: page.entries, next: page.next }))
    }

    fn query(&self, name: &str) -> Option<String> {
        self.request
            .query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
            .filter(|value| !value.is_empty())
    }

    fn rows(&self) -> Result<usize, InputError> {
        const WRONG: InputError = InputError::new("limit", "be a number from 1 to 200");
        match self.query("limit") {
            None => Ok(DEFAULT_PAGE_ROWS),
            Some(text) => text.parse().ok().filter(|rows| (1..=MAX_PAGE_ROWS).contains(rows)).ok_or(WRONG),
        }
    }

    fn moment(&self, field: &'static str) -> Result<Option<UnixMillis>, InputError> {
        let wrong = InputError::new(field, "be milliseconds since 1970");
        self.query(field).map(|text| text.parse().map(UnixMillis::from_millis).map_err(|_| wrong)).transpose()
    }
}
