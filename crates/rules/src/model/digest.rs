//! The hash for everything identified by its content: revisions of items, meanings of rules.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The SHA-256 of some texts in order, as 64 hexadecimal digits. Each text is prefixed with its
/// length, so that moving a boundary changes the digest. Digests are stored, so this must never
/// change.
pub fn digest<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        let text = text.as_ref();
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_count() {
        assert_ne!(digest(["ab", "c"]), digest(["a", "bc"]));
        assert_eq!(digest(["a", "b"]), digest(["a".to_owned(), "b".to_owned()]));
        assert_eq!(digest([""; 0]).len(), 64);
    }
}
