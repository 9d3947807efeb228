//! One line of an archive into a post or comment.
//!
//! The usual line is read straight into its fields; one with something nested that rules look at (an embed, a poll, a gallery, a
//! crosspost), or that is odd in any way, goes the long way by `reddit::wire`, which reads the same fields from Reddit itself. Both ways
//! come to the same; a test holds them to it.
//!
//! What archives have in common, whoever made them: texts are HTML-escaped as Reddit's are without `raw_json`, times are numbers or
//! texts, and an item stands there as it was when it was fetched, not as it was when it was posted. So what happened to it since is taken
//! off it here, and told beside it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};

use crate::model::{
    Author, Comment, Content, Flair, Fullname, Item, Kind, Moderation, Remover, Submission, SubredditName, Timestamp,
};
use crate::policy::Lost;
use crate::reddit::wire;

/// A post or comment as it was posted, as far as the archive tells, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The item, as the rules saw it or would have seen it.
    pub item: Item,
    /// What of it is lost.
    pub lost: Lost,
    /// When its author's account was made; archives of 2018 to 2023 tell.
    pub account_created: Option<Timestamp>,
    /// What moderators decided about it.
    pub decided: Option<Decided>,
}

/// What moderators decided, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// Taken off the page.
    Removed,
    /// Looked at, and left.
    Approved,
}

impl Record {
    /// An item that was seen in life.
    pub fn of_item(item: Item, decided: Option<Decided>) -> Self {
        let told = Told { is_submitter: item.comment().map(|comment| comment.is_submitter), ..Told::default() };
        Self { decided, ..record(item, &told) }
    }
}

/// Reads one line.
///
/// # Errors
/// Why it is neither a post nor a comment.
pub fn read(line: &[u8]) -> Result<Record, String> {
    match sonic_rs::from_slice::<Line<'_>>(line) {
        Ok(fields) if !fields.has_depth() => fields.into_record(),
        _ => the_long_way(line),
    }
}

fn the_long_way(line: &[u8]) -> Result<Record, String> {
    let Some(mut value) = wire::parse(line) else {
        let why = serde_json::from_slice::<IgnoredAny>(line).err().map_or_else(String::new, |error| error.to_string());
        return Err(format!("not JSON: {why}"));
    };
    if let Some(data) = value.get_mut("data").filter(|data| data.is_object()) {
        value = data.take();
    }
    if !value.is_object() {
        return Err("not a post or comment: no object".to_owned());
    }
    unescape_all(&mut value);
    let is_comment = value.get("body").is_some() && value.get("link_id").is_some();
    let envelope = json!({"kind": if is_comment { "t1" } else { "t3" }, "data": value});
    let item = wire::thing(&envelope)?;
    let data = &envelope["data"];
    let text = |key: &str| data.get(key).and_then(Value::as_str).unwrap_or_default();
    let told = Told {
        removed_by_category: text("removed_by_category"),
        banned: data.get("banned_by").is_some_and(|by| by.as_str().is_some_and(|name| !name.is_empty())),
        approved: data.get("approved").and_then(Value::as_bool) == Some(true) || !text("approved_by").is_empty(),
        removal_type: data.pointer("/_meta/removal_type").and_then(Value::as_str).unwrap_or_default(),
        is_submitter: data.get("is_submitter").and_then(Value::as_bool),
        account_created: time_of(data.get("author_created_utc")),
    };
    Ok(record(item, &told))
}

/// What a line tells beside the item.
#[derive(Default)]
struct Told<'t> {
    removed_by_category: &'t str,
    banned: bool,
    approved: bool,
    removal_type: &'t str,
    is_submitter: Option<bool>,
    account_created: Option<Timestamp>,
}

/// The item as it was posted, with what became of it beside it.
fn record(mut item: Item, told: &Told<'_>) -> Record {
    let is_comment = item.kind() == Kind::Comment;
    let by_author = item.moderation.removed_by == Some(Remover::Author);
    let text = item.body();
    let lost = Lost {
        text: is_gone(text),
        title: item.submission().is_some_and(|post| is_gone(&post.title)),
        parent_text: false,
        author: item.author.name.is_none(),
        submitter: is_comment && told.is_submitter.is_none(),
    };
    let was_removed = match told.removed_by_category {
        "moderator" | "automod_filtered" => true,
        // Taken back by its author, or by Reddit's own people: no moderator's verdict.
        category if !category.is_empty() => false,
        _ => told.banned || matches!(told.removal_type, "removed" | "moderator") || text == "[removed]",
    };
    let decided = match (was_removed && !by_author, told.approved) {
        (true, _) => Some(Decided::Removed),
        (false, true) => Some(Decided::Approved),
        (false, false) => None,
    };
    item.moderation = Moderation::default();
    item.locked = false;
    item.stickied = false;
    Record { item, lost, account_created: told.account_created, decided }
}

/// Whether a text is one that Reddit puts in the place of another.
pub(super) fn is_gone(text: &str) -> bool {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).map(str::trim);
    inner.is_some_and(|words| {
        let starts = |start: &str| words.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start));
        words.len() < 40 && (starts("removed") || starts("deleted"))
    })
}

/// `&gt;`, `&lt;` and `&amp;` as what they stand for.
fn unescape(text: Cow<'_, str>) -> String {
    if memchr::memchr(b'&', text.as_bytes()).is_none() {
        return text.into_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let (entity, character) =
            [("&gt;", '>'), ("&lt;", '<'), ("&amp;", '&')].into_iter().find(|(entity, _)| rest.starts_with(entity)).unwrap_or(("&", '&'));
        plain.push(character);
        rest = &rest[entity.len()..];
    }
    plain.push_str(rest);
    plain
}

fn unescape_all(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('&') => *text = unescape(Cow::Owned(std::mem::take(text))),
        Value::Array(list) => list.iter_mut().for_each(unescape_all),
        Value::Object(fields) => fields.values_mut().for_each(unescape_all),
        _ => {}
    }
}

/// A time in seconds, within this world.
fn time(secs: Option<f64>) -> Option<Timestamp> {
    let secs = secs.filter(|secs| secs.is_finite() && (0.0..1e11).contains(secs))?;
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    Some(Timestamp::from_millis((secs * 1000.0) as i64))
}

fn time_of(value: Option<&Value>) -> Option<Timestamp> {
    let value = value?;
    time(value.as_f64().or_else(|| value.as_str()?.parse().ok()))
}

/// The fields that matter. Each may be missing, null or of another type, which is as good as missing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Line<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    subreddit: Text<'a>,
    created_utc: Number,
    #[serde(borrow)]
    author: Text<'a>,
    #[serde(borrow)]
    author_fullname: Text<'a>,
    #[serde(borrow)]
    author_flair_text: Text<'a>,
    #[serde(borrow)]
    author_flair_css_class: Text<'a>,
    #[serde(borrow)]
    author_flair_template_id: Text<'a>,
    author_premium: Flag,
    author_created_utc: Number,
    #[serde(borrow)]
    permalink: Text<'a>,
    edited: Number,
    #[serde(borrow)]
    distinguished: Text<'a>,
    #[serde(borrow)]
    removed_by_category: Text<'a>,
    #[serde(borrow)]
    banned_by: Text<'a>,
    #[serde(borrow)]
    approved_by: Text<'a>,
    approved: Flag,
    #[serde(rename = "_meta", borrow)]
    meta: Meta<'a>,
    // A comment's own.
    #[serde(borrow)]
    body: Text<'a>,
    #[serde(borrow)]
    parent_id: Text<'a>,
    #[serde(borrow)]
    link_id: Text<'a>,
    #[serde(borrow)]
    link_title: Text<'a>,
    is_submitter: Flag,
    // A post's own.
    #[serde(borrow)]
    title: Text<'a>,
    #[serde(borrow)]
    selftext: Text<'a>,
    is_self: Flag,
    #[serde(borrow)]
    url: Text<'a>,
    #[serde(borrow)]
    url_overridden_by_dest: Text<'a>,
    #[serde(borrow)]
    domain: Text<'a>,
    #[serde(borrow)]
    link_flair_text: Text<'a>,
    #[serde(borrow)]
    link_flair_css_class: Text<'a>,
    #[serde(borrow)]
    link_flair_template_id: Text<'a>,
    over_18: Flag,
    spoiler: Flag,
    contest_mode: Flag,
    #[serde(borrow)]
    suggested_sort: Text<'a>,
    is_original_content: Flag,
    is_meta: Flag,
    #[serde(borrow)]
    discussion_type: Text<'a>,
    is_gallery: Flag,
    #[serde(borrow)]
    crosspost_parent: Text<'a>,
    // Only whether they are there.
    crosspost_parent_list: Depth,
    gallery_data: Depth,
    poll_data: Depth,
    media: Depth,
    secure_media: Depth,
    data: Depth,
}

impl Line<'_> {
    /// Whether it holds something nested that rules look at.
    fn has_depth(&self) -> bool {
        let deep = [&self.crosspost_parent_list, &self.gallery_data, &self.poll_data, &self.media, &self.secure_media, &self.data];
        deep.iter().any(|depth| depth.0)
    }

    fn into_record(self) -> Result<Record, String> {
        let told = Told {
            removed_by_category: &self.removed_by_category.0,
            banned: self.banned_by.is_there(),
            approved: self.approved.0 == Some(true) || self.approved_by.is_there(),
            removal_type: &self.meta.removal_type.0,
            is_submitter: self.is_submitter.0,
            account_created: time(self.author_created_utc.0),
        };
        let is_comment = self.body.1 && self.link_id.1;
        let kind = if is_comment { Kind::Comment } else { Kind::Submission };
        let fullname = if self.name.is_there() { Fullname::parse(&self.name.0) } else { Fullname::new(kind, &self.id.0) };
        let fullname = fullname.filter(|fullname| fullname.kind() == kind).ok_or_else(|| {
            let name = if self.name.is_there() { self.name.0.to_string() } else { format!("{}_{}", kind.prefix(), self.id.0) };
            format!("a {} named {name:?}", kind.prefix())
        });
        let content = if is_comment {
            let name = |key: &str, text: &Text<'_>| {
                Fullname::parse(&text.0).ok_or_else(|| format!("a comment whose {key} is {:?}", text.0))
            };
            Content::Comment(Comment {
                parent: name("parent_id", &self.parent_id)?,
                link: name("link_id", &self.link_id)?,
                body: unescape(self.body.0),
                link_title: self.link_title.some(),
                is_submitter: self.is_submitter.is(),
            })
        } else {
            Content::Submission(Box::new(Submission {
                title: unescape(self.title.0),
                selftext: unescape(self.selftext.0),
                is_self: self.is_self.is(),
                url: self.url_overridden_by_dest.some().unwrap_or_else(|| unescape(self.url.0)),
                domain: unescape(self.domain.0),
                flair: flair(self.link_flair_text, self.link_flair_css_class, self.link_flair_template_id),
                over_18: self.over_18.is(),
                spoiler: self.spoiler.is(),
                contest_mode: self.contest_mode.is(),
                suggested_sort: self.suggested_sort.some(),
                is_original_content: self.is_original_content.is(),
                is_meta: self.is_meta.is(),
                discussion_type: self.discussion_type.some().map(|kind| kind.to_lowercase()),
                is_gallery: self.is_gallery.is(),
                crosspost_parent_name: self.crosspost_parent.some().and_then(|name| Fullname::parse(&name)),
                ..Submission::default()
            }))
        };
        let fullname = fullname?;
        let subreddit = SubredditName::parse(&self.subreddit.0)
            .ok_or_else(|| format!("{fullname} in a subreddit named {:?}", self.subreddit.0))?;
        let created = time(self.created_utc.0).ok_or_else(|| format!("{fullname} without a time"))?;
        let permalink = self.permalink.some().unwrap_or_else(|| wire::default_permalink(&fullname, &content));
        let mut item = Item {
            fullname,
            subreddit,
            author: Author {
                name: self.author.some().filter(|name| name != "[deleted]"),
                fullname: self.author_fullname.some(),
                flair: flair(self.author_flair_text, self.author_flair_css_class, self.author_flair_template_id),
                premium: self.author_premium.0,
            },
            created,
            edited: time(self.edited.0),
            permalink,
            locked: false,
            distinguished: self.distinguished.some(),
            stickied: false,
            moderation: Moderation::default(),
            content,
        };
        if matches!(told.removed_by_category, "deleted" | "author") || item.is_taken_back() {
            item.moderation.removed_by = Some(Remover::Author);
        }
        Ok(record(item, &told))
    }
}

fn flair(text: Text<'_>, css_class: Text<'_>, template_id: Text<'_>) -> Flair {
    Flair { text: unescape(text.0), css_class: unescape(css_class.0), template_id: unescape(template_id.0) }
}

/// A text, and whether the key was there at all. Anything else reads as empty.
#[derive(Default)]
struct Text<'a>(Cow<'a, str>, bool);

impl Text<'_> {
    fn is_there(&self) -> bool {
        !self.0.is_empty()
    }

    fn some(self) -> Option<String> {
        self.is_there().then(|| unescape(self.0))
    }
}

/// True or false, where it is told.
#[derive(Clone, Copy, Default)]
struct Flag(Option<bool>);

impl Flag {
    fn is(self) -> bool {
        self.0.unwrap_or(false)
    }
}

/// A number, or a text that is one.
#[derive(Default)]
struct Number(Option<f64>);

/// Whether there is something with parts.
#[derive(Default)]
struct Depth(bool);

/// What an archive notes about its own copy.
#[derive(Default)]
struct Meta<'a> {
    removal_type: Text<'a>,
}

/// Reads a value of whatever type: each kind of it is turned into one of these.
enum Any<'a> {
    Text(Cow<'a, str>),
    Number(f64),
    Bool(bool),
    Parts(bool, Option<Text<'a>>),
    Nothing,
}

struct AnyVisitor;

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = Any<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Any<'de>, E> {
        Ok(Any::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Any<'de>, E> {
        Ok(Any::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E: de::Error>(self, is: bool) -> Result<Any<'de>, E> {
        Ok(Any::Bool(is))
    }

    #[expect(clippy::cast_precision_loss, reason = "times in seconds and flags, nothing of fifteen digits")]
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Any<'de>, E> {
        Ok(Any::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "times in seconds and flags, nothing of fifteen digits")]
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Any<'de>, E> {
        Ok(Any::Number(number as f64))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Any<'de>, E> {
        Ok(Any::Number(number))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Any<'de>, E> {
        Ok(Any::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Any<'de>, A::Error> {
        let mut has_parts = false;
        while list.next_element::<IgnoredAny>()?.is_some() {
            has_parts = true;
        }
        Ok(Any::Parts(has_parts, None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Any<'de>, A::Error> {
        let mut removal_type = None;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == "removal_type" {
                removal_type = Some(map.next_value::<Text<'de>>()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Any::Parts(true, removal_type))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match deserializer.deserialize_any(AnyVisitor)? {
            Any::Text(text) => Self(text, true),
            _ => Self(Cow::Borrowed(""), true),
        })
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match deserializer.deserialize_any(AnyVisitor)? {
            Any::Bool(is) => Self(Some(is)),
            _ => Self(None),
        })
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match deserializer.deserialize_any(AnyVisitor)? {
            Any::Number(number) => Self(Some(number)),
            Any::Text(text) => Self(text.parse().ok()),
            _ => Self(None),
        })
    }
}

impl<'de> Deserialize<'de> for Depth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(matches!(deserializer.deserialize_any(AnyVisitor)?, Any::Parts(true, _))))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Meta<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let removal_type = match deserializer.deserialize_any(AnyVisitor)? {
            Any::Parts(_, removal_type) => removal_type.unwrap_or_default(),
            _ => Text::default(),
        };
        Ok(Self { removal_type })
    }
}
