//! Unicode as an argument. The tables behind NFKC are large, and every JavaScript host has them already: they come in from the top
//! storey, and natively from a crate.

/// Gives a text in its normalisation form KC (Unicode Standard Annex 15), in which what stands for the same is the same.
pub type Nfkc = fn(&str) -> String;

/// The form, by this program's own tables.
#[cfg(not(target_arch = "wasm32"))]
pub fn nfkc(text: &str) -> String {
    unicode_normalization::UnicodeNormalization::nfkc(text).collect()
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::nfkc;

    /// `tests/edge/text.test.mjs` makes the same digest with the tables of workerd: 57,000 code points, each between a letter and
    /// an accent. Ranges to which Unicode still adds letters are left out, for hosts and crates learn of them at different times.
    #[test]
    fn the_tables_say_what_hosts_say() {
        let ranges = [0..0x500, 0x600..0x1aa0, 0x1b00..0x2090, 0x20a0..0x1_0000];
        let rarer = [0x1_d400..0x1_d6a0, 0x1_f000..0x1_fc00, 0x2_f800..0x2_fa20];
        let mut digest = Sha256::new();
        for one in ranges.into_iter().chain(rarer).flatten().filter_map(char::from_u32) {
            digest.update(nfkc(&format!("a{one}\u{301}")));
            digest.update("\n");
        }
        assert_eq!(format!("{:x}", digest.finalize()), include_str!("../tests/vectors/nfkc.sha256").trim());
    }
}
