//! Detects RSA moduli of the faulty key generator of CVE-2017-15361 (ROCA). Its primes are powers of 65537 modulo every
//! small prime, so its keys can be recognized from the public key, and factored.
//!
//! Nemec and others, "The Return of Coppersmith's Attack", CCS 2017, section 3.1. About one in 2^27 other moduli has
//! the same fingerprint.

/// The primes whose residues are checked.
const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
    113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// The base of the powers.
const GENERATOR: u32 = 65_537;

/// Whether the big-endian `modulus` is a power of 65537 modulo every one of the primes.
pub(super) fn has_fingerprint(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|&prime| is_power(remainder(modulus, prime), prime))
}

fn remainder(number: &[u8], prime: u32) -> u32 {
    number.iter().fold(0, |rest, &byte| (rest << 8 | u32::from(byte)) % prime)
}

fn is_power(rest: u32, prime: u32) -> bool {
    let mut power = 1;
    loop {
        if power == rest {
            return true;
        }
        power = power * (GENERATOR % prime) % prime;
        if power == 1 {
            return false;
        }
    }
}
