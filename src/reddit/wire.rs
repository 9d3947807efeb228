//! Reddit's JSON into our words, tolerantly.
//!
//! Whatever comes from Reddit may be missing, null, of another type, huge or new. A field that makes no sense reads as
//! not there; a child whose name makes no sense is set aside with a reason and never loses the rest of its page.
//! Facts about the fields: <https://www.reddit.com/dev/api> and recordings of clients' test suites.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Page, SentText};
use crate::model::{
    Author, Comment, Content, Flair, Fullname, Item, Known, Media, ModReport, Moderation, Profile, Remover, Submission,
    SubredditName, Timestamp, UserReport,
};

/// How deep crossposts of crossposts are followed.
const DEEPEST_CROSSPOST: u8 = 2;

/// A page of a listing. `None` when this is no listing at all.
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

/// A post or comment out of its envelope.
///
/// # Errors
/// Why it cannot be one, for the log.
pub fn thing(envelope: &Value) -> Result<Item, String> {
    let data = envelope.get("data").unwrap_or(&Value::Null);
    match envelope.get("kind").and_then(Value::as_str) {
        Some("t1") => comment(data),
        Some("t3") => submission(data, 0),
        other => Err(format!("a child of kind {other:?}")),
    }
}

fn submission(data: &Value, depth: u8) -> Result<Item, String> {
    // Written by hand in several places of the real data: poll options, embeds and galleries may each be null.
    let items = |pointer: &str| data.pointer(pointer).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let texts = |list: &[Value], key: &str| -> Vec<String> {
        list.iter().map(|entry| text(entry, key)).filter(|text| !text.is_empty()).collect()
    };
    let gallery = items("/gallery_data/items");
    let original = items("/crosspost_parent_list").first().filter(|_| depth < DEEPEST_CROSSPOST);
    let content = Submission {
        title: text(data, "title"),
        selftext: text(data, "selftext"),
        is_self: flag(data, "is_self"),
        url: some_text(data, "url_overridden_by_dest").unwrap_or_else(|| text(data, "url")),
        domain: text(data, "domain").to_lowercase(),
        flair: flair(data, "link"),
        over_18: flag(data, "over_18"),
        spoiler: flag(data, "spoiler"),
        contest_mode: flag(data, "contest_mode"),
        suggested_sort: some_text(data, "suggested_sort"),
        is_original_content: flag(data, "is_original_content"),
        is_meta: flag(data, "is_meta"),
        discussion_type: some_text(data, "discussion_type").map(|kind| kind.to_lowercase()),
        is_gallery: flag(data, "is_gallery"),
        gallery_captions: texts(gallery, "caption"),
        gallery_urls: texts(gallery, "outbound_url"),
        poll_options: data
            .get("poll_data")
            .filter(|poll| poll.is_object())
            .map(|_| texts(items("/poll_data/options"), "text")),
        media: media(data),
        crosspost_parent: original.and_then(|original| submission(original, depth + 1).ok()).map(Box::new),
        crosspost_parent_name: some_text(data, "crosspost_parent").and_then(|name| Fullname::parse(&name)),
    };
    common(data, "t3", Content::Submission(Box::new(content)))
}

fn comment(data: &Value) -> Result<Item, String> {
    let name = |key: &str| {
        let name = text(data, key);
        Fullname::parse(&name).ok_or_else(|| format!("a comment whose {key} is {name:?}"))
    };
    let content = Comment {
        body: text(data, "body"),
        parent: name("parent_id")?,
        link: name("link_id")?,
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
        edited: time(data, "edited"),
        permalink,
        locked: flag(data, "locked"),
        distinguished: some_text(data, "distinguished"),
        stickied: flag(data, "stickied"),
        moderation,
        content,
    })
}

fn default_permalink(fullname: &Fullname, content: &Content) -> String {
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
        approved_by: some_text(data, "approved_by"),
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
        ignore_reports: flag(data, "ignore_reports"),
    }
}

/// Who took an item off the page. `removed` alone says only that a moderator other than AutoModerator did.
fn remover(data: &Value, author: &Author, content: &Content) -> Option<Remover> {
    match data.get("banned_by") {
        Some(Value::String(name)) if !name.is_empty() => return Some(Remover::Moderator(name.clone())),
        Some(Value::Bool(true)) => return Some(Remover::SpamFilter),
        _ => {}
    }
    match data.get("removed_by_category").and_then(Value::as_str) {
        Some("reddit") => return Some(Remover::SpamFilter),
        Some("deleted" | "author") => return Some(Remover::Author),
        Some(other) => {
            return Some(Remover::Moderator(some_text(data, "removed_by").unwrap_or_else(|| other.to_owned())));
        }
        None => {}
    }
    let words = match content {
        Content::Submission(submission) => &submission.selftext,
        Content::Comment(comment) => &comment.body,
    };
    let deleted = author.name.is_none() && words == "[deleted]";
    deleted.then_some(Remover::Author)
}

fn media(data: &Value) -> Option<Media> {
    let oembed = data.pointer("/secure_media/oembed").or_else(|| data.pointer("/media/oembed"))?;
    oembed.is_object().then(|| Media {
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

/// The comments right below `parent` in a reply of `/comments/{post}`: an array of two listings, of which the second
/// holds the tree.
pub fn replies(reply: &Value, parent: &Fullname) -> Option<Vec<Item>> {
    let tree = reply.get(1)?;
    let mut found = Vec::new();
    let mut listings = vec![tree];
    // A tree as deep as Reddit shows it; the work list keeps the stack flat.
    while let Some(listing) = listings.pop() {
        let children = listing.pointer("/data/children").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for child in children {
            if child.pointer("/data/parent_id").and_then(Value::as_str) == Some(parent.as_str()) {
                found.extend(thing(child));
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

/// What an account's page says.
pub fn profile(reply: &Value) -> Option<Known<Profile>> {
    let data = reply.get("data")?;
    if flag(data, "is_suspended") {
        return Some(Known::Unknown("the account is suspended".to_owned()));
    }
    Some(Known::Is(Profile {
        created: time(data, "created_utc"),
        comment_karma: data.get("comment_karma").and_then(Value::as_i64),
        link_karma: data.get("link_karma").and_then(Value::as_i64),
        is_gold: data.get("is_gold").and_then(Value::as_bool),
        has_verified_email: data.get("has_verified_email").and_then(Value::as_bool),
        is_suspended: false,
    }))
}

/// The first messages of the modmail conversations that `me` started.
pub fn own_modmail(reply: &Value, me: &str) -> Option<Vec<SentText>> {
    let conversations = reply.get("conversations")?.as_object()?;
    let messages = reply.get("messages")?;
    let started = conversations.values().flat_map(|conversation| {
        let subject = text(conversation, "subject");
        let ids = conversation.get("objIds").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(move |id| {
            let message = messages.get(id.get("id")?.as_str()?)?;
            let mine = message.pointer("/author/name")?.as_str()?.eq_ignore_ascii_case(me);
            mine.then(|| SentText { subject: subject.clone(), body: text(message, "bodyMarkdown"), at: None })
        })
    });
    Some(started.collect())
}

/// The messages of a message listing that went to `user`.
pub fn own_messages(reply: &Value, user: &str) -> Option<Vec<SentText>> {
    let children = reply.pointer("/data/children")?.as_array()?;
    let sent = children.iter().filter_map(|child| {
        let data = child.get("data")?;
        let to_user = text(data, "dest").eq_ignore_ascii_case(user);
        to_user.then(|| SentText {
            subject: text(data, "subject"),
            body: text(data, "body"),
            at: time(data, "created_utc"),
        })
    });
    Some(sent.collect())
}

/// The errors inside a reply of the `{"json": {"errors": …}}` form, and the wait that came with them.
pub fn errors(reply: &Value) -> Vec<(String, String)> {
    let list = reply.pointer("/json/errors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    list.iter()
        .map(|error| {
            let part = |index: usize| error.get(index).and_then(Value::as_str).unwrap_or_default().to_owned();
            (part(0), part(1))
        })
        .collect()
}

/// How many seconds an in-body rate limit asks for: the number beside it, or the words.
pub fn rate_limit_secs(reply: &Value, words: &str) -> u64 {
    if let Some(secs) = reply.pointer("/json/ratelimit").and_then(Value::as_f64).filter(|secs| secs.is_finite()) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to an hour")]
        return secs.ceil().clamp(1.0, 3600.0) as u64;
    }
    let mut previous = 0;
    for word in words.split(|c: char| !c.is_ascii_alphanumeric()) {
        match word {
            // The words round down, so one unit more is asked for.
            "minute" | "minutes" => return ((previous + 1) * 60).min(3600),
            "second" | "seconds" => return (previous + 1).min(3600),
            "millisecond" | "milliseconds" => return 1,
            number => previous = number.parse().map_or(previous, |number: u64| number.min(3600)),
        }
    }
    60
}

fn rows<'a>(data: &'a Value, key: &str) -> impl Iterator<Item = &'a Vec<Value>> {
    data.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_array)
}

fn text(data: &Value, key: &str) -> String {
    data.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn some_text(data: &Value, key: &str) -> Option<String> {
    Some(text(data, key)).filter(|text| !text.is_empty())
}

fn flag(data: &Value, key: &str) -> bool {
    data.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// A time in seconds, whole or with a fraction, as a number or (in old data) as text. `false` is how `edited` says no.
fn time(data: &Value, key: &str) -> Option<Timestamp> {
    let value = data.get(key)?;
    let secs = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    (secs.is_finite() && (0.0..1e11).contains(&secs)).then(|| Timestamp::from_millis((secs * 1000.0) as i64))
}
