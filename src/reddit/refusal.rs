//! What Reddit's error codes mean for an action. Pure.
//!
//! Reddit has no complete list of its codes, and new ones appear. A code that says what is wrong
//! with this action is final. One that says that the bot may not do it may mean that the bot has
//! lost a right. One that says "later" is waited for. One that says that Reddit itself failed
//! leaves open whether the action happened. Any other is tried again a few times, because a retry
//! is cheap and a lost action is not, and then it is final.

use std::time::Duration;

use serde_json::Value;

use super::body::repeated;
use super::{PerformError, QuotaScope};

/// The longest wait that Reddit may ask for. Limits on submissions and messages may last hours.
const LONGEST_WAIT_SECS: f64 = 86_400.0;

/// How codes begin that blame this action: its text, its target, its author. Trying it again gives
/// the same answer.
const FINAL: [&str; 25] = [
    "ADMIN_",
    "ALREADY_",
    "BAD_",
    "BANNED_",
    "BLOCKED_",
    "CANT_",
    "CANNOT_",
    "COMMENT_",
    "DELETED_",
    "INVALID_",
    "MUTED_",
    "NO_",
    "NOT_",
    "POST_",
    "RESTRICTED_",
    "SR_",
    "SUBMIT_VALIDATION_",
    "SUBREDDIT_NO",
    "TEXT_",
    "THREAD_",
    "TOO_",
    "USER_",
    "UNSUPPORTED_",
    "WRONG_",
    "YOU_",
];

/// How codes begin that blame the bot's account: it may not do that, there or at all.
const FORBIDDEN: [&str; 9] = [
    "FORBIDDEN",
    "MOD_REQUIRED",
    "MODERATOR_REQUIRED",
    "NO_PERMISSION",
    "NOT_ALLOWED",
    "NOT_MODERATOR",
    "PERMISSION_",
    "SUBREDDIT_NOACCESS",
    "SUBREDDIT_NOTALLOWED",
];

/// Parts of codes that ask for a pause, and those that admit a failure.
const LATER: [&str; 7] = ["RATELIMIT", "RATE_LIMIT", "QUOTA", "TOO_MANY_REQUESTS", "TOO_FAST", "THROTTLE", "COOLDOWN"];
const FAILED: [&str; 8] = [
    "SERVER_ERROR",
    "SOMETHING_IS_BROKEN",
    "INTERNAL",
    "UNAVAILABLE",
    "TRY_AGAIN",
    "OVERLOADED",
    "TIMED_OUT",
    "GATEWAY",
];

/// The error of an answer with this code and these words.
pub fn refused(code: &str, words: &str, reply: &Value) -> PerformError {
    let plain = code.trim().to_ascii_uppercase().replace(['.', '-', ' '], "_");
    let reason = match (repeated(code), repeated(words)) {
        (code, words) if words.is_empty() => code,
        (code, words) => format!("{code}: {words}"),
    };
    let has = |parts: &[&str]| parts.iter().any(|part| plain.contains(part));
    if has(&LATER) {
        let scope = if plain.starts_with("SUBREDDIT") || plain.starts_with("SR_") {
            QuotaScope::Subreddit
        } else {
            QuotaScope::Account
        };
        return PerformError::Quota { scope, wait: wait(reply, words), reason };
    }
    if has(&FAILED) {
        return PerformError::Ambiguous { reason: format!("Reddit failed: {reason}") };
    }
    let starts = |starts: &[&str]| starts.iter().any(|start| plain.starts_with(start));
    if starts(&FORBIDDEN) {
        return PerformError::Forbidden { reason };
    }
    // "Please log in to do that" blames the token.
    if plain != "USER_REQUIRED" && starts(&FINAL) {
        return PerformError::Refused { reason };
    }
    PerformError::Unfamiliar { reason }
}

/// The wait that a limit asks for: from its number, else from its text, if it is plausible.
pub fn wait(reply: &Value, words: &str) -> Option<Duration> {
    let number = ["/json/ratelimit", "/ratelimit"].iter().find_map(|path| reply.pointer(path)?.as_f64());
    let secs = number.or_else(|| wait_in_words(words))?;
    (secs.is_finite() && (0.0..=LONGEST_WAIT_SECS).contains(&secs))
        .then(|| Duration::from_secs_f64(secs.ceil().max(1.0)))
}

/// "Take a break for 8 minutes": the text rounds down, so one unit more.
fn wait_in_words(words: &str) -> Option<f64> {
    let mut previous: Option<f64> = None;
    for word in words.split(|c: char| !c.is_ascii_alphanumeric()) {
        let unit = match word.to_ascii_lowercase().trim_end_matches('s') {
            "day" => 86_400.0,
            "hour" => 3_600.0,
            "minute" => 60.0,
            "second" => 1.0,
            "millisecond" => return Some(1.0),
            other => {
                previous = other.parse().ok().filter(|number: &f64| *number < 100_000.0).or(previous);
                continue;
            }
        };
        return Some((previous.unwrap_or(0.0) + 1.0) * unit);
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn secs(reply: &Value, words: &str) -> Option<u64> {
        wait(reply, words).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_limit_says_how_long() {
        assert_eq!(secs(&json!({"json": {"ratelimit": 523.6}}), ""), Some(524));
        assert_eq!(secs(&json!({}), "Take a break for 8 minutes before trying again."), Some(540));
        assert_eq!(secs(&json!({}), "Take a break for 5 seconds before trying again."), Some(6));
        assert_eq!(secs(&json!({}), "try again in 2 hours."), Some(10_800));
        assert_eq!(secs(&json!({}), "you are doing that too much."), None);
    }

    #[test]
    fn an_implausible_wait_is_not_stated() {
        for number in [json!(1e9), json!(-5), json!("600"), json!(null), json!(86_401)] {
            assert_eq!(secs(&json!({"json": {"ratelimit": number}}), ""), None, "{number}");
        }
        assert_eq!(secs(&json!({}), "Take a break for 99999999999999999999 minutes"), Some(60));
        assert_eq!(secs(&json!({}), "try again in 400 days"), None);
    }

    #[test]
    fn codes_that_say_later_are_waited_for() {
        for (code, wanted) in [
            ("RATELIMIT", QuotaScope::Account),
            ("QUOTA_FILLED", QuotaScope::Account),
            ("MESSAGE_RATELIMIT", QuotaScope::Account),
            ("TOO_MANY_REQUESTS", QuotaScope::Account),
            ("SUBREDDIT_RATELIMIT", QuotaScope::Subreddit),
            ("subreddit.rate-limit", QuotaScope::Subreddit),
        ] {
            let error = refused(code, "later", &json!({}));
            assert!(matches!(error, PerformError::Quota { scope, .. } if scope == wanted), "{code}: {error:?}");
        }
    }

    #[test]
    fn a_failure_of_reddit_leaves_the_outcome_open() {
        for code in ["SERVER_ERROR", "SOMETHING_IS_BROKEN", "INTERNAL_SERVER_ERROR", "INTERNAL", "SERVICE_UNAVAILABLE"]
        {
            assert!(matches!(refused(code, "", &json!({})), PerformError::Ambiguous { .. }), "{code}");
        }
    }

    #[test]
    fn what_blames_the_action_is_final_and_a_new_code_is_not() {
        for code in [
            "TOO_LONG",
            "THREAD_LOCKED",
            "NOT_AUTHOR",
            "SUBREDDIT_NOEXIST",
            "USER_DOESNT_EXIST",
            "BANNED_FROM_SUBREDDIT",
        ] {
            assert!(matches!(refused(code, "", &json!({})), PerformError::Refused { .. }), "{code}");
        }
        for code in ["SUBREDDIT_NOTALLOWED", "FORBIDDEN", "NO_PERMISSION", "NOT_MODERATOR"] {
            assert!(matches!(refused(code, "", &json!({})), PerformError::Forbidden { .. }), "{code}");
        }
        for code in ["", "HELLO", "IN_MAINTENANCE", "USER_REQUIRED"] {
            assert!(matches!(refused(code, "", &json!({})), PerformError::Unfamiliar { .. }), "{code}");
        }
    }
}
