//! Common code of the pure-Rust engines: an algorithm of jwt-compact with its parsed keys.

use jwt_compact::{Algorithm, AlgorithmSignature};

/// A key that an algorithm of this crate can compute with.
pub(crate) trait Engine: Send + Sync {
    /// Whether `signature` over `message` was made with this key.
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool;

    /// The signature over `message`; `None` without a private key.
    fn sign(&self, message: &[u8]) -> Option<Vec<u8>>;
}

/// An [`Engine`] based on jwt-compact's traits.
pub(crate) struct Prepared<A: Algorithm> {
    pub(crate) algorithm: A,
    pub(crate) verifying: A::VerifyingKey,
    pub(crate) signing: Option<A::SigningKey>,
}

impl<A> Engine for Prepared<A>
where
    A: Algorithm + Send + Sync,
    A::VerifyingKey: Send + Sync,
    A::SigningKey: Send + Sync,
{
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        if A::Signature::LENGTH.is_some_and(|length| length.get() != signature.len()) {
            return false;
        }
        A::Signature::try_from_slice(signature)
            .is_ok_and(|signature| self.algorithm.verify_signature(&signature, &self.verifying, message))
    }

    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let signing = self.signing.as_ref()?;
        Some(self.algorithm.sign(signing, message).as_bytes().into_owned())
    }
}
