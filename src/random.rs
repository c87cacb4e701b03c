//! Randomness as an argument. Workers refuse it at global scope and tests want it repeatable, so it comes in through a port.

/// The entropy port. Implementations must be cryptographically secure; there is no other kind here.
pub trait Entropy {
    /// Fills `into` with random bytes.
    fn fill(&self, into: &mut [u8]);
}
