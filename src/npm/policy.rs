//! Policies as handles.

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::{fault, options, scratch};
use crate::access::{Asked, Holder, Policy, Presented};
use crate::error::{Code, Error, Result};
use crate::token::Claims;

/// A policy, compiled.
#[wasm_bindgen(js_name = WasmPolicy)]
#[derive(Debug)]
pub struct PolicyHandle(Policy);

/// What is asked: a request, and the claims of its token if that was good.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question<'q> {
    method: &'q str,
    #[serde(default)]
    host: &'q str,
    #[serde(borrow)]
    path: std::borrow::Cow<'q, str>,
    #[serde(borrow)]
    claims: Option<&'q RawValue>,
    /// There was a token and it was no good.
    #[serde(default)]
    invalid: bool,
}

#[wasm_bindgen(js_class = WasmPolicy)]
impl PolicyHandle {
    /// From TOML or JSON; `file` is only for messages.
    #[wasm_bindgen(constructor)]
    pub fn new(file: &str, text: &str) -> Result<PolicyHandle, JsValue> {
        let refused = |refused: crate::access::Refused| {
            Error::new(Code::OptionInvalid).about("policy").actual(refused.to_string())
        };
        Policy::parse(file, text).map(PolicyHandle).map_err(|error| fault::thrown(refused(error)))
    }

    /// What works but is likely not meant, one per line.
    #[wasm_bindgen(getter)]
    pub fn warnings(&self) -> String {
        self.0.warnings().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    /// `{allowed, status, rule, why}` for the question (JSON) in the area.
    pub fn decide(&self, len: usize) -> i32 {
        scratch::answer(len, |question| Some(self.answer(question)))
    }
}

impl PolicyHandle {
    fn answer(&self, question: &str) -> Result<String> {
        let question: Question<'_> = options::read(question)?;
        let claims = question.claims.map(|claims| Claims::parse(claims.get().into())).transpose()?;
        let presented = match &claims {
            _ if question.invalid => Presented::Invalid,
            Some(claims) => Presented::Token(Holder::vouched_for(claims)),
            None => Presented::Missing,
        };
        let asked = Asked { method: question.method, host: question.host, path: &question.path };
        Ok(match self.0.decide(presented, &asked) {
            Ok(decision) => json!({
                "allowed": decision.allowed,
                "status": decision.status(),
                "rule": decision.rule.map(ToString::to_string),
                "why": decision.why.to_string(),
            }),
            Err(bad) => json!({ "allowed": false, "status": 400, "rule": null, "why": bad.to_string() }),
        }
        .to_string())
    }
}
