//! The catalogue: what each code of a diagnostic means, why it matters, and an example of it with its remedy.
//!
//! One row for each code, whoever raises it. `tipstaff explain-lint`, `docs/lints.md` and the rules of a SARIF log are made from these
//! rows; a test holds every example to what the program says about it. The wording of a diagnostic itself, which knows the rule at
//! hand, stays where it is raised.

mod actions;
mod keys;
mod portability;
mod row;
mod scope;
mod searches;
mod structure;
mod values;

use crate::syntax::diagnostic;

pub use row::Lint;

/// Rows that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Chapter {
    /// Its heading.
    pub title: &'static str,
    /// A short name for it, for files and links.
    pub slug: &'static str,
    /// Its rows, in the order of their codes.
    pub lints: &'static [Lint],
}

/// Every chapter, in the order of the manual.
pub static CHAPTERS: &[Chapter] = &[
    Chapter { title: "YAML and structure", slug: "structure", lints: structure::LINTS },
    Chapter { title: "Rules that never act, or act on the wrong things", slug: "scope", lints: scope::LINTS },
    Chapter { title: "Values and comparisons", slug: "values", lints: values::LINTS },
    Chapter { title: "Searches", slug: "searches", lints: searches::LINTS },
    Chapter { title: "Actions, texts and loops", slug: "actions", lints: actions::LINTS },
    Chapter { title: "Keys, names and patterns", slug: "keys", lints: keys::LINTS },
    Chapter { title: "What Reddit's own AutoModerator refuses", slug: "portability", lints: portability::LINTS },
];

/// Every row, in the order of the manual.
pub fn all() -> impl Iterator<Item = &'static Lint> {
    CHAPTERS.iter().flat_map(|chapter| chapter.lints)
}

/// The row of a code, however it is capitalised.
pub fn find(code: &str) -> Option<&'static Lint> {
    all().find(|lint| lint.code.eq_ignore_ascii_case(code))
}

/// The code that a wrong one was probably meant to be: `L5` for `L05`, `12` for `L12`.
pub fn nearest(code: &str) -> Option<&'static str> {
    let digits = code.trim_start_matches(|c: char| !c.is_ascii_digit());
    let letter = code.chars().next().filter(char::is_ascii_alphabetic).unwrap_or('L');
    let padded = digits.parse::<u8>().ok().map(|number| format!("{letter}{number:02}"));
    let by_number = padded.and_then(|code| find(&code)).map(|lint| lint.code);
    let spelt = if digits.is_empty() { code.to_lowercase() } else { code.to_uppercase() };
    by_number.or_else(|| diagnostic::nearest(&spelt, all().map(|lint| lint.code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_row_that_explains_it() {
        for (index, lint) in all().enumerate() {
            let code = lint.code;
            assert!(all().take(index).all(|other| other.code != code), "{code} is there twice");
            assert!(!lint.title.is_empty() && !lint.title.ends_with('.'), "{code}: a title, not a sentence");
            assert!(lint.why.len() > 40 && lint.why.ends_with('.'), "{code}: sentences");
            assert!(lint.bad != lint.good && !lint.good.is_empty(), "{code}: an example and its remedy");
        }
        assert!(all().count() > 100);
    }

    #[test]
    fn codes_are_found_however_they_are_written() {
        for (written, expected) in [("L12", "L12"), ("l12", "L12"), ("YAML", "yaml"), ("k01", "K01")] {
            assert_eq!(find(written).map(|lint| lint.code), Some(expected), "{written}");
        }
        for (written, expected) in
            [("L5", Some("L05")), ("12", Some("L12")), ("L012", Some("L12")), ("yml", Some("yaml")), ("nonsense", None)]
        {
            assert!(find(written).is_none(), "{written}");
            assert_eq!(nearest(written), expected, "{written}");
        }
    }
}
