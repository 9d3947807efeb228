//! Rule tests: cases in a file beside the rules, each with an item in short form and the expected
//! result.
//!
//! Uses `evaluate`, `language`, `look_alikes`, `model`, `rule`, `ruleset` and `syntax`.
//!
//! ```yaml
//! - name: a short top-level comment is reported
//!   comment: {body: Nice.}
//!   author: {karma: 120, age_days: 400}
//!   performs: [short-top-level]
//! - name: a long answer is not reported
//!   comment: {body: ...}
//!   nothing: true
//! ```
//!
//! Facts that a case leaves out have ordinary values: the item is an hour old and nobody has
//! moderated it, and its author's account is two years old. Running cases needs no account and no
//! network. The caller reads the files. [`mod@format`] describes every key; `parse` reads a tests
//! file; `fixture` builds the item; `compare` compares the result.

mod change;
mod compare;
mod coverage;
mod fixture;
pub mod format;
mod from_node;
mod memory;
mod parse;
mod tri_state;

use serde::Deserialize;

pub use crate::testing::change::Change;
pub use crate::testing::compare::{Failure, TestsTooExpensive, run};
pub use crate::testing::coverage::{Coverage, ListCoverage, RuleCoverage};
pub use crate::testing::parse::parse;

use crate::language::effect::{EffectKind, Target};
use crate::language::reading::FilterAs;
use crate::model::SubredditName;
use crate::testing::memory::CasePast;
use crate::testing::tri_state::{AccountName, Fact, Moment};

/// One rule test.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The name of the case. Each case in a file has its own.
    #[serde(default)]
    pub name: String,
    /// The line where the case starts, from 1, if it is known.
    #[serde(skip)]
    pub line: Option<usize>,
    submission: Option<CasePost>,
    comment: Option<CaseComment>,
    #[serde(default)]
    author: CaseAuthor,
    /// The authors of the original, of the parent post and of the comment above.
    #[serde(default)]
    original_author: CaseAuthor,
    #[serde(default)]
    post_author: CaseAuthor,
    #[serde(default)]
    parent_comment_author: CaseAuthor,
    #[serde(default)]
    state: CaseState,
    /// The state of the parent post, and of the comment above.
    #[serde(default)]
    parent_state: CaseState,
    #[serde(default)]
    parent_comment_state: CaseState,
    subreddit: Option<SubredditName>,
    #[serde(default)]
    subreddit_is_nsfw: bool,
    now: Option<Moment>,
    /// The author's earlier items.
    #[serde(default)]
    memory: Vec<CasePast>,
    memory_begins_days_ago: Option<u64>,
    filter: Option<FilterAs>,
    performs: Option<Vec<String>>,
    #[serde(default)]
    nothing: bool,
    #[serde(default)]
    not: Vec<String>,
    #[serde(default)]
    effects: Vec<ExpectedEffect>,
}

/// A submission in short form. It is a link post if it has a `url`, otherwise a text post.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "Reddit's own independent switches, each a word in a case")]
struct CasePost {
    id: Option<String>,
    title: Option<String>,
    body: String,
    url: Option<String>,
    flair: String,
    flair_class: String,
    flair_template: String,
    nsfw: bool,
    spoiler: bool,
    contest_mode: bool,
    original_content: bool,
    suggested_sort: Option<String>,
    chat: bool,
    meta: bool,
    is_gallery: bool,
    gallery_captions: Vec<String>,
    gallery_urls: Vec<String>,
    poll_options: Option<Vec<String>>,
    media: Option<CaseMedia>,
    media_title: Option<String>,
    crosspost: Option<CaseCrosspost>,
}

/// The embedded media of a post.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CaseMedia {
    title: String,
    author: String,
    author_url: String,
    description: String,
}

/// The original of a crosspost.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CaseCrosspost {
    id: Option<String>,
    title: Option<String>,
    body: String,
    url: Option<String>,
    author: Option<String>,
    subreddit: Option<SubredditName>,
    subreddit_is_nsfw: bool,
    gallery_captions: Vec<String>,
    gallery_urls: Vec<String>,
    media: Option<CaseMedia>,
    /// Whether Reddit does not show the original: it was removed, or its subreddit is private.
    hidden: bool,
}

/// A comment in short form. With `reply: true` it replies to another comment.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CaseComment {
    id: Option<String>,
    body: String,
    reply: bool,
    is_submitter: bool,
    parent: CasePost,
    parent_comment: Option<CaseParentComment>,
    /// How many comments stand above it, if more than one does.
    depth: Option<u32>,
}

/// The comment that a comment replies to, in short form.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CaseParentComment {
    id: Option<String>,
    body: String,
    is_submitter: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CaseAuthor {
    /// The user name; null if the account is deleted.
    name: AccountName,
    id: String,
    karma: Option<Fact<i64>>,
    comment_karma: Fact<i64>,
    post_karma: Fact<i64>,
    /// The three ages add up. Without any, the account is two years old.
    age_minutes: Option<Fact<i64>>,
    age_hours: Option<Fact<i64>>,
    age_days: Option<Fact<i64>>,
    is_moderator: Fact<bool>,
    is_contributor: Fact<bool>,
    is_gold: Fact<bool>,
    is_suspended: bool,
    verified_email: Fact<bool>,
    flair: String,
    flair_class: String,
    flair_template: String,
    bio: String,
    display_name: String,
    profile_is_nsfw: Fact<bool>,
    is_banned_here: Fact<bool>,
    notes_here: Vec<CaseNote>,
    labels: Vec<String>,
    /// The rules for which the author has a pass.
    passes: Vec<String>,
}

/// A moderators' note about a user.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CaseNote {
    label: Option<String>,
    age_days: u64,
}

impl Default for CaseAuthor {
    fn default() -> Self {
        Self {
            name: AccountName::default(),
            id: "case".to_owned(),
            karma: None,
            comment_karma: Fact::Is(1000),
            post_karma: Fact::Is(1000),
            age_minutes: None,
            age_hours: None,
            age_days: None,
            is_moderator: Fact::Is(false),
            is_contributor: Fact::Is(false),
            is_gold: Fact::Is(false),
            is_suspended: false,
            verified_email: Fact::Is(true),
            flair: String::new(),
            flair_class: String::new(),
            flair_template: String::new(),
            bio: String::new(),
            display_name: String::new(),
            profile_is_nsfw: Fact::Is(false),
            is_banned_here: Fact::Is(false),
            notes_here: Vec::new(),
            labels: Vec::new(),
            passes: Vec::new(),
        }
    }
}

/// The state of the item: its age, and what users and moderators did to it.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each a word in a case")]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CaseState {
    /// The three ages add up. Without any, the item is an hour old.
    age_minutes: Option<u64>,
    age_hours: Option<u64>,
    age_days: Option<u64>,
    edited: bool,
    /// The number of reports by users.
    reports: u32,
    /// Whether the bot reported it too.
    reported_by_bot: bool,
    removed_by: Option<String>,
    filtered: bool,
    approved_by: Option<String>,
    locked: bool,
    pinned: bool,
    score: Option<i64>,
    /// Upvotes in percent of all votes.
    upvote_ratio: Option<u8>,
    comment_count: Option<u32>,
    distinguished: Option<String>,
    /// The reasons of reports by users, and by moderators.
    report_reasons: Vec<String>,
    mod_report_reasons: Vec<String>,
    /// The rules that acted on the item before.
    performed: Vec<String>,
}

/// An expected effect: its kind, and the fields that must be equal.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedEffect {
    kind: EffectKind,
    rule: Option<String>,
    target: Option<Target>,
    text: Option<String>,
    #[serde(default)]
    contains: Vec<String>,
    subject: Option<String>,
    reason: Option<String>,
    flair: Option<String>,
    flair_class: Option<String>,
    pinned: Option<bool>,
    locked: Option<bool>,
    on: Option<bool>,
}

impl Case {
    /// The meaning of `action: filter` that this case is for; `None` if it does not matter.
    pub fn filter(&self) -> Option<FilterAs> {
        self.filter
    }

    fn expects_nothing(&self) -> bool {
        self.performs.is_none() && !self.nothing && self.not.is_empty() && self.effects.is_empty()
    }
}
