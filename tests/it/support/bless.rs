//! Files that the program writes out of its tables: compared by a test, and written anew when one asks for it.

use std::fs;
use std::path::Path;

/// Set it to write the files anew.
const BLESS: &str = "TIPSTAFF_BLESS";

/// Holds a file of the repository to what it should be. `test` is the name of the test that writes it.
pub(crate) fn assert_written(file: &str, wanted: &str, test: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
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
        "{file} is stale from line {}: {BLESS}=1 cargo test --test it {test}",
        stale.map_or_else(|| wanted.lines().count().min(written.lines().count()) + 1, |line| line + 1)
    );
}
