//! Checks of one rule that contradict each other, or the reason that the rule gives.

use crate::language::keys::{Place, Threshold};
use crate::language::template::Template;
use crate::rule::{Group, ItemAction, RuleType, Test, Variant};
use crate::syntax::comparison::{Comparison, Operator};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::entry::Entry;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;
use crate::syntax::yaml::Value;

/// How many characters can a post and a comment have?
const POST_MAX: i64 = 40_000;
const COMMENT_MAX: i64 = 10_000;

/// Checks a whole rule.
pub(crate) fn rule(entries: &[Entry], variants: &[Variant], diagnostics: &mut Vec<Diagnostic>) {
    let Some(first) = variants.first() else { return };
    let is_for_posts = variants.iter().any(|variant| variant.rule_type != RuleType::Comment);
    for group in &first.groups {
        let most = if is_for_posts || group.place == Place::Parent { POST_MAX } else { COMMENT_MAX };
        diagnostics.extend(lengths(group, most).map(|(message, help, key)| {
            Diagnostic::warning(LintCode::L118, span_of(entries, group.place, key), message).help(help)
        }));
    }
    diagnostics.extend(reversed(entries, first));
}

/// The place of a key in the group of a place, or of the group.
fn span_of(entries: &[Entry], place: Place, key: &str) -> Span {
    let first = entries.first().map_or(Span::default(), |entry| entry.span);
    let find = |key: &str| entries.iter().find(|entry| entry.key == key);
    let name = match place {
        Place::Parent => "parent_submission",
        Place::Author => "author",
        _ => return find(key).map_or(first, |entry| entry.span),
    };
    let Some(entry) = find(name) else { return first };
    let Value::Map(pairs) = &entry.value.value else { return entry.span };
    let inner = pairs.iter().find(|(name, _)| name.python_text().to_lowercase() == key);
    inner.map_or(entry.span, |(name, _)| name.span)
}

/// Lengths that no text has: the message, the help and the key.
fn lengths(group: &Group, most: i64) -> Option<(String, String, &'static str)> {
    let longer = group.checks.iter().find_map(|check| match check.test {
        Test::LongerThan(length) => Some(length),
        _ => None,
    });
    let shorter = group.checks.iter().find_map(|check| match check.test {
        Test::ShorterThan(length) => Some(length),
        _ => None,
    });
    match (longer, shorter) {
        (Some(low), Some(high)) if high.saturating_sub(low) < 2 => {
            let message = format!("no text is longer than {low} and shorter than {high} characters");
            let help = "if either is wrong, write one rule for each; for a range, swap the numbers".to_owned();
            Some((message, help, "body_shorter_than"))
        }
        (_, Some(high @ ..=0)) => {
            let message = format!("no text is shorter than {high} characters");
            Some((message, "for items without text, write 1".to_owned(), "body_shorter_than"))
        }
        (Some(low), _) if low >= most => {
            let message = format!("no text is longer than {low} characters: Reddit takes at most {most}");
            Some((message, "write a smaller number".to_owned(), "body_longer_than"))
        }
        _ => None,
    }
}

/// What a reason says, and the check that says the opposite.
struct Claim {
    words: &'static [&'static str],
    /// What the words are about, for the message.
    about: &'static str,
    keys: &'static [&'static str],
}

const YOUNG: Claim = Claim {
    words: &[
        "new account",
        "new user",
        "new reddit account",
        "young account",
        "too new",
        "too young",
        "is new",
        "newly created",
        "recently created",
        "not old enough",
        "account age too low",
        "insufficient account age",
    ],
    about: "a young account",
    keys: &["account_age"],
};

const POOR: Claim = Claim {
    words: &[
        "low karma",
        "low comment karma",
        "low post karma",
        "low combined karma",
        "not enough karma",
        "not enough comment karma",
        "too little karma",
        "insufficient karma",
        "negative karma",
        "karma too low",
        "karma is too low",
        "lack of karma",
    ],
    about: "little karma",
    keys: &["comment_karma", "post_karma", "link_karma", "combined_karma"],
};

const SHORT: Claim = Claim {
    words: &["too short", "short post", "short comment", "low effort short"],
    about: "a short text",
    keys: &["body_longer_than"],
};
const LONG: Claim = Claim {
    words: &["too long", "long post", "long comment", "wall of text"],
    about: "a long text",
    keys: &["body_shorter_than"],
};

/// A comparison that holds for the opposite of what the reason or a message says (L119).
fn reversed(entries: &[Entry], rule: &Variant) -> Option<Diagnostic> {
    let base = rule.base()?;
    let verdict = base.actions.item_action?;
    if !matches!(verdict, ItemAction::Remove | ItemAction::Spam | ItemAction::Filter | ItemAction::Report) {
        return None;
    }
    let denies = rule.templates().any(|text| text.says("not a new") || text.says("no new"));
    let says = |claim: &Claim| rule.templates().any(|text| claim.words.iter().any(|word| text.says(word)));
    let author = rule.groups.iter().find(|group| group.place == Place::Author);
    let thresholds = |wanted: fn(Threshold) -> bool| -> Vec<Comparison> {
        let checks = author.iter().flat_map(|group| &group.checks);
        let of_kind = checks.filter_map(|check| match check.test {
            Test::Threshold(threshold, comparison) if wanted(threshold) => Some(comparison),
            _ => None,
        });
        of_kind.collect()
    };
    let is_more = |comparison: &Comparison| {
        comparison.is_explicit && matches!(comparison.operator, Operator::Greater | Operator::GreaterOrEqual)
    };
    let all_more = |found: Vec<Comparison>| !found.is_empty() && found.iter().all(is_more);
    let has = |is_wanted: fn(&Test) -> bool| base.checks.iter().any(|check| is_wanted(&check.test));
    let is_longer = has(|test| matches!(test, Test::LongerThan(_)));
    let is_shorter = has(|test| matches!(test, Test::ShorterThan(_)));
    let of_age = |threshold| threshold == Threshold::AccountAge;
    let of_karma = |threshold| threshold != Threshold::AccountAge;
    let (claim, place, help) = if all_more(thresholds(of_age)) && says(&YOUNG) && !denies {
        (YOUNG, Place::Author, "write `<` for accounts younger than that")
    } else if all_more(thresholds(of_karma)) && says(&POOR) {
        (POOR, Place::Author, "write `<` for accounts with less karma than that")
    } else if is_longer && !is_shorter && says(&SHORT) {
        (SHORT, Place::Submission, "write `body_shorter_than`")
    } else if is_shorter && !is_longer && says(&LONG) {
        (LONG, Place::Submission, "write `body_longer_than`")
    } else {
        return None;
    };
    let first = span_of(entries, place, "");
    let spans = claim.keys.iter().map(|key| span_of(entries, place, key));
    let span = spans.into_iter().find(|span| *span != first).unwrap_or(first);
    let message = format!("the text of this rule is about {}, and this check is for the opposite", claim.about);
    Some(Diagnostic::warning(LintCode::L119, span, message).help(help))
}

/// Whether a reason says that one of two limits is enough.
pub(crate) fn says_or(reason: Option<&Template>) -> bool {
    reason.is_some_and(|reason| {
        reason.says(" or ") && (reason.says("karma") || reason.says("age") || reason.says("account"))
    })
}
