//! The host's randomness.

use crate::random::Entropy;

/// `crypto.getRandomValues`, which all hosts have.
pub(super) struct HostEntropy;

impl Entropy for HostEntropy {
    fn fill(&self, into: &mut [u8]) {
        #[expect(
            clippy::expect_used,
            reason = "a host without randomness must make no keys; there is nothing to fall back to"
        )]
        getrandom::fill(into).expect("the host gives random bytes");
    }
}
