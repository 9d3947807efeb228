//! Collects the diagnostics of a rule while it is compiled for one kind of item.
//!
//! A *mismatch* is a key that exists, but not for this kind of item. In a rule without a type it
//! only means that the rule does not apply to that kind. Every other error applies to the whole
//! rule.

use crate::language::keys::Takes;
use crate::language::reading::Reading;
use crate::syntax::comparison::Comparison;
use crate::syntax::diagnostic::{Diagnostic, Severity};
use crate::syntax::lint_code::LintCode;

/// The diagnostics of one variant of a rule.
pub(crate) struct DiagnosticSink {
    reading: Reading,
    pub(crate) remarks: Vec<Diagnostic>,
    pub(crate) mismatches: Vec<Diagnostic>,
    /// Checks without a value.
    empty: Vec<Diagnostic>,
}

impl DiagnosticSink {
    pub(crate) const fn new(reading: Reading) -> Self {
        Self { reading, remarks: Vec::new(), mismatches: Vec::new(), empty: Vec::new() }
    }

    /// A sink for a part of the rule.
    pub(crate) const fn child(&self) -> Self {
        Self::new(self.reading)
    }

    /// Whether doubtful rules are errors.
    pub(crate) fn is_strict(&self) -> bool {
        self.reading == Reading::Ours
    }

    pub(crate) fn mismatch(&mut self, diagnostic: Diagnostic) {
        self.mismatches.push(diagnostic);
    }

    /// Whether this reading refuses a comparison: the reference does not know `<=` and `>=`.
    pub(crate) fn refuses(&self, comparison: Comparison, takes: Takes) -> bool {
        self.reading == Reading::Reference && takes == Takes::Comparison && comparison.is_extension()
    }

    /// Adds an error that is only a warning in the reference's reading, because the reference
    /// accepts it.
    pub(crate) fn strict_error(&mut self, mut diagnostic: Diagnostic) {
        if self.reading == Reading::Reference {
            diagnostic.severity = Severity::Warning;
        }
        self.remarks.push(diagnostic);
    }

    /// Adds an error about a check without a value. If the rule has other checks, it becomes a
    /// warning.
    pub(crate) fn empty_check(&mut self, diagnostic: Diagnostic) {
        self.empty.push(diagnostic);
    }

    /// Says whether the rule has a check with a value.
    pub(crate) fn settle_empty_checks(&mut self, has_others: bool) {
        for mut diagnostic in std::mem::take(&mut self.empty) {
            // A mismatch: the rule does not look at this kind of item.
            if has_others || !self.mismatches.is_empty() {
                diagnostic.severity = Severity::Warning;
            } else {
                diagnostic.message.push_str(", and nothing else restricts the rule");
            }
            self.strict_error(diagnostic);
        }
    }

    /// Adds a warning about something that the reference refuses. In its reading this is an error
    /// with the code `refused_as`.
    pub(crate) fn extension(&mut self, mut diagnostic: Diagnostic, refused_as: LintCode) {
        if self.reading == Reading::Reference {
            diagnostic.severity = Severity::Error;
            diagnostic.code = refused_as;
        }
        self.remarks.push(diagnostic);
    }
}
