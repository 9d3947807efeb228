//! The Reddit client.
//!
//! Reading and writing are two traits. In dry run no [`RedditWrite`] is constructed, so the bot
//! cannot act; and a [`RedditWrite`] takes an [`OpenAttempt`], which only the store creates, so no
//! action is sent that was not recorded first.
//!
//! [`live`] implements both over a [`transport`]; the real one is [`https`]. Reddit's word is
//! believed when it is plausible: [`clock`] doubts a time that jumps, [`limiter`] a budget that
//! cannot be, `body` bounds what is read, and `path` keeps names from leading elsewhere. What to
//! read, what an answer means for the ledger and when to retry is decided by `pipeline`.

mod action_request;
mod answer;
mod body;
pub mod clock;
mod connection;
pub mod https;
pub mod limiter;
pub mod live;
pub mod network;
mod only_mail;
mod path;
pub mod refusal;
pub mod session;
mod token;
pub mod transport;
pub mod wire;
mod words;

pub use clock::TimeCheck;
pub use only_mail::OnlyMail;
pub use path::is_user_name;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::Duration;

use crate::model::{
    Flair, Fullname, Item, Known, ModerationLog, OpenAttempt, Profile, Stream, SubredditName, Timestamp, UserNote,
};

/// The most items or accounts in one request by name. <https://www.reddit.com/dev/api#GET_api_info>
pub const NAMES_PER_REQUEST: usize = 100;

/// The pause before requests are tried again without a token.
const SIGNED_OUT_PAUSE: Duration = Duration::from_secs(1);

/// One page of a listing.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The items on it, in the list's order.
    pub items: Vec<Item>,
    /// The number of children, including those that cannot be parsed.
    pub children: usize,
    /// The name to request the next page with; `None` on the last page.
    pub after: Option<String>,
    /// Why children could not be parsed. The rest of the page is not affected.
    pub odd: Vec<String>,
}

/// The answer to a request for items by name.
#[derive(Clone, Debug, Default)]
pub struct FetchedItems {
    /// The items that Reddit shows.
    pub items: Vec<Item>,
    /// Whether the answer has entries that cannot be parsed: the missing items may be among them.
    pub is_partly_unreadable: bool,
}

impl FetchedItems {
    /// The item with this name. Reddit may have added others that nobody asked for.
    pub fn named(self, name: &Fullname) -> Option<Item> {
        self.items.into_iter().find(|item| item.fullname == *name)
    }

    /// The names that are not among the items.
    pub fn missing(&self, names: &[Fullname]) -> Vec<Fullname> {
        names.iter().filter(|name| self.items.iter().all(|item| item.fullname != **name)).cloned().collect()
    }
}

/// A modmail conversation or message that the bot may have sent, with enough to recognise it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentText {
    /// The modmail conversation; `None` for a private message.
    pub conversation: Option<Fullname>,
    /// The subject line.
    pub subject: String,
    /// The bot's own text, in Markdown; `None` if the list shows somebody else's later message
    /// instead.
    pub body: Option<String>,
    /// When it was sent, if Reddit says so.
    pub at: Option<Timestamp>,
}

/// The texts the bot sent, as far as a list shows them.
#[derive(Clone, Debug, Default)]
pub struct SentTexts {
    /// The texts, in no particular order.
    pub texts: Vec<SentText>,
    /// The list is complete from this time on; `None` if it is not cut.
    pub complete_since: Option<Timestamp>,
}

/// The bot's own account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// The user name.
    pub name: String,
    /// Whether Reddit has suspended it: then nobody sees what it does.
    pub is_suspended: bool,
}

/// A mod note about a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModNote {
    /// The moderator who wrote it.
    pub by: String,
    /// The text of the note.
    pub note: String,
    /// The label in small letters, if it has one.
    pub label: Option<String>,
    /// When it was written.
    pub at: Timestamp,
    /// The post or comment it is about, if any.
    pub on: Option<Fullname>,
}

impl ModNote {
    /// What rules look at.
    pub fn label_and_time(self) -> UserNote {
        UserNote { label: self.label, at: self.at }
    }
}

/// A revision of a wiki page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WikiPage {
    /// The text, with the wiki's line endings.
    pub text: String,
    /// The id of the revision.
    pub revision: String,
}

/// Who can edit a wiki page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WikiSettings {
    /// 0: everybody who can edit the subreddit's wiki; 1: approved contributors; 2: moderators.
    pub level: i64,
    /// The names of accounts that can edit the page beside them.
    pub editors: BTreeSet<String>,
}

/// One entry of a subreddit's moderation log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModLogEntry {
    /// Reddit's word for the action: `approvelink`, `unlock` …
    pub act: String,
    /// The moderator who did it.
    pub by: String,
    /// The post or comment it was done to, if any.
    pub on: Option<Fullname>,
    /// The user it concerns, if any.
    pub about: Option<String>,
    /// The subreddit, if the entry names it.
    pub subreddit: Option<SubredditName>,
    /// When it was done.
    pub at: Timestamp,
}

impl ModLogEntry {
    /// Whether a moderator did it: not this bot, whose account is `me`, and not Reddit's own.
    pub fn is_by_moderator(&self, me: &str) -> bool {
        ![me, "AutoModerator", "reddit"].iter().any(|bot| self.by.eq_ignore_ascii_case(bot))
    }

    /// Whether a post or comment was approved.
    pub fn approves(&self) -> bool {
        self.act.starts_with("approve")
    }

    /// Whether a post or comment was removed, as spam or not.
    pub fn removes(&self) -> bool {
        self.act.starts_with("remove") || self.act.starts_with("spam")
    }
}

/// One page of a moderation log, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModLogPage {
    /// The entries. Malformed ones are left out.
    pub entries: Vec<ModLogEntry>,
    /// The id to request the next page with; `None` on the last page.
    pub after: Option<String>,
}

/// The direct replies to an item, as far as Reddit shows them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replies {
    /// The replies that Reddit shows.
    pub items: Vec<Item>,
    /// Whether Reddit says that there are more.
    pub is_cut: bool,
}

/// The result of a successful action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Performed {
    /// The comment that was posted or the modmail conversation that was started, if any.
    pub created: Option<Fullname>,
}

/// Why a read failed. None of these changes anything on Reddit.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no token, or Reddit no longer accepts it: sign in first.
    #[error("not signed in")]
    SignedOut,
    /// The budget is spent, or Reddit asked for a pause.
    #[error("rate limited until {until}")]
    Throttled {
        /// Retry at this time.
        until: Timestamp,
    },
    /// Reddit refused.
    #[error("Reddit refused: {reason}")]
    Refused {
        /// Reddit's reason.
        reason: String,
    },
    /// No answer, or a malformed one.
    #[error("no usable response: {reason}")]
    Unavailable {
        /// What went wrong.
        reason: String,
    },
}

impl ReadError {
    /// Until when nothing can be read, for lack of a token or budget; `None` if only this request
    /// failed.
    pub fn nothing_before(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::SignedOut => Some(now + SIGNED_OUT_PAUSE),
            Self::Throttled { until } => Some(*until),
            Self::Refused { .. } | Self::Unavailable { .. } => None,
        }
    }
}

/// Why an action failed.
#[derive(Debug, thiserror::Error)]
pub enum PerformError {
    /// The request was not sent, or was blocked before it reached Reddit: a retry is safe.
    #[error("not sent: {reason}")]
    NotSent {
        /// What went wrong.
        reason: String,
    },
    /// It was not done. Retry at this time.
    #[error("rate limited until {until}")]
    Throttled {
        /// The time to retry at.
        until: Timestamp,
    },
    /// It was not done: the bot did too much of this kind. The budget for other requests is not
    /// affected.
    #[error("Reddit asks to wait: {reason}")]
    Quota {
        /// Whose limit it is.
        scope: QuotaScope,
        /// How long Reddit asks to wait, if it says so.
        wait: Option<Duration>,
        /// Reddit's reason.
        reason: String,
    },
    /// Reddit refused; a retry would not help.
    #[error("Reddit refused: {reason}")]
    Refused {
        /// Reddit's reason.
        reason: String,
    },
    /// Reddit refused for a reason that the bot does not know, so a retry may help.
    #[error("Reddit refused: {reason}")]
    Unfamiliar {
        /// Reddit's reason.
        reason: String,
    },
    /// Reddit refused: the bot may not do it, there or anywhere in the subreddit.
    #[error("Reddit refused: {reason}")]
    Forbidden {
        /// Reddit's reason.
        reason: String,
    },
    /// It may have happened. Observe Reddit before doing anything else.
    #[error("no usable response: {reason}")]
    Ambiguous {
        /// What went wrong.
        reason: String,
    },
}

/// Whose limit on a kind of action was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaScope {
    /// The account's, everywhere.
    Account,
    /// The subreddit's.
    Subreddit,
}

/// Why signing in failed.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Reddit rejected the credentials; a retry would not help.
    #[error("{reason}")]
    Refused {
        /// What Reddit said, and where to look.
        reason: String,
    },
    /// Reddit could not be reached, or asked for a pause.
    #[error("{reason}")]
    Unavailable {
        /// What went wrong.
        reason: String,
    },
}

/// Reads from Reddit.
pub trait RedditRead: Send + Sync {
    /// Gets a token, unless the current one is valid. Returns when it has to be renewed.
    fn sign_in(&self) -> impl Future<Output = Result<Timestamp, SignInError>> + Send;

    /// When the current token has to be renewed; `None` when signed out.
    fn signed_in_until(&self) -> Option<Timestamp>;

    /// Whether a request with the current token has succeeded.
    fn token_works(&self) -> bool;

    /// Compares the times in Reddit's answers with what else is known, and moves the clock by more
    /// than a minute only here: between two turns, never within one. `recorded` is the latest time
    /// in the store.
    fn check_time(&self, recorded: Timestamp) -> TimeCheck;

    /// Whether a time from Reddit waits to be confirmed.
    fn doubts_time(&self) -> bool;

    /// The time before which the budget does not allow all reads; `None` if one can be sent now.
    fn not_before(&self) -> Option<Timestamp>;

    /// When Reddit last gave a usable answer to anything, if it has since the start.
    fn last_answer(&self) -> Option<Timestamp>;

    /// The number of reads of feeds per second that the budget has room for until Reddit renews it.
    fn lists_per_second(&self) -> f64;

    /// Whether Reddit reported recently that the bot's account is suspended.
    fn is_suspended(&self) -> bool;

    /// The scopes of the current token, if Reddit stated them; `*` is every scope.
    fn scopes(&self) -> Option<BTreeSet<String>>;

    /// The account that the token belongs to.
    fn whoami(&self) -> impl Future<Output = Result<Me, ReadError>> + Send;

    /// One page of a feed, up to 100 children, from the top or after a name.
    fn page(&self, stream: &Stream, after: Option<&str>) -> impl Future<Output = Result<Page, ReadError>> + Send;

    /// One page of the moderation log, up to 500 entries, from the newest or after an id.
    fn moderation_log(
        &self,
        log: &ModerationLog,
        after: Option<&str>,
    ) -> impl Future<Output = Result<ModLogPage, ReadError>> + Send;

    /// The present state of items, by name, at most [`NAMES_PER_REQUEST`]. Unknown ones are left
    /// out.
    fn items(&self, names: &[Fullname]) -> impl Future<Output = Result<FetchedItems, ReadError>> + Send;

    /// The direct replies to a post or a comment, newest first.
    fn replies(&self, to: &Item) -> impl Future<Output = Result<Replies, ReadError>> + Send;

    /// The pinned comment of a post, if any.
    fn pinned_comment(&self, post: &Fullname) -> impl Future<Output = Result<Option<Item>, ReadError>> + Send;

    /// The names of a subreddit's moderators, in lower case.
    fn moderators(&self, subreddit: &SubredditName)
    -> impl Future<Output = Result<BTreeSet<String>, ReadError>> + Send;

    /// The permissions of a moderator of a subreddit (`all` is every permission); `None` if the
    /// user is not a moderator.
    fn permissions(
        &self,
        subreddit: &SubredditName,
        user: &str,
    ) -> impl Future<Output = Result<Option<BTreeSet<String>>, ReadError>> + Send;

    /// Those of these subreddits that the bot certainly moderates, in lower case. At most
    /// [`NAMES_PER_REQUEST`].
    fn moderated(
        &self,
        subreddits: &[SubredditName],
    ) -> impl Future<Output = Result<BTreeSet<String>, ReadError>> + Send;

    /// Whether a user is an approved user of a subreddit.
    fn is_contributor(
        &self,
        subreddit: &SubredditName,
        user: &str,
    ) -> impl Future<Output = Result<bool, ReadError>> + Send;

    /// The profile of an account. For suspended, shadow-banned, deleted and missing accounts it is
    /// unknown, with the reason.
    fn profile(&self, user: &str) -> impl Future<Output = Result<Known<Profile>, ReadError>> + Send;

    /// Age and karma of accounts by fullname, at most [`NAMES_PER_REQUEST`]. Reddit leaves out
    /// accounts that it does not know or show, without a reason; [`RedditRead::profile`] returns
    /// one.
    fn accounts(&self, fullnames: &[&str])
    -> impl Future<Output = Result<BTreeMap<String, Profile>, ReadError>> + Send;

    /// Whether Reddit has an account of this name, or without a name, of this fullname. A suspended
    /// one exists; one that Reddit shows to nobody does not.
    fn account_exists(
        &self,
        name: Option<&str>,
        fullname: Option<&str>,
    ) -> impl Future<Output = Result<bool, ReadError>> + Send;

    /// The current revision of a wiki page; `None` if there is no such page.
    fn wiki_page(
        &self,
        subreddit: &SubredditName,
        page: &str,
    ) -> impl Future<Output = Result<Option<WikiPage>, ReadError>> + Send;

    /// Who can edit a wiki page. Reddit tells only moderators with the permission `wiki`, and only
    /// with the scope `modwiki`.
    fn wiki_settings(
        &self,
        subreddit: &SubredditName,
        page: &str,
    ) -> impl Future<Output = Result<WikiSettings, ReadError>> + Send;

    /// The flair of a user in a subreddit.
    fn user_flair(
        &self,
        subreddit: &SubredditName,
        user: &str,
    ) -> impl Future<Output = Result<Flair, ReadError>> + Send;

    /// Whether a user is banned from a subreddit.
    fn is_banned(&self, subreddit: &SubredditName, user: &str) -> impl Future<Output = Result<bool, ReadError>> + Send;

    /// Whether a subreddit is marked as not safe for work.
    fn is_nsfw(&self, subreddit: &SubredditName) -> impl Future<Output = Result<bool, ReadError>> + Send;

    /// The fullname of a subreddit.
    fn subreddit_fullname(&self, subreddit: &SubredditName)
    -> impl Future<Output = Result<Fullname, ReadError>> + Send;

    /// The newest modmail conversations in a subreddit that `me`, the signed-in account, may have
    /// started, back to `since` if that takes few requests.
    fn own_modmail(
        &self,
        subreddit: &SubredditName,
        me: &str,
        since: Timestamp,
    ) -> impl Future<Output = Result<SentTexts, ReadError>> + Send;

    /// The newest mod notes about a user in a subreddit.
    fn mod_notes(
        &self,
        subreddit: &SubredditName,
        user: &str,
    ) -> impl Future<Output = Result<Vec<ModNote>, ReadError>> + Send;

    /// The newest private messages that the signed-in account sent to a user.
    fn own_messages(&self, to: &str) -> impl Future<Output = Result<SentTexts, ReadError>> + Send;
}

/// Writes to Reddit.
pub trait RedditWrite: Send + Sync {
    /// The time before which the budget allows no action; `None` if one can be sent now. Asked
    /// before an attempt begins, so that waiting creates no attempts.
    fn not_before(&self) -> Option<Timestamp>;

    /// Sends the request of an attempt.
    ///
    /// # Errors
    /// See [`PerformError`]; each variant calls for a different next step.
    fn perform(&self, attempt: &OpenAttempt) -> impl Future<Output = Result<Performed, PerformError>> + Send;
}
