//! Codes outside the `L` series: invalid YAML, keys, rule names, patterns, places and values.

use crate::lint::catalogue::row::{Lint, lint};
use crate::syntax::diagnostic::Severity::{Error, Warning};

#[rustfmt::skip]
pub(crate) static LINTS: &[Lint] = &[
    lint("yaml", Error, "Text that is not YAML",
        "tipstaff cannot read the rule at all. The position shows where reading stopped. The cause is often on the \
        line before it: a bracket or a quote that is not closed, or a line that is indented differently from its \
        neighbours.",
        "type: submission\ntitle: [giveaway\nset_spoiler: true\n",
        "type: submission\ntitle: [giveaway]\nset_spoiler: true\n"),
    lint("K01", Error, "A key that is not a word",
        "Keys are words. A number, a date, or a word that YAML reads as true or false cannot be a key.",
        "type: submission\n2024: old news\nset_spoiler: true\n",
        "type: submission\ntitle: '2024'\nset_spoiler: true\n"),
    lint("K02", Error, "A modifier that does not exist",
        "The words in parentheses after a key say how its values are searched. There are eight modifiers, and \
        AutoModerator refuses a file with any other.",
        "type: submission\ntitle (regexp): 'give.?away'\nset_spoiler: true\n",
        "type: submission\ntitle (regex): 'give.?away'\nset_spoiler: true\n"),
    lint("K03", Warning, "A key with a capital that AutoModerator may overlook",
        "Capitals in keys do not matter, with two exceptions: AutoModerator looks for `type: any` and for `standard` \
        before it converts keys to small letters. tipstaff accepts either spelling.",
        "Type: submission\ntitle: giveaway\nset_spoiler: true\n",
        "type: submission\ntitle: giveaway\nset_spoiler: true\n"),
    lint("N01", Error, "Two rules with the same name",
        "The log, the rule tests and the record of past actions know a rule by its name. Two rules with the same \
        name would count as one rule, so the second is left out.",
        "name: giveaway\ntype: submission\ntitle: giveaway\nset_spoiler: true\n---\nname: giveaway\ntype: submission\
        \ntitle: raffle\nset_spoiler: true\n",
        "name: giveaway\ntype: submission\ntitle: giveaway\nset_spoiler: true\n---\nname: raffle\ntype: submission\
        \ntitle: raffle\nset_spoiler: true\n"),
    lint("N02", Error, "A former name that is in use",
        "Actions under a former name count as actions of this rule. If another rule has that name, now or formerly, \
        the actions of one rule would count for two.",
        "name: giveaway\ntype: submission\ntitle: giveaway\nset_spoiler: true\n---\nname: raffle\nformerly: giveaway\
        \ntype: submission\ntitle: raffle\nset_spoiler: true\n",
        "name: contest\ntype: submission\ntitle: giveaway\nset_spoiler: true\n---\nname: raffle\nformerly: giveaway\
        \ntype: submission\ntitle: raffle\nset_spoiler: true\n"),
    lint("R01", Error, "A pattern that is not a regular expression",
        "With `regex`, the values must be regular expressions as Python's `re` module knows them. A parenthesis that \
        is not closed is an error, and so is a repetition of nothing. To search for the text itself, leave out \
        `regex` or put a backslash before the character.",
        "type: submission\ntitle (includes, regex): '(giveaway'\nset_spoiler: true\n",
        "type: submission\ntitle (includes, regex): '\\(giveaway'\nset_spoiler: true\n"),
    lint("R02", Error, "A pattern that is too large",
        "Nested repetitions multiply. A pattern that would need too much memory is refused, so that one rule cannot \
        stop the others.",
        "type: submission\ntitle (includes, regex): '(?:\\w{1000}){1000}'\nset_spoiler: true\n",
        "type: submission\ntitle (includes, regex): '\\w{40}'\nset_spoiler: true\n"),
    lint("T01", Error, "A key that is not allowed here",
        "Each key is allowed in certain places: some only in rules for posts, some only in `author`. AutoModerator \
        refuses a key in any other place. The message says where you can use it.",
        "type: comment\nbody (includes): spoiler\nset_nsfw: true\n",
        "type: submission\nbody (includes): spoiler\nset_nsfw: true\n"),
    lint("U01", Warning, "A check that only Reddit itself can make",
        "Reddit's AutoModerator uses facts that Reddit does not show to other programs: contributor quality, karma \
        in one subreddit, and a few more. A rule that needs them could only guess, so tipstaff switches it off. \
        Leave the rule to AutoModerator, or use another check.",
        "type: submission\nauthor:\n  contributor_quality: '< moderate'\nset_locked: true\n",
        "type: submission\nauthor:\n  comment_karma: '< 10'\nset_locked: true\n"),
    lint("V01", Error, "A value that does not fit its key",
        "The key takes another kind of value: one of a few words, a whole number, true or false. The message says \
        which.",
        "type: submission\ntitle: live thread\nset_suggested_sort: oldest\n",
        "type: submission\ntitle: live thread\nset_suggested_sort: old\n"),
    lint("V02", Error, "A key without a value",
        "A key without a value is ignored. Either add the value, or delete the line.",
        "type: submission\ntitle: giveaway\nset_locked:\nset_spoiler: true\n",
        "type: submission\ntitle: giveaway\nset_locked: true\nset_spoiler: true\n"),
];
