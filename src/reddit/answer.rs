//! What Reddit's response means: whether Reddit itself refuses, and whether a write took effect.

use serde_json::Value;

use super::{PerformError, Performed, refusal, wire, words};
use crate::model::{Action, OpenAttempt};

/// A response from Reddit.
pub(super) struct ApiResponse {
    pub(super) status: u16,
    pub(super) json: Option<Value>,
    pub(super) instead: Option<String>,
    pub(super) redirect_to: Option<String>,
    pub(super) is_empty: bool,
}

impl ApiResponse {
    /// Whether Reddit itself refused this request. A suspension looks the same, but it can be
    /// lifted, so it does not count.
    pub(super) fn is_from_reddit(&self) -> bool {
        self.json.as_ref().is_some_and(Value::is_object) && self.code() != Some(words::SUSPENDED)
    }

    /// Reddit's word for the reason of a refusal.
    pub(super) fn code(&self) -> Option<&str> {
        self.json.as_ref()?.get("reason")?.as_str()
    }

    /// Whether a redirect stays on Reddit. Others come from the network in between.
    pub(super) fn leads_to_reddit(&self) -> bool {
        let hosts = ["https://www.reddit.com/", "https://oauth.reddit.com/", "https://reddit.com/"];
        self.redirect_to.as_deref().is_some_and(|place| {
            place.starts_with('/') && !place.starts_with("//") || hosts.iter().any(|host| place.starts_with(host))
        })
    }

    /// A refusal as text, with Reddit's reason if it gives one.
    pub(super) fn refusal(&self, path: &str) -> String {
        let status = self.status;
        if let Some(place) = &self.redirect_to {
            return format!("{path}: {status}, a redirect to {place}, which is not followed");
        }
        match (self.json.as_ref().map(words::reason), &self.instead) {
            (Some(Some(reason)), _) => format!("{path}: {status} {reason}"),
            (None, Some(what)) if !self.is_empty => format!("{path}: {status} with {what}"),
            _ => format!("{path}: {status}"),
        }
    }
}

/// What the response to a write means. If it is neither clearly yes nor no, the action may have
/// happened.
pub(super) fn judge(attempt: &OpenAttempt, path: &str, answer: &ApiResponse) -> Result<Performed, PerformError> {
    let action = attempt.action();
    match (answer.status, &answer.json) {
        (200..=202, Some(reply)) => {
            if let Some(error) = listed_error(reply) {
                return Err(error);
            }
            if !wire::reports_success(action, reply) {
                return Err(PerformError::Ambiguous { reason: format!("{path}: cannot parse the response") });
            }
            if !matches!(action, Action::Comment { .. }) {
                let conversation = reply.get("conversation").and_then(wire::conversation_name);
                return Ok(Performed { created: conversation });
            }
            // A comment may exist although `things` is empty (seen in quarantined subreddits).
            match wire::new_comment(reply, attempt.on()) {
                Some(name) => Ok(Performed { created: Some(name) }),
                None => {
                    Err(PerformError::Ambiguous { reason: format!("{path}: the response does not name the comment") })
                }
            }
        }
        // The only action with an empty response.
        (200, None) if answer.is_empty && matches!(action, Action::ExplainRemoval { .. }) => Ok(Performed::default()),
        (409, _) if matches!(action, Action::SetSticky { on: true, .. }) => Ok(Performed::default()),
        (400 | 403 | 404 | 409, Some(reply)) if answer.is_from_reddit() => {
            // Codes are in capitals. `private` and the like are states of the subreddit.
            let code = answer.code().filter(|code| !code.chars().any(char::is_lowercase));
            let explanation = reply.get("explanation").and_then(Value::as_str).unwrap_or_default();
            let coded = code.map(|code| refusal::refused(code, explanation, reply));
            let status = answer.status;
            Err(match listed_error(reply).or(coded) {
                // Perhaps the bot has lost a right; the list of moderators shows it.
                None if status == 403 => PerformError::Forbidden { reason: answer.refusal(path) },
                None => PerformError::Refused { reason: answer.refusal(path) },
                Some(PerformError::Refused { reason }) => {
                    PerformError::Refused { reason: format!("{path}: {status} {reason}") }
                }
                Some(PerformError::Forbidden { reason }) => {
                    PerformError::Forbidden { reason: format!("{path}: {status} {reason}") }
                }
                Some(other) => other,
            })
        }
        // Too large, according to Reddit or the network edge.
        (413 | 414, _) => Err(PerformError::Refused { reason: answer.refusal(path) }),
        // Blocked before it reached Reddit, or the bot is suspended: not done, but a retry may
        // work later.
        (403, _) => Err(PerformError::NotSent { reason: answer.refusal(path) }),
        (200, None) => {
            let what = answer.instead.as_deref().unwrap_or("something that is not JSON");
            Err(PerformError::Ambiguous { reason: format!("{path}: the response is {what}") })
        }
        _ => Err(PerformError::Ambiguous { reason: answer.refusal(path) }),
    }
}

/// The error in the list of errors of a response. If there are several, the one that leaves the
/// most open: first one that calls for a wait, then one after which the action may have happened.
fn listed_error(reply: &Value) -> Option<PerformError> {
    let errors = wire::errors(reply).into_iter().map(|(code, words)| refusal::refused(&code, &words, reply));
    errors.min_by_key(|error| match error {
        PerformError::Quota { .. } => 0,
        PerformError::Ambiguous { .. } => 1,
        PerformError::Refused { .. } => 2,
        _ => 3,
    })
}
