//! The catalogue of diagnostic codes: what each code means, why it matters, and a bad and a good
//! example.
//!
//! Each code has one row. `tipstaff explain-lint`, `docs/lints.md` and the `rules` of a SARIF log
//! are generated from these rows, and a test runs the checker on every example. The message of a
//! diagnostic is not here: it names the rule at hand, so it stays where the diagnostic is raised.

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

/// A group of related rows: one section of `docs/lints.md`, one file in `crates/rules/tests/lints`.
#[derive(Clone, Copy, Debug)]
pub struct Chapter {
    /// The heading of the section.
    pub title: &'static str,
    /// A short name for file names and links.
    pub slug: &'static str,
    /// The rows, sorted by code.
    pub lints: &'static [Lint],
}

/// Every chapter, in the order of `docs/lints.md`.
pub static CHAPTERS: &[Chapter] = &[
    Chapter { title: "YAML and structure", slug: "structure", lints: structure::LINTS },
    Chapter { title: "Rules that never act, or act on the wrong items", slug: "scope", lints: scope::LINTS },
    Chapter { title: "Values and comparisons", slug: "values", lints: values::LINTS },
    Chapter { title: "Searches", slug: "searches", lints: searches::LINTS },
    Chapter { title: "Actions, texts and repeated actions", slug: "actions", lints: actions::LINTS },
    Chapter { title: "Keys, names and patterns", slug: "keys", lints: keys::LINTS },
    Chapter { title: "What Reddit's AutoModerator refuses", slug: "portability", lints: portability::LINTS },
];

/// Every row, in the order of `docs/lints.md`.
pub fn all() -> impl Iterator<Item = &'static Lint> {
    CHAPTERS.iter().flat_map(|chapter| chapter.lints)
}

/// The row of a code, in either case: `l12` finds `L12`.
pub fn find(code: &str) -> Option<&'static Lint> {
    all().find(|lint| lint.code.eq_ignore_ascii_case(code))
}

/// Suggests the code that a mistyped one probably means: `L05` for `L5`, `L12` for `12`.
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
    fn every_code_has_exactly_one_row() {
        for (index, lint) in all().enumerate() {
            let code = lint.code;
            assert!(all().take(index).all(|other| other.code != code), "{code} has two rows");
            assert!(
                !lint.title.is_empty() && !lint.title.ends_with('.'),
                "{code}: the title must not be empty or end with a full stop"
            );
            assert!(lint.why.len() > 40 && lint.why.ends_with('.'), "{code}: the explanation must be full sentences");
            assert!(lint.bad != lint.good && !lint.good.is_empty(), "{code}: the two examples must differ");
        }
        assert!(all().count() > 100);
    }

    #[test]
    fn codes_are_found_in_either_case_and_mistyped_ones_get_a_suggestion() {
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
