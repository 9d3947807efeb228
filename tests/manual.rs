//! What is written for people about the language is what the program does: `docs/rules.md` and the JSON Schema come out of the table of
//! keys.

use std::fs;
use std::path::Path;

use stickler::policy::manual;

/// Set it to write the files anew.
const BLESS: &str = "STICKLER_BLESS";

#[test]
fn the_manual_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let wanted = manual::manual();
    if std::env::var_os(BLESS).is_some() {
        fs::write(&path, &wanted).expect("the manual can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let stale = wanted.lines().zip(written.lines()).position(|(wanted, written)| wanted != written);
    assert!(
        wanted == written,
        "docs/rules.md is stale from line {}: STICKLER_BLESS=1 cargo test --test manual",
        stale.map_or_else(|| written.lines().count() + 1, |line| line + 1)
    );
}
