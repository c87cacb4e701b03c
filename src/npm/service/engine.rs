//! The host's crypto behind the signature port: synchronous if possible (`node:crypto`), otherwise asynchronous
//! (WebCrypto).

use std::rc::Rc;

use js_sys::Uint8Array;

use super::host::ServiceHost;
use crate::crypto::SignatureProvider;
use crate::error::{Code, Error, Result};
use crate::key::Key;

/// The host's engine.
pub(super) struct HostEngine(pub(super) Rc<ServiceHost>);

impl SignatureProvider for HostEngine {
    fn check_now(&self, _key: &Key, _message: &[u8], _signature: &[u8]) -> Option<bool> {
        // `check` calls the host once, whether it is synchronous or not.
        None
    }

    async fn check(&self, key: &Key, message: &[u8], signature: &[u8]) -> Result<bool> {
        match self.0.check(key.serial(), message, signature) {
            1 => Ok(true),
            0 => Ok(false),
            _ => {
                let failed = |_| Error::new(Code::KeyUnavailable);
                let answer = self.0.settled(&self.0.answer_check().map_err(failed)?).await.map_err(failed)?;
                Ok(answer.is_truthy())
            }
        }
    }

    fn sign_now(&self, _key: &Key, _message: &[u8]) -> Option<Result<Vec<u8>>> {
        None
    }

    async fn sign(&self, key: &Key, message: &[u8]) -> Result<Vec<u8>> {
        let failed = |_| Error::new(Code::SigningFailed);
        let signature = match self.0.sign(key.serial(), message) {
            Some(signature) => signature,
            None => {
                let answer = self.0.settled(&self.0.answer_sign().map_err(failed)?).await.map_err(failed)?;
                Uint8Array::new(&answer)
            }
        };
        if signature.length() == 0 { Err(Code::SigningFailed.into()) } else { Ok(signature.to_vec()) }
    }
}
