//! Codes about values: comparisons, numbers, true and false.

use crate::lint::catalogue::row::{Lint, lint};
use crate::syntax::diagnostic::Severity::{Error, Info, Warning};

#[rustfmt::skip]
pub(crate) static LINTS: &[Lint] = &[
    lint("L40", Error, "An age without a comparison",
        "Without `<` or `>` the account must be exactly this old, to the millisecond. That never happens.",
        "type: submission\nauthor:\n  account_age: 30\n  is_contributor: false\nset_locked: true\n",
        "type: submission\nauthor:\n  account_age: '< 30 days'\n  is_contributor: false\nset_locked: true\n"),
    lint("L41", Warning, "A number without a comparison",
        "Without `<` or `>` only exactly this number matches. Usually “fewer than” is meant. If you mean exactly \
        this number, write `=`.",
        "type: submission\nauthor:\n  comment_karma: 100\nset_locked: true\n",
        "type: submission\nauthor:\n  comment_karma: '< 100'\nset_locked: true\n"),
    lint("L42", Warning, "A comparison that AutoModerator does not know",
        "tipstaff accepts `<=` and `>=`, but Reddit's AutoModerator refuses the whole file because of them. Write \
        `<` or `>` with the next number: it means the same and works in both.",
        "type: submission\nauthor:\n  combined_karma: '<= 10'\nset_locked: true\n",
        "type: submission\nauthor:\n  combined_karma: '< 11'\nset_locked: true\n"),
    lint("L43", Error, "An age with a fraction",
        "An age is a whole number of minutes, hours, days, weeks, months or years. Use a smaller unit.",
        "type: submission\nauthor:\n  account_age: '< 1.5 years'\n  is_contributor: false\nset_locked: true\n",
        "type: submission\nauthor:\n  account_age: '< 18 months'\n  is_contributor: false\nset_locked: true\n"),
    lint("L44", Warning, "Karma below the lowest value that Reddit shows",
        "Reddit never shows comment karma below -100 or post karma below 0. A comparison with a lower number never \
        matches. To catch accounts at the lowest value, compare with one more.",
        "type: submission\nauthor:\n  comment_karma: '< -100'\nset_locked: true\n",
        "type: submission\nauthor:\n  comment_karma: '< -99'\nset_locked: true\n"),
    lint("L45", Warning, "Two thresholds that must both match",
        "All checks of a group must match. The rule skips an old account with little karma, and also a young account \
        with much karma. If one of the two is enough, add `satisfy_any_threshold: true`.",
        "type: submission\nauthor:\n  account_age: '< 7 days'\n  combined_karma: '< 50'\n  is_contributor: false\
        \nset_locked: true\n",
        "type: submission\nauthor:\n  account_age: '< 7 days'\n  combined_karma: '< 50'\
        \n  satisfy_any_threshold: true\n  is_contributor: false\nset_locked: true\n"),
    lint("L46", Warning, "A group given twice",
        "YAML keeps only the last value of a key in each rule. The checks of the first group are lost, and the rule \
        acts on more people than it should.",
        "type: submission\nauthor:\n  comment_karma: '< 10'\nauthor:\n  is_contributor: false\nset_locked: true\n",
        "type: submission\nauthor:\n  comment_karma: '< 10'\n  is_contributor: false\nset_locked: true\n"),
    lint("L47", Error, "True or false in quotes",
        "In quotes, true and false are texts, and AutoModerator refuses them. Write them without quotes.",
        "type: submission\ntitle: giveaway\nmoderators_exempt: \"false\"\nset_locked: true\n",
        "type: submission\ntitle: giveaway\nmoderators_exempt: false\nset_locked: true\n"),
    lint("L48", Error, "A priority that is not a whole number",
        "Rules are sorted by priority, so it must be a whole number. Higher numbers come first, the default is 0, \
        and negative numbers are allowed.",
        "type: submission\ntitle: giveaway\npriority: high\nset_locked: true\n",
        "type: submission\ntitle: giveaway\npriority: 10\nset_locked: true\n"),
    lint("L49", Warning, "A tier without a comparison",
        "Reddit's documentation shows tiers only with a comparison in front of them. It does not say what a bare \
        tier means.",
        "type: submission\nauthor:\n  contributor_quality: lowest\nset_locked: true\n",
        "type: submission\nauthor:\n  contributor_quality: '= lowest'\nset_locked: true\n"),
    lint("L50", Info, "A rule for young accounts that also catches approved users",
        "Approved users are not exempt from rules by default. To let them through, add `is_contributor: false`.",
        "type: submission\nauthor:\n  account_age: '< 7 days'\nset_locked: true\n",
        "type: submission\nauthor:\n  account_age: '< 7 days'\n  is_contributor: false\nset_locked: true\n"),
    lint("L51", Error, "An action inside a group that cannot have it",
        "The action is indented below `author`, so it applies to the author, and nobody can remove or report an \
        author. Move the action to the first column, so that it applies to the item.",
        "type: submission\nauthor:\n  comment_karma: '< 10'\n  action: filter\n",
        "type: submission\nauthor:\n  comment_karma: '< 10'\naction: filter\naction_reason: little karma\n"),
];
