//! /users/me.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::Ports;
use super::call::{Answered, Call, LiveCaller};
use crate::account::{Accounts, User, clean_name};
use crate::error::Code;
use crate::http::{Problem, Response};

/// A user in API responses.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserBody {
    id: String,
    email: String,
    name: String,
    roles: Vec<String>,
    created_at: i64,
}

#[derive(Deserialize)]
struct Profile {
    name: String,
}

impl From<&User> for UserBody {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.clone(),
            email: user.email.clone(),
            name: user.name.clone(),
            roles: user.roles.names.clone(),
            created_at: user.created_at.as_millis(),
        }
    }
}

impl<P: Ports> Call<'_, P> {
    pub(super) async fn me(&self) -> Answered {
        let caller = self.signed_in().await?;
        let account = self.ports.accounts().by_id(&caller.user).await?;
        // A valid token of a deleted account.
        let account = account.ok_or(Problem::Token(Code::TokenRevoked.into()))?;
        Ok(Response::json(StatusCode::OK, &UserBody::from(&account.user)))
    }

    pub(super) async fn update_me(&self, caller: LiveCaller) -> Answered {
        let form: Profile = self.request.json()?;
        let name = clean_name(&form.name)?;
        let user = self.ports.accounts().rename(&caller.user, &name).await?;
        let user = user.ok_or(Problem::Token(Code::TokenRevoked.into()))?;
        Ok(Response::json(StatusCode::OK, &UserBody::from(&user)))
    }
}
