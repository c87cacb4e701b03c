//! The recent part of the revocation list, as one isolate read it last: whoever asks for it need not have signed in, and reading it walks
//! over every entry.

use std::time::Duration;

use super::{Listed, Subject};
use crate::limits::{RECENT_CACHE, RECENT_LEASE, RECENT_STALE};
use crate::time::UnixMillis;

/// What was read last, and who reads now. One caller reads at a time; the others get what is known, or look again after a pause. They
/// cannot wait on the reader's promise, which in a Worker ends with its request.
#[derive(Debug, Default)]
pub struct RecentCache {
    known: Option<Known>,
    /// When the caller who reads began. It keeps others from it for [`RECENT_LEASE`].
    taken: Option<UnixMillis>,
}

#[derive(Debug)]
struct Known {
    listed: Vec<Listed>,
    read_at: UnixMillis,
}

/// What a caller is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recent {
    /// Take these.
    Known(Vec<Listed>),
    /// Read the list, and call [`RecentCache::settle`].
    Read,
    /// Ask again after a pause: somebody else reads.
    Wait,
}

impl RecentCache {
    /// What a caller is to do who wants the entries since `since`.
    pub fn step(&mut self, since: UnixMillis, now: UnixMillis) -> Recent {
        // A clock that was set back must not make anything last.
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

    /// Keeps what was read, oldest first; `None` when that failed, and then the next caller tries.
    pub fn settle(&mut self, read: Option<&[Listed]>, now: UnixMillis) {
        self.taken = None;
        if let Some(listed) = read {
            self.known = Some(Known { listed: listed.to_vec(), read_at: now });
        }
    }

    /// Adds what is on its way to the list.
    pub fn note(&mut self, subject: &Subject, at: UnixMillis) {
        if let Some(known) = &mut self.known {
            let place = known.listed.partition_point(|entry| entry.at <= at);
            known.listed.insert(place, Listed { subject: subject.clone(), at });
        }
    }

    /// Of entries in the order of their moments, those since `since`.
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
