//! The rows of the route table for the account pages.

use super::super::routes::row;
use super::super::{Access, Endpoint, Route};
use crate::account::InputError;
use crate::http::Problem;

/// An account page, a form or an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is described in its row of PAGES")]
pub enum Page {
    Home,
    SignIn,
    SignInForm,
    Register,
    RegisterForm,
    Devices,
    DevicesForm,
    Password,
    PasswordForm,
    SignOutForm,
    ChangePassword,
    Style,
    Script,
}

/// All routes of the account pages. There are none if `ACCOUNT_PAGES` is `off`.
///
/// They are under `/auth` because a refresh cookie that the hosts of a domain share is only sent there.
pub const PAGES: [Route; 13] = {
    use Access::{Anyone, RefreshToken};
    const FIELD: Problem = Problem::Field(InputError::new("", ""));
    const NEXT: (&str, &str) = ("next", "a path of this site to go on to after signing in");
    const DONE: (&str, &str) = ("done", "what to tell the user has just happened");
    const fn page(
        method: &'static str,
        path: &'static str,
        page: Page,
        access: Access,
        summary: &'static str,
    ) -> Route {
        Route { gives: "Page", ..row(method, path, Endpoint::Page(page), access, summary) }
    }
    const fn form(path: &'static str, to: Page, access: Access, takes: &'static str, summary: &'static str) -> Route {
        Route { takes, status: 303, ..page("POST", path, to, access, summary) }
    }
    [
        Route { status: 303, ..page("GET", "/auth/account", Page::Home, Anyone, "Go to your account pages.") },
        Route {
            query: &[NEXT, DONE],
            ..page("GET", "/auth/account/sign-in", Page::SignIn, Anyone, "The sign-in page.")
        },
        Route {
            problems: &[Problem::InvalidCredentials, Problem::TooManyRequests],
            ..form("/auth/account/sign-in", Page::SignInForm, Anyone, "SignInForm", "Sign in by a form.")
        },
        Route {
            query: &[NEXT],
            ..page("GET", "/auth/account/register", Page::Register, Anyone, "The registration page.")
        },
        Route {
            problems: &[FIELD, Problem::EmailTaken, Problem::TooManyRequests],
            ..form("/auth/account/register", Page::RegisterForm, Anyone, "RegisterForm", "Create an account by a form.")
        },
        Route {
            query: &[DONE],
            ..page("GET", "/auth/account/devices", Page::Devices, RefreshToken, "The page \"my devices\".")
        },
        form(
            "/auth/account/devices",
            Page::DevicesForm,
            RefreshToken,
            "DevicesForm",
            "Signs a device out (HTML form).",
        ),
        page("GET", "/auth/account/password", Page::Password, RefreshToken, "The page that changes the password."),
        Route {
            problems: &[FIELD, Problem::InvalidCredentials, Problem::TooManyRequests],
            ..form(
                "/auth/account/password",
                Page::PasswordForm,
                RefreshToken,
                "PasswordForm",
                "Change password by a form.",
            )
        },
        form(
            "/auth/account/sign-out",
            Page::SignOutForm,
            RefreshToken,
            "SignOutForm",
            "Sign out by a form, here or everywhere.",
        ),
        Route {
            status: 303,
            ..page(
                "GET",
                "/.well-known/change-password",
                Page::ChangePassword,
                Anyone,
                "Where password managers find the page that changes the password.",
            )
        },
        Route {
            gives: "Style",
            ..page("GET", "/auth/account/pages.css", Page::Style, Anyone, "The account pages' style sheet.")
        },
        Route {
            gives: "Script",
            ..page(
                "GET",
                "/auth/account/pages.js",
                Page::Script,
                Anyone,
                "Progressive enhancement for the account pages.",
            )
        },
    ]
};
