//! A cache of verified tokens: the same token shown again costs a look-up instead of a signature check.
//!
//! What keeps it safe:
//! - An entry is found by the whole token, compared byte for byte, and by the verifier that passed it. A short digest only
//!   chooses the place to look (CVE-2026-35039 was a cache that took such a digest for the token).
//! - Only [`TokenCache`] puts entries in, and only after a [`Verifier`] passed them: hostile tokens can neither fill nor poison it.
//! - Dates are judged again at every look-up. Nothing else in a verdict depends on time.
//! - An entry dies with its key: it counts only while the key that passed it is among the keys asked with.
//! - It is bounded by entries and by bytes; the least recently used go first.
//!
//! A cached verdict says what a fresh one says and no more: whether the token has been revoked since is still the caller's
//! question, on every request.

use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use super::{Verified, Verifier};
use crate::crypto::SignatureProvider;
use crate::error::Result;
use crate::key::KeySet;
use crate::limits::{TOKEN_CACHE_MAX_BYTES, TOKEN_CACHE_MAX_ENTRIES};
use crate::time::UnixMillis;

/// Remembers verified tokens, for any number of verifiers.
#[derive(Debug)]
pub struct TokenCache {
    max_entries: usize,
    max_bytes: usize,
    shelves: Mutex<Shelves>,
}

#[derive(Debug)]
struct Shelves {
    entries: LruCache<Place, Entry, BuildHasherDefault<PlaceHasher>>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    verifier: u32,
    token: Box<str>,
    verified: Verified,
}

impl Default for TokenCache {
    /// Bounded by [`TOKEN_CACHE_MAX_ENTRIES`] and [`TOKEN_CACHE_MAX_BYTES`].
    fn default() -> Self {
        Self::new(TOKEN_CACHE_MAX_ENTRIES, TOKEN_CACHE_MAX_BYTES)
    }
}

impl TokenCache {
    /// An empty cache of at most `max_entries` entries and about `max_bytes` bytes of memory.
    pub fn new(max_entries: usize, max_bytes: usize) -> Self {
        // The bound on entries is enforced together with the one on bytes, so that both are counted in one place.
        let entries = LruCache::unbounded_with_hasher(BuildHasherDefault::default());
        Self { max_entries, max_bytes, shelves: Mutex::new(Shelves { entries, bytes: 0 }) }
    }

    /// As [`Verifier::verify_now`], answered from the cache where it can be.
    pub fn verify_now(
        &self,
        verifier: &Verifier,
        token: &str,
        provider: &impl SignatureProvider,
        now: UnixMillis,
    ) -> Option<Result<Verified>> {
        if let Some(verified) = self.look_up(verifier, verifier.keys(), token, now) {
            return Some(Ok(verified));
        }
        let verdict = verifier.verify_now(token, provider, now)?;
        self.keep(verifier, token, &verdict);
        Some(verdict)
    }

    /// As [`Verifier::verify`], answered from the cache where it can be.
    ///
    /// # Errors
    /// As [`Verifier::verify`]. Refusals are never cached.
    pub async fn verify(
        &self,
        verifier: &Verifier,
        token: &str,
        provider: &impl SignatureProvider,
        now: UnixMillis,
    ) -> Result<Verified> {
        self.verify_with(verifier, verifier.keys(), token, provider, now).await
    }

    /// The same against keys that are found anew each time, such as a remote set's.
    ///
    /// # Errors
    /// As [`Verifier::verify_parsed`]. Refusals are never cached.
    pub async fn verify_with(
        &self,
        verifier: &Verifier,
        keys: &KeySet,
        token: &str,
        provider: &impl SignatureProvider,
        now: UnixMillis,
    ) -> Result<Verified> {
        if let Some(verified) = self.look_up(verifier, keys, token, now) {
            return Ok(verified);
        }
        let untrusted = verifier.take_apart(token)?;
        let verdict = verifier.verify_parsed(untrusted, keys, provider, now).await;
        self.keep(verifier, token, &verdict);
        verdict
    }

    /// A verdict from before, if `verifier` gave one on this very token, its key is still among `keys`, and its dates still
    /// pass. Otherwise the way over the verifier is right: it gives the fresh verdict, or says what is wrong.
    pub fn look_up(&self, verifier: &Verifier, keys: &KeySet, token: &str, now: UnixMillis) -> Option<Verified> {
        let place = Place::of(verifier, token);
        let mut shelves = self.lock();
        let entry = shelves.entries.get(&place)?;
        if entry.verifier != verifier.serial() || *entry.token != *token {
            return None;
        }
        let key_still_trusted = keys.keys().iter().any(|key| key.serial() == entry.verified.key_serial());
        if key_still_trusted && entry.verified.is_valid_at(now) {
            return Some(entry.verified.clone());
        }
        shelves.remove(place);
        None
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.lock().entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// About how many bytes they take.
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Forgets everything.
    pub fn clear(&self) {
        let mut shelves = self.lock();
        shelves.entries.clear();
        shelves.bytes = 0;
    }

    fn keep(&self, verifier: &Verifier, token: &str, verdict: &Result<Verified>) {
        let Ok(verified) = verdict else { return };
        let entry = Entry { verifier: verifier.serial(), token: token.into(), verified: verified.clone() };
        if entry.bytes() > self.max_bytes {
            return;
        }
        let place = Place::of(verifier, token);
        let mut shelves = self.lock();
        shelves.remove(place);
        shelves.bytes += entry.bytes();
        shelves.entries.put(place, entry);
        while shelves.entries.len() > self.max_entries || shelves.bytes > self.max_bytes {
            shelves.remove_oldest();
        }
    }

    /// A panic elsewhere while the lock was held leaves the counts whole: every change below is complete or not begun.
    fn lock(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelves {
    fn remove(&mut self, place: Place) {
        if let Some(entry) = self.entries.pop(&place) {
            self.bytes -= entry.bytes();
        }
    }

    fn remove_oldest(&mut self) {
        if let Some((_, entry)) = self.entries.pop_lru() {
            self.bytes -= entry.bytes();
        }
    }
}

impl Entry {
    /// An estimate: the token, the header and claims kept with it (twice, should their trees be built), and the bookkeeping.
    fn bytes(&self) -> usize {
        const BOOKKEEPING: usize = 1024;
        let content = self.verified.claims().json().len() + self.verified.header().json().len();
        self.token.len() + 2 * content + BOOKKEEPING
    }
}

/// Where an entry stands: the last sixteen characters of its token, folded together with its verifier's number. Those
/// characters are the signature's, so as good as random in tokens that enter, and two entries that do meet in one place
/// displace each other, no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Place(u64);

impl Place {
    fn of(verifier: &Verifier, token: &str) -> Self {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let tail = token.as_bytes().last_chunk::<16>().copied().unwrap_or_default();
        let folded = u128::from_le_bytes(tail);
        let word = (folded as u64).wrapping_mul(ODD) ^ (folded >> 64) as u64 ^ u64::from(verifier.serial());
        // The multiplication spreads differences upwards; the table below takes its bits from both ends.
        let spread = word.wrapping_mul(ODD);
        Self(spread ^ (spread >> 32))
    }
}

/// Takes a [`Place`] for its own hash.
#[derive(Debug, Default)]
struct PlaceHasher(u64);

impl Hasher for PlaceHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }
}
