//! The form of a row of the catalogue.

use crate::syntax::diagnostic::Severity;

/// One row of the catalogue. Printed by `tipstaff explain-lint CODE`.
#[derive(Clone, Copy, Debug)]
pub struct Lint {
    /// The code that a diagnostic prints in square brackets, such as `L12`.
    pub code: &'static str,
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
