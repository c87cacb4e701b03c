//! Policies as handles.

use serde::Deserialize;
use serde_json::json;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::{fault, options, scratch};
use crate::access::{Asked, BadPath, Holder, Policy, Presented};
use crate::error::{Code, Error, Result};
use crate::token::Claims;

/// A compiled policy.
#[wasm_bindgen(js_name = WasmPolicy)]
#[derive(Debug)]
pub struct PolicyHandle(Policy);

/// The request to decide about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question<'q> {
    #[serde(borrow)]
    method: std::borrow::Cow<'q, str>,
    #[serde(borrow, default)]
    host: std::borrow::Cow<'q, str>,
    #[serde(borrow)]
    path: std::borrow::Cow<'q, str>,
    /// There was a token, but it was invalid.
    #[serde(default)]
    invalid: bool,
}

#[wasm_bindgen(js_class = WasmPolicy)]
impl PolicyHandle {
    /// From TOML or JSON; `file` is only used in messages.
    #[wasm_bindgen(constructor)]
    pub fn new(file: &str, text: &str) -> Result<PolicyHandle, JsValue> {
        let refused = |refused: crate::access::Refused| {
            Error::new(Code::OptionInvalid).about("policy").actual(refused.to_string())
        };
        Policy::parse(file, text).map(PolicyHandle).map_err(|error| fault::thrown(refused(error)))
    }

    /// Findings that are probably mistakes, one per line.
    #[wasm_bindgen(getter)]
    pub fn warnings(&self) -> String {
        self.0.warnings().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    /// `{allowed, status, rule, line, why, path}` for the input in the buffer: the request (JSON) and, on a line of its
    /// own, the claims of its token (JSON) if the token was valid.
    pub fn decide(&self, len: usize) -> i32 {
        scratch::answer(len, |question| {
            Some(self.ask(question, |policy, presented, asked| policy.verdict(presented, asked)))
        })
    }

    /// The explanation of that decision, for people.
    pub fn explain(&self, len: usize) -> i32 {
        scratch::answer(len, |question| {
            Some(self.ask(question, |policy, presented, asked| policy.walk(presented, asked)))
        })
    }

    /// The names of the roles, from the one with the fewest permissions: a JSON array.
    pub fn roles(&self) -> String {
        json!(self.0.roles()).to_string()
    }

    /// The claim that contains the roles.
    #[wasm_bindgen(getter, js_name = rolesClaim)]
    pub fn roles_claim(&self) -> String {
        self.0.roles_claim().to_owned()
    }

    /// The access table, for a terminal or as a page.
    pub fn table(&self, html: bool) -> String {
        let table = self.0.table();
        if html { table.html() } else { table.text() }
    }
}

/// All findings about the text of a policy: `[{severity, line, column, message, help}]`.
#[wasm_bindgen(js_name = checkPolicy)]
pub fn check_policy(file: &str, text: &str) -> String {
    let findings = match Policy::parse(file, text) {
        Ok(policy) => policy.warnings().to_vec(),
        Err(refused) => refused.findings,
    };
    let said = findings.iter().map(|finding| {
        json!({
            "severity": finding.severity.to_string(),
            "line": finding.line,
            "column": finding.column,
            "message": finding.message,
            "help": finding.help,
        })
    });
    json!(said.collect::<Vec<_>>()).to_string()
}

impl PolicyHandle {
    fn ask(
        &self,
        question: &str,
        answer: impl FnOnce(&Self, Presented<'_>, &Asked<'_>) -> Result<String, BadPath>,
    ) -> Result<String> {
        let (request, claims) =
            question.split_once('\n').map_or((question, None), |(request, claims)| (request, Some(claims)));
        let question: Question<'_> = options::read(request)?;
        let claims = claims.map(|claims| Claims::parse(claims.into())).transpose()?;
        let presented = match &claims {
            _ if question.invalid => Presented::Invalid,
            Some(claims) => Presented::Token(Holder::vouched_for(claims)),
            None => Presented::Missing,
        };
        let path = question.path.split(['?', '#']).next().unwrap_or_default();
        let asked = Asked { method: &question.method, host: &question.host, path };
        Ok(answer(self, presented, &asked).unwrap_or_else(|bad| {
            json!({ "allowed": false, "status": bad.status(), "rule": null, "line": null, "why": bad.to_string(), "path": null })
                .to_string()
        }))
    }

    fn verdict(&self, presented: Presented<'_>, asked: &Asked<'_>) -> Result<String, BadPath> {
        let routed = self.0.route(asked)?;
        let decision = routed.decide(presented);
        Ok(json!({
            "allowed": decision.allowed,
            "status": decision.status(),
            "rule": decision.rule.map(|rule| rule.name()),
            "line": decision.rule.map(|rule| rule.line()),
            "why": decision.why.to_string(),
            "path": routed.path().as_str(),
        })
        .to_string())
    }

    fn walk(&self, presented: Presented<'_>, asked: &Asked<'_>) -> Result<String, BadPath> {
        let walk = match self.0.explain(presented, asked) {
            Ok(explained) => explained.to_string(),
            Err(bad) => format!("DENY ({}), {bad}\n", bad.status()),
        };
        Ok(json!(walk).to_string())
    }
}
