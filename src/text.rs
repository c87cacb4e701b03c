//! Unicode as an argument. The tables behind normal forms and lower case are large, and every JavaScript host has them already: they
//! come in from the top storey, and natively from the standard library and a crate.

/// What is asked of Unicode's tables.
#[derive(Debug, Clone, Copy)]
pub struct Unicode {
    /// Gives a text in its normalisation form KC (Unicode Standard Annex 15), in which what stands for the same is the same.
    pub nfkc: fn(&str) -> String,
    /// Gives a text in lower case, as no language in particular has it.
    pub lower: Lower,
}

/// Gives a text in lower case.
pub type Lower = fn(&str) -> String;

/// By this program's own tables.
#[cfg(not(target_arch = "wasm32"))]
pub const NATIVE: Unicode = Unicode { nfkc, lower: str::to_lowercase };

#[cfg(not(target_arch = "wasm32"))]
fn nfkc(text: &str) -> String {
    unicode_normalization::UnicodeNormalization::nfkc(text).collect()
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::NATIVE;

    /// `tests/edge/text.test.mjs` makes the same digests with the tables of workerd: 57,000 code points, each between a letter and
    /// an accent, and for lower case at the end of a word and within one. Most ranges to which Unicode still adds letters are
    /// left out, for hosts and crates learn of them at different times; the versions of both are pinned.
    #[test]
    fn the_tables_say_what_hosts_say() {
        let ranges = [0..0x500, 0x600..0x1aa0, 0x1b00..0x2090, 0x20a0..0x1_0000];
        let rarer = [0x1_d400..0x1_d6a0, 0x1_f000..0x1_fc00, 0x2_f800..0x2_fa20];
        let (mut nfkc, mut lower) = (Sha256::new(), Sha256::new());
        for one in ranges.into_iter().chain(rarer).flatten().filter_map(char::from_u32) {
            nfkc.update((NATIVE.nfkc)(&format!("a{one}\u{301}")) + "\n");
            lower.update((NATIVE.lower)(&format!("A{one}\u{301} A{one}\u{3a3}{one}\u{3a3}")) + "\n");
        }
        assert_eq!(format!("{:x}", nfkc.finalize()), include_str!("../tests/vectors/nfkc.sha256").trim());
        assert_eq!(format!("{:x}", lower.finalize()), include_str!("../tests/vectors/lower.sha256").trim());
    }
}
