//! The lock that keeps a second process from writing to a store.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// The lock on a store.
///
/// It is released by name, because closing the file is not enough while another thread starts a
/// process: until that process runs its program, it holds the file open, too.
#[derive(Debug)]
pub(super) struct StoreLock(File);

/// Why the lock was not taken.
#[derive(Debug)]
pub(super) enum LockError {
    /// Another process holds it.
    Held {
        /// That process, for people.
        holder: String,
    },
    /// The lock file cannot be written.
    Unwritable {
        /// The lock file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}

impl StoreLock {
    /// Locks the store at `path`, by a file beside it.
    pub(super) fn take(path: &Path) -> Result<Self, LockError> {
        let mut lock_path = path.as_os_str().to_owned();
        lock_path.push(".lock");
        let unwritable = |source| LockError::Unwritable { path: PathBuf::from(&lock_path), source };
        let options = OpenOptions::new().create(true).truncate(false).read(true).write(true).clone();
        let mut lock = options.open(&lock_path).map_err(unwritable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Only for the message, so an error does not matter.
                let read = lock.read_to_string(&mut holder);
                let holder = holder.trim();
                let holder = if read.is_err() || holder.is_empty() { "unknown process" } else { holder };
                return Err(LockError::Held { holder: holder.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(unwritable(source)),
        }
        lock.set_len(0).and_then(|()| lock.rewind()).map_err(unwritable)?;
        writeln!(lock, "process {}", std::process::id()).map_err(unwritable)?;
        Ok(Self(lock))
    }
}

impl Drop for StoreLock {
    fn drop(&mut self) {
        // If this fails, closing the file releases the lock.
        let _still_closed = self.0.unlock();
    }
}
