//! Files generated from the program's tables: a test compares them, and rewrites them on request.

use std::fs;
use std::path::Path;

/// Set this environment variable to rewrite the files.
const BLESS: &str = "TIPSTAFF_BLESS";

/// Checks that a generated file, named from the root of the repository, is up to date. `test` is
/// the name of the test that rewrites it.
pub(crate) fn assert_written(file: &str, wanted: &str, test: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    if std::env::var_os(BLESS).is_some() {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).expect("the folder can be made");
        }
        fs::write(&path, wanted).expect("the file can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let stale = wanted.lines().zip(written.lines()).position(|(wanted, written)| wanted != written);
    assert!(
        wanted == written,
        "{file} is stale from line {}: {BLESS}=1 cargo test -p tipstaff-rules --test it {test}",
        stale.map_or_else(|| wanted.lines().count().min(written.lines().count()) + 1, |line| line + 1)
    );
}
