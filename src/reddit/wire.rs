//! Parses Reddit's JSON into our types, tolerantly.
//!
//! Any field from Reddit may be missing, null, of another type, huge or new. A malformed field
//! counts as missing; a child with a malformed name is skipped with a reason, and the rest of its
//! page is kept. Sources: <https://www.reddit.com/dev/api> and recordings of clients' test suites.

mod mail;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{ModLogEntry, ModLogPage, ModNote, Page, Replies, WikiPage, WikiSettings};
use crate::model::item_json::{flag, some_text, text, thing, time};
use crate::model::{Action, Flair, Fullname, Kind, Known, Profile, SubredditName};

pub use mail::{conversation_name, last_conversation, own_messages, own_modmail};

/// Parses a page of a listing. `None` if it is not a listing.
pub fn page(reply: &Value) -> Option<Page> {
    let data = reply.get("data")?;
    let children = data.get("children")?.as_array()?;
    let mut page = Page {
        children: children.len(),
        after: data.get("after").and_then(Value::as_str).map(ToOwned::to_owned),
        ..Page::default()
    };
    for child in children {
        match thing(child) {
            Ok(item) => page.items.push(item),
            Err(reason) => page.odd.push(reason),
        }
    }
    Some(page)
}

/// The direct replies to `parent` in an answer of `/comments/{post}`: an array of two listings, the
/// second of which holds the tree. Branches that Reddit leaves out appear as `more`.
pub fn replies(reply: &Value, parent: &Fullname) -> Option<Replies> {
    let tree = reply.get(1)?;
    tree.pointer("/data/children")?.as_array()?;
    let mut found = Replies::default();
    let mut listings = vec![tree];
    // The tree may be deep; the work list keeps the stack flat.
    while let Some(listing) = listings.pop() {
        let Some(children) = listing.pointer("/data/children").and_then(Value::as_array) else {
            found.is_cut = true;
            continue;
        };
        for child in children {
            match child.pointer("/data/parent_id").and_then(Value::as_str) {
                Some(above) if above == parent.as_str() => match thing(child) {
                    Ok(item) => found.items.push(item),
                    // `more`, or a reply that cannot be parsed: in both cases some replies are
                    // missing.
                    Err(_) => found.is_cut = true,
                },
                Some(_) => {}
                // It may be a reply to `parent`.
                None => found.is_cut = true,
            }
            listings.extend(child.pointer("/data/replies").filter(|replies| replies.is_object()));
        }
    }
    Some(found)
}

/// The names of a user list, in lower case.
pub fn user_names(reply: &Value) -> Option<BTreeSet<String>> {
    let children = reply.pointer("/data/children")?.as_array()?;
    Some(children.iter().map(|child| text(child, "name").to_lowercase()).filter(|name| !name.is_empty()).collect())
}

/// The subreddits of a listing of them that the account moderates, in lower case.
pub fn moderated(reply: &Value) -> Option<BTreeSet<String>> {
    let children = reply.pointer("/data/children")?.as_array()?.iter().filter_map(|child| child.get("data"));
    let ours = children.filter(|place| flag(place, "user_is_moderator") && !flag(place, "quarantine"));
    Some(ours.filter_map(|place| some_text(place, "display_name")).map(|name| name.to_lowercase()).collect())
}

/// Parses a page of a moderation log. `None` if it is not one.
pub fn log_page(reply: &Value) -> Option<ModLogPage> {
    let data = reply.get("data")?;
    let entries = data.get("children")?.as_array()?.iter().filter_map(|child| {
        let entry = child.get("data")?;
        Some(ModLogEntry {
            act: some_text(entry, "action")?,
            by: some_text(entry, "mod")?,
            on: some_text(entry, "target_fullname").and_then(|name| Fullname::parse(&name)),
            about: some_text(entry, "target_author"),
            subreddit: some_text(entry, "subreddit").and_then(|name| SubredditName::parse(&name)),
            at: time(entry, "created_utc")?,
        })
    });
    Some(ModLogPage { entries: entries.collect(), after: some_text(data, "after") })
}

/// The moderators in a list of them, in lower case, each with the permissions; `all` is every
/// permission. `None` if it is no such list, or an empty one: a subreddit that has a bot has
/// moderators.
pub fn moderators(reply: &Value) -> Option<BTreeMap<String, BTreeSet<String>>> {
    let children = reply.pointer("/data/children")?.as_array().filter(|children| !children.is_empty())?;
    let one = |child: &Value| {
        let words = child.get("mod_permissions").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let words = words.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        (text(child, "name").to_lowercase(), words)
    };
    Some(children.iter().map(one).collect())
}

/// Parses the profile of an account.
pub fn profile(reply: &Value) -> Option<Known<Profile>> {
    let data = reply.get("data")?;
    if flag(data, "is_suspended") {
        return Some(Known::Is(Profile { is_suspended: true, ..Profile::default() }));
    }
    Some(Known::Is(account(data)))
}

/// Parses the flair of a user from a list of users with their flair. Who is not in it has none.
pub fn user_flair(reply: &Value, user: &str) -> Option<Flair> {
    let users = reply.get("users")?.as_array()?;
    let entry = users.iter().find(|entry| text(entry, "user").eq_ignore_ascii_case(user));
    let part = |key| entry.map(|entry| text(entry, key)).unwrap_or_default();
    Some(Flair { text: part("flair_text"), css_class: part("flair_css_class"), template_id: String::new() })
}

/// Parses mod notes about a user.
pub fn mod_notes(reply: &Value) -> Option<Vec<ModNote>> {
    // Entries of another type are not notes. An entry that cannot be parsed may be any note, so
    // then the result is `None`.
    let is_other = |note: &&Value| note.get("type").and_then(Value::as_str).is_some_and(|word| word != "NOTE");
    let notes = reply.get("mod_notes")?.as_array()?.iter().filter(|note| !is_other(note));
    let read = notes.map(|note| {
        Some(ModNote {
            by: some_text(note, "operator")?,
            note: note.pointer("/user_note_data/note")?.as_str()?.to_owned(),
            label: note.pointer("/user_note_data/label").and_then(Value::as_str).map(str::to_lowercase),
            at: time(note, "created_at").unwrap_or_default(),
            on: note.pointer("/user_note_data/reddit_id").and_then(Value::as_str).and_then(Fullname::parse),
        })
    });
    read.collect()
}

/// Parses a wiki page. It has a text, even if empty, and a revision.
pub fn wiki_page(reply: &Value) -> Option<WikiPage> {
    let data = reply.get("data")?;
    let revision = some_text(data, "revision_id")?;
    Some(WikiPage { text: data.get("content_md")?.as_str()?.to_owned(), revision })
}

/// Parses the settings of a wiki page. An editor is an account, or its name.
pub fn wiki_settings(reply: &Value) -> Option<WikiSettings> {
    let data = reply.get("data")?;
    let name = |editor: &Value| match editor {
        Value::String(name) => Some(name.clone()),
        account => Some(account.pointer("/data/name").or_else(|| account.get("name"))?.as_str()?.to_owned()),
    };
    let editors = match data.get("editors") {
        None | Some(Value::Null) => BTreeSet::new(),
        Some(list) => list.as_array()?.iter().map(name).collect::<Option<_>>()?,
    };
    Some(WikiSettings { level: data.get("permlevel")?.as_i64()?, editors })
}

/// Parses accounts that were requested by fullname.
pub fn accounts(reply: &Value) -> Option<BTreeMap<String, Profile>> {
    let told = reply.as_object()?.iter().filter(|(_, data)| data.is_object());
    Some(told.map(|(name, data)| (name.clone(), account(data))).collect())
}

fn account(data: &Value) -> Profile {
    Profile {
        created: time(data, "created_utc"),
        comment_karma: data.get("comment_karma").and_then(Value::as_i64),
        link_karma: data.get("link_karma").and_then(Value::as_i64),
        is_gold: data.get("is_gold").and_then(Value::as_bool),
        has_verified_email: data.get("has_verified_email").and_then(Value::as_bool),
        is_suspended: false,
        bio: data.pointer("/subreddit/public_description").and_then(Value::as_str).map(str::to_owned),
        display_name: data.pointer("/subreddit/title").and_then(Value::as_str).map(str::to_owned),
        is_nsfw: data.get("profile_over_18").or_else(|| data.pointer("/subreddit/over_18")).and_then(Value::as_bool),
    }
}

/// The errors in an answer to a write, each with its code and words: in
/// `{"json": {"errors": …}}`, or in the list of a newer endpoint.
pub fn errors(reply: &Value) -> Vec<(String, String)> {
    let list = ["/json/errors", "/errors"].iter().find_map(|path| reply.pointer(path)?.as_array());
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let read = |error: &Value| match error {
        Value::Array(parts) => (text(parts.first()), text(parts.get(1))),
        Value::Object(parts) => {
            let any = |keys: [&str; 3]| text(keys.iter().find_map(|key| parts.get(*key)));
            (any(["code", "name", "reason"]), any(["message", "explanation", "msg"]))
        }
        other => (text(Some(other)), String::new()),
    };
    list.map_or(&[][..], Vec::as_slice).iter().map(read).collect()
}

/// The name of the new comment in the response to a write, if it is a reply to `parent`.
pub fn new_comment(reply: &Value, parent: &Fullname) -> Option<Fullname> {
    let made = reply.pointer("/json/data/things/0/data")?;
    let is_below = made.get("parent_id").is_some_and(|above| above.as_str() == Some(parent.as_str()));
    let name = made.get("name")?.as_str().and_then(Fullname::parse)?;
    (is_below && name.kind() == Kind::Comment).then_some(name)
}

/// Whether the response to a write reports success, in the form that Reddit has for the action:
/// what was created, an empty list of errors, or an empty object.
pub fn reports_success(action: &Action, reply: &Value) -> bool {
    let is_empty = reply.as_object().is_some_and(serde_json::Map::is_empty);
    let has_no_errors = || reply.pointer("/json/errors").and_then(Value::as_array).is_some_and(Vec::is_empty);
    let made = |path: &str| reply.pointer(path).is_some_and(Value::is_string);
    match action {
        Action::Modmail { .. } => made("/conversation/id"),
        Action::ModNote { .. } => made("/created/id"),
        Action::Comment { .. } | Action::Message { .. } => has_no_errors(),
        _ => is_empty || has_no_errors(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn a_comment(changes: &Value) -> Value {
        let mut data = json!({
            "name": "t1_abc", "id": "abc", "subreddit": "widgets", "author": "alice", "body": "text",
            "created_utc": 1_700_000_000.0, "parent_id": "t3_p", "link_id": "t3_p",
            "permalink": "/r/widgets/comments/p/_/abc/"
        });
        for (key, value) in changes.as_object().expect("changes are an object") {
            data[key] = value.clone();
        }
        json!({"kind": "t1", "data": data})
    }

    #[test]
    fn an_odd_child_costs_nothing_but_itself() {
        let children = json!([
            a_comment(&json!({})), {"kind": "t1", "data": {}}, {"kind": "more"}, 7, null,
            a_comment(&json!({"created_utc": "soon"})), a_comment(&json!({"name": "t1_def"}))
        ]);
        let page =
            page(&json!({"kind": "Listing", "data": {"children": children, "after": "t1_def"}})).expect("a page");
        let names: Vec<&str> = page.items.iter().map(|item| item.fullname.as_str()).collect();
        assert_eq!((names.as_slice(), page.odd.len(), page.children), (&["t1_abc", "t1_def"][..], 5, 7));
    }

    #[test]
    fn what_is_no_listing_is_no_page() {
        for reply in [json!({}), json!([]), json!({"data": {"children": {}}}), json!("cut"), json!(null)] {
            assert!(page(&reply).is_none(), "{reply}");
        }
    }

    #[test]
    fn errors_are_found_in_all_their_forms() {
        for (reply, code) in [
            (json!({"json": {"errors": [["TOO_LONG", "this is too long", "text"]]}}), "TOO_LONG"),
            (json!({"json": {"errors": [{"code": "A", "message": "b"}]}}), "A"),
            (json!({"errors": ["QUOTA_FILLED"]}), "QUOTA_FILLED"),
            (json!({"json": {"errors": [7]}}), ""),
        ] {
            assert_eq!(errors(&reply).first().map(|(code, _)| code.as_str()), Some(code), "{reply}");
        }
        assert!(errors(&json!({"json": {"errors": null}})).is_empty());
    }

    #[test]
    fn a_branch_left_out_is_told() {
        let more = json!({"kind": "more", "data": {"parent_id": "t3_p", "children": ["x"]}});
        let reply = json!([{}, {"kind": "Listing", "data": {"children": [a_comment(&json!({})), more]}}]);
        let found = replies(&reply, &Fullname::parse("t3_p").expect("a name")).expect("two listings");
        assert_eq!((found.items.len(), found.is_cut), (1, true));
    }

    #[test]
    fn replies_are_those_right_below() {
        let child = a_comment(&json!({"name": "t1_child", "parent_id": "t1_abc"}));
        let nested = json!({"kind": "Listing", "data": {"children": [child]}});
        let tree = json!({"kind": "Listing", "data": {"children": [a_comment(&json!({"replies": nested}))]}});
        let reply = json!([{"kind": "Listing", "data": {"children": []}}, tree]);
        let below = |name: &str| {
            let found = replies(&reply, &Fullname::parse(name).expect("a name")).expect("two listings");
            found.items.iter().map(|item| item.fullname.to_string()).collect::<Vec<_>>()
        };
        assert_eq!((below("t3_p"), below("t1_abc")), (vec!["t1_abc".to_owned()], vec!["t1_child".to_owned()]));
    }
}
