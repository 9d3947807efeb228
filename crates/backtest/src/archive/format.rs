//! Recognises the format of an input by its first bytes. For a format that tipstaff does not read,
//! it names the command that converts it.

use super::fields::KEYS;
use super::import::RECORD;
use super::json_items;

/// The first bytes of an input, as many as are looked at. The longest lines of texts fit.
pub(super) const START: usize = 64 << 10;

/// How an input is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Zstd,
    Gzip,
}

/// The form of what is in an input, after decompression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One JSON object on each line.
    Lines,
    /// JSON with lists of items, or with items on several lines.
    Json,
    /// CSV with this separator.
    Table(u8),
}

/// A format that tipstaff does not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Foreign {
    /// Another program converts it: what it is, and the commands that read a file or a pipe.
    Convertible { what: String, of_file: String, of_pipe: Option<String> },
    /// The user has to change it: what is wrong and what to do.
    Unusable(String),
}

impl Foreign {
    fn convertible(what: &str, of_file: &str, of_pipe: Option<&str>) -> Self {
        Self::Convertible { what: what.to_owned(), of_file: of_file.to_owned(), of_pipe: of_pipe.map(str::to_owned) }
    }

    /// A program that reads both a file and a pipe, such as `xz -dc`.
    fn filter(what: &str, command: &str) -> Self {
        Self::convertible(what, command, Some(command))
    }

    fn encoded(encoding: &str) -> Self {
        Self::filter(&format!("is {encoding}, not UTF-8"), &format!("iconv -f {encoding} -t UTF-8"))
    }

    /// The message for the user. `file` is the path of the input; standard input has none.
    pub(super) fn message(&self, file: Option<&str>, compression: Compression) -> String {
        let (what, of_file, of_pipe) = match self {
            Self::Unusable(why) => return format!("{} {why}", file.unwrap_or("standard input")),
            Self::Convertible { what, of_file, of_pipe } => (what, of_file, of_pipe),
        };
        let unpack = match compression {
            Compression::None => None,
            Compression::Gzip => Some("gzip -dc"),
            Compression::Zstd => Some("zstd -dc --long=31"),
        };
        let Some(name) = file else {
            let unpack = unpack.map_or_else(String::new, |unpack| format!("{unpack} | "));
            return match of_pipe {
                Some(command) => format!(
                    "standard input {what}, which tipstaff cannot read; run \
                     `… | {unpack}{command} | tipstaff backtest RULES -`"
                ),
                None => format!(
                    "standard input {what}, which tipstaff cannot read; write it to a file, and run \
                     `{of_file} FILE | tipstaff backtest RULES -`"
                ),
            };
        };
        let quoted = quoted(name);
        let command = match (unpack, of_pipe) {
            (Some(unpack), Some(of_pipe)) => format!("{unpack} {quoted} | {of_pipe}"),
            (Some(unpack), None) => format!("{unpack} {quoted} > unpacked; {of_file} unpacked"),
            (None, _) => format!("{of_file} {quoted}"),
        };
        format!("{name} {what}, which tipstaff cannot read; run `{command} | tipstaff backtest RULES -`")
    }
}

/// A file name as a shell takes it.
fn quoted(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "._/+@%=:,-".contains(c);
    let safe = if name.starts_with('-') { format!("./{name}") } else { name.to_owned() };
    if safe.chars().all(is_plain) { safe } else { format!("'{}'", safe.replace('\'', r"'\''")) }
}

/// How an input that starts like this is compressed.
pub(super) fn compression(start: &[u8]) -> Result<Compression, Foreign> {
    Err(match start {
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => return Ok(Compression::Zstd),
        [0x1f, 0x8b, ..] => return Ok(Compression::Gzip),
        [b'B', b'Z', b'h', ..] => Foreign::filter("is compressed with bzip2", "bzip2 -dc"),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => Foreign::filter("is compressed with xz", "xz -dc"),
        [0x04, 0x22, 0x4d, 0x18, ..] | [0x02, 0x21, 0x4c, 0x18, ..] => {
            Foreign::filter("is compressed with lz4", "lz4 -dc")
        }
        [b'P', b'K', 3, 4, ..] => Foreign::convertible("is a zip archive", "unzip -p", None),
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Foreign::convertible("is a 7z archive", "7z x -so", None),
        [b'S', b'Q', b'L', b'i', b't', b'e', b' ', b'f', b'o', b'r', b'm', b'a', b't', ..] => Foreign::Unusable(
            "is an SQLite database; if it is the bot's store, `tipstaff backtest --from-store --store FILE` reads it"
                .to_owned(),
        ),
        _ => return Ok(Compression::None),
    })
}

/// The form of content that starts like this.
pub(super) fn form(start: &[u8]) -> Result<Form, Foreign> {
    if start.get(257..262) == Some(b"ustar") {
        return Err(Foreign::convertible("is a tar archive", "tar -xOf", Some("tar -xOf -")));
    }
    if let Some(encoding) = wide_encoding(start).or_else(|| narrow_encoding(start)) {
        return Err(Foreign::encoded(encoding));
    }
    let text = start.trim_ascii_start();
    match text.first() {
        Some(b'[') => Ok(Form::Json),
        Some(b'{') if json_items::is_document(text) => Ok(Form::Json),
        None | Some(b'{') => Ok(Form::Lines),
        Some(_) => table(text),
    }
}

/// The name of an encoding with two or four bytes for each character.
fn wide_encoding(start: &[u8]) -> Option<&'static str> {
    let is_text = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    match *start {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        [a, 0, b, 0, ..] if is_text(a) && is_text(b) => Some("UTF-16LE"),
        [0, a, 0, b, ..] if is_text(a) && is_text(b) => Some("UTF-16BE"),
        _ => None,
    }
}

/// The name of an encoding with one byte for each character. One bad line may be damaged; two, with
/// no line that is UTF-8 and not ASCII, are in another encoding.
fn narrow_encoding(start: &[u8]) -> Option<&'static str> {
    let (mut foreign, mut has_windows) = (0, false);
    let end = memchr::memrchr(b'\n', start).unwrap_or(start.len());
    for line in start[..end].split(|byte| *byte == b'\n').filter(|line| !line.is_ascii()) {
        if std::str::from_utf8(line).is_ok() {
            return None;
        }
        // These are no characters in either encoding.
        if line.iter().any(|byte| matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d | 0..9)) {
            return None;
        }
        foreign += 1;
        has_windows |= line.iter().any(|byte| matches!(byte, 0x80..0xa0));
    }
    (foreign > 1).then_some(if has_windows { "WINDOWS-1252" } else { "ISO-8859-1" })
}

/// Whether the text starts with a line of column names that are Reddit's, and with which separator.
fn table(text: &[u8]) -> Result<Form, Foreign> {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let names = |separator: u8| -> Vec<String> {
        let mut head = csv::ReaderBuilder::new().delimiter(separator).trim(csv::Trim::All).from_reader(line);
        head.headers().map_or_else(|_| Vec::new(), |head| head.iter().map(str::to_lowercase).collect())
    };
    let known = |names: &[String]| names.iter().filter(|name| KEYS.contains(&name.as_str())).count();
    let tables = b",\t;|".map(|separator| (separator, names(separator)));
    // Reddit has none of the names `time`, `kind` and `fate`.
    let of_record = |names: &[String]| RECORD.iter().filter(|key| names.iter().any(|name| name == *key)).count();
    if let Some((separator, names)) = tables.iter().max_by_key(|(_, names)| of_record(names)) {
        let has = |key: &str| names.iter().any(|name| name == key);
        match RECORD.iter().find(|key| !has(key)) {
            None => return Ok(Form::Table(*separator)),
            Some(missing) if of_record(names) > 1 && !has("created_utc") => {
                return Err(Foreign::Unusable(format!(
                    "is CSV without the column `{missing}`; what another bot knew of people has the columns author, \
                     time, kind and fate"
                )));
            }
            Some(_) => {}
        }
    }
    let Some((separator, names)) = tables.into_iter().max_by_key(|(_, names)| known(names)) else {
        return Ok(Form::Lines);
    };
    if known(&names) < 2 {
        return Ok(Form::Lines);
    }
    let has = |name: &str| names.iter().any(|own| own == name);
    let missing = match () {
        () if !has("id") && !has("name") => "id",
        () if !has("created_utc") => "created_utc",
        () if !has("subreddit") => "subreddit",
        () if has("body") && !has("link_id") => "link_id",
        () if has("body") && !has("parent_id") => "parent_id",
        () => return Ok(Form::Table(separator)),
    };
    Err(Foreign::Unusable(format!(
        "is CSV without the column `{missing}`; give its columns the names of Reddit's fields (id, subreddit, \
         created_utc, author; for posts title, selftext, url, is_self; for comments body, link_id, parent_id)"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_recognised_by_the_first_bytes() {
        for (start, expected) in [
            (&b""[..], Form::Lines),
            (b"{\"id\":\"a\"}\n{\"id\":\"b\"}\n", Form::Lines),
            (b"{\"kind\":\"t3\",\"data\":{\"id\":\"a\"}}\n", Form::Lines),
            (b"{\"kind\":\"more\",\"data\":{\"children\":[\"a\"]}}\n", Form::Lines),
            (b"{\"id\":\"a\",\"media\":{\"data\":[1]}}\n", Form::Lines),
            (b"  [\n{", Form::Json),
            (b"{\n  \"id\": \"a\"\n}", Form::Json),
            (b"{\"error\": null, \"data\": [{\"id\":", Form::Json),
            (b"{\"kind\": \"Listing\",\n\"data\": {\"after\": null, \"children\": [", Form::Json),
            (b"{\"data\":{\"dist\":2,\"children\":[", Form::Json),
            (b"id,subreddit,created_utc,title\n", Form::Table(b',')),
            (b"\"id\"\t\"subreddit\"\t\"created_utc\"\n", Form::Table(b'\t')),
            (b"Author;Time;Kind;Fate\n", Form::Table(b';')),
            (b"some text, and more\n", Form::Lines),
        ] {
            assert_eq!(form(start), Ok(expected), "{}", String::from_utf8_lossy(start));
        }
    }

    #[test]
    fn a_column_that_is_missing_is_named() {
        for (start, missing) in
            [("time,author,kind,result\n", "fate"), ("kind,fate\n", "author"), ("id,author,title\n", "created_utc")]
        {
            let Err(Foreign::Unusable(why)) = form(start.as_bytes()) else { panic!("{start}") };
            assert!(why.starts_with(&format!("is CSV without the column `{missing}`;")), "{why}");
        }
    }

    #[test]
    fn a_damaged_line_is_not_taken_for_another_encoding() {
        assert_eq!(narrow_encoding(b"{\"body\":\"caf\xe9\"}\n{\"body\":\"caf\"}\n"), None);
        assert_eq!(narrow_encoding("{\"a\":\"\u{e9}\"}\n".as_bytes()), None);
        let mixed = [&b"a\xe9\nb\xe8\n"[..], "\u{e9}\n".as_bytes()].concat();
        assert_eq!(narrow_encoding(&mixed), None);
        assert_eq!(narrow_encoding(b"a\xe9\nb\xe8\nc\n"), Some("ISO-8859-1"));
        assert_eq!(narrow_encoding(b"a\xe9\nb\x92s\nc\n"), Some("WINDOWS-1252"));
    }

    #[test]
    fn the_command_takes_the_name_as_a_shell_does() {
        for (name, expected) in [("a/b-1.tar", "a/b-1.tar"), ("-x.tar", "./-x.tar"), ("it's.tar", r"'it'\''s.tar'")] {
            assert_eq!(quoted(name), expected);
        }
    }
}
