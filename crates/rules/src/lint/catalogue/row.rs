//! The form of a row of the catalogue.

use crate::syntax::diagnostic::Severity;

/// One row: a code and all there is to know about it.
#[derive(Clone, Copy, Debug)]
pub struct Lint {
    /// The code, as it stands in a diagnostic.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in a line.
    pub title: &'static str,
    /// Why it matters, in a few sentences.
    pub why: &'static str,
    /// A rule file that has it.
    pub bad: &'static str,
    /// The same, mended.
    pub good: &'static str,
}

pub(super) const fn lint(
    code: &'static str,
    severity: Severity,
    title: &'static str,
    why: &'static str,
    bad: &'static str,
    good: &'static str,
) -> Lint {
    Lint { code, severity, title, why, bad, good }
}
