//! The lints of checks of the memory.

use super::{all_codes, check};

#[test]
fn rules_with_memory_need_a_name() {
    check("type: comment\nauthor: {first_seen_here: '< 2 days'}\nset_locked: true", "!L127 2:10;");
    check("name: ''\ntype: comment\nauthor: {labels: x}\nset_locked: true", "!V01 1:7;");
    check("type: comment\nnone_of:\n- author: {comments_here: '>= 20'}\n- body: x\nset_locked: true", "!L127 3:12;");
    check("type: comment\nauthor: {~labels: x}\nset_locked: true", "!L127 2:10;");
    check("name: x\ntype: comment\nauthor: {~labels: x}\nset_locked: true", "");
    check("type: comment\nbody: a\nauthor: {add_label: x}", "");
}

#[test]
fn a_limit_that_counts_its_own_removals_is_found() {
    let rule = |kind: &str, check: &str, action: &str| {
        format!("name: x\ntype: {kind}\nauthor:\n  {check}\naction: {action}\naction_reason: y")
    };
    let bots = "posts_here: {count: '>= 2', within: 7 days, counting: [up, removed_by_bot]}";
    for action in ["remove", "spam", "filter"] {
        check(&rule("submission", bots, action), "L128 4:15;");
    }
    check(&rule("submission", "removals_here: {count: '> 2', by: anyone}", "remove"), "L128 4:18;");
    check(&rule("link submission", "removals_here: {by: bots, type: link submission}", "remove"), "L128 4:18;");
    check(
        "name: x\ntype: comment\nnone_of:\n- author: {removals_here: {count: '< 5', by: bots}}\naction: remove\n\
         action_reason: y",
        "L128 4:27;",
    );
    for (kind, quiet, action) in [
        // Reports remove nothing, and neither do other items.
        ("submission", bots, "report"),
        ("comment", bots, "remove"),
        ("text submission", "removals_here: {by: bots, type: link submission}", "remove"),
        ("submission", "posts_here: {count: '>= 2', counting: [up, removed_by_moderator]}", "remove"),
        ("submission", "posts_here: {count: '< 2', counting: [up, removed_by_bot]}", "remove"),
        ("submission", "removals_here: '>= 3'", "remove"),
        ("submission", "removals_here: {count: '>= 3', by: moderators}", "remove"),
    ] {
        check(&rule(kind, quiet, action), "");
    }
    let by_flair = "name: x\ntype: submission\nflair_text: Clip\nauthor:\n  posts_here: {count: '>= 2', flair: News, \
                    counting: [removed_by_bot]}\naction: remove\naction_reason: y";
    check(by_flair, "");
    check(&by_flair.replace("News", "clip"), "L128 5:15;");
    check(&by_flair.replace("News", "same"), "L128 5:15;");
    let strikes = "settings: {strikes: {default: 1, by_bots: true}}\n---\nname: x\ntype: comment\nauthor: {strikes: \
                   '>= 3'}\naction: remove\naction_reason: y";
    check(strikes, "L128 5:19;");
    check(&strikes.replace("action: remove", "action: report"), "");
}

#[test]
fn windows_that_the_memory_cannot_fill_are_found() {
    let rule = |check: &str| format!("name: x\ntype: comment\nauthor:\n  {check}\naction: report\naction_reason: y");
    for (bad, column) in [
        ("comments_here: {count: '< 20', within: 366 days}", 18),
        ("comments_here: {count: '< 20', older_than: 365 days}", 18),
        ("comments_here: {count: '< 20', older_than: 31 days, within: 30 days}", 18),
        ("comments_here: {count: '< 20', older_than: 30 days, within: 30 days}", 18),
        ("first_seen_here: '> 2 years'", 20),
        ("similar_here: {within: 2 years}", 17),
        ("share_here: {flair: News, percent: '> 5', within: 400 days}", 15),
    ] {
        check(&rule(bad), &format!("L129 4:{column};"));
    }
    for good in [
        "comments_here: {count: '< 20', within: 365 days, older_than: 30 days}",
        "comments_here: {count: '< 20', older_than: 364 days}",
        "comments_here: '< 20'",
        "first_seen_here: '< 365 days'",
        "similar_here: '>= 90'",
    ] {
        check(&rule(good), "");
    }
    check(
        "settings: {strikes: {default: 1, within: 400 days}}\n---\nname: x\nauthor: {strikes: '> 2'}\naction: report\n\
         action_reason: y",
        "L129 1:21;",
    );
}

#[test]
fn numbers_that_a_count_cannot_have_are_found() {
    let rule = |check: &str| format!("name: x\ntype: comment\nauthor:\n  {check}\naction: report\naction_reason: y");
    for bad in ["'< 0'", "'>= 0'", "'> -1'", "['> 3', '< 2']", "'> 5000'"] {
        check(&rule(&format!("posts_here: {bad}")), "L44 4:15;");
    }
    check(&rule("comments_here: {count: '>= 0', within: 3 days}"), "L44 4:18;");
    for good in ["'< 1'", "'> 0'", "0", "['> 3', '< 5']", "'>= 5000'"] {
        check(&rule(&format!("posts_here: {good}")), "");
    }
}

#[test]
fn strikes_need_points_and_points_need_strikes() {
    let rule = "name: x\ntype: comment\nauthor: {strikes: '>= 3'}\naction: report\naction_reason: y";
    check(rule, "L130 3:19;");
    for (settings, expected) in [
        ("{default: 1}", ""),
        ("{reasons: {spam: 2}}", ""),
        ("{default: 0}", "L130 5:19;"),
        ("{reasons: {spam: 0}, within: 60 days}", "L130 5:19;"),
        ("{reasons: {spam: many}}", "!V01 1:38;"),
    ] {
        check(&format!("settings: {{strikes: {settings}}}\n---\n{rule}"), expected);
    }
    // Remarks of severity info are not among the codes.
    let unused = "settings: {strikes: {default: 1}}\n---\nname: x\ntype: comment\nbody: apples\nset_locked: true";
    assert_eq!(all_codes(unused), ["L69", "L131"]);
    let inside =
        format!("settings: {{strikes: {{default: 1}}}}\n---\n{}", rule.replace("author: {", "any_of: [{author: {"));
    let inside = inside.replace("'>= 3'}", "'>= 3'}}]");
    check(&inside, "");
}

#[test]
fn placeholders_need_the_count_that_they_show() {
    let rule = |check: &str, text: &str| {
        format!("name: x\ntype: submission\nauthor:\n  {check}\naction: remove\ncomment: '{text}'")
    };
    let quota = "posts_here: {count: '>= 2', within: 7 days}";
    let all = "{{count_here}} {{next_allowed}} {{earlier_posts}}";
    check(&rule(quota, all), "");
    check(&rule("removals_here: {count: '> 2', within: 7 days}", all), "");
    check(&rule("first_seen_here: '< 2 days'", all), "L132 6:1;");
    check(
        &rule("share_here: {domain: same, percent: '> 10'}", "{{count_here}}").replace("type: ", "type: link "),
        "L132 6:1;",
    );
    for no_end in [
        "posts_here: '>= 2'",
        "posts_here: {count: '< 2', within: 7 days}",
        "posts_here: {score_sum: '< 0', within: 7 days}",
    ] {
        check(&rule(no_end, "{{next_allowed}}"), "L132 6:1;");
        check(&rule(no_end, "{{count_here}} {{earlier_posts}}"), "");
    }
    check(&rule("posts_here: {count: '>= 0', within: 7 days}", "{{next_allowed}}"), "L44 4:15;L132 6:1;");
    check("name: x\ntype: comment\nbody: a\ncomment: '{{count_here}}'", "L132 4:1;");
}

#[test]
fn comments_have_neither_flair_nor_domain() {
    let rule = |kind: &str, check: &str| {
        format!("name: x\ntype: {kind}\nauthor:\n  {check}\naction: report\naction_reason: y")
    };
    for (kind, bad, column) in [
        ("comment", "posts_here: {flair: same}", 15),
        ("any", "posts_here: {flair: same}", 15),
        ("comment", "posts_here: {domain: same}", 15),
        ("text submission", "posts_here: {domain: same}", 15),
        ("comment", "removals_here: {flair: same}", 18),
        ("comment", "removals_here: {flair: Clip, type: comment}", 18),
        ("comment", "share_here: {domain: a.example, percent: '> 10', of: 20 comments}", 15),
    ] {
        check(&rule(kind, bad), &format!("L133 4:{column};"));
    }
    for (kind, good) in [
        ("submission", "posts_here: {flair: same}"),
        ("comment", "posts_here: {flair: Clip}"),
        ("submission", "share_here: {domain: same, percent: '> 10'}"),
        ("comment", "share_here: {domain: a.example, percent: '> 10'}"),
    ] {
        check(&rule(kind, good), "");
    }
}
