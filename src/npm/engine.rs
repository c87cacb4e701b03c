//! The host's crypto behind the signature port. In Node it answers synchronously (`node:crypto`), so a verification is
//! one call into wasm. Elsewhere (WebCrypto) it records the pending operation, JavaScript waits for the result, and the
//! same call is repeated with the result.

use std::cell::RefCell;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::crypto::SignatureProvider;
use crate::error::{Code, Error, Result};
use crate::key::Key;

#[wasm_bindgen]
extern "C" {
    /// The host's engine. It stores its own handle of each key under the key's serial number.
    pub type Host;

    /// 1 valid, 0 invalid, anything else: asynchronous. Must not throw.
    #[wasm_bindgen(method)]
    fn check(this: &Host, serial: u32, message: &[u8], signature: &[u8]) -> i32;

    /// The signature; `undefined`: asynchronous. Empty: the host failed. Must not throw.
    #[wasm_bindgen(method)]
    fn sign(this: &Host, serial: u32, message: &[u8]) -> Option<Uint8Array>;
}

thread_local! {
    static HOST: RefCell<Option<Host>> = const { RefCell::new(None) };
}

/// Registers the host's engine. Called once, before any key is used.
#[wasm_bindgen(js_name = setHost)]
pub fn set_host(host: Host) {
    HOST.set(Some(host));
}

/// The host's engine: called directly, or with a result that was awaited. A single type, so that the calling code is
/// compiled once.
pub(super) enum Engine {
    /// It is asked.
    Asked,
    /// The result of a signature check.
    Checked(bool),
    /// The result of signing; an empty signature means that it failed.
    Signed(Vec<u8>),
}

impl SignatureProvider for Engine {
    fn check_now(&self, key: &Key, message: &[u8], signature: &[u8]) -> Option<bool> {
        match self {
            Self::Checked(good) => return Some(*good),
            Self::Signed(_) => return Some(false),
            Self::Asked => {}
        }
        HOST.with_borrow(|host| match host.as_ref()?.check(key.serial(), message, signature) {
            1 => Some(true),
            0 => Some(false),
            _ => None,
        })
    }

    async fn check(&self, key: &Key, message: &[u8], signature: &[u8]) -> Result<bool> {
        self.check_now(key, message, signature).ok_or(Error::new(Code::KeyUnavailable))
    }

    fn sign_now(&self, key: &Key, message: &[u8]) -> Option<Result<Vec<u8>>> {
        let signature = match self {
            Self::Signed(signature) => signature.clone(),
            Self::Checked(_) => Vec::new(),
            Self::Asked => HOST.with_borrow(|host| host.as_ref()?.sign(key.serial(), message))?.to_vec(),
        };
        Some(if signature.is_empty() { Err(Code::SigningFailed.into()) } else { Ok(signature) })
    }

    async fn sign(&self, key: &Key, message: &[u8]) -> Result<Vec<u8>> {
        self.sign_now(key, message).unwrap_or(Err(Error::new(Code::KeyUnavailable)))
    }
}
