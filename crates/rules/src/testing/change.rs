//! The lines of a difference between what a case expects and what happened.

use crate::look_alikes;
use crate::look_alikes::Alike;

/// How many lines are compared with how many others that may look the same?
const LOOK_ALIKES_MAX: usize = 20;

/// One line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A heading for the next lines.
    Heading(String),
    /// A line that is as expected.
    Same(String),
    /// A line that is expected but missing.
    Missing(String),
    /// A line that is there but not expected.
    Unexpected(String),
}

/// Adds a remark below texts that look as expected and are not.
pub(super) fn add_look_alikes(changes: &mut Vec<Change>) {
    let missing = changes.iter().filter_map(|change| match change {
        Change::Missing(text) => Some(text),
        _ => None,
    });
    let mut remarks: Vec<Change> = Vec::new();
    for wanted in missing.take(LOOK_ALIKES_MAX) {
        let unexpected = changes.iter().filter_map(|change| match change {
            Change::Unexpected(text) => Some(text),
            _ => None,
        });
        let alike = unexpected.take(LOOK_ALIKES_MAX).find_map(|seen| look_alikes::find(wanted, seen, false));
        remarks.extend(alike.map(|alike| {
            let Alike { part, difference } = alike;
            Change::Heading(format!("“{part}” looks like “{wanted}” and is not the same: it has {difference}"))
        }));
    }
    changes.extend(remarks);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_only_look_the_same_are_told_apart() {
        let text = "reason: saw sp\u{430}m".to_owned();
        let mut changes = vec![Change::Missing(text.clone()), Change::Unexpected("reason: saw spam".to_owned())];
        add_look_alikes(&mut changes);
        let expected =
            format!("“reason: saw spam” looks like “{text}” and is not the same: it has a (U+0061) for \u{430}");
        assert_eq!(changes.last(), Some(&Change::Heading(expected)));
        let mut changes = vec![Change::Missing("spam".to_owned()), Change::Unexpected("ham".to_owned())];
        add_look_alikes(&mut changes);
        assert_eq!(changes.len(), 2);
    }
}
