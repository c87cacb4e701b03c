//! The ports of the service on Cloudflare's platform.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::accounts::D1Accounts;
use super::audit::D1Log;
use super::bindings::{Database, find};
use super::engine::WebCrypto;
use super::limiter::BindingLimiter;
use super::revocations::KvRevocations;
use super::sessions::ObjectSessions;
use crate::account::password::SoftwareHasher;
use crate::random::Entropy;
use crate::service::Ports;
use crate::session::RevocationCache;
use crate::time::UnixMillis;

/// The bindings, resolved once.
pub(super) struct EdgePorts {
    pub(super) accounts: D1Accounts,
    pub(super) sessions: ObjectSessions,
    pub(super) revocations: KvRevocations,
    pub(super) audit: D1Log,
    limiter: BindingLimiter,
    entropy: WorkerEntropy,
    engine: WebCrypto,
}

impl EdgePorts {
    /// Resolves the bindings of wrangler.toml.
    pub(super) fn new(env: &JsValue, cache: Rc<RefCell<RevocationCache>>) -> Result<Self, JsValue> {
        let database: Database = find(env, "DB")?;
        Ok(Self {
            accounts: D1Accounts::new(database.clone()),
            sessions: ObjectSessions::new(find(env, "USER_SESSIONS")?),
            revocations: KvRevocations::new(find(env, "REVOCATIONS")?, cache),
            audit: D1Log::new(database),
            limiter: BindingLimiter::new(env),
            entropy: WorkerEntropy,
            engine: WebCrypto::default(),
        })
    }
}

impl Ports for EdgePorts {
    type Accounts = D1Accounts;
    type Sessions = ObjectSessions;
    type Revocations = KvRevocations;
    type Log = D1Log;
    type Engine = WebCrypto;
    type Entropy = WorkerEntropy;
    type Limiter = BindingLimiter;
    type Hasher = SoftwareHasher;

    fn accounts(&self) -> &D1Accounts {
        &self.accounts
    }

    fn sessions(&self) -> &ObjectSessions {
        &self.sessions
    }

    fn revocations(&self) -> &KvRevocations {
        &self.revocations
    }

    fn log(&self) -> &D1Log {
        &self.audit
    }

    fn engine(&self) -> &WebCrypto {
        &self.engine
    }

    fn entropy(&self) -> &WorkerEntropy {
        &self.entropy
    }

    fn limiter(&self) -> &BindingLimiter {
        &self.limiter
    }

    fn hasher(&self) -> &SoftwareHasher {
        &SoftwareHasher
    }

    fn now(&self) -> UnixMillis {
        super::now()
    }
}

/// The platform's random numbers (`crypto.getRandomValues`).
#[derive(Debug, Clone, Copy)]
pub(super) struct WorkerEntropy;

impl Entropy for WorkerEntropy {
    fn fill(&self, into: &mut [u8]) {
        #[expect(
            clippy::expect_used,
            reason = "inside a request the platform always has randomness; without it nothing may go on"
        )]
        getrandom::fill(into).expect("randomness");
    }
}
