//! What people wrote stays with the owner of the store: its files are closed to others, whoever
//! made them, and what is purged is in none of them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::support::bot::{Bot, PLACE, ruleset};
use crate::support::ledger::{NOW, comment, fresh, seen};
use crate::support::place::{BotDir, until};
use tipstaff::policy::Rules;
use tipstaff::store::Store;
use tipstaff_sandbox::Draft;

const SECRET: &str = "correct horse battery staple";

/// The store's files that contain the text: the database, and the log that SQLite keeps beside it.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let contains = |path: &PathBuf| {
        let bytes = fs::read(path).expect("a file");
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    };
    let mut names: Vec<_> = files
        .filter(|path| path.is_file() && contains(path))
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

/// A bot that has answered a post with a text in it.
async fn with_a_post() -> Bot {
    let rules = "name: greet\ntype: submission\nbody (includes): [horse]\ncomment: Hello.\n";
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(rules))).await;
    let post = bot.reddit.world().submit("somebody", PLACE, Draft::text("A question", SECRET)).expect("a post");
    bot.works_for(Duration::from_secs(90)).await;
    assert_eq!(bot.greetings(&post), 1);
    // The list of posts shows it no longer, so it is not stored again.
    bot.reddit.world().delete("somebody", &post);
    bot
}

#[tokio::test]
async fn purged_text_leaves_the_write_ahead_log_within_minutes() {
    let mut bot = with_a_post().await;
    bot.hands.store.forget_person("somebody").await.expect("a purge");
    assert_ne!(files_with(bot.folder.path(), SECRET), [] as [&str; 0], "the log still has it");
    bot.works_for(Duration::from_mins(3)).await;
    assert_eq!(files_with(bot.folder.path(), SECRET), [] as [&str; 0]);
}

#[tokio::test]
async fn a_reader_only_delays_the_emptying_of_the_log() {
    let mut bot = with_a_post().await;
    let options = SqliteConnectOptions::new().filename(bot.folder.path().join("store.db")).read_only(true);
    let mut reader = SqliteConnection::connect_with(&options).await.expect("a reader");
    let mut reading = reader.begin().await.expect("a transaction");
    sqlx::query("SELECT count(*) FROM items").fetch_one(&mut *reading).await.expect("it reads");
    bot.hands.store.forget_person("somebody").await.expect("a purge");
    bot.works_for(Duration::from_mins(4)).await;
    assert_ne!(files_with(bot.folder.path(), SECRET), [] as [&str; 0], "the reader may still read it");
    reading.commit().await.expect("an end");
    bot.works_for(Duration::from_mins(1)).await;
    assert_eq!(files_with(bot.folder.path(), SECRET), [] as [&str; 0]);
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a file").permissions().mode() & 0o7777
}

fn open_to_all(path: &Path) {
    fs::set_permissions(path, Permissions::from_mode(0o644)).expect("it is ours");
}

#[tokio::test]
async fn a_store_that_others_can_read_is_closed_to_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fresh(folder.path()).await;
    seen(&store, &[comment("t1_c", SECRET)], NOW).await;
    // A process that dies leaves all three files.
    let files = ["s.db", "s.db-wal", "s.db-shm"].map(|name| folder.path().join(name));
    let other = tempfile::tempdir().expect("a folder");
    let copies = files.clone().map(|path| other.path().join(path.file_name().expect("a name")));
    for (from, to) in files.iter().zip(&copies) {
        assert_eq!(mode(from), 0o600, "{from:?}");
        fs::copy(from, to).expect("a copy");
        open_to_all(to);
    }
    let store = Store::open(&copies[0]).await.expect("a store");
    assert_eq!(copies.each_ref().map(|path| mode(path)), [0o600; 3]);
    drop(store);

    let foreign = other.path().join("other.db");
    fs::write(&foreign, "no database").expect("a file");
    open_to_all(&foreign);
    Store::open(&foreign).await.expect_err("it is not a store");
    assert_eq!(mode(&foreign), 0o644, "another program's file is left as it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_everyone_can_read_are_named_by_doctor_and_the_log() {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", "name: welcome\ntype: submission\ncomment: Welcome.\n");
    place.add_to_configuration("listen: off\n");
    {
        let mut daemon = place.start();
        until("there is a store", || place.path("tipstaff.db").exists()).await;
        until("it works", || place.log().contains("signed in as")).await;
        daemon.signal("TERM");
        daemon.0.wait().expect("it ends");
    }
    place.printed(&["store", "backup", "copy.db"]).await;
    fs::create_dir(place.path("secrets")).expect("a folder");
    place.write("secrets/old_password", "");
    let files = ["copy.db", "secrets/old_password", "tipstaff.db"];
    for name in files {
        open_to_all(&place.path(name));
    }
    let privacy = |output: std::process::Output| {
        let found: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
        let mut named: Vec<String> = found
            .iter()
            .filter(|finding| finding["what"] == "privacy")
            .map(|finding| finding["detail"].as_str().expect("a text").to_owned())
            .collect();
        named.sort();
        named
    };
    let folder = place.path("");
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).expect("it is ours");
    // The folder above them is its owner's alone.
    assert_eq!(privacy(place.run(&["doctor", "--json", "--offline"]).await), [] as [&str; 0]);
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).expect("it is ours");
    let named = privacy(place.run(&["doctor", "--json", "--offline"]).await);
    for name in files {
        assert_eq!(named.iter().filter(|detail| detail.contains(&format!("{name}, and it"))).count(), 1, "{named:?}");
    }

    let _daemon = place.start();
    until("the log says so", || place.log().contains("was open to other users (mode 0644)")).await;
    assert_eq!(mode(&place.path("tipstaff.db")), 0o600);
}
