//! The most common passwords. `common_passwords.licence.txt` names the source of the list.

/// The passwords in lower case, one per line, sorted by bytes.
const LIST: &str = include_str!("common_passwords.txt");

/// Whether `password`, in lower case, is on the list.
///
/// A linear scan takes a few microseconds. It runs once for each new password, just before argon2id, which takes tens
/// of milliseconds.
pub(super) fn contains(password: &str) -> bool {
    LIST.lines().any(|common| common == password)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_list_contains_its_own_lines_and_nothing_else() {
        let passwords: BTreeSet<&str> = LIST.lines().collect();
        assert_eq!(passwords.len(), 3000);
        for password in passwords.iter().step_by(7) {
            assert!(contains(password), "{password}");
            let others = [
                &password[1..],
                &password[..password.len() - 1],
                &format!("{password}s"),
                &format!("{password}\u{e9}"),
                &format!("a{password}"),
            ];
            for other in others {
                assert_eq!(contains(other), passwords.contains(other), "{other}");
            }
        }
        assert!(!contains("") && !contains("\0") && !contains("\n"));
    }
}
