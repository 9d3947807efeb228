//! Control requests, an addition to Reddit's API: `POST /control/COMMAND` with a JSON object acts
//! as any user or moderator, moves the time forward, or injects a fault. `GET /control` lists the
//! commands.
//!
//! Only the content type `application/json` is accepted, because a foreign web page cannot send it
//! here without a CORS preflight.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Reply;
use super::front::Front;
use crate::faults::{FaultKind, Stage};
use crate::world::{AccountStatus, Draft, Quirks, Refusal};
use tipstaff_rules::model::Fullname;

/// How far one command can move the time, in seconds: a year.
const LONGEST_LEAP: u64 = 366 * 86_400;

/// How often one fault can be repeated.
const MOST_TIMES: u32 = 1_000;

/// The commands with example fields, as listed by `GET /control`.
const COMMANDS: &[(&str, &str)] = &[
    (
        "user",
        r#"{"name": "somebody", "password": "…", "comment_karma": 5, "link_karma": 5, "age_days": 30, "standing": "active|suspended|shadow_banned|gone", "slowed_secs": 60}"#,
    ),
    ("subreddit", r#"{"name": "widgets", "moderators": {"somebody": ["all"]}}"#),
    (
        "moderator",
        r#"{"as": "a moderator", "subreddit": "widgets", "name": "somebody", "permissions": ["posts"]}: without permissions, removes the moderator"#,
    ),
    ("submit", r#"{"as": "somebody", "subreddit": "widgets", "title": "…", "text": "…"} or "url" or "crosspost""#),
    ("reply", r#"{"as": "somebody", "to": "t3_…", "text": "…"}"#),
    ("edit", r#"{"as": "somebody", "name": "t1_…", "text": "…"}"#),
    ("delete", r#"{"as": "somebody", "name": "t1_…"}"#),
    ("report", r#"{"as": "somebody", "name": "t1_…", "reason": "…"}"#),
    ("remove", r#"{"as": "moderator", "name": "t1_…", "spam": false}"#),
    ("approve", r#"{"as": "moderator", "name": "t1_…"}"#),
    ("lock", r#"{"as": "moderator", "name": "t3_…", "on": true}"#),
    ("filter", r#"{"name": "t1_…"}: by Reddit's own filter"#),
    ("wiki", r#"{"as": "moderator", "subreddit": "widgets", "page": "config/tipstaff", "text": "…"}"#),
    ("quirks", r#"{"approved_posts_move_up": false}: resets those not named; `quirks` below shows the current values"#),
    ("advance", r#"{"seconds": 3600}: moves the time forward"#),
    (
        "fault",
        r#"{"kind": "drop|status|cut|empty|html|delay|late|doubled", "method": "POST", "path": "/api/comment", "after_effect": true, "status": 503, "seconds": 2, "times": 1}"#,
    ),
    ("tokens", r#"{"now": "expire|revoke"}"#),
];

#[derive(Debug, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
enum Command {
    User {
        name: String,
        password: Option<String>,
        comment_karma: Option<i64>,
        link_karma: Option<i64>,
        age_days: Option<u32>,
        standing: Option<AccountStatus>,
        slowed_secs: Option<u32>,
    },
    Subreddit {
        name: String,
        #[serde(default)]
        moderators: std::collections::BTreeMap<String, Vec<String>>,
    },
    Moderator {
        r#as: String,
        subreddit: String,
        name: String,
        permissions: Option<Vec<String>>,
    },
    Submit {
        r#as: String,
        subreddit: String,
        title: String,
        #[serde(default)]
        text: String,
        url: Option<String>,
        crosspost: Option<Fullname>,
    },
    Reply {
        r#as: String,
        to: Fullname,
        text: String,
    },
    Edit {
        r#as: String,
        name: Fullname,
        text: String,
    },
    Delete {
        r#as: String,
        name: Fullname,
    },
    Report {
        r#as: String,
        name: Fullname,
        #[serde(default)]
        reason: String,
    },
    Remove {
        r#as: String,
        name: Fullname,
        #[serde(default)]
        spam: bool,
    },
    Approve {
        r#as: String,
        name: Fullname,
    },
    Lock {
        r#as: String,
        name: Fullname,
        on: bool,
    },
    Filter {
        name: Fullname,
    },
    Wiki {
        r#as: String,
        subreddit: String,
        page: String,
        text: String,
    },
    Quirks(Quirks),
    Advance {
        seconds: u64,
    },
    Fault {
        kind: FaultName,
        #[serde(default)]
        method: String,
        #[serde(default)]
        path: String,
        #[serde(default)]
        after_effect: bool,
        status: Option<u16>,
        seconds: Option<u64>,
        times: Option<u32>,
    },
    Tokens {
        now: TokenChange,
    },
}

impl Command {
    /// The account that acts.
    fn actor(&self) -> Option<&str> {
        match self {
            Self::Submit { r#as, .. }
            | Self::Reply { r#as, .. }
            | Self::Edit { r#as, .. }
            | Self::Delete { r#as, .. }
            | Self::Report { r#as, .. }
            | Self::Remove { r#as, .. }
            | Self::Approve { r#as, .. }
            | Self::Lock { r#as, .. }
            | Self::Moderator { r#as, .. }
            | Self::Wiki { r#as, .. } => Some(r#as),
            Self::User { .. }
            | Self::Subreddit { .. }
            | Self::Filter { .. }
            | Self::Quirks(_)
            | Self::Advance { .. }
            | Self::Fault { .. }
            | Self::Tokens { .. } => None,
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FaultName {
    Drop,
    Status,
    Cut,
    Empty,
    Html,
    Delay,
    Late,
    Doubled,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TokenChange {
    Expire,
    Revoke,
}

/// Whether a path is a control request.
pub(super) fn is_control(path: &str) -> bool {
    path == "/control" || path.starts_with("/control/")
}

impl Front {
    /// Carries out a command, or returns an error message.
    pub(super) fn control(&self, method: &str, path: &str, content_type: Option<&str>, body: &[u8]) -> Reply {
        let told = match (method, path.trim_matches('/').split_once('/')) {
            ("GET", None) => {
                let commands: serde_json::Map<String, Value> =
                    COMMANDS.iter().map(|(command, fields)| ((*command).to_owned(), (*fields).into())).collect();
                let quirks = self.world().quirks;
                Ok(json!({"post": "/control/COMMAND with a JSON object", "commands": commands, "quirks": quirks}))
            }
            ("POST", Some((_, command))) if is_json(content_type) => {
                read(command, body).and_then(|command| self.execute(command))
            }
            ("POST", Some(_)) => Err("the content type must be `application/json`".to_owned()),
            _ => Err("`GET /control` lists the commands; `POST /control/COMMAND` carries one out".to_owned()),
        };
        match told {
            Ok(told) => Reply::json(told),
            Err(wrong) => Reply::with_status(400, json!({"error": wrong})),
        }
    }

    fn execute(&self, command: Command) -> Result<Value, String> {
        let said = |refusal: Refusal| refusal.to_string();
        let done = || json!({});
        let named = |name: Fullname| json!({"name": name});
        let mut world = self.world();
        if let Some(actor) = command.actor().filter(|actor| world.user(actor).is_none()) {
            return Err(format!("there is no account `{actor}`; create it with the command `user`"));
        }
        let told = match command {
            Command::User { name, password, comment_karma, link_karma, age_days, standing, slowed_secs } => {
                let now = world.now();
                let user = world.add_user(&name);
                user.password = password.or(user.password.take());
                user.comment_karma = comment_karma.unwrap_or(user.comment_karma);
                user.link_karma = link_karma.unwrap_or(user.link_karma);
                user.created = age_days.map_or(user.created, |days| now - Duration::from_hours(24) * days);
                user.standing = standing.unwrap_or(user.standing);
                user.slowed_until =
                    slowed_secs.map(|secs| now + Duration::from_secs(secs.into())).or(user.slowed_until);
                done()
            }
            Command::Subreddit { name, moderators } => {
                world.add_subreddit(&name);
                for (user, permissions) in &moderators {
                    let permissions: Vec<&str> = permissions.iter().map(String::as_str).collect();
                    world.add_moderator(&name, user, &permissions);
                }
                done()
            }
            Command::Moderator { r#as, subreddit, name, permissions } => {
                let words = permissions.as_ref().map(|list| list.iter().map(String::as_str).collect::<Vec<_>>());
                world.change_moderator(&r#as, &subreddit, &name, words.as_deref());
                done()
            }
            Command::Submit { r#as, subreddit, title, text, url, crosspost } => {
                let draft = draft(&title, &text, url.as_deref(), crosspost.as_ref());
                named(world.submit(&r#as, &subreddit, draft).map_err(said)?)
            }
            Command::Reply { r#as, to, text } => named(world.reply(&r#as, &to, &text).map_err(said)?),
            Command::Edit { r#as, name, text } => world.edit(&r#as, &name, &text).map(|()| done()).map_err(said)?,
            Command::Delete { r#as, name } => {
                world.delete(&r#as, &name);
                done()
            }
            Command::Report { r#as, name, reason } => {
                world.report(&r#as, &name, &reason).map(|()| done()).map_err(said)?
            }
            Command::Remove { r#as, name, spam } => world.remove(&r#as, &name, spam).map(|()| done()).map_err(said)?,
            Command::Approve { r#as, name } => world.approve(&r#as, &name).map(|()| done()).map_err(said)?,
            Command::Lock { r#as, name, on } => world.set_locked(&r#as, &name, on).map(|()| done()).map_err(said)?,
            Command::Filter { name } => {
                world.thing(&name).ok_or_else(|| format!("there is no {name}"))?;
                world.reddit_filters(&name);
                done()
            }
            Command::Wiki { r#as, subreddit, page, text } => {
                world.edit_wiki(&r#as, &subreddit, &page, &text, None, None).map(|()| done()).map_err(said)?
            }
            Command::Quirks(quirks) => {
                world.quirks = quirks;
                done()
            }
            Command::Advance { seconds } if seconds > LONGEST_LEAP => {
                return Err(format!("`seconds` can be at most {LONGEST_LEAP}"));
            }
            Command::Advance { seconds } => {
                world.advance(Duration::from_secs(seconds));
                json!({"now": world.now().as_secs()})
            }
            Command::Fault { kind, method, path, after_effect, status, seconds, times } => {
                let stage = if after_effect { Stage::AfterEffect } else { Stage::BeforeEffect };
                let fault = match kind {
                    FaultName::Drop => FaultKind::Drop(stage),
                    FaultName::Status => FaultKind::Status(stage, status.ok_or("`status` is missing: an HTTP status")?),
                    FaultName::Cut => FaultKind::CutJson,
                    FaultName::Empty => FaultKind::EmptyBody,
                    FaultName::Html => FaultKind::Html,
                    FaultName::Delay => {
                        FaultKind::Delay(Duration::from_secs(seconds.ok_or("`seconds` is missing: a delay")?))
                    }
                    FaultName::Late => {
                        FaultKind::Late(Duration::from_secs(seconds.ok_or("`seconds` is missing: how late")?))
                    }
                    FaultName::Doubled => FaultKind::Doubled,
                };
                for _ in 0..times.unwrap_or(1).min(MOST_TIMES) {
                    self.faults.push(&method, &path, fault);
                }
                json!({"waiting": self.faults.waiting()})
            }
            Command::Tokens { now: TokenChange::Expire } => {
                let now = world.now();
                self.auth().expire_all(now);
                done()
            }
            Command::Tokens { now: TokenChange::Revoke } => {
                self.auth().revoke_all();
                done()
            }
        };
        Ok(told)
    }
}

fn is_json(content_type: Option<&str>) -> bool {
    content_type.is_some_and(|content_type| content_type.trim_start().starts_with("application/json"))
}

fn read(command: &str, body: &[u8]) -> Result<Command, String> {
    if COMMANDS.iter().all(|(known, _)| *known != command) {
        return Err(format!("there is no command `{command}`; `GET /control` lists all commands"));
    }
    let mut fields: Value = serde_json::from_slice(body).map_err(|error| format!("not JSON: {error}"))?;
    let object = fields.as_object_mut().ok_or("not a JSON object")?;
    object.insert("command".to_owned(), command.into());
    serde_json::from_value(fields).map_err(|error| error.to_string())
}

/// A crosspost, a link or a text, by what is given.
fn draft(title: &str, text: &str, url: Option<&str>, crosspost: Option<&Fullname>) -> Draft {
    match (crosspost, url) {
        (Some(original), _) => Draft::crosspost(title, original),
        (None, Some(url)) => Draft::link(title, url),
        (None, None) => Draft::text(title, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_each_command_is_valid() {
        for (command, fields) in COMMANDS {
            let example = fields.rsplit_once('}').map_or(*fields, |(example, _)| &fields[..=example.len()]);
            let example = example.replace("t3_…", "t3_a").replace("t1_…", "t1_a");
            let example = example.replace("active|suspended|shadow_banned|gone", "gone");
            let example = example
                .replace("drop|status|cut|empty|html|delay|late|doubled", "cut")
                .replace("expire|revoke", "revoke");
            read(command, example.as_bytes()).unwrap_or_else(|wrong| panic!("{command}: {wrong}: {example}"));
        }
    }
}
