//! In-memory stores, for tests and first trials. They define the behavior of the other stores.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use crate::account::audit::{Entry, Filter, Log, Page as AuditPage};
use crate::account::{ADMIN, Account, Accounts, CreateError, Email, Page, SetRolesError, User};
use crate::session::{Answer, Event, Listed, Revocations, Roles, Rules, Sessions, State, Subject, Unavailable};
use crate::time::UnixMillis;

/// Sessions in memory, one [`State`] per user.
#[derive(Debug, Default)]
pub struct MemorySessions {
    rules: Rules,
    users: RefCell<HashMap<String, State>>,
}

impl MemorySessions {
    /// With these settings.
    pub fn new(rules: Rules) -> Self {
        Self { rules, users: RefCell::default() }
    }

    /// Takes the revocations that are waiting for delivery. In the Worker, the object delivers them itself.
    pub fn take_pending(&self, user: &str) -> Vec<Listed> {
        let mut users = self.users.borrow_mut();
        let Some(state) = users.get_mut(user) else { return Vec::new() };
        let pending = std::mem::take(&mut state.pending);
        pending.into_values().map(|pending| Listed { subject: pending.subject, at: pending.at }).collect()
    }
}

impl Sessions for MemorySessions {
    async fn tell(&self, user: &str, event: Event, now: UnixMillis) -> Result<Answer, Unavailable> {
        let mut users = self.users.borrow_mut();
        let state = users.entry(user.to_owned()).or_default();
        let step = state.step(event, now, &self.rules);
        state.apply(step.changes);
        Ok(step.answer)
    }
}

/// The revocation list in memory.
#[derive(Debug, Default)]
pub struct MemoryRevocations {
    entries: RefCell<BTreeMap<Subject, UnixMillis>>,
}

impl Revocations for MemoryRevocations {
    async fn revoked_at(&self, subject: &Subject, _now: UnixMillis) -> Result<Option<UnixMillis>, Unavailable> {
        Ok(self.entries.borrow().get(subject).copied())
    }

    fn note(&self, subject: &Subject, at: UnixMillis, _now: UnixMillis) {
        self.entries.borrow_mut().insert(subject.clone(), at);
    }

    async fn since(&self, since: UnixMillis) -> Result<Vec<Listed>, Unavailable> {
        let entries = self.entries.borrow();
        let recent = entries.iter().filter(|(_, at)| **at >= since);
        let mut recent: Vec<Listed> =
            recent.map(|(subject, at)| Listed { subject: subject.clone(), at: *at }).collect();
        recent.sort_by_key(|listed| listed.at);
        Ok(recent)
    }
}

/// Accounts in memory, in order of creation.
#[derive(Debug, Default)]
pub struct MemoryAccounts {
    rows: RefCell<Vec<Account>>,
}

impl MemoryAccounts {
    fn with<T>(&self, id: &str, change: impl FnOnce(&mut Account) -> T) -> Option<T> {
        self.rows.borrow_mut().iter_mut().find(|account| account.user.id == id).map(change)
    }
}

fn key_of(user: &User) -> Option<String> {
    Email::parse(&user.email).ok().map(|email| email.key().to_owned())
}

impl Accounts for MemoryAccounts {
    async fn create(&self, account: &Account) -> Result<(), CreateError> {
        let mut rows = self.rows.borrow_mut();
        if rows.iter().any(|row| key_of(&row.user) == key_of(&account.user)) {
            return Err(CreateError::EmailTaken);
        }
        rows.push(account.clone());
        Ok(())
    }

    async fn by_email(&self, email: &Email) -> Result<Option<Account>, Unavailable> {
        Ok(self.rows.borrow().iter().find(|row| key_of(&row.user).as_deref() == Some(email.key())).cloned())
    }

    async fn by_id(&self, id: &str) -> Result<Option<Account>, Unavailable> {
        Ok(self.with(id, |account| account.clone()))
    }

    async fn rename(&self, id: &str, name: &str) -> Result<Option<User>, Unavailable> {
        Ok(self.with(id, |account| {
            account.user.name = name.to_owned();
            account.user.clone()
        }))
    }

    async fn set_roles(&self, id: &str, roles: &[String], by: Option<&str>) -> Result<Option<User>, SetRolesError> {
        let administers = |account: &mut Account| account.user.roles.names.iter().any(|name| name == ADMIN);
        if by.is_some_and(|by| self.with(by, administers) != Some(true)) {
            return Err(SetRolesError::NotAdministrator);
        }
        Ok(self.with(id, |account| {
            if account.user.roles.names != roles {
                account.user.roles.names = roles.to_vec();
                account.user.roles.version += 1;
            }
            account.user.clone()
        }))
    }

    async fn upgrade_hash(&self, id: &str, old: &str, new: &str) -> Result<bool, Unavailable> {
        let replaced = self.with(id, |account| {
            let same = account.password_hash == old;
            if same {
                account.password_hash = new.to_owned();
            }
            same
        });
        Ok(replaced.unwrap_or(false))
    }

    async fn change_hash(&self, id: &str, old: &str, new: &str) -> Result<Option<Roles>, Unavailable> {
        let replaced = self.with(id, |account| {
            let same = account.password_hash == old;
            if same {
                account.password_hash = new.to_owned();
                account.user.roles.version += 1;
            }
            same.then(|| account.user.roles.clone())
        });
        Ok(replaced.flatten())
    }

    async fn list(&self, cursor: Option<&str>, rows: usize) -> Result<Page, Unavailable> {
        let all = self.rows.borrow();
        let start: usize = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
        let users: Vec<User> = all.iter().skip(start).take(rows).map(|account| account.user.clone()).collect();
        let end = start + users.len();
        Ok(Page { users, next: (end < all.len()).then(|| end.to_string()) })
    }
}

/// The audit log in memory.
#[derive(Debug, Default)]
pub struct MemoryLog {
    entries: RefCell<Vec<Entry>>,
}

impl Log for MemoryLog {
    async fn record(&self, entries: &[Entry]) -> Result<(), Unavailable> {
        let mut kept = self.entries.borrow_mut();
        for entry in entries {
            if !kept.contains(entry) {
                kept.push(entry.clone());
            }
        }
        Ok(())
    }

    async fn find(&self, filter: &Filter) -> Result<AuditPage, Unavailable> {
        let entries = self.entries.borrow();
        let before: usize = filter.cursor.as_deref().and_then(|cursor| cursor.parse().ok()).unwrap_or(usize::MAX);
        let fitting = |entry: &Entry| {
            filter.event.is_none_or(|event| entry.event == event)
                && filter.user.as_ref().is_none_or(|user| entry.user == *user)
                && filter.from.is_none_or(|from| entry.at >= from)
                && filter.to.is_none_or(|to| entry.at < to)
        };
        let mut found: Vec<(usize, &Entry)> =
            entries.iter().enumerate().rev().filter(|(index, entry)| *index < before && fitting(entry)).collect();
        let more = found.len() > filter.rows;
        found.truncate(filter.rows);
        let next = found.last().filter(|_| more).map(|(index, _)| index.to_string());
        Ok(AuditPage { entries: found.into_iter().map(|(_, entry)| entry.clone()).collect(), next })
    }

    async fn prune(&self, before: UnixMillis) -> Result<(), Unavailable> {
        self.entries.borrow_mut().retain(|entry| entry.at >= before);
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::Cell;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use super::*;
    use crate::session::Pending;
    use crate::store::suite::{Found, Stage};

    /// The in-memory stores, for the store suite.
    pub(in crate::store) struct Memory {
        sessions: MemorySessions,
        accounts: MemoryAccounts,
        revocations: MemoryRevocations,
        log: MemoryLog,
        now: Cell<UnixMillis>,
        words: Cell<u32>,
    }

    impl Default for Memory {
        fn default() -> Self {
            Self {
                sessions: MemorySessions::default(),
                accounts: MemoryAccounts::default(),
                revocations: MemoryRevocations::default(),
                log: MemoryLog::default(),
                now: Cell::new(UnixMillis::from_secs(1_800_000_000)),
                words: Cell::default(),
            }
        }
    }

    impl Stage for Memory {
        type Sessions = MemorySessions;
        type Accounts = MemoryAccounts;
        type Revocations = MemoryRevocations;
        type Log = MemoryLog;

        fn sessions(&self) -> &MemorySessions {
            &self.sessions
        }
        fn accounts(&self) -> &MemoryAccounts {
            &self.accounts
        }
        fn revocations(&self) -> &MemoryRevocations {
            &self.revocations
        }
        fn log(&self) -> &MemoryLog {
            &self.log
        }
        fn now(&self) -> UnixMillis {
            self.now.get()
        }
        fn wait(&self, time: Duration) {
            self.now.set(self.now.get().plus(time));
        }
        fn fresh(&self) -> String {
            self.words.set(self.words.get() + 1);
            format!("word{}", self.words.get())
        }
        async fn list(&self, entry: &Pending) -> Result<(), Unavailable> {
            self.revocations.note(&entry.subject, entry.at, self.now());
            Ok(())
        }
    }

    /// Runs a case. In-memory stores are synchronous.
    pub(in crate::store) fn pass(case: impl Future<Output = Found>) {
        match pin!(case).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(found) => assert_eq!(found, Ok(())),
            Poll::Pending => unreachable!("memory made one wait"),
        }
    }
}
