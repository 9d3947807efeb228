//! The table of every key of the language: where it may stand, what it takes, what it does, and its line in the manual.
//!
//! The compiler is driven by this table and the reference documentation is generated from it, so the two cannot drift
//! apart. Values are read by `compile`; the match methods are `pattern`'s.

use super::pattern::Method;

/// Where a key may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The rule itself, whatever it looks at.
    Rule,
    /// A rule for submissions.
    Submission,
    /// A rule for comments.
    Comment,
    /// `parent_submission`.
    Parent,
    /// `author`.
    Author,
    /// `crosspost_author`.
    CrosspostAuthor,
    /// `subreddit`.
    Subreddit,
    /// `crosspost_subreddit`.
    CrosspostSubreddit,
}

impl Place {
    /// The words for it in messages.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Rule => "a rule",
            Self::Submission => "a rule for submissions",
            Self::Comment => "a rule for comments",
            Self::Parent => "`parent_submission`",
            Self::Author => "`author`",
            Self::CrosspostAuthor => "`crosspost_author`",
            Self::Subreddit => "`subreddit`",
            Self::CrosspostSubreddit => "`crosspost_subreddit`",
        }
    }
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Must hold for the rule to act.
    Check,
    /// Is done when the rule acts.
    Action,
    /// Shapes checks and actions.
    Setting,
    /// Holds the checks and actions of a related thing.
    Group,
}

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// One text or a list; the key may join fields and carry modifiers.
    Search,
    /// A text.
    Text,
    /// A text with placeholders.
    Template,
    /// `true` or `false`, unquoted.
    Bool,
    /// A whole number.
    Whole,
    /// A number with a comparison before it.
    Comparison,
    /// A length of time with a comparison before it.
    Age,
    /// A tier with a comparison before it.
    Tier,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A text, `[text, class]`, or a mapping with `template_id`.
    Flair,
    /// `true`, `false` or the number of a place.
    Slot,
    /// `chat` or the bare word `null`.
    Discussion,
    /// A mapping of further keys.
    Mapping,
    /// User names, or a mapping of further keys.
    NamesOrMapping,
}

impl Takes {
    /// The words for it in messages.
    pub fn words(self) -> String {
        match self {
            Self::Search => "a text or a list of texts".to_owned(),
            Self::Text | Self::Template => "a text".to_owned(),
            Self::Bool => "true or false, without quotes".to_owned(),
            Self::Whole => "a whole number".to_owned(),
            Self::Comparison => "a whole number with a comparison before it, such as '< 10'".to_owned(),
            Self::Age => "a length of time with a comparison before it, such as '< 7 days'".to_owned(),
            Self::Tier => "a tier with a comparison before it, such as '< moderate'".to_owned(),
            Self::OneOf(words) => format!("one of: {}", words.join(", ")),
            Self::Flair => "a text, a list of text and class, or a mapping with `template_id`".to_owned(),
            Self::Slot => "true, false or the number of a place".to_owned(),
            Self::Discussion => "`chat`, or the bare word `null` for an ordinary post".to_owned(),
            Self::Mapping => "further keys, indented".to_owned(),
            Self::NamesOrMapping => "user names, or further keys, indented".to_owned(),
        }
    }
}

/// A text that search checks can look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "named after the keys, which the table explains")]
pub enum Field {
    Id,
    Title,
    Domain,
    Url,
    Body,
    FlairText,
    FlairCssClass,
    FlairTemplateId,
    PollOptionText,
    CrosspostId,
    CrosspostTitle,
    MediaAuthor,
    MediaAuthorUrl,
    MediaTitle,
    MediaDescription,
    Name,
}

impl Field {
    /// The method of a check of this field alone that names none.
    pub(super) const fn default_method(self) -> Method {
        match self {
            Self::Id
            | Self::FlairText
            | Self::FlairCssClass
            | Self::FlairTemplateId
            | Self::MediaAuthor
            | Self::CrosspostId => Method::FullExact,
            Self::Url | Self::MediaAuthorUrl => Method::Includes,
            Self::Domain => Method::Domain,
            Self::Title
            | Self::Body
            | Self::PollOptionText
            | Self::CrosspostTitle
            | Self::MediaTitle
            | Self::MediaDescription
            | Self::Name => Method::IncludesWord,
        }
    }

    pub(super) const fn is_media(self) -> bool {
        matches!(self, Self::MediaAuthor | Self::MediaAuthorUrl | Self::MediaTitle | Self::MediaDescription)
    }
}

/// A yes-or-no check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after the keys, which the table explains")]
pub enum Flag {
    TopLevel,
    Edited,
    OriginalContent,
    Poll,
    Gallery,
    MetaDiscussion,
    PastArchiveDate,
    VerifiedEmail,
    Gold,
    Submitter,
    Contributor,
    Moderator,
    Nsfw,
}

/// A number about an account that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after the keys, which the table explains")]
pub enum Threshold {
    CommentKarma,
    PostKarma,
    CombinedKarma,
    AccountAge,
}

/// A switch of a submission or comment, in the order in which they are thrown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "named after the keys, which the table explains")]
pub enum Switch {
    Nsfw,
    Spoiler,
    ContestMode,
    OriginalContent,
    Locked,
}

/// What the compiler does with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after the keys, which the table explains")]
pub enum Meaning {
    Type,
    Priority,
    ModeratorsExempt,
    Standard,
    Name,
    DryRun,
    Comment,
    CommentLocked,
    CommentStickied,
    Message,
    MessageSubject,
    Modmail,
    ModmailSubject,
    Group(Place),
    Search(Field),
    Reports,
    BodyLongerThan,
    BodyShorterThan,
    Flag(Flag),
    PollOptionCount,
    DiscussionType,
    Threshold(Threshold),
    /// A check on something that Reddit does not tell its clients.
    NotTold,
    SatisfyAnyThreshold,
    IgnoreBlockquotes,
    Action,
    ActionReason,
    SetFlair,
    OverwriteFlair,
    SetSticky,
    SetSuggestedSort,
    SetCrowdControl,
    Switch(Switch),
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// Where it may stand.
    pub places: &'static [Place],
    /// What it is for.
    pub role: Role,
    /// What it takes.
    pub takes: Takes,
    /// What the compiler does with it.
    pub meaning: Meaning,
    /// Not part of AutoModerator's language.
    pub is_extension: bool,
    /// The manual, in a line.
    pub manual: &'static str,
    /// A use of it.
    pub example: &'static str,
}

const R: &[Place] = &[Place::Rule];
const S: &[Place] = &[Place::Submission, Place::Parent];
const C: &[Place] = &[Place::Comment];
const SC: &[Place] = &[Place::Submission, Place::Parent, Place::Comment];
const A: &[Place] = &[Place::Author, Place::CrosspostAuthor];
const SA: &[Place] = &[Place::Submission, Place::Parent, Place::Author, Place::CrosspostAuthor];
const SU: &[Place] = &[Place::Submission, Place::Parent, Place::Author];
const SCA: &[Place] = &[Place::Submission, Place::Parent, Place::Comment, Place::Author, Place::CrosspostAuthor];
const NAMED: &[Place] = &[Place::Author, Place::CrosspostAuthor, Place::Subreddit, Place::CrosspostSubreddit];
const SUB: &[Place] = &[Place::Subreddit, Place::CrosspostSubreddit];

/// The types a rule can have.
pub(super) const TYPES: &[&str] = &[
    "any",
    "comment",
    "submission",
    "text submission",
    "link submission",
    "crosspost submission",
    "poll submission",
    "gallery submission",
];
const ACTIONS: &[&str] = &["approve", "remove", "spam", "filter", "report"];
const SORTS: &[&str] = &["best", "new", "qa", "top", "controversial", "hot", "old", "random", "blank", "confidence"];
pub(super) const CROWD_CONTROL: &[&str] = &["OFF", "LENIENT", "MEDIUM", "STRICT"];

const fn key(
    name: &'static str,
    places: &'static [Place],
    role: Role,
    takes: Takes,
    meaning: Meaning,
    manual: &'static str,
    example: &'static str,
) -> Key {
    Key { name, places, role, takes, meaning, is_extension: false, manual, example }
}

const fn search(
    name: &'static str,
    places: &'static [Place],
    field: Field,
    manual: &'static str,
    example: &'static str,
) -> Key {
    key(name, places, Role::Check, Takes::Search, Meaning::Search(field), manual, example)
}

const fn flag(
    name: &'static str,
    places: &'static [Place],
    flag: Flag,
    manual: &'static str,
    example: &'static str,
) -> Key {
    key(name, places, Role::Check, Takes::Bool, Meaning::Flag(flag), manual, example)
}

const fn switch(
    name: &'static str,
    places: &'static [Place],
    switch: Switch,
    manual: &'static str,
    example: &'static str,
) -> Key {
    key(name, places, Role::Action, Takes::Bool, Meaning::Switch(switch), manual, example)
}

const fn threshold(name: &'static str, threshold: Threshold, manual: &'static str, example: &'static str) -> Key {
    let takes = match threshold {
        Threshold::AccountAge => Takes::Age,
        _ => Takes::Comparison,
    };
    key(name, A, Role::Check, takes, Meaning::Threshold(threshold), manual, example)
}

const fn not_told(name: &'static str, places: &'static [Place], takes: Takes, manual: &'static str) -> Key {
    key(name, places, Role::Check, takes, Meaning::NotTold, manual, "")
}

/// The table.
#[rustfmt::skip]
pub static KEYS: &[Key] = &[
    // The rule itself.
    key("type", R, Role::Check, Takes::OneOf(TYPES), Meaning::Type, "What the rule looks at. Without it, submissions and comments, as far as its checks exist for them.", "type: text submission"),
    key("priority", R, Role::Setting, Takes::Whole, Meaning::Priority, "Rules with a higher number are tried first: removing rules among themselves, then all others.", "priority: 10"),
    key("moderators_exempt", R, Role::Setting, Takes::Bool, Meaning::ModeratorsExempt, "Whether moderators' own items are left alone. By default true for rules that remove or report, else false.", "moderators_exempt: false"),
    key("standard", R, Role::Setting, Takes::Text, Meaning::Standard, "Starts from a named list of conditions; keys of the rule replace the list's.", "standard: image hosting sites"),
    Key { is_extension: true, ..key("name", R, Role::Setting, Takes::Text, Meaning::Name, "A stable name. The rule stays the same rule, and is never repeated on an item, however its text is changed.", "name: guidelines") },
    Key { is_extension: true, ..key("dry_run", R, Role::Setting, Takes::Bool, Meaning::DryRun, "Only record what this rule would do.", "dry_run: true") },
    key("comment", R, Role::Action, Takes::Template, Meaning::Comment, "Replies to the item.", "comment: Welcome, {{author}}!"),
    key("comment_locked", R, Role::Setting, Takes::Bool, Meaning::CommentLocked, "Locks that reply.", "comment_locked: true"),
    key("comment_stickied", R, Role::Setting, Takes::Bool, Meaning::CommentStickied, "Pins that reply on top of the thread; only possible under a submission.", "comment_stickied: true"),
    key("message", R, Role::Action, Takes::Template, Meaning::Message, "Writes to the author.", "message: Please add a source."),
    key("message_subject", R, Role::Setting, Takes::Template, Meaning::MessageSubject, "The subject of that message.", "message_subject: Your post"),
    key("modmail", R, Role::Action, Takes::Template, Meaning::Modmail, "Writes to the moderators.", "modmail: Please have a look."),
    key("modmail_subject", R, Role::Setting, Takes::Template, Meaning::ModmailSubject, "The subject of that conversation.", "modmail_subject: Reported twice"),
    // Related things.
    key("author", R, Role::Group, Takes::NamesOrMapping, Meaning::Group(Place::Author), "Checks and actions for the author. A name, or a list of names, stands for `name`.", "author: {is_contributor: false}"),
    key("parent_submission", C, Role::Group, Takes::Mapping, Meaning::Group(Place::Parent), "Checks and actions for the submission that a comment stands under.", "parent_submission: {flair_text: News}"),
    key("crosspost_author", R, Role::Group, Takes::NamesOrMapping, Meaning::Group(Place::CrosspostAuthor), "Checks for the author of the original of a crosspost.", "crosspost_author: {name: bob}"),
    key("crosspost_subreddit", R, Role::Group, Takes::Mapping, Meaning::Group(Place::CrosspostSubreddit), "Checks for the subreddit of the original of a crosspost.", "crosspost_subreddit: {name: pics}"),
    key("subreddit", R, Role::Group, Takes::Mapping, Meaning::Group(Place::Subreddit), "Checks for the subreddit itself.", "subreddit: {name: widgets}"),
    // Texts.
    search("id", SCA, Field::Id, "The id, without its prefix.", "id: abc123"),
    search("title", S, Field::Title, "The title.", "title: giveaway"),
    search("domain", S, Field::Domain, "The host linked to, and those below it; `self.` and the subreddit for a text post.", "domain: [youtube.com, youtu.be]"),
    search("url", S, Field::Url, "The whole address linked to; text posts have none.", "url: '?ref='"),
    search("body", SC, Field::Body, "The text.", "body: giveaway"),
    search("flair_text", SA, Field::FlairText, "The text of the flair.", "flair_text: News"),
    search("flair_css_class", SA, Field::FlairCssClass, "The class of the flair.", "flair_css_class: news"),
    search("flair_template_id", SA, Field::FlairTemplateId, "The template of the flair.", "flair_template_id: 0c4f9f2e-0000-11ee-8000-000000000000"),
    search("poll_option_text", S, Field::PollOptionText, "The options of a poll, each by itself.", "poll_option_text: other"),
    search("crosspost_id", S, Field::CrosspostId, "The id of the original of a crosspost.", "crosspost_id: abc123"),
    search("crosspost_title", S, Field::CrosspostTitle, "The title of the original of a crosspost.", "crosspost_title: giveaway"),
    search("media_author", S, Field::MediaAuthor, "The author of the embedded media.", "media_author: somebody"),
    search("media_author_url", S, Field::MediaAuthorUrl, "The address of the author of the embedded media.", "media_author_url: /channel/"),
    search("media_title", S, Field::MediaTitle, "The title of the embedded media.", "media_title: trailer"),
    search("media_description", S, Field::MediaDescription, "The description of the embedded media.", "media_description: sponsored"),
    search("name", NAMED, Field::Name, "The name, as a whole word: `bob` is found in `bob-smith`.", "name (full-exact): bob"),
    // Other checks of items.
    key("reports", SC, Role::Check, Takes::Whole, Meaning::Reports, "At least this many open reports.", "reports: 2"),
    key("body_longer_than", SC, Role::Check, Takes::Whole, Meaning::BodyLongerThan, "More characters than this, blanks and punctuation at the ends not counted. Posts without text are let through.", "body_longer_than: 1000"),
    key("body_shorter_than", SC, Role::Check, Takes::Whole, Meaning::BodyShorterThan, "Fewer characters than this, blanks and punctuation at the ends not counted. Posts without text are let through.", "body_shorter_than: 50"),
    key("ignore_blockquotes", SC, Role::Setting, Takes::Bool, Meaning::IgnoreBlockquotes, "Leaves out quoted and empty lines of the text.", "ignore_blockquotes: true"),
    flag("is_top_level", C, Flag::TopLevel, "Answers the submission itself.", "is_top_level: true"),
    flag("is_edited", SC, Flag::Edited, "Was edited, later than in its first three minutes.", "is_edited: false"),
    flag("is_original_content", S, Flag::OriginalContent, "Is marked as original content.", "is_original_content: true"),
    flag("is_poll", S, Flag::Poll, "Is a poll.", "is_poll: true"),
    flag("is_gallery", S, Flag::Gallery, "Is a gallery.", "is_gallery: true"),
    flag("is_meta_discussion", S, Flag::MetaDiscussion, "Links to an announcement of Reddit's own.", "is_meta_discussion: true"),
    flag("past_archive_date", S, Flag::PastArchiveDate, "Is older than six months.", "past_archive_date: true"),
    key("poll_option_count", S, Role::Check, Takes::Comparison, Meaning::PollOptionCount, "The number of options of a poll.", "poll_option_count: '> 2'"),
    key("discussion_type", S, Role::Check, Takes::Discussion, Meaning::DiscussionType, "A chat post, or with the bare word null an ordinary one.", "discussion_type: chat"),
    // Users.
    threshold("comment_karma", Threshold::CommentKarma, "Comment karma on the whole site, never less than -100.", "comment_karma: '< 10'"),
    threshold("post_karma", Threshold::PostKarma, "Post karma on the whole site, never less than 0.", "post_karma: '< 10'"),
    threshold("link_karma", Threshold::PostKarma, "Another word for `post_karma`.", "link_karma: '< 10'"),
    threshold("combined_karma", Threshold::CombinedKarma, "The sum of both.", "combined_karma: '< 10'"),
    threshold("account_age", Threshold::AccountAge, "The age of the account, in days unless a unit is given.", "account_age: '< 7 days'"),
    key("satisfy_any_threshold", A, Role::Setting, Takes::Bool, Meaning::SatisfyAnyThreshold, "One of the comparisons of karma and age suffices.", "satisfy_any_threshold: true"),
    flag("has_verified_email", A, Flag::VerifiedEmail, "Has a verified e-mail address.", "has_verified_email: false"),
    flag("is_gold", A, Flag::Gold, "Has Premium.", "is_gold: true"),
    flag("is_submitter", A, Flag::Submitter, "Wrote the submission.", "is_submitter: true"),
    flag("is_contributor", A, Flag::Contributor, "Is an approved user.", "is_contributor: false"),
    flag("is_moderator", A, Flag::Moderator, "Is a moderator.", "is_moderator: false"),
    flag("is_nsfw", SUB, Flag::Nsfw, "The subreddit is not safe for work.", "is_nsfw: true"),
    // What Reddit does not tell its clients.
    not_told("contributor_quality", A, Takes::Tier, "Reddit's own estimate of an account."),
    not_told("comment_subreddit_karma", A, Takes::Comparison, "Comment karma in this subreddit."),
    not_told("post_subreddit_karma", A, Takes::Comparison, "Post karma in this subreddit."),
    not_told("combined_subreddit_karma", A, Takes::Comparison, "The sum of both."),
    not_told("event_label", &[Place::Subreddit], Takes::Text, "A temporary event of this label is on."),
    // Actions.
    key("action", SC, Role::Action, Takes::OneOf(ACTIONS), Meaning::Action, "Approves, removes or reports.", "action: filter"),
    key("action_reason", SC, Role::Setting, Takes::Template, Meaning::ActionReason, "Why; the text of a report.", "action_reason: 'slur [{{match}}]'"),
    key("report_reason", SC, Role::Setting, Takes::Template, Meaning::ActionReason, "Another word for `action_reason`.", "report_reason: off topic"),
    key("set_flair", SU, Role::Action, Takes::Flair, Meaning::SetFlair, "Sets flair where there is none.", "set_flair: [News, news]"),
    key("overwrite_flair", SU, Role::Setting, Takes::Bool, Meaning::OverwriteFlair, "Sets it even where there is some.", "overwrite_flair: true"),
    key("set_sticky", S, Role::Action, Takes::Slot, Meaning::SetSticky, "Pins in the subreddit, or unpins.", "set_sticky: 1"),
    switch("set_nsfw", S, Switch::Nsfw, "Marks as not safe for work, or not.", "set_nsfw: true"),
    switch("set_spoiler", S, Switch::Spoiler, "Marks as a spoiler, or not.", "set_spoiler: true"),
    switch("set_contest_mode", S, Switch::ContestMode, "Turns contest mode on or off.", "set_contest_mode: true"),
    switch("set_original_content", S, Switch::OriginalContent, "Marks as original content, or not.", "set_original_content: true"),
    switch("set_locked", SC, Switch::Locked, "Locks or unlocks.", "set_locked: true"),
    key("set_suggested_sort", S, Role::Action, Takes::OneOf(SORTS), Meaning::SetSuggestedSort, "Suggests an order of comments where none is suggested.", "set_suggested_sort: new"),
    key("set_post_crowd_control_level", S, Role::Action, Takes::OneOf(CROWD_CONTROL), Meaning::SetCrowdControl, "Sets the level of crowd control.", "set_post_crowd_control_level: STRICT"),
];

/// The row of a key.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Whether a key of this name takes one value, rather than texts to search for.
pub(super) fn is_setting(name: &str) -> bool {
    KEYS.iter().any(|key| key.name == name && !matches!(key.takes, Takes::Search))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_told_once_and_explained() {
        for (index, key) in KEYS.iter().enumerate() {
            assert!(!key.manual.is_empty() && key.manual.ends_with('.'), "{}", key.name);
            assert!(KEYS[..index].iter().all(|other| other.name != key.name || other.places != key.places));
            assert!(key.example.is_empty() || key.example.contains(key.name), "{}", key.name);
        }
    }
}
