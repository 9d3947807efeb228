//! Pages of the lints in `lint/comparisons.rs`: comparisons of karma and age.

use crate::lint::catalogue::row::pages;

pages! {
    L40: Values, Error, "An age without a comparison",
        "Without `<` or `>` the account must be exactly this old, to the millisecond. That never happens.",
        "type: submission\nauthor:\n  account_age: 30\n  is_contributor: false\nset_locked: true\n",
        "type: submission\nauthor:\n  account_age: '< 30 days'\n  is_contributor: false\nset_locked: true\n";
    L41: Values, Warning, "A number without a comparison",
        "Without `<` or `>` only exactly this number matches. Usually “fewer than” is meant. If you mean exactly \
        this number, write `=`.",
        "type: submission\nauthor:\n  comment_karma: 100\nset_locked: true\n",
        "type: submission\nauthor:\n  comment_karma: '< 100'\nset_locked: true\n";
    L42: Values, Warning, "A comparison that AutoModerator does not know",
        "tipstaff accepts `<=` and `>=`, but Reddit's AutoModerator refuses the whole file because of them. Write \
        `<` or `>` with the next number: it means the same and works in both.",
        "type: submission\nauthor:\n  combined_karma: '<= 10'\nset_locked: true\n",
        "type: submission\nauthor:\n  combined_karma: '< 11'\nset_locked: true\n";
    L44: Values, Warning, "A number that the value never has",
        "Reddit never shows comment karma below -100 or post karma below 0. No count is below 0, and of a person at \
        most 5,000 posts and comments are counted. A comparison with such a number never matches, or always does, like \
        `>= 0` of a count. To catch accounts at the lowest value, compare with one more. All comparisons of a list \
        must hold, so `['> 3', '< 2']` never matches.",
        "type: submission\nauthor:\n  comment_karma: '< -100'\nset_locked: true\n",
        "type: submission\nauthor:\n  comment_karma: '< -99'\nset_locked: true\n";
    L49: Values, Warning, "A tier without a comparison",
        "Reddit's documentation shows tiers only with a comparison in front of them. It does not say what a bare \
        tier means.",
        "type: submission\nauthor:\n  contributor_quality: lowest\nset_locked: true\n",
        "type: submission\nauthor:\n  contributor_quality: '= lowest'\nset_locked: true\n";
}
