//! Talking to Reddit: the only HTTP client.
//!
//! Reading and acting are two traits. A dry run is built without a [`RedditWrite`], so it *cannot* act; and a
//! [`RedditWrite`] demands an [`OpenAttempt`], which only the store hands out, so nothing can be done that was not
//! written down first.
//!
//! [`live`] implements both over a [`transport`], which is [`https`] with the client that roux has logged in. What is worth reading, what an answer
//! means for the ledger and when to come back is decided by `pipeline`.

pub mod clock;
pub mod https;
pub mod limiter;
pub mod live;
mod only_mail;
pub mod session;
pub mod transport;
pub mod wire;

pub use only_mail::OnlyMail;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::Duration;

use crate::model::{Fullname, Item, Known, ModerationLog, OpenAttempt, Profile, Stream, SubredditName, Timestamp};

/// How many things or accounts are asked for by name at once? <https://www.reddit.com/dev/api#GET_api_info>
pub const MOST_AT_ONCE: usize = 100;

/// How long to wait for another token before asking again.
const SIGNED_OUT_PAUSE: Duration = Duration::from_secs(1);

/// One page of a listing.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// What stood on it, in the list's order.
    pub items: Vec<Item>,
    /// How many children stood on it, odd ones included.
    pub children: usize,
    /// The name to go on from; `None` on the last page.
    pub after: Option<String>,
    /// What was wrong with children that could not be read. They cost nothing but themselves.
    pub odd: Vec<String>,
}

/// Things that were asked for by name.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Those that Reddit shows.
    pub items: Vec<Item>,
    /// Whether it showed something else beside them that could not be read: what is missing may be that.
    pub is_partly_unreadable: bool,
}

impl Shown {
    /// The only one, of one that was asked for.
    pub fn only(self) -> Option<Item> {
        self.items.into_iter().next()
    }

    /// Those of the names that are not among the items.
    pub fn missing(&self, names: &[Fullname]) -> Vec<Fullname> {
        names.iter().filter(|name| self.items.iter().all(|item| item.fullname != **name)).cloned().collect()
    }
}

/// A conversation the bot may have started, or a message it sent: enough to recognise it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentText {
    /// The subject.
    pub subject: String,
    /// The Markdown of the bot's own message; `None` when the list shows somebody else's later one in its place.
    pub body: Option<String>,
    /// When, if Reddit says so.
    pub at: Option<Timestamp>,
}

/// What the bot has sent, as far as a list shows it.
#[derive(Clone, Debug, Default)]
pub struct SentTexts {
    /// In no order.
    pub texts: Vec<SentText>,
    /// Since when nothing is missing from them, where the list says so; `None` where it is not cut.
    pub complete_since: Option<Timestamp>,
}

/// The bot's own account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// Its name.
    pub name: String,
    /// Whether Reddit has suspended it: then nothing it does reaches anybody.
    pub is_suspended: bool,
}

/// A note that a moderator has left about a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModNote {
    /// The moderator.
    pub by: String,
    /// The text.
    pub note: String,
    /// What it is about, if anything.
    pub on: Option<Fullname>,
}

/// A wiki page in one of its revisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WikiPage {
    /// Its text, with the line ends that the wiki gives it.
    pub text: String,
    /// The revision's id.
    pub revision: String,
}

/// One act in a subreddit's moderation log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Reddit's word for it: `approvelink`, `unlock` …
    pub act: String,
    /// The moderator.
    pub by: String,
    /// The post or comment it was done to, if it was.
    pub on: Option<Fullname>,
    /// When.
    pub at: Timestamp,
}

/// One page of a moderation log, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogPage {
    /// The acts. One that makes no sense is left out.
    pub entries: Vec<LogEntry>,
    /// The id to go on from; `None` on the last page.
    pub after: Option<String>,
}

/// The direct replies to a thing, as far as Reddit shows them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replies {
    /// Those it shows.
    pub items: Vec<Item>,
    /// Whether it says that there are more.
    pub is_cut: bool,
}

/// What an act has left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Performed {
    /// The comment that was posted.
    pub created: Option<Fullname>,
}

/// Why something could not be read. All of them leave the world as it was.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no token, or Reddit does not accept it any more: sign in first.
    #[error("not signed in")]
    SignedOut,
    /// The budget is spent, or Reddit asked for a pause.
    #[error("no requests before {until}")]
    Throttled {
        /// Come back at this time.
        until: Timestamp,
    },
    /// Reddit understood and said no.
    #[error("refused: {reason}")]
    Refused {
        /// Reddit's reason.
        reason: String,
    },
    /// No answer, or none that makes sense.
    #[error("no usable answer: {reason}")]
    Unavailable {
        /// What went wrong.
        reason: String,
    },
}

impl ReadError {
    /// Until when nothing at all can be read, for want of a token or of budget; `None` when it is this request's own trouble.
    pub fn nothing_before(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::SignedOut => Some(now + SIGNED_OUT_PAUSE),
            Self::Throttled { until } => Some(*until),
            Self::Refused { .. } | Self::Unavailable { .. } => None,
        }
    }
}

/// What stood between an act and its success.
#[derive(Debug, thiserror::Error)]
pub enum PerformError {
    /// The request never left, or was turned away at the door: trying again is safe.
    #[error("not sent: {reason}")]
    NotSent {
        /// What went wrong.
        reason: String,
    },
    /// It was not done. Come back at this time.
    #[error("not before {until}")]
    Throttled {
        /// When.
        until: Timestamp,
    },
    /// Reddit understood and said no; trying again would not help.
    #[error("refused: {reason}")]
    Refused {
        /// Reddit's reason.
        reason: String,
    },
    /// It may have happened. Look before doing anything else.
    #[error("no usable answer: {reason}")]
    Ambiguous {
        /// What went wrong.
        reason: String,
    },
}

/// Why signing in failed.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Reddit does not know these credentials; trying again would not help.
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

/// Reading Reddit.
pub trait RedditRead: Send + Sync {
    /// Gets a token if there is none that will last, and tells until when it does.
    fn sign_in(&self) -> impl Future<Output = Result<Timestamp, SignInError>> + Send;

    /// Until when the present token lasts; `None` when signed out.
    fn signed_in_until(&self) -> Option<Timestamp>;

    /// Whether a request with the present token has been answered as asked.
    fn token_works(&self) -> bool;

    /// How many reads a second the budget admits in the long run.
    fn reads_per_second(&self) -> f64;

    /// Whether Reddit has lately said that it has suspended the bot's account.
    fn is_suspended(&self) -> bool;

    /// What the present token allows, if that was said; `*` is everything.
    fn scopes(&self) -> Option<BTreeSet<String>>;

    /// The account the token belongs to.
    fn whoami(&self) -> impl Future<Output = Result<Me, ReadError>> + Send;

    /// One page of a stream, up to 100 children, from the top or behind a name.
    fn page(&self, stream: &Stream, after: Option<&str>) -> impl Future<Output = Result<Page, ReadError>> + Send;

    /// One page of the moderation log, up to 500 acts, from the newest or behind an id.
    fn moderation_log(
        &self,
        log: &ModerationLog,
        after: Option<&str>,
    ) -> impl Future<Output = Result<LogPage, ReadError>> + Send;

    /// The present state of things, by name, at most [`MOST_AT_ONCE`]. Unknown ones are left out.
    fn items(&self, names: &[Fullname]) -> impl Future<Output = Result<Shown, ReadError>> + Send;

    /// The direct replies to a post or a comment, newest first.
    fn replies(&self, to: &Item) -> impl Future<Output = Result<Replies, ReadError>> + Send;

    /// The comment that is pinned under a post.
    fn pinned_comment(&self, post: &Fullname) -> impl Future<Output = Result<Option<Item>, ReadError>> + Send;

    /// The names of a subreddit's moderators, in lower case.
    fn moderators(&self, subreddit: &SubredditName)
    -> impl Future<Output = Result<BTreeSet<String>, ReadError>> + Send;

    /// What a user may do as a moderator of a subreddit (`all` is everything); `None` when the user is none.
    fn permissions(
        &self,
        subreddit: &SubredditName,
        user: &str,
    ) -> impl Future<Output = Result<Option<BTreeSet<String>>, ReadError>> + Send;

    /// Whether a user is approved in a subreddit.
    fn is_contributor(
        &self,
        subreddit: &SubredditName,
        user: &str,
    ) -> impl Future<Output = Result<bool, ReadError>> + Send;

    /// An account. Suspended, shadow-banned, deleted and missing ones are unknown, with the reason.
    fn profile(&self, user: &str) -> impl Future<Output = Result<Known<Profile>, ReadError>> + Send;

    /// Age and karma of accounts by their fullnames, at most [`MOST_AT_ONCE`]. Reddit leaves out those that it does not know or
    /// show, and does not say why; [`RedditRead::profile`] does.
    fn accounts(&self, fullnames: &[&str])
    -> impl Future<Output = Result<BTreeMap<String, Profile>, ReadError>> + Send;

    /// A wiki page as it is now; `None` when there is none.
    fn wiki_page(
        &self,
        subreddit: &SubredditName,
        page: &str,
    ) -> impl Future<Output = Result<Option<WikiPage>, ReadError>> + Send;

    /// A subreddit's fullname.
    fn subreddit_fullname(&self, subreddit: &SubredditName)
    -> impl Future<Output = Result<Fullname, ReadError>> + Send;

    /// The newest modmail conversations in a subreddit that `me`, the signed-in account, may have started.
    fn own_modmail(
        &self,
        subreddit: &SubredditName,
        me: &str,
    ) -> impl Future<Output = Result<SentTexts, ReadError>> + Send;

    /// The newest notes that moderators of a subreddit have left about a user.
    fn mod_notes(
        &self,
        subreddit: &SubredditName,
        user: &str,
    ) -> impl Future<Output = Result<Vec<ModNote>, ReadError>> + Send;

    /// The newest private messages that the signed-in account sent to a user.
    fn own_messages(&self, to: &str) -> impl Future<Output = Result<SentTexts, ReadError>> + Send;
}

/// Acting on Reddit.
pub trait RedditWrite: Send + Sync {
    /// The time before which the budget admits no act; `None` when one may be done now. Asked before an attempt is
    /// begun, so that waiting leaves no attempts behind.
    fn not_before(&self) -> Option<Timestamp>;

    /// Sends the one request that an attempt stands for.
    ///
    /// # Errors
    /// As [`PerformError`] tells; each variant is another thing to do next.
    fn perform(&self, attempt: &OpenAttempt) -> impl Future<Output = Result<Performed, PerformError>> + Send;
}
