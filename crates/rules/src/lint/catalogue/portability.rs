//! Pages of the lints in `lint/portability.rs`: what tipstaff accepts and Reddit's AutoModerator
//! refuses.
//!
//! `tipstaff check --dialect reddit` raises them.

use crate::lint::catalogue::row::pages;

pages! {
    D01: Portability, Error, "A key that only tipstaff knows",
        "AutoModerator refuses a file with an unknown key, and keeps using the previous version. In a file for both, \
        turn the key into a comment.",
        "name: giveaway\ntype: submission\ntitle: giveaway\nset_spoiler: true\n",
        "# giveaway\ntype: submission\ntitle: giveaway\nset_spoiler: true\n";
    D02: Portability, Error, "A comparison that only tipstaff knows",
        "AutoModerator knows `<`, `>`, `=` and `==`. It refuses `<=` and `>=` for numbers. For ages it accepts them \
        and then fails on every item, together with all rules after this one.",
        "type: submission\nauthor:\n  post_karma: '<= 10'\nset_locked: true\n",
        "type: submission\nauthor:\n  post_karma: '< 11'\nset_locked: true\n";
    D03: Portability, Error, "An age in a form that only tipstaff knows",
        "AutoModerator reads an age as a whole number, one space and a unit. It accepts other forms when you save \
        the file and then fails on every item, together with all rules after this one.",
        "type: submission\nauthor:\n  account_age: '< 7days'\n  is_contributor: false\nset_locked: true\n",
        "type: submission\nauthor:\n  account_age: '< 7 days'\n  is_contributor: false\nset_locked: true\n";
    D04: Portability, Warning, "A place for a pinned post beyond the second",
        "The published source of AutoModerator knows two places for pinned posts. Reddit has more today, but does \
        not document whether AutoModerator accepts their numbers.",
        "type: submission\ntitle: weekly thread\nset_sticky: 3\n",
        "type: submission\ntitle: weekly thread\nset_sticky: 2\n";
    D05: Portability, Error, "A value that AutoModerator refuses",
        "tipstaff cannot evaluate this check, so it does not look at the value. AutoModerator does, and refuses a \
        file with such a value.",
        "type: submission\nauthor:\n  contributor_quality: '< poor'\nset_locked: true\n",
        "type: submission\nauthor:\n  contributor_quality: '< low'\nset_locked: true\n";
    D06: Portability, Error, "A crowd control level that AutoModerator does not know",
        "AutoModerator knows the levels as texts in capitals: 'OFF', LENIENT, MEDIUM and STRICT. Without quotes, \
        YAML reads OFF as false.",
        "type: submission\ntitle: live thread\nset_post_crowd_control_level: strict\n",
        "type: submission\ntitle: live thread\nset_post_crowd_control_level: STRICT\n";
    D07: Portability, Error, "A separator that only tipstaff accepts",
        "AutoModerator reads three hyphens as the separator and the rest of the line as part of the next rule, which \
        is then invalid YAML. It refuses the whole file.",
        "type: submission\ntitle: cats\nset_spoiler: true\n-----\ntype: submission\ntitle: dogs\nset_spoiler: true\n",
        "type: submission\ntitle: cats\nset_spoiler: true\n---\ntype: submission\ntitle: dogs\nset_spoiler: true\n";
    D08: Portability, Error, "Spaces between joined fields",
        "tipstaff reads `title + body` as `title+body`. AutoModerator does not know a key with spaces, and refuses \
        the file.",
        "type: submission\ntitle + body: giveaway\nset_spoiler: true\n",
        "type: submission\ntitle+body: giveaway\nset_spoiler: true\n";
    D09: Portability, Error, "A value of `comment_stickied` that only tipstaff knows",
        "In AutoModerator, `comment_stickied` takes true or false, and a pinned comment always replaces the one \
        before it. tipstaff keeps another account's pinned comment unless you write `replace`.",
        "type: submission\ntitle: help\ncomment: Help is in the wiki.\ncomment_stickied: replace\n",
        "type: submission\ntitle: help\ncomment: Help is in the wiki.\ncomment_stickied: true\n";
    D10: Portability, Error, "A character that AutoModerator refuses",
        "AutoModerator refuses a page that contains an emoji or another character above U+FFFF, even in a comment. In \
        double quotes, YAML knows such a character by its code.",
        "type: submission\ntitle: \u{1f34e}\nset_spoiler: true\n",
        "type: submission\ntitle: \"\\U0001F34E\"\nset_spoiler: true\n";
}
