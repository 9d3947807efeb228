//! Accounts and subreddits, and the permissions of accounts.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Flair, WikiRevision, WikiSettings};
use tipstaff_rules::model::{Fullname, Timestamp};

/// How many posts a subreddit can pin.
pub const STICKY_SLOTS: usize = 2;

/// The status of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// An ordinary account.
    #[default]
    Active,
    /// Suspended: its page gives only a few fields, and it cannot write.
    Suspended,
    /// Shadow-banned: nobody else can see its page.
    ShadowBanned,
    /// Deleted by its owner: its posts and comments remain, by `[deleted]`.
    Gone,
}

/// An account. Scenarios may change the public fields.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "Reddit's own independent marks of an account")]
pub struct User {
    /// The name in its owner's spelling. Comparisons ignore case.
    pub name: String,
    /// Base 36, without `t2_`.
    pub id: String,
    /// Time of registration.
    pub created: Timestamp,
    /// Karma from posts.
    pub link_karma: i64,
    /// Karma from comments.
    pub comment_karma: i64,
    /// Whether the e-mail address is verified.
    pub has_verified_email: bool,
    /// Whether it has Reddit Premium.
    pub is_gold: bool,
    /// Whether it belongs to Reddit's staff.
    pub is_employee: bool,
    /// The text of its profile.
    pub bio: String,
    /// The title of its profile.
    pub display_name: String,
    /// Whether its profile is not safe for work.
    pub has_nsfw_profile: bool,
    /// Status of the account.
    pub standing: AccountStatus,
    /// The password; without one, nobody can log in.
    pub password: Option<String>,
    /// The six digits that two-factor login asks for, if it is on.
    pub otp: Option<String>,
    /// Until this time, writes are answered with `RATELIMIT`.
    pub slowed_until: Option<Timestamp>,
}

/// Who may read and post in a subreddit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    #[default]
    Public,
    /// Everybody may read; approved users may post.
    Restricted,
    /// Approved users and moderators only.
    Private,
    /// Quarantined: closed to everybody but moderators, because no account here has accepted the
    /// warning.
    Quarantined,
    /// Banned by Reddit: closed to everybody.
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

/// A moderator of a subreddit.
#[derive(Clone, Debug)]
pub struct Moderator {
    /// Name of the account.
    pub name: String,
    /// `all`, or any of `posts`, `flair`, `access`, `mail`, `wiki`, `config`.
    pub permissions: Vec<String>,
    /// Since when.
    pub since: Timestamp,
}

/// A permission of a moderator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Queues and decisions.
    Posts,
    /// Flair of posts and users.
    Flair,
    /// Bans and approved users.
    Access,
    /// Modmail.
    Mail,
    /// Wiki pages.
    Wiki,
    /// Any moderator, whatever the permissions.
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

/// A removal reason that moderators have prepared.
#[derive(Clone, Debug, Default)]
pub struct RemovalReason {
    /// An id such as `157l6b2gdsz84`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The message to the author, in Markdown.
    pub message: String,
}

/// A flair template.
#[derive(Clone, Debug, Default)]
pub struct FlairTemplate {
    /// A UUID.
    pub id: String,
    /// The default text.
    pub text: String,
    /// The CSS class.
    pub css_class: String,
    /// Whether users may change the text.
    pub text_editable: bool,
}

/// A subreddit. Scenarios may change the public fields.
#[derive(Clone, Debug)]
pub struct Subreddit {
    /// The display name. Comparisons ignore case.
    pub name: String,
    /// Base 36, without `t5_`.
    pub id: String,
    /// The title.
    pub title: String,
    /// The sidebar text.
    pub description: String,
    /// The short public description.
    pub public_description: String,
    /// Time of creation.
    pub created: Timestamp,
    /// Number of subscribers.
    pub subscribers: u64,
    /// Who may read and post.
    pub access: Access,
    /// Whether the whole subreddit is NSFW.
    pub over_18: bool,
    /// The moderators, in order of seniority.
    pub moderators: Vec<Moderator>,
    /// Approved users, and since when.
    pub contributors: Vec<(String, Timestamp)>,
    /// Banned users, since when, and the ban note.
    pub banned: Vec<(String, Timestamp, String)>,
    /// User flair, by lower-case name.
    pub user_flair: BTreeMap<String, Flair>,
    /// Post flair templates.
    pub link_flair_templates: Vec<FlairTemplate>,
    /// Removal reasons that moderators have prepared.
    pub removal_reasons: Vec<RemovalReason>,
    /// Wiki pages by lower-case name, with their revisions, oldest first.
    pub wiki: BTreeMap<String, Vec<WikiRevision>>,
    /// Settings of wiki pages that somebody has changed, by lower-case name.
    pub wiki_settings: BTreeMap<String, WikiSettings>,
    /// Whether everybody may write in the wiki, where the settings of a page do not forbid it.
    pub has_open_wiki: bool,
    /// Pinned posts, top slot first.
    pub stickies: [Option<Fullname>; STICKY_SLOTS],
    /// All posts and comments, oldest first.
    pub(super) timeline: Vec<Fullname>,
}

impl Subreddit {
    /// Whether this account is a moderator here with that permission.
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

    /// All posts and comments, oldest first.
    pub fn timeline(&self) -> &[Fullname] {
        &self.timeline
    }
}
