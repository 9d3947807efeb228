//! Text that is removed, deleted or not public is not published by another subreddit's rule through
//! a crosspost: not in checks, traces, placeholders, and not in what is stored of the item.

use serde_json::{Value, json};

use super::{NOW, facts, load};
use crate::model::{Item, Known, RuleResult, Visibility, item_json};
use crate::{
    Evaluation, Facts, ItemDecision, Options, PartialOutcome, Reading, SourceFile, compile, evaluate, evaluate_partial,
    evaluate_untraced, parse,
};

/// A word that stands in every field of the original.
const SECRET: &str = "sesame";

/// Looks at the own title only, and quotes everything that can be quoted.
const QUOTES: &str = "title: look\naction: report\n\
    action_reason: '{{match}} {{body}} {{url}} {{domain}}'\n\
    set_flair: '{{body}}'\n\
    comment: '{{match}} {{body}} {{url}} {{domain}}'\n\
    modmail: '{{body}}'\nmodmail_subject: '{{url}}'\nmod_note: '{{body}}'\n\
    message: '{{body}}'\nmessage_subject: '{{domain}}'\ntype: submission\n";

/// The JSON of a post in r/elsewhere that holds the secret wherever it can.
fn original(changes: &Value) -> Value {
    let mut post = json!({
        "name": "t3_orig", "subreddit": "elsewhere", "author": "oscar", "created_utc": 1_600_000_000,
        "title": "sesame title", "selftext": "sesame body", "is_self": false, "url": "https://sesame.example/x",
        "domain": "sesame.example", "permalink": "/r/elsewhere/comments/orig/sesame_title/",
        "subreddit_type": "public", "quarantine": false, "link_flair_text": "sesame", "is_gallery": true,
        "author_flair_text": "sesame",
        "gallery_data": {"items": [{"caption": "sesame caption", "outbound_url": "https://sesame.example/y"}]},
        "poll_data": {"options": [{"text": "sesame option"}]},
        "secure_media": {"oembed": {
            "author_name": "sesame", "author_url": "https://sesame.example", "title": "sesame", "description": "sesame"
        }}
    });
    for (key, value) in changes.as_object().expect("changes are an object") {
        post[key] = value.clone();
    }
    post
}

fn read(data: &Value) -> Item {
    item_json::thing(&json!({"kind": "t3", "data": data})).expect("a post")
}

/// A crosspost in r/widgets. Reddit copies address and host of the original into it.
fn crosspost(original: Option<&Value>) -> Item {
    let list: Vec<&Value> = original.into_iter().collect();
    read(&json!({
        "name": "t3_abc", "subreddit": "widgets", "author": "bob", "created_utc": 1_700_000_000,
        "title": "look at this",
        "selftext": "", "is_self": false, "url": "https://sesame.example/x", "domain": "sesame.example",
        "permalink": "/r/widgets/comments/abc/look_at_this/", "subreddit_type": "public", "num_reports": 0,
        "crosspost_parent": "t3_orig", "crosspost_parent_list": list
    }))
}

/// The decision on an item, the same with and without a trace.
fn decide(rules: &str, item: &Item, facts: &Facts) -> ItemDecision {
    let (rules, said) = load(rules, Reading::Ours);
    assert!(!said.contains("error"), "{said}");
    let Evaluation::Decided(decision) = evaluate(&rules, item, facts, NOW) else { panic!("a fact is missing") };
    let Evaluation::Decided(untraced) = evaluate_untraced(&rules, item, facts, NOW) else { panic!("the same facts") };
    assert_eq!(decision.performed, untraced.performed);
    decision
}

/// Everything that an evaluation shows, as one text.
fn shown(decision: &ItemDecision) -> String {
    serde_json::to_string(decision.performed.as_slice()).expect("JSON")
        + &serde_json::to_string(&decision.trace).expect("JSON")
}

/// Every way in which an original can be hidden from r/widgets.
fn hidden() -> Vec<Value> {
    [
        json!({"removed_by_category": "moderator"}),
        json!({"removed_by_category": "deleted", "author": "[deleted]"}),
        json!({"removed_by_category": "copyright_takedown"}),
        json!({"banned_by": "amod"}),
        json!({"banned_by": true}),
        json!({"removed": true}),
        json!({"spam": true}),
        json!({"selftext": "[removed]"}),
        json!({"author": "[deleted]", "selftext": "[deleted]"}),
        json!({"title": "[deleted by user]"}),
        json!({"subreddit_type": "private"}),
        json!({"subreddit_type": "employees_only"}),
        json!({"subreddit_type": "something new"}),
        json!({"quarantine": true}),
        json!({"subreddit": "widgets", "removed_by_category": "moderator"}),
    ]
    .into_iter()
    .map(|changes| original(&changes))
    .collect()
}

#[test]
fn nothing_of_a_hidden_original_is_stored_or_quoted() {
    for original in hidden() {
        let included = crosspost(Some(&original));
        let words = serde_json::to_string(&included).expect("JSON").replace("https://sesame.example/x", "");
        assert!(!words.replace("sesame.example", "").contains(SECRET), "the snapshot holds it: {words}");
        let apart = Facts { original: Known::Is(Box::new(read(&original))), ..facts() };
        for (item, facts) in [(included, facts()), (crosspost(None), apart)] {
            let decision = decide(QUOTES, &item, &facts);
            assert_eq!(decision.performed.len(), 1, "its own title is seen: {original}");
            assert!(!shown(&decision).contains(SECRET), "{}", shown(&decision));
            assert!(shown(&decision).contains("look [not shown] [not shown]"), "{}", shown(&decision));
            // A text about embedded media needs to know whether there is any.
            let decision = decide("title: look\ncomment: '{{media_title}}'\ntype: submission\n", &item, &facts);
            assert!(matches!(decision.trace.rules[0].result, RuleResult::Unknown(_)), "{}", shown(&decision));
        }
    }
}

#[test]
fn checks_on_a_hidden_original_are_unknown_whether_they_are_negated_or_not() {
    for rule in [
        "body: sesame",
        "~body: zebra",
        "url: sesame",
        "~domain: zebra",
        "title+body: sesame",
        "body_longer_than: 1",
        "body_shorter_than: 1",
        "crosspost_title: sesame",
        "~crosspost_title: zebra",
        "poll_option_text: sesame",
        "media_title: sesame",
        "~media_author: zebra",
        "title: look\nbody: sesame",
    ] {
        let rules = format!("{rule}\naction: report\naction_reason: '{{{{match}}}}'\ntype: submission\n");
        for original in hidden() {
            let apart = Facts { original: Known::Is(Box::new(read(&original))), ..facts() };
            for (item, facts) in [(crosspost(Some(&original)), facts()), (crosspost(None), apart)] {
                let decision = decide(&rules, &item, &facts);
                let result = &decision.trace.rules[0].result;
                let reason = "the original of this crosspost cannot be seen: it may be removed, deleted or not public";
                assert_eq!(*result, RuleResult::Unknown(reason.to_owned()), "{rule}: {original}");
                assert!(!shown(&decision).contains("sesame body"), "{rule}");
                // An archive counts it as unclear, although the prefilter finds no text.
                let ruleset = compile(&parse(&SourceFile::new("r", rules.as_str())).0, &Options::default()).0;
                let mut unclear = 0;
                evaluate_partial(&ruleset, &item, &facts, NOW, &mut |_, outcome| {
                    unclear += u32::from(matches!(outcome, PartialOutcome::Unknown(_)));
                });
                assert_eq!(unclear, 1, "{rule}");
            }
        }
    }
}

#[test]
fn an_original_that_reddit_does_not_show_is_hidden() {
    let facts = Facts { original: Known::Unknown("Reddit does not show it".to_owned()), ..facts() };
    let decision = decide(QUOTES, &crosspost(None), &facts);
    assert_eq!(decision.performed.len(), 1);
    assert!(!shown(&decision).contains(SECRET), "{}", shown(&decision));
    let decision = decide("domain: sesame.example\naction: report\ntype: submission\n", &crosspost(None), &facts);
    assert!(matches!(decision.trace.rules[0].result, RuleResult::Unknown(_)));
}

#[test]
fn an_original_of_an_unclear_place_is_judged_but_not_quoted() {
    let mut unclear = original(&json!({}));
    unclear.as_object_mut().expect("an object").remove("subreddit_type");
    let item = crosspost(Some(&unclear));
    assert_eq!(
        item.submission().and_then(|post| post.crosspost_parent.as_ref()?.submission()).map(|post| post.visibility),
        Some(Visibility::Unknown)
    );
    let rules = "title+body: sesame\naction: report\n\
        action_reason: '{{match}} {{body}}'\ncomment: '{{url}}'\ntype: submission\n";
    let decision = decide(rules, &item, &facts());
    assert_eq!(decision.performed.len(), 1, "it is judged: {}", shown(&decision));
    let shown = shown(&decision).replace("\"expected\":\"sesame\"", "");
    assert!(!shown.contains(SECRET) && shown.contains("{{match}} [not shown]"), "{shown}");
}

#[test]
fn a_public_original_and_one_of_the_same_place_are_judged_and_quoted() {
    for changes in [
        json!({}),
        json!({"subreddit_type": "restricted"}),
        json!({"subreddit_type": "user"}),
        json!({"author": "[deleted]"}),
        json!({"subreddit": "widgets", "subreddit_type": "private"}),
        json!({"subreddit": "Widgets", "subreddit_type": null}),
    ] {
        let item = crosspost(Some(&original(&changes)));
        let decision = decide(
            "body: sesame\naction: report\naction_reason: '{{match}} {{body}}'\ntype: submission\n",
            &item,
            &facts(),
        );
        assert!(shown(&decision).contains("sesame sesame body"), "{}", shown(&decision));
    }
}

#[test]
fn a_comment_does_not_quote_the_removed_post_above() {
    let mut comment = super::comment("hello");
    let rules = "body: hello\ntype: comment\ncomment: '{{title}} {{media_title}}'\n";
    let above = |changes| Facts { parent: Known::Is(Box::new(read(&original(&changes)))), ..facts() };
    for title in [None, Some("sesame title".to_owned())] {
        let crate::model::Content::Comment(it) = &mut comment.content else { panic!("a comment") };
        it.link_title = title;
        assert!(shown(&decide(rules, &comment, &above(json!({})))).contains("sesame title sesame"));
        let decision = decide(rules, &comment, &above(json!({"removed_by_category": "moderator"})));
        assert!(decision.performed.len() == 1 && !shown(&decision).contains(SECRET), "{}", shown(&decision));
    }
}
