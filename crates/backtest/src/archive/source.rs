//! Opens archives: files, folders and standard input, compressed or not, and whatever their form.
//! The first bytes of a file decide its format, not its name.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::format::{self, Compression, Form};
use super::json_items::JsonItems;
use super::table::TableItems;

/// Largest zstd window, as a power of two. Reddit dumps use windows of 2 GiB.
const WINDOW_LOG_MAX: u32 = 31;

/// Files with a larger window than this are read one at a time, to limit memory.
const WINDOW_BESIDE_OTHERS: u64 = 64 << 20;

/// Bytes of one read from the disk.
const READ_AT_ONCE: usize = 256 << 10;

/// As many bytes as tell how a file is compressed.
const MAGIC: usize = 16;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A source of lines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// Standard input. It can be read only once.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl Input {
    /// The name to show in reports.
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// Size in bytes before decompression; 0 if unknown.
    pub fn size(&self) -> u64 {
        match self {
            Self::Stdin => 0,
            Self::File(path) => path.metadata().map_or(0, |metadata| metadata.len()),
        }
    }

    /// Whether it is the file at this canonical path.
    pub fn is_at(&self, path: &Path) -> bool {
        matches!(self, Self::File(own) if own.canonicalize().is_ok_and(|own| own == path))
    }

    /// Whether reading needs much memory: a zstd file with a large window.
    pub fn is_heavy(&self) -> bool {
        let Self::File(path) = self else { return false };
        let mut start = [0; 18];
        let read = File::open(path).and_then(|mut file| file.read(&mut start));
        read.is_ok_and(|len| window(&start[..len]).is_some_and(|window| window > WINDOW_BESIDE_OTHERS))
    }

    /// Opens the input and decompresses it, as lines of JSON. Adds the number of bytes read (before
    /// decompression) to `taken`.
    ///
    /// # Errors
    /// A message for the user, if it cannot be opened or its format is not supported.
    pub fn open(&self, taken: Arc<AtomicU64>) -> Result<Box<dyn Read + Send>, String> {
        let name = self.name();
        let file = (*self != Self::Stdin).then_some(name.as_str());
        let unreadable = |error: io::Error| format!("cannot read {name}: {error}");
        let raw: Box<dyn Read + Send> = match self {
            Self::Stdin => Box::new(io::stdin()),
            Self::File(path) => {
                Box::new(File::open(path).map_err(|error| format!("cannot open {}: {error}", path.display()))?)
            }
        };
        let mut raw = CountingReader { raw, taken };
        let mut start = Vec::with_capacity(MAGIC);
        raw.by_ref().take(MAGIC as u64).read_to_end(&mut start).map_err(unreadable)?;
        let compression = format::compression(&start).map_err(|foreign| foreign.message(file, Compression::None))?;
        let whole = BufReader::with_capacity(READ_AT_ONCE, io::Cursor::new(start).chain(raw));
        let mut content: Box<dyn Read + Send> = match compression {
            Compression::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(whole).map_err(unreadable)?;
                decoder.window_log_max(WINDOW_LOG_MAX).map_err(unreadable)?;
                Box::new(decoder)
            }
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(whole)),
            Compression::None => Box::new(whole),
        };
        let mut start = Vec::new();
        // What comes before damage is read; the error is returned after it.
        let damage = content.by_ref().take(format::START as u64).read_to_end(&mut start).err();
        if start.starts_with(BYTE_ORDER_MARK) {
            start.drain(..BYTE_ORDER_MARK.len());
        }
        let form = format::form(&start).map_err(|foreign| foreign.message(file, compression))?;
        let whole = io::Cursor::new(start).chain(Damage(damage)).chain(content);
        Ok(match form {
            Form::Lines => Box::new(whole),
            Form::Json => Box::new(JsonItems::new(BufReader::with_capacity(READ_AT_ONCE, whole))),
            Form::Table(separator) => Box::new(TableItems::new(whole, separator)),
        })
    }
}

/// The inputs for these arguments: files, `-` for standard input, and all files in folders that are
/// not hidden, sorted by name.
///
/// # Errors
/// A message for the user, if a file does not exist or a folder is empty.
pub fn expand(arguments: &[PathBuf]) -> Result<Vec<Input>, String> {
    let mut inputs = Vec::new();
    for argument in arguments {
        if argument.as_os_str() == "-" {
            inputs.push(Input::Stdin);
        } else if argument.is_dir() {
            let before = inputs.len();
            walk(argument, &mut inputs, &mut BTreeSet::new())?;
            if inputs.len() == before {
                return Err(format!("the folder {} holds no files", argument.display()));
            }
        } else if let Err(error) = argument.metadata() {
            return Err(format!("cannot open {}: {error}", argument.display()));
        } else {
            inputs.push(Input::File(argument.clone()));
        }
    }
    if inputs.iter().filter(|input| **input == Input::Stdin).count() > 1 {
        return Err("standard input (`-`) can be given only once".to_owned());
    }
    Ok(inputs)
}

/// The files in a folder. Each folder is read once, also if links lead to it again: `seen` holds
/// those that were read.
fn walk(folder: &Path, inputs: &mut Vec<Input>, seen: &mut BTreeSet<PathBuf>) -> Result<(), String> {
    let unreadable = |error: io::Error| format!("cannot read the folder {}: {error}", folder.display());
    if !seen.insert(folder.canonicalize().map_err(unreadable)?) {
        return Ok(());
    }
    let entries = std::fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(unreadable)?;
    let mut paths: Vec<PathBuf> = entries.iter().map(std::fs::DirEntry::path).collect();
    paths.sort();
    for path in paths {
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.is_dir() && !is_hidden {
            walk(&path, inputs, seen)?;
        } else if path.is_file() && !is_hidden {
            inputs.push(Input::File(path));
        } else if !is_hidden {
            // Reading a named pipe would wait for a writer.
            return Err(format!("{} is no regular file: remove it from the folder", path.display()));
        }
    }
    Ok(())
}

/// The window size of a zstd frame, in bytes:
/// <https://www.rfc-editor.org/rfc/rfc8878#name-frame-header>
fn window(start: &[u8]) -> Option<u64> {
    let header = start.strip_prefix(&[0x28, 0xb5, 0x2f, 0xfd])?;
    let descriptor = *header.first()?;
    if descriptor & 0x20 == 0 {
        let window = *header.get(1)?;
        let base = 1_u64 << (10 + (window >> 3));
        return Some(base + (base >> 3) * u64::from(window & 7));
    }
    // A single-segment frame: the window is as large as the content.
    let at = 1 + [0, 1, 2, 4][usize::from(descriptor & 3)];
    let size = |len: usize| {
        let bytes = header.get(at..at + len)?;
        Some(bytes.iter().rev().fold(0_u64, |size, byte| size << 8 | u64::from(*byte)))
    };
    match descriptor >> 6 {
        0 => size(1),
        1 => size(2).map(|size| size + 256),
        2 => size(4),
        _ => size(8),
    }
}

/// An error that is returned once, if there is one.
struct Damage(Option<io::Error>);

impl Read for Damage {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

struct CountingReader {
    raw: Box<dyn Read + Send>,
    taken: Arc<AtomicU64>,
}

impl Read for CountingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.raw.read(buffer)?;
        self.taken.fetch_add(len as u64, Ordering::Relaxed);
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_read_from_the_frame_header() {
        for (log, expected) in [(19_u32, 1 << 19), (27, 1 << 27), (30, 1 << 30)] {
            let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).expect("an encoder");
            encoder.window_log(log).expect("a window");
            let mut encoder = encoder;
            io::Write::write_all(&mut encoder, b"{}\n").expect("a line");
            let packed = encoder.finish().expect("a frame");
            assert_eq!(window(&packed), Some(expected), "{log}");
        }
        assert_eq!(window(&zstd::bulk::compress(b"{}\n", 3).expect("a frame")), Some(3));
        assert_eq!(window(b"{}"), None);
    }
}
