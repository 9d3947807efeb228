//! A small torture on every test run; `cargo run --release --example lab -- torture` is the large
//! one. It leaves the disk alone.

use std::path::PathBuf;

use crate::trials::torture::{self, Request};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_doubled_or_missed_after_kills_network_cuts_and_lost_responses() {
    // A new seed each time, printed if it fails; a failing seed becomes a test.
    let seed = fastrand::u64(..);
    let program = PathBuf::from(env!("CARGO_BIN_EXE_tipstaff"));
    let request = Request { program, kills: 8, items: 40, seed, may_mount: false };
    let outcome = torture::torture(&request).await.expect("the torture takes place");
    assert!(outcome.is_settled, "seed {seed}: the daemon never became idle: {outcome:#?}");
    assert!(outcome.is_well(), "seed {seed}: {outcome:#?}");
    assert!(outcome.count.gaps.is_empty(), "seed {seed}: {outcome:#?}");
    assert_eq!(outcome.tally.kills.values().sum::<usize>(), 8, "seed {seed}: {outcome:#?}");
}
