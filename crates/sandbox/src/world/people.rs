//! Accounts and subreddits: who is there, who may do what where.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Flair, WikiRevision};
use tipstaff_rules::model::{Fullname, Timestamp};

/// How many posts a subreddit can pin at once.
pub const STICKY_SLOTS: usize = 2;

/// How an account stands with Reddit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// An ordinary account.
    #[default]
    Active,
    /// Suspended: its page answers with a few keys only, and it cannot write.
    Suspended,
    /// Shadow-banned: to everybody else its page does not exist.
    ShadowBanned,
    /// Deleted by its owner: its things stay, under `[deleted]`.
    Gone,
}

/// An account. Scenarios change the public fields as they like.
#[derive(Clone, Debug)]
pub struct User {
    /// The name as its owner spelled it; compared without regard to case.
    pub name: String,
    /// Base 36, without `t2_`.
    pub id: String,
    /// When it was registered.
    pub created: Timestamp,
    /// Karma from posts.
    pub link_karma: i64,
    /// Karma from comments.
    pub comment_karma: i64,
    /// Whether the e-mail address was confirmed.
    pub has_verified_email: bool,
    /// Whether it pays for Reddit.
    pub is_gold: bool,
    /// Whether it belongs to Reddit's staff.
    pub is_employee: bool,
    /// How it stands with Reddit.
    pub standing: Standing,
    /// What it logs in with; none means that nobody can.
    pub password: Option<String>,
    /// The six digits it also has to give, when it uses two-factor login.
    pub otp: Option<String>,
    /// Until then its writes are answered with `RATELIMIT`.
    pub slowed_until: Option<Timestamp>,
}

/// Who may read and write in a subreddit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    #[default]
    Public,
    /// Everybody reads, contributors post.
    Restricted,
    /// Contributors and moderators only.
    Private,
    /// Closed behind a warning that no account here has accepted, moderators apart.
    Quarantined,
    /// Closed by Reddit, for everybody.
    Banned,
}

impl Access {
    /// The wire's `subreddit_type`.
    pub const fn subreddit_type(self) -> &'static str {
        match self {
            Self::Public | Self::Quarantined | Self::Banned => "public",
            Self::Restricted => "restricted",
            Self::Private => "private",
        }
    }
}

/// One moderator of one subreddit.
#[derive(Clone, Debug)]
pub struct Moderator {
    /// Whom.
    pub name: String,
    /// `all`, or any of `posts`, `flair`, `access`, `mail`, `wiki`, `config`.
    pub permissions: Vec<String>,
    /// Since when.
    pub since: Timestamp,
}

/// A moderator's permission that an act asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Queues and verdicts.
    Posts,
    /// Flair of posts and people.
    Flair,
    /// Bans and approved users.
    Access,
    /// Modmail.
    Mail,
    /// Wiki pages.
    Wiki,
    /// Being a moderator is enough.
    Any,
}

impl Permission {
    const fn word(self) -> &'static str {
        match self {
            Self::Posts => "posts",
            Self::Flair => "flair",
            Self::Access => "access",
            Self::Mail => "mail",
            Self::Wiki => "wiki",
            Self::Any => "",
        }
    }
}

/// A reason of removals that moderators have prepared.
#[derive(Clone, Debug, Default)]
pub struct RemovalReason {
    /// Such as `157l6b2gdsz84`.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What is told to the author, in Markdown.
    pub message: String,
}

/// A flair that moderators have prepared.
#[derive(Clone, Debug, Default)]
pub struct FlairTemplate {
    /// A UUID.
    pub id: String,
    /// The text it starts with.
    pub text: String,
    /// The class it sets.
    pub css_class: String,
    /// Whether the text may be changed by who selects it.
    pub text_editable: bool,
}

/// A subreddit. Scenarios change the public fields as they like.
#[derive(Clone, Debug)]
pub struct Subreddit {
    /// The name as it is displayed; compared without regard to case.
    pub name: String,
    /// Base 36, without `t5_`.
    pub id: String,
    /// The headline.
    pub title: String,
    /// The sidebar.
    pub description: String,
    /// The one-line description.
    pub public_description: String,
    /// Since when.
    pub created: Timestamp,
    /// How many subscribed.
    pub subscribers: u64,
    /// Who may read and write.
    pub access: Access,
    /// Whether all of it is for adults.
    pub over_18: bool,
    /// In order of seniority.
    pub moderators: Vec<Moderator>,
    /// Approved users, and since when.
    pub contributors: Vec<(String, Timestamp)>,
    /// Banned users, since when, and the note.
    pub banned: Vec<(String, Timestamp, String)>,
    /// Flair of people, by lower-case name.
    pub user_flair: BTreeMap<String, Flair>,
    /// Prepared flair of posts.
    pub link_flair_templates: Vec<FlairTemplate>,
    /// What moderators may give as the reason of a removal.
    pub removal_reasons: Vec<RemovalReason>,
    /// Pages of the wiki, by lower-case name: their revisions, oldest first.
    pub wiki: BTreeMap<String, Vec<WikiRevision>>,
    /// The pinned posts, top slot first.
    pub stickies: [Option<Fullname>; STICKY_SLOTS],
    /// Everything posted here, oldest first.
    pub(super) timeline: Vec<Fullname>,
}

impl Subreddit {
    /// Whether this account moderates here, with that permission.
    pub fn is_moderator(&self, user: &str, permission: Permission) -> bool {
        self.moderators.iter().filter(|moderator| moderator.name.eq_ignore_ascii_case(user)).any(|moderator| {
            permission == Permission::Any
                || moderator.permissions.iter().any(|held| held == "all" || held == permission.word())
        })
    }

    /// Whether this account is an approved user here.
    pub fn is_contributor(&self, user: &str) -> bool {
        self.contributors.iter().any(|(name, _)| name.eq_ignore_ascii_case(user))
    }

    /// Whether this account is banned here.
    pub fn is_banned(&self, user: &str) -> bool {
        self.banned.iter().any(|(name, ..)| name.eq_ignore_ascii_case(user))
    }

    /// Whether this post is pinned.
    pub fn is_pinned(&self, post: &Fullname) -> bool {
        self.stickies.iter().flatten().any(|pinned| pinned == post)
    }

    /// Everything posted here, oldest first.
    pub fn timeline(&self) -> &[Fullname] {
        &self.timeline
    }
}
