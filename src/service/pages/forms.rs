//! Form handlers: each form corresponds to an endpoint, and that endpoint's function handles it.

use serde_json::{Map, Value};

use super::view::Wrong;
use super::{Target, see};
use crate::http::{Problem, Request, Response};
use crate::json;
use crate::service::Ports;
use crate::service::call::{Answered, Call};

/// The fields of a form, each exactly once.
struct Form(Map<String, Value>);

impl<P: Ports> Call<'_, P> {
    pub(super) async fn sign_in_form(&self) -> Answered {
        let form = Form::read(self.request, &["email", "password", "next"])?;
        let request = form.stands_for(self.request, &["email", "password"]);
        let call = self.instead(&request, None, None);
        let answer = call.login().await;
        self.take_notes_of(call);
        match answer {
            Ok(response) => Ok(self.go_on(&response, form.target())),
            Err(failed) => {
                let wrong = Wrong::from(failed.problem());
                Err(failed.on_page(self.sign_in_page(form.text("email"), form.target().as_ref(), wrong)))
            }
        }
    }

    pub(super) async fn register_form(&self) -> Answered {
        let form = Form::read(self.request, &["email", "password", "name", "next"])?;
        let request = form.stands_for(self.request, &["email", "password", "name"]);
        let call = self.instead(&request, None, None);
        let answer = call.register().await;
        self.take_notes_of(call);
        match answer {
            Ok(response) => Ok(self.go_on(&response, form.target())),
            Err(failed) => {
                let (wrong, target) = (Wrong::from(failed.problem()), form.target());
                let page = self.register_page(form.text("name"), form.text("email"), target.as_ref(), wrong);
                Err(failed.on_page(page))
            }
        }
    }

    pub(super) async fn password_form(&self) -> Answered {
        let form = Form::read(self.request, &["currentPassword", "newPassword"])?;
        let request = form.stands_for(self.request, &["currentPassword", "newPassword"]);
        let Some(signed_in) = self.who().await? else {
            // A form that one user may not send is not accepted from another user either.
            self.check_password_change(&request)?;
            return Ok(see("sign-in?next=password"));
        };
        let session = signed_in.caller.session.clone();
        let call = self.instead(&request, Some(signed_in.caller), None);
        let answer = match call.live_caller().await {
            Ok(caller) => call.change_password(caller).await,
            Err(failed) => Err(failed),
        };
        self.take_notes_of(call);
        answer.map(|_| see("devices?done=password")).map_err(|failed| {
            let wrong = match failed.problem() {
                Problem::InvalidCredentials => Wrong::at("currentPassword", "The current password is incorrect."),
                problem => Wrong::from(problem),
            };
            failed.on_page(self.password_page(&session, wrong))
        })
    }

    /// Ends one session. A session that has already ended counts as success.
    pub(super) async fn devices_form(&self) -> Answered {
        let form = Form::read(self.request, &["session"])?;
        let Some(signed_in) = self.who().await? else { return Ok(see("sign-in?next=devices")) };
        let request = form.stands_for(self.request, &[]);
        let sid = form.text("session");
        let this_one = sid == signed_in.caller.session;
        let call = self.instead(&request, Some(signed_in.caller), Some(sid.to_owned()));
        let answer = match call.live_caller().await {
            Ok(caller) => call.end_session(caller).await,
            Err(failed) => Err(failed),
        };
        self.take_notes_of(call);
        match answer {
            Ok(_) if this_one => Ok(self.signed_out("signed-out")),
            Ok(_) => Ok(see("devices?done=ended")),
            Err(failed) if *failed.problem() == Problem::NotFound => Ok(see("devices?done=ended")),
            Err(failed) => Err(failed),
        }
    }

    /// Ends this session, or all of them. A session that has already ended cannot end the others, and the page says so.
    pub(super) async fn sign_out_form(&self) -> Answered {
        let form = Form::read(self.request, &["everywhere"])?;
        let everywhere = form.text("everywhere") == "yes";
        let request = form.stands_for(self.request, &[]);
        let call = self.instead(&request, None, None);
        let answer = if everywhere { call.logout_all().await } else { call.logout().await };
        self.take_notes_of(call);
        let over =
            |problem: &Problem| matches!(problem, Problem::NoToken | Problem::RefreshToken | Problem::SessionEnded);
        match answer {
            Ok(_) => Ok(self.signed_out("signed-out")),
            Err(failed) if over(failed.problem()) => {
                Ok(self.signed_out(if everywhere { "over" } else { "signed-out" }))
            }
            Err(failed) => Err(failed),
        }
    }

    /// Redirects to the requested page, with the cookie that the endpoint set.
    fn go_on(&self, answer: &Response, target: Option<Target>) -> Response {
        let home = self.service.pages().home.as_str();
        let on = see(target.as_ref().map_or(home, Target::as_str));
        let cookies = answer.headers.get_all("set-cookie").flatten();
        cookies.fold(on, |on, cookie| on.with_another("set-cookie", cookie))
    }

    fn signed_out(&self, done: &str) -> Response {
        let cookie = self.service.config().cookie.clear();
        see(&format!("sign-in?done={done}")).with_another("set-cookie", &cookie)
    }
}

impl Form {
    fn read(request: &Request, names: &[&str]) -> Result<Self, Problem> {
        Ok(Self(request.form(names)?))
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn target(&self) -> Option<Target> {
        Target::parse(self.text("next"))
    }

    /// The request that the form corresponds to. Its JSON contains only the fields with these names, so a form cannot
    /// set more than its page offers.
    fn stands_for(&self, request: &Request, names: &[&str]) -> Request {
        let mut fields = Map::new();
        for (name, value) in names.iter().filter_map(|name| self.0.get_key_value(*name)) {
            fields.insert(name.clone(), value.clone());
        }
        let body = if names.is_empty() { Vec::new() } else { json::text(&Value::from(fields)).into_bytes() };
        let mut request = Request { body, ..request.clone() };
        request.headers.remove("content-type");
        // On a page, only the cookie identifies the user; a browser form cannot send such a header.
        request.headers.remove("authorization");
        request
    }
}
