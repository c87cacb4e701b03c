//! The commonest passwords. Where the list comes from stands in `common_passwords.licence.txt`.
//!
//! While compiling, the list is written in less: of each word only what it does not share with the word before. Compressed, that
//! is a fifth less than the words themselves, of a list that has to be in every Worker.

/// The words in lower case, one a line, sorted.
const WORDS: &[u8] = include_bytes!("common_passwords.txt");

/// For each word, how many bytes it shares with the word before, and the others. No such number is as high as any letter.
static SHORTENED: [u8; shortened_len()] = shortened();

/// Whether `word`, in lower case, is among them.
pub(super) fn contains(word: &str) -> bool {
    // The word whose turn it is agrees with `word` in so many of its first bytes.
    let mut agreed = 0;
    let mut rest = &SHORTENED[..];
    while let [shared, tail @ ..] = rest {
        let end = tail.iter().position(|byte| *byte < b' ').unwrap_or(tail.len());
        let (tail, next) = tail.split_at(end);
        rest = next;
        let shared = usize::from(*shared);
        if shared > agreed {
            // It goes on like the word before, where that was another already.
            continue;
        }
        let wanted = &word.as_bytes()[shared..];
        let same = tail.iter().zip(wanted).take_while(|(one, other)| one == other).count();
        if same == tail.len() && same == wanted.len() {
            return true;
        }
        agreed = shared + same;
    }
    false
}

const fn shortened_len() -> usize {
    let (mut at, mut before, mut len) = (0, 0, 0);
    while at < WORDS.len() {
        let end = word_end(at);
        len += 1 + end - at - shared(before, at);
        (before, at) = (at, end + 1);
    }
    len
}

const fn shortened() -> [u8; shortened_len()] {
    let mut shortened = [0; shortened_len()];
    let (mut at, mut before, mut written) = (0, 0, 0);
    while at < WORDS.len() {
        let (end, shared) = (word_end(at), shared(before, at));
        // A test sees to it that no word is as long as 32 bytes.
        shortened[written] = shared as u8;
        written += 1;
        let mut next = at + shared;
        while next < end {
            shortened[written] = WORDS[next];
            written += 1;
            next += 1;
        }
        (before, at) = (at, end + 1);
    }
    shortened
}

const fn word_end(mut at: usize) -> usize {
    while WORDS[at] != b'\n' {
        at += 1;
    }
    at
}

/// How many bytes the words at two places share at their beginnings. The first word has none before it.
const fn shared(one: usize, other: usize) -> usize {
    let mut shared = 0;
    while one != other && WORDS[one + shared] == WORDS[other + shared] && WORDS[one + shared] != b'\n' {
        shared += 1;
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_list_is_in_it_and_nothing_else() {
        let list = std::str::from_utf8(WORDS).unwrap();
        let words: std::collections::BTreeSet<&str> = list.lines().collect();
        assert!(list.ends_with('\n') && words.len() == 3000);
        assert!(words.iter().all(|word| word.len() < 32 && contains(word)));
        for word in words.iter().step_by(7) {
            let others = [
                &word[1..],
                &word[..word.len() - 1],
                &format!("{word}s"),
                &format!("{word}\u{e9}"),
                &format!("a{word}"),
            ];
            for other in others {
                assert_eq!(contains(other), words.contains(other), "{other}");
            }
        }
        assert!(!contains("") && !contains("\0") && !contains("\n"));
    }
}
