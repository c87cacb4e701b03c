//! No file contains a path of a developer's machine.

use super::Breach;

/// Written in pieces, so that this file does not break its own rule.
const PLACES: [&str; 5] = [
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/wo", "rk/"),
    concat!("/Us", "ers/"),
    concat!(":\\Us", "ers\\"),
];

/// One breach per line at most.
pub(super) fn check(file: &str, text: &str) -> Vec<Breach> {
    let breach = |(at, line): (usize, &str)| {
        let place = PLACES.iter().find(|place| names_place(line, place))?;
        let rule = format!("contains a path of one machine (`{place}…`): use a path relative to the repository");
        Some(Breach { file: file.to_owned(), line: at + 1, rule })
    };
    text.lines().enumerate().filter_map(breach).collect()
}

/// At the start of a path, that is: `https://example.com/work/` and `src/home/` are addresses, not places.
fn names_place(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        place.starts_with(':')
            || before.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '}' | '*')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_on_a_machine_is_found() {
        let text = format!("fine\nread(\"{}someone/key.pem\")", PLACES[1]);
        let found = check("a.rs", &text);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].file.as_str(), found[0].line), ("a.rs", 2));
    }

    #[test]
    fn the_path_of_an_address_is_no_place() {
        let text = format!("https://example.com{}page and src{}x", PLACES[2], PLACES[1]);
        assert_eq!(check("a.md", &text), []);
    }
}
