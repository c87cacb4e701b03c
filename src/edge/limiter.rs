//! The rate-limit bindings: the first line in front of password hashing.

use worker::{Env, RateLimiter};

use crate::service::{Limit, Limiter};

/// The bindings `CLIENT_LIMIT` and `ACCOUNT_LIMIT`; each may be left out.
pub(super) struct BindingLimiter {
    client: Option<RateLimiter>,
    account: Option<RateLimiter>,
}

impl BindingLimiter {
    pub(super) fn new(env: &Env) -> Self {
        Self { client: env.rate_limiter("CLIENT_LIMIT").ok(), account: env.rate_limiter("ACCOUNT_LIMIT").ok() }
    }
}

impl Limiter for BindingLimiter {
    async fn allow(&self, limit: Limit, key: &str) -> bool {
        #[cfg(feature = "test-hooks")]
        if super::test_hooks::limited() {
            return false;
        }
        let binding = match limit {
            Limit::Client => &self.client,
            Limit::Account => &self.account,
        };
        let Some(binding) = binding else { return true };
        match super::deadline::shortly("rate limit", binding.limit(key.to_owned())).await {
            Ok(outcome) => outcome.success,
            Err(_) => true,
        }
    }
}
