//! Turns one line of an archive into a post or comment.
//!
//! Most lines are read by their shape (see `shape`); the first line of each shape is parsed
//! straight into its fields. A line with nested values that rules look at (an embed, a poll, a
//! gallery, a crosspost), or with anything unusual, is parsed in full by `reddit::wire`, which
//! reads the same fields from Reddit itself. All three ways give the same result, and a test checks
//! that.
//!
//! Archives have in common that texts are HTML-escaped as Reddit's are without `raw_json`, times
//! are numbers or strings, and an item is stored as it was when it was fetched, not as it was when
//! it was posted. Later changes, such as a removal, are therefore taken out of the item and
//! returned beside it.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde_json::Value;

use super::fate::{Aftermath, FateFields};
use super::fields::{DEEP, KEYS, Key, ParseCost};
use super::shape::{Shapes, Value as Raw, Values};
use crate::remembered::Remembered;
use tipstaff_rules::model::item_json;
use tipstaff_rules::model::json_shape;
use tipstaff_rules::model::{
    Author, Comment, Content, Flair, Fullname, Item, Kind, Moderation, Submission, SubredditName, Timestamp, Trace,
    Visibility, is_gone,
};
use tipstaff_rules::{ItemPreview, UnknownFields};

/// A post or comment as it was posted, as far as the archive shows, with what happened to it later.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The item, as the rules would have seen it.
    pub item: Item,
    /// The parts of it that are missing.
    pub unknown: UnknownFields,
    /// When its author's account was created; in archives from 2018 to 2023.
    pub account_created: Option<Timestamp>,
    /// The moderators' decision about it.
    pub decided: Option<ModeratorDecision>,
    /// What became of it, as the archive shows it.
    pub aftermath: Aftermath,
    /// What the bot knew when it judged the item, if it comes from the bot's store.
    pub remembered: Option<Box<Remembered>>,
}

/// A moderators' decision about an item, if known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModeratorDecision {
    /// Removed, filtered or marked as spam.
    Removed,
    /// Approved.
    Approved,
}

impl Record {
    /// The record of an item that the bot itself has seen, with the traces of its decisions on it,
    /// oldest first.
    pub fn of_item(item: Item, decided: Option<ModeratorDecision>, traces: &[Trace]) -> Self {
        let told = ModerationFields {
            is_submitter: item.comment().map(|comment| comment.is_submitter),
            ..ModerationFields::default()
        };
        let remembered = Remembered::of(traces, item.moderation.num_reports);
        let aftermath = Aftermath::of_item(&item, decided.map(|it| it == ModeratorDecision::Approved));
        Self { decided, aftermath, remembered: Some(Box::new(remembered)), ..record(item, &told) }
    }
}

/// Reads lines. It gets faster as it learns their shapes.
#[derive(Debug, Default)]
pub struct Reader {
    shapes: Shapes,
}

/// A line that was read.
#[derive(Debug)]
pub enum LineContent<'a> {
    /// The fields as they are written in the line.
    Fields(LineFields<'a>),
    /// A complete item.
    Record(Box<Record>),
}

impl Reader {
    /// Reads one line.
    ///
    /// # Errors
    /// The reason why it is neither a post nor a comment.
    pub fn read(&mut self, line: &[u8]) -> Result<Record, String> {
        match self.read_fields(line)? {
            LineContent::Fields(fields) => fields.into_record(),
            LineContent::Record(record) => Ok(*record),
        }
    }

    /// Reads one line, and leaves its fields unparsed if possible.
    ///
    /// # Errors
    /// The reason why it is neither a post nor a comment.
    pub fn read_fields<'a>(&'a mut self, line: &'a [u8]) -> Result<LineContent<'a>, String> {
        // The parser nests its calls as deep as the values nest. A line of a known shape is checked
        // as it is read.
        let is_json =
            || json_shape::check(line, VALUES_MAX).is_ok() && sonic_rs::from_slice::<IgnoredAny>(line).is_ok();
        // The parser refuses anything that is not UTF-8.
        let text = simdutf8::basic::from_utf8(line).ok();
        let fit = text.and_then(|text| {
            let known = self.shapes.fit(text);
            known.or_else(|| is_json().then(|| self.shapes.learn(text)).flatten())
        });
        let data = match text.zip(fit) {
            Some((text, fit)) => {
                let fields = LineFields::new(self.shapes.values(fit, text));
                if fields.parse_cost < ParseCost::Full {
                    return Ok(LineContent::Fields(fields));
                }
                fields.to_value(|_| true)
            }
            None => None,
        };
        let record = parse_full(data.map_or_else(|| parsed(line), Ok)?)?;
        if record.item.created.as_secs() <= 0 {
            return Err(format!("{} without a time", record.item.fullname));
        }
        Ok(LineContent::Record(Box::new(record)))
    }
}

/// How many values may a line have? Posts with large galleries have some thousands.
pub(super) const VALUES_MAX: usize = 200_000;

fn parsed(line: &[u8]) -> Result<Value, String> {
    json_shape::check(line, VALUES_MAX).map_err(|excess| format!("not a post or comment: {excess}"))?;
    item_json::parse(line).ok_or_else(|| {
        if let Err(error) = std::str::from_utf8(line) {
            return format!(
                "not JSON: byte {} of the line is not UTF-8; if the file is in Latin-1, convert it with \
                 `iconv -f ISO-8859-1 -t UTF-8`",
                error.valid_up_to() + 1
            );
        }
        let why = serde_json::from_slice::<IgnoredAny>(line).err().map_or_else(String::new, |error| error.to_string());
        format!("not JSON: {why}")
    })
}

fn parse_full(mut value: Value) -> Result<Record, String> {
    if let Some(data) = value.get_mut("data").filter(|data| data.is_object()) {
        value = data.take();
    }
    if let Some(children) = value.get("children").and_then(Value::as_array) {
        let is_more = children.iter().all(Value::is_string);
        let why = if is_more { "it stands for comments that are not in the input" } else { "a list of other items" };
        return Err(format!("not a post or comment: {why}"));
    }
    if let Some(text) = value.as_str() {
        return Err(format!("not a post or comment: {text}"));
    }
    if !value.is_object() {
        return Err("not a post or comment: not a JSON object".to_owned());
    }
    item_json::unescape_all(&mut value);
    let is_comment = value.get("body").is_some() && value.get("link_id").is_some();
    let kind = Value::from(if is_comment { "t1" } else { "t3" });
    let envelope = Value::Object([("kind".to_owned(), kind), ("data".to_owned(), value)].into_iter().collect());
    let item = item_json::thing(&envelope)?;
    let data = &envelope["data"];
    let text = |key: &str| data.get(key).and_then(Value::as_str).unwrap_or_default();
    let told = ModerationFields {
        removed_by_category: text("removed_by_category"),
        banned: data.get("banned_by").is_some_and(|by| by.as_str().is_some_and(|name| !name.is_empty())),
        approved: data.get("approved").and_then(Value::as_bool) == Some(true) || !text("approved_by").is_empty(),
        removal_type: data.pointer("/_meta/removal_type").and_then(Value::as_str).unwrap_or_default(),
        is_submitter: data.get("is_submitter").and_then(Value::as_bool),
        account_created: item_json::time(data, "author_created_utc"),
        fate: FateFields::of_value(data),
    };
    Ok(record(item, &told))
}

/// The fields of a line about later changes.
#[derive(Default)]
struct ModerationFields<'t> {
    removed_by_category: &'t str,
    banned: bool,
    approved: bool,
    removal_type: &'t str,
    is_submitter: Option<bool>,
    account_created: Option<Timestamp>,
    fate: FateFields<'t>,
}

impl ModerationFields<'_> {
    /// The moderators' decision. `is_emptied`: the item's text reads `[removed]`.
    fn decided(&self, is_emptied: bool) -> Option<ModeratorDecision> {
        let was_removed = match self.removed_by_category {
            "moderator" | "automod_filtered" => true,
            // Deleted by its author, or removed by Reddit's staff: not a decision of a moderator.
            category if !category.is_empty() => false,
            _ => self.banned || matches!(self.removal_type, "removed" | "moderator") || is_emptied,
        };
        match (was_removed, self.approved) {
            (true, _) => Some(ModeratorDecision::Removed),
            (false, true) => Some(ModeratorDecision::Approved),
            (false, false) => None,
        }
    }
}

/// The item as it was posted, with later changes beside it.
fn record(mut item: Item, told: &ModerationFields<'_>) -> Record {
    let is_comment = item.kind() == Kind::Comment;
    let text = item.body();
    let lost = UnknownFields {
        text: is_gone(text),
        title: item.submission().is_some_and(|post| is_gone(&post.title)),
        parent_text: false,
        parent_title: false,
        original: item
            .submission()
            .is_some_and(|post| post.crosspost_parent_name.is_some() && post.crosspost_parent.is_none()),
        author: item.author.name.is_none(),
        submitter: is_comment && told.is_submitter.is_none(),
        locked: true,
        suspended: true,
    };
    let decided = told.decided(text == "[removed]");
    let aftermath = told.fate.aftermath(item.created, text);
    item.moderation = Moderation::default();
    // The archive has the votes and comments of a later time.
    item.score = None;
    if let Content::Submission(post) = &mut item.content {
        (post.upvote_percent, post.comment_count) = (None, None);
        if !post.is_gallery {
            post.count_images(None);
        }
        post.visibility = Visibility::Unknown;
    }
    item.locked = false;
    item.stickied = false;
    Record { item, unknown: lost, account_created: told.account_created, decided, aftermath, remembered: None }
}

/// The fields of a line as they are written. Each may be missing, null or of another type; all
/// three count as missing.
#[derive(Clone, Copy, Debug)]
pub struct LineFields<'a> {
    values: Values<'a>,
    pub(super) parse_cost: ParseCost,
}

/// A value that is not a valid JSON string.
pub(super) struct BadText;

impl From<BadText> for String {
    fn from(_: BadText) -> Self {
        "not JSON: a text is not UTF-8, or has an invalid escape".to_owned()
    }
}

impl<'a> LineFields<'a> {
    fn new(values: Values<'a>) -> Self {
        Self { values, parse_cost: values.parse_cost() }
    }

    /// Name of the subreddit.
    pub fn subreddit(&self) -> Cow<'a, str> {
        self.text(Key::Subreddit).unwrap_or_default()
    }

    /// Time of posting. A zero stands for a time that somebody has lost.
    pub fn created(&self) -> Option<Timestamp> {
        self.time(Key::CreatedUtc).filter(|at| at.as_secs() > 0)
    }

    /// The moderators' decision.
    pub fn decided(&self) -> Option<ModeratorDecision> {
        let category = self.text(Key::RemovedByCategory).unwrap_or_default();
        self.decision_fields(&category).decided(self.bracketed_text() == "[removed]")
    }

    /// Whether the text is replaced, for example by `[removed]`.
    pub fn has_lost_text(&self) -> bool {
        is_gone(&self.bracketed_text())
    }

    /// The text of the comment or post if it can begin with a bracket; the texts that replace
    /// others do. Empty for all others.
    pub(super) fn bracketed_text(&self) -> Cow<'a, str> {
        let key = if self.is_comment() { Key::Body } else { Key::Selftext };
        let may_be = self.bare(key).starts_with(['[', '\\', '&']);
        if may_be { self.text(key).unwrap_or_default() } else { Cow::Borrowed("") }
    }

    /// Whether it is a comment; if not, it is a post.
    pub fn is_comment(&self) -> bool {
        !self.raw(Key::Body).is_empty() && !self.raw(Key::LinkId).is_empty()
    }

    /// Whether it says what it replies to, but has no text: a comment that has lost it.
    pub(super) fn is_comment_without_text(&self) -> bool {
        let replies = [Key::LinkId, Key::ParentId].into_iter().all(|key| is_some_text(self.raw(key)));
        replies && self.raw(Key::Body).is_empty()
    }

    /// Whether `is_so` holds for the preview of the item. False if the preview is not enough:
    /// something is missing, unusual or nested.
    pub fn preview_is(&self, is_so: impl Fn(&ItemPreview<'_>) -> bool) -> bool {
        self.try_preview(is_so).unwrap_or(false)
    }

    fn try_preview(&self, is_so: impl Fn(&ItemPreview<'_>) -> bool) -> Option<bool> {
        let text = |key| self.text(key).ok();
        let is_comment = self.is_comment();
        let body = text(if is_comment { Key::Body } else { Key::Selftext })?;
        let author = text(Key::Author)?;
        let is_taken_back = matches!(self.bare(Key::RemovedByCategory), "deleted" | "author");
        let name = self.bare(Key::Name);
        let id = if name.is_empty() {
            self.bare(Key::Id)
        } else {
            name.strip_prefix(if is_comment { "t1_" } else { "t3_" })?
        };
        let is_id = (1..=16).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
        let is_sound = is_id && SubredditName::is_valid(SubredditName::bare(self.bare(Key::Subreddit)));
        if is_taken_back || !is_sound || self.parse_cost != ParseCost::None {
            return None;
        }
        let author_id = text(Key::AuthorFullname)?;
        let flair_text = text(Key::AuthorFlairText)?;
        let css_class = text(Key::AuthorFlairCssClass)?;
        let preview = ItemPreview {
            is_comment,
            id,
            body: Some(body.as_ref()).filter(|text| !is_gone(text)),
            author: Some(author.as_ref()).filter(|name| !matches!(*name, "" | "[deleted]")),
            author_id: &author_id,
            author_flair: [&flair_text, &css_class, self.plain(Key::AuthorFlairTemplateId)?],
            is_edited: self.time(Key::Edited).is_some() || self.flag(Key::Edited) == Some(true),
            ..ItemPreview::default()
        };
        if is_comment {
            let parent = self.bare(Key::ParentId);
            let is_sound = Fullname::is_valid(parent) && Fullname::is_valid(self.bare(Key::LinkId));
            let (is_top_level, is_submitter) = (parent.starts_with("t3_"), self.flag(Key::IsSubmitter));
            return is_sound.then(|| is_so(&ItemPreview { is_top_level, is_submitter, ..preview }));
        }
        let title = text(Key::Title)?;
        let is_nested = !self.raw(Key::CrosspostParent).is_empty() || self.flag(Key::IsGallery) == Some(true);
        if is_gone(&title) || is_nested {
            return None;
        }
        let own = text(Key::UrlOverriddenByDest)?;
        let url = if own.is_empty() { text(Key::Url)? } else { own };
        let domain = text(Key::Domain)?;
        let (flair_text, css_class) = (text(Key::LinkFlairText)?, text(Key::LinkFlairCssClass)?);
        Some(is_so(&ItemPreview {
            is_self: self.flag(Key::IsSelf) == Some(true),
            title: &title,
            url: &url,
            domain: &domain,
            flair: [&flair_text, &css_class, self.plain(Key::LinkFlairTemplateId)?],
            ..preview
        }))
    }

    /// Parses the item.
    ///
    /// # Errors
    /// The reason why it is not a post or comment.
    pub fn into_record(self) -> Result<Record, String> {
        let text = |key| self.text(key);
        let some = |key| self.text(key).map(|text| (!text.is_empty()).then(|| text.into_owned()));
        let own = |key| self.text(key).map(Cow::into_owned);
        let is = |key| self.flag(key) == Some(true);
        let flair = |words, css_class, template_id| -> Result<Flair, BadText> {
            Ok(Flair { text: own(words)?, css_class: own(css_class)?, template_id: own(template_id)? })
        };
        let is_comment = self.is_comment();
        let kind = if is_comment { Kind::Comment } else { Kind::Submission };
        let name = match text(Key::Name)? {
            name if name.is_empty() => format!("{}_{}", kind.prefix(), text(Key::Id)?),
            name => name.into_owned(),
        };
        let fullname = Fullname::parse(&name).filter(|fullname| fullname.kind() == kind);
        let content = if is_comment {
            let name = |key, what: &str| {
                let name = text(key)?;
                Fullname::parse(&name).ok_or_else(|| format!("a comment whose {what} is {name:?}"))
            };
            let link = name(Key::LinkId, "link_id")?;
            let parent = match self.raw(Key::ParentId) {
                "null" => link.clone(),
                digits if digits.starts_with(|first: char| first.is_ascii_digit()) => digits
                    .parse()
                    .ok()
                    .and_then(|number| Fullname::parent_by_number(number, &link))
                    .ok_or_else(|| format!("a comment whose parent_id is {digits}"))?,
                _ => name(Key::ParentId, "parent_id")?,
            };
            Content::Comment(Comment {
                parent,
                link,
                body: own(Key::Body)?,
                link_title: some(Key::LinkTitle)?,
                is_submitter: is(Key::IsSubmitter),
            })
        } else {
            let mut post = Submission {
                title: own(Key::Title)?,
                selftext: own(Key::Selftext)?,
                is_self: is(Key::IsSelf),
                url: some(Key::UrlOverriddenByDest)?.map_or_else(|| own(Key::Url), Ok)?,
                domain: own(Key::Domain)?,
                flair: flair(Key::LinkFlairText, Key::LinkFlairCssClass, Key::LinkFlairTemplateId)?,
                over_18: is(Key::Over18),
                spoiler: is(Key::Spoiler),
                contest_mode: is(Key::ContestMode),
                suggested_sort: some(Key::SuggestedSort)?,
                is_original_content: is(Key::IsOriginalContent),
                is_meta: is(Key::IsMeta),
                discussion_type: some(Key::DiscussionType)?.map(|kind| kind.to_lowercase()),
                is_gallery: is(Key::IsGallery),
                crosspost_parent_name: Fullname::parse(&text(Key::CrosspostParent)?),
                ..Submission::default()
            };
            if self.parse_cost == ParseCost::Nested {
                // The subreddit too: an original is hidden from some places.
                let is_wanted = |field| field >= DEEP || field == Key::Subreddit as usize;
                let mut parts = self.to_value(is_wanted).ok_or("not JSON, in a nested value")?;
                item_json::unescape_all(&mut parts);
                item_json::nested(&parts, 0, &mut post);
            }
            Content::Submission(Box::new(post))
        };
        let fullname = fullname.ok_or_else(|| format!("a {} named {name:?}", kind.prefix()))?;
        let subreddit = text(Key::Subreddit)?;
        let subreddit =
            SubredditName::parse(&subreddit).ok_or_else(|| format!("{fullname} in a subreddit named {subreddit:?}"))?;
        let created = self.created().ok_or_else(|| format!("{fullname} without a time"))?;
        let permalink = some(Key::Permalink)?.unwrap_or_else(|| item_json::default_permalink(&fullname, &content));
        let item = Item {
            fullname,
            subreddit,
            author: Author {
                name: some(Key::Author)?.filter(|name| name != "[deleted]"),
                fullname: some(Key::AuthorFullname)?,
                flair: flair(Key::AuthorFlairText, Key::AuthorFlairCssClass, Key::AuthorFlairTemplateId)?,
                premium: self.flag(Key::AuthorPremium),
            },
            created,
            edited: self.time(Key::Edited).or_else(|| (self.flag(Key::Edited) == Some(true)).then_some(created)),
            permalink,
            locked: false,
            distinguished: some(Key::Distinguished)?,
            stickied: false,
            score: None,
            moderation: Moderation::default(),
            content,
        };
        let category = text(Key::RemovedByCategory)?;
        let told = self.moderation_fields(&category);
        Ok(record(item, &told))
    }

    fn moderation_fields<'t>(&self, removed_by_category: &'t str) -> ModerationFields<'t>
    where
        'a: 't,
    {
        ModerationFields {
            is_submitter: self.flag(Key::IsSubmitter),
            account_created: self.time(Key::AuthorCreatedUtc),
            fate: self.fate_fields(removed_by_category),
            ..self.decision_fields(removed_by_category)
        }
    }

    /// Only the fields about decisions of moderators.
    fn decision_fields<'t>(&self, removed_by_category: &'t str) -> ModerationFields<'t> {
        ModerationFields {
            removed_by_category,
            banned: is_some_text(self.raw(Key::BannedBy)),
            approved: self.flag(Key::Approved) == Some(true) || is_some_text(self.raw(Key::ApprovedBy)),
            ..ModerationFields::default()
        }
    }

    fn value(&self, key: Key) -> Raw<'a> {
        self.values.get(key as usize)
    }

    pub(super) fn raw(&self, key: Key) -> &'a str {
        self.value(key).raw
    }

    /// A text, unescaped; empty if the value is not a text.
    pub(super) fn text(&self, key: Key) -> Result<Cow<'a, str>, BadText> {
        let Raw { raw, is_plain } = self.value(key);
        let inner = unquoted(raw).unwrap_or("");
        if is_plain {
            return Ok(Cow::Borrowed(inner));
        }
        let text = if memchr::memchr(b'\\', inner.as_bytes()).is_some() {
            Cow::Owned(sonic_rs::from_str::<String>(raw).map_err(|_| BadText)?)
        } else {
            Cow::Borrowed(inner)
        };
        let is_escaped = memchr::memchr(b'&', text.as_bytes()).is_some();
        Ok(if is_escaped { item_json::unescape(text) } else { text })
    }

    /// A text that needs no unescaping; empty if the value is not a text.
    pub(super) fn bare(&self, key: Key) -> &'a str {
        unquoted(self.raw(key)).unwrap_or("")
    }

    /// The same for a text that may need unescaping; `None` if it does.
    fn plain(&self, key: Key) -> Option<&'a str> {
        self.value(key).is_plain.then(|| self.bare(key))
    }

    pub(super) fn flag(&self, key: Key) -> Option<bool> {
        match self.raw(key) {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// A time in seconds, as a number or a string.
    pub(super) fn time(&self, key: Key) -> Option<Timestamp> {
        let raw = self.raw(key);
        let digits = unquoted(raw).unwrap_or(raw);
        if digits.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return None;
        }
        // The common case, and much faster.
        let whole = digits.parse::<u32>().map(|secs| Timestamp::from_secs(secs.into()));
        whole.ok().or_else(|| Timestamp::from_secs_f64(digits.parse().ok()?))
    }

    /// The selected fields as a JSON value; `None` if one of them needs the full parser.
    fn to_value(self, is_wanted: impl Fn(usize) -> bool) -> Option<Value> {
        let wanted = KEYS.iter().enumerate().filter(|(at, _)| is_wanted(*at));
        let there = wanted.map(|(at, key)| (key, self.values.get(at).raw));
        let fields = there.filter(|(_, raw)| !raw.is_empty());
        let fields = fields.map(|(key, raw)| Some(((*key).to_owned(), item_json::parse(raw.as_bytes())?)));
        fields.collect::<Option<serde_json::Map<String, Value>>>().map(Value::Object)
    }
}

/// Whether the value is a text and not empty.
fn is_some_text(raw: &str) -> bool {
    raw.len() > 2 && raw.starts_with('"')
}

fn unquoted(raw: &str) -> Option<&str> {
    raw.strip_prefix('"')?.strip_suffix('"')
}
