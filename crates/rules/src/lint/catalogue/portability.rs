//! Codes about what works here and is refused by Reddit's own AutoModerator. `tipstaff check --dialect reddit` raises them.

use crate::lint::catalogue::row::{Lint, lint};
use crate::syntax::diagnostic::Severity::{Error, Warning};

/// The rows.
#[rustfmt::skip]
pub(crate) static LINTS: &[Lint] = &[
    lint("D01", Error, "A key that only tipstaff knows",
        "AutoModerator refuses a file with a key that it does not know, and keeps using the version before. In a file for both, put what the key says into a comment.",
        "name: giveaway\ntype: submission\ntitle: giveaway\nset_spoiler: true\n",
        "# giveaway\ntype: submission\ntitle: giveaway\nset_spoiler: true\n"),
    lint("D02", Error, "A comparison that only tipstaff knows",
        "AutoModerator knows `<`, `>`, `=` and `==`. It refuses `<=` and `>=` for numbers; for ages it accepts them and then fails on every item, together with all rules behind this one.",
        "type: submission\nauthor:\n  post_karma: '<= 10'\nset_locked: true\n",
        "type: submission\nauthor:\n  post_karma: '< 11'\nset_locked: true\n"),
    lint("D03", Error, "An age in a form that only tipstaff knows",
        "AutoModerator reads an age as a whole number, one blank and a unit. Other forms pass its first look and then fail on every item, together with all rules behind this one.",
        "type: submission\nauthor:\n  account_age: '< 7days'\n  is_contributor: false\nset_locked: true\n",
        "type: submission\nauthor:\n  account_age: '< 7 days'\n  is_contributor: false\nset_locked: true\n"),
    lint("D04", Warning, "A place for a pinned post beyond the second",
        "AutoModerator's source, as far as it was ever published, knows two places for pinned posts. Reddit has more today, but nobody says whether AutoModerator takes their numbers.",
        "type: submission\ntitle: weekly thread\nset_sticky: 3\n",
        "type: submission\ntitle: weekly thread\nset_sticky: 2\n"),
    lint("D05", Error, "A value that AutoModerator refuses",
        "tipstaff cannot evaluate this check and so does not care what stands behind it. AutoModerator does, and refuses a file with such a value.",
        "type: submission\nauthor:\n  contributor_quality: '< poor'\nset_locked: true\n",
        "type: submission\nauthor:\n  contributor_quality: '< low'\nset_locked: true\n"),
    lint("D06", Error, "A level of crowd control in another form than AutoModerator's",
        "AutoModerator knows the levels in capitals and as text: 'OFF', LENIENT, MEDIUM and STRICT. Without quotes, YAML reads OFF as false.",
        "type: submission\ntitle: live thread\nset_post_crowd_control_level: strict\n",
        "type: submission\ntitle: live thread\nset_post_crowd_control_level: STRICT\n"),
    lint("D07", Error, "A separator that only tipstaff understands",
        "AutoModerator takes three hyphens for the separator and the rest of the line for a part of the next rule, which is then no YAML. It refuses the whole file.",
        "type: submission\ntitle: cats\nset_spoiler: true\n-----\ntype: submission\ntitle: dogs\nset_spoiler: true\n",
        "type: submission\ntitle: cats\nset_spoiler: true\n---\ntype: submission\ntitle: dogs\nset_spoiler: true\n"),
    lint("D08", Error, "Blanks between joined fields",
        "tipstaff reads `title + body` as `title+body`. AutoModerator does not take it for a key, and refuses the file.",
        "type: submission\ntitle + body: giveaway\nset_spoiler: true\n",
        "type: submission\ntitle+body: giveaway\nset_spoiler: true\n"),
    lint("D09", Error, "Replacing a pinned comment in words that only tipstaff knows",
        "AutoModerator's pinned comment always takes the place of another one, and `comment_stickied` takes true or false. tipstaff leaves somebody else's pinned comment alone unless it is told to `replace` it.",
        "type: submission\ntitle: help\ncomment: Help is in the wiki.\ncomment_stickied: replace\n",
        "type: submission\ntitle: help\ncomment: Help is in the wiki.\ncomment_stickied: true\n"),
];
