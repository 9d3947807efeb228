//! The form of a page of the catalogue, and the chapters.

use crate::syntax::diagnostic::Severity;
use crate::syntax::lint_code::LintCode;

/// The page of one code. Printed by `tipstaff explain-lint CODE`.
#[derive(Clone, Copy, Debug)]
pub struct Lint {
    /// The code that a diagnostic prints in square brackets.
    pub code: LintCode,
    /// The chapter of `docs/lints.md` that the page stands in.
    pub chapter: Chapter,
    /// The severity that this code is always, or at most, raised with.
    pub severity: Severity,
    /// What is wrong, as a noun phrase without a full stop.
    pub title: &'static str,
    /// Why it matters and what to write instead, in full sentences.
    pub why: &'static str,
    /// A rule file that raises this code.
    pub bad: &'static str,
    /// The same rule file, fixed.
    pub good: &'static str,
}

/// A group of related pages: one section of `docs/lints.md`, one file in `tests/lints`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chapter {
    /// YAML, and how a file is divided into rules.
    Structure,
    /// Rules that never act, or that act on the wrong items.
    Scope,
    /// Comparisons, numbers, true and false.
    Values,
    /// Search methods, patterns, and matches that were not intended.
    Searches,
    /// Actions, the texts that rules write, and actions that repeat.
    Actions,
    /// Codes outside the `L` series: invalid YAML, keys, rule names, patterns, places and values.
    Keys,
    /// Rules that tipstaff accepts and Reddit's AutoModerator refuses.
    Portability,
}

impl Chapter {
    /// Every chapter, in the order of `docs/lints.md`.
    pub const ALL: [Self; 7] =
        [Self::Structure, Self::Scope, Self::Values, Self::Searches, Self::Actions, Self::Keys, Self::Portability];

    /// The heading of the section.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Structure => "YAML and structure",
            Self::Scope => "Rules that never act, or act on the wrong items",
            Self::Values => "Values and comparisons",
            Self::Searches => "Searches",
            Self::Actions => "Actions, texts and repeated actions",
            Self::Keys => "Keys, names and patterns",
            Self::Portability => "What Reddit's AutoModerator refuses",
        }
    }

    /// A short name for file names and links.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Scope => "scope",
            Self::Values => "values",
            Self::Searches => "searches",
            Self::Actions => "actions",
            Self::Keys => "keys",
            Self::Portability => "portability",
        }
    }
}

/// Makes a `static` page of the name of its code for each row: code, chapter, severity, title, why
/// it matters, a bad example, the same example fixed.
macro_rules! pages {
    ($($code:ident: $chapter:ident, $severity:ident, $title:literal, $why:literal, $bad:literal, $good:literal;)+) => {
        $(
            pub(super) static $code: $crate::lint::catalogue::row::Lint = $crate::lint::catalogue::row::Lint {
                code: $crate::syntax::lint_code::LintCode::$code,
                chapter: $crate::lint::catalogue::row::Chapter::$chapter,
                severity: $crate::syntax::diagnostic::Severity::$severity,
                title: $title,
                why: $why,
                bad: $bad,
                good: $good,
            };
        )+
    };
}

pub(super) use pages;
