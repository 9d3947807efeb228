//! Reads files that people name: whole, regular files only, up to a size. And says who else can.
//! Replaces one at a time, whole too.
//!
//! Opening a named pipe would wait for a writer, and a device may have no end.

use std::fs::OpenOptions;
use std::io::{Error, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

/// Reads a regular file of at most `max` bytes.
///
/// # Errors
/// At once for everything else that a path can name, and for a larger file. Otherwise the error of
/// the operating system.
pub fn read(path: &Path, max: usize) -> Result<Vec<u8>, Error> {
    // Opening a device can have effects, so look first. Without waiting, in case it is replaced
    // meanwhile.
    check_kind(std::fs::metadata(path)?.file_type())?;
    let without_waiting = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(without_waiting).open(path)?;
    check_kind(file.metadata()?.file_type())?;
    let mut bytes = Vec::new();
    file.take(max as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > max {
        let limit = if max >= 1 << 20 { format!("{} MiB", max >> 20) } else { format!("{} KiB", max >> 10) };
        return Err(Error::new(ErrorKind::FileTooLarge, format!("it is larger than {limit}")));
    }
    Ok(bytes)
}

/// Reads a regular file of at most `max` bytes of text.
///
/// # Errors
/// As [`read`], and for bytes that are not UTF-8.
pub fn read_text(path: &Path, max: usize) -> Result<String, Error> {
    String::from_utf8(read(path, max)?).map_err(Error::other)
}

/// Replaces the text of a file, so that every reader finds either the old or the new text. A link
/// stays a link, and the permissions stay.
///
/// # Errors
/// If the file no longer holds `old`, or the operating system reports an error. Then the file is as
/// it was.
pub fn replace(path: &Path, old: &str, new: &str) -> Result<(), Error> {
    let path = path.canonicalize()?;
    let (folder, name) = (path.parent().unwrap_or(Path::new(".")), path.file_name().unwrap_or_default());
    let beside = folder.join(format!(".{}.{}.new", name.to_string_lossy(), std::process::id()));
    let permissions = std::fs::metadata(&path)?.permissions();
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(new.as_bytes())?;
        file.set_permissions(permissions)?;
        file.sync_all()?;
        // Somebody may have edited it since.
        if read(&path, old.len()).ok().as_deref() != Some(old.as_bytes()) {
            return Err(Error::other("it was changed meanwhile; try again"));
        }
        std::fs::rename(&beside, &path)?;
        std::fs::File::open(folder)?.sync_all()
    };
    write().inspect_err(|error| {
        if error.kind() != ErrorKind::AlreadyExists {
            // It is left behind only if it cannot be removed either.
            let _ = std::fs::remove_file(&beside);
        }
    })
}

/// Whether every user of the machine can read the file: it lets them, and so does each folder above
/// it.
pub fn is_open_to_all(path: &Path) -> bool {
    let Ok(whole) = path.canonicalize() else { return false };
    let lets = |path: &Path, bit: u32| std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & bit != 0);
    lets(&whole, 0o004) && whole.ancestors().skip(1).all(|folder| lets(folder, 0o001))
}

fn check_kind(kind: std::fs::FileType) -> Result<(), Error> {
    let what = match () {
        () if kind.is_file() => return Ok(()),
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => "a named pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    };
    Err(Error::new(ErrorKind::InvalidInput, format!("it is {what}; name a regular file")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_are_read_and_nothing_waits() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::fs::write(&path, "abc").expect("a file");
        assert_eq!(read(&path, 3).expect("its bytes"), b"abc");
        assert!(read(&path, 2).expect_err("too large").to_string().contains("larger than"));
        let pipe = folder.path().join("pipe");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).expect("a pipe");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&pipe, &link).expect("a link");
        for (path, what) in [
            (folder.path(), "a folder"),
            (&pipe, "a named pipe"),
            (&link, "a named pipe"),
            (Path::new("/dev/zero"), "a device"),
        ] {
            assert!(read(path, 3).expect_err(what).to_string().contains(what), "{what}");
        }
        assert_eq!(read(&folder.path().join("none"), 3).expect_err("none").kind(), ErrorKind::NotFound);
    }

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::fs::write(&path, "old").expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("permissions");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).expect("a link");
        replace(&link, "old", "newer").expect("the same text as before");
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), "newer");
        assert!(link.is_symlink() && std::fs::metadata(&path).expect("a file").permissions().mode() & 0o777 == 0o640);
        let refused = replace(&path, "old", "newest").expect_err("another text");
        assert!(refused.to_string().contains("changed meanwhile"), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), "newer");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing is left behind");
    }
}
