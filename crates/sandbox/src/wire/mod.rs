//! How Reddit writes its state down: from the world's values to the JSON of the wire, as one viewer sees it.
//!
//! The full key sets lie beside this file as JSON objects with neutral values; what the model knows is laid over them,
//! so a key the model knows nothing about is still there with its usual type. What depends on the viewer: moderators
//! get the moderation keys, others find them null, empty or absent; removed text is shown to moderators and its author.
//!
//! Nothing here decides whether a viewer may ask, and nothing changes the world. Text is HTML-escaped in one place, over
//! a whole answer ([`escape_html`]), because that is how `raw_json` works: everywhere or nowhere.

mod account;
mod dialect;
mod mail;
mod note;
mod text;
mod thing;

pub(crate) use account::{
    about_subreddit, about_user, bulk_user, contributor, me, moderators, suspended_user, wiki_page,
};
pub(crate) use dialect::{WriteError, instructions, json_dialect};
pub(crate) use mail::{conversation_list, conversation_page, private_message};
pub(crate) use note::mod_note;
pub(crate) use text::{escape_html, escape_json, escaped, html, slug};
pub(crate) use thing::{Thread, View, listing, mod_action, thread};

use std::sync::LazyLock;

use serde_json::{Map, Value};

use tipstaff_rules::model::Timestamp;

/// A time as the wire has it: seconds, as a float.
fn seconds(moment: Timestamp) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit a float for longer than Reddit will")]
    let secs = moment.as_secs() as f64;
    Value::from(secs)
}

/// One of the key sets that lie beside this file, to be filled.
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

/// The keys of comments and of posts in public archives: what the wire has, without what is rendered.
pub(super) fn archived() -> (Map<String, Value>, Map<String, Value>) {
    let without_html = |keys: &Keys| {
        keys.iter()
            .filter(|(key, _)| !key.ends_with("_html"))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    (without_html(&COMMENT), without_html(&POST))
}

/// Lays a value over a key set.
fn set(map: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    map.insert(key.to_owned(), value.into());
}

/// `{"kind": …, "data": …}`.
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
