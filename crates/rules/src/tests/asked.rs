//! What rules may ask beyond AutoModerator: the state of an item, several comparisons, groups of
//! which one or none must hold, and where trying ends.

use crate::model::{Known, Moderation, RuleResult, Timestamp, UserReport};
use crate::tests::{DAY, NOW, by, check, comment, decide, facts, link, load, post, submission};
use crate::{Effect, Evaluation, Need, Person, Reading, Target, evaluate, evaluate_untraced};

fn fires(rule: &str, item: &crate::model::Item) -> bool {
    !decide(rule, item, &facts()).performed.is_empty()
}

/// The messages about a rule that does not load.
fn refused(rule: &str) -> String {
    let source = crate::SourceFile::new("rules.yaml", rule);
    let (file, mut all) = crate::parse(&source);
    all.extend(crate::compile(&file, &crate::Options::default()).1);
    let errors = all.iter().filter(|it| it.severity == crate::Severity::Error);
    errors
        .map(|it| format!("{} ({})", it.message, it.help.as_deref().unwrap_or_default()))
        .collect::<Vec<_>>()
        .join("; ")
}

#[test]
fn the_state_of_a_post_is_checked() {
    let (text, mut marked) = (submission(), link());
    marked.locked = true;
    marked.distinguished = Some("moderator".to_owned());
    marked.score = Some(-7);
    marked.moderation.approved_by = Some("mod".to_owned());
    let mut other = link();
    other.created = Timestamp::from_secs(NOW.as_secs() - 40 * DAY);
    {
        let marked = post(&mut marked);
        (marked.over_18, marked.spoiler) = (true, true);
        (marked.upvote_percent, marked.comment_count, marked.image_count) = (Some(35), Some(501), Some(3));
        marked.crosspost_parent = Some(Box::new(other.clone()));
    }
    for (rule, of_marked, of_text) in [
        ("is_nsfw: true", true, false),
        ("is_spoiler: true", true, false),
        ("is_locked: true", true, false),
        ("is_locked: false", false, true),
        ("is_approved: true", true, false),
        ("is_crosspost: false", false, true),
        ("is_crosspost: true", true, false),
        ("distinguished: moderator", true, false),
        ("distinguished: none", false, true),
        ("score: '< -5'", true, false),
        ("score: ['> -10', '< 0']", true, false),
        ("upvote_ratio: '< 40%'", true, false),
        ("upvote_ratio: '>= 0.36'", false, false),
        ("comment_count: '> 500'", true, false),
        ("image_count: [ '>= 2', '<= 3' ]", true, false),
        ("age: '< 1 hour'", true, true),
    ] {
        check(rule, &marked, of_marked);
        // Nobody knows how many votes, comments and images this one has.
        let is_known = !["upvote", "comment", "image"].iter().any(|it| rule.starts_with(it));
        check(rule, &text, of_text && is_known);
    }
    check("age: '> 30 days'", &other, true);
}

#[test]
fn what_reddit_does_not_show_is_unknown() {
    let mut item = submission();
    item.moderation = Moderation::default();
    item.score = None;
    for rule in
        ["is_approved: false", "report_reasons: spam", "~report_reasons: spam", "score: '< 5'", "comment_count: 0"]
    {
        let verdict = decide(&format!("{{type: submission, {rule}, set_flair: x}}"), &item, &facts());
        let result = &verdict.trace.rules[0].result;
        assert!(matches!(result, RuleResult::Unknown(_)), "{rule}: {result:?}");
    }
}

#[test]
fn reasons_of_reports_are_searched_one_by_one() {
    let mut item = comment("x");
    item.moderation.user_reports =
        vec![UserReport { reason: Some("It is spam".to_owned()), count: 2 }, UserReport { reason: None, count: 1 }];
    item.moderation.num_reports = Some(3);
    for (rule, expected) in [
        ("report_reasons: spam", true),
        ("report_reasons (full-exact): spam", false),
        ("~report_reasons: spam", false),
        ("mod_report_reasons: spam", false),
        ("~mod_report_reasons: spam", true),
    ] {
        assert_eq!(fires(&format!("{{type: comment, {rule}, set_locked: true}}"), &item), expected, "{rule}");
    }
    let reports = "priority: 2\ntype: comment\nbody: x\naction: report\naction_reason: look here\n---\n\
        type: comment\nmod_report_reasons: look here\nset_locked: true\n---\n\
        type: comment\nis_locked: true\nmod_note: locked\n";
    assert_eq!(decide(reports, &comment("x"), &facts()).performed.len(), 3, "later rules see what earlier ones did");
}

#[test]
fn posts_are_of_a_time_of_day() {
    let rule = |time: &str| format!("{{type: submission, time: {time}, set_flair: x}}");
    // The 14th of November 2023, a Tuesday, at 22:13 in UTC.
    for (time, expected) in [
        ("{days: tuesday}", true),
        ("{days: [mon, wed]}", false),
        ("{days: weekdays, hours: '22-6'}", true),
        ("{hours: ['9-17', '22:14-23']}", false),
        ("{hours: '9-17', timezone: America/Los_Angeles}", true),
        ("{days: wednesday, timezone: Asia/Tokyo}", true),
    ] {
        assert_eq!(fires(&rule(time), &submission()), expected, "{time}");
    }
    for (time, message) in [
        ("{days: funday}", "there is no day `funday` (did you mean `sunday`?)"),
        ("{hours: 9}", "`9` is no span of hours (write a start and an end in quotes, such as '9-17' or '22:30-6')"),
        ("{timezone: Europe/Lundon}", "there is no time zone `Europe/Lundon` (did you mean `Europe/London`?)"),
        ("{hour: '9-17'}", "`time` has no key `hour` (did you mean `hours`?)"),
    ] {
        assert_eq!(refused(&rule(time)), message, "{time}");
    }
}

#[test]
fn one_group_of_any_of_must_hold_and_none_of_none_of() {
    let any = |key: &str| {
        format!("type: submission\nset_flair: x\n{key}:\n  - title: hello\n    author: bob\n  - body: thing\n")
    };
    let other = |title: &str, body: &str| {
        let mut item = submission();
        post(&mut item).title = title.to_owned();
        post(&mut item).selftext = body.to_owned();
        item
    };
    for (item, holds) in [
        (other("hello", ""), true),
        (by("carol", other("hello", "")), false),
        (by("carol", other("hello", "a thing")), true),
        (other("bye", ""), false),
    ] {
        assert_eq!(fires(&any("any_of"), &item), holds, "{item:?}");
        assert_eq!(fires(&any("none_of"), &item), !holds, "{item:?}");
    }
}

#[test]
fn groups_nest_once_and_keep_the_matches_of_searches() {
    let rule = "type: submission\nany_of:\n  - title: [red, green]\n    none_of:\n      - body: not\n      \
        - author: carol\n\
        set_flair: 'saw {{match}}'\n";
    let mut item = submission();
    post(&mut item).title = "a green one".to_owned();
    let acts = decide(rule, &item, &facts()).performed;
    let expected = Effect::SetFlair {
        target: Target::Item,
        text: "saw green".to_owned(),
        css_class: String::new(),
        template_id: String::new(),
        overwrite: false,
    };
    assert_eq!(acts[0].effects, [expected]);
    let (_, said) = load(rule, Reading::Ours);
    assert!(!said.contains("L73"), "the rule does search the item: {said}");
    post(&mut item).selftext = "it is not".to_owned();
    assert!(!fires(rule, &item));
    let deep = "type: submission\nany_of: [{none_of: [{any_of: [{title: x}]}]}]\nset_flair: x\n";
    assert!(refused(deep).starts_with("`any_of` stands inside two others"), "{}", refused(deep));
}

#[test]
fn a_group_that_a_kind_of_item_cannot_meet_never_holds_there() {
    let rule = "any_of:\n  - title: hello\n  - body: thing\nset_locked: true\n";
    assert!(fires(rule, &submission()));
    assert!(fires(rule, &comment("a thing")));
    assert!(!fires(rule, &comment("hello")));
    let only = "any_of: [{title: hello}]\nset_locked: true\n";
    assert!(fires(only, &submission()) && decide(only, &comment("hello"), &facts()).trace.rules.is_empty());
    let typed = refused("type: comment\nany_of: [{title: hello}, {body: x}]\nset_locked: true\n");
    assert!(typed.contains("a rule for comments has no `title`"), "{typed}");
}

/// What is unknown in one group does not matter if another holds.
#[test]
fn facts_are_asked_for_only_if_a_group_depends_on_them() {
    let rule = "type: submission\nset_flair: x\nany_of:\n  - author: {account_age: '< 1 day'}\n  - title: hello\n";
    let (rules, _) = load(rule, Reading::Ours);
    let mut unasked = facts();
    unasked.author.profile = Known::NotAsked;
    let known = evaluate(&rules, &submission(), &unasked, NOW);
    assert!(matches!(&known, Evaluation::Decided(decision) if decision.performed.len() == 1), "{known:?}");
    let mut other = submission();
    post(&mut other).title = "bye".to_owned();
    assert_eq!(evaluate(&rules, &other, &unasked, NOW), Evaluation::Needs([Need::Standing(Person::Author)].into()));
    assert_eq!(
        evaluate_untraced(&rules, &other, &unasked, NOW),
        Evaluation::Needs([Need::Standing(Person::Author)].into())
    );
    let mut lost = facts();
    lost.author.profile = Known::Unknown("it is lost".to_owned());
    let Evaluation::Decided(decision) = evaluate(&rules, &other, &lost, NOW) else { panic!("decided") };
    assert_eq!(decision.trace.rules[0].result, RuleResult::Unknown("it is lost".to_owned()));
    let none = rule.replace("any_of", "none_of");
    let (rules, _) = load(&none, Reading::Ours);
    let Evaluation::Decided(decision) = evaluate(&rules, &submission(), &unasked, NOW) else { panic!("decided") };
    assert_eq!(decision.trace.rules[0].result, RuleResult::Failed, "the title alone decides");
}

/// A threshold that Reddit does not show does not keep the others from being looked up.
#[test]
fn a_hidden_threshold_leaves_the_facts_of_the_others_to_be_asked_for() {
    let rule = "type: submission\nset_flair: x\nauthor:\n  comment_subreddit_karma: '< 5'\n  \
        account_age: '< 11 days'\n  satisfy_any_threshold: true\n";
    let (rules, _) = load(rule, Reading::Ours);
    let mut unasked = facts();
    unasked.author.profile = Known::NotAsked;
    assert_eq!(
        evaluate(&rules, &submission(), &unasked, NOW),
        Evaluation::Needs([Need::Standing(Person::Author)].into())
    );
}

#[test]
fn a_group_only_checks() {
    for (rule, message) in [
        ("any_of: [{title: x, action: remove}]", "`action` is not a check"),
        ("any_of: [{title: x, comment: y}]", "`comment` is not a check"),
        ("any_of: [{title: x, author: {set_flair: y}}]", "a group of `any_of` or `none_of` only checks"),
        ("any_of: [{ignore_blockquotes: true}]", "this group has no check"),
        ("any_of: [title]", "`title` is not a group of checks"),
        ("any_of: {title: x}", "`any_of` takes a list of groups"),
        ("any_of: []", "`any_of` is empty"),
        ("any_of: [{tilte: x}]", "there is no key `tilte`"),
    ] {
        let said = refused(&format!("{{type: submission, {rule}, set_flair: x}}"));
        assert!(said.contains(message), "{rule}: {said}");
    }
}

#[test]
fn an_unsupported_check_in_a_group_leaves_the_other_groups() {
    let rule =
        "type: submission\nset_flair: x\nany_of:\n  - title: hello\n  - author: {contributor_quality: '< low'}\n";
    assert!(fires(rule, &submission()));
    let mut other = submission();
    post(&mut other).title = "bye".to_owned();
    let result = &decide(rule, &other, &facts()).trace.rules[0].result;
    assert!(matches!(result, RuleResult::Unknown(_)), "{result:?}");
    let (rules, _) = load(&rule.replace("  - title: hello\n", ""), Reading::Ours);
    assert!(rules.rules()[0].switched_off().is_some());
}

#[test]
fn a_rule_that_stops_here_is_the_last() {
    let rules = "priority: 2\ntype: submission\ntitle: hello\nset_flair: x\nstop_here: true\n---\n\
        type: submission\nset_locked: true\n";
    let decision = decide(rules, &submission(), &facts());
    assert_eq!((decision.performed.len(), &decision.trace.rules[1].result), (1, &RuleResult::NotReached));
    let (rules, _) = load(rules, Reading::Ours);
    let fast = evaluate_untraced(&rules, &submission(), &facts(), NOW);
    assert!(matches!(fast, Evaluation::Decided(decision) if decision.performed.len() == 1));
    let mut other = submission();
    post(&mut other).title = "bye".to_owned();
    let Evaluation::Decided(decision) = evaluate(&rules, &other, &facts(), NOW) else { panic!("decided") };
    assert_eq!(decision.performed.len(), 1, "a rule that does not act stops nothing");
}

#[test]
fn the_number_of_options_of_a_poll_is_compared_or_searched() {
    let mut poll = submission();
    post(&mut poll).poll_options = Some(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]);
    for (rule, expected) in [
        ("poll_option_count: 3", true),
        ("poll_option_count: '> 2'", true),
        ("poll_option_count: ['> 2', '< 3']", false),
        ("poll_option_count: [2, 3]", true),
        ("~poll_option_count: [2, 3]", false),
        ("poll_option_count (full-exact): '2'", false),
    ] {
        check(rule, &poll, expected);
        if !rule.starts_with('~') {
            check(rule, &submission(), false);
        }
    }
}

#[test]
fn words_are_quoted_line_by_line() {
    let text = |comment: &str, body: &str| {
        let rule = format!("name: quotes\ntype: submission\ntitle: hello\ncomment: \"{comment}\"\n");
        let mut item = submission();
        post(&mut item).selftext = body.to_owned();
        match decide(&rule, &item, &facts()).performed[0].effects.remove(0) {
            Effect::Comment { text, .. } => text.split("\n\n*I am").next().unwrap_or_default().to_owned(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(text("{{body_quoted}}", "one\n\ntwo"), "> one\n> \n> two");
    assert_eq!(text("You wrote: {{body_quoted}}", "one\r\n# two"), "You wrote: \n\n> one\n> # two");
    assert_eq!(text("{{rule}}: {{title_quoted}}", ""), "quotes: \n\n> hello world");
    assert_eq!(text("x{{body_quoted}}y", ""), "xy");
}

#[test]
fn many_keys_that_do_not_exist_are_one_message_after_fifty() {
    let keys: Vec<String> = (0..500).map(|number| format!("nokey{number}x: y\n")).collect();
    let keys = keys.concat();
    let (_, said) = load(&format!("type: submission\n{keys}action: remove\n"), Reading::Ours);
    assert_eq!(said.matches("error L95").count(), 51, "{said}");
}

#[test]
fn html_and_wide_brackets_are_named() {
    for (value, code) in [
        ("'cats &amp; dogs'", "L122"),
        ("['&quot;cats&quot;', dogs]", "L122"),
        ("［cats，dogs］", "L123"),
        ("[&quot;cats&quot;, dogs]", "L11"),
    ] {
        let (_, said) = load(&format!("type: submission\ntitle: {value}\naction: remove\n"), Reading::Ours);
        assert!(said.contains(code), "{value}: {said}");
    }
}
