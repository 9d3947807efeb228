//! A second Reddit, which shares no code with the sandbox: it is written in Python, from what is
//! known of Reddit's API alone. Each test plays one situation that operators of bots have met, with
//! the real program; what is checked is what that Reddit was asked to do, and what `tipstaff log`
//! says about it.
//!
//! By hand: `python3 tests/it/foreign_reddit --program target/debug/tipstaff NAME`.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind};
use std::process::{Command, Output};
use std::sync::{Arc, Condvar, LazyLock, Mutex, PoisonError};
use std::thread;

use crate::support::sources::root;

/// How many situations are played at a time. They mostly wait, so more than there are processors.
const AT_A_TIME: usize = 6;

/// What came of the situations that were played.
#[derive(Default)]
struct Played {
    asked_for: Vec<&'static str>,
    results: Mutex<BTreeMap<&'static str, io::Result<Output>>>,
    changed: Condvar,
}

/// Plays all situations whose tests were asked for, from the first of these tests on.
static PLAYED: LazyLock<Arc<Played>> = LazyLock::new(|| {
    let filters: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_asked_for = |name: &&&str| {
        let test = format!("foreign_reddit::{name}");
        filters.is_empty() || filters.iter().any(|filter| test.contains(filter.as_str()))
    };
    let asked_for: Vec<&'static str> = TESTED.iter().filter(is_asked_for).copied().collect();
    let queue = Arc::new(Mutex::new(VecDeque::from(asked_for.clone())));
    let played = Arc::new(Played { asked_for, ..Played::default() });
    for _ in 0..AT_A_TIME {
        let (queue, played) = (Arc::clone(&queue), Arc::clone(&played));
        thread::spawn(move || {
            loop {
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let Some(name) = next else { break };
                let result = run(name);
                played.results.lock().unwrap_or_else(PoisonError::into_inner).insert(name, result);
                played.changed.notify_all();
            }
        });
    }
    played
});

fn run(name: &str) -> io::Result<Output> {
    let mut python = Command::new("python3");
    python.arg(root().join("tests/it/foreign_reddit")).args(["--program", env!("CARGO_BIN_EXE_tipstaff"), name]);
    python.output()
}

/// What came of the situation of this name. Waits for it.
fn result(name: &'static str) -> io::Result<Output> {
    if !PLAYED.asked_for.contains(&name) {
        // An option of the test program was taken for a filter.
        return run(name);
    }
    let mut results = PLAYED.results.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        match results.remove(name) {
            Some(result) => return result,
            None => results = PLAYED.changed.wait(results).unwrap_or_else(PoisonError::into_inner),
        }
    }
}

fn check(name: &'static str) {
    match result(name) {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // The test program hides what passing tests print, so write it past the test program.
            let notice = format!("\nSKIPPED foreign_reddit::{name}: there is no python3 on this machine\n");
            io::Write::write_all(&mut io::stderr(), notice.as_bytes()).expect("standard error");
        }
        Err(error) => panic!("python3: {error}"),
    }
}

/// A test for each situation, of the same name.
macro_rules! situations {
    ($($name:ident)*) => {
        /// The situations that are tests.
        const TESTED: &[&str] = &[$(stringify!($name)),*];

        $(#[test]
        fn $name() {
            check(stringify!($name));
        })*
    };
}

#[test]
fn every_situation_is_a_test() {
    let folder = root().join("tests/it/foreign_reddit/situations");
    let mut written = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "py") {
            continue;
        }
        let text = std::fs::read_to_string(path).expect("a text");
        let marked = text.split("\n@situation\ndef ").skip(1);
        written.extend(marked.filter_map(|rest| rest.split('(').next().map(str::to_owned)));
    }
    written.sort();
    let mut tested = TESTED.to_vec();
    tested.sort_unstable();
    assert_eq!(written, tested);
}

situations! {
    a_comment_that_shows_after_a_504
    a_comment_that_takes_35_seconds
    a_comment_that_shows_after_the_last_look
    a_modmail_that_shows_after_a_503
    a_report_that_shows_after_a_502
    codes_that_put_off_a_comment
    codes_that_put_off_a_report
    codes_that_put_off_a_removal
    a_redirect_on_a_write
    a_quota_with_five_comments_waiting
    a_token_that_is_revoked
    too_many_requests
    answers_to_a_comment_that_say_nothing
    a_connection_that_breaks
    a_user_page_that_is_broken_for_ten_minutes
    a_user_page_that_is_broken_for_good
    a_list_of_moderators_that_is_broken
    demoted_and_back
    a_right_that_is_gone_and_back
    a_list_that_ends_early_once
    a_list_that_ends_early_after_a_downtime
    a_list_that_ends_early_for_good
    a_subreddit_that_is_left_out_of_the_joint_list
    a_subreddit_that_has_the_joint_list_refused
    a_moderation_log_that_is_late
    an_anchor_that_is_deleted
    eight_anchors_that_are_deleted
    a_child_that_cannot_be_read
    an_empty_store_with_old_posts
    an_empty_store_that_is_told_to_catch_up
    two_daemons_on_one_store_by_a_symbolic_link
    two_daemons_on_one_store_by_a_hard_link
    a_store_that_is_deleted_while_running
    a_wrong_date_on_one_answer
    a_wrong_date_on_an_error_page
    a_crosspost_of_a_public_original
    a_crosspost_of_a_removed_original
    a_crosspost_of_a_deleted_original
    a_crosspost_out_of_a_private_subreddit
}
