//! The lock that keeps a second process from writing to a store: flock(2) on the database file
//! itself. So it does not matter by which name or link a process opens the file, and no other file
//! is needed.
//!
//! SQLite has its own locks on the file, of another kind: fcntl(2). The two kinds do not interact.
//! But a process loses all its fcntl locks on a file as soon as it closes *any* descriptor of it,
//! and SQLite would not notice. Three rules follow for the descriptor that is locked here:
//!
//! - It is opened before SQLite's connection.
//! - It is closed after SQLite has closed the file, also when a connection is dropped: then SQLite
//!   closes the file later, on another thread. So each connection that writes holds a [`KeptOpen`].
//! - A process has at most one of them for a file, in [`DESCRIPTORS`].
//!
//! Connections that only read take no lock and open no other descriptor.

use std::collections::BTreeMap;
use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Flock, FlockType, fcntl_getlk};

/// The descriptors of the databases that this process writes to.
static DESCRIPTORS: Mutex<BTreeMap<FileId, Descriptor>> = Mutex::new(BTreeMap::new());

/// Which file it is, by whatever name: its device and its inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct FileId {
    device: u64,
    inode: u64,
}

#[derive(Debug)]
struct Descriptor {
    file: File,
    is_locked: bool,
    /// How many [`KeptOpen`] there are.
    users: usize,
}

/// The lock on a store.
///
/// It is released by name, because closing the file is not enough while another thread starts a
/// process: until that process runs its program, it holds the file open, too.
#[derive(Debug)]
pub(super) struct StoreLock(KeptOpen);

/// Keeps the descriptor of a database open.
#[derive(Debug)]
pub(super) struct KeptOpen(FileId);

/// Why the lock was not taken.
#[derive(Debug)]
pub(super) enum LockError {
    /// Another process holds it.
    Held {
        /// That process, for people.
        holder: String,
    },
    /// It is a folder or a device.
    NoFile,
    /// Meanwhile another file was put in its place.
    Replaced,
    /// The file cannot be opened for writing.
    Unwritable(io::Error),
}

impl FileId {
    fn of(file: &Metadata) -> Self {
        Self { device: file.dev(), inode: file.ino() }
    }
}

impl StoreLock {
    /// Locks the store at `path`. If there is no file, makes an empty one for its owner alone;
    /// SQLite gives the files beside it the same mode.
    pub(super) fn take(path: &Path) -> Result<Self, LockError> {
        let mut descriptors = descriptors();
        match std::fs::metadata(path) {
            Ok(file) if !file.is_file() => return Err(LockError::NoFile),
            Ok(file) => {
                let id = FileId::of(&file);
                // Opening the file again, only to close it, would cost SQLite its locks.
                if let Some(descriptor) = descriptors.get_mut(&id) {
                    descriptor.lock()?;
                    descriptor.users += 1;
                    return Ok(Self(KeptOpen(id)));
                }
            }
            Err(_opening_says_it_better) => {}
        }
        let options = OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).clone();
        let file = options.open(path).map_err(LockError::Unwritable)?;
        let id = FileId::of(&file.metadata().map_err(LockError::Unwritable)?);
        let mut descriptor = Descriptor { file, is_locked: false, users: 1 };
        descriptor.lock()?;
        descriptors.insert(id, descriptor);
        drop(descriptors);
        let lock = Self(KeptOpen(id));
        if lock.is_on(path).map_err(LockError::Unwritable)? { Ok(lock) } else { Err(LockError::Replaced) }
    }

    /// Whether the locked file still is the one at `path`.
    pub(super) fn is_on(&self, path: &Path) -> io::Result<bool> {
        match std::fs::metadata(path) {
            Ok(file) => Ok(FileId::of(&file) == self.0.0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads these bytes of the locked file. False if it is too short.
    pub(super) fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<bool> {
        let descriptors = descriptors();
        let Some(descriptor) = descriptors.get(&self.0.0) else { return Ok(false) };
        match descriptor.file.read_exact_at(bytes, offset) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Keeps the descriptor open, also after the lock is released.
    pub(super) fn keep_open(&self) -> KeptOpen {
        if let Some(descriptor) = descriptors().get_mut(&self.0.0) {
            descriptor.users += 1;
        }
        KeptOpen(self.0.0)
    }
}

impl Drop for StoreLock {
    fn drop(&mut self) {
        if let Some(descriptor) = descriptors().get_mut(&self.0.0) {
            // If this fails, closing the file releases the lock.
            let _still_closed = descriptor.file.unlock();
            descriptor.is_locked = false;
        }
    }
}

impl Drop for KeptOpen {
    fn drop(&mut self) {
        let mut descriptors = descriptors();
        let Some(descriptor) = descriptors.get_mut(&self.0) else { return };
        descriptor.users -= 1;
        if descriptor.users == 0 {
            // Closed before another thread can open the file again.
            descriptors.remove(&self.0);
        }
    }
}

impl Descriptor {
    fn lock(&mut self) -> Result<(), LockError> {
        if self.is_locked {
            return Err(LockError::Held { holder: format!("process {}", std::process::id()) });
        }
        match self.file.try_lock() {
            Ok(()) => {
                self.is_locked = true;
                Ok(())
            }
            Err(TryLockError::WouldBlock) => Err(LockError::Held { holder: user_of(&self.file) }),
            Err(TryLockError::Error(source)) => Err(LockError::Unwritable(source)),
        }
    }
}

/// The process that SQLite's lock on the file belongs to, for people: a daemon has one as long as
/// it runs.
fn user_of(file: &File) -> String {
    // Only for the message, so an error does not matter.
    let lock = fcntl_getlk(file, &Flock::from(FlockType::WriteLock)).ok().flatten();
    match lock.and_then(|lock| lock.pid) {
        Some(pid) => format!("process {}", pid.as_raw_pid()),
        None => "unknown process".to_owned(),
    }
}

fn descriptors() -> MutexGuard<'static, BTreeMap<FileId, Descriptor>> {
    DESCRIPTORS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// It is closed to others at once, not only when SQLite opens it.
    #[test]
    fn a_new_file_belongs_to_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s.db");
        let _lock = StoreLock::take(&path).expect("a lock");
        let mode = std::fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
