//! The bodies of the fuzz targets over generated input: a short run with every test run. `docs/fuzzing.md` has the long one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use proptest::prelude::*;

#[path = "../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "the file is a crate of its own for the fuzz targets")]
mod bodies;

/// Texts made of the pieces that matter to a target, and of any characters.
fn text_of(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(pieces).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

const PATH: &[&str] =
    &["/", "/", ".", "..", ";", "%", "%2", "5", "e", "%2e", "%2F", "%5c", "%25", "%00", "%c3%a9", "\\", "a", "//"];
const HEADER_NAMES: &[&str] = &[
    "\n",
    "\n",
    " ",
    "x",
    "-",
    "_",
    ".",
    "!",
    "~",
    "X-User-Id",
    "x_user_id",
    "x-portcullis-",
    "sub",
    "x.portcullis.sub",
    "authorization",
    "Cookie",
];
const POLICY: &[&str] = &[
    "[roles]\n",
    "admin = {}\n",
    "user = { inherits = [\"admin\"] }\n",
    "[[rules]]\n",
    "path = \"/users/:id\"\n",
    "path = [\"/\", \"/a/*rest\"]\n",
    "allow = \"anyone\"\n",
    "roles = [\"admin\"]\n",
    "methods = [\"GET\"]\n",
    "[upstreams]\n",
    "api = { url = \"https://api.example\" }\n",
    "upstream = \"api\"\n",
    "[defaults]\n",
    "{",
    "}",
    "[",
    "]",
    "\"rules\"",
    ":",
    ",",
    "\"path\"",
    "\"/a\"",
    "=",
    "\n",
    "any = [",
    "owner = \"param.id == sub\"\n",
];
const JSON_POLICY: &[&str] = &[
    r#"{"path":"/users/:id","allow":"anyone"}"#,
    r#"{"path":"/a","roles":["admin"]}"#,
    r#"{"path":"/*rest"}"#,
    r#"{"path":"/","answer":{"status":999}}"#,
    ",",
    " ",
    r#"{"path":7}"#,
    "\n",
    r#"{"paht":"/"}"#,
];
const COOKIES: &[&str] = &[
    "__Host-refresh=",
    "__Secure-refresh=",
    "=",
    ";",
    "; ",
    " ",
    "a.b.c",
    "refresh",
    "\"",
    ",",
    "\t",
    "\r\n",
    "x=y",
    "%3d",
];
const FORMS: &[&str] = &[
    "email=",
    "password=",
    "name=",
    "next=",
    "&",
    "&",
    "=",
    "%",
    "+",
    "a%40example.com",
    "correct+horse+battery",
    "token=",
    "session=",
    "everywhere=yes",
    "currentPassword=",
    "newPassword=",
    "%00",
    "%c3%28",
    "%2Fapp",
    "<script>",
    "Ann",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn path(text in text_of(PATH)) {
        bodies::path(&format!("/{text}"));
        bodies::path(&text);
    }

    #[test]
    fn header_names(text in text_of(HEADER_NAMES)) {
        bodies::header_names(&text);
    }

    #[test]
    fn policy(toml in text_of(POLICY), json in text_of(JSON_POLICY)) {
        bodies::policy(&toml);
        bodies::policy(&format!("{{\"rules\":[{json}]}}"));
    }

    #[test]
    fn cookies(text in text_of(COOKIES)) {
        bodies::cookies(&text);
    }

    #[test]
    fn forms(text in text_of(FORMS)) {
        bodies::forms(text.as_bytes());
    }
}
