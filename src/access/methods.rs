//! Methods as bits.

use serde::{Deserialize, Serialize};

use super::matcher::MethodMask;

const STANDARD: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

/// The last bit represents every method that the policy does not name.
const OTHER: MethodMask = 1 << 31;

/// The methods that a policy knows by name: the standard methods and those in its rules.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Methods {
    added: Vec<String>,
}

impl Methods {
    /// The bit of a request's method.
    pub(crate) fn bit(&self, method: &str) -> MethodMask {
        match self.known().position(|known| known == method) {
            Some(at) => 1 << at,
            None => OTHER,
        }
    }

    /// The bits of a rule's methods: all if it lists none; GET includes HEAD.
    pub(crate) fn mask(&mut self, names: &[String]) -> Result<MethodMask, (usize, String)> {
        if names.is_empty() {
            return Ok(MethodMask::MAX);
        }
        let mut mask = 0;
        for (at, name) in names.iter().enumerate() {
            mask |= self.admit(name).map_err(|why| (at, why))?;
        }
        if mask & self.bit("GET") != 0 {
            mask |= self.bit("HEAD");
        }
        Ok(mask)
    }

    /// The names of the methods in a mask; empty for all.
    pub(crate) fn names(&self, mask: MethodMask) -> Vec<&str> {
        if mask == MethodMask::MAX {
            return Vec::new();
        }
        self.known().enumerate().filter(|(at, _)| mask & (1 << at) != 0).map(|(_, name)| name).collect()
    }

    fn admit(&mut self, name: &str) -> Result<MethodMask, String> {
        let token = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
        if !token {
            return Err(format!("`{name}` is no method: methods are written in capitals"));
        }
        if self.bit(name) == OTHER {
            if STANDARD.len() + self.added.len() >= 31 {
                return Err("more different methods than a policy can hold (31)".into());
            }
            self.added.push(name.to_owned());
        }
        Ok(self.bit(name))
    }

    fn known(&self) -> impl Iterator<Item = &str> {
        STANDARD.into_iter().chain(self.added.iter().map(String::as_str))
    }
}
