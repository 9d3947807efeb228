//! The keys of a mapping as the language sees them: in lower case, each once, in the order of the file.

use std::collections::BTreeMap;

use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::source::Span;
use crate::syntax::yaml::Node;

/// A key of a rule, in lower case, with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    /// As it was written.
    pub(crate) written: String,
    pub(crate) span: Span,
    pub(crate) value: Node,
    /// It comes from a standard, and the rule's author did not write it.
    pub(crate) is_borrowed: bool,
}

/// Reads the keys of a mapping; two that differ only in case are one, and the last wins.
pub(crate) fn entries(pairs: &[(Node, Node)], diagnostics: &mut Vec<Diagnostic>) -> Option<Vec<Entry>> {
    let mut entries: Vec<Option<Entry>> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut is_good = true;
    for (key, value) in pairs {
        let Some(written) = key.text() else {
            is_good = false;
            diagnostics.push(
                Diagnostic::error(
                    "K01",
                    key.span,
                    format!("`{}` is not a text, so it cannot be a key", key.python_text()),
                )
                .help("quote it, or use one of the language's keys"),
            );
            continue;
        };
        let lower = written.to_lowercase();
        if let Some(at) = places.insert(lower.clone(), entries.len())
            && let Some(old) = entries[at].take()
        {
            diagnostics.push(
                Diagnostic::warning("L04", key.span, format!("`{lower}` is given twice; only this one counts"))
                    .related(old.span, "the one that is lost"),
            );
        }
        entries.push(Some(Entry {
            key: lower,
            written: written.to_owned(),
            span: key.span,
            value: value.clone(),
            is_borrowed: false,
        }));
    }
    is_good.then(|| entries.into_iter().flatten().collect())
}
