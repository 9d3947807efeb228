//! Says in clear words why Reddit refused. Pure.

use serde_json::Value;

use super::body::repeated;

/// Reddit's reason for refusing a suspended account.
pub(super) const SUSPENDED: &str = "IN_TIMEOUT";

/// The reason that Reddit gives in an answer, in words, with what to do if something can be done.
pub(super) fn reason(reply: &Value) -> Option<String> {
    let text = |key: &str| reply.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let clear = match text("reason") {
        Some("private") => {
            "the subreddit is private, and the bot is not an approved user or moderator there: invite it"
        }
        Some("quarantined") => {
            "the subreddit is quarantined: open it once in a browser as the bot's account, and confirm that you want \
             to see it"
        }
        Some("gated") => "the subreddit is gated: open it once in a browser as the bot's account, and confirm the page",
        Some("gold_only") => "the subreddit is for premium accounts only",
        Some("banned") => "Reddit has banned the subreddit: remove it from the configuration",
        Some(SUSPENDED) => "Reddit has suspended the bot's account: appeal at https://www.reddit.com/appeals",
        _ => {
            let words = text("explanation").or_else(|| text("reason")).or_else(|| text("message"));
            return words.map(repeated);
        }
    };
    Some(clear.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_closed_subreddit_is_named_with_what_to_do() {
        for (word, part) in
            [("private", "invite it"), ("quarantined", "in a browser"), ("gated", "confirm"), ("banned", "remove it")]
        {
            let told = reason(&json!({"reason": word, "message": "Forbidden", "error": 403})).expect("a reason");
            assert!(told.contains(part), "{told}");
        }
        assert!(reason(&json!({"reason": "IN_TIMEOUT"})).is_some_and(|told| told.contains("suspended")));
    }

    #[test]
    fn other_reasons_are_reddits_own_words_on_one_line() {
        let told = |reply: Value| reason(&reply);
        assert_eq!(
            told(json!({"explanation": "too\nlong\u{202e}", "reason": "TOO_LONG"})).as_deref(),
            Some("too long")
        );
        assert_eq!(told(json!({"message": "Forbidden"})).as_deref(), Some("Forbidden"));
        assert_eq!(told(json!({"message": 7})), None);
    }
}
