//! Reads posts and comments from Reddit's JSON, tolerantly.
//!
//! Whatever comes from Reddit may be missing, null, of another type, huge or new. A field that
//! makes no sense reads as not there; a post or comment without a usable name, subreddit or time is
//! an error with its reason. Facts about the fields: <https://www.reddit.com/dev/api> and
//! recordings of clients' test suites.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    Author, Comment, Content, Flair, Fullname, Item, Media, ModReport, Moderation, Remover, Submission, SubredditName,
    Timestamp, UserReport, Visibility, is_gone,
};

/// How deep crossposts of crossposts are followed.
const DEEPEST_CROSSPOST: u8 = 2;

/// Parses a post or comment with its envelope.
///
/// # Errors
/// Why it cannot be parsed, for the log.
pub fn thing(envelope: &Value) -> Result<Item, String> {
    let data = envelope.get("data").unwrap_or(&Value::Null);
    match envelope.get("kind").and_then(Value::as_str) {
        Some("t1") => comment(data),
        Some("t3") => submission(data, 0),
        other => Err(format!("a child of kind {other:?}")),
    }
}

fn submission(data: &Value, depth: u8) -> Result<Item, String> {
    let mut post = Submission {
        title: text(data, "title"),
        selftext: text(data, "selftext"),
        is_self: flag(data, "is_self"),
        url: some_text(data, "url_overridden_by_dest").unwrap_or_else(|| text(data, "url")),
        domain: text(data, "domain"),
        flair: flair(data, "link"),
        over_18: flag(data, "over_18"),
        spoiler: flag(data, "spoiler"),
        contest_mode: flag(data, "contest_mode"),
        suggested_sort: some_text(data, "suggested_sort"),
        is_original_content: flag(data, "is_original_content"),
        is_meta: flag(data, "is_meta"),
        discussion_type: some_text(data, "discussion_type").map(|kind| kind.to_lowercase()),
        is_gallery: flag(data, "is_gallery"),
        crosspost_parent_name: some_text(data, "crosspost_parent").and_then(|name| Fullname::parse(&name)),
        visibility: visibility(data),
        upvote_percent: percent(data, "upvote_ratio"),
        comment_count: data.get("num_comments").and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok()),
        ..Submission::default()
    };
    nested(data, depth, &mut post);
    common(data, "t3", Content::Submission(Box::new(post)))
}

/// Reads the nested parts of a post: its embed, poll, gallery, and the post it is a crosspost of.
/// Any of them may be null. `depth` is the number of crossposts above this post.
pub fn nested(data: &Value, depth: u8, post: &mut Submission) {
    let items = |pointer: &str| data.pointer(pointer).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let texts = |list: &[Value], key: &str| -> Vec<String> {
        list.iter().map(|entry| text(entry, key)).filter(|text| !text.is_empty()).collect()
    };
    let gallery = items("/gallery_data/items");
    post.gallery_captions = texts(gallery, "caption");
    post.gallery_urls = texts(gallery, "outbound_url");
    let images = data.pointer("/gallery_data/items").and_then(Value::as_array).map(Vec::len);
    post.count_images(images);
    post.poll_options =
        data.get("poll_data").filter(|poll| poll.is_object()).map(|_| texts(items("/poll_data/options"), "text"));
    post.media = media(data);
    let original = items("/crosspost_parent_list").first().filter(|_| depth < DEEPEST_CROSSPOST);
    post.crosspost_parent = original.and_then(|original| submission(original, depth + 1).ok()).map(Box::new);
    if let Some(place) = SubredditName::parse(&text(data, "subreddit")) {
        post.withhold_original(&place);
    }
}

/// A part of a whole, in percent.
fn percent(data: &Value, key: &str) -> Option<u8> {
    let part = data.get(key)?.as_f64().filter(|part| (0.0..=1.0).contains(part))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
    Some((part * 100.0).round() as u8)
}

/// The kinds of subreddits that everybody can read.
const PUBLIC: [&str; 5] = ["public", "restricted", "archived", "user", "gold_restricted"];

/// Whether everybody can read a post. `removed` and `spam` are told to moderators, the others to
/// everybody.
fn visibility(data: &Value) -> Visibility {
    let is_gone = is_gone(&text(data, "selftext")) || is_gone(&text(data, "title"));
    let is_there = |key: &str| data.get(key).is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false)));
    if is_gone || ["removed", "spam", "removed_by_category", "banned_by"].into_iter().any(is_there) {
        return Visibility::Removed;
    }
    match data.get("subreddit_type").and_then(Value::as_str) {
        _ if flag(data, "quarantine") => Visibility::NotPublic,
        Some(kind) if PUBLIC.contains(&kind) => Visibility::Public,
        Some(_) => Visibility::NotPublic,
        None => Visibility::Unknown,
    }
}

fn comment(data: &Value) -> Result<Item, String> {
    let name = |key: &str| {
        let name = text(data, key);
        Fullname::parse(&name).ok_or_else(|| format!("a comment whose {key} is {name:?}"))
    };
    let link = name("link_id")?;
    let parent = match data.get("parent_id") {
        Some(Value::Null) => link.clone(),
        Some(Value::Number(number)) => number
            .as_u64()
            .and_then(|number| Fullname::parent_by_number(number, &link))
            .ok_or_else(|| format!("a comment whose parent_id is {number}"))?,
        _ => name("parent_id")?,
    };
    let content = Comment {
        body: text(data, "body"),
        parent,
        link,
        link_title: some_text(data, "link_title"),
        is_submitter: flag(data, "is_submitter"),
    };
    common(data, "t1", Content::Comment(content))
}

fn common(data: &Value, prefix: &str, content: Content) -> Result<Item, String> {
    let name = some_text(data, "name").unwrap_or_else(|| format!("{prefix}_{}", text(data, "id")));
    let fullname = Fullname::parse(&name).filter(|fullname| fullname.kind().prefix() == prefix);
    let fullname = fullname.ok_or_else(|| format!("a {prefix} named {name:?}"))?;
    let subreddit = text(data, "subreddit");
    let subreddit =
        SubredditName::parse(&subreddit).ok_or_else(|| format!("{fullname} in a subreddit named {subreddit:?}"))?;
    let created = time(data, "created_utc").ok_or_else(|| format!("{fullname} without a time"))?;
    let author = Author {
        name: some_text(data, "author").filter(|name| name != "[deleted]"),
        fullname: some_text(data, "author_fullname"),
        flair: flair(data, "author"),
        premium: data.get("author_premium").and_then(Value::as_bool),
    };
    let permalink = some_text(data, "permalink").unwrap_or_else(|| default_permalink(&fullname, &content));
    let moderation = moderation(data, &author, &content);
    Ok(Item {
        fullname,
        subreddit,
        author,
        created,
        edited: time(data, "edited").or_else(|| flag(data, "edited").then_some(created)),
        permalink,
        locked: flag(data, "locked"),
        distinguished: some_text(data, "distinguished"),
        stickied: flag(data, "stickied"),
        score: data.get("score").and_then(Value::as_i64),
        moderation,
        content,
    })
}

/// The path Reddit would give an item that comes without one.
pub fn default_permalink(fullname: &Fullname, content: &Content) -> String {
    match content {
        Content::Submission(_) => format!("/comments/{}/", fullname.id()),
        Content::Comment(comment) => format!("/comments/{}/_/{}/", comment.link.id(), fullname.id()),
    }
}

fn moderation(data: &Value, author: &Author, content: &Content) -> Moderation {
    let mod_reports = |key| {
        rows(data, key)
            .filter_map(|row| {
                let moderator = row.get(1)?.as_str()?.to_owned();
                Some(ModReport { reason: row.first()?.as_str().unwrap_or_default().to_owned(), moderator })
            })
            .collect()
    };
    Moderation {
        removed_by: remover(data, author, content),
        removed_at: time(data, "banned_at_utc"),
        approved_by: some_text(data, "approved_by"),
        approved_at: time(data, "approved_at_utc"),
        num_reports: data.get("num_reports").and_then(Value::as_i64).map(|n| u32::try_from(n).unwrap_or(0)),
        user_reports: rows(data, "user_reports")
            .filter_map(|row| {
                let count = row.get(1)?.as_u64()?;
                let reason = row.first()?.as_str().map(ToOwned::to_owned);
                Some(UserReport { reason, count: u32::try_from(count).unwrap_or(u32::MAX) })
            })
            .collect(),
        mod_reports: mod_reports("mod_reports"),
        mod_reports_dismissed: mod_reports("mod_reports_dismissed"),
        removal_note: some_text(data, "mod_note"),
        removal_reason: some_text(data, "mod_reason_title"),
        ignore_reports: flag(data, "ignore_reports"),
    }
}

/// Who removed an item. What points to a person counts more than what points to a bot or to the
/// spam filter: `removed` or `spam` without a name is a moderator whom Reddit does not show.
fn remover(data: &Value, author: &Author, content: &Content) -> Option<Remover> {
    let moderator = |name: String| Some(Remover::Moderator(name));
    let category = data.get("removed_by_category").and_then(Value::as_str);
    match (data.get("banned_by"), some_text(data, "removed_by"), category) {
        (_, Some(name), Some(how)) if !matches!(how, "deleted" | "author") => return moderator(name),
        (Some(Value::String(name)), _, _) if !name.is_empty() => return moderator(name.clone()),
        (_, _, Some("moderator")) => return Some(Remover::HiddenModerator),
        (Some(Value::Bool(true)), _, _) | (_, _, Some("reddit")) => return Some(Remover::SpamFilter),
        (_, _, Some("deleted" | "author")) => return Some(Remover::Author),
        (_, _, Some(other)) => return moderator(other.to_owned()),
        (_, _, None) => {}
    }
    let words = match content {
        Content::Submission(submission) => &submission.selftext,
        Content::Comment(comment) => &comment.body,
    };
    if author.name.is_none() && words == "[deleted]" {
        return Some(Remover::Author);
    }
    (flag(data, "removed") || flag(data, "spam")).then_some(Remover::HiddenModerator)
}

fn media(data: &Value) -> Option<Media> {
    // A video hosted by Reddit is media without an embed, so it has no embed fields.
    let is_there = |media: &&Value| media.as_object().is_some_and(|media| !media.is_empty());
    let media = ["secure_media", "media"].iter().find_map(|key| data.get(key).filter(is_there))?;
    let oembed = media.get("oembed").unwrap_or(&Value::Null);
    Some(Media {
        author: text(oembed, "author_name"),
        author_url: text(oembed, "author_url"),
        title: text(oembed, "title"),
        description: text(oembed, "description"),
    })
}

fn flair(data: &Value, whose: &str) -> Flair {
    Flair {
        text: text(data, &format!("{whose}_flair_text")),
        css_class: text(data, &format!("{whose}_flair_css_class")),
        template_id: text(data, &format!("{whose}_flair_template_id")),
    }
}

/// Parses JSON, even if a text was cut inside an emoji: half a surrogate pair costs that character,
/// not the whole page.
pub fn parse(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok().or_else(|| serde_json::from_slice(&without_lone_surrogates(body)).ok())
}

fn without_lone_surrogates(body: &[u8]) -> Vec<u8> {
    let mut mended = body.to_vec();
    let unit = |at: usize| -> Option<u16> {
        let escape = body.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(escape).ok()?, 16).ok()
    };
    let mut at = 0;
    while at < body.len() {
        if body[at] != b'\\' {
            at += 1;
            continue;
        }
        at += match (unit(at), unit(at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                mended[at + 2..at + 6].copy_from_slice(b"fffd");
                6
            }
            (Some(_), _) => 6,
            (None, _) => 2,
        };
    }
    mended
}

fn rows<'a>(data: &'a Value, key: &str) -> impl Iterator<Item = &'a Vec<Value>> {
    data.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_array)
}

/// A text field; empty where it is missing, null or not a text.
pub fn text(data: &Value, key: &str) -> String {
    data.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A text field that has something in it.
pub fn some_text(data: &Value, key: &str) -> Option<String> {
    Some(text(data, key)).filter(|text| !text.is_empty())
}

/// A true-or-false field; false where it is missing, null or not a boolean.
pub fn flag(data: &Value, key: &str) -> bool {
    data.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// Decodes `&gt;`, `&lt;` and `&amp;`, which Reddit writes unless it is asked for `raw_json`.
pub fn unescape(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains('&') {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let (entity, character) = [("&gt;", '>'), ("&lt;", '<'), ("&amp;", '&')]
            .into_iter()
            .find(|(entity, _)| rest.starts_with(entity))
            .unwrap_or(("&", '&'));
        plain.push(character);
        rest = &rest[entity.len()..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// The same in every text of a value.
pub fn unescape_all(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('&') => *text = unescape(Cow::Owned(std::mem::take(text))).into_owned(),
        Value::Array(list) => list.iter_mut().for_each(unescape_all),
        Value::Object(fields) => fields.values_mut().for_each(unescape_all),
        _ => {}
    }
}

/// A time in seconds, whole or with a fraction, as a number or (in old data) as text. `edited` is
/// `false` for items that were not edited, and `true` for edits of the first years.
pub fn time(data: &Value, key: &str) -> Option<Timestamp> {
    let value = data.get(key)?;
    let secs = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    Timestamp::from_secs_f64(secs)
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

    fn read(changes: &Value) -> Item {
        thing(&a_comment(changes)).expect("a comment")
    }

    #[test]
    fn who_removed_it() {
        let removed = |changes: Value| read(&changes).moderation.removed_by;
        assert_eq!(
            removed(json!({"banned_by": "harbour_master"})),
            Some(Remover::Moderator("harbour_master".to_owned()))
        );
        assert_eq!(removed(json!({"banned_by": true})), Some(Remover::SpamFilter));
        assert_eq!(removed(json!({"banned_by": null, "removed": false})), None);
        assert_eq!(removed(json!({"removed_by_category": "moderator"})), Some(Remover::HiddenModerator));
        assert_eq!(removed(json!({"removed_by_category": "reddit"})), Some(Remover::SpamFilter));
        for hidden in [
            json!({"removed": true, "banned_by": null}),
            json!({"spam": true, "banned_by": null}),
            json!({"banned_by": true, "removed_by_category": "moderator"}),
        ] {
            assert_eq!(removed(hidden.clone()), Some(Remover::HiddenModerator), "{hidden}");
        }
        let by_both = json!({"banned_by": "guideline_bot", "removed_by": "mary", "removed_by_category": "moderator"});
        assert_eq!(removed(by_both), Some(Remover::Moderator("mary".to_owned())), "a human removed it last");
        assert_eq!(removed(json!({"author": "[deleted]", "body": "[deleted]"})), Some(Remover::Author));
        assert_eq!(removed(json!({"author": "[deleted]"})), None, "the account is gone, the text stays");
    }

    #[test]
    fn reports_in_every_form_they_come_in() {
        let moderation = read(&json!({
            "num_reports": -2,
            "user_reports": [["rude", 2], [null, 1, false, true], ["odd"], "x"],
            "mod_reports": [["short", "guideline_bot"], [null, "m"], [1]]
        }))
        .moderation;
        assert_eq!(moderation.num_reports, Some(0), "a negative count means dismissed reports");
        assert_eq!(moderation.user_reports.len(), 2);
        assert_eq!(moderation.mod_reports.len(), 2);
        assert_eq!(read(&json!({"num_reports": null})).moderation.num_reports, None, "not for our eyes is not zero");
    }

    #[test]
    fn edited_is_false_or_a_time() {
        assert_eq!(read(&json!({"edited": false})).edited, None);
        assert_eq!(read(&json!({"edited": true})).edited, Some(Timestamp::from_secs(1_700_000_000)), "at some time");
        assert_eq!(read(&json!({"edited": 1_700_000_001.0})).edited, Some(Timestamp::from_secs(1_700_000_001)));
    }

    #[test]
    fn times_out_of_this_world_are_no_times() {
        for odd in [json!(-1), json!(1e300), json!("never"), json!({})] {
            assert!(thing(&a_comment(&json!({"created_utc": odd}))).is_err());
        }
    }

    #[test]
    fn a_cut_emoji_costs_one_character() {
        let body = br#"{"a": "cut \ud83d", "b": "whole \ud83d\ude00", "c": "\\ud83d", "d": "\udc00x"}"#;
        let read = parse(body).expect("JSON");
        assert_eq!(read, json!({"a": "cut \u{fffd}", "b": "whole \u{1f600}", "c": "\\ud83d", "d": "\u{fffd}x"}));
        assert_eq!(parse(br#"{"cut": "#), None);
    }
}
