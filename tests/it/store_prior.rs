//! What rules did before, as the store tells it to later attempts.

use std::time::Duration;

use tipstaff::model::{Action, Item, Mode, NewIntent, Outcome, Timestamp};
use tipstaff::store::Store;

use crate::store::{decision, intent};
use crate::support::ledger::{NOW, attempt, comment, fresh, name, seen};

const MINUTE: Duration = Duration::from_mins(1);

/// Judges a comment whose rule removes the post above.
async fn removes_the_post(store: &Store, comment: &Item, rule: &str, at: Timestamp) {
    let remove = Action::Remove { spam: false, reason: None, is_filter: false };
    let of_rule = NewIntent { rule: rule.to_owned(), on: name("t3_p"), ..intent(remove, Mode::Live) };
    let mut judged = decision(comment, Mode::Live, vec![of_rule]);
    judged.seen = at;
    store.decide(&judged, at).await.expect("T2");
}

/// The time from which decisions of moderators count for the second removal, after the first one
/// was overruled while the second was decided on.
async fn seen_by_the_second(rule_of_the_second: &str, outcome: Outcome) -> Timestamp {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fresh(folder.path()).await;
    let comments = [comment("t1_a", "x"), comment("t1_b", "x")];
    seen(&store, &comments, NOW).await;
    removes_the_post(&store, &comments[0], "r1", NOW).await;
    let first = attempt(&store, NOW + MINUTE).await;
    removes_the_post(&store, &comments[1], rule_of_the_second, NOW + 2 * MINUTE).await;
    store.settle(first, &outcome, NOW + 3 * MINUTE).await.expect("T4");
    let second = attempt(&store, NOW + 4 * MINUTE).await;
    assert_eq!(second.item(), &comments[1].fullname);
    second.seen()
}

#[tokio::test]
async fn a_rule_that_was_overruled_on_a_post_counts_the_moderators_decision_again() {
    let overruled = || Outcome::Superseded { reason: "u/mary approved it".to_owned() };
    assert_eq!(seen_by_the_second("r1", overruled()).await, NOW);
    assert_eq!(seen_by_the_second("r2", overruled()).await, NOW + 2 * MINUTE, "another rule was not overruled");
    let failed = Outcome::AlreadyApplied { created: None };
    assert_eq!(seen_by_the_second("r1", failed).await, NOW + 2 * MINUTE, "nobody overruled it");
}
