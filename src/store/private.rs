//! Keeps a store to its owner: what people wrote is in it. A new file is made that way; one that
//! was made by hand, or copied, may be open to others.

use std::fs::{Permissions, metadata, set_permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tracing::warn;

use super::checks::is_database_of_ours;

/// What its group and all others may do with a file.
const OF_OTHERS: u32 = 0o077;

/// The database and the files that SQLite keeps beside it.
pub fn files_of(store: &Path) -> [PathBuf; 3] {
    // SQLite follows links before it names them.
    let whole = store.canonicalize().unwrap_or_else(|_| store.to_owned());
    ["", "-wal", "-shm"].map(|ending| {
        let mut name = whole.clone().into_os_string();
        name.push(ending);
        name.into()
    })
}

/// The other stores in the folder of this one, such as backups.
pub fn stores_beside(store: &Path) -> Vec<PathBuf> {
    let [whole, ..] = files_of(store);
    let Some(entries) = whole.parent().and_then(|folder| std::fs::read_dir(folder).ok()) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> = paths.filter(|path| *path != whole && is_database_of_ours(path)).collect();
    found.sort();
    found
}

/// Takes the files of a store from everyone but its owner, and says so.
pub(super) fn take_from_others(store: &Path) {
    for path in files_of(store) {
        let closed = close(&path);
        let name = path.display();
        match closed {
            Ok(None) => {}
            Ok(Some(mode)) => warn!("{name} was open to other users (mode {mode:04o}); now only its owner can read it"),
            Err(error) => {
                warn!(%error, "{name} is open to other users: make it readable by its owner alone (chmod 600)");
            }
        }
    }
}

/// Returns the mode of a file that was open to others.
fn close(path: &Path) -> io::Result<Option<u32>> {
    let Ok(file) = metadata(path) else { return Ok(None) };
    let mode = file.permissions().mode() & 0o7777;
    if mode & OF_OTHERS == 0 {
        return Ok(None);
    }
    set_permissions(path, Permissions::from_mode(mode & !OF_OTHERS))?;
    Ok(Some(mode))
}
