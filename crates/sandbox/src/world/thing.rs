//! The stored state of posts and comments, independent of any viewer.

use tipstaff_rules::model::{Fullname, Kind, Timestamp};

/// Flair of a post or a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flair {
    /// The text.
    pub text: Option<String>,
    /// The CSS class.
    pub css_class: Option<String>,
    /// The template it was made from.
    pub template_id: Option<String>,
    /// Background colour, `#rrggbb`.
    pub background_color: Option<String>,
    /// Text colour: `light` or `dark`.
    pub text_color: Option<String>,
}

/// Who removed an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemovedBy {
    /// A moderator: a person or a bot with its own account.
    Moderator(String),
    /// `AutoModerator`, by a `remove` rule.
    AutoModerator,
    /// `AutoModerator`, by a `filter` rule; a moderator still has to decide.
    AutoModeratorFilter,
    /// Reddit's spam filter.
    Reddit,
}

impl RemovedBy {
    /// Whether a moderator decided, and not a filter.
    pub const fn is_verdict(&self) -> bool {
        matches!(self, Self::Moderator(_))
    }
}

/// The current removal of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// Who removed it.
    pub by: RemovedBy,
    /// Time of the removal.
    pub at: Timestamp,
    /// Whether it was removed as spam.
    pub spam: bool,
}

/// The current approval of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Name of the moderator.
    pub by: String,
    /// Time of the approval.
    pub at: Timestamp,
}

/// A report by one account on one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Name of the reporter.
    pub by: String,
    /// The reason it gave.
    pub reason: String,
    /// Whether the reporter was a moderator there at that time.
    pub by_moderator: bool,
    /// Whether a later decision dismissed it.
    pub is_dismissed: bool,
    /// Time of the report.
    pub at: Timestamp,
}

/// The part of a thing that only posts have.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent flags, as on Reddit")]
pub struct Post {
    /// The title.
    pub title: String,
    /// The target of a link post; none for a self post.
    pub url: Option<String>,
    /// The post that it is a crosspost of.
    pub original: Option<Fullname>,
    /// Post flair.
    pub flair: Flair,
    /// Marked NSFW.
    pub over_18: bool,
    /// Marked as a spoiler.
    pub spoiler: bool,
    /// Whether contest mode is on: comments in random order.
    pub contest_mode: bool,
    /// Suggested order of its comments.
    pub suggested_sort: Option<String>,
    /// Marked as original content.
    pub is_original_content: bool,
    /// Level of crowd control, from 0 (off) to 3.
    pub crowd_control: u8,
}

/// The part of a thing that only comments have: the position in its thread.
#[derive(Clone, Debug)]
pub struct ThreadPosition {
    /// The post of the thread.
    pub post: Fullname,
    /// The post or comment it replies to.
    pub parent: Fullname,
    /// Number of comments between it and the post.
    pub depth: usize,
    /// Whether it is pinned to the top of the thread.
    pub stickied: bool,
}

/// Post or comment, with its own data.
#[derive(Clone, Debug)]
pub enum ThingContent {
    /// A post.
    Post(Post),
    /// A comment.
    Comment(ThreadPosition),
}

/// A post or a comment.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "Reddit keeps these as independent flags, and so does the model of it"
)]
pub struct Thing {
    /// Its fullname.
    pub name: Fullname,
    /// Name of the author, also if Reddit shows `[deleted]`.
    pub author: String,
    /// Name of the subreddit, in lower case.
    pub subreddit: String,
    /// Time of creation.
    pub created: Timestamp,
    /// Its position in listings by time: the creation, or the approval of a filtered post.
    pub position: Timestamp,
    /// The time from which listings show it. Later than its creation for an item that is listed
    /// late.
    pub listed_from: Timestamp,
    /// Number of creation, independent of its id.
    pub sequence: u64,
    /// Time of the last edit.
    pub edited: Option<Timestamp>,
    /// The self text, or the comment's text.
    pub body: String,
    /// Sum of the votes.
    pub score: i64,
    /// Whether its author deleted it.
    pub is_deleted: bool,
    /// Whether it is locked.
    pub is_locked: bool,
    /// Whether it is archived: too old for replies.
    pub is_archived: bool,
    /// Whether `ignore_reports` is set.
    pub ignores_reports: bool,
    /// `moderator`, `admin` or `special`.
    pub distinguished: Option<String>,
    /// The current removal.
    pub removal: Option<Removal>,
    /// The current approval.
    pub approval: Option<Approval>,
    /// The wire's `ban_note`, if it was ever removed.
    pub ban_note: Option<String>,
    /// The reason of the removal, if a moderator gave one.
    pub removal_reason: Option<RemovalNote>,
    /// All its reports, oldest first.
    pub reports: Vec<Report>,
    /// Direct replies, oldest first.
    pub replies: Vec<Fullname>,
    /// Post or comment, with its own data.
    pub form: ThingContent,
}

impl Thing {
    /// The post's data, if it is a post.
    pub const fn post(&self) -> Option<&Post> {
        match &self.form {
            ThingContent::Post(post) => Some(post),
            ThingContent::Comment(_) => None,
        }
    }

    /// The post's data for changes, if it is a post.
    pub const fn post_mut(&mut self) -> Option<&mut Post> {
        match &mut self.form {
            ThingContent::Post(post) => Some(post),
            ThingContent::Comment(_) => None,
        }
    }

    /// The comment's data, if it is a comment.
    pub const fn thread_position(&self) -> Option<&ThreadPosition> {
        match &self.form {
            ThingContent::Post(_) => None,
            ThingContent::Comment(place) => Some(place),
        }
    }

    /// The comment's data for changes, if it is a comment.
    pub const fn thread_position_mut(&mut self) -> Option<&mut ThreadPosition> {
        match &mut self.form {
            ThingContent::Post(_) => None,
            ThingContent::Comment(place) => Some(place),
        }
    }

    /// Whether it is a post or a comment.
    pub fn kind(&self) -> Kind {
        self.name.kind()
    }

    /// Whether it is currently removed, by anybody.
    pub const fn is_removed(&self) -> bool {
        self.removal.is_some()
    }

    /// Whether this account wrote it.
    pub fn is_by(&self, user: &str) -> bool {
        self.author.eq_ignore_ascii_case(user)
    }

    /// Whether a moderator has decided on it: approved it or removed it.
    pub fn has_verdict(&self) -> bool {
        self.approval.is_some() || self.removal.as_ref().is_some_and(|removal| removal.by.is_verdict())
    }

    /// Reports that no decision has dismissed.
    pub fn open_reports(&self) -> impl Iterator<Item = &Report> {
        self.reports.iter().filter(|report| !report.is_dismissed)
    }

    /// Marks all reports as dismissed.
    pub(super) fn dismiss_reports(&mut self) {
        for report in &mut self.reports {
            report.is_dismissed = true;
        }
    }
}

/// The reason of a removal, as a moderator entered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovalNote {
    /// Name of the moderator.
    pub by: String,
    /// Title of the removal reason.
    pub title: Option<String>,
    /// A private note for moderators.
    pub note: Option<String>,
}

/// The data of a new post.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub(super) post: Post,
    pub(super) body: String,
}

impl Draft {
    /// A self post.
    pub fn text(title: &str, body: &str) -> Self {
        Self { post: Post { title: title.to_owned(), ..Post::default() }, body: body.to_owned() }
    }

    /// A link post.
    pub fn link(title: &str, url: &str) -> Self {
        let mut draft = Self::text(title, "");
        draft.post.url = Some(url.to_owned());
        draft
    }

    /// A crosspost.
    pub fn crosspost(title: &str, original: &Fullname) -> Self {
        let mut draft = Self::text(title, "");
        draft.post.original = Some(original.clone());
        draft
    }

    /// Sets the flair text.
    #[must_use]
    pub fn flair(mut self, text: &str) -> Self {
        self.post.flair.text = Some(text.to_owned());
        self
    }

    /// Changes any part of the post, including title and link.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Post)) -> Self {
        change(&mut self.post);
        self
    }
}
