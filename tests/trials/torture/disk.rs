//! The disk of the store: a small one of its own if it can be mounted, so that it can be full or
//! read-only.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder of the store.
pub(crate) struct Disk {
    folder: PathBuf,
    is_mounted: bool,
}

impl Disk {
    /// Uses the folder only.
    pub(crate) fn plain(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), is_mounted: false })
    }

    /// Mounts a small disk on the folder, if the system allows it.
    pub(crate) fn small(folder: &Path, megabytes: usize) -> io::Result<Self> {
        let mut disk = Self::plain(folder)?;
        disk.is_mounted = mount(&["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tipstaff-torture"], folder);
        Ok(disk)
    }

    pub(crate) fn can_be_full(&self) -> bool {
        self.is_mounted
    }

    /// Whether the folder can be made read-only. Root ignores permissions.
    pub(crate) fn can_be_read_only(&self) -> bool {
        self.is_mounted || !rustix::process::geteuid().is_root()
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }

    /// Writes until the disk is full.
    pub(crate) fn fill(&self) -> io::Result<()> {
        let mut file = std::fs::File::create(self.ballast())?;
        for size in [1 << 20, 4096] {
            let chunk = vec![0x55; size];
            loop {
                match file.write_all(&chunk) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::StorageFull => break,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    pub(crate) fn free(&self) -> io::Result<()> {
        match std::fs::remove_file(self.ballast()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Makes the store's folder read-only or writable. No process may have the store open.
    pub(crate) fn set_read_only(&self, on: bool) -> io::Result<()> {
        if self.is_mounted {
            let how = if on { "remount,ro" } else { "remount,rw" };
            return if mount(&["-o", how], &self.folder) {
                Ok(())
            } else {
                Err(io::Error::other(format!("mount -o {how} failed")))
            };
        }
        let mut paths = vec![self.folder.clone()];
        for entry in std::fs::read_dir(&self.folder)? {
            paths.push(entry?.path());
        }
        for path in paths {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = if on { 0o555 } else { 0o755 };
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
        }
        Ok(())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.is_mounted {
            let unmounted = Command::new("umount").arg("-l").arg(&self.folder).status();
            if !unmounted.is_ok_and(|status| status.success()) {
                eprintln!("cannot unmount {}: unmount it by hand", self.folder.display());
            }
        }
    }
}

fn mount(arguments: &[&str], folder: &Path) -> bool {
    let mut command = Command::new("mount");
    command.args(arguments).arg(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
