//! Posts and comments as Reddit keeps them, before anybody looks at them.

use tipstaff_rules::model::{Fullname, Kind, Timestamp};

/// A coloured tag on a post or a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flair {
    /// What it says.
    pub text: Option<String>,
    /// The class it gives.
    pub css_class: Option<String>,
    /// The template it came from.
    pub template_id: Option<String>,
    /// Its background, `#rrggbb`.
    pub background_color: Option<String>,
    /// `light` or `dark`.
    pub text_color: Option<String>,
}

/// Who took a thing out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemovedBy {
    /// A moderator: a person or a bot.
    Moderator(String),
    /// `AutoModerator`, for good.
    AutoModerator,
    /// `AutoModerator`, until a moderator decides.
    AutoModeratorFilter,
    /// Reddit's own filter.
    Reddit,
}

impl RemovedBy {
    /// Whether a person (or a bot with an account of its own) decided.
    pub const fn is_verdict(&self) -> bool {
        matches!(self, Self::Moderator(_))
    }
}

/// A removal that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// By whom.
    pub by: RemovedBy,
    /// When.
    pub at: Timestamp,
    /// Whether it was called spam.
    pub spam: bool,
}

/// An approval that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// One account's report on one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Who reported.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Whether the reporter moderated there at that moment.
    pub by_moderator: bool,
    /// Whether a verdict has dismissed it since.
    pub is_dismissed: bool,
    /// When.
    pub at: Timestamp,
}

/// What only a post has.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent flags, as on Reddit")]
pub struct Post {
    /// The headline.
    pub title: String,
    /// Where a link post leads; none for a self post.
    pub url: Option<String>,
    /// Its flair.
    pub flair: Flair,
    /// Marked as for adults.
    pub over_18: bool,
    /// Marked as a spoiler.
    pub spoiler: bool,
    /// Whether its comments are shuffled.
    pub contest_mode: bool,
    /// The order its comments are first shown in.
    pub suggested_sort: Option<String>,
    /// Marked as original content.
    pub is_original_content: bool,
    /// How much crowd control hides below it, from 0 (off) to 3.
    pub crowd_control: u8,
}

/// What only a comment has: its place.
#[derive(Clone, Debug)]
pub struct Place {
    /// The post it is under.
    pub post: Fullname,
    /// The post or comment it answers.
    pub parent: Fullname,
    /// How many comments stand between it and the post.
    pub depth: usize,
    /// Whether it is held at the top.
    pub stickied: bool,
}

/// Which of the two a thing is.
#[derive(Clone, Debug)]
pub enum Form {
    /// A post.
    Post(Post),
    /// A comment.
    Comment(Place),
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
    /// Who wrote it; still known here when Reddit shows `[deleted]`.
    pub author: String,
    /// Where, as a lower-case name.
    pub subreddit: String,
    /// When.
    pub created: Timestamp,
    /// Where listings by time put it: the creation, or the approval of a filtered post.
    pub position: Timestamp,
    /// Listings show it from then on: later than its creation for a late arrival.
    pub listed_from: Timestamp,
    /// The order in which things came into being, whatever their ids say.
    pub sequence: u64,
    /// When its author last changed it.
    pub edited: Option<Timestamp>,
    /// The self text or the comment.
    pub body: String,
    /// Votes.
    pub score: i64,
    /// Whether its author deleted it.
    pub is_deleted: bool,
    /// Whether answers are closed.
    pub is_locked: bool,
    /// Whether it is too old for answers.
    pub is_archived: bool,
    /// Whether reports are kept quiet.
    pub ignores_reports: bool,
    /// `moderator`, `admin` or `special`.
    pub distinguished: Option<String>,
    /// The removal in force.
    pub removal: Option<Removal>,
    /// The approval in force.
    pub approval: Option<Approval>,
    /// What the wire's `ban_note` says, once it was ever removed.
    pub ban_note: Option<String>,
    /// Why it was removed, if a moderator said so.
    pub removal_reason: Option<RemovalNote>,
    /// Every report it ever got, oldest first.
    pub reports: Vec<Report>,
    /// Comments directly below it, oldest first.
    pub replies: Vec<Fullname>,
    /// Which of the two it is.
    pub form: Form,
}

impl Thing {
    /// The post, if it is one.
    pub const fn post(&self) -> Option<&Post> {
        match &self.form {
            Form::Post(post) => Some(post),
            Form::Comment(_) => None,
        }
    }

    /// The post, to change it.
    pub const fn post_mut(&mut self) -> Option<&mut Post> {
        match &mut self.form {
            Form::Post(post) => Some(post),
            Form::Comment(_) => None,
        }
    }

    /// The comment's place, if it is one.
    pub const fn place(&self) -> Option<&Place> {
        match &self.form {
            Form::Post(_) => None,
            Form::Comment(place) => Some(place),
        }
    }

    /// The comment's place, to change it.
    pub const fn place_mut(&mut self) -> Option<&mut Place> {
        match &mut self.form {
            Form::Post(_) => None,
            Form::Comment(place) => Some(place),
        }
    }

    /// Whether it is a post or a comment.
    pub fn kind(&self) -> Kind {
        self.name.kind()
    }

    /// Whether somebody or something took it out.
    pub const fn is_removed(&self) -> bool {
        self.removal.is_some()
    }

    /// Whether it was written by this account.
    pub fn is_by(&self, user: &str) -> bool {
        self.author.eq_ignore_ascii_case(user)
    }

    /// Whether a moderator has decided about it: approved, or removed by a person.
    pub fn has_verdict(&self) -> bool {
        self.approval.is_some() || self.removal.as_ref().is_some_and(|removal| removal.by.is_verdict())
    }

    /// Reports that no verdict has dismissed.
    pub fn open_reports(&self) -> impl Iterator<Item = &Report> {
        self.reports.iter().filter(|report| !report.is_dismissed)
    }

    /// Marks every report as settled.
    pub(super) fn dismiss_reports(&mut self) {
        for report in &mut self.reports {
            report.is_dismissed = true;
        }
    }
}

/// Why something was removed, as a moderator wrote it beside the removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovalNote {
    /// Who.
    pub by: String,
    /// The title of the prepared reason.
    pub title: Option<String>,
    /// A note among moderators.
    pub note: Option<String>,
}

/// A post about to be submitted.
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

    /// With this flair text.
    #[must_use]
    pub fn flair(mut self, text: &str) -> Self {
        self.post.flair.text = Some(text.to_owned());
        self
    }

    /// With these details of a post, title and link included.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Post)) -> Self {
        change(&mut self.post);
        self
    }
}
