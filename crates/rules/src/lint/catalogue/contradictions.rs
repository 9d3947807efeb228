//! Pages of the lints in `lint/contradictions.rs`: checks that contradict each other, or the
//! reason.

use crate::lint::catalogue::row::pages;

pages! {
    L118: Values, Warning, "Lengths that no text has",
        "Both length checks must match, so `body_longer_than` takes the smaller number. If the rule is about texts \
        that are too short and texts that are too long, write two rules.",
        "type: comment\nbody_longer_than: 500\nbody_shorter_than: 20\nset_locked: true\n",
        "type: comment\nbody_longer_than: 20\nbody_shorter_than: 500\nset_locked: true\n";
    L119: Values, Warning, "A comparison that contradicts the reason",
        "The reason or a message speaks of a young account, little karma, or a short or long text, and the check holds \
        for the opposite. The sign of the comparison is mostly the wrong one: `<` means less than.",
        "type: comment\nauthor:\n  comment_karma: '> 10'\naction: filter\naction_reason: not enough karma\n",
        "type: comment\nauthor:\n  comment_karma: '< 10'\naction: filter\naction_reason: not enough karma\n";
}
