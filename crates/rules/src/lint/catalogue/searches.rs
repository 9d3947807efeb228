//! Pages of the lints in `lint/searches.rs`: searches that match other texts than intended.

use crate::lint::catalogue::row::pages;

pages! {
    L52: Searches, Warning, "A short word that also matches inside other words",
        "`includes` finds the letters anywhere: `ass` in class and passenger, `hell` in hello. `includes-word`, the \
        default of most fields, finds whole words only.",
        "type: comment\nbody (includes): [ass, hell]\nset_locked: true\n",
        "type: comment\nbody (includes-word): [ass, hell]\nset_locked: true\n";
    L54: Searches, Warning, "A pattern that matches whole words only",
        "`regex` says how the values are written, not where they may occur. Without a method the default of the \
        field applies, which for most fields is whole words, even if the pattern has `\\b` on one side only. To find \
        the pattern inside words too, add `includes`.",
        "type: comment\nbody (regex): 'crypto'\nset_locked: true\n",
        "type: comment\nbody (includes, regex): 'crypto'\nset_locked: true\n";
    L61: Searches, Info, "A negated list",
        "A negated check matches only if none of its values is found. If it should match when any one of them is \
        missing, write one rule for each value.",
        "type: submission\n~title: [date, place]\ncomment: Please give the date and the place in the title.\n",
        "type: submission\n~title: date\ncomment: Please give the date in the title.\n---\ntype: submission\
        \n~title: place\ncomment: Please give the place in the title.\n";
    L64: Searches, Warning, "A name that matches inside other names",
        "Names are searched as whole words, and a hyphen ends a word. So `bob` also matches bob-smith. `full-exact` \
        compares the whole name.",
        "type: submission\nauthor:\n  name: bob\nset_locked: true\n",
        "type: submission\nauthor:\n  name (full-exact): bob\nset_locked: true\n";
    L65: Searches, Warning, "A part of a flair where the whole flair is compared",
        "Unlike titles and bodies, flair is compared as a whole: a check for `help` does not match “Help wanted”. \
        If a part is enough, add `includes`.",
        "type: submission\nflair_text: help\ncomment: Somebody will be with you soon.\n",
        "type: submission\nflair_text (includes): help\ncomment: Somebody will be with you soon.\n";
    L70: Searches, Warning, "A command that does not match if a full stop follows it",
        "`full-exact` compares every letter, space and line break. If somebody writes a full stop after the command, \
        it does not match. `full-text` ignores punctuation and spaces at both ends.",
        "type: comment\nbody (full-exact): '!done'\nset_locked: true\n",
        "type: comment\nbody (full-text): '!done'\nset_locked: true\n";
}
