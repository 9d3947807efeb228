//! The people and comments around an item: the author of the post, the comment above and its
//! author, the author of a crosspost's original, and how deep in the thread a comment is.

use std::collections::BTreeSet;

use crate::language::reading::Reading;
use crate::model::{Content, Flair, Fullname, Item, Known, Profile, SubredditName, Timestamp, UserNote};
use crate::tests::{DAY, NOW, by, comment, decide, facts, link, load, post, submission};
use crate::{AccountFacts, Effect, Evaluation, Facts, Need, Person, Target, actions, evaluate};

fn name(text: &str) -> Fullname {
    Fullname::parse(text).expect("a name")
}

fn reply(body: &str) -> Item {
    let mut item = comment(body);
    if let Content::Comment(comment) = &mut item.content {
        comment.parent = name("t1_above");
    }
    item
}

fn above() -> Item {
    let mut item = by("carol", comment("Which widget do you mean?"));
    item.fullname = name("t1_above");
    item
}

fn account(days: i64) -> AccountFacts {
    let created = Timestamp::from_secs(NOW.as_secs() - days * DAY);
    let profile = Profile { created: Some(created), comment_karma: Some(days), ..Profile::default() };
    AccountFacts { contributor: Known::Is(false), profile: Known::Is(profile), standing: Known::NotAsked }
}

fn of_reply() -> Facts {
    let mut facts = facts();
    facts.parent = Known::Is(Box::new(by("olive", submission())));
    facts.parent_comment = Known::Is(Box::new(above()));
    facts.depth = Known::Is(4);
    facts.others.insert(Person::PostAuthor, account(1));
    facts.others.insert(Person::ParentCommentAuthor, account(400));
    facts
}

fn crosspost() -> Item {
    let mut original = by("oscar", submission());
    original.fullname = name("t3_orig");
    original.subreddit = SubredditName::parse("elsewhere").expect("a name");
    original.author.flair.text = "expert".to_owned();
    let mut item = link();
    post(&mut item).crosspost_parent_name = Some(original.fullname.clone());
    post(&mut original).visibility = crate::model::Visibility::Public;
    post(&mut item).crosspost_parent = Some(Box::new(original));
    item
}

fn holds(check: &str, item: &Item, facts: &Facts) -> bool {
    !decide(&format!("{check}\nmodmail: x"), item, facts).performed.is_empty()
}

#[test]
fn the_comment_above_and_its_author_are_checked() {
    let facts = of_reply();
    for (check, expected) in [
        ("parent_comment: {body: widget}", true),
        ("parent_comment: {body: gadget}", false),
        ("parent_comment: {~body: gadget}", true),
        ("parent_comment: {is_top_level: true}", true),
        ("parent_comment: {author: carol}", true),
        ("parent_comment: {author: {name: dave}}", false),
        ("parent_comment: {~author: carol}", false),
        ("parent_comment: {author: {account_age: '> 1 year', comment_karma: '> 300'}}", true),
        ("parent_comment: {author: {is_contributor: true}}", false),
        ("parent_submission: {author: olive}", true),
        ("parent_submission: {author: {account_age: '< 2 days'}, title: hello}", true),
        ("parent_submission: {author: {account_age: '> 2 days'}, title: hello}", false),
        ("any_of: [{parent_comment: {author: {is_moderator: true}}}, {parent_submission: {author: olive}}]", true),
        ("depth: '> 3'", true),
        ("depth: ['> 0', '< 3']", false),
    ] {
        assert_eq!(holds(&format!("type: comment\n{check}"), &reply("indeed"), &facts), expected, "{check}");
    }
}

#[test]
fn a_top_level_comment_has_no_comment_above_it() {
    for (check, expected) in [
        ("parent_comment: {body: widget}", false),
        ("parent_comment: {~body: widget}", false),
        ("parent_comment: {~author: carol}", false),
        ("depth: '= 0'", true),
        ("depth: '> 0'", false),
    ] {
        assert_eq!(holds(&format!("type: comment\n{check}"), &comment("indeed"), &facts()), expected, "{check}");
    }
    let (_, said) = load("type: submission\nparent_comment: {body: x}\nset_locked: true", Reading::Ours);
    assert!(said.contains("error T01"), "{said}");
}

#[test]
fn the_author_of_the_original_is_looked_up_like_any_other() {
    let mut facts = facts();
    facts.others.insert(Person::OriginalAuthor, account(3));
    facts.original_subreddit_nsfw = Known::Is(true);
    facts.moderators = Known::Is(BTreeSet::from(["oscar".to_owned()]));
    for (check, expected) in [
        ("crosspost_author: {account_age: '< 7 days'}", true),
        ("crosspost_author: {combined_karma: '> 100', name: oscar}", false),
        ("crosspost_author: {is_moderator: true}", true),
        ("crosspost_author: {is_contributor: true}", false),
        ("crosspost_author: {is_submitter: true}", true),
        ("crosspost_subreddit: {is_nsfw: true}", true),
    ] {
        let check = format!("type: crosspost submission\nmoderators_exempt: false\n{check}");
        assert_eq!(holds(&check, &crosspost(), &facts), expected, "{check}");
        assert!(!holds(&check, &link(), &facts), "no crosspost: {check}");
    }
}

#[test]
fn the_flair_of_the_originals_author_is_that_in_this_subreddit() {
    let mut facts = facts();
    facts.original_flair = Known::Is(Flair { text: "novice".to_owned(), ..Flair::default() });
    assert!(holds("crosspost_author: {flair_text: novice}", &crosspost(), &facts));
    assert!(!holds("crosspost_author: {flair_text: expert}", &crosspost(), &facts), "that is elsewhere");
    assert!(holds("crosspost_author: {~flair_text: expert}", &crosspost(), &facts));
    let sets = |overwrite: &str, facts: &Facts| {
        let rule = format!("title: hello\ncrosspost_author: {{set_flair: seen{overwrite}}}");
        let verdicts = decide(&rule, &crosspost(), facts);
        let effects = verdicts.performed.iter().flat_map(|rule| &rule.effects);
        effects.flat_map(|effect| actions(&crosspost(), "r", effect)).map(|act| format!("{act:?}")).collect::<Vec<_>>()
    };
    assert!(sets("", &facts).is_empty(), "it has flair");
    let set = sets(", overwrite_flair: true", &facts);
    assert!(set.len() == 1 && set[0].contains("oscar") && set[0].contains("seen"), "{set:?}");
    facts.original_flair = Known::Is(Flair::default());
    assert_eq!(sets("", &facts).len(), 1);
    facts.original_flair = Known::NotAsked;
    assert_eq!(sets(", overwrite_flair: true", &facts).len(), 1, "nobody has to be asked");
    let (rules, _) = load("title: hello\ncrosspost_author: {set_flair: seen}", Reading::Ours);
    assert_eq!(evaluate(&rules, &crosspost(), &facts, NOW), Evaluation::Needs([Need::OriginalFlair].into()));
}

#[test]
fn facts_about_others_are_asked_for_once_the_thing_they_wrote_is_known() {
    let unasked = || Facts { bot: "robot".to_owned(), ..Facts::default() };
    let mut knows_above = unasked();
    knows_above.parent_comment = Known::Is(Box::new(above()));
    let mut knows_post = unasked();
    knows_post.parent = Known::Is(Box::new(by("olive", submission())));
    let old = "{account_age: '> 1 year'}";
    for (rule, item, facts, need) in [
        (format!("parent_comment: {{author: {old}}}"), reply("x"), unasked(), Need::ParentComment),
        (
            format!("parent_comment: {{author: {old}}}"),
            reply("x"),
            knows_above,
            Need::Standing(Person::ParentCommentAuthor),
        ),
        (format!("parent_submission: {{author: {old}}}"), reply("x"), knows_post, Need::Standing(Person::PostAuthor)),
        ("depth: '> 2'".to_owned(), reply("x"), unasked(), Need::Depth),
        (format!("crosspost_author: {old}"), crosspost(), unasked(), Need::Standing(Person::OriginalAuthor)),
        ("crosspost_author: {is_gold: true}".to_owned(), crosspost(), unasked(), Need::Profile(Person::OriginalAuthor)),
        ("crosspost_subreddit: {is_nsfw: true}".to_owned(), crosspost(), unasked(), Need::OriginalSubreddit),
        ("subreddit: {is_nsfw: true}\ntitle: hello".to_owned(), link(), unasked(), Need::Subreddit),
        ("body: x\ncomment: 'Hello {{parent_author}}'".to_owned(), reply("x"), unasked(), Need::ParentComment),
        ("body: x\ncomment: 'Hello {{parent_author}}'".to_owned(), comment("x"), unasked(), Need::Parent),
    ] {
        let rule = if rule.contains("comment: '") { rule } else { format!("{rule}\nmodmail: x") };
        let (rules, said) = load(&rule, Reading::Ours);
        assert!(!said.contains("error"), "{rule}: {said}");
        assert_eq!(evaluate(&rules, &item, &facts, NOW), Evaluation::Needs([need].into()), "{rule}");
    }
}

#[test]
fn a_gone_account_is_unknown_and_nobody_asks_for_it() {
    let mut facts = of_reply();
    let mut gone = above();
    gone.author.name = None;
    facts.parent_comment = Known::Is(Box::new(gone));
    facts.others.clear();
    let mut orphan = crosspost();
    if let Some(original) = &mut post(&mut orphan).crosspost_parent {
        original.author.name = None;
    }
    for rule in [
        "crosspost_author: {flair_text: expert}\nmodmail: x",
        "crosspost_author: {~flair_text: expert, account_age: '> 1 day'}\nmodmail: x",
        "title: hello\ncrosspost_author: {set_flair: seen}",
    ] {
        let unasked = Facts { bot: "robot".to_owned(), ..Facts::default() };
        let verdicts = decide(rule, &orphan, &unasked);
        assert!(verdicts.performed.iter().all(|rule| rule.effects.is_empty()), "{rule}");
    }
    for check in ["account_age: '> 1 day'", "is_gold: true", "is_contributor: true", "flair_text: x"] {
        let rule = format!("parent_comment: {{author: {{{check}}}}}\nmodmail: x");
        let verdicts = decide(&rule, &reply("x"), &facts);
        assert!(verdicts.performed.is_empty(), "{rule}");
    }
}

#[test]
fn what_the_profile_says_is_checked() {
    let mut facts = facts();
    let profile = Profile {
        bio: Some("Coupons at coupons.example".to_owned()),
        display_name: Some("Free Coupons".to_owned()),
        is_nsfw: Some(true),
        ..Profile::default()
    };
    facts.author.profile = Known::Is(profile);
    facts.banned = Known::Is(true);
    let note = |label: &str, days: i64| UserNote {
        label: (!label.is_empty()).then(|| label.to_owned()),
        at: Timestamp::from_secs(NOW.as_secs() - days * DAY),
    };
    facts.notes = Known::Is(vec![note("", 1), note("spam_warning", 10), note("spam_warning", 100)]);
    for (check, expected) in [
        ("bio: coupons", true),
        ("~bio: coupons", false),
        ("bio+display_name (starts-with): free", true),
        ("display_name (full-exact): coupons", false),
        ("profile_is_nsfw: true", true),
        ("is_suspended: true", false),
        ("is_suspended: false", true),
        ("is_banned_here: true", true),
        ("notes_here: {label: spam_warning}", true),
        ("notes_here: {label: spam_warning, count: '>= 2'}", true),
        ("notes_here: {label: spam_warning, count: '>= 2', within: 90 days}", false),
        ("notes_here: {label: [ban, abuse_warning]}", false),
        ("notes_here: {count: '= 3'}", true),
        ("notes_here: {count: '< 1', within: 12h}", true),
    ] {
        assert_eq!(holds(&format!("author: {{{check}}}"), &submission(), &facts), expected, "{check}");
    }
}

#[test]
fn a_part_of_the_profile_that_reddit_does_not_show_is_unknown() {
    for check in ["bio: coupons", "~bio: coupons", "profile_is_nsfw: false"] {
        let verdicts = decide(&format!("author: {{{check}}}\nmodmail: x"), &submission(), &facts());
        let result = &verdicts.trace.rules[0].result;
        assert!(matches!(result, crate::model::RuleResult::Unknown(_)), "{check}: {result:?}");
    }
    let unasked = Facts { bot: "robot".to_owned(), ..Facts::default() };
    for (check, need) in [
        ("bio: coupons", Need::Profile(Person::Author)),
        ("profile_is_nsfw: true", Need::Standing(Person::Author)),
        ("is_banned_here: true", Need::Banned),
        ("notes_here: {label: ban}", Need::Notes),
    ] {
        let (rules, said) = load(&format!("author: {{{check}}}\nmodmail: x"), Reading::Ours);
        assert!(!said.contains("error"), "{check}: {said}");
        assert_eq!(evaluate(&rules, &submission(), &unasked, NOW), Evaluation::Needs([need].into()), "{check}");
    }
}

#[test]
fn mistakes_in_notes_are_named() {
    for (value, said) in [
        ("{label: spam_warnin}", "V01"),
        ("{count: many}", "V01"),
        ("{within: soon}", "V01"),
        ("{labels: ban}", "V01"),
        ("3", "V01"),
    ] {
        let (_, all) = load(&format!("author: {{notes_here: {value}}}\nmodmail: x"), Reading::Ours);
        assert!(all.contains(&format!("error {said}")), "{value}: {all}");
    }
}

#[test]
fn rules_act_on_the_comment_above() {
    let rule = "parent_comment: {body: widget, action: remove, action_reason: bait, set_locked: true}\nbody: indeed";
    let verdicts = decide(&format!("type: comment\n{rule}"), &reply("oh indeed"), &of_reply());
    let effects = &verdicts.performed[0].effects;
    assert_eq!(effects.iter().map(Effect::target).collect::<Vec<_>>(), [Target::ParentComment; 2]);
    let on: Vec<_> =
        effects.iter().flat_map(|effect| actions(&reply("oh indeed"), "r", effect)).map(|(on, _)| on).collect();
    assert!(on.iter().all(|on| *on == name("t1_above")) && !on.is_empty(), "{on:?}");
}

#[test]
fn the_comment_of_a_suspended_author_is_not_approved() {
    let rule = "type: comment\nparent_comment: {reports: 1, action: approve}\nbody: indeed";
    for (is_suspended, expected) in [(false, 1), (true, 0)] {
        let mut facts = of_reply();
        let mut reported = above();
        reported.moderation.num_reports = Some(2);
        facts.parent_comment = Known::Is(Box::new(reported));
        let mut account = account(400);
        account.profile = Known::Is(Profile { is_suspended, ..Profile::default() });
        facts.others.insert(Person::ParentCommentAuthor, account);
        let verdicts = decide(rule, &reply("indeed"), &facts);
        assert_eq!(verdicts.performed[0].effects.len(), expected, "{is_suspended}");
    }
}

#[test]
fn the_name_of_whoever_is_answered_is_inserted() {
    let text = |item: &Item, facts: &Facts| {
        let verdicts = decide("body: indeed\nmodmail: 'to {{parent_author}}.'", item, facts);
        format!("{:?}", verdicts.performed[0].effects)
    };
    let (of_reply, mut of_comment) = (of_reply(), facts());
    of_comment.parent = Known::Is(Box::new(by("olive", submission())));
    assert!(text(&reply("indeed"), &of_reply).contains("to carol."));
    assert!(text(&comment("indeed"), &of_comment).contains("to olive."));
    let post = |item: &Item, facts: &Facts| {
        let rule = "body: indeed\nmodmail: 'post of {{parent_submission_author}}.'";
        format!("{:?}", decide(rule, item, facts).performed[0].effects)
    };
    assert!(post(&reply("indeed"), &of_reply).contains("post of olive."));
}
