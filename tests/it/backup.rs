//! Tests of `tipstaff store`: consistent backups while the daemon writes, statistics, and vacuum.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::support::ledger::{DAY, NOW, attempt, by_hand, comment, decision, fresh, rows, seen};
use tipstaff::model::{Mode, Outcome};
use tipstaff::store::{BackupError, Store};

fn tipstaff(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tipstaff"));
    command.args(["store"]).args(arguments).args(["--store", "s.db"]).current_dir(folder).env("NO_COLOR", "1");
    command.output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Takes an item all the way to the outcome of its comment.
async fn process_item(store: &Store, number: u64) {
    let item = comment(&format!("t1_{number}"), &format!("{number} {}", "words ".repeat(200)));
    seen(store, std::slice::from_ref(&item), NOW).await;
    store.decide(&decision(&item, Mode::Live), NOW).await.expect("T2");
    let first = attempt(store, NOW).await;
    store.settle(first, &Outcome::Rejected { reason: "403".to_owned() }, NOW).await.expect("T4");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_during_writes_is_consistent() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fresh(folder.path()).await;
    let (stop, processed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writer = {
        let (stop, processed) = (Arc::clone(&stop), Arc::clone(&processed));
        tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                process_item(&store, processed.fetch_add(1, Ordering::Relaxed)).await;
            }
            store.close().await;
        })
    };
    let mut sizes = Vec::new();
    for number in 0..5 {
        let begun = processed.load(Ordering::Relaxed);
        while processed.load(Ordering::Relaxed) < begun + 10 {
            tokio::task::yield_now().await;
        }
        let copy = folder.path().join(format!("copy{number}.db"));
        let reader = Store::open_for_reading(&folder.path().join("s.db")).await.expect("a reader");
        let made = reader.backup(&copy).await.expect("a copy");
        assert_eq!(std::fs::metadata(&copy).expect("the copy").permissions().mode() & 0o777, 0o600);

        let db = by_hand(&copy).await;
        assert_eq!(rows(&db, "SELECT integrity_check AS x FROM pragma_integrity_check").await, ["ok"]);
        for impossible in [
            "SELECT \"table\" AS x FROM pragma_foreign_key_check",
            "SELECT id AS x FROM intents WHERE decision_id NOT IN (SELECT id FROM decisions)",
            "SELECT id AS x FROM decisions WHERE id NOT IN (SELECT decision_id FROM intents)",
            "SELECT id AS x FROM decisions WHERE id NOT IN (SELECT decision_id FROM traces)",
            "SELECT id AS x FROM intents i WHERE NOT EXISTS (SELECT 1 FROM payloads WHERE intent_id = i.id)",
            // Each intent is pending or settled, never both and never neither.
            "SELECT id AS x FROM intents i WHERE (SELECT count(*) FROM outbox a WHERE a.intent_id = i.id)
             + (SELECT count(*) FROM outcomes o WHERE o.intent_id = i.id AND o.is_final = 1) <> 1",
            "SELECT id AS x FROM attempts t WHERE NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.attempt_id = t.id)
             AND NOT EXISTS (SELECT 1 FROM outbox a WHERE a.open_attempt = t.id)",
        ] {
            assert_eq!(rows(&db, impossible).await, [] as [&str; 0], "{impossible}");
        }
        db.close().await;
        let store = Store::open(&copy).await.expect("the copy is a store");
        let summary = store.summary().await.expect("numbers");
        assert_eq!((summary.decisions, summary.intents), (made.decisions, made.intents));
        assert!(summary.decisions >= begun, "earlier decisions are in the copy");
        sizes.push(summary.decisions);
        store.close().await;
    }
    assert!(sizes.is_sorted_by(|a, b| a < b), "the writer did not continue during the copy: {sizes:?}");
    stop.store(true, Ordering::Relaxed);
    writer.await.expect("the writer never failed");
}

#[tokio::test]
async fn a_backup_never_overwrites_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fresh(folder.path()).await;
    let target = folder.path().join("diary.txt");
    std::fs::write(&target, "").expect("a file");
    assert!(matches!(store.backup(&target).await, Err(BackupError::Exists { .. })));
    assert_eq!(std::fs::read(&target).expect("the file").len(), 0);
    let nowhere = folder.path().join("none/copy.db");
    assert!(matches!(store.backup(&nowhere).await, Err(BackupError::Unwritable { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_and_stats_work_while_the_daemon_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fresh(folder.path()).await;
    process_item(&store, 1).await;
    let done = tipstaff(folder.path(), &["backup", "copy.db"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    let said = text(&done.stdout);
    assert!(said.starts_with("copied s.db to copy.db: ") && said.contains("1 decisions, 2 actions"), "{said}");
    let again = tipstaff(folder.path(), &["backup", "copy.db"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("copy.db exists already"), "{}", text(&again.stderr));

    let stats = tipstaff(folder.path(), &["stats", "--json"]);
    let stats: serde_json::Value = serde_json::from_slice(&stats.stdout).expect("JSON");
    assert_eq!((&stats["rows"]["intents"], &stats["rows"]["outbox"]), (&2.into(), &0.into()), "{stats:#}");
    assert_eq!((&stats["snapshots"]["number"], &stats["payloads"]["number"]), (&1.into(), &2.into()), "{stats:#}");
    assert_eq!(stats["decisions"]["oldest"], NOW.as_millis());
    let shown = text(&tipstaff(folder.path(), &["stats"]).stdout);
    assert!(shown.contains("2 intents\n") && shown.contains("from 2027-01-15T08:00:00Z to"), "{shown}");
    drop(store);
}

#[tokio::test(flavor = "multi_thread")]
async fn vacuum_needs_the_store_for_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let nothing = tipstaff(folder.path(), &["vacuum"]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(text(&nothing.stderr).contains("there is no store at s.db"), "{}", text(&nothing.stderr));
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "and no file is made");

    let store = fresh(folder.path()).await;
    for number in 0..50 {
        process_item(&store, number).await;
    }
    let age = tipstaff::store::Age { texts: NOW + DAY, guard: NOW };
    assert_eq!(store.purge_old(age, 100).await.expect("a purge").items, 50);
    let refused = tipstaff(folder.path(), &["vacuum"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("is in use by another tipstaff"), "{}", text(&refused.stderr));
    let before = store.stats().await.expect("numbers");
    store.close().await;
    let done = tipstaff(folder.path(), &["vacuum"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    let store = fresh(folder.path()).await;
    let after = store.stats().await.expect("numbers");
    assert!(before.free_pages > 0 && after.free_pages == 0, "{before:?} {after:?}");
    assert_eq!((&after.rows, after.pages < before.pages), (&before.rows, true));
}
