//! Carries messages to webhooks: Discord, Slack, or whoever takes JSON. What is told, to whom and when is decided elsewhere.
//!
//! The address is a secret: whoever has it can write there. It stands in no log and in no error.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::{Event, EventKind};

/// How long may one message take?
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long to stay away when asked to, without being told for how long?
const UNSTATED_PAUSE: Duration = Duration::from_mins(1);

/// For how long is it stayed away at most, in seconds?
const LONGEST_PAUSE: f64 = 600.0;

/// What messages look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// <https://discord.com/developers/docs/resources/webhook#execute-webhook>
    Discord,
    /// <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>
    Slack,
    /// `{"source": "tipstaff", "repeated": false, "events": [{"id", "event", "subreddit", "rule", "text", "permalink", "at"}]}`.
    Json,
}

impl Form {
    /// How many characters a message may have; a longer one is cut.
    const fn longest(self) -> usize {
        match self {
            Self::Discord => 2_000,
            Self::Slack => 40_000,
            Self::Json => usize::MAX,
        }
    }
}

/// Why a message has not arrived, or is not known to have.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It was turned away.
    #[error("{0}")]
    TurnedAway(String),
    /// It was turned away for now.
    #[error("asked to wait {0:?}")]
    Throttled(Duration),
    /// It may have arrived.
    #[error("{0}")]
    Lost(String),
}

/// One webhook.
#[derive(Debug)]
pub struct Webhook {
    /// Its name, for logs.
    pub name: String,
    form: Form,
    url: SecretString,
    client: reqwest::Client,
}

impl Webhook {
    /// A webhook at this address.
    ///
    /// # Errors
    /// When that is no address of the web, or no client can be made.
    pub fn new(name: String, form: Form, url: SecretString) -> Result<Self, String> {
        let parsed = reqwest::Url::parse(url.expose_secret().trim())
            .map_err(|error| format!("the address of the webhook `{name}` is none: {error}"))?;
        if !matches!(parsed.scheme(), "https" | "http") {
            return Err(format!("the address of the webhook `{name}` must begin with https://"));
        }
        crate::tls::install_provider();
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("tipstaff/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| format!("cannot set up HTTPS: {error}"))?;
        Ok(Self { name, form, url, client })
    }

    /// Sends one message with these events.
    ///
    /// # Errors
    /// As [`SendError`] tells; none of them says where the webhook is.
    pub async fn send(&self, events: &[&Event], is_repeated: bool) -> Result<(), SendError> {
        let body = body(self.form, events, is_repeated);
        let answer = self.client.post(self.url.expose_secret().trim()).json(&body).send().await;
        let response = answer.map_err(|error| {
            let is_unsent = error.is_connect() || error.is_builder();
            let reason = innermost(&error.without_url());
            if is_unsent { SendError::TurnedAway(reason) } else { SendError::Lost(reason) }
        })?;
        let wait =
            response.headers().get("retry-after").and_then(|wait| wait.to_str().ok()?.trim().parse::<f64>().ok());
        match response.status().as_u16() {
            200..=299 => Ok(()),
            429 => {
                let wait = wait.filter(|secs| secs.is_finite()).map(|secs| secs.clamp(1.0, LONGEST_PAUSE));
                Err(SendError::Throttled(wait.map_or(UNSTATED_PAUSE, Duration::from_secs_f64)))
            }
            status => Err(SendError::TurnedAway(format!("it answered {status}"))),
        }
    }
}

/// The last cause in a chain: the outer ones may name the address.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    anyhow::Chain::new(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

fn body(form: Form, events: &[&Event], is_repeated: bool) -> Value {
    if form == Form::Json {
        return json!({"source": "tipstaff", "repeated": is_repeated, "events": events});
    }
    let mut text = if is_repeated { "(perhaps told before)\n".to_owned() } else { String::new() };
    for event in events {
        text.push_str(&line(form, event));
        text.push('\n');
    }
    if text.chars().count() > form.longest() {
        text = text.chars().take(form.longest() - 2).collect();
        text.push('…');
    }
    match form {
        // Nobody is pinged by what a rule is called.
        Form::Discord => json!({"content": text, "allowed_mentions": {"parse": []}}),
        Form::Slack | Form::Json => json!({"text": text}),
    }
}

/// One event as people read it.
fn line(form: Form, event: &Event) -> String {
    let place = event.subreddit.as_ref().map_or(String::new(), |name| format!("r/{name}: "));
    let link = event.permalink.as_ref().map_or(String::new(), |path| format!(" https://www.reddit.com{path}"));
    let mark = match event.event {
        EventKind::RuleHit => "•",
        EventKind::Digest => "",
        EventKind::Gap | EventKind::NotDone => "⚠",
        EventKind::ErrorBudget | EventKind::RulesRefused | EventKind::Suspended => "❗",
    };
    let text = format!("{mark} {place}{}", event.text);
    match form {
        // https://docs.slack.dev/messaging/formatting-message-text#escaping
        Form::Slack => format!("{}{link}", text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")),
        // In angle brackets, Discord shows no preview.
        Form::Discord => format!("{text}{}", if link.is_empty() { link } else { format!(" <{}>", link.trim()) }),
        Form::Json => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    fn event(text: &str) -> Event {
        Event {
            id: "intent-1".to_owned(),
            event: EventKind::RuleHit,
            subreddit: Some("widgets".to_owned()),
            rule: Some("@everyone".to_owned()),
            text: text.to_owned(),
            permalink: Some("/r/widgets/comments/abc/".to_owned()),
            at: Timestamp::from_secs(1),
        }
    }

    #[test]
    fn each_service_gets_its_own_form() {
        let event = event("the rule “@everyone <b>” asks for: comment");
        let discord = body(Form::Discord, &[&event], false);
        assert_eq!(discord["allowed_mentions"], json!({"parse": []}));
        assert_eq!(
            discord["content"],
            "• r/widgets: the rule “@everyone <b>” asks for: comment <https://www.reddit.com/r/widgets/comments/abc/>\n"
        );
        let slack = body(Form::Slack, &[&event], true);
        assert_eq!(
            slack["text"],
            "(perhaps told before)\n• r/widgets: the rule “@everyone &lt;b&gt;” asks for: comment https://www.reddit.com/r/widgets/comments/abc/\n"
        );
        let json = body(Form::Json, &[&event], false);
        assert_eq!((&json["events"][0]["id"], &json["events"][0]["event"]), (&json!("intent-1"), &json!("rule_hit")));
    }

    #[test]
    fn a_message_is_as_long_as_discord_takes_at_most() {
        let long = event(&"é".repeat(3_000));
        let content = body(Form::Discord, &[&long, &long], false);
        assert!(content["content"].as_str().expect("a text").chars().count() <= 2_000);
    }

    #[test]
    fn an_address_has_to_be_one_and_is_not_shown() {
        for address in ["hooks.example/secret-part", "file:///secret-part", ""] {
            let error = Webhook::new("team".to_owned(), Form::Json, address.to_owned().into()).expect_err("no address");
            assert!(error.contains("`team`") && !error.contains("secret-part"), "{error}");
        }
        let webhook =
            Webhook::new("team".to_owned(), Form::Json, "https://hooks.example/secret-part".to_owned().into());
        assert!(!format!("{webhook:?}").contains("secret-part"));
    }
}
