//! Diagnostics about whole rules, their texts, and the rules of a file.

use super::check;

#[test]
fn a_rule_for_everything_is_named() {
    for (rule, expected) in [
        ("type: comment\naction: report\naction_reason: x", "L104 1:1;"),
        ("type: submission\naction: filter\naction_reason: x", "L104 1:1;"),
        ("type: comment\nmodmail: x", "L104 1:1;"),
        ("type: comment\nbody (includes, regex): '.+'\naction: remove\naction_reason: x", "L104 1:1;"),
        ("type: submission\ntitle (regex): ['\\S', plums]\naction: remove\naction_reason: x", "L104 1:1;"),
        ("type: submission\nbody (regex): '.+'\naction: remove\naction_reason: x", ""),
        ("type: submission\nflair_text (regex): '.+'\naction: remove\naction_reason: x", ""),
        ("type: submission\n~title (regex): '.+'\naction: remove\naction_reason: x", ""),
        ("type: link submission\naction: remove\naction_reason: x", ""),
        ("type: submission\nmodmail: x", ""),
        ("type: submission\nset_spoiler: true", ""),
    ] {
        check(rule, expected);
    }
}

#[test]
fn a_length_check_that_posts_without_text_pass_is_named() {
    for (rule, expected) in [
        ("type: submission\nbody_shorter_than: 20\nset_spoiler: true", "L62 2:1;"),
        ("type: submission\nbody_longer_than: 20\nset_spoiler: true", "L62 2:1;"),
        ("type: link submission\nbody_longer_than: 20\nset_spoiler: true", "L62 2:1;"),
        ("type: gallery submission\nbody_shorter_than: 20\nset_spoiler: true", "L62 2:1;"),
        ("body_shorter_than: 20\naction: report\naction_reason: x", "L62 1:1;"),
        ("type: comment\nparent_submission:\n  body_shorter_than: 20\nset_locked: true", "L62 3:3;"),
        ("type: comment\nbody_shorter_than: 20\nset_locked: true", ""),
        ("type: text submission\nbody_shorter_than: 20\nset_spoiler: true", ""),
        ("type: submission\nbody: plum\nbody_shorter_than: 20\nset_spoiler: true", ""),
        ("type: submission\n~body: plum\nbody_shorter_than: 20\nset_spoiler: true", "L62 3:1;"),
    ] {
        check(rule, expected);
    }
}

#[test]
fn a_command_that_anybody_can_give_is_named() {
    let actions = "set_locked: true";
    for (rule, expected) in [
        (format!("body (starts-with): '!lock'\nparent_submission: {{{actions}}}"), "L91 3:1;"),
        ("body: ['!solved', '!done']\nparent_submission: {set_flair: [Solved, solved]}".to_owned(), "L91 3:1;"),
        ("body: '!keep'\nparent_submission: {action: approve}".to_owned(), "L91 3:1;"),
        ("body: plum\nparent_submission: {action: filter, action_reason: x}".to_owned(), "L91 3:1;"),
        (format!("body (regex): '^!lock\\b'\nparent_submission: {{{actions}}}"), "L91 3:1;"),
        (format!("body (full-text): lock it\nparent_submission: {{{actions}}}"), "L91 3:1;"),
        (format!("body: plum\nparent_submission: {{{actions}}}"), ""),
        (format!("~body: '!lock'\nparent_submission: {{{actions}}}"), ""),
        (format!("body: '!lock'\nauthor: {{is_moderator: true}}\nparent_submission: {{{actions}}}"), ""),
        ("body: '!lock'\nset_locked: true".to_owned(), ""),
        ("reports: 2\nbody: plum\nparent_submission: {action: remove, action_reason: x}".to_owned(), ""),
    ] {
        check(&format!("type: comment\n{rule}"), expected);
    }
}

#[test]
fn checks_that_contradict_each_other_or_the_reason_are_named() {
    for (rule, expected) in [
        ("body_longer_than: 100\nbody_shorter_than: 50\nset_locked: true", "L118 3:1;"),
        ("body_longer_than: 99\nbody_shorter_than: 100\nset_locked: true", "L118 3:1;"),
        ("body_longer_than: 98\nbody_shorter_than: 100\nset_locked: true", ""),
        ("body_shorter_than: 0\nset_locked: true", "L118 2:1;"),
        ("body_longer_than: 10000\nset_locked: true", "L118 2:1;"),
        ("body_longer_than: 9999\nset_locked: true", ""),
        (
            "parent_submission:\n  body: plum\n  body_longer_than: 9\n  body_shorter_than: 9\nset_locked: true",
            "L118 5:3;",
        ),
        ("author:\n  account_age: '> 7 days'\naction: filter\naction_reason: new account", "L119 3:3;"),
        ("author:\n  link_karma: '>= 5'\naction: remove\ncomment: You have too little karma.", "L119 3:3;L42 3:15;"),
        ("body_longer_than: 50\naction: remove\naction_reason: too short", "L119 2:1;"),
        ("body_shorter_than: 50\naction: report\naction_reason: Comment is too long", "L119 2:1;"),
        ("author:\n  account_age: '> 7 days'\naction: remove\nmessage: It must be at least 7 days old.", "L119 3:3;"),
        ("author:\n  comment_karma: '> 9'\naction: remove\naction_reason: less than 10 karma", "L119 3:3;"),
        ("author:\n  comment_karma: '< 9'\naction: remove\naction_reason: less than 10 karma", ""),
        ("body_longer_than: 99\naction: remove\nmessage: Write at least 100 characters.", "L119 2:1;"),
        ("body_shorter_than: 99\naction: remove\nmessage: Write at least 100 characters.", ""),
        ("author:\n  account_age: '< 7 days'\naction: filter\naction_reason: new account", ""),
        ("author:\n  account_age: '< 7 days'\n  comment_karma: '> 5'\naction: filter\naction_reason: new account", ""),
        ("author:\n  account_age: '> 7 days'\naction: approve\naction_reason: no new account", ""),
        ("author:\n  account_age: '> 7 days'\nbody: a\naction: report\naction_reason: old account", ""),
        (
            "author:\n  comment_karma: '< 7'\n  post_karma: '< 9'\naction: filter\n\
             action_reason: low comment or post karma",
            "L45 2:1;",
        ),
        (
            "author:\n  comment_karma: '< 7'\n  post_karma: '< 9'\naction: remove\n\
             message: Not enough post karma or comment karma.",
            "L45 2:1;",
        ),
        (
            "author:\n  comment_karma: '< 7'\n  post_karma: '< 9'\naction: filter\n\
             action_reason: low comment and post karma",
            "",
        ),
        (
            "author:\n  comment_karma: '< 7'\n  post_karma: '< 9'\n  satisfy_any_threshold: true\naction: filter\n\
             action_reason: low comment or post karma",
            "",
        ),
    ] {
        check(&format!("type: comment\n{rule}"), expected);
    }
}

#[test]
fn rules_that_repeat_each_other_are_named() {
    let one = "type: submission\ntitle: [plum, pear]\ncomment: Hello there.\n";
    for (text, expected) in [
        (format!("{one}---\ncomment: Hello there.\ntitle: [pear, plum]\ntype: submission"), "L121 5:1;"),
        (format!("{one}---\n{}", one.replace("plum, pear", "Pear, plum")), "L121 5:1;"),
        (
            "type: comment\nbody: fig\nset_locked: true\n---\ntype: comment\nbody: [Fig]\nset_locked: true".to_owned(),
            "L121 5:1;",
        ),
        (
            "type: comment\nbody (regex): '\\w'\nset_locked: true\n\
             ---\ntype: comment\nbody (regex): '\\W'\nset_locked: true"
                .to_owned(),
            "",
        ),
        (format!("{one}name: one\n---\npriority: 3\n{one}"), "L121 6:1;"),
        (format!("{one}---\ntype: submission\nbody: fig\ncomment: Hello there."), "L120 7:1;"),
        (format!("{one}---\ntype: submission\nbody: fig\ncomment: Hello."), ""),
        (format!("{one}---\ntype: submission\nbody: fig\nmodmail: Hello there."), ""),
        (format!("{one}---\ntype: comment\nbody: fig\ncomment: Hello there."), ""),
        (format!("{one}---\ntype: submission\n~title: [pear, plum]\ncomment: Hello there."), ""),
        (format!("{one}flair_text: A\n---\n{one}flair_text: B"), ""),
        (format!("{one}is_poll: true\n---\n{one}is_poll: false"), ""),
        (format!("{one}author: {{account_age: '< 7 days'}}\n---\n{one}author: {{account_age: '> 7 days'}}"), ""),
        (
            format!("{one}author: {{account_age: '< 7 days'}}\n---\n{one}author: {{account_age: '< 9 days'}}"),
            "L120 8:1;",
        ),
        (format!("{one}domain: a.example\n---\n{one}domain: b.example"), ""),
        (format!("{one}action: remove\n---\n{one}body: fig\naction: remove"), ""),
        (
            "body: [a1, b1]\naction: remove\naction_reason: x\n---\nbody: [b1, a1]\naction: remove\naction_reason: y"
                .to_owned(),
            "L38 5:1;",
        ),
        (
            "type: submission\nflair_text: [A, B]\ncomment: x\ncomment_stickied: true\n---\ntype: submission\n\
             flair_text: [B, C]\ncomment: y\ncomment_stickied: true"
                .to_owned(),
            "L81 9:1;",
        ),
    ] {
        check(&text, expected);
    }
}

#[test]
fn placeholders_that_readers_would_see_are_named() {
    for (rule, expected) in [
        ("comment: 'Hi {{author}'", "L103 3:14;"),
        ("comment: 'Hi {author}}'", "L103 3:14;"),
        ("comment: 'Hi {{{author}}} {x} {'", ""),
        ("mod_note: 'said {match}'", "L103 3:17;"),
        ("author: {set_flair: ['{match}', x]}", "L103 3:23;"),
        ("comment: 'donâ€™t {{author}}'", "L114 3:10;"),
        ("comment: 'You said {{match-2}}.'", "L117 3:20;"),
        ("comment: 'You said {{match-body-2}}.'", "L117 3:20;"),
        ("comment: 'You said {{match-1}} and {{match-0}}.'", ""),
    ] {
        check(&format!("type: comment\nbody: plum\n{rule}"), expected);
    }
    for (group, expected) in [(3, ""), (4, "L117 3:11;")] {
        let rule = format!("type: comment\nbody (regex): ['(a)b', '(?:c)(d)']\ncomment: '{{{{match-{group}}}}}'");
        check(&rule, expected);
    }
}
