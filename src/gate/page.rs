//! What a signed-in developer sees in a browser instead of a bare 403, on his own machine and nowhere else.

use super::Refusal;
use crate::access::escape;

/// `content-security-policy` of the page: it runs nothing, loads nothing and is framed by nobody.
pub const PAGE_POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page for a refusal with its walk; `None` where the refusal has none, which is everywhere but on a developer's machine.
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
