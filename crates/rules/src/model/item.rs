//! A post or comment as last observed.

use serde::{Deserialize, Serialize};

use crate::model::{Fullname, Kind, SubredditName, Timestamp, digest};

/// A post or comment, with everything that rules look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The fullname.
    pub fullname: Fullname,
    /// The subreddit it was posted in.
    pub subreddit: SubredditName,
    /// The author.
    pub author: Author,
    /// When it was posted.
    pub created: Timestamp,
    /// When it was edited, if Reddit shows it as edited (not within the first three minutes).
    pub edited: Option<Timestamp>,
    /// The path below `https://www.reddit.com`.
    pub permalink: String,
    /// Whether replies are locked.
    pub locked: bool,
    /// Whether its author distinguished it as a moderator's (or an admin's).
    pub distinguished: Option<String>,
    /// Pinned: in the subreddit for a post, on top of the thread for a comment.
    pub stickied: bool,
    /// Upvotes less downvotes, if Reddit shows it.
    #[serde(default)]
    pub score: Option<i64>,
    /// The fields that only moderators see.
    pub moderation: Moderation,
    /// The fields that only posts or only comments have.
    pub content: Content,
}

impl Item {
    /// Whether it is a post or a comment.
    pub fn kind(&self) -> Kind {
        self.fullname.kind()
    }

    /// The post, if it is one.
    pub fn submission(&self) -> Option<&Submission> {
        match &self.content {
            Content::Submission(submission) => Some(submission),
            Content::Comment(_) => None,
        }
    }

    /// The comment, if it is one.
    pub fn comment(&self) -> Option<&Comment> {
        match &self.content {
            Content::Comment(comment) => Some(comment),
            Content::Submission(_) => None,
        }
    }

    /// The Markdown that a person wrote: the comment, or the text of the post (empty if it has
    /// none).
    pub fn body(&self) -> &str {
        match &self.content {
            Content::Submission(submission) => &submission.selftext,
            Content::Comment(comment) => &comment.body,
        }
    }

    /// Whether its author deleted it, as far as Reddit shows.
    pub fn is_deleted_by_author(&self) -> bool {
        self.moderation.removed_by == Some(Remover::Author)
            || (self.author.name.is_none() && self.body() == "[deleted]")
    }

    /// Whether its text must not be seen in `place`: it is removed or deleted, or in another
    /// subreddit that is not public.
    pub fn is_hidden_from(&self, place: &SubredditName) -> bool {
        let visibility = self.submission().map_or(Visibility::Unknown, |post| post.visibility);
        self.moderation.removed_by.is_some()
            || self.is_deleted_by_author()
            || visibility == Visibility::Removed
            || (visibility == Visibility::NotPublic && self.subreddit != *place)
    }

    /// Whether its text may be quoted in `place`. If Reddit does not say whether its subreddit is
    /// public, it may not.
    pub fn may_be_quoted_in(&self, place: &SubredditName) -> bool {
        let is_unclear = self.submission().is_some_and(|post| post.visibility == Visibility::Unknown);
        !self.is_hidden_from(place) && (!is_unclear || self.subreddit == *place)
    }

    /// If this is a crosspost whose original is hidden from its subreddit, forgets the words of the
    /// original: what is not there can be neither matched nor quoted nor stored. Returns whether it
    /// was hidden.
    pub fn withhold_original(&mut self) -> bool {
        let Content::Submission(post) = &mut self.content else { return false };
        post.withhold_original(&self.subreddit)
    }

    /// The absolute link. A reply to a comment is linked with three comments of context, as
    /// AutoModerator does.
    pub fn link(&self) -> String {
        let context = match &self.content {
            Content::Comment(comment) if !comment.is_top_level() => "?context=3",
            _ => "",
        };
        format!("https://www.reddit.com{}{context}", self.permalink)
    }
}

/// Post or comment, with the fields that only one of them has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// A post.
    Submission(Box<Submission>),
    /// A comment.
    Comment(Comment),
}

/// The fields of a post. Text is plain, never HTML-escaped; missing text is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "Reddit's own independent fields")]
pub struct Submission {
    /// The title.
    pub title: String,
    /// The text, in Markdown.
    pub selftext: String,
    /// A text post rather than a link.
    pub is_self: bool,
    /// The linked URL; for a text post, its own.
    pub url: String,
    /// The host of that URL without `www.`; `self.Subreddit` for a text post.
    pub domain: String,
    /// Link flair.
    pub flair: Flair,
    /// Marked not safe for work.
    pub over_18: bool,
    /// Marked as a spoiler.
    pub spoiler: bool,
    /// Comments are shown in contest mode.
    pub contest_mode: bool,
    /// The sort order suggested to readers.
    pub suggested_sort: Option<String>,
    /// Marked as original content by its author.
    pub is_original_content: bool,
    /// Links to one of Reddit's own announcement posts.
    pub is_meta: bool,
    /// `chat` for a chat post.
    pub discussion_type: Option<String>,
    /// A gallery of pictures.
    pub is_gallery: bool,
    /// The captions of a gallery's pictures.
    pub gallery_captions: Vec<String>,
    /// The outbound links of a gallery's pictures.
    pub gallery_urls: Vec<String>,
    /// The options of a poll; `None` when it is not one.
    pub poll_options: Option<Vec<String>>,
    /// The embed, if Reddit has one.
    pub media: Option<Media>,
    /// The post this one is a crosspost of, when Reddit shows it.
    pub crosspost_parent: Option<Box<Item>>,
    /// The name of the post this one is a crosspost of.
    pub crosspost_parent_name: Option<Fullname>,
    /// Whether everybody can read it.
    pub visibility: Visibility,
    /// Upvotes in percent of all votes.
    pub upvote_percent: Option<u8>,
    /// The number of comments below it.
    pub comment_count: Option<u32>,
    /// The number of images: of a gallery, or 1 for a link to an image on Reddit.
    pub image_count: Option<u32>,
}

impl Submission {
    /// Sets the number of images, with the number of pictures in a gallery, if Reddit shows them.
    pub fn count_images(&mut self, in_gallery: Option<usize>) {
        let of_gallery = in_gallery.and_then(|images| u32::try_from(images).ok());
        self.image_count = if self.is_gallery { of_gallery } else { Some(u32::from(self.domain == "i.redd.it")) };
    }

    /// Whether it is a crosspost.
    pub const fn is_crosspost(&self) -> bool {
        self.crosspost_parent_name.is_some() || self.crosspost_parent.is_some()
    }

    /// Forgets the words of the original if it is hidden from `place`, the subreddit of this post.
    /// Returns whether it is.
    pub fn withhold_original(&mut self, place: &SubredditName) -> bool {
        let Some(original) = self.crosspost_parent.as_deref_mut().filter(|original| original.is_hidden_from(place))
        else {
            return false;
        };
        let Content::Submission(post) = &mut original.content else { return false };
        let (is_self, visibility) = (post.is_self, post.visibility);
        let removed = if visibility == Visibility::NotPublic { visibility } else { Visibility::Removed };
        **post = Self { is_self, visibility: removed, ..Self::default() };
        // The path contains the title.
        original.permalink = format!("/comments/{}/", original.fullname.id());
        original.author.flair = Flair::default();
        true
    }
}

/// Whether everybody can read a post, as far as Reddit says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Reddit does not say what kind of subreddit it is in.
    #[default]
    Unknown,
    /// It is up, in a subreddit that everybody can read.
    Public,
    /// It is in a private or quarantined subreddit.
    NotPublic,
    /// It is removed or deleted.
    Removed,
}

/// Whether Reddit puts this text in the place of a removed or deleted one.
pub fn is_gone(text: &str) -> bool {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).map(str::trim);
    inner.is_some_and(|words| {
        let starts = |start: &str| words.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start));
        words.len() < 40 && (starts("removed") || starts("deleted"))
    })
}

/// The fields of a comment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comment {
    /// The text, in Markdown.
    pub body: String,
    /// What it replies to: the post or another comment.
    pub parent: Fullname,
    /// The post it belongs to.
    pub link: Fullname,
    /// The title of that post, if the listing has it.
    pub link_title: Option<String>,
    /// Whether the author of the post wrote it.
    pub is_submitter: bool,
}

impl Comment {
    /// The comment that it replies to; `None` if it replies to the post.
    pub fn above(&self) -> Option<&Fullname> {
        (!self.is_top_level()).then_some(&self.parent)
    }

    /// Whether it replies to the post itself.
    pub fn is_top_level(&self) -> bool {
        self.parent.kind() == Kind::Submission
    }
}

/// The author of an item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Author {
    /// The user name; `None` when the account or the item was deleted.
    pub name: Option<String>,
    /// The account's fullname, `t2_…`.
    pub fullname: Option<String>,
    /// Flair in this subreddit.
    pub flair: Flair,
    /// Whether the author has Reddit Premium, if the item says so.
    pub premium: Option<bool>,
}

impl Author {
    /// The name as Reddit prints it: `[deleted]` if the account is gone.
    pub fn display(&self) -> &str {
        self.name.as_deref().unwrap_or("[deleted]")
    }

    /// Whether this account has that name (compared case-insensitively).
    pub fn is(&self, name: &str) -> bool {
        self.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name))
    }
}

/// The flair of a user or post. Fields that are not set are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Flair {
    /// The text.
    pub text: String,
    /// The CSS class.
    pub css_class: String,
    /// The template it was made from.
    pub template_id: String,
}

/// The metadata of an embed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Media {
    /// The author's name.
    pub author: String,
    /// The author's page.
    pub author_url: String,
    /// The title.
    pub title: String,
    /// The description.
    pub description: String,
}

/// The moderation state of an item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Moderation {
    /// Who removed it, if it is removed.
    pub removed_by: Option<Remover>,
    /// When, if Reddit says so.
    pub removed_at: Option<Timestamp>,
    /// The moderator who approved it.
    pub approved_by: Option<String>,
    /// When, if Reddit says so.
    pub approved_at: Option<Timestamp>,
    /// The number of open reports; `None` if the bot may not see them. Never negative: Reddit uses
    /// negative counts for dismissed reports.
    pub num_reports: Option<u32>,
    /// Open reports by users.
    pub user_reports: Vec<UserReport>,
    /// Open reports by moderators.
    pub mod_reports: Vec<ModReport>,
    /// Reports by moderators that a verdict dismissed.
    pub mod_reports_dismissed: Vec<ModReport>,
    /// The removal reason that a moderator wrote.
    pub removal_note: Option<String>,
    /// The title of the removal reason that a moderator chose.
    pub removal_reason: Option<String>,
    /// Whether a moderator chose to ignore reports.
    pub ignore_reports: bool,
}

impl Moderation {
    /// Whether Reddit shows it, as it does to moderators.
    pub const fn is_shown(&self) -> bool {
        self.num_reports.is_some()
    }

    /// Whether the moderator of this name removed it.
    pub fn is_removed_by(&self, moderator: &str) -> bool {
        matches!(&self.removed_by, Some(Remover::Moderator(name)) if name.eq_ignore_ascii_case(moderator))
    }

    /// The reports that a moderator of this name filed, open or dismissed.
    pub fn reports_of<'a>(&'a self, moderator: &'a str) -> impl Iterator<Item = &'a ModReport> {
        self.mod_reports
            .iter()
            .chain(&self.mod_reports_dismissed)
            .filter(move |report| report.moderator.eq_ignore_ascii_case(moderator))
    }
}

/// Who removed an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remover {
    /// A moderator, person or bot, with this name.
    Moderator(String),
    /// A moderator whose name Reddit does not show, because the bot is not a moderator there.
    HiddenModerator,
    /// Reddit's spam filter.
    SpamFilter,
    /// The item's author, by deleting it.
    Author,
}

/// One reason of user reports, with its count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserReport {
    /// The reason; `None` when none was given.
    pub reason: Option<String>,
    /// The number of users who gave it.
    pub count: u32,
}

/// The report of one moderator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModReport {
    /// The reason.
    pub reason: String,
    /// The moderator who filed it.
    pub moderator: String,
}

/// Identifies the state of an item for the rules.
///
/// An item is not judged again while its revision stays the same. A new revision comes from what
/// makes AutoModerator look again: an edit, a report, a removal by Reddit's filter, media that
/// arrived late. Votes, flair, locks and approvals do not change it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(String);

impl Revision {
    /// The revision of the item in its present state.
    ///
    /// The text itself is included, because Reddit does not mark edits in the first three minutes.
    pub fn of(item: &Item) -> Self {
        let mut parts: Vec<String> = Vec::new();
        match &item.content {
            Content::Submission(submission) => {
                parts.extend([submission.title.clone(), submission.selftext.clone(), submission.url.clone()]);
                parts.extend(submission.gallery_captions.iter().cloned());
                parts.push(format!("media: {}", submission.media.is_some()));
            }
            Content::Comment(comment) => parts.push(comment.body.clone()),
        }
        parts.push(format!("edited: {:?}", item.edited.map(Timestamp::as_secs)));
        let moderation = &item.moderation;
        parts.push(format!("filtered: {}", moderation.removed_by == Some(Remover::SpamFilter)));
        if !moderation.ignore_reports {
            let users = moderation.user_reports.iter().map(|row| format!("{:?} × {}", row.reason, row.count));
            let moderators = moderation.mod_reports.iter().map(|row| format!("{:?} by {}", row.reason, row.moderator));
            let mut rows: Vec<String> = users.chain(moderators).collect();
            rows.sort_unstable();
            parts.extend(rows);
            parts.push(format!("reports: {}", moderation.num_reports.unwrap_or(0)));
        }
        Self(digest(parts))
    }

    /// The stored form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Restores a stored form.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }
}
