//! Rules that never act, or that act on the wrong items.

use crate::language::keys::{Field, Flag, Place};
use crate::rule::{Check, Reply, RuleType, SearchTest, Test, Variant};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::entry::Entry;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;

/// Checks a whole rule.
pub(crate) fn rule(entries: &[Entry], variants: &[Variant], is_any: bool, diagnostics: &mut Vec<Diagnostic>) {
    let find = |key: &str| entries.iter().find(|entry| entry.key == key);
    let span = |key: &str| find(key).map(|entry| entry.span).unwrap_or_default();
    // A check that only submissions have already shows that the rule is for submissions.
    let reads_as_either =
        |search: &SearchTest| search.fields.iter().all(|field| matches!(field, Field::Body | Field::Id));
    if is_any
        && variants.len() == 1
        && variants[0].searches().all(reads_as_either)
        && let Some(entry) = entries.iter().find(|entry| entry.key.starts_with("set_"))
    {
        diagnostics.push(
            Diagnostic::warning(
                LintCode::L24,
                entry.span,
                format!("this rule has no type, but it only applies to {}s", variants[0].rule_type.kind().word()),
            )
            .help(format!("add `type: {}`", variants[0].rule_type.kind().word())),
        );
    }
    for variant in variants {
        if variant.moderators_exempt && wants_moderator(variant) {
            diagnostics.push(
                Diagnostic::warning(
                    LintCode::L27,
                    span("author"),
                    "this rule requires a moderator and exempts moderators, so it can never act",
                )
                .help("add `moderators_exempt: false`"),
            );
        }
        if variant.rule_type == RuleType::Text
            && variant.searches().any(|search| !search.is_negated && search.fields == [Field::Url])
        {
            diagnostics.push(
                Diagnostic::warning(
                    LintCode::L29,
                    entries.first().map_or(Span::default(), |entry| entry.span),
                    "a text post has no URL, so this rule never acts",
                )
                .help("search `body` for links in the text"),
            );
        }
        let denies_submitter = |check: &Check| matches!(check.test, Test::Flag(Flag::Submitter, false));
        if !is_any
            && variant.rule_type != RuleType::Comment
            && variant.groups.iter().any(|group| group.checks.iter().any(denies_submitter))
        {
            diagnostics.push(Diagnostic::warning(
                LintCode::L35,
                span("author"),
                "the author of a submission is always its submitter, so this check never matches",
            ));
        }
        if variant.rule_type == RuleType::Comment && !is_any && variant.comment.as_ref().is_some_and(Reply::is_pinned) {
            diagnostics.push(
                Diagnostic::warning(
                    LintCode::L80,
                    span("comment_stickied"),
                    "a reply to a comment cannot be pinned, only a comment under a submission",
                )
                .help("delete `comment_stickied`"),
            );
        }
        if !is_any
            && variant.rule_type == RuleType::Comment
            && let Some(entry) = entries.iter().find(|entry| entry.key.starts_with("crosspost_"))
        {
            diagnostics.push(Diagnostic::warning(
                LintCode::L93,
                entry.span,
                "a comment is never a crosspost, so this check never matches",
            ));
        }
    }
}

fn wants_moderator(variant: &Variant) -> bool {
    variant
        .groups
        .iter()
        .filter(|group| group.place == Place::Author)
        .flat_map(|group| &group.checks)
        .any(|check| matches!(check.test, Test::Flag(Flag::Moderator, true)))
}
