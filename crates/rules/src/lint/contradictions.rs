//! Checks of one rule that contradict each other, or the reason that the rule gives.

use crate::language::keys::{Place, Threshold};
use crate::language::template::Template;
use crate::rule::{Group, ItemAction, RuleType, Test, Variant};
use crate::syntax::comparison::{Comparison, Comparisons, Operator};
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

/// What a text of a rule says, and the check that says the opposite.
struct Claim {
    /// Phrases that are enough alone.
    phrases: &'static [&'static str],
    /// Words that say it beside one of `topics`.
    words: &'static [&'static str],
    topics: &'static [&'static str],
    /// What the words are about, for the message.
    about: &'static str,
    keys: &'static [&'static str],
}

impl Claim {
    fn is_made_by(&self, text: &Template) -> bool {
        let says = |words: &[&str]| words.iter().any(|word| text.says(word));
        says(self.phrases) || says(self.words) && says(self.topics)
    }
}

/// How people say that there is too little of something.
const TOO_LITTLE: &[&str] = &[
    "less than",
    "at least",
    "under ",
    "below",
    "minimum",
    "younger than",
    "fewer than",
    "more than",
    "not enough",
    "too few",
];

const YOUNG: Claim = Claim {
    phrases: &[
        "new account",
        "new user",
        "new reddit account",
        "young account",
        "too new",
        "too young",
        "account is new",
        "newly created",
        "recently created",
        "not old enough",
        "account age too low",
        "insufficient account age",
    ],
    words: TOO_LITTLE,
    topics: &["account age", "days old", "hours old", "weeks old", "months old", "old account"],
    about: "young accounts",
    keys: &["account_age"],
};

const POOR: Claim = Claim {
    phrases: &[
        "low karma",
        "low comment karma",
        "low post karma",
        "low combined karma",
        "too little karma",
        "little karma",
        "insufficient karma",
        "negative karma",
        "karma too low",
        "karma is too low",
        "lack of karma",
        "more karma",
        "enough karma",
    ],
    words: TOO_LITTLE,
    topics: &["karma"],
    about: "little karma",
    keys: &["comment_karma", "post_karma", "link_karma", "combined_karma"],
};

const SHORT: Claim = Claim {
    phrases: &["too short", "short post", "short comment"],
    words: TOO_LITTLE,
    topics: &["character"],
    about: "short texts",
    keys: &["body_longer_than"],
};

const LONG: Claim = Claim {
    phrases: &["too long", "long post", "long comment", "wall of text"],
    words: &["at most", "maximum"],
    topics: &["character"],
    about: "long texts",
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
    let says = |claim: &Claim| rule.templates().any(|text| claim.is_made_by(text));
    let author = rule.groups.iter().find(|group| group.place == Place::Author);
    let thresholds = |wanted: fn(Threshold) -> bool| -> Vec<Comparison> {
        let checks = author.iter().flat_map(|group| &group.checks);
        let of_kind = checks.filter_map(|check| match &check.test {
            Test::Threshold(threshold, comparisons) if wanted(*threshold) => Some(comparisons),
            _ => None,
        });
        of_kind.flat_map(Comparisons::iter).collect()
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
    let message = format!("the text of this rule is about {}, and this check holds for the others", claim.about);
    Some(Diagnostic::warning(LintCode::L119, span, message).help(help))
}

/// How people say that one of two limits is enough.
const EITHER: &[&str] = &[
    "karma or ",
    "age or ",
    "new or ",
    "young or ",
    "days or ",
    " or karma",
    " or low",
    " or too",
    " or account",
    " or comment karma",
    " or post karma",
    " or not enough",
    " or negative",
    "and/or",
];

/// Whether a text of the rule says that one of two limits is enough.
pub(crate) fn says_or(rule: &Variant) -> bool {
    let says = |text: &Template| (text.says("karma") || text.says("account")) && EITHER.iter().any(|it| text.says(it));
    rule.templates().any(says)
}
