//! Tokens made by hand, so that tests can say things a signer never would.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use portcullis::alg::Alg;
use portcullis::crypto::Software;
use portcullis::error::{Code, Result};
use portcullis::key::Key;
use portcullis::time::UnixMillis;
use portcullis::token::{Expectations, Expected, Verified, Verifier};
use sha2::Sha256;

/// The moment that all these tests take place at.
pub(crate) const NOW: UnixMillis = UnixMillis::from_secs(1_800_000_000);
pub(crate) const SECRET: &[u8; 32] = b"thirty-two bytes of test secret!";
pub(crate) const HS256: &str = r#"{"alg":"HS256"}"#;

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn unb64(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// A token with a good HS256 signature over any header and payload.
pub(crate) fn token(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    sign_parts(&b64(header), &b64(payload))
}

/// The same over parts that are encoded already, well or badly.
pub(crate) fn sign_parts(header: &str, payload: &str) -> String {
    sign_parts_with(SECRET, header, payload)
}

/// The same with a secret of one's own, such as an attacker's.
pub(crate) fn sign_parts_with(secret: &[u8], header: &str, payload: &str) -> String {
    let input = format!("{header}.{payload}");
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(input.as_bytes());
    format!("{input}.{}", b64(mac.finalize().into_bytes()))
}

pub(crate) fn key() -> Key {
    Key::from_secret(Alg::HS256, SECRET).unwrap()
}

/// Asks nothing of the claims but their dates, with no leeway.
pub(crate) fn lenient() -> Expectations {
    let mut lenient = Expectations::new(Expected::Unchecked, Expected::Unchecked);
    lenient.leeway = std::time::Duration::ZERO;
    lenient
}

pub(crate) fn any_of(values: &[&str]) -> Expected {
    Expected::AnyOf(values.iter().map(|value| (*value).to_owned()).collect())
}

pub(crate) fn judge(token: &str, expectations: Expectations) -> Result<Verified> {
    Verifier::new(key(), expectations).verify_now(token, &Software, NOW).expect("HMAC never makes one wait")
}

/// The code that a token is refused with.
pub(crate) fn refusal(token: &str, expectations: Expectations) -> Code {
    judge(token, expectations).expect_err("is refused").code()
}

/// The code that claims are refused with under a good signature, asked nothing but their dates.
pub(crate) fn claims_refusal(claims: impl AsRef<[u8]>) -> Code {
    refusal(&token(HS256, claims), lenient())
}

/// The sentence that claims are refused with.
pub(crate) fn claims_sentence(claims: &str, expectations: Expectations) -> String {
    judge(&token(HS256, claims), expectations).expect_err("is refused").to_string()
}

/// Runs a future that never really waits.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    use std::task::{Context, Poll, Waker};
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing here makes one wait"),
    }
}
