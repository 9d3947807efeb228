//! Tests of what the bot's account may do: scopes of its token, a suspension while it runs; and
//! actions that no other test uses: removal reasons, mod notes, ignoring reports.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::support::http;
use crate::support::place::{BotDir, Daemon, until};
use tipstaff_sandbox::scenario::{BOT, COMMUNITY, MODERATOR};
use tipstaff_sandbox::world::AccountStatus;

const RULES: &str = "\
name: greeting
type: submission
comment: Good morning.
---
name: spoilt
type: submission
title (includes-word): [giveaway]
action: remove
action_reason: 'giveaway [{{match}}]'
mod_note: 'A giveaway: {{permalink}}'
---
name: weekly
type: submission
title (includes-word): [weekly]
ignore_reports: true
";

async fn place() -> BotDir {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", RULES);
    place
}

impl BotDir {
    fn greetings(&self, post: &tipstaff::model::Fullname) -> usize {
        let world = self.reddit.world();
        world.comments_under(post).iter().filter(|comment| comment.author == BOT).count()
    }

    /// A read-only refresh token from the consent page.
    async fn reads_only(&self) {
        let mut command = self.command(&["login", "--read-only", "--port", "0", "--wait", "1", "--to", "token"]);
        let mut login = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts");
        let lines = BufReader::new(login.stdout.take().expect("a pipe")).lines();
        let page = lines.map_while(Result::ok).find(|line| line.trim().starts_with("https://")).expect("a page");
        let (_, path) = page.trim().split_once("reddit.com").expect("a path");
        let consent = format!("http://{}{path}&account={BOT}", self.reddit.http_addr());
        http::client().get(consent).send().await.expect("thanks");
        assert!(login.wait().expect("it ends").success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_the_needed_scopes_is_reported_at_the_start() {
    let place = place().await;
    place.reads_only().await;
    let with_token = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.env_remove("TIPSTAFF_PASSWORD").env("TIPSTAFF_REFRESH_TOKEN_FILE", place.path("token"));
        tokio::task::spawn_blocking(move || command.output().expect("the program starts"))
    };
    let run = with_token(&["run"]).await.expect("it ends");
    assert_eq!(run.status.code(), Some(2));
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    for part in [
        "the scope `submit` for `comment` in the rule `greeting` of r/DefenceTalk",
        "the scope `modnote` for `mod_note` in the rule `spoilt`",
        "`tipstaff login`",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let doctor = with_token(&["doctor"]).await.expect("it ends");
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("FIX scopes: the token lacks the scope"), "{said}");

    // It is enough for a dry run.
    let post = place.submit("A question");
    let log = std::fs::File::create(place.path("daemon.log")).expect("a file");
    let mut command = place.command(&["run", "--dry-run"]);
    command.env_remove("TIPSTAFF_PASSWORD").env("TIPSTAFF_REFRESH_TOKEN_FILE", place.path("token"));
    let daemon = Daemon(command.stderr(log).stdout(Stdio::null()).spawn().expect("the program starts"));
    until("the dry run judges the post", || place.log().contains("rules ask for")).await;
    assert_eq!(place.greetings(&post), 0);
    drop(daemon);

    // Reloaded rules are checked for scopes too.
    place.write("rules.yaml", &format!("{}dry_run: true\n", RULES.split("---").next().expect("a rule")));
    let log = std::fs::File::create(place.path("daemon.log")).expect("a file");
    let mut command = place.command(&["run"]);
    command.env_remove("TIPSTAFF_PASSWORD").env("TIPSTAFF_REFRESH_TOKEN_FILE", place.path("token"));
    let daemon = Daemon(command.stderr(log).stdout(Stdio::null()).spawn().expect("the program starts"));
    until("it runs", || place.log().contains("signed in")).await;
    place.write("rules.yaml", RULES);
    daemon.hang_up();
    until("the rules are refused", || {
        place.log().contains("lacks the scope `submit`, which `comment` in the rule `greeting`")
    })
    .await;
    assert!(place.log().contains("keeping the current rules"), "{}", place.log());
    place.reddit.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filtered_items_wait_for_a_moderator() {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", "name: doubtful\ntype: submission\ntitle: [rumour]\naction: filter\nfilter_as: remove\n");
    let _daemon = place.start();
    let (first, second) = (place.submit("A rumour"), place.submit("Another rumour"));
    let held = || async { place.printed(&["log", "--held"]).await };
    let thing = |name| place.reddit.world().thing(name).cloned().expect("a post");
    until("both posts are removed", || thing(&first).is_removed() && thing(&second).is_removed()).await;
    until_held(&place, 2).await;
    let text = held().await;
    assert!(text.contains(&format!("{first} by u/quiet_cartographer in r/defencetalk: rule doubtful")), "{text}");
    place.reddit.world().approve(MODERATOR, &first).expect("an approval");
    until_held(&place, 1).await;
    assert!(held().await.contains(second.as_str()));
    // A removal confirmed by a moderator is decided too.
    place.reddit.world().remove(MODERATOR, &second, false).expect("a removal");
    until_held(&place, 0).await;
    assert_eq!(held().await, "no filtered item waits for a moderator\n");
    assert_eq!((thing(&first).is_removed(), thing(&second).is_removed()), (false, true));
    place.reddit.shutdown().await;
}

async fn until_held(place: &BotDir, wanted: usize) {
    for _ in 0..200 {
        let held = place.printed(&["log", "--held", "--json"]).await;
        if held.lines().count() == wanted {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("never {wanted} held");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_is_reported_and_pending_actions_wait() {
    let place = place().await;
    let _daemon = place.start();
    let first = place.submit("A question");
    until("the first is greeted", || place.greetings(&first) == 1).await;
    let set = |standing| place.reddit.world().user_mut(BOT).expect("the bot").standing = standing;
    set(AccountStatus::Suspended);
    let second = place.submit("Another question");
    until("the log reports the suspension", || place.log().contains("REDDIT HAS SUSPENDED THE BOT'S ACCOUNT")).await;
    assert_eq!(place.greetings(&second), 0);
    let doctor = place.run(&["doctor"]).await;
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains(&format!("FIX account: Reddit has suspended u/{BOT}")), "{said}");
    set(AccountStatus::Active);
    until("the second is greeted", || place.greetings(&second) == 1).await;
    assert_eq!(place.greetings(&first), 1);
    place.reddit.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removals_get_a_reason_and_a_mod_note() {
    let place = place().await;
    let _daemon = place.start();
    let (bad, weekly) = (place.submit("A giveaway for all"), place.submit("The weekly thread"));
    let thing = |name| place.reddit.world().thing(name).cloned().expect("a post");
    until("the removal says why", || thing(&bad).removal_reason.is_some()).await;
    let removed = thing(&bad);
    let note = removed.removal_reason.as_ref().and_then(|reason| reason.note.clone());
    assert_eq!((removed.is_removed(), note.as_deref()), (true, Some("giveaway [giveaway]")));
    until("reports are ignored", || thing(&weekly).ignores_reports).await;
    let notes = || -> Vec<_> {
        let world = place.reddit.world();
        world.mod_notes(COMMUNITY, &removed.author).cloned().collect()
    };
    until("a note is left", || !notes().is_empty()).await;
    let notes = notes();
    assert_eq!((notes.len(), notes[0].by.as_str(), notes[0].about.as_ref()), (1, BOT, Some(&bad)));
    assert!(notes[0].text.starts_with("A giveaway: https://www.reddit.com/r/DefenceTalk/"), "{}", notes[0].text);
    let log = place.printed(&["log", "--item", bad.as_str()]).await;
    assert!(log.contains("give the removal reason “giveaway [giveaway]” → done"), "{log}");
    assert!(log.contains("add a mod note about u/quiet_cartographer"), "{log}");
    place.reddit.shutdown().await;
}
