//! Signatures with WebCrypto: faster than wasm for everything except HMAC, and RSA without timing leaks. It is
//! asynchronous.

use std::cell::RefCell;

use js_sys::{JSON, Promise, Uint8Array};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::alg::{Alg, Curve, Family, Hash};
use crate::crypto::SignatureProvider;
use crate::error::{Code, Error, Result};
use crate::json;
use crate::key::Key;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey, catch)]
    fn import_key(
        format: &str,
        key: &JsValue,
        alg: &JsValue,
        extractable: bool,
        usages: &JsValue,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], catch)]
    fn verify(alg: &JsValue, key: &JsValue, signature: &Uint8Array, message: &Uint8Array) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], catch)]
    fn sign(alg: &JsValue, key: &JsValue, message: &Uint8Array) -> Result<Promise, JsValue>;
}

/// The host's engine. It caches the handle of each key by the key's serial number.
#[derive(Default)]
pub(super) struct WebCrypto {
    handles: RefCell<FxHashMap<(u32, Use), JsValue>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Use {
    Sign,
    Verify,
}

/// Whether WebCrypto supports the algorithm.
pub(super) fn knows(alg: Alg) -> bool {
    parameters(alg).is_some()
}

impl WebCrypto {
    async fn handle(&self, key: &Key, purpose: Use) -> Result<JsValue> {
        let filed = self.handles.borrow().get(&(key.serial(), purpose)).cloned();
        if let Some(handle) = filed {
            return Ok(handle);
        }
        let refused = |_| Error::new(Code::KeyInvalid).about("key").expected("a key that the host can use");
        let (jwk, usages) = match purpose {
            Use::Sign => (key.to_host_jwk(), "[\"sign\"]"),
            Use::Verify => {
                let public = key.public().ok_or_else(|| Error::new(Code::KeyWrongKind).about("key"))?;
                (public.to_host_jwk(), "[\"verify\"]")
            }
        };
        let jwk = JSON::parse(&jwk).map_err(refused)?;
        let usages = JSON::parse(usages).map_err(refused)?;
        let importing = import_key("jwk", &jwk, &parameters_of(key.alg())?, false, &usages).map_err(refused)?;
        let handle = JsFuture::from(importing).await.map_err(refused)?;
        self.handles.borrow_mut().insert((key.serial(), purpose), handle.clone());
        Ok(handle)
    }
}

impl SignatureProvider for WebCrypto {
    fn check_now(&self, _key: &Key, _message: &[u8], _signature: &[u8]) -> Option<bool> {
        None
    }

    async fn check(&self, key: &Key, message: &[u8], signature: &[u8]) -> Result<bool> {
        let handle = self.handle(key, Use::Verify).await?;
        let alg = parameters_of(key.alg())?;
        let (signature, message) = (Uint8Array::from(signature), Uint8Array::from(message));
        // If the host throws, the signature is not valid for this key.
        let Ok(checking) = verify(&alg, &handle, &signature, &message) else { return Ok(false) };
        Ok(JsFuture::from(checking).await.is_ok_and(|good| good.is_truthy()))
    }

    fn sign_now(&self, _key: &Key, _message: &[u8]) -> Option<Result<Vec<u8>>> {
        None
    }

    async fn sign(&self, key: &Key, message: &[u8]) -> Result<Vec<u8>> {
        let failed = |_| Error::new(Code::SigningFailed);
        let handle = self.handle(key, Use::Sign).await?;
        let signing = sign(&parameters_of(key.alg())?, &handle, &Uint8Array::from(message)).map_err(failed)?;
        let signature = JsFuture::from(signing).await.map_err(failed)?;
        Ok(Uint8Array::new(&signature).to_vec())
    }
}

fn parameters_of(alg: Alg) -> Result<JsValue> {
    let refused = || Error::new(Code::KeyWrongKind).about("alg").actual(alg.name());
    let parameters = parameters(alg).ok_or_else(refused)?;
    JSON::parse(&json::text(&parameters)).map_err(|_| refused())
}

/// WebCrypto's parameters for an algorithm; `None` if it is not supported.
fn parameters(alg: Alg) -> Option<Value> {
    let hash = match alg.hash() {
        Hash::Sha256 => "SHA-256",
        Hash::Sha384 => "SHA-384",
        Hash::Sha512 => "SHA-512",
    };
    Some(match alg.family() {
        Family::RsaPkcs1 => json!({ "name": "RSASSA-PKCS1-v1_5", "hash": hash }),
        Family::RsaPss => json!({ "name": "RSA-PSS", "hash": hash, "saltLength": alg.hash().bytes() }),
        Family::Ecdsa(curve) => {
            let curve = match curve {
                Curve::P256 => "P-256",
                Curve::P384 => "P-384",
                Curve::P521 => "P-521",
                Curve::Secp256k1 => return None,
            };
            json!({ "name": "ECDSA", "namedCurve": curve, "hash": hash })
        }
        Family::Ed25519 => json!({ "name": "Ed25519" }),
        Family::Hmac => return None,
    })
}
