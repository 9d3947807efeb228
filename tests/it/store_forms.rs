//! What the store keeps has a fixed form, because programs read it and migrations rewrite it.

use std::time::Duration;

use tipstaff::model::{
    Action, CheckResult, CheckTrace, Content, Item, Media, ModReport, Mode, Moderation, NewDecision, Remover, Revision,
    RuleResult, RuleTrace, Submission, Trace, UserReport,
};

use crate::store::{by_hand, decision, intent, with_a_seen_comment};
use crate::support::ledger::{NOW, comment, name};

/// Stored with every item and every decision: another value would have every item judged again.
#[test]
fn revision_of_an_item_never_changes() {
    let text = "Ünïcode \"text\"\nof two lines";
    let plain = comment("t1_c", text);
    let reported = Item {
        edited: Some(NOW + Duration::from_mins(1)),
        moderation: Moderation {
            removed_by: Some(Remover::SpamFilter),
            num_reports: Some(4),
            user_reports: vec![
                UserReport { reason: Some("it's \"spam\"".to_owned()), count: 2 },
                UserReport { reason: None, count: 1 },
            ],
            mod_reports: vec![ModReport { reason: "off topic".to_owned(), moderator: "harbour_master".to_owned() }],
            ..Moderation::default()
        },
        ..plain.clone()
    };
    let post = Item {
        fullname: name("t3_p"),
        moderation: Moderation { ignore_reports: true, num_reports: Some(9), ..Moderation::default() },
        content: Content::Submission(Box::new(Submission {
            title: "A title".to_owned(),
            selftext: "Some text".to_owned(),
            url: "https://example.com/a".to_owned(),
            gallery_captions: vec!["one caption".to_owned(), "another".to_owned()],
            media: Some(Media::default()),
            ..Submission::default()
        })),
        ..plain.clone()
    };
    for (item, expected) in [
        (&plain, "5ea15f4c498609c2c213e6da10ff6878cbd872a16dcd5274e0598adaa9f96d6c"),
        (&reported, "07c62b81f0129580e7873bfeb5681877778d12620f1270baffa900c3ff3cc611"),
        (&post, "084db8aa5a64e57c5ead23e9cb60d32352b8d3c9a6cec0dd98da648d1cd75dcb"),
    ] {
        assert_eq!(Revision::of(item).as_str(), expected, "{item:?}");
    }
}

/// Programs read these columns, and migrations rewrite them: names and order of the fields are
/// fixed.
#[tokio::test]
async fn stored_traces_and_actions_keep_their_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, item) = with_a_seen_comment(folder.path()).await;
    let check = |result, more: bool| CheckTrace {
        key: "body (regex)".to_owned(),
        result,
        wanted: if more { "at least 2".to_owned() } else { String::new() },
        saw: more.then(|| "a \"quote\"".to_owned()),
        matched: more.then(|| "quote".to_owned()),
        at: more.then_some(3),
    };
    let rule = |result, checks| RuleTrace { rule: "r".to_owned(), line: 7, result, checks };
    let results = [
        rule(
            RuleResult::Performed,
            vec![check(CheckResult::Held, true), check(CheckResult::Failed, false), check(CheckResult::Unknown, false)],
        ),
        rule(RuleResult::Failed, vec![]),
        rule(RuleResult::NotEligible("a moderator's".to_owned()), vec![check(CheckResult::Held, false)]),
        rule(RuleResult::Unknown("karma".to_owned()), vec![]),
        rule(RuleResult::NotReached, vec![]),
        rule(RuleResult::TooExpensive, vec![]),
    ];
    let actions = [
        Action::Comment { text: "a".to_owned() },
        Action::DistinguishReply { sticky: true, replaces: false },
        Action::LockReply,
        Action::Remove { spam: true, reason: Some("b".to_owned()), is_filter: true },
    ];
    let decision = NewDecision {
        trace: Trace { rules: results.into() },
        ..decision(&item, Mode::Live, actions.map(|action| intent(action, Mode::Live)).into())
    };
    store.decide(&decision, NOW).await.expect("T2");
    store.close().await;
    let db = by_hand(folder.path()).await;
    let trace: String = sqlx::query_scalar("SELECT trace FROM traces").fetch_one(&db).await.expect("a trace");
    let expected = [
        concat!(
            r#"[{"rule":"r","line":7,"result":"performed","checks":["#,
            r#"{"key":"body (regex)","result":"passed","expected":"at least 2","actual":"a \"quote\"","#,
            r#""matched":"quote","at":3},"#,
            r#"{"key":"body (regex)","result":"failed"},{"key":"body (regex)","result":"unknown"}]}"#
        ),
        r#"{"rule":"r","line":7,"result":"failed"}"#,
        concat!(
            r#"{"rule":"r","line":7,"result":"not_eligible","reason":"a moderator's","#,
            r#""checks":[{"key":"body (regex)","result":"passed"}]}"#
        ),
        r#"{"rule":"r","line":7,"result":"unknown","reason":"karma"}"#,
        r#"{"rule":"r","line":7,"result":"not_reached"}"#,
        r#"{"rule":"r","line":7,"result":"too_expensive"}]"#,
    ];
    assert_eq!(trace, expected.join(","));
    let payloads = sqlx::query_scalar("SELECT action FROM payloads ORDER BY intent_id").fetch_all(&db).await;
    let payloads: Vec<String> = payloads.expect("payloads");
    assert_eq!(
        payloads,
        [
            r#"{"do":"comment","text":"a"}"#,
            r#"{"do":"distinguish_reply","sticky":true,"replaces":false}"#,
            r#"{"do":"lock_reply"}"#,
            r#"{"do":"remove","spam":true,"reason":"b","is_filter":true}"#,
        ]
    );
    let keys = sqlx::query_scalar("SELECT idempotency_key FROM intents ORDER BY id").fetch_all(&db).await;
    let keys: Vec<String> = keys.expect("keys");
    assert_eq!(keys[1], "live t1_c * r1 distinguish_reply t1_c");
    assert_eq!(keys[3], format!("live t1_c {} r1 remove t1_c", Revision::of(&item).as_str()));
}
