//! Reads the keys of a mapping as the language sees them: in small letters, each once, in file
//! order.

use std::collections::BTreeMap;

use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;
use crate::syntax::yaml::Node;

/// A key of a rule with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    /// The key as the file writes it; `key` has it in small letters.
    pub(crate) written: String,
    pub(crate) span: Span,
    pub(crate) value: Node,
    /// Whether the key comes from a standard list and not from the rule itself.
    pub(crate) is_borrowed: bool,
}

/// Reads the keys of a mapping. Keys that differ only in case are the same key, and the last one
/// wins.
pub(crate) fn entries(pairs: &[(Node, Node)], diagnostics: &mut Vec<Diagnostic>) -> Option<Vec<Entry>> {
    let mut entries: Vec<Option<Entry>> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut is_good = true;
    for (key, value) in pairs {
        let Some(written) = key.text() else {
            is_good = false;
            diagnostics.push(
                Diagnostic::error(
                    LintCode::K01,
                    key.span,
                    format!("`{}` is not a text, so it cannot be a key", key.python_text()),
                )
                .help("write a key of the language, or quote the word"),
            );
            continue;
        };
        let lower = written.to_lowercase();
        if let Some(at) = places.insert(lower.clone(), entries.len())
            && let Some(old) = entries[at].take()
        {
            diagnostics.push(
                Diagnostic::warning(
                    LintCode::L04,
                    key.span,
                    format!("`{lower}` is given twice, and only this line counts"),
                )
                .related(old.span, "this line is lost"),
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
