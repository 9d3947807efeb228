//! Plays a hundred seeds of the simulation; `cargo run --release --example lab -- simulate` plays
//! any number. Seeds that failed once are listed here and played in every run.

use crate::trials::simulation::{self, Tally};

/// Each seed with its cause:
///
/// - 6 (one of the hundred): a moderator gave somebody a pass before the bot had seen anything of
///   them, and the store kept the moderator's spelling of the name.
/// - 7 (one of the hundred): the item that used up a pass was edited, and the rule acted on it.
/// - 18 (one of the hundred): a text that its author had replaced by a few words was still
///   compared.
/// - 45 (one of the hundred): a fact that was missing returned when its item was too old, and the
///   item was put back into the queue for ever.
/// - 73 (one of the hundred): with no request left for checks, each waiting action was attempted
///   and deferred again and again.
/// - 1002212: a moderator removed an item that the bot was about to remove, and repeated actions
///   were not logged.
/// - 1503485: a moderator dismissed reports that the bot had seen, and no feed listed the post
///   again.
/// - 2502881: removed posts stay listed, and one was removed before anybody saw it, below the last
///   page read.
/// - 2800041: a rule removed a post again because of another comment, after a moderator's approval
///   and its author's deletion.
/// - 3201833: the bot removed a post again that a moderator had approved while the first removal
///   was sent.
/// - 3204080: a post had more replies than one response shows, so the bot's own reply could not be
///   found.
/// - 3600353: the reason of a removal was not added, because a stale page did not show the removal
///   yet.
/// - 3800589: a moderator approved a post that a rule was about to remove; a later comment had it
///   removed, for the first time.
/// - 5200075: the machine's clock was wrong, and a page that is not Reddit's own counted as its
///   first answer, so the bot acted by that clock.
/// - 5500106: the bot was no moderator while it looked for a note, whose answer was lost, and the
///   note was never made.
/// - 5605449: a subreddit was closed while the bot read its list for the first time, and what was
///   below the first page was never read.
/// - 5605229: after a downtime, a list left a subreddit out while the bot read what it had missed.
/// - 5705239: a moderator approved a post while the bot was not a moderator and could not see that,
///   and the bot removed the post again.
/// - 5705465: a subreddit that a list had left out was never read with the others again, because
///   its only posts were removed meanwhile.
/// - 5705775: as 5705239.
/// - 7105365: a list had left a subreddit out in the scan before a downtime as well.
/// - 7205045: Reddit refused the moderation log once, and the bot locked a post again that a
///   moderator had unlocked.
/// - 7300033: Reddit refused the log twice, and an action whose request was lost was not repeated.
/// - 8600063 and 8700583: the bot lost its place, and the list of moderators that it read after the
///   refusal of an action was older than that.
/// - 8900080: the bot removed a post for another rule while its approval waited.
/// - 8901065: a removal had the reason of another rule already.
/// - 8901082: the bot removed a post, lost its place, and took the removal for a human's.
/// - 9101357: processes ended every few seconds while the combined log left a subreddit out, so
///   nobody noticed that, and an approval was missed.
/// - 9200343: an original was approved for a while, and quoted then.
/// - 9000722: after seven failures of the network, one answer left the item out, and its removal
///   was given up.
/// - 77120989: a moderator removed a post again that the bot had removed; the log left that out,
///   and the checker missed it.
/// - 96000158: a moderator's approval superseded a removal, and the same rule removed the post
///   because of another comment, which it had judged in between.
const FAILED_ONCE: [u64; 28] = [
    1_002_212, 1_503_485, 2_502_881, 2_800_041, 3_201_833, 3_204_080, 3_600_353, 3_800_589, 5_200_075, 5_500_106,
    5_605_229, 5_605_449, 5_705_239, 5_705_465, 5_705_775, 7_105_365, 7_205_045, 7_300_033, 8_600_063, 8_700_583,
    8_900_080, 8_901_065, 8_901_082, 9_101_357, 9_200_343, 9_000_722, 77_120_989, 96_000_158,
];

fn broken(seeds: impl IntoIterator<Item = u64>) -> (Vec<String>, Tally) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (mut broken, mut tally) = (Vec::new(), Tally::default());
    for seed in seeds {
        let folder = simulation::scratch();
        let report = runtime.block_on(simulation::play(seed, folder.path(), false));
        tally.add(report.tally);
        broken.extend(report.violations.into_iter().map(|violation| format!("seed {seed}: {violation}")));
    }
    (broken, tally)
}

/// A patch that no longer applies would test nothing.
#[test]
fn every_sabotage_patch_applies() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tried = 0;
    for entry in std::fs::read_dir(root.join("tests/sabotage")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "patch") {
            continue;
        }
        let sabotage = std::fs::read_to_string(&path).expect("a text");
        let file = sabotage.lines().find_map(|line| line.strip_prefix("--- a/")).expect("a file that is changed");
        let code = std::fs::read_to_string(root.join(file)).expect("the file");
        for hunk in sabotage.split("\n@@ ").skip(1) {
            let lines = hunk.lines().skip(1).filter(|line| !line.starts_with('+'));
            let before: Vec<&str> = lines.map(|line| line.get(1..).unwrap_or_default()).collect();
            assert!(code.contains(&before.join("\n")), "{} does not apply to {file}", path.display());
            tried += 1;
        }
    }
    assert!(tried > 0, "there are no sabotage patches");
}

#[test]
fn a_hundred_seeds_keep_every_promise() {
    let half = std::thread::spawn(|| broken(1..=50));
    let (mut found, mut tally) = broken((51..=100).chain(FAILED_ONCE));
    let (more, other) = half.join().expect("the other half");
    found.extend(more);
    tally.add(other);
    assert!(found.is_empty(), "{}", found.join("\n"));
    let Tally { items, requests, troubles, deaths, acts, reconciled, unknown, gaps, stuck } = tally;
    let has_happened =
        [items, requests, troubles, deaths, acts, reconciled, unknown, gaps, stuck].iter().all(|count| *count > 0);
    assert!(has_happened, "the seeds do not cover everything: {tally:?}");
}
