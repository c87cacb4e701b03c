//! Password hashes. They are only in the larger module, which is loaded at the first use.

use wasm_bindgen::prelude::wasm_bindgen;

use super::entropy::HostEntropy;
use crate::account::password::{Password, SoftwareHasher, is_outdated, is_readable};

/// An argon2id hash as a PHC string; nothing if the password is too long.
#[wasm_bindgen(js_name = hashPassword)]
pub fn hash(password: &str) -> Option<String> {
    let password = Password::presented(password);
    (!password.is_too_long()).then(|| password.hash_here(&HostEntropy))
}

/// Whether the password is the one behind the hash (argon2 or bcrypt).
#[wasm_bindgen(js_name = verifyPassword)]
pub fn verify(password: &str, hash: &str) -> bool {
    Password::presented(password).fits_here(hash)
}

/// The argon2id hash of a password that the service has normalized; nothing if the salt does not have 16 bytes.
#[wasm_bindgen(js_name = argon2id)]
pub fn argon2id(password: &[u8], salt: &[u8]) -> Option<String> {
    salt.try_into().ok().map(|salt| SoftwareHasher.argon2id(password, salt))
}

/// Whether one form of a password, as passed by the service, matches a readable hash.
#[wasm_bindgen(js_name = fitsHash)]
pub fn fits(password: &[u8], hash: &str) -> bool {
    is_readable(hash) && SoftwareHasher.fits(password, hash)
}

/// Whether the hash is supported.
#[wasm_bindgen(js_name = passwordHashIsReadable)]
pub fn readable(hash: &str) -> bool {
    is_readable(hash)
}

/// Whether a new hash would have another algorithm or other parameters.
#[wasm_bindgen(js_name = passwordHashIsOutdated)]
pub fn outdated(hash: &str) -> bool {
    is_outdated(hash)
}
