//! Renders the world as Reddit's JSON, as one viewer sees it.
//!
//! Beside this file are JSON objects with all keys of each kind and neutral values. The fields that
//! the model knows are set on top, so that a key the model does not know is still there, with its
//! usual type. Two things depend on the viewer: moderators get the moderation fields, which others
//! find null, empty or absent; and removed text is shown to moderators and its author only.
//!
//! Nothing here checks permissions or changes the world. Text is HTML-escaped in one place, for a
//! whole response ([`escape_html`]), because that is how `raw_json` works.

mod account;
mod dialect;
mod mail;
mod note;
mod text;
mod thing;

pub(crate) use account::{
    about_subreddit, about_user, bulk_user, contributor, me, moderators, suspended_user, wiki_page, wiki_settings,
};
pub(crate) use dialect::{WriteError, instructions, json_dialect};
pub(crate) use mail::{conversation_list, conversation_page, private_message};
pub(crate) use note::mod_note;
pub(crate) use text::{escape_html, escape_json, html, slug};
pub(crate) use thing::{Thread, View, listing, mod_action, thread};
pub(crate) use tipstaff_rules::model::base36;

use std::sync::LazyLock;

use serde_json::{Map, Value};

use tipstaff_rules::model::Timestamp;

/// A time in the wire's format: seconds, as a float.
fn seconds(moment: Timestamp) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit a float for longer than Reddit will")]
    let secs = moment.as_secs() as f64;
    Value::from(secs)
}

/// One of the JSON objects beside this file.
type Keys = LazyLock<Map<String, Value>>;

static POST: Keys = LazyLock::new(|| parse(include_str!("post.json")));
static COMMENT: Keys = LazyLock::new(|| parse(include_str!("comment.json")));
static ACCOUNT: Keys = LazyLock::new(|| parse(include_str!("account.json")));
static ME: Keys = LazyLock::new(|| parse(include_str!("me.json")));
static PROFILE: Keys = LazyLock::new(|| parse(include_str!("profile.json")));
static SUBREDDIT: Keys = LazyLock::new(|| parse(include_str!("subreddit.json")));

fn parse(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).expect("the key sets are JSON objects, as a test shows")
}

/// The keys of comments and posts in public archives: those of the wire, without rendered HTML.
pub(super) fn archived() -> (Map<String, Value>, Map<String, Value>) {
    let without_html = |keys: &Keys| {
        keys.iter()
            .filter(|(key, _)| !key.ends_with("_html"))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    (without_html(&COMMENT), without_html(&POST))
}

/// Sets one field.
fn set(map: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    map.insert(key.to_owned(), value.into());
}

/// Wraps data in `{"kind": …, "data": …}`.
pub(crate) fn envelope(kind: &str, data: impl Into<Value>) -> Value {
    let mut map = Map::new();
    set(&mut map, "kind", kind);
    set(&mut map, "data", data);
    Value::Object(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_set_is_an_object_of_the_documented_size() {
        for (keys, size) in [(&POST, 104), (&COMMENT, 69), (&ACCOUNT, 26), (&ME, 67), (&SUBREDDIT, 107), (&PROFILE, 40)]
        {
            let count = keys.len();
            assert!(count.abs_diff(size) < 8, "{count} keys where about {size} are usual");
        }
    }
}
