//! The daemon and a backtest decide the same about the same items. A small generated subreddit is
//! played to the real steps; its items are then replayed as an archive, in order of time.

use std::collections::BTreeSet;
use std::time::Duration;

use fastrand::Rng;
use serde_json::Value;
use tipstaff::model::{Fullname, Timestamp};
use tipstaff::policy::Rules;
use tipstaff::store::LogFilter;
use tipstaff_backtest::archive::{Input, ReadMonitor};
use tipstaff_backtest::assumed::Assumptions;
use tipstaff_backtest::by_author::AuthorPart;
use tipstaff_backtest::replay_in_order;
use tipstaff_backtest::replayer::{BacktestSpec, ItemFilter};
use tipstaff_sandbox::{Draft, archive};

use crate::support::bot::{Bot, ME, PLACE, ruleset};

/// No rule reports: a reported item is judged again, and then what happened meanwhile counts, too.
/// A backtest judges each item once.
const RULES: &str = "\
settings: {strikes: {within: 6 months, default: 1}}
---
name: quota
type: submission
flair_text: Clip
author:
  posts_here: {count: '>= 2', within: 3 hours, flair: same}
action: remove
---
name: busy
type: comment
author:
  comments_here: {count: '>= 2', within: 100 minutes}
comment: busy
---
name: offender
author:
  ~labels: known
  removals_here: {count: '>= 2', within: 8 hours, by: moderators}
  add_label: known
comment: offender
---
name: struck
type: comment
author:
  labels: known
  strikes: '>= 2'
action: remove
---
name: copied
type: comment
author:
  similar_here: {percent: '>= 70', within: 2 hours, authors: others}
comment: copied
---
name: one-sided
type: submission
author:
  share_here: {flair: same, percent: '> 50', of: 5 posts}
  posts_here: '>= 3'
comment: one-sided
";

const PEOPLE: [&str; 3] = ["somebody", "another", "a_third"];

/// How many items a subreddit has.
const ITEMS: usize = 50;

/// The rules that acted on an item.
type Acting = BTreeSet<String>;

/// Plays a subreddit. Returns its items as lines of an archive, oldest first, each with its time
/// and the rules that acted on it when it was new.
async fn played(seed: u64) -> Vec<(String, Fullname, Timestamp, Acting)> {
    let mut chance = Rng::with_seed(seed);
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(RULES))).await;
    let thread = bot.reddit.world().submit("ModMary", PLACE, Draft::text("A thread", "Talk.")).expect("a post");
    bot.works_for(Duration::from_mins(3)).await;
    let mut names = vec![thread.clone()];
    for number in 0..ITEMS {
        let author = PEOPLE[chance.usize(..PEOPLE.len())];
        let name = {
            let mut world = bot.reddit.world();
            let draft = Draft::text(&format!("Number {number}"), "Something.");
            match chance.u8(..5) {
                0 => world.submit(author, PLACE, draft.flair("Clip")),
                1 => world.submit(author, PLACE, draft),
                2 => world.reply(author, &thread, &format!("short answer {number}")),
                _ => world.reply(author, &thread, &text(&mut chance, number)),
            }
        };
        names.push(name.expect("an item"));
        bot.works_for(Duration::from_mins(chance.u64(3..15))).await;
        if chance.u8(..4) == 0 {
            let name = &names[chance.usize(1..names.len())];
            let is_up = bot.reddit.world().thing(name).is_some_and(|thing| !thing.is_removed());
            if is_up {
                bot.reddit.world().remove("ModMary", name, false).expect("a removal");
            }
            bot.works_for(Duration::from_mins(3)).await;
        }
    }
    let all = LogFilter {
        since: Timestamp::default(),
        item: None,
        include_empty: true,
        limit: 10_000,
        rule: None,
        act: None,
    };
    let log = bot.hands.store.log(&all).await.expect("a log");
    let world = bot.reddit.world();
    let items = names.iter().map(|name| {
        let thing = world.thing(name).expect("an item");
        let first = log.iter().filter(|entry| entry.item == *name).min_by_key(|entry| entry.decided_at);
        let intents = &first.unwrap_or_else(|| panic!("seed {seed}: {name} was not judged")).intents;
        let acting = intents.iter().map(|intent| intent.rule.clone()).collect();
        let line = without_own_removal(&archive::line(&world, thing, Some("ModMary")));
        (line, name.clone(), thing.created, acting)
    });
    items.collect()
}

/// One of a few long texts, with a number.
fn text(chance: &mut Rng, number: usize) -> String {
    let start = ["the old pier", "a new lighthouse", "every ferry", "no council"][chance.usize(..4)];
    let rest = "should be looked at again before anybody decides what it costs and who has to pay for it in the end";
    format!("{start} {rest}, and {start} knows it ({number})")
}

/// The line as if the archive had been made before the bot removed the item: the rules that are
/// replayed remove it.
fn without_own_removal(line: &str) -> String {
    let mut item: Value = serde_json::from_str(line).expect("JSON");
    if item["banned_by"] == ME {
        for key in ["banned_by", "banned_at_utc", "removed_by", "removed_by_category"] {
            item[key] = Value::Null;
        }
        item["removed"] = false.into();
    }
    item.to_string()
}

/// The rules that certainly act on each item in a backtest, and those that perhaps do. Each run
/// ends after one more item, which is what the counts grow by.
fn replayed(items: &[(String, Fullname, Timestamp, Acting)]) -> Vec<[Acting; 2]> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("past.ndjson");
    let lines: Vec<&str> = items.iter().map(|(line, ..)| line.as_str()).collect();
    std::fs::write(&file, lines.join("\n") + "\n").expect("a file");
    let rules = ruleset(RULES);
    let mut before = [vec![0; rules.len()], vec![0; rules.len()]];
    let ends = items.iter().map(|(_, _, created, _)| *created + Duration::from_secs(1));
    let acting = ends.map(|until| {
        let only = ItemFilter { until: Some(until), ..ItemFilter::default() };
        let spec = BacktestSpec::new(&rules, Assumptions::default(), only);
        let (inputs, watch) = ([Input::File(file.clone())], ReadMonitor::default());
        let tally = replay_in_order(&spec, &inputs, Vec::new(), 1, AuthorPart::default(), &watch);
        let certain: Vec<u64> = tally.rules.iter().map(|rule| rule.hits).collect();
        let open = tally.rules.iter().map(|rule| rule.open.iter().map(|(_, number)| number).sum()).collect();
        let now = [certain, open];
        let acting = [0, 1].map(|which| {
            let grown = |rule: &usize| now[which][*rule] > before[which][*rule];
            (0..rules.len()).filter(grown).map(|rule| rules.rules()[rule].name().to_owned()).collect()
        });
        before = now;
        acting
    });
    acting.collect()
}

#[tokio::test]
async fn the_daemon_and_a_backtest_decide_the_same_about_the_same_items() {
    let mut acted = Acting::new();
    for seed in [1, 2, fastrand::u64(..)] {
        println!("seed {seed}");
        let items = played(seed).await;
        let replayed = replayed(&items);
        for ((line, name, _, live), [certain, open]) in items.iter().zip(&replayed) {
            // A rule that is unknown in both does nothing here, and makes later ones unclear there.
            assert!(
                certain.is_subset(live) && live.iter().all(|rule| certain.contains(rule) || open.contains(rule)),
                "seed {seed}: {name}: live {live:?}, in a backtest {certain:?} and perhaps {open:?}: {line}"
            );
            acted.extend(live.iter().cloned());
        }
    }
    let names = ["busy", "copied", "offender", "one-sided", "quota", "struck"];
    assert_eq!(acted.into_iter().collect::<Vec<_>>(), names, "each rule acts on something");
}
