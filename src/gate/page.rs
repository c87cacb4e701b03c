//! The page that a signed-in developer sees in a browser instead of a plain 403, only on a local machine.

use super::Refusal;
use crate::access::escape;

/// `content-security-policy` of the page: it runs no scripts, loads nothing and cannot be framed.
pub const PAGE_POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page for a denied request with its explanation; `None` if there is no explanation, as in production.
pub fn developer_page(refusal: &Refusal) -> Option<String> {
    let walk = escape(refusal.walk.as_deref()?);
    let (status, why) = (refusal.status, escape(&refusal.inner));
    Some(format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{status}: refused by the policy</title></head><body>\n\
         <h1>{status}: refused by the policy</h1>\n<p>{why}.</p>\n<h2>The way to this verdict</h2>\n<pre>{walk}</pre>\n\
         <p>Only a local Worker shows this page. Elsewhere the answer says nothing about rules.</p>\n</body></html>\n"
    ))
}
