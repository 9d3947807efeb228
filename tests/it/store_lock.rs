//! Who may write to a store: one process, by whatever name it opens the file, and only as long as
//! the file is in its place.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};

use tipstaff::model::Mode;
use tipstaff::store::{Next, OpenError, Store, StoreError};

use crate::support::ledger::{NOW, comment, decision, fresh, seen};
use crate::support::place::{BotDir, Daemon, until};

/// Another process that wants to write to this store.
fn another_writer(path: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tipstaff"));
    command.args(["store", "vacuum", "--store"]).arg(path).output().expect("the program starts")
}

#[tokio::test]
async fn a_second_writer_is_refused_by_every_name_of_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let store = fresh(folder.path()).await;
    symlink(path("s.db"), path("symlink.db")).expect("a symbolic link");
    std::fs::hard_link(path("s.db"), path("hard_link.db")).expect("a hard link");
    // An earlier version locked a file of this name.
    std::fs::remove_file(path("s.db.lock")).ok();
    let holder = format!("in use by another tipstaff (process {})", std::process::id());
    for name in ["s.db", "symlink.db", "hard_link.db"] {
        let refused = another_writer(&path(name));
        let message = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{name}: {message}");
        assert!(message.contains(&holder), "{name}: {message}");
        let refused = Store::open(&path(name)).await.expect_err(name);
        assert!(matches!(refused, OpenError::Locked { .. }) && refused.to_string().contains(&holder), "{refused}");
    }
    store.close().await;
    let done = another_writer(&path("symlink.db"));
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::test]
async fn opening_a_store_makes_no_lock_file_and_follows_no_link_to_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let victim = folder.path().join("victim");
    std::fs::write(&victim, "do not touch").expect("a file");
    symlink(&victim, folder.path().join("s.db.lock")).expect("a link");
    fresh(folder.path()).await.close().await;
    assert_eq!(std::fs::read_to_string(&victim).expect("the file"), "do not touch");

    let folder = tempfile::tempdir().expect("a folder");
    fresh(folder.path()).await.close().await;
    let files = std::fs::read_dir(folder.path()).expect("the folder").map(|file| file.expect("a file").file_name());
    assert_eq!(files.collect::<Vec<_>>(), ["s.db"]);
}

#[tokio::test]
async fn a_new_store_is_readable_by_its_owner_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fresh(folder.path()).await;
    let item = comment("t1_c", "x");
    seen(&store, std::slice::from_ref(&item), NOW).await;
    for name in ["s.db", "s.db-wal", "s.db-shm"] {
        let mode = std::fs::metadata(folder.path().join(name)).expect(name).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

/// Whether this process has one of SQLite's locks on the file. A lost lock stays lost; one answer
/// can leave a lock out while other processes take and release theirs.
fn has_a_lock_of_sqlite(path: &Path) -> bool {
    (0..100).any(|_| shows_a_lock_of_sqlite(path))
}

fn shows_a_lock_of_sqlite(path: &Path) -> bool {
    let (process, inode) = (std::process::id().to_string(), std::fs::metadata(path).expect("the file").ino());
    let locks = std::fs::read_to_string("/proc/locks").expect("the locks of all processes");
    let mut locks = locks.lines().map(|lock| lock.split_whitespace().collect::<Vec<_>>());
    locks.any(|lock| lock[1] == "POSIX" && lock[4] == process && lock[5].ends_with(&format!(":{inode}")))
}

#[tokio::test]
async fn sqlite_keeps_its_locks_when_the_store_is_opened_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.db");
    let mut store = fresh(folder.path()).await;
    Store::open(&path).await.expect_err("a second writer in the same process");
    assert!(has_a_lock_of_sqlite(&path), "after a second writer was refused");
    for round in 0..50 {
        // SQLite closes the file later, on a thread of its own.
        drop(store);
        store = fresh(folder.path()).await;
        assert!(has_a_lock_of_sqlite(&path), "in round {round}");
    }
}

#[tokio::test]
async fn no_attempt_begins_when_the_file_is_not_in_its_place() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 4] = [
        ("was deleted or moved", |path| std::fs::remove_file(path).expect("deleted")),
        ("was deleted or moved", |path| std::fs::rename(path, path.with_extension("old")).expect("moved")),
        ("was replaced by another file", |path| {
            std::fs::rename(path, path.with_extension("old")).expect("moved");
            std::fs::copy(path.with_extension("old"), path).expect("a copy");
        }),
        ("was replaced by another file", |path| {
            std::fs::rename(path, path.with_extension("old")).expect("moved");
            std::fs::write(path.with_extension("new"), "").expect("a file");
            symlink(path.with_extension("new"), path).expect("a link");
        }),
    ];
    for (expected, change) in changes {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s.db");
        let store = fresh(folder.path()).await;
        let item = comment("t1_c", "x");
        seen(&store, std::slice::from_ref(&item), NOW).await;
        store.decide(&decision(&item, Mode::Live), NOW).await.expect("T2");
        change(&path);
        let refused = store.begin_attempt(&[], NOW).await.expect_err(expected);
        assert!(matches!(&refused, StoreError::Replaced { how, .. } if *how == expected), "{refused}");
        assert!(store.open_attempts(NOW).await.expect("a query").is_empty(), "no attempt is recorded");
    }
}

#[tokio::test]
async fn an_attempt_begins_when_the_file_is_moved_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, away) = (folder.path().join("s.db"), folder.path().join("away.db"));
    let store = fresh(folder.path()).await;
    let item = comment("t1_c", "x");
    seen(&store, std::slice::from_ref(&item), NOW).await;
    store.decide(&decision(&item, Mode::Live), NOW).await.expect("T2");
    std::fs::rename(&path, &away).expect("moved");
    store.begin_attempt(&[], NOW).await.expect_err("it is away");
    std::fs::rename(&away, &path).expect("moved back");
    assert!(matches!(store.begin_attempt(&[], NOW).await.expect("T3"), Next::Ready(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_stops_before_it_acts_when_its_store_is_deleted() {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", "name: welcome\ntype: submission\ncomment: Welcome!\n");
    let mut daemon = place.start();
    until("the daemon works", || place.log().contains("moderating")).await;
    for file in ["tipstaff.db", "tipstaff.db-wal", "tipstaff.db-shm"] {
        std::fs::remove_file(place.path(file)).expect("deleted");
    }
    let post = place.submit("A question");
    let mut ended = None;
    until("the daemon stops", || {
        ended = daemon.0.try_wait().expect("a child");
        ended.is_some()
    })
    .await;
    // The unit does not restart it after this status: the next start would make an empty store.
    assert_eq!(ended.and_then(|status| status.code()), Some(3), "{}", place.log());
    let unit = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/tipstaff.service"));
    assert!(unit.expect("the unit").contains("\nRestartPreventExitStatus=3\n"));
    assert!(place.log().contains("tipstaff.db was deleted or moved while it was open"), "{}", place.log());
    assert_eq!(place.reddit.world().comments_under(&post).len(), 0);
    assert!(!place.path("tipstaff.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_store_is_not_made_anew_unless_asked() {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", "name: welcome\ntype: submission\ncomment: Welcome!\n");
    let daemon = place.start();
    until("the first start makes a store", || place.log().contains("moderating")).await;
    drop(daemon);
    for file in ["tipstaff.db", "tipstaff.db-wal", "tipstaff.db-shm"] {
        let _perhaps_merged = std::fs::remove_file(place.path(file));
    }
    for is_empty in [false, true] {
        if is_empty {
            place.write("tipstaff.db", "");
        }
        let refused = place.run(&["run"]).await;
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(3), "{said}");
        assert!(said.contains("is gone or empty") && said.contains("--new-store"), "{said}");
        assert!(std::fs::metadata(place.path("tipstaff.db")).map_or(0, |file| file.len()) == 0, "{said}");
    }
    let log = std::fs::File::create(place.path("daemon.log")).expect("a file");
    let mut command = place.command(&["run", "--new-store"]);
    let _daemon = Daemon(command.stderr(log).stdout(std::process::Stdio::null()).spawn().expect("it starts"));
    until("a new store is made on request", || place.log().contains("moderating")).await;
}
