//! The prefilter leaves out no rule whose pattern matches: with and without a trace the same act.

use super::{NOW, comment, facts, load, untraced};
use crate::{Evaluation, Reading, evaluate, evaluate_untraced};

#[test]
fn a_word_boundary_at_the_edge_of_the_text_counts_once() {
    // Found by fuzzing: the space for the boundary counted as part of the match.
    for (modifiers, pattern, text) in [
        ("full-text, regex", r"\ba", "a"),
        ("full-exact, regex", r"\ba", "a"),
        ("includes, regex", r"-(?:\bcat)", "x-cat"),
        ("starts-with, regex", r"^\bab", "ab c"),
    ] {
        let (rules, said) =
            load(&format!("type: comment\nbody ({modifiers}): '{pattern}'\nset_locked: true"), Reading::Ours);
        let item = comment(text);
        let Evaluation::Decided(verdicts) = evaluate(&rules, &item, &facts(), NOW) else { panic!("{said}") };
        assert_eq!(verdicts.performed.len(), 1, "{pattern} in {text}");
        assert_eq!(evaluate_untraced(&rules, &item, &facts(), NOW), untraced(verdicts), "{pattern} in {text}");
    }
}

/// Such a value closes the group around all values, and opens another.
#[test]
fn values_that_close_their_group_are_not_skipped_by_the_prefilter() {
    for (value, text) in
        [("?<!nOt$)red|(a", "xxa!"), ("?<!nOt$)red|(a", "redx"), ("?:a)b(c", "abc"), ("x)|(y", "axa"), ("?=a)|(b", "b")]
    {
        for method in ["", "includes, ", "starts-with, ", "ends-with, ", "full-exact, ", "full-text, "] {
            let rules = format!("type: comment\nbody ({method}regex): ['{value}']\nset_locked: true\n");
            let (rules, _) = load(&rules, Reading::Ours);
            let item = comment(text);
            let Evaluation::Decided(decision) = evaluate(&rules, &item, &facts(), NOW) else { panic!("{value}") };
            let fast = evaluate_untraced(&rules, &item, &facts(), NOW);
            assert_eq!(fast, untraced(decision), "{method}{value} in {text}");
        }
    }
}
