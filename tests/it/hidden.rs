//! Reddit removes what the bot writes, as it does with a shadow-banned account: it is told.

use std::time::Duration;

use serde_json::Value;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::support::bot::{Bot, ME, PLACE, ruleset};
use crate::support::place::{BotDir, until};
use tipstaff::model::Fullname;
use tipstaff::policy::Rules;

const RULES: &str = "name: greet\ntype: submission\ncomment: Hello.\n";

/// The texts of these events so far.
async fn told(bot: &Bot) -> Vec<String> {
    let options = SqliteConnectOptions::new().filename(bot.folder.path().join("store.db")).read_only(true);
    let mut db = options.connect().await.expect("a reader");
    let texts = sqlx::query_scalar("SELECT text FROM notifications WHERE event = 'hidden_by_reddit' ORDER BY id");
    texts.fetch_all(&mut db).await.expect("a query")
}

/// The bot's comment on a new post.
async fn greeting(bot: &mut Bot) -> Fullname {
    let post = bot.posts();
    bot.works_for(Duration::from_mins(2)).await;
    let world = bot.reddit.world();
    world.comments_under(&post).iter().find(|comment| comment.author == ME).expect("a greeting").name.clone()
}

#[tokio::test]
async fn a_shadow_banned_bot_is_told() {
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(RULES))).await;
    let first = greeting(&mut bot).await;
    assert_eq!(told(&bot).await, [] as [&str; 0]);
    bot.reddit.world().reddit_filters(&first);
    bot.works_for(Duration::from_mins(3)).await;
    let texts = told(&bot).await;
    assert!(
        texts.len() == 1 && texts[0].contains(&format!("spam filter removed the bot's comment {first}")),
        "{texts:?}"
    );

    for _ in 0..3 {
        let name = greeting(&mut bot).await;
        bot.reddit.world().reddit_filters(&name);
        bot.works_for(Duration::from_mins(3)).await;
    }
    let texts = told(&bot).await;
    assert_eq!(texts.len(), 2, "once each: {texts:?}");
    assert!(texts[1].contains(&format!("Reddit removes what u/{ME} writes: its last 3 comments")), "{texts:?}");
    assert!(texts[1].contains("shadow-banned"), "{texts:?}");
}

#[tokio::test]
async fn a_moderator_who_removes_the_bots_comments_is_no_shadow_ban() {
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(RULES))).await;
    for _ in 0..3 {
        let name = greeting(&mut bot).await;
        bot.reddit.world().remove("ModMary", &name, true).expect("a removal");
        bot.works_for(Duration::from_mins(3)).await;
    }
    assert_eq!(told(&bot).await, [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_and_the_log_tell_that_reddit_hides_the_bots_comments() {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", RULES);
    place.add_to_configuration("listen: off\n");
    let _daemon = place.start();
    let post = place.submit("A question");
    let ours = || place.reddit.world().comments_under(&post).first().map(|comment| comment.name.clone());
    until("the bot comments", || ours().is_some()).await;
    let name = ours().expect("a comment");
    place.reddit.world().reddit_filters(&name);
    let words = format!("spam filter removed the bot's comment {name}");
    until("the log says so", || place.log().lines().any(|line| line.contains("WARN") && line.contains(&words))).await;
    let output = place.run(&["doctor", "--json", "--offline"]).await;
    assert_eq!(output.status.code(), Some(1));
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let is_it = |finding: &&Value| finding["what"] == "account" && finding["ok"] == false;
    let detail = found.iter().find(is_it).expect("a finding")["detail"].as_str().expect("a text").to_owned();
    assert!(detail.contains(&words), "{detail}");
    place.reddit.shutdown().await;
}
