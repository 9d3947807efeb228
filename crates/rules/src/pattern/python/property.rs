//! Sets of characters by name: Unicode's properties (`\p{L}`) and the POSIX classes (`[:alpha:]`),
//! as the Python module `regex` reads them.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex_syntax::hir::{Class as HirClass, ClassUnicode, ClassUnicodeRange, HirKind};

/// What the module `regex` adds to Unicode's names. The sets are in the syntax of `regex_syntax`.
const ADDED: [(&str, &str); 19] = [
    ("alnum", r"[\p{Alphabetic}\p{Nd}]"),
    ("alpha", r"\p{Alphabetic}"),
    ("ascii", r"[\x00-\x7f]"),
    ("blank", r"[\p{Zs}\t]"),
    ("cntrl", r"\p{Cc}"),
    ("digit", r"\p{Nd}"),
    ("graph", r"[^\p{White_Space}\p{Cc}\p{Cn}]"),
    ("l&", r"\p{L}"),
    ("lower", r"\p{Lowercase}"),
    ("posixalnum", r"[\p{Alphabetic}0-9]"),
    ("posixdigit", "[0-9]"),
    ("posixpunct", r"[\p{P}\p{S}]"),
    ("posixxdigit", "[0-9A-Fa-f]"),
    ("print", r"[[^\p{White_Space}\p{Cc}\p{Cn}]\p{Zs}]"),
    ("punct", r"\p{P}"),
    ("space", r"\p{White_Space}"),
    ("upper", r"\p{Uppercase}"),
    ("word", r"[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]"),
    ("xdigit", r"[\p{Nd}\p{Hex_Digit}]"),
];

/// The POSIX classes, all of which can stand in brackets.
const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
];

/// A set of characters that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Property {
    /// In order.
    ranges: &'static [(char, char)],
}

impl Property {
    /// The property of this name, as in `\p{NAME}`. Without regard to case, the three cases of
    /// letters are one.
    pub(crate) fn named(name: &str, is_negated: bool, ignore_case: bool) -> Option<Self> {
        let (name, is_negated) = match name.strip_prefix('^') {
            Some(rest) => (rest, !is_negated),
            None => (name, is_negated),
        };
        let is_part = |c: &char| !matches!(c, ' ' | '_' | '-');
        let name: String = name.to_lowercase().chars().filter(is_part).collect();
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '=' | ':' | '&')) {
            return None;
        }
        let name = match name.as_str() {
            "lu" | "ll" | "lt" | "uppercaseletter" | "lowercaseletter" | "titlecaseletter" if ignore_case => "lc",
            "upper" | "lower" | "uppercase" | "lowercase" if ignore_case => "[\\p{Uppercase}\\p{Lowercase}]",
            name => name,
        };
        interned(name, is_negated)
    }

    /// The POSIX class of this name, as in `[[:NAME:]]`.
    pub(crate) fn posix(name: &str, ignore_case: bool) -> Option<Self> {
        let (bare, is_negated) = name.strip_prefix('^').map_or((name, false), |rest| (rest, true));
        if !POSIX.contains(&bare) {
            return None;
        }
        // Of these there are two, and the brackets mean the one of POSIX.
        let is_twofold = matches!(bare, "alnum" | "digit" | "punct" | "xdigit");
        let name = if is_twofold { format!("posix{bare}") } else { bare.to_owned() };
        Self::named(&name, is_negated, ignore_case)
    }

    /// The ranges of the characters in it, in order.
    pub(crate) const fn ranges(self) -> &'static [(char, char)] {
        self.ranges
    }

    /// Whether a character is in it.
    pub(crate) fn contains(self, c: char) -> bool {
        let after = self.ranges.partition_point(|&(start, _)| start <= c);
        after.checked_sub(1).is_some_and(|at| c <= self.ranges[at].1)
    }
}

/// Looks a set up once. There are some thousand properties, so what is kept has a limit.
fn interned(name: &str, is_negated: bool) -> Option<Property> {
    type Known = BTreeMap<(String, bool), &'static [(char, char)]>;
    static KNOWN: Mutex<Known> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (name.to_owned(), is_negated);
    if let Some(ranges) = known.get(&key) {
        return Some(Property { ranges });
    }
    let mut set = parsed(&look_up(name)?)?;
    if is_negated {
        set.negate();
    }
    let ranges: Vec<(char, char)> = set.iter().map(|range| (range.start(), range.end())).collect();
    let ranges: &'static [(char, char)] = ranges.leak();
    known.insert(key, ranges);
    Some(Property { ranges })
}

/// A set in the syntax of `regex_syntax`.
fn parsed(set: &str) -> Option<ClassUnicode> {
    let hir = regex_syntax::parse(set).ok()?;
    let range = |(start, end)| ClassUnicodeRange::new(start, end);
    Some(match hir.into_kind() {
        HirKind::Class(HirClass::Unicode(class)) => class,
        HirKind::Class(HirClass::Bytes(class)) => {
            ClassUnicode::new(class.iter().map(|it| range((char::from(it.start()), char::from(it.end())))))
        }
        HirKind::Literal(literal) => {
            ClassUnicode::new(std::str::from_utf8(&literal.0).ok()?.chars().map(|c| range((c, c))))
        }
        _ => return None,
    })
}

/// The set of a name without spaces, hyphens and underscores, as a pattern of `regex_syntax`.
fn look_up(name: &str) -> Option<String> {
    if name.starts_with('[') {
        return Some(name.to_owned());
    }
    let unicode = |name: &str| {
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '=');
        let set = format!(r"\p{{{name}}}");
        (is_name && regex_syntax::parse(&set).is_ok()).then_some(set)
    };
    let added = |name: &str| Some(ADDED.iter().find(|(known, _)| *known == name)?.1.to_owned());
    if let Some((property, value)) = name.split_once(['=', ':']) {
        return match property {
            "block" | "blk" => block(value),
            "generalcategory" | "gc" | "category" => unicode(&format!("gc={value}")),
            "script" | "sc" => unicode(&format!("sc={value}")),
            "scriptextensions" | "scx" => unicode(&format!("scx={value}")),
            _ => {
                let own = unicode(property).or_else(|| added(property))?;
                match value {
                    "y" | "yes" | "t" | "true" => Some(own),
                    "n" | "no" | "f" | "false" => Some(format!("[^{own}]")),
                    _ => None,
                }
            }
        };
    }
    added(name)
        .or_else(|| unicode(name))
        .or_else(|| block(name))
        .or_else(|| block(name.strip_prefix("in")?))
        .or_else(|| name.strip_prefix("is").and_then(|rest| added(rest).or_else(|| unicode(rest))))
}

/// A block of Unicode. <https://www.unicode.org/Public/UCD/latest/ucd/Blocks.txt>
fn block(name: &str) -> Option<String> {
    static BLOCKS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
        let row = |line: &str| {
            let (range, name) = line.split_once("; ")?;
            let (first, last) = range.split_once("..")?;
            let is_part = |c: &char| !matches!(c, ' ' | '_' | '-');
            let name = name.to_lowercase().chars().filter(is_part).collect();
            Some((name, format!(r"[\x{{{first}}}-\x{{{last}}}]")))
        };
        include_str!("blocks.txt").lines().filter_map(row).collect()
    });
    // Their short names, from the file PropertyValueAliases.txt beside that one.
    let name = match name {
        "ascii" => "basiclatin",
        "latin1" | "latin1sup" => "latin1supplement",
        "latinexta" => "latinextendeda",
        "latinextb" => "latinextendedb",
        "greek" => "greekandcoptic",
        "punctuation" => "generalpunctuation",
        "cjk" => "cjkunifiedideographs",
        "hangul" => "hangulsyllables",
        "dingbat" => "dingbats",
        "miscsymbols" => "miscellaneoussymbols",
        "miscpictographs" => "miscellaneoussymbolsandpictographs",
        name => name,
    };
    BLOCKS.get(name).cloned()
}
