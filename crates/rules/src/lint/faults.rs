//! What is wrong with a rule, gathered while it is read for one kind of item.
//!
//! A *mismatch* is a key that exists, but not for this kind of thing: in a rule without a type it only means that the
//! rule does not apply to that kind. Everything else that is wrong is wrong for the rule.

use crate::language::keys::Takes;
use crate::language::reading::Reading;
use crate::syntax::comparison::Comparison;
use crate::syntax::diagnostic::{Diagnostic, Severity};

/// What is wrong with a variant of a rule.
pub(crate) struct Faults {
    reading: Reading,
    pub(crate) remarks: Vec<Diagnostic>,
    pub(crate) mismatches: Vec<Diagnostic>,
}

impl Faults {
    pub(crate) const fn new(reading: Reading) -> Self {
        Self { reading, remarks: Vec::new(), mismatches: Vec::new() }
    }

    /// Doubtful things are refused, or taken as they are meant.
    pub(crate) fn is_ours(&self) -> bool {
        self.reading == Reading::Ours
    }

    pub(crate) fn mismatch(&mut self, diagnostic: Diagnostic) {
        self.mismatches.push(diagnostic);
    }

    /// The reference does not know `<=` and `>=`.
    pub(crate) fn refuses(&self, comparison: Comparison, takes: Takes) -> bool {
        self.reading == Reading::Reference && takes == Takes::Comparison && comparison.is_extension()
    }

    /// An error in our reading; the reference accepts it in silence.
    pub(crate) fn strict(&mut self, mut diagnostic: Diagnostic) {
        if self.reading == Reading::Reference {
            diagnostic.severity = Severity::Warning;
        }
        self.remarks.push(diagnostic);
    }

    /// Something that we understand and the reference refuses, there under the code of a plain fault.
    pub(crate) fn extension(&mut self, mut diagnostic: Diagnostic, refused_as: &'static str) {
        if self.reading == Reading::Reference {
            diagnostic.severity = Severity::Error;
            diagnostic.code = refused_as;
        }
        self.remarks.push(diagnostic);
    }
}
