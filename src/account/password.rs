//! Passwords: what is accepted, how they are hashed, and which older hashes still verify.

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::OnceLock;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

use super::InputError;
use crate::limits::MAX_PASSWORD_CHARS;
use crate::random::Entropy;
use crate::text::Nfkc;

/// Memory argon2id fills, in KiB (OWASP Password Storage Cheat Sheet, first choice).
pub const ARGON2_MEMORY_KIB: u32 = 19_456;
/// How often argon2id goes over it.
pub const ARGON2_PASSES: u32 = 2;
/// How many lanes it has.
pub const ARGON2_LANES: u32 = 1;

/// Most memory an imported hash may ask for, in KiB: an isolate has 128 MiB for everything.
const MAX_IMPORTED_MEMORY_KIB: u32 = 64 * 1024;
/// Most work an imported hash may ask for, in KiB filled.
const MAX_IMPORTED_WORK_KIB: u64 = 512 * 1024;
/// Most work an imported bcrypt hash may ask for, as its cost: 2^12 rounds, about a third of a second here.
const MAX_IMPORTED_BCRYPT_COST: u32 = 12;

/// A password in the form in which it is hashed: NFKC, so that keyboards and systems that compose characters differently agree.
pub struct Password {
    normal: zeroize::Zeroizing<String>,
    typed: zeroize::Zeroizing<String>,
}

impl Password {
    /// A password to compare: anything goes, within the length that bounds the work.
    pub fn presented(typed: &str, nfkc: Nfkc) -> Self {
        let normal = nfkc(typed).chars().take(MAX_PASSWORD_CHARS + 1).collect::<String>();
        let typed = typed.chars().take(MAX_PASSWORD_CHARS + 1).collect::<String>();
        Self { normal: normal.into(), typed: typed.into() }
    }

    /// A password to keep: long enough, not too long, none of the commonest, not the address or the name again.
    ///
    /// # Errors
    /// [`InputError`] saying which of these it is not.
    pub fn chosen(typed: &str, shortest: usize, about: &[&str], nfkc: Nfkc) -> Result<Self, InputError> {
        let field = "password";
        let password = Self::presented(typed, nfkc);
        let chars = password.normal.chars().count();
        if chars < shortest {
            return Err(InputError {
                field,
                must: format!("have at least {shortest} characters; it has {chars}").into(),
            });
        }
        if chars > MAX_PASSWORD_CHARS {
            return Err(InputError::new(field, "have at most 128 characters"));
        }
        let lower = password.normal.to_lowercase();
        if is_common(&lower) {
            return Err(InputError::new(field, "not be one of the most common ones"));
        }
        if about.iter().any(|known| known.to_lowercase() == lower) {
            return Err(InputError::new(field, "not be the address or the name"));
        }
        Ok(password)
    }

    /// Its hash, as a PHC string with a fresh salt.
    pub fn hash(&self, entropy: &impl Entropy) -> String {
        let mut salt = [0; 16];
        entropy.fill(&mut salt);
        self.hash_with_salt(&salt)
    }

    /// The same with a given salt: for data made ahead of time, such as the accounts of a local trial.
    pub fn hash_with_salt(&self, salt: &[u8; 16]) -> String {
        #[expect(clippy::expect_used, reason = "sixteen bytes of salt and these parameters are always accepted")]
        let salt = SaltString::encode_b64(salt).expect("a salt of 16 bytes");
        count();
        #[expect(clippy::expect_used, reason = "the password is bounded and the parameters are constants")]
        let hash = hasher().hash_password(self.normal.as_bytes(), &salt).expect("argon2id with sound parameters");
        hash.to_string()
    }

    /// Whether this is the password behind `hash`. Costs what the hash's own parameters cost, within bounds; an unreadable hash is
    /// compared with the stand-in, so that it costs what any other does, and never fits.
    pub fn fits(&self, hash: &str) -> bool {
        if is_bcrypt(hash) && is_readable(hash) {
            return bcrypt_fits(&self.normal, hash) || (self.typed != self.normal && bcrypt_fits(&self.typed, hash));
        }
        match PasswordHash::new(hash).ok().filter(affordable) {
            Some(parsed) => {
                argon2_fits(&self.normal, &parsed) || (self.typed != self.normal && argon2_fits(&self.typed, &parsed))
            }
            None => {
                self.spend();
                false
            }
        }
    }

    /// Costs what comparing costs: for accounts that do not exist. A password that normalising changes is compared in both its
    /// forms there as well, or sending one would tell who has an account.
    pub fn spend(&self) {
        if let Ok(stand_in) = PasswordHash::new(STAND_IN) {
            argon2_fits(&self.normal, &stand_in);
            if self.typed != self.normal {
                argon2_fits(&self.typed, &stand_in);
            }
        }
    }
}

/// Whether `hash` was made with other means than a hash made today would be.
pub fn is_outdated(hash: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(hash) else { return true };
    let current = Params::try_from(&parsed).is_ok_and(|params| {
        (params.m_cost(), params.t_cost(), params.p_cost()) == (ARGON2_MEMORY_KIB, ARGON2_PASSES, ARGON2_LANES)
    });
    parsed.algorithm.as_str() != "argon2id" || parsed.version != Some(0x13) || !current
}

/// Whether `hash` is one that [`Password::fits`] can compare with: argon2 or bcrypt, within what an isolate can afford.
pub fn is_readable(hash: &str) -> bool {
    if is_bcrypt(hash) {
        return hash.parse::<bcrypt::HashParts>().is_ok_and(|parts| parts.get_cost() <= MAX_IMPORTED_BCRYPT_COST);
    }
    PasswordHash::new(hash).ok().is_some_and(|parsed| affordable(&parsed))
}

/// How many hashes this thread has computed so far: what an answer costs, whatever the machine.
pub fn hashes_computed() -> u64 {
    COMPUTED.get()
}

thread_local! {
    static COMPUTED: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    COMPUTED.set(COMPUTED.get() + 1);
}

/// A hash of nothing anyone knows, with today's parameters.
const STAND_IN: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c3RhbmRzLWZvci1ub25l$7rq0ZbC1j0b3m1yqk6m4dKXnUu5mZr8rVZ0b0g0jv3o";

fn hasher() -> Argon2<'static> {
    #[expect(clippy::expect_used, reason = "constants, within what argon2 accepts; a test makes a hash with them")]
    let params = Params::new(ARGON2_MEMORY_KIB, ARGON2_PASSES, ARGON2_LANES, None).expect("sound parameters");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn argon2_fits(password: &str, hash: &PasswordHash<'_>) -> bool {
    count();
    // The algorithm and the parameters come from the hash, not from this value.
    hasher().verify_password(password.as_bytes(), hash).is_ok()
}

fn affordable(hash: &PasswordHash<'_>) -> bool {
    let known = matches!(hash.algorithm.as_str(), "argon2id" | "argon2i" | "argon2d");
    known
        && Params::try_from(hash).is_ok_and(|params| {
            let work = u64::from(params.m_cost()) * u64::from(params.t_cost());
            params.m_cost() <= MAX_IMPORTED_MEMORY_KIB && work <= MAX_IMPORTED_WORK_KIB
        })
}

fn is_bcrypt(hash: &str) -> bool {
    ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| hash.starts_with(prefix))
}

fn bcrypt_fits(password: &str, hash: &str) -> bool {
    // The library that made these hashes looked at 72 bytes and no further, so that is what is compared. A password with a NUL
    // inside was cut there by some makers and refused by others: it fits nothing.
    count();
    bcrypt::verify(password.as_bytes(), hash).unwrap_or(false)
}

/// Whether it is among the commonest. Where the list comes from stands in `common_passwords.licence.txt`.
fn is_common(lower: &str) -> bool {
    static COMMON: OnceLock<HashSet<&str>> = OnceLock::new();
    COMMON.get_or_init(|| include_str!("common_passwords.txt").lines().collect()).contains(lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &[u8; 16] = b"sixteen bytes !!";

    fn presented(typed: &str) -> Password {
        Password::presented(typed, crate::text::nfkc)
    }

    #[test]
    fn a_password_fits_its_own_hash_alone() {
        let hash = presented("correct horse battery staple").hash_with_salt(SALT);
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(presented("correct horse battery staple").fits(&hash));
        assert!(!presented("correct horse battery stable").fits(&hash));
        assert!(!is_outdated(&hash));
    }

    #[test]
    fn composed_and_decomposed_characters_agree() {
        let hash = presented("cafe\u{301} au lait").hash_with_salt(SALT);
        assert!(presented("caf\u{e9} au lait").fits(&hash));
    }

    #[test]
    fn bcrypt_hashes_of_every_prefix_fit_and_are_outdated() {
        let hash = bcrypt::hash("correct horse", 4).unwrap();
        for prefix in ["$2a$", "$2b$", "$2y$"] {
            let hash = format!("{prefix}{}", &hash[4..]);
            assert!(presented("correct horse").fits(&hash), "{prefix}");
            assert!(!presented("correct mouse").fits(&hash), "{prefix}");
            assert!(is_outdated(&hash) && is_readable(&hash), "{prefix}");
        }
    }

    #[test]
    fn older_argon2_hashes_fit_and_are_outdated() {
        for algorithm in [Algorithm::Argon2i, Algorithm::Argon2d, Algorithm::Argon2id] {
            let older = Argon2::new(algorithm, Version::V0x13, Params::new(4096, 1, 1, None).unwrap());
            let salt = SaltString::encode_b64(SALT).unwrap();
            let hash = older.hash_password(b"correct horse", &salt).unwrap().to_string();
            assert!(presented("correct horse").fits(&hash), "{hash}");
            assert!(is_outdated(&hash), "{hash}");
        }
    }

    #[test]
    fn hashes_that_would_exhaust_an_isolate_are_not_computed() {
        let greedy =
            "$argon2id$v=19$m=1048576,t=10,p=1$c2l4dGVlbiBieXRlcyAhIQ$7rq0ZbC1j0b3m1yqk6m4dKXnUu5mZr8rVZ0b0g0jv3o";
        assert!(!is_readable(greedy) && !presented("x").fits(greedy));
        assert!(!is_readable("$2b$31$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
        for nonsense in ["", "x", "$argon2id$", "$2b$", "$2b$04$short"] {
            assert!(!is_readable(nonsense) && !presented("x").fits(nonsense), "{nonsense}");
        }
    }

    #[test]
    fn the_stand_in_costs_what_a_hash_of_today_costs_and_fits_nothing() {
        assert!(!is_outdated(STAND_IN) && is_readable(STAND_IN));
        assert!(!presented("").fits(STAND_IN));
    }

    #[test]
    fn common_short_long_and_telling_passwords_are_not_chosen() {
        let refused =
            |typed: &str| Password::chosen(typed, 8, &["ann@example.com", "Annabelle Lee"], crate::text::nfkc).err();
        assert!(refused("seven c").is_some() && refused("eight ch").is_none());
        assert!(refused(&"é".repeat(128)).is_none() && refused(&"é".repeat(129)).is_some());
        for common in ["password", "PassWord", "12345678", "football", "Annabelle Lee", "ann@example.com"] {
            assert!(refused(common).is_some(), "{common}");
        }
        assert!(refused("correct horse battery staple").is_none());
    }
}
