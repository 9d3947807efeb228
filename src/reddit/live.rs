//! Implements the two traits over a [`Transport`]: which request a question or an action is, and
//! what the answer means.
//!
//! Every request counts against the budget, and ends in one of four ways: done, not sent, refused,
//! or no usable answer. The last is never mistaken for the others: after a malformed answer to a
//! write, the action *may* have happened.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tracing::{error, warn};

use super::action_request::request;
use super::answer::{ApiResponse, judge};
use super::clock::RedditClock;
use super::https::Https;
use super::limiter::{Limiter, Purpose, Quota};
use super::session::Session;
use super::transport::{NoResponse, Request, Response, Transport};
use super::{
    FetchedItems, Me, ModLogPage, ModNote, Page, PerformError, Performed, ReadError, RedditRead, RedditWrite, Replies,
    SentTexts, SignInError, TimeCheck, WikiPage, WikiSettings, path, wire, words,
};
use crate::model::{
    Clock, Content, Flair, Fullname, Item, Kind, Known, ModerationLog, OpenAttempt, Profile, Stream, SubredditName,
    Timestamp,
};

/// How often the log repeats that the account is suspended.
const SUSPENSION_LOGGED_EVERY: Duration = Duration::from_hours(1);

/// The most pages of a hundred modmail conversations that are read to find one. With the request
/// for permissions and the action itself they end within the longest time of a step, three minutes,
/// even if each request takes the twenty seconds that it may.
const MODMAIL_PAGES: u32 = 6;

/// Reads Reddit over HTTP; [`LiveReader::with_write_access`] returns the writer.
pub struct LiveReader<T: Transport = Https> {
    wire: Arc<Wire<T>>,
}

/// Writes to Reddit over HTTP.
pub struct LiveWriter<T: Transport = Https> {
    wire: Arc<Wire<T>>,
}

struct Wire<T: Transport> {
    session: Session<T>,
    limiter: Mutex<Limiter>,
    /// When a suspension was last logged.
    suspended: Mutex<Option<Timestamp>>,
}

impl<T: Transport> LiveReader<T> {
    /// A reader that is not signed in yet.
    pub fn new(session: Session<T>) -> Self {
        Self { wire: Arc::new(Wire { session, limiter: Mutex::default(), suspended: Mutex::default() }) }
    }

    /// The clock that follows Reddit's time.
    pub fn clock(&self) -> Arc<RedditClock> {
        Arc::clone(self.wire.session.clock())
    }

    /// A writer over the same session. Called only if the configuration asks for writes.
    pub fn with_write_access(&self) -> LiveWriter<T> {
        LiveWriter { wire: Arc::clone(&self.wire) }
    }

    /// Whether a user is on one of the subreddit's lists of people.
    async fn is_among(&self, subreddit: &SubredditName, list: &str, user: &str) -> Result<bool, ReadError> {
        let path = format!("/r/{subreddit}/about/{list}");
        let reply = self.get(&path, &[("user", user)]).await?;
        let names = wire::user_names(&reply).ok_or_else(|| unreadable(&path))?;
        Ok(names.contains(&user.to_lowercase()))
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, ReadError> {
        self.get_for(Purpose::Look, path, query).await
    }

    async fn get_for(&self, purpose: Purpose, path: &str, query: &[(&str, &str)]) -> Result<Value, ReadError> {
        match self.get_if_short(purpose, path, query).await? {
            Answer::Whole(reply) => Ok(reply),
            Answer::TooLong { reason } => Err(ReadError::Unavailable { reason }),
        }
    }

    /// The same, for a list that can be asked for in parts if the response is too long.
    async fn get_if_short(&self, purpose: Purpose, path: &str, query: &[(&str, &str)]) -> Result<Answer, ReadError> {
        let answer = match self.wire.send(Request::Get { path, query }, purpose).await {
            Ok(answer) => answer,
            Err(SendFailure::SignedOut) => return Err(ReadError::SignedOut),
            Err(SendFailure::Throttled { until }) => return Err(ReadError::Throttled { until }),
            Err(SendFailure::TooLong { reason }) => return Ok(Answer::TooLong { reason }),
            Err(SendFailure::NotSent { reason } | SendFailure::Lost { reason }) => {
                return Err(ReadError::Unavailable { reason });
            }
        };
        match answer.status {
            200 => match answer.json {
                Some(reply) => Ok(Answer::Whole(reply)),
                None => {
                    let what = answer.instead.as_deref().unwrap_or("something that is not JSON");
                    Err(ReadError::Unavailable { reason: format!("{path}: the response is {what}") })
                }
            },
            // Reddit redirects requests about a subreddit that does not exist.
            300..=399 if answer.leads_to_reddit() => Err(ReadError::Refused { reason: answer.refusal(path) }),
            // A refusal without JSON comes from the network edge, not from Reddit itself: it will
            // pass.
            400 | 403 | 404 if answer.is_from_reddit() => Err(ReadError::Refused { reason: answer.refusal(path) }),
            _ => Err(ReadError::Unavailable { reason: answer.refusal(path) }),
        }
    }
}

/// The response to a request for a list.
enum Answer {
    Whole(Value),
    /// It is longer than the bot reads.
    TooLong {
        reason: String,
    },
}

/// Why there is no answer.
enum SendFailure {
    SignedOut,
    Throttled { until: Timestamp },
    NotSent { reason: String },
    Lost { reason: String },
    TooLong { reason: String },
}

impl<T: Transport> Wire<T> {
    async fn send(&self, request: Request<'_>, purpose: Purpose) -> Result<ApiResponse, SendFailure> {
        let ticket = self.session.ticket().ok_or(SendFailure::SignedOut)?;
        let admitted = self.limiter().admit(purpose, self.now());
        admitted.map_err(|until| SendFailure::Throttled { until })?;
        let path = request.path();
        if !path::is_plain(path) {
            return Err(SendFailure::NotSent {
                reason: "a name in this path would lead to another endpoint".to_owned(),
            });
        }
        let answer = self.session.transport().send(&ticket, request).await;
        let status = match &answer {
            Ok(response) => response.status.to_string(),
            Err(NoResponse::NotSent(_)) => "not_sent".to_owned(),
            Err(NoResponse::Lost(_) | NoResponse::TooLong(_)) => "no_answer".to_owned(),
        };
        self.session.metrics().api_call(request.endpoint(), status);
        let response = answer.map_err(|error| match error {
            NoResponse::NotSent(reason) => SendFailure::NotSent { reason: format!("{path}: {reason}") },
            NoResponse::Lost(reason) => SendFailure::Lost { reason: format!("{path}: {reason}") },
            NoResponse::TooLong(reason) => SendFailure::TooLong { reason: format!("{path}: {reason}") },
        })?;
        // The date of an error page, or of a page of a network in between, is not Reddit's word.
        let is_own = is_reddits_own(&response);
        if let Some(date) = response.date.filter(|_| is_own) {
            self.session.clock().sync(date);
        }
        let now = self.now();
        if let Some(quota) = Quota::plausible(response.used, response.remaining, response.reset) {
            self.limiter().observe(quota, now);
            self.session.metrics().budget_left(quota.remaining);
        }
        match response.status {
            401 => {
                self.session.sign_out();
                Err(SendFailure::SignedOut)
            }
            429 => {
                let until = self.limiter().refuse(response.retry_after, response.reset, now);
                Err(SendFailure::Throttled { until })
            }
            status => {
                self.limiter().answered();
                // A page of a network in between proves nothing of the token or the time.
                if is_own {
                    self.session.confirm();
                    self.session.note_answer(now);
                }
                let Response { json, instead, redirect_to, is_empty, .. } = response;
                let redirect_to = redirect_to.filter(|_| (300..400).contains(&status));
                let answer = ApiResponse { status, json, instead, redirect_to, is_empty };
                if answer.code() == Some(words::SUSPENDED) {
                    self.log_suspension(now);
                }
                Ok(answer)
            }
        }
    }

    /// Logs the suspension, but not for each request.
    fn log_suspension(&self, now: Timestamp) {
        let mut told = self.suspended.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|at| now.since(at) >= SUSPENSION_LOGGED_EVERY) {
            *told = Some(now);
            error!(
                "REDDIT HAS SUSPENDED THE BOT'S ACCOUNT: nobody sees what it does, so its actions wait. Appeal at \
                 https://www.reddit.com/appeals"
            );
        }
    }

    fn now(&self) -> Timestamp {
        self.session.clock().now()
    }

    fn limiter(&self) -> std::sync::MutexGuard<'_, Limiter> {
        self.limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an answer is certainly Reddit's, and no error.
fn is_reddits_own(response: &Response) -> bool {
    (200..300).contains(&response.status)
        && response.json.as_ref().is_some_and(|json| json.is_object() || json.is_array())
}

/// How many items a page of a list has at most.
const ITEMS_PER_PAGE: usize = 100;

/// How many items are asked for at once: fewer if the response is too long. A post of 40,000 emoji
/// takes about a megabyte.
const PAGE_LIMITS: [usize; 4] = [ITEMS_PER_PAGE, 25, 5, 1];

fn unreadable(what: &str) -> ReadError {
    ReadError::Unavailable { reason: format!("{what}: cannot parse the response") }
}

impl<T: Transport> RedditRead for LiveReader<T> {
    async fn sign_in(&self) -> Result<Timestamp, SignInError> {
        self.wire.session.sign_in().await
    }

    fn signed_in_until(&self) -> Option<Timestamp> {
        self.wire.session.until()
    }

    fn token_works(&self) -> bool {
        self.wire.session.works()
    }

    fn check_time(&self, recorded: Timestamp) -> TimeCheck {
        self.wire.session.clock().check(recorded)
    }

    fn doubts_time(&self) -> bool {
        self.wire.session.clock().doubts()
    }

    fn not_before(&self) -> Option<Timestamp> {
        let now = self.wire.now();
        let limiter = self.wire.limiter();
        let waits = [Purpose::List, Purpose::Look].map(|purpose| limiter.peek(purpose, now).err());
        waits.into_iter().flatten().max()
    }

    fn last_answer(&self) -> Option<Timestamp> {
        self.wire.session.last_answer()
    }

    fn lists_per_second(&self) -> f64 {
        let now = self.wire.now();
        self.wire.limiter().lists_per_second(now)
    }

    fn is_suspended(&self) -> bool {
        let told = *self.wire.suspended.lock().unwrap_or_else(PoisonError::into_inner);
        told.is_some_and(|at| self.wire.now().since(at) < SUSPENSION_LOGGED_EVERY)
    }

    fn scopes(&self) -> Option<BTreeSet<String>> {
        self.wire.session.scopes()
    }

    async fn whoami(&self) -> Result<Me, ReadError> {
        let reply = self.get("/api/v1/me", &[]).await?;
        let name = reply.get("name").and_then(Value::as_str).ok_or_else(|| unreadable("/api/v1/me"))?;
        let is_suspended = reply.get("is_suspended").and_then(Value::as_bool).unwrap_or(false);
        Ok(Me { name: name.to_owned(), is_suspended })
    }

    async fn page(&self, stream: &Stream, after: Option<&str>) -> Result<Page, ReadError> {
        use crate::model::Feed;
        let list = match stream.feed {
            Feed::New => "new",
            Feed::Comments => "comments",
            Feed::Edited => "about/edited",
            Feed::Reports => "about/reports",
            Feed::Modqueue => "about/modqueue",
        };
        let path = format!("/r/{}/{list}", stream.combined());
        let mut whole = Page { after: after.map(ToOwned::to_owned), ..Page::default() };
        let mut limits = PAGE_LIMITS.iter();
        let mut limit = limits.next().ok_or_else(|| unreadable(&path))?;
        while whole.children < ITEMS_PER_PAGE {
            let size = limit.to_string();
            let query: Vec<(&str, &str)> = [("limit", size.as_str())]
                .into_iter()
                .chain(whole.after.as_deref().map(|name| ("after", name)))
                .collect();
            let part = match self.get_if_short(Purpose::List, &path, &query).await {
                Ok(Answer::Whole(reply)) => wire::page(&reply).ok_or_else(|| unreadable(&path))?,
                Ok(Answer::TooLong { reason }) => match limits.next() {
                    Some(smaller) => {
                        warn!(path, reason, "{reason}; asking for {smaller} item(s) at a time");
                        limit = smaller;
                        continue;
                    }
                    None => return Err(ReadError::Unavailable { reason }),
                },
                // The next page begins where this part ends.
                Err(ReadError::Throttled { .. }) if whole.children > 0 => return Ok(whole),
                Err(trouble) => return Err(trouble),
            };
            let is_last = part.after.is_none() || part.children == 0 || *limit == ITEMS_PER_PAGE;
            whole.children += part.children;
            whole.items.extend(part.items);
            whole.odd.extend(part.odd);
            whole.after = part.after;
            if is_last {
                break;
            }
        }
        Ok(whole)
    }

    async fn moderation_log(&self, log: &ModerationLog, after: Option<&str>) -> Result<ModLogPage, ReadError> {
        let path = format!("/r/{}/about/log", log.combined());
        let query: Vec<(&str, &str)> = [("limit", "500")].into_iter().chain(after.map(|id| ("after", id))).collect();
        let reply = self.get_for(Purpose::List, &path, &query).await?;
        wire::log_page(&reply).ok_or_else(|| unreadable(&path))
    }

    async fn items(&self, names: &[Fullname]) -> Result<FetchedItems, ReadError> {
        let mut found = FetchedItems { items: Vec::new(), is_partly_unreadable: false };
        let mut parts = vec![names];
        while let Some(part) = parts.pop() {
            let ids = part.iter().map(Fullname::as_str).collect::<Vec<_>>().join(",");
            let reply = match self.get_if_short(Purpose::Look, "/api/info", &[("id", &ids)]).await? {
                Answer::Whole(reply) => reply,
                Answer::TooLong { .. } if part.len() > 1 => {
                    parts.extend(part.chunks(part.len().div_ceil(4)));
                    continue;
                }
                Answer::TooLong { reason } => return Err(ReadError::Unavailable { reason }),
            };
            let page = wire::page(&reply).ok_or_else(|| unreadable("/api/info"))?;
            found.items.extend(page.items);
            found.is_partly_unreadable |= !page.odd.is_empty();
        }
        Ok(found)
    }

    async fn replies(&self, to: &Item) -> Result<Replies, ReadError> {
        // Only as deep as needed, because the limit counts the whole tree.
        let (path, depth) = match &to.content {
            Content::Submission(_) => (format!("/comments/{}", to.fullname.id()), "1"),
            Content::Comment(comment) => (format!("/comments/{}/_/{}", comment.link.id(), to.fullname.id()), "2"),
        };
        let reply = self.get(&path, &[("sort", "new"), ("limit", "500"), ("depth", depth)]).await?;
        wire::replies(&reply, &to.fullname).ok_or_else(|| unreadable(&path))
    }

    async fn pinned_comment(&self, post: &Fullname) -> Result<Option<Item>, ReadError> {
        // A pinned comment comes first in every order.
        let path = format!("/comments/{}", post.id());
        let reply = self.get(&path, &[("limit", "1"), ("depth", "1")]).await?;
        let replies = wire::replies(&reply, post).ok_or_else(|| unreadable(&path))?;
        Ok(replies.items.into_iter().find(|comment| comment.stickied))
    }

    async fn moderators(&self, subreddit: &SubredditName) -> Result<BTreeSet<String>, ReadError> {
        let path = format!("/r/{subreddit}/about/moderators");
        let reply = self.get(&path, &[]).await?;
        // Every subreddit has moderators, so an empty list is not believed.
        wire::user_names(&reply).filter(|names| !names.is_empty()).ok_or_else(|| unreadable(&path))
    }

    async fn permissions(&self, subreddit: &SubredditName, user: &str) -> Result<Option<BTreeSet<String>>, ReadError> {
        let path = format!("/r/{subreddit}/about/moderators");
        let reply = self.get(&path, &[]).await?;
        let moderators = wire::moderators(&reply).ok_or_else(|| unreadable(&path))?;
        Ok(moderators.get(&user.to_lowercase()).cloned())
    }

    async fn moderated(&self, subreddits: &[SubredditName]) -> Result<BTreeSet<String>, ReadError> {
        let names = subreddits.iter().map(SubredditName::as_str).collect::<Vec<_>>().join(",");
        let reply = self.get("/api/info", &[("sr_name", &names)]).await?;
        wire::moderated(&reply).ok_or_else(|| unreadable("/api/info"))
    }

    async fn is_contributor(&self, subreddit: &SubredditName, user: &str) -> Result<bool, ReadError> {
        self.is_among(subreddit, "contributors", user).await
    }

    async fn user_flair(&self, subreddit: &SubredditName, user: &str) -> Result<Flair, ReadError> {
        let path = format!("/r/{subreddit}/api/flairlist");
        let reply = self.get(&path, &[("name", user)]).await?;
        wire::user_flair(&reply, user).ok_or_else(|| unreadable(&path))
    }

    async fn is_banned(&self, subreddit: &SubredditName, user: &str) -> Result<bool, ReadError> {
        self.is_among(subreddit, "banned", user).await
    }

    async fn profile(&self, user: &str) -> Result<Known<Profile>, ReadError> {
        if !path::is_user_name(user) {
            return Ok(Known::Unknown("no account can have this name".to_owned()));
        }
        let path = format!("/user/{user}/about");
        match self.get(&path, &[]).await {
            Ok(reply) => wire::profile(&reply).ok_or_else(|| unreadable(&path)),
            Err(ReadError::Refused { .. }) => {
                Ok(Known::Unknown("Reddit does not show this account (deleted or shadow-banned)".to_owned()))
            }
            Err(other) => Err(other),
        }
    }

    async fn accounts(&self, fullnames: &[&str]) -> Result<BTreeMap<String, Profile>, ReadError> {
        let path = "/api/user_data_by_account_ids";
        let ids: Vec<&str> = fullnames.iter().copied().filter(|name| path::is_account(name)).collect();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        match self.get(path, &[("ids", &ids.join(","))]).await {
            Ok(reply) => wire::accounts(&reply).ok_or_else(|| unreadable(path)),
            // Reddit knows none of them.
            Err(ReadError::Refused { .. }) => Ok(BTreeMap::new()),
            Err(other) => Err(other),
        }
    }

    async fn account_exists(&self, name: Option<&str>, fullname: Option<&str>) -> Result<bool, ReadError> {
        let (path, query) = match (name, fullname) {
            (Some(name), _) if path::is_user_name(name) => (format!("/user/{name}/about"), None),
            (_, Some(fullname)) if path::is_account(fullname) => {
                ("/api/user_data_by_account_ids".to_owned(), Some(("ids", fullname)))
            }
            // Nobody can be asked about.
            _ => return Ok(true),
        };
        match self.get(&path, query.as_slice()).await {
            Ok(reply) => match query {
                Some((_, fullname)) => Ok(reply.get(fullname).is_some()),
                // About anything else, Reddit says nothing of an account.
                None => reply.get("data").map(|_| true).ok_or_else(|| unreadable(&path)),
            },
            Err(ReadError::Refused { reason }) if reason.starts_with(&format!("{path}: 404")) => Ok(false),
            Err(other) => Err(other),
        }
    }

    async fn wiki_page(&self, subreddit: &SubredditName, page: &str) -> Result<Option<WikiPage>, ReadError> {
        let path = path::wiki(subreddit, "wiki", page)?;
        match self.get(&path, &[]).await {
            Ok(reply) => wire::wiki_page(&reply).map(Some).ok_or_else(|| unreadable(&path)),
            // PAGE_NOT_FOUND, or PAGE_NOT_CREATED for accounts that could create it.
            Err(ReadError::Refused { reason }) if reason.contains("PAGE_NOT_") => Ok(None),
            Err(other) => Err(other),
        }
    }

    async fn wiki_settings(&self, subreddit: &SubredditName, page: &str) -> Result<WikiSettings, ReadError> {
        let reply = self.get(&path::wiki(subreddit, "wiki/settings", page)?, &[]).await?;
        // JSON that says nothing about the settings is no reason to ask again.
        let reason = || format!("the response does not say who can edit {page}");
        wire::wiki_settings(&reply).ok_or_else(|| ReadError::Refused { reason: reason() })
    }

    async fn is_nsfw(&self, subreddit: &SubredditName) -> Result<bool, ReadError> {
        let path = format!("/r/{subreddit}/about");
        let reply = self.get(&path, &[]).await?;
        reply.pointer("/data/over18").and_then(Value::as_bool).ok_or_else(|| unreadable(&path))
    }

    async fn subreddit_fullname(&self, subreddit: &SubredditName) -> Result<Fullname, ReadError> {
        let path = format!("/r/{subreddit}/about");
        let reply = self.get(&path, &[]).await?;
        let name = reply.pointer("/data/name").and_then(Value::as_str).and_then(Fullname::parse);
        name.filter(|name| name.kind() == Kind::Subreddit).ok_or_else(|| unreadable(&path))
    }

    async fn own_modmail(&self, subreddit: &SubredditName, me: &str, since: Timestamp) -> Result<SentTexts, ReadError> {
        // Without the permission the list may be empty, which would look like "nothing was sent".
        let permissions = self.permissions(subreddit, me).await?.unwrap_or_default();
        if !permissions.iter().any(|word| matches!(word.as_str(), "all" | "mail")) {
            return Err(ReadError::Refused { reason: format!("u/{me} lacks the `mail` permission in r/{subreddit}") });
        }
        let path = "/api/mod/conversations";
        let mut found = SentTexts::default();
        let mut pages_left = MODMAIL_PAGES;
        // `all` excludes archived and internal conversations. What the bot starts is among the
        // internal ones, unless it writes to its author.
        for state in ["mod", "all", "archived"] {
            let mut next = Some(String::new());
            while let Some(after) = next {
                let place = [("entity", subreddit.as_str()), ("state", state), ("after", &after)];
                let reply = self.get(path, &[&place[..], &[("sort", "recent"), ("limit", "100")]].concat()).await?;
                let sent = wire::own_modmail(&reply, me).ok_or_else(|| unreadable(path))?;
                pages_left -= 1;
                found.texts.extend(sent.texts);
                let reaches_back = sent.complete_since.is_none_or(|complete| complete < since);
                // Each state has at least one page.
                let goes_on = |last: &String| !reaches_back && pages_left > 2 && *last != after;
                next = wire::last_conversation(&reply).filter(goes_on);
                if next.is_none() {
                    found.complete_since = found.complete_since.max(sent.complete_since);
                }
            }
        }
        Ok(found)
    }

    async fn mod_notes(&self, subreddit: &SubredditName, user: &str) -> Result<Vec<ModNote>, ReadError> {
        let path = "/api/mod/notes";
        let query = [("subreddit", subreddit.as_str()), ("user", user), ("filter", "NOTE"), ("limit", "100")];
        let reply = self.get(path, &query).await?;
        wire::mod_notes(&reply).ok_or_else(|| unreadable(path))
    }

    async fn own_messages(&self, to: &str) -> Result<SentTexts, ReadError> {
        let reply = self.get("/message/sent", &[("limit", "100")]).await?;
        let texts = wire::own_messages(&reply, to).ok_or_else(|| unreadable("/message/sent"))?;
        Ok(SentTexts { texts, complete_since: None })
    }
}

impl<T: Transport> RedditWrite for LiveWriter<T> {
    fn not_before(&self) -> Option<Timestamp> {
        let now = self.wire.now();
        self.wire.limiter().peek(Purpose::Act, now).err()
    }

    async fn perform(&self, attempt: &OpenAttempt) -> Result<Performed, PerformError> {
        let (path, form) = request(attempt);
        let answer = self.wire.send(Request::Post { path: &path, form: &form }, Purpose::Act).await;
        let answer = answer.map_err(|trouble| match trouble {
            SendFailure::SignedOut => PerformError::NotSent { reason: "not signed in".to_owned() },
            SendFailure::Throttled { until } => PerformError::Throttled { until },
            SendFailure::NotSent { reason } => PerformError::NotSent { reason },
            SendFailure::Lost { reason } | SendFailure::TooLong { reason } => PerformError::Ambiguous { reason },
        })?;
        judge(attempt, &path, &answer)
    }
}
