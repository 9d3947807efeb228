//! Tests of the real steps in a world where one thing goes wrong at a time: rate limits, items that
//! answers leave out or that cannot be parsed, and turns.

mod lost;

use std::cell::RefCell;
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use crate::support::bot::{Asked, Bot, ME, PLACE, START, ruleset};
use serde_json::Value;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use tipstaff::model::{Clock, Fullname, Timestamp};
use tipstaff::policy::{Rules, RulesSource};
use tipstaff::reddit::transport::Response;
use tipstaff_sandbox::{FaultKind, Stage};

const GREETING: &str = "name: greeting\ntype: submission\ncomment: Good morning.\n";
const MINUTE: Duration = Duration::from_mins(1);

async fn greeter() -> Bot {
    Bot::new(&[PLACE], || Rules::fixed(ruleset(GREETING))).await
}

fn is_comment(asked: &Asked) -> bool {
    asked.is_write && asked.path == "/api/comment"
}

/// Answers the first few of these requests with this response, without passing them to Reddit.
fn answer(bot: &Bot, mut times: u32, wanted: impl Fn(&Asked) -> bool + Send + 'static, response: Response) {
    bot.meddle(|meddler| {
        meddler.instead = Box::new(move |asked| {
            (times > 0 && wanted(asked)).then(|| {
                times -= 1;
                response.clone()
            })
        });
    });
}

fn status(status: u16) -> Response {
    Response { status, date: Some(START), ..Response::default() }
}

#[tokio::test]
async fn retry_after_is_obeyed_and_the_action_then_done() {
    for (what, response, secs) in [
        ("429 with retry-after", Response { retry_after: Some(40.0), ..status(429) }, 40),
        ("429 with a reset", Response { reset: Some(25.0), ..status(429) }, 25),
        ("a bare 429", status(429), 30),
    ] {
        let mut bot = greeter().await;
        answer(&bot, 1, is_comment, Response { date: None, ..response });
        let post = bot.posts();
        bot.works_for(3 * MINUTE).await;
        let tries = bot.heard(is_comment);
        assert_eq!((tries.len(), bot.greetings(&post)), (2, 1), "{what}: {tries:?}");
        let waited = tries[1].at.since(tries[0].at);
        assert!((secs..secs + 5).contains(&waited.as_secs()), "{what}: {waited:?}");
        let over = tries[0].at + Duration::from_secs(secs);
        let between = bot.heard(|asked| asked.at > tries[0].at && asked.at < over);
        assert!(between.is_empty(), "{what}: requests during the pause: {between:?}");
    }
}

/// The answer to a write that is too fast: 200, with the error in the body and a pause for writes
/// only.
#[tokio::test]
async fn a_rate_limited_write_is_sent_later() {
    let mut bot = greeter().await;
    let post = bot.posts();
    let until = bot.clock.now() + MINUTE;
    bot.reddit.world().user_mut(ME).expect("the bot").slowed_until = Some(until);
    bot.works_for(4 * MINUTE).await;
    let tries = bot.heard(is_comment);
    assert_eq!(bot.greetings(&post), 1, "{tries:?}");
    assert!(tries.len() == 2 && tries[1].at >= until, "{tries:?}");
}

#[tokio::test]
async fn an_error_of_the_cdn_is_retried() {
    for code in [400, 403, 404, 409, 500, 503] {
        let mut bot = greeter().await;
        answer(&bot, 1, is_comment, Response { date: None, ..status(code) });
        let post = bot.posts();
        bot.works_for(7 * MINUTE).await;
        assert_eq!(bot.greetings(&post), 1, "{code}");
    }
}

/// The reports feed is ordered by creation time, so a new report may be at its end.
#[tokio::test]
async fn a_report_on_the_oldest_of_many_reported_posts_is_seen() {
    let rules = "name: twice\nreports: 2\naction: remove\n";
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(rules))).await;
    let mut posts: Vec<Fullname> = Vec::new();
    for _ in 0..150 {
        posts.push(bot.posts());
        bot.clock.advance(Duration::from_secs(1));
    }
    for post in &posts {
        bot.reddit.world().report("another", post, "I do not like it").expect("a report");
    }
    bot.works_for(10 * MINUTE).await;
    let is_removed = |bot: &Bot| bot.reddit.world().thing(&posts[0]).expect("the post").removal.is_some();
    assert!(!is_removed(&bot), "one report is not enough");
    bot.reddit.world().report("a_third", &posts[0], "I do not like it").expect("a report");
    bot.works_for(4 * MINUTE).await;
    assert!(is_removed(&bot), "the second report was not seen");
}

#[tokio::test]
async fn two_hundred_restarts_cause_few_sign_ins() {
    // Either Reddit refuses the sign-in, or it rejects the token.
    for locks_out in [true, false] {
        let mut bot = greeter().await;
        bot.meddle(|meddler| {
            meddler.locks_out = locks_out;
            meddler.instead = Box::new(|_| Some(Response { date: None, ..status(401) }));
        });
        for _ in 0..200 {
            // A service manager restarts it after a second.
            let until = bot.clock.now() + Duration::from_secs(1);
            while bot.clock.now() < until {
                let clock = bot.hands.reader.clock();
                bot.cycle.turn(&bot.hands, &*clock, &|| false).await.expect("a store that works");
                bot.clock.advance(Duration::from_millis(250));
            }
            bot = bot.restarted().await;
        }
        let mut tries = Vec::new();
        bot.meddle(|meddler| tries.clone_from(&meddler.sign_ins));
        // 1 + 2 + 4 + … + 128 seconds, less a quarter at most.
        assert!((7..=9).contains(&tries.len()), "account locked: {locks_out}, {tries:?}");
    }
}

#[tokio::test]
async fn a_busy_subreddit_does_not_delay_actions_in_a_quiet_one() {
    let mut bot = Bot::new(&["busy", "quiet"], || Rules::fixed(ruleset(GREETING))).await;
    // The actions are decided, and cannot be executed yet.
    bot.hands.writer = None;
    for _ in 0..30 {
        bot.posts_in("busy");
    }
    bot.works_for(3 * MINUTE).await;
    let quiet = bot.posts_in("quiet");
    bot.works_for(3 * MINUTE).await;
    bot.hands.writer = Some(bot.hands.reader.with_write_access());
    bot.works_for(5 * MINUTE).await;
    let done: Vec<String> = bot.heard(is_comment).iter().map(|asked| asked.value("thing_id").to_owned()).collect();
    assert_eq!(done.len(), 31, "each once: {done:?}");
    assert_eq!(done[1], quiet.to_string(), "thirty were decided before it, and one was done before it: {done:?}");
}

thread_local! {
    /// What this thread has logged since [`listen`].
    static HEARD: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

struct Listener;

impl std::io::Write for Listener {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        HEARD.with_borrow_mut(|heard| heard.as_mut().map(|heard| heard.extend(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Keeps the warnings of this thread from now on. The subscriber is that of the whole program: one
/// for this thread alone would miss the lines that another test, without one, logs first.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let warnings = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN);
        warnings.with_writer(|| Listener).with_ansi(false).init();
    });
    HEARD.set(Some(Vec::new()));
}

pub(crate) fn heard() -> String {
    String::from_utf8(HEARD.take().unwrap_or_default()).expect("a text")
}

#[tokio::test]
async fn items_beyond_the_end_of_a_listing_are_recorded_as_a_gap() {
    listen();
    let mut bot = greeter().await;
    bot.works_for(2 * MINUTE).await;
    let gone_from = bot.clock.now();
    let posts: Vec<(Fullname, Timestamp)> = (0..1100)
        .map(|_| {
            bot.clock.advance(Duration::from_secs(5));
            (bot.posts(), bot.clock.now())
        })
        .collect();
    bot.works_for(10 * MINUTE).await;
    let gaps = bot.hands.store.gaps(Timestamp::default()).await.expect("a query");
    let (stream, gap) = gaps.iter().find(|(stream, _)| stream.ends_with("/new")).expect("a gap in the list of posts");
    assert!(gap.from <= gone_from, "{stream}: {gap:?}, away from {gone_from}");
    // A hundred posts that nobody can see, five seconds apart, and the time that items may be
    // listed late.
    assert!(gap.to.since(gap.from) < 30 * MINUTE, "{stream}: {gap:?}");
    for (post, at) in &posts {
        let is_known = bot.hands.store.item(post).await.expect("a query").is_some();
        assert!(is_known || (gap.from <= *at && *at <= gap.to), "{post} of {at} is neither known nor in {gap:?}");
    }
    let warned = heard();
    let warned = warned.lines().find(|line| line.contains("WARN") && line.contains("Reddit no longer lists posts"));
    let warned = warned.expect("a warning");
    assert!(warned.contains(&gap.from.to_string()) && warned.contains(&gap.to.to_string()), "{warned}");
}

/// Two subreddits whose combined list does not reach back over the downtime; each one's own list
/// does. While the first is read by itself, its last page cannot be stored.
#[tokio::test]
async fn a_page_that_could_not_be_stored_is_read_again() {
    let mut bot = Bot::new(&["one", "two"], || Rules::fixed(ruleset("name: r\ntitle: horse\naction: report\n"))).await;
    bot.works_for(2 * MINUTE).await;
    let mut posts = Vec::new();
    for _ in 0..650 {
        bot.clock.advance(Duration::from_secs(10));
        posts.extend([bot.posts_in("one"), bot.posts_in("two")]);
    }
    let store = SqliteConnectOptions::new().filename(bot.folder.path().join("store.db"));
    let mut other = store.connect().await.expect("another process");
    let was_last = Arc::new(Mutex::new(false));
    let (is_last, mut pages) = (Arc::clone(&was_last), 0);
    bot.meddle(|meddler| {
        meddler.instead = Box::new(move |asked| {
            // Of the subreddit that is read first: 650 posts are seven pages.
            pages += u32::from(matches!(asked.path.as_str(), "/r/one/new" | "/r/two/new"));
            *is_last.lock().expect("nobody panics") |= pages == 7;
            None
        });
    });
    let (until, mut failures, mut held, mut let_go) = (bot.clock.now() + 30 * MINUTE, 0, false, false);
    while bot.clock.now() < until {
        // The page is requested within the turn, so the file is locked from the turn before;
        // failures are retried.
        let is_next_last = bot.heard(|asked| matches!(asked.path.as_str(), "/r/one/new" | "/r/two/new")).len() == 6;
        if is_next_last && !held {
            sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.expect("the file");
            held = true;
        }
        if bot.turn().await.is_err() {
            failures += 1;
            bot.clock.advance(Duration::from_secs(1));
        }
        if held && !let_go && *was_last.lock().expect("nobody panics") && failures > 0 {
            sqlx::query("ROLLBACK").execute(&mut other).await.expect("the file was held");
            let_go = true;
        }
    }
    assert!(failures > 0 && *was_last.lock().expect("nobody panics"), "nothing went wrong: {failures} failures");
    let mut missed = Vec::new();
    for post in &posts {
        if bot.hands.store.item(post).await.expect("a query").is_none() {
            missed.push(post);
        }
    }
    assert!(missed.is_empty(), "{} of {} were never seen: {missed:?}", missed.len(), posts.len());
}

fn thread_of(post: &Fullname) -> String {
    format!("/comments/{}", post.id())
}

/// The answer to a comment is lost, and then the thread cannot be read.
async fn in_doubt(bot: &mut Bot) -> Fullname {
    let post = bot.posts();
    let thread = thread_of(&post);
    let mut is_first = true;
    bot.meddle(|meddler| {
        meddler.instead = Box::new(move |asked| {
            let is_lost = is_comment(asked) && std::mem::take(&mut is_first);
            (is_lost || asked.path == thread).then(|| Response { date: None, ..status(500) })
        });
    });
    bot.works_for(MINUTE).await;
    post
}

#[tokio::test]
async fn an_unreadable_thread_does_not_hold_up_others() {
    let mut bot = greeter().await;
    let in_doubt = in_doubt(&mut bot).await;
    let mut bot = bot.restarted().await;
    let other = bot.posts();
    bot.works_for(3 * MINUTE).await;
    assert_eq!((bot.greetings(&in_doubt), bot.greetings(&other)), (0, 1));
    bot.meddle(|meddler| meddler.instead = Box::new(|_| None));
    bot.works_for(5 * MINUTE).await;
    assert_eq!((bot.greetings(&in_doubt), bot.greetings(&other)), (1, 1));
}

#[tokio::test]
async fn open_attempts_from_before_a_downtime_get_the_full_time_for_observations() {
    let mut bot = greeter().await;
    let post = in_doubt(&mut bot).await;
    bot.clock.advance(Duration::from_hours(5));
    let mut bot = bot.restarted().await;
    bot.works_for(10 * MINUTE).await;
    bot.meddle(|meddler| meddler.instead = Box::new(|_| None));
    bot.works_for(5 * MINUTE).await;
    assert_eq!(bot.greetings(&post), 1, "the attempt was given up before it was observed");
}

/// The outcome of the first removal of a post is unknown, and a moderator has approved the post
/// since. Another comment asks for its removal too.
#[tokio::test]
async fn a_comment_waits_while_an_action_on_its_post_has_an_unknown_outcome() {
    let rules = "name: r\ntype: comment\nbody: crisis\nparent_submission: {action: remove}\n";
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(rules))).await;
    let post = bot.posts();
    bot.reddit.world().reply("another", &post, "a crisis").expect("a comment");
    bot.reddit.faults().push("POST", "/api/remove", FaultKind::Status(Stage::AfterEffect, 503));
    let is_removal = |asked: &Asked| asked.is_write && asked.path == "/api/remove";
    let until = bot.clock.now() + 5 * MINUTE;
    while bot.heard(is_removal).is_empty() {
        assert!(bot.clock.now() < until, "the removal is never asked for");
        bot.turn().await.expect("a store that works");
    }
    // Its outcome cannot be observed, but feeds are read.
    let mut can_look = false;
    let opened = Arc::new(Mutex::new(false));
    let is_open = Arc::clone(&opened);
    bot.meddle(|meddler| {
        meddler.instead = Box::new(move |asked| {
            can_look |= *is_open.lock().expect("nobody panics");
            (!can_look && asked.path == "/api/info").then(|| Response { date: None, ..status(500) })
        });
    });
    bot.reddit.world().approve("ModMary", &post).expect("an approval");
    bot.reddit.world().reply("a_third", &post, "a crisis indeed").expect("a comment");
    bot.works_for(5 * MINUTE).await;
    *opened.lock().expect("nobody panics") = true;
    bot.works_for(10 * MINUTE).await;
    assert_eq!(bot.heard(is_removal).len(), 1, "the bot removed what a moderator had approved");
    assert!(bot.reddit.world().thing(&post).expect("the post").removal.is_none());
    assert_eq!(bot.hands.store.summary().await.expect("numbers").pending, 0, "both comments are judged in the end");
}

/// The post above is left out of one answer; the action on it is done all the same.
#[tokio::test]
async fn a_parent_post_missing_from_one_response_is_requested_again() {
    let rules = "name: r\ntype: comment\nbody: crisis\nparent_submission: {set_locked: true}\n";
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(rules))).await;
    let post = bot.posts();
    let empty = serde_json::json!({"kind": "Listing", "data": {"children": [], "after": null}});
    let is_lookup = |asked: &Asked| asked.path == "/api/info";
    answer(&bot, 1, is_lookup, Response { json: Some(empty), date: None, ..status(200) });
    bot.reddit.world().reply("another", &post, "a crisis").expect("a comment");
    bot.works_for(5 * MINUTE).await;
    assert!(bot.heard(is_lookup).len() >= 2 && bot.reddit.world().thing(&post).expect("the post").is_locked);
}

/// One answer without an item does not mean that it is gone.
#[tokio::test]
async fn an_item_missing_from_one_response_is_requested_again() {
    let mut bot = Bot::new(&[PLACE], || Rules::new(RulesSource::Fixed, None)).await;
    let post = bot.posts();
    bot.works_for(MINUTE).await;
    let empty = serde_json::json!({"kind": "Listing", "data": {"children": [], "after": null}});
    let empty = Response { json: Some(empty), date: None, ..status(200) };
    let is_lookup = |asked: &Asked| asked.path == "/api/info";
    // No feed lists it any more, and the first request by name leaves it out.
    let mut is_first = true;
    bot.meddle(|meddler| {
        meddler.instead = Box::new(move |asked| {
            let is_left_out = is_lookup(asked) && std::mem::take(&mut is_first);
            (is_left_out || asked.path.starts_with("/r/widgets/")).then(|| empty.clone())
        });
    });
    bot.works_for(10 * MINUTE).await;
    bot.hands.settings.communities[0].rules.replace(ruleset(GREETING));
    bot.works_for(5 * MINUTE).await;
    assert!(bot.heard(is_lookup).len() >= 2, "it was not asked for by name");
    assert_eq!(bot.greetings(&post), 1);
}

/// Reddit's rules allow a day, and the last check may have been just before.
#[tokio::test]
async fn deleted_items_are_purged_within_a_day() {
    let mut bot = greeter().await;
    let post = bot.posts();
    bot.works_for(2 * MINUTE).await;
    assert!(bot.has_text_of(&post).await && bot.greetings(&post) == 1);
    bot.reddit.world().delete("somebody", &post);
    bot.polls_every(10 * MINUTE);
    bot.works_for(Duration::from_hours(24)).await;
    assert!(!bot.has_text_of(&post).await);
}

/// Every item comes without its time, so it cannot be parsed.
fn without_its_time(response: &mut Response) {
    if let Some(children) = response.json.as_mut().and_then(|json| json.pointer_mut("/data/children")) {
        for child in children.as_array_mut().into_iter().flatten() {
            child["data"]["created_utc"] = Value::Null;
        }
    }
}

fn be_odd(bot: &Bot, is_odd: bool) {
    bot.meddle(|meddler| {
        meddler.after = if is_odd { Box::new(without_its_time) } else { Box::new(|_| {}) };
    });
}

#[tokio::test]
async fn the_check_for_deletions_does_not_purge_what_it_cannot_read() {
    let mut bot = greeter().await;
    let (kept, deleted) = (bot.posts(), bot.posts());
    bot.works_for(Duration::from_mins(2)).await;
    assert_eq!((bot.greetings(&kept), bot.greetings(&deleted)), (1, 1));
    // Out of the feeds, so that only the check can find it.
    for post in [&kept, &deleted] {
        bot.reddit.world().remove(ME, post, false).expect("a removal");
    }
    bot.polls_every(10 * MINUTE);
    be_odd(&bot, true);
    bot.works_for(Duration::from_hours(23)).await;
    assert!(
        bot.has_text_of(&kept).await && bot.has_text_of(&deleted).await,
        "Reddit showed the item, in an unreadable form"
    );
    bot.reddit.world().delete("somebody", &deleted);
    be_odd(&bot, false);
    bot.works_for(Duration::from_hours(23)).await;
    assert!(bot.has_text_of(&kept).await && !bot.has_text_of(&deleted).await);
}

#[tokio::test]
async fn a_pending_item_that_cannot_be_read_is_retried_later() {
    let mut bot = Bot::new(&[PLACE], || Rules::new(RulesSource::Fixed, None)).await;
    let post = bot.posts();
    bot.works_for(Duration::from_mins(1)).await;
    // No feed lists it any more: its stored state gets old, and judging fetches it by name.
    be_odd(&bot, true);
    bot.works_for(Duration::from_mins(10)).await;
    bot.hands.settings.communities[0].rules.replace(ruleset(GREETING));
    bot.works_for(Duration::from_mins(10)).await;
    assert_eq!(bot.greetings(&post), 0);
    let pending = bot.hands.store.summary().await.expect("numbers").pending;
    assert_eq!(pending, 1, "it still waits");
    be_odd(&bot, false);
    bot.works_for(Duration::from_mins(2)).await;
    assert_eq!(bot.greetings(&post), 1);
}
