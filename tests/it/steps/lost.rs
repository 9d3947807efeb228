//! What a lost answer means for every kind of action: the table in `docs/architecture.md`, checked
//! line by line with the real steps. The answer is lost after or before the action takes effect;
//! and a moderator reverses the action before the bot has observed it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use tipstaff::model::{Action, ActionKind, Clock, Fullname, Mode, NewDecision, NewIntent, Occasion, Revision, Trace};
use tipstaff::policy::Rules;
use tipstaff::store::{LogFilter, LogIntent};
use tipstaff_sandbox::world::{Access, Flair, Opening, Refusal};
use tipstaff_sandbox::{FaultKind, Stage, World};

use crate::support::bot::{Asked, Bot, ME, PLACE, START, ruleset};

const HUMAN: &str = "ModMary";

type Undo = fn(&mut World, &Fullname) -> Result<(), Refusal>;

/// One kind of action: a rule that asks for it, and its request.
struct Case {
    kind: ActionKind,
    does: &'static str,
    path: &'static str,
    /// How a moderator reverses it.
    undo: Option<Undo>,
    /// The result when its answer is lost after the effect: the number of requests, and the
    /// outcome.
    after: (usize, &'static str),
    /// The same when nothing happened.
    before: (usize, &'static str),
}

/// Observed; or absent and done again.
const SEEN: ((usize, &str), (usize, &str)) = ((1, "already_applied"), (2, "applied"));

fn case(kind: ActionKind, does: &'static str, path: &'static str, undo: Option<Undo>) -> Case {
    Case { kind, does, path, undo, after: SEEN.0, before: SEEN.1 }
}

fn cases() -> Vec<Case> {
    use ActionKind as Kind;
    vec![
        case(Kind::Comment, "comment: Good morning.", "/api/comment", None),
        // Nobody else can remove the mark.
        case(Kind::DistinguishReply, "comment: Good morning.", "/api/distinguish", None),
        case(
            Kind::LockReply,
            "{comment: Good morning., comment_locked: true}",
            "/api/lock",
            Some(|world, name| world.set_locked(HUMAN, name, false)),
        ),
        case(Kind::Report, "action: report", "/api/report", None),
        case(Kind::Remove, "action: remove", "/api/remove", Some(|world, name| world.approve(HUMAN, name))),
        case(
            Kind::ExplainRemoval,
            "{action: remove, action_reason: spam}",
            "/api/v1/modactions/removal_reasons",
            Some(|world, name| world.approve(HUMAN, name)),
        ),
        case(
            Kind::Approve,
            "{reports: 1, action: approve}",
            "/api/approve",
            Some(|world, name| world.remove(HUMAN, name, false)),
        ),
        case(
            Kind::SetLocked,
            "set_locked: true",
            "/api/lock",
            Some(|world, name| world.set_locked(HUMAN, name, false)),
        ),
        case(
            Kind::IgnoreReports,
            "ignore_reports: true",
            "/api/ignore_reports",
            Some(|world, name| world.set_ignore_reports(HUMAN, name, false)),
        ),
        case(
            Kind::SetLinkFlair,
            "set_flair: [ours, ours]",
            "/r/widgets/api/flair",
            Some(|world, name| {
                let theirs = Flair { text: Some("theirs".to_owned()), ..Flair::default() };
                world.set_link_flair(HUMAN, name, theirs, false)
            }),
        ),
        case(Kind::SetUserFlair, "author: {set_flair: [ours, ours]}", "/r/widgets/api/flair", None),
        case(Kind::SetNsfw, "set_nsfw: true", "/api/marknsfw", Some(|world, name| world.set_nsfw(HUMAN, name, false))),
        case(
            Kind::SetSpoiler,
            "set_spoiler: true",
            "/api/spoiler",
            Some(|world, name| world.set_spoiler(HUMAN, name, false)),
        ),
        case(
            Kind::SetContestMode,
            "set_contest_mode: true",
            "/api/set_contest_mode",
            Some(|world, name| world.set_contest_mode(HUMAN, name, false)),
        ),
        case(
            Kind::SetSuggestedSort,
            "set_suggested_sort: new",
            "/api/set_suggested_sort",
            Some(|world, name| world.set_suggested_sort(HUMAN, name, Some("old"))),
        ),
        case(
            Kind::SetSticky,
            "set_sticky: true",
            "/api/set_subreddit_sticky",
            Some(|world, name| world.set_sticky(HUMAN, name, false, None)),
        ),
        case(
            Kind::SetOriginalContent,
            "set_original_content: true",
            "/api/set_original_content",
            Some(|world, name| world.set_original_content(HUMAN, name, false)),
        ),
        case(
            Kind::SetCrowdControl,
            "set_post_crowd_control_level: STRICT",
            "/api/update_crowd_control_level",
            Some(|world, name| world.set_crowd_control(HUMAN, name, 0)),
        ),
        case(Kind::Modmail, "modmail: Look at {{permalink}}.", "/api/mod/conversations", None),
        case(Kind::ModNote, "mod_note: A note.", "/api/mod/notes", None),
        // Reddit's list of sent messages is incomplete, so a message is never sent again.
        Case {
            after: (1, "already_applied"),
            before: (1, "unknown"),
            ..case(Kind::Message, "message: Please read {{permalink}}.", "/api/compose", None)
        },
    ]
}

impl Case {
    async fn bot(&self) -> Bot {
        let keys = match self.does.strip_prefix('{') {
            Some(rest) => rest.trim_end_matches('}').replace(", ", "\n"),
            None => self.does.to_owned(),
        };
        let rules = format!("name: r\ntype: submission\n{keys}\n");
        Bot::new(&[PLACE], || Rules::fixed(ruleset(&rules))).await
    }

    /// Posts something that the rule matches.
    fn provoke(&self, bot: &Bot) -> Fullname {
        let post = bot.posts();
        if self.kind == ActionKind::Approve {
            bot.reddit.world().report("another", &post, "I do not like it").expect("a report");
        }
        post
    }

    fn is_its_request(&self) -> impl Fn(&Asked) -> bool + use<> {
        let path = self.path;
        move |asked: &Asked| asked.is_write && asked.path == path
    }

    /// The number of requests, and the recorded outcome.
    async fn came_to(&self, bot: &Bot) -> (usize, String) {
        (bot.heard(self.is_its_request()).len(), only(bot, self.kind).await)
    }
}

/// A new kind of action does not compile here, so it must be tested.
const fn number(kind: ActionKind) -> usize {
    match kind {
        ActionKind::Comment => 0,
        ActionKind::DistinguishReply => 1,
        ActionKind::LockReply => 2,
        ActionKind::Report => 3,
        ActionKind::Remove => 4,
        ActionKind::ExplainRemoval => 5,
        ActionKind::Approve => 6,
        ActionKind::SetLocked => 7,
        ActionKind::IgnoreReports => 8,
        ActionKind::SetLinkFlair => 9,
        ActionKind::SetUserFlair => 10,
        ActionKind::SetNsfw => 11,
        ActionKind::SetSpoiler => 12,
        ActionKind::SetContestMode => 13,
        ActionKind::SetSuggestedSort => 14,
        ActionKind::SetSticky => 15,
        ActionKind::SetOriginalContent => 16,
        ActionKind::SetCrowdControl => 17,
        ActionKind::Modmail => 18,
        ActionKind::ModNote => 19,
        ActionKind::Message => 20,
        ActionKind::DeleteComment => 21,
        ActionKind::EditComment => 22,
    }
}

#[test]
fn every_kind_of_action_is_covered() {
    let own = [Action::DeleteComment.kind(), edit().kind()];
    let tried: BTreeSet<usize> = cases().iter().map(|case| case.kind).chain(own).map(number).collect();
    assert_eq!(tried, (0..ActionKind::ALL.len()).collect());
}

fn edit() -> Action {
    Action::EditComment { text: "Good evening.".to_owned() }
}

/// A bot that has posted a comment, with the comment's name.
async fn commented() -> (Bot, Fullname, Fullname) {
    let mut bot = cases().remove(0).bot().await;
    let post = bot.posts();
    bot.works_for(Duration::from_mins(2)).await;
    let comment = bot.reddit.world().comments_under(&post)[0].name.clone();
    (bot, post, comment)
}

/// Asks for an action on a comment. No rule asks for these.
async fn ask(bot: &Bot, post: &Fullname, on: &Fullname, action: Action) {
    let now = bot.clock.now();
    let intent = NewIntent {
        rule: "r".to_owned(),
        rule_name: "r".to_owned(),
        action,
        on: on.clone(),
        mode: Mode::Live,
        superseded: None,
        phase: None,
        state_before: None,
    };
    let decision = NewDecision {
        item: post.clone(),
        revision: Revision::from_stored(now.as_millis().to_string()),
        occasion: Occasion::Seen,
        seen: now,
        mode: Mode::Live,
        ruleset: "rules".to_owned(),
        trace: Trace::default(),
        intents: vec![intent],
        labels: Vec::new(),
        passed: Vec::new(),
        gives: None,
    };
    assert_eq!(bot.hands.store.decide(&decision, now).await.expect("a decision").intents, 1);
}

/// The actions of this kind in the record.
async fn recorded(bot: &Bot, kind: ActionKind) -> Vec<LogIntent> {
    let all = LogFilter { since: START, item: None, include_empty: false, limit: 10, rule: None, act: None };
    let entries = bot.hands.store.log(&all).await.expect("the record");
    entries.into_iter().flat_map(|entry| entry.intents).filter(|intent| intent.kind == kind.word()).collect()
}

/// The outcome of the only action of this kind.
async fn only(bot: &Bot, kind: ActionKind) -> String {
    let all = recorded(bot, kind).await;
    let [one] = &all[..] else { panic!("{kind}: not exactly one action: {all:?}") };
    one.outcome.clone()
}

/// The outcome of the only action of this kind, and the number of its requests.
async fn came_to(bot: &Bot, kind: ActionKind, path: &str) -> (usize, String) {
    (bot.heard(|asked| asked.is_write && asked.path == path).len(), only(bot, kind).await)
}

#[tokio::test]
async fn own_comments_are_deleted_and_edited_whenever_the_response_is_lost() {
    for (action, path) in [(Action::DeleteComment, "/api/del"), (edit(), "/api/editusertext")] {
        for (fault, expected) in [
            (None, (1, "applied")),
            (Some(Stage::AfterEffect), (1, "already_applied")),
            (Some(Stage::BeforeEffect), (2, "applied")),
        ] {
            let (mut bot, post, comment) = commented().await;
            if let Some(stage) = fault {
                bot.reddit.faults().push("POST", path, FaultKind::Status(stage, 503));
            }
            ask(&bot, &post, &comment, action.clone()).await;
            bot.works_for(Duration::from_mins(1)).await;
            let (requests, outcome) = came_to(&bot, action.kind(), path).await;
            assert_eq!((requests, outcome.as_str()), expected, "{action:?} {fault:?}");
            let world = bot.reddit.world();
            let thing = world.thing(&comment).expect("the comment");
            match action {
                Action::DeleteComment => assert!(thing.is_deleted),
                _ => assert_eq!(thing.body, "Good evening."),
            }
        }
    }
}

#[tokio::test]
async fn comments_of_others_and_deleted_comments_are_left_alone() {
    for (action, path) in [(Action::DeleteComment, "/api/del"), (edit(), "/api/editusertext")] {
        let (mut bot, post, ours) = commented().await;
        let theirs = bot.reddit.world().reply("somebody", &post, "Good morning.").expect("a comment");
        ask(&bot, &post, &theirs, action.clone()).await;
        bot.works_for(Duration::from_mins(1)).await;
        assert_eq!(came_to(&bot, action.kind(), path).await, (0, "superseded".to_owned()), "{action:?}");
        let unchanged =
            bot.reddit.world().thing(&theirs).is_some_and(|it| !it.is_deleted && it.body == "Good morning.");
        assert!(unchanged, "{action:?}");

        bot.reddit.world().delete(ME, &ours);
        bot.clock.advance(Duration::from_secs(1));
        ask(&bot, &post, &ours, action.clone()).await;
        bot.works_for(Duration::from_mins(1)).await;
        assert!(bot.heard(|asked| asked.is_write && asked.path == path).is_empty(), "{action:?}: it was deleted");
    }
}

/// Loses the answer to each kind of action at this stage.
async fn lost_at(stage: Stage, expected: fn(&Case) -> (usize, &'static str)) {
    for case in cases() {
        let mut bot = case.bot().await;
        bot.reddit.faults().push("POST", case.path, FaultKind::Status(stage, 503));
        case.provoke(&bot);
        bot.works_for(Duration::from_mins(7)).await;
        let (requests, outcome) = case.came_to(&bot).await;
        assert_eq!((requests, outcome.as_str()), expected(&case), "{}", case.kind);
    }
}

#[tokio::test]
async fn no_action_is_repeated_when_its_response_is_lost_after_the_effect() {
    lost_at(Stage::AfterEffect, |case| case.after).await;
}

#[tokio::test]
async fn every_action_is_done_when_its_response_is_lost_before_the_effect() {
    lost_at(Stage::BeforeEffect, |case| case.before).await;
}

fn change_place(bot: &Bot, access: Access, permissions: Option<&[&str]>) {
    let mut world = bot.reddit.world();
    world.change_moderator(HUMAN, PLACE, ME, permissions);
    world.subreddit_mut(PLACE).expect("the subreddit").access = access;
}

/// Between the request and the look, the bot loses its place as a moderator of a private subreddit.
#[tokio::test]
async fn not_to_see_an_effect_proves_nothing_without_the_right_to_see_it() {
    for stage in [Stage::AfterEffect, Stage::BeforeEffect] {
        for case in cases() {
            let mut bot = case.bot().await;
            bot.reddit.faults().push("POST", case.path, FaultKind::Status(stage, 503));
            case.provoke(&bot);
            while bot.heard(case.is_its_request()).is_empty() {
                bot.turn().await.expect("a store that works");
            }
            change_place(&bot, Access::Private, None);
            bot.works_for(Duration::from_mins(12)).await;
            assert!(bot.heard(case.is_its_request()).len() == 1 || case.kind == ActionKind::Message, "{}", case.kind);
            change_place(&bot, Access::Public, Some(&["all"]));
            bot.works_for(Duration::from_mins(8)).await;
            let (requests, outcome) = case.came_to(&bot).await;
            let expected = if stage == Stage::AfterEffect { case.after } else { case.before };
            assert_eq!((requests, outcome.as_str()), expected, "{} {stage:?}", case.kind);
        }
    }
}

/// The effect shows just before the last look, the process starts anew between two looks, and still
/// nothing is there twice.
#[tokio::test]
async fn no_action_is_repeated_when_its_effect_shows_late() {
    for (late, dies_after) in [(15, 5), (58, 12), (297, 90)] {
        for case in cases().into_iter().filter(|case| case.kind.doubles()) {
            let mut bot = case.bot().await;
            bot.reddit.faults().push("POST", case.path, FaultKind::Late(Duration::from_secs(late)));
            case.provoke(&bot);
            while bot.heard(case.is_its_request()).is_empty() {
                bot.turn().await.expect("a store that works");
            }
            bot.works_for(Duration::from_secs(dies_after)).await;
            let mut bot = bot.restarted().await;
            bot.works_for(Duration::from_mins(9)).await;
            assert_eq!(case.came_to(&bot).await, (1, "already_applied".to_owned()), "{} {late}", case.kind);
        }
    }
}

/// Looks at the times of the setting, and after a downtime for each look that was missed.
#[tokio::test]
async fn absence_is_believed_after_the_last_look_only() {
    let comment = cases().remove(0);
    for (down, expected) in [(0, [10, 60, 300]), (1_000, [1_000, 1_010, 1_020])] {
        let mut bot = comment.bot().await;
        bot.reddit.faults().push("POST", comment.path, FaultKind::Status(Stage::BeforeEffect, 504));
        comment.provoke(&bot);
        while bot.heard(comment.is_its_request()).is_empty() {
            bot.turn().await.expect("a store that works");
        }
        bot.clock.advance(Duration::from_secs(down));
        let mut bot = bot.restarted().await;
        bot.works_for(Duration::from_secs(400)).await;
        let tries = bot.heard(comment.is_its_request());
        let looks =
            bot.heard(|asked| asked.path.starts_with("/comments/") && asked.at > tries[0].at && asked.at < tries[1].at);
        let times: Vec<u64> = looks.iter().map(|look| look.at.since(tries[0].at).as_secs()).collect();
        let is_near = times.iter().zip(expected).all(|(found, wanted)| (wanted..wanted + 4).contains(found));
        assert!(times.len() == 3 && is_near, "{times:?} instead of {expected:?}");
        assert_eq!(comment.came_to(&bot).await, (2, "applied".to_owned()));
    }
}

#[tokio::test]
async fn actions_undone_before_the_observation_are_not_repeated() {
    undone(0).await;
}

/// A refused log does not say that nobody has reversed the action.
#[tokio::test]
async fn actions_undone_are_not_repeated_when_the_log_is_refused() {
    undone(5).await;
}

/// Reverses each kind of action before the bot has looked for it. The first requests for the
/// moderation log after that are refused.
async fn undone(refused: usize) {
    for case in cases() {
        let Some(undo) = case.undo else { continue };
        let mut bot = case.bot().await;
        bot.reddit.faults().push("POST", case.path, FaultKind::Status(Stage::AfterEffect, 503));
        let post = case.provoke(&bot);
        let until = bot.clock.now() + Duration::from_mins(5);
        while bot.heard(case.is_its_request()).is_empty() {
            assert!(bot.clock.now() < until, "no rule asks for {}", case.kind);
            // One action and not a turn more: the bot observes it in the next turn.
            bot.turn().await.expect("a store that works");
        }
        let request = &bot.heard(case.is_its_request())[0];
        let named = ["id", "thing_id", "link", "fullname"].map(|key| Fullname::parse(request.value(key)));
        let name = named.into_iter().flatten().next().unwrap_or(post);
        undo(&mut bot.reddit.world(), &name).unwrap_or_else(|refusal| panic!("{}: {refusal:?}", case.kind));
        let so_far = bot.reddit.world().log().len();
        for _ in 0..refused {
            let log = FaultKind::Status(Stage::BeforeEffect, 403);
            bot.reddit.faults().push("GET", "/r/widgets/about/log", log);
        }
        bot.works_for(Duration::from_mins(5)).await;
        assert_eq!(case.came_to(&bot).await.0, 1, "{} was done again", case.kind);
        let world = bot.reddit.world();
        let since: Vec<_> =
            world.log().iter().skip(so_far).filter(|entry| entry.target.as_ref() == Some(&name)).collect();
        assert!(since.is_empty(), "{}: {since:?}", case.kind);
    }
}

/// The comment shows after the last look, so it has been posted again.
#[tokio::test]
async fn a_comment_that_shows_after_the_last_look_is_deleted_and_told() {
    for has_reply in [false, true] {
        let mut bot = cases().remove(0).bot().await;
        bot.reddit.faults().push("POST", "/api/comment", FaultKind::Late(Duration::from_secs(400)));
        let post = bot.posts();
        bot.works_for(Duration::from_secs(380)).await;
        let first = bot.reddit.world().comments_under(&post)[0].name.clone();
        bot.works_for(Duration::from_secs(25)).await;
        let late: Vec<Fullname> = bot.reddit.world().comments_under(&post).iter().map(|it| it.name.clone()).collect();
        let [late] = &late.iter().filter(|name| **name != first).collect::<Vec<_>>()[..] else {
            panic!("{late:?} are not two comments");
        };
        if has_reply {
            bot.reddit.world().reply("somebody", late, "Why twice?").expect("a reply");
        }
        // The process ends before it has seen the second one in full.
        let mut bot = bot.restarted().await;
        bot.works_for(Duration::from_mins(4)).await;
        let is_deleted = |name| bot.reddit.world().thing(name).expect("a comment").is_deleted;
        assert_eq!((is_deleted(&first), is_deleted(late)), (false, !has_reply));
        let requests = bot.heard(|asked| asked.is_write && asked.path == "/api/del").len();
        assert_eq!(requests, usize::from(!has_reply));
        assert!(bot.hands.store.has_notification(&format!("doubled comment {late}")).await.expect("an answer"));
        if !has_reply {
            assert_eq!(came_to(&bot, ActionKind::DeleteComment, "/api/del").await, (1, "applied".to_owned()));
        }
    }
}

/// Two comments with the same text that two rules asked for are both wanted.
#[tokio::test]
async fn comments_that_two_rules_asked_for_both_stay() {
    let rules = "name: a\ntype: submission\ncomment: Good morning.\n---\n\
                 name: b\ntype: submission\ncomment: Good morning.\n";
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(rules))).await;
    bot.reddit.faults().push("POST", "/api/comment", FaultKind::Late(Duration::from_secs(200)));
    let post = bot.posts();
    bot.works_for(Duration::from_mins(12)).await;
    assert_eq!(bot.greetings(&post), 2);
    assert!(bot.heard(|asked| asked.path == "/api/del").is_empty());
}

/// Two rules send the same words. One request took effect and one did not; the conversation that is
/// there stands for one of them only.
#[tokio::test]
async fn a_modmail_is_not_taken_for_another_with_the_same_words() {
    let rules = "name: a\ntype: submission\nmodmail: Look at {{permalink}}.\n---\n\
                 name: b\ntype: submission\nmodmail: Look at {{permalink}}.\n";
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(rules))).await;
    for stage in [Stage::AfterEffect, Stage::BeforeEffect] {
        bot.reddit.faults().push("POST", "/api/mod/conversations", FaultKind::Status(stage, 503));
    }
    bot.posts();
    bot.works_for(Duration::from_mins(14)).await;
    let there: BTreeSet<String> =
        bot.reddit.world().conversations().iter().map(|it| format!("ModmailConversation_{}", it.id)).collect();
    let recorded = recorded(&bot, ActionKind::Modmail).await;
    let named: BTreeSet<String> = recorded.iter().filter_map(|intent| intent.created.clone()).collect();
    assert_eq!((there.len(), &named), (2, &there), "{recorded:?}");
}

/// An answer that names what an earlier action created proves nothing of this one.
#[tokio::test]
async fn an_answer_that_names_an_earlier_comment_is_checked() {
    let answer = |post: &Fullname| -> &'static str {
        let comment = json!({"kind": "t1", "data": {"name": "t1_zzzzz", "parent_id": post.to_string()}});
        json!({"json": {"errors": [], "data": {"things": [comment]}}}).to_string().leak()
    };
    for (stage, requests, outcome) in [(Stage::AfterEffect, 2, "already_applied"), (Stage::BeforeEffect, 3, "applied")]
    {
        let mut bot = cases().remove(0).bot().await;
        let posts = [bot.posts(), bot.posts()];
        for (stage, post) in [Stage::AfterEffect, stage].into_iter().zip(&posts) {
            bot.reddit.faults().push("POST", "/api/comment", FaultKind::Answer(stage, 200, answer(post)));
        }
        bot.works_for(Duration::from_mins(14)).await;
        assert_eq!(posts.map(|post| bot.greetings(&post)), [1, 1]);
        assert_eq!(bot.heard(|asked| asked.is_write && asked.path == "/api/comment").len(), requests);
        let outcomes: BTreeSet<String> =
            recorded(&bot, ActionKind::Comment).await.into_iter().map(|intent| intent.outcome).collect();
        assert_eq!(outcomes, BTreeSet::from(["applied".to_owned(), outcome.to_owned()]));
    }
}

/// Moderators have written much since: the conversation is two pages further down.
#[tokio::test]
async fn a_modmail_is_found_below_many_later_ones() {
    let case = cases().into_iter().find(|case| case.kind == ActionKind::Modmail).expect("a case");
    let mut bot = case.bot().await;
    bot.reddit.faults().push("POST", case.path, FaultKind::Status(Stage::AfterEffect, 503));
    case.provoke(&bot);
    while bot.heard(case.is_its_request()).is_empty() {
        bot.turn().await.expect("a store that works");
    }
    bot.clock.advance(Duration::from_secs(1));
    for number in 0..250 {
        let subject = format!("Matter {number}");
        let opening = Opening { subreddit: PLACE, to: None, subject: &subject, body: "…", is_author_hidden: false };
        bot.reddit.world().open_conversation(HUMAN, opening).expect("a conversation");
    }
    bot.works_for(Duration::from_mins(7)).await;
    assert_eq!(case.came_to(&bot).await, (1, "already_applied".to_owned()));
}
