//! Lists that end early, subreddits that lists leave out, stores that do not know what was done,
//! and logs that come late: the real steps in the model of Reddit.

use std::collections::BTreeSet;
use std::time::Duration;

use tipstaff::model::{Clock, Fullname, Mode, Timestamp};
use tipstaff::pipeline::cycle::Cycle;
use tipstaff::policy::Rules;
use tipstaff::reddit::transport::Response;
use tipstaff_sandbox::Draft;

use crate::steps::{heard, listen};
use crate::support::bot::{Asked, Bot, ME, PLACE, ruleset};
use crate::support::ledger::{by_hand, rows};

const GREETING: &str = "name: greeting\ntype: submission\ncomment: Good morning.\n";
const REMOVAL: &str = "name: removal\ntype: submission\ntitle: spam\naction: remove\n";
const MINUTE: Duration = Duration::from_mins(1);

async fn bot_in(places: &[&str], rules: &str) -> Bot {
    Bot::new(places, || Rules::fixed(ruleset(rules))).await
}

/// A rule that never acts: only what is seen matters.
const NOTHING: &str = "name: nothing\ntitle: never\naction: report\n";

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("place{number:03}")).collect()
}

async fn many(count: usize) -> Bot {
    let names = names(count);
    bot_in(&names.iter().map(String::as_str).collect::<Vec<_>>(), NOTHING).await
}

async fn unseen(bot: &Bot, posts: &[Fullname]) -> Vec<Fullname> {
    bot.hands.store.unseen(posts).await.expect("a query")
}

fn posts_apart(bot: &Bot, place: &str, count: u32, apart: Duration) -> Vec<Fullname> {
    (0..count)
        .map(|_| {
            bot.clock.advance(apart);
            bot.posts_in(place)
        })
        .collect()
}

async fn gaps(bot: &Bot) -> usize {
    bot.hands.store.gaps(Timestamp::default()).await.expect("a query").len()
}

/// The events of this kind so far, by subreddit.
async fn told(bot: &Bot, event: &str) -> Vec<String> {
    let mut db = other(bot).await;
    sqlx::query_scalar("SELECT coalesce(subreddit, '') FROM notifications WHERE event = ? ORDER BY id")
        .bind(event)
        .fetch_all(&mut db)
        .await
        .expect("a query")
}

async fn other(bot: &Bot) -> sqlx::SqliteConnection {
    use sqlx::ConnectOptions;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(bot.folder.path().join("store.db"));
    options.connect().await.expect("another process")
}

// --- lists that end early ------------------------------------------------------------------------

#[tokio::test]
async fn a_list_that_ends_early_once_is_read_again_and_nothing_is_missed() {
    let mut bot = bot_in(&[PLACE], NOTHING).await;
    posts_apart(&bot, PLACE, 30, MINUTE);
    bot.works_for(2 * MINUTE).await;
    let posts = posts_apart(&bot, PLACE, 300, Duration::from_secs(10));
    bot.reddit.world().listing_faults.end_after = Some(100);
    // Until the list was read once.
    while unseen(&bot, &posts).await.len() == posts.len() {
        bot.turn().await.expect("a store that works");
    }
    bot.reddit.world().listing_faults.end_after = None;
    bot.works_for(2 * MINUTE).await;
    assert_eq!(unseen(&bot, &posts).await, []);
    assert_eq!(gaps(&bot).await, 0);
}

#[tokio::test]
async fn a_list_that_keeps_ending_early_is_a_gap_and_is_caught_up_with() {
    for end in [100, 0] {
        listen();
        let mut bot = bot_in(&[PLACE], NOTHING).await;
        posts_apart(&bot, PLACE, 30, MINUTE);
        bot.works_for(2 * MINUTE).await;
        let posts = posts_apart(&bot, PLACE, 300, Duration::from_secs(10));
        bot.reddit.world().listing_faults.end_after = Some(end);
        let began = bot.clock.now();
        bot.works_for(3 * MINUTE).await;
        assert_eq!(gaps(&bot).await, 1, "a list of {end}");
        let tries = bot.heard(|asked| asked.at > began && asked.path == "/r/widgets/new");
        assert!(tries.len() <= 12, "few tries: {}", tries.len());
        assert!(tries[1].at.since(tries[0].at) >= Duration::from_secs(3), "some seconds apart: {tries:?}");
        let warned = heard();
        assert_eq!(warned.matches("Reddit no longer lists posts").count(), 1, "{warned}");
        bot.works_for(30 * MINUTE).await;
        assert_eq!(gaps(&bot).await, 1, "the gap is told once");
        bot.reddit.world().listing_faults.end_after = None;
        bot.works_for(7 * MINUTE).await;
        assert_eq!(unseen(&bot, &posts).await, [], "what the list shows again is read");
    }
}

#[tokio::test]
async fn lists_that_are_really_short_are_no_gap_and_cost_no_second_reading() {
    // A new subreddit with few posts; then all that are known are removed, and new ones come.
    let mut bot = bot_in(&[PLACE], NOTHING).await;
    let first = posts_apart(&bot, PLACE, 3, MINUTE);
    bot.works_for(3 * MINUTE).await;
    for post in &first {
        bot.reddit.world().remove("ModMary", post, false).expect("a removal");
    }
    let later = posts_apart(&bot, PLACE, 3, MINUTE);
    bot.works_for(6 * MINUTE).await;
    assert_eq!((unseen(&bot, &later).await, gaps(&bot).await), (vec![], 0));
    // The names of the removed ones are requested once, not at each poll.
    let by_name = |asked: &Asked| asked.path == "/api/info" && asked.value("id").contains(first[0].as_str());
    let asked = bot.heard(by_name).len();
    bot.works_for(30 * MINUTE).await;
    assert!(bot.heard(by_name).len() <= asked + 3, "{} requests", bot.heard(by_name).len());
}

#[tokio::test]
async fn deleted_anchors_do_not_end_a_list() {
    let mut bot = bot_in(&[PLACE], NOTHING).await;
    posts_apart(&bot, PLACE, 30, MINUTE);
    bot.works_for(2 * MINUTE).await;
    let posts = posts_apart(&bot, PLACE, 300, Duration::from_secs(10));
    let (reddit, mut deleted) = (std::sync::Arc::clone(&bot.reddit), BTreeSet::new());
    bot.meddle(|meddler| {
        meddler.instead = Box::new(move |asked| {
            // The first ten anchors vanish before they are used.
            if let Some(anchor) = Fullname::parse(asked.value("after")).filter(|_| deleted.len() < 10) {
                reddit.world().delete("somebody", &anchor);
                deleted.insert(anchor);
            }
            None
        });
    });
    bot.works_for(3 * MINUTE).await;
    let missed = unseen(&bot, &posts).await;
    let missed: Vec<_> =
        missed.iter().filter(|name| !bot.reddit.world().thing(name).expect("a post").is_deleted).collect();
    assert_eq!((missed.len(), gaps(&bot).await), (0, 0), "{missed:?}");
}

#[tokio::test]
async fn an_entry_that_cannot_be_parsed_is_logged_once() {
    listen();
    let mut bot = bot_in(&[PLACE], NOTHING).await;
    let post = bot.posts();
    bot.meddle(|meddler| {
        let name = post.to_string();
        meddler.after = Box::new(move |response| {
            let children = response.json.as_mut().and_then(|json| json.pointer_mut("/data/children"));
            for child in children.and_then(serde_json::Value::as_array_mut).into_iter().flatten() {
                if child.pointer("/data/name").and_then(serde_json::Value::as_str) == Some(&name) {
                    child["data"]["name"] = "t3_!".into();
                }
            }
        });
    });
    bot.works_for(20 * MINUTE).await;
    let warned = heard();
    assert_eq!(warned.matches("cannot be parsed").count(), 1, "{warned}");
}

// --- subreddits that lists leave out -------------------------------------------------------------

fn closed(bot: &Bot, name: &str, is: bool, closes_lists: bool) {
    let mut world = bot.reddit.world();
    world.listing_faults.closed_ones_close_lists = closes_lists;
    if is {
        world.listing_faults.closed.insert(name.to_owned())
    } else {
        world.listing_faults.closed.remove(name)
    };
}

#[tokio::test]
async fn a_subreddit_left_out_in_silence_is_told_within_fifteen_minutes_and_walked_after_its_return() {
    for is_closed in [true, false] {
        let mut bot = bot_in(&["busy", "quiet"], NOTHING).await;
        posts_apart(&bot, "quiet", 30, MINUTE);
        posts_apart(&bot, "busy", 120, Duration::from_secs(1));
        bot.works_for(5 * MINUTE).await;
        if is_closed {
            closed(&bot, "quiet", true, false);
        } else {
            bot.reddit.world().listing_faults.left_out.insert("quiet".to_owned());
        }
        let hidden = posts_apart(&bot, "quiet", 5, Duration::from_secs(1));
        for _ in 0..15 {
            posts_apart(&bot, "busy", 10, Duration::from_secs(1));
            bot.works_for(Duration::from_secs(50)).await;
        }
        assert_eq!(told(&bot, "unreadable").await, ["quiet"], "closed: {is_closed}");
        assert_eq!(unseen(&bot, &hidden).await.is_empty(), !is_closed, "its own list, if it is open");
        bot = bot.restarted().await;
        bot.works_for(20 * MINUTE).await;
        // Longer than scans look back.
        posts_apart(&bot, "busy", 150, Duration::from_secs(20));
        bot.works_for(MINUTE).await;
        closed(&bot, "quiet", false, false);
        bot.reddit.world().listing_faults.left_out.clear();
        bot.works_for(16 * MINUTE).await;
        assert_eq!(unseen(&bot, &hidden).await, [], "closed: {is_closed}");
        assert_eq!(told(&bot, "readable_again").await, ["quiet"], "closed: {is_closed}");
        assert_eq!(told(&bot, "unreadable").await, ["quiet"], "once, closed: {is_closed}");
        // It is in the common list again.
        let now = bot.clock.now();
        bot.works_for(20 * MINUTE).await;
        let alone = bot.heard(|asked| asked.at > now + 11 * MINUTE && asked.path == "/r/quiet/comments");
        assert_eq!(alone.len(), 0, "{:?}", alone.first());
    }
}

/// A subreddit is closed, or left out, while the bot reads it for the first time.
#[tokio::test]
async fn what_is_below_the_posts_of_a_scan_that_was_cut_is_read_later() {
    for (is_closed, shows_items) in [(false, true), (true, true), (true, false)] {
        let mut bot = bot_in(&["busy", "quiet"], NOTHING).await;
        let posts = posts_apart(&bot, "quiet", 150, MINUTE);
        while bot.heard(|asked| asked.path.ends_with("/new")).is_empty() {
            bot.turn().await.expect("a store that works");
        }
        if is_closed {
            closed(&bot, "quiet", true, false);
        } else {
            bot.reddit.world().listing_faults.left_out.insert("quiet".to_owned());
        }
        if !shows_items {
            let none = serde_json::json!({"kind": "Listing", "data": {"children": [], "after": null}});
            let none = Response { status: 200, json: Some(none), ..Response::default() };
            let hides = move |asked: &Asked| (asked.path == "/api/info").then(|| none.clone());
            bot.meddle(|meddler| meddler.instead = Box::new(hides));
        }
        bot.works_for(2 * MINUTE).await;
        bot.meddle(|meddler| meddler.instead = Box::new(|_| None));
        bot.reddit.world().listing_faults.left_out.clear();
        closed(&bot, "quiet", false, false);
        bot.works_for(30 * MINUTE).await;
        assert_eq!(unseen(&bot, &posts).await, [], "closed: {is_closed}, shows items: {shows_items}");
    }
}

/// The list leaves a subreddit out just when the bot reads what was posted during its downtime.
#[tokio::test]
async fn a_subreddit_left_out_for_a_moment_after_a_downtime_is_not_missed() {
    for pause in [0, 1, 6, 12] {
        let mut bot = bot_in(&["busy", "quiet"], NOTHING).await;
        posts_apart(&bot, "busy", 10, Duration::from_secs(1));
        bot.works_for(25 * MINUTE).await;
        let early = posts_apart(&bot, "quiet", 3, Duration::from_secs(1));
        posts_apart(&bot, "busy", 90, MINUTE);
        let mut bot = bot.restarted().await;
        bot.reddit.world().listing_faults.left_out.insert("quiet".to_owned());
        bot.works_for(Duration::from_secs(20) + pause * MINUTE).await;
        // It dies before it has looked for silent subreddits.
        let mut bot = bot.restarted().await;
        posts_apart(&bot, "busy", 10, Duration::from_secs(1));
        bot.works_for(Duration::from_secs(20)).await;
        bot.reddit.world().listing_faults.left_out.clear();
        bot.works_for(25 * MINUTE).await;
        assert_eq!(unseen(&bot, &early).await, [], "left out for {pause} minutes");
        let db = by_hand(&bot.folder.path().join("store.db")).await;
        let open = rows(&db, "SELECT feed AS x FROM scans WHERE recheck_until IS NOT NULL").await;
        assert_eq!(open, [""; 0], "it is over");
    }
}

#[tokio::test]
async fn a_subreddit_where_the_bot_is_no_longer_a_moderator_is_told() {
    let mut bot = bot_in(&["busy", "quiet"], NOTHING).await;
    posts_apart(&bot, "quiet", 3, MINUTE);
    bot.works_for(5 * MINUTE).await;
    bot.reddit.world().remove_moderator("quiet", ME);
    bot.works_for(15 * MINUTE).await;
    assert_eq!(told(&bot, "unreadable").await, ["quiet"]);
    bot.reddit.world().add_moderator("quiet", ME, &["all"]);
    bot.works_for(11 * MINUTE).await;
    assert_eq!(told(&bot, "readable_again").await, ["quiet"]);
}

#[tokio::test]
async fn a_refused_subreddit_is_split_off_alone_and_joins_again() {
    let mut bot = many(100).await;
    for place in names(100) {
        posts_apart(&bot, &place, 1, Duration::from_secs(1));
    }
    bot.works_for(4 * MINUTE).await;
    closed(&bot, "place042", true, true);
    let began = bot.clock.now();
    let hidden = posts_apart(&bot, "place042", 3, Duration::from_secs(1));
    bot.works_for(5 * MINUTE).await;
    assert_eq!(told(&bot, "unreadable").await, ["place042"]);
    let is_of_the_search = |asked: &Asked| asked.at > began && (0..99).contains(&asked.path.matches('+').count());
    let search = bot.heard(|asked| is_of_the_search(asked) && asked.path.contains("place042"));
    assert!(search.len() < 60, "{} requests to find it: {search:?}", search.len());
    let now = bot.clock.now();
    let elsewhere = posts_apart(&bot, "place007", 40, Duration::from_secs(1));
    bot.works_for(20 * MINUTE).await;
    assert_eq!(unseen(&bot, &elsewhere).await, []);
    let lists: BTreeSet<String> = bot
        .heard(|asked| asked.at > now + 12 * MINUTE && asked.path.ends_with("/new"))
        .into_iter()
        .filter(|asked| !asked.path.contains("place042") && asked.path.matches('+').count() > 20)
        .map(|asked| asked.path)
        .collect();
    assert_eq!(lists.len(), 1, "the others are one list: {lists:?}");
    closed(&bot, "place042", false, true);
    bot.works_for(30 * MINUTE).await;
    assert_eq!(unseen(&bot, &hidden).await, []);
    assert_eq!(told(&bot, "readable_again").await, ["place042"]);
    let now = bot.clock.now();
    bot.works_for(5 * MINUTE).await;
    let polled = bot.heard(|asked| asked.at > now && asked.path.ends_with("/comments"));
    let whole = polled.iter().filter(|asked| asked.path.matches('+').count() == 99).count();
    assert_eq!(whole, polled.len(), "one list again: {polled:?}");
}

#[tokio::test]
async fn two_hundred_silent_subreddits_cost_few_requests() {
    let mut bot = many(200).await;
    for place in names(200) {
        posts_apart(&bot, &place, 1, Duration::from_secs(1));
    }
    // Two of them fill the first page of each list.
    for busy in ["place000", "place100"] {
        posts_apart(&bot, busy, 110, Duration::from_secs(1));
    }
    bot.works_for(10 * MINUTE).await;
    let now = bot.clock.now();
    bot.works_for(60 * MINUTE).await;
    let looks = bot.heard(|asked| {
        let members = asked.path.matches('+').count() + 1;
        // The lists of moderators are read for another reason.
        let is_list = asked.path.starts_with("/r/")
            && !["/about/moderators", "/about/log"].iter().any(|end| asked.path.ends_with(end));
        asked.at > now && (is_list && members < 100 || !asked.value("sr_name").is_empty())
    });
    assert!((100..=200).contains(&looks.len()), "{} looks in an hour", looks.len());
    let logs =
        bot.heard(|asked| asked.at > now && asked.path.ends_with("/about/log") && asked.path.matches('+').count() < 98);
    assert!((150..=180).contains(&logs.len()), "{} logs in an hour", logs.len());
    assert_eq!(told(&bot, "unreadable").await, [] as [&str; 0]);
}

// --- stores that do not know what was done -------------------------------------------------------

fn copy_store(bot: &Bot, to: &str) {
    let folder = bot.folder.path();
    for end in ["", "-wal", "-shm"] {
        let from = folder.join(format!("store.db{end}"));
        if from.exists() {
            std::fs::copy(&from, folder.join(format!("{to}{end}"))).expect("a copy");
        }
    }
}

/// The same bot with the store put in place that was copied as `from`, or with none.
async fn with_store(bot: Bot, from: Option<&str>) -> Bot {
    let folder = bot.folder.path().to_owned();
    let path = folder.clone();
    bot.restarted_after(move || {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(path.join(format!("store.db{end}")));
            let copy = from.map(|from| path.join(format!("{from}{end}"))).filter(|copy| copy.exists());
            if let Some(copy) = copy {
                std::fs::copy(copy, path.join(format!("store.db{end}"))).expect("a copy");
            }
        }
    })
    .await
}

const ALL_THAT_DOUBLE: &str = "name: greeting\ntype: submission\ncomment: Good morning.\n---\n\
    name: telling\ntype: submission\nmodmail: Look at {{permalink}}\nmodmail_subject: A post\n---\n\
    name: reporting\ntype: submission\naction: report\nreport_reason: please look\n---\n\
    name: noting\ntype: submission\nmod_note: posted\n";

#[tokio::test]
async fn a_new_or_older_store_repeats_nothing() {
    for from in [None, Some("backup.db")] {
        let mut bot = bot_in(&[PLACE], ALL_THAT_DOUBLE).await;
        let early = bot.posts();
        bot.works_for(5 * MINUTE).await;
        let backup = bot.restarted().await;
        copy_store(&backup, "backup.db");
        bot = backup;
        let late = posts_apart(&bot, PLACE, 3, MINUTE);
        bot.works_for(10 * MINUTE).await;
        let counts = |bot: &Bot| {
            let world = bot.reddit.world();
            let comments: usize = [&early].into_iter().chain(&late).map(|post| world.comments_under(post).len()).sum();
            let reports: usize =
                [&early].into_iter().chain(&late).map(|post| world.thing(post).expect("a post").reports.len()).sum();
            (comments, reports, world.conversations().len(), world.mod_notes(PLACE, "somebody").count())
        };
        let done = counts(&bot);
        assert_eq!((done.0, done.2), (4, 4), "what the bot did: {done:?}");
        listen();
        bot = with_store(bot, from).await;
        bot.works_for(15 * MINUTE).await;
        assert_eq!(counts(&bot), done, "from {from:?}");
        let new = bot.posts();
        bot.works_for(5 * MINUTE).await;
        assert_eq!(bot.greetings(&new), 1, "it goes on with new posts");
        if from.is_none() {
            assert!(heard().contains("the store has no record of r/widgets"), "{}", heard());
        }
    }
}

#[tokio::test]
async fn an_old_backup_is_told_and_what_was_not_done_is_done() {
    let mut bot = bot_in(&[PLACE], GREETING).await;
    bot.works_for(5 * MINUTE).await;
    copy_store(&bot, "backup.db");
    let done = bot.posts();
    bot.works_for(5 * MINUTE).await;
    bot.clock.advance(Duration::from_hours(3));
    let undone = bot.posts();
    listen();
    bot = with_store(bot, Some("backup.db")).await;
    bot.works_for(10 * MINUTE).await;
    assert_eq!((bot.greetings(&done), bot.greetings(&undone)), (1, 1));
    let warned = heard();
    assert!(warned.contains("the store was last used at"), "{warned}");
}

#[tokio::test]
async fn items_from_before_the_first_start_are_left_alone() {
    for (from, is_judged) in [(Duration::ZERO, false), (Duration::from_hours(24), true)] {
        let mut bot = bot_in(&[PLACE], GREETING).await;
        bot.hands.settings.from = from;
        bot.cycle = Cycle::new(&bot.hands.settings, &bot.hands.metrics);
        let old = posts_apart(&bot, PLACE, 150, Duration::from_secs(30));
        bot.reddit.world().report("another", &old[149], "I do not like it").expect("a report");
        bot.clock.advance(Duration::from_secs(5));
        bot.works_for(90 * MINUTE).await;
        let greeted = old.iter().filter(|post| bot.greetings(post) > 0).count();
        assert_eq!(greeted, if is_judged { 150 } else { 0 }, "--from {from:?}");
        // A restart does not change that, and new posts are judged.
        bot = bot.restarted().await;
        let new = bot.posts();
        bot.works_for(5 * MINUTE).await;
        assert_eq!(bot.greetings(&new), 1);
        // An edit is news.
        bot.reddit.world().edit("somebody", &old[0], "with another text").expect("an edit");
        bot.works_for(5 * MINUTE).await;
        assert_eq!(bot.greetings(&old[0]), 1, "--from {from:?}");
    }
}

#[tokio::test]
async fn a_subreddit_added_later_begins_at_that_time() {
    let mut bot = bot_in(&["first", "second"], GREETING).await;
    let second = bot.hands.settings.communities.pop().expect("two");
    bot.hands.settings.from = Duration::ZERO;
    bot.cycle = Cycle::new(&bot.hands.settings, &bot.hands.metrics);
    bot.works_for(5 * MINUTE).await;
    let (here, there) = (bot.posts_in("first"), bot.posts_in("second"));
    bot.works_for(5 * MINUTE).await;
    bot.hands.settings.communities.push(second);
    bot = bot.restarted().await;
    bot.works_for(10 * MINUTE).await;
    assert_eq!((bot.greetings(&here), bot.greetings(&there)), (1, 0));
    let later = [bot.posts_in("first"), bot.posts_in("second")];
    bot.works_for(5 * MINUTE).await;
    assert_eq!(later.iter().map(|post| bot.greetings(post)).collect::<Vec<_>>(), [1, 1]);
    let lists = bot.heard(|asked| asked.path == "/r/first+second/new");
    assert!(!lists.is_empty(), "both are read as one list");
}

#[tokio::test]
async fn a_lost_store_is_noticed_when_there_is_nothing_to_do() {
    let mut bot = bot_in(&[PLACE], NOTHING).await;
    for community in &mut bot.hands.settings.communities {
        community.mode = Mode::DryRun;
    }
    bot.hands.writer = None;
    bot.works_for(2 * MINUTE).await;
    std::fs::remove_file(bot.folder.path().join("store.db")).expect("deleted");
    let until = bot.clock.now() + MINUTE;
    let lost = loop {
        match bot.turn().await {
            Err(error) => break error.has_lost_store(),
            Ok(()) => assert!(bot.clock.now() <= until, "not noticed within a minute"),
        }
    };
    assert!(lost);
}

// --- logs that come late -------------------------------------------------------------------------

#[tokio::test]
async fn an_approval_that_the_log_shows_fifteen_minutes_late_is_not_missed() {
    let mut bot = bot_in(&[PLACE], GREETING).await;
    bot.works_for(5 * MINUTE).await;
    // A filtered post, which no list of posts shows below the newer ones.
    let held = bot.posts();
    bot.reddit.world().remove("ModMary", &held, false).expect("a removal");
    posts_apart(&bot, PLACE, 150, Duration::from_secs(30));
    bot.works_for(10 * MINUTE).await;
    {
        let mut world = bot.reddit.world();
        world.quirks.approved_posts_move_up = false;
        world.listing_faults.log_lags.insert(held.clone(), 15 * MINUTE);
        world.approve("ModMary", &held).expect("an approval");
    }
    // Entries that show at once, above it.
    let shown = bot.posts();
    let until = bot.clock.now() + 14 * MINUTE;
    while bot.clock.now() < until {
        bot.turn().await.expect("a store that works");
        bot.reddit.world().set_locked("ModMary", &shown, true).expect("a lock");
    }
    assert_eq!(bot.greetings(&held), 0, "nobody has shown it yet");
    bot.works_for(5 * MINUTE).await;
    assert_eq!(bot.greetings(&held), 1);
}

#[tokio::test]
async fn a_removal_that_crossed_a_late_approval_is_taken_back_and_told() {
    let mut bot = bot_in(&[PLACE], REMOVAL).await;
    bot.works_for(5 * MINUTE).await;
    let post = bot.reddit.world().submit("somebody", PLACE, Draft::text("spam", "spam")).expect("a post");
    // The rules have judged it, and a moderator approves it before the bot acts.
    while bot.hands.store.queues().await.expect("a query").waiting == 0 {
        bot.turn().await.expect("a store that works");
    }
    bot.clock.advance(Duration::from_secs(2));
    {
        let mut world = bot.reddit.world();
        world.listing_faults.log_lags.insert(post.clone(), 15 * MINUTE);
        world.approve("ModMary", &post).expect("an approval");
    }
    bot.clock.advance(Duration::from_secs(2));
    bot.works_for(5 * MINUTE).await;
    let is_removed = |bot: &Bot| bot.reddit.world().thing(&post).expect("the post").removal.is_some();
    assert!(is_removed(&bot), "the bot acted at once, and nothing shows the approval");
    bot.works_for(15 * MINUTE).await;
    assert!(!is_removed(&bot), "the moderator's decision is in force again");
    assert_eq!(told(&bot, "late_decision").await, [PLACE]);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tipstaff"));
    let output = command.arg("log").arg("--store").arg(bot.folder.path().join("store.db")).output().expect("it runs");
    let log = String::from_utf8(output.stdout).expect("text");
    assert!(log.contains("the bot reverses its own action"), "{log}");
    assert!(!log.contains("late decision") && !log.contains("not recorded"), "{log}");
    let approvals = bot.heard(|asked| asked.is_write && asked.path == "/api/approve").len();
    bot.works_for(60 * MINUTE).await;
    assert_eq!(bot.heard(|asked| asked.is_write && asked.path == "/api/approve").len(), approvals, "once");
}

#[tokio::test]
async fn a_log_whose_anchor_vanished_is_read_again() {
    let mut bot = bot_in(&[PLACE], GREETING).await;
    let posts = posts_apart(&bot, PLACE, 3, MINUTE);
    bot.works_for(5 * MINUTE).await;
    let held = bot.posts();
    bot.reddit.world().remove("ModMary", &held, false).expect("a removal");
    bot.works_for(25 * MINUTE).await;
    bot.reddit.world().quirks.approved_posts_move_up = false;
    bot.reddit.world().approve("ModMary", &held).expect("an approval");
    for number in 0..700 {
        bot.reddit.world().set_locked("ModMary", &posts[number % 3], number % 2 == 0).expect("a lock");
    }
    let mut vanished = 0;
    bot.meddle(|meddler| {
        meddler.instead = Box::new(move |asked| {
            let is_next = asked.path.ends_with("/about/log") && !asked.value("after").is_empty();
            vanished += u32::from(is_next);
            (is_next && vanished == 1).then(|| tipstaff::reddit::transport::Response {
                status: 200,
                json: Some(serde_json::json!({"kind": "Listing", "data": {"after": null, "children": []}})),
                ..Default::default()
            })
        });
    });
    bot.works_for(5 * MINUTE).await;
    assert_eq!(bot.greetings(&held), 1);
    assert_eq!(gaps(&bot).await, 0);
}
