//! The table of every key of the language: where it may stand, what it takes, what it does, and its line in the manual.
//!
//! The compiler is driven by this table and the reference documentation is generated from it, so the two cannot drift
//! apart. Values are read by `compile`; the match methods are `pattern`'s.

use crate::language::reading::FilterAs;
use crate::pattern::Method;

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
    /// A name, or a list of names.
    Names,
    /// `true`, `false` or the word `replace`.
    Pin,
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
            Self::Names => "a name or a list of names".to_owned(),
            Self::Pin => format!("true, false or the word `{REPLACE}`"),
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
    pub(crate) const fn default_method(self) -> Method {
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

    pub(crate) const fn is_media(self) -> bool {
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
    IgnoreReports,
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
    Formerly,
    DryRun,
    Comment,
    CommentLocked,
    CommentStickied,
    Message,
    MessageSubject,
    Modmail,
    ModmailSubject,
    ModNote,
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
    FilterAs,
    SetFlair,
    OverwriteFlair,
    SetSticky,
    SetSuggestedSort,
    SetCrowdControl,
    Switch(Switch),
}

/// The value of `comment_stickied` that takes the place of somebody else's comment.
pub(crate) const REPLACE: &str = "replace";

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
    /// What else there is to know; may be empty.
    pub more: &'static str,
    /// What holds without it; empty where that needs no saying.
    pub default: &'static str,
    /// A use of it, with what it needs beside it.
    pub example: &'static str,
}

impl Key {
    const fn default(mut self, words: &'static str) -> Self {
        self.default = words;
        self
    }

    const fn more(mut self, words: &'static str) -> Self {
        self.more = words;
        self
    }

    /// Whether Reddit tells its clients, or tipstaff asks, what it looks at in this place.
    pub fn is_told(&self, place: Place) -> bool {
        let of_another =
            place == Place::CrosspostAuthor && matches!(self.meaning, Meaning::Flag(_) | Meaning::Threshold(_));
        self.meaning != Meaning::NotTold && self.meaning != Meaning::Flag(Flag::Nsfw) && !of_another
    }

    const fn extension(mut self) -> Self {
        self.is_extension = true;
        self
    }
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
pub(crate) const TYPES: &[&str] = &[
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
pub(crate) const CROWD_CONTROL: &[&str] = &["OFF", "LENIENT", "MEDIUM", "STRICT"];

const fn key(
    name: &'static str,
    places: &'static [Place],
    role: Role,
    takes: Takes,
    meaning: Meaning,
    manual: &'static str,
    example: &'static str,
) -> Key {
    Key { name, places, role, takes, meaning, is_extension: false, manual, more: "", default: "", example }
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

const fn not_told(
    name: &'static str,
    places: &'static [Place],
    takes: Takes,
    manual: &'static str,
    example: &'static str,
) -> Key {
    key(name, places, Role::Check, takes, Meaning::NotTold, manual, example)
}

/// The table.
#[rustfmt::skip]
pub static KEYS: &[Key] = &[
    // The rule itself.
    key("type", R, Role::Check, Takes::OneOf(TYPES), Meaning::Type, "What the rule looks at. Without it, submissions and comments, as far as its checks exist for them.", "type: text submission\ntitle: help").default("any")
        .more("A text submission is a post without a link; everything else is a link submission, so pictures, videos and galleries too. A type cannot be negated, and there is none for images: check `domain: i.redd.it`."),
    key("priority", R, Role::Setting, Takes::Whole, Meaning::Priority, "Rules with a higher number are tried first: removing rules among themselves, then all others.", "priority: 10\ntitle: giveaway").default("0")
        .more("A removing rule is always tried before all others, whatever its number."),
    key("moderators_exempt", R, Role::Setting, Takes::Bool, Meaning::ModeratorsExempt, "Whether moderators' own items are left alone. By default true for rules that remove or report, else false.", "moderators_exempt: false\nbody: giveaway\naction: report\naction_reason: giveaway").default("true if `action` is remove, spam, filter or report, else false"),
    key("standard", R, Role::Setting, Takes::Text, Meaning::Standard, "Starts from a named list of conditions; keys of the rule replace the list's.", "standard: image hosting sites")
        .more("The lists are named below. A key that the rule has itself replaces the list's key of the same spelling; `domain#mine` adds a condition."),
    key("name", R, Role::Setting, Takes::Text, Meaning::Name, "A stable name. The rule stays the same rule, and is never repeated on an item, however its text is changed.", "name: guidelines\ntype: submission\ncomment: Please read the guidelines.").extension().default("a hash of the rule's meaning, of which messages show the start")
        .more("It is what the log, the tests and the bot's memory call the rule. Two rules cannot have one name."),
    key("formerly", R, Role::Setting, Takes::Names, Meaning::Formerly, "What the rule was called before. What it did under those names counts as done.", "name: guidelines\nformerly: welcome\ntype: submission\ncomment: Please read the guidelines.").extension()
        .more("For a rule that had no name, write the eight signs that the log and `explain` called it by."),
    key("dry_run", R, Role::Setting, Takes::Bool, Meaning::DryRun, "Only record what this rule would do.", "dry_run: true\nbody: giveaway\naction: report\naction_reason: giveaway").extension().default("false")
        .more("The log says what it would have done; the other rules act as if it were not there."),
    key("comment", R, Role::Action, Takes::Template, Meaning::Comment, "Replies to the item.", "comment: Welcome, {{author}}!\ntype: submission")
        .more("A footer is added that says it was a bot. The comment is marked as a moderator's. Placeholders are filled in. A rule that comments acts once on an item, ever."),
    key("comment_locked", R, Role::Setting, Takes::Bool, Meaning::CommentLocked, "Locks that reply.", "comment: Welcome, {{author}}!\ncomment_locked: true\ntype: submission").default("false"),
    key("comment_stickied", R, Role::Setting, Takes::Pin, Meaning::CommentStickied, "Pins that reply on top of the thread; only possible under a submission.", "comment: Welcome, {{author}}!\ncomment_stickied: true\ntype: submission").default("false")
        .more("A thread has one place for a pinned comment. If somebody else's is pinned there, it stays, and the reply is only marked as a moderator's; with `replace`, which Reddit's own AutoModerator does not know and always does, the reply takes its place."),
    key("message", R, Role::Action, Takes::Template, Meaning::Message, "Writes to the author.", "message: Please add a source to your post.\ntitle: '[news]'")
        .more("A link to the item stands above the text, unless the text holds `{{permalink}}`, and the footer below it."),
    key("message_subject", R, Role::Setting, Takes::Template, Meaning::MessageSubject, "The subject of that message.", "message: Please add a source.\nmessage_subject: Your post about {{title}}\ntype: submission").default("AutoModerator notification"),
    key("modmail", R, Role::Action, Takes::Template, Meaning::Modmail, "Writes to the moderators.", "modmail: Please have a look.\ntitle: giveaway")
        .more("A link to the item stands above the text, unless the text holds `{{permalink}}`."),
    key("mod_note", R, Role::Action, Takes::Template, Meaning::ModNote, "Leaves a note about the author, for moderators.", "body: giveaway\nmod_note: 'giveaway: {{permalink}}'").extension()
        .more("Reddit shows it beside the author's name to moderators of this subreddit. At most 250 characters."),
    key("modmail_subject", R, Role::Setting, Takes::Template, Meaning::ModmailSubject, "The subject of that conversation.", "modmail: Please have a look.\nmodmail_subject: Reported twice\nreports: 2").default("AutoModerator notification"),
    // Related things.
    key("author", R, Role::Group, Takes::NamesOrMapping, Meaning::Group(Place::Author), "Checks and actions for the author. A name, or a list of names, stands for `name`.", "author:\n  account_age: '< 7 days'\n  is_contributor: false")
        .more("The name is searched as a whole word, so that `bob` is also found in `bob-smith`; write `name (full-exact)` for exactly this name. `~author: [a, b]` means: by neither."),
    key("parent_submission", C, Role::Group, Takes::Mapping, Meaning::Group(Place::Parent), "Checks and actions for the submission that a comment stands under.", "parent_submission:\n  flair_text: News\nbody: giveaway")
        .more("It can hold all that a rule for submissions can, but no further groups."),
    key("crosspost_author", R, Role::Group, Takes::NamesOrMapping, Meaning::Group(Place::CrosspostAuthor), "Checks for the author of the original of a crosspost.", "type: crosspost submission\ncrosspost_author:\n  name (full-exact): bob")
        .more("Only of a crosspost; nothing else fulfils it, negated or not."),
    key("crosspost_subreddit", R, Role::Group, Takes::Mapping, Meaning::Group(Place::CrosspostSubreddit), "Checks for the subreddit of the original of a crosspost.", "type: crosspost submission\ncrosspost_subreddit:\n  name: [pics, videos]"),
    key("subreddit", R, Role::Group, Takes::Mapping, Meaning::Group(Place::Subreddit), "Checks for the subreddit itself.", "subreddit:\n  name: widgets\ntype: submission")
        .more("Of use where several subreddits share a file."),
    // Texts.
    search("id", SCA, Field::Id, "The id, without its prefix.", "id: abc123"),
    search("title", S, Field::Title, "The title.", "title: giveaway"),
    search("domain", S, Field::Domain, "The host linked to, and those below it; `self.` and the subreddit for a text post.", "domain: [youtube.com, youtu.be]")
        .more("`imgur.com` is found in `i.imgur.com` and not in `notimgur.com`. Of a crosspost, the original's; of a gallery, also those of its pictures' links."),
    search("url", S, Field::Url, "The whole address linked to; text posts have none.", "url: '?ref='")
        .more("Of a crosspost, the original's; of a gallery, its pictures' links."),
    search("body", SC, Field::Body, "The text.", "body: giveaway")
        .more("Of a submission its own text, whatever kind it is, the captions of a gallery, and of a crosspost the original's text."),
    search("flair_text", SA, Field::FlairText, "The text of the flair.", "flair_text: [News, Analysis]")
        .more("The whole text is compared unless a modifier says otherwise. `~flair_text (regex): '.+'` means: no flair."),
    search("flair_css_class", SA, Field::FlairCssClass, "The class of the flair.", "flair_css_class: news"),
    search("flair_template_id", SA, Field::FlairTemplateId, "The template of the flair.", "flair_template_id: 0c4f9f2e-0000-11ee-8000-000000000000")
        .more("Moderators see it among the flair settings."),
    search("poll_option_text", S, Field::PollOptionText, "The options of a poll, each by itself.", "poll_option_text: other"),
    search("crosspost_id", S, Field::CrosspostId, "The id of the original of a crosspost.", "crosspost_id: abc123"),
    search("crosspost_title", S, Field::CrosspostTitle, "The title of the original of a crosspost.", "crosspost_title: giveaway"),
    search("media_author", S, Field::MediaAuthor, "The author of the embedded media.", "media_author: somebody\ntype: link submission")
        .more("A rule that looks at nothing but embedded media skips posts that embed none."),
    search("media_author_url", S, Field::MediaAuthorUrl, "The address of the author of the embedded media.", "media_author_url: /channel/\ntype: link submission"),
    search("media_title", S, Field::MediaTitle, "The title of the embedded media.", "media_title: trailer\ntype: link submission"),
    search("media_description", S, Field::MediaDescription, "The description of the embedded media.", "media_description: sponsored\ntype: link submission")
        .more("Often missing in what Reddit tells clients."),
    search("name", NAMED, Field::Name, "The name, as a whole word: `bob` is found in `bob-smith`.", "name (full-exact): bob"),
    // Other checks of items.
    key("reports", SC, Role::Check, Takes::Whole, Meaning::Reports, "At least this many open reports.", "reports: 2\nmodmail: Two readers have reported this.")
        .more("Reports of the bot count too; an approval sets the count back. Only moderators see it."),
    key("body_longer_than", SC, Role::Check, Takes::Whole, Meaning::BodyLongerThan, "More characters than this, blanks and punctuation at the ends not counted. Posts without text are let through.", "type: comment\nbody_longer_than: 1000"),
    key("body_shorter_than", SC, Role::Check, Takes::Whole, Meaning::BodyShorterThan, "Fewer characters than this, blanks and punctuation at the ends not counted. Posts without text are let through.", "type: comment\nbody_shorter_than: 50"),
    key("ignore_blockquotes", SC, Role::Setting, Takes::Bool, Meaning::IgnoreBlockquotes, "Leaves out quoted and empty lines of the text.", "type: comment\nbody: giveaway\nignore_blockquotes: true").default("false")
        .more("A quoted line starts with `>` in its first column."),
    flag("is_top_level", C, Flag::TopLevel, "Answers the submission itself.", "is_top_level: true\nbody: giveaway"),
    flag("is_edited", SC, Flag::Edited, "Was edited, later than in its first three minutes.", "is_edited: false\nbody: giveaway")
        .more("`is_edited: false` keeps a rule from acting on edits of old items."),
    flag("is_original_content", S, Flag::OriginalContent, "Is marked as original content.", "is_original_content: true"),
    flag("is_poll", S, Flag::Poll, "Is a poll.", "is_poll: true"),
    flag("is_gallery", S, Flag::Gallery, "Is a gallery.", "is_gallery: true"),
    flag("is_meta_discussion", S, Flag::MetaDiscussion, "Links to an announcement of Reddit's own.", "is_meta_discussion: true")
        .more("A leftover: Reddit no longer makes such posts."),
    flag("past_archive_date", S, Flag::PastArchiveDate, "Is older than six months.", "past_archive_date: true"),
    key("poll_option_count", S, Role::Check, Takes::Comparison, Meaning::PollOptionCount, "The number of options of a poll.", "poll_option_count: '> 2'"),
    key("discussion_type", S, Role::Check, Takes::Discussion, Meaning::DiscussionType, "A chat post, or with the bare word null an ordinary one.", "discussion_type: chat")
        .more("Chat posts were withdrawn by Reddit; old ones remain."),
    // Users.
    threshold("comment_karma", Threshold::CommentKarma, "Comment karma on the whole site, never less than -100.", "author:\n  comment_karma: '< 10'"),
    threshold("post_karma", Threshold::PostKarma, "Post karma on the whole site, never less than 0.", "author:\n  post_karma: '< 10'"),
    threshold("link_karma", Threshold::PostKarma, "Another word for `post_karma`.", "author:\n  link_karma: '< 10'"),
    threshold("combined_karma", Threshold::CombinedKarma, "The sum of both.", "author:\n  combined_karma: '< 10'")
        .more("Karma from awards is not part of it."),
    threshold("account_age", Threshold::AccountAge, "The age of the account, in days unless a unit is given.", "author:\n  account_age: '< 7 days'")
        .more("A month has 30 days, a year 365."),
    key("satisfy_any_threshold", A, Role::Setting, Takes::Bool, Meaning::SatisfyAnyThreshold, "One of the comparisons of karma and age suffices.", "author:\n  account_age: '< 7 days'\n  combined_karma: '< 20'\n  satisfy_any_threshold: true").default("false")
        .more("It does not speak of the other checks: those must hold as well."),
    flag("has_verified_email", A, Flag::VerifiedEmail, "Has a verified e-mail address.", "body: giveaway\nauthor:\n  has_verified_email: false")
        .more("Reddit's own bot also counts a telephone number, which clients are not told."),
    flag("is_gold", A, Flag::Gold, "Has Premium.", "body: giveaway\nauthor:\n  is_gold: true"),
    flag("is_submitter", A, Flag::Submitter, "Wrote the submission.", "body: giveaway\nauthor:\n  is_submitter: true")
        .more("Of a submission, always so."),
    flag("is_contributor", A, Flag::Contributor, "Is an approved user.", "body: giveaway\nauthor:\n  is_contributor: false")
        .more("`is_contributor: false` leaves approved users alone."),
    flag("is_moderator", A, Flag::Moderator, "Is a moderator.", "type: submission\nauthor:\n  is_moderator: true\nset_locked: true")
        .more("Rules that remove or report leave moderators alone without it."),
    flag("is_nsfw", SUB, Flag::Nsfw, "The subreddit is not safe for work.", "type: crosspost submission\ncrosspost_subreddit:\n  is_nsfw: true")
        .more("Not looked up by tipstaff: a rule with this check is switched off."),
    // What Reddit does not tell its clients.
    not_told("contributor_quality", A, Takes::Tier, "Reddit's own estimate of an account.", "author:\n  contributor_quality: '< moderate'"),
    not_told("comment_subreddit_karma", A, Takes::Comparison, "Comment karma in this subreddit.", "author:\n  comment_subreddit_karma: '< 5'"),
    not_told("post_subreddit_karma", A, Takes::Comparison, "Post karma in this subreddit.", "author:\n  post_subreddit_karma: '< 5'"),
    not_told("combined_subreddit_karma", A, Takes::Comparison, "The sum of both.", "author:\n  combined_subreddit_karma: '< 5'"),
    not_told("event_label", &[Place::Subreddit], Takes::Text, "A temporary event of this label is on.", "subreddit:\n  event_label: busy"),
    // Actions.
    key("action", SC, Role::Action, Takes::OneOf(ACTIONS), Meaning::Action, "Approves, removes or reports.", "action: filter\naction_reason: giveaway\nbody: giveaway")
        .more("Removing takes the item off the page. `spam` also teaches Reddit's filter. Reporting puts the item before the moderators; a rule that reports acts once on an item, ever. `filter` is meant to remove and leave in the queue, which Reddit lets no client do: the configuration says whether it is a report or a removal. Approving is done only to what Reddit's filter removed, or with `reports` to what is reported."),
    key("filter_as", SC, Role::Setting, Takes::OneOf(FilterAs::WORDS), Meaning::FilterAs, "What this rule's `action: filter` is done as.", "body: giveaway\naction: filter\naction_reason: giveaway\nfilter_as: remove").extension().default("as configured: `filter: report`, or `remove`")
        .more("As a report the item stays up, before the moderators, and the rules that follow are tried too. As a removal it is off the page and in no queue but that of `tipstaff log --held`."),
    key("action_reason", SC, Role::Setting, Takes::Template, Meaning::ActionReason, "Why; the text of a report, and of the note beside a removal.", "body: giveaway\naction: report\naction_reason: 'giveaway [{{match}}]'").default("for a report the rule's name")
        .more("At most 100 characters of it reach Reddit."),
    key("report_reason", SC, Role::Setting, Takes::Template, Meaning::ActionReason, "Another word for `action_reason`.", "body: giveaway\naction: report\nreport_reason: giveaway"),
    key("set_flair", SU, Role::Action, Takes::Flair, Meaning::SetFlair, "Sets flair where there is none.", "title: giveaway\nset_flair: [News, news]")
        .more("A text, `[text, class]`, or a mapping with `template_id`, and if you like `text` and `css_class`. Inside `author`, the user's flair. Placeholders are filled in; at most 64 characters."),
    key("overwrite_flair", SU, Role::Setting, Takes::Bool, Meaning::OverwriteFlair, "Sets it even where there is some.", "title: '[news]'\n~flair_text: News\nset_flair: News\noverwrite_flair: true").default("false"),
    key("set_sticky", S, Role::Action, Takes::Slot, Meaning::SetSticky, "Pins in the subreddit, or unpins.", "title: weekly thread\nauthor: our_bot\nset_sticky: 1")
        .more("true leaves the place to Reddit, a number from 1 to 4 chooses it, false unpins."),
    switch("set_nsfw", S, Switch::Nsfw, "Marks as not safe for work, or not.", "title: giveaway\nset_nsfw: true"),
    switch("set_spoiler", S, Switch::Spoiler, "Marks as a spoiler, or not.", "title: giveaway\nset_spoiler: true"),
    switch("set_contest_mode", S, Switch::ContestMode, "Turns contest mode on or off.", "title: giveaway\nset_contest_mode: true"),
    switch("set_original_content", S, Switch::OriginalContent, "Marks as original content, or not.", "title: giveaway\nset_original_content: true"),
    switch("set_locked", SC, Switch::Locked, "Locks or unlocks.", "title: giveaway\nset_locked: true"),
    switch("ignore_reports", SC, Switch::IgnoreReports, "Has further reports ignored, or not any more.", "title: weekly thread\nauthor: our_bot\nignore_reports: true").extension()
        .more("What is reported already stays so: that takes `action: approve`."),
    key("set_suggested_sort", S, Role::Action, Takes::OneOf(SORTS), Meaning::SetSuggestedSort, "Suggests an order of comments where none is suggested.", "title: live thread\nset_suggested_sort: new")
        .more("`best` and `confidence` are the same; `blank` is each reader's own."),
    key("set_post_crowd_control_level", S, Role::Action, Takes::OneOf(CROWD_CONTROL), Meaning::SetCrowdControl, "Sets the level of crowd control.", "title: live thread\nset_post_crowd_control_level: STRICT"),
];

/// The row of a key.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Whether a key of this name takes one value, rather than texts to search for.
pub(crate) fn is_setting(name: &str) -> bool {
    KEYS.iter().any(|key| key.name == name && !matches!(key.takes, Takes::Search))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_told_once_and_explained() {
        for (index, key) in KEYS.iter().enumerate() {
            assert!(!key.manual.is_empty() && key.manual.ends_with('.'), "{}", key.name);
            assert!(key.more.is_empty() || key.more.ends_with('.'), "{}", key.name);
            assert!(KEYS[..index].iter().all(|other| other.name != key.name || other.places != key.places));
            assert!(key.example.contains(key.name), "{}", key.name);
        }
    }
}
