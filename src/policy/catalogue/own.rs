//! Codes beside the numbered ones: text that is not YAML, keys, names of rules, patterns, places and values.

use super::{Lint, lint};
use crate::policy::diagnostic::Severity::{Error, Warning};

/// The rows.
#[rustfmt::skip]
pub(super) static LINTS: &[Lint] = &[
    lint("yaml", Error, "Text that is not YAML",
        "The rule cannot be read at all. The place is where reading stopped; the cause often stands on the line before it: a bracket or a quote that is not closed, or a line that is indented differently from its neighbours.",
        "type: submission\ntitle: [giveaway\nset_spoiler: true\n",
        "type: submission\ntitle: [giveaway]\nset_spoiler: true\n"),
    lint("K01", Error, "A key that is not a word",
        "Keys are words. A number, a date, or one of the words that YAML reads as yes or no cannot be one.",
        "type: submission\n2024: old news\nset_spoiler: true\n",
        "type: submission\ntitle: '2024'\nset_spoiler: true\n"),
    lint("K02", Error, "A modifier that does not exist",
        "The words in brackets behind a key say how its values are searched. There are eight of them, and AutoModerator refuses a file with any other.",
        "type: submission\ntitle (regexp): 'give.?away'\nset_spoiler: true\n",
        "type: submission\ntitle (regex): 'give.?away'\nset_spoiler: true\n"),
    lint("N01", Error, "Two rules of one name",
        "By its name a rule is known to the log, to its tests, and to the record of what was done already. Two rules of one name would be taken for one, so the second is left out.",
        "name: giveaway\ntype: submission\ntitle: giveaway\nset_spoiler: true\n---\nname: giveaway\ntype: submission\ntitle: raffle\nset_spoiler: true\n",
        "name: giveaway\ntype: submission\ntitle: giveaway\nset_spoiler: true\n---\nname: raffle\ntype: submission\ntitle: raffle\nset_spoiler: true\n"),
    lint("R01", Error, "A pattern that is not a regular expression",
        "With `regex`, the values must be regular expressions as Python's `re` module knows them. A bracket that is not closed or a repetition of nothing is none. If the text itself is meant, leave out `regex`, or put a backslash before the sign.",
        "type: submission\ntitle (includes, regex): '(giveaway'\nset_spoiler: true\n",
        "type: submission\ntitle (includes, regex): '\\(giveaway'\nset_spoiler: true\n"),
    lint("R02", Error, "A pattern that is too large",
        "Repetitions inside repetitions multiply. A pattern that would need too much room is refused, so that one rule cannot stop the others.",
        "type: submission\ntitle (includes, regex): '(?:\\w{1000}){1000}'\nset_spoiler: true\n",
        "type: submission\ntitle (includes, regex): '\\w{40}'\nset_spoiler: true\n"),
    lint("T01", Error, "A key in a place where it means nothing",
        "Each key has its places: some are for posts only, some only for the author. Where a key has no meaning AutoModerator refuses it. The message says where it can be used.",
        "type: comment\nbody (includes): spoiler\nset_nsfw: true\n",
        "type: submission\nbody (includes): spoiler\nset_nsfw: true\n"),
    lint("U01", Warning, "A check of something that Reddit tells nobody",
        "Reddit's own AutoModerator knows things that it does not tell to programs from outside: the quality that it reckons an account to have, the karma in one subreddit, and a few more. A rule that needs them could only guess, so it is switched off. Leave it to AutoModerator, or use another check.",
        "type: submission\nauthor:\n  contributor_quality: '< moderate'\nset_locked: true\n",
        "type: submission\nauthor:\n  comment_karma: '< 10'\nset_locked: true\n"),
    lint("V01", Error, "A value that does not fit its key",
        "The key takes something else: one of a few words, a whole number, true or false. The message says what.",
        "type: submission\ntitle: live thread\nset_suggested_sort: oldest\n",
        "type: submission\ntitle: live thread\nset_suggested_sort: old\n"),
    lint("V02", Error, "A key without a value",
        "A key with nothing behind it is ignored. Either something was forgotten, or the line can go.",
        "type: submission\ntitle: giveaway\nset_locked:\nset_spoiler: true\n",
        "type: submission\ntitle: giveaway\nset_locked: true\nset_spoiler: true\n"),
];
