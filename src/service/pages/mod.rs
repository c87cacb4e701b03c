//! The account pages: sign-in, registration, devices and password, as plain HTML that works without JavaScript.
//!
//! Pages contain no logic of their own. A form is converted to the JSON body of the matching endpoint, that endpoint's
//! function handles it, and the page displays the result. The refresh cookie identifies the user. A page reads it but
//! never rotates it: only `POST /auth/refresh` does, so a page never races with the tabs of an application.
//!
//! All URLs in the pages are relative, so the pages can be mounted at any path.

use http::StatusCode;

use super::Ports;
use super::call::{Answered, Call};
use crate::http::Response;

mod agent;
mod forms;
mod routes;
mod session;
mod settings;
mod target;
mod view;

pub use routes::{PAGES, Page};
pub use settings::Settings;
pub(super) use view::as_page;

use target::Target;
use view::Wrong;

/// How long the style sheet and the script may be cached.
const FILES_CACHE: &str = "public, max-age=300";

impl<P: Ports> Call<'_, P> {
    pub(super) async fn page(&self, page: Page) -> Answered {
        let answer = match page {
            Page::Home => Ok(see("account/devices")),
            Page::ChangePassword => Ok(see("../auth/account/password")),
            Page::SignIn => Ok(shown(&self.sign_in_page("", self.target().as_ref(), Wrong::default()))),
            Page::Register => Ok(shown(&self.register_page("", "", self.target().as_ref(), Wrong::default()))),
            Page::Devices => self.devices().await,
            Page::Password => self.password().await,
            Page::SignInForm => self.sign_in_form().await,
            Page::RegisterForm => self.register_form().await,
            Page::DevicesForm => self.devices_form().await,
            Page::PasswordForm => self.password_form().await,
            Page::SignOutForm => self.sign_out_form().await,
            Page::Style => Ok(file("text/css; charset=utf-8", include_str!("pages.css"))),
            Page::Script => Ok(file("text/javascript; charset=utf-8", include_str!("pages.js"))),
        };
        answer.map_err(|failed| self.service.on_a_page(failed))
    }

    async fn devices(&self) -> Answered {
        match self.who().await? {
            Some(signed_in) => Ok(shown(&self.devices_page(&signed_in))),
            None => Ok(self.sign_in_first("devices")),
        }
    }

    async fn password(&self) -> Answered {
        match self.who().await? {
            Some(signed_in) => Ok(shown(&self.password_page(&signed_in.caller.session, Wrong::default()))),
            None => Ok(self.sign_in_first("password")),
        }
    }

    /// The response to a user who is not signed in, on a page that requires it.
    ///
    /// When a browser follows a link from another site, it does not send `SameSite=Strict` cookies. A page of this site
    /// then requests the same URL again, which sends them.
    fn sign_in_first(&self, page: &'static str) -> Response {
        let from_elsewhere = self.request.header("sec-fetch-site") == Some("cross-site");
        if from_elsewhere && self.refresh_cookie().is_none() {
            return shown(&self.service.once_more_page(page));
        }
        see(&format!("sign-in?next={page}"))
    }

    /// The target after signing in, from the query.
    fn target(&self) -> Option<Target> {
        self.of_query("next").and_then(|next| Target::parse(&next))
    }

    fn of_query(&self, name: &str) -> Option<String> {
        self.request.query_pairs().find(|(given, _)| given == name).map(|(_, value)| value)
    }
}

fn shown(page: &str) -> Response {
    as_page(Response::empty(StatusCode::OK), page)
}

/// "See other": the browser requests the URL with `GET` (RFC 9110 section 15.4.4).
fn see(address: &str) -> Response {
    Response::empty(StatusCode::SEE_OTHER).with("location", address)
}

fn file(media: &str, text: &str) -> Response {
    let response = Response { body: text.as_bytes().to_vec(), ..Response::empty(StatusCode::OK) };
    response.with("content-type", media).with("cache-control", FILES_CACHE).with("x-content-type-options", "nosniff")
}
