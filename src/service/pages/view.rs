//! Renders the templates in `templates/account`.

use askama::Template;
use chrono::{DateTime, Datelike, Timelike};

use super::session::SignedIn;
use super::{Settings, Target, agent};
use crate::http::{Problem, Response};
use crate::service::call::{Call, Failed};
use crate::service::{Ports, Service};
use crate::session::Session;
use crate::time::UnixMillis;

/// Scripts, styles and form targets only from this site; no page can be framed.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Data of every page.
struct Shell<'p> {
    settings: &'p Settings,
    title: &'static str,
    /// The session of the signed-in user; empty on pages for users who are not signed in.
    session: &'p str,
    notice: &'static str,
    wrong: &'p Wrong,
}

/// The error of a form: in one field or in general.
#[derive(Default)]
pub(super) struct Wrong {
    field: &'static str,
    text: String,
}

/// A form field.
struct Field<'p> {
    name: &'static str,
    label: &'static str,
    autocomplete: &'static str,
    value: &'p str,
    hint: &'p str,
    is_email: bool,
    is_password: bool,
    focus: bool,
}

#[derive(Template)]
#[template(path = "account/form.html")]
struct FormPage<'p> {
    shell: Shell<'p>,
    action: &'static str,
    fields: &'p [Field<'p>],
    next: &'p str,
    button: &'static str,
    /// A link to another page: a question, the URL and the text.
    other: Option<(&'static str, String, &'static str)>,
}

#[derive(Template)]
#[template(path = "account/devices.html")]
struct DevicesPage<'p> {
    shell: Shell<'p>,
    devices: &'p [Device],
}

struct Device {
    sid: String,
    name: String,
    user_agent: String,
    place: String,
    current: bool,
    signed_in: Moment,
    last_used: Moment,
}

/// A time for machines and for people.
struct Moment {
    iso: String,
    words: String,
}

#[derive(Template)]
#[template(path = "account/message.html")]
struct MessagePage<'p> {
    shell: Shell<'p>,
    text: &'p str,
    onward: &'static str,
    words: &'static str,
    /// Whether the browser follows it automatically.
    at_once: bool,
}

impl<P: Ports> Call<'_, P> {
    pub(super) fn sign_in_page(&self, email: &str, target: Option<&Target>, wrong: Wrong) -> String {
        let fields = [
            Field { is_email: true, value: email, ..field("email", "Email", "username") },
            Field { is_password: true, ..field("password", "Password", "current-password") },
        ];
        self.form_page(FormPage {
            action: "sign-in",
            fields: &with_focus(fields, &wrong),
            next: target.map_or("", Target::as_str),
            button: "Sign in",
            other: Some(("No account yet?", with_next("register", target), "Create one")),
            shell: self.service.shell("Sign in", self.notice(), &wrong),
        })
    }

    pub(super) fn register_page(&self, name: &str, email: &str, target: Option<&Target>, wrong: Wrong) -> String {
        let rule = self.password_rule();
        let fields = [
            Field { value: name, ..field("name", "Name", "name") },
            Field { is_email: true, value: email, ..field("email", "Email", "username") },
            Field { is_password: true, hint: &rule, ..field("password", "Password", "new-password") },
        ];
        self.form_page(FormPage {
            action: "register",
            fields: &with_focus(fields, &wrong),
            next: target.map_or("", Target::as_str),
            button: "Create account",
            other: Some(("Already have an account?", with_next("sign-in", target), "Sign in")),
            shell: self.service.shell("Create an account", "", &wrong),
        })
    }

    pub(super) fn password_page(&self, session: &str, wrong: Wrong) -> String {
        let rule = self.password_rule();
        let fields = [
            Field { is_password: true, ..field("currentPassword", "Current password", "current-password") },
            Field { is_password: true, hint: &rule, ..field("newPassword", "New password", "new-password") },
        ];
        let shell = self.service.shell("Change password", "You’ll be signed out on all your other devices.", &wrong);
        self.form_page(FormPage {
            action: "password",
            fields: &with_focus(fields, &wrong),
            next: "",
            button: "Change password",
            other: None,
            shell: Shell { session, ..shell },
        })
    }

    pub(super) fn devices_page(&self, signed_in: &SignedIn) -> String {
        let current = signed_in.caller.session.as_str();
        let devices: Vec<Device> = signed_in.sessions.iter().map(|session| Device::new(session, current)).collect();
        let wrong = Wrong::default();
        let shell = self.service.shell("Your devices", self.notice(), &wrong);
        rendered(&DevicesPage { shell: Shell { session: current, ..shell }, devices: &devices })
    }

    fn form_page(&self, page: FormPage<'_>) -> String {
        rendered(&page)
    }

    /// Shown before a password is chosen.
    fn password_rule(&self) -> String {
        let shortest = self.service.config().min_password_chars;
        format!(
            "Use at least {shortest} characters. A short phrase of unrelated words works well. Common passwords aren’t allowed."
        )
    }

    /// The notice for a keyword in the URL. No other text from the URL appears on the page.
    fn notice(&self) -> &'static str {
        match self.of_query("done").as_deref() {
            Some("signed-out") => "You’ve signed out.",
            Some("over") => "Your session had already ended. Sign in again to sign out your other devices.",
            Some("ended") => "The device has been signed out.",
            Some("password") => "Your password has been changed and your other devices have been signed out.",
            _ => "",
        }
    }
}

impl Service {
    /// The settings of the pages; only called if the pages are enabled.
    pub(super) fn pages(&self) -> &Settings {
        static NONE: Settings = Settings { name: String::new(), home: String::new(), theme: None };
        self.config().pages.as_ref().unwrap_or(&NONE)
    }

    /// Adds a page to an error response that has none yet.
    pub(in crate::service) fn on_a_page(&self, failed: Failed) -> Failed {
        if failed.has_page() {
            return failed;
        }
        let Wrong { text, .. } = Wrong::from(failed.problem());
        let wrong = Wrong::default();
        let page = rendered(&MessagePage {
            shell: self.shell("Something went wrong", "", &wrong),
            text: &text,
            onward: "devices",
            words: "Go to your account",
            at_once: false,
        });
        failed.on_page(page)
    }

    /// A page that requests the same URL again, now from this site.
    pub(super) fn once_more_page(&self, page: &'static str) -> String {
        let wrong = Wrong::default();
        let shell = self.shell("One moment", "", &wrong);
        rendered(&MessagePage {
            shell,
            text: "You followed a link from another site.",
            onward: page,
            words: "Go on",
            at_once: true,
        })
    }

    fn shell<'p>(&'p self, title: &'static str, notice: &'static str, wrong: &'p Wrong) -> Shell<'p> {
        Shell { settings: self.pages(), title, session: "", notice, wrong }
    }
}

/// The response with a page as its body, and the headers for browsers.
///
/// `same-origin`, not `no-referrer`: with the latter, a browser sends `Origin: null` with our own forms (Fetch
/// standard, "append a request `Origin` header"), and the cross-site check would reject them.
pub(in crate::service) fn as_page(response: Response, page: &str) -> Response {
    Response { body: page.as_bytes().to_vec(), ..response }
        .with("content-type", "text/html; charset=utf-8")
        .with("cache-control", "no-store")
        .with("content-security-policy", POLICY)
        .with("referrer-policy", "same-origin")
        .with("cross-origin-opener-policy", "same-origin")
        .with("x-content-type-options", "nosniff")
}

impl Wrong {
    pub(super) fn at(field: &'static str, text: &str) -> Self {
        Self { field, text: text.to_owned() }
    }

    fn is_at(&self, field: &str) -> bool {
        !self.text.is_empty() && self.field == field
    }
}

impl From<&Problem> for Wrong {
    fn from(problem: &Problem) -> Self {
        match problem {
            Problem::Field(wrong) => {
                let what = match wrong.field {
                    "email" => "email address",
                    "newPassword" => "new password",
                    other => other,
                };
                Self { field: wrong.field, text: format!("The {what} must {}.", wrong.must) }
            }
            Problem::EmailTaken => Self::at("email", problem.row().message),
            Problem::WrongShape(_) => Self::at("", "Some fields were missing. Please fill in the form again."),
            _ => Self::at("", problem.row().message),
        }
    }
}

impl Device {
    fn new(session: &Session, current: &str) -> Self {
        Self {
            sid: session.sid.clone(),
            name: agent::in_words(&session.device.user_agent),
            user_agent: session.device.user_agent.clone(),
            place: session.device.place.clone(),
            current: session.sid == current,
            signed_in: Moment::new(session.created_at),
            last_used: Moment::new(session.last_used_at),
        }
    }
}

impl Moment {
    fn new(at: UnixMillis) -> Self {
        // chrono's own formatting is not used, because its interpreter would be the largest part of these pages in the
        // Worker.
        let at = DateTime::from_timestamp(at.as_secs(), 0).unwrap_or_default();
        let (year, month, day) = (at.year(), at.month(), at.day());
        let (hour, minute, second) = (at.hour(), at.minute(), at.second());
        let name = MONTHS.get(at.month0() as usize).unwrap_or(&"");
        Self {
            iso: format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"),
            words: format!("{day} {name} {year}, {hour:02}:{minute:02} UTC"),
        }
    }
}

const fn field(name: &'static str, label: &'static str, autocomplete: &'static str) -> Field<'static> {
    Field { name, label, autocomplete, value: "", hint: "", is_email: false, is_password: false, focus: false }
}

/// The focus is on the field with the error; otherwise on the first empty field.
fn with_focus<'p, const N: usize>(mut fields: [Field<'p>; N], wrong: &Wrong) -> [Field<'p>; N] {
    let at_fault = fields.iter().position(|field| wrong.is_at(field.name));
    let first = at_fault.or_else(|| fields.iter().position(|field| field.value.is_empty()));
    if let Some(field) = first.and_then(|at| fields.get_mut(at)) {
        field.focus = true;
    }
    fields
}

fn with_next(page: &str, target: Option<&Target>) -> String {
    match target {
        Some(target) => {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", target.as_str()).finish();
            format!("{page}?{query}")
        }
        None => page.to_owned(),
    }
}

/// Writing to a `String` does not fail.
fn rendered(page: &impl Template) -> String {
    page.render().unwrap_or_default()
}
