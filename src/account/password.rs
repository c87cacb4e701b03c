//! Passwords: which are accepted, how they are hashed, and which older hashes are still supported.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

use super::{InputError, common};
use crate::limits::MAX_PASSWORD_CHARS;
use crate::random::Entropy;
use crate::session::Unavailable;
use crate::text::nfkc;

/// Memory of argon2id, in KiB (OWASP Password Storage Cheat Sheet, first choice).
pub const ARGON2_MEMORY_KIB: u32 = 19_456;
/// Number of iterations of argon2id.
pub const ARGON2_PASSES: u32 = 2;
/// Degree of parallelism of argon2id.
pub const ARGON2_LANES: u32 = 1;

/// Maximum memory of an imported hash, in KiB: an isolate has 128 MiB in total.
const MAX_IMPORTED_MEMORY_KIB: u32 = 64 * 1024;
/// Maximum work of an imported hash: KiB times iterations.
const MAX_IMPORTED_WORK_KIB: u64 = 512 * 1024;
/// Maximum cost of an imported bcrypt hash: 2^12 rounds, about a third of a second here.
const MAX_IMPORTED_BCRYPT_COST: u32 = 12;

/// Maximum number of characters that normalization combines into one: a Greek letter with three marks.
const MOST_CHARS_COMPOSED: usize = 4;

/// Computes password hashes. This is a port so that a host can use other threads and tests can count hashes.
/// [`Unavailable`] means that the host accepts no more work for now.
#[allow(async_fn_in_trait, reason = "the hosts are single-threaded; no future here needs to be Send")]
pub trait Hasher {
    /// Argon2id with the current parameters, as a PHC string.
    async fn argon2id(&self, password: &[u8], salt: &[u8; 16]) -> Result<String, Unavailable>;

    /// Whether `hash`, which is [readable](is_readable), is the hash of this password.
    async fn fits(&self, password: &[u8], hash: &str) -> Result<bool, Unavailable>;
}

/// Hashing in Rust, synchronously on the calling thread.
#[derive(Debug, Clone, Copy, Default)]
pub struct SoftwareHasher;

impl SoftwareHasher {
    /// The result of [`Hasher::argon2id`].
    pub fn argon2id(&self, password: &[u8], salt: &[u8; 16]) -> String {
        #[expect(clippy::expect_used, reason = "sixteen bytes of salt and these parameters are always accepted")]
        let salt = SaltString::encode_b64(salt).expect("a salt of 16 bytes");
        #[expect(clippy::expect_used, reason = "the password is bounded and the parameters are constants")]
        let hash = argon2().hash_password(password, &salt).expect("argon2id with sound parameters");
        hash.to_string()
    }

    /// The result of [`Hasher::fits`].
    pub fn fits(&self, password: &[u8], hash: &str) -> bool {
        if is_bcrypt(hash) {
            // The library that created these hashes used only the first 72 bytes, so only these are compared. Some
            // implementations cut a password with a NUL there and others rejected it, so such a password never matches.
            return bcrypt::verify(password, hash).unwrap_or(false);
        }
        // Algorithm and parameters come from the hash, not from this value.
        PasswordHash::new(hash).is_ok_and(|hash| argon2().verify_password(password, &hash).is_ok())
    }
}

impl Hasher for SoftwareHasher {
    async fn argon2id(&self, password: &[u8], salt: &[u8; 16]) -> Result<String, Unavailable> {
        Ok(self.argon2id(password, salt))
    }

    async fn fits(&self, password: &[u8], hash: &str) -> Result<bool, Unavailable> {
        Ok(self.fits(password, hash))
    }
}

/// A password in the form in which it is hashed: NFKC, because keyboards and systems compose characters differently.
pub struct Password {
    normal: zeroize::Zeroizing<String>,
    typed: zeroize::Zeroizing<String>,
}

impl Password {
    /// A password to compare. Any text is accepted, up to the length that limits the work.
    pub fn presented(typed: &str) -> Self {
        // Sorting a run of combining marks takes more than linear time, so no more than necessary is normalized.
        let most = (MAX_PASSWORD_CHARS + 1) * MOST_CHARS_COMPOSED;
        let end = typed.char_indices().nth(most).map_or(typed.len(), |(at, _)| at);
        let normal = nfkc(&typed[..end]).chars().take(MAX_PASSWORD_CHARS + 1).collect::<String>();
        let typed = typed.chars().take(MAX_PASSWORD_CHARS + 1).collect::<String>();
        Self { normal: normal.into(), typed: typed.into() }
    }

    /// Whether it is longer than [`MAX_PASSWORD_CHARS`] and therefore truncated: its hash would also match other
    /// passwords.
    pub fn is_too_long(&self) -> bool {
        self.normal.chars().count() > MAX_PASSWORD_CHARS
    }

    /// A new password: neither too short nor too long, not a common password, and not the email or the name.
    ///
    /// # Errors
    /// [`InputError`] that names the unmet requirement.
    pub fn chosen(typed: &str, shortest: usize, about: &[&str]) -> Result<Self, InputError> {
        let field = "password";
        let password = Self::of_length(typed, shortest)?;
        let lower = password.normal.to_lowercase();
        if common::contains(&lower) {
            return Err(InputError::new(field, "not be one of the most common ones"));
        }
        if about.iter().any(|known| known.to_lowercase() == lower) {
            return Err(InputError::new(field, "not be the address or the name"));
        }
        Ok(password)
    }

    /// A password of acceptable length.
    ///
    /// # Errors
    /// [`InputError`] that names the unmet requirement.
    pub fn of_length(typed: &str, shortest: usize) -> Result<Self, InputError> {
        let field = "password";
        let password = Self::presented(typed);
        // The length is checked in the text as sent, which a schema describes, and in the text as hashed, which an
        // attacker has to guess.
        let (sent, hashed) = (typed.chars().count(), password.normal.chars().count());
        let chars = sent.min(hashed);
        if chars < shortest {
            return Err(InputError {
                field,
                must: format!("have at least {shortest} characters; it has {chars}").into(),
            });
        }
        if sent > MAX_PASSWORD_CHARS || password.is_too_long() {
            return Err(InputError::new(field, "have at most 128 characters"));
        }
        Ok(password)
    }

    /// Its hash, as a PHC string with a fresh salt.
    ///
    /// # Errors
    /// [`Unavailable`] if the hasher accepts no more work for now.
    pub async fn hash(&self, entropy: &impl Entropy, hasher: &impl Hasher) -> Result<String, Unavailable> {
        let mut salt = [0; 16];
        entropy.fill(&mut salt);
        hasher.argon2id(self.normal.as_bytes(), &salt).await
    }

    /// Whether `hash` is the hash of this password. The cost is that of the hash's own parameters, within limits. An
    /// unreadable hash is replaced by a dummy hash, so it costs the same as any other and never matches.
    ///
    /// # Errors
    /// [`Unavailable`] if the hasher accepts no more work for now.
    pub async fn fits(&self, hash: &str, hasher: &impl Hasher) -> Result<bool, Unavailable> {
        if !is_readable(hash) {
            self.spend(hasher).await?;
            return Ok(false);
        }
        for form in self.forms() {
            if hasher.fits(form.as_bytes(), hash).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// [`hash`](Self::hash) on the calling thread.
    pub fn hash_here(&self, entropy: &impl Entropy) -> String {
        #[expect(clippy::expect_used, reason = "this hasher is always available")]
        at_once(self.hash(entropy, &SoftwareHasher)).expect("a hash")
    }

    /// [`fits`](Self::fits) on the calling thread.
    pub fn fits_here(&self, hash: &str) -> bool {
        at_once(self.fits(hash, &SoftwareHasher)).unwrap_or(false)
    }

    /// Takes as long as a comparison: for accounts that do not exist. If normalization changes the password, both forms
    /// are compared here too; otherwise the response time would reveal whether the account exists.
    ///
    /// # Errors
    /// [`Unavailable`] if the hasher accepts no more work for now.
    pub async fn spend(&self, hasher: &impl Hasher) -> Result<(), Unavailable> {
        for form in self.forms() {
            hasher.fits(form.as_bytes(), STAND_IN).await?;
        }
        Ok(())
    }

    /// Maximum cost of a comparison with `hash`, in hashes with the current parameters ([`cost`]).
    pub fn cost_of_fits(&self, hash: &str) -> u32 {
        let forms = if self.typed == self.normal { 1 } else { 2 };
        cost(hash).saturating_mul(forms)
    }

    /// The forms that are compared: normalized, and as typed if that differs.
    fn forms(&self) -> impl Iterator<Item = &str> {
        let typed = (self.typed != self.normal).then_some(self.typed.as_str());
        std::iter::once(self.normal.as_str()).chain(typed)
    }
}

/// The result of a future that never waits.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        #[expect(clippy::unreachable, reason = "the hasher of this module answers when it is asked")]
        Poll::Pending => unreachable!("hashing on this thread does not wait"),
    }
}

/// The cost of comparing a password with `hash`, in hashes with the current parameters (about 30 ms of one core): 1 for
/// the current parameters and for a hash that is [not readable](is_readable), more for imported hashes with a higher
/// cost. bcrypt with cost 12 counts 12.
pub fn cost(hash: &str) -> u32 {
    if !is_readable(hash) {
        return 1;
    }
    let (work, today) = if is_bcrypt(hash) {
        let cost = hash.parse::<bcrypt::HashParts>().map_or(0, |parts| parts.get_cost());
        (12_u64 << cost, 1 << MAX_IMPORTED_BCRYPT_COST)
    } else {
        let params = PasswordHash::new(hash).and_then(|parsed| Params::try_from(&parsed));
        let work = |params: Params| u64::from(params.m_cost()) * u64::from(params.t_cost());
        (params.map_or(0, work), u64::from(ARGON2_MEMORY_KIB) * u64::from(ARGON2_PASSES))
    };
    u32::try_from(work.div_ceil(today)).unwrap_or(u32::MAX).max(1)
}

/// Whether `hash` has another algorithm or other parameters than a new hash would have.
pub fn is_outdated(hash: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(hash) else { return true };
    let current = Params::try_from(&parsed).is_ok_and(|params| {
        (params.m_cost(), params.t_cost(), params.p_cost()) == (ARGON2_MEMORY_KIB, ARGON2_PASSES, ARGON2_LANES)
    });
    parsed.algorithm.as_str() != "argon2id" || parsed.version != Some(0x13) || !current
}

/// Whether [`Password::fits`] can compare with `hash`: argon2 or bcrypt, within the limits of an isolate.
pub fn is_readable(hash: &str) -> bool {
    if is_bcrypt(hash) {
        return hash.parse::<bcrypt::HashParts>().is_ok_and(|parts| parts.get_cost() <= MAX_IMPORTED_BCRYPT_COST);
    }
    PasswordHash::new(hash).ok().is_some_and(|parsed| affordable(&parsed))
}

/// A hash of an unknown random password, with the current parameters.
const STAND_IN: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c3RhbmRzLWZvci1ub25l$7rq0ZbC1j0b3m1yqk6m4dKXnUu5mZr8rVZ0b0g0jv3o";

fn argon2() -> Argon2<'static> {
    #[expect(clippy::expect_used, reason = "constants, within what argon2 accepts; a test makes a hash with them")]
    let params = Params::new(ARGON2_MEMORY_KIB, ARGON2_PASSES, ARGON2_LANES, None).expect("sound parameters");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
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

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &[u8; 16] = b"sixteen bytes !!";

    struct Fixed;

    impl Entropy for Fixed {
        fn fill(&self, into: &mut [u8]) {
            into.copy_from_slice(SALT);
        }
    }

    fn presented(typed: &str) -> Password {
        Password::presented(typed)
    }

    #[test]
    fn a_password_fits_its_own_hash_alone() {
        let hash = SoftwareHasher.argon2id(b"correct horse battery staple", SALT);
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(presented("correct horse battery staple").fits_here(&hash));
        assert!(!presented("correct horse battery stable").fits_here(&hash));
        assert!(!is_outdated(&hash));
    }

    #[test]
    fn what_composes_counts_as_one_character() {
        let run = format!("a{}", "\u{301}\u{316}".repeat(15_000));
        assert!(Password::presented(&run).is_too_long());
        // Four characters that are normalized to one, as often as a password may contain them.
        let longest = "\u{3b1}\u{313}\u{300}\u{345}".repeat(128);
        let password = Password::presented(&longest);
        assert!(!password.is_too_long() && password.fits_here(&password.hash_here(&Fixed)));
        // Text after the normalized part does not matter if the length is already too large.
        assert!(Password::presented(&(longest.repeat(2) + &run)).is_too_long());
    }

    #[test]
    fn composed_and_decomposed_characters_agree() {
        let hash = presented("cafe\u{301} au lait").hash_here(&Fixed);
        assert!(presented("caf\u{e9} au lait").fits_here(&hash));
    }

    #[test]
    fn bcrypt_hashes_of_every_prefix_fit_and_are_outdated() {
        let hash = bcrypt::hash("correct horse", 4).unwrap();
        for prefix in ["$2a$", "$2b$", "$2y$"] {
            let hash = format!("{prefix}{}", &hash[4..]);
            assert!(presented("correct horse").fits_here(&hash), "{prefix}");
            assert!(!presented("correct mouse").fits_here(&hash), "{prefix}");
            assert!(is_outdated(&hash) && is_readable(&hash), "{prefix}");
        }
    }

    #[test]
    fn older_argon2_hashes_fit_and_are_outdated() {
        for algorithm in [Algorithm::Argon2i, Algorithm::Argon2d, Algorithm::Argon2id] {
            let older = Argon2::new(algorithm, Version::V0x13, Params::new(4096, 1, 1, None).unwrap());
            let salt = SaltString::encode_b64(SALT).unwrap();
            let hash = older.hash_password(b"correct horse", &salt).unwrap().to_string();
            assert!(presented("correct horse").fits_here(&hash), "{hash}");
            assert!(is_outdated(&hash), "{hash}");
        }
    }

    #[test]
    fn hashes_that_would_exhaust_an_isolate_are_not_computed() {
        let greedy =
            "$argon2id$v=19$m=1048576,t=10,p=1$c2l4dGVlbiBieXRlcyAhIQ$7rq0ZbC1j0b3m1yqk6m4dKXnUu5mZr8rVZ0b0g0jv3o";
        assert!(!is_readable(greedy) && !presented("x").fits_here(greedy));
        assert!(!is_readable("$2b$31$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
        for nonsense in ["", "x", "$argon2id$", "$2b$", "$2b$04$short"] {
            assert!(!is_readable(nonsense) && !presented("x").fits_here(nonsense), "{nonsense}");
        }
    }

    #[test]
    fn the_cost_of_a_hash_is_told_by_its_parameters() {
        let argon2 = |m: u32, t: u32| {
            format!("$argon2id$v=19$m={m},t={t},p=1$c2l4dGVlbiBieXRlcyAhIQ$7rq0ZbC1j0b3m1yqk6m4dKXnUu5mZr8rVZ0b0g0jv3o")
        };
        let bcrypt = |cost: u32| bcrypt::hash("x", 4).unwrap().replace("$04$", &format!("${cost:02}$"));
        for (hash, expected) in [
            (STAND_IN.to_owned(), 1),
            (argon2(4096, 1), 1),
            (argon2(65_536, 3), 6),
            (bcrypt(4), 1),
            (bcrypt(10), 3),
            (bcrypt(12), 12),
            // This hash is not computed; the dummy hash is.
            (argon2(1_048_576, 10), 1),
            (bcrypt(31), 1),
            (String::new(), 1),
        ] {
            assert_eq!(cost(&hash), expected, "{hash}");
        }
        assert_eq!(presented("cafe\u{301} au lait").cost_of_fits(&bcrypt(10)), 6);
    }

    #[test]
    fn the_stand_in_costs_what_a_hash_of_today_costs_and_fits_nothing() {
        assert!(!is_outdated(STAND_IN) && is_readable(STAND_IN));
        assert!(!presented("").fits_here(STAND_IN));
    }

    #[test]
    fn common_short_long_and_telling_passwords_are_not_chosen() {
        let refused = |typed: &str| Password::chosen(typed, 8, &["ann@example.com", "Annabelle Lee"]).err();
        assert!(refused("seven c").is_some() && refused("eight ch").is_none());
        assert!(refused(&"é".repeat(128)).is_none() && refused(&"é".repeat(129)).is_some());
        for common in ["password", "PassWord", "12345678", "football", "Annabelle Lee", "ann@example.com"] {
            assert!(refused(common).is_some(), "{common}");
        }
        assert!(refused("correct horse battery staple").is_none());
    }
}
