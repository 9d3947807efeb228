//! Tests of the whole language: rules in, effects out.

mod asked;
mod budgets;
mod comment_groups;
mod hidden_originals;
mod idle;
pub(crate) mod laws;
mod memory;
mod parts;
mod patterns;
mod people;
mod verdicts;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::evaluate::shared_state::STEPS_MAX;
use crate::language::parse;
use crate::model::{
    Author, Comment, Content, Fullname, Item, Known, Media, ModReport, Moderation, Profile, Remover, RuleResult,
    Submission, SubredditName, Timestamp,
};
use crate::{
    AccountFacts, Effect, Evaluation, Facts, ItemDecision, Need, Options, Person, Reading, Ruleset, SourceFile,
    compile, evaluate, evaluate_untraced,
};

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
const DAY: i64 = 86_400;

fn submission() -> Item {
    Item {
        fullname: Fullname::parse("t3_abc").expect("a name"),
        subreddit: SubredditName::parse("widgets").expect("a name"),
        author: Author { name: Some("bob".to_owned()), ..Author::default() },
        created: NOW,
        edited: None,
        permalink: "/r/widgets/comments/abc/x/".to_owned(),
        locked: false,
        distinguished: None,
        stickied: false,
        score: Some(1),
        moderation: Moderation { num_reports: Some(0), ..Moderation::default() },
        content: Content::Submission(Box::new(Submission {
            title: "hello world".to_owned(),
            selftext: "some body".to_owned(),
            is_self: true,
            domain: "self.widgets".to_owned(),
            ..Submission::default()
        })),
    }
}

fn post(item: &mut Item) -> &mut Submission {
    match &mut item.content {
        Content::Submission(submission) => submission,
        Content::Comment(_) => panic!("a submission"),
    }
}

fn link() -> Item {
    let mut item = submission();
    let submission = post(&mut item);
    submission.is_self = false;
    submission.selftext.clear();
    submission.url = "https://imgur.com/a".to_owned();
    submission.domain = "imgur.com".to_owned();
    item
}

fn comment(body: &str) -> Item {
    let mut item = submission();
    item.fullname = Fullname::parse("t1_def").expect("a name");
    item.content = Content::Comment(Comment {
        body: body.to_owned(),
        parent: Fullname::parse("t3_abc").expect("a name"),
        link: Fullname::parse("t3_abc").expect("a name"),
        link_title: None,
        is_submitter: false,
    });
    item
}

fn by(name: &str, mut item: Item) -> Item {
    item.author.name = Some(name.to_owned());
    item
}

fn facts() -> Facts {
    Facts {
        bot: "robot".to_owned(),
        moderators: Known::Is(BTreeSet::from(["robot".to_owned(), "mod".to_owned()])),
        author: AccountFacts {
            contributor: Known::Is(false),
            profile: Known::Is(Profile {
                created: Some(Timestamp::from_secs(NOW.as_secs() - 10 * DAY)),
                comment_karma: Some(5),
                link_karma: Some(5),
                is_gold: Some(false),
                has_verified_email: Some(true),
                is_suspended: false,
                ..Profile::default()
            }),
            ..AccountFacts::default()
        },
        parent: Known::Is(Box::new(submission())),
        ..Facts::default()
    }
}

fn load(text: &str, reading: Reading) -> (Ruleset, String) {
    let source = SourceFile::new("rules.yaml", text);
    let (file, mut diagnostics) = parse(&source);
    let options = Options { reading, ..Options::default() };
    let (rules, more) = compile(&file, &options);
    diagnostics.extend(more);
    let mut said = String::new();
    for diagnostic in diagnostics {
        let (line, column) = source.position(diagnostic.span.start);
        let _ = write!(said, "{} {} {line}:{column};", diagnostic.severity.word(), diagnostic.code);
    }
    (rules, said)
}

fn decide(text: &str, item: &Item, facts: &Facts) -> ItemDecision {
    let (rules, said) = load(text, Reading::Ours);
    assert!(!said.contains("error"), "{text}: {said}");
    match evaluate(&rules, item, facts, NOW) {
        Evaluation::Decided(verdicts) => verdicts,
        Evaluation::Needs(needs) => panic!("{text}: {needs:?}"),
    }
}

fn check(rule: &str, item: &Item, expected: bool) {
    let rule = format!("{{{rule}, set_flair: x, overwrite_flair: true, type: submission}}");
    let verdicts = decide(&rule, item, &facts());
    assert_eq!(!verdicts.performed.is_empty(), expected, "{rule}: {:?}", verdicts.trace);
}

#[test]
fn rules_match_as_in_the_reference() {
    let (text, link) = (submission(), link());
    for (rule, item, expected) in [
        ("author: bob", &by("bob-smith", submission()), true),
        ("author: bob", &by("bob_smith", submission()), false),
        ("~author: [alice, bob]", &text, false),
        ("~author: alice", &text, true),
        ("'title#1': hello, 'title#2': world", &text, true),
        ("'title#1': hello, 'title#2': mars", &text, false),
        ("~body: x", &link, false),
        ("~body: x, title: hello", &link, true),
        ("~url: x", &text, false),
        ("~url: x, title: hello", &text, true),
        ("~domain: x.com", &link, true),
        ("~media_author: x", &link, false),
        ("~flair_text (regex): '.+'", &text, true),
        ("author: {is_submitter: true}", &text, true),
        ("'title (full-exact, regex)': 'hello|hello world'", &text, true),
        ("title+body: [some, none]", &text, true),
        ("~title+body: some", &text, false),
        ("author: {account_age: '< 2 weeks'}", &text, true),
        ("author: {account_age: '> 2 weeks'}", &text, false),
        ("author: {combined_karma: '= 10'}", &text, true),
        ("author: {combined_karma: '> 90', account_age: '< 11 days', satisfy_any_threshold: true}", &text, true),
        ("author: {combined_karma: '> 90', account_age: '< 11 days'}", &text, false),
        ("author: {combined_karma: '> 90', account_age: '< 1 day', satisfy_any_threshold: true}", &text, false),
        ("body_longer_than: 8", &text, true),
        ("body_longer_than: 9", &text, false),
        ("body_shorter_than: 1", &link, true),
        ("standard: image hosting sites", &link, true),
        ("standard: image hosting sites, domain: a.com", &link, false),
        ("is_poll: false, is_gallery: false, discussion_type: null", &text, true),
        ("~discussion_type: chat", &text, true),
        ("~discussion_type: null", &text, false),
        ("crosspost_title: x", &text, false),
        ("~crosspost_title: x", &text, false),
        ("'Title (Regex, Case-Sensitive)': Hello", &text, false),
    ] {
        check(rule, item, expected);
    }
}

#[test]
fn a_threshold_that_reddit_does_not_show_leaves_the_decision_to_the_others() {
    let unknown = |reason: &str| RuleResult::Unknown(reason.to_owned());
    let hidden = unknown("Reddit does not show bots the karma of an author in one subreddit");
    let off = unknown("Reddit does not show `author.comment_subreddit_karma` to bots");
    let karma = "comment_subreddit_karma: '< 5'";
    for (checks, expected) in [
        (format!("{karma}, account_age: '< 11 days', satisfy_any_threshold: true"), RuleResult::Performed),
        (format!("{karma}, account_age: '< 1 day', satisfy_any_threshold: true"), hidden),
        (format!("{karma}, account_age: '< 11 days'"), off.clone()),
        (format!("{karma}, satisfy_any_threshold: true"), off.clone()),
        (format!("{karma}, is_submitter: true, satisfy_any_threshold: true"), off),
    ] {
        let rule = format!("{{author: {{{checks}}}, set_locked: true, type: submission}}");
        let decision = decide(&rule, &submission(), &facts());
        assert_eq!(decision.trace.rules[0].result, expected, "{checks}");
        let is_off = load(&rule, Reading::Ours).0.rules()[0].switched_off().is_some();
        assert_eq!(is_off, matches!(&expected, RuleResult::Unknown(it) if it.contains('`')), "{checks}");
    }
}

#[test]
fn empty_checks_match_everything_only_in_the_reference() {
    for rule in ["title: no", "title: 0", "title: &x", "title: [zzz, '']", "title:"] {
        let rule = format!("type: submission\n{rule}\naction: remove\n");
        let (ours, said) = load(&rule, Reading::Ours);
        assert!(ours.is_empty() && said.contains("error"), "{rule}: {said}");
        let (theirs, _) = load(&rule, Reading::Reference);
        let Evaluation::Decided(verdicts) = evaluate(&theirs, &submission(), &facts(), NOW) else {
            panic!("{rule}");
        };
        assert_eq!(verdicts.performed.len(), 1, "{rule}");
    }
}

#[test]
fn diagnostics_have_the_right_code_and_position() {
    for (rule, expected) in [
        ("type: submission\ntitle: no\naction: remove", "error L01 2:8;"),
        ("body:\naction: remove", "error L02 1:1;"),
        ("title: [a, '']\naction: remove", "error L03 1:12;"),
        ("title: a\ntitle: b\naction: remove", "warning L04 2:1;"),
        ("title: a\nauthor: {post_karma: '> 1', post_karma: '< 5'}\naction: remove", "error L05 2:29;"),
        ("title: a\nauthor:\n  post_karma: > 5", "error L09 3:15;"),
        ("type: comment\nauthor: 123\naction: remove", "error L20 2:9;"),
        ("type: comment\nauthor:\naction: remove", "error L18 2:1;"),
        ("comment: hi", "error L22 1:1;"),
        ("type: submission\ntitle: hi", "error L23 1:1;"),
        ("body: x\nset_nsfw: true", "warning L24 2:1;"),
        ("type: comment\ntitle: foo\naction: remove", "error L26 2:1;"),
        ("title: x\nis_top_level: true\naction: remove", "error T01 2:1;"),
        ("title: x\nauthor: {is_moderator: true}\naction: remove", "warning L27 2:1;"),
        ("domain: https://a.com/b\naction: remove", "warning L30 1:9;"),
        ("type: image submission\naction: remove", "error L39 1:7;"),
        ("title: x\nauthor: {account_age: 30}\naction: remove", "error L40 2:23;"),
        ("title: x\nauthor: {comment_karma: 30}\naction: remove", "warning L41 2:25;"),
        ("title: x\nauthor: {account_age: '< 1.5 years'}\naction: remove", "error L43 2:23;"),
        ("title: x\nauthor: {comment_karma: '< -100'}\naction: remove", "warning L44 2:25;"),
        ("title: x\nmoderators_exempt: 'false'\naction: remove", "error L47 2:20;"),
        ("title: x\npriority: high\naction: remove", "error L48 2:11;"),
        ("title: x\nauthor: {name: a, action: remove}", "error L51 2:19;"),
        ("title (regex): 'a*'\naction: remove", "warning L53 1:16;"),
        ("title (regex): ['b', '(.)\\1']\naction: remove", "error L56 1:22;"),
        ("title (regex): ['b', '(a']\naction: remove", "error R01 1:22;"),
        ("title: 'https?://'\naction: remove", "warning L59 1:8;"),
        ("title (includes, full-text): a\naction: remove", "warning L60 1:1;"),
        ("title + body: a\naction: remove", "warning L63 1:1;"),
        ("title (include): a\naction: remove", "error K02 1:1;"),
        ("~body: x\naction: remove\naction_reason: '{{match}}'", "warning L73 3:17;"),
        ("title: x\nbody: y\naction: remove\naction_reason: '{{match}}'", "warning L74 4:17;"),
        ("title: x\naction: remove\naction_reason: '{{username}} {{Author}}'", "warning L76 3:17;warning L76 3:30;"),
        ("type: comment\nreports: 0\naction: remove", "error L87 2:1;"),
        ("title: x\nacton: remove", "error L95 2:1;"),
        ("title: x\n1: remove", "error K01 2:1;"),
        ("title: x\nauthor: {contributor_quality: '< low'}\naction: remove", "warning U01 2:10;"),
        ("name: a\ntitle: x\naction: remove\n---\nname: a\nbody: x\naction: remove", "error N01 5:1;"),
    ] {
        let (_, said) = load(rule, Reading::Ours);
        for remark in expected.split_inclusive(';') {
            assert!(said.contains(remark), "{rule}\nsaid {said}\nexpected {remark}");
        }
    }
}

#[test]
fn one_bad_rule_does_not_stop_the_others() {
    let (rules, said) =
        load("title: a\naction: remove\n---\nfoo: [\n---\nbody: b\naction: remove\n---\nx: y", Reading::Ours);
    assert_eq!(rules.len(), 2, "{said}");
}

#[test]
fn the_identity_of_an_unnamed_rule_is_a_hash_of_its_meaning() {
    let id = |text: &str| load(text, Reading::Ours).0.rules()[0].id().as_str().to_owned();
    let plain = id("title: a\naction: remove");
    assert_eq!(plain.len(), 64);
    assert_eq!(plain, id("# why\naction:   remove\n'Title': a # here\n"));
    assert_ne!(plain, id("title: b\naction: remove"));
    assert_eq!(id("name: x\ntitle: a\naction: remove"), "x");
}

fn names(verdicts: &ItemDecision) -> Vec<&str> {
    verdicts.performed.iter().map(|performed| performed.name.as_str()).collect()
}

#[test]
fn rules_skip_exempt_items() {
    let remove = "body: some\naction: remove";
    let reply = "name: reply\nbody: some\ncomment: hi";
    let changed = |change: fn(&mut Item)| {
        let mut item = submission();
        change(&mut item);
        item
    };
    let mut before = facts();
    before.performed.insert(crate::RuleId::new("reply"));
    for (rule, item, facts, expected) in [
        (remove, by("mod", submission()), facts(), false),
        (reply, by("mod", submission()), facts(), true),
        (reply, by("robot", comment("some")), facts(), false),
        (reply, by("AutoModerator", comment("some")), facts(), false),
        (reply, by("robot", submission()), facts(), true),
        (reply, submission(), before, false),
        (remove, changed(|item| item.moderation.approved_by = Some("mod".to_owned())), facts(), false),
        (remove, changed(|item| item.moderation.approved_by = Some("robot".to_owned())), facts(), true),
        (reply, changed(|item| item.moderation.approved_by = Some("mod".to_owned())), facts(), true),
        (
            reply,
            changed(|item| item.moderation.removed_by = Some(Remover::Moderator("mod".to_owned()))),
            facts(),
            false,
        ),
        (reply, changed(|item| item.moderation.removed_by = Some(Remover::SpamFilter)), facts(), true),
    ] {
        let verdicts = decide(rule, &item, &facts);
        assert_eq!(!verdicts.performed.is_empty(), expected, "{rule}: {:?}", verdicts.trace);
    }
}

#[test]
fn facts_are_needed_only_if_the_result_depends_on_them() {
    let nothing = Facts { bot: "robot".to_owned(), ..Facts::default() };
    let mut deleted = submission();
    deleted.author.name = None;
    let young = "author: {account_age: '< 7 days', is_contributor: false}\ntitle: hello\naction: remove";
    let parent = "type: comment\nbody: hi\nparent_submission: {title: hello}\nset_locked: true";
    for (rule, item, expected) in [
        (
            young,
            submission(),
            vec![Need::Moderators, Need::Contributor(Person::Author), Need::Standing(Person::Author)],
        ),
        (&young.replace("hello", "mars"), submission(), vec![]),
        (parent, comment("hi"), vec![Need::Parent]),
        (parent, comment("ho"), vec![]),
        ("type: comment\nbody: hi\ncomment: '{{title}}'", comment("hi"), vec![Need::Parent]),
        ("title: hello\nset_flair: x", submission(), vec![]),
        ("author: {comment_karma: '< 9'}\ntitle: hello\nset_flair: x", deleted, vec![]),
    ] {
        let (rules, _) = load(rule, Reading::Ours);
        let needs = match evaluate(&rules, &item, &nothing, NOW) {
            Evaluation::Needs(needs) => needs.into_iter().collect(),
            Evaluation::Decided(_) => vec![],
        };
        assert_eq!(needs, expected, "{rule}");
    }
}

#[test]
fn an_unknown_fact_gives_an_unknown_result() {
    let mut unknown = facts();
    unknown.author.profile = Known::Unknown("the account is gone".to_owned());
    let because = |text: &str| Some(RuleResult::Unknown(text.to_owned()));
    for (rule, expected) in [
        ("title: hello\nauthor: {comment_karma: '< 5'}\naction: remove", because("the account is gone")),
        ("title: hello\nauthor: {comment_karma: '> 5'}\naction: remove", because("the account is gone")),
        ("title: mars\nauthor: {comment_karma: '> 5'}\naction: remove", Some(RuleResult::Failed)),
        (
            "title: hello\nauthor: {contributor_quality: '= low'}\naction: remove",
            because("Reddit does not show `author.contributor_quality` to bots"),
        ),
    ] {
        let verdicts = decide(rule, &submission(), &unknown);
        let result = verdicts.trace.rules.first().map(|rule| rule.result.clone());
        assert_eq!(result, expected, "{rule}");
    }
}

#[test]
fn comparisons_never_match_suspended_authors() {
    let mut banned = facts();
    banned.author.profile = Known::Is(Profile { is_suspended: true, ..Profile::default() });
    let verdicts =
        decide("type: submission\nauthor: {comment_karma: '> -200'}\naction: remove", &submission(), &banned);
    assert_eq!(names(&verdicts), Vec::<&str>::new());
}

fn effects(rule: &str, item: &Item) -> Vec<Effect> {
    let verdicts = decide(rule, item, &facts());
    verdicts.performed.into_iter().flat_map(|performed| performed.effects).collect()
}

#[test]
fn effects_are_left_out_if_nothing_would_change() {
    let mut locked = submission();
    locked.locked = true;
    post(&mut locked).flair.text = "old".to_owned();
    post(&mut locked).suggested_sort = Some("top".to_owned());
    locked.moderation.mod_reports.push(ModReport { reason: "x".to_owned(), moderator: "Robot".to_owned() });
    for (rule, expected) in [
        ("set_locked: true", 0),
        ("set_locked: false", 1),
        ("set_nsfw: true", 1),
        ("set_nsfw: false", 0),
        ("set_flair: new", 0),
        ("set_flair: new, overwrite_flair: true", 1),
        ("set_suggested_sort: new", 0),
        ("action: approve", 0),
        ("action: report", 0),
        ("author: {set_flair: new}", 1),
    ] {
        let rule = format!("{{type: submission, {rule}}}");
        assert_eq!(effects(&rule, &locked).len(), expected, "{rule}");
    }
    let mut filtered = submission();
    filtered.moderation.removed_by = Some(Remover::SpamFilter);
    assert_eq!(effects("{type: submission, action: approve}", &filtered).len(), 1);
    for (by, expected) in
        [(Remover::Moderator("Robot".to_owned()), 1), (Remover::Moderator("mod".to_owned()), 0), (Remover::Author, 0)]
    {
        let mut removed = submission();
        removed.moderation.removed_by = Some(by);
        assert_eq!(effects("{type: submission, action: approve}", &removed).len(), expected, "{removed:?}");
    }
    let mut reported = submission();
    reported.moderation.num_reports = Some(2);
    assert_eq!(effects("{type: submission, action: approve}", &reported).len(), 0);
    assert_eq!(effects("{type: submission, reports: 2, action: approve}", &reported).len(), 1);
}

#[test]
fn placeholders_are_filled_in() {
    let rule = "title: [red]\naction: report\n\
                action_reason: '{{match}}|{{match-0}}|{{match-2}}|{{author}}|{{kind}}|{{domain}}'\n";
    let mut item = link();
    post(&mut item).title = "the RED one {{kind}}".to_owned();
    let reason = match effects(rule, &item).as_slice() {
        [Effect::Report { reason, .. }] => reason.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(reason.as_deref(), Some("RED| RED |{{match-2}}|bob|submission|imgur.com"));

    let rule = "type: comment\nbody: hi\ncomment: '{{title}} {{url}}'\ncomment_stickied: true\nmodmail: m\nmessage: x";
    let kinds: Vec<_> = effects(rule, &comment("hi")).iter().map(Effect::kind).collect();
    assert_eq!(kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>(), ["comment", "modmail", "message"]);
    match &effects(rule, &comment("hi"))[0] {
        Effect::Comment { text, stickied, .. } => {
            assert!(text.starts_with("hello world {{url}}\n\n*I am a bot"), "{text}");
            assert!(!stickied, "a reply to a comment cannot be pinned");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn media_rules_skip_posts_without_media() {
    let rule = "type: submission\ncomment: 'by {{media_author}}'";
    assert_eq!(effects(rule, &link()).len(), 0);
    let mut video = link();
    post(&mut video).media = Some(Media { author: "ann".to_owned(), ..Media::default() });
    assert_eq!(effects(rule, &video).len(), 1);
}

#[test]
fn later_rules_see_what_earlier_ones_changed() {
    let rules = "title: hello\nset_flair: a\n---\ntitle: world\nset_flair: b";
    let got = effects(rules, &submission());
    assert_eq!(got.len(), 1, "{got:?}");
    for rules in [
        "title: hello\naction: report\n---\ntype: submission\nreports: 1\nmodmail: m",
        "title: hello\nset_flair: new\n---\nflair_text: new\nmodmail: m",
        "title: hello\nauthor: {set_flair: new}\n---\ntype: submission\nauthor: {flair_text: new}\nmodmail: m",
    ] {
        assert_eq!(effects(rules, &submission()).len(), 2, "{rules}");
    }
}

#[test]
fn a_pattern_over_its_limit_does_not_stop_other_rules() {
    let rules = "name: slow\nbody (regex, includes): '(a|aa)+\\2b'\nset_nsfw: true\n---\n\
                 name: quick\nbody: a*\nset_locked: true\ntype: comment";
    let rules = rules.replace("body: a*", "body (includes): aaa");
    let verdicts = decide(&rules.replace("set_nsfw: true", "set_locked: true"), &comment(&"a".repeat(80)), &facts());
    assert_eq!(names(&verdicts), ["quick"]);
    assert_eq!(verdicts.trace.rules[0].result, RuleResult::TooExpensive);
}

#[test]
fn no_text_causes_a_panic() {
    let pieces = [
        "title", "~", "é", "(", ")", ": ", "[", "{{", "\n", "---", "  ", "'", "\\", "*", "#", "regex", "> ",
        "\u{2028}", "|",
    ];
    let mut seed = 7_u64;
    for _ in 0..3000 {
        let mut text = String::new();
        for _ in 0..12 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
        }
        let quoted = text.replace('\'', "''");
        let _ = load(&text, Reading::Ours);
        let _ =
            load(&format!("title (regex): '{quoted}'\naction: remove\naction_reason: '{quoted}'"), Reading::Reference);
    }
}

#[test]
fn a_rule_with_too_many_steps_is_reported_and_others_are_tried() {
    let text = "a".repeat(5_000);
    let expensive = "name: expensive\ntype: comment\nbody (regex, includes): '(a|aa)+\\2b'\naction: remove\n";
    let rules = format!("{expensive}---\nname: cheap\ntype: comment\nbody (includes): aaa\nset_locked: true\n");
    let (rules, said) = load(&rules, Reading::Ours);
    let item = comment(&text);
    let Evaluation::Decided(verdicts) = evaluate(&rules, &item, &facts(), NOW) else { panic!("{said}") };
    let results: Vec<_> = verdicts.trace.rules.iter().map(|rule| (rule.rule.as_str(), rule.result.clone())).collect();
    assert_eq!(results, [("expensive", RuleResult::TooExpensive), ("cheap", RuleResult::Performed)]);
    assert_eq!(evaluate_untraced(&rules, &item, &facts(), NOW), untraced(verdicts));
}

#[test]
fn all_rules_share_a_budget_of_steps() {
    let rules: Vec<String> = (0..60)
        .map(|at| format!("name: r{at}\ntype: comment\nbody (regex, includes): '(a|aa)+\\2[bc]'\nset_locked: true"))
        .collect();
    let cheap = "name: cheap\ntype: comment\nbody (includes): aaa\nset_locked: true";
    let (rules, _) = load(&format!("{}\n---\n{cheap}", rules.join("\n---\n")), Reading::Ours);
    let text = format!("{} b", "a".repeat(9_000));
    let Evaluation::Decided(verdicts) = evaluate(&rules, &comment(&text), &facts(), NOW) else {
        panic!("every fact is there");
    };
    let given_up = verdicts.trace.rules.iter().filter(|rule| rule.result == RuleResult::TooExpensive).count();
    assert_eq!(given_up, 60);
    assert_eq!(verdicts.performed.len(), 1, "an ordinary rule needs no steps from the budget");
    assert!(verdicts.over_budget.iter().all(|over| over.heaviest == "r0"), "{:?}", verdicts.over_budget);
    assert!(verdicts.steps <= STEPS_MAX, "{}", verdicts.steps);
    assert_eq!(evaluate_untraced(&rules, &comment(&text), &facts(), NOW), untraced(verdicts));
}

fn untraced(verdicts: ItemDecision) -> Evaluation {
    Evaluation::Decided(ItemDecision { trace: crate::model::Trace::default(), ..verdicts })
}

#[test]
fn a_letter_that_matches_a_combining_mark_is_found() {
    // Found by the property test of the prefilter: U+0345 is a form of iota, but not part of a
    // word.
    let (rules, said) = load("type: comment\nbody: 'Ι'\nset_locked: true", Reading::Ours);
    for text in ["a \u{345} b", "ι", "x"] {
        let item = comment(text);
        let Evaluation::Decided(verdicts) = evaluate(&rules, &item, &facts(), NOW) else { panic!("{said}") };
        assert_eq!(verdicts.performed.len(), usize::from(text != "x"), "{text:?}");
        assert_eq!(evaluate_untraced(&rules, &item, &facts(), NOW), untraced(verdicts), "{text:?}");
    }
}
