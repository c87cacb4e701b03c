//! The recent part of the revocation list, cached per isolate: the endpoint is public, and reading the list visits
//! every entry.

use std::time::Duration;

use super::{Listed, Subject};
use crate::limits::{RECENT_CACHE, RECENT_LEASE, RECENT_STALE};
use crate::time::UnixMillis;

/// The cached entries, and the current reader. One caller reads at a time; the others get the cached entries, or check
/// again after a delay. They cannot wait for the reader's promise, which in a Worker is canceled with its request.
#[derive(Debug, Default)]
pub struct RecentCache {
    known: Option<Known>,
    /// When the current reader started. It keeps other callers from reading for [`RECENT_LEASE`].
    taken: Option<UnixMillis>,
}

#[derive(Debug)]
struct Known {
    listed: Vec<Listed>,
    read_at: UnixMillis,
}

/// What a caller has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recent {
    /// Take these.
    Known(Vec<Listed>),
    /// Read the list, and call [`RecentCache::settle`].
    Read,
    /// Call again after a delay: another caller is reading.
    Wait,
}

impl RecentCache {
    /// What a caller that needs the entries since `since` has to do.
    pub fn step(&mut self, since: UnixMillis, now: UnixMillis) -> Recent {
        // If the clock was set back, nothing may be kept for longer.
        let lasts = |from: UnixMillis, time: Duration| from <= now && now < from.plus(time);
        let is_read = self.taken.is_some_and(|taken| lasts(taken, RECENT_LEASE));
        let patience = if is_read { RECENT_STALE } else { RECENT_CACHE };
        match &self.known {
            Some(known) if lasts(known.read_at, patience) => Recent::Known(Self::since(&known.listed, since)),
            _ if is_read => Recent::Wait,
            _ => {
                self.taken = Some(now);
                Recent::Read
            }
        }
    }

    /// Stores the entries, oldest first; `None` if reading failed, and then the next caller tries.
    pub fn settle(&mut self, read: Option<&[Listed]>, now: UnixMillis) {
        self.taken = None;
        if let Some(listed) = read {
            self.known = Some(Known { listed: listed.to_vec(), read_at: now });
        }
    }

    /// Adds revocations that are being written to the list.
    pub fn note(&mut self, subject: &Subject, at: UnixMillis) {
        if let Some(known) = &mut self.known {
            let place = known.listed.partition_point(|entry| entry.at <= at);
            known.listed.insert(place, Listed { subject: subject.clone(), at });
        }
    }

    /// Those of the entries, sorted by time, that are not older than `since`.
    pub fn since(listed: &[Listed], since: UnixMillis) -> Vec<Listed> {
        listed[listed.partition_point(|entry| entry.at < since)..].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Listed, Subject};
    use super::{Recent, RecentCache};
    use crate::limits::{RECENT_CACHE, RECENT_LEASE, RECENT_STALE};
    use crate::time::UnixMillis;

    const NOW: UnixMillis = UnixMillis::from_millis(1_800_000_000_000);

    fn listed(name: &str, at: UnixMillis) -> Listed {
        Listed { subject: Subject::Session(name.to_owned()), at }
    }

    #[test]
    fn a_flood_reads_the_list_once_per_period() {
        let mut recent = RecentCache::default();
        let start = NOW.minus(RECENT_CACHE);
        assert_eq!(recent.step(start, NOW), Recent::Read);
        assert!((0..100).all(|_| recent.step(start, NOW) == Recent::Wait));
        recent.settle(Some(&[listed("a", start), listed("b", NOW)]), NOW);
        assert_eq!(recent.step(start, NOW), Recent::Known(vec![listed("a", start), listed("b", NOW)]));
        assert_eq!(recent.step(NOW, NOW), Recent::Known(vec![listed("b", NOW)]));

        let old = NOW.plus(RECENT_CACHE);
        assert_eq!(recent.step(start, old), Recent::Read);
        assert!(matches!(recent.step(start, old), Recent::Known(_)), "what is known is given out meanwhile");
    }

    #[test]
    fn a_reader_that_fails_or_is_never_heard_of_again_is_replaced() {
        let mut recent = RecentCache::default();
        assert_eq!(recent.step(NOW, NOW), Recent::Read);
        recent.settle(None, NOW);
        assert_eq!(recent.step(NOW, NOW), Recent::Read);
        let lapsed = NOW.plus(RECENT_LEASE);
        assert_eq!(recent.step(NOW, lapsed), Recent::Read);
        recent.settle(Some(&[]), lapsed);
        assert_eq!(recent.step(NOW, lapsed.plus(RECENT_CACHE)), Recent::Read);
        let late = lapsed.plus(RECENT_STALE);
        assert_eq!(recent.step(NOW, late), Recent::Read, "what is too old is not given out");
        assert_eq!(recent.step(NOW, late), Recent::Wait);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nothing_last() {
        let mut recent = RecentCache::default();
        let ahead = NOW.plus(RECENT_STALE);
        assert_eq!(recent.step(NOW, ahead), Recent::Read);
        assert_eq!(recent.step(NOW, NOW), Recent::Read, "who began ahead is not waited for");
        recent.settle(Some(&[]), ahead);
        assert_eq!(recent.step(NOW, NOW), Recent::Read);
    }

    #[test]
    fn what_is_noted_is_listed_at_once_in_its_place() {
        let mut recent = RecentCache::default();
        recent.step(NOW, NOW);
        recent.settle(Some(&[listed("a", NOW), listed("c", NOW.plus(RECENT_CACHE))]), NOW);
        let at = NOW.plus(RECENT_LEASE);
        recent.note(&Subject::Session("b".to_owned()), at);
        assert_eq!(recent.step(at, at), Recent::Known(vec![listed("b", at), listed("c", NOW.plus(RECENT_CACHE))]));
    }
}
