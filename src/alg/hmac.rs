//! HMAC with inner and outer state prepared once per key. Each tag then costs only the blocks of the message and one
//! more, because the key is not hashed again.

use hmac::{Hmac, Mac};
use sha2::{Sha256, Sha384, Sha512};

use super::Hash;

/// A prepared HMAC key. Contains the hash states, not the secret.
#[derive(Clone)]
pub(crate) enum PreparedHmac {
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
}

/// The length of the longest tag, that of HS512.
const MAX_TAG_BYTES: usize = 64;

/// An authentication tag; only its first `len` bytes are used.
pub(crate) struct Tag {
    bytes: [u8; MAX_TAG_BYTES],
    len: usize,
}

impl PreparedHmac {
    /// Prepares the states from a secret. The importer checks the strength of the secret.
    pub(crate) fn new(hash: Hash, secret: &[u8]) -> Self {
        const ANY_LENGTH: &str = "HMAC takes a key of any length (RFC 2104 section 2)";
        #[expect(clippy::expect_used, reason = "the one error of this constructor is a length HMAC does not have")]
        match hash {
            Hash::Sha256 => Self::Sha256(Hmac::new_from_slice(secret).expect(ANY_LENGTH)),
            Hash::Sha384 => Self::Sha384(Hmac::new_from_slice(secret).expect(ANY_LENGTH)),
            Hash::Sha512 => Self::Sha512(Hmac::new_from_slice(secret).expect(ANY_LENGTH)),
        }
    }

    /// The tag over `message`.
    pub(crate) fn tag(&self, message: &[u8]) -> Tag {
        match self {
            Self::Sha256(state) => finish(state, message),
            Self::Sha384(state) => finish(state, message),
            Self::Sha512(state) => finish(state, message),
        }
    }

    /// Whether `tag` is the tag over `message`, in constant time.
    pub(crate) fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        match self {
            Self::Sha256(state) => check(state, message, tag),
            Self::Sha384(state) => check(state, message, tag),
            Self::Sha512(state) => check(state, message, tag),
        }
    }
}

impl Tag {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// The constant-time comparison is from the crate `hmac`.
fn check<M: Mac + Clone>(state: &M, message: &[u8], tag: &[u8]) -> bool {
    let mut state = state.clone();
    state.update(message);
    state.verify_slice(tag).is_ok()
}

fn finish<M: Mac + Clone>(state: &M, message: &[u8]) -> Tag {
    let mut state = state.clone();
    state.update(message);
    let full = state.finalize().into_bytes();
    let mut bytes = [0; MAX_TAG_BYTES];
    bytes[..full.len()].copy_from_slice(&full);
    Tag { bytes, len: full.len() }
}
