//! Unicode normalization, with one Unicode version in every build: that of the crate and the compiler. A stored key
//! must not depend on the host that computed it.

use unicode_normalization::UnicodeNormalization;

/// Normalization Form KC (Unicode Standard Annex 15): characters with compatible meanings are replaced by one form.
pub fn nfkc(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { text.nfkc().collect() }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::nfkc;

    /// Earlier versions stored keys that V8 computed. The digests are from V8, over 57,000 code points, each between a
    /// letter and an accent, and for lower case at the end of a word and within one. Most ranges to which Unicode still
    /// adds letters are excluded.
    #[test]
    fn keys_stored_by_earlier_versions_stay_the_same() {
        let ranges = [0..0x500, 0x600..0x1aa0, 0x1b00..0x2090, 0x20a0..0x1_0000];
        let rarer = [0x1_d400..0x1_d6a0, 0x1_f000..0x1_fc00, 0x2_f800..0x2_fa20];
        let (mut normal, mut lower) = (Sha256::new(), Sha256::new());
        for one in ranges.into_iter().chain(rarer).flatten().filter_map(char::from_u32) {
            normal.update(nfkc(&format!("a{one}\u{301}")) + "\n");
            lower.update(format!("A{one}\u{301} A{one}\u{3a3}{one}\u{3a3}").to_lowercase() + "\n");
        }
        assert_eq!(format!("{:x}", normal.finalize()), include_str!("../tests/vectors/nfkc.sha256").trim());
        assert_eq!(format!("{:x}", lower.finalize()), include_str!("../tests/vectors/lower.sha256").trim());
    }
}
