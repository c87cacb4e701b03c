//! What an upstream learns about the user, and how the gate proves it.
//!
//! The proof is a token that the gate signs. Its type is [`GATE_TYP`], and it is valid for one minute, for one
//! upstream, method and target. So an upstream can use an ordinary verifier, and an intercepted proof is useless for
//! other requests.

use serde_json::{Map, Value, json};

use super::{Gate, Ports, Request};
use crate::access::config::Identity;
use crate::access::{Holder, Policy};
use crate::error::{Code, Error, Result};
use crate::limits::GATE_PROOF_LIFETIME;
use crate::token::Verified;

/// The type of the tokens that the gate signs. No other verifier of this project accepts it, and upstreams accept
/// nothing else.
pub const GATE_TYP: &str = "gate+jwt";

/// The headers to set.
#[derive(Debug)]
pub(super) struct IdentityHeaders {
    pub(super) set: Vec<(&'static str, String)>,
    pub(super) replaces_authorization: bool,
}

/// The request that the proof covers.
pub(super) struct Vouching<'v> {
    pub(super) gate: &'v Gate,
    pub(super) upstream: &'v str,
    pub(super) request: &'v Request<'v>,
    pub(super) target: &'v str,
    pub(super) token: Option<&'v Verified>,
    /// Whether the gate checked the credentials. If so, the upstream receives only the credentials that the gate sets.
    pub(super) looked: bool,
}

/// Whether an upstream requires a key to receive the identity.
pub(super) fn needs_key(policy: &Policy) -> bool {
    let names = policy.rules().iter().filter_map(|rule| rule.upstream());
    names.filter_map(|name| policy.upstream(name)).any(|upstream| upstream.identity == Identity::InternalToken)
}

impl Vouching<'_> {
    pub(super) async fn headers(&self, identity: Identity, ports: &impl Ports) -> Result<IdentityHeaders> {
        match identity {
            Identity::None => Ok(IdentityHeaders { replaces_authorization: self.looked, set: Vec::new() }),
            // Without a valid token, no other credential may look like one.
            Identity::Token => Ok(IdentityHeaders { replaces_authorization: self.token.is_none(), set: Vec::new() }),
            Identity::Headers => {
                let mut set = self.plain();
                if let Some(proof) = self.proof(ports).await {
                    set.push(("x-portcullis-proof", proof?));
                }
                Ok(IdentityHeaders { replaces_authorization: self.looked, set })
            }
            Identity::InternalToken => {
                let proof = self.proof(ports).await.ok_or_else(|| Error::new(Code::SigningFailed))??;
                let set = vec![("authorization", format!("Bearer {proof}"))];
                Ok(IdentityHeaders { replaces_authorization: true, set })
            }
        }
    }

    /// The identity as plain headers. Values are percent-encoded if a header cannot contain them or a comma would split
    /// them.
    fn plain(&self) -> Vec<(&'static str, String)> {
        let Some(token) = self.token else { return Vec::new() };
        let mut set = Vec::new();
        if let Some(sub) = token.claims().subject() {
            set.push(("x-portcullis-sub", header_text(sub)));
        }
        let roles: Vec<String> = self.gate.policy.roles_of(token.into()).into_iter().map(header_text).collect();
        set.push(("x-portcullis-roles", roles.join(",")));
        if let Some(sid) = token.claims().get_str("sid") {
            set.push(("x-portcullis-sid", header_text(sid)));
        }
        set
    }

    /// A signed statement about the user and the request, if the gate has a key.
    async fn proof(&self, ports: &impl Ports) -> Option<Result<String>> {
        let signer = self.gate.signer.as_ref()?;
        let now = ports.now();
        let mut claims = Map::new();
        claims.insert("iss".into(), json!("portcullis-gate"));
        claims.insert("aud".into(), json!(self.upstream));
        claims.insert("iat".into(), json!(now.as_secs()));
        claims.insert("exp".into(), json!(now.plus(GATE_PROOF_LIFETIME).as_secs()));
        claims.insert("htm".into(), json!(self.request.method));
        claims.insert("htu".into(), json!(self.target));
        if let Some(token) = self.token {
            let copied = |name: &str| token.claims().get(name).map(|value| (name.to_owned(), Value::clone(value)));
            claims.extend(["sub", "sid"].into_iter().filter_map(copied));
            claims.insert("roles".into(), json!(self.gate.policy.roles_of(Holder::from(token))));
        }
        Some(signer.sign(&Value::Object(claims), ports.provider()).await)
    }
}

/// Keeps text that a header can contain (visible ASCII except comma and percent sign); percent-encodes everything else.
fn header_text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !matches!(byte, b',' | b'%') {
            safe.push(char::from(byte));
        } else {
            safe.push_str(&format!("%{byte:02X}"));
        }
    }
    safe
}
