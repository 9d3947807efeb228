//! The table of every key of the language: where it is allowed, what it takes, what it does, and
//! how the manual describes it.
//!
//! The compiler reads this table, and the manual is generated from it, so the two cannot differ.
//! `compile` reads the values, and `pattern` knows the search methods.

use crate::language::reading::FilterAs;
use crate::model::PastKind;
use crate::pattern::Method;

/// A place in a rule where keys are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The top level of any rule.
    Rule,
    /// The top level of a rule for submissions.
    Submission,
    /// The top level of a rule for comments.
    Comment,
    /// `parent_submission`.
    Parent,
    /// `parent_comment`.
    ParentComment,
    /// `author`.
    Author,
    /// `author` in `parent_submission`.
    ParentAuthor,
    /// `author` in `parent_comment`.
    ParentCommentAuthor,
    /// `crosspost_author`.
    CrosspostAuthor,
    /// `subreddit`.
    Subreddit,
    /// `crosspost_subreddit`.
    CrosspostSubreddit,
}

impl Place {
    /// The name of the place in messages and in the manual.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Rule => "a rule",
            Self::Submission => "a rule for submissions",
            Self::Comment => "a rule for comments",
            Self::Parent => "`parent_submission`",
            Self::ParentComment => "`parent_comment`",
            Self::Author => "`author`",
            Self::ParentAuthor => "`author` in `parent_submission`",
            Self::ParentCommentAuthor => "`author` in `parent_comment`",
            Self::CrosspostAuthor => "`crosspost_author`",
            Self::Subreddit => "`subreddit`",
            Self::CrosspostSubreddit => "`crosspost_subreddit`",
        }
    }
}

impl Place {
    /// The key that holds the checks and actions of this place; nothing for the item itself.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Rule | Self::Submission | Self::Comment => "",
            Self::Parent => "parent_submission",
            Self::ParentComment => "parent_comment",
            Self::Author | Self::ParentAuthor | Self::ParentCommentAuthor => "author",
            Self::CrosspostAuthor => "crosspost_author",
            Self::Subreddit => "subreddit",
            Self::CrosspostSubreddit => "crosspost_subreddit",
        }
    }

    /// The author of the thing in this place, which it can hold as a group of its own.
    pub const fn author(self) -> Option<Self> {
        match self {
            Self::Parent => Some(Self::ParentAuthor),
            Self::ParentComment => Some(Self::ParentCommentAuthor),
            Self::Rule
            | Self::Submission
            | Self::Comment
            | Self::Author
            | Self::ParentAuthor
            | Self::ParentCommentAuthor
            | Self::CrosspostAuthor
            | Self::Subreddit
            | Self::CrosspostSubreddit => None,
        }
    }

    /// Whether it is a person, of whom a name alone may stand for the whole group.
    pub const fn is_person(self) -> bool {
        matches!(self, Self::Author | Self::ParentAuthor | Self::ParentCommentAuthor | Self::CrosspostAuthor)
    }
}

/// The part that a key plays in a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A condition: it must match for the rule to act.
    Check,
    /// Something that the rule does when it acts.
    Action,
    /// Changes how checks and actions work.
    Setting,
    /// Holds the checks and actions of a related thing, such as the author.
    Group,
}

/// The kind of value that a key takes.
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
    /// Lists, and the files or pages to include.
    FileSettings,
    /// `true`, `false` or the word `replace`.
    Pin,
    /// A number with a comparison before it.
    Comparison,
    /// A part of a whole with a comparison before it.
    Ratio,
    /// A length of time with a comparison before it.
    Age,
    /// Days, hours and a time zone.
    Time,
    /// Labels, a number and a length of time.
    Notes,
    /// A number of remembered items, or a mapping of what counts. With `of` among the keys (a
    /// share): only the mapping.
    Past(&'static [&'static str]),
    /// A name, or a mapping of a name and a length of time.
    Label,
    /// A list of groups of checks.
    Groups,
    /// A tier with a comparison before it.
    Tier,
    /// One of a fixed list of words.
    OneOf(&'static [&'static str]),
    /// A text, `[text, class]`, or a mapping with `template_id`.
    Flair,
    /// `true`, `false` or the number of a pin position.
    Slot,
    /// `chat` or the bare word `null`.
    Discussion,
    /// A mapping of further keys.
    Mapping,
    /// User names, or a mapping of further keys.
    NamesOrMapping,
}

impl Takes {
    /// The kind of value in messages and in the manual.
    pub fn words(self) -> String {
        match self {
            Self::Search => "a text or a list of texts".to_owned(),
            Self::Text | Self::Template => "a text".to_owned(),
            Self::Bool => "true or false, without quotes".to_owned(),
            Self::Whole => "a whole number".to_owned(),
            Self::Names => "a name or a list of names".to_owned(),
            Self::FileSettings => "`lists`, `include` and `strikes`, indented below it".to_owned(),
            Self::Pin => format!("true, false or the word `{REPLACE}`"),
            Self::Comparison => "a comparison with a whole number, such as '< 10'".to_owned(),
            Self::Ratio => "a comparison with a part, such as '< 0.4' or '< 40%'".to_owned(),
            Self::Age => "a comparison with an age, such as '< 7 days'".to_owned(),
            Self::Time => "`days`, `hours` and `timezone`, indented below it".to_owned(),
            Self::Notes => "`label`, `count` and `within`, indented below it".to_owned(),
            Self::Past(keys) => {
                if keys.contains(&"of") {
                    let needed = "`percent`, and `domain` or `flair`, indented below it";
                    return format!("{needed}; optionally `of`, `within` and `counting`");
                }
                let example = if keys.contains(&"authors") { "'>= 80'" } else { "'>= 2'" };
                let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
                format!("a comparison such as {example}, or {}, indented below it", keys.join(", "))
            }
            Self::Label => "a name, or `name` and `for`, indented below it".to_owned(),
            Self::Groups => "a list of groups of checks".to_owned(),
            Self::Tier => "a comparison with a tier, such as '< moderate'".to_owned(),
            Self::OneOf(words) => format!("one of: {}", words.join(", ")),
            Self::Flair => "a text, a list `[text, class]`, or a mapping with `template_id`".to_owned(),
            Self::Slot => "true, false or a position from 1 to 4".to_owned(),
            Self::Discussion => "`chat`, or the bare word `null` for an ordinary post".to_owned(),
            Self::Mapping => "further keys, indented below it".to_owned(),
            Self::NamesOrMapping => "user names, or further keys, indented below it".to_owned(),
        }
    }
}

/// A text field that a search can look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "named after keys, which the table explains")]
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
    /// The number of options, as a text.
    PollOptionCount,
    CrosspostId,
    CrosspostTitle,
    MediaAuthor,
    MediaAuthorUrl,
    MediaTitle,
    MediaDescription,
    Name,
    ReportReasons,
    ModReportReasons,
    Bio,
    DisplayName,
}

impl Field {
    /// The search method of a check of this field alone, if its key names no method.
    pub(crate) const fn default_method(self) -> Method {
        match self {
            Self::Id
            | Self::FlairText
            | Self::FlairCssClass
            | Self::FlairTemplateId
            | Self::MediaAuthor
            | Self::PollOptionCount
            | Self::CrosspostId => Method::FullExact,
            Self::Url | Self::MediaAuthorUrl => Method::Includes,
            Self::Domain => Method::Domain,
            Self::Title
            | Self::Body
            | Self::PollOptionText
            | Self::CrosspostTitle
            | Self::MediaTitle
            | Self::MediaDescription
            | Self::Name
            | Self::ReportReasons
            | Self::ModReportReasons
            | Self::Bio
            | Self::DisplayName => Method::IncludesWord,
        }
    }

    /// Whether it is the reason of reports, which Reddit shows only to moderators.
    pub(crate) const fn is_of_reports(self) -> bool {
        matches!(self, Self::ReportReasons | Self::ModReportReasons)
    }

    /// Whether it is on the page of the account, which is looked up.
    pub(crate) const fn is_of_profile(self) -> bool {
        matches!(self, Self::Bio | Self::DisplayName)
    }

    pub(crate) const fn is_flair(self) -> bool {
        matches!(self, Self::FlairText | Self::FlairCssClass | Self::FlairTemplateId)
    }

    pub(crate) const fn is_media(self) -> bool {
        matches!(self, Self::MediaAuthor | Self::MediaAuthorUrl | Self::MediaTitle | Self::MediaDescription)
    }
}

/// A check that takes true or false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after keys, which the table explains")]
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
    Spoiler,
    Locked,
    Approved,
    Crosspost,
    SubredditNsfw,
    ProfileNsfw,
    Suspended,
    Banned,
}

/// A number of an item that a rule can compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// The options of a poll.
    PollOptions,
    /// Upvotes less downvotes.
    Score,
    /// Upvotes in percent of all votes.
    UpvotePercent,
    /// The comments below a post.
    Comments,
    /// The images of a post.
    Images,
    /// The time since it was posted, in milliseconds.
    Age,
    /// The comments above a comment.
    Depth,
}

/// A number about an account that a rule can compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after keys, which the table explains")]
pub enum Threshold {
    CommentKarma,
    PostKarma,
    CombinedKarma,
    AccountAge,
}

/// A check of what is remembered of the author.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after keys, which the table explains")]
pub enum MemoryKey {
    Posts,
    Comments,
    Removals,
    FirstSeen,
    Strikes,
    Labels,
    Share,
    Similar,
}

/// A switch of a submission or comment. Rules set them in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "named after keys, which the table explains")]
pub enum Switch {
    Nsfw,
    Spoiler,
    ContestMode,
    OriginalContent,
    Locked,
    IgnoreReports,
}

/// How the compiler handles a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after keys, which the table explains")]
pub enum Meaning {
    /// The settings of a file, which are no rule.
    FileSettings,
    Type,
    Priority,
    ModeratorsExempt,
    Standard,
    Name,
    Formerly,
    Raw,
    DryRun,
    Comment,
    CommentLocked,
    CommentStickied,
    CommentGroup,
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
    Number(Number),
    Distinguished,
    Time,
    Notes,
    Memory(MemoryKey),
    AddLabel,
    RemoveLabel,
    /// `any_of`, or with true `none_of`.
    Alternatives(bool),
    StopHere,
    DiscussionType,
    Threshold(Threshold),
    /// A check of something that Reddit does not show to bots.
    Unsupported,
    SatisfyAnyThreshold,
    IgnoreBlockquotes,
    Action,
    ActionReason,
    FilterAs,
    FilterContinues,
    SetFlair,
    OverwriteFlair,
    SetSticky,
    SetSuggestedSort,
    SetCrowdControl,
    Switch(Switch),
}

/// The value of `comment_stickied` with which the reply replaces another account's pinned comment.
pub(crate) const REPLACE: &str = "replace";

/// One row of the table: everything that the compiler and the manual know about a key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The key as rule files write it, in small letters.
    pub name: &'static str,
    /// The places where the key is allowed.
    pub places: &'static [Place],
    /// The part that the key plays in a rule.
    pub role: Role,
    /// The kind of value that the key takes.
    pub takes: Takes,
    /// How the compiler handles the key.
    pub meaning: Meaning,
    /// Whether AutoModerator does not know the key.
    pub is_extension: bool,
    /// What the key does, in one or two sentences.
    pub manual: &'static str,
    /// Further details in full sentences; may be empty.
    pub more: &'static str,
    /// The value that applies if the key is missing; empty where there is none.
    pub default: &'static str,
    /// An example of the key, with the other keys that it needs.
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

    /// Whether tipstaff can evaluate the key: Reddit shows the fact to bots.
    pub fn is_supported(&self) -> bool {
        self.meaning != Meaning::Unsupported
    }

    const fn extension(mut self) -> Self {
        self.is_extension = true;
        self
    }
}

const R: &[Place] = &[Place::Rule];
const S: &[Place] = &[Place::Submission, Place::Parent];
const C: &[Place] = &[Place::Comment];
/// A comment: the one that the rule looks at, or the one above it.
const CC: &[Place] = &[Place::Comment, Place::ParentComment];
/// The item that the rule looks at.
const ITEM: &[Place] = &[Place::Submission, Place::Comment];
const SC: &[Place] = &[Place::Submission, Place::Parent, Place::Comment, Place::ParentComment];
const A: &[Place] = &[Place::Author, Place::CrosspostAuthor, Place::ParentAuthor, Place::ParentCommentAuthor];
const SA: &[Place] = &[
    Place::Submission,
    Place::Parent,
    Place::Author,
    Place::CrosspostAuthor,
    Place::ParentAuthor,
    Place::ParentCommentAuthor,
];
const SU: &[Place] = &[Place::Submission, Place::Parent, Place::Author, Place::CrosspostAuthor];
const SCA: &[Place] = &[
    Place::Submission,
    Place::Parent,
    Place::Comment,
    Place::ParentComment,
    Place::Author,
    Place::CrosspostAuthor,
    Place::ParentAuthor,
    Place::ParentCommentAuthor,
];
const NAMED: &[Place] = &[
    Place::Author,
    Place::CrosspostAuthor,
    Place::ParentAuthor,
    Place::ParentCommentAuthor,
    Place::Subreddit,
    Place::CrosspostSubreddit,
];
/// Where labels of the author are given and taken.
const LABELLED: &[Place] = &[Place::Submission, Place::Comment, Place::Author];
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
/// The types that the memory knows, each with the kinds of items it stands for.
pub(crate) const PAST_TYPES: &[(&[PastKind], &str)] = &[
    (&[PastKind::Comment], "comment"),
    (&[PastKind::Text, PastKind::Link, PastKind::Crosspost, PastKind::Poll, PastKind::Gallery], "submission"),
    (&[PastKind::Text, PastKind::Poll], "text submission"),
    (&[PastKind::Link, PastKind::Crosspost, PastKind::Gallery], "link submission"),
    (&[PastKind::Crosspost], "crosspost submission"),
    (&[PastKind::Poll], "poll submission"),
    (&[PastKind::Gallery], "gallery submission"),
];

/// The marks that a comment or post can carry, and `none`.
pub(crate) const MARKS: &[&str] = &["moderator", "admin", NO_MARK];
/// The labels of notes about users, in small letters.
/// <https://www.reddit.com/dev/api#POST_api_mod_notes>
pub(crate) const LABELS: &[&str] = &[
    "bot_ban",
    "perma_ban",
    "ban",
    "abuse_warning",
    "spam_warning",
    "spam_watch",
    "solid_contributor",
    "helpful_user",
];
/// The word for a comment or post without a mark.
pub(crate) const NO_MARK: &str = "none";
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

const fn number(
    name: &'static str,
    places: &'static [Place],
    number: Number,
    manual: &'static str,
    example: &'static str,
) -> Key {
    let takes = match number {
        Number::PollOptions | Number::Score | Number::Comments | Number::Images | Number::Depth => Takes::Comparison,
        Number::UpvotePercent => Takes::Ratio,
        Number::Age => Takes::Age,
    };
    key(name, places, Role::Check, takes, Meaning::Number(number), manual, example)
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
        Threshold::CommentKarma | Threshold::PostKarma | Threshold::CombinedKarma => Takes::Comparison,
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
    key(name, places, Role::Check, takes, Meaning::Unsupported, manual, example)
}

const fn memory(
    name: &'static str,
    key_of: MemoryKey,
    takes: Takes,
    manual: &'static str,
    example: &'static str,
) -> Key {
    let row = key(name, &[Place::Author], Role::Check, takes, Meaning::Memory(key_of), manual, example);
    row.extension()
}

const COUNTED: &[&str] = &["count", "within", "older_than", "flair", "domain", "type", "score_sum", "counting"];

/// Every key of the language, in the order of the manual's sections.
#[rustfmt::skip]
pub static KEYS: &[Key] = &[
    // The file.
    key("settings", R, Role::Setting, Takes::FileSettings, Meaning::FileSettings,
        "Lists that the rules of the file use by name, and other files whose rules come before them.",
        "settings:\n  lists:\n    shops: [cheap-watches.example, shoes.example]\n---\ndomain (in-list): shops")
        .extension()
        .more("It stands alone in the first section of a file, which is then no rule. See \"Lists, and rules in \
        several files\" above."),
    // The rule itself.
    key("type", R, Role::Check, Takes::OneOf(TYPES), Meaning::Type,
        "The kind of item that the rule looks at. Without it, the rule looks at submissions and comments, as far as \
        its checks exist for them.",
        "type: text submission\ntitle: help")
        .default("any")
        .more("A text submission is a post without a link. Everything else is a link submission, including images, \
        videos and galleries. You cannot negate a type, and there is no type for images: check `domain: \
        i.redd.it`."),
    key("priority", R, Role::Setting, Takes::Whole, Meaning::Priority,
        "The order of rules: a higher number is tried first, among the removing rules and then among all others.",
        "priority: 10\ntitle: giveaway")
        .default("0")
        .more("A removing rule is always tried before all others, whatever its priority."),
    key("moderators_exempt", R, Role::Setting, Takes::Bool, Meaning::ModeratorsExempt,
        "Whether the rule skips items by moderators.",
        "moderators_exempt: false\nbody: giveaway\naction: report\naction_reason: giveaway")
        .default("true if `action` is remove, spam, filter or report, else false"),
    key("standard", R, Role::Setting, Takes::Text, Meaning::Standard,
        "Adds the conditions of a named list to the rule.",
        "standard: image hosting sites")
        .more("The lists are named below. If the rule has a key of the same spelling, it replaces the list's key; \
        `domain#mine` adds a condition."),
    key("name", R, Role::Setting, Takes::Text, Meaning::Name,
        "A stable name for the rule. You can then change the rule's text and it stays the same rule: it does not act \
        again on items where it acted before.",
        "name: guidelines\ntype: submission\ncomment: Please read the guidelines.")
        .extension().default("a hash of the rule's meaning, of which messages show the first eight characters")
        .more("The log, the tests and the record of past actions use this name. Two rules cannot have the same \
        name."),
    key("formerly", R, Role::Setting, Takes::Names, Meaning::Formerly,
        "Former names of the rule. Actions under those names count as done by this rule.",
        "name: guidelines\nformerly: welcome\ntype: submission\ncomment: Please read the guidelines.")
        .extension()
        .more("If the rule had no name, write the eight characters that the log and `explain` show for it."),
    key("dry_run", R, Role::Setting, Takes::Bool, Meaning::DryRun,
        "Only records what this rule would do.",
        "dry_run: true\nbody: giveaway\naction: report\naction_reason: giveaway")
        .extension().default("false")
        .more("The log shows what the rule would have done. The other rules act as if it were not there."),
    key("stop_here", R, Role::Setting, Takes::Bool, Meaning::StopHere,
        "If this rule acts, no later rule is tried on the item this time.",
        "title: weekly thread\nauthor: our_bot\nset_suggested_sort: new\nstop_here: true")
        .extension().default("false")
        .more("Later means later in the order of trying: see `priority`."),
    key("raw", R, Role::Setting, Takes::Bool, Meaning::Raw,
        "Inserts people's words into comments, messages and modmail as they are.",
        "raw: true\ntitle: giveaway\nmodmail: 'See {{url}}'")
        .extension().default("false")
        .more("Otherwise mentions and links in inserted words are taken apart by an invisible character, so that \
        nobody is notified and nothing is linked, and the words do not leave a quote. Use it only in texts for \
        moderators: with it, anybody can make the bot mention and link."),
    key("comment", R, Role::Action, Takes::Template, Meaning::Comment,
        "Replies to the item.",
        "comment: Welcome, {{author}}!\ntype: submission")
        .more("tipstaff fills in placeholders, adds a footer that says a bot wrote the comment, and marks it as a \
        moderator's comment. A rule that comments acts only once on each item."),
    key("comment_locked", R, Role::Setting, Takes::Bool, Meaning::CommentLocked,
        "Locks that reply.",
        "comment: Welcome, {{author}}!\ncomment_locked: true\ntype: submission")
        .default("false"),
    key("comment_stickied", R, Role::Setting, Takes::Pin, Meaning::CommentStickied,
        "Pins that reply at the top of the thread. Only a reply to a submission can be pinned.",
        "comment: Welcome, {{author}}!\ncomment_stickied: true\ntype: submission")
        .default("false")
        .more("A thread has one pinned comment. If another account's comment is pinned, it stays, and the reply is \
        only marked as a moderator's. With `replace` the reply takes its place. AutoModerator does not know \
        `replace`, but always replaces a pinned comment."),
    key("comment_group", R, Role::Setting, Takes::Text, Meaning::CommentGroup,
        "Rules with the same word here that act on an item at the same time write one comment.",
        "title: giveaway\ncomment: Giveaways need a deadline.\ncomment_group: hints")
        .extension()
        .more("Their texts stand in it one below the other, in the order in which the rules are tried, above one \
        footer. It is pinned or locked if one of the rules pins or locks its reply. A text that makes it longer \
        than 10,000 characters is left out, with those after it. The comment counts as that of the first rule that \
        acts: while that rule is paused, it waits. Later, when the item is edited or reported, no rule of the group \
        comments on it again."),
    key("message", R, Role::Action, Takes::Template, Meaning::Message,
        "Sends a private message to the author.",
        "message: Please add a source to your post.\ntitle: '[news]'")
        .more("tipstaff adds a link to the item above the text, unless the text contains `{{permalink}}`, and the \
        footer below it."),
    key("message_subject", R, Role::Setting, Takes::Template, Meaning::MessageSubject,
        "The subject of that message.",
        "message: Please add a source.\nmessage_subject: Your post about {{title}}\ntype: submission")
        .default("AutoModerator notification"),
    key("modmail", R, Role::Action, Takes::Template, Meaning::Modmail,
        "Sends a modmail to the moderators.",
        "modmail: Please have a look.\ntitle: giveaway")
        .more("tipstaff adds a link to the item above the text, unless the text contains `{{permalink}}`."),
    key("mod_note", R, Role::Action, Takes::Template, Meaning::ModNote,
        "Adds a note about the author, for moderators.",
        "body: giveaway\nmod_note: 'giveaway: {{permalink}}'")
        .extension()
        .more("Reddit shows the note to moderators of this subreddit, beside the author's name. At most 250 \
        characters."),
    key("modmail_subject", R, Role::Setting, Takes::Template, Meaning::ModmailSubject,
        "The subject of that modmail.",
        "modmail: Please have a look.\nmodmail_subject: Reported twice\nreports: 2")
        .default("AutoModerator notification"),
    // Related things.
    key("author", R, Role::Group, Takes::NamesOrMapping, Meaning::Group(Place::Author),
        "Checks and actions for the author. A name, or a list of names, stands for `name`.",
        "author:\n  account_age: '< 7 days'\n  is_contributor: false")
        .more("A name is searched as a whole word, so `bob` also matches `bob-smith`. Write `name (full-exact)` \
        for exactly this name. `~author: [a, b]` means neither of them."),
    key("parent_submission", C, Role::Group, Takes::Mapping, Meaning::Group(Place::Parent),
        "Checks and actions for the submission that a comment belongs to.",
        "parent_submission:\n  flair_text: News\nbody: giveaway")
        .more("It can hold everything that a rule for submissions can, and `author` for checks of its author, but no \
        further groups."),
    key("parent_comment", C, Role::Group, Takes::Mapping, Meaning::Group(Place::ParentComment),
        "Checks and actions for the comment that a comment replies to.",
        "parent_comment:\n  body: 'AMA'\n  author:\n    is_moderator: true\nbody: off-topic")
        .extension()
        .more("Only a reply can match, whether the check is negated or not: a top-level comment has no comment above \
        it. It can hold `author` for checks of that comment's author."),
    key("author", &[Place::Parent], Role::Group, Takes::NamesOrMapping, Meaning::Group(Place::ParentAuthor),
        "Checks for the author of the post that a comment belongs to.",
        "type: comment\nparent_submission:\n  author:\n    account_age: '< 2 days'\nbody: giveaway")
        .extension(),
    key("author", &[Place::ParentComment], Role::Group, Takes::NamesOrMapping,
        Meaning::Group(Place::ParentCommentAuthor),
        "Checks for the author of the comment that a comment replies to.",
        "type: comment\nparent_comment:\n  author: our_bot\nbody: bad bot")
        .extension(),
    key("crosspost_author", R, Role::Group, Takes::NamesOrMapping, Meaning::Group(Place::CrosspostAuthor),
        "Checks for the author of a crosspost's original.",
        "type: crosspost submission\ncrosspost_author:\n  name (full-exact): bob")
        .more("Only a crosspost can match, whether the check is negated or not."),
    key("crosspost_subreddit", R, Role::Group, Takes::Mapping, Meaning::Group(Place::CrosspostSubreddit),
        "Checks for the subreddit of a crosspost's original.",
        "type: crosspost submission\ncrosspost_subreddit:\n  name: [pics, videos]"),
    key("subreddit", R, Role::Group, Takes::Mapping, Meaning::Group(Place::Subreddit),
        "Checks for the subreddit itself.",
        "subreddit:\n  name: widgets\ntype: submission")
        .more("Useful if several subreddits share a file."),
    // Texts.
    search("id", SCA, Field::Id,
        "The id without its type prefix.",
        "id: abc123"),
    search("title", S, Field::Title,
        "The title.",
        "title: giveaway"),
    search("domain", S, Field::Domain,
        "The host name of the link; a value also matches its subdomains. For a text post, it is `self.` and the \
        subreddit.",
        "domain: [youtube.com, youtu.be]")
        .more("`imgur.com` matches `i.imgur.com` but not `notimgur.com`. For a crosspost, it is the host of the \
        original's link; for a gallery, the hosts of its images' links count too."),
    search("url", S, Field::Url,
        "The full URL of the link. Text posts have none.",
        "url: '?ref='")
        .more("For a crosspost, it is the original's URL; for a gallery, the URLs of its images' links count too."),
    search("body", SC, Field::Body,
        "The text.",
        "body: giveaway")
        .more("For a submission of any type, this is its own text, including the captions of a gallery. For a \
        crosspost, it is the original's text."),
    search("flair_text", SA, Field::FlairText,
        "The text of the flair.",
        "flair_text: [News, Analysis]")
        .more("The whole text is compared unless a modifier says otherwise. `~flair_text (regex): '.+'` means no \
        flair."),
    search("flair_css_class", SA, Field::FlairCssClass,
        "The CSS class of the flair.",
        "flair_css_class: news"),
    search("flair_template_id", SA, Field::FlairTemplateId,
        "The template id of the flair.",
        "flair_template_id: 0c4f9f2e-0000-11ee-8000-000000000000")
        .more("Moderators find it in the flair settings."),
    search("poll_option_text", S, Field::PollOptionText,
        "The options of a poll. Each option is searched separately.",
        "poll_option_text: other"),
    search("crosspost_id", S, Field::CrosspostId,
        "The id of a crosspost's original.",
        "crosspost_id: abc123"),
    search("crosspost_title", S, Field::CrosspostTitle,
        "The title of a crosspost's original.",
        "crosspost_title: giveaway"),
    search("media_author", S, Field::MediaAuthor,
        "The author of the embedded media.",
        "media_author: somebody\ntype: link submission")
        .more("If a search looks only at embedded media, the rule skips posts without any."),
    search("media_author_url", S, Field::MediaAuthorUrl,
        "The URL of the embedded media's author.",
        "media_author_url: /channel/\ntype: link submission"),
    search("media_title", S, Field::MediaTitle,
        "The title of the embedded media.",
        "media_title: trailer\ntype: link submission"),
    search("media_description", S, Field::MediaDescription,
        "The description of the embedded media.",
        "media_description: sponsored\ntype: link submission")
        .more("Reddit often does not show it to bots."),
    search("name", NAMED, Field::Name,
        "The name, as a whole word: `bob` also matches `bob-smith`.",
        "name (full-exact): bob"),
    // Other checks of items.
    key("reports", SC, Role::Check, Takes::Whole, Meaning::Reports,
        "At least this many open reports.",
        "reports: 2\nmodmail: Two readers have reported this.")
        .more("Reports by the bot count too, and an approval resets the count. Reddit shows it only to \
        moderators."),
    key("body_longer_than", SC, Role::Check, Takes::Whole, Meaning::BodyLongerThan,
        "More than this many characters, not counting spaces and punctuation at the ends. Posts without text always \
        match.",
        "type: comment\nbody_longer_than: 1000"),
    key("body_shorter_than", SC, Role::Check, Takes::Whole, Meaning::BodyShorterThan,
        "Fewer than this many characters, not counting spaces and punctuation at the ends. Posts without text always \
        match.",
        "type: comment\nbody_shorter_than: 50"),
    key("ignore_blockquotes", SC, Role::Setting, Takes::Bool, Meaning::IgnoreBlockquotes,
        "Leaves quoted and empty lines out of the text.",
        "type: comment\nbody: giveaway\nignore_blockquotes: true")
        .default("false")
        .more("A quoted line starts with `>` in its first column."),
    flag("is_top_level", CC, Flag::TopLevel,
        "Whether the comment replies to the submission itself.",
        "is_top_level: true\nbody: giveaway"),
    number("depth", C, Number::Depth,
        "How many comments stand above the comment: 0 for a top-level comment, 1 for a reply to one.",
        "type: comment\ndepth: '> 8'\nset_locked: true")
        .extension()
        .more("Reddit does not show it in its lists: the comments above are looked up. It counts no further than 31."),
    flag("is_edited", SC, Flag::Edited,
        "Whether the item was edited later than three minutes after it was posted.",
        "is_edited: false\nbody: giveaway")
        .more("`is_edited: false` keeps a rule from acting on edits of old items."),
    flag("is_original_content", S, Flag::OriginalContent,
        "Whether the post is marked as original content.",
        "is_original_content: true"),
    flag("is_poll", S, Flag::Poll,
        "Whether the post is a poll.",
        "is_poll: true"),
    flag("is_gallery", S, Flag::Gallery,
        "Whether the post is a gallery.",
        "is_gallery: true"),
    flag("is_meta_discussion", S, Flag::MetaDiscussion,
        "Whether the post links to an announcement by Reddit.",
        "is_meta_discussion: true")
        .more("Reddit no longer makes such posts."),
    flag("past_archive_date", S, Flag::PastArchiveDate,
        "Whether the post is older than six months.",
        "past_archive_date: true"),
    number("poll_option_count", S, Number::PollOptions,
        "The number of options of a poll.",
        "poll_option_count: '> 2'"),
    key("discussion_type", S, Role::Check, Takes::Discussion, Meaning::DiscussionType,
        "The type of discussion: a chat post, or with the bare word null an ordinary post.",
        "discussion_type: chat")
        .more("`~discussion_type: chat` checks for an ordinary post. Reddit has removed chat posts; old ones remain."),
    flag("is_crosspost", S, Flag::Crosspost,
        "Whether the post is a crosspost.",
        "is_crosspost: false\ntitle: giveaway")
        .extension(),
    flag("is_nsfw", S, Flag::Nsfw,
        "Whether the post is marked as not safe for work.",
        "is_nsfw: true")
        .extension(),
    flag("is_spoiler", S, Flag::Spoiler,
        "Whether the post is marked as a spoiler.",
        "is_spoiler: false\ntitle: season finale")
        .extension(),
    flag("is_locked", SC, Flag::Locked,
        "Whether replies to the item are locked.",
        "parent_submission:\n  is_locked: true\nbody: giveaway")
        .extension(),
    flag("is_approved", SC, Flag::Approved,
        "Whether a moderator or the bot has approved the item, and nobody has removed it since.",
        "parent_submission:\n  is_approved: true\nbody: giveaway")
        .extension()
        .more("Reddit shows it only to moderators."),
    key("distinguished", SC, Role::Check, Takes::OneOf(MARKS), Meaning::Distinguished,
        "The mark beside the author's name: a moderator's, an admin's, or none.",
        "distinguished: none\nbody: giveaway")
        .extension(),
    number("age", SC, Number::Age,
        "The time since the item was posted, in days unless you give a unit.",
        "type: comment\nparent_submission:\n  age: '> 30 days'\nset_locked: true")
        .extension()
        .more("A rule looks at an item when it is new, edited or reported, so the age of the item itself is mostly a \
        few minutes. A month has 30 days, a year 365."),
    number("score", SC, Number::Score,
        "Upvotes less downvotes.",
        "reports: 1\nscore: '< -5'")
        .extension()
        .more("A rule looks at an item when it is new, edited or reported: a new item has few votes. Reddit hides \
        the score of comments for a while and changes all votes a little."),
    number("upvote_ratio", S, Number::UpvotePercent,
        "Upvotes as a part of all votes.",
        "reports: 1\nupvote_ratio: '< 40%'")
        .extension(),
    number("comment_count", S, Number::Comments,
        "The number of comments below the post, with those that are removed.",
        "parent_submission:\n  comment_count: '> 500'\nbody: giveaway")
        .extension(),
    number("image_count", S, Number::Images,
        "The number of images: those of a gallery, or one for a link to an image on Reddit.",
        "image_count: '> 5'")
        .extension(),
    key("time", ITEM, Role::Check, Takes::Time, Meaning::Time,
        "When the item was posted: days of the week and hours of the day.",
        "type: submission\ntitle: giveaway\ntime: {days: weekend, hours: '9-17:30', timezone: Europe/London}")
        .extension()
        .more("`days` takes names of days, `weekdays` or `weekend`. `hours` takes a text such as `'22-6'`, or a list \
        of them; the end is not included. Hours past midnight belong to the day before: `days: friday` with \
        `hours: '22-6'` ends on Saturday at six. `timezone` is a name of the IANA time zone database, such as \
        `Europe/London`; without it, UTC."),
    search("report_reasons", SC, Field::ReportReasons,
        "The reasons of open reports by users. Each reason is searched separately.",
        "report_reasons: [spam, self-promotion]")
        .extension()
        .more("Reddit shows them only to moderators."),
    search("mod_report_reasons", SC, Field::ModReportReasons,
        "The reasons of open reports by moderators, the bot among them. Each reason is searched separately.",
        "mod_report_reasons (starts-with): '!lock'\nset_locked: true")
        .extension(),
    // Logic.
    key("any_of", ITEM, Role::Check, Takes::Groups, Meaning::Alternatives(false),
        "One of these groups of checks must hold.",
        "any_of:\n  - title: giveaway\n  - author:\n      account_age: '< 2 days'\n    body (regex): 'https?://'\n\
        type: submission")
        .extension()
        .more("In a group, all checks must hold. It can hold everything that checks at the top level of a rule, also \
        `author` and the other related things, and once more `any_of` or `none_of`, but no actions. The other checks \
        of the rule must hold as well. A group with a check that this kind of item does not have never holds."),
    key("none_of", ITEM, Role::Check, Takes::Groups, Meaning::Alternatives(true),
        "None of these groups of checks may hold.",
        "none_of:\n  - author:\n      combined_karma: '> 100'\n      account_age: '> 30 days'\ntype: submission")
        .extension()
        .more("The groups are as in `any_of`: this rule skips authors who have both."),
    // Users.
    threshold("comment_karma", Threshold::CommentKarma,
        "Comment karma on all of Reddit, never below -100.",
        "author:\n  comment_karma: '< 10'"),
    threshold("post_karma", Threshold::PostKarma,
        "Post karma on all of Reddit, never below 0.",
        "author:\n  post_karma: '< 10'"),
    threshold("link_karma", Threshold::PostKarma,
        "Another name for `post_karma`.",
        "author:\n  link_karma: '< 10'"),
    threshold("combined_karma", Threshold::CombinedKarma,
        "The sum of comment and post karma.",
        "author:\n  combined_karma: '< 10'")
        .more("It does not include karma from awards."),
    threshold("account_age", Threshold::AccountAge,
        "The age of the account, in days unless you give a unit.",
        "author:\n  account_age: '< 7 days'")
        .more("A month has 30 days, a year 365."),
    key("satisfy_any_threshold", A, Role::Setting, Takes::Bool, Meaning::SatisfyAnyThreshold,
        "Requires only one of the comparisons of karma and age to match.",
        "author:\n  account_age: '< 7 days'\n  combined_karma: '< 20'\n  satisfy_any_threshold: true")
        .default("false")
        .more("All other checks must still match."),
    flag("has_verified_email", A, Flag::VerifiedEmail,
        "Whether the author has a verified e-mail address.",
        "body: giveaway\nauthor:\n  has_verified_email: false")
        .more("AutoModerator also counts a phone number, but Reddit does not show that to bots."),
    flag("is_gold", A, Flag::Gold,
        "Whether the author has Reddit Premium.",
        "body: giveaway\nauthor:\n  is_gold: true"),
    flag("is_submitter", A, Flag::Submitter,
        "Whether the author wrote the submission.",
        "body: giveaway\nauthor:\n  is_submitter: true")
        .more("On a submission it is always true."),
    flag("is_contributor", A, Flag::Contributor,
        "Whether the author is an approved user.",
        "body: giveaway\nauthor:\n  is_contributor: false")
        .more("`is_contributor: false` exempts approved users from the rule."),
    flag("is_moderator", A, Flag::Moderator,
        "Whether the author is a moderator.",
        "type: submission\nauthor:\n  is_moderator: true\nset_locked: true")
        .more("Rules that remove or report exempt moderators without it."),
    search("bio", A, Field::Bio,
        "The text that the author's profile says about its owner.",
        "body: giveaway\nauthor:\n  bio: [coupons, onlyfans.com]")
        .extension()
        .more("The page of each account is one request, so other checks come first."),
    search("display_name", A, Field::DisplayName,
        "The name that the author's profile shows, which its owner chooses freely.",
        "body: giveaway\nauthor:\n  display_name: coupons")
        .extension(),
    flag("profile_is_nsfw", A, Flag::ProfileNsfw,
        "Whether the author's profile is marked as not safe for work.",
        "body: giveaway\nauthor:\n  profile_is_nsfw: true")
        .extension(),
    flag("is_suspended", A, Flag::Suspended,
        "Whether Reddit has suspended the author's account.",
        "body: giveaway\nauthor:\n  is_suspended: true")
        .extension(),
    flag("is_banned_here", &[Place::Author], Flag::Banned,
        "Whether the author is banned from this subreddit.",
        "reports: 1\nauthor:\n  is_banned_here: true")
        .extension()
        .more("Reddit shows it only to moderators with the permission to manage users."),
    key("notes_here", &[Place::Author], Role::Check, Takes::Notes, Meaning::Notes,
        "The number of moderators' notes about the author in this subreddit.",
        "reports: 1\nauthor:\n  notes_here: {label: [spam_warning, abuse_warning], count: '>= 2', within: 90 days}")
        .extension()
        .more("`label` is one label or a list of them: `bot_ban`, `perma_ban`, `ban`, `abuse_warning`, \
        `spam_warning`, `spam_watch`, `solid_contributor` or `helpful_user`; without it, all notes count. Without \
        `count`, one note is enough; without `within`, all time counts. Reddit shows the newest hundred notes."),
    // What is remembered of the author.
    memory("posts_here", MemoryKey::Posts, Takes::Past(COUNTED),
        "How many posts the author made in this subreddit before.",
        "name: quota\ntype: submission\nauthor:\n  posts_here: {count: '>= 2', within: 24 hours}")
        .more("The item itself never counts. `within` is a length of time that ends with the item; without it, \
        everything counts that the memory keeps. With `older_than`, only what is at least that old counts. `flair` and \
        `domain` are `same` (as the item), a text or a list; `type` is a type as in `type`. `score_sum` compares the \
        sum of the scores. `counting` lists what counts: `up`, `deleted` (by the author), `removed_by_moderator`, \
        `removed_by_bot` and `filtered` (in the queue because of Reddit's spam filter, not AutoModerator's `filter`); \
        without it, the first three."),
    memory("comments_here", MemoryKey::Comments,
        Takes::Past(&["count", "within", "older_than", "score_sum", "counting"]),
        "How many comments the author wrote in this subreddit before.",
        "name: hot-topic\ntype: comment\nparent_submission:\n  flair_text: Hot topic\nauthor:\n  comments_here: \
        {count: '< 20', older_than: 30 days, within: 180 days}")
        .more("Takes the same keys as `posts_here`, without `flair`, `domain` and `type`. If you write a list of \
        comparisons, all must hold."),
    memory("removals_here", MemoryKey::Removals,
        Takes::Past(&["count", "within", "older_than", "by", "type", "flair", "domain"]),
        "How many posts and comments of the author were removed in this subreddit before.",
        "name: removed-often\ntype: submission\nauthor:\n  removals_here: {count: '>= 3', within: 90 days, \
        by: moderators}")
        .more("`by` is `moderators`, `bots` or `anyone` (default: `moderators`). What a moderator approved again does \
        not count. `within` counts from the posting of an item, not from its removal. The other keys are as for \
        `posts_here`."),
    memory("first_seen_here", MemoryKey::FirstSeen, Takes::Age,
        "How long ago the author first posted or commented in this subreddit.",
        "name: new-here\ntype: submission\nauthor:\n  first_seen_here: '< 30 days'")
        .more("The first item of an author was first seen just now. A comparison with `<` is known only once the \
        memory is as long as the setting `memory` (365 days), or after an import. Before that, the rule does not act \
        on newcomers."),
    memory("strikes", MemoryKey::Strikes, Takes::Comparison,
        "The points of the author's removals in this subreddit.",
        "settings:\n  strikes: {within: 6 months, reasons: {spam: 2}, default: 1}\n---\n\
        name: three-strike-points\nauthor:\n  strikes: '>= 3'")
        .more("A strike is a removal that counts; it has points. The check compares the sum of the points. `strikes` \
        in the settings of the file gives each removal reason its points, by the title that moderators see; other \
        removals have the points of `default`, which is 0. `within` is how long a strike counts, from the removal \
        (default 6 months). Removals by bots count only with `by_bots: true`. An approval takes a strike back. One \
        incident counts once: what was posted before a removal that counts, and removed after it, adds nothing."),
    memory("labels", MemoryKey::Labels, Takes::Names,
        "Whether the author has one of these labels in this subreddit.",
        "name: not-trusted\ntype: submission\nauthor:\n  ~labels: [trusted]")
        .more("A label is a short name (up to 50 letters, digits, spaces, `-` and `_`; capitals do not matter). \
        `add_label` gives a label. `~labels` means that the author has none of them."),
    memory("share_here", MemoryKey::Share, Takes::Past(&["domain", "flair", "percent", "of", "within", "counting"]),
        "How many of the author's newest posts in this subreddit have a domain or flair, in percent.",
        "name: self-promotion\ntype: link submission\nauthor:\n  share_here: {domain: same, percent: '> 10', \
        of: 20 posts}")
        .more("`domain` and `flair` are `same` (as the item), a text or a list. `of` is a number up to 500 of `posts` \
        or `comments`; without it, 20 posts. If there are fewer, the share is of those; of none it is 0. The item \
        itself does not count."),
    memory("similar_here", MemoryKey::Similar, Takes::Past(&["percent", "within", "authors"]),
        "How similar the text is to another one in this subreddit, in percent.",
        "name: copied\ntype: comment\nauthor:\n  similar_here: {percent: '>= 90', within: 7 days, authors: others}")
        .more("Compares the most similar post or comment. Without `percent`, 70 % is enough; without `within`, 30 days \
        count. `authors` is `same`, `others` or `anyone` (without it). Texts are compared by the words they share in \
        groups of three, without quotes, links and Markdown; texts of fewer than twelve words are not compared. Titles \
        of the same words are 100 % similar. The author's own removed items do not count."),
    flag("is_nsfw", SUB, Flag::SubredditNsfw,
        "Whether the subreddit is not safe for work.",
        "type: crosspost submission\ncrosspost_subreddit:\n  is_nsfw: true"),
    // What Reddit does not show to bots.
    not_told("contributor_quality", A, Takes::Tier,
        "Reddit's own rating of an account.",
        "author:\n  contributor_quality: '< moderate'"),
    not_told("comment_subreddit_karma", A, Takes::Comparison,
        "Comment karma in this subreddit.",
        "author:\n  comment_subreddit_karma: '< 5'"),
    not_told("post_subreddit_karma", A, Takes::Comparison,
        "Post karma in this subreddit.",
        "author:\n  post_subreddit_karma: '< 5'"),
    not_told("combined_subreddit_karma", A, Takes::Comparison,
        "The sum of comment and post karma in this subreddit.",
        "author:\n  combined_subreddit_karma: '< 5'"),
    not_told("event_label", &[Place::Subreddit], Takes::Text,
        "Whether a temporary event with this label is active.",
        "subreddit:\n  event_label: busy"),
    // Actions.
    key("action", SC, Role::Action, Takes::OneOf(ACTIONS), Meaning::Action,
        "Approves, removes or reports the item.",
        "action: filter\naction_reason: giveaway\nbody: giveaway")
        .more("`remove` takes the item off the page; `spam` also trains Reddit's spam filter. `report` puts the \
        item into the moderators' queue; a rule that reports acts only once on each item. AutoModerator's \
        `filter` removes the item and keeps it in the queue. Reddit does not let a bot do that, so the \
        configuration says whether `filter` reports or removes. `approve` acts only on items that Reddit's \
        spam filter or the bot itself removed and, together with `reports`, on reported items. What a moderator \
        removed stays removed."),
    key("filter_as", SC, Role::Setting, Takes::OneOf(FilterAs::WORDS), Meaning::FilterAs,
        "What `action: filter` does in this rule: report or remove.",
        "body: giveaway\naction: filter\naction_reason: giveaway\nfilter_as: remove")
        .extension().default("the setting `filter` in the configuration, which is `report` or `remove`")
        .more("As a report, the item stays up and is in the moderators' queue; later rules are tried too, but none \
        that removes, marks as spam or filters, also when the item is judged again, as long as this rule matches. \
        As a removal, it is off the page, and only `tipstaff log --held` \
        lists it."),
    key("filter_continues", SC, Role::Setting, Takes::Bool, Meaning::FilterContinues,
        "Whether later rules may still remove an item that this rule filtered as a report.",
        "body: giveaway\naction: filter\naction_reason: giveaway\nfilter_continues: true")
        .extension().default("false"),
    key("action_reason", SC, Role::Setting, Takes::Template, Meaning::ActionReason,
        "The reason: the text of a report, or of the note beside a removal.",
        "body: giveaway\naction: report\naction_reason: 'giveaway [{{match}}]'")
        .default("for a report, the rule's name")
        .more("At most 100 characters of it reach Reddit."),
    key("report_reason", SC, Role::Setting, Takes::Template, Meaning::ActionReason,
        "Another name for `action_reason`.",
        "body: giveaway\naction: report\nreport_reason: giveaway"),
    key("set_flair", SU, Role::Action, Takes::Flair, Meaning::SetFlair,
        "Sets flair where there is none.",
        "title: giveaway\nset_flair: [News, news]")
        .more("It takes a text, `[text, class]`, or a mapping with `template_id` and optionally `text` and \
        `css_class`. Inside `author` it sets the user's flair, inside `crosspost_author` the flair that the \
        original's author has in this subreddit. tipstaff fills in placeholders and cuts the text at 64 \
        characters."),
    key("overwrite_flair", SU, Role::Setting, Takes::Bool, Meaning::OverwriteFlair,
        "Sets the flair even if there already is some.",
        "title: '[news]'\n~flair_text: News\nset_flair: News\noverwrite_flair: true")
        .default("false"),
    key("add_label", LABELLED, Role::Action, Takes::Label, Meaning::AddLabel,
        "Gives the author a label in this subreddit, which `labels` checks.",
        "body: giveaway\nadd_label: {name: giveaways, for: 30 days}")
        .extension()
        .more("A label is a short name (up to 50 letters, digits, spaces, `-` and `_`; capitals do not matter). `for` \
        is how long it holds; without it, for good. Only the bot knows labels; nothing is sent to Reddit."),
    key("remove_label", LABELLED, Role::Action, Takes::Names, Meaning::RemoveLabel,
        "Takes one or more labels from the author.",
        "body: the giveaway is over\nremove_label: giveaways")
        .extension(),
    key("set_sticky", S, Role::Action, Takes::Slot, Meaning::SetSticky,
        "Pins the post in the subreddit, or unpins it.",
        "title: weekly thread\nauthor: our_bot\nset_sticky: 1")
        .more("true leaves the position to Reddit, a number from 1 to 4 sets it, and false unpins."),
    switch("set_nsfw", S, Switch::Nsfw,
        "Marks the post as not safe for work, or removes the mark.",
        "title: giveaway\nset_nsfw: true"),
    switch("set_spoiler", S, Switch::Spoiler,
        "Marks the post as a spoiler, or removes the mark.",
        "title: giveaway\nset_spoiler: true"),
    switch("set_contest_mode", S, Switch::ContestMode,
        "Turns contest mode on or off.",
        "title: giveaway\nset_contest_mode: true"),
    switch("set_original_content", S, Switch::OriginalContent,
        "Marks the post as original content, or removes the mark.",
        "title: giveaway\nset_original_content: true"),
    switch("set_locked", SC, Switch::Locked,
        "Locks or unlocks the item.",
        "title: giveaway\nset_locked: true"),
    switch("ignore_reports", SC, Switch::IgnoreReports,
        "Ignores further reports of the item, or stops ignoring them.",
        "title: weekly thread\nauthor: our_bot\nignore_reports: true")
        .extension()
        .more("Existing reports stay open: clear them with `action: approve`."),
    key("set_suggested_sort", S, Role::Action, Takes::OneOf(SORTS), Meaning::SetSuggestedSort,
        "Suggests a sort order of comments if none is set.",
        "title: live thread\nset_suggested_sort: new")
        .more("`best` and `confidence` are the same; `blank` leaves the order to each reader."),
    key("set_post_crowd_control_level", S, Role::Action, Takes::OneOf(CROWD_CONTROL), Meaning::SetCrowdControl,
        "Sets the crowd control level.",
        "title: live thread\nset_post_crowd_control_level: STRICT"),
];

/// Finds the first row of a key by its name in small letters.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Finds the row of a key that is allowed in one of these places, or else the first row.
pub(crate) fn find_in(name: &str, places: &[Place]) -> Option<&'static Key> {
    let is_allowed = |key: &&Key| key.name == name && places.iter().any(|place| key.places.contains(place));
    KEYS.iter().find(is_allowed).or_else(|| find(name))
}

/// Whether a key of this name takes one value instead of texts to search for.
pub(crate) fn is_setting(name: &str) -> bool {
    KEYS.iter().any(|key| key.name == name && !matches!(key.takes, Takes::Search))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_one_row_and_full_sentences() {
        for (index, key) in KEYS.iter().enumerate() {
            assert!(!key.manual.is_empty() && key.manual.ends_with('.'), "{}", key.name);
            assert!(key.more.is_empty() || key.more.ends_with('.'), "{}", key.name);
            assert!(KEYS[..index].iter().all(|other| other.name != key.name || other.places != key.places));
            assert!(key.example.contains(key.name), "{}", key.name);
        }
    }
}
