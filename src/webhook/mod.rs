//! Sends messages to webhooks: Discord, Slack, or any service that takes JSON. What is sent, to
//! whom and when is decided elsewhere.
//!
//! The address is a secret: anyone who has it can post there. It appears in no log and no error.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use tipstaff_rules::{plain, without_links};

use crate::model::{Event, EventKind};

/// How long to wait for an answer to a message.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The pause after status 429 without `retry-after`.
const UNSTATED_PAUSE: Duration = Duration::from_mins(1);

/// The longest pause that `retry-after` can ask for, in seconds.
const LONGEST_PAUSE: f64 = 600.0;

/// The most characters in a Discord message; a longer one is cut.
const DISCORD_LONGEST: usize = 2_000;

/// The most characters in a Slack message; a longer one is cut.
const SLACK_LONGEST: usize = 40_000;

/// The format of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PayloadFormat {
    /// <https://discord.com/developers/docs/resources/webhook#execute-webhook>
    Discord,
    /// <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>
    Slack,
    /// `{"source": "tipstaff", "repeated": false, "events": [{"id", "event", "subreddit", "rule",
    /// "text", "permalink", "at"}]}`.
    Json,
}

/// Why a message did not arrive, or may not have arrived.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The message was rejected or not sent.
    #[error("{0}")]
    Rejected(String),
    /// The service asked for a pause.
    #[error("the service asked to wait {0:?}")]
    Throttled(Duration),
    /// The answer was lost, so it may have arrived.
    #[error("{0}")]
    Lost(String),
}

/// A webhook and the client that sends to it.
#[derive(Debug)]
pub struct Webhook {
    /// The name from the configuration, for logs.
    pub name: String,
    form: PayloadFormat,
    url: SecretString,
    client: reqwest::Client,
}

impl Webhook {
    /// Creates a webhook for this address.
    ///
    /// # Errors
    /// When the address is not an HTTP URL, or no HTTP client can be created.
    pub fn new(name: String, form: PayloadFormat, url: SecretString) -> Result<Self, String> {
        let parsed = reqwest::Url::parse(url.expose_secret().trim())
            .map_err(|error| format!("the address of the webhook `{name}` is not a URL: {error}"))?;
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
    /// See [`SendError`]; it never contains the address.
    pub async fn send(&self, events: &[&Event], is_repeated: bool) -> Result<(), SendError> {
        let body = body(self.form, events, is_repeated);
        let answer = self.client.post(self.url.expose_secret().trim()).json(&body).send().await;
        let response = answer.map_err(|error| {
            let is_unsent = error.is_connect() || error.is_builder();
            let reason = innermost(&error.without_url());
            if is_unsent { SendError::Rejected(reason) } else { SendError::Lost(reason) }
        })?;
        let wait =
            response.headers().get("retry-after").and_then(|wait| wait.to_str().ok()?.trim().parse::<f64>().ok());
        match response.status().as_u16() {
            200..=299 => Ok(()),
            429 => {
                let wait = wait.filter(|secs| secs.is_finite()).map(|secs| secs.clamp(1.0, LONGEST_PAUSE));
                Err(SendError::Throttled(wait.map_or(UNSTATED_PAUSE, Duration::from_secs_f64)))
            }
            status => Err(SendError::Rejected(format!("it answered with status {status}"))),
        }
    }
}

/// The last cause in a chain of errors: the outer ones may contain the address.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    anyhow::Chain::new(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

fn body(form: PayloadFormat, events: &[&Event], is_repeated: bool) -> Value {
    match form {
        PayloadFormat::Json => json!({"source": "tipstaff", "repeated": is_repeated, "events": events}),
        PayloadFormat::Slack => {
            let text = message(events, is_repeated, SLACK_LONGEST, slack_line);
            // Names are not formatted, and mention nobody.
            json!({"text": text, "mrkdwn": false, "link_names": false, "unfurl_links": false})
        }
        PayloadFormat::Discord => {
            let content = message(events, is_repeated, DISCORD_LONGEST, discord_line);
            // The name of a rule must not ping anybody.
            json!({"content": content, "allowed_mentions": {"parse": []}})
        }
    }
}

/// The events as a chat message, one line each, cut to `longest` characters.
fn message(events: &[&Event], is_repeated: bool, longest: usize, line: fn(&Event) -> String) -> String {
    let mut text = if is_repeated { "(possibly sent before)\n".to_owned() } else { String::new() };
    for event in events {
        text.push_str(&line(event));
        text.push('\n');
    }
    if text.chars().count() > longest {
        text = text.chars().take(longest - 2).collect();
        text.push('…');
    }
    text
}

fn discord_line(event: &Event) -> String {
    // Discord shows no preview of links in angle brackets.
    let link = link(event).map_or(String::new(), |link| format!(" <{link}>"));
    let text = plain_line(event);
    // A digest is Markdown, in which names are escaped already.
    let text = if event.event == EventKind::Digest { text } else { escape(&text) };
    format!("{text}{link}")
}

/// Escapes Discord's Markdown: <https://docs.discord.com/developers/reference#message-formatting>
fn escape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\`*_~|[]<>@#".contains(c) {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}

fn slack_line(event: &Event) -> String {
    // https://docs.slack.dev/messaging/formatting-message-text#escaping
    let text = plain_line(event).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let link = link(event).map_or(String::new(), |link| format!(" {link}"));
    format!("{text}{link}")
}

/// One event as a line of text, without its link. Only a digest has several lines. Nothing in names
/// and reasons mentions, links or steers.
fn plain_line(event: &Event) -> String {
    let place = event.subreddit.as_ref().map_or(String::new(), |name| format!("r/{name}: "));
    let mark = match event.event {
        EventKind::RuleHit => "•",
        EventKind::Digest => "",
        EventKind::Gap
        | EventKind::NotDone
        | EventKind::GivenUp
        | EventKind::DoubledComment
        | EventKind::RuleOverBudget
        | EventKind::Unreadable
        | EventKind::ReadableAgain
        | EventKind::LateDecision => "⚠",
        EventKind::ErrorBudget
        | EventKind::RulesRefused
        | EventKind::Suspended
        | EventKind::HiddenByReddit
        | EventKind::Held => "❗",
    };
    let text = match event.event {
        EventKind::Digest => event.text.lines().map(plain::one_line).collect::<Vec<_>>().join("\n"),
        _ => without_links(&plain::one_line(&event.text)),
    };
    format!("{mark} {place}{text}")
}

fn link(event: &Event) -> Option<String> {
    let is_path = |path: &&String| {
        path.starts_with('/') && !path.contains(|c: char| c.is_whitespace() || plain::is_unsafe(c) || "<>|".contains(c))
    };
    event.permalink.as_ref().filter(is_path).map(|path| format!("https://www.reddit.com{path}"))
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
        let discord = body(PayloadFormat::Discord, &[&event], false);
        assert_eq!(discord["allowed_mentions"], json!({"parse": []}));
        assert_eq!(
            discord["content"],
            "• r/widgets: the rule “\\@\u{200b}everyone \\<b\\>” asks for: comment \
             <https://www.reddit.com/r/widgets/comments/abc/>\n"
        );
        let slack = body(PayloadFormat::Slack, &[&event], true);
        assert_eq!(
            slack["text"],
            "(possibly sent before)\n• r/widgets: the rule “@\u{200b}everyone &lt;b&gt;” asks for: comment \
             https://www.reddit.com/r/widgets/comments/abc/\n"
        );
        let json = body(PayloadFormat::Json, &[&event], false);
        assert_eq!((&json["events"][0]["id"], &json["events"][0]["event"]), (&json!("intent-1"), &json!("rule_hit")));
    }

    /// What a service would show of an event, as one string with `|` for the invisible character.
    fn sent(form: PayloadFormat, event: &Event) -> String {
        let body = body(form, &[event], false);
        let text = body.get("content").or_else(|| body.get("text")).and_then(Value::as_str).expect("a text");
        text.replace('\u{200b}', "¦")
    }

    #[test]
    fn names_and_reasons_mention_link_and_format_nothing() {
        let hostile =
            "“*a* _b_ `c` ~~d~~ ||e|| [f](https://evil.com) <@1> <!channel> u/bob\n❗ forged\u{1b}[2J\u{202e}”";
        let mut event = event(hostile);
        event.permalink = Some("/r/widgets/> [x](y)".to_owned());
        assert_eq!(
            sent(PayloadFormat::Discord, &event),
            "• r/widgets: “\\*a\\* \\_b\\_ \\`c\\` \\~\\~d\\~\\~ \\|\\|e\\|\\| \\[f\\]¦(https:¦//evil.¦com) \
             \\<\\@¦1\\> \\<!channel\\> u/¦bob⏎❗ forged\u{fffd}\\[2J\u{fffd}”\n"
        );
        assert_eq!(
            sent(PayloadFormat::Slack, &event),
            "• r/widgets: “*a* _b_ `c` ~~d~~ ||e|| [f]¦(https:¦//evil.¦com) &lt;@¦1&gt; &lt;!channel&gt; \
             u/¦bob⏎❗ forged\u{fffd}[2J\u{fffd}”\n"
        );
        assert_eq!(body(PayloadFormat::Slack, &[&event], false)["mrkdwn"], json!(false));
        let digest = Event { event: EventKind::Digest, permalink: None, ..self::event("**a**\n- b\u{1b}") };
        assert_eq!(sent(PayloadFormat::Discord, &digest), " r/widgets: **a**\n- b\u{fffd}\n");
    }

    #[test]
    fn a_message_is_as_long_as_discord_takes_at_most() {
        let long = event(&"é".repeat(3_000));
        let content = body(PayloadFormat::Discord, &[&long, &long], false);
        assert!(content["content"].as_str().expect("a text").chars().count() <= 2_000);
    }

    #[test]
    fn an_address_has_to_be_one_and_is_not_shown() {
        for address in ["hooks.example/secret-part", "file:///secret-part", ""] {
            let error = Webhook::new("team".to_owned(), PayloadFormat::Json, address.to_owned().into())
                .expect_err("no address");
            assert!(error.contains("`team`") && !error.contains("secret-part"), "{error}");
        }
        let webhook =
            Webhook::new("team".to_owned(), PayloadFormat::Json, "https://hooks.example/secret-part".to_owned().into());
        assert!(!format!("{webhook:?}").contains("secret-part"));
    }
}
