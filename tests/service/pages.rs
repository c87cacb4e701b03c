//! The account pages as a browser without JavaScript sees them.

use std::time::Duration;

use portcullis::account::audit::Kind;
use portcullis::http::Response;
use portcullis::limits::REFRESH_GRACE;
use portcullis::service::{Config, Endpoint, Limit, PAGES, Service};
use serde_json::json;

use crate::support::{PASSWORD, World, body_of, refusal, settings, string, text};

const WRONG: &str = "wrong password, long enough";
const FORM: &str = "application/x-www-form-urlencoded";

/// A browser: it keeps the cookie and posts forms of its own site.
struct Browser<'w> {
    world: &'w World,
    cookie: String,
}

impl<'w> Browser<'w> {
    fn new(world: &'w World) -> Self {
        Self { world, cookie: String::new() }
    }

    fn get(&mut self, path: &str) -> Response {
        let headers = [("cookie", self.cookie.as_str()), ("sec-fetch-site", "same-origin")];
        let response = self.world.send("GET", &format!("/auth/account/{path}"), &headers, "");
        self.keep(&response);
        response
    }

    fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("origin", "https://id.example"),
            ("sec-fetch-site", "same-origin"),
            ("content-type", FORM),
        ];
        let response = self.world.send("POST", &format!("/auth/account/{path}"), &headers, &body);
        self.keep(&response);
        response
    }

    fn sign_in(&mut self, email: &str) -> Response {
        self.post("sign-in", &[("email", email), ("password", PASSWORD)])
    }

    fn keep(&mut self, response: &Response) {
        if let Some(set) = response.headers.get("set-cookie") {
            set.split(';').next().unwrap().clone_into(&mut self.cookie);
        }
    }
}

fn leads_to(response: &Response) -> &str {
    assert_eq!(response.status, 303, "{}", text(response));
    response.headers.get("location").unwrap()
}

/// The error that a page shows, and its status.
fn shown(response: &Response) -> (u16, String) {
    let page = text(response);
    let at = page.find("class=\"wrong\"").unwrap_or_else(|| panic!("nothing is wrong on {page}"));
    let words = page[at..].split('>').nth(1).unwrap().split('<').next().unwrap();
    (response.status.as_u16(), words.to_owned())
}

#[test]
fn signing_in_by_a_form_sets_the_cookie_and_leads_on() {
    let world = World::new();
    world.register("ann@example.com");
    let mut browser = Browser::new(&world);
    assert!(text(&browser.get("sign-in")).contains("<form method=\"post\" action=\"sign-in\">"));
    let response = browser.sign_in("ann@example.com");
    assert_eq!(leads_to(&response), "devices");
    assert!(response.headers.get("set-cookie").unwrap().starts_with("__Host-refresh=ey"));
    assert!(response.body.is_empty(), "no token gets into a page");
    let devices = text(&browser.get("devices"));
    assert!(devices.contains("this device") && devices.contains("Lisbon, PT"), "{devices}");
    let signed_in = "<time datetime=\"2027-01-15T08:00:00Z\">15 January 2027, 08:00 UTC</time>";
    assert!(devices.contains(signed_in), "{devices}");
    let refreshed = world.send("POST", "/auth/refresh", &[("cookie", &browser.cookie)], "");
    assert_eq!(refreshed.status, 200, "an application picks the same session up");
    assert_eq!(world.kinds(), [Kind::Registered, Kind::SignedIn]);
}

#[test]
fn a_form_cannot_ask_for_the_refresh_token() {
    let world = World::new();
    world.register("ann@example.com");
    let fields = [("email", "ann@example.com"), ("password", PASSWORD), ("tokenDelivery", "body")];
    let response = Browser::new(&world).post("sign-in", &fields);
    assert!(response.body.is_empty() && response.headers.contains("set-cookie"));
}

#[test]
fn unknown_wrong_and_locked_get_the_same_page() {
    let world = World::new();
    world.register("ann@example.com");
    let mut browser = Browser::new(&world);
    let page = |response: &Response, email: &str| text(response).replace(email, "EMAIL");
    let unknown = browser.post("sign-in", &[("email", "nobody@example.com"), ("password", PASSWORD)]);
    assert_eq!(shown(&unknown), (401, "Incorrect email or password.".into()));
    for password in [WRONG; 12].into_iter().chain([PASSWORD]) {
        let wrong = browser.post("sign-in", &[("email", "ann@example.com"), ("password", password)]);
        assert_eq!((wrong.status, &wrong.headers), (unknown.status, &unknown.headers));
        assert_eq!(page(&wrong, "ann@example.com"), page(&unknown, "nobody@example.com"));
    }
    assert!(!text(&unknown).contains(PASSWORD), "a password is not sent back");
    let api = world.login("nobody@example.com", PASSWORD);
    assert_eq!(api.headers.get("www-authenticate"), unknown.headers.get("www-authenticate"));
}

#[test]
fn registering_by_a_form_says_what_is_wrong_where_it_is_wrong() {
    let world = World::new();
    let mut browser = Browser::new(&world);
    let good = [("name", "Ann"), ("email", "ann@example.com"), ("password", PASSWORD), ("next", "/app")];
    assert_eq!(leads_to(&browser.post("register", &good)), "/app");
    for (field, value, status, words) in [
        ("email", "ann@example.com", 409, "An account with this email already exists."),
        ("email", "nobody", 400, "The email address must be an email address."),
        ("name", " ", 400, "The name must have 1 to 100 characters, none of them control characters."),
        ("password", "short", 400, "The password must have at least 8 characters; it has 5."),
    ] {
        let mut fields = vec![("name", "Bob"), ("email", "bob@example.com"), ("password", PASSWORD)];
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let response = browser.post("register", &fields);
        assert_eq!(shown(&response), (status, words.into()));
        let page = text(&response);
        assert!(page.contains(&format!("id=\"{field}-wrong\"")), "{page}");
        let input = page.split("<input ").find(|input| input.starts_with(&format!("id=\"{field}\""))).unwrap();
        for part in ["aria-invalid=\"true\"", &format!("{field}-wrong"), "autofocus"] {
            assert!(input.contains(part), "{part} in {input}");
        }
        assert!(page.contains("value=\"Bob\"") || field == "name", "what was typed stays");
        assert!(!page.contains("value=\"short\""), "but not a password");
    }
}

#[test]
fn after_signing_in_a_browser_stays_on_this_site() {
    let world = World::new();
    world.register("ann@example.com");
    let sign_in = |next: &str| {
        let fields = [("email", "ann@example.com"), ("password", PASSWORD), ("next", next)];
        leads_to(&Browser::new(&world).post("sign-in", &fields)).to_owned()
    };
    for good in ["/", "/app?a=b&c=%0A#d", "password"] {
        assert_eq!(sign_in(good), good);
    }
    for evil in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/a\r\nset-cookie: a=b",
        "\u{1}//evil.example",
        "/\u{e9}",
    ] {
        assert_eq!(sign_in(evil), "devices", "{evil:?}");
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", evil).finish();
        let page = text(&Browser::new(&world).get(&format!("sign-in?{query}")));
        assert!(!page.contains("name=\"next\"") && !page.contains("evil"), "{evil:?} is not even carried along");
    }
    let page = text(&Browser::new(&world).get("sign-in?next=%2Fapp%3Fa%3D%22%3E%3Cb%3E"));
    assert!(page.contains("value=\"/app?a=&#34;&#62;&#60;b&#62;\""), "{page}");
    assert!(page.contains("register?next=%2Fapp%3Fa%3D%22%3E%3Cb%3E"), "{page}");
}

#[test]
fn pages_of_other_sites_cannot_post_and_are_told_so_on_a_page() {
    let world = World::new();
    let body = world.register("ann@example.com");
    for route in PAGES.iter().filter(|route| route.method == "POST") {
        for (name, value) in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
        {
            let cookie = format!("__Host-refresh={}", string(&body["refreshToken"]));
            let headers = [(name, value), ("cookie", &cookie), ("content-type", FORM)];
            let response = world.send("POST", route.path, &headers, "everywhere=yes");
            assert_eq!(response.status, 403, "{}", route.path);
            assert!(
                text(&response).contains("This request came from an origin that is not allowed."),
                "{}",
                text(&response)
            );
        }
    }
    assert_eq!(world.refresh(&body["refreshToken"]).status, 200, "nothing ended");
}

#[test]
fn what_is_typed_stays_text() {
    let world = World::new();
    let mut browser = Browser::new(&world);
    let script = "\"><script>alert(1)</script>";
    let page = text(&browser.post("sign-in", &[("email", script), ("password", script)]));
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(page.contains("&#60;script&#62;"), "{page}");
    let agent = [("user-agent", "<img src=x onerror=alert(1)>"), ("content-type", FORM)];
    world.register("ann@example.com");
    let body = format!("email=ann@example.com&password={}", PASSWORD.replace(' ', "+"));
    let signed_in = world.send("POST", "/auth/account/sign-in", &agent, &body);
    browser.keep(&signed_in);
    let devices = text(&browser.get("devices"));
    assert!(devices.contains("&#60;img src=x") && !devices.contains("<img"), "{devices}");
}

#[test]
fn a_device_is_signed_out_by_a_form() {
    let world = World::new();
    world.register("ann@example.com");
    let (mut here, mut there) = (Browser::new(&world), Browser::new(&world));
    here.sign_in("ann@example.com");
    there.sign_in("ann@example.com");
    let page = text(&here.get("devices"));
    assert_eq!(page.matches("name=\"session\"").count(), 3, "the one that registered, this one and the other one");
    let this_one = page.split("data-session=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let page = text(&there.get("devices"));
    let other_one = page.split("data-session=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(leads_to(&here.post("devices", &[("session", &other_one)])), "devices?done=ended");
    assert_eq!(leads_to(&there.get("devices")), "sign-in?next=devices");
    assert_eq!(leads_to(&here.post("devices", &[("session", &other_one)])), "devices?done=ended", "once more");
    let stranger = world.register("bob@example.com");
    let mut bob = Browser::new(&world);
    bob.cookie = format!("__Host-refresh={}", string(&stranger["refreshToken"]));
    bob.post("devices", &[("session", &this_one)]);
    assert_eq!(here.get("devices").status, 200, "nobody ends a session of somebody else");
    assert_eq!(leads_to(&here.post("devices", &[("session", &this_one)])), "sign-in?done=signed-out");
    assert_eq!(here.cookie, "__Host-refresh=");
    assert!(text(&here.get("sign-in?done=signed-out")).contains("You’ve signed out."));
}

#[test]
fn signing_out_ends_this_session_or_every_one() {
    let world = World::new();
    let registered = world.register("ann@example.com");
    let mut browser = Browser::new(&world);
    browser.sign_in("ann@example.com");
    let cookie = browser.cookie.clone();
    assert_eq!(leads_to(&browser.post("sign-out", &[])), "sign-in?done=signed-out");
    assert_eq!(
        refusal(&world.send("POST", "/auth/refresh", &[("cookie", &cookie)], "")),
        (401, "session_ended".into())
    );
    assert_eq!(leads_to(&browser.post("sign-out", &[])), "sign-in?done=signed-out", "who is out already is out");
    assert_eq!(leads_to(&browser.post("sign-out", &[("everywhere", "yes")])), "sign-in?done=over");
    browser.sign_in("ann@example.com");
    assert_eq!(leads_to(&browser.post("sign-out", &[("everywhere", "yes")])), "sign-in?done=signed-out");
    assert_eq!(refusal(&world.refresh(&registered["refreshToken"])), (401, "session_ended".into()));
}

#[test]
fn the_password_is_changed_by_a_form_and_other_devices_are_signed_out() {
    let world = World::new();
    let registered = world.register("ann@example.com");
    let mut browser = Browser::new(&world);
    assert_eq!(leads_to(&browser.get("password")), "sign-in?next=password");
    let form = |new| [("currentPassword", PASSWORD), ("newPassword", new)];
    assert_eq!(leads_to(&browser.post("password", &form("a good new password"))), "sign-in?next=password");
    assert_eq!(browser.post("password", &[]).status, 400, "a form that is refused to a user is not taken from others");
    assert_eq!(browser.post("password", &form("short")).status, 400);
    browser.sign_in("ann@example.com");
    assert!(text(&browser.get("password")).contains("Use at least 8 characters."));
    let change = |browser: &mut Browser<'_>, current: &str, new: &str| {
        browser.post("password", &[("currentPassword", current), ("newPassword", new)])
    };
    let wrong = change(&mut browser, WRONG, "a good new password");
    assert_eq!(shown(&wrong), (401, "The current password is incorrect.".into()));
    let short = change(&mut browser, PASSWORD, "short");
    assert_eq!(shown(&short), (400, "The new password must have at least 8 characters; it has 5.".into()));
    assert!(text(&short).contains("id=\"newPassword-wrong\""));
    assert_eq!(leads_to(&change(&mut browser, PASSWORD, "a good new password")), "devices?done=password");
    assert!(text(&browser.get("devices?done=password")).contains("your other devices have been signed out"));
    assert_eq!(refusal(&world.refresh(&registered["refreshToken"])), (401, "session_ended".into()));
    assert_eq!(world.login("ann@example.com", "a good new password").status, 200);
}

#[test]
fn looking_at_a_page_renews_nothing_and_a_spent_cookie_shows_nothing() {
    let world = World::new();
    world.register("ann@example.com");
    let mut browser = Browser::new(&world);
    browser.sign_in("ann@example.com");
    let first = browser.cookie.clone();
    let page = browser.get("devices");
    assert!(!page.headers.contains("set-cookie"));
    let renewed = world.send("POST", "/auth/refresh", &[("cookie", &first)], "");
    assert_eq!(browser.get("devices").status, 200, "the one just replaced, within its grace");
    world.wait(REFRESH_GRACE + Duration::from_secs(1));
    assert_eq!(leads_to(&browser.get("devices")), "sign-in?next=devices");
    assert_eq!(leads_to(&browser.post("devices", &[("session", "x")])), "sign-in?next=devices");
    browser.keep(&renewed);
    assert_eq!(browser.get("devices").status, 200);
    for nonsense in ["x", "a.b.c", ""] {
        browser.cookie = format!("__Host-refresh={nonsense}");
        assert_eq!(leads_to(&browser.get("devices")), "sign-in?next=devices");
    }
}

#[test]
fn a_visitor_from_another_site_is_sent_once_more_from_here() {
    let world = World::new();
    let from = |site: &str, cookie: &str| {
        let headers = [("sec-fetch-site", site), ("cookie", cookie)];
        world.send("GET", "/auth/account/devices", &headers, "")
    };
    let once_more = from("cross-site", "");
    assert_eq!(once_more.status, 200);
    assert!(text(&once_more).contains("<meta http-equiv=\"refresh\" content=\"0; url=devices\">"));
    assert_eq!(leads_to(&from("same-origin", "")), "sign-in?next=devices", "and not again");
    assert_eq!(leads_to(&from("cross-site", "__Host-refresh=x")), "sign-in?next=devices");
}

#[test]
fn every_page_forbids_what_it_does_not_need() {
    let world = World::new();
    let mut browser = Browser::new(&world);
    world.register("ann@example.com");
    browser.sign_in("ann@example.com");
    let pages = ["sign-in", "register", "devices", "password"].map(|page| browser.get(page));
    let failed = browser.post("sign-in", &[("email", "x"), ("password", "y")]);
    for page in pages.iter().chain([&failed]) {
        let header = |name: &str| page.headers.get(name).unwrap();
        let policy = header("content-security-policy");
        for part in ["default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "same-origin");
        assert_eq!(header("content-type"), "text/html; charset=utf-8");
        let html = text(page);
        let handler = |word: &str| word.starts_with("on") && word.contains('=');
        assert!(
            !html.contains("<style") && !html.contains(" style=") && !html.split_whitespace().any(handler),
            "{html}"
        );
        assert!(html.matches("<script").count() == 1 && html.contains("<script type=\"module\" src="), "{html}");
    }
}

#[test]
fn limits_and_stores_that_do_not_answer_are_told_on_the_page() {
    let world = World::new();
    world.register("ann@example.com");
    let mut browser = Browser::new(&world);
    browser.sign_in("ann@example.com");
    world.memory.limiter.refuse.set(Some(Limit::Client));
    let limited = browser.sign_in("ann@example.com");
    assert_eq!(shown(&limited), (429, "Too many attempts. Please wait a minute and try again.".into()));
    assert_eq!(limited.headers.get("retry-after"), Some("60"));
    world.memory.limiter.refuse.set(None);
    world.memory.sessions.broken.set(true);
    let devices = browser.get("devices");
    assert_eq!(devices.status, 503);
    assert!(
        text(&devices).contains("The service is temporarily unavailable. Try again shortly.")
            && devices.headers.contains("retry-after")
    );
    assert_eq!(shown(&browser.sign_in("ann@example.com")).0, 503);
}

#[test]
fn every_page_is_described_and_refuses_nonsense() {
    let world = World::new();
    let description = body_of(&world.send("GET", "/openapi.json", &[], ""));
    for route in &PAGES {
        let described = &description["paths"][route.path][route.method.to_lowercase()];
        let Endpoint::Page(page) = route.endpoint else { panic!("{} is no page", route.path) };
        assert_eq!(described["operationId"], format!("{page:?}"));
        if !route.takes.is_empty() {
            assert!(description["components"]["schemas"].get(route.takes).is_some(), "{}", route.takes);
        }
        let large = "a".repeat(65_537);
        for body in
            ["", "{", "email", "email=a&email=b", "=&=", "%", "%ff=%00", "session=..%2F..", "next=%0d%0a", &large]
        {
            for media in
                [FORM, "application/x-www-form-urlencoded; charset=utf-8", "multipart/form-data", "text/plain", ""]
            {
                let headers =
                    [("content-type", media), ("cookie", "__Host-refresh=x"), ("authorization", "Bearer a.b.c")];
                let response = world.send(route.method, route.path, &headers, body);
                let status = response.status.as_u16();
                assert!(status < 500, "{} {} {media}: {status}", route.method, route.path);
                assert!(described["responses"].get(status.to_string()).is_some(), "{}: {status}", route.path);
            }
        }
    }
}

#[test]
fn the_pages_are_off_by_one_setting() {
    let off = |name: &str| if name == "ACCOUNT_PAGES" { Some("off".to_owned()) } else { settings(name) };
    let config = Config::read(off).unwrap();
    assert_eq!(config.pages, None);
    assert_eq!(portcullis::service::routes(&config).count(), portcullis::service::ROUTES.len());
    let world = World::with(off);
    let description = body_of(&world.send("GET", "/openapi.json", &[], ""));
    assert!(PAGES.iter().all(|route| description["paths"].get(route.path).is_none()));
    assert!(PAGES.iter().all(|route| !answers(&world.service, &world, route.method, route.path)));
}

fn answers(service: &Service, world: &World, method: &str, path: &str) -> bool {
    let request = World::request(method, path, &[], "");
    crate::support::now(service.handle(&request, &world.memory)).is_some()
}

#[test]
fn settings_name_and_dress_the_pages() {
    let set = |name: &str| match name {
        "ACCOUNT_NAME" => Some("Ann & Bob <Ltd>".to_owned()),
        "ACCOUNT_THEME" => Some("/brand/theme.css?v=1".to_owned()),
        "ACCOUNT_HOME" => Some("/app".to_owned()),
        "MIN_PASSWORD_CHARS" => Some("15".to_owned()),
        _ => settings(name),
    };
    let world = World::with(set);
    world.register("ann@example.com");
    let mut browser = Browser::new(&world);
    assert_eq!(leads_to(&browser.sign_in("ann@example.com")), "/app");
    let page = text(&browser.get("register"));
    assert!(page.contains("Ann &#38; Bob &#60;Ltd&#62;"), "{page}");
    assert!(page.contains("Use at least 15 characters."), "{page}");
    let (ours, theirs) =
        (page.find("href=\"pages.css\"").unwrap(), page.find("href=\"/brand/theme.css?v=1\"").unwrap());
    assert!(ours < theirs, "a theme comes after what it changes");
    for (name, value, words) in [
        ("ACCOUNT_PAGES", "of", "\"on\" or \"off\""),
        ("ACCOUNT_THEME", "https://evil.example/a.css", "a path of this site"),
        ("ACCOUNT_HOME", "//evil.example", "a path of this site"),
    ] {
        let set = |asked: &str| if asked == name { Some(value.to_owned()) } else { settings(asked) };
        let error = Config::read(set).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(words), "{error}");
    }
}

#[test]
fn a_cookie_of_a_whole_domain_is_sent_to_every_page_that_needs_it() {
    let set = |name: &str| if name == "COOKIE_DOMAIN" { Some("example".to_owned()) } else { settings(name) };
    let cookie = Config::read(set).unwrap().cookie.clear();
    assert!(cookie.contains("Path=/auth"), "{cookie}");
    let need_it = PAGES.iter().filter(|route| route.access == portcullis::service::Access::RefreshToken);
    assert!(need_it.into_iter().all(|route| route.path.starts_with("/auth/")));
}

#[test]
fn json_is_answered_as_before() {
    let world = World::new();
    let wrong = world.post("/auth/register", json!({ "email": "x", "password": PASSWORD, "name": "Ann" }));
    assert_eq!(body_of(&wrong)["message"], "The field email must be an email address.");
}
