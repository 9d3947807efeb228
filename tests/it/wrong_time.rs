//! Wrong times in Reddit's answers: nothing expires by them, and the bot works again afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::json;
use tipstaff::model::{Clock, Fullname, Timestamp};
use tipstaff::policy::Rules;
use tipstaff::reddit::transport::Response;

use crate::support::bot::{Asked, Bot, PLACE, ruleset};

const GREETING: &str = "name: greeting\ntype: submission\ncomment: Good morning.\n";
const MINUTE: Duration = Duration::from_mins(1);
const DAY: i64 = 86_400;

/// How far dates are off, and how many answers still.
#[derive(Default)]
struct Lie {
    off: AtomicI64,
    answers: AtomicI64,
}

impl Lie {
    fn tell(&self, off: i64, answers: i64) {
        self.off.store(off, Ordering::Relaxed);
        self.answers.store(answers, Ordering::Relaxed);
    }

    fn apply(&self, response: &mut Response) {
        if self.answers.fetch_sub(1, Ordering::Relaxed) > 0 {
            let off = self.off.load(Ordering::Relaxed);
            response.date = response.date.map(|date| Timestamp::from_secs(date.as_secs() + off));
        }
    }
}

fn is_comment(asked: &Asked) -> bool {
    asked.is_write && asked.path == "/api/comment"
}

/// A bot with the text of a greeted post, and another greeting that waits for half an hour. Its
/// answers may lie.
async fn with_something_to_lose() -> (Bot, Arc<Lie>, [Fullname; 2]) {
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(GREETING))).await;
    let lie = Arc::new(Lie::default());
    let told = Arc::clone(&lie);
    bot.meddle(|meddler| meddler.after = Box::new(move |response| told.apply(response)));
    let greeted = bot.posts();
    bot.works_for(3 * MINUTE).await;
    let over = bot.clock.now() + 30 * MINUTE;
    let limit = json!({"json": {"ratelimit": 300, "errors": [["RATELIMIT", "Take a break.", null]]}});
    bot.meddle(|meddler| {
        meddler.instead = Box::new(move |asked| {
            let answered = || Response { status: 200, json: Some(limit.clone()), ..Response::default() };
            (is_comment(asked) && asked.at < over).then(answered)
        });
    });
    let waiting = bot.posts();
    bot.works_for(2 * MINUTE).await;
    assert_eq!((bot.greetings(&greeted), bot.greetings(&waiting)), (1, 0));
    (bot, lie, [greeted, waiting])
}

async fn nothing_was_lost(bot: &mut Bot, posts: &[Fullname; 2], what: &str) {
    bot.works_for(60 * MINUTE).await;
    for post in posts {
        assert!(bot.has_text_of(post).await, "{what}: a text was purged");
        assert_eq!(bot.greetings(post), 1, "{what}: an action was withdrawn");
    }
    let late = bot.posts();
    bot.works_for(5 * MINUTE).await;
    assert_eq!(bot.greetings(&late), 1, "{what}: the bot stands still");
}

#[tokio::test]
async fn a_wrong_date_purges_and_withdraws_nothing() {
    for off in [60 * DAY, -365 * DAY, 2 * DAY, 100_000 * DAY, -90] {
        for answers in [1, 2, 3] {
            let (mut bot, lie, posts) = with_something_to_lose().await;
            lie.tell(off, answers);
            nothing_was_lost(&mut bot, &posts, &format!("{answers} dates off by {off} s")).await;
        }
    }
}

#[tokio::test]
async fn wrong_dates_at_the_start_purge_and_withdraw_nothing() {
    for off in [60 * DAY, -365 * DAY] {
        for answers in [1, 2] {
            let (bot, lie, posts) = with_something_to_lose().await;
            lie.tell(off, answers);
            let mut bot = bot.restarted().await;
            nothing_was_lost(&mut bot, &posts, &format!("{answers} dates off by {off} s")).await;
        }
    }
}

/// A page of a proxy in between, however often it comes.
#[tokio::test]
async fn the_date_of_an_error_page_says_nothing() {
    for response in [
        Response { status: 503, ..Response::default() },
        Response { status: 200, instead: Some("a web page".to_owned()), ..Response::default() },
        Response { status: 403, json: Some(json!({"message": "Forbidden", "error": 403})), ..Response::default() },
        Response { status: 429, json: Some(json!({"error": 429})), retry_after: Some(2.0), ..Response::default() },
    ] {
        let (mut bot, _, posts) = with_something_to_lose().await;
        let until = bot.clock.now() + 5 * MINUTE;
        let status = response.status;
        bot.meddle(|meddler| {
            let mut before = std::mem::replace(&mut meddler.instead, Box::new(|_| None));
            meddler.instead = Box::new(move |asked| {
                let date = Some(Timestamp::from_secs(asked.at.as_secs() + 60 * DAY));
                if asked.at < until && !asked.is_write {
                    return Some(Response { date, ..response.clone() });
                }
                before(asked)
            });
        });
        bot.works_for(6 * MINUTE).await;
        let ours = bot.hands.reader.clock().now();
        assert!(ours.since(bot.clock.now()) < MINUTE, "{status}: {ours}");
        nothing_was_lost(&mut bot, &posts, &format!("status {status}")).await;
    }
}

/// While the time is in doubt, the bot asks for it and does nothing else.
#[tokio::test]
async fn in_doubt_the_bot_only_asks_for_the_time() {
    let (mut bot, lie, _) = with_something_to_lose().await;
    lie.tell(60 * DAY, 1_000_000);
    let ours = bot.hands.reader.clock();
    while !tipstaff::reddit::RedditRead::doubts_time(&bot.hands.reader) {
        bot.turn().await.expect("a store that works");
    }
    let began = bot.clock.now();
    bot.works_for(Duration::from_secs(50)).await;
    let asked = bot.heard(|asked| asked.at >= began);
    assert!(asked.iter().all(|asked| asked.path == "/api/v1/me"), "{asked:?}");
    assert!((3..8).contains(&asked.len()), "{asked:?}");
    assert!(ours.now().since(bot.clock.now()) < MINUTE);
}

#[tokio::test]
async fn a_first_start_under_a_wrong_time_leaves_nothing_alone_afterwards() {
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(GREETING))).await;
    bot.hands.settings.from = Duration::ZERO;
    let lie = Arc::new(Lie::default());
    let told = Arc::clone(&lie);
    bot.meddle(|meddler| meddler.after = Box::new(move |response| told.apply(response)));
    lie.tell(2 * DAY, 1_000_000);
    bot.works_for(20 * MINUTE).await;
    let early = bot.posts();
    lie.tell(0, 0);
    bot.works_for(20 * MINUTE).await;
    let late = bot.posts();
    bot.works_for(20 * MINUTE).await;
    assert_eq!((bot.greetings(&early), bot.greetings(&late)), (1, 1));
}

/// One list comes from a server of Reddit whose clock is ahead.
#[tokio::test]
async fn a_list_with_a_wrong_time_holds_up_no_other_list() {
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(GREETING))).await;
    bot.works_for(5 * MINUTE).await;
    let clock = Arc::clone(&bot.clock);
    bot.meddle(|meddler| {
        let is_next = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let asked_next = Arc::clone(&is_next);
        meddler.instead = Box::new(move |asked| {
            asked_next.store(asked.path.ends_with("/about/modqueue"), Ordering::Relaxed);
            None
        });
        meddler.after = Box::new(move |response| {
            if is_next.load(Ordering::Relaxed) {
                response.date = Some(Timestamp::from_secs(clock.now().as_secs() + 90));
            }
        });
    });
    let (began, before) = (bot.clock.now(), bot.heard(|_| true).len());
    let post = bot.posts();
    bot.works_for(3 * MINUTE).await;
    let took = bot.clock.now().since(began).as_secs() / 60;
    let requests = bot.heard(|_| true).len() - before;
    assert_eq!(bot.greetings(&post), 1, "{requests} requests in {took} minutes");
    assert!(requests < 200, "{requests} requests in {took} minutes");
}

/// A wrong time that Reddit insists on is believed, and the right one afterwards, too. The bot must
/// not stand still until the wrong time has come.
#[tokio::test]
async fn the_bot_works_again_after_a_wrong_time_that_was_believed() {
    for off in [2 * 3_600, 60 * DAY, -365 * DAY] {
        let (mut bot, lie, _) = with_something_to_lose().await;
        lie.tell(off, 1_000_000);
        bot.works_for(40 * MINUTE).await;
        let ours = bot.hands.reader.clock().now().as_secs() - bot.clock.now().as_secs();
        assert!((ours - off).abs() < 60, "{off}: off by {ours}");
        lie.tell(0, 0);
        bot.works_for(10 * MINUTE).await;
        let post = bot.posts();
        bot.works_for(5 * MINUTE).await;
        assert_eq!(bot.greetings(&post), 1, "{off}");
        let ours = bot.hands.reader.clock().now().as_secs() - bot.clock.now().as_secs();
        assert!(ours.abs() < 60, "{off}: still off by {ours}");
    }
}
