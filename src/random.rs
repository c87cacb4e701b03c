//! Randomness as a parameter. Workers do not provide it at global scope, and tests need it to be repeatable, so it is a
//! port.

/// The entropy port. Implementations must be cryptographically secure.
pub trait Entropy {
    /// Fills `into` with random bytes.
    fn fill(&self, into: &mut [u8]);
}
